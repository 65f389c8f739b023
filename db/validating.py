"""What the program says of posts besides their themes, for the table of validation: which of the paper's questions they answer,
whether they ask us something, and whether they are of this debate."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from db.labels import Key
from db.reading import Row, rows_of
from tracker.records import ASKS, NOT_THIS_DEBATE, QUESTION

Strata = Mapping[str, tuple[int, Mapping[str, int]]]
DaysOf = Callable[[str], tuple[str, str]]


def _read(db: sqlite3.Connection, name: str, **asked: object) -> list[Row]:
    return rows_of(db, "validating.sql", name, **asked)


def with_all_it_said(
    db: sqlite3.Connection, machine: Mapping[Key, Mapping[str, Any]], questions: Iterable[str]
) -> dict[Key, dict[str, Any]]:
    """What `db.coding.machine_said` gives, with all else that the program gave to a post among its `themes`, called as in
    theme_quality ("question q1", "asks us", "not this debate"); silent: of which of those it says nothing, since its model did
    not look for them; relevant: whether it takes the post for one of this debate, None where it has no opinion."""
    labels = {QUESTION + slug for slug in questions}
    rows = {
        (row["platform"], row["native_id"]): row
        for row in _read(db, "also_said", keys=json.dumps([list(key) for key in machine]))
    }
    said = {}
    for key, row in machine.items():
        also = rows[key]
        relevant = None if also["relevant"] is None else bool(also["relevant"])
        given = {QUESTION + slug for slug in json.loads(also["answers"])}
        silent = labels - given - set(json.loads(also["looked_for"]))
        given |= {ASKS} if also["asks"] else set()
        given |= {NOT_THIS_DEBATE} if relevant is False else set()
        silent |= {NOT_THIS_DEBATE} if relevant is None else set()
        said[key] = {**row, "themes": row["themes"] | given, "silent": silent, "relevant": relevant}
    return said


def with_all_it_counted(
    db: sqlite3.Connection, strata: Strata, days_of: DaysOf, questions: Iterable[str]
) -> dict[str, tuple[int, dict[str, int | None]]]:
    """The strata as `db.coding.for_validation` gives them, with the same labels counted besides themes; None: the live model does
    not look for it."""
    looked_for = {row["theme"] for row in _read(db, "looked_for")}
    unknown = dict.fromkeys({QUESTION + slug for slug in questions} - looked_for)
    found: dict[str, tuple[int, dict[str, int | None]]] = {}
    for week, (population, by_theme) in strata.items():
        first, last = days_of(week)
        also = {row["label"]: row["posts"] for row in _read(db, "also_on_days", first=first, last=last)}
        found[week] = population, {**by_theme, **unknown, **also}
    return found
