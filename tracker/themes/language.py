"""Which language a post is in, as far as that matters: one of the campaign's, another, or not to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from tracker.themes.wording import letter_words, without_marks

OFTEN_SEEN = (
    "ar", "bn", "cy", "da", "de", "el", "en", "es", "fa", "fr", "ga", "gd", "hi", "it", "ja", "ko", "lt", "nl", "no",
    "pa", "pl", "pt", "ro", "ru", "sv", "tr", "uk", "ur", "zh",
)  # fmt: skip
"""Choosing among few languages errs less than among all that are known."""
WORDS_AT_LEAST = 3
SHORT = 7
SURE_FROM, SURE_FROM_WHEN_SHORT = 0.5, 0.8
"""The score from which another language is believed, and that for posts of fewer than SHORT words. Measured on 4,600 English
and 1,000 Spanish posts: whole, no English post is refused; cut to 4 words, one in 4,506 (docs/method-themes.md)."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """language: its ISO 639 code, None when there are too few words to tell; score: 0 to 1; other: not the campaign's."""

    language: str | None
    score: float | None
    other: bool


class Languages:
    """Tells the campaign's languages from others. Where one of the campaign's is unknown to the detector, nothing is `other`."""

    def __init__(self, languages: Sequence[str]) -> None:
        self._ours = frozenset(languages)
        known = frozenset(_detector().labels)
        self._all_known = bool(self._ours) and self._ours <= known
        self._candidates = tuple(sorted((self._ours & known) | set(OFTEN_SEEN)))

    def tell(self, text: str) -> Tongue:
        """The language of `text`; without WORDS_AT_LEAST words it cannot be told, and the post is read."""
        words = len(letter_words(text))
        if not _scripted(text) and words < WORDS_AT_LEAST:
            return Tongue(None, None, False)
        language, score = _restricted(self._candidates).classify(without_marks(text))
        sure = score > (SURE_FROM_WHEN_SHORT if words < SHORT and not _scripted(text) else SURE_FROM)
        other = self._all_known and language not in self._ours and sure
        return Tongue(str(language), round(float(score), 4), other)


def _scripted(text: str) -> bool:
    """Whether the words are in a script that puts no spaces between them (Chinese, Japanese, Thai), enough of it to tell."""
    return sum("\u0e00" <= letter <= "\u0e7f" or "\u3040" <= letter <= "\u9fff" for letter in text) > WORDS_AT_LEAST


@lru_cache(maxsize=1)
def _detector() -> Any:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@lru_cache(maxsize=4)
def _restricted(candidates: tuple[str, ...]) -> Any:
    detector = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    detector.set_languages(list(candidates))
    return detector
