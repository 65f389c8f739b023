"""Runs, their steps, the files they read and what was asked of whom: the store's own diary."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from itertools import count

from db.store import Store
from tracker.reports import FileReport, StepReport


def begin_run(store: Store, command: str, *, now: str, version: str) -> int:
    """Enter a new run. The caller holds the lock, so a run still marked running was killed: it is marked interrupted."""
    entered: list[int] = []

    def enter(db: sqlite3.Connection) -> None:
        for table in ("runs", "run_steps", "imports"):
            db.execute(f"update {table} set status = 'interrupted' where status = 'running'")
        cursor = db.execute(
            "insert into runs(command, started_at, status, version) values (?, ?, 'running', ?)",
            [command, now, version],
        )
        entered.append(cursor.lastrowid or 0)

    store.transaction(enter)
    return entered[0]


def end_run(store: Store, run_id: int, *, now: str, status: str, exit_code: int, note: str) -> None:
    """Close a run: ok, partial, failed or interrupted, with its exit code and a sentence. What it began and did not end (a bug, a
    file that could not be read on) is marked interrupted."""

    def write(db: sqlite3.Connection) -> None:
        for table in ("run_steps", "imports"):
            db.execute(f"update {table} set status = 'interrupted' where status = 'running' and run_id = ?", [run_id])
        db.execute(
            "update runs set finished_at = ?, status = ?, exit_code = ?, note = ? where id = ?",
            [now, status, exit_code, note or None, run_id],
        )

    store.transaction(write)


def ended_since(store: Store, moment: str) -> bool:
    """Whether a run ended since then."""
    return bool(store.rows("select 1 as ended from runs where finished_at >= ? limit 1", [moment]))


def begin_step(store: Store, run_id: int, name: str, *, now: str) -> int:
    """Enter a step of a run."""
    entered: list[int] = []

    def enter(db: sqlite3.Connection) -> None:
        cursor = db.execute(
            "insert into run_steps(run_id, name, started_at, status) values (?, ?, ?, 'running')", [run_id, name, now]
        )
        entered.append(cursor.lastrowid or 0)

    store.transaction(enter)
    return entered[0]


def end_step(store: Store, step_id: int, report: StepReport, *, now: str) -> None:
    """Close a step as its report says."""
    store.transaction(
        lambda db: db.execute(
            "update run_steps set finished_at = ?, status = ?, exit_code = ?, note = ? where id = ?",
            [now, report.status, report.exit_code, report.note or None, step_id],
        )
    )


def last_begun(store: Store, command: str) -> str | None:
    """When the last run of a command began (UTC), however it ended; None where there was none."""
    return store.rows("select max(started_at) as at from runs where command = ?", [command])[0]["at"]  # type: ignore[return-value]


def last_of(store: Store, commands: Sequence[str], *, before_run: int) -> str | None:
    """When the last run before this one began (UTC): of these commands, or where none was, of any; None for the first run."""
    marks = ", ".join("?" * len(commands))
    sql = f"select started_at from runs where id < ? order by command in ({marks}) desc, id desc limit 1"
    rows = store.rows(sql, [before_run, *commands])
    return str(rows[0]["started_at"]) if rows else None


def newest_moment(store: Store) -> str | None:
    """The latest time (UTC) at which a run of this store began or ended; None where there was none."""
    moments = "select max(started_at) as at from runs union all select max(finished_at) from runs"
    return store.rows(f"select max(at) as at from ({moments})")[0]["at"]  # type: ignore[return-value]


def name_for(store: Store, name: str, sha256: str) -> str:
    """What a file is called in the store. A file of known content keeps the name of its first import, whatever it is called
    now; another file of a known name gets a number, so that one name means one content."""
    known = store.rows("select file from imports where sha256 = ? order by id limit 1", [sha256])
    if known:
        return str(known[0]["file"])
    taken = {row["file"] for row in store.rows("select distinct file from imports where file like ? || '%'", [name])}
    numbered = (f"{name} ({number})" for number in count(2))
    return name if name not in taken else next(candidate for candidate in numbered if candidate not in taken)


def read_to_end(store: Store, contents: Sequence[str]) -> set[str]:
    """Which of these contents (SHA-256) were read to their end by an earlier run."""
    rows = store.rows(
        """
        select distinct sha256 from imports where status in ('ok', 'truncated') and sha256 in (select value from json_each(?))
        """,
        [json.dumps(contents)],
    )
    return {str(row["sha256"]) for row in rows}


def begin_import(store: Store, run_id: int, *, file: str, sha256: str, size: int, format_name: str, now: str, lost: str) -> int:
    """Enter a file that is about to be read, with a coverage row that is `partial` until the file is read to its end. lost: what
    every file of the format lacks."""
    entered: list[int] = []

    def enter(db: sqlite3.Connection) -> None:
        cursor = db.execute(
            """
            insert into imports(run_id, file, sha256, bytes, format, imported_at, status, lost)
            values (?, ?, ?, ?, ?, ?, 'running', ?)
            """,
            [run_id, file, sha256, size, format_name, now, lost],
        )
        entered.append(cursor.lastrowid or 0)
        db.execute(
            """
            insert into coverage(run_id, source, query, asked_at, status, note)
            select ?, 'import', ?, ?, 'partial', 'being read'
            where not exists (select 1 from coverage where source = 'import' and query = ?)
            """,
            [run_id, file, now, file],
        )

    store.transaction(enter)
    return entered[0]


def end_import(store: Store, import_id: int, report: FileReport) -> None:
    """Enter what a file gave, and say in its coverage row from when to when its posts reach."""
    notes = [report.truncated, *(f"{count} left out: {reason}" for reason, count in report.withheld)]
    kept = report.new + report.known + report.updated
    told = asdict(report) | {
        "id": import_id,
        "rejected": report.rejected_rows,
        "withheld": report.withheld_rows,
        "kept": kept,
        "expected": None if report.truncated else kept,
        "status": "truncated" if report.truncated else "ok",
        "coverage": "partial" if report.truncated else ("ok" if report.first_post else "empty"),
        "note": "; ".join(filter(None, notes)) or None,
    }

    def write(db: sqlite3.Connection) -> None:
        db.execute(
            """
            update imports set rows = :rows, new = :new, known = :known, updated = :updated, outside = :outside,
                forgotten = :forgotten, rejected = :rejected, withheld = :withheld, first_post = :first_post,
                last_post = :last_post, status = :status, note = :note, lost = :lost
            where id = :id
            """,
            told,
        )
        db.execute(
            """
            update coverage set window_from = :first_post, window_to = :last_post, status = :coverage, got = :kept,
                expected = :expected, note = :note
            where source = 'import' and query = :file
            """,
            told,
        )

    store.transaction(write)


def note_not_asked(store: Store, run_id: int, source: str, *, now: str, note: str) -> None:
    """Record that a source of the campaign was not asked, and why: that is not the same as finding nothing there."""
    store.transaction(
        lambda db: db.execute(
            "insert into coverage(run_id, source, asked_at, status, note) values (?, ?, ?, 'not-asked', ?)",
            [run_id, source, now, note],
        )
    )
