"""Named reads for the page on coverage and method: what was asked, what became of every row and post, what disappeared since."""

import sqlite3

from db.figures import figures
from db.reading import Row, rows_of
from db.reading_missing import files_read

GIVEN = ("rows", "new", "known", "updated", "outside", "forgotten", "rejected", "withheld")
READ = ("themed", "none", "unsure", "other-language", "empty", "not read")


def _read(db: sqlite3.Connection, name: str) -> list[Row]:
    return rows_of(db, "reading_method.sql", name)


def method_page(db: sqlite3.Connection) -> Row:
    """asked (by source), files (sums over all of them), kinds (ours, others -> kind -> posts of this debate), flow (from stored
    to themed), months (of posting: how many of the posts are still shown)."""
    kinds: dict[str, dict[str, int]] = {"others": {}, "ours": {}}
    for key, posts in figures(db, "kinds").items():
        whose, kind = key.split("|")
        kinds[whose][kind] = posts
    files = files_read(db)
    return {
        "asked": _read(db, "asked"),
        "missed": _read(db, "missed"),
        "files": {"files": len(files), **{name: sum(row[name] for row in files) for name in GIVEN}},
        "refused_rows": _read(db, "refused_rows")[0]["rows"],
        "kinds": kinds,
        "flow": flow(figures(db, "shown"), figures(db, "outcomes")),
        "months": months(figures(db, "attrition")),
    }


def flow(shown: dict[str, int], outcomes: dict[str, int]) -> list[Row]:
    """Each step from the posts that are kept to those with a theme: what, posts left, lost before it and why."""
    live, gone, ours, elsewhere = (shown.get(key, 0) for key in ("live", "gone", "ours", "not debate"))
    others = live - ours
    steps = [
        {"what": "kept", "posts": live + gone, "lost": 0, "why": ""},
        {"what": "still shown", "posts": live, "lost": gone, "why": "deleted on the platform, or made private"},
        {"what": "by other people", "posts": others, "lost": ours, "why": "our own accounts' posts, counted apart"},
        {"what": "of this debate", "posts": others - elsewhere, "lost": elsewhere, "why": "found by people not to be part of it"},
    ]
    left = others - elsewhere
    for outcome, why in (
        ("not read", "not read by the program yet"),
        ("empty", "without words to read"),
        ("other-language", "in a language that the campaign does not read"),
        ("unsure", "left open, because the program was not sure"),
        ("none", "about none of the themes"),
    ):
        lost = outcomes.get(outcome, 0)
        left -= lost
        steps.append({"what": AFTER[outcome], "posts": left, "lost": lost, "why": why})
    return steps


AFTER = {
    "not read": "read",
    "empty": "with words",
    "other-language": "in a language that is read",
    "unsure": "decided",
    "none": "given at least one theme",
}


def months(sums: dict[str, int]) -> list[Row]:
    """By the month of posting, the newest first: posts that were kept, live, hidden, gone, and the share no longer shown."""
    found: dict[str, Row] = {}
    for key, posts in sums.items():
        month, status = key.split("|")
        found.setdefault(month, {"month": month, "live": 0, "hidden": 0, "gone": 0})[status] = posts
    rows = [{**row, "posts": row["live"] + row["hidden"] + row["gone"]} for row in found.values()]
    return sorted(
        ({**row, "lost": 1 - row["live"] / row["posts"]} for row in rows), key=lambda row: str(row["month"]), reverse=True
    )
