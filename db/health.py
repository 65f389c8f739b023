"""Are the stores of a data folder whole, and would this version open them? Reads only, and takes no lock."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Migrations

from db import migrations
from db.folder import DataFolder
from db.opening import open_database, storage_errors
from tracker.problems import Problem, StorageProblem

FIRST_FAULTS = 3


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """One store. problem: why it cannot be used, None when it is whole. steps_to_do: how many steps of the schema the next
    run will take before it writes."""

    path: Path
    problem: Problem | None = None
    steps_to_do: int = 0


def health(folder: DataFolder) -> Iterator[StoreHealth]:
    """The health of each store that is there: tracker.db, raw.db, labels.db, forgotten.db. A key that is
    missing where someone asked to be forgotten is a problem too."""
    stores = (
        (folder.tracker, migrations.tracker),
        (folder.raw, migrations.raw),
        (folder.labels, migrations.labels),
        (folder.forgotten, migrations.forgotten),
    )
    for path, steps in stores:
        if path.exists():
            found = _looked_over(path, steps)
            yield found
            if path == folder.forgotten and found.problem is None and not folder.key.is_file() and _has_tombstones(path):
                yield StoreHealth(folder.key, _key_missing(folder.key))


def _looked_over(path: Path, steps: Migrations) -> StoreHealth:
    """SQLite's own quick check (https://sqlite.org/pragma.html#pragma_quick_check) and the schema's steps."""
    try:
        db = open_database(path, steps, readonly=True)
        try:
            with storage_errors(path):
                said = [str(row[0]) for row in db.conn.execute(f"pragma quick_check({FIRST_FAULTS})")]
                to_do = len(steps.pending(db))
        finally:
            db.close()
    except Problem as problem:
        return StoreHealth(path, problem)
    return StoreHealth(path, None if said == ["ok"] else _damaged(path, said), to_do)


def _has_tombstones(path: Path) -> bool:
    db = open_database(path, migrations.forgotten, readonly=True)
    try:
        with storage_errors(path):
            return db.conn.execute("select 1 from tombstones limit 1").fetchone() is not None
    finally:
        db.close()


def _damaged(path: Path, said: list[str]) -> StorageProblem:
    return StorageProblem(
        f"{path} is damaged.",
        why=f"SQLite says: {'; '.join(' '.join(fault.split()) for fault in said)}.",
        safe="Nothing was written to it.",
        next_step=f"Keep a copy of it, then put the last good backup of {path.name} in its place.",
    )


def _key_missing(key: Path) -> StorageProblem:
    return StorageProblem(
        f"The key {key} is missing.",
        why="Without it the program cannot know whom it was asked to forget.",
        safe="Nothing was changed.",
        next_step=f"Put the key back where it was kept apart from the stores, as {key}.",
    )
