"""`export`: what one person takes out today, with a note on coverage beside it, entered where withdrawals reach it.

It takes no lock: the store is read as it is at one moment, while others may write on. It is entered (audit, registered_copies)
before it gets its name, so that nobody can hold one that nobody knows of.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from db.exporting import AT_ONCE, Cells, Column, Exporting, TakenTable, last_erasure, read_tables
from db.folder import DataFolder
from db.handed_out import NewCopy, register
from db.opening_labels import refuse_lost_labels
from db.publishing import looking
from db.reading import Row
from db.store import Store
from pipelines.archive import checksum
from pipelines.building import built_beside, put_in_place
from pipelines.demo_mark import held_clock
from pipelines.export_note import coverage_of, note_text
from pipelines.running import Progress, Stop, counts_alone
from pipelines.table_files import writer_for
from pipelines.unfinished import someone_goes
from pipelines.upgrading import refuse_older
from pipelines.validating import validation_of
from tracker.problems import UsageProblem
from tracker.records import Campaign
from tracker.telling import count

SUMS = "SHA256SUMS"
NOTE = "COVERAGE.md"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for. holder: who will have it; by: who takes it, for the audit."""

    target: Path
    form: str = "csv"
    holder: str = ""
    by: str = "local"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written. rows: of each table; shown, left_out: as db.exporting has them; keep_until: the last day."""

    target: Path
    rows: dict[str, int]
    shown: Row
    left_out: Row
    keep_until: str | None

    def text(self) -> str:
        """For the person who took it."""
        left = {name: number for name, number in self.left_out.items() if name != "stored" and number}
        words = {"hidden": "hidden", "gone": "deleted", "opted_out": "by accounts that asked not to be shown"}
        lines = [
            f"{count(self.shown['posts'], 'post', 'posts')} by {count(self.shown['people'], 'account', 'accounts')}, and "
            f"{len(self.rows)} tables in all, are in {self.target}.",
            f"Left out: {', '.join(f'{number:,} {words[name]}' for name, number in left.items())}." if left else "",
            f"Read {NOTE} first. It is personal data"
            + (f", to be deleted by {self.keep_until} at the latest." if self.keep_until else "."),
        ]
        return "\n".join(filter(None, lines))


def export(campaign: Campaign, folder: DataFolder, wanted: Wanted, *, now: str, stop: Stop, progress: Progress) -> Exported:
    """Write an export to a folder that is not there yet, or is empty. Raises UsageProblem, PermissionProblem, StorageProblem, and
    IncompleteRun where someone was forgotten while it was written."""
    _refuse(folder)
    target = wanted.target.absolute()
    with built_beside(target) as scratch:
        with looking(folder) as db:
            held = _held_until(campaign, now)
            exporting = Exporting(db, secrets.token_bytes(32), posts_days=campaign.posts_days, held_until=held)
            erased = last_erasure(db)
            made, remarks = _write(campaign, folder, db, exporting, wanted, scratch, stop, progress)
            told = coverage_of(db, campaign, exporting, made, remarks, invented=held_clock(folder) is not None)
            shown, left_out, (_, last) = exporting.shown(), exporting.left_out(), exporting.kept()
        (scratch / NOTE).write_text(note_text(told, campaign, wanted.form, now=now), encoding="utf-8")
        files = sorted(path for path in scratch.iterdir())
        sums = "".join(f"{checksum(path)}  {path.name}\n" for path in files)
        (scratch / SUMS).write_text(sums, encoding="ascii")
        copy = NewCopy(
            kind="export",
            file=target.name,
            made_at=now,
            holder=wanted.holder,
            actor=wanted.by,
            count=shown["posts"],
            sha256=checksum(scratch / SUMS),
            note=f"{wanted.form}, {len(made)} tables",
            hold_until=last,
        )
        # Reading has ended: in a store that is not in WAL mode, as a copy may be, it would keep out who writes.
        with closing(Store.open(folder)) as store:
            register(store, copy, lambda writing: _refuse_forgotten_since(folder, writing, erased))
        put_in_place(scratch, target)
    return Exported(wanted.target, made, shown, left_out, last)


def _write(
    campaign: Campaign,
    folder: DataFolder,
    db: sqlite3.Connection,
    exporting: Exporting,
    wanted: Wanted,
    scratch: Path,
    stop: Stop,
    progress: Progress,
) -> tuple[dict[str, int], list[str]]:
    """(rows of each table, what to know of the format)."""
    tables = read_tables()
    writer = writer_for(wanted.form, scratch)
    total = exporting.shown()["posts"]
    made: dict[str, int] = {}
    for table in (*tables, DICTIONARY):
        made[table.name] = 0
        with writer.table(table) as rows:
            for piece in _pieces(table, tables, campaign, folder, db, exporting):
                stop.check()
                rows.write(piece)
                made[table.name] += len(piece)
                if table.name == "posts":
                    progress("export", made[table.name], total)
    return made, writer.close()


def _pieces(
    table: TakenTable,
    tables: tuple[TakenTable, ...],
    campaign: Campaign,
    folder: DataFolder,
    db: sqlite3.Connection,
    exporting: Exporting,
) -> Iterator[list[Cells]]:
    if table is DICTIONARY:
        yield [(one.name, column.name, column.type, column.meaning) for one in tables for column in one.columns]
    elif table.name == "flow":
        yield exporting.flow()
    elif table.name == "validation":
        names = [column.name for column in table.columns]
        rows = exporting.without_hidden_ids(validation_of(campaign, folder, db))
        cells = [tuple(None if row[name] == "" else row[name] for name in names) for row in rows]
        yield from (cells[start : start + AT_ONCE] for start in range(0, len(cells), AT_ONCE))
    else:
        yield from exporting.pieces(table)


def _held_until(campaign: Campaign, now: str) -> str:
    """The last day of the longest study hold that still runs; '' where there is none."""
    return max((hold.end for hold in campaign.study_holds if hold.end >= now[:10]), default="")


def _refuse(folder: DataFolder) -> None:
    folder.refuse_lost()
    refuse_lost_labels(folder)
    if folder.has_posts_apart():
        raise counts_alone(folder.root, "export")
    if not folder.exists():
        raise UsageProblem(
            f"There is nothing to export: {folder.root} holds no store.",
            next_step="Run `debate-tracker demo` to see an invented debate, or `debate-tracker import FILE` first.",
        )
    refuse_older(folder, then="export again")
    if folder.forgetting.exists():
        raise someone_goes("No export was made")


def _refuse_forgotten_since(folder: DataFolder, db: sqlite3.Connection, erased: int) -> None:
    if folder.forgetting.exists() or last_erasure(db) != erased:
        raise someone_goes("No export was made")


DICTIONARY = TakenTable(
    "dictionary",
    "What every table and column means.",
    (
        Column("table", "text", "The table."),
        Column("column", "text", "The column."),
        Column("type", "text", "text, whole (a number), number (with a fraction), flag (true or false), moment (UTC) or day."),
        Column("meaning", "text", "What it means."),
    ),
)
