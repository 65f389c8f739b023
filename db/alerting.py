"""What alerts are made of: how a run's asks ended, which servers gave no good answer for days, busy days."""

from db.reading_shared import usual
from db.statements import statements
from db.store import Store

FailedAsks = tuple[str, str, str, int, int]
"""(source, server, what one of the answers was, how many questions had no good answer, how many were asked)"""
Unanswered = tuple[str, str, str, str | None]
"""(source, server, the last answer, when the last good one came)"""


def failed_asks(store: Store, run_id: int) -> list[FailedAsks]:
    """The servers that gave no good answer in a run, or refused some of its questions. Never what was asked for."""
    return [
        (str(row["source"]), str(row["server"]), str(row["status"]), int(str(row["failed"])), int(str(row["asked"])))
        for row in store.rows(FAILED, [run_id])
    ]


def heard_from(store: Store, run_id: int) -> list[tuple[str, str]]:
    """(source, server) of each that gave a good answer in a run."""
    return [(str(row["source"]), str(row["server"])) for row in store.rows(HEARD, [run_id])]


def without_answer(store: Store, run_id: int, *, since: str) -> list[Unanswered]:
    """The servers that a run asked and that have given no good answer since then, nor before they were first asked."""
    rows = store.rows(WITHOUT, [run_id, run_id, since])
    return [
        (str(row["source"]), str(row["server"]), str(row["status"]), None if row["last_good"] is None else str(row["last_good"]))
        for row in rows
    ]


def days_lately(store: Store, upto: str, count: int) -> list[tuple[str, int, float | None]]:
    """The last days with posts by others: day, posts and reposts, what is usual before it; the newest last."""
    rows = store.rows(statements("reading_shared.sql")["days"], {"upto": upto})
    days = [(str(row["day"]), int(str(row["posts"]))) for row in rows]
    return [(day, posts, usual(days, day)) for day, posts in reversed(days[:count])]


GOOD = "(status in ('ok', 'empty') or coalesce(got, 0) > 0)"
FAILED = f"""
select source, coalesce(server, '') as server, min(status) filter (where not {GOOD}) as status,
    count(*) filter (where not {GOOD}) as failed, count(*) as asked
from coverage where run_id = ? and source <> 'import' and status <> 'not-asked' and coalesce(server, '') <> ''
group by 1, 2 having max({GOOD}) = 0 or max(not {GOOD} and status in ('refused', 'unreachable', 'rate-limited')) = 1 order by 1, 2
"""
HEARD = f"""
select distinct source, coalesce(server, '') as server from coverage where run_id = ? and source <> 'import' and {GOOD}
"""
WITHOUT = f"""
select source, coalesce(server, '') as server, max(asked_at) filter (where {GOOD}) as last_good, min(asked_at) as first_asked,
    min(status) filter (where run_id = ?) as status
from coverage where source <> 'import' and status <> 'not-asked' and coalesce(server, '') <> ''
group by 1, 2 having max(run_id) = ? and coalesce(last_good, first_asked) < ? order by 1, 2
"""
