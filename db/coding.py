"""What the coding pages read: the codebook's parts, which post to offer next, and a post as its coder sees it.

A coder sees the words and what they answer. The author, what the program decided and what others said stay hidden.
"""

import hashlib
import json
import re
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing
from typing import Any

from db.folder import DataFolder
from db.keeping import stored_keys
from db.labels import Key, Labels
from db.reading import Row, rows_of
from db.statements import statements
from db.store import Store
from tracker.codings import AUDIT, PILOT, Coding, is_pilot, of_words_of_now, theme_of
from tracker.records import Everywhere

UNSURE, DISAGREE = "unsure", "disagree"
LOOKED_THROUGH = 2000
"""Posts of a queue, besides those that may be done, that are looked through for one that nobody has coded."""
AT_A_TIME = 100
EVERYONE = sys.maxsize
GONE = "gone"
"""The reference of a post that is not here."""
REFERENCE = re.compile(r"([1-9][0-9]{0,17})-[0-9a-f]{10}")


def _read(db: sqlite3.Connection, name: str, **asked: object) -> list[Row]:
    return rows_of(db, "coding.sql", name, **asked)


def definitions(db: sqlite3.Connection) -> tuple[list[Row], list[Row]]:
    """The themes as they are defined now, in the order of the pages, and the paper's questions."""
    return [json.loads(row["definition"]) for row in _read(db, "definitions")], _read(db, "questions")


def called_before(db: sqlite3.Connection, labels: Labels) -> tuple[dict[str, str], dict[str, str]]:
    """What themes are called, or were when they were last in a codebook; and questions. One of each may have the same slug."""
    books = labels.codebooks().values()
    questions = {one["slug"]: one["text"] for book in books for one in book["questions"]}
    themes = {one["slug"]: one["name"] for book in books for one in book["themes"]}
    return themes | {row["slug"]: row["name"] for row in _read(db, "called")}, questions


def mark(db: sqlite3.Connection) -> str:
    """Something that changes when posts may have come."""
    return str(_read(db, "changed")[0]["mark"])


