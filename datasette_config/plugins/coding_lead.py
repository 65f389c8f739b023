"""The lead's pages: how the coding is set up and how far it is, what coders disagree on, and labels to take away."""

import sqlite3
from typing import Any

from datasette import Response, hookimpl

from datasette_config.plugins import coding_desk as desk
from datasette_config.plugins.coding_draws import draw_what_is_due
from db.coding import carried_to, for_validation, those_here
from db.label_files import lines_out
from db.labels import Key, Labels
from db.reading import Row
from db.validating import with_all_it_counted, with_all_it_said
from tracker.codebook import Codebook
from tracker.codings import AUDIT, Asked, Coding, Settled, is_pilot, theme_of
from tracker.counting import days_of, week_of
from tracker.settling import no_longer_themes, settle
from tracker.telling import count
from tracker.times import system_clock
from tracker.validation import as_csv, validation_rows

NUMBERS = {
    "audit_per_week": ("Posts a week in the random sample", 1000),
    "coders_each": ("People who read each of them", 9),
    "pilot_size": ("Posts in a pilot", 500),
}
"""What is set as a number from 1: what it is called, and the most that it can be."""
SET = {"set": "Set. It holds from now on."}


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The lead's pages."""
    return [
        (r"^/coding/lead$", lead_room),
        (r"^/coding/labels\.jsonl$", labels_file),
        (r"^/coding/validation\.csv$", validation_file),
    ]


async def lead_of(datasette: Any, request: Any) -> str:
    """The lead's name. Raises Instead with where to go for somebody else, NotCodedHere where these pages only show."""
    desk.folder_to_write(datasette)
    coder = desk.who(datasette, request)
    if coder is None:
        raise desk.Instead(await desk.sign_again(datasette, request))
    if not desk.may_lead(request):
        said = "This page shows what each coder said, and is for whoever leads the coding."
        raise desk.Instead(await desk.refuse(datasette, request, said, 403))
    return coder


@desk.answering
async def lead_room(datasette: Any, request: Any) -> Response:
    """How the coding is set up, how far it is, and what waits for the lead."""
    lead = await lead_of(datasette, request)
    if request.method == "POST":
        return await _set(datasette, request, lead)
    return await _show(datasette, request, lead)


async def _show(datasette: Any, request: Any, lead: str, typed: dict[str, str] | None = None, wrong: str = "") -> Response:
    """The page; with settings as they were `typed`, and what is `wrong` with them."""
    await draw_what_is_due(datasette, lead)

    def view(db: sqlite3.Connection, labels: Labels) -> Row:
        book = desk.codebook(db)
        standing = labels.standing()
        codings, asked = desk.said(labels, book)
        to_settle, gone = disputed(db, codings, asked, book, lead)
        return {
            "filled": desk.rules(labels) | (typed or {}),
            "history": labels.rule_history(),
            "weeks": _weeks(labels, codings),
            "progress": [{**row, "theme": _theme_named(theme_of(row["queue"]), book)} for row in labels.progress()],
            "disputed": len(to_settle),
            "disputed_gone": len(gone),
            "verdicts": len(standing),
            "edited": len(labels.edited()),
            "lost": no_longer_themes(standing, book.names),
            "wordless": sum(one.text is None for one in codings),
            "waiting": labels.newest() > carried_to(db),
            "numbers": NUMBERS,
            "done": SET.get(request.args.get("done") or ""),
            "wrong": wrong,
        }

    return await desk.page(datasette, request, "coding_lead.html", await desk.look(datasette, view), 422 if wrong else 200)


async def _set(datasette: Any, request: Any, lead: str) -> Response:
    sent = await desk.typed(request)
    typed = {name: sent.one(name).strip() for name in ("round", *NUMBERS)}
    round_name = desk.tidy_name(typed["round"])
    if round_name is None:
        return await _show(datasette, request, lead, typed, "A round needs a name of 1 to 40 letters.")
    for name, (called, most) in NUMBERS.items():
        if not (typed[name].isascii() and typed[name].isdigit() and len(typed[name]) < 6 and 1 <= int(typed[name]) <= most):
            return await _show(datasette, request, lead, typed, f"“{called}” is a whole number from 1 to {most:,}.")

    def write(_: sqlite3.Connection, labels: Labels) -> Row:
        known = desk.rules(labels)
        for name, value in {**typed, "round": round_name}.items():
            if known[name] != value:
                labels.set_rule(name, value, who=lead, now=system_clock())
        return {}

    await desk.look(datasette, write)
    return desk.go("/coding/lead?done=set")


def _theme_named(slug: str | None, book: Codebook) -> str | None:
    """The name of a theme, by its slug if it has none any more."""
    return book.theme_names.get(slug, slug) if slug is not None else None


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


def disputed(
    db: sqlite3.Connection, codings: list[Coding], asked: dict[str, Asked], book: Codebook, lead: str
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
        verdict = settle(post, asked, book.asked)
        if verdict.disputed and not unread:
            found.append(verdict)
    here = those_here(db, ((one.platform, one.native_id) for one in found))
    parts: tuple[list[Settled], list[Settled]] = ([], [])
    for one in found:
        parts[(one.platform, one.native_id) not in here].append(one)
    return parts


# ---- to take away ----------------------------------------------------------------------------------------------------


@desk.answering
async def labels_file(datasette: Any, request: Any) -> Response:
    """Every verdict that stands and whose words are still there, a labelled post a line (docs/campaign-folder.md)."""
    lead = await lead_of(datasette, request)

    def view(_: sqlite3.Connection, labels: Labels) -> Row:
        file, lines = lines_out(labels)
        labels.set_rule("taken out", f"{lines} labels", who=lead, now=system_clock())
        return {"file": file}

    return _file((await desk.look(datasette, view))["file"], "application/x-ndjson; charset=utf-8", "labels.jsonl")


@desk.answering
async def validation_file(datasette: Any, request: Any) -> Response:
    """The coded audit sample as a table: program, people, probability."""
    lead = await lead_of(datasette, request)

    def view(db: sqlite3.Connection, labels: Labels) -> Row:
        book = desk.codebook(db)
        codings, asked = desk.said(labels, book)
        themes, questions = list(book.theme_names), [question["slug"] for question in book.questions]
        codings, drawn, strata, machine = for_validation(db, labels, codings, week_of, days_of)
        counted, its = with_all_it_counted(db, strata, days_of, questions), with_all_it_said(db, machine, questions)
        rows = list(validation_rows(codings, drawn, counted, its, themes, questions, asked))
        labels.set_rule("taken out", f"{count(len(rows), 'row')} of validation", who=lead, now=system_clock())
        return {"file": as_csv(rows)}

    return _file((await desk.look(datasette, view))["file"], "text/csv; charset=utf-8", "validation.csv")


def _file(body: str, kind: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(body=body, status=200, headers=headers, content_type=kind)
