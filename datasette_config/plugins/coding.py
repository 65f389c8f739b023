"""The coder's pages: sign a name, read one post at a time, say what it is about, undo, and the codebook."""

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from datasette import Response, hookimpl

from datasette_config.plugins import coding_desk as desk
from datasette_config.plugins.carrying import Typed, shown_again
from datasette_config.plugins.coding_draws import draw_what_is_due
from datasette_config.plugins.coding_forms import (
    SIGNED_AGAIN,
    Filled,
    faults_of,
    filled_in,
    followed,
    of_another,
    said_before,
    shown_mark,
    with_answer,
)
from datasette_config.plugins.pages import look_at_store
from db.coding import DISAGREE, GONE, UNSURE, Touched, post_to_code, readers_wanted, reference_to, referred_to, waiting
from db.labels import Key, Labels
from db.reading import Row
from tracker.codebook import Codebook
from tracker.codings import AUDIT, PILOT, THEME_QUEUE, Coding, is_pilot, theme_of
from tracker.problems import Problem
from tracker.times import system_clock

OTHER = "other"
COUNTED = 500
"""Waiting posts are counted up to here."""
DONE = {
    "saved": ("Kept.", "The next post is below."),
    "skipped": ("Left for others.", "The next post is below."),
    "undone": ("Taken back.", "Here is the post again."),
    "undone gone": (
        "Taken back. That post has been deleted, hidden or forgotten since you read it, so it cannot be shown again.",
        "The next post is below.",
    ),
    "nothing": ("There is nothing of yours to take back.", ""),
    "not yours": (desk.NOT_THEIRS, ""),
    "gone": (
        "That post has been deleted or hidden since you opened it, so nothing was kept of it.",
        "The next post is below.",
    ),
}
"""What was done; and what stands below it, where a post does."""


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The coder's pages."""
    return [
        (r"^/coding$", coding_room),
        (r"^/coding/name$", sign_name),
        (r"^/coding/post$", post_room),
        (r"^/coding/undo$", undo_room),
        (r"^/codebook$", codebook_room),
    ]


@hookimpl
def extra_template_vars(datasette: Any, request: Any) -> dict[str, Any]:
    """Whether this server lets people code, and who is coding."""
    return {"may_code": desk.folder_of(datasette) is not None, "coder": desk.who(datasette, request) if request else None}


@desk.answering
async def coding_room(datasette: Any, request: Any) -> Response:
    """Where a coder begins: their name, the queues with what waits in each, and how far everyone is."""
    coder = desk.who(datasette, request)
    if coder:
        await draw_what_is_due(datasette, coder)

    def view(db: sqlite3.Connection, labels: Labels) -> Row:
        book = desk.codebook(db)
        rules = desk.rules(labels)
        context = {"rules": rules, "book": book, "progress": _progress(labels), "refused": request.args.get("refused")}
        context["may_lead"] = desk.may_lead(request)
        queues = _queues(db, labels, coder, rules) if coder else []
        context |= {"in_pilot": is_pilot(rules["round"]), "fewer": _fewer(labels, rules)}
        return {**context, "queues": queues, "theme_queue": THEME_QUEUE}

    return await desk.page(datasette, request, "coding.html", await desk.look(datasette, view))


def _queues(db: sqlite3.Connection, labels: Labels, coder: str, rules: dict[str, str]) -> list[Row]:
    """The queues of the round, those of one theme aside, with how many posts wait in each for this coder."""
    names = [PILOT] if is_pilot(rules["round"]) else [AUDIT, UNSURE, DISAGREE]
    touched, each = Touched(labels, coder, rules["round"]), int(rules["coders_each"])
    return [
        {
            "name": name,
            "left": _left(db, labels, name, touched, each),
            "begun": name not in (AUDIT, PILOT) or labels.begun(name, rules["round"]),
        }
        for name in names
    ]


def _fewer(labels: Labels, rules: dict[str, str]) -> int | None:
    """How many posts this round's pilot has, where there were no more to offer; None where it has as many as it should."""
    drawn = labels.drawn_weeks(PILOT).get(rules["round"])
    return drawn["population"] if drawn and drawn["rate"] == 1 and drawn["population"] < int(rules["pilot_size"]) else None


def _left(db: sqlite3.Connection, labels: Labels, queue: str, touched: Touched, each: int) -> int:
    return sum(1 for _ in islice(waiting(db, labels, queue, touched, each), COUNTED))


