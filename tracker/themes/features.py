"""What is counted of a post: the words and pairs of words in it, and the static vectors of its words."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc

from tracker.themes.static import DIMENSIONS, REMEMBERED, StaticVectors
from tracker.themes.tokens import BREAK, Word, words_of

_FUNCTION_WORDS = """
a an the and or but if of to in on at by for with from as is are was were be been am do does did have has had i me my we our
you your he she it they them his her its their this that these those so not no just will would can could should there here
what which who when how than then too very
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
SEEN_AT_LEAST = 2
"""A word or pair that stands in fewer posts than this is not counted."""
WORDS_AT_MOST = 60_000
PAIR_WEIGHT = 0.7
"""Pairs are rarer than words, so their idf is higher; this keeps them from outweighing the words. Chosen, as all constants
here, by cross-validation on training files (docs/why/013-one-linear-scorer.md)."""
WINDOW = 30
"""Words of a long post that are read together, about as many as a short post has; its highest score counts."""
LONG_FROM = 120

Floats = NDArray[np.float32]


def kept_words(doc: Doc) -> list[Word]:
    """The words of `doc` as phrases are looked for in them, found once."""
    words: list[Word] | None = doc.user_data.get("words")
    if words is None:
        words = doc.user_data["words"] = words_of(doc)
    return words


def windows(words: Sequence[Word]) -> list[Sequence[Word]]:
    """The parts of a post that are read together: all of it, and where it is long, each WINDOW words too, by halves."""
    if len(words) <= LONG_FROM:
        return [words]
    step = WINDOW // 2
    return [words, *(words[start : start + WINDOW] for start in range(0, len(words) - step, step))]


def grams(words: Sequence[Word]) -> list[str]:
    """The words and neighbouring pairs that are counted; a pair of function words is none."""
    found = []
    before, before_counts, before_says = "", False, False
    for _, plain, _ in words:
        if plain == BREAK:
            before_counts = False
            continue
        first = plain[0]
        counts = first.isalnum()
        says = plain not in FUNCTION_WORDS
        if counts or first > "⌨":
            found.append(plain)
        if counts and before_counts and (says or before_says):
            found.append(f"{before} {plain}")
        before, before_counts, before_says = plain, counts, says
    return found


def telling_grams(words: Sequence[Word]) -> list[str]:
    """The words and pairs that say something by themselves."""
    return [gram for gram in grams(words) if gram not in FUNCTION_WORDS]


def pieces(words: Sequence[Word], vectors: StaticVectors) -> list[int]:
    """The rows of the static vectors of the words that say something."""
    return [row for raw, plain, _ in words if plain != BREAK and plain not in FUNCTION_WORDS for row in vectors.pieces(raw)]


@dataclass(slots=True)
class Vocabulary:
    """The words and pairs that are counted, a column each, with how much each weighs (idf)."""

    columns: dict[str, int]
    weights: Floats
    _weights: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self._weights = self.weights.tolist()

    @classmethod
    def of(cls, posts: Sequence[Sequence[str]]) -> "Vocabulary":
        """The vocabulary of some posts, each given as its `grams`."""
        seen = Counter(gram for found in posts for gram in set(found))
        often = [(gram, count) for gram, count in seen.items() if count >= SEEN_AT_LEAST]
        kept = sorted(sorted(often, key=lambda pair: (-pair[1], pair[0]))[:WORDS_AT_MOST])
        weights = [(math.log((1 + len(posts)) / (1 + count)) + 1) * (PAIR_WEIGHT if " " in gram else 1.0) for gram, count in kept]
        return cls({gram: column for column, (gram, _) in enumerate(kept)}, np.array(weights, dtype=np.float32))

    def row(self, found: Iterable[str]) -> tuple[list[int], list[float]]:
        """One post's columns and values, of length 1 together: (1 + log count) * idf. found: its `grams`."""
        columns, weights = self.columns, self._weights
        counts = Counter(columns[gram] for gram in found if gram in columns)
        values = [weights[column] * (1 + math.log(count)) for column, count in counts.items()]
        length = math.hypot(*values) or 1.0
        return list(counts), [value / length for value in values]

    def worth(self, flat: NDArray[np.int64], counts: Sequence[int]) -> Floats:
        """What each of the columns of some posts is worth there: its value through how often it was found. flat: the columns of
        one post after another, so many each as `counts` says, a column as often as it was found."""
        owners = np.repeat(np.arange(len(counts)), counts)
        _, which, often = np.unique(owners * (len(self.columns) + 1) + flat, return_inverse=True, return_counts=True)
        times = often[which]
        values = self.weights[flat] * (1 + np.log(times))
        length = np.sqrt(np.bincount(owners, values**2 / times, len(counts)))
        each: Floats = (values / (times * np.maximum(length, 1e-9)[owners])).astype(np.float32)
        return each


@dataclass(slots=True)
class Looked:
    """What was found in some words: columns of the vocabulary and rows of the vectors, each with the place of its word (of a
    pair's second)."""

    columns: list[int]
    at: list[int]
    rows: list[int]
    of: list[int]


class Eye:
    """Finds the same as `grams`, `Vocabulary.row` and `pieces` in one pass, remembering words, for reading many posts."""

    def __init__(self, vocabulary: Vocabulary, vectors: StaticVectors | None) -> None:
        self._vocabulary = vocabulary
        self._vectors = vectors
        self._words: dict[tuple[str, str], tuple[int, bool, bool, tuple[int, ...]]] = {}
        columns = vocabulary.columns
        self._size = len(columns)
        self._pairs: dict[int, int] = {}
        for gram, column in columns.items():
            first, _, second = gram.partition(" ")
            if second and first in columns and second in columns:
                self._pairs[columns[first] * self._size + columns[second]] = column

    def look(self, words: Sequence[Word]) -> Looked:
        """What stands in `words`."""
        columns, at, found, of = [], [], [], []
        known, pairs, size = self._words, self._pairs, self._size
        before, before_says = -1, False
        for place, (raw, plain, _) in enumerate(words):
            if plain == BREAK:
                before = -1
                continue
            column, counts, says, rows = known.get((raw, plain)) or self._word(raw, plain)
            if column >= 0:
                columns.append(column)
                at.append(place)
                if before >= 0 and counts and (says or before_says):
                    pair = pairs.get(before * size + column)
                    if pair is not None:
                        columns.append(pair)
                        at.append(place)
            for row in rows:
                found.append(row)
                of.append(place)
            before, before_says = (column if counts else -1), says
        return Looked(columns, at, found, of)

    def _word(self, raw: str, plain: str) -> tuple[int, bool, bool, tuple[int, ...]]:
        """A word's column (-1 without one), whether it is a word at all, whether it says something, its rows."""
        if len(self._words) >= REMEMBERED:
            self._words.clear()
        counts, says = plain[0].isalnum(), plain not in FUNCTION_WORDS
        column = self._vocabulary.columns.get(plain, -1) if counts or plain[0] > "⌨" else -1
        rows = self._vectors.pieces(raw) if self._vectors is not None and says else ()
        self._words[raw, plain] = column, counts, says, rows
        return self._words[raw, plain]


def centred(sums: Floats, middle: Floats) -> Floats:
    """Sums of vectors as directions, seen from the middle of all posts, of length 1; nothing stays nothing."""
    size = np.linalg.norm(sums, axis=1, keepdims=True)
    moved = np.where(size > 0, sums / np.maximum(size, 1e-9) - middle, 0)
    away: Floats = (moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return away


NO_VECTORS = np.zeros((0, DIMENSIONS), dtype=np.float32)
