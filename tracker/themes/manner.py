"""How a post is said, whatever it is about: how long it is and its words are, its marks, whom it speaks of.

What is told of daily life is said in another way than news, and a question in another way than an answer. Links, @handles,
hashtags as such, capitals and emoji are not looked at. The words that are named are English; elsewhere they are not found, and
count as nothing.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tracker.themes.tokens import BREAK, Word
from tracker.themes.wording import FUNCTION_WORDS, plain_word

Floats = NDArray[np.float32]

LONG_WORD = 8
"""Words of more letters are long ones."""
LETTERS_AT_MOST = 40
"""What is longer is no word."""
WEIGHT = 0.08
"""What one standard deviation counts for, where a post's vector as a whole has length 1."""
AT_MOST = 3.0
"""Standard deviations beyond which nothing more is told: labelled posts may be shorter than those that come."""

_PERSONS = ("i me my mine myself", "you your yours", "we our ours", "he she his her him")
_PERSON = {plain_word(word): place for place, words in enumerate(_PERSONS) for word in words.split()}
_MARKS = ("!", "?", '"“”«»', "%$£€", ",;:", "…")
_OF_ALL_WORDS = 6
PARTS = _OF_ALL_WORDS + len(_PERSONS) + len(_MARKS)
"""Numbers that are added up of a post's words."""
KINDS = PARTS - 1
"""What is told of a post."""
_NOTHING, _NO_MARK = (0.0,) * PARTS, (0.0,) * len(_MARKS)


def word_manner(raw: str, plain: str) -> tuple[float, ...]:
    """What one word (as written, plain form) adds, PARTS numbers: whether it is a word, a function word, a long one, how many
    letters it has if it begins with one, whether it does; whether it begins with a digit; whether it is one of the words or marks
    of each kind."""
    if plain == BREAK:
        return _NOTHING
    if not raw[:1].isalnum():
        return _of_mark(raw)
    return _of_kind(
        plain in FUNCTION_WORDS, min(len(raw), LETTERS_AT_MOST) if raw[0].isalpha() else 0, raw[0].isdigit(), _PERSON.get(plain)
    )


@lru_cache(maxsize=1024)
def _of_kind(function: bool, letters: int, digit: bool, person: int | None) -> tuple[float, ...]:
    """The same for all words of a kind, of which there are few: thousands of words are remembered with it."""
    persons = (float(place == person) for place in range(len(_PERSONS)))
    return (
        1.0,
        float(function),
        float(letters > LONG_WORD),
        float(letters),
        float(letters > 0),
        float(digit),
        *persons,
        *_NO_MARK,
    )


@lru_cache(maxsize=1024)
def _of_mark(raw: str) -> tuple[float, ...]:
    marks = raw.replace("...", "…")
    found = (float(any(mark in marks for mark in kind)) for kind in _MARKS)
    return (*_NOTHING[: -len(_MARKS)], *found)


def words_manner(words: Sequence[Word]) -> Floats:
    """What the words of a post add up to, PARTS numbers."""
    each = np.array([word_manner(raw, plain) for raw, plain, _ in words], dtype=np.float32).reshape(-1, PARTS)
    added: Floats = each.sum(axis=0)
    return added


def manner(sums: Floats) -> Floats:
    """What is told of posts (rows of KINDS numbers), from what their words add up to."""
    words, letters = np.maximum(sums[:, :1], 1), np.maximum(sums[:, 4:5], 1)
    length, mean = np.log1p(sums[:, :1]), sums[:, 3:4] / letters
    said: Floats = np.hstack([length, sums[:, 1:3] / words, mean, sums[:, 5:] > 0]).astype(np.float32)
    return said


def usual_manner(said: Floats) -> Floats:
    """What is usual among posts: mean and standard deviation, the latter infinite where all are alike, so that it counts as
    nothing."""
    if not len(said):
        return np.stack([np.zeros(KINDS), np.full(KINDS, np.inf)]).astype(np.float32)
    spread = said.std(axis=0)
    return np.stack([said.mean(axis=0), np.where(spread > 1e-6, spread, np.inf)]).astype(np.float32)


def compared(said: Floats, with_usual: Floats) -> Floats:
    """What is told of posts, as it is learned from: how far each number is from what is usual."""
    away: Floats = (WEIGHT * np.clip((said - with_usual[0]) / with_usual[1], -AT_MOST, AT_MOST)).astype(np.float32)
    return away
