"""Opening a SQLite file the one way this house does, and saying in words what went wrong with one.

Settings: WAL, synchronous=FULL (a night writes once; durability costs nothing there), foreign keys on, busy timeout 30 s,
secure_delete on (what is deleted is overwritten). trusted_schema stays on: SQLite 3.40 refuses the full-text table in our own
triggers without it ("unsafe use of virtual table").
Writing transactions begin IMMEDIATE: a plain BEGIN that reads first and writes later fails at once, whatever the timeout, when
another writer came between (SQLITE_BUSY_SNAPSHOT).
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from sqlite_utils import Database, Migrations

from db.folder import put_back
from tracker.problems import FullDisk, HeldStore, PermissionProblem, Problem, StorageProblem

BUSY_SECONDS = 30.0
CACHE_KB = 32 * 1024
"""Of each store, where it is written: an import touches a leaf of every index for each post."""
PAGES_IN_WAL = 8000
"""32 MB are written anew before they are carried over into the file: a page that many posts touch is then carried once."""

SPELLED_EITHER_WAY = re.compile(r"[\s\"'`\[\]]")


def open_database(path: Path, migrations: Migrations, *, readonly: bool = False) -> Database:
    """Open `path`, creating and migrating it unless `readonly`. Raises StorageProblem or PermissionProblem."""
    with storage_errors(path), _unreadable_names(path):
        if readonly:
            _undo_what_was_cut_off(path)
        address = f"{path.resolve().as_uri()}?mode=ro" if readonly else str(path)
        connection = sqlite3.connect(address, uri=readonly, isolation_level=None, timeout=BUSY_SECONDS)
        connection.execute("pragma foreign_keys = on")
        db = Database(connection)
        _refuse_newer(db, path, migrations)
        for (table,) in connection.execute("select name from sqlite_master where sql like 'create virtual table%'").fetchall():
            connection.execute(f"select 1 from [{table}] limit 0")  # reads its settings: damage to them is found before a write
        if not readonly:
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = full")
            connection.execute("pragma secure_delete = on")
            connection.execute(f"pragma cache_size = -{CACHE_KB}")
            connection.execute(f"pragma wal_autocheckpoint = {PAGES_IN_WAL}")
            if migrations.pending(db):
                _bring_up_to_date(db, path, migrations)
            refuse_another_schema(db, path, migrations)
        return db


def _undo_what_was_cut_off(path: Path) -> None:
    """A run that was killed while it made a store leaves a journal beside it, and then nobody may read before somebody who may
    write has undone that part (https://sqlite.org/lockingv3.html#hot_journals). SQLite does it at the first read."""
    if path.with_name(f"{path.name}-journal").exists():
        connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
        try:
            connection.execute("select 1 from sqlite_master").fetchone()
        finally:
            connection.close()


def _refuse_newer(db: Database, path: Path, migrations: Migrations) -> None:
    """A store made by a newer program is left alone: its steps are not ours to guess."""
    if "_sqlite_migrations" not in db.table_names():
        return
    there = db.execute("select name from _sqlite_migrations where migration_set = ?", [migrations.name]).fetchall()
    unknown = sorted({name for (name,) in there} - _steps_of(migrations))
    if unknown:
        raise StorageProblem(
            f"{path} was made by a newer version of this program.",
            why=f"It has the schema steps {', '.join(unknown)}, which this version does not know.",
            safe="Nothing was changed.",
            next_step="Install the newer version again, or restore a backup made by this one.",
        )


def _bring_up_to_date(db: Database, path: Path, migrations: Migrations) -> None:
    try:
        if db.table_names():
            migrations.apply(db)
        else:
            _make(db, migrations)
    except sqlite3.OperationalError as error:
        if (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF != sqlite3.SQLITE_ERROR:
            raise  # the disk is full, another program holds it
        raise StorageProblem(
            f"{path} cannot be brought up to date.",
            why=f"A step of its schema cannot be done. SQLite says: {error}.",
            safe="The step in hand was undone, and no post is lost by it.",
            next_step=f"{put_back(path)} If the same is said of that, please report it.",
        ) from error


def _make(db: Database, migrations: Migrations) -> None:
    """Make a new store in one transaction, as all steps leave one. Taking the steps would take five times as long."""
    with db.atomic():
        for _, statement in _made_by(migrations):
            db.execute(statement)
        now = str(datetime.now(UTC))
        kept = [(migrations.name, step.name, now) for step in migrations.pending(db)]
        db.conn.executemany("insert into _sqlite_migrations(migration_set, name, applied_at) values (?, ?, ?)", kept)


def refuse_another_schema(db: Database, path: Path, migrations: Migrations) -> None:
    """A letter that changed within the schema's own words is damage of which SQLite says nothing before a statement meets it, and
    then that there is no such column. What others added is theirs."""
    there = _schema(db)
    changed = sorted(name for name, words in _schema_of(migrations).items() if there.get(name) != words)
    if changed:
        raise _damaged(path, f"Its schema is not the one that this program made, at {', '.join(changed)}.")


@cache
def _steps_of(migrations: Migrations) -> frozenset[str]:
    return frozenset(step.name for step in migrations.pending(Database(memory=True)))


@cache
def _schema_of(migrations: Migrations) -> dict[str, str]:
    return _spelled(_made_by(migrations))


@cache
def _made_by(migrations: Migrations) -> list[tuple[str, str]]:
    """The (name, words) of each table, index, view and trigger that all steps leave, in an order in which they can be made."""
    db = Database(memory=True)
    migrations.apply(db)
    made = _words(db)
    db.close()
    return made


def _schema(db: Database) -> dict[str, str]:
    return _spelled(_words(db))


def _spelled(words: list[tuple[str, str]]) -> dict[str, str]:
    """Names and words, without SQLite's own and without what its versions write each in their way."""
    return {name: SPELLED_EITHER_WAY.sub("", sql).casefold() for name, sql in words if "sqlite_" not in name}


def _words(db: Database) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = db.execute(
        "select name, sql from sqlite_master where sql is not null "
        "and name not in (select name from pragma_table_list where type = 'shadow') order by type <> 'table', rowid"
    ).fetchall()
    return rows


@contextmanager
def writing(db: Database, path: Path) -> Iterator[sqlite3.Connection]:
    """One IMMEDIATE transaction: all of it is kept, or nothing. Raises StorageProblem in words."""
    connection = db.conn
    with storage_errors(path):
        connection.execute("begin immediate")
        try:
            yield connection
            connection.execute("commit")
        except BaseException:
            if connection.in_transaction:
                connection.execute("rollback")
            raise


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite says of `path` into a Problem with advice. A wrong statement stays what it is: a bug."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        problem = _in_words(path, error)
        if problem is None:
            raise
        raise problem from error


@contextmanager
def _unreadable_names(path: Path) -> Iterator[None]:
    """While a store is opened: names of its tables and columns that are no UTF-8 are damage, and SQLite does not say so."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise _damaged(path, f"It holds a name that cannot be read: {error}.") from error


SAFE = "What was stored before is still there; the part in hand was undone."
UNREADABLE, UNKNOWN_TOKENIZER = "Could not decode to UTF-8", "tokenizer"
"""How Python's sqlite3 says that a text is none, and SQLite that a full-text table is set in a way which it does not know: these
errors have no code of their own, and no statement of ours can bring them about."""


PUBLIC = "public.db"
MADE_AGAIN = "Run `debate-tracker publish`: it makes the copy again, with the numbers that were told. No backup holds it."


def _damaged(path: Path, why: str) -> StorageProblem:
    backup = f"Keep a copy of it. {put_back(path)}"
    return StorageProblem(
        f"{path} is damaged, or is not a store of this program.",
        why=why,
        safe="Nothing was written to it and nothing was deleted.",
        next_step=MADE_AGAIN if path.name == PUBLIC else backup,
    )


def _in_words(path: Path, error: sqlite3.DatabaseError) -> Problem | None:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    what = f"The store {path} could not be used."
    why = f"SQLite says: {error}."
    if code == sqlite3.SQLITE_FULL or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_IOERR_SHMSIZE:
        return FullDisk(
            f"The disk is full: {path} could not grow.",
            why=why,
            safe=SAFE,
            next_step=f"Free some space where {path.parent} lies, then run the same command again.",
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return HeldStore(
            f"Another program holds {path}.",
            why=f"It was locked for more than {BUSY_SECONDS:.0f} seconds. {why}",
            safe=SAFE,
            next_step="Close the program that has it open for writing, then run the same command again.",
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or any(it in str(error) for it in (UNREADABLE, UNKNOWN_TOKENIZER)):
        return _damaged(path, why)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return PermissionProblem(
            f"{path} may not be written by this user.",
            why=why,
            safe=SAFE,
            next_step=f"Run as the user who owns {path.parent}, or give this user the right to write there.",
        )
    if code == sqlite3.SQLITE_CANTOPEN:
        return StorageProblem(
            f"{path} cannot be opened.",
            why=why,
            safe=SAFE,
            next_step=f"Look whether {path.parent} exists and may be read.",
        )
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOLFS):
        return StorageProblem(
            what,
            why=why,
            safe=SAFE,
            next_step="Check the disk (is it full, or failing?), then run the same command again.",
        )
    return None
