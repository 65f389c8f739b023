"""TAGS: the CSV of an archive sheet in Google Sheets, with commas or tabs, its columns in any order.

Spreadsheets damage ids (1.26426E+18), so the id is taken from `status_url`, and a row without either is refused. The column
`time` is the sheet's own local time and is never used.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from tracker.exports.columns import Columns
from tracker.exports.head import Head
from tracker.exports.tables import header_of, table_rows
from tracker.platforms.named_cells import by_folded_names
from tracker.platforms.x_table import read_table_row
from tracker.records import Row

NAME = "TAGS CSV"
SLUG = "tags"
LOST = (
    "TAGS asked X's search, which went back a week and was never complete; reposts are cut, no post has counts, and ids that a "
    "spreadsheet damaged are lost where no address stands beside them."
)
TABLE = Columns(
    "TAGS",
    needed=(("id_str",), ("from_user",), ("text",), ("created_at", "status_url")),
    typical=frozenset({"from_user", "geo_coordinates", "user_lang", "from_user_id_str", "in_reply_to_user_id_str", "status_url"})
    | {"user_followers_count", "profile_image_url", "entities_str", "id_str"},
)
COLUMNS = (TABLE,)


def recognise(head: Head) -> bool:
    """A first line with the columns of TAGS."""
    return header_of(head.text, TABLE.fit) is not None


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the first line of a row."""
    return table_rows(stream, TABLE.fit, TABLE.in_words, lambda row: read_table_row(by_folded_names(row)))
