"""Dumps of Reddit (Arctic Shift, Pushshift): submissions or comments, one a line, mostly packed as .zst with a long window."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from tracker.exports.documents import Value
from tracker.exports.head import Head
from tracker.exports.json_rows import json_values, row_of
from tracker.platforms.reddit import read_post
from tracker.records import Row

NAME = "Reddit dump (JSON lines)"
SLUG = "reddit-dump"
LOST = (
    "A dump of Reddit holds what was there when it was made: newer edits and deletions are not in it, and its scores and numbers "
    "of comments may have been taken within seconds of posting."
)


def recognise(head: Head) -> bool:
    """Objects with created_utc and an author that are a comment or a submission."""
    return any(head.has("created_utc", "author", "id", words) for words in ("body", "title"))


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order."""
    for value in json_values(stream):
        if not isinstance(value, Value):
            yield value
            continue
        for item in value.data if isinstance(value.data, list) else [value.data]:
            yield row_of(item, value.line, read_post)
