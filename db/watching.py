"""Phrases, drift and emerging talk: what they are computed from, and where they are kept."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any

from db.folder import DataFolder
from db.statements import statements
from db.store import Store

SQL = "watching.sql"


def read(store: Store, name: str, **asked: object) -> list[dict[str, Any]]:
    """The rows of one of the reads in watching.sql."""
    return store.rows(statements(SQL)[name], asked)


def keep_watch_figures(
    store: Store,
    *,
    phrases: Iterable[Sequence[Any]],
    weeks: Iterable[Sequence[Any]],
    emerging: Iterable[Sequence[Any]],
) -> None:
    """Keep all figures, in place of those before, in one transaction. phrases: (theme, phrase, posts, coded, correct, fires_with,
    misleads); weeks: (week, posts, words, unseen, alarm); emerging: (kind, what, messages, before, people,
    examples, position). Lists become JSON."""
    rows = {
        "keep_phrase": [tuple(map(_plain, row)) for row in phrases],
        "keep_week": [tuple(map(_plain, row)) for row in weeks],
        "keep_emerging": [tuple(map(_plain, row)) for row in emerging],
    }

    def write(connection: sqlite3.Connection) -> None:
        for table in ("phrase_figures", "weekly_drift", "emerging_talk"):
            connection.execute(f"delete from {table}")
        for name, some in rows.items():
            connection.executemany(statements(SQL)[name], some)

    store.transaction(write)


def keep_weekly_shares(store: Store, shares: Iterable[Sequence[Any]]) -> None:
    """Keep each theme's share of the random sample by week, in place of those before: (week, theme, posts, given, share, low,
    high, alarm)."""
    rows = [(*row[:-1], row[-1] or None) for row in shares]

    def write(connection: sqlite3.Connection) -> None:
        connection.execute("delete from weekly_shares")
        connection.executemany(statements(SQL)["keep_share"], rows)

    store.transaction(write)


def days_of_posts(store: Store, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The local day of each of these posts that is here."""
    rows = store.rows(statements(SQL)["days_of_posts"], {"keys": json.dumps(keys)})
    return {(str(row["platform"]), str(row["native_id"])): str(row["day"]) for row in rows}


def days_in(folder: DataFolder, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The same, for who only reads; none where there is no store."""
    if not (keys and folder.exists()):
        return {}
    with closing(Store.open(folder, readonly=True)) as store:
        return days_of_posts(store, keys)


def _plain(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (tuple, list)) else value
