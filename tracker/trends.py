"""Whether a change between two weeks is more than chance, the program's errors and what was not seen could make of nothing. Pure.

People (distinct accounts) are compared, not posts, since one person who writes ten times is one event. Counts are taken as
Poisson; the log of their ratio then has the variance 1/a + 1/b (https://doi.org/10.2307/2683794 adds a half to each). The
program's precision and recall are known within a range; they may lie at different places of it in the two weeks, so their
variance counts once for each week that it read. What was not seen is not noise but a bound: a week of which a share m was
missed has between n and n / (1 - m).
"""

from dataclasses import dataclass
from math import log

Z95, Z99 = 1.96, 2.576
"""A table has some twenty rows and is read every week: at 95 % one row of each would show an arrow by chance."""

UP, DOWN, UNCLEAR, UNKNOWN = "up", "down", "unclear", "unknown"


@dataclass(frozen=True, slots=True)
class Error:
    """How well a theme is found: precision and recall, each with its 95 % range."""

    precision: float
    precision_low: float
    precision_high: float
    recall: float
    recall_low: float
    recall_high: float


@dataclass(frozen=True, slots=True)
class Week:
    """What was seen of a theme in a week. by_hand: people read every post, so the program's errors do not matter. missed: the
    share of the week (0 to 1) that was not looked at. nameless: there are posts, and of none of them is known who wrote it."""

    people: int
    by_hand: bool = False
    missed: float = 0.0
    nameless: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """way: up, down, unclear or unknown; why: in words, where chance alone is not the reason."""

    way: str
    why: str = ""


def change(now: Week, before: Week, error: Error | None) -> Change:
    """Whether there is more or less of it than in the week before."""
    if now.missed >= 1 or before.missed >= 1:
        neither = min(now.missed, before.missed) >= 1
        return Change(UNKNOWN, "neither week was looked at" if neither else "one of the two weeks was not looked at")
    if now.nameless or before.nameless:
        return Change(UNKNOWN, "who wrote is not known")
    spread = 1 / (now.people + 0.5) + 1 / (before.people + 0.5)
    for week in (now, before):
        if not week.by_hand:
            if error is None:
                return Change(UNCLEAR, "how well it is found is not known")
            spread += _variance(error)
    ratio, margin = log((now.people + 0.5) / (before.people + 0.5)), Z99 * spread**0.5
    low, high = ratio - margin, ratio + margin
    if low + log(1 - before.missed) > 0:
        return Change(UP)
    if high - log(1 - now.missed) < 0:
        return Change(DOWN)
    if low > 0 or high < 0:
        return Change(UNCLEAR, "the two weeks were not seen equally well")
    return Change(UNCLEAR)


def _variance(error: Error) -> float:
    return _log_variance(error.precision_low, error.precision_high) + _log_variance(error.recall_low, error.recall_high)


def _log_variance(low: float, high: float) -> float:
    """The variance of the log of a share whose 95 % range this is; a range that begins at nothing is taken from 0.01."""
    low, high = max(low, 0.01), max(high, 0.01)
    return float(((log(high) - log(low)) / (2 * Z95)) ** 2)
