"""The lead's pages: how the coding is set up and how far it is, what coders disagree on, and labels to take away."""

import json
import sqlite3
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from datasette import Response, hookimpl

from datasette_config.plugins import coding_desk as desk
from datasette_config.plugins.carrying import Typed
from datasette_config.plugins.coding import (
    SIGNED_AGAIN,
    Filled,
    answers_of,
    done_in_words,
    faults_of,
    filled_in,
    followed,
    shown_mark,
    with_answer,
)
from db.coding import carried_to, for_validation, post_to_code, those_here
from db.labels import Key, Labels
from db.labels import labelled_post as as_labelled
from db.reading import Row
from tracker.codebook import Codebook
from tracker.codings import AUDIT, Coding, Settled, is_pilot, theme_of
from tracker.counting import days_of, week_of
from tracker.settling import each_coder, no_longer_themes, settle
from tracker.telling import count
from tracker.validation import as_csv, validation_rows

LEAST, MOST = (
    {"audit_per_week": 1, "coders_each": 1, "pilot_size": 1},
    {"audit_per_week": 1000, "coders_each": 9, "pilot_size": 500},
)
SET = {"set": "Set. It holds from now on."}
DONE = {
    "settled": ("Settled.", "The next one is below."),
    "gone": ("That post is gone; nothing was kept.", ""),
}
WRONG = {
    "round": "A round needs a name of 1 to 40 letters.",
    "number": "Write whole numbers within the ranges that stand beside them.",
}


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The lead's pages."""
    return [
        (r"^/coding/lead$", lead_room),
        (r"^/coding/settle$", settle_room),
        (r"^/coding/labels\.jsonl$", labels_file),
        (r"^/coding/validation\.csv$", validation_file),
    ]


async def _lead(datasette: Any, request: Any) -> str | Response:
    """The lead's name, or where to go instead."""
    if desk.folder_of(datasette) is None:
        raise desk.NotCodedHere
    coder = desk.who(datasette, request)
    if coder is None:
        return await desk.sign_again(datasette, request)
    if not desk.may_lead(request):
        return await desk.refuse(
            datasette, request, "This page shows what each coder said, and is for whoever leads the coding.", 403
        )
    return coder


@desk.answering
async def lead_room(datasette: Any, request: Any) -> Response:
    """How the coding is set up, how far it is, and what waits for the lead."""
    lead = await _lead(datasette, request)
    if isinstance(lead, Response):
        return lead
    if request.method == "POST":
        return await _set(datasette, request, lead)
    await desk.draw_what_is_due(datasette, lead)

    def view(db: sqlite3.Connection, labels: Labels) -> Row:
        book = desk.codebook(db)
        codings, asked = desk.said(labels, book)
        to_settle, gone = disputed(db, codings, asked, book, lead)
        return {
            "rules": desk.rules(labels),
            "history": labels.rule_history(),
            "weeks": _weeks(labels, codings),
            "progress": [{**row, "theme": _theme_named(theme_of(row["queue"]), book)} for row in labels.progress()],
            "disputed": len(to_settle),
            "disputed_gone": len(gone),
            "verdicts": len(codings),
            "lost": no_longer_themes(labels.standing(), book.names),
            "wordless": sum(one.text is None for one in codings),
            "waiting": labels.newest() > carried_to(db),
            "least": LEAST,
            "most": MOST,
            "done": SET.get(request.args.get("done") or ""),
            "wrong": WRONG.get(request.args.get("wrong") or ""),
        }

    return await desk.page(datasette, request, "coding_lead.html", await desk.look(datasette, view))


async def _set(datasette: Any, request: Any, lead: str) -> Response:
    sent = await desk.typed(request)
    round_name = desk.tidy_name(sent.one("round"))
    if round_name is None:
        return desk.go("/coding/lead?wrong=round")
    numbers = {name: sent.one(name).strip() for name in LEAST}
    if not all(n.isascii() and n.isdigit() and len(n) < 6 and LEAST[k] <= int(n) <= MOST[k] for k, n in numbers.items()):
        return desk.go("/coding/lead?wrong=number")

    def write(_: sqlite3.Connection, labels: Labels) -> Row:
        known = desk.rules(labels)
        for name, value in {"round": round_name, **numbers}.items():
            if known[name] != value:
                labels.set_rule(name, value, who=lead, now=desk.system_now())
        return {}

    await desk.look(datasette, write)
    return desk.go("/coding/lead?done=set")


