"""`theme_decide` and `theme_words`: what a post's themes are, and which words decided.

theme_decide  doc._.decision  a Decision, from doc.spans["themes"] and doc.cats
theme_words   doc._.words     {slug: ((start, end), ...)}, code points of the text, end exclusive
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import srsly
from spacy.language import Language
from spacy.tokens import Doc

from tracker.themes.deciding import Settings, decide
from tracker.themes.rules import SPANS
from tracker.themes.tokens import CAMPAIGN_MARK, HANDLE_MARK, LINK_MARK

WORDS_AT_MOST = 5
SMALL_SHARE = 0.2
"""A word is named only when taking it out lowers the score at least this share of what the strongest word does."""
GROUPED_FROM = 64
"""With more distinct words than this they are first taken out in groups, then one by one within the best groups."""

Spans = tuple[tuple[int, int], ...]

if not Doc.has_extension("decision"):
    Doc.set_extension("decision", default=None)
if not Doc.has_extension("words"):
    Doc.set_extension("words", default=None)


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
        ruled = {span.label_ for span in doc.spans[SPANS]}
        doc._.decision = decide(doc.cats, ruled, self.settings)
        return doc

    def to_disk(self, path: Path, *, exclude: Any = ()) -> None:
        """Keep the settings as JSON."""
        Path(path).mkdir(exist_ok=True)
        srsly.write_json(Path(path) / "settings.json", self.settings.as_json())

    def from_disk(self, path: Path, *, exclude: Any = ()) -> "ThemeDecide":
        """Read back what `to_disk` kept."""
        self.set_settings(Settings.from_json(srsly.read_json(Path(path) / "settings.json")))
        return self


@Language.factory("theme_words", default_config={"scorer": "textcat_multilabel"}, assigns=["doc._.words"])
def create_theme_words(nlp: Language, name: str, scorer: str) -> "ThemeWords":
    """The component, for config.cfg. scorer: the component that scores docs, asked again with words taken out."""
    return ThemeWords(nlp, scorer)


class ThemeWords:
    """Names the words that decided: the phrases found for a rule's hit; for a model's hit the one to five words without
    which the score falls most. Each distinct word is taken out wherever it stands, in one batch a post."""

    def __init__(self, nlp: Language, scorer: str) -> None:
        self._nlp = nlp
        self._scorer = scorer

    def __call__(self, doc: Doc) -> Doc:
        """Write doc._.words."""
        words: dict[str, Spans] = {}
        by_model = []
        for slug, _, decided_by in doc._.decision.hits:
            if decided_by == "rule":
                spans = (span for span in doc.spans[SPANS] if span.label_ == slug)
                words[slug] = tuple(sorted((span.start_char, span.end_char) for span in spans))
            else:
                by_model.append(slug)
        if by_model:
            words.update(self._strongest(doc, by_model))
        doc._.words = words
        return doc

    def _strongest(self, doc: Doc, slugs: list[str]) -> dict[str, Spans]:
        places = _places_of_words(doc)
        groups = [[word] for word in places]
        if len(groups) > GROUPED_FROM:
            groups = self._best_groups(doc, places, slugs)
        falls = self._falls(doc, places, groups, slugs)
        named = {}
        for slug in slugs:
            ranked = sorted(((fall, group[0]) for fall, group in zip(falls[slug], groups, strict=True)), reverse=True)
            chosen = [word for fall, word in ranked[:WORDS_AT_MOST] if fall > 0 and fall >= SMALL_SHARE * ranked[0][0]]
            tokens = sorted({index for word in chosen for index in places[word]})[:WORDS_AT_MOST]
            named[slug] = tuple((doc[i].idx, doc[i].idx + len(doc[i])) for i in tokens)
        return named

    def _best_groups(self, doc: Doc, places: Mapping[str, list[int]], slugs: list[str]) -> list[list[str]]:
        """The words worth taking out one by one: those of each theme's WORDS_AT_MOST strongest groups."""
        words = list(places)
        size = math.isqrt(len(words))
        groups = [words[start : start + size] for start in range(0, len(words), size)]
        falls = self._falls(doc, places, groups, slugs)
        best = {i for slug in slugs for i in sorted(range(len(groups)), key=lambda i: -falls[slug][i])[:WORDS_AT_MOST]}
        return [[word] for i in sorted(best) for word in groups[i]]

    def _falls(
        self, doc: Doc, places: Mapping[str, list[int]], groups: list[list[str]], slugs: list[str]
    ) -> dict[str, list[float]]:
        """How far each theme's score falls when each group of words is taken out of `doc`."""
        scorer: Any = self._nlp.get_pipe(self._scorer)
        texts = [token.text for token in doc]
        variants = [Doc(doc.vocab, words=texts)]
        for group in groups:
            gone = {index for word in group for index in places[word]}
            variants.append(Doc(doc.vocab, words=[text for i, text in enumerate(texts) if i not in gone]))
        scores = scorer.predict(variants)
        columns = {slug: scores[:, scorer.labels.index(slug)] for slug in slugs}
        return {slug: [float(column[0] - score) for score in column[1:]] for slug, column in columns.items()}


def _places_of_words(doc: Doc) -> dict[str, list[int]]:
    """The distinct words (plain form) that may be named, each with the tokens that it stands at."""
    places: dict[str, list[int]] = {}
    for token in doc:
        if token.norm_ not in (LINK_MARK, HANDLE_MARK, CAMPAIGN_MARK) and any(letter.isalpha() for letter in token.text):
            places.setdefault(token.norm_, []).append(token.i)
    return places
