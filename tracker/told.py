"""The numbers that the public may see, as records; tracker.suppression decides which they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Pair = tuple[str, str]
"""(subject, week)"""
POSTS, REPOSTS, THEME, GROUP, QUESTION, LINK = "posts", "reposts", "theme", "group", "question", "link"
ALL = "all"
"""The subject of a cell of all platforms together."""
WEEK, MONTH, PERIOD = "week", "month", "period"


@dataclass(frozen=True, slots=True)
class Counted:
    """How many posts there are, and by how many people (distinct accounts; a post without a known author counts for nobody)."""

    posts: int
    people: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A number that the public may see. kind: POSTS (subject: a platform, or ALL), REPOSTS, THEME, GROUP, QUESTION or LINK.
    level: WEEK, MONTH (what was left of one) or PERIOD. pairs: what it counts, in order."""

    kind: str
    subject: str
    level: str
    pairs: tuple[Pair, ...]
    posts: int
    people: int

    @property
    def weeks(self) -> tuple[str, ...]:
        """The ISO weeks that it counts, in order."""
        return tuple(sorted({week for _, week in self.pairs}))


@dataclass(frozen=True, slots=True)
class Counters:
    """How to count what is stored. of: (kind, pairs) -> posts that carry any of the pairs; platforms: weeks -> platform -> posts;
    rest: (kind, pairs, weeks) -> posts of those weeks that carry none of the pairs."""

    of: Callable[[str, Sequence[Pair]], Counted]
    platforms: Callable[[Sequence[str]], Mapping[str, Counted]]
    rest: Callable[[str, Sequence[Pair], Sequence[str]], Counted]
