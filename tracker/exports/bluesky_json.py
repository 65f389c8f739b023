"""Posts as Bluesky's API answers: pages of a search, feeds and threads, lists of posts or records, a page or post a line."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from tracker.exports.documents import Value
from tracker.exports.head import Head
from tracker.exports.json_rows import json_values, row_of
from tracker.platforms.bluesky import address_parts, read_record, read_view
from tracker.platforms.refusals import NotAPost
from tracker.platforms.shapes import inner
from tracker.records import Post, Row

NAME = "Bluesky posts (JSON of its API)"
SLUG = "bluesky-json"
LOST = "A search of Bluesky gives at most its newest 10,000 posts, and leaves out what was deleted or hidden before it was asked."
EMPTY_PAGE = {"posts", "cursor", "hitsTotal"}
KEYS = (
    ("posts.item.uri", "posts.item.record"),
    ("feed.item.post.uri", "feed.item.post.record"),
    ("records.item.uri", "records.item.value.createdAt"),
    ("thread.post.uri", "thread.post.record"),
    ("thread.item.value.post.uri", "thread.item.value.post.record"),
    ("post.uri", "post.record"),
    ("uri", "author.did", "record"),
    ("uri", "value.createdAt", "value.$type"),
)
"""What tells each shape; the last is that of getRecord."""


def recognise(head: Head) -> bool:
    """Post views or records with their at:// addresses; also a page of a search that found nothing."""
    if any(head.has(*keys) for keys in KEYS):
        return '"at://' in head.text or '"at:\\/\\/' in head.text
    return "posts" in head.keys and len(head.keys) > 1 and head.keys <= EMPTY_PAGE


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order."""
    for value in json_values(stream):
        if not isinstance(value, Value):
            yield value
            continue
        for item in posts_of(value.data):
            yield row_of(item, value.line, _read)


def posts_of(data: object) -> Iterator[object]:
    """The post views and records of an answer: itself, its items, or all of a thread, those above and those below."""
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += reversed(item)
        elif not isinstance(item, dict) or ("uri" in item and not _wraps(item)):
            yield item
        elif pages := [item[name] for name in ("posts", "feed", "records", "thread") if isinstance(item.get(name), list | dict)]:
            waiting += reversed(pages)
        elif "post" in item:
            around = [item["post"], *_thread(item, "parent"), *_thread(item, "replies")]
            waiting += reversed(around)
        elif _wraps(item):
            waiting.append(item["value"])
        else:
            yield item


def _wraps(item: Mapping[str, Any]) -> bool:
    """Whether the item is one of a thread of the second version, which lies around a post view."""
    return any(name in inner(item.get("value")) for name in ("post", "notFound", "blocked"))


def _thread(item: Mapping[str, Any], name: str) -> list[object]:
    return [item[name]] if isinstance(item.get(name), list | dict) else []


def _read(item: Mapping[str, Any]) -> Post:
    if "record" in item or not isinstance(item.get("value"), dict):
        return read_view(item)
    parts = address_parts(str(item.get("uri") or ""))
    if parts is None:
        raise NotAPost("it is a record of another kind, or has no address of a post of Bluesky (uri)")
    return read_record(*parts, item["value"])
