"""4CAT: the CSV of a data set of posts of X (data sources twitterv2, twitter-import) or of Bluesky (bsky).

Columns: https://github.com/digitalmethodsinitiative/4cat, `map_item` of datasources/twitterv2, twitter-import and bsky. Columns
that processors of 4CAT or people added are passed over.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import BinaryIO

from tracker.exports.columns import Columns
from tracker.exports.head import Head
from tracker.exports.tables import header_of, table_rows
from tracker.platforms import bluesky_fourcat, x_fourcat
from tracker.records import Found, Lacking, Post, Row

NAME = "4CAT table (X, Bluesky)"
SLUG = "4cat"
LOST = (
    "4CAT collects once and does not look again: what was deleted before is missing, and what was deleted since may still be in "
    "it. Which post a repost repeats or a reply answers is mostly not said, and authors may have been taken out."
)
COMMON = (("id",), ("thread_id",), ("body",), ("timestamp", "unix_timestamp", "created_at"))
X = Columns(
    "4CAT (X)",
    needed=COMMON,
    typical=frozenset({"unix_timestamp", "language_guess", "retweet_count", "is_retweet", "retweeted_user", "is_quote_tweet"})
    | {"quoted_user", "is_reply", "replied_user", "impression_count", "author_fullname", "long_lat", "possibly_sensitive"},
    at_least=4,
)
BLUESKY = Columns(
    "4CAT (Bluesky)",
    needed=COMMON,
    typical=frozenset(
        {"repost_count", "quoted_post", "replied_to_post", "replied_to_user", "replies_allowed", "has_poll", "rank"}
    )
    | {"author_display_name", "author_profile", "author_avatar", "languages", "labels"},
    at_least=4,
)
COLUMNS = (X, BLUESKY)


def recognise(head: Head) -> bool:
    """A first line with the columns of either."""
    return header_of(head.text, X.fit) is not None or header_of(head.text, BLUESKY.fit) is not None


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the first line of a row."""
    return told_of_authors(table_rows(stream, _is_header, X.in_words, _read_row))


def _is_header(names: Collection[str]) -> bool:
    return X.fit(names) or BLUESKY.fit(names)


def _read_row(row: Mapping[str, str]) -> Post:
    return bluesky_fourcat.read_table_row(row) if _is_bluesky(tuple(row)) else x_fourcat.read_table_row(row)


@lru_cache(maxsize=8)
def _is_bluesky(names: tuple[str, ...]) -> bool:
    return BLUESKY.seen(names) > X.seen(names)


def told_of_authors(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows, and at their end of how many posts the author is not said."""
    posts = without = line = 0
    for row in rows:
        line = row.line
        if isinstance(row, Found):
            posts += 1
            without += row.post.author is None
        yield row
    if without:
        counted = f"{without:,} of its {posts:,} posts"
        yield Lacking(f"Who wrote {counted} is not said (4CAT can take authors out), so these count as nobody's.", line)
