"""A public copy that begins from the one that is served, and the little that is other in it.

It begins only from bytes that are, but for what SQLite counts in their head, those that were looked over and handed over: the
store keeps their digest. Whatever else lies there is not begun from. Nor is anything taken out of a copy so, or said otherwise
in it: then it is built new.
"""

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from db.opening import BUSY_SECONDS, storage_errors
from db.public_copy import Contents, empty_log, in_log, insert_contents, reading
from db.reading import Row
from db.store import Store

KNOWN = "public_copy"
"""The setting that says what is known of the copy that was handed over last; a trigger of published_cells deletes it."""
HEAD = 100
COUNTED_BY_SQLITE = ((18, 20), (24, 28), (40, 44), (92, 100))
"""Where the head of a file says how it is written to, how often it was, and by which SQLite; handing over changes these
(https://sqlite.org/fileformat.html#the_database_header)."""
ROLLBACK = b"\x01\x01"
"""At 18 in the head: no log beside the file."""

Stands = tuple[int, ...]
"""By what a file is known not to have been written to: which it is, its size, when it was changed; the size of its log."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of the copy that it handed over last. digest: of its bytes; rules: by what it was made and looked
    over; built: when it, or the one that it began from, was built new (UTC); chain: the digest of all numbers in it, in their
    order; told: the last number of published_cells that there was."""

    digest: str
    rules: str
    built: str
    chain: str
    told: int = 0


@dataclass(frozen=True, slots=True)
class Base:
    """A copy of the served one, to begin from. stands: how the served one stood; posts, weeks: how many posts by others it shows,
    of which weeks."""

    known: Known
    stands: Stands
    posts: int
    weeks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Growth:
    """What is to be written into a copy. more: what comes behind the rows that it has; about: what it says otherwise of itself;
    asked, asked_before: rows of coverage that come, and that go. places: the last id of each table that grows."""

    more: Contents
    about: Mapping[str, str]
    asked: Sequence[Row]
    asked_before: Sequence[Row]
    places: Mapping[str, int]

    def rows(self) -> dict[str, tuple[str, list[str]]]:
        """Which rows of each table are looked at: (condition, what is asked for)."""
        written = {table: (f"id > {place}", list[str]()) for table, place in self.places.items()}
        written["about"] = ("name in (select value from json_each(?))", [json.dumps(list(self.about))])
        written["coverage"] = ("week in (select value from json_each(?))", [json.dumps([row["week"] for row in self.asked])])
        return written | {table: ("false", []) for table in ("themes", "questions", "theme_error", "agreement")}


# ---- what is known of the served copy --------------------------------------------------------------------------------


def known_copy(db: sqlite3.Connection) -> Known | None:
    """What the store knows of the copy that it handed over last."""
    told = db.execute("select value from settings where name = ?", [KNOWN]).fetchone()
    return Known(**json.loads(told[0])) if told else None


def keep_known(store: Store, known: Known) -> None:
    """Keep what is known of the copy that was handed over; it was made of all numbers that there are."""

    def work(db: sqlite3.Connection) -> None:
        told = db.execute("select coalesce(max(id), 0) from published_cells").fetchone()[0]
        value = json.dumps(asdict(replace(known, told=told)))
        db.execute("insert or replace into settings(name, value) values (?, ?)", [KNOWN, value])

    store.transaction(work)


def digest_of(path: Path) -> str:
    """A digest of a copy's bytes but for what SQLite counts in their head."""
    return _digest(path.read_bytes())


def _digest(held: bytes) -> str:
    head = bytearray(held[:HEAD])
    for first, last in COUNTED_BY_SQLITE:
        head[first:last] = bytes(last - first)
    digest = hashlib.sha256(head)
    digest.update(memoryview(held)[HEAD:])
    return digest.hexdigest()


def stands(path: Path) -> Stands:
    """How a file stands now."""
    said = path.stat()
    return (said.st_dev, said.st_ino, said.st_size, said.st_mtime_ns, in_log(path))


def begin_from(served: Path, candidate: Path, known: Known) -> Base | None:
    """Copy what is served to `candidate`, if it is what was handed over, to the byte, and nothing waits in its log; else None."""
    if not served.is_file() or (how := stands(served))[-1]:
        return None
    held = served.read_bytes()
    if _digest(held) != known.digest:
        return None
    candidate.touch(mode=0o600)
    with candidate.open("wb") as file:
        file.write(held)
        file.seek(18)
        file.write(ROLLBACK)
    with storage_errors(candidate), reading(candidate) as db:
        posts = int(db.execute("select value from about where name = 'posts'").fetchone()[0])
        told = db.execute("select distinct value from cells, json_each(cells.weeks) where kind = 'posts'")
        return Base(known, how, posts, frozenset(week for (week,) in told))


