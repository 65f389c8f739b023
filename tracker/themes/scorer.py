"""`theme_scorer`: one linear model over a post's words, pairs of words, static vectors, nearness to meanings, manner, and phrase
hits.

Whatever training found (the prior from phrases and meanings, what the unlabelled posts added, what labelled posts corrected) is
linear in these, so it is folded into one set of weights. Writes doc.cats (probabilities) and doc.user_data["scores"] (log odds).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import srsly
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc

from tracker.themes.deciding import probabilities
from tracker.themes.features import NO_VECTORS, Eye, Looked, Vocabulary, centred, parts
from tracker.themes.lexicon import Rows
from tracker.themes.manner import compared, manner
from tracker.themes.odds import Odds
from tracker.themes.passing import passed_over
from tracker.themes.rules import hit_counts
from tracker.themes.sheet import READ_AT_ONCE, Sheet, batches, sheets, stretches
from tracker.themes.static import DIMENSIONS, StaticVectors, nearness, static_vectors, weighed_sums

Floats = NDArray[np.float32]


@dataclass(slots=True)
class Weights:
    """All that the scorer knows. A column a label: `words` (a row for each of the vocabulary), `vectors` (a row a dimension, none
    where there are no static vectors), `bias`, and what one hit of the label's phrases (`once`), or more (`often`), adds.
    middle: of the posts' vectors. meanings: the direction of each label's meaning (a row each); nearness: mean and spread of how
    near posts are to each; near: what one spread of nearness adds. manner: what the way adds in which a post is said (a row a
    kind), compared with what is usual. odds: makes of the sum what is right on average."""

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    words: Floats
    middle: Floats
    vectors: Floats
    meanings: Floats
    nearness: Floats
    near: Floats
    manner: Floats
    usual: Floats
    bias: Floats
    once: Floats
    often: Floats
    odds: Odds = field(default_factory=Odds)

    def arrays(self) -> dict[str, Floats]:
        """The arrays by name."""
        names = ("words", "middle", "vectors", "meanings", "nearness", "near", "manner", "usual", "bias", "once", "often")
        return {"idf": self.vocabulary.weights} | {name: getattr(self, name) for name in names}

    def about(self) -> dict[str, Any]:
        """All but the arrays, as plain JSON values."""
        return {"labels": list(self.labels), "vocabulary": list(self.vocabulary.columns), "odds": self.odds.as_json()}

    @classmethod
    def of(cls, about: Mapping[str, Any], arrays: Mapping[str, Floats]) -> "Weights":
        """The weights that `about` and `arrays` gave."""
        named = dict(arrays)
        vocabulary = Vocabulary({gram: column for column, gram in enumerate(about["vocabulary"])}, named.pop("idf"))
        return cls(tuple(about["labels"]), vocabulary, odds=Odds.from_json(about["odds"]), **named)


def no_weights() -> Weights:
    """A scorer that knows no label."""
    none, words = np.zeros(0, dtype=np.float32), np.zeros((0, 0), dtype=np.float32)
    middle = np.zeros(DIMENSIONS, dtype=np.float32)
    return Weights(
        (), Vocabulary({}, none), words, middle, NO_VECTORS[:, :0], NO_VECTORS, words, none, words, words, none, none, none
    )


@dataclass(slots=True)
class Scored:
    """What the scores of a sheet's posts came from: what was found in their parts, what each column of it is worth, and, where
    there are vectors, of each part how long their sum is, the sum of what is alike, and what nearness added, the latter two by
    label. part: of each of the sheet's posts the part that is all of it, -1 where it was passed over."""

    sheet: Sheet
    part: Rows
    looked: Looked
    values: Floats
    size: Floats
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

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = READ_AT_ONCE) -> Iterator[Doc]:
        """Score docs, a batch at a time."""
        for batch in batches(stream, batch_size):
            self._score(batch)
            yield from batch

    def _score(self, docs: Sequence[Doc]) -> None:
        if not self.weights.labels:
            return
        read = [doc for doc in docs if not passed_over(doc)]
        start = 0
        for sheet, rows in sheets(read):
            self._score_on(sheet, rows, read[start : start + len(rows)])
            start += len(rows)

    def _score_on(self, sheet: Sheet, rows: Rows, docs: Sequence[Doc]) -> None:
        """Score docs that stand on one sheet, in these rows."""
        known = self.weights
        begins, ends, first = parts(sheet.edges[rows], sheet.edges[rows + 1])
        looked = self._eye.look(sheet, begins, ends)
        said, scored = self._of_looked(sheet, looked, len(begins))
        scored.part[rows] = first
        best = np.maximum.reduceat(said, first, axis=0) if len(begins) > len(rows) else said
        place = {label: column for column, label in enumerate(known.labels)}
        for row, doc in enumerate(docs):
            for slug, count in hit_counts(doc).items():
                column = place.get(slug)
                if column is not None:
                    best[row, column] += known.once[column] if count == 1 else known.often[column]
        judged = known.odds.of(best.astype(np.float64))
        for doc, scores, its in zip(docs, judged, probabilities(judged).tolist(), strict=True):
            doc.user_data["scores"] = scores
            doc.user_data["scored"] = scored
            doc.cats = dict(zip(known.labels, its, strict=True))

    def _of_looked(self, sheet: Sheet, looked: Looked, count: int) -> tuple[Floats, Scored]:
        """The log odds of parts, without phrase hits, and what they came from."""
        known = self.weights
        values = known.vocabulary.worth(looked.columns, looked.of_column, count)
        said = known.bias + weighed_sums(looked.columns, values, np.bincount(looked.of_column, minlength=count), known.words)
        said += compared(manner(looked.manner), known.usual) @ known.manner
        size, alike, near = np.ones(count, dtype=np.float32), NO_VECTORS, NO_VECTORS
        if self._vectors is not None:
            once, counts = np.ones(len(looked.rows), dtype=np.float32), np.bincount(looked.of_row, minlength=count)
            sums = weighed_sums(looked.rows, once, counts, self._vectors.vectors)
            alike = weighed_sums(looked.rows, once, counts, self._alike)
            said += centred(sums, known.middle) @ known.vectors
            near = known.near * np.nan_to_num((nearness(alike) - known.nearness[0]) / known.nearness[1])
            said += near
            size = np.linalg.norm(sums, axis=1)
            size[size == 0] = 1
        return said, Scored(sheet, np.full(len(sheet.edges) - 1, -1), looked, values, size, alike[:, :-1], near)

    def shares(self, scored: Scored, rows: Rows) -> Floats:
        """How much each word of scored posts (their rows on the sheet; a row here: the words of one after another) adds to the
        log odds of each label (a column): what a word and the pair that it ends weigh, its vector's part, and its part of what
        is near the meaning."""
        known, sheet, looked, chosen = self.weights, scored.sheet, scored.looked, scored.part[rows]
        lengths = sheet.edges[rows + 1] - sheet.edges[rows]
        words = np.full(len(sheet.which), -1, dtype=np.int64)
        words[stretches(sheet.edges[rows], lengths)] = np.arange(lengths.sum())
        asked = np.zeros(len(scored.size), dtype=bool)
        asked[chosen] = True
        its = asked[looked.of_column]
        counts = np.bincount(words[looked.at[its]], minlength=lengths.sum())
        shares = weighed_sums(looked.columns[its], scored.values[its], counts, known.words)
        if self._vectors is not None:
            its = asked[looked.of_row]
            found = looked.rows[its]
            counts, once = np.bincount(words[looked.of[its]], minlength=lengths.sum()), np.ones(len(found), dtype=np.float32)
            near = np.maximum(scored.near[chosen], 0) / np.maximum(scored.alike[chosen], 1e-30)
            shares += weighed_sums(found, once, counts, self._adds) / np.repeat(scored.size[chosen], lengths)[:, None]
            shares += weighed_sums(found, once, counts, self._alike)[:, :-1] * np.repeat(near, lengths, axis=0)
        return shares

    def to_bytes(self, *, exclude: Any = ()) -> bytes:
        """The weights as bytes."""
        return bytes(srsly.msgpack_dumps({"about": self.weights.about(), "arrays": self.weights.arrays()}))

    def from_bytes(self, data: bytes, *, exclude: Any = ()) -> "ThemeScorer":
        """Read back what `to_bytes` gave."""
        kept: Any = srsly.msgpack_loads(data)
        self.set_weights(Weights.of(kept["about"], kept["arrays"]))
        return self

    def to_disk(self, path: Path, *, exclude: Any = ()) -> None:
        """Keep the weights: arrays as .npz, the rest as JSON."""
        Path(path).mkdir(exist_ok=True)
        arrays: dict[str, Any] = dict(self.weights.arrays())
        np.savez(Path(path) / "arrays.npz", **arrays)
        srsly.write_json(Path(path) / "weights.json", self.weights.about())

    def from_disk(self, path: Path, *, exclude: Any = ()) -> "ThemeScorer":
        """Read back what `to_disk` kept."""
        about: Any = srsly.read_json(Path(path) / "weights.json")
        with np.load(Path(path) / "arrays.npz", allow_pickle=False) as kept:
            self.set_weights(Weights.of(about, {name: kept[name] for name in kept.files}))
        return self
