"""Posts of Reddit: dumps (Arctic Shift, Pushshift) of submissions or comments, one a line, mostly packed as .zst with a long
window; answers of Arctic Shift's API; and pages of Reddit itself, saved with `.json` behind their address.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from tracker.exports.documents import Value
from tracker.exports.head import Head
from tracker.exports.json_rows import json_values, row_of
from tracker.platforms.reddit import read_post
from tracker.platforms.shapes import inner
from tracker.records import Lacking, Row

NAME = "Reddit dump (JSON lines), or pages of Reddit as JSON"
SLUG = "reddit-dump"
LOST = (
    "A dump of Reddit holds what was there when it was made: newer edits and deletions are not in it, and its scores and numbers "
    "of comments may have been taken within seconds of posting."
)

PLACES = ("", "data.item.", "data.children.item.data.", "item.data.children.item.data.", "data.")
NOT_LOADED = 'Pages of Reddit show only some of the comments of a long thread; those behind "more comments" are not in them.'


def recognise(head: Head) -> bool:
    """Objects with created_utc and an author that are a comment or a submission, by themselves or in one of PLACES."""
    return any(
        head.has(*(f"{place}{name}" for name in ("created_utc", "author", "id", words)))
        for place in PLACES
        for words in ("body", "title")
    )


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order."""
    told = False
    for value in json_values(stream):
        if not isinstance(value, Value):
            yield value
            continue
        for item in _posts(value.data):
            if isinstance(item, _NotLoaded):
                if not told:
                    told = True
                    yield Lacking(NOT_LOADED, value.line)
            else:
                yield row_of(item, value.line, read_post)


class _NotLoaded:
    """What stands in a page of Reddit for comments that it does not show."""


def _posts(data: object) -> Iterator[object]:
    """The submissions and comments of a value: itself, its items, or all of a page, answers below what they answer."""
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += reversed(item)
            continue
        kind, held = inner(item).get("kind"), inner(item).get("data")
        if kind == "more":
            yield _NotLoaded()
        elif isinstance(held, list):
            waiting += reversed(held)
        elif isinstance(held, dict) and isinstance(held.get("children"), list):
            waiting += reversed(held["children"])
        elif isinstance(held, dict) and kind in ("t1", "t3"):
            waiting += [held["replies"]] if isinstance(held.get("replies"), dict) else []
            yield {name: said for name, said in held.items() if name != "replies"}
        else:
            yield item
