"""DMI-TCAT: the CSV or TSV of its exports that hold posts (all, a random sample, those with a place, those with a language).

Columns: https://github.com/digitalmethodsinitiative/dmi-tcat, analysis/mod.export_tweets.php and mod.export_tweets_lang.php.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from tracker.exports.columns import Columns
from tracker.exports.head import Head
from tracker.exports.tables import header_of, table_rows
from tracker.platforms.x_dmi_tcat import read_table_row
from tracker.records import Row

NAME = "DMI-TCAT table"
SLUG = "dmi-tcat"
LOST = (
    "DMI-TCAT kept what X's stream gave while it ran: nothing from before, from gaps in the capture, or beyond the stream's "
    "limit. Its counts are those of the moment of capture, mostly 0; line ends in texts are gone, and older reposts are cut."
)
TABLE = Columns(
    "DMI-TCAT",
    needed=(("id",), ("from_user_name",), ("text",), ("created_at", "time")),
    typical=frozenset({"from_user_name", "from_user_id", "from_user_realname", "from_user_lang", "to_user_name", "filter_level"})
    | {"from_user_utcoffset", "from_user_followercount", "withheld_scope", "lat", "lng", "quoted_status_id", "time"},
)
COLUMNS = (TABLE,)


def recognise(head: Head) -> bool:
    """A first line with the columns of DMI-TCAT."""
    return header_of(head.text, TABLE.fit) is not None


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the first line of a row."""
    return table_rows(stream, TABLE.fit, TABLE.in_words, read_table_row)
