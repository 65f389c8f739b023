"""Named reads about what came in and what is missing: for the foot of the home page and the page "What is missing"."""

import sqlite3
from datetime import date
from itertools import pairwise, takewhile

from db.figures import figures
from db.reading import Row, rows_of
from tracker.reports import sentences

LINES_SHOWN = 20
NO_TEXTS = {"cut": 0, "posts": 0, "without_author": 0, "reposts": 0}


def _read(db: sqlite3.Connection, name: str, **asked: object) -> list[Row]:
    return rows_of(db, "reading_missing.sql", name, **asked)


def files_read(db: sqlite3.Connection) -> list[Row]:
    """Each file once, those read last first, with what it gave whenever it was read."""
    return _read(db, "files")


def freshness(db: sqlite3.Connection) -> Row:
    """When data last came and what is missing, in short: the last run with its failed steps, files, refused rows by
    reason, rows withheld, sources that did not answer, gaps, and the first and last day `between` which these lie."""
    runs = _read(db, "last_run")
    files = files_read(db)
    sources, days = _read(db, "sources"), [row["day"] for row in _read(db, "days")]
    return {
        "run": {**runs[0], "failed": _read(db, "failed_steps", run_id=runs[0]["id"])} if runs else None,
        "files": len(files),
        "last_file": files[0] if files else None,
        "cut_files": [row for row in files if row["status"] != "ok"],
        "rejected": _read(db, "rejected_reasons"),
        "withheld": sum(row["withheld"] for row in files),
        "outside": sum(row["outside"] for row in files),
        "sources": sources,
        "silent_sources": [row for row in sources if row["status"] not in ("ok", "empty")],
        "gaps": gaps(days),
        "between": [days[0], days[-1]] if days else [],
    }


def missing_page(db: sqlite3.Connection) -> Row:
    """All of `freshness`, with every file, what each kind of file lacks, every kind of refused row, the share of cut texts, and
    what was followed since when."""
    return {
        **freshness(db),
        "all_files": files_read(db),
        "lost": lost_by_kind(_read(db, "lost")),
        "gaps_for_good": _read(db, "gaps_for_good"),
        "threads": _read(db, "threads")[0],
        "all_rejected": [_with_lines(row) for row in _read(db, "rejected")],
        "texts": {**NO_TEXTS, **figures(db, "texts")},
        "followed": _read(db, "followed"),
    }


def lost_by_kind(rows: list[Row]) -> list[Row]:
    """What each kind of file lacks, the newest first: format, files (their names), lost (what all of these lack), own (of the
    files that lack more: file, lost). Rows: format, file, lost, the newest first."""
    kinds: dict[tuple[str, str], list[tuple[str, list[str]]]] = {}
    for row in rows:
        said = sentences(row["lost"])
        kinds.setdefault((row["format"], said[0]), []).append((row["file"], said))
    found = []
    for (kind, _), files in kinds.items():
        in_step = zip(*(said for _, said in files), strict=False)
        common = sum(1 for _ in takewhile(lambda same: len(set(same)) == 1, in_step))
        own = [{"file": file, "lost": " ".join(said[common:])} for file, said in files if len(said) > common]
        found.append({"format": kind, "files": [file for file, _ in files], "lost": " ".join(files[0][1][:common]), "own": own})
    return found


def _with_lines(row: Row) -> Row:
    lines = row["lines"].split()
    return {**row, "lines": lines[:LINES_SHOWN], "lines_left_out": max(0, len(lines) - LINES_SHOWN)}


def gaps(days: list[str]) -> list[Row]:
    """Runs of days without any post between the first day and the last, in order: first, last (YYYY-MM-DD), days.

    days: the dates that have posts, in order.
    """
    found = []
    numbers = [date.fromisoformat(day).toordinal() for day in days]
    for before, after in pairwise(numbers):
        if after - before > 1:
            first, last = date.fromordinal(before + 1), date.fromordinal(after - 1)
            found.append({"first": first.isoformat(), "last": last.isoformat(), "days": after - before - 1})
    return found
