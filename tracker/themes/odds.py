"""How sure the program is of each theme, knowing how many themes posts carry.

The scorer looks at every theme for itself. But posts carry one theme or two far more often than none or five, so that what speaks
for one theme speaks a little against the others of its dimension. A weight for each number of themes says so (cardinality
potentials: Gupta, Diwan and Sarawagi 2007, doi:10.1145/1273496.1273538), and is learned from labelled posts beside a slope and a
shift (Platt, 1999).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.themes.deciding import probabilities
from tracker.themes.fitting import Matrix

Marks = NDArray[np.bool_]

NUMBERS = 5
"""0, 1, 2, 3, and 4 or more themes."""
NUMBER_CAUTION = 5.0
"""How much labelled posts must say before they are believed on how many themes a post carries."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many themes of one dimension posts carry. columns: those themes' among the labels; weights: the logarithm of what it
    weighs that a post carries 0, 1, 2 ... of them, the last of these or more."""

    columns: tuple[int, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Odds:
    """Turns scores into log odds that are right on average. numbers: of each dimension; without one, each theme stands for
    itself."""

    slope: float = 1.0
    shift: float = 0.0
    numbers: tuple[Numbers, ...] = ()

    def of(self, scores: Matrix) -> Matrix:
        """The log odds of labels (columns) on posts (rows), from the scorer's."""
        said: Matrix = self.slope * scores + self.shift
        for its in self.numbers:
            columns = list(its.columns)
            said[:, columns] += _Chain(probabilities(said[:, columns]), np.array(its.weights)).told()
        return said

    def without_none_told(self) -> "Odds":
        """The same for who was not told how many posts are without a theme: one without weighs no less than one with one."""
        numbers = (replace(its, weights=(max(its.weights[:2]), *its.weights[1:])) for its in self.numbers)
        return replace(self, numbers=tuple(numbers))

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Odds":
        """What `as_json` gave."""
        numbers = tuple(Numbers(tuple(one["columns"]), tuple(one["weights"])) for one in values["numbers"])
        return cls(values["slope"], values["shift"], numbers)


class _Chain:
    """Themes one after another, and how many were carried so far: exact sums over all the sets of themes that a post may carry
    (forward and backward, Rabiner 1989, doi:10.1109/5.18626). likely: of each theme (column) for itself."""

    def __init__(self, likely: Matrix, numbers: Matrix) -> None:
        self._likely = likely.T
        self._numbers = numbers
        themes, posts = self._likely.shape
        most = len(numbers)
        # self._after[k][m]: what the themes from k on weigh after m were carried; one row more, so that "or more" has a next
        self._after = np.empty((themes + 1, most + 1, posts))
        self._after[-1] = np.exp(np.append(numbers, numbers[-1]))[:, None]
        for theme in range(themes - 1, -1, -1):
            same, more = self._after[theme + 1][:-1], self._after[theme + 1][1:]
            self._after[theme][:-1] = same + self._likely[theme] * (more - same)
            self._after[theme][-1] = self._after[theme][-2]
        self.whole: Matrix = self._after[0][0]
        self._with = np.empty((themes, posts))
        self._without = np.empty((themes, posts))
        before = np.zeros((most, posts))
        before[0] = 1
        for theme in range(themes):
            following = self._after[theme + 1]
            self._with[theme] = (before * following[1:]).sum(axis=0)
            self._without[theme] = (before * following[:-1]).sum(axis=0)
            moved = before * self._likely[theme]
            before -= moved
            before[1:] += moved[:-1]
            before[-1] += moved[-1]
        self._number = before

    def told(self) -> Matrix:
        """What the other themes of a post (row) tell of each theme (column), as log odds."""
        told: Matrix = np.log(self._with / self._without).T
        return told

    def likely(self) -> Matrix:
        """How likely each theme (column) is on each post (row)."""
        likely: Matrix = (self._likely * self._with / self.whole).T
        return likely

    def number(self) -> Matrix:
        """On how many posts each number of themes is to be expected."""
        expected: Matrix = np.exp(self._numbers) * (self._number / self.whole).sum(axis=1)
        return expected


def learned_odds(scores: Matrix, truth: Marks, known: Marks, dimensions: Sequence[Sequence[int]]) -> Odds:
    """The odds that labelled posts (rows) are likeliest under; kept near those that change nothing while posts are few. truth,
    known: whether a post carries a label (column), and whether that is known: what is not is summed over. dimensions: the columns
    of each dimension's themes; other columns teach nothing."""
    asked = [columns for columns in map(list, dimensions) if columns]

    def loss(free: Matrix) -> tuple[float, Matrix]:
        slope, shift = free[:2]
        cost = 0.5 * ((slope - 1) ** 2 + shift**2 + NUMBER_CAUTION * (free[2:] ** 2).sum())
        rise = np.array([slope - 1, shift, *(NUMBER_CAUTION * free[2:])])
        for place, columns in enumerate(asked):
            its, said = scores[:, columns], slope * scores[:, columns] + shift
            sure, carried = known[:, columns], truth[:, columns] & known[:, columns]
            likely, own = probabilities(said), slice(2 + place * NUMBERS, 2 + (place + 1) * NUMBERS)
            anything, this = _Chain(likely, free[own]), _Chain(np.where(sure, carried, likely), free[own])
            cost += np.log(anything.whole).sum() - np.log(this.whole).sum()
            cost += (np.logaddexp(0, np.where(carried, -said, said)) * sure).sum()
            off = anything.likely() - this.likely()
            rise[:2] += (off * its).sum(), off.sum()
            rise[own] += anything.number() - this.number()
        return float(cost), rise

    from scipy.optimize import minimize  # a third of a second, and only training needs it

    found: Matrix = minimize(loss, np.array([1.0, 0.0] + [0.0] * NUMBERS * len(asked)), jac=True, method="L-BFGS-B").x
    weights = found[2:].reshape(-1, NUMBERS).tolist()
    numbers = tuple(Numbers(tuple(columns), tuple(its)) for columns, its in zip(asked, weights, strict=True))
    return Odds(max(float(found[0]), 1e-3), float(found[1]), numbers)
