"""When two posts say the same, and how what they are made of is told. Apart from the other wording of themes, since the stores
ask it too."""

import re
import unicodedata

LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
HANDLE = re.compile(r"(?<![\w@.])@\w[\w.\-]*(?:@[\w.\-]+)?")
HASHTAG = re.compile(r"(?<!\w)[#＃]\w+")
REPOST = re.compile(r"^\s*RT\s+@[\w.@-]+\s*:")
QUOTED = re.compile(r"(?<!\w)RT\s+@[\w.@-]+\s*:")
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
"""Of scripts that put no spaces between words (Chinese, Japanese, Thai, Lao, Burmese, Khmer); for use within brackets."""
BEGINNING = 60
"""Characters by which texts that begin alike are of one making: what 140 characters leave of a repost is longer than that. Of the
posts in ../data/themes none shares so many with another that does not say the same."""
HALF = 0.5
"""Texts that share less than this are of different posts: of two drawn from ../data/themes (comments, posts), 97 and 99.95 in 100
do."""


def same_text(text: str) -> str:
    """The key under which two posts say the same: NFKC, case, links, @handles, a repost's beginning and white space aside."""
    bare = HANDLE.sub(" ", LINK.sub(" ", REPOST.sub(" ", text)))
    return " ".join(unicodedata.normalize("NFKC", bare).casefold().split())


def same_words(text: str) -> str:
    """The key under which two posts are near-copies: that of `same_text`, hashtags, marks, emoji and what is not seen aside; or
    `same_text` itself, where no letter or digit is left."""
    said = same_text(text)
    return " ".join("".join(map(_letter, HASHTAG.sub(" ", said))).split()) or said


def same_beginning(text: str) -> str:
    """The key under which two posts are of one making: near-copies, and a post with its reposts, cut short (`RT @ann: Bring the
    evening bu…`) or with words before them (`Quite so! RT @ann: …`). What keeps those on one side of a test goes by it."""
    return (same_words(QUOTED.split(text)[-1]) or same_words(text))[:BEGINNING]


def _letter(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Cf" or "\ufe00" <= character <= "\ufe0f":
        return ""
    return character if kind[0] in "LMN" else " "


def is_cut_from(one: str, other: str) -> bool:
    """Whether one of the texts says the same as the other, whole or cut short, as `same_words` has them."""
    said, whole = sorted(map(same_words, (one, other)), key=len)
    return said in whole


def shared(one: str, other: str) -> float:
    """What share of the shorter text stands in the other, by runs of three characters as `same_words` has them: 1 where one is
    cut from the other, little where they are about other things."""
    if is_cut_from(one, other):
        return 1.0
    runs = [{said[place : place + 3] for place in range(max(len(said) - 2, 1))} for said in map(same_words, (one, other))]
    return len(runs[0] & runs[1]) / min(map(len, runs))


def are_other_words(one: str, other: str) -> bool:
    """Whether a text is that of quite another post, or of one that was written anew: less than half of it stands in the other."""
    return shared(one, other) < HALF
