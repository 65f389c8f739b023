"""Named reads of what people settled: what was counted by hand, how well its coders agree, what was left out, what asks us."""

import sqlite3

from db.figures import figures
from db.reading import Row, cards, quality, rows_of

ANSWERS_SHOWN = 5


def _read(db: sqlite3.Connection, name: str, **asked: object) -> list[Row]:
    return rows_of(db, "reading_people.sql", name, **asked)


def by_hand(db: sqlite3.Connection, week: str | None) -> set[str]:
    """The themes that people settled on every post and repost of an ISO week (None: of all time) that can have themes."""
    rows = _read(db, "always_by_hand") if week is None else _read(db, "by_hand", week=week)
    return {row["theme"] for row in rows}


def weeks_by_hand(db: sqlite3.Connection, theme: str) -> set[str]:
    """The ISO weeks in which people settled the theme on every post and repost that can have themes."""
    return {row["week"] for row in _read(db, "weeks_by_hand", theme=theme)}


def agreement(db: sqlite3.Connection, what: str = "theme") -> dict[str, Row]:
    """How well coders agree on each theme or question that two of them have read: by its slug."""
    return {row["name"]: row for row in _read(db, "agreement", what=what) if row["units"]}


def quality_of_questions(db: sqlite3.Connection) -> dict[str, Row | None]:
    """How well the live model finds answers to each of the paper's questions ("question q1") and questions to us ("asks us");
    None where it could not be measured. What was never measured is left out."""
    return {row["theme"]: quality(row) for row in _read(db, "quality_of_questions")}


def left_out(db: sqlite3.Connection) -> Row:
    """How many posts and reposts people found to be about something else."""
    return _read(db, "left_out")[0]


def people_on(db: sqlite3.Connection, post_id: int) -> Row:
    """What people settled about one post (`verdict`; None: nobody read it), and which of the paper's questions it answers."""
    found = _read(db, "verdict", post_id=post_id)
    return {"verdict": found[0] if found else None, "answers": _read(db, "questions_of", post_id=post_id)}


def questions_page(db: sqlite3.Connection) -> Row:
    """The paper's questions with how many posts answer each and the newest of them."""
    agreed = agreement(db, "question")
    questions, counted = _read(db, "questions"), figures(db, "questions")
    for question in questions:
        slug = question["slug"]
        question |= {"by_person": counted.get(f"{slug}|person", 0), "by_program": counted.get(f"{slug}|program", 0)}
        ids = [row["id"] for row in _read(db, "answering_by_people", question=slug, limit=ANSWERS_SHOWN)]
        ids += [row["id"] for row in _read(db, "answering", question=slug, limit=ANSWERS_SHOWN - len(ids))]
        question |= {"newest": cards(db, ids), "agreement": agreed.get(question["slug"])}
    return {"questions": questions, "quality": quality_of_questions(db)}
