"""Brandwatch: "Bulk Mentions Download" (CSV, Excel), whose columns stand below a few lines that say what was exported.

Columns: https://developers.brandwatch.com/docs/mention-metadata-field-definitions
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from tracker.exports.columns import Columns
from tracker.exports.head import Head
from tracker.exports.suites import suite_rows
from tracker.exports.tables import header_below
from tracker.platforms.brandwatch import read_table_row
from tracker.records import Row

NAME = "Brandwatch mentions"
SLUG = "brandwatch"
LOST = (
    "Brandwatch holds what its query found and its licence covers, without the platforms' ids; of many mentions it gives only an "
    "excerpt, and of posts of X, as X's terms ask, often only the address."
)
TABLE = Columns(
    "Brandwatch",
    needed=(("url", "original url"), ("date", "date (utc)", "date (gmt)"), ("full text", "snippet", "title")),
    typical=frozenset(
        {"query id", "query name", "page type", "content source name", "thread entry type", "x author id", "snippet"}
    )
    | {"full text", "account type", "added", "assignment", "resource id", "mention id", "category details", "domain", "sentiment"}
    | {"thread author", "twitter author id", "bluesky author id", "engagement score", "mentioned authors", "checked", "starred"},
    at_least=4,
)
COLUMNS = (TABLE,)


def recognise(head: Head) -> bool:
    """A line with the columns of Brandwatch, below others or not."""
    return not head.keys and header_below(head.text, TABLE.fit) is not None


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the first line of a row."""
    return suite_rows(stream, TABLE, read_table_row)
