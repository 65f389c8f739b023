"""Posts of X as rows of a TAGS sheet: one row (column -> cell) -> one Post. Pure.

A sheet that went through a spreadsheet program has ids that lost their last digits. The address of the post still has them.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from tracker.platforms.refusals import NotAPost
from tracker.platforms.shapes import inner, objects, some_text
from tracker.platforms.text import find_hashtags, find_links, find_mentions, is_lossy_number, moment_of, sound, tag_pairs
from tracker.platforms.x_parts import EARLIEST, EXACT_ID, RETWEET_STUMP, Addresses, address, is_cut, snowflake_time
from tracker.records import Author, Post

STATUS = re.compile(r"/status(?:es)?/([0-9]{1,20})(?![\w.,+])")
DIGITS_IN_A_SHEET = 15
"""Spreadsheet programs keep so many digits of a number and put zeros for the others."""


def read_table_row(row: Mapping[str, str]) -> Post:
    """A post from a row. Counts are not known: the sheet has only those of the author. Raises NotAPost with the reason."""
    native_id = _id(row)
    entities = _entities(row.get("entities_str", ""))
    addresses = Addresses(native_id)
    if entities is not None:
        addresses.add(objects(entities.get("urls")))
        for media in objects(entities.get("media")):
            addresses.add_media(some_text(media.get("url")))
    text = addresses.spelled_out(row["text"])
    repost = RETWEET_STUMP.match(text) is not None
    reply_to = _exact(row.get("in_reply_to_status_id_str", ""))
    author = _author(row)
    if entities is None:
        tags, links, named = find_hashtags(text), tuple(dict.fromkeys(find_links(text))), find_mentions(text)
    else:
        tags = [tag["text"] for tag in objects(entities.get("hashtags")) if isinstance(tag.get("text"), str)]
        links = addresses.links
        named = [name for one in objects(entities.get("user_mentions")) if (name := some_text(one.get("screen_name")))]
    return sound(
        Post(
            platform="x",
            native_id=native_id,
            text=text,
            created_at=_created_at(row, native_id),
            url=address(native_id, author.handle if author else None),
            author=author,
            kind="repost" if repost else "reply" if row.get("in_reply_to_status_id_str", "").strip() else "original",
            reply_to=reply_to,
            truncated=(repost and is_cut(text)) or addresses.is_cut,
            detail=1,
            hashtags=tag_pairs(tags),
            links=links,
            mentions=tuple(dict.fromkeys(named)),
        )
    )


def _id(row: Mapping[str, str]) -> str:
    """From the address; else from `id_str`, if that is whole. Where both are whole, they must agree."""
    written = _bare(row.get("id_str", ""))
    found = STATUS.search(row.get("status_url", ""))
    if found:
        if EXACT_ID.fullmatch(written) and written != found.group(1) and not _is_rounding(written, found.group(1)):
            raise NotAPost("its id_str and its status_url name different posts")
        return found.group(1)
    if exact := _exact(written):
        return exact
    if is_lossy_number(written) or EXACT_ID.fullmatch(written):
        raise NotAPost(f"the id {written:.40} was damaged by a spreadsheet and there is no address to recover it from")
    raise NotAPost("it has no id" if not written else "its id is not a number, and there is no address to take it from")


def _bare(cell: str) -> str:
    """A cell without blanks and without the apostrophe by which sheets keep numbers as text."""
    return cell.strip().removeprefix("'")


def _exact(cell: str) -> str | None:
    """An id that no spreadsheet has rounded, or None."""
    number = _bare(cell)
    if not EXACT_ID.fullmatch(number) or (len(number) > DIGITS_IN_A_SHEET and not number[DIGITS_IN_A_SHEET:].strip("0")):
        return None
    return number


def _is_rounding(written: str, whole: str) -> bool:
    return len(written) == len(whole) > DIGITS_IN_A_SHEET and abs(int(written) - int(whole)) < 10 ** (
        len(whole) - DIGITS_IN_A_SHEET
    )


def _created_at(row: Mapping[str, str], native_id: str) -> str:
    """From `created_at`; where that is missing or unreadable, from the time inside the id."""
    cell = row.get("created_at", "").strip()
    try:
        return moment_of(cell or None, earliest=EARLIEST)
    except NotAPost:
        made = snowflake_time(native_id)
        if made is None:
            raise
        return moment_of(made, earliest=EARLIEST)


def _author(row: Mapping[str, str]) -> Author | None:
    handle = row.get("from_user", "").strip().lstrip("@") or None
    native_id = _exact(row.get("from_user_id_str", "")) or (f"@{handle.lower()}" if handle else None)
    return Author("x", native_id, handle) if native_id else None


def _entities(cell: str) -> dict[str, Any] | None:
    """The entities as X gave them; None where the cell is empty or was cut."""
    try:
        return inner(json.loads(cell)) or None
    except (ValueError, RecursionError):
        return None
