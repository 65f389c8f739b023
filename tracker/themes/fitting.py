"""Logistic regression for many themes at once, with what is known beforehand as its offset."""

from array import array
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import expit
from threadpoolctl import threadpool_limits

Matrix = NDArray[np.float64]
Marks = NDArray[np.bool_]

WEIGHTS_AT_ONCE, TOGETHER = 75_000, 2
"""Weights that are learned as one, and how many such parts at the same time, a thread each."""
CLUE_CAUTION, BIAS_CAUTION = 20.0, 1e-3
"""The precision of the prior of clues, and of the bias."""
STEPS, TURNS = 20, 30
"""Newton steps, and turns of conjugate gradients within one, at most."""
SMALL, LEFT = 0.003, 0.3
"""How much of its first slope a theme is learned with, and of a step's slope conjugate gradients leave."""
ENOUGH, HALVED, TINY = 1e-4, 12, 1e-300
"""A step must lower the loss by this share of what its slope promises (Armijo), or is halved, at most so often."""


@dataclass(frozen=True, slots=True)
class Table:
    """Posts (rows) as they are learned from: words (sparse) and vectors (dense, perhaps without columns)."""

    words: Any
    vectors: Matrix

    def rows(self, chosen: NDArray[np.int64]) -> "Table":
        """Some of the posts."""
        return Table(self.words[chosen], self.vectors[chosen])

    def __len__(self) -> int:
        return int(self.vectors.shape[0])


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights a theme (column): of words, of vectors, of each of the theme's own clues, and its bias."""

    words: Matrix
    vectors: Matrix
    clues: Matrix
    bias: Matrix

    def of(self, table: Table, clues: Sequence[Matrix]) -> Matrix:
        """What the weights say of posts (rows); the offset is not in it."""
        said = table.words @ self.words + table.vectors @ self.vectors + self.bias
        for weight, clue in zip(self.clues, clues, strict=True):
            said = said + weight * clue
        return np.asarray(said, dtype=np.float64)


def table_of(rows: Iterable[tuple[list[int], list[float]]], columns: int, vectors: NDArray[np.float32]) -> Table:
    """A table from each post's columns and values."""
    starts, flat, values = array("q", [0]), array("q"), array("d")
    for found, its in rows:
        flat.extend(found)
        values.extend(its)
        starts.append(len(flat))
    parts = (np.array(values), np.array(flat, dtype=np.int64), np.array(starts, dtype=np.int64))
    return Table(csr_array(parts, shape=(len(starts) - 1, columns)), vectors.astype(np.float64))


