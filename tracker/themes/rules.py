"""`theme_rules`: the phrases of the theme files, found whatever their spelling. Writes doc.spans["themes"]."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import srsly
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from tracker.themes.lexicon import Facts, Rows, lexicon
from tracker.themes.passing import passed_over, text_of
from tracker.themes.sheet import READ_AT_ONCE, Sheet, batches, sheets
from tracker.themes.wording import plain_word

SPANS = "themes"
JOINS_AT_MOST = 4
"""A phrase of n words has 2 ** (n - 1) spellings with words joined; longer phrases are looked for as written only."""

Pattern = tuple[tuple[str, ...], str, str]
"""(plain words, "phrases" or "not_when", slug)"""
Match = tuple[Pattern, int, int]
"""(what was found, first word, word after the last)"""
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
        self._firsts = Facts(lexicon().words, self._is_first)

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
        self._firsts = Facts(lexicon().words, self._is_first)

    def phrases_in(self, doc: Doc) -> set[tuple[str, str]]:
        """(slug, phrase as its theme file has it) of each phrase that stands in a post and counts there."""
        ((sheet, rows),) = sheets([doc])
        matches = [pattern for pattern, _, _ in self._matches(sheet).get(int(rows[0]), [])]
        off = {slug for _, kind, slug in matches if kind == "not_when"}
        counting = {(slug, words) for words, kind, slug in matches if kind == "phrases" and slug not in off}
        return {(slug, phrase) for slug, words in counting for phrase in self._spelled[slug, words]}

    def slugs(self) -> list[str]:
        """The themes whose phrases are looked for, those without a phrase too."""
        return sorted(self._phrases)

    def _spellings(self, phrase: str) -> list[list[str]]:
        """The phrase's words in plain form: apart, and joined in every way (`in house` -> `inhouse`)."""
        sheet = Sheet([self._nlp.make_doc(phrase)])
        words = [sheet.lexicon.words[its] for its in sheet.which[_looked_at(sheet)].tolist()]
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
        self._find([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = READ_AT_ONCE) -> Iterator[Doc]:
        """The same for many docs, which takes a fraction of the time."""
        for batch in batches(stream, batch_size):
            self._find(batch)
            yield from batch

    def _find(self, docs: Sequence[Doc]) -> None:
        rest = iter(docs)
        for sheet, rows in sheets(docs):
            matches = self._matches(sheet)
            for row, doc in zip(rows.tolist(), rest, strict=False):
                found = matches.get(row)
                if found is None or passed_over(doc):
                    doc.spans[SPANS], doc.user_data["hits"] = [], {}
                    continue
                by_theme = _spans(doc, sheet.place[sheet.edges[row] : sheet.edges[row + 1]].tolist(), found)
                doc.spans[SPANS] = [span for spans in by_theme.values() for span in spans]
                text = text_of(doc)
                doc.user_data["hits"] = {
                    theme: 1 if len(spans) == 1 else len({text[its.start_char : its.end_char].casefold() for its in spans})
                    for theme, spans in by_theme.items()
                }

    def _matches(self, sheet: Sheet) -> dict[int, list[Match]]:
        """By row of the sheet, its phrases. A dictionary by first words: several times as fast as spaCy's PhraseMatcher, which
        would want the plain words as docs of their own."""
        words, looked_at = sheet.lexicon.words, _looked_at(sheet)
        if self._firsts.words is not words:
            self._firsts = Facts(words, self._is_first)
        which, edges = sheet.which[looked_at], np.searchsorted(looked_at, sheet.edges)
        begins = np.flatnonzero(self._firsts.table()[0][which])
        rows = np.searchsorted(edges, begins, side="right") - 1
        found: dict[int, list[Match]] = {}
        here, places = which.tolist(), looked_at.tolist()
        stand = rows, sheet.edges[rows], edges[rows + 1]
        for at, row, first, last in zip(begins.tolist(), *(some.tolist() for some in stand), strict=True):
            for pattern in self._by_first[words[here[at]][1]]:
                size = len(pattern[0])
                if size == 1 or (at + size <= last and tuple(words[its][1] for its in here[at : at + size]) == pattern[0]):
                    match = pattern, places[at] - first, places[at + size - 1] - first + 1
                    found.setdefault(row, []).append(match)
        return found

    def _is_first(self, raw: str, plain: str) -> tuple[int, ...]:
        """Whether a phrase begins with a word."""
        return (plain in self._by_first,)

    def to_bytes(self, *, exclude: Any = ()) -> bytes:
        """The phrases as bytes."""
        return bytes(srsly.msgpack_dumps(self._phrases))

    def from_bytes(self, data: bytes, *, exclude: Any = ()) -> "ThemeRules":
        """Read back what `to_bytes` gave."""
        phrases: Any = srsly.msgpack_loads(data)
        self.set_phrases(phrases)
        return self

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
    counts: dict[str, int] = doc.user_data["hits"]
    return counts


def _spans(doc: Doc, place: Sequence[int], matches: Sequence[Match]) -> dict[str, list[Span]]:
    """What counts of some matches, by theme, and of a theme only the longest of those that overlap. place: the tokens in which
    the doc's words stand."""
    off = {slug for (_, kind, slug), _, _ in matches if kind == "not_when"}
    by_theme: dict[str, list[Span]] = {}
    for (_, kind, slug), start, end in sorted(matches, key=lambda match: match[0][2]):
        if kind == "phrases" and slug not in off:
            by_theme.setdefault(slug, []).append(Span(doc, place[start], place[end - 1] + 1, label=slug))
    return {slug: filter_spans(spans) if len(spans) > 1 else spans for slug, spans in by_theme.items()}


def _joined(words: list[tuple[str, str]], joins: tuple[bool, ...]) -> list[str]:
    runs = [[words[0][0]]]
    for (raw, _), join in zip(words[1:], joins, strict=True):
        if join:
            runs[-1].append(raw)
        else:
            runs.append([raw])
    plain = dict(words)
    return [plain[run[0]] if len(run) == 1 else plain_word("".join(run)) for run in runs]


def _looked_at(sheet: Sheet) -> Rows:
    """The words of a sheet in which phrases are looked for: all but what makes the word before it a possessive (`carer's`,
    `carers'`); after a function word it does not (`it's`)."""
    told = sheet.lexicon.told()
    looked_at = np.ones(len(sheet.which), dtype=bool)
    at = np.flatnonzero(told.possessive[sheet.which[1:]]) + 1
    at = at[sheet.end[at - 1] == sheet.begin[at]]
    before = sheet.which[at - 1]
    looked_at[at] = (told.counts[before] == 0) | (told.says[before] == 0)
    return np.flatnonzero(looked_at)
