"""The coder's pages: sign a name, read one post at a time, say what it is about, undo, and the codebook."""

import hashlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from datasette import Response, hookimpl

from datasette_config.plugins import coding_desk as desk
from datasette_config.plugins.carrying import Typed, packed, shown_again
from datasette_config.plugins.pages import look_at_store
from db.coding import DISAGREE, UNSURE, Touched, called_before, post_to_code, waiting
from db.labels import Key, Labels
from db.reading import Row
from tracker.codebook import Codebook
from tracker.codings import AUDIT, PILOT, THEME_QUEUE, Coding, is_pilot, theme_of
from tracker.problems import Problem
from tracker.settling import in_names_of_now

OTHER = "other"
COUNTED = 500
"""Waiting posts are counted up to here."""
ANSWERS = {"yes": True, "no": False, "cannot": None}
SIGNED_AGAIN = "You had to sign in again. Here is what you had ticked and written: look it over, then save."
DONE = {
    "saved": ("Kept.", "The next post is below."),
    "skipped": ("Left for others.", "The next post is below."),
    "undone": ("Taken back.", "Here is the post again."),
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
        await desk.draw_what_is_due(datasette, coder)

    def view(db: sqlite3.Connection, labels: Labels) -> Row:
        book = desk.codebook(db)
        rules = desk.rules(labels)
        context = {"rules": rules, "book": book, "progress": _progress(labels), "refused": request.args.get("refused")}
        context["may_lead"] = desk.may_lead(request)
        queues = _queues(db, labels, coder, rules) if coder else []
        return {**context, "queues": queues, "theme_queue": THEME_QUEUE, "in_pilot": is_pilot(rules["round"])}

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


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it was filled in, or is to be shown: what is wrong with it, and what was ticked. again: the coder had said all
    this before. theirs: who filled it in, where someone else is signed now; carried: that form, for them to sign again with."""

    answer: str = ""
    themes: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    asks: bool = False
    note: str = ""
    faults: tuple[str, ...] = ()
    again: bool = False
    theirs: str = ""
    carried: str = ""


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
    wanted = (request.args.get("platform") or "", request.args.get("id") or "")
    return await _show(datasette, request, coder, queue, wanted if all(wanted) else None)


async def _show(
    datasette: Any, request: Any, coder: str, queue: str, key: Key | None, filled: Filled | None = None, status: int = 200
) -> Response:
    """The page of one post: `key`, or the next that waits in the queue; filled in as given, else with what this coder said of it
    before. A queue that is not of this round leads back, unless something is filled in."""
    about = await desk.look(datasette, lambda db, labels: {"rules": desk.rules(labels), "book": desk.codebook(db)})
    if not of_round(queue, about["rules"], about["book"]):
        if filled is None:
            return desk.go("/coding")
        queue = PILOT if is_pilot(about["rules"]["round"]) else OTHER
    await desk.draw_what_is_due(datasette, coder, begin=queue)

    def view(db: sqlite3.Connection, labels: Labels) -> Row:
        rules, book = about["rules"], about["book"]
        touched = Touched(labels, coder, rules["round"])
        left = list(islice(waiting(db, labels, queue, touched, int(rules["coders_each"])), COUNTED))
        chosen = key or (left[0] if left else None)
        post = post_to_code(db, chosen) if chosen else None
        return {
            **{"rules": rules, "book": book, "post": post, "left": len(left), "absent": bool(key and post is None)},
            "filled": followed(db, labels, filled, book)
            if filled
            else (said_before(labels, coder, rules["round"], post, book) if post else Filled()),
            "stands": chosen is not None and touched.mine(chosen, queue),
        }

    context = await desk.look(datasette, view)
    post = context["post"]
    if post:
        post |= {"shown": shown_mark(post["text"]), "address": _address(queue, (post["platform"], post["native_id"]))}
    # Whoever goes back to a post that they took back, and have coded again since, is not told that it is taken back.
    done = "" if context["stands"] else done_in_words(DONE, request.args.get("done"), post)
    context |= {"queue": queue, "theme": _theme_of(context["book"], queue), "done": done, "counted": COUNTED}
    return await desk.page(datasette, request, "coding_post.html", context, status)


@desk.answering
async def show_again(datasette: Any, request: Any, coder: str, sent: Typed) -> Response:
    """The page of a post with a form that was filled in before its coder had to sign in again. Nothing of it is kept yet."""
    queue, key = sent.one("queue") or AUDIT, (sent.one("platform"), sent.one("native_id"))
    return await _show(datasette, request, coder, queue, key, replace(filled_in(sent), faults=(SIGNED_AGAIN,)))


def done_in_words(said: Mapping[str, tuple[str, str]], what: str | None, post: Row | None) -> str:
    """What was done, and what is below, if there is a post."""
    done, below = said.get(what or "", ("", ""))
    return f"{done} {below}".strip() if post else done


def _address(queue: str, key: Key, **more: str) -> str:
    """Where a post of a queue stands, whoever has coded it meanwhile."""
    return "/coding/post?" + urlencode({"queue": queue, "platform": key[0], "id": key[1], **more})


def said_before(labels: Labels, coder: str, round_name: str, post: Row, book: Codebook, role: str = "coder") -> Filled:
    """The form with what this coder (or lead, by `role`) said last of the post in this round, in today's names of themes, so that
    who takes a verdict back, or goes back to it, changes one tick and not all. Empty where they said nothing, or said it of other
    words."""
    last = labels.last_said(coder, (post["platform"], post["native_id"]), round_name, role)
    if last is None or (last.what == "coded" and last.text != post["text"]):
        return Filled()
    (said,) = in_names_of_now([last], book.names)
    answer, again = "cannot" if said.cannot_tell else answers_of(said.relevant), said.what == "coded" or bool(said.note)
    return Filled(answer, said.themes, said.questions, bool(said.asks_us), said.note or "", again=again)


def of_round(queue: str, rules: dict[str, str], book: Codebook) -> bool:
    """Whether the queue is one of the round: the pilot's own, or any of the others."""
    if is_pilot(rules["round"]):
        return queue == PILOT
    return queue in (AUDIT, UNSURE, DISAGREE, OTHER) or _theme_of(book, queue) is not None


def _theme_of(book: Codebook, queue: str) -> str | None:
    return book.theme_names.get(theme_of(queue) or "")


def shown_mark(text: str) -> str:
    """A mark of the words as they were shown, so that a verdict is never kept for words that were edited meanwhile."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


async def _sent(datasette: Any, request: Any, coder: str) -> Response:
    sent = await desk.typed(request)
    queue, key = sent.one("queue") or AUDIT, (sent.one("platform"), sent.one("native_id"))
    filled = filled_in(sent)
    if desk.opened_by_another(sent, coder):
        return await _show(datasette, request, coder, queue, key, of_another(request, sent, coder), 409)
    outcome: dict[str, Any] = {}

    def work(db: sqlite3.Connection, labels: Labels) -> Row:
        outcome.update(_keep(db, labels, coder, key, queue, sent, filled))
        return {}

    try:
        await desk.look(datasette, work)
    except Problem as problem:
        return await _show(datasette, request, coder, queue, key, replace(filled, faults=tuple(problem.lines())), 503)
    if "faults" in outcome:
        return await _show(datasette, request, coder, queue, key, replace(filled, faults=outcome["faults"]), 422)
    return desk.go("/coding/post?" + urlencode({"queue": queue, "done": outcome["done"]}))


def filled_in(sent: Typed) -> Filled:
    """What a form sent, as it is kept or shown again."""
    return Filled(
        answer=sent.one("answer"),
        themes=tuple(sent.all("theme")),
        questions=tuple(sent.all("question")),
        asks=bool(sent.one("asks")),
        note=sent.one("note")[: desk.LONGEST_NOTE].strip(),
    )


def of_another(request: Any, sent: Typed, coder: str) -> Filled:
    """The form of somebody else than who is signed now, for them to decide whose it is. Who signs with a name can sign as before
    with it; an account has to be signed in with its password, elsewhere."""
    theirs = desk.opened_by_another(sent, coder)
    told = (
        f"This was filled in by {theirs}, and {coder} is signed in this browser now.",
        f"To keep it as {coder}’s, look it over and save it. To keep it as {theirs}’s, sign as {theirs} again.",
    )
    return replace(filled_in(sent), faults=told, theirs=theirs, carried="" if desk.has_account(request) else packed(sent))


def _keep(
    db: sqlite3.Connection, labels: Labels, coder: str, key: Key, queue: str, sent: Typed, filled: Filled
) -> dict[str, Any]:
    """Keep a verdict or a skip; gives {"done": ...} or {"faults": ...}."""
    post, book, rules = post_to_code(db, key), desk.codebook(db), desk.rules(labels)
    if post is None:
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
        coded_at=desk.system_now(),
        round=rules["round"],
        queue=queue,
        probability=rate,
        codebook=book.version,
        what="skipped" if skipping else "coded",
        note=filled.note or None,
    )
    desk.keep(labels, coding if skipping else with_answer(coding, filled), book)
    return {"done": "skipped" if skipping else "saved"}


def followed(db: sqlite3.Connection, labels: Labels, filled: Filled, book: Codebook) -> Filled:
    """The form in today's codebook: what was ticked under a name of before is ticked under that of now, and what is no longer
    there is named among what is wrong, since its tick would else be gone without a word."""
    themes = tuple(dict.fromkeys(book.names[slug] for slug in filled.themes if slug in book.names))
    questions = tuple(slug for slug in filled.questions if slug in book.question_slugs)
    gone = [slug for slug in filled.themes if slug not in book.names]
    gone += [slug for slug in filled.questions if slug not in book.question_slugs]
    called = called_before(db, labels) if gone else {}
    told = (f"“{called.get(slug, slug)}”, which you had ticked, is no longer in the codebook." for slug in gone)
    return replace(filled, themes=themes, questions=questions, faults=(*filled.faults, *told))


def answers_of(relevant: bool | None) -> str:
    """The answer to the first question that a verdict stands for; "" for none."""
    return {True: "yes", False: "no", None: ""}[relevant]


def faults_of(filled: Filled, sent: Typed, post: Row, book: Codebook) -> tuple[str, ...]:
    """What is wrong with a filled form, in words."""
    faults = []
    if sent.one("shown") != shown_mark(post["text"]):
        faults.append("The post's words have changed since you opened it. Read it again, then save.")
    if filled.answer not in ANSWERS:
        faults.append("Say first whether the post is part of this debate.")
    elif filled.answer != "yes" and (filled.themes or filled.questions or filled.asks):
        faults.append("Only a post that is part of this debate has themes. Untick them, or say that it is relevant.")
    unknown = (set(filled.themes) - book.themes) | (set(filled.questions) - book.question_slugs)
    if unknown or sent.one("codebook") != book.version:
        faults.append("The codebook has changed since you opened this post. Look at the themes again, then save.")
    return tuple(faults)


def with_answer(coding: Coding, filled: Filled) -> Coding:
    """The coding with what the form says."""
    yes = filled.answer == "yes"
    return replace(
        coding,
        relevant=ANSWERS[filled.answer],
        cannot_tell=filled.answer == "cannot",
        themes=tuple(sorted(set(filled.themes))) if yes else (),
        questions=tuple(sorted(set(filled.questions))) if yes else (),
        asks_us=filled.asks if yes else None,
    )


@desk.answering
async def undo_room(datasette: Any, request: Any) -> Response:
    """Take back the coder's newest verdict or skip, and show that post again."""
    coder = desk.who(datasette, request)
    if request.method != "POST" or desk.folder_of(datasette) is None or coder is None:
        return desk.go("/coding")
    sent = await desk.typed(request)
    here = {"queue": sent.one("queue") or AUDIT}
    if desk.opened_by_another(sent, coder):
        return desk.go("/coding/post?" + urlencode({**here, "done": "not yours"}))
    view = await desk.look(datasette, lambda db, labels: {"undone": labels.undo(coder, now=desk.system_now())})
    if view["undone"] is None:
        return desk.go("/coding/post?" + urlencode({**here, "done": "nothing"}))
    platform, native_id, queue = view["undone"]
    return desk.go(_address(queue, (platform, native_id), done="undone"))


async def codebook_room(datasette: Any, request: Any) -> Response:
    """The codebook: every theme and question as the campaign's files define it."""
    return await desk.page(
        datasette, request, "codebook.html", await look_at_store(datasette, lambda db: {"book": desk.codebook(db)})
    )
