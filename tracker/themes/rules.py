"""`theme_rules`: the phrases of the theme files, found whatever their spelling. Writes doc.spans["themes"]."""

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import srsly
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from tracker.themes.features import kept_words
from tracker.themes.tokens import words_of
from tracker.themes.wording import plain_word

SPANS = "themes"
JOINS_AT_MOST = 4
"""A phrase of n words has 2 ** (n - 1) spellings with words joined; longer phrases are looked for as written only."""

Pattern = tuple[tuple[str, ...], str, str]
"""(plain words, "phrases" or "not_when", slug)"""
Phrases = Mapping[str, Mapping[str, list[str]]]
"""slug -> {"phrases": [...], "not_when": [...]}."""


@Language.factory("theme_rules", assigns=["doc.spans"])
def create_theme_rules(nlp: Language, name: str) -> "ThemeRules":
    """The component, for config.cfg; its phrases come from `set_phrases` or from disk."""
    return ThemeRules(nlp)


class ThemeRules:
    """Finds each theme's phrases as whole words: case, hyphens or spaces or neither between the words of a phrase, -ise or
    -ize, and simple plurals aside. A `not_when` phrase anywhere in the post switches that theme's phrases off."""

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp
        self._phrases: dict[str, dict[str, list[str]]] = {}
        self._by_first: dict[str, list[Pattern]] = {}
        self._spelled: dict[tuple[str, tuple[str, ...]], set[str]] = {}

    def set_phrases(self, phrases: Phrases) -> None:
        """Look for these phrases from now on."""
        self._phrases = {slug: {kind: list(some) for kind, some in kinds.items()} for slug, kinds in phrases.items()}
        found: set[Pattern] = set()
        self._spelled = {}
        for slug, kinds in self._phrases.items():
            for kind, some in kinds.items():
                for phrase in some:
                    for words in map(tuple, self._spellings(phrase)):
                        found.add((words, kind, slug))
                        if kind == "phrases":
                            self._spelled.setdefault((slug, words), set()).add(phrase)
        self._by_first = {}
        for words, kind, slug in sorted(found):
            self._by_first.setdefault(words[0], []).append((words, kind, slug))

    def phrases_in(self, doc: Doc) -> set[tuple[str, str]]:
        """(slug, phrase as its theme file has it) of each phrase that stands in a post and counts there."""
        plain = [word for _, word, _ in kept_words(doc)]
        matches = self._matches(plain)
        off = {slug for kind, slug, _, _ in matches if kind == "not_when"}
        found: set[tuple[str, str]] = set()
        for kind, slug, start, end in matches:
            if kind == "phrases" and slug not in off:
                found.update((slug, phrase) for phrase in self._spelled[slug, tuple(plain[start:end])])
        return found

    def slugs(self) -> list[str]:
        """The themes whose phrases are looked for, those without a phrase too."""
        return sorted(self._phrases)

    def _spellings(self, phrase: str) -> list[list[str]]:
        """The phrase's words in plain form: apart, and joined in every way (`in house` -> `inhouse`)."""
        words = [(raw, plain) for raw, plain, _ in words_of(self._nlp.make_doc(phrase))]
        if not words:
            return []
        apart = [plain for _, plain in words]
        if len(words) - 1 > JOINS_AT_MOST:
            return [apart]
        spellings = {tuple(apart)}
        for joins in product((False, True), repeat=len(words) - 1):
            spellings.add(tuple(_joined(words, joins)))
        return [list(spelling) for spelling in sorted(spellings)]

    def __call__(self, doc: Doc) -> Doc:
        """Write doc.spans["themes"]: each theme's phrases that stand in the post, labelled with its slug."""
        if doc._.passed_over:
            doc.spans[SPANS] = []
            return doc
        words = kept_words(doc)
        matches = self._matches([plain for _, plain, _ in words])
        if not matches:
            doc.spans[SPANS] = []
            return doc
        off = {slug for kind, slug, _, _ in matches if kind == "not_when"}
        spans: list[Span] = []
        for theme in sorted({slug for kind, slug, _, _ in matches if kind == "phrases"} - off):
            found = [(start, end) for kind, slug, start, end in matches if kind == "phrases" and slug == theme]
            tokens = [Span(doc, words[start][2], words[end - 1][2] + 1, label=theme) for start, end in found]
            spans.extend(filter_spans(tokens))
        doc.spans[SPANS] = spans
        return doc

    def _matches(self, plain: list[str]) -> list[tuple[str, str, int, int]]:
        """(kind, slug, first word, word after the last) of each phrase. A dictionary by first words: several times as fast as
        spaCy's PhraseMatcher, which would want the plain words as a Doc of their own."""
        found = []
        for start, word in enumerate(plain):
            for words, kind, slug in self._by_first.get(word, ()):
                end = start + len(words)
                if len(words) == 1 or plain[start:end] == list(words):
                    found.append((kind, slug, start, end))
        return found

    def to_disk(self, path: Path, *, exclude: Any = ()) -> None:
        """Keep the phrases as JSON."""
        Path(path).mkdir(exist_ok=True)
        srsly.write_json(Path(path) / "phrases.json", self._phrases)

    def from_disk(self, path: Path, *, exclude: Any = ()) -> "ThemeRules":
        """Read back what `to_disk` kept."""
        self.set_phrases(srsly.read_json(Path(path) / "phrases.json"))
        return self


def hit_counts(doc: Doc) -> dict[str, int]:
    """How many different phrases of each theme stand in the post."""
    known: dict[str, int] | None = doc.user_data.get("hits")
    if known is not None:
        return known
    found: dict[str, set[str]] = {}
    for span in doc.spans[SPANS]:
        found.setdefault(span.label_, set()).add(span.text.casefold())
    counts = doc.user_data["hits"] = {slug: len(phrases) for slug, phrases in found.items()}
    return counts


def _joined(words: list[tuple[str, str]], joins: tuple[bool, ...]) -> list[str]:
    runs = [[words[0][0]]]
    for (raw, _), join in zip(words[1:], joins, strict=True):
        if join:
            runs[-1].append(raw)
        else:
            runs.append([raw])
    plain = dict(words)
    return [plain[run[0]] if len(run) == 1 else plain_word("".join(run)) for run in runs]
