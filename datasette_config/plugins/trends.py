"""What is drawn on the pages of a theme and of a post: weeks with what was not looked at, and counts over time."""

import sqlite3
from datetime import datetime

from markupsafe import Markup

from datasette_config.plugins.charts import by_week, columns, lines, week_label
from db.reading import Row, campaign_settings
from db.reading_home import sights, sources_asked
from tracker.counting import local_day, week_of

WORTH_TELLING = 0.02
"""A smaller part of a week (three hours) is not drawn as a gap."""
COUNTS = ("likes", "reposts", "replies")


def trend(db: sqlite3.Connection, weeks: list[Row], now: str) -> Row:
    """The chart of these weeks; `unseen`: those that were not looked at in full, with the share that was missed; `asked`: whether
    any source is. Where files alone come in, the week that is not over is none of them: its last days come with the next file."""
    zone, asked = campaign_settings(db)["timezone"], bool(sources_asked(db))
    how = sights(db, [row["week"] for row in weeks], zone, now)
    if not asked:
        how.pop(week_of(local_day(now, zone)), None)
    unseen = [{"week": week, **seen} for week, seen in how.items() if seen["missed"] > WORTH_TELLING]
    gaps = [week_label(row["week"]) for row in unseen]
    return {
        "chart": columns(by_week(weeks), "Posts by week, with the weeks that were not looked at in full", gaps),
        "unseen": unseen,
        "asked": asked,
    }


def counts_chart(rows: list[Row]) -> Markup:
    """Likes, reposts and replies as they were seen; nothing where they were seen once."""
    seen = sorted((row for row in rows if row["seen_at"]), key=lambda row: str(row["seen_at"]))
    series = [(name, [(_utc(row["seen_at"]), int(row[name])) for row in seen if row[name] is not None]) for name in COUNTS]
    return lines(series, "Likes, reposts and replies over time")


def _utc(moment: str) -> datetime:
    """A stored time without its zone, which leather cannot compare with its own bounds."""
    return datetime.fromisoformat(moment).replace(tzinfo=None)
