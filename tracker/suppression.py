"""Which counts the public may see: a number behind which too few people stand is joined with others until enough do. Pure.

A *cell* counts the posts of one or more (subject, week) pairs: a platform, a theme, a question or a link, in some weeks. Each
pair is told in at most one cell, once and for ever, so that no two releases can be subtracted from each other; weeks that are not
told yet wait. The order is that of the published rule: a week, else what is left of its month, else all that waits, else themes
of a group together.

What is told must not give away what is not: from the number of all posts of some weeks and that of a theme in the same weeks
follows how many posts are *not* about the theme, so behind those, too, stand enough people, or none.
(Threshold of 10 with secondary suppression: UK LLC, https://guidebook.ukllc.ac.uk/docs/user_guide/sdc.)
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

from tracker.told import ALL, GROUP, MONTH, PERIOD, POSTS, REPOSTS, THEME, WEEK, Cell, Counted, Counters, Pair


def month_of(week: str) -> str:
    """The month (`2026-10`) of an ISO week: that of its Thursday, as ISO 8601 gives a week its year."""
    return (date.fromisocalendar(int(week[:4]), int(week[6:]), 1) + timedelta(days=3)).isoformat()[:7]


class Teller:
    """Decides what may be told beyond `told`, the cells of all releases before. weeks: those that are settled, in order, without
    gaps; a month is over when a later one (`open_month`) has begun to settle. since: the first month in which anything is other
    than when this was decided last; of those before it everything was decided then. Where no month from there on is over, cells
    of its weeks are enough: nothing that waited before is joined with them yet."""

    def __init__(
        self, smallest: int, count: Counters, told: Iterable[Cell], weeks: Sequence[str], open_month: str, since: str = ""
    ) -> None:
        self._smallest = smallest
        self._count = count
        self._every = list(weeks)
        self._months = [(month, list(of)) for month, of in groupby(weeks, month_of) if month >= since]
        self._open = open_month
        self.new: list[Cell] = []
        self._told: dict[str, set[Pair]] = {}
        self._volume: dict[frozenset[str], int] = {}
        for cell in told:
            self._note(cell)

    def _note(self, cell: Cell) -> None:
        kind = THEME if cell.kind == GROUP else cell.kind
        self._told.setdefault(kind, set()).update((ALL, week) if kind == POSTS else (of, week) for of, week in cell.pairs)
        if cell.kind == POSTS:
            weeks = frozenset(cell.weeks)
            self._volume[weeks] = self._volume.get(weeks, 0) + cell.posts

    # ---- what may be told --------------------------------------------------------------------------------------------

    def tell_volume(self) -> None:
        """All posts, by platform where each platform of the week has enough people, and reposts. Comes before all else."""
        for kind in (POSTS, REPOSTS):
            for month, weeks in self._months:
                self._tell_line(kind, ALL, month, weeks)

    def tell_subjects(self, kind: str, subjects: Sequence[str]) -> None:
        """Questions or links: each by itself."""
        for month, weeks in self._months:
            for subject in subjects:
                self._tell_line(kind, subject, month, weeks)

    def tell_themes(self, groups: Mapping[str, Sequence[str]]) -> None:
        """Themes, each by itself; those of a group together where one has waited for longer than its month."""
        for month, weeks in self._months:
            for themes in groups.values():
                for theme in themes:
                    self._tell_line(THEME, theme, month, weeks)
            for group, themes in groups.items():
                pairs = [pair for theme in themes for pair in self._waiting(THEME, theme, until=weeks[-1])]
                if self._is_over(month) and any(week < weeks[0] for _, week in pairs):
                    self._tell(GROUP, group, PERIOD, pairs)

    def _tell_line(self, kind: str, subject: str, month: str, weeks: Sequence[str]) -> None:
        known = self._told.get(kind, set())
        for week in weeks:
            if (subject, week) not in known:
                self._tell(kind, subject, WEEK, [(subject, week)])
        if self._is_over(month):
            waiting = self._waiting(kind, subject, until=weeks[-1])
            left = [pair for pair in waiting if pair[1] in weeks]
            if len(left) > 1:
                self._tell(kind, subject, MONTH, left)
            if len(waiting) > len(left):
                self._tell(kind, subject, PERIOD, self._waiting(kind, subject, until=weeks[-1]))

    def _is_over(self, month: str) -> bool:
        return month < self._open

    def _waiting(self, kind: str, subject: str, *, until: str) -> list[Pair]:
        known = self._told.get(kind, set())
        return [(subject, week) for week in self._every if week <= until and (subject, week) not in known]

    def _tell(self, kind: str, subject: str, level: str, pairs: Sequence[Pair]) -> None:
        """Tell these pairs if that is safe; else they go on waiting."""
        if not pairs:
            return
        counting = THEME if kind == GROUP else kind
        if len(pairs) > 1 and sum(self._count.of(counting, [pair]).people for pair in pairs) < self._smallest:
            return
        counted = self._count.of(counting, pairs)
        if counted.people < self._smallest or not (kind in (POSTS, REPOSTS) or self._rest_is_safe(kind, pairs, counted)):
            return
        cell = Cell(kind, subject, level, tuple(sorted(pairs)), counted.posts, counted.people)
        for one in self._by_platform(cell) if kind == POSTS else [cell]:
            self.new.append(one)
            self._note(one)

    def _by_platform(self, cell: Cell) -> list[Cell]:
        """The cell, or in its place one for each platform where each has enough people."""
        platforms = self._count.platforms(cell.weeks)
        if len(platforms) < 2 or any(counted.people < self._smallest for counted in platforms.values()):
            return [cell]
        return [
            Cell(POSTS, name, cell.level, tuple((name, week) for week in cell.weeks), counted.posts, counted.people)
            for name, counted in sorted(platforms.items())
        ]

    def _rest_is_safe(self, kind: str, pairs: Sequence[Pair], counted: Counted) -> bool:
        """Whether all posts of just these weeks are told, and behind those that are not meant stand enough people, or none."""
        weeks = {week for _, week in pairs}
        cover = [(known, posts) for known, posts in self._volume.items() if known & weeks]
        if weeks != {week for known, _ in cover for week in known} or counted.posts > sum(posts for _, posts in cover):
            return False
        everyone = max(self._count.of(POSTS, [(ALL, week)]).people for week in weeks)
        if everyone - counted.people >= self._smallest:
            return True  # so many people, at least, wrote nothing of what is meant in one of the weeks
        rest = self._count.rest(THEME if kind == GROUP else kind, pairs, sorted(weeks))
        return rest.posts == 0 or rest.people >= self._smallest
