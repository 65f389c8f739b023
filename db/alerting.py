"""What alerts are made of: how a run's asks ended, which servers gave no good answer for days, busy days."""

from db.reading_shared import usual
from db.statements import statements
from db.store import Store

Unanswered = tuple[str, str, str, str | None]
"""(source, server, the last answer, when the last good one came)"""


def failed_asks(store: Store, run_id: int) -> list[tuple[str, str, str]]:
    """The servers that gave no good answer in a run: source, server, the worst that was said. Never what was asked for."""
    rows = store.rows(FAILED, [run_id])
    return [(str(row["source"]), str(row["server"]), str(row["status"])) for row in rows]


def without_answer(store: Store, run_id: int, *, since: str) -> list[Unanswered]:
    """The servers that a run asked and that have given no good answer since then, nor before they were first asked."""
    rows = store.rows(WITHOUT, [run_id, run_id, since])
    return [
        (str(row["source"]), str(row["server"]), str(row["status"]), None if row["last_good"] is None else str(row["last_good"]))
        for row in rows
    ]


def days_lately(store: Store, upto: str, count: int) -> list[tuple[str, int, float | None]]:
    """The last days with posts by others: day, posts and reposts, what is usual before it; the newest last."""
    rows = store.rows(statements("reading_shared.sql")["days"])
    days = [(str(row["day"]), int(str(row["posts"]))) for row in rows if str(row["day"]) <= upto]
    return [(day, posts, usual(days, day)) for day, posts in reversed(days[:count])]


GOOD = "(status in ('ok', 'empty') or coalesce(got, 0) > 0)"
FAILED = f"""
select source, coalesce(server, '') as server, min(status) as status from coverage
where run_id = ? and source <> 'import' and status <> 'not-asked' and coalesce(server, '') <> ''
group by 1, 2 having max({GOOD}) = 0 order by 1, 2
"""
WITHOUT = f"""
select source, coalesce(server, '') as server, max(asked_at) filter (where {GOOD}) as last_good, min(asked_at) as first_asked,
    min(status) filter (where run_id = ?) as status
from coverage where source <> 'import' and status <> 'not-asked' and coalesce(server, '') <> ''
group by 1, 2 having max(run_id) = ? and coalesce(last_good, first_asked) < ? order by 1, 2
"""
