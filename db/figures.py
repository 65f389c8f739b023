"""Sums over the whole debate: counted when the weeks are (db/counting.py), read by the pages in no time."""

import sqlite3

from db.statements import statements

COUNTED = "counted"
"""The name under which `figures` says that it holds all of them."""
OF_PEOPLE = frozenset({"people", "theme_people", "people_by_day", "links"})
"""Sums of distinct people, which do not add up over posts."""
MOST = {"languages": 50, "most_reposted": 50, "most_answered": 50, "spoken": 200, "links": 200}
"""Of these only so many are kept, the largest; of equal ones those whose key comes first."""

OF_MANY_KEYS = frozenset({"links", "most_reposted", "most_answered"})
"""Whose keys are nearly as many as the posts: the index counters_by_value holds these, the largest first."""


def figure(name: str) -> str:
    """The statement that counts a sum anew over all posts there are: (key, value)."""
    sql = statements("figures.sql")[name].rstrip(";")
    return f"select key, value from ({sql}) as counted order by value desc, key limit {MOST[name]}" if name in MOST else sql


def are_counted(db: sqlite3.Connection) -> bool:
    """Whether the sums have been counted since the store has a place for them."""
    return db.execute("select 1 from figures where name = ?", [COUNTED]).fetchone() is not None


def unread(db: sqlite3.Connection) -> int:
    """How many posts the live model has not read: as counted, or counted now while posts are coming in."""
    waiting = db.execute("select 1 from days_to_count limit 1").fetchone()
    if waiting is None and are_counted(db):
        return figures(db, "unread").get("", 0)
    return int(db.execute("select (select count(*) from posts) - (select count(*) from post_readings)").fetchone()[0])


def figures(db: sqlite3.Connection, name: str) -> dict[str, int]:
    """The sums of a name by their key: as they were counted, else counted now."""
    if are_counted(db):
        return dict(db.execute("select key, value from figures where name = ?", [name]).fetchall())
    return dict(db.execute(figure(name)).fetchall())
