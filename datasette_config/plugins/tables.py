"""What Datasette's own pages of tables lack: names for their controls, ways to our page of a post, and an end to what one value
may hold."""

import re
import sqlite3
from typing import Any

from datasette import hookimpl
from markupsafe import Markup

SCRIPTED = ("table.html", "query.html", "database.html")
PAGE = re.compile(r"/post/\d+")
LONGEST = 20_000_000
"""Bytes of a value, in SQL that somebody types too: SQLite makes one within a single step, in which no time limit ends it
(https://www.sqlite.org/limits.html#max_length)."""


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Refuse longer values."""
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)


@hookimpl
def extra_js_urls(template: str | None) -> list[str]:
    """The one script of ours, for a page made from `template`; the pages that we make ourselves have none."""
    return ["/static/tables.js"] if template in SCRIPTED else []


@hookimpl
def extra_template_vars() -> dict[str, Any]:
    """No word of databases that are attached: there is the one, and what a search of ours kept aside for a moment (`temp`)."""
    return {"attached_databases": []}


@hookimpl
def render_cell(value: object, column: str) -> Markup | None:
    """A link where a ready-made question names the page of a post; None leaves the cell to Datasette."""
    if column == "page" and isinstance(value, str) and PAGE.fullmatch(value):
        return Markup('<a href="{0}">{0}</a>').format(value)
    return None
