"""Named reads of the posts that ask us something, beside what staff noted of them in labels.db."""

import json
import sqlite3
from collections.abc import Mapping

from db.desk import OPEN, Entry, Key
from db.reading import Row, cards, rows_of

PAGE = 25
LAST = 1 << 62
NEW: Entry = {"state": "new", "owner": "", "note": "", "link": "", "changed_at": "", "changed_by": None, "by_hand": 0}


def _read(db: sqlite3.Connection, name: str, **asked: object) -> list[Row]:
    return rows_of(db, "reading_asked.sql", name, **asked)


def asked_page(db: sqlite3.Connection, answers: Mapping[Key, Entry], states: tuple[str, ...], before: int) -> Row:
    """A page of questions in one of these states, those that came in last first: posts (each with `entry`, `how` and `replies`
    of our accounts), `next`, the `before` of the next page (None at the end), and how many there are by state."""
    keys = _ids(db, answers)
    entries = {post_id: answers[key] for key, post_id in keys.items()}
    by_hand = json.dumps([post_id for post_id, entry in entries.items() if entry["by_hand"]])
    noted = json.dumps([post_id for post_id, entry in entries.items() if entry["state"] in states])
    asked = {"by_hand": by_hand, "noted": noted, "every": json.dumps(list(entries)), "is_new": NEW["state"] in states}
    found = [row["post_id"] for row in _read(db, "asking", before=before, limit=PAGE + 1, **asked)]
    shown = found[:PAGE]
    return {
        "posts": with_facts(db, shown, entries),
        "next": shown[-1] if len(found) > PAGE else None,
        "by_state": _by_state(db, entries, by_hand),
    }


def how_many_by_state(db: sqlite3.Connection, answers: Mapping[Key, Entry]) -> dict[str, int]:
    """How many questions there are in each state, and `open`."""
    entries = {post_id: answers[key] for key, post_id in _ids(db, answers).items()}
    return _by_state(db, entries, json.dumps([post_id for post_id, entry in entries.items() if entry["by_hand"]]))


def open_ones(db: sqlite3.Connection, answers: Mapping[Key, Entry]) -> Row:
    """Of the questions that are open: named, how many of them people alone found; since, when the oldest was written (None where
    there is none)."""
    entries = {post_id: answers[key] for key, post_id in _ids(db, answers).items()}
    asked = {
        "every": json.dumps(list(entries)),
        "by_hand": json.dumps([post_id for post_id, entry in entries.items() if entry["by_hand"]]),
        "noted": json.dumps([post_id for post_id, entry in entries.items() if entry["state"] in OPEN]),
    }
    return _read(db, "open_ones", **asked)[0]


def _ids(db: sqlite3.Connection, answers: Mapping[Key, Entry]) -> dict[Key, int]:
    rows = _read(db, "ids", keys=json.dumps([list(key) for key in answers]))
    return {(row["platform"], row["native_id"]): row["id"] for row in rows}


def _by_state(db: sqlite3.Connection, entries: Mapping[int, Entry], by_hand: str) -> dict[str, int]:
    counts = {"new": _read(db, "how_many", by_hand=by_hand)[0]["posts"]}
    for state in sorted({entry["state"] for entry in entries.values()} - {"new"}):
        ids = json.dumps([post_id for post_id, entry in entries.items() if entry["state"] == state])
        counts[state] = _read(db, "among", ids=ids, by_hand=by_hand)[0]["posts"]
        counts["new"] -= counts[state]
    counts["open"] = sum(counts.get(state, 0) for state in OPEN)
    return counts


def posts_of_keys(db: sqlite3.Connection, keys: list[Key]) -> dict[Key, Row]:
    """The live posts with these (platform, native id), as cards."""
    found = {post_id: key for key, post_id in _ids(db, dict.fromkeys(keys, NEW)).items()}
    return {found[row["id"]]: row for row in with_facts(db, list(found), {})}


def with_facts(db: sqlite3.Connection, ids: list[int], entries: Mapping[int, Entry]) -> list[Row]:
    """Posts as cards in the order of `ids`, each with its entry, how it was found to ask, and what our accounts replied."""
    asked = json.dumps(ids)
    facts = {row["id"]: row for row in _read(db, "facts", ids=asked)}
    replies: dict[int, list[Row]] = {}
    for row in _read(db, "our_replies", ids=asked):
        replies.setdefault(row["id"], []).append(row)
    shown = {card["id"]: card for card in cards(db, ids)}
    return [
        {**shown[one], **facts[one], "entry": entries.get(one, NEW), "replies": replies.get(one, [])}
        for one in ids
        if one in shown
    ]
