"""`theme_decide` and `theme_words`: what a post's themes are, and which words decided.

theme_decide  doc._.decision  a Decision, from doc.spans["themes"] and the scorer's log odds
theme_words   doc._.words     {slug: ((start, end), ...)}, code points of the text, end exclusive
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import srsly
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc

from tracker.records import QUESTION
from tracker.themes.deciding import Decision, Settings, decide_many
from tracker.themes.lexicon import Rows
from tracker.themes.passing import passed_over
from tracker.themes.rules import SPANS, hit_counts
from tracker.themes.scorer import Scored
from tracker.themes.sheet import READ_AT_ONCE, Marks, Sheet, batches, stretches

WORDS_AT_MOST = 5
SMALL_SHARE = 0.2
"""A word is named only when it adds at least this share of what the strongest word does."""
TINY = 1e-9

Spans = tuple[tuple[int, int], ...]


def decision(doc: Doc) -> Decision | None:
    """What was decided on a post; None before."""
    told: Decision | None = doc.user_data.get("decision")
    return told


def words(doc: Doc) -> dict[str, Spans] | None:
    """Where the words stand that decided, by label; None before."""
    told: dict[str, Spans] | None = doc.user_data.get("words")
    return None if told is None else {label: tuple((start, end) for start, end in spans) for label, spans in told.items()}


for _name, _told in {"decision": decision, "words": words}.items():
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, getter=_told)


@Language.factory("theme_decide", requires=["doc.spans"], assigns=["doc._.decision"])
def create_theme_decide(nlp: Language, name: str) -> "ThemeDecide":
    """The component, for config.cfg; its settings come from `set_settings` or from disk."""
    return ThemeDecide()


class ThemeDecide:
    """Applies what training found to rules and scores (`tracker.themes.deciding`)."""

    def __init__(self) -> None:
        self.settings = Settings()

    def set_settings(self, settings: Settings) -> None:
        """Decide by these from now on."""
        self.settings = settings

    def __call__(self, doc: Doc) -> Doc:
        """Write doc._.decision."""
        self._decide([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = READ_AT_ONCE) -> Iterator[Doc]:
        """The same for many docs."""
        for batch in batches(stream, batch_size):
            self._decide(batch)
            yield from batch

    def _decide(self, docs: Sequence[Doc]) -> None:
        read = []
        for doc in docs:
            if outcome := passed_over(doc):
                doc.user_data["decision"] = Decision(outcome)
            else:
                read.append(doc)
        if not read:
            return
        scored = "scores" in read[0].user_data
        scores = np.array([doc.user_data["scores"] for doc in read] if scored else np.zeros((len(read), 0)), dtype=np.float64)
        decided = decide_many(list(read[0].cats) if scored else (), scores, [hit_counts(doc) for doc in read], self.settings)
        for doc, one in zip(read, decided, strict=True):
            doc.user_data["decision"] = one

    def to_bytes(self, *, exclude: Any = ()) -> bytes:
        """The settings as bytes."""
        return bytes(srsly.msgpack_dumps(self.settings.as_json()))

    def from_bytes(self, data: bytes, *, exclude: Any = ()) -> "ThemeDecide":
        """Read back what `to_bytes` gave."""
        settings: Any = srsly.msgpack_loads(data)
        self.set_settings(Settings.from_json(settings))
        return self

    def to_disk(self, path: Path, *, exclude: Any = ()) -> None:
        """Keep the settings as JSON."""
        Path(path).mkdir(exist_ok=True)
        srsly.write_json(Path(path) / "settings.json", self.settings.as_json())

    def from_disk(self, path: Path, *, exclude: Any = ()) -> "ThemeDecide":
        """Read back what `to_disk` kept."""
        self.set_settings(Settings.from_json(srsly.read_json(Path(path) / "settings.json")))
        return self


@Language.factory("theme_words", default_config={"scorer": "theme_scorer"}, assigns=["doc._.words"])
def create_theme_words(nlp: Language, name: str, scorer: str) -> "ThemeWords":
    """The component, for config.cfg. scorer: the component whose scores are told apart by word."""
    return ThemeWords(nlp, scorer)


class ThemeWords:
    """Names the words that decided: the phrases found for a rule's hit; for a model's hit the one to five words that add most."""

    def __init__(self, nlp: Language, scorer: str) -> None:
        self._nlp = nlp
        self._scorer = scorer

    def __call__(self, doc: Doc) -> Doc:
        """Write doc._.words; a question's stand under its label."""
        self._name([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = READ_AT_ONCE) -> Iterator[Doc]:
        """The same for many docs, which takes a fraction of the time."""
        for batch in batches(stream, batch_size):
            self._name(batch)
            yield from batch

    def _name(self, docs: Sequence[Doc]) -> None:
        asked: list[tuple[Doc, list[str]]] = []
        for doc in docs:
            told: dict[str, Spans] = {}
            doc.user_data["words"] = told
            its: Decision = doc.user_data["decision"]
            if not its.hits and not its.questions:
                continue
            by_model = []
            for label, _, decided_by in (*its.hits, *((QUESTION + slug, score, by) for slug, score, by in its.questions)):
                if decided_by == "rule":
                    spans = (span for span in doc.spans[SPANS] if span.label_ == label)
                    told[label] = tuple(sorted((span.start_char, span.end_char) for span in spans))
                else:
                    by_model.append(label)
            if by_model:
                asked.append((doc, by_model))
        for _, together in groupby(asked, key=lambda one: id(one[0].user_data["scored"])):
            self._strongest(list(together))

    def _strongest(self, asked: Sequence[tuple[Doc, list[str]]]) -> None:
        """Add to each doc's words, for each of the labels asked for, where the words stand that add most. The docs were scored
        together."""
        scorer: Any = self._nlp.get_pipe(self._scorer)
        column = {label: place for place, label in enumerate(scorer.weights.labels)}
        scored: Scored = asked[0][0].user_data["scored"]
        rows = np.array([doc.user_data["standing"].row for doc, _ in asked], dtype=np.int64)
        shares = scorer.shares(scored, rows)
        labels = np.array([column[label] for _, some in asked for label in some], dtype=np.int64)
        posts = np.repeat(np.arange(len(asked)), [len(some) for _, some in asked])
        found = iter(strongest(scored.sheet, posts, rows, shares, labels))
        for doc, some in asked:
            doc.user_data["words"].update(zip(some, found, strict=False))


def strongest(sheet: Sheet, posts: Rows, rows: Rows, shares: NDArray[np.float32], labels: Rows) -> list[Spans]:
    """Where the words stand that add most to a label; a word that stands twice counts as one. rows: posts on the sheet, whose
    words are the rows of shares, one post's after another; posts: for each question the place in `rows` of the post that it is
    asked of; labels: its label (a column of shares)."""
    lengths = sheet.edges[rows + 1] - sheet.edges[rows]
    which = sheet.which[stretches(sheet.edges[rows], lengths)]
    told = sheet.lexicon.told()
    of_post = np.repeat(np.arange(len(rows)), lengths)
    different, its = np.unique(of_post * len(told.plain) + told.plain[which], return_inverse=True)
    own = np.searchsorted(different, np.arange(len(rows) + 1) * len(told.plain))
    size, first = lengths[posts], np.cumsum(lengths) - lengths
    asked, at = np.repeat(np.arange(len(posts)), size), stretches(first[posts], size)
    many = np.diff(own)[posts]
    word = its[at] + np.repeat(np.cumsum(many) - many - own[posts], size)
    share = shares[at, labels[asked]]
    counts = np.flatnonzero((share > TINY) & (told.named[which[at]] > 0))
    chosen = np.flatnonzero(_strong(word, asked, counts, share[counts].astype(np.float64))[word])
    question, there = asked[chosen], stretches(sheet.edges[rows], lengths)[at[chosen]]
    new = np.ones(len(chosen), dtype=bool)
    new[1:] = (question[1:] != question[:-1]) | (sheet.place[there[1:]] != sheet.place[there[:-1]])
    question, there = question[new], there[new]
    edges = np.searchsorted(question, np.arange(len(posts) + 1)).tolist()
    spans = list(zip(sheet.begin[there].tolist(), sheet.end[there].tolist(), strict=True))
    return [tuple(spans[start : min(end, start + WORDS_AT_MOST)]) for start, end in pairwise(edges)]


def _strong(word: Rows, asked: Rows, counts: Rows, share: NDArray[np.float64]) -> Marks:
    """Which words are among the strongest of their question: at most WORDS_AT_MOST, none that adds far less than the first. word:
    of each place the word that stands there, asked: its question; counts: the places that count, share: what those add."""
    strong = np.zeros(int(word.max(initial=-1)) + 1, dtype=bool)
    worth = np.bincount(word[counts], share, len(strong))
    first = np.full(len(strong), len(word), dtype=np.int64)
    first[word[counts[::-1]]] = counts[::-1]
    some = np.flatnonzero(first < len(word))
    some = some[np.lexsort((first[some], -worth[some], asked[first[some]]))]
    question = asked[first[some]]
    begins = np.searchsorted(question, question)
    rank = np.arange(len(some)) - begins
    strong[some] = (rank < WORDS_AT_MOST) & (worth[some] >= SMALL_SHARE * worth[some[begins]])
    return strong
