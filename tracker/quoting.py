"""What of a quote may be used: the one rule of consent, for the quote desk, briefings and the public copy. Pure."""

from collections.abc import Mapping
from typing import Any

WORDS, PARAPHRASE, NOTHING = "words", "paraphrase", "nothing"


def use_of(quote: Mapping[str, Any]) -> str:
    """WORDS where their author agreed on a day that is known, else PARAPHRASE (the campaign's own words), else NOTHING. quote: a
    row with text, paraphrase, consent ("yes", "no" or none) and consent_at."""
    if quote["consent"] == "yes" and quote["consent_at"] and (quote["text"] or "").strip():
        return WORDS
    return PARAPHRASE if (quote["paraphrase"] or "").strip() else NOTHING


def words_of(quote: Mapping[str, Any]) -> tuple[str, str | None]:
    """(the words that may be used, the day on which their author agreed to it; None for a paraphrase); ("", None) for nothing."""
    use = use_of(quote)
    if use == WORDS:
        return str(quote["text"]).strip(), str(quote["consent_at"])[:10]
    return (str(quote["paraphrase"]).strip() if use == PARAPHRASE else ""), None
