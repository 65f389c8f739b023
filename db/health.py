"""Are the stores of a data folder whole, and would this version open them? Reads only, and takes no lock."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Migrations

from db import migrations
from db.folder import DataFolder, put_back
from db.forgotten import read_key, refuse_lost
from db.opening import open_database, refuse_another_schema, storage_errors
from db.opening_labels import refuse_lost_labels
from db.public_copy import is_there, problem_with
from tracker.problems import Problem, StorageProblem

FIRST_FAULTS = 3
SMALL = 8 * 1024 * 1024
"""Bytes of a store that is looked over whole, indexes too, within half a second."""
LARGE = 256 * 1024 * 1024
"""Bytes of a store that takes half a second or more to look over."""


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """One store. problem: why it cannot be used, None when it is whole. steps_to_do: how many steps of the schema the next
    run will take before it writes."""

    path: Path
    problem: Problem | None = None
    steps_to_do: int = 0


def health(folder: DataFolder) -> Iterator[StoreHealth]:
    """The health of each store that is there: tracker.db, raw.db, labels.db, forgotten.db. A key that is damaged, or missing
    where someone asked to be forgotten, is a problem too, and so are a key without forgotten.db, raw.db without tracker.db and
    counts without labels.db; and the public copy."""
    stores = (
        (folder.tracker, migrations.tracker),
        (folder.raw, migrations.raw),
        (folder.labels, migrations.labels),
        (folder.forgotten, migrations.forgotten),
    )
    yield from _store_lost(folder)
    found = [_looked_over(folder, path, steps) for path, steps in stores if path.exists()]
    yield from found
    if not any(store.problem for store in found if store.path in (folder.tracker, folder.labels)):
        yield from _labels_lost(folder)
    if all(store.problem is None for store in found if store.path == folder.forgotten):
        yield from _key_problems(folder)
    problem = public_problem(folder)
    if problem or is_there(folder.public):
        yield StoreHealth(folder.public, problem)


def public_problem(folder: DataFolder) -> StorageProblem | None:
    """Why the public copy cannot be shown, with what to do; None where it can, or there is none."""
    problem = problem_with(folder.public)
    if problem and folder.unpublished.exists():
        problem.next_step = "It was taken back: run `debate-tracker unpublish` again, which puts the notice there anew."
    return problem


def refuse_damaged(folder: DataFolder, *, lately: bool) -> None:
    """Raise StorageProblem where a store that a run writes is damaged: a run would write on in a broken file. lately: a run ended
    within a day, so that a large store is not looked over again (some seconds a gigabyte)."""
    stores = ((folder.tracker, migrations.tracker), (folder.raw, migrations.raw), (folder.forgotten, migrations.forgotten))
    for path, steps in stores:
        if path.exists() and not (lately and path.stat().st_size > LARGE):
            problem = _looked_over(folder, path, steps).problem
            if problem is not None:
                raise problem


def refuse_unsound(folder: DataFolder) -> None:
    """Raise what is wrong with the first store that is not whole."""
    for store in health(folder):
        if store.problem is not None:
            raise store.problem


def _key_problems(folder: DataFolder) -> Iterator[StoreHealth]:
    try:
        refuse_lost(folder)
        if folder.key.exists() or (folder.forgotten.exists() and _has_tombstones(folder.forgotten)):
            read_key(folder.key)
    except Problem as problem:
        yield StoreHealth(folder.key, problem)


def _store_lost(folder: DataFolder) -> Iterator[StoreHealth]:
    try:
        folder.refuse_lost()
    except Problem as problem:
        yield StoreHealth(folder.tracker, problem)


def _labels_lost(folder: DataFolder) -> Iterator[StoreHealth]:
    try:
        refuse_lost_labels(folder)
    except Problem as problem:
        yield StoreHealth(folder.labels, problem)


def _looked_over(folder: DataFolder, path: Path, steps: Migrations) -> StoreHealth:
    """SQLite's own check (https://sqlite.org/pragma.html#pragma_integrity_check; of large stores the quick one, which does not
    hold indexes against their tables) and the schema's steps."""
    try:
        if path != folder.labels:
            folder.refuse_emptied(path)
        db = open_database(path, steps, readonly=True)
        try:
            with storage_errors(path):
                kind = "integrity_check" if path.stat().st_size <= SMALL else "quick_check"
                said = [str(row[0]) for row in db.conn.execute(f"pragma {kind}({FIRST_FAULTS})")]
                to_do = len(steps.pending(db))
                if said == ["ok"] and not to_do:
                    refuse_another_schema(db, path, steps)
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
        next_step=f"Keep a copy of it. {put_back(path)}",
    )
