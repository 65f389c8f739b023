"""JSON of X's first API (v1.1): a status a line, as its streams and twarc 1 wrote them; lists of statuses; answers of its
search. Between the posts of a stream stand notices (of deleted posts, of reached limits), which are no posts.

Only the statuses themselves become posts. What they repeat (`retweeted_status`) gives reposts their whole text; what they
quote (`quoted_status`) was not found by the search and is no post of its own.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from tracker.exports.documents import Value
from tracker.exports.head import Head
from tracker.exports.json_rows import json_values, row_of
from tracker.platforms.x_legacy import read_legacy_post
from tracker.records import Row, Withheld

NAME = "X API v1.1 JSON (twarc 1, streams)"
SLUG = "twitter-v1"
LOST = (
    "A stream of X's first API drops posts when there are many, its search went back a week, and both cut reposts and, before "
    "2017, long texts; what was deleted since may still be in it."
)
ONLY_V1 = ("id_str", "full_text", "favorite_count", "in_reply_to_status_id_str", "extended_tweet", "user.screen_name")
DELETED = "a notice that a post was deleted"
NOTICES = {
    "delete": DELETED,
    "limit": "a notice that the stream left posts out",
    "scrub_geo": "a notice of the stream",
    "status_withheld": "a notice of the stream",
    "user_withheld": "a notice of the stream",
    "warning": "a notice of the stream",
    "disconnect": "a notice of the stream",
}
"""https://developer.x.com/en/docs/twitter-api/v1/tweets/filter-realtime/guides/streaming-message-types"""


def recognise(head: Head) -> bool:
    """Statuses one a line, in a list or in an answer of the search, or the notices of a stream."""
    for place in ("", "statuses.item."):
        if any(head.has(f"{place}id", f"{place}{text}") for text in ("text", "full_text")):
            return any(head.has(f"{place}{key}") for key in ONLY_V1)
    return head.has("delete.status.id") or head.has("limit.track") or head.has("statuses", "search_metadata.query")


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order."""
    for value in json_values(stream):
        if not isinstance(value, Value):
            yield value
            continue
        for item in value.data if isinstance(value.data, list) else [value.data]:
            yield from _rows(item, value.line)


def _rows(item: object, line: int) -> Iterator[Row]:
    if isinstance(item, dict) and isinstance(item.get("statuses"), list):
        yield from (row_of(status, line, read_legacy_post) for status in item["statuses"])
    elif isinstance(item, dict) and (notice := _notice(item)):
        yield Withheld(notice, line)
    else:
        yield row_of(item, line, read_legacy_post)


def _notice(item: dict[str, object]) -> str | None:
    """What the item is, where it is no status but a word of the stream."""
    return next((NOTICES[key] for key in item if key in NOTICES), None) if "id" not in item and "id_str" not in item else None
