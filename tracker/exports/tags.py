"""TAGS: the CSV of an archive sheet in Google Sheets, with commas or tabs, its columns in any order.

Spreadsheets damage ids (1.26426E+18), so the id is taken from `status_url`, and a row without either is refused. The column
`time` is the sheet's own local time and is never used.
"""

from collections.abc import Callable, Collection, Iterator
from typing import BinaryIO

from tracker.exports.head import Head
from tracker.exports.tables import header_of, table_rows
from tracker.platforms.x_table import read_table_row
from tracker.records import Row

NAME = "TAGS CSV"
SLUG = "tags"
LOST = (
    "TAGS asked X's search, which went back a week and was never complete; reposts are cut, no post has counts, and ids that a "
    "spreadsheet damaged are lost where no address stands beside them."
)
NEEDED = {"id_str", "from_user", "text"}
ONE_OF = {"created_at", "status_url"}
IN_WORDS = "TAGS: at least id_str, from_user, text, and created_at or status_url"


def recognise(head: Head) -> bool:
    """A first line with the columns of TAGS."""
    return header_of(head.text, _is_header) is not None


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the first line of a row."""
    return table_rows(stream, _is_header, IN_WORDS, read_table_row)


def _is_header(names: Collection[str]) -> bool:
    return set(names) >= NEEDED and not ONE_OF.isdisjoint(names)
