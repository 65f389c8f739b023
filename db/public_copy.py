"""public.db: built new from the tables of public.sql, and handed over onto the file that is being read.

The file is never replaced: Datasette would go on showing the old one. SQLite's backup API writes the whole of the new one in one
transaction into the served file's log (WAL), so that a page sees the old copy or the new one, and a kill leaves the old.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from db.opening import BUSY_SECONDS, MADE_AGAIN, storage_errors
from db.publishing import CountedBy, Quote, pairs_text
from db.reading import Row
from tracker.problems import StorageProblem
from tracker.told import Cell

SCHEMA = Path(__file__).with_name("public.sql")
ALWAYS = {"about", "cells", "coverage", "own_posts", "questions", "quotes", "theme_error", "themes"}
"""The tables that every public copy has, also one of an earlier version."""
LISTS = {("cells", "weeks"), ("cells", "subjects"), ("cells", "pairs"), ("themes", "renamed_from")}
CHECKPOINT_SECONDS = 10.0
PAGE_SIZE = 4096


@dataclass(frozen=True, slots=True)
class Contents:
    """All that goes into a public copy. cells: each with who counted it, and when it was first told. agreement: of all
    coders together, on the themes of which they counted."""

    about: Mapping[str, str]
    themes: Sequence[Row] = ()
    questions: Sequence[Row] = ()
    theme_error: Sequence[Row] = ()
    cells: Sequence[tuple[Cell, CountedBy, str]] = ()
    agreement: Sequence[Row] = ()
    coverage: Sequence[Row] = ()
    own_posts: Sequence[Row] = ()
    quotes: Sequence[Quote] = field(default=())


def build(path: Path, contents: Contents) -> None:
    """Write a new public copy to `path`, which must not exist."""
    with storage_errors(path), closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"pragma page_size = {PAGE_SIZE}")
        db.execute("pragma synchronous = off")  # whoever gives the file its place brings it to the disk
        db.executescript(SCHEMA.read_text(encoding="utf-8"))
        db.execute("begin")
        insert_contents(db, contents)
        db.execute("commit")
        db.execute("analyze")


def insert_contents(db: sqlite3.Connection, contents: Contents) -> None:
    """Write rows behind those that a copy has. The caller holds the transaction."""
    db.executemany("insert into about values (?, ?)", sorted(contents.about.items()))
    tables = {"themes": contents.themes, "questions": contents.questions, "theme_error": contents.theme_error}
    tables |= {"agreement": contents.agreement, "coverage": contents.coverage, "own_posts": contents.own_posts}
    tables["cells"] = [_cell_row(*cell) for cell in contents.cells]
    tables["quotes"] = [asdict(quote) for quote in contents.quotes]
    for table, rows in tables.items():
        if rows:
            names = list(rows[0])
            places = ", ".join(f":{name}" for name in names)
            db.executemany(f"insert into {table}({', '.join(names)}) values ({places})", rows)


def _cell_row(cell: Cell, by: CountedBy, told_at: str) -> Row:
    weeks = cell.weeks
    return {
        "kind": cell.kind,
        "subject": cell.subject,
        "level": cell.level,
        "first_week": weeks[0],
        "last_week": weeks[-1],
        "weeks": json.dumps(weeks),
        "subjects": json.dumps(sorted({subject for subject, _ in cell.pairs}), ensure_ascii=False),
        "pairs": pairs_text(cell.pairs),
        "posts": cell.posts,
        "people": cell.people,
        "model": by.model,
        "told_at": told_at,
        "counted_by": by.people,
    }


# ---- reading one -----------------------------------------------------------------------------------------------------


def shown_cells(path: Path) -> list[Row]:
    """The numbers that a public copy shows, as the store keeps them; [] where there is none. One that was made before does not
    say of any that people counted it."""
    names = ("kind", "subject", "level", "pairs", "posts", "people", "model", "told_at")
    rows = _rows(path, "select * from cells order by id")
    return [{**{name: row[name] for name in names}, "counted_by": row.get("counted_by")} for row in rows]


def shown_own_posts(path: Path) -> list[Row]:
    """The campaign's own posts in a public copy."""
    return _rows(path, "select id, platform, url, created_at, text from own_posts order by id")


def shown_quotes(path: Path) -> list[Row]:
    """The quotes in a public copy."""
    return _rows(path, "select id, text, paraphrased, agreed_on from quotes order by id")


def shown_links(path: Path) -> list[Row]:
    """The numbers about links in a public copy: id, the address, and the weeks as JSON."""
    return _rows(path, "select id, subject, weeks from cells where kind = 'link' order by id")


def about(path: Path) -> dict[str, str]:
    """What a public copy says of itself; {} where there is none."""
    return {row["name"]: row["value"] for row in _rows(path, "select name, value from about")}


Where = Mapping[str, tuple[str, Sequence[str]]]
"""Of which rows of a table something is asked: a condition, and what it asks for; a table that is not named is asked whole."""


def texts_of(path: Path, where: Where) -> Iterator[tuple[str, str, str]]:
    """Every text in a public copy, once: (table, column, text); of a list that is written as JSON, each text in it."""
    with storage_errors(path), reading(path) as db:
        for table, columns in _schema(db).items():
            rows, asked = where.get(table, ("true", ()))
            for name in columns:
                found = f'select distinct "{name}" from "{table}" not indexed where typeof("{name}") = \'text\' and {rows}'
                texts = db.execute(found, tuple(asked))
                said: Iterable[str] = (value for (value,) in texts)
                if (table, name) in LISTS:
                    said = dict.fromkeys(text for value in said for text in _strings(json.loads(value)))
                yield from ((table, name, value) for value in said)


