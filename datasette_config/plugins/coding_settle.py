"""Settling what coders disagree on: the lead sees what each said, and their word stands alone."""

import re
import sqlite3
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from datasette import Response, hookimpl

from datasette_config.plugins import coding_desk as desk
from datasette_config.plugins.carrying import Typed
from datasette_config.plugins.coding import done_in_words
from datasette_config.plugins.coding_forms import (
    SIGNED_AGAIN,
    Filled,
    answers_of,
    faults_of,
    filled_in,
    followed,
    of_another,
    said_before,
    shown_mark,
    with_answer,
)
from datasette_config.plugins.coding_lead import disputed, lead_of
from db.coding import GONE, post_to_code, referred_to
from db.labels import Labels
from db.reading import Row
from tracker.codings import Coding, Settled, each_coder, in_earnest
from tracker.problems import Problem
from tracker.settling import settle
from tracker.times import system_clock

PASSED = re.compile(r"[0-9]{1,9}")
DONE = {
    "settled": ("Settled.", "The next one is below."),
    "gone": ("That post is gone; nothing was kept.", ""),
    "edited": (
        "The author has put quite other words in that post’s place, so it is offered to coders again; nothing was kept.",
        "The next one is below.",
    ),
    "undone": ("Taken back.", "Here is the post again."),
    "undone edited": (
        "Taken back. The author has put quite other words in that post’s place since, so it cannot be settled yet.",
        "The next one is below.",
    ),
    "undone gone": (
        "Taken back. That post has been deleted, hidden or forgotten since you settled it, so it cannot be shown again.",
        "The next one is below.",
    ),
    "nothing": ("There is nothing of yours to take back.", ""),
    "not yours": (desk.NOT_THEIRS, ""),
}


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The pages on which a lead settles."""
    return [(r"^/coding/settle$", settle_room), (r"^/coding/settle/undo$", undo_room)]


@desk.answering
async def settle_room(datasette: Any, request: Any) -> Response:
    """A post on which coders disagree, with what each said; the lead's word then stands alone."""
    lead = await lead_of(datasette, request)
    if request.method == "POST":
        return await _settled(datasette, request, lead)
    return await _show(datasette, request, lead, _passed(request.args.get("after")))


def _passed(after: str | None) -> int:
    """How many posts the lead passed over, as an address or a form says it."""
    return int(after) if after and PASSED.fullmatch(after) else 0


async def _show(
    datasette: Any, request: Any, lead: str, passed: int, sent_for: str = "", filled: Filled | None = None, status: int = 200
) -> Response:
    """The page of one post: the one that a form was sent for, or that the address names, else the next to settle, of those that
    come after the ones that the lead passed over."""

    def view(db: sqlite3.Connection, labels: Labels) -> Row:
        book = desk.codebook(db)
        codings, asked = desk.said(labels, book)
        left, _ = disputed(db, codings, asked, book, lead)
        named = referred_to(db, request.args.get("post") or "")
        first = (left[passed % len(left)].platform, left[passed % len(left)].native_id) if left else None
        chosen = referred_to(db, sent_for) if sent_for else (named if any(one.key == named for one in codings) else first)
        post = post_to_code(db, chosen) if chosen else None
        said = in_earnest(one for one in codings if one.key == chosen)
        again = said_before(labels, lead, said[-1].round, post, book, "lead") if post and said else Filled()
        names = book.theme_names
        return {
            "book": book,
            "left": len(left),
            "passed": passed,
            "post": post if said else None,
            "said": [
                {
                    "coding": one,
                    "themes": [names.get(book.names.get(slug, ""), f"{slug} (no longer a theme)") for slug in one.themes],
                }
                for one in each_coder(in_earnest(labels.of_now(chosen)) if chosen else [])
            ],
            "asked": {question["slug"]: question["text"] for question in book.questions},
            "filled": followed(db, labels, filled, book)
            if filled
            else _suggested(again, settle(said, asked, book.asked) if said else None),
        }

    context = await desk.look(datasette, view)
    if context["post"]:
        post = context["post"]
        post |= {"shown": shown_mark(post["text"]), "address": _address(passed, post=post["reference"])}
    context |= {"done": done_in_words(DONE, request.args.get("done"), context["post"])}
    return await desk.page(datasette, request, "coding_settle.html", context, status)


