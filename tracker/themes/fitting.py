"""Logistic regression for many themes at once, with what is known beforehand as its offset."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import expit
from threadpoolctl import threadpool_limits

Matrix = NDArray[np.float64]

WEIGHTS_AT_ONCE = 200_000
"""Weights that are learned at the same time: more than 22 themes on 3,300 posts have."""
CLUE_CAUTION = 20.0
"""The precision of the prior of clues."""


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
    rounds: int = 60,
    at_once: int = WEIGHTS_AT_ONCE,
) -> Fit:
    """Maximise the posterior of offset + words + vectors + clues + bias, with Gaussian priors of precision `caution`, that of
    clues CLUE_CAUTION, around nothing: without evidence the offset stands. truth: 0 to 1; weight: of each post for each theme;
    trust: how many times as large as others a word's weight for a theme may be expected to be (all columns of words, themes).

    L-BFGS (Liu and Nocedal, 1989, doi:10.1007/BF01589116) on one thread, so that the same table gives the same weights. Words
    that none of the posts has keep a weight of nothing and are not looked at; themes do not depend on each other, so that many
    are learned some at a time (`at_once` weights, or one theme's), since L-BFGS takes 170 bytes a weight."""
    words = table.words.tocsc()
    used = np.flatnonzero(np.diff(words.indptr))
    words = words[:, used].tocsr()
    rows = len(used) + table.vectors.shape[1] + len(clues) + 1
    themes = max(1, at_once // rows)
    found = Fit(*(np.zeros((size, truth.shape[1])) for size in (table.words.shape[1], table.vectors.shape[1], len(clues), 1)))
    for first in range(0, truth.shape[1], themes):
        some = slice(first, first + themes)
        parts = _fit(
            Table(words, table.vectors),
            truth[:, some],
            offset[:, some],
            [clue[:, some] for clue in clues],
            caution,
            None if weight is None else weight[:, some],
            None if trust is None else trust[used, some],
            rounds,
        )
        found.words[used, some], found.vectors[:, some], found.clues[:, some], found.bias[:, some] = parts
    return found


def _fit(
    table: Table,
    truth: Matrix,
    offset: Matrix,
    clues: Sequence[Matrix],
    caution: float,
    weight: Matrix | None,
    trust: Matrix | None,
    rounds: int,
) -> list[Matrix]:
    """The weights of words, vectors and clues and the bias of some themes."""
    themes, sizes = truth.shape[1], (table.words.shape[1], table.vectors.shape[1], len(clues))
    edges = np.cumsum([0, *sizes, 1])
    words_back = table.words.T.tocsr()
    pull = np.repeat([caution, caution, CLUE_CAUTION, 1e-3], [*sizes, 1])[:, None]

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        all_weights = flat.reshape(-1, themes)
        parts = [all_weights[start:end] for start, end in pairwise(edges)]
        if trust is not None:
            parts[0] = trust * parts[0]
        said = offset + table.words @ parts[0] + table.vectors @ parts[1] + parts[3]
        for share, clue in zip(parts[2], clues, strict=True):
            said = said + share * clue
        off = expit(said) - truth
        cost = log_loss(said, truth)
        if weight is not None:
            off, cost = off * weight, cost * weight
        by_words = words_back @ off if trust is None else trust * (words_back @ off)
        slope = np.concatenate(
            [by_words, table.vectors.T @ off, *((off * clue).sum(axis=0)[None] for clue in clues), off.sum(axis=0)[None]]
        )
        return float(cost.sum() + 0.5 * (pull * all_weights**2).sum()), (slope + pull * all_weights).ravel()

    with threadpool_limits(limits=1):
        found = lowest(loss, np.zeros(edges[-1] * themes), maxiter=rounds, maxcor=8)
    weights = found.reshape(-1, themes)
    if trust is not None:
        weights[: sizes[0]] *= trust
    return [weights[start:end] for start, end in pairwise(edges)]


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


def lowest(loss: Callable[[Matrix], tuple[float, Matrix]], start: Matrix, **options: int) -> Matrix:
    """Where `loss`, which gives its value and its slope, is lowest (L-BFGS-B)."""
    from scipy.optimize import minimize  # a third of a second, and only training needs it

    found: Matrix = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    return found
