"""When two posts say the same, and how what they are made of is told. Apart from the other wording of themes, since the stores
ask it too."""

import re
import unicodedata
from collections.abc import Sequence

LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
HANDLE = re.compile(r"(?<![\w@.])@\w[\w.\-]*(?:@[\w.\-]+)?")
HASHTAG = re.compile(r"(?<!\w)[#＃]\w+")
REPOST = re.compile(r"^\s*RT\s+@[\w.@-]+\s*:")
QUOTED = re.compile(r"(?<!\w)[RM]T\s+@[\w.@-]+\s*:?")
CREDIT = re.compile(r"(?<!\w)[(\[]?(?:via|h/?t):?\s+@[\w.@-]+[)\]]?\s*$", re.IGNORECASE)
CUT = ("…", "...")
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
"""Of scripts that put no spaces between words (Chinese, Japanese, Thai, Lao, Burmese, Khmer); for use within brackets."""
BEGINNINGS = (30, 60, 90, 120)
"""Characters, as `same_words` has them, by which a cut text is known for the beginning of a whole one: the most that it has."""
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


def marks_of(text: str) -> tuple[set[str], set[str]]:
    """What is kept of a text so that others of one making with it are found, and what is asked of others: two are of one making
    where what is kept of the one and asked of the other meet. Of one making are near-copies, and a post and its reposts, cut
    short (`RT @ann: Bring the evening bu…`), with words before them (`Quite so! RT @ann: …`) or a credit behind (`… via @ann`);
    not two whole texts that begin alike, as form letters do. What keeps posts on one side of a test goes by it."""
    words, stump, beginnings = _making(text)
    known = {f"words {words}"} if words else set()
    kept, asked = ({f"{one} {beginning}" for beginning in beginnings} for one in ("beginning", "stump"))
    if stump:
        kept.add(f"stump {stump}")
        asked.add(f"beginning {stump}")
    return known | kept, known | asked


def makings(texts: Sequence[str]) -> list[int]:
    """A number for each text, the same for those of one making. A cut text goes with one whole one, so that two that begin alike
    stay apart."""
    parts = [_making(text) for text in texts]
    number_of: dict[str, int] = {}
    begun: dict[str, int] = {}
    numbers = [0] * len(texts)
    for place in sorted(range(len(texts)), key=lambda place: (parts[place][1] != "", -len(parts[place][0]), parts[place][0])):
        words, stump, beginnings = parts[place]
        of_whole = begun.get(stump) if stump else None
        numbers[place] = number_of.setdefault(words, place if of_whole is None else of_whole)
        for beginning in beginnings:
            begun.setdefault(beginning, numbers[place])
    return numbers


def _making(text: str) -> tuple[str, str, list[str]]:
    """What a post or the repost in it says, as `same_words` has it; the beginning by which it is known as a part of a longer one,
    "" where it is whole or too short; and its own beginnings."""
    said = QUOTED.split(CREDIT.sub("", LINK.sub(" ", text)))
    words = same_words(said[-1]) or same_words(text)
    beginnings = [words[:length] for length in BEGINNINGS if len(words) >= length]
    cut = len(said) > 1 or any(end.rstrip().endswith(CUT) for end in (text, said[-1]))
    return words, beginnings[-1] if cut and beginnings else "", beginnings


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
