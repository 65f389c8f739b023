"""Named reads for the home page and the theme pages. Each takes a connection and gives plain dicts, ready to be shown.

Rows are dicts with the names of the statements in reading.sql. What a number is worth travels with it: each theme carries
its measured quality, or None where nothing was measured.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from db.figures import figures, unread
from db.statements import statements
from tracker.counting import days_of, moments_of, week_of

Row = dict[str, Any]

WEEKS_SHOWN = 26
NEWEST_SHOWN = 10


def as_of_now(db: sqlite3.Connection, read: Callable[[sqlite3.Connection], Row]) -> Row:
    """What `read` makes of the store, all of it as of one moment, whatever is being written meanwhile."""
    db.execute("begin")
    try:
        return read(db)
    finally:
        db.execute("rollback")


def rows_of(db: sqlite3.Connection, file: str, name: str, **asked: object) -> list[Row]:
    """The rows of the statement `name` of db/`file`, as dicts."""
    cursor = db.execute(statements(file)[name], asked)
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor]


def _read(db: sqlite3.Connection, name: str, **asked: object) -> list[Row]:
    return rows_of(db, "reading.sql", name, **asked)


def campaign_settings(db: sqlite3.Connection) -> Row:
    """What the store remembers of the campaign: campaign_name, paper_title, paper_url, timezone; hashtags, links, phrases,
    languages as lists; posts_in, where the posts lie if not here (`parquet`), else ''."""
    known = {row["name"]: row["value"] for row in _read(db, "settings")}
    return {
        "campaign_name": known.get("campaign_name", ""),
        "paper_title": known.get("paper_title", ""),
        "paper_url": known.get("paper_url", ""),
        "timezone": known.get("timezone", "UTC"),
        "posts_in": known.get("posts_in", ""),
        **{name: json.loads(known.get(name, "[]")) for name in ("hashtags", "links", "phrases", "languages")},
    }


def home(db: sqlite3.Connection, now: str) -> Row:
    """The home page: totals, `span` (first_day and last_day of other people's posts; None without any), weeks, the last whole
    week against the one before by theme, the newest posts. What says a date in a week to come is in none of these but totals."""
    zone = campaign_settings(db)["timezone"]
    every = _read(db, "weeks", theme=None)
    newest = newest_begun(every, now, zone)
    begun, to_come = weeks_up_to(every, newest)
    weeks = weeks_with_gaps(begun)
    compared = compared_weeks([week["week"] for week in weeks if _active(week)], now, zone)
    return {
        "totals": totals(db),
        "span": _read(db, "span", upto=last_day_of(newest))[0],
        "weeks": weeks[-WEEKS_SHOWN:],
        "weeks_left_out": max(0, len(weeks) - WEEKS_SHOWN),
        "to_come": to_come,
        "compared": compared,
        "this_week": _week_row(weeks, compared["week"]) if compared else None,
        "week_before": _week_row(weeks, compared["before"]) if compared else None,
        "dimensions": themes_by_dimension(db, compared),
        "model": model(db),
        "unread": unread(db),
        "newest": cards(db, [row["id"] for row in _read(db, "newest", until=_until(newest, now, zone), limit=NEWEST_SHOWN)]),
    }


def totals(db: sqlite3.Connection) -> Row:
    """posts, reposts, people (all without our own), own_posts; `thinned`, whether posts were deleted since they had been kept for
    as long as the campaign keeps them: they are counted, and `people` are those who wrote the others."""
    sums = {row["is_own"]: row for row in _read(db, "totals")}
    others, own = sums.get(0, {}), sums.get(1, {})
    return {
        "posts": others.get("posts", 0),
        "reposts": others.get("reposts", 0),
        "people": figures(db, "people").get("", 0),
        "own_posts": own.get("posts", 0) + own.get("reposts", 0),
        "thinned": bool(thinned_weeks(db)),
    }


def thinned_weeks(db: sqlite3.Connection) -> set[str]:
    """The weeks of which posts were deleted that had been kept for as long as the campaign keeps them. Their counts stand."""
    return {row["week"] for row in _read(db, "thinned")}


def model(db: sqlite3.Connection) -> Row | None:
    """The live model: name, trained_at, labelled, invented, notes. None before `train`."""
    live = _read(db, "model")
    return live[0] if live else None


def outcomes(db: sqlite3.Connection) -> Row:
    """What became of every post by other people when it was read: outcome, or "not read" -> number of posts."""
    return figures(db, "outcomes")


# ---- weeks -----------------------------------------------------------------------------------------------------------


def newest_begun(rows: Sequence[Row], now: str, timezone: str) -> str:
    """The newest of the weeks of these rows that has begun: of one post that says a date to come its clock was wrong, or day and
    month stand the other way round. Where no week has begun, the clock here is wrong, and it is the newest of all. now: UTC."""
    this = week_of(_today(now, timezone))
    return max((row["week"] for row in rows if row["week"] <= this), default=rows[-1]["week"] if rows else "")


def last_day_of(week: str) -> str:
    """The Sunday of an ISO week; "" of none."""
    return days_of(week)[1] if week else ""


def _until(newest: str, now: str, timezone: str) -> str:
    """When the week ends that is on, or the newest that has begun where the clock here is wrong (UTC): what says a later time is
    not new, but has its date wrong."""
    return moments_of(max(newest, week_of(_today(now, timezone))), timezone)[1]


def weeks_up_to(rows: Sequence[Row], last: str) -> tuple[list[Row], int]:
    """The rows up to a week, and of how many posts and reposts the others are."""
    later = (row for row in rows if row["week"] > last)
    posts = sum(row.get(name) or 0 for row in later for name in ("posts", "reposts", "own_posts"))
    return [row for row in rows if row["week"] <= last], posts


def weeks_with_gaps(rows: Sequence[Row]) -> list[Row]:
    """Weeks in order, with the weeks between them that have no row as zeros, and `bar`, 0-100, for drawing posts."""
    if not rows:
        return []
    known = {row["week"]: row for row in rows}
    numbers = ("posts", "reposts", "messages", "people", "own_posts")
    every: list[Row] = [
        {"week": week, **{name: known.get(week, {}).get(name) or 0 for name in numbers}}
        for week in weeks_between(rows[0]["week"], rows[-1]["week"])
    ]
    most = max(week["posts"] for week in every) or 1
    return [{**week, "bar": round(100 * week["posts"] / most, 1)} for week in every]


def weeks_between(first: str, last: str) -> list[str]:
    """The ISO weeks from `first` to `last`, both among them."""
    monday, end = monday_of(first), monday_of(last)
    return [week_of(monday + timedelta(days=7 * place)) for place in range((end - monday).days // 7 + 1)]


def monday_of(week: str) -> date:
    """The Monday of an ISO week (`2026-W45`). Raises ValueError for what is not one."""
    year, _, number = week.partition("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def _active(week: Mapping[str, Any]) -> bool:
    return bool(week["posts"] or week["reposts"])


def compared_weeks(active: Sequence[str], now: str, timezone: str) -> Row | None:
    """The last whole week with posts and the week before it; `silent` is how many whole weeks have passed since.

    active: ISO weeks with posts, in order. now: UTC. Where no week is over yet, the newest is taken and `over` is False.
    """
    if not active:
        return None
    today = _today(now, timezone)
    this_monday = today - timedelta(days=today.weekday())
    whole = [week for week in active if monday_of(week) < this_monday]
    week = (whole or active)[-1]
    monday = monday_of(week)
    return {
        "week": week,
        "before": week_of(monday - timedelta(days=7)),
        "over": bool(whole),
        "silent": max(0, (this_monday - monday).days // 7 - 1),
    }


def _today(now: str, timezone: str) -> date:
    return datetime.fromisoformat(now.removesuffix("Z")).replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).date()


def week_after(day: date, days: int) -> date:
    """So many days later."""
    return day + timedelta(days=days)


def week_in_full(db: sqlite3.Connection, week: str, before: str) -> Row:
    """An ISO week and the one before it: compared, this_week, week_before, dimensions (as on the home page), model."""
    weeks = _read(db, "weeks", theme=None)
    compared = {"week": week, "before": before, "over": True, "silent": 0}
    rows = {key: {name: row[name] or 0 for name in NOTHING} for key in (week, before) for row in [_week_row(weeks, key)]}
    return {
        "compared": compared,
        "this_week": rows[week],
        "week_before": rows[before],
        "dimensions": themes_by_dimension(db, compared),
        "model": model(db),
    }


def weeks_since(compared: Row) -> list[str]:
    """The whole weeks after the compared one in which nothing came in, at most eight, the newest last."""
    monday = monday_of(compared["week"])
    return [week_of(monday + timedelta(days=7 * (place + 1))) for place in range(compared["silent"])][-8:]


def _week_row(weeks: Sequence[Row], week: str) -> Row:
    empty = {"week": week, "posts": 0, "reposts": 0, "messages": 0, "people": 0, "own_posts": 0}
    return next((row for row in weeks if row["week"] == week), empty)


# ---- themes ----------------------------------------------------------------------------------------------------------


def themes_by_dimension(db: sqlite3.Connection, compared: Row | None = None) -> list[Row]:
    """Dimensions, each with its groups, each with its themes: name, meaning, quality, checked, sums, and `now` and `before`
    numbers of the compared weeks; and on which posts its themes were `measured_on`, those of most themes first."""
    sums = {row["theme"]: row for row in _read(db, "theme_sums")}
    weeks = [_by_theme(db, compared[key]) if compared else {} for key in ("week", "before")]
    dimensions: dict[str, dict[str, list[Row]]] = {}
    for theme in _read(db, "themes"):
        theme |= {"quality": quality(theme), "checked": checked(db, theme), "sums": sums.get(theme["slug"], NOTHING)}
        theme |= {key: week.get(theme["slug"], NOTHING) for key, week in zip(("now", "before"), weeks, strict=True)}
        dimensions.setdefault(theme["dimension"], {}).setdefault(theme["group_name"], []).append(theme)
    return [
        {
            "name": dimension,
            "groups": [{"name": group, "themes": themes} for group, themes in groups.items()],
            "measured_on": [
                words
                for words, _ in Counter(t["measured_on"] for ts in groups.values() for t in ts if t["quality"]).most_common()
            ],
        }
        for dimension, groups in dimensions.items()
    ]


NOTHING: Row = {"posts": 0, "reposts": 0, "messages": 0, "people": 0}


def _by_theme(db: sqlite3.Connection, week: str) -> dict[str, Row]:
    return {row["theme"]: row for row in _read(db, "week_by_theme", week=week)}


def quality(theme: Mapping[str, Any]) -> Row | None:
    """The measured precision and recall of a row of `themes`, or None where neither was measured."""
    if theme["precision"] is None and theme["recall"] is None:
        return None
    names = ("precision", "precision_low", "precision_high", "recall", "recall_low", "recall_high", "n", "support")
    return {name: theme[name] for name in (*names, "measured_on")}


def newer_than_read(db: sqlite3.Connection, theme: str) -> bool:
    """Whether people have read posts of this debate, and none of them since the theme was added, so that nobody was asked about
    it. What is not of this debate is settled on every theme without a word on any."""
    return bool(_read(db, "newer_than_read", theme=theme))


def checked(db: sqlite3.Connection, theme: Row) -> int:
    """On how many posts a row of `themes` was checked where none of them is about it and none was given it; 0 elsewhere. Posts on
    which people were not asked about it measure nothing of it."""
    found = quality(theme) is None and theme["n"] and not newer_than_read(db, theme["slug"])
    return int(theme["n"]) if found else 0


def theme_page(db: sqlite3.Connection, slug: str, now: str) -> Row | None:
    """One theme with its numbers, weeks, phrases and newest posts (deciding words marked); None if there is no such theme."""
    theme = next((row for row in _read(db, "themes") if row["slug"] == slug), None)
    if theme is None:
        return None
    definition = _read(db, "theme_definition", theme=slug)
    sums = next((row for row in _read(db, "theme_sums") if row["theme"] == slug), NOTHING)
    until = _until(last_week(db, now), now, campaign_settings(db)["timezone"])
    newest = [row["id"] for row in _read(db, "newest_of_theme", theme=slug, until=until, limit=NEWEST_SHOWN)]
    weeks, to_come = weeks_of_theme(db, slug, now)
    return {
        **theme,
        "quality": quality(theme),
        "checked": checked(db, theme),
        "posts": sums["posts"],
        "reposts": sums["reposts"],
        "people": figures(db, "theme_people").get(slug, 0),
        "thinned": not thinned_weeks(db).isdisjoint(week["week"] for week in weeks if _active(week)),
        "weeks": weeks[-WEEKS_SHOWN:],
        "weeks_left_out": max(0, len(weeks) - WEEKS_SHOWN),
        "to_come": to_come,
        "decided": _decided(db, slug),
        "definition": json.loads(definition[0]["definition"]) if definition else {},
        "defined_at": definition[0]["changed_at"] if definition else None,
        "model": model(db),
        "newest": cards(db, newest, marked=slug),
    }


def retired_theme(db: sqlite3.Connection, slug: str) -> Row | None:
    """A theme that is no longer looked for: retired_at, and told, how many numbers of it were published; None for others."""
    return next(iter(_read(db, "retired", theme=slug)), None)


def _decided(db: sqlite3.Connection, slug: str) -> list[Row]:
    """By whom or what the theme was given to how many posts: decided_by, posts; the most first."""
    counted = figures(db, "theme_decided")
    found = [{"decided_by": by, "posts": counted.get(f"{slug}|{by}", 0)} for by in ("rule", "model", "person")]
    return sorted((row for row in found if row["posts"]), key=lambda row: -row["posts"])


def weeks_of_theme(db: sqlite3.Connection, slug: str, now: str) -> tuple[list[Row], int]:
    """The weeks of the whole debate with the theme's numbers: a theme that fell silent shows its silence. And how many of its
    posts say a date that is to come."""
    every, rows = (_read(db, "weeks", theme=theme) for theme in (None, slug))
    if not rows:
        return [], 0
    every, _ = weeks_up_to(every, newest_begun(every, now, campaign_settings(db)["timezone"]))
    begun, to_come = weeks_up_to(rows, every[-1]["week"])
    known = {row["week"] for row in begun}
    silent = [{"week": row["week"]} for row in (every[0], every[-1]) if row["week"] not in known]
    return weeks_with_gaps(sorted([*begun, *silent], key=lambda row: str(row["week"]))), to_come


def last_week(db: sqlite3.Connection, now: str) -> str:
    """The newest week of the debate that has begun; "" where there is none."""
    return newest_begun(_read(db, "weeks", theme=None), now, campaign_settings(db)["timezone"])


# ---- posts in a list -------------------------------------------------------------------------------------------------


def cards(db: sqlite3.Connection, ids: Sequence[int], marked: str | None = None) -> list[Row]:
    """Posts for a list, newest first, each with its `themes`; `spans` are the words that decided for the theme `marked`."""
    asked = json.dumps(list(ids))
    themes: dict[int, list[Row]] = {}
    for row in _read(db, "card_themes", ids=asked):
        themes.setdefault(row["post_id"], []).append({**row, "words": json.loads(row["words"])})
    posts = _read(db, "cards", ids=asked)
    for post in posts:
        post["themes"] = themes.get(post["id"], [])
        post["spans"] = [span for theme in post["themes"] if theme["slug"] == marked for span in theme["words"]]
    return posts
