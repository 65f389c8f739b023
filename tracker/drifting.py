"""How much of the debate each theme is, week by week, by what people read at random, and which week stands out. Pure.

The program's own counts cannot tell whether the debate moves or the program errs in a new way; people's reading of the random
sample can.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import comb, inf

from tracker.codings import Settled
from tracker.retrieval import share_of
from tracker.telling import per_cent

DEBATE = ""
"""What stands in the place of a theme for the share of posts that belong to the debate at all."""
READ_AT_LEAST, BEFORE_AT_LEAST = 10, 20
"""Posts read of a week, and of those before it together, from which it can stand out."""
ONE_IN = 0.05
"""How likely some theme of a week stands out by chance alone (Bonferroni: divided by the themes that are looked at)."""

Read = tuple[str, float, Settled]
"""A post of the random sample: its ISO week, how likely it was drawn and read, and what people settled."""


@dataclass(frozen=True, slots=True)
class WeekShare:
    """In one week, of `posts` that people settled it on, `given` carry the theme; the share with its 95 % interval, each post
    weighted by one over its probability; alarm: how the week stands out, in words."""

    week: str
    theme: str
    posts: int
    given: int
    share: float
    low: float
    high: float
    alarm: str = ""


def weekly_shares(read: Sequence[Read], themes: Sequence[str], whole: Mapping[str, float] | None = None) -> list[WeekShare]:
    """Each theme's share of the posts that belong to the debate, and their share of all (DEBATE), by week in order. Posts on
    which people stand half and half are left out of what they are divided on. whole: of how many posts each week's were drawn."""
    found: list[WeekShare] = []
    before: dict[str, tuple[int, int]] = {}
    for week in sorted({week for week, _, _ in read}):
        posts = [(probability, settled) for one, probability, settled in read if one == week]
        there = (whole or {}).get(week, inf)
        rows = [row for theme in (DEBATE, *themes) if (row := _share(week, theme, posts, there)) is not None]
        looked_at = [row for row in rows if row.posts >= READ_AT_LEAST and before.get(row.theme, (0, 0))[1] >= BEFORE_AT_LEAST]
        out = {row.theme: _alarm(row, before[row.theme], ONE_IN / len(looked_at)) for row in looked_at}
        found += [replace(row, alarm=out.get(row.theme, "")) for row in rows]
        for row in rows:
            given, of = before.get(row.theme, (0, 0))
            before[row.theme] = given + row.given, of + row.posts
    return found


def _share(week: str, theme: str, posts: Sequence[tuple[float, Settled]], whole: float) -> WeekShare | None:
    judged = [(yes, probability) for probability, settled in posts if (yes := _carries(settled, theme)) is not None]
    if theme != DEBATE:
        whole -= sum(1 / probability for probability, settled in posts if settled.relevant is False)
    share = share_of(judged, whole)
    return None if share is None else WeekShare(week, theme, share.n, share.hits, share.share, share.low, share.high)


def _carries(settled: Settled, theme: str) -> bool | None:
    if theme == DEBATE:
        return settled.relevant
    if settled.relevant is False or theme not in settled.asked.themes or theme in settled.undecided.themes:
        return None
    return theme in settled.themes


def _alarm(row: WeekShare, before: tuple[int, int], level: float) -> str:
    given, of = before
    if chance_of(row.given, row.posts, given, of) >= level:
        return ""
    share = f"{per_cent(row.share)}, {per_cent(row.low)} to {per_cent(row.high)}"
    now = f"{row.given} of {row.posts} posts that people read at random ({share})"
    return f"{now}, in the weeks before {given} of {of} ({per_cent(given / of)})"


def chance_of(yes: int, of: int, yes_before: int, of_before: int) -> float:
    """How likely two shares lie as far apart as these, or farther, where both are of one whole (Fisher's exact test, two-sided:
    the tables that are no more likely than this one)."""
    carried, drawn = yes + yes_before, of
    ways = [comb(of, hit) * comb(of_before, carried - hit) for hit in range(max(0, carried - of_before), min(carried, drawn) + 1)]
    seen = comb(of, yes) * comb(of_before, yes_before)
    return sum(way for way in ways if way <= seen) / sum(ways)
