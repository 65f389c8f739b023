"""How the store and the files beside it stand, as facts ready for JSON. Used by `status` and by the page of the same name."""

import json
from datetime import UTC, datetime
from pathlib import Path

from db.asked import kept_gaps, latest_coverage, unread_times
from db.folder import DataFolder
from db.health import public_problem
from db.public_copy import about
from db.store import Store
from tracker.times import written

STAMP = "%Y-%m-%dT%H%M%SZ"
"""How the names of backups begin."""


def standing(store: Store) -> dict[str, object]:
    """Counts, runs, files, sources and the live model, by name. Unknown is None."""
    return {
        "posts": _one(store, "select count(*) as value from posts"),
        "authors": _one(store, "select count(*) as value from authors"),
        "first_post": _one(store, "select min(created_at) as value from posts"),
        "last_post": _one(store, "select max(created_at) as value from posts"),
        "unread": _one(store, UNREAD),
        "outcomes": {
            str(row["outcome"]): row["posts"]
            for row in store.rows("select outcome, count(*) as posts from post_readings group by outcome order by outcome")
        },
        "files": _one(store, "select count(distinct file) as value from imports"),
        "rejected": {
            str(row["reason"]): row["rows"]
            for row in store.rows("select reason, count(*) as rows from rejected group by reason order by rows desc")
        },
        **diary(store),
    }


def diary(store: Store) -> dict[str, object]:
    """The part of it that is quick to read however large the store is: runs, sources, gaps, the live model, money."""
    return {
        "last_run": _row(store, LAST_RUN),
        "last_good_run": _row(store, LAST_GOOD_RUN),
        "steps": store.rows(LAST_STEPS),
        "sources": latest_coverage(store),
        "gaps": [*kept_gaps(store), *unread_times(store)],
        "threads": _row(store, THREADS),
        "files_cut_short": [row["file"] for row in store.rows(NOT_WHOLE, {"status": "truncated"})],
        "files_not_ended": [row["file"] for row in store.rows(NOT_WHOLE, {"status": "interrupted"})],
        "model": _row(store, "select name, trained_at, labelled, invented, notes from models where live = 1"),
        "model_not_placed": store.model_not_placed(),
        "theme_quality": store.rows(QUALITY),
        "spend": store.rows(SPEND),
    }


def beside(folder: DataFolder, store: Store) -> dict[str, object]:
    """The files beside the store: their sizes in bytes, the inbox, the backups, what the public sees, which alerts stand."""
    return {
        "bytes": {path.name: path.stat().st_size for path in (folder.tracker, folder.raw, folder.labels) if path.is_file()},
        "inbox_waiting": len([p for p in _entries(folder.inbox) if p.name not in ("done", "failed")]),
        "inbox_failed": len([p for p in _entries(folder.failed) if not p.name.endswith(".why.txt")]),
        "backups": _backups(folder.backups),
        "public": _public(folder, store),
        "alerts": _alerts(folder),
    }


def _entries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []


def _alerts(folder: DataFolder) -> list[dict[str, object]]:
    """The alerts that stand, as pipelines/alerting.py keeps them; none where its file cannot be understood: the next night says
    so, and tells what stands once more."""
    try:
        kept = json.loads(folder.alerts.read_text(encoding="utf-8"))
        return [
            {"what": key, "kind": alert["kind"], "since": alert["since"], "told": sorted(alert["told"])}
            for key, alert in kept.items()
        ]
    except (FileNotFoundError, KeyError, TypeError, AttributeError, ValueError):
        return []


def _backups(folder: Path) -> dict[str, object]:
    """How many there are, the newest of them and when it was made (UTC), and what they take."""
    made = sorted(path for path in _entries(folder) if ".tar.zst" in path.name and path.is_file())
    newest = made[-1] if made else None
    return {
        "count": len(made),
        "newest": newest and newest.name,
        "made_at": newest and _stamped(newest.name),
        "encrypted": bool(newest and newest.name.endswith(".age")),
        "bytes": sum(path.stat().st_size for path in made),
    }


def _stamped(name: str) -> str | None:
    try:
        return written(datetime.strptime(name[:18], STAMP).replace(tzinfo=UTC))
    except ValueError:
        return None


def _public(folder: DataFolder, store: Store) -> dict[str, object]:
    """What the public sees: nothing yet (none), a copy (shown), a notice in its place (notice), or that it cannot be shown
    (damaged) and why; since when; and how the last attempt to publish ended."""
    problem = public_problem(folder)
    told = {} if problem else about(folder.public)
    notice = folder.unpublished.exists() or told.get("state") == "withdrawn"
    return {
        "state": "damaged" if problem else "notice" if notice else "shown" if told else "none",
        "damage": problem.why if problem else "",
        "since": told.get("published_at"),
        "notice": told.get("notice", "") if notice else "",
        "copies_kept": len(list(folder.published.glob("*Z.db"))),
        "last_try": _row(store, LAST_PUBLISH),
    }


def _one(store: Store, sql: str) -> object:
    return store.rows(sql)[0]["value"]


def _row(store: Store, sql: str) -> dict[str, object] | None:
    rows = store.rows(sql)
    return rows[0] if rows else None


SPEND = """
select source, substr(at, 1, 7) as month, count(*) as calls, round(sum(usd), 4) as usd,
    round(coalesce(sum(usd) filter (where settled_at is null), 0.0), 4) as unsettled_usd
from spend group by source, substr(at, 1, 7) order by month desc, source limit 6
"""
UNREAD = """
select count(*) as value from posts
left join post_readings on post_readings.post_id = posts.id
where post_readings.model is null or post_readings.model is not (select name from models where live = 1)
"""
RUN = "select id, command, started_at, finished_at, status, exit_code, note from runs"
LAST_RUN = f"{RUN} order by id desc limit 1"
LAST_GOOD_RUN = (
    f"{RUN} where status = 'ok' and command in ('nightly', 'refresh', 'collect', 'import', 'demo') order by id desc limit 1"
)
LAST_STEPS = """
select name, status, exit_code, note from run_steps
where run_id = (select run_id from run_steps order by id desc limit 1) order by id
"""
LAST_PUBLISH = """
select at, status, exit_code, note, by from (
    select coalesce(run_steps.finished_at, run_steps.started_at) as at, run_steps.status,
        coalesce(run_steps.exit_code, 0) as exit_code, run_steps.note, runs.command as by
    from run_steps join runs on runs.id = run_steps.run_id where run_steps.name = 'publish'
    union all
    select coalesce(finished_at, started_at), status, coalesce(exit_code, 0), note, command from runs where command = 'publish'
) order by at desc limit 1
"""
THREADS = """
select count(*) as asked, count(*) filter (where complete) as whole, sum(expected) as replies_expected, sum(got) as posts_stored
from threads
"""
NOT_WHOLE = """
select file from imports where id in (select max(id) from imports group by file) and status = :status
order by file
"""
QUALITY = """
select theme, precision, precision_low, precision_high, recall, recall_low, recall_high, f1, n, support, measured_on
from theme_quality where model = (select name from models where live = 1) order by theme
"""
