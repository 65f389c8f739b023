"""Communalytic: the CSV of a data set of Bluesky posts.

Of its exports only the columns id, username, date and text are public (https://github.com/fabiogiglietto/csds-preprocessor); so
other columns pass unread, and its tables of other platforms are not read.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from tracker.exports.columns import Columns
from tracker.exports.head import Head
from tracker.exports.tables import header_of, table_rows
from tracker.platforms.bluesky_communalytic import read_table_row
from tracker.records import Row

NAME = "Communalytic table (Bluesky)"
SLUG = "communalytic"
LOST = (
    "Communalytic collects once, up to a number of posts, by a search that Bluesky does not make complete; counts, and which "
    "post a reply answers, are not read from its tables."
)
TABLE = Columns("Communalytic (Bluesky)", needed=(("id",), ("username",), ("date",), ("text",)))
ADDRESSES = ("at://did:", "bsky.app/profile/did:")


def recognise(head: Head) -> bool:
    """A first line with these four columns, and addresses of Bluesky below it."""
    return any(start in head.text for start in ADDRESSES) and header_of(head.text, TABLE.fit) is not None


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the first line of a row."""
    return table_rows(stream, TABLE.fit, TABLE.in_words, read_table_row)
