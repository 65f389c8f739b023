"""Delete posts that were kept for as long as the campaign said."""

import sqlite3
from collections.abc import Callable

from db import migrations
from db.folder import DataFolder
from db.labels import Labels
from db.learned import Digest
from db.leaving import delete_posts, delete_silent_authors
from db.opening import open_database, storage_errors
from db.store import Store
from db.sweeping import leave_no_trace

AT_ONCE = 2000
"""Posts a transaction: a prune that is killed has done a part of its work, and the next night does the rest."""


def prune_posts(
    store: Store,
    labels: Labels | None,
    digest: Digest,
    *,
    first_seen_before: str,
    newest_week: str,
    week_of: Callable[[str], str],
    now: str,
) -> int:
    """Delete the posts of others that were first collected before a time (UTC), with all that belongs to them and that a model
    learned from them; the texts that coders saw go too, their verdicts stay. The counts of their weeks stay as they are, for
    ever, up to newest_week: a post that says a later one was collected before that began, so its date is wrong, and the week is
    still to be counted. digest: as `Forgotten.digest`. Gives how many posts."""
    pruned = 0
    while rows := store.rows(OLD, {"before": first_seen_before, "most": AT_ONCE}):
        if labels is not None:
            labels.empty_texts([(str(row["platform"]), str(row["native_id"])) for row in rows])
        weeks = {week for row in rows if (week := week_of(str(row["day"]))) <= newest_week}
        store.transaction(lambda db, rows=rows, weeks=weeks: _delete(db, digest, rows, weeks, now))  # type: ignore[misc]
        pruned += len(rows)
    return pruned


def _delete(db: sqlite3.Connection, digest: Digest, rows: list[dict[str, object]], weeks: set[str], now: str) -> None:
    db.executemany("insert or ignore into frozen_weeks(week, since) values (?, ?)", [(week, now) for week in sorted(weeks)])
    delete_posts(db, digest, [int(str(row["id"])) for row in rows])
    delete_silent_authors(db)


def compact(folder: DataFolder) -> None:
    """Free the store's file of what was deleted from it. Raises IncompleteRun where another program reads it all the while."""
    db = open_database(folder.tracker, migrations.tracker)
    try:
        with storage_errors(folder.tracker):
            leave_no_trace(db.conn, folder.tracker)
    finally:
        db.close()


def merge_index(store: Store) -> None:
    """Free the full-text index of the words of deleted posts: FTS5 keeps them as marks until all its parts are merged into one
    (https://sqlite.org/fts5.html#the_optimize_command; half a second for 500,000 posts)."""
    store.transaction(lambda db: db.execute("insert into posts_fts(posts_fts) values ('optimize')"))


OLD = """
select posts.id, platform, native_id, day from posts join runs on runs.id = posts.first_seen_run
where runs.started_at < :before and is_own = 0 order by posts.id limit :most
"""
