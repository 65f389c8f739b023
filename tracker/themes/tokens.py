"""How a post is cut into tokens: hashtags, @handles, links and emoji stay whole, and each word carries its plain form.

The plain form is spaCy's NORM, so that rules and classifier see the same words whatever the spelling. Links, @handles and
the campaign's own hashtags say nothing about themes: they share one NORM a kind.
"""

import re
from collections.abc import Callable
from typing import Any

from spacy.attrs import NORM, ORTH
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex, registry

from tracker.themes.wording import HYPHENS, LINK, camel_parts, plain_word

LINK_MARK, HANDLE_MARK, CAMPAIGN_MARK = "‹link›", "‹handle›", "‹campaign›"
BREAK = "‹break›"
"""Stands where a phrase may not run on: a mark, or an empty line."""

_EMOJI = (
    r"(?:[\U0001F1E6-\U0001F1FF]{2}|[\u2190-\u2BFF\U0001F000-\U0001FAFF](?:\uFE0F|[\U0001F3FB-\U0001F3FF])*"
    r"(?:\u200D[\u2190-\u2BFF\U0001F000-\U0001FAFF](?:\uFE0F|[\U0001F3FB-\U0001F3FF])*)*)"
)
_INFIXES = [_EMOJI, rf"(?<=\w)[{HYPHENS[1:]}](?=\w)", r"(?<=\w)[/|](?=[#@])"]


@registry.tokenizers("debate_tracker.PostTokenizer.v1")  # type: ignore[untyped-decorator]
def create_post_tokenizer(campaign_hashtags: list[str]) -> Callable[[Language], Tokenizer]:
    """The tokenizer of posts, for config.cfg. campaign_hashtags: casefolded, without '#'; they carry no theme."""

    def make(nlp: Language) -> Tokenizer:
        vocab: Any = nlp.vocab
        vocab.lex_attr_getters[NORM] = plain_form(frozenset(campaign_hashtags))
        defaults = nlp.Defaults
        keep = [prefix for prefix in defaults.prefixes or [] if prefix not in ("#", r"\#")]
        return PostTokenizer(
            nlp.vocab,
            rules=defaults.tokenizer_exceptions,
            prefix_search=compile_prefix_regex([_EMOJI, *keep]).search,
            suffix_search=compile_suffix_regex([_EMOJI, *(defaults.suffixes or [])]).search,
            infix_finditer=compile_infix_regex([*_INFIXES, *(defaults.infixes or [])]).finditer,
            url_match=defaults.url_match,
        )

    return make


class PostTokenizer(Tokenizer):  # type: ignore[misc]
    """spaCy's tokenizer, which asks its patterns only about text in which they can find something: they take most of the time
    that a word takes when it is first seen."""

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


def words_of(doc: Doc) -> list[Word]:
    """The words of `doc` as phrases are looked for in them.

    A hyphen inside a compound falls out, so `co-production` and `co production` are the same two words; a hashtag other than
    the campaign's is cut at its capitals; marks and empty lines become BREAK.
    """
    words: list[Word] = []
    remembered = _KNOWN.get
    for place, (orth, norm) in enumerate(doc.to_array([ORTH, NORM]).tolist()):
        known = remembered((orth, norm))
        if known is None:
            if len(_KNOWN) >= _REMEMBERED:
                _KNOWN.clear()
            known = _KNOWN[orth, norm] = _words_of_token(doc.vocab.strings[orth], doc.vocab.strings[norm])
        if known is _HYPHEN:
            if not _inside_compound(doc, place):
                words.append((doc[place].text, BREAK, place))
        else:
            for raw, plain in known:
                words.append((raw, plain, place))
    return words


_HYPHEN = (("-", BREAK),)
_REMEMBERED = 100_000
_KNOWN: dict[tuple[int, int], tuple[tuple[str, str], ...]] = {}
"""What was found of a token, by the hashes of its text and of its plain form, which are the same in every vocabulary."""


def _words_of_token(text: str, norm: str) -> tuple[tuple[str, str], ...]:
    if text.isspace():
        return ((text, BREAK),) if text.count("\n") > 1 else ()
    if norm in (LINK_MARK, HANDLE_MARK, CAMPAIGN_MARK):
        return ((text, BREAK),)
    if text in HYPHENS:
        return _HYPHEN
    if text[0] in "#＃" and len(text) > 1:
        return tuple((part, plain_word(part)) for part in camel_parts(text[1:]))
    return ((text, norm),)


def _inside_compound(doc: Doc, index: int) -> bool:
    if index == 0 or index + 1 == len(doc):
        return False
    before, hyphen, after = doc[index - 1], doc[index], doc[index + 1]
    return not before.whitespace_ and not hyphen.whitespace_ and bool(re.match(r"\w", after.text))
