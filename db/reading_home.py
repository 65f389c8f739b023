"""Named reads for the home page: what is new since someone last looked, and how much of a week was looked at."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from db.reading import Row, monday_of, rows_of
from tracker.times import written

IMPORT = "import"
DAY, WEEK = timedelta(days=1), timedelta(days=7)
Span = tuple[float, float]


def _read(db: sqlite3.Connection, name: str, **asked: object) -> list[Row]:
    return rows_of(db, "reading_home.sql", name, **asked)


def mark(db: sqlite3.Connection) -> Row:
    """Where the store has come to: post, status (the highest numbers given so far) and began, when its first run was."""
    return {**_read(db, "mark")[0], "began": _read(db, "began")[0]["at"] or ""}


def news(db: sqlite3.Connection, post: int, status: int) -> Row:
    """What came after a mark: posts and reposts by other people (together up to 10,001), how many ask us something, and how many
    posts that were here have been deleted or hidden."""
    return {
        **_read(db, "new_posts", post=post)[0],
        "asking": _read(db, "new_asking", post=post)[0]["posts"],
        "disappeared": _read(db, "disappeared", post=post, status=status)[0]["posts"],
    }


def asks_readers(db: sqlite3.Connection) -> bool:
    """Whether the campaign puts questions to its readers."""
    return bool(_read(db, "asks")[0]["asks"])


def links_of(db: sqlite3.Connection, week: str, limit: int) -> list[Row]:
    """What other people shared most in a week: url, people, posts, reposts."""
    return _read(db, "links", week=week, limit=limit)


def unread_tongues(db: sqlite3.Connection, weeks: Sequence[str]) -> int:
    """How many posts of other people, from the first to the last of these weeks, were not read for themes for their language."""
    mondays = sorted(monday_of(week) for week in weeks)
    last = mondays[-1] + WEEK - DAY
    return int(_read(db, "unread_tongues", first=mondays[0].isoformat(), last=last.isoformat())[0]["posts"])


def own_by_theme(db: sqlite3.Connection, week: str) -> dict[str, Row]:
    """Our own posts and reposts of a week by theme; "" stands for all of them."""
    return {row["theme"]: row for row in _read(db, "own_by_theme", week=week)}


def sights(db: sqlite3.Connection, weeks: Sequence[str], timezone: str, now: str) -> dict[str, Row]:
    """How each of these ISO weeks was looked at: `looked`, whether at all; `missed`, the share of it (0 to 1) that was not, by
    the source that missed most. Where files alone came in, a day counts as seen when a file reaches over it and has a post of it:
    from files one cannot tell a silent day from one that they lack."""
    if not weeks:
        return {}
    mondays = sorted(monday_of(week) for week in weeks)
    begin, end = _midnight(mondays[0], timezone), _midnight(mondays[-1] + WEEK, timezone)
    asked = {"since": _text(begin), "until": _text(end)}
    seen = _spans(_read(db, "windows", **asked), "window_from", "window_to")
    lost = _spans(_read(db, "gaps", **asked), "gap_from", "gap_to")
    sources = sources_asked(db)
    last = mondays[-1] + WEEK
    days = {row["day"] for row in _read(db, "days", first=mondays[0].isoformat(), last=last.isoformat())}
    files = [span for key, spans in seen.items() if key[0] == IMPORT for span in spans]
    whole = [(_first_of_day(a, timezone), _last_of_day(b, timezone)) for a, b in files]
    found = {}
    for week in weeks:
        monday = monday_of(week)
        since = _midnight(monday, timezone)
        span = (since, max(since + 1, min(_midnight(monday + WEEK, timezone), seconds_of(now))))
        reached = any(a < span[1] and b > span[0] for a, b in whole)
        missed = [missed_share(span, seen.get(key, []), lost.get(key, [])) for key in sources]
        if missed:
            found[week] = {"looked": min(missed) < 1 or reached, "missed": round(max(missed), 3)}
        else:
            every = [monday + timedelta(days=place) for place in range(7)]
            empty = [(_midnight(day, timezone), _midnight(day + DAY, timezone)) for day in every if day.isoformat() not in days]
            found[week] = {"looked": reached, "missed": round(missed_share(span, whole, empty), 3)}
    return found


def sources_of_week(db: sqlite3.Connection, week: str, timezone: str) -> list[Row]:
    """How each public source answered when it was asked about an ISO week last: source, server, query, asked_at, status, note."""
    since, until = (_text(_midnight(day, timezone)) for day in (monday_of(week), monday_of(week) + WEEK))
    return _read(db, "sources_of_week", since=since, until=until)


def sources_asked(db: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """What was ever asked of a public source, and answered: (source, server, query)."""
    return {(row["source"], row["server"], row["query"]) for row in _read(db, "asked_ever")}


def _spans(rows: list[Row], begin: str, end: str) -> dict[tuple[str, str, str], list[Span]]:
    found: dict[tuple[str, str, str], list[Span]] = {}
    for row in rows:
        key = (row["source"], row["server"], row["query"])
        found.setdefault(key, []).append((seconds_of(row[begin]), seconds_of(row[end])))
    return found


def seconds_of(moment: str) -> float:
    """A moment (UTC, with or without its `Z`) in seconds since 1970."""
    return datetime.fromisoformat(moment.removesuffix("Z")).replace(tzinfo=UTC).timestamp()


def _text(seconds: float) -> str:
    return written(datetime.fromtimestamp(seconds, UTC))


def _midnight(day: date, timezone: str) -> float:
    return datetime.combine(day, time(), ZoneInfo(timezone)).timestamp()


def _first_of_day(seconds: float, timezone: str) -> float:
    return _midnight(datetime.fromtimestamp(seconds, ZoneInfo(timezone)).date(), timezone)


def _last_of_day(seconds: float, timezone: str) -> float:
    return _midnight(datetime.fromtimestamp(seconds, ZoneInfo(timezone)).date() + timedelta(days=1), timezone)


def missed_share(wanted: Span, seen: list[Span], lost: list[Span]) -> float:
    """The share of a span of time that no answer covers. seen: spans that answers cover; lost: spans that are known to be missing
    all the same. Spans are (from, to) in seconds; there may be thousands, so their ends are gone through once, in order."""
    begin, end = wanted
    ends = [(begin, 0, 0), (end, 0, 0)]
    for spans, answers, gaps in ((seen, 1, 0), (lost, 0, 1)):
        for left, right in ((max(a, begin), min(b, end)) for a, b in spans):
            if left < right:
                ends += [(left, answers, gaps), (right, -answers, -gaps)]
    ends.sort()
    missing, answering, lacking = 0.0, 0, 0
    for (left, answers, gaps), (right, _, _) in pairwise(ends):
        answering, lacking = answering + answers, lacking + gaps
        missing += 0.0 if answering and not lacking else right - left
    return missing / (end - begin) if end > begin else 0.0
