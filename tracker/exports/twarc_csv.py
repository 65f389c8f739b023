"""twarc-csv: the posts of twarc2 as a table, whose columns are named by their paths (public_metrics.like_count)."""

from collections.abc import Callable, Collection, Iterator
from typing import BinaryIO

from tracker.exports.head import Head
from tracker.exports.tables import header_of, table_rows
from tracker.platforms.x_twarc_csv import read_table_row
from tracker.records import Row

NAME = "twarc-csv"
SLUG = "twarc-csv"
LOST = (
    "The table gives a repost the words and the counts of its original, so its own counts are unknown, and it has no addresses "
    "by which an id that a spreadsheet damaged could be found again."
)
NEEDED = {"id", "author_id", "created_at", "text"}
PATHS = ("author.", "public_metrics.", "entities.", "referenced_tweets.", "__twarc.")
IN_WORDS = "twarc-csv: at least id, author_id, created_at, text, and author.username or another column with a point in its name"


def recognise(head: Head) -> bool:
    """A first line with the columns of twarc-csv."""
    return header_of(head.text, _is_header) is not None


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the first line of a row."""
    return table_rows(stream, _is_header, IN_WORDS, read_table_row)


def _is_header(names: Collection[str]) -> bool:
    return set(names) >= NEEDED and any(name.startswith(PATHS) for name in names)
