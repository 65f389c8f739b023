"""Which language a post is in, as far as that matters: one of the campaign's, another, or not to be told."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from tracker.themes.scripts import scripts_of, strange_script
from tracker.themes.wording import LETTER_WORD, UNSPACED, without_marks

OFTEN_SEEN = (
    "ar", "bn", "cy", "da", "de", "el", "en", "es", "fa", "fr", "ga", "gd", "hi", "it", "ja", "ko", "lt", "nl", "no",
    "pa", "pl", "pt", "ro", "ru", "sv", "tr", "uk", "ur", "zh",
)  # fmt: skip
"""Choosing among few languages errs less than among all that are known."""
WORDS_AT_LEAST = 3
SHORT = 7
TOLD_BY = 200
"""Code points by which the language is told: a post that goes on in another is told by its beginning."""
_PLAIN_WORD = re.compile("[a-z]{2,}")
"""A LETTER_WORD of text in lower case without accents, found in half the time."""
_SCRIPTED = re.compile(f"[{UNSPACED}]")
SURE_FROM, OURS_BELOW_WHEN_SHORT = 0.5, 0.01
"""The score from which another language is believed; and for posts of fewer than SHORT words what the campaign's languages may
have together. Of 5,441 short English texts none is refused so, and seven in eight short Spanish ones (docs/method-themes.md)."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """language: its ISO 639 code, None when it cannot be told: there are too few words, or it was only guessed to be none of the
    campaign's; score: 0 to 1; other: not the campaign's."""

    language: str | None
    score: float | None
    other: bool


class Languages:
    """Tells the campaign's languages from others. Where one of the campaign's is unknown to the detector, nothing is `other`."""

    def __init__(self, languages: Sequence[str]) -> None:
        self._ours = frozenset(languages)
        self._detector, known = _restricted(self._ours)
        self._all_known = bool(self._ours) and self._ours <= known
        self._english = "en" in self._ours
        self._scripts = scripts_of(self._ours)

    def tell(self, text: str) -> Tongue:
        """The language of `text`; without WORDS_AT_LEAST words it cannot be told, and the post is read."""
        return self.tell_bare(without_marks(text))

    def tell_bare(self, bare: str) -> Tongue:
        """As `tell`, of a text whose links, @handles and hashtags were taken out (`without_marks`). Words with accents, which
        English borrows (`très chic`), say little where others say that a text is English."""
        told = bare[:TOLD_BY]
        plain = told.isascii()
        found = _PLAIN_WORD.findall(told.lower()) if plain else LETTER_WORD.findall(told)
        if not plain and self._scripts and (script := strange_script(told, self._scripts)):
            return self._written_in(script, told)
        own = found if plain else [word.lower() for word in found if word.isascii()]
        if self._english and _plainly_english(own):
            return Tongue("en", 1.0, False)
        words, scripted = len(found), not plain and len(_SCRIPTED.findall(told)) > WORDS_AT_LEAST
        if not scripted and words < WORDS_AT_LEAST:
            return Tongue(None, None, False)
        language, score = self._detector.classify(told)
        other = self._all_known and language not in self._ours
        if other and words < SHORT and not scripted:
            other = sum(share for name, share in self._detector.rank(told) if name in self._ours) < OURS_BELOW_WHEN_SHORT
        elif other:
            other = score > SURE_FROM
        if other and self._english and words > len(own) >= max(WORDS_AT_LEAST, words / 2) and not ONLY_ENGLISH.isdisjoint(own):
            its, how_sure = self._detector.classify(" ".join(own))
            if its == "en":
                return Tongue("en", round(float(how_sure), 4), False)
        if self._all_known and not other and language not in self._ours:
            return Tongue(None, None, False)  # a guess that is not believed: "Bore da bawb" is no Chinese
        return Tongue(str(language), round(float(score), 4), other)

    def _written_in(self, script: str, told: str) -> Tongue:
        """Of a text in a script that none of the campaign's languages has: named where it is sure which of those that have it."""
        language, score = self._detector.classify(told)
        sure = score > SURE_FROM and script in (scripts_of([language]) or ())
        return Tongue(str(language), round(float(score), 4), True) if sure else Tongue(None, None, True)


_ONLY_ENGLISH = """
the and that with this have they their would what which from been were my you your are not it but to for our can there has how
when who should could these those about because
just like get got him his she know think people really going why where after before much well back only never always every out
now make said need take being does did into some any other its good great day want wants looking things something anyone
very thank thanks too such own same most many few more through again while ask asked told call called seen given took felt feel
without between during against though although whole enough least less maybe must us years months tonight tomorrow yesterday
morning today working every here around another both nothing everything someone everyone nobody everybody something using used
came went gone left right says saying making makes getting gets takes taking tried try having feels wait waiting waited helpful
better might yourself myself himself themselves ours else ever even since which whose
"""
ONLY_ENGLISH = frozenset(_ONLY_ENGLISH.split())
"""Frequent words that are words of none of OFTEN_SEEN but English, or hardly ever."""
ENOUGH = ((0.2, 3), (0.3, 2))
"""The share of a post's words that these must be, and how many different ones: either pair will do."""


def _plainly_english(words: list[str]) -> bool:
    """Whether so many of the words are English function words that the detector, which takes far longer, need not be asked."""
    english = list(filter(ONLY_ENGLISH.__contains__, words))
    return any(len(english) >= share * len(words) and len(set(english)) >= different for share, different in ENOUGH)


def never_told(languages: Sequence[str]) -> list[str]:
    """Those of these languages that the detector does not know."""
    known = _restricted(frozenset(languages))[1]
    return [language for language in languages if language not in known]


@lru_cache(maxsize=4)
def _restricted(ours: frozenset[str]) -> tuple[Any, frozenset[str]]:
    """The detector, choosing among `ours` and OFTEN_SEEN, and all the languages that it knows. It takes 50 MB."""
    detector = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = frozenset(map(str, detector.labels))
    detector.set_languages(sorted((ours & known) | set(OFTEN_SEEN)))
    detector.nb_ptc = np.ascontiguousarray(detector.nb_ptc)  # rows together: half the time
    detector._full_model = detector.nb_ptc, detector.nb_pc, detector.nb_classes  # lets go of the other languages: 28 MB
    return detector, known