def _theme_named(slug: str | None, book: Codebook) -> str | None:
    """The name of a theme, by its slug if it has none any more."""
    names = {theme["slug"]: theme["name"] for part in book.dimensions for theme in part["themes"]}
    return names.get(slug, slug) if slug is not None else None


def _weeks(labels: Labels, codings: list[Coding]) -> list[Row]:
    """Of each week that was drawn from: posts, rate, drawn, and how many of those were read by one person and by more."""
    readers: dict[Key, int] = {}
    for coding in codings:
        if coding.role == "coder" and not is_pilot(coding.round):
            readers[coding.key] = readers.get(coding.key, 0) + 1
    weeks = {week: {**row, "drawn": 0, "once": 0, "more": 0} for week, row in labels.drawn_weeks(AUDIT).items()}
    for row in labels.sample(AUDIT):
        read = readers.get((row["platform"], row["native_id"]), 0)
        for name, holds in (("drawn", True), ("once", read == 1), ("more", read > 1)):
            weeks[row["week"]][name] += holds
    return [weeks[week] for week in sorted(weeks, reverse=True)]


# ---- settling --------------------------------------------------------------------------------------------------------


def disputed(
    db: sqlite3.Connection, codings: list[Coding], asked: dict[str, frozenset[str]], book: Codebook, lead: str
) -> tuple[list[Settled], list[Settled]]:
    """The posts on which coders stand half and half: those that can be settled, and those that are gone by now, so that they
    cannot. Of a pilot that the lead codes too (to settle is not to code), those that they have yet to read are left out: they
    would no longer be read blind."""
    posts: dict[Key, list[Coding]] = {}
    for coding in codings:
        posts.setdefault(coding.key, []).append(coding)
    read = {one.key for one in codings if one.role == "coder" and one.coder.casefold() == lead.casefold() and is_pilot(one.round)}
    found = []
    for key, post in posts.items():
        unread = bool(read) and key not in read and all(is_pilot(one.round) for one in post)
        verdict = settle(post, asked, book.themes)
        if verdict.disputed and not unread:
            found.append(verdict)
    here = those_here(db, ((one.platform, one.native_id) for one in found))
    parts: tuple[list[Settled], list[Settled]] = ([], [])
    for one in found:
        parts[(one.platform, one.native_id) not in here].append(one)
    return parts


@desk.answering
async def settle_room(datasette: Any, request: Any) -> Response:
    """A post on which coders disagree, with what each said; the lead's word then stands alone."""
    lead = await _lead(datasette, request)
    if isinstance(lead, Response):
        return lead
    if request.method == "POST":
        return await _settled(datasette, request, lead)
    return await _show(datasette, request, lead, None, None)


async def _show(datasette: Any, request: Any, lead: str, key: Key | None, filled: Filled | None, status: int = 200) -> Response:
    passed = int(request.args.get("after") or 0) if (request.args.get("after") or "0").isdigit() else 0

    def view(db: sqlite3.Connection, labels: Labels) -> Row:
        book = desk.codebook(db)
        codings, asked = desk.said(labels, book)
        left, _ = disputed(db, codings, asked, book, lead)
        chosen = key or ((left[passed % len(left)].platform, left[passed % len(left)].native_id) if left else None)
        said = [one for one in codings if one.key == chosen]
        verdict = settle(said, asked, book.themes) if said else None
        names = {theme["slug"]: theme["name"] for part in book.dimensions for theme in part["themes"]}
        return {
            "book": book,
            "left": len(left),
            "passed": passed,
            "post": post_to_code(db, chosen) if chosen else None,
            "said": [
                {
                    "coding": one,
                    "themes": [names.get(book.names.get(slug, ""), f"{slug} (no longer a theme)") for slug in one.themes],
                }
                for one in each_coder(labels.standing_of(chosen) if chosen else [])
            ],
            "asked": {question["slug"]: question["text"] for question in book.questions},
            "filled": followed(db, labels, filled, book) if filled else (agreed_on(verdict) if verdict else Filled()),
        }

    context = await desk.look(datasette, view)
    if context["post"]:
        context["post"]["shown"] = shown_mark(context["post"]["text"])
    context |= {"done": done_in_words(DONE, request.args.get("done"), context["post"])}
    return await desk.page(datasette, request, "coding_settle.html", context, status)


