"""Named reads about what many posts share: a link and the words it was shared with, a hashtag beside ours, a busy day by hour."""

import json
import re
import sqlite3
from collections import Counter
from datetime import UTC, datetime
from statistics import median
from zoneinfo import ZoneInfo

from db.reading import Row, cards, last_day_of, last_week, rows_of, thinned_weeks, weeks_up_to, weeks_with_gaps
from tracker.counting import week_of

MOST = 500
"""Of what more posts share, so many that came in last are looked at in full."""
WORD = re.compile(r"[^\W\d_][\w'’-]{3,}")
ADDRESS = re.compile(r"\S+://\S+|[#@]\w+|\bwww\.\S+")
EVERYDAY = """
about after again against also although another because been before being between both could does doing down each ever every
from have having here into itself just like make many more most much must need only other over same should some such than
that their them then there these they this those through under until very want were what when where which while will with
without would your yours ours it's don't can't isn't they're we're you're that's it’s don’t
"""
COMMON = frozenset(re.split(r"\s+", EVERYDAY.strip()))


def _read(db: sqlite3.Connection, name: str, **asked: object) -> list[Row]:
    return rows_of(db, "reading_shared.sql", name, **asked)


def link_page(db: sqlite3.Connection, url: str, now: str) -> Row | None:
    """A link: how many shared it, week by week, on which platforms, with which words and themes, and the newest posts. None where
    nobody did."""
    return _shared(db, "link", url, now)


def hashtag_page(db: sqlite3.Connection, tag: str, now: str) -> Row | None:
    """A hashtag (without #, in lower case): the same, with the hashtags that stand beside it."""
    return _shared(db, "hashtag", tag, now)


def hashtags_page(db: sqlite3.Connection, now: str) -> Row:
    """The hashtags that people used in the last week that has begun and has any."""
    week = _read(db, "last_week", upto=last_week(db, now))[0]["week"]
    return {"week": week, "hashtags": _read(db, "hashtags_of_week", week=week) if week else []}


def _shared(db: sqlite3.Connection, kind: str, what: str, now: str) -> Row | None:
    rows = _read(db, f"posts_of_{kind}", what=what, limit=MOST + 1)
    if not rows:
        return None
    ids = json.dumps([row["id"] for row in rows[:MOST]])
    weeks, to_come = weeks_up_to(_read(db, f"weeks_of_{kind}", what=what), last_week(db, now))
    return {
        "what": what,
        **_read(db, "sums", ids=ids)[0],
        "more": len(rows) > MOST,
        "looked_at": MOST,
        "by_platform": _read(db, "by_platform", ids=ids),
        "themes": _read(db, "themes_of", ids=ids),
        "beside": _read(db, "hashtags_of", ids=ids, but=what),
        "words": common_words([row["text"] for row in _read(db, "texts_of", ids=ids)]),
        "weeks": weeks_with_gaps(weeks),
        "to_come": to_come,
        "newest": cards(db, [row["id"] for row in _read(db, "newest_of", ids=ids)]),
    }


def common_words(texts: list[str]) -> list[tuple[str, int]]:
    """The words that stand in most of these texts, each text counted once, without addresses, hashtags, names and everyday
    words. Of words in as many texts those first in the alphabet, so that the list is the same whenever it is made."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update({word.lower() for word in WORD.findall(ADDRESS.sub(" ", text))} - COMMON)
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [(word, posts) for word, posts in ranked[:20] if posts > 1]


# ---- a day -----------------------------------------------------------------------------------------------------------


def spike_page(db: sqlite3.Connection, day: str | None, timezone: str, now: str) -> Row:
    """A day by hour, and whether it stands out: posts and reposts of each local hour, people, what is usual, copies of one
    message, what was passed on most, links, and where its posts came from; `counted`, how many there were where old ones are no
    longer kept. None as day: the busiest up to the end of the newest week that has begun."""
    busy = _read(db, "busy_days", upto=last_day_of(last_week(db, now)))
    chosen = day or (busy[0]["day"] if busy else None)
    if chosen is None:
        return {"day": None, "busy": []}
    hours, days = _read(db, "hours", day=chosen), [(row["day"], row["posts"]) for row in _read(db, "days", upto=chosen)]
    copies = _read(db, "copies_of_day", day=chosen)
    passed = [{**row, "id": _original(db, row)} for row in _read(db, "reposted_of_day", day=chosen)]
    shown = {card["id"]: card for card in cards(db, [row["id"] for row in (*copies, *passed) if row["id"]])}
    return {
        "day": chosen,
        "busy": busy,
        "sums": {
            **_read(db, "people_of_day", day=chosen)[0],
            **{name: sum(row[name] for row in hours) for name in ("posts", "reposts", "without_author")},
        },
        "usual": usual(days, chosen),
        "counted": dict(days).get(chosen, 0) if week_of(chosen) in thinned_weeks(db) else None,
        "hours": hours_of(hours, chosen, timezone),
        "copies": [{**row, "card": shown.get(row["id"])} for row in copies],
        "passed_on": [{**row, "card": shown.get(row["id"])} for row in passed],
        "links": _read(db, "links_of_day", day=chosen),
        "origins": _read(db, "origins_of_day", day=chosen),
    }


def _original(db: sqlite3.Connection, row: Row) -> int | None:
    found = _read(db, "original", platform=row["platform"], native_id=row["repost_of"])
    return int(found[0]["id"]) if found else None


def usual(days: list[tuple[str, int]], day: str) -> float | None:
    """The median of the 28 days with posts before it; None where there are fewer than seven. days: (day, posts), the newest
    first."""
    before = [posts for other, posts in days if other < day][:28]
    return float(median(before)) if len(before) >= 7 else None


def hours_of(rows: list[Row], day: str, timezone: str) -> list[Row]:
    """Every hour of a local day: hour (00 to 23), posts, reposts. rows: by the minute (UTC, 2026-11-08T14:05)."""
    sums = {hour: [0, 0] for hour in range(24)}
    for row in rows:
        local = datetime.fromisoformat(row["minute"]).replace(tzinfo=UTC).astimezone(ZoneInfo(timezone))
        if local.date().isoformat() == day:
            sums[local.hour][0] += row["posts"]
            sums[local.hour][1] += row["reposts"]
    return [{"hour": f"{hour:02d}", "posts": posts, "reposts": reposts} for hour, (posts, reposts) in sums.items()]
