"""Social Feed Manager: its tables of tweets (CSV, TSV, Excel) of every era; those since 2018 are also what twarc 1's json2csv
writes. What it exports since X's second API is a table of twarc-csv.

Columns: https://github.com/gwu-libraries/sfm-ui and social-feed-manager, docs/data_dictionary.rst; twarc's json2csv.py.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from tracker.exports.columns import Columns
from tracker.exports.head import Head
from tracker.exports.tables import header_of, table_rows
from tracker.platforms.x_sfm import read_table_row
from tracker.records import Row

NAME = "Social Feed Manager table (also twarc 1's json2csv)"
SLUG = "sfm"
LOST = (
    "Social Feed Manager harvested at intervals, so it has what was there when it asked; reposts have the words and the likes of "
    "their originals, so their own counts are unknown, and line ends in texts are gone."
)
TABLE = Columns(
    "Social Feed Manager",
    needed=(
        ("id", "twitter_id"),
        ("user_screen_name", "screen_name"),
        ("text",),
        ("created_at", "parsed_created_at", "created_at_date"),
    ),
    typical=frozenset({"tweet_url", "twitter_url", "tweet_type", "parsed_created_at", "retweet_or_quote_id", "is_retweet_strict"})
    | {"reweet_or_quote_id", "twitter_id", "url1_expanded", "url1", "sfm_id", "is_quote", "user_screen_name", "user_time_zone"},
    at_least=2,
)
COLUMNS = (TABLE,)


def recognise(head: Head) -> bool:
    """A first line with the columns of Social Feed Manager."""
    return header_of(head.text, TABLE.fit) is not None


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the first line of a row."""
    return table_rows(stream, TABLE.fit, TABLE.in_words, read_table_row)
