"""What is counted of a post: the words and pairs of words in it, and the static vectors of its words."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc

from tracker.themes.static import DIMENSIONS, StaticVectors
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
WINDOW = 80
"""Words of a post that are read together; a longer one is read in windows, and its highest score counts."""
LONG_FROM = 120

Floats = NDArray[np.float32]


def kept_words(doc: Doc) -> list[Word]:
    """The words of `doc` as phrases are looked for in them, found once."""
    words: list[Word] | None = doc.user_data.get("words")
    if words is None:
        words = doc.user_data["words"] = list(words_of(doc))
    return words


def windows(words: Sequence[Word]) -> list[Sequence[Word]]:
    """The parts of a post that are read together: all of it, and where it is long, each WINDOW words too, by halves."""
    if len(words) <= LONG_FROM:
        return [words]
    step = WINDOW // 2
    return [words, *(words[start : start + WINDOW] for start in range(0, len(words) - step, step))]


def grams(words: Sequence[Word]) -> list[str]:
    """The words and neighbouring pairs that are counted."""
    found = []
    before, before_counts, before_says = "", False, False
    for _, plain, _ in words:
        if plain == BREAK:
            before_counts = False
            continue
        first = plain[0]
        counts = first.isalnum()
        says = plain not in FUNCTION_WORDS
        if says and (counts or first > "⌨"):
            found.append(plain)
        if counts and before_counts and (says or before_says):
            found.append(f"{before} {plain}")
        before, before_counts, before_says = plain, counts, says
    return found


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
        """One post's columns and values, of length 1 together: (1 + log count) * idf."""
        counts: dict[int, int] = {}
        columns = self.columns
        for gram in found:
            column = columns.get(gram)
            if column is not None:
                counts[column] = counts.get(column, 0) + 1
        weights = self._weights
        values = [weights[column] if count == 1 else weights[column] * (1 + math.log(count)) for column, count in counts.items()]
        length = math.sqrt(sum(value * value for value in values)) or 1.0
        return list(counts), [value / length for value in values]


def centred(sums: Floats, middle: Floats) -> Floats:
    """Sums of vectors as directions, seen from the middle of all posts, of length 1; nothing stays nothing."""
    size = np.linalg.norm(sums, axis=1, keepdims=True)
    moved = np.where(size > 0, sums / np.maximum(size, 1e-9) - middle, 0)
    away: Floats = (moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return away


NO_VECTORS = np.zeros((0, DIMENSIONS), dtype=np.float32)
