"""What one person takes out: the tables of exporting.toml, read as of one moment, a piece at a time.

Nothing says who wrote a post but a key that is made anew for each export and thrown away with it.
"""

import hashlib
import hmac
import json
import sqlite3
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from db.figures import figures
from db.reading import Row, rows_of
from db.reading_method import flow
from db.statements import statements

FILE = "exporting.sql"
WORDS = Path(__file__).with_name("exporting.toml")
AT_ONCE = 2000
"""Rows in memory at a time."""
KEY_LETTERS = 20
Cells = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table that is taken out. type: text, whole, number, flag, moment or day."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class TakenTable:
    """A table that is taken out."""

    name: str
    about: str
    columns: tuple[Column, ...]


def read_tables(words: Path = WORDS) -> tuple[TakenTable, ...]:
    """The tables that a file of words describes, in its order."""
    return tuple(
        TakenTable(name, told.pop("about"), tuple(Column(column, *about) for column, about in told.items()))
        for name, told in tomllib.loads(words.read_text(encoding="utf-8")).items()
    )


class Exporting:
    """The store as an export sees it. db: a connection that reads one moment; key: what the accounts' keys are made with.
    posts_days, held_until: the campaign's rule of how long posts are kept, and the last day of a study hold ('' without one)."""

    def __init__(self, db: sqlite3.Connection, key: bytes, *, posts_days: int, held_until: str) -> None:
        self._db = db
        self._key = key
        self._asked = {"kept_for": f"+{posts_days} days", "held_until": held_until}
        db.create_function("author_key", 1, lru_cache(maxsize=200_000)(self._author_key), deterministic=True)
        db.execute(statements(FILE)["make_shown"])

    def pieces(self, table: TakenTable) -> Iterator[list[Cells]]:
        """The rows of a table, some thousands at a time, flags as bool."""
        flags = [place for place, column in enumerate(table.columns) if column.type == "flag"]
        cursor = self._db.execute(statements(FILE)[table.name], self._asked)
        while piece := cursor.fetchmany(AT_ONCE):
            yield [_with_flags(row, flags) for row in piece] if flags else piece

    def left_out(self) -> Row:
        """How many posts are stored, and how many of them no export holds: hidden, gone, opted_out."""
        return self._read("left_out")

    def shown(self) -> Row:
        """What the table of posts holds: posts, people, of_x."""
        return self._read("shown")

    def kept(self) -> tuple[str | None, str | None]:
        """Until when the posts of others may be held: the first day on which one may not any more, and the last."""
        row = self._read("kept", **self._asked)
        return row["first"], row["last"]

    def flow(self) -> list[Cells]:
        """The table of that name."""
        rows = flow(figures(self._db, "shown"), figures(self._db, "outcomes"))
        return [(place, row["what"], row["posts"], row["lost"], row["why"]) for place, row in enumerate(rows, start=1)]

    def without_hidden_ids(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Rows of validation without ids of posts that the export leaves out, and without coders' names."""
        listed, coders = list(rows), dict[str, str]()
        keys = json.dumps(sorted({(row["platform"], row["native_id"]) for row in listed}))
        shown = {(row["platform"], row["native_id"]) for row in rows_of(self._db, FILE, "are_shown", keys=keys)}
        for row in listed:
            coder = coders.setdefault(row["coder"].casefold(), f"coder {len(coders) + 1}")
            known = (row["platform"], row["native_id"]) in shown
            post = row["native_id"] if known else f"left-out:{self._digest(row['platform'], row['native_id'])}"
            yield {**row, "coder": coder, "native_id": post}

    def _read(self, name: str, **asked: object) -> Row:
        return rows_of(self._db, FILE, name, **asked)[0]

    def _author_key(self, author_id: int | None) -> str | None:
        return None if author_id is None else self._digest(str(author_id))

    def _digest(self, *parts: str) -> str:
        return hmac.new(self._key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:KEY_LETTERS]


def last_erasure(db: sqlite3.Connection) -> int:
    """The number of the last forget in the audit; 0 before the first."""
    return int(rows_of(db, FILE, "erasures")[0]["last"])


def _with_flags(row: Cells, flags: Iterable[int]) -> Cells:
    cells = list(row)
    for place in flags:
        cells[place] = None if cells[place] is None else bool(cells[place])
    return tuple(cells)
