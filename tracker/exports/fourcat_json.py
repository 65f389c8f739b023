"""4CAT: the NDJSON of a data set, which holds the items as the platform gave them, with notes of 4CAT in each: posts of X by its
API v2 (twitterv2), as its web pages have them (twitter-import), or of Bluesky (bsky)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

from tracker.exports.documents import Value
from tracker.exports.fourcat import told_of_authors
from tracker.exports.head import Head
from tracker.exports.json_rows import json_values, row_of
from tracker.platforms import bluesky_fourcat, x_fourcat, x_web
from tracker.platforms.refusals import NotAPost
from tracker.platforms.text import utc
from tracker.records import Post, Row

NAME = "4CAT NDJSON (X, Bluesky)"
SLUG = "4cat-json"
LOST = (
    "4CAT collects once and does not look again: what was deleted before is missing, and what was deleted since may still be in "
    "it. Authors may have been taken out."
)
WEB_ITEMS = (
    ("__import_meta", "rest_id"),
    ("__import_meta", "legacy"),
    ("rest_id", "legacy.full_text"),
    ("rest_id", "details.full_text"),
    ("rest_id", "tweet.legacy.full_text"),
    ("legacy.full_text", "type", "user"),
)
"""Before 2023 4CAT put no note of its own into items that came from Zeeschuimer."""
OF_A_PAGE = ("legacy", "details", "core", "rest_id")


def recognise(head: Head) -> bool:
    """Items with a note of 4CAT's, or with an author as only 4CAT puts it into a tweet."""
    if head.has("uri", "record") and (head.has("4CAT_metadata") or head.has("record.created_at")):
        return True
    if head.has("id", "text") and (head.has("author_user") or head.has("author_username", "author_fullname")):
        return True
    return any(head.has(*keys) for keys in WEB_ITEMS)


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order."""
    return told_of_authors(_rows(stream))


def _rows(stream: BinaryIO) -> Iterator[Row]:
    for value in json_values(stream):
        if not isinstance(value, Value):
            yield value
            continue
        for item in value.data if isinstance(value.data, list) else [value.data]:
            yield row_of(item, value.line, _read)


def _read(item: Mapping[str, Any]) -> Post:
    if "uri" in item:
        return bluesky_fourcat.read_item(item)
    if any(name in item for name in OF_A_PAGE):
        return x_web.read_web_post(item, seen_at=_collected(item))
    if "text" not in item:
        raise NotAPost("it is an item of a platform that is not read (X and Bluesky are)")
    post = x_fourcat.read_item(item)
    return replace(post, author=x_fourcat.by_handle(post, item))


def _collected(item: Mapping[str, Any]) -> str | None:
    note = item.get("__import_meta")
    at = note.get("timestamp_collected") if isinstance(note, dict) else None
    try:
        return utc(at)
    except ValueError:
        return None
