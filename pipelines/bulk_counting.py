"""The last part of `bulk`: who wrote, what is one message, and the sums of each week, from Parquet into tracker.db."""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from db.bulk_sums import Sums
from db.folder import DataFolder
from db.store import Store
from tracker.counting import days_of, week_of
from tracker.messages import messages

MEMORY_MB = 1024
"""Of DuckDB, which sets aside on the disk what does not fit."""


def decided_otherwise(folder: DataFolder, path: Path) -> list[tuple[str, str]]:
    """Write to `path` what is decided of the originals of cut reposts that differ; gives the (platform, day) of the reposts."""
    with closing(Sums(folder, threads=len(os.sched_getaffinity(0)), memory_mb=MEMORY_MB)) as sums:
        return sums.decided_otherwise(path)


def count_weeks(
    store: Store,
    folder: DataFolder,
    changed: Iterable[str],
    *,
    told: Sequence[Path] = (),
    whole: bool,
    check: Callable[[], None] = lambda: None,
    progress: Callable[[str, int, int | None], None] = lambda what, done, total: None,
) -> int:
    """Count the weeks of these days again, and of those whose posts turn out to be somebody else's or another message; how many
    weeks that are. told: files that say more of authors. whole: every week."""
    with closing(Sums(folder, threads=len(os.sched_getaffinity(0)), memory_mb=MEMORY_MB)) as sums:
        days = set(changed)
        days.update(sums.bring_authors_together(told))
        days.update(sums.bring_messages_together(messages))
        if whole:
            days.update(sums.days())
        sums.prepare(json.loads(store.settings().get("own_accounts", "[]")))
        weeks = sorted({week_of(day) for day in days})
        for done, week in enumerate(weeks, start=1):
            check()
            sums.count_week(week, *days_of(week))
            progress("counting", done, len(weeks))
        sums.write_into(store, [(week, *days_of(week)) for week in weeks])
    return len(weeks)
