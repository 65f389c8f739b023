"""Zeeschuimer: the NDJSON of the browser extension that saves what a person's screen shows; of its platforms, X is read.

Each line has the item in `data` as the platform's web page got it, and around it what the extension notes of it. An item that was
shown several times stands there several times. https://github.com/digitalmethodsinitiative/zeeschuimer
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

from tracker.exports.documents import Value
from tracker.exports.head import Head
from tracker.exports.json_rows import json_values, row_of
from tracker.platforms.refusals import NotAPost
from tracker.platforms.shapes import inner
from tracker.platforms.text import utc
from tracker.platforms.x_web import read_web_post
from tracker.records import Post, Row

NAME = "Zeeschuimer NDJSON (X)"
SLUG = "zeeschuimer"
LOST = (
    "Zeeschuimer saved what X showed one person who scrolled, chosen and ordered for that person, so it is no sample of "
    "anything: what was never on that screen is missing."
)
OF_X = ("twitter.com", "x.com", "twitter", "x", "twitter.com-comments", "twitter-comments", "x.com-comments")
FROM_X = re.compile(
    r'"source_platform(?:_url)?"\s*:\s*"(?:https?:(?:\\?/){2}(?:www\.)?)?(?:twitter|x)(?:\.com)?(?:-comments)?(?:\\?/[^"]*)?"'
)


def recognise(head: Head) -> bool:
    """Lines with an item in `data` and the platform that it is from, of which at least one is X."""
    return head.has("source_platform", "data") and FROM_X.search(head.text) is not None


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; items of other platforms are refused by name."""
    for value in json_values(stream):
        if not isinstance(value, Value):
            yield value
            continue
        for line in value.data if isinstance(value.data, list) else [value.data]:
            yield row_of(line, value.line, _read, partial(_kept, line))


def _kept(line: object) -> dict[str, Any]:
    """The line without what it says of the browser of the person who captured it."""
    return {name: value for name, value in inner(line).items() if name != "user_agent"}


def _read(line: Mapping[str, Any]) -> Post:
    platform = str(line.get("source_platform") or "").casefold()
    if platform not in OF_X:
        whose = "is an item of another platform" if platform else "does not say of which platform it is"
        raise NotAPost(f"it {whose}, and of Zeeschuimer's platforms only X is read")
    if not isinstance(line.get("data"), dict):
        raise NotAPost("it holds no item")
    item = inner(line["data"])
    if not any(name in item for name in ("rest_id", "tweet", "result")) and line.get("item_id"):
        item = {**item, "item_id": line["item_id"]}
    return read_web_post(item, seen_at=_time(line.get("timestamp_collected")))


def _time(value: object) -> str | None:
    try:
        return utc(int(value) if isinstance(value, str) and value.isdigit() else value)
    except ValueError:
        return None