def fit(
    table: Table,
    truth: Matrix,
    offset: Matrix,
    clues: Sequence[Matrix] = (),
    *,
    caution: float = 1.0,
    weight: Matrix | None = None,
    trust: Matrix | None = None,
    at_once: int = WEIGHTS_AT_ONCE,
    together: int = TOGETHER,
) -> Fit:
    """Maximise the posterior of offset + words + vectors + clues + bias, with Gaussian priors of precision `caution`, that of
    clues CLUE_CAUTION, around nothing: without evidence the offset stands. truth: 0 to 1; weight: of each post for each theme;
    trust: how many times as large as others a word's weight for a theme may be expected to be (all columns of words, themes).

    Truncated Newton (Dembo and Steihaug, 1983, doi:10.1007/BF02592055). Words that none of the posts has keep a weight of nothing
    and are not looked at; themes do not depend on each other, so that they are learned some at a time (`at_once` weights, or one
    theme's; `together` such parts, a thread each), since it takes some 150 bytes a weight. The same table gives the same weights,
    however many threads there are: the parts are the same, and within one BLAS has one thread."""
    words = table.words.tocsc()
    used = np.flatnonzero(np.diff(words.indptr))
    seen = Table(words[:, used].tocsr(), table.vectors)
    back = seen.words.T.tocsr()
    sizes = (len(used), table.vectors.shape[1], len(clues), 1)
    caution_of = np.repeat([caution, caution, CLUE_CAUTION, BIAS_CAUTION], sizes)[:, None]
    themes = max(1, at_once // len(caution_of))
    found = Fit(*(np.zeros((size, truth.shape[1])) for size in (table.words.shape[1], *sizes[1:])))

    def learn(first: int) -> None:
        some = slice(first, first + themes)
        features = _Features(seen, back, [clue[:, some] for clue in clues])
        held = np.repeat(caution_of, truth[:, some].shape[1], axis=1)
        if trust is not None:
            held[: len(used)] /= trust[used, some] ** 2
        counts = np.ones_like(truth[:, some]) if weight is None else weight[:, some]
        its = features.parts(_likeliest(features, truth[:, some], offset[:, some], held, counts))
        found.words[used, some], found.vectors[:, some] = its.words, its.vectors
        found.clues[:, some], found.bias[:, some] = its.clues, its.bias

    with threadpool_limits(limits=1), ThreadPoolExecutor(together) as crew:
        for _ in crew.map(learn, range(0, truth.shape[1], themes)):
            pass
    return found


@dataclass(frozen=True, slots=True)
class _Features:
    """What some themes (columns of weights) are learned from: a row of weights for each word, vector and clue, and the bias."""

    table: Table
    back: Any
    clues: Sequence[Matrix]

    def of(self, weights: Matrix) -> Matrix:
        """What weights say of each post (row)."""
        return self.parts(weights).of(self.table, self.clues)

    def parts(self, weights: Matrix) -> Fit:
        """Weights (rows) as what they are of."""
        sizes = (self.table.words.shape[1], self.table.vectors.shape[1], len(self.clues))
        return Fit(*np.split(weights, np.cumsum(sizes)))

    def slope(self, off: Matrix) -> Matrix:
        """What each weight has to do with what posts (rows) are off by."""
        clues = [(clue * off).sum(axis=0)[None] for clue in self.clues]
        return np.concatenate([self.back @ off, self.table.vectors.T @ off, *clues, off.sum(axis=0)[None]])

    def bend(self, firm: Matrix) -> Matrix:
        """The diagonal of the second derivative: as `slope`, of squares. firm: of posts (rows)."""
        clues = [(clue**2 * firm).sum(axis=0)[None] for clue in self.clues]
        squares = self.back.power(2) @ firm
        return np.concatenate([squares, (self.table.vectors**2).T @ firm, *clues, firm.sum(axis=0)[None]])


def _likeliest(features: _Features, truth: Matrix, offset: Matrix, held: Matrix, counts: Matrix) -> Matrix:
    """The weights of the highest posterior. held: the precision of each weight's prior; counts: what each post weighs."""
    weights, said = np.zeros_like(held), offset
    small: Matrix | None = None

    def cost(said: Matrix, weights: Matrix) -> Matrix:
        lost: Matrix = (log_loss(said, truth) * counts).sum(axis=0) + 0.5 * (held * weights**2).sum(axis=0)
        return lost

    least = cost(said, weights)
    for _ in range(STEPS):
        likely = expit(said)
        slope = features.slope((likely - truth) * counts) + held * weights
        size = _products(slope, slope)
        small = SMALL**2 * size if small is None else small
        going = size > small
        if not going.any():
            break
        step = _newton_step(features, slope, likely * (1 - likely) * counts, held, going)
        by = features.of(step)
        downhill, share = _products(slope, step), going.astype(np.float64)
        for _ in range(HALVED):
            then = cost(said + share * by, weights + share * step)
            too_far = going & (then > least + ENOUGH * share * downhill)
            if not too_far.any():
                break
            share[too_far] /= 2
        weights, said, least = weights + share * step, said + share * by, then
    return weights


def _newton_step(features: _Features, slope: Matrix, firm: Matrix, held: Matrix, going: Marks) -> Matrix:
    """Where the second derivative leads from `slope`, by conjugate gradients, conditioned by its diagonal, until LEFT of the
    slope is left. firm: the second derivative of each post's loss; going: the themes that are not learned yet."""
    curvature = features.bend(firm) + held
    step, left = np.zeros_like(slope), -slope
    eased = left / curvature
    way, worth = eased.copy(), _products(left, eased)
    enough = LEFT**2 * _products(slope, slope)
    for _ in range(TURNS):
        along = features.slope(firm * features.of(way)) + held * way
        share = np.where(going, worth / np.maximum(_products(way, along), TINY), 0.0)
        step += share * way
        left -= share * along
        going = going & (_products(left, left) > enough)
        if not going.any():
            break
        np.divide(left, curvature, out=eased)
        before, worth = worth, _products(left, eased)
        way *= worth / np.maximum(before, TINY)
        way += eased
    return step


def _products(some: Matrix, others: Matrix) -> Matrix:
    """The scalar product of each column with its like."""
    products: Matrix = np.einsum("ij,ij->j", some, others)
    return products


def telling(table: Table, truth: Matrix, weight: Matrix) -> Matrix:
    """How much each word (rows) tells posts that carry a theme (columns) from others, as what `fit` may trust it with.

    The size of the log ratio of how common the word is among both (Wang and Manning, 2012, https://aclanthology.org/P12-2018),
    one post added to each; over a theme's words its mean square is 1, half of which every word has whatever it tells."""
    stands = table.words.astype(bool).astype(np.float64)
    carrying, others = truth * weight, (1 - truth) * weight
    with_it, without = (stands.T @ posts + 1 for posts in (carrying, others))
    ratio = np.log(with_it / (carrying.sum(axis=0) + 1)) - np.log(without / (others.sum(axis=0) + 1))
    often = stands.sum(axis=0)[:, None]
    usual = (ratio**2 * often).sum(axis=0) / max(1.0, often.sum())
    trust: Matrix = np.sqrt(0.5 + 0.5 * ratio**2 / np.maximum(usual, 1e-9))
    return trust


def log_loss(said: Matrix, truth: Matrix) -> Matrix:
    """How unlikely log odds make what is true (0 to 1), in natural logarithms."""
    lost: Matrix = np.logaddexp(0, said) - truth * said
    return lost
