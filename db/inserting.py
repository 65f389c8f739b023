"""Many rows with one statement.

`executemany` binds, steps and resets the statement for each row, which takes longer than SQLite needs for a short row; and
full-text search writes what it holds at the end of each statement, so a statement a row took it five times as long.
"""

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

ROWS_AT_ONCE = 250


def insert_rows(db: sqlite3.Connection, into: str, rows: Sequence[tuple[object, ...]], *, otherwise: str = "") -> None:
    """Insert rows of one length. `into`: the statement up to `values`; `otherwise`: its `on conflict` clause."""
    for first in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[first : first + ROWS_AT_ONCE]
        db.execute(_statement(into, len(some[0]), len(some), otherwise), list(chain.from_iterable(some)))


@lru_cache(maxsize=128)
def _statement(into: str, columns: int, rows: int, otherwise: str) -> str:
    one = f"({', '.join('?' * columns)})"
    return f"{into} values {', '.join([one] * rows)} {otherwise}"
