"""Sums over the whole debate: counted when the weeks are, read by the pages in no time."""

import sqlite3

from db.statements import statements

COUNTED = "counted"
"""The name under which `figures` says that it holds all of them."""


def count_figures(db: sqlite3.Connection) -> None:
    """Make every sum anew. The caller holds the transaction."""
    db.execute("delete from figures")
    for name, sql in statements("figures.sql").items():
        db.execute(f"insert into figures(name, key, value) select ?, key, value from ({sql.rstrip(';')})", [name])
    db.execute("insert into figures(name, key, value) values (?, '', 1)", [COUNTED])


def are_counted(db: sqlite3.Connection) -> bool:
    """Whether the sums have been counted since the store has a place for them."""
    return db.execute("select 1 from figures where name = ?", [COUNTED]).fetchone() is not None


def unread(db: sqlite3.Connection) -> int:
    """How many posts the live model has not read: as counted, or counted now while posts are coming in."""
    waiting = db.execute("select 1 from days_to_count limit 1").fetchone()
    if waiting is None and are_counted(db):
        return figures(db, "unread").get("", 0)
    return int(db.execute(statements("figures.sql")["unread"]).fetchone()[1])


def figures(db: sqlite3.Connection, name: str) -> dict[str, int]:
    """The sums of a name by their key: as they were counted, else counted now."""
    if are_counted(db):
        return dict(db.execute("select key, value from figures where name = ?", [name]).fetchall())
    return dict(db.execute(statements("figures.sql")[name]).fetchall())