def count_smaller(path: Path, smallest: int, where: Where) -> int:
    """How many numbers have fewer people behind them."""
    rows, asked = where.get("cells", ("true", ()))
    with storage_errors(path), reading(path) as db:
        count = db.execute(f"select count(*) from cells where people < ? and {rows}", (smallest, *asked))
        return int(count.fetchone()[0])


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _strings(each)
    else:
        yield str(value)


def differs_from_schema(path: Path) -> list[str]:
    """Tables and columns of a public copy that public.sql does not have, or that it lacks."""
    with closing(sqlite3.connect(":memory:")) as model:
        model.executescript(SCHEMA.read_text(encoding="utf-8"))
        allowed = {f"{table}.{name}" for table, names in _schema(model).items() for name in names}
    with storage_errors(path), reading(path) as db:
        there = {f"{table}.{name}" for table, names in _schema(db).items() for name in names}
    return sorted(allowed ^ there)


def _schema(db: sqlite3.Connection) -> dict[str, list[str]]:
    tables = [name for (name,) in db.execute("select name from sqlite_master where type in ('table', 'view') order by name")]
    kept = [name for name in tables if not name.startswith("sqlite_")]
    return {table: [row[1] for row in db.execute(f'pragma table_info("{table}")')] for table in kept}


def _rows(path: Path, sql: str) -> list[Row]:
    if not is_there(path):
        return []
    with storage_errors(path), reading(path) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(sql)]


def is_there(path: Path) -> bool:
    """Whether a public copy lies there; the first hand-over, killed, leaves an empty file, or one without a table. Raises
    StorageProblem where a file lies there that is none."""
    if not path.is_file() or path.stat().st_size == 0:
        return False
    with storage_errors(path), reading(path) as db:
        tables = _schema(db).keys()
    if tables and not tables >= ALWAYS:
        raise StorageProblem(
            f"{path} is not a public copy.",
            why=f"It has no table {', '.join(sorted(ALWAYS - tables))}, which each of them has.",
            safe="Nothing was written to it.",
            next_step=f"Move it out of {path.parent}, if it is still needed elsewhere, else delete it. {MADE_AGAIN}",
        )
    return bool(tables)


def problem_with(path: Path) -> StorageProblem | None:
    """Why what lies there cannot be shown; None where it is a public copy and whole, or there is none."""
    try:
        if is_there(path) and (said := _said_of(path, "integrity_check(3)")) != ["ok"]:
            raise StorageProblem(f"{path} is damaged.", why=f"SQLite says: {'; '.join(said)}.", next_step=MADE_AGAIN)
    except StorageProblem as problem:
        return problem
    return None


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A public copy, for reading only."""
    address = f"{path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_SECONDS)) as db:
        yield db


def drop_damaged(path: Path) -> bool:
    """Delete a public copy that cannot be read any more, with its log: what it told is in the store, and nobody could be taken
    out of it. Whether it was damaged."""
    if not path.is_file() or path.stat().st_size == 0 or _is_whole(path):
        return False
    for part in ("", "-wal", "-shm"):
        path.with_name(f"{path.name}{part}").unlink(missing_ok=True)
    return True


def _is_whole(path: Path) -> bool:
    try:
        return _said_of(path, "quick_check(1)") == ["ok"]
    except StorageProblem as problem:
        if getattr(problem.__cause__, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        return False


def _said_of(path: Path, check: str) -> list[str]:
    """What SQLite finds in a file (https://sqlite.org/pragma.html#pragma_integrity_check); ["ok"] where it is whole."""
    with storage_errors(path), reading(path) as db:
        return [" ".join(str(said).split()) for (said,) in db.execute(f"pragma {check}")]


# ---- handing over ----------------------------------------------------------------------------------------------------


def hand_over(candidate: Path, served: Path) -> bool:
    """Put what `candidate` holds in the place of what `served` holds, while it is being read. Whether the log could be emptied
    too; if not, a later hand-over does it, and nobody sees a difference."""
    with storage_errors(served), closing(sqlite3.connect(served, isolation_level=None, timeout=BUSY_SECONDS)) as there:
        there.execute(f"pragma page_size = {PAGE_SIZE}")
        there.execute("pragma journal_mode = wal")
        there.execute("pragma synchronous = full")
        with closing(sqlite3.connect(candidate)) as new:
            new.backup(there)
        return empty_log(there)


def empty_log(db: sqlite3.Connection) -> bool:
    """Carry the log over into the file and cut it to nothing; tried again while pages are being read."""
    end = time.monotonic() + CHECKPOINT_SECONDS
    db.execute("pragma busy_timeout = 200")
    while True:
        busy, _, _ = db.execute("pragma wal_checkpoint(truncate)").fetchone()
        if not busy or time.monotonic() > end:
            return not busy
        time.sleep(0.05)


def in_log(path: Path) -> int:
    """How many bytes wait in the log of a copy: some do where it could not be emptied, since pages were being read."""
    there = path.resolve()
    log = there.with_name(f"{there.name}-wal")
    return log.stat().st_size if log.exists() else 0


def take_out(path: Path, *, own_posts: Sequence[int], quotes: Sequence[int], links: Sequence[int] = ()) -> bool:
    """Delete some own posts, quotes and numbers about links from a public copy, leaving no trace in the file. Whether its log
    could be emptied too."""
    with storage_errors(path), closing(sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)) as db:
        db.execute("pragma secure_delete = on")
        db.execute("begin immediate")
        db.executemany("delete from own_posts where id = ?", [(number,) for number in own_posts])
        db.executemany("delete from quotes where id = ?", [(number,) for number in quotes])
        db.executemany("delete from cells where id = ?", [(number,) for number in links])
        db.execute("commit")
        db.execute("vacuum")
        return empty_log(db)
