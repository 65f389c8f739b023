"""How sure the program is of each theme, knowing how many themes posts carry.

The scorer looks at every theme for itself. But posts carry one theme or two far more often than none or five, so that what speaks
for one theme speaks a little against the others. A weight for each number of themes says so (cardinality potentials: Gupta, Diwan
and Sarawagi 2007, doi:10.1145/1273496.1273538), and is learned from labelled posts beside a slope and a shift (Platt, 1999).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.themes.deciding import probabilities
from tracker.themes.fitting import Matrix, lowest

Columns = NDArray[np.int64]
Marks = NDArray[np.bool_]

AT_MOST = 4
"""Posts with so many themes or more are taken together."""
NUMBER_CAUTION = 5.0
"""How much labelled posts must say before they are believed on how many themes a post carries."""


@dataclass(frozen=True, slots=True)
class Odds:
    """Turns scores into log odds that are right on average. numbers: the logarithm of what it weighs that a post carries 0, 1, 2
    ... themes, the last of them or more; nothing where every theme stands for itself."""

    slope: float = 1.0
    shift: float = 0.0
    numbers: tuple[float, ...] = ()

    def of(self, scores: Matrix, themes: Columns) -> Matrix:
        """The log odds of labels (columns; themes: those that are themes) on posts (rows), from the scorer's."""
        said: Matrix = self.slope * scores + self.shift
        if any(self.numbers) and len(themes):
            said[:, themes] += _Chain(probabilities(said[:, themes]), np.array(self.numbers)).told()
        return said

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return {"slope": self.slope, "shift": self.shift, "numbers": list(self.numbers)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Odds":
        """What `as_json` gave."""
        return cls(values["slope"], values["shift"], tuple(values["numbers"]))


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


def learned_odds(scores: Matrix, truth: Marks, known: Marks) -> Odds:
    """The odds that labelled posts (rows) are likeliest under; kept near those that change nothing while posts are few. truth,
    known: whether a post carries a theme (column), and whether that is known. What is not known is summed over."""
    carried = truth & known

    def loss(free: Matrix) -> tuple[float, Matrix]:
        line, numbers = free[:2], free[2:]
        said = line[0] * scores + line[1]
        likely = probabilities(said)
        anything, this = _Chain(likely, numbers), _Chain(np.where(known, carried, likely), numbers)
        alone = -(np.logaddexp(0, np.where(carried, -said, said)) * known).sum()
        off = anything.likely() - this.likely()
        pull = np.array([line[0] - 1, line[1], *(NUMBER_CAUTION * numbers)])
        cost = np.log(anything.whole).sum() - np.log(this.whole).sum() - alone
        cost += 0.5 * ((line[0] - 1) ** 2 + line[1] ** 2 + NUMBER_CAUTION * (numbers**2).sum())
        return float(cost), pull + np.array([(off * scores).sum(), off.sum(), *(anything.number() - this.number())])

    slope, shift, *numbers = lowest(loss, np.array([1.0, 0.0] + [0.0] * (AT_MOST + 1)))
    return Odds(max(float(slope), 1e-3), float(shift), tuple(float(one) for one in numbers))
