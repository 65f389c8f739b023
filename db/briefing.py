"""Named reads for the week's briefing, from both stores, changing neither."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from db import migrations
from db.desk import OPEN, Entry
from db.folder import DataFolder
from db.opening import open_database, storage_errors
from db.opening_labels import open_labels, refuse_lost_labels
from db.publishing import own_handles
from db.reading import Row, campaign_settings, monday_of, rows_of, week_after
from db.reading_asked import LAST, asked_page, open_ones
from db.reading_home import links_of
from db.statements import statements
from tracker.public_text import of_nobody, without_names
from tracker.quoting import words_of
from tracker.tongues import tongue

MOST_ASKED, MOST_LINKS, MOST_KEPT = 5, 3, 50


@contextmanager
def as_it_is(folder: DataFolder) -> Iterator[sqlite3.Connection]:
    """The store as it is at one moment, for reading only."""
    with closing(open_database(folder.tracker, migrations.tracker, readonly=True)) as db, storage_errors(folder.tracker):
        db.conn.execute("begin")
        yield db.conn


def kept_by_staff(folder: DataFolder) -> tuple[dict[tuple[str, str], Entry], list[Entry]]:
    """What staff noted of questions, by post, and of quotes. Nothing where nobody has noted anything."""
    refuse_lost_labels(folder)
    if not folder.labels.is_file():
        return {}, []
    with closing(open_labels(folder, readonly=True)) as db, storage_errors(folder.labels):
        answers, quotes = (list(db.query(statements("desk.sql")[name])) for name in ("answers", "quotes"))
    return {(row["platform"], row["native_id"]): row for row in answers}, quotes


def _read(db: sqlite3.Connection, name: str, **asked: object) -> list[Row]:
    return rows_of(db, "briefing.sql", name, **asked)


def _span(week: str) -> dict[str, str]:
    monday = monday_of(week)
    return {"first": monday.isoformat(), "last": week_after(monday, 6).isoformat()}


def asked_of_us(db: sqlite3.Connection, answers: dict[tuple[str, str], Entry]) -> Row:
    """by_state; the open questions that came in last (id, platform, created_at, state); of all that are open, how many people
    alone found (named), and when the oldest was written (since)."""
    page = asked_page(db, answers, OPEN, LAST)
    return {"by_state": page["by_state"], "open": page["posts"][:MOST_ASKED], **open_ones(db, answers)}


def conversations(db: sqlite3.Connection, week: str) -> list[Row]:
    """The three conversations of a week with most people, three at least: id (a post of it), platform, posts, people, whether it
    stands under a post of ours, themes."""
    found = _read(db, "conversations", **_span(week))
    for row in found:
        asked = {"platform": row["platform"], "id": row["id"], **_span(week)}
        row["themes"] = [theme["name"] for theme in _read(db, "themes_of_conversation", **asked)]
    return found


def own_reach(db: sqlite3.Connection, week: str) -> list[Row]:
    """Our own posts of a week, without others' names, with their language, where it is known (lang), and with what came of them
    as far as we know: reposts, people who answered, likes, views."""
    asked, read_in, own = ("id", "platform", "native_id"), campaign_settings(db)["languages"], own_handles(db)
    return [
        {
            **post,
            "text": without_names(post["text"], own),
            "lang": tongue(post, read_in),
            **_read(db, "reach", **{name: post[name] for name in asked})[0],
        }
        for post in _read(db, "own_posts", **_span(week))
    ]


def links_of_nobody(db: sqlite3.Connection, week: str) -> list[Row]:
    """What other people shared most in a week, as `links_of` has it, but for people's posts and pages."""
    return [row for row in links_of(db, week, MOST_KEPT) if of_nobody(row["url"])][:MOST_LINKS]


def gaps_of(db: sqlite3.Connection, week: str) -> list[Row]:
    """Times in a week that were missed for good."""
    span = _span(week)
    return _read(db, "gaps", since=span["first"], until=week_after(monday_of(week), 7).isoformat())


def quotes_of(db: sqlite3.Connection, week: str, quotes: list[Entry]) -> list[dict[str, Any]]:
    """What may be used of the posts of a week, without names: the words where their author agreed, else our paraphrase; nothing
    of a post that was deleted or hidden, or whose author opted out. lang: the language of their words, where it is known."""
    keys = json.dumps([[row["platform"], row["native_id"]] for row in quotes])
    posts, read_in = _read(db, "quoted", keys=keys, **_span(week)) if quotes else [], campaign_settings(db)["languages"]
    may, own, found = {(row["platform"], row["native_id"]): tongue(row, read_in) for row in posts}, own_handles(db), []
    for row in quotes:
        if (key := (row["platform"], row["native_id"])) in may:
            words, agreed_on = words_of(row)
            if words:
                lang = may[key] if agreed_on else None
                found.append({"words": without_names(words, own), "agreed_on": agreed_on, "lang": lang})
    return found


def states_in_words(by_state: dict[str, int]) -> Counter[str]:
    """How many questions need advice before they are answered, by which."""
    return Counter({state: by_state.get(state, 0) for state in ("legal", "press", "safeguarding")})
