"""`theme_decide` and `theme_words`: what a post's themes are, and which words decided.

theme_decide  doc._.decision  a Decision, from doc.spans["themes"] and the scorer's log odds
theme_words   doc._.words     {slug: ((start, end), ...)}, code points of the text, end exclusive
"""

from pathlib import Path
from typing import Any

import srsly
from spacy.language import Language
from spacy.tokens import Doc

from tracker.themes.deciding import QUESTION, Decision, Settings, decide
from tracker.themes.features import kept_words
from tracker.themes.rules import SPANS, hit_counts
from tracker.themes.tokens import BREAK

WORDS_AT_MOST = 5
SMALL_SHARE = 0.2
"""A word is named only when it adds at least this share of what the strongest word does."""

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
        words: dict[str, Spans] = {}
        decision: Decision = doc._.decision
        asked = [*decision.hits, *((QUESTION + slug, score, by) for slug, score, by in decision.questions)]
        for label, _, decided_by in asked:
            if decided_by == "rule":
                spans = (span for span in doc.spans[SPANS] if span.label_ == label)
                words[label] = tuple(sorted((span.start_char, span.end_char) for span in spans))
            else:
                words[label] = self._strongest(doc, label)
        doc._.words = words
        return doc

    def _strongest(self, doc: Doc, label: str) -> Spans:
        scorer: Any = self._nlp.get_pipe(self._scorer)
        words = kept_words(doc)
        by_word: dict[str, list[int]] = {}
        worth: dict[str, float] = {}
        for place, share in scorer.shares(doc, label).items():
            raw, plain, token = words[place]
            if plain != BREAK and any(map(str.isalpha, raw)):
                by_word.setdefault(plain, []).append(token)
                worth[plain] = worth.get(plain, 0.0) + share
        ranked = sorted(worth, key=lambda word: (-worth[word], word))[:WORDS_AT_MOST]
        chosen = [word for word in ranked if worth[word] > 0 and worth[word] >= SMALL_SHARE * worth[ranked[0]]]
        tokens = sorted({token for word in chosen for token in by_word[word]})[:WORDS_AT_MOST]
        return tuple((doc[token].idx, doc[token].idx + len(doc[token])) for token in tokens)
