"""In which script (kind of letters) a post is written, and in which ones the languages of a campaign are."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

LATIN = "LATIN"
_LATIN_ALONE = """
af an br bs ca cs cy da de en eo es et eu fi fo fr fy ga gd gl hr ht hu id ig is it la lb ln lt lv mg mt nb nl nn no nso oc om pl
pt qu ro rw se sk sl sn so sq st sv sw tl tn vi wa xh yo zu
"""
_OTHERS = {
    "ARABIC": "ar ary arz az fa kk ku ky pa ps sd tg ug ur uz",
    "ARMENIAN": "hy",
    "BENGALI": "as bn",
    "BOPOMOFO": "zh",
    "CJK": "ja ko yue zh",
    "CYRILLIC": "az ba be bg kk ky mk mn ru sr tg tk tt uk uz",
    "DEVANAGARI": "hi mr ne sa",
    "ETHIOPIC": "am ti",
    "GEORGIAN": "ka",
    "GREEK": "el grc",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HANGUL": "ko",
    "HEBREW": "he yi",
    "HIRAGANA": "ja",
    "KANNADA": "kn",
    "KATAKANA": "ja",
    "KHMER": "km",
    "LAO": "lo",
    "MALAYALAM": "ml",
    "MONGOLIAN": "mn",
    "MYANMAR": "my",
    "ORIYA": "or",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAANA": "dv",
    "THAI": "th",
    "TIBETAN": "bo dz",
    "TIFINAGH": "kab",
}
"""Scripts, as Unicode's names of letters begin, and the languages (ISO 639) that are written in them."""
_BEYOND_LATIN = re.compile(
    "[\u0370-\u1cff\u1f00-\u1fff\u2c80-\u2dff\u3040-\ua4cf\ua960-\ud7ff\uf900-\ufaff\ufb13-\ufdff\ufe70-\uffdc]"
)
"""Where letters of other scripts stand; a text without one need not be looked at letter by letter."""


def scripts_of(languages: Iterable[str]) -> frozenset[str] | None:
    """The scripts in which these languages are written, Latin always among them, since people write every language in it too.
    None where that of one of them is not known here."""
    wanted = set(languages)
    by_script = {script: set(some.split()) & wanted for script, some in _OTHERS.items()}
    known = set(_LATIN_ALONE.split()).union(*by_script.values())
    return frozenset({LATIN, *(script for script, some in by_script.items() if some)}) if wanted <= known else None


def strange_script(text: str, ours: frozenset[str]) -> str | None:
    """The script in which a text is, where more than half of its letters are of others than `ours`; else None. Digits, marks and
    emoji have no script; letters that only look otherwise (`𝐛𝐮𝐬`) are told by what they mean."""
    if _BEYOND_LATIN.search(text) is None:
        return None
    letters = Counter(map(_script, filter(str.isalpha, unicodedata.normalize("NFKC", text))))
    del letters[None]
    strange = Counter({script: often for script, often in letters.items() if script not in ours})
    return strange.most_common(1)[0][0] if 2 * strange.total() > letters.total() else None


@lru_cache(maxsize=8192)
def _script(letter: str) -> str | None:
    name = unicodedata.name(letter, "").partition(" ")[0]
    return name if name == LATIN or name in _OTHERS else None
