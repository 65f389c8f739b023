"""The table of posts that a browser extension for exporting tweets saves (tweet_id, username, full_text, created_at ...)."""

from collections.abc import Callable, Collection, Iterator
from typing import BinaryIO

from tracker.exports.head import Head
from tracker.exports.tables import header_of, table_rows
from tracker.platforms.x_extension import read_table_row
from tracker.records import Row

NAME = "tweets saved by a browser extension (table)"
SLUG = "extension-csv"
LOST = (
    "The table holds what one person's screen showed while scrolling, chosen for that person; its times are local, reposts are "
    "cut, and an id that a spreadsheet damaged is lost."
)
NEEDED = {"tweet_id", "username", "full_text", "created_at"}
IN_WORDS = "a browser extension: at least tweet_id, username, full_text and created_at"


def recognise(head: Head) -> bool:
    """A first line with the columns of the extension."""
    return header_of(head.text, _is_header) is not None


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the first line of a row."""
    return table_rows(stream, _is_header, IN_WORDS, read_table_row)


def _is_header(names: Collection[str]) -> bool:
    return set(names) >= NEEDED