def frame_days(db: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    """How many posts each local day has that can be drawn, and the sum of their numbers in the store, which tells that they are
    other ones where they are as many."""
    return {row["day"]: (row["posts"], row["numbers"]) for row in _read(db, "frame_days")}


def frame(db: sqlite3.Connection, first: str, last: str) -> list[Key]:
    """The posts from `first` to `last` (local dates) that can be drawn."""
    return [(row["platform"], row["native_id"]) for row in _read(db, "frame", first=first, last=last)]


class Touched:
    """Who has coded or skipped what, as one coder may be offered the rest: posts whose authors have replaced the words that were
    coded are among it. round_name: the round that is on."""

    def __init__(self, labels: Labels, coder: str, round_name: str) -> None:
        self.round_name = round_name
        self._mine: dict[str, set[Key]] = {PILOT: set(), AUDIT: set(), "": set()}
        self._coders: dict[str, dict[Key, set[str]]] = {AUDIT: {}, "": {}}
        for one in labels.touched():
            who = one.coder.casefold()
            others = ["", AUDIT] if one.round == round_name else [""]
            counts_for = [PILOT] if is_pilot(one.round) else others
            for queue in counts_for:
                if who == coder.casefold():
                    self._mine[queue].add(one.key)
                if one.what == "coded" and queue != PILOT:
                    self._coders[queue].setdefault(one.key, set()).add(who)

    def mine(self, key: Key, queue: str) -> bool:
        """Whether the coder has coded or skipped the post: in pilots; for the random sample in this round; else in any."""
        return key in self._mine[queue if queue in self._mine else ""]

    def posts(self) -> int:
        """How many posts the coder has coded or skipped, or anybody has coded, pilots aside."""
        return len(self._mine[""] | self._coders[""].keys())

    def readers(self, key: Key, queue: str) -> Set[str]:
        """Who has coded the post, in lower case, pilots aside: for the random sample in this round, else in any."""
        return self._coders[queue if queue in self._coders else ""].get(key, frozenset())


def readers_wanted(queue: str, coders_each: int) -> int:
    """By how many people each post of a queue is to be read: those of a pilot by everyone."""
    return {AUDIT: coders_each, PILOT: EVERYONE}.get(queue, 1)


def waiting(db: sqlite3.Connection, labels: Labels, queue: str, touched: Touched, coders_each: int) -> Iterator[Key]:
    """The posts of a queue that this coder may be offered, in its order. The sample is read by `coders_each` people in each
    round, a pilot by everyone, other queues by one; those leave the sample's posts alone, so that it is read only as a sample."""
    if queue in (AUDIT, PILOT):
        sample = (row for row in labels.sample(queue) if queue == AUDIT or row["week"] == touched.round_name)
        drawn = [(row["platform"], row["native_id"]) for row in sample]
    else:
        in_sample = labels.kept_for_audit()
        done = len(in_sample) + touched.posts()
        drawn = [key for key in _chosen(db, queue, LOOKED_THROUGH + done) if key not in in_sample]
    most = readers_wanted(queue, coders_each)
    left = (key for key in drawn if not touched.mine(key, queue) and len(touched.readers(key, queue)) < most)
    yield from readable(db, left)


def _chosen(db: sqlite3.Connection, queue: str, most: int) -> list[Key]:
    """The first posts of a queue that is not drawn at random, `most` that the program speaks for. Between those that it gave a
    theme stand others, half as many, so that the queue's name does not tell its coder what the program said of a post."""
    if (theme := theme_of(queue)) is not None:
        given = _read(db, "of_theme", theme=theme, limit=most)
        others = _read(db, "not_of_theme", theme=theme, limit=(len(given) + 1) // 2)
        mixed = [(row["platform"], row["native_id"]) for row in (*given, *others)]
        return sorted(mixed, key=lambda key: hashlib.sha256("\0".join((queue, *key)).encode()).digest())
    rows = _read(db, queue, limit=most) if queue in (UNSURE, DISAGREE) else []
    return [(row["platform"], row["native_id"]) for row in rows]


def readable(db: sqlite3.Connection, keys: Iterable[Key]) -> Iterator[Key]:
    """Those of the posts that can be offered: here, live, with words, in a language of the campaign; in the same order."""
    part: list[Key] = []
    for key in keys:
        part.append(key)
        if len(part) == AT_A_TIME:
            yield from _those_readable(db, part)
            part = []
    yield from _those_readable(db, part)


def _those_readable(db: sqlite3.Connection, keys: Sequence[Key]) -> list[Key]:
    rows = _read(db, "readable", keys=json.dumps([list(key) for key in keys]))
    return [(row["platform"], row["native_id"]) for row in rows]


def reference_of(number: int, key: Key) -> str:
    """What a post is called in the addresses and forms of those who code it: its number in the store and ten hex digits of a
    SHA-256 of platform and native id. The native id itself would say who wrote it: on Mastodon it holds the author's handle, on
    Bluesky their DID. And SQLite gives the number of a deleted post again: with the digits no verdict goes to the post that has
    it then."""
    return f"{number}-{hashlib.sha256(chr(0).join(key).encode(errors='surrogatepass')).hexdigest()[:10]}"


def reference_to(db: sqlite3.Connection, key: Key) -> str:
    """What a post is called there; GONE where it is not here."""
    found = _read(db, "number_of", platform=key[0], native_id=key[1])
    return reference_of(found[0]["id"], key) if found else GONE


def referred_to(db: sqlite3.Connection, reference: str) -> Key | None:
    """The post of this reference; None where it is not here, or another has its number by now."""
    read = REFERENCE.fullmatch(reference)
    found = _read(db, "numbered", id=int(read[1])) if read else []
    key = (found[0]["platform"], found[0]["native_id"]) if read and found else None
    return key if read and key and reference_of(int(read[1]), key) == reference else None


def post_to_code(db: sqlite3.Connection, key: Key) -> Row | None:
    """A post as its coder sees it: its reference and words, and under `context` what it answers or quotes: how, text (None: we
    do not have it), ours, and how it was read. None where the post is not here or no longer live."""
    found = _read(db, "to_code", platform=key[0], native_id=key[1])
    if not found:
        return None
    post = found[0]
    targets = [(how, post[how]) for how in ("reply_to", "quote_of") if post[how]]
    context = [_context(db, key[0], how, native_id) for how, native_id in targets]
    return {**post, "reference": reference_of(post["id"], key), "context": context}


def those_here(db: sqlite3.Connection, keys: Iterable[Key]) -> set[Key]:
    """Those of the posts that are here and live, so that they can be shown and coded."""
    rows = _read(db, "here", keys=json.dumps([list(key) for key in keys]))
    return {(row["platform"], row["native_id"]) for row in rows}


def _context(db: sqlite3.Connection, platform: str, how: str, native_id: str) -> dict[str, Any]:
    found = _read(db, "context", platform=platform, native_id=native_id)
    there = found[0] if found else {"text": None, "is_own": 0}
    return {**there, "how": how, "ours": bool(there["is_own"])}


def machine_said(db: sqlite3.Connection, keys: Iterable[Key]) -> dict[Key, Row]:
    """What the live model said of these posts, before any person's decision: day, model, outcome; themes, those that it gave;
    scores by theme, where they were kept. Posts that are not here, or not read, are left out."""
    rows = _read(db, "machine_said", keys=json.dumps([list(key) for key in keys]))
    for row in rows:
        row |= {"themes": frozenset(json.loads(row["themes"])), "scores": json.loads(row["scores"])}
    return {(row["platform"], row["native_id"]): row for row in rows}


def machine_between(db: sqlite3.Connection, first: str, last: str) -> tuple[int, dict[str, int]]:
    """How many posts from `first` to `last` (local dates) can be drawn and read, and to how many of them the program gave each
    theme, before any person's decision."""
    asked = {"first": first, "last": last}
    themes = {row["theme"]: row["posts"] for row in _read(db, "machine_on_days", **asked)}
    return _read(db, "readable_of_days", **asked)[0]["posts"], themes


def everywhere_read(store: Store, model: str) -> Everywhere:
    """All posts that can be drawn and that the model of this name has read, as what people labelled and what is left. What people
    settled is none of the program's: what it gave there is set aside."""
    posts, themes, copies = (
        store.rows(statements("coding.sql")[name], {"model": model})
        for name in ("read_everywhere", "themes_everywhere", "messages_read")
    )
    ((read, others, unsure),) = [[int(str(row[name])) for name in ("posts", "others", "unsure")] for row in posts]
    given, labelled, carried = (
        {str(row["theme"]): int(str(row[name])) for row in themes} for name in ("given", "labelled", "carried")
    )
    messages = {(str(row["platform"]), str(row["native_id"])): int(str(row["message_id"])) for row in copies}
    return Everywhere(read, given, labelled, carried, unsure / others if others else None, messages)


def everywhere_in(folder: DataFolder, model: str) -> Everywhere | None:
    """The same, for who only reads; None where there is no store, or no run of this version has brought it up to date yet."""
    if not folder.exists():
        return None
    with closing(Store.open(folder, readonly=True)) as store:
        if not store.rows("select 1 from sqlite_master where name = 'settled_themes'"):
            return None
        return everywhere_read(store, model)


WeekOf = Callable[[str], str]
DaysOf = Callable[[str], tuple[str, str]]


def for_validation(
    db: sqlite3.Connection, labels: Labels, codings: Iterable[Coding], week_of: WeekOf, days_of: DaysOf
) -> tuple[list[Coding], dict[Key, tuple[str, float]], dict[str, tuple[int, dict[str, int]]], dict[Key, Row]]:
    """What the table of validation is made of (tracker/validation.py): the codings, but for those of words that were replaced
    since, of which the program says nothing; the week and the probability of each drawn post; of each such week that somebody
    read in, what `machine_between` gives; what `machine_said` gives. The week of a post that was brought in from a file as drawn
    is that of its day here; "" where it is not read yet. Posts that are no longer here, forgotten ones among them, count as not
    drawn: they are in no number of posts that could be drawn, and the program's word is gone with them."""
    coded = list(codings)
    texts = rows_of(db, "reading_texts.sql", "texts_of_posts", keys=json.dumps(sorted({one.key for one in coded})))
    stand = of_words_of_now(coded, {(row["platform"], row["native_id"]): row["text"] for row in texts})
    keys = {one.key for one in stand}
    machine = machine_said(db, keys)
    drawn = {(row["platform"], row["native_id"]): (row["week"], float(row["rate"])) for row in labels.sample(AUDIT)}
    for key, rate in labels.audit_rates().items():
        drawn.setdefault(key, (week_of(machine[key]["day"]) if key in machine else "", rate))
    here = stored_keys(db, keys)
    drawn = {key: its for key, its in drawn.items() if key in here}
    weeks = {week for week, _ in drawn.values()} - {""}
    return stand, drawn, {week: machine_between(db, *days_of(week)) for week in sorted(weeks)}, machine


def to_score(store: Store, keys: Iterable[Key], model: str) -> list[tuple[int, str]]:
    """Those of these posts (id, text) that the model of this name has read and of which its scores are not kept."""
    asked: dict[str, object] = {"keys": json.dumps([list(key) for key in keys]), "model": model}
    return [(int(str(row["id"])), str(row["text"])) for row in store.rows(statements("coding.sql")["to_score"], asked)]


def keep_scores(store: Store, model: str, scores: Iterable[tuple[int, Mapping[str, float]]]) -> None:
    """Keep what the live model makes of every theme on some posts (post id, score by theme); those of models before go."""
    rows = [
        {"post_id": post_id, "theme": theme, "model": model, "score": score}
        for post_id, by_theme in scores
        for theme, score in by_theme.items()
    ]

    def write(db: sqlite3.Connection) -> None:
        db.execute(statements("coding.sql")["forget_scores"], {"model": model})
        db.executemany(statements("coding.sql")["keep_score"], rows)

    store.transaction(write)


def found_by(db: sqlite3.Connection) -> Row:
    """How many of other people's posts were found by a hashtag (by_tag), a link, both, and in all. What people found to be not
    this debate is left out."""
    return _read(db, "found_by")[0]


def rules_of(db: sqlite3.Connection, keys: Iterable[Key]) -> dict[Key, set[str]]:
    """By which rules each of these posts belongs."""
    found: dict[Key, set[str]] = {}
    for row in _read(db, "rules_of", keys=json.dumps([list(key) for key in keys])):
        found.setdefault((row["platform"], row["native_id"]), set()).add(row["rule"])
    return found


def carried_to(db: sqlite3.Connection) -> int:
    """The newest row of codings that is in the counts; 0 before the first."""
    found = _read(db, "carried_to")
    return int(found[0]["value"]) if found else 0
