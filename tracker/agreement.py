"""How well coders agree on yes and no: Krippendorff's alpha with its interval, percent and positive agreement, pairs. Pure.

A unit is what was said of one post on one question: (how many coders said yes, how many said anything). Units that fewer than
two coders judged say nothing about agreement and are left out, so that missing verdicts are allowed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Unit = tuple[int, int]
"""(yes, said): of `said` coders `yes` said yes."""

RESAMPLED = 2000
SEED = 20260101
ONE_MORE = (1.0, 1.0, 1.0)
"""What a post adds on which one of two said yes (`_sums`)."""
FEW = 30
"""Below this many posts judged by two coders an interval is too wide to lean on; pages say so."""
INDICATIVE = 0.4
"""Themes with an alpha below this are marked as indicative only."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """alpha: 1 is perfect, 0 what chance would give; None where every verdict was the same, so that there is nothing to agree
    about. low, high: 95 %. percent: share of pairs of verdicts that are alike. positive: where one of a pair said yes, how often
    the other did too (positive agreement, 2 x both / (2 x both + one of the two)). units: posts judged at least twice (of
    several questions: on each); yes: of all their verdicts, how many said yes."""

    alpha: float | None
    low: float | None
    high: float | None
    percent: float | None
    positive: float | None
    units: int
    yes: int


def agreement(units: Sequence[Unit], posts: Sequence[int] | None = None) -> Agreement:
    """The agreement on one yes-or-no question. The interval is the percentile bootstrap over posts with a fixed seed: the same
    verdicts give the same interval. posts: the number of each unit's post, where several questions of one post are taken
    together; they are drawn together, since who misreads a post errs on more than one. None: each unit is a post."""
    numbered = zip(units, posts or range(len(units)), strict=True)
    judged = np.array([(*unit, post) for unit, post in numbered if unit[1] >= 2], dtype=float)
    if not len(judged):
        return Agreement(None, None, None, None, None, 0, 0)
    yes, said, number = judged.T
    sums = _sums(yes, said)
    alpha = _alpha(sums.sum(axis=0))
    of_post = np.unique(number, return_inverse=True)[1]
    by_post = np.zeros((of_post.max() + 1, 3))
    np.add.at(by_post, of_post, sums)
    low, high = _interval(by_post) if alpha is not None else (None, None)
    pairs, alike, both = (said * (said - 1)).sum(), (yes * (yes - 1) + (said - yes) * (said - yes - 1)).sum(), yes * (yes - 1)
    with_yes = (yes * (said - 1)).sum()
    return Agreement(
        alpha=alpha,
        low=low,
        high=high,
        percent=float(alike / pairs),
        positive=float(both.sum() / with_yes) if with_yes else None,
        units=len(judged),
        yes=int(yes.sum()),
    )


def is_low(alpha: float | None) -> bool:
    """Whether an alpha is below INDICATIVE as it is shown, to two decimals."""
    return alpha is not None and round(alpha, 2) < INDICATIVE


def _sums(yes: npt.NDArray[np.float64], said: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What each unit adds to the coincidence matrix: unlike pairs, yes values, no values."""
    return np.stack([yes * (said - yes) / (said - 1), yes, said - yes], axis=1)


def _alpha(sums: npt.NDArray[np.float64]) -> float | None:
    """Nominal alpha of two values: 1 - (n - 1) * unlike / (yes * no). Krippendorff, Computing Krippendorff's
    Alpha-Reliability (2011), section B, with o_01 = unlike."""
    unlike, yes, no = sums
    return float(1 - (yes + no - 1) * unlike / (yes * no)) if yes and no else None


def _interval(sums: npt.NDArray[np.float64]) -> tuple[float | None, float | None]:
    """95 %: posts are drawn anew with replacement (Zapf et al. 2016, doi:10.1186/s12874-016-0200-9). The lower end is no higher
    than with one more post on which two disagreed: that nobody disagreed on some posts is no certainty (docs/coding.md, How well
    coders agree)."""
    alphas, with_one_more = _drawn(sums), _drawn(np.vstack([sums, ONE_MORE]))
    if not len(alphas):
        return None, None
    low, high = np.percentile(alphas, [2.5, 97.5])
    return float(min(low, np.percentile(with_one_more, 2.5))), float(high)


def _drawn(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Alpha of each of RESAMPLED draws. One in which all verdicts are the same has no alpha and is left out. Posts with the same
    verdicts are drawn together."""
    kinds, of_each = np.unique(sums, axis=0, return_counts=True)
    chance = of_each / len(sums)
    draws = np.random.default_rng(SEED).multinomial(len(sums), chance, size=RESAMPLED) @ kinds
    unlike, yes, no = draws.T
    mixed = (yes > 0) & (no > 0)
    alphas: npt.NDArray[np.float64] = 1 - (yes + no - 1)[mixed] * unlike[mixed] / (yes * no)[mixed]
    return alphas


def units_of(judged: Sequence[Sequence[bool | None]]) -> list[Unit]:
    """The units of verdicts by post and coder; None where a coder said nothing."""
    known = [[one for one in post if one is not None] for post in judged]
    return [(sum(post), len(post)) for post in known]
