"""The quote desk: whose words may be used. Ask the person, keep their consent with date and link, or say it in our own words."""

import re
import sqlite3
from datetime import date, timedelta
from typing import Any

from datasette import Response, hookimpl

from datasette_config.plugins import coding_desk as desk
from datasette_config.plugins.asked import at_desk, form_of_post, kept_of_post, returned
from datasette_config.plugins.pages import now_of
from datasette_config.plugins.wording import web
from db.desk import CONSENTS, Desk
from db.reading import Row
from db.reading_asked import posts_of_keys
from tracker.quoting import use_of
from tracker.times import later, system_clock

FIELDS = {"text": 2000, "paraphrase": 1000, "message": 2000, "asked_at": 10, "consent": 3, "consent_at": 10, "consent_link": 2000}
EMPTY: Row = dict.fromkeys((*FIELDS, "changed_at", "changed_by"), "")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
LONGEST_BORROWED = 5
"""So many words in a row that stand in the post make a paraphrase a quote."""
AHEAD = timedelta(hours=14)
"""So far ahead of UTC are the first places to have a day."""


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The pages."""
    return [(r"^/quotes$", quotes_room), (r"^/quotes/(?P<post_id>\d{1,18})$", quote_room)]


@desk.answering
async def quotes_room(datasette: Any, request: Any) -> Response:
    """Every quote that was begun, and what may be done with it."""

    def view(db: sqlite3.Connection, opened: Desk) -> Row:
        rows = opened.quotes()
        posts = posts_of_keys(db, [(row["platform"], row["native_id"]) for row in rows])
        shown = [{**row, "post": posts.get((row["platform"], row["native_id"])), "use": use_of(row)} for row in rows]
        return {"quotes": shown, "done": request.args.get("done")}

    return await desk.page(datasette, request, "quotes.html", await at_desk(datasette, request, view))


@desk.answering
async def quote_room(datasette: Any, request: Any) -> Response:
    """One quote (GET), or what became of it (POST)."""
    number = int(request.url_vars["post_id"])
    if request.method != "POST":
        return await _show(datasette, request, number)
    sent = await desk.typed(request)
    entry: Row = {name: sent.one(name).strip()[:longest] for name, longest in FIELDS.items()}
    entry["seen"] = sent.one("seen")
    today = later(max(now_of(datasette), system_clock()), AHEAD)[:10]

    def keep(post: Row, opened: Desk, who: str) -> str:
        fault = fault_of(entry, post["text"], today)
        if not fault:
            key = (post["platform"], post["native_id"])
            opened.keep_quote(key, entry, seen=entry["seen"], who=who, now=system_clock())
        return fault

    fault, status = await kept_of_post(datasette, request, number, keep)
    return await _show(datasette, request, number, entry, fault, status) if fault else desk.go("/quotes?done=kept")


def fault_of(entry: Row, text: str, today: str) -> str:
    """What is wrong with a quote as it was filled in; "" for nothing. today: the last day that has begun anywhere."""
    if entry["consent"] not in CONSENTS:
        return "Say what the person answered."
    for name, what in (("asked_at", "the day on which they were asked"), ("consent_at", "the day of their answer")):
        if entry[name] and not _is_day(entry[name]):
            return f"Write {what} like 2026-11-08."
        if entry[name] > today:
            return f"{what[0].upper()}{what[1:]} is yet to come. Look at the year."
    if entry["consent"] and not (entry["consent_at"] and web(entry["consent_link"])):
        return "An answer needs its day, and a link to where it can be read (https://...)."
    if entry["text"] and " ".join(entry["text"].split()) not in " ".join(text.split()):
        return "The words to quote must stand in the post just as they are. Shorten them, but change nothing."
    if entry["paraphrase"] and borrows(entry["paraphrase"], text):
        return f"The paraphrase has {LONGEST_BORROWED} words in a row from the post: a search would find it. Say it differently."
    return ""


def borrows(paraphrase: str, text: str) -> bool:
    """Whether a paraphrase takes over so many words in a row that it is a quote."""
    ours, theirs = (re.findall(r"\w+", part.casefold()) for part in (paraphrase, text))
    runs = {tuple(theirs[place : place + LONGEST_BORROWED]) for place in range(len(theirs) - LONGEST_BORROWED + 1)}
    return any(tuple(ours[place : place + LONGEST_BORROWED]) in runs for place in range(len(ours) - LONGEST_BORROWED + 1))


def _is_day(typed: str) -> bool:
    try:
        return bool(DAY.fullmatch(typed)) and bool(date.fromisoformat(typed))
    except ValueError:
        return False


async def _show(
    datasette: Any, request: Any, number: int, typed: Row | None = None, fault: str = "", status: int = 200
) -> Response:
    def fill(post: Row, opened: Desk) -> Row:
        entry = opened.quote((post["platform"], post["native_id"])) or EMPTY
        return {"entry": entry, **returned(entry, typed, status), "fault": fault, "use": use_of(entry)}

    return await form_of_post(datasette, request, number, "quote.html", fill, status)
