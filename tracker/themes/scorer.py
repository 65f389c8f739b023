"""`theme_scorer`: one linear model over a post's words, pairs of words, static vectors, nearness to meanings, and phrase hits.

Whatever training found (the prior from phrases and meanings, what the unlabelled posts added, what labelled posts corrected) is
linear in these, so it is folded into one set of weights. Writes doc.cats (probabilities) and doc.user_data["scores"] (log odds).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import srsly
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc

from tracker.themes.features import NO_VECTORS, Eye, Looked, Vocabulary, centred, kept_words, windows
from tracker.themes.rules import hit_counts
from tracker.themes.static import DIMENSIONS, StaticVectors, nearness, static_vectors, summed, weighed_sums
from tracker.themes.tokens import Word

Floats = NDArray[np.float32]


@dataclass(slots=True)
class Weights:
    """All that the scorer knows. A column a label: `words` (a row for each of the vocabulary), `vectors` (a row a dimension, none
    where there are no static vectors), `bias`, and what one hit of the label's phrases (`once`), or more (`often`), adds.
    middle: of the posts' vectors. meanings: the direction of each label's meaning (a row each); nearness: mean and spread of how
    near posts are to each; near: what one spread of nearness adds. slope and shift turn log odds into probabilities."""

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    words: Floats
    middle: Floats
    vectors: Floats
    meanings: Floats
    nearness: Floats
    near: Floats
    bias: Floats
    once: Floats
    often: Floats
    slope: float = 1.0
    shift: float = 0.0

    def arrays(self) -> dict[str, Floats]:
        """The arrays by name."""
        names = ("words", "middle", "vectors", "meanings", "nearness", "near", "bias", "once", "often")
        return {"idf": self.vocabulary.weights} | {name: getattr(self, name) for name in names}


def no_weights() -> Weights:
    """A scorer that knows no label."""
    none, words = np.zeros(0, dtype=np.float32), np.zeros((0, 0), dtype=np.float32)
    middle = np.zeros(DIMENSIONS, dtype=np.float32)
    return Weights((), Vocabulary({}, none), words, middle, NO_VECTORS[:, :0], NO_VECTORS, words, none, none, none, none)


@dataclass(slots=True)
class Scored:
    """What a post's score came from: what was found in its words, what each column of it is worth, and, where there are vectors,
    how long their sum is, the sum of what is alike, and what nearness added, the latter two by label."""

    looked: Looked
    values: Floats
    size: float
    alike: Floats
    near: Floats


@Language.factory("theme_scorer", requires=["doc.spans"], assigns=["doc.cats"])
def create_theme_scorer(nlp: Language, name: str) -> "ThemeScorer":
    """The component, for config.cfg; its weights come from `set_weights` or from disk."""
    return ThemeScorer()


class ThemeScorer:
    """Scores docs, best many at a time (`nlp.pipe`)."""

    def __init__(self) -> None:
        self.weights = no_weights()
        self._vectors: StaticVectors | None = None
        self._alike = self._adds = NO_VECTORS
        self._eye = Eye(self.weights.vocabulary, None)

    def set_weights(self, weights: Weights) -> None:
        """Score by these from now on."""
        self.weights = weights
        self._vectors = static_vectors() if len(weights.vectors) else None
        self._alike = self._vectors.likeness(weights.meanings) if self._vectors else NO_VECTORS
        self._adds = self._vectors.vectors @ weights.vectors if self._vectors else NO_VECTORS
        self._eye = Eye(weights.vocabulary, self._vectors)

    def __call__(self, doc: Doc) -> Doc:
        """Score one doc."""
        self._score([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Score docs, a batch at a time."""
        for batch in batches(stream, batch_size):
            self._score(batch)
            yield from batch

    def _score(self, docs: Sequence[Doc]) -> None:
        known = self.weights
        if not known.labels:
            return
        read = [doc for doc in docs if not doc._.passed_over]
        by_doc = [windows(kept_words(doc)) for doc in read]
        scored = [self._look(window) for found in by_doc for window in found]
        if not read:
            return
        said = self._of_scored(scored)
        owners = np.cumsum([0, *map(len, by_doc)])[:-1]
        best = np.maximum.reduceat(said, owners, axis=0) if len(scored) > len(read) else said
        place = {label: column for column, label in enumerate(known.labels)}
        for row, doc in enumerate(read):
            for slug, count in hit_counts(doc).items():
                column = place.get(slug)
                if column is not None:
                    best[row, column] += known.once[column] if count == 1 else known.often[column]
        likely = 1 / (1 + np.exp(-np.clip(known.slope * best + known.shift, -30, 30)))
        for row, (doc, first) in enumerate(zip(read, owners, strict=True)):
            doc.user_data["scores"] = best[row]
            doc.user_data["scored"] = scored[first]
            doc.cats = dict(zip(known.labels, likely[row].tolist(), strict=True))

    def _look(self, words: Sequence[Word]) -> Scored:
        return Scored(self._eye.look(words), self.weights.near, 1.0, self.weights.near, self.weights.near)

    def _of_scored(self, scored: Sequence[Scored]) -> Floats:
        """The log odds of windows, without phrase hits."""
        known = self.weights
        flat = np.array([column for one in scored for column in one.looked.columns], dtype=np.int64)
        counts = [len(one.looked.columns) for one in scored]
        values = known.vocabulary.worth(flat, counts)
        said = known.bias + weighed_sums(flat, values, counts, known.words)
        for one, its in zip(scored, np.split(values, np.cumsum(counts)[:-1]), strict=True):
            one.values = its
        if self._vectors is not None:
            listed = [one.looked.rows for one in scored]
            sums, alike = self._vectors.sums(listed), summed(listed, self._alike)
            said += centred(sums, known.middle) @ known.vectors
            near = known.near * np.nan_to_num((nearness(alike) - known.nearness[0]) / known.nearness[1])
            said += near
            for row, (one, size) in enumerate(zip(scored, np.linalg.norm(sums, axis=1).tolist(), strict=True)):
                one.size, one.alike, one.near = size or 1.0, alike[row, :-1], near[row]
        return said

    def shares(self, docs: Sequence[Doc]) -> Floats:
        """How much each word of scored docs (a row: the `kept_words` of one doc after another) adds to the log odds of each label
        (a column): what a word and the pair that it ends weigh, its vector's part, and its part of what is near the meaning."""
        known = self.weights
        scored: list[Scored] = [doc.user_data["scored"] for doc in docs]
        lengths = [len(kept_words(doc)) for doc in docs]
        first = np.cumsum([0, *lengths]).tolist()
        columns = np.array([column for one in scored for column in one.looked.columns], dtype=np.int64)
        at = [start + place for start, one in zip(first, scored, strict=False) for place in one.looked.at]
        values = np.concatenate([one.values for one in scored])
        shares = weighed_sums(columns, values, np.bincount(np.array(at, dtype=np.int64), minlength=first[-1]), known.words)
        if self._vectors is not None:
            rows = np.array([row for one in scored for row in one.looked.rows], dtype=np.int64)
            of = [start + place for start, one in zip(first, scored, strict=False) for place in one.looked.of]
            counts, once = np.bincount(np.array(of, dtype=np.int64), minlength=first[-1]), np.ones(len(rows), dtype=np.float32)
            near = np.stack([np.maximum(one.near, 0) / np.maximum(one.alike, 1e-30) for one in scored])
            size = np.array([one.size for one in scored], dtype=np.float32)
            shares += weighed_sums(rows, once, counts, self._adds) / np.repeat(size, lengths)[:, None]
            shares += weighed_sums(rows, once, counts, self._alike)[:, :-1] * np.repeat(near, lengths, axis=0)
        return shares

    def to_disk(self, path: Path, *, exclude: Any = ()) -> None:
        """Keep the weights: arrays as .npz, the rest as JSON."""
        Path(path).mkdir(exist_ok=True)
        known = self.weights
        arrays: dict[str, Any] = dict(known.arrays())
        np.savez(Path(path) / "arrays.npz", **arrays)
        columns = list(known.vocabulary.columns)
        about = {"labels": list(known.labels), "vocabulary": columns, "slope": known.slope, "shift": known.shift}
        srsly.write_json(Path(path) / "weights.json", about)

    def from_disk(self, path: Path, *, exclude: Any = ()) -> "ThemeScorer":
        """Read back what `to_disk` kept."""
        about: Any = srsly.read_json(Path(path) / "weights.json")
        with np.load(Path(path) / "arrays.npz", allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        vocabulary = Vocabulary({gram: column for column, gram in enumerate(about["vocabulary"])}, arrays.pop("idf"))
        self.set_weights(Weights(tuple(about["labels"]), vocabulary, slope=about["slope"], shift=about["shift"], **arrays))
        return self


def batches(stream: Iterable[Doc], size: int) -> Iterator[list[Doc]]:
    """The docs, so many at a time."""
    rest = iter(stream)
    while batch := list(islice(rest, size)):
        yield batch
