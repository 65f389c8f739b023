"""A file with nothing in it: no posts, and no error, since a search that finds nothing leaves one behind."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from tracker.exports.head import HEAD_BYTES, Head
from tracker.records import Row

NAME = "empty file"
SLUG = "empty"
LOST = ""
"""Nothing can be lost of nothing."""


def recognise(head: Head) -> bool:
    """Nothing, nothing but blanks, or a list of nothing."""
    return "".join(head.text.split()) in ("", "[]") and len(head.data) < HEAD_BYTES


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """No rows."""
    return iter(())
