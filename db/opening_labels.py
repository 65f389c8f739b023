"""Opening labels.db, and saying so where it is lost. Only people write there, so a run may come upon one whose making was cut
off, or of an earlier version, and has to read it as it is."""

import sqlite3
from contextlib import closing

from sqlite_utils import Database

from db import migrations
from db.folder import DataFolder, put_back
from db.opening import open_database, storage_errors
from db.store import Store
from tracker.problems import StorageProblem

CARRIED = "codings_carried"
"""The setting of tracker.db that names the newest row of codings that is in the counts."""


def open_labels(folder: DataFolder, *, readonly: bool = False) -> Database:
    """labels.db, made and brought up to date unless `readonly`; who only reads has a copy in memory of one that lacks steps, with
    these. Raises as `open_database` and `refuse_lost_labels`."""
    refuse_lost_labels(folder)
    db = open_database(folder.labels, migrations.labels, readonly=readonly)
    if not readonly or not migrations.labels.pending(db):
        return db
    whole = Database(sqlite3.connect(":memory:", isolation_level=None))
    with storage_errors(folder.labels), closing(db):
        db.conn.backup(whole.conn)
        migrations.labels.apply(whole)
    return whole


def refuse_lost_labels(folder: DataFolder) -> None:
    """Raise StorageProblem where what people coded is in the counts and labels.db is not there, or holds no coding. Codings only
    grow, so they were there once; a model would else be made without them, and the counts be left with them, unsaid."""
    if not labels_lost(folder):
        return
    how = "holds nothing that people coded" if folder.labels.is_file() else "is missing"
    raise StorageProblem(
        f"{folder.labels} {how}, and {folder.tracker.name} knows that people coded posts.",
        why="It was deleted, moved or emptied since.",
        safe="Nothing was written.",
        next_step=f"{put_back(folder.labels)} If what people coded is lost, or is to "
        "go, say `debate-tracker labels --begin-anew`: the next night then takes it out of the counts and trains without it.",
    )


def labels_lost(folder: DataFolder) -> bool:
    """Whether the counts hold what people coded, and labels.db does not."""
    return not _holds_codings(folder) and _carried(folder)


def _holds_codings(folder: DataFolder) -> bool:
    if not folder.labels.is_file():
        return False
    with storage_errors(folder.labels), closing(open_database(folder.labels, migrations.labels, readonly=True)) as db:
        return "codings" in db.table_names() and db.execute("select 1 from codings limit 1").fetchone() is not None


def _carried(folder: DataFolder) -> bool:
    if not folder.exists():
        return False
    with closing(Store.open(folder, readonly=True)) as store:
        return store.has_tables() and int(store.settings().get(CARRIED, 0)) > 0


def begin_anew(folder: DataFolder) -> None:
    """Make labels.db anew where it is lost, so that the next run takes what people had coded out of the counts."""
    open_database(folder.labels, migrations.labels).close()
    with closing(Store.open(folder)) as store:
        store.remember(CARRIED, "0")
