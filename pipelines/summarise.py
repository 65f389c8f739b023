"""Count again the weeks whose posts or themes changed."""

from pipelines.running import Run
from tracker.counting import days_of, week_of


def summarise(run: Run) -> int:
    """Make the summaries of every changed week again; returns how many weeks there were."""
    run.store.leave_frozen_weeks(week_of)
    weeks = sorted({week_of(day) for day in run.store.days_to_count()})
    for done, week in enumerate(weeks, start=1):
        run.stop.check()
        run.store.count_week(week, *days_of(week))
        run.progress("counting", done, len(weeks))
    run.store.count_figures(only_if_never=not weeks)
    run.store.refresh_statistics()
    return len(weeks)
