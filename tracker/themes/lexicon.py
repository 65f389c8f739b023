"""The different words of posts, numbered as they are first seen: what is told of a word is worked out once, in however many
posts it stands."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracker.themes.tokens import BREAK, CAMPAIGN_MARK, HANDLE_MARK, LINK_MARK, REPOST_MARK
from tracker.themes.wording import FUNCTION_WORDS, HYPHENS, camel_parts, plain_word

Rows = NDArray[np.int64]
WORDS_REMEMBERED = 12_000
"""Words or tokens after which a new lexicon is begun; posts that are read together may bring as many more before."""
HYPHEN = 0
"""The number of a hyphen that stands by itself, with which every lexicon begins."""
_HYPHEN = ("-", BREAK)


class Told(NamedTuple):
    """Of each word of a lexicon the number of its plain form, and 1 or 0 for whether it counts as a word, says something, can be
    named, and makes the word before it a possessive."""

    plain: Rows
    counts: Rows
    says: Rows
    named: Rows
    possessive: Rows


class Lexicon:
    """Words and their numbers. words: (as written, plain form) of each.

    Tokens are known by the hashes of their text and of their plain form, which are the same in every vocabulary."""

    def __init__(self) -> None:
        self.words: list[tuple[str, str]] = [_HYPHEN]
        self._numbers = {word: number for number, word in enumerate(self.words)}
        self._of_tokens: dict[tuple[int, int], tuple[int, ...]] = {}
        self._facts = Facts(self.words, partial(_told_of, {}))

    def told(self) -> Told:
        """What is told of all words."""
        return Told(*self._facts.table())

    @property
    def full(self) -> bool:
        """Whether it knows so many that the next posts had better be read with a new one."""
        return max(len(self.words), len(self._of_tokens)) >= WORDS_REMEMBERED

    def of_tokens(self, strings: Any, pairs: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
        """The numbers of the words of each token, told by its hashes. strings: has their texts."""
        known = self._of_tokens
        return [known.get(pair) or self._of_token(strings, pair) for pair in pairs]

    def _of_token(self, strings: Any, pair: tuple[int, int]) -> tuple[int, ...]:
        words = _words_of_token(strings[pair[0]], strings[pair[1]])
        found = self._of_tokens[pair] = tuple(map(self._number, words))
        return found

    def _number(self, word: tuple[str, str]) -> int:
        number = self._numbers.setdefault(word, len(self.words))
        if number == len(self.words):
            self.words.append(word)
        return number


class Facts:
    """Whole numbers that are told of each of a lexicon's words. tell: gives those of a word, by how it is written and its plain
    form."""

    def __init__(self, words: list[tuple[str, str]], tell: Callable[[str, str], tuple[int, ...]]) -> None:
        self.words = words
        self._tell = tell
        self._table: Rows | None = None

    def table(self) -> Rows:
        """What is told, a column a word, worked out for the words that are new."""
        words = self.words
        known = 0 if self._table is None else self._table.shape[1]
        if self._table is None or known < len(words):
            new = np.array([self._tell(*word) for word in words[known:]], dtype=np.int64).T
            self._table = new if self._table is None else np.concatenate([self._table, new], axis=1)
        return self._table


def _told_of(numbers: dict[str, int], raw: str, plain: str) -> tuple[int, ...]:
    """What a lexicon tells of a word (Told). numbers: of the plain forms so far, to which this is added."""
    number, word = numbers.setdefault(plain, len(numbers)), plain != BREAK
    says, named = word and plain not in FUNCTION_WORDS, word and any(map(str.isalpha, raw))
    return number, plain[0].isalnum(), says, named, plain in ("'", "'s")


def _words_of_token(text: str, norm: str) -> tuple[tuple[str, str], ...]:
    if text.isspace():
        return ((text, BREAK),) if text.count("\n") > 1 else ()
    if norm == REPOST_MARK:
        return ()
    if norm in (LINK_MARK, HANDLE_MARK, CAMPAIGN_MARK):
        return ((text, BREAK),)
    if text in HYPHENS:
        return (_HYPHEN,)
    if text[0] in "#＃" and len(text) > 1:
        return tuple((part, plain_word(part)) for part in camel_parts(text[1:]))
    return ((text, norm),)


_lexicons = [Lexicon()]


def lexicon() -> Lexicon:
    """The one with which the next posts are read."""
    if _lexicons[0].full:
        _lexicons[0] = Lexicon()
    return _lexicons[0]
