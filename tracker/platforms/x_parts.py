"""What every shape of a post from X shares: ids, times inside ids, addresses, texts with their links spelled out. Pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tracker.platforms.refusals import NotAPost
from tracker.platforms.shapes import some_text
from tracker.platforms.text import is_lossy_number, moment_of, plain_entities, utc

EARLIEST = "2006-03-21T00:00:00Z"
"""The first post on X."""
SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
A_DAY_S = 24 * 60 * 60
FIRST_SNOWFLAKE = 29_700_859_247
"""Ids below this were counted, not made from the clock (November 2010)."""

EXACT_ID = re.compile(r"[0-9]{1,20}")
SHORT_ADDRESS = re.compile(r"https?://t\.co/\w+", re.ASCII)
BLANKS = " \t\n\r\f\v"
MEDIA_ADDRESS = re.compile(
    r"https?://(?:www\.)?(?:twitter|x)\.com/.*/(?:photo|video)/[0-9]+|(?:https?://)?pic\.(?:twitter|x)\.com/\w+", re.ASCII
)
"""Where a picture or a video is shown, and how X shows its address (which is all that twarc-csv writes of it)."""
RETWEET_STUMP = re.compile(r"RT @\w{1,20}: ", re.ASCII)
NO_LANGUAGE = re.compile(r"und|zxx|art|q[a-z]{2}")
"""What X writes where it found no language: undetermined, no words, only hashtags, only mentions, and the like."""


def exact_id(value: object) -> str:
    """An id of X as text. A whole number is exact; one that went through a float or a spreadsheet is not.
    Raises NotAPost with the reason."""
    if isinstance(value, str):
        if EXACT_ID.fullmatch(value):
            return value
        if is_lossy_number(value):
            raise NotAPost("the id was damaged by a spreadsheet or a float")
        raise NotAPost("the id is not a number")
    if isinstance(value, bool) or value is None:
        raise NotAPost("it has no id")
    if isinstance(value, int) and 0 <= value < 2**64:
        return str(value)
    if isinstance(value, int | float):
        raise NotAPost("the id was damaged by a spreadsheet or a float")
    raise NotAPost("the id is not a number")


def reference(value: object) -> str | None:
    """The id of another post, or None where there is none or it is damaged."""
    try:
        return exact_id(value)
    except NotAPost:
        return None


def snowflake_time(native_id: str) -> str | None:
    """When the id was made (UTC), or None for ids from before November 2010."""
    number = int(native_id)
    if number < FIRST_SNOWFLAKE or number >= 2**63:
        return None
    return utc(((number >> 22) + SNOWFLAKE_EPOCH_MS) / 1000)


def is_of_another_time(native_id: str, created_at: str) -> bool:
    """Whether a post was made more than a day before or after the time inside its id (then one of the two is wrong)."""
    number = int(native_id) if native_id.isdecimal() else 0
    if not FIRST_SNOWFLAKE <= number < 2**63:
        return False
    inside = ((number >> 22) + SNOWFLAKE_EPOCH_MS) / 1000
    return abs(datetime.fromisoformat(created_at).timestamp() - inside) > A_DAY_S


def time_of(value: object, native_id: str) -> str:
    """`value` as UTC; where it is missing, the time inside the id. Raises NotAPost where neither is a possible time."""
    if value is None or value == "":
        value = snowflake_time(native_id)
    return moment_of(value, earliest=EARLIEST)


def address(native_id: str, handle: str | None) -> str:
    """Where the post is shown."""
    return f"https://x.com/{handle}/status/{native_id}" if handle else f"https://x.com/i/web/status/{native_id}"


def language(value: object) -> str | None:
    """The language that X names, or None where it says that it found none."""
    code = some_text(value)
    return None if code is None or NO_LANGUAGE.fullmatch(code) else code


class Addresses:
    """The short addresses (t.co) of a post and what they stand for. Those of pictures and videos stand for nothing: they are
    taken out of the text and are no links. So is that of the post itself (`own_id`), by which X marks a text of which only
    the beginning is given (`is_cut`)."""

    def __init__(self, own_id: str) -> None:
        self.is_cut = False
        self._own_end = f"/status/{own_id}"
        self._targets: dict[str, str] = {}
        self._links: dict[str, None] = {}

    def add(self, urls: Iterable[Mapping[str, Any]]) -> None:
        """Entities as X gives them: url, expanded_url, sometimes unwound_url (where it led in the end) and media_key."""
        for entity in urls:
            short = some_text(entity.get("url"))
            target = some_text(entity.get("expanded_url"))
            if "media_key" in entity or (target and MEDIA_ADDRESS.fullmatch(target)):
                self.add_media(short)
            elif target and target.endswith(self._own_end):
                self.is_cut = True
                self.add_media(short)
            elif target or short:
                self._targets[short or ""] = target or short or ""
                self._links[some_text(entity.get("unwound_url")) or target or short or ""] = None

    def add_media(self, short: str | None) -> None:
        """A short address that stands for nothing that is said."""
        if short:
            self._targets[short] = ""

    def spelled_out(self, text: str, *, decoded: bool = False) -> str:
        """Text of X as people read it: entities decoded once (unless they are `decoded`), short addresses replaced by what they
        stand for."""
        plain = text if decoded else plain_entities(text)
        if not self._targets:
            return plain
        said, end = "", 0
        for found in SHORT_ADDRESS.finditer(plain):
            target = self._targets.get(found.group(), found.group())
            before = plain[end : found.start()]
            said += before + target if target else before.rstrip(BLANKS)
            end = found.end()
        return (said + plain[end:]).strip()

    @property
    def links(self) -> tuple[str, ...]:
        """Where the post links to, as far as X followed it."""
        return tuple(self._links)


def is_cut(text: str) -> bool:
    """Whether a repeated text was cut to fit ("RT @x: ..." and an ellipsis at its end)."""
    return text.rstrip().endswith(("…", "..."))
