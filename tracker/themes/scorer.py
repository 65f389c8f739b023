"""`theme_scorer`: one linear model over a post's words, pairs of words, static vectors and phrase hits.

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

from tracker.themes.features import NO_VECTORS, Vocabulary, centred, grams, kept_words, pieces, windows
from tracker.themes.rules import hit_counts
from tracker.themes.static import DIMENSIONS, StaticVectors, static_vectors

Floats = NDArray[np.float32]


@dataclass(slots=True)
class Weights:
    """All that the scorer knows. A column a label: `words` (a row for each of the vocabulary), `vectors` (a row a dimension, none
    where there are no static vectors), `bias`, and what one hit of the label's phrases (`once`), or more (`often`), adds.
    middle: of the posts' vectors. slope and shift turn log odds into probabilities."""

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    words: Floats
    middle: Floats
    vectors: Floats
    bias: Floats
    once: Floats
    often: Floats
    slope: float = 1.0
    shift: float = 0.0

    def arrays(self) -> dict[str, Floats]:
        """The arrays by name."""
        names = ("words", "middle", "vectors", "bias", "once", "often")
        return {"idf": self.vocabulary.weights} | {name: getattr(self, name) for name in names}


def no_weights() -> Weights:
    """A scorer that knows no label."""
    none = np.zeros(0, dtype=np.float32)
    words = np.zeros((0, 0), dtype=np.float32)
    return Weights((), Vocabulary({}, none), words, np.zeros(DIMENSIONS, dtype=np.float32), NO_VECTORS[:, :0], none, none, none)


@Language.factory("theme_scorer", requires=["doc.spans"], assigns=["doc.cats"])
def create_theme_scorer(nlp: Language, name: str) -> "ThemeScorer":
    """The component, for config.cfg; its weights come from `set_weights` or from disk."""
    return ThemeScorer()


class ThemeScorer:
    """Scores docs, best many at a time (`nlp.pipe`)."""

    def __init__(self) -> None:
        self.weights = no_weights()
        self._vectors: StaticVectors | None = None

    def set_weights(self, weights: Weights) -> None:
        """Score by these from now on."""
        self.weights = weights
        self._vectors = static_vectors() if len(weights.vectors) else None

    def __call__(self, doc: Doc) -> Doc:
        """Score one doc."""
        self._score([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """Score docs, a batch at a time."""
        for batch in _batches(stream, batch_size):
            self._score(batch)
            yield from batch

    def _score(self, docs: Sequence[Doc]) -> None:
        known = self.weights
        if not known.labels:
            return
        read = [doc for doc in docs if not doc._.passed_over]
        by_doc = [windows(kept_words(doc)) for doc in read]
        parts = [window for found in by_doc for window in found]
        owners = np.cumsum([0, *map(len, by_doc)])[:-1]
        if not read:
            return
        said = self._of_parts(parts)
        best = np.maximum.reduceat(said, owners, axis=0) if len(parts) > len(read) else said
        place = {label: column for column, label in enumerate(known.labels)}
        for row, doc in enumerate(read):
            for slug, count in hit_counts(doc).items():
                column = place.get(slug)
                if column is not None:
                    best[row, column] += known.once[column] if count == 1 else known.often[column]
        likely = 1 / (1 + np.exp(-np.clip(known.slope * best + known.shift, -30, 30)))
        for row, doc in enumerate(read):
            doc.user_data["scores"] = best[row]
            doc.cats = dict(zip(known.labels, likely[row].tolist(), strict=True))

    def _of_parts(self, parts: Sequence[Any]) -> Floats:
        """The log odds of windows, without phrase hits."""
        known = self.weights
        said = np.tile(known.bias, (len(parts), 1))
        if len(known.words):
            rows = [known.vocabulary.row(grams(words)) for words in parts]
            filled = [place for place, (columns, _) in enumerate(rows) if columns]
            if filled:
                flat = np.array([column for columns, _ in rows for column in columns], dtype=np.int64)
                values = np.array([value for _, found in rows for value in found], dtype=np.float32)
                starts = np.cumsum([0, *(len(rows[place][0]) for place in filled)])[:-1]
                said[filled] += np.add.reduceat(known.words[flat] * values[:, None], starts, axis=0)
        if self._vectors is not None:
            vectors = self._vectors
            said += centred(vectors.sums([pieces(words, vectors) for words in parts]), known.middle) @ known.vectors
        return said

    def shares(self, doc: Doc, label: str) -> dict[int, float]:
        """How much each word of `doc` (its place among `kept_words`) adds to a label's log odds: what the word and its pairs
        weigh, and its vector's part."""
        known, words = self.weights, kept_words(doc)
        column = known.labels.index(label)
        columns, values = known.vocabulary.row(grams(words))
        worth = dict(zip(columns, (known.words[columns, column] * values).tolist(), strict=True)) if columns else {}
        place_of, shares = known.vocabulary.columns, dict.fromkeys(range(len(words)), 0.0)
        before = ""
        for place, (_, plain, _) in enumerate(words):
            shares[place] += worth.get(place_of.get(plain, -1), 0.0)
            if before:
                pair = worth.get(place_of.get(f"{before} {plain}", -1), 0.0) / 2
                shares[place] += pair
                shares[place - 1] += pair
            before = plain
        if self._vectors is not None:
            rows = [pieces([word], self._vectors) for word in words]
            flat = [row for found in rows for row in found]
            if flat:
                weighed = self._vectors.weighed(flat)
                told = (weighed @ known.vectors[:, column] / (np.linalg.norm(weighed.sum(axis=0)) or 1.0)).tolist()
                owners = [place for place, found in enumerate(rows) for _ in found]
                for place, share in zip(owners, told, strict=True):
                    shares[place] += share
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


def _batches(stream: Iterable[Doc], size: int) -> Iterator[list[Doc]]:
    rest = iter(stream)
    while batch := list(islice(rest, size)):
        yield batch