def _progress(labels: Labels) -> list[Row]:
    """By coder: how many posts they coded and skipped in all, and in the pilot and random sample."""
    coders: dict[str, Row] = {}
    for row in labels.progress():
        mine = coders.setdefault(row["coder"].casefold(), {"coder": row["coder"], "coded": 0, "skipped": 0, AUDIT: 0, PILOT: 0})
        mine[row["what"]] += row["posts"]
        if row["what"] == "coded" and row["queue"] in (AUDIT, PILOT):
            mine[row["queue"]] += row["posts"]
    return list(coders.values())


@desk.answering
async def sign_name(datasette: Any, request: Any) -> Response:
    """Remember in a signed cookie who is coding in this browser."""
    if request.method != "POST" or desk.folder_of(datasette) is None:
        return desk.go("/coding")
    sent = await desk.typed(request)
    response = desk.go("/coding")
    if sent.one("name").strip() == "" and sent.one("leave"):
        response.set_cookie(desk.COOKIE, "", max_age=0, httponly=True, samesite="lax")
        return response
    name, action, form = desk.tidy_name(sent.one("name")), sent.one("action"), sent.one("carried")
    if name is None:
        return await desk.ask_name(datasette, request, refused=True, action=action, form=form)
    if form:
        request.scope[desk.SIGNED] = name
        response = await shown_again(datasette, request, name, action, form) or response
    response.set_cookie(desk.COOKIE, datasette.sign(name, desk.COOKIE), max_age=30 * 86400, httponly=True, samesite="lax")
    return response


# ---- one post --------------------------------------------------------------------------------------------------------


@desk.answering
async def post_room(datasette: Any, request: Any) -> Response:
    """The next post of a queue (GET), or what was said of one (POST)."""
    coder = desk.who(datasette, request)
    if desk.folder_of(datasette) is None:
        return desk.go("/coding")
    if coder is None:
        return await desk.sign_again(datasette, request)
    if request.method == "POST":
        return await _sent(datasette, request, coder)
    queue = request.args.get("queue") or AUDIT
    named = (request.args.get("platform") or "", request.args.get("id") or "")
    if all(named):  # an address of before posts had references: it told who wrote them
        found = await desk.look(datasette, lambda db, _: {"post": reference_to(db, named)})
        return desk.go(_address(queue, found["post"]))
    return await _show(datasette, request, coder, queue, request.args.get("post") or "")


async def _show(
    datasette: Any, request: Any, coder: str, queue: str, wanted: str, filled: Filled | None = None, status: int = 200
) -> Response:
    """The page of one post: the one with the reference `wanted`, or, without one, the next that waits in the queue; filled in as
    given, else with what this coder said of it before. A queue that is not of this round leads back, unless something is filled
    in."""
    about = await desk.look(datasette, lambda db, labels: {"rules": desk.rules(labels), "book": desk.codebook(db)})
    if not of_round(queue, about["rules"], about["book"]):
        if filled is None:
            return desk.go("/coding")
        queue = PILOT if is_pilot(about["rules"]["round"]) else OTHER
    await draw_what_is_due(datasette, coder, begin=queue)
    posts = desk.open_posts(datasette)

    def view(db: sqlite3.Connection, labels: Labels) -> Row:
        rules, book = about["rules"], about["book"]
        touched = Touched(labels, coder, rules["round"])
        each = int(rules["coders_each"])
        left = list(islice(waiting(db, labels, queue, touched, each), COUNTED))
        by, most = partial(touched.readers, queue=queue), readers_wanted(queue, each)
        chosen = referred_to(db, wanted) if wanted else posts.offer(coder, left, by, most, time.monotonic())
        post = post_to_code(db, chosen) if chosen else None
        if wanted and chosen and post:
            posts.opened(coder, chosen, time.monotonic())
        return {
            **{"rules": rules, "book": book, "post": post, "left": len(left), "absent": bool(wanted and post is None)},
            "filled": followed(db, labels, filled, book)
            if filled
            else (said_before(labels, coder, rules["round"], post, book) if post else Filled()),
            "taken_back": chosen is not None and labels.has_taken_back(coder, chosen),
        }

    context = await desk.look(datasette, view)
    post = context["post"]
    if post:
        post |= {"shown": shown_mark(post["text"]), "address": _address(queue, post["reference"])}
    # Whoever goes back to a post that they took back, and have coded again since, is not told that it is taken back.
    what = request.args.get("done")
    done = "" if what == "undone" and post and not context["taken_back"] else done_in_words(DONE, what, post)
    context |= {"queue": queue, "theme": _theme_of(context["book"], queue), "done": done, "counted": COUNTED}
    return await desk.page(datasette, request, "coding_post.html", context, status)


