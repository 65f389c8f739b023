"""The table of posts that a browser extension for exporting tweets saves (tweet_id, username, full_text, created_at ...)."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from tracker.exports.columns import Columns
from tracker.exports.head import Head
from tracker.exports.tables import header_of, table_rows
from tracker.platforms.named_cells import by_folded_names
from tracker.platforms.x_extension import read_table_row
from tracker.records import Row

NAME = "tweets saved by a browser extension (table)"
SLUG = "extension-csv"
LOST = (
    "The table holds what one person's screen showed while scrolling, chosen for that person; its times are local, reposts are "
    "cut, and an id that a spreadsheet damaged is lost."
)
TABLE = Columns(
    "a browser extension",
    needed=(("tweet_id",), ("username",), ("full_text",), ("created_at",)),
    typical=frozenset(
        {"tweet_id", "full_text", "url_mentions", "user_mentions", "is_quote_status", "favorite_count", "username"}
    ),
)
COLUMNS = (TABLE,)


def recognise(head: Head) -> bool:
    """A first line with the columns of the extension."""
    return header_of(head.text, TABLE.fit) is not None


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the first line of a row."""
    return table_rows(stream, TABLE.fit, TABLE.in_words, lambda row: read_table_row(by_folded_names(row)))
