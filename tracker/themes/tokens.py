"""How a post is cut into tokens: hashtags, @handles, links and emoji stay whole, and each word carries its plain form.

The plain form is spaCy's NORM, so that rules and classifier see the same words whatever the spelling. Links, @handles and
the campaign's own hashtags say nothing about themes: they share one NORM a kind.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import srsly
from spacy.attrs import LANG, NORM, ORTH
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex, registry

from tracker.themes.wording import HYPHENS, LINK, REPOST, UNSPACED, UNSPACED_LETTER, plain_word

LINK_MARK, HANDLE_MARK, CAMPAIGN_MARK, REPOST_MARK = "‹link›", "‹handle›", "‹campaign›", "‹repost›"
BREAK = "‹break›"
"""Stands where a phrase may not run on: a mark, or an empty line."""

_EMOJI = (
    r"(?:[\U0001F1E6-\U0001F1FF]{2}|\U0001F3F4[\U000E0020-\U000E007F]+|"
    r"[\u2190-\u2BFF\U0001F000-\U0001FAFF](?:\uFE0F|[\U0001F3FB-\U0001F3FF])*"
    r"(?:\u200D[\u2190-\u2BFF\U0001F000-\U0001FAFF](?:\uFE0F|[\U0001F3FB-\U0001F3FF])*)*)"
)
_STOP = r"(?<=[&'’][A-Z])\."
"""The full stop behind `A&E` and `CAN'T`; spaCy parts none from a capital alone, which may be an initial."""
_BEFORE, _BEHIND = rf"[{HYPHENS}]+(?=[^\W\d_])", rf"(?<=[^{HYPHENS}])[{HYPHENS}]+"
"""Hyphens before or behind a word: who types a dash or a list so (`poor- very`, `-the wait`) means no longer word. spaCy parts
none of them off; one before a digit may be a sign."""
_INFIXES = [_EMOJI, rf"(?<=\w)[{HYPHENS[1:]}](?=\w)", r"(?<=\w)[/|](?=[#@])"]


@registry.tokenizers("debate_tracker.PostTokenizer.v1")  # type: ignore[untyped-decorator]
def create_post_tokenizer(campaign_hashtags: list[str]) -> Callable[[Language], Tokenizer]:
    """The tokenizer of posts, for config.cfg. campaign_hashtags: casefolded, without '#'; they carry no theme."""

    def make(nlp: Language) -> Tokenizer:
        vocab: Any = nlp.vocab
        told = vocab.lex_attr_getters
        vocab.lex_attr_getters = {NORM: plain_form(frozenset(campaign_hashtags)), LANG: told.get(LANG, lambda _: nlp.lang)}
        defaults = nlp.Defaults
        keep = [prefix for prefix in defaults.prefixes or [] if prefix not in ("#", r"\#")]
        return PostTokenizer(
            nlp.vocab,
            rules=_exceptions_of(defaults),
            prefix_search=compile_prefix_regex([_EMOJI, _BEFORE, *keep]).search,
            suffix_search=compile_suffix_regex([_EMOJI, _STOP, _BEHIND, *(defaults.suffixes or [])]).search,
            infix_finditer=compile_infix_regex([*_INFIXES, *(defaults.infixes or [])]).finditer,
            url_match=defaults.url_match,
        )

    return make


@cache
def _exceptions_of(defaults: Any) -> dict[str, Any]:
    """The runs that a language cuts otherwise than by patterns (`cannot`), their parts in our plain forms: spaCy's own has an
    apostrophe in `o'clock` and capitals in the months. Those in lower case are cut so in capitals too (`DON'T`), which spaCy
    leaves whole."""
    given = (defaults.tokenizer_exceptions or {}).items()
    ours = {run: [_ours(part) for part in parts] for run, parts in given}
    small = [(run, parts) for run, parts in ours.items() if run.islower()]
    return {run.upper(): [part | {ORTH: part[ORTH].upper()} for part in parts] for run, parts in small} | ours


def _ours(part: dict[int, str]) -> dict[int, str]:
    return {ORTH: part[ORTH]} | ({NORM: plain_word(part[NORM])} if NORM in part else {})


Cut = tuple[tuple[int, ...], tuple[bool, ...], tuple[tuple[int, str], ...]]
"""Of a run of characters: the hashes of its tokens; whether a space follows each, as if one followed the run; and the place and
plain form of those whose plain form is not that of their text (`n't`: not)."""
_SIMPLE = re.compile(r"([@#]?[A-Za-z]+|@[A-Za-z_]+(?:[0-9]+|[A-Za-z]))([,!?;:]*|(?<=[a-z])\.)")
"""A word, a hashtag or an @handle in which no pattern finds anything, and marks after it, each of which is parted off."""
_RUNS = re.compile(r"(\S+)( ?)|(\s+)")
_AT_QUOTES = re.compile("[“”„‟«»]|[^“”„‟«»]+")
"""Double quotes, and what stands between them, of which each is cut as if it stood alone (`said,“we’re`)."""
_LETTER = re.compile(UNSPACED_LETTER)
_WHOLE = re.compile(rf"[#＃][\w{UNSPACED}]+|{UNSPACED_LETTER}")
_AT_LETTERS = re.compile(rf"{_WHOLE.pattern}|[“”„‟«»]|(?:(?![#＃][\w{UNSPACED}])[^“”„‟«»{UNSPACED}])+")
"""Where words need no spaces between them: hashtags and letters, each whole, and what stands between, at double quotes, too."""
CUTS_REMEMBERED = 20_000


class PostTokenizer(Tokenizer):  # type: ignore[misc]
    """spaCy's tokenizer, which remembers how each run of characters was cut, and asks its patterns only about text in which they
    can find something: they take most of the time that a word takes when it is first seen. It takes in an exception (`cannot`)
    when a run first holds it: to take in the two thousand of English takes longer than to read a small debate.

    Words have a text and a plain form and none of spaCy's other marks (`is_stop`, `shape`): working those out took longer than
    all else that is done with a new word. The text stands in doc.user_data["text"]."""

    def __init__(self, vocab: Any, rules: dict[str, Any] | None = None, *given: Any, **named: Any) -> None:
        self._cuts: dict[str, Cut] = {}
        self._passing: dict[str, Cut] = {}
        super().__init__(vocab, None, *given, **named)
        self.rules = rules

    def __call__(self, string: str) -> Doc:
        """The tokens of a text. What marks a repost (`RT @name:`) is cut by itself, and its tokens share one plain form."""
        mark = REPOST.match(string)
        if mark is None:
            tokens, spaces, other = self._tokens(string)
        else:
            tokens, spaces, _ = self._tokens(mark.group())
            other = [(place, REPOST_MARK) for place in range(len(tokens))]
            spaces[-1] = string.startswith(" ", mark.end())
            own_tokens, own_spaces, own = self._tokens(string[mark.end() + spaces[-1] :])
            other += [(len(tokens) + place, plain) for place, plain in own]
            tokens, spaces = tokens + own_tokens, spaces + own_spaces
        doc = Doc(self.vocab, tokens, spaces, user_data={"text": string})
        for place, plain in other:
            doc[place].norm_ = plain
        return doc

    def _tokens(self, string: str) -> tuple[list[Any], list[bool], list[tuple[int, str]]]:
        """The tokens of a text, as a Cut has them. Runs of characters are parted by white space, whose first space belongs to the
        run before."""
        runs, known = string.split(" "), self._cuts.get
        tokens: list[Any] = []
        spaces: list[bool] = []
        other: list[tuple[int, str]] = []
        if runs == string.split():
            for run in runs:
                cut = known(run) or self._cut(run)
                if cut[2]:
                    other.extend((len(tokens) + place, plain) for place, plain in cut[2])
                tokens += cut[0]
                spaces += cut[1]
            spaces[-1] = False
        else:
            for run, space, white in _RUNS.findall(string):
                cut = known(run or white) or self._cut(run or white)
                if cut[2]:
                    other.extend((len(tokens) + place, plain) for place, plain in cut[2])
                tokens += cut[0]
                spaces += cut[1]
                if not space:
                    spaces[-1] = False
        return tokens, spaces, other

    def _cut(self, run: str) -> Cut:
        """How a run is cut, which is remembered: within a memory zone until that ends."""
        kept = self._passing if self.vocab.in_memory_zone else self._cuts
        if known := kept.get(run):
            return known
        if len(kept) >= CUTS_REMEMBERED:
            kept.clear()
        simple = _SIMPLE.fullmatch(run)
        if simple and self._rules.keys().isdisjoint(run[:end] for end in range(simple.end(1), len(run) + 1)):
            add, word, marks = self.vocab.strings.add, *simple.groups()
            cut: Cut = (add(word), *map(add, marks)), (*(False for _ in marks), True), ()
        else:
            cut = self._cut_by_patterns(run)
        kept[run] = cut
        return cut

    def _cut_by_patterns(self, run: str) -> Cut:
        """How spaCy cuts a run, parted before at double quotes and at letters that need no spaces between words."""
        strings, norm, spacy_cut = self.vocab.strings, self.vocab.lex_attr_getters[NORM], super().__call__
        unspaced = not run.isascii() and _LETTER.search(run)
        parts = (_AT_LETTERS if unspaced else _AT_QUOTES).findall(run)
        if len(parts) > 1 and LINK.match(run):
            parts = [run]
        orths: list[int] = []
        other: list[tuple[int, str]] = []
        for part in parts:
            if unspaced and _WHOLE.fullmatch(part):
                orths.append(strings.add(part))
                continue
            self._take_in(part)
            for orth, its in spacy_cut(part).to_array([ORTH, NORM]).tolist():
                if (plain := strings[its]) != norm(strings[orth]):
                    other.append((len(orths), plain))
                orths.append(orth)
        return tuple(orths), (*(False for _ in orths[1:]), True), tuple(other)

    @property
    def rules(self) -> dict[str, Any]:
        """The runs that are cut otherwise than by patterns, with their tokens: all of them, taken in or not."""
        return self._rules

    @rules.setter
    def rules(self, rules: dict[str, Any] | None) -> None:
        self._rules = dict(rules or {})
        self._longest = max(map(len, self._rules), default=0)
        self._cuts.clear()
        self._let_go()

    def _take_in(self, part: str) -> None:
        """Have spaCy know the exceptions that stand in a run of characters: no others can change how it is cut."""
        ends = ((start, end) for start in range(len(part)) for end in range(start + 1, min(start + self._longest, len(part)) + 1))
        runs = {run for start, end in ends if (run := part[start:end]) in self._rules}
        for run in sorted(runs - self._taken):
            self.add_special_case(run, self._rules[run])
            self._taken.add(run)

    def _let_go(self) -> None:
        """Have spaCy know no exception."""
        self._taken: set[str] = set()
        Tokenizer.rules.__set__(self, {})

    @contextmanager
    def memory_zone(self, mem: Any = None) -> Iterator[Any]:
        """What is remembered within a memory zone is forgotten with its words (`Language.memory_zone`), and so are exceptions
        that were taken in there, whose words are gone."""
        before = len(self._taken)
        try:
            yield mem
        finally:
            self._passing.clear()
            if len(self._taken) > before:
                self._let_go()

    def to_bytes(self, *, exclude: Any = ()) -> bytes:
        """The rules of cutting, with all exceptions, taken in or not."""
        told: Any = srsly.msgpack_loads(super().to_bytes(exclude=exclude))
        return bytes(srsly.msgpack_dumps(told | {"exceptions": dict(sorted(self._rules.items()))}))

    def find_infix(self, string: str) -> Any:
        """Where a run of characters is parted inside. Each pattern wants a mark, a symbol or an emoji."""
        return [] if string.isascii() and string.isalnum() else super().find_infix(string)

    def find_prefix(self, string: str) -> Any:
        """How much is parted off its beginning: marks, symbols, emoji."""
        return 0 if string.isascii() and string.isalpha() else super().find_prefix(string)

    def find_suffix(self, string: str) -> Any:
        """How much is parted off its end: the same, and units after a digit."""
        return 0 if string.isascii() and string.isalpha() else super().find_suffix(string)


def plain_form(campaign_hashtags: frozenset[str]) -> Callable[[str], str]:
    """The function from a token's text to its NORM."""

    def form(text: str) -> str:
        if text[:1] in "#＃" and len(text) > 1:
            tag = text[1:].casefold()
            return CAMPAIGN_MARK if tag in campaign_hashtags else plain_word(text[1:])
        if text[:1] == "@" and len(text) > 1:
            return HANDLE_MARK
        return LINK_MARK if LINK.match(text) else plain_word(text)

    return form


Word = tuple[str, str, int]
"""(as written, plain form, index of the token that it stands in)."""
