"""twarc2: JSON of X's API v2, a page of an answer or one flattened tweet a line, both in one file if need be.

Only what a search found (`data`) becomes posts. The tweets beside it (`includes`) give reposts their whole text; they are
no posts of their own, since the search did not find them.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

from tracker.exports.documents import Value
from tracker.exports.head import Head
from tracker.exports.json_rows import json_values, row_of
from tracker.platforms.x import Includes, read_post, time_seen
from tracker.records import Post, Row

NAME = "twarc2 JSON lines"
SLUG = "twarc2"
LOST = (
    "X leaves out what was deleted or made private before it was asked, cuts the text of reposts, and gives no repost to a "
    "search by words made since May 2026."
)
ONLY_V2 = ("author_id", "edit_history_tweet_ids", "edit_history_post_ids", "conversation_id", "public_metrics", "__twarc")
PAGE_KEYS = ("data", "includes", "errors", "meta")


def recognise(head: Head) -> bool:
    """Pages with tweets, pages without any, or flattened tweets."""
    if head.has("data.item.id", "data.item.text") or head.has("data.id", "data.text"):
        return True
    if head.has("id", "text") and not head.has("id_str") and any(head.has(key) for key in ONLY_V2):
        return True
    return head.has("meta.result_count") and not head.has("data")


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order."""
    for value in json_values(stream):
        if not isinstance(value, Value):
            yield value
        elif isinstance(value.data, list):
            for item in value.data:
                yield from _rows(item, value.line)
        else:
            yield from _rows(value.data, value.line)


def _rows(item: object, line: int) -> Iterator[Row]:
    if isinstance(item, dict) and "text" not in item and any(key in item for key in PAGE_KEYS):
        yield from _page(item, line)
    else:
        yield row_of(item, line, _flattened, lambda: {"data": item})


def _flattened(tweet: Mapping[str, Any]) -> Post:
    return read_post(tweet, seen_at=time_seen(tweet.get("__twarc")), marks_in_text=True)


def _page(page: Mapping[str, Any], line: int) -> Iterator[Row]:
    """The posts of a page. A page without any is no error: X sends them with a token for the next one, or with errors only."""
    data = page.get("data")
    tweets = data if isinstance(data, list) else [] if data is None else [data]
    includes, twarc = Includes(page.get("includes")), page.get("__twarc")
    seen_at = time_seen(twarc)

    for tweet in tweets:
        kept = partial(_kept, tweet, includes, twarc)
        yield row_of(tweet, line, lambda item: read_post(item, includes, seen_at=seen_at, marks_in_text=True), kept)


def _kept(tweet: Mapping[str, Any], includes: Includes, twarc: object) -> dict[str, object]:
    """What is kept of a post as it came: itself, and what of the page belongs to it."""
    users, tweets = includes.beside(tweet)
    return {"data": tweet, "users": users, "tweets": tweets, "__twarc": twarc}
