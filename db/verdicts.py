"""Carry over to tracker.db what people settled. It takes the place of what the program decided on those posts, which is set
aside: the program is measured on it, and an undo brings it back.

A repost and a copy of the same message are settled by the post that was read, unless they were read themselves; by most of
those that were read, where several copies were.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from db.models import keep_quality
from db.statements import statements
from db.store import Store
from tracker.codings import Settled
from tracker.records import Quality

Agreements = Sequence[Mapping[str, object]]
"""Rows of coder_agreement: what, name, alpha, low, high, percent, positive, units, yes."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of carrying over: posts now settled (`read`: themselves), posts changed, verdicts on posts that are not here."""

    settled: int
    read: int
    changed: int
    absent: int


@dataclass(frozen=True, slots=True)
class _State:
    """What people say of a stored post, as tracker.db holds it."""

    relevant: bool | None
    asks_us: bool | None
    coders: int
    adjudicated: bool
    via: str
    whole: bool
    themes: tuple[tuple[str, bool], ...]
    questions: tuple[tuple[str, bool], ...]


def carry_over(
    store: Store, verdicts: Sequence[Settled], together: Callable[[Sequence[Settled]], Settled], themes: Set[str]
) -> Carried:
    """Bring tracker.db up to what people settled, in one transaction; days with a change are counted again. themes: those of the
    campaign, and `verdicts` are of no others. together: what the verdicts on copies come to."""
    result: list[Carried] = []

    def work(db: sqlite3.Connection) -> None:
        wanted, absent = _wanted(db, verdicts, together, themes)
        before = _before(db)
        changed = [post_id for post_id in {*wanted, *before} if wanted.get(post_id) != before.get(post_id)]
        for post_id in sorted(changed):
            _put_back(db, post_id)
            if post_id in wanted:
                _put_in_place(db, post_id, wanted[post_id])
        result.append(Carried(len(wanted), sum(one.via == "read" for one in wanted.values()), len(changed), absent))

    store.transaction(work)
    return result[0]


def _wanted(
    db: sqlite3.Connection, verdicts: Sequence[Settled], together: Callable[[Sequence[Settled]], Settled], themes: Set[str]
) -> tuple[dict[int, _State], int]:
    keys = json.dumps([[one.platform, one.native_id] for one in verdicts])
    wanted: dict[int, _State] = {}
    for name, via in (("same_messages", "same message"), ("reposts_of", "repost"), ("read_by_people", "read")):
        told: dict[int, list[Settled]] = {}
        for place, post_id in db.execute(statements("verdicts.sql")[name], {"wanted": keys}).fetchall():
            told.setdefault(post_id, []).append(verdicts[place])
        wanted |= {post_id: _state(together(some), via, themes) for post_id, some in told.items()}
    read = sum(one.via == "read" for one in wanted.values())
    return wanted, len(verdicts) - read


def _state(verdict: Settled, via: str, themes: Set[str]) -> _State:
    settled = verdict.asked.without(verdict.undecided)
    return _State(
        relevant=verdict.relevant,
        asks_us=verdict.asks_us,
        coders=verdict.coders,
        adjudicated=verdict.adjudicated,
        via=via,
        whole=themes <= settled.themes,
        themes=tuple((slug, slug in verdict.themes) for slug in sorted(settled.themes)),
        questions=tuple((slug, slug in verdict.questions) for slug in sorted(settled.questions)),
    )


def _before(db: sqlite3.Connection) -> dict[int, _State]:
    known = {}
    for row in db.execute(statements("verdicts.sql")["carried"]).fetchall():
        post_id, relevant, asks_us, coders, adjudicated, via, whole, themes, questions = row
        known[post_id] = _State(
            relevant=None if relevant is None else bool(relevant),
            asks_us=None if asks_us is None else bool(asks_us),
            coders=coders,
            adjudicated=bool(adjudicated),
            via=via,
            whole=bool(whole),
            themes=tuple((slug, bool(given)) for slug, given in json.loads(themes)),
            questions=tuple((slug, bool(given)) for slug, given in json.loads(questions)),
        )
    return known


def _put_back(db: sqlite3.Connection, post_id: int) -> None:
    """As if nobody had read the post."""
    for name in (
        "forget_person_s_themes",
        "forget_person_s_questions",
        "unsettle_themes",
        "unsettle_questions",
        "bring_themes_back",
        "bring_questions_back",
        "clear_themes_aside",
        "clear_questions_aside",
        "forget_verdict",
    ):
        _do(db, name, id=post_id)
    _do(db, "count_again", id=post_id)


def _put_in_place(db: sqlite3.Connection, post_id: int, state: _State) -> None:
    _do(
        db,
        "keep_verdict",
        id=post_id,
        relevant=state.relevant,
        asks_us=state.asks_us,
        coders=state.coders,
        adjudicated=state.adjudicated,
        via=state.via,
        whole=state.whole,
    )
    for theme, given in state.themes:
        _do(db, "settle_theme", id=post_id, theme=theme, given=given)
    for question, given in state.questions:
        _do(db, "settle_question", id=post_id, question=question, given=given)
    for what in ("themes", "questions"):
        for name in (f"put_{what}_aside", f"take_{what}_out", f"give_{what}"):
            _do(db, name, id=post_id)


def keep_agreement(store: Store, rows: Agreements, *, now: str) -> None:
    """Keep how well coders agree, for the pages that show counts, and beside what was measured of the live model."""

    def work(db: sqlite3.Connection) -> None:
        _do(db, "clear_agreement")
        for row in rows:
            _do(db, "keep_agreement", **row, measured_at=now)
        _do(db, "note_alpha")

    store.transaction(work)


def asks_by_program(store: Store, keys: Sequence[tuple[str, str]]) -> dict[int, bool]:
    """Whether the program takes each of these posts, by its place among them, for a question put to us, before any person's
    decision: it asks something, and answers a post of ours or names one of our accounts. Posts that it has not read are left
    out."""
    rows = store.rows(statements("verdicts.sql")["asks_by_program"], {"wanted": json.dumps(keys)})
    return {int(str(row["place"])): bool(row["asks"]) for row in rows}


def keep_quality_of_live(store: Store, quality: Quality) -> None:
    """Keep how well something is found beside what was measured of the live model; nothing where there is none."""

    def work(db: sqlite3.Connection) -> None:
        for (name,) in db.execute(statements("verdicts.sql")["live_model"]).fetchall():
            keep_quality(db, name, [quality])

    store.transaction(work)


def drop_quality_of_live(store: Store, theme: str) -> None:
    """Let go of how well something was found, where nothing is left that it was measured on."""
    store.transaction(lambda db: _do(db, "drop_quality_of_live", theme=theme))


def _do(db: sqlite3.Connection, name: str, /, **values: Any) -> None:
    db.execute(statements("verdicts.sql")[name], values)
