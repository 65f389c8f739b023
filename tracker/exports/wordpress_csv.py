"""Comments of WordPress as a table: what plugins for exporting comments, WP-CLI (`wp comment list --format=csv`) and phpMyAdmin
write. Its columns are those of WordPress's own table, in any spelling (`comment_ID`, `Comment ID`).

Of the columns only those below are read; e-mail and IP addresses, websites and browsers are not kept anywhere.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import BinaryIO

from tracker.exports.columns import Columns
from tracker.exports.head import Head
from tracker.exports.tables import header_of, table_rows
from tracker.platforms.named_cells import without_nothing
from tracker.platforms.wordpress import has_only_local_time, read_comment
from tracker.records import Found, Lacking, Post, Row

NAME = "WordPress comments (CSV)"
SLUG = "wordpress-csv"
LOST = (
    "A table of WordPress's comments often names neither the site nor the post that a comment stands under; those who commented "
    "are known by a name that anyone can type."
)
ADDRESSES = ("post_url", "post_permalink", "permalink", "post_link", "comment_post_url", "guid")
KEPT = {
    "comment_id",
    "comment_author",
    "comment_content",
    "comment_approved",
    "comment_date_gmt",
    "comment_date",
    "comment_post_id",
    "comment_type",
    "comment_parent",
    *ADDRESSES,
}


def _either(*names: str) -> tuple[str, ...]:
    return tuple(spelled for name in names for spelled in (name, name.replace("_", " ")))


TABLE = Columns(
    "WordPress comments",
    needed=(
        _either("comment_id"),
        _either("comment_author"),
        _either("comment_content"),
        _either("comment_approved"),
        _either("comment_date_gmt", "comment_date"),
    ),
    typical=frozenset(_either("comment_id", "comment_author", "comment_content", "comment_post_id", "comment_date")),
    at_least=3,
)
COLUMNS = (TABLE,)
LOCAL = "The table gives times only by the clock of the site, without its zone; they are taken as UTC."
MOST_HELD = 1_000_000


def recognise(head: Head) -> bool:
    """A first line with the columns of WordPress's comments."""
    return header_of(head.text, TABLE.fit) is not None


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the first line of a row."""
    ids: dict[tuple[str, str], str] = {}
    local: list[bool] = []
    told = False
    for row in table_rows(stream, TABLE.fit, TABLE.in_words, partial(_read, ids, local), only=_is_read):
        yield row
        if local and not told and isinstance(row, Found):
            told = True
            yield Lacking(LOCAL, row.line)


def plain(name: str) -> str:
    """A column's name without capitals, with `_` for blanks and hyphens."""
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _is_read(name: str) -> bool:
    return plain(name) in KEPT


def _read(ids: dict[tuple[str, str], str], local: list[bool], row: Mapping[str, str]) -> Post:
    """A post from a row. `ids`: those of the comments above, by which an answer finds its own; `local`: told of local times."""
    item: dict[str, object] = {**without_nothing({plain(name): cell for name, cell in row.items()}, "comment_content")}
    address = next((cell for name in ADDRESSES if (cell := str(item.get(name) or "").strip())), "")
    page = address.partition("#")[0]
    item["post"] = {"guid": page, "link": page} if page else {}
    on = str(item.get("comment_post_id") or "")
    item["parent_id"] = ids.get((on, str(item.get("comment_parent") or "").strip()))
    post = read_comment(item)
    if has_only_local_time(item) and not local:
        local.append(True)
    if len(ids) < MOST_HELD:
        ids[on, str(item["comment_id"]).strip()] = post.native_id
    return post
