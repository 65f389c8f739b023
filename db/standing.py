"""How the store stands, as facts ready for JSON. Used by `status` and by the pages."""

from db.asked import kept_gaps, latest_coverage, unread_times
from db.store import Store


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
        "last_run": _row(store, LAST_RUN),
        "last_good_run": _row(store, LAST_GOOD_RUN),
        "steps": store.rows(LAST_STEPS),
        "sources": latest_coverage(store),
        "gaps": [*kept_gaps(store), *unread_times(store)],
        "threads": _row(store, THREADS),
        "files": _one(store, "select count(distinct file) as value from imports"),
        "files_cut_short": [row["file"] for row in store.rows(CUT_SHORT)],
        "rejected": {
            str(row["reason"]): row["rows"]
            for row in store.rows("select reason, count(*) as rows from rejected group by reason order by rows desc")
        },
        "model": _row(store, "select name, trained_at, labelled, invented, notes from models where live = 1"),
        "theme_quality": store.rows(QUALITY),
        "spend": store.rows(SPEND),
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
THREADS = """
select count(*) as asked, count(*) filter (where complete) as whole, sum(expected) as replies_expected, sum(got) as posts_stored
from threads
"""
CUT_SHORT = """
select file from imports
where id in (select max(id) from imports group by file) and status in ('truncated', 'interrupted')
order by file
"""
QUALITY = """
select theme, precision, precision_low, precision_high, recall, recall_low, recall_high, f1, n, support, measured_on
from theme_quality where model = (select name from models where live = 1) order by theme
"""