@desk.answering
async def show_again(datasette: Any, request: Any, coder: str, sent: Typed) -> Response:
    """The page of a post with a form that was filled in before its coder had to sign in again. Nothing of it is kept yet."""
    sent = await desk.of_now(datasette, sent)
    filled = replace(filled_in(sent), faults=(SIGNED_AGAIN,))
    return await _show(datasette, request, coder, sent.one("queue") or AUDIT, sent.one("post") or GONE, filled)


def done_in_words(said: Mapping[str, tuple[str, str]], what: str | None, post: Row | None) -> str:
    """What was done, and what is below, if there is a post."""
    done, below = said.get(what or "", ("", ""))
    return f"{done} {below}".strip() if post else done


def _address(queue: str, reference: str, **more: str) -> str:
    """Where a post of a queue stands, whoever has coded it meanwhile."""
    return "/coding/post?" + urlencode({"queue": queue, "post": reference, **more})


def of_round(queue: str, rules: dict[str, str], book: Codebook) -> bool:
    """Whether the queue is one of the round: the pilot's own, or any of the others."""
    if is_pilot(rules["round"]):
        return queue == PILOT
    return queue in (AUDIT, UNSURE, DISAGREE, OTHER) or _theme_of(book, queue) is not None


def _theme_of(book: Codebook, queue: str) -> str | None:
    return book.theme_names.get(theme_of(queue) or "")


async def _sent(datasette: Any, request: Any, coder: str) -> Response:
    sent = await desk.of_now(datasette, await desk.typed(request))
    queue, reference, filled = sent.one("queue") or AUDIT, sent.one("post") or GONE, filled_in(sent)
    if desk.opened_by_another(sent, coder):
        return await _show(datasette, request, coder, queue, reference, of_another(request, sent, coder), 409)
    outcome: dict[str, Any] = {}

    def work(db: sqlite3.Connection, labels: Labels) -> Row:
        key = referred_to(db, reference)
        outcome.update(_keep(db, labels, coder, key, queue, sent, filled))
        if key and outcome.get("done") == "skipped":
            desk.open_posts(datasette).leave(coder, key)
        return {}

    try:
        await desk.look(datasette, work)
    except Problem as problem:
        return await _show(datasette, request, coder, queue, reference, replace(filled, faults=desk.why_not_kept(problem)), 503)
    if "faults" in outcome:
        return await _show(datasette, request, coder, queue, reference, replace(filled, faults=outcome["faults"]), 422)
    return desk.go("/coding/post?" + urlencode({"queue": queue, "done": outcome["done"]}))


def _keep(
    db: sqlite3.Connection, labels: Labels, coder: str, key: Key | None, queue: str, sent: Typed, filled: Filled
) -> dict[str, Any]:
    """Keep a verdict or a skip; gives {"done": ...} or {"faults": ...}."""
    post, book, rules = post_to_code(db, key) if key else None, desk.codebook(db), desk.rules(labels)
    if key is None or post is None:
        return {"done": "gone"}
    skipping = bool(sent.one("skip"))
    faults = () if skipping else faults_of(filled, sent, post, book)
    if faults:
        return {"faults": faults}
    rate = labels.audit_rates().get(key) if queue == AUDIT else None
    if not of_round(queue, rules, book) or (queue == AUDIT and rate is None):
        queue = OTHER
    coding = Coding(
        *key,
        text=None if skipping else post["text"],
        coder=coder,
        coded_at=system_clock(),
        round=rules["round"],
        queue=queue,
        probability=rate,
        codebook=book.version,
        what="skipped" if skipping else "coded",
        note=filled.note or None,
    )
    desk.keep(labels, coding if skipping else with_answer(coding, filled), book)
    return {"done": "skipped" if skipping else "saved"}


@desk.answering
async def undo_room(datasette: Any, request: Any) -> Response:
    """Take back the coder's newest verdict or skip, and show that post again; the next one where it is gone."""
    coder = desk.who(datasette, request)
    if request.method != "POST" or desk.folder_of(datasette) is None or coder is None:
        return desk.go("/coding")
    sent = await desk.typed(request)
    here = {"queue": sent.one("queue") or AUDIT}
    if desk.opened_by_another(sent, coder):
        return desk.go("/coding/post?" + urlencode({**here, "done": "not yours"}))
    view = await desk.look(datasette, lambda db, labels: desk.undone(db, labels, coder))
    if view["done"] != "undone":
        return desk.go("/coding/post?" + urlencode({**here, "done": view["done"]}))
    return desk.go(_address(view["queue"], view["post"], done="undone"))


async def codebook_room(datasette: Any, request: Any) -> Response:
    """The codebook: every theme and question as the campaign's files define it."""
    return await desk.page(
        datasette, request, "codebook.html", await look_at_store(datasette, request, lambda db: {"book": desk.codebook(db)})
    )
