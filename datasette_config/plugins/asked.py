"""Asked of us: the questions that people put to the campaign, who looks after each, and what became of it."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import urlencode

from datasette import Response, hookimpl

from datasette_config.plugins import coding_desk as desk
from datasette_config.plugins.pages import look_at_store
from datasette_config.plugins.wording import web
from db.desk import OPEN, STATES, ChangedMeanwhile, Desk
from db.folder import DataFolder
from db.reading import Row
from db.reading_asked import LAST, NEW, asked_page, with_facts
from db.reading_people import agreement, quality_of_questions
from tracker.problems import Problem
from tracker.times import system_clock

SHOWN = {"open": OPEN, "answered": ("answered",), "closed": ("ignore", "no question"), "all": STATES}
LONGEST = {"owner": 80, "note": 2000, "link": 2000}
ABSENT = "There is no such post, or its author has deleted or hidden it."
MEANWHILE = "Someone else changed this while you had it open. What they wrote stands beside yours, which is not yet kept."
CHANGED = 409


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The pages."""
    return [(r"^/asked$", asked_room), (r"^/asked/(?P<post_id>\d{1,18})$", one_room)]


async def at_desk(datasette: Any, request: Any, work: Callable[[sqlite3.Connection, Desk], Row]) -> Row:
    """Read or write with both stores open. Raises NotCodedHere where these pages only show."""
    folder = desk.folder_to_write(datasette)

    def both(db: sqlite3.Connection) -> Row:
        with closing(open_desk(folder)) as opened:
            return work(db, opened)

    return await look_at_store(datasette, request, both)


def open_desk(folder: DataFolder) -> Desk:
    """labels.db, for the owner's eyes only where it is made."""
    os.umask(0o077)
    return Desk(folder)


@desk.answering
async def asked_room(datasette: Any, request: Any) -> Response:
    """The list, open questions first of all."""
    chosen = request.args.get("show") or "open"
    chosen = chosen if chosen in SHOWN else "open"
    typed = request.args.get("before") or ""
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 18 else LAST

    def view(db: sqlite3.Connection, opened: Desk) -> Row:
        page = asked_page(db, opened.answers(), SHOWN[chosen], before)
        following = page["next"] and "/asked?" + urlencode({"show": chosen, "before": page["next"]})
        agreed = agreement(db, "asks us").get("")
        return {
            **page,
            "agreement": agreed,
            "quality": quality_of_questions(db),
            "chosen": chosen,
            "following": following,
            "done": request.args.get("done"),
        }

    return await desk.page(datasette, request, "asked.html", await at_desk(datasette, request, view))


@desk.answering
async def one_room(datasette: Any, request: Any) -> Response:
    """One question (GET), or what became of it (POST)."""
    number = int(request.url_vars["post_id"])
    if request.method != "POST":
        return await _show(datasette, request, number)
    sent = await desk.typed(request)
    entry = {name: sent.one(name).strip()[:longest] for name, longest in LONGEST.items()}
    entry |= {"state": sent.one("state"), "by_hand": 1 if sent.one("by_hand") else 0, "seen": sent.one("seen")}

    def keep(post: Row, opened: Desk, who: str) -> str:
        fault = _fault(entry)
        if not fault:
            key = (post["platform"], post["native_id"])
            opened.keep_answer(key, entry, seen=entry["seen"], who=who, now=system_clock())
        return fault

    fault, status = await kept_of_post(datasette, request, number, keep)
    return await _show(datasette, request, number, entry, fault, status) if fault else desk.go("/asked?done=kept")


async def kept_of_post(datasette: Any, request: Any, number: int, keep: Callable[[Row, Desk, str], str]) -> tuple[str, int]:
    """Have `keep` write what somebody filled in of a post that is still shown; it is given the post, the stores and who it was,
    and gives what is wrong with it. Returns (what is wrong in words, HTTP status); ("", 200) where it is kept."""

    def work(db: sqlite3.Connection, opened: Desk) -> Row:
        post = _still_shown(db, number)
        if post is None:
            return {"fault": ABSENT, "status": 404}
        return {"fault": keep(post, opened, desk.who(datasette, request) or "local"), "status": 422}

    try:
        kept = await at_desk(datasette, request, work)
    except ChangedMeanwhile:
        return MEANWHILE, CHANGED
    except Problem as problem:
        return " ".join(desk.why_not_kept(problem)), 503
    return (kept["fault"], kept["status"]) if kept["fault"] else ("", 200)


async def form_of_post(
    datasette: Any, request: Any, number: int, template: str, fill: Callable[[Row, Desk], Row], status: int
) -> Response:
    """The form of a post that is still shown, with what `fill` gives of the post and the store; 404 for another."""

    def view(db: sqlite3.Connection, opened: Desk) -> Row:
        post = _still_shown(db, number)
        return {"post": post, **(fill(post, opened) if post else {})}

    context = await at_desk(datasette, request, view)
    if context["post"] is None:
        return await desk.refuse(datasette, request, ABSENT, 404)
    return await desk.page(datasette, request, template, context, status)


def _still_shown(db: sqlite3.Connection, number: int) -> Row | None:
    return next((post for post in with_facts(db, [number], {}) if post["status"] == "live"), None)


def returned(entry: Row, typed: Row | None, status: int) -> Row:
    """A form as it is shown, or comes back with what was `typed` into it: filled, its fields; kept, what the store holds of those
    that say something else; seen, the entry that its writer knows of. That is the one that they began with, whatever else was
    wrong, until they are told that it changed: else what a colleague wrote would be overwritten unseen."""
    changed_at, said = entry["changed_at"] or "", typed or {}
    return {
        "filled": {**entry, **said},
        "kept": {name: was or "" for name, was in entry.items() if changed_at and said.get(name, was or "") != (was or "")},
        "seen": changed_at if status == CHANGED else said.get("seen", changed_at),
    }


def _fault(entry: Row) -> str:
    if entry["state"] not in STATES:
        return "Say how far the question is."
    if entry["link"] and not web(entry["link"]):
        return "The link to the answer must be a web address that begins with https:// or http://."
    if entry["state"] == "answered" and not entry["link"]:
        return "Give the link to the answer, so that others can find it."
    return ""


async def _show(
    datasette: Any, request: Any, number: int, typed: Row | None = None, fault: str = "", status: int = 200
) -> Response:
    def fill(post: Row, opened: Desk) -> Row:
        entry = opened.answer((post["platform"], post["native_id"])) or NEW
        return {
            "post": {**post, "entry": entry},
            "entry": entry,
            **returned(entry, typed, status),
            "fault": fault,
            "states": STATES,
        }

    return await form_of_post(datasette, request, number, "asked_post.html", fill, status)
