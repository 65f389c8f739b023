"""What Datasette's own pages of tables lack: names for their controls, ways to our page of a post, and an end to what one value
and one answer may hold."""

import re
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

from datasette import hookimpl
from markupsafe import Markup

from datasette_config.plugins.counts_away import COUNTING
from datasette_config.plugins.pages import look_at_store
from db.dictionary import CLOSED
from db.reading import Row
from db.reading_away import theme_lines

SCRIPTED = ("table.html", "query.html", "database.html")
PAGE = re.compile(r"/post/\d+")
LONGEST = 20_000_000
"""Bytes of a value, in SQL that somebody types too: SQLite makes one within a single step, in which no time limit ends it
(https://www.sqlite.org/limits.html#max_length)."""
MOST = 100_000_000
"""Characters and bytes of all rows of an answer, which Python holds at once."""
HEAP = 500_000_000
"""Bytes that SQLite may take in this process at a time, for what stands side by side in a row
(https://www.sqlite.org/pragma.html#pragma_hard_heap_limit)."""
_TAKEN: WeakKeyDictionary[sqlite3.Cursor, int] = WeakKeyDictionary()
"""What the rows of each question come to so far."""


class BoundedRow(sqlite3.Row):
    """A row of an answer that is not too large. Raises sqlite3.OperationalError at the row that makes it so."""

    def __new__(cls, cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> "BoundedRow":
        """What sqlite3 makes of each row that it fetches."""
        taken = _TAKEN.get(cursor, 0) + sum(len(value) for value in values if isinstance(value, (str, bytes)))
        if taken > MOST:
            raise sqlite3.OperationalError("the answer is larger than 100 MB: ask for fewer rows, or for shorter values")
        _TAKEN[cursor] = taken
        return super().__new__(cls, cursor, values)


def _may_be_asked(action: int, one: str | None, two: str | None, *_: object) -> int:
    """What SQLite asks while it reads a statement (https://www.sqlite.org/c3ref/set_authorizer.html). Where the store lies is not
    told, nor where in memory a tokenizer does."""
    where_files_lie = action == sqlite3.SQLITE_READ and one is not None and one.lower() == "pragma_database_list"
    in_memory = action == sqlite3.SQLITE_FUNCTION and two is not None and two.lower() == "fts3_tokenizer"
    return sqlite3.SQLITE_DENY if where_files_lie or in_memory else sqlite3.SQLITE_OK


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Refuse longer values, larger answers, and what tells of this machine."""
    conn.set_authorizer(_may_be_asked)
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    conn.execute(f"pragma hard_heap_limit = {HEAP}")
    conn.row_factory = BoundedRow


@hookimpl
def extra_js_urls(template: str | None) -> list[str]:
    """The one script of ours, for a page made from `template`; the pages that we make ourselves have none."""
    return ["/static/tables.js"] if template in SCRIPTED else []


@hookimpl
def extra_template_vars(datasette: Any, request: Any, table: str | None, view_name: str) -> Callable[[], Awaitable[Row]]:
    """No word of databases that are attached: there is the one, and what a search of ours kept aside for a moment (`temp`). Which
    tables a row has no ways to, since they have no page. And how well each theme is found, beside its numbers."""

    async def told() -> Row:
        known: Row = {"attached_databases": [], "closed_tables": CLOSED}
        if view_name in ("table", "row") and table in COUNTING:
            seen = await look_at_store(datasette, request, lambda db: {"how_well": [*theme_lines(db)]})
            known["how_well"] = seen["how_well"]
        return known

    return told


@hookimpl
def render_cell(value: object, column: str) -> Markup | None:
    """A link where a ready-made question names the page of a post; None leaves the cell to Datasette."""
    if column == "page" and isinstance(value, str) and PAGE.fullmatch(value):
        return Markup('<a href="{0}">{0}</a>').format(value)
    return None
