"""What is counted of a post: the words and pairs of words in it, and the static vectors of its words."""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tracker.themes.lexicon import Facts, Lexicon, Rows, lexicon
from tracker.themes.manner import PARTS, word_manner
from tracker.themes.sheet import Sheet, stretches
from tracker.themes.static import DIMENSIONS, StaticVectors, weighed_sums
from tracker.themes.tokens import BREAK, Word
from tracker.themes.wording import FUNCTION_WORDS

SEEN_AT_LEAST = 2
"""A word or pair that stands in fewer posts than this is not counted."""
WORDS_AT_MOST = 60_000
PAIR_WEIGHT = 0.7
"""Pairs are rarer than words, so their idf is higher; this keeps them from outweighing the words. Chosen, as all constants
here, by cross-validation on training files (docs/why/013-one-linear-scorer.md)."""
WINDOW = 30
"""Words of a long post that are read together, about as many as a short post has; its highest score counts."""
LONG_FROM = 120

_FIRST = 2**32
"""What the first word of a pair counts for in its number."""

Floats = NDArray[np.float32]


def parts(begins: Rows, ends: Rows) -> tuple[Rows, Rows, Rows]:
    """The parts of posts that are read together: all of each, and where it is long, each WINDOW words too, by halves. begins,
    ends: where each post's words stand. Gives where each part's do, and of each post the part that is all of it."""
    lengths, step = ends - begins, WINDOW // 2
    number = np.where(lengths > LONG_FROM, 1 + -(-(lengths - step) // step), 1)
    within = stretches(np.zeros_like(number), number)
    starts, stops = np.repeat(begins, number) + np.maximum(within - 1, 0) * step, np.repeat(ends, number)
    return starts, np.where(within > 0, np.minimum(starts + WINDOW, stops), stops), np.cumsum(number) - number


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


class Grams:
    """The `grams` of many posts, as numbers, since as text those of 20,000 posts take 200 MB. A word's number says as how many-th
    it was first seen; a pair's has both, the first in its upper half."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._numbers: dict[str, int] = {}
        self._posts: list[array[int]] = []

    def __len__(self) -> int:
        return len(self._posts)

    def add(self, words: Sequence[Word]) -> None:
        """One more post."""
        numbers = array("q")
        for gram in grams(words):
            first, _, second = gram.partition(" ")
            number = self._number(first)
            numbers.append((number + 1) * _FIRST + self._number(second) if second else number)
        self._posts.append(numbers)

    def of(self, post: int) -> list[str]:
        """Those of one post, in their order."""
        return [self._text(number) for number in self._posts[post]]

    def often(self, least: int) -> list[tuple[str, int]]:
        """Those that stand in at least so many posts, and in how many."""
        flat = [np.unique(np.array(numbers, dtype=np.int64)) for numbers in self._posts]
        different, counts = np.unique(np.concatenate([*flat, np.zeros(0, dtype=np.int64)]), return_counts=True)
        kept = counts >= least
        return [
            (self._text(number), count) for number, count in zip(different[kept].tolist(), counts[kept].tolist(), strict=True)
        ]

    def _number(self, word: str) -> int:
        number = self._numbers.setdefault(word, len(self._words))
        if number == len(self._words):
            self._words.append(word)
        return number

    def _text(self, number: int) -> str:
        first, second = divmod(number, _FIRST)
        return f"{self._words[first - 1]} {self._words[second]}" if first else self._words[second]


def telling_grams(words: Sequence[Word]) -> list[str]:
    """The words and pairs that say something by themselves."""
    return [gram for gram in grams(words) if gram not in FUNCTION_WORDS]


def pieces(words: Sequence[Word], vectors: StaticVectors) -> "array[int]":
    """The rows of the static vectors of the words that say something."""
    telling = (raw for raw, plain, _ in words if plain != BREAK and plain not in FUNCTION_WORDS)
    return array("i", (row for raw in telling for row in vectors.pieces(raw)))


@dataclass(slots=True)
class Vocabulary:
    """The words and pairs that are counted, a column each, with how much each weighs (idf)."""

    columns: dict[str, int]
    weights: Floats
    _weights: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self._weights = self.weights.tolist()

    @classmethod
    def of(cls, posts: Grams) -> "Vocabulary":
        """The vocabulary of some posts."""
        often = posts.often(SEEN_AT_LEAST)
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

    def worth(self, flat: Rows, owners: Rows, count: int) -> Floats:
        """What each of the columns of some posts is worth there: its value through how often it was found. flat: the columns of
        one post after another, a column as often as it was found; owners: whose each is, of so many posts as `count` says."""
        _, which, often = np.unique(owners * (len(self.columns) + 1) + flat, return_inverse=True, return_counts=True)
        times = often[which]
        values = self.weights[flat] * (1 + np.log(times))
        length = np.sqrt(np.bincount(owners, values**2 / times, count))
        each: Floats = (values / (times * np.maximum(length, 1e-9)[owners])).astype(np.float32)
        return each


@dataclass(slots=True)
class Looked:
    """What was found in parts of posts: columns of the vocabulary and rows of the vectors, each with the word of the sheet that
    it is of (of a pair's second) and the part in which it was found; and what the words of each part add up to
    (`tracker.themes.manner`)."""

    columns: Rows
    at: Rows
    of_column: Rows
    rows: Rows
    of: Rows
    of_row: Rows
    manner: Floats


class Eye:
    """Finds the same as `grams`, `Vocabulary.row`, `pieces` and `words_manner` in many posts at once."""

    def __init__(self, vocabulary: Vocabulary, vectors: StaticVectors | None) -> None:
        self._vocabulary = vocabulary
        self._vectors = vectors
        self._manners: dict[tuple[float, ...], int] = {}
        self._of_manners = np.zeros((0, PARTS), dtype=np.float32)
        columns = vocabulary.columns
        self._size = len(columns)
        pairs: dict[int, int] = {}
        for gram, column in columns.items():
            first, _, second = gram.partition(" ")
            if second and first in columns and second in columns:
                pairs[columns[first] * self._size + columns[second]] = column
        self._pairs = np.array(sorted(pairs), dtype=np.int64)
        self._of_pairs = np.array([pairs[key] for key in sorted(pairs)], dtype=np.int64)
        self._meet(lexicon())

    def _meet(self, known: Lexicon) -> None:
        """Look at words of this lexicon from now on."""
        self._facts, self._pieces = Facts(known.words, self._tell), array("q")

    def look(self, sheet: Sheet, begins: Rows, ends: Rows) -> Looked:
        """What stands in parts of the posts on a sheet: their words from `begins` to `ends`."""
        if self._facts.words is not sheet.lexicon.words:
            self._meet(sheet.lexicon)
        at, lengths = stretches(begins, ends - begins), ends - begins
        part = np.repeat(np.arange(len(begins)), lengths)
        which = sheet.which[at]
        column, first, pieces, its_manner = self._facts.table()[:, which]
        both = np.stack([column, self._pairs_of(sheet, column, which, part)], axis=1)
        found = both >= 0
        place = np.nonzero(found)[0]
        rows = np.array(self._pieces, dtype=np.int64)[stretches(first, pieces)]
        if len(self._of_manners) < len(self._manners):
            self._of_manners = np.array(list(self._manners), dtype=np.float32)
        manner = weighed_sums(its_manner, np.ones(len(which), dtype=np.float32), lengths, self._of_manners)
        return Looked(both[found], at[place], part[place], rows, np.repeat(at, pieces), np.repeat(part, pieces), manner)

    def _pairs_of(self, sheet: Sheet, column: Rows, which: Rows, part: Rows) -> Rows:
        """The column of the pair that each word ends, -1 without one. column: that of each word."""
        pair = np.full(len(which), -1, dtype=np.int64)
        if len(which) < 2 or not len(self._pairs):
            return pair
        told = sheet.lexicon.told()
        joined, says = (column >= 0) & (told.counts[which] > 0), told.says[which] > 0
        ends = np.flatnonzero(joined[:-1] & joined[1:] & (says[:-1] | says[1:]) & (part[:-1] == part[1:])) + 1
        key = column[ends - 1] * self._size + column[ends]
        there = np.minimum(np.searchsorted(self._pairs, key), len(self._pairs) - 1)
        pair[ends] = np.where(self._pairs[there] == key, self._of_pairs[there], -1)
        return pair

    def _tell(self, raw: str, plain: str) -> tuple[int, ...]:
        """A word's column (-1 without one), where its rows begin among those kept, how many they are, and which manner it has."""
        manner = self._manners.setdefault(word_manner(raw, plain), len(self._manners))
        first = len(self._pieces)
        if plain == BREAK:
            return -1, first, 0, manner
        column = self._vocabulary.columns.get(plain, -1) if plain[0].isalnum() or plain[0] > "⌨" else -1
        if self._vectors is not None and plain not in FUNCTION_WORDS:
            self._pieces.extend(self._vectors.pieces(raw))
        return column, first, len(self._pieces) - first, manner


def centred(sums: Floats, middle: Floats) -> Floats:
    """Sums of vectors as directions, seen from the middle of all posts, of length 1; nothing stays nothing."""
    size = np.linalg.norm(sums, axis=1, keepdims=True)
    moved = np.where(size > 0, sums / np.maximum(size, 1e-9) - middle, 0)
    away: Floats = (moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return away


NO_VECTORS = np.zeros((0, DIMENSIONS), dtype=np.float32)