def _address(passed: int, **more: str) -> str:
    """The page to settle, with how many posts were passed over."""
    return "/coding/settle?" + urlencode({**more, "after": passed})


def _suggested(again: Filled, verdict: Settled | None) -> Filled:
    """What a lead finds filled in: what they said themselves, else what most coders did."""
    if again.again:
        return again
    return agreed_on(verdict) if verdict else Filled()


@desk.answering
async def show_again(datasette: Any, request: Any, sent: Typed) -> Response:
    """The page of a post to settle with a form that was filled in before the lead had to sign in again."""
    lead = await lead_of(datasette, request)
    sent = await desk.of_now(datasette, sent)
    filled, passed = replace(filled_in(sent), faults=(SIGNED_AGAIN,)), _passed(sent.one("after"))
    return await _show(datasette, request, lead, passed, sent.one("post") or GONE, filled)


def agreed_on(verdict: Settled) -> Filled:
    """The form with what most coders said, so that the lead's word loses nothing of it."""
    return Filled(
        answer=answers_of(verdict.relevant),
        themes=tuple(verdict.themes),
        questions=tuple(verdict.questions),
        asks=bool(verdict.asks_us),
    )


async def _settled(datasette: Any, request: Any, lead: str) -> Response:
    sent = await desk.of_now(datasette, await desk.typed(request))
    reference, filled, passed = sent.one("post") or GONE, filled_in(sent), _passed(sent.one("after"))
    if desk.opened_by_another(sent, lead):
        return await _show(datasette, request, lead, passed, reference, of_another(request, sent, lead), 409)
    outcome: dict[str, Any] = {}

    def work(db: sqlite3.Connection, labels: Labels) -> Row:
        key, book = referred_to(db, reference), desk.codebook(db)
        post, said = (post_to_code(db, key), labels.of_now(key)) if key else (None, [])
        if key is None or post is None or not said:
            outcome["done"] = "edited" if post and key in labels.edited() else "gone"
            return {}
        outcome["faults"] = faults_of(filled, sent, post, book)
        if not outcome["faults"]:
            coding = Coding(
                *key,
                text=post["text"],
                coder=lead,
                coded_at=system_clock(),
                role="lead",
                round=in_earnest(said)[-1].round,
                queue="adjudication",
                codebook=book.version,
                note=filled.note or None,
            )
            desk.keep(labels, with_answer(coding, filled), book)
            outcome["done"] = "settled"
        return {}

    try:
        await desk.look(datasette, work)
    except Problem as problem:
        return await _show(datasette, request, lead, passed, reference, replace(filled, faults=desk.why_not_kept(problem)), 503)
    if outcome.get("faults"):
        return await _show(datasette, request, lead, passed, reference, replace(filled, faults=outcome["faults"]), 422)
    return desk.go(_address(passed, done=outcome["done"]))


def _undone(db: sqlite3.Connection, labels: Labels, lead: str) -> Row:
    """Take back what the lead settled last, as `desk.undone` does; "undone edited" where nobody has read the words of now."""
    view = desk.undone(db, labels, lead, "lead")
    key = referred_to(db, view.get("post", GONE))
    return {"done": "undone edited"} if key and not labels.of_now(key) else view


@desk.answering
async def undo_room(datasette: Any, request: Any) -> Response:
    """Take back what the lead settled last, and show that post again."""
    lead = await lead_of(datasette, request)
    if request.method != "POST":
        return desk.go("/coding/settle")
    sent = await desk.typed(request)
    passed = _passed(sent.one("after"))
    if desk.opened_by_another(sent, lead):
        return desk.go(_address(passed, done="not yours"))
    view = await desk.look(datasette, lambda db, labels: _undone(db, labels, lead))
    named = {"post": view["post"]} if view["done"] == "undone" else {}
    return desk.go(_address(passed, **named, done=view["done"]))
