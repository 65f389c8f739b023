"""What the public copy says of each week: which sources were asked of it, and whether all of it was seen."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

from db.publishing import read
from db.reading import Row, weeks_between
from db.reading_home import Span, missed_share, seconds_of
from tracker.counting import local_day, moments_of, week_of
from tracker.times import later

WHOLE, PARTLY, MISSING, FILES = "whole", "partly", "missing", "files"
"""What is said of a source and a week: all of it was seen; a part was not; a time was missed for good; posts are from files."""
SMALL_PART = 0.02
"""A smaller part of a week (three hours) is not told as one that was not seen."""
Key = tuple[str, str, str]
"""What is asked of a source: (source, server, query)."""


def coverage(db: sqlite3.Connection, weeks: set[str], timezone: str) -> Iterator[Row]:
    """What was seen of these ISO weeks, source by source, without numbers: week, source, status. An answer is one for each week
    that it reaches over, and a question that had none one night is answered where that of a later night reaches back over it."""
    said: dict[tuple[str, str], set[str]] = {}
    for (week, source, *_), status in {**_at_moments(db, timezone), **_in_spans(db, weeks, timezone)}.items():
        said.setdefault((week, source), set()).add(status)
    for row in read(db, "gaps"):
        for week in _weeks_over(row["gap_from"], row["gap_to"], timezone):
            said.setdefault((week, row["source"]), set()).add(MISSING)
    for row in read(db, "from_files"):
        said.setdefault((week_of(row["day"]), "import"), set()).add(FILES)
    for (week, source), statuses in sorted(said.items()):
        if week in weeks:
            worst = next(status for status in (MISSING, PARTLY, WHOLE, FILES) if status in statuses)
            yield {"week": week, "source": source, "status": worst}


def _at_moments(db: sqlite3.Connection, timezone: str) -> dict[tuple[str, str, str, str], str]:
    """By week and question what came of each that says no span of time: of each day the last."""
    days = {(*_key(row), local_day(row["moment"], timezone)): row["answered"] for row in read(db, "asked_at_moments")}
    found: dict[tuple[str, str, str, str], str] = {}
    for (source, server, query, day), answered in days.items():
        place = (week_of(day), source, server, query)
        found[place] = WHOLE if answered and found.get(place) != PARTLY else PARTLY
    return found


def _in_spans(db: sqlite3.Connection, weeks: set[str], timezone: str) -> dict[tuple[str, str, str, str], str]:
    """By week and question whether its answers reach over the whole week."""
    answers: dict[tuple[str, str, str, str], list[Span]] = {}
    for row in read(db, "answered_spans"):
        for week in _weeks_over(row["window_from"], row["window_to"], timezone):
            answers.setdefault((week, *_key(row)), []).append((seconds_of(row["window_from"]), seconds_of(row["window_to"])))
    return {
        place: PARTLY if missed_share(_span_of(place[0], timezone), seen, []) > SMALL_PART else WHOLE
        for place, seen in answers.items()
        if place[0] in weeks
    }


def _key(row: Row) -> Key:
    return row["source"], row["server"], row["query"]


def _weeks_over(first: str, last: str, timezone: str) -> list[str]:
    """The ISO weeks that a span of time (UTC) reaches over: its end, which may be the midnight of a Monday, is no part of it."""
    end_of_it = max(first, later(last, -timedelta(seconds=1)))
    begin, end = (week_of(local_day(moment, timezone)) for moment in (first, end_of_it))
    return weeks_between(begin, end)


def _span_of(week: str, timezone: str) -> Span:
    begin, end = moments_of(week, timezone)
    return seconds_of(begin), seconds_of(end)
