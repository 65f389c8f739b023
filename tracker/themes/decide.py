"""`theme_decide` and `theme_words`: what a post's themes are, and which words decided.

theme_decide  doc._.decision  a Decision, from doc.spans["themes"] and the scorer's log odds
theme_words   doc._.words     {slug: ((start, end), ...)}, code points of the text, end exclusive
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import srsly
from spacy.language import Language
from spacy.tokens import Doc

from tracker.themes.deciding import QUESTION, Decision, Settings, decide
from tracker.themes.features import kept_words
from tracker.themes.rules import SPANS, hit_counts
from tracker.themes.scorer import batches
from tracker.themes.tokens import BREAK

WORDS_AT_MOST = 5
SMALL_SHARE = 0.2
"""A word is named only when it adds at least this share of what the strongest word does."""
TINY = 1e-9

Spans = tuple[tuple[int, int], ...]

for _name in ("decision", "words"):
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=None)


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
        if doc._.passed_over:
            doc._.decision = Decision(doc._.passed_over)
            return doc
        scores = doc.user_data.get("scores")
        labels, said = (list(doc.cats), scores.tolist()) if scores is not None else ([], [])
        doc._.decision = decide(labels, said, hit_counts(doc), self.settings)
        return doc

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

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """The same for many docs, which takes a fraction of the time."""
        for batch in batches(stream, batch_size):
            self._name(batch)
            yield from batch

    def _name(self, docs: Sequence[Doc]) -> None:
        asked: list[tuple[Doc, list[str], dict[str, Spans]]] = []
        for doc in docs:
            words: dict[str, Spans] = {}
            by_model = []
            decision: Decision = doc._.decision
            questions = ((QUESTION + slug, score, by) for slug, score, by in decision.questions)
            for label, _, decided_by in (*decision.hits, *questions):
                if decided_by == "rule":
                    spans = (span for span in doc.spans[SPANS] if span.label_ == label)
                    words[label] = tuple(sorted((span.start_char, span.end_char) for span in spans))
                else:
                    by_model.append(label)
            doc._.words = words
            if by_model:
                asked.append((doc, by_model, words))
        if asked:
            self._strongest(asked)

    def _strongest(self, asked: Sequence[tuple[Doc, list[str], dict[str, Spans]]]) -> None:
        """Add to each doc's words, for each of the labels asked for, where the words stand that add most."""
        scorer: Any = self._nlp.get_pipe(self._scorer)
        column = {label: place for place, label in enumerate(scorer.weights.labels)}
        shares = scorer.shares([doc for doc, _, _ in asked])
        start = 0
        for doc, labels, words in asked:
            end = start + len(kept_words(doc))
            adds = shares[start:end, [column[label] for label in labels]].T.tolist()
            words.update(zip(labels, _strongest(doc, adds), strict=True))
            start = end


def _strongest(doc: Doc, shares: Sequence[Sequence[float]]) -> Iterator[Spans]:
    """Where the words stand that add most to each label; a word that stands twice counts as one. shares: a list a label, of what
    each of the doc's words adds."""
    words = kept_words(doc)
    for adds in shares:
        worth: dict[str, float] = {}
        for (raw, word, _), share in zip(words, adds, strict=True):
            if share > TINY and word != BREAK and (raw.isalpha() or any(map(str.isalpha, raw))):
                worth[word] = worth.get(word, 0.0) + share
        ranked = sorted(worth, key=worth.__getitem__, reverse=True)[:WORDS_AT_MOST]
        strong = {word for word in ranked if worth[word] >= SMALL_SHARE * worth[ranked[0]]}
        found = (doc[place] for place in dict.fromkeys(place for _, word, place in words if word in strong))
        yield tuple((token.idx, token.idx + len(token)) for token in islice(found, WORDS_AT_MOST))