# ---- what is other ---------------------------------------------------------------------------------------------------


def growth_of(candidate: Path, contents: Contents) -> Growth | None:
    """What is to be written into a copy so that it holds `contents`, whose cells are those that it does not show yet. None where
    something would have to be taken out or said otherwise, but for what it says of itself and of what was asked."""
    with storage_errors(candidate), reading(candidate) as db:
        words = {"themes": contents.themes, "questions": contents.questions, "theme_error": contents.theme_error}
        words["agreement"] = contents.agreement
        if not all(_holds(db, table, rows) for table, rows in words.items()):
            return None
        quotes = [asdict(quote) for quote in contents.quotes]
        more = {"own_posts": _behind(db, "own_posts", contents.own_posts), "quotes": _behind(db, "quotes", quotes)}
        if more["own_posts"] is None or more["quotes"] is None:
            return None
        about = dict(db.execute("select name, value from about"))
        if about.keys() != contents.about.keys():
            return None
        before = set(_rows(db, "coverage", ("week", "source", "status")))
        now = {tuple(row.values()) for row in contents.coverage}
        places = {table: db.execute(f"select coalesce(max(id), 0) from {table}").fetchone()[0] for table in ("cells", *more)}
    return Growth(
        Contents(
            about={},
            cells=contents.cells,
            own_posts=more["own_posts"],
            quotes=contents.quotes[len(contents.quotes) - len(more["quotes"]) :],
        ),
        {name: value for name, value in contents.about.items() if about[name] != value},
        [row for row in contents.coverage if tuple(row.values()) not in before],
        [dict(zip(("week", "source", "status"), row, strict=True)) for row in sorted(before - now)],
        places,
    )


def _holds(db: sqlite3.Connection, table: str, rows: Sequence[Row]) -> bool:
    """Whether a table holds just these rows."""
    there = db.execute(f"select count(*) from {table}").fetchone()[0]
    names = list(rows[0]) if rows else []
    return there == len(rows) and (not rows or set(_rows(db, table, names)) == {tuple(row.values()) for row in rows})


def _behind(db: sqlite3.Connection, table: str, rows: Sequence[Row]) -> Sequence[Row] | None:
    """Those of these rows that come behind the rows of the table; None where it does not hold the others as they are."""
    if not rows:
        return rows if db.execute(f"select 1 from {table} limit 1").fetchone() is None else None
    there = _rows(db, f"{table} order by id", list(rows[0]))
    return rows[len(there) :] if there == [tuple(row.values()) for row in rows[: len(there)]] else None


def _rows(db: sqlite3.Connection, table: str, names: Sequence[str]) -> list[tuple[object, ...]]:
    return db.execute(f"select {', '.join(names)} from {table}").fetchall()


# ---- writing it ------------------------------------------------------------------------------------------------------


def grow(candidate: Path, growth: Growth) -> None:
    """Write it into a copy that nobody sees yet."""
    with storage_errors(candidate), closing(sqlite3.connect(candidate, isolation_level=None)) as db:
        db.execute("pragma journal_mode = memory")
        db.execute("pragma synchronous = off")  # whoever gives the file its place brings it to the disk
        _write(db, growth)


def hand_over_growth(growth: Growth, served: Path) -> bool:
    """Write it into the copy that is served, in one transaction, while that is being read. Whether the log could be emptied."""
    with storage_errors(served), closing(sqlite3.connect(served, isolation_level=None, timeout=BUSY_SECONDS)) as db:
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        _write(db, growth)
        return empty_log(db)


def _write(db: sqlite3.Connection, growth: Growth) -> None:
    """The same statements in the same order, so that both files come to be the same."""
    db.execute("pragma secure_delete = on")
    db.execute("begin immediate")
    db.executemany("update about set value = ? where name = ?", [(value, name) for name, value in sorted(growth.about.items())])
    gone = "delete from coverage where week = :week and source = :source and status = :status"
    db.executemany(gone, growth.asked_before)
    db.executemany("insert into coverage(week, source, status) values (:week, :source, :status)", growth.asked)
    insert_contents(db, growth.more)
    db.execute("commit")
