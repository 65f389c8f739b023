"""Bring every sum up to date with the posts that changed since it was counted."""

from pipelines.running import Run
from tracker.counting import week_of


def summarise(run: Run) -> int:
    """Count what changed, in one transaction; returns in how many weeks."""
    weeks = {week_of(day) for day in run.store.days_to_count()}

    def progress(done: int, posts: int) -> None:
        run.stop.check()
        run.progress("counting", done, posts)

    run.store.count(progress)
    run.store.refresh_statistics()
    return len(weeks)
