"""The static word vectors that ship with the program (vectors/PROVENANCE.md): what a word means, told by 128 small numbers.

Nothing is downloaded. Without the file, or where it is not the file that was tried, all works without it, less well."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from tracker.word_vectors import FILE, vectors_missing

DIMENSIONS = 128
COMMON = 500
"""The most common pieces say little of a text's subject and weigh less."""
COMMON_WEIGHT = 0.3
SHARP = 8.0
"""How much more a word counts that is nearer to a meaning: e to the 8 between one that is it and one that has nothing of it."""
LONGEST_WORD = 60
REMEMBERED = 20_000
_PARTS = re.compile(r"\w+")

Floats = NDArray[np.float32]


@dataclass(slots=True)
class StaticVectors:
    """Word pieces and their vectors, a row each, already weighed: rarer pieces (Zipf's law, by their place) weigh more."""

    rows: dict[str, int]
    vectors: Floats
    weights: Floats
    _known: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def pieces(self, word: str) -> tuple[int, ...]:
        """The rows of the pieces of a word as it is written: the longest first (WordPiece). Nothing for what is not known."""
        known = self._known.get(word)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[word] = tuple(row for part in _PARTS.findall(_bare(word)) for row in self._cut(part))
        return known

    def _cut(self, part: str) -> list[int]:
        found: list[int] = []
        start = 0
        part = part[:LONGEST_WORD]
        while start < len(part):
            for end in range(len(part), start, -1):
                row = self.rows.get(("##" if start else "") + part[start:end])
                if row is not None:
                    break
            else:
                return []
            found.append(row)
            start = end
        return found

    def sums(self, texts: Iterable[Sequence[int]]) -> Floats:
        """For each text, given as the rows of its pieces, the sum of their vectors."""
        return summed(texts, self.vectors)

    def likeness(self, meanings: Floats) -> Floats:
        """For each piece (row) how much it is like each meaning (a column each): its weight times SHARP to the cosine; and its
        weight, as the last column. What sums of rows say of a text: `nearness`."""
        size = np.maximum(np.linalg.norm(self.vectors, axis=1, keepdims=True), 1e-9)
        alike = np.exp(SHARP * (self.vectors @ meanings.T) / size) * self.weights[:, None]
        return np.hstack([alike, self.weights[:, None]]).astype(np.float32)


def summed(texts: Iterable[Sequence[int]], table: Floats) -> Floats:
    """For each text, given as rows of `table`, their sum."""
    listed = list(texts)
    flat = np.fromiter(chain.from_iterable(listed), dtype=np.int64)
    return weighed_sums(flat, np.ones(len(flat), dtype=np.float32), [len(rows) for rows in listed], table)


def weighed_sums(flat: NDArray[np.int64], weights: Floats, counts: Sequence[int] | NDArray[np.int64], table: Floats) -> Floats:
    """For each text the sum of rows of `table`, each times its weight. flat: the rows of one text after another, so many each as
    `counts` says."""
    starts = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    sums: Floats = csr_array((weights, flat, starts), shape=(len(counts), len(table))) @ table
    return sums


def nearness(alike: Floats) -> Floats:
    """How near texts are to each meaning, from the sums of their pieces' `likeness`: the logarithm of the mean, so that one word
    that is very near counts more than many that are a little; not a number where a text has no piece."""
    with np.errstate(divide="ignore", invalid="ignore"):
        near: Floats = np.log(alike[:, :-1] / alike[:, -1:])
    return near


def _bare(word: str) -> str:
    """Lower case without accents, as the teacher's vocabulary has words."""
    lowered = word.lower()
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFD", lowered)
    return "".join(letter for letter in parts if unicodedata.category(letter) != "Mn")


def weights_of(count: int) -> Floats:
    """What each of so many pieces weighs: rarer ones, by their place, more (Zipf's law)."""
    place = np.arange(count)
    weights: Floats = (np.log(2 + place) * np.where(place > COMMON, 1.0, COMMON_WEIGHT)).astype(np.float32)
    return weights


@lru_cache(maxsize=1)
def static_vectors() -> StaticVectors | None:
    """The vectors; None where the file is missing or is not the one that was tried (`vectors_missing` says which)."""
    if vectors_missing():
        return None
    with np.load(FILE, allow_pickle=False) as kept:
        pieces = kept["pieces"].tobytes().decode("utf-8").split("\n")
        vectors = kept["vectors"].astype(np.float32)
        vectors *= kept["step"]
    weights = weights_of(len(pieces))
    vectors *= weights[:, None]
    return StaticVectors({piece: row for row, piece in enumerate(pieces)}, vectors, weights)
