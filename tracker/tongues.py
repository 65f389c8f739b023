"""In which language somebody's words may be said to be: the one rule for pages, feeds, briefings and the public copy. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

OURS, OURS_IN_FULL = "en", "en-GB"
"""The language of what we write around them."""
UNKNOWN = re.compile(r"und|mul|mis|zxx|art|q[a-z]{2}")
"""Codes for no language, several or one that is not known: of ISO 639-2, and those that X gives to posts without words."""
SURE_FROM = 0.5
"""The score from which one of the campaign's languages is said to be a post's; of another, the program decides."""


def bare_language(code: str) -> str:
    """The language of a code, without region or script: en of en-GB; "" where the code says that it is not known."""
    bare = code.strip().casefold().replace("_", "-").partition("-")[0]
    return "" if UNKNOWN.fullmatch(bare) else bare


def tongue(post: Mapping[str, Any], languages: Sequence[str]) -> str | None:
    """The language of a post's words, as far as it is known: another than the campaign's `languages` where the program believed
    that, one of them where it was sure. What it only guessed of a few words is None: read out in the voice of a wrong language a
    post cannot be understood. post: outcome, lang_detected, lang_score."""
    code: str | None = post["lang_detected"]
    if post["outcome"] == "other-language":
        return code
    return code if code in languages and (post["lang_score"] or 0.0) >= SURE_FROM else None


def foreign(code: str | None) -> str | None:
    """The language of somebody's words where it has to be said: where it is known, and not that of what stands around them."""
    return None if code == OURS else code
