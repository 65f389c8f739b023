"""Phrases, drift and emerging talk: what they are computed from, and where they are kept."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

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
    misleads); weeks: (week, posts, words, unseen, alarm); emerging: (kind, what, posts, before, examples). Lists become JSON."""
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


def _plain(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (tuple, list)) else value
