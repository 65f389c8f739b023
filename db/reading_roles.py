"""Named reads of what accounts with a public role wrote in this debate."""

import sqlite3
from collections.abc import Iterable

from db.desk import Entry
from db.reading import Row, cards, rows_of

NEWEST = 2


def _read(db: sqlite3.Connection, name: str, **asked: object) -> list[Row]:
    return rows_of(db, "reading_roles.sql", name, **asked)


def joined_in(db: sqlite3.Connection, roles: Iterable[Entry]) -> list[Row]:
    """Each noted account with what it wrote here: posts, reposts, first, last, newest (cards). Those that wrote nothing too."""
    return [{**role, **_of(db, role)} for role in roles]


def _of(db: sqlite3.Connection, role: Entry) -> Row:
    account = {name: role[name] for name in ("platform", "handle")}
    newest = [row["id"] for row in _read(db, "newest", **account, limit=NEWEST)]
    return {**_read(db, "written", **account)[0], "newest": cards(db, newest)}
