"""Words as they are compared: one plain form for spellings that mean the same, and texts that count as the same."""

import re
import unicodedata

from tracker.sameness import HANDLE as HANDLE
from tracker.sameness import HASHTAG as HASHTAG
from tracker.sameness import LINK as LINK
from tracker.sameness import REPOST as REPOST
from tracker.sameness import UNSPACED as UNSPACED
from tracker.sameness import makings as makings
from tracker.sameness import same_text as same_text
from tracker.sameness import same_words as same_words

HYPHENS = "-‐‑"
"""Hyphen-minus, hyphen, non-breaking hyphen. Dashes part phrases; these do not."""

_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_INVISIBLE = (0xAD, 0x61C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070))
"""Soft hyphens, joiners and marks of the direction in which text runs, which apps put into posts (Unicode's category Cf)."""
_TRANSLATED = dict.fromkeys(_INVISIBLE) | str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})
_STRESS = re.compile("(?<=[aeiouywα-ω])[\u0300-\u0302\u0342]+")
"""Grave, acute and circumflex, on Latin and Greek vowels. Other marks make other letters (`schon`, `schön`)."""
_Z_FOR_S = re.compile(r"(?<=[a-z]{3})iz(?=(?:e|ed|es|er|ers|ing|ation|ations)$)|(?<=al)yz(?=e|ing)")
_AMERICAN_FOR_BRITISH = tuple(
    (re.compile(british), american)
    for british, american in (
        (r"^((?:mis|un|dis)?(?:lab|neighb|behavi|fav|col|hon|harb|hum|rum|endeav|flav|savi))our", r"\1or"),
        (r"^(cent|theat|fib)re(?=s?$)", r"\1er"),
        (r"^(def|off)ence(?=s?$)", r"\1ense"),
        (r"^licence", "license"),
        (r"^programme(?=s?$)", "program"),
        (r"^(cata|dia|ana)logue(?=s?$)", r"\1log"),
        (r"^(travel|cancel|model|label|fuel|level|signal|counsel|total)l(?=(?:ed|ing|ers?|ors?)$)", r"\1"),
        (r"^(fulfil|enrol)(?=(?:s|ment)?$)", r"\1l"),
        (r"^(judg|acknowledg)ement", r"\1ment"),
        (r"^paed(?=iatr)", "ped"),
        (r"^grey", "gray"),
        (r"^ageing$", "aging"),
    )
)
_BRITISH = re.compile("|".join(british.pattern for british, _ in _AMERICAN_FOR_BRITISH))
UNSPACED_LETTER = rf"[{UNSPACED}][\u3099\u309a\uff9e\uff9f]?"
"""One of their letters, with a mark that makes another of it. Each is a word of its own, so that phrases are found wherever they
stand."""
_RUNS_OF_TAG = re.compile(rf"{UNSPACED_LETTER}|[^{UNSPACED}]+")
LETTER_WORD = re.compile(r"[^\W\d_]{2,}")
_CAMEL = re.compile(r"[A-Z]{2,}s(?![a-z])|[^\W\d_a-z]+(?![^\W\d_A-Z])|[^\W\d_][^\W\d_A-Z]*|\d+")
_QUESTION_MARKS = "?？؟\u037e⁇⁈⁉‽❓❔"
_QUESTION_MARK = re.compile(f"[{_QUESTION_MARKS}]")
_ASKED = re.compile(rf"\w[^\w\s(\[{{]{{0,8}}\s?[!%]*[{_QUESTION_MARKS}]")
_UNBROKEN = re.compile(r"\S{201,}")
_CHUNK = 200
_LONGEST_LINK = 2000
READ_AT_MOST = 100_000
"""Code points of one post that are read; a book pasted into a comment is read by its beginning."""
_ALWAYS_AS_WRITTEN = frozenset({"news", "means", "this", "his", "its", "was", "has", "does", "yes", "always", "perhaps"})


