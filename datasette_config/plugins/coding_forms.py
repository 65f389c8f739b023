"""The form about a post: what it sends, how it is filled in again, what is wrong with it, and the verdict that it comes to."""

import hashlib
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from datasette_config.plugins import coding_desk as desk
from datasette_config.plugins.carrying import Typed, packed
from db.coding import called_before
from db.labels import Labels
from db.reading import Row
from tracker.codebook import Codebook
from tracker.codings import Coding
from tracker.settling import in_names_of_now

ANSWERS = {"yes": True, "no": False, "cannot": None}
SIGNED_AGAIN = "You had to sign in again. Here is what you had ticked and written: look it over, then save."


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


def shown_mark(text: str) -> str:
    """A mark of the words as they were shown, so that a verdict is never kept for words that were edited meanwhile."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def filled_in(sent: Typed) -> Filled:
    """What a form sent, as it is kept or shown again."""
    return Filled(
        answer=sent.one("answer"),
        themes=tuple(sent.all("theme")),
        questions=tuple(sent.all("question")),
        asks=bool(sent.one("asks")),
        note=sent.one("note").replace("\r\n", "\n")[: desk.LONGEST_NOTE].strip(),
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


def followed(db: sqlite3.Connection, labels: Labels, filled: Filled, book: Codebook) -> Filled:
    """The form in today's codebook: what was ticked under a name of before is ticked under that of now, and what is no longer
    there is named among what is wrong, since its tick would else be gone without a word."""
    themes = tuple(dict.fromkeys(book.names[slug] for slug in filled.themes if slug in book.names))
    questions = tuple(slug for slug in filled.questions if slug in book.question_slugs)
    gone = [slug for slug in filled.themes if slug not in book.names]
    unasked = [slug for slug in filled.questions if slug not in book.question_slugs]
    called, asked = called_before(db, labels) if gone or unasked else ({}, {})
    names = [*(called.get(slug, slug) for slug in gone), *(asked.get(slug, slug) for slug in unasked)]
    told = (f"“{name}”, which you had ticked, is no longer in the codebook." for name in names)
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
