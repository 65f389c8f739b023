"""Copies of stores for backups: consistent while others write, whole, and with known numbers of rows."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db import migrations
from db.opening import open_database, storage_errors
from tracker.problems import StorageProblem
from tracker.telling import count

STORES = {"tracker.db": migrations.tracker, "raw.db": migrations.raw, "labels.db": migrations.labels}
"""What a backup holds of a data folder's stores. forgotten.db and its key are kept apart from backups."""
FIRST_FAULTS = 3


def copy_store(source: Path, target: Path) -> None:
    """Write a compact copy of a store as it is at one moment; others may write on meanwhile. Raises StorageProblem."""
    with storage_errors(source), _reading(source) as connection:
        connection.execute("vacuum into ?", [str(target)])


def rows_by_table(path: Path) -> dict[str, int]:
    """How many rows each table of a store holds, full-text indexes aside (their table is the posts')."""
    with storage_errors(path), _reading(path) as connection:
        names = [name for (name,) in connection.execute(TABLES)]
        return {name: connection.execute(f'select count(*) from "{name}"').fetchone()[0] for name in names}


def has_steps_to_do(path: Path) -> bool:
    """Whether a store is there and the next opening would change its schema."""
    if not path.is_file() or path.stat().st_size == 0:
        return False
    steps = STORES[path.name]
    db = open_database(path, steps, readonly=True)
    try:
        with storage_errors(path):
            return bool(steps.pending(db)) and "_sqlite_migrations" in db.table_names()
    finally:
        db.close()


def refuse_never_made(path: Path) -> None:
    """Raise StorageProblem where the run was killed that was to make a store: all steps are kept at once, so nothing is there."""
    with storage_errors(path), _reading(path) as connection:
        if connection.execute("select 1 from sqlite_master").fetchone() is None:
            raise StorageProblem(
                f"{path} has nothing in it yet: the run that was to make it was stopped before.",
                safe="Nothing was written, and nothing is lost.",
                next_step="Run `debate-tracker nightly`, or import a file: that makes it.",
            )


def refuse_damaged(path: Path) -> None:
    """Raise StorageProblem where a store is not whole, or was made by a newer version."""
    steps = STORES.get(path.name)
    if steps is not None:
        open_database(path, steps, readonly=True).close()
    with storage_errors(path), _reading(path) as connection:
        said = [str(row[0]) for row in connection.execute(f"pragma integrity_check({FIRST_FAULTS})")]
        loose = connection.execute("pragma foreign_key_check").fetchall()
    if said != ["ok"] or loose:
        referring = count(len(loose), "row refers", "rows refer")
        faults = "; ".join(said) if said != ["ok"] else f"{referring} to rows that are not there"
        raise StorageProblem(
            f"{path} is damaged.",
            why=f"SQLite says: {faults}.",
            safe="Nothing was put in the place of anything.",
            next_step="Take an older backup.",
        )


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=30)
    try:
        yield connection
    finally:
        connection.close()


TABLES = """
select name from sqlite_master
where type = 'table' and name not like 'sqlite\\_%' escape '\\' and name not like 'posts\\_fts%' escape '\\'
    and name <> '_sqlite_migrations'
order by name
"""