def plain_word(word: str) -> str:
    """One word as it is compared: NFKC, lower case, nothing invisible, no stress on vowels, which capitals go without, no
    apostrophe inside, -ise for -ize, one spelling of words that Britain and America spell otherwise (`labour`, `centre`), and
    simple English plurals made singular (`services` -> `service`, `PFIs` -> `pfi`). The result is a key, not always a word
    (`houses` -> `hous`)."""
    acronyms = len(word) > 2 and word[-1] == "s" and word[:-1].isupper()
    plain = word.lower() if word.isascii() else _unstressed(unicodedata.normalize("NFKC", word).casefold().translate(_TRANSLATED))
    if "'" in plain:
        plain = _APOSTROPHE.sub("", plain)
    if acronyms:
        return plain[:-1]
    for british, american in _AMERICAN_FOR_BRITISH if _BRITISH.search(plain) else ():
        plain = british.sub(american, plain)
    return _singular(_Z_FOR_S.sub(lambda found: "is" if found.group() == "iz" else "ys", plain)) or word


def _unstressed(word: str) -> str:
    return unicodedata.normalize("NFC", _STRESS.sub("", unicodedata.normalize("NFD", word)))


def _singular(word: str) -> str:
    if len(word) < 3 or not word.isalpha() or word in _ALWAYS_AS_WRITTEN:
        return word
    if word.endswith(("ss", "us", "is", "ics")):
        return word
    if word.endswith(("ies", "ie")):
        return word[: word.rindex("ie")] + "y"
    if word.endswith(("ses", "xes", "zes", "ches", "shes", "se", "xe", "ze", "che", "she")):
        return word.removesuffix("s").removesuffix("e")
    return word.removesuffix("s")


def readable(text: str) -> str:
    """`text` as the pipeline may read it: its first READ_AT_MOST code points, and long runs without white space chopped.

    Positions stay those of the original: where a run is chopped, one code point gives way to a space. The tokenizer's time
    grows with the square of an unbroken run; 30,000 hash signs took it four minutes.
    """
    return text if len(text) <= _CHUNK else _UNBROKEN.sub(_chopped, text[:READ_AT_MOST])


def _chopped(run: re.Match[str]) -> str:
    whole = run.group()
    if len(whole) <= _LONGEST_LINK and LINK.match(whole):
        return whole
    return "".join(" " if place % _CHUNK == _CHUNK - 1 else character for place, character in enumerate(whole))


def camel_parts(tag: str) -> list[str]:
    """The words run together in a hashtag: `InHouseCare` -> In, House, Care; `NHSReform` -> NHS, Reform; `PFIs` -> PFIs."""
    if tag.isascii():
        return _CAMEL.findall(tag) or [tag]
    return [part for run in _RUNS_OF_TAG.findall(tag) for part in _camel_parts(run) or [run]]


def _camel_parts(run: str) -> list[str]:
    """The same of a run in which each mark goes with its letter: most vowels of Hindi, Bengali or Tamil are such marks."""
    letters: list[str] = []
    for character in run:
        letters.append(letters[-1] if letters and _is_mark(character) else character)
    return [run[slice(*part.span())] for part in _CAMEL.finditer("".join(letters))]


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf")


def is_of_letters(word: str) -> bool:
    """Whether a word has letters alone, and marks on them."""
    if word.isalpha() or word.isascii():
        return word.isalpha()
    return word[:1].isalpha() and all(character.isalpha() or _is_mark(character) for character in word)


def without_marks(text: str) -> str:
    """The text without a repost's mark, links, @handles and hashtags: what its writer said in words."""
    if mark := REPOST.match(text):
        text = text[mark.end() :]
    if "://" in text or "www." in text.lower():
        text = LINK.sub(" ", text)
    if "@" in text:
        text = HANDLE.sub(" ", text)
    if "#" in text or "＃" in text:
        text = HASHTAG.sub(" ", text)
    return text.strip()


def has_words(bare: str) -> bool:
    """Whether a letter is left of a text without its marks; else it is not read."""
    return any(map(str.isalpha, bare))


def asks_something(text: str) -> bool:
    """Whether a post asks a question: a question mark of any script, or as an emoji, after a word, in its own words. `What?!` and
    `Why...?` count; `?` alone, `(?)` and the question marks within links do not."""
    return _QUESTION_MARK.search(text) is not None and _ASKED.search(LINK.sub(" ", text)) is not None


_FUNCTION_WORDS = """
a an the and or but if of to in on at by for with from as is are was were be been am do does did have has had i me my we our
you your he she it they them his her its their this that these those so not no just will would can could should there here
what which who when how than then too very
"""
WRITTEN_FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
FUNCTION_WORDS = frozenset(map(plain_word, WRITTEN_FUNCTION_WORDS))
"""Words that say nothing by themselves, by their plain forms."""
