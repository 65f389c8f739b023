"""Meltwater: its export of mentions (CSV, Excel). What is called `.csv` is UTF-16 with tabs, sometimes with a line above all.

Columns: code that reads such exports; https://developer.meltwater.com names those of its API.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from tracker.exports.columns import Columns
from tracker.exports.head import Head
from tracker.exports.suites import suite_rows
from tracker.exports.tables import header_below
from tracker.platforms.meltwater import read_table_row
from tracker.records import Row

NAME = "Meltwater mentions"
SLUG = "meltwater"
LOST = (
    "Meltwater holds what its search found and its licence covers; of articles it gives an opening and the sentence that was "
    "found, times are those of whoever made the export, and one export ends after 20,000 or 50,000 rows."
)
CAPS = (20_000, 50_000)
TABLE = Columns(
    "Meltwater",
    needed=(("url",), ("date", "alternate date format"), ("hit sentence", "opening text")),
    typical=frozenset({"hit sentence", "opening text", "influencer", "reach", "key phrases", "keyphrases", "ave", "input name"})
    | {"desktop reach", "mobile reach", "national viewership", "twitter social echo", "editorial echo", "social echo", "headline"}
    | {"source type", "source domain", "source name", "author handle", "document id", "document tags", "keywords", "tweet id"}
    | {"alternate date format", "twitter screen name", "information type", "estimated views", "sentiment", "engagement"},
    at_least=4,
)
COLUMNS = (TABLE,)


def recognise(head: Head) -> bool:
    """A line with the columns of Meltwater, below others or not."""
    return not head.keys and header_below(head.text, TABLE.fit) is not None


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the first line of a row."""
    return suite_rows(stream, TABLE, read_table_row, CAPS)