@desk.answering
async def show_again(datasette: Any, request: Any, sent: Typed) -> Response:
    """The page of a post to settle with a form that was filled in before the lead had to sign in again."""
    lead = await _lead(datasette, request)
    if isinstance(lead, Response):
        return lead
    key = (sent.one("platform"), sent.one("native_id"))
    return await _show(datasette, request, lead, key, replace(filled_in(sent), faults=(SIGNED_AGAIN,)))


def agreed_on(verdict: Settled) -> Filled:
    """The form with what most coders said, so that the lead's word loses nothing of it."""
    return Filled(
        answer=answers_of(verdict.relevant),
        themes=tuple(verdict.themes),
        questions=tuple(verdict.questions),
        asks=bool(verdict.asks_us),
    )


async def _settled(datasette: Any, request: Any, lead: str) -> Response:
    sent = await desk.typed(request)
    key, filled = (sent.one("platform"), sent.one("native_id")), filled_in(sent)
    outcome: dict[str, Any] = {}

    def work(db: sqlite3.Connection, labels: Labels) -> Row:
        post, book = post_to_code(db, key), desk.codebook(db)
        said = labels.standing_of(key)
        if post is None or not said:
            outcome["done"] = "gone"
            return {}
        outcome["faults"] = faults_of(filled, sent, post, book)
        if not outcome["faults"]:
            coding = Coding(
                *key,
                text=post["text"],
                coder=lead,
                coded_at=desk.system_now(),
                role="lead",
                round=said[-1].round,
                queue="adjudication",
                codebook=book.version,
                note=filled.note or None,
            )
            desk.keep(labels, with_answer(coding, filled), book)
            outcome["done"] = "settled"
        return {}

    await desk.look(datasette, work)
    if outcome.get("faults"):
        return await _show(datasette, request, lead, key, replace(filled, faults=outcome["faults"]), 422)
    return desk.go("/coding/settle?" + urlencode({"done": outcome["done"]}))


# ---- to take away ----------------------------------------------------------------------------------------------------


@desk.answering
async def labels_file(datasette: Any, request: Any) -> Response:
    """Every verdict that stands and whose words are still there, a labelled post a line (docs/campaign-folder.md)."""
    lead = await _lead(datasette, request)
    if isinstance(lead, Response):
        return lead

    def view(_: sqlite3.Connection, labels: Labels) -> Row:
        lines = [json.dumps(as_labelled(one), ensure_ascii=False) for one in labels.standing() if one.text is not None]
        labels.set_rule("taken out", f"{len(lines)} labels", who=lead, now=desk.system_now())
        return {"file": "".join(line + "\n" for line in lines)}

    return _file((await desk.look(datasette, view))["file"], "application/x-ndjson; charset=utf-8", "labels.jsonl")


@desk.answering
async def validation_file(datasette: Any, request: Any) -> Response:
    """The coded audit sample as a table: program, people, probability."""
    lead = await _lead(datasette, request)
    if isinstance(lead, Response):
        return lead

    def view(db: sqlite3.Connection, labels: Labels) -> Row:
        book = desk.codebook(db)
        codings, asked = desk.said(labels, book)
        themes = [theme["slug"] for part in book.dimensions for theme in part["themes"]]
        parts = for_validation(db, labels, codings, week_of, days_of)
        rows = list(validation_rows(codings, *parts, themes, asked))
        labels.set_rule("taken out", f"{count(len(rows), 'row')} of validation", who=lead, now=desk.system_now())
        return {"file": as_csv(rows)}

    return _file((await desk.look(datasette, view))["file"], "text/csv; charset=utf-8", "validation.csv")


def _file(body: str, kind: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(body=body, status=200, headers=headers, content_type=kind)
