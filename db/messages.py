"""Keeping which posts are one message. What makes them one is decided in tracker/messages.py; here it is found and written.

Posts that are new or changed wait in posts_to_group. A batch of them is taken with all that could be one message with them:
posts of the same wording, posts that they point at or that point at them, and what was one message with any of these. Since
no reason reaches out of that set, grouping it anew gives what grouping the whole store would give.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import orjson

from db.statements import statements
from db.store import Store
from db.wordings import keep_originals, keep_wordings
from tracker.records import Copy, Wording

REACHED_BY = ("in_one_message", "of_one_wording", "pointed_at", "pointing")


@dataclass(frozen=True, slots=True)
class ToGroup:
    """A post that waits: what its wording and its originals are read from. wording: as it is known already (digest, words)."""

    post_id: int
    platform: str
    native_id: str
    url: str | None
    kind: str
    truncated: bool
    text: str
    links: tuple[str, ...]
    wording: tuple[str, int] | None


def count_to_group(store: Store) -> int:
    """How many posts wait."""
    [row] = store.rows(statements("messages.sql")["count_to_group"])
    return int(str(row["posts"]))


def regroup(
    store: Store, limit: int, wording_of: Callable[[ToGroup], Wording], rule: Callable[[Sequence[Copy]], list[list[int]]]
) -> tuple[int, int]:
    """Take at most `limit` posts that wait, keep what `wording_of` makes of them, and group them anew by `rule` with all that
    hangs together with them; one transaction. The days of posts whose message changed are to be counted again.

    Returns (how many posts were taken, of how many posts the message changed)."""
    taken: list[int] = []
    changed: set[int] = set()

    def work(db: sqlite3.Connection) -> None:
        taken.extend(post_id for (post_id,) in _rows(db, "waiting", limit=limit))
        posts = _to_compare(db, taken)
        wordings = [(post, wording_of(post)) for post in posts]
        keep_wordings(db, [(post.post_id, new) for post, new in wordings if post.wording is None])
        db.executemany("delete from post_originals where post_id = ?", [(post.post_id,) for post in posts])
        keep_originals(db, [(post.post_id, new) for post, new in wordings])
        reached = _reached(db, set(taken))
        messages = {post: group[0] for group in rule(_copies(db, reached)) for post in group}
        changed.update(_keep_messages(db, reached, messages))
        db.execute("delete from posts_to_group where post_id in (select value from json_each(?))", [json.dumps(taken)])

    store.transaction(work)
    return len(taken), len(changed)


def _to_compare(db: sqlite3.Connection, waiting: Sequence[int]) -> list[ToGroup]:
    return [
        ToGroup(
            post_id,
            platform,
            native_id,
            url,
            kind,
            bool(truncated),
            text,
            tuple(orjson.loads(links)),
            (wording, words) if wording else None,
        )
        for post_id, platform, native_id, url, kind, truncated, text, links, wording, words in _rows(
            db, "to_compare", ids=json.dumps(waiting)
        )
    ]


def _links(rows: Iterable[tuple[int, str]]) -> dict[int, tuple[str, ...]]:
    """The links of each post, from rows that come by post."""
    return {post_id: tuple(url for _, url in links) for post_id, links in groupby(rows, key=itemgetter(0))}


def _reached(db: sqlite3.Connection, posts: set[int]) -> set[int]:
    """All that could be one message with one of these posts, and those of these posts for which there is such a one."""
    asked, found, fresh = set(posts), set[int](), set(posts)
    while fresh:
        ids = json.dumps(sorted(fresh))
        reached = {post for name in REACHED_BY for (post,) in _rows(db, name, ids=ids)}
        fresh = reached - asked
        found |= reached
        asked |= fresh
    return found


def _copies(db: sqlite3.Connection, posts: Iterable[int]) -> list[Copy]:
    asked = json.dumps(sorted(posts))
    links_of = _links(_rows(db, "links_of", ids=asked))
    copy_of: defaultdict[int, list[tuple[int, bool]]] = defaultdict(list)
    for post_id, original, certain in _rows(db, "copy_of", ids=asked):
        copy_of[post_id].append((original, bool(certain)))
    return [
        Copy(post_id, platform, created_at, wording, words, links_of.get(post_id, ()), tuple(copy_of.get(post_id, ())))
        for post_id, platform, created_at, wording, words in _rows(db, "copies", ids=asked)
    ]


def _keep_messages(db: sqlite3.Connection, posts: Iterable[int], messages: dict[int, int]) -> set[int]:
    """Write what changed of these posts' messages; returns which posts those are."""
    before: dict[int, int] = dict(_rows(db, "grouped", ids=json.dumps(sorted(posts))))
    changed = {post for post in before.keys() | messages.keys() if before.get(post) != messages.get(post)}
    db.executemany("delete from same_message where post_id = ?", [(post,) for post in changed])
    db.executemany(
        "insert into same_message(message_id, post_id) values (?, ?)",
        [(messages[post], post) for post in sorted(changed) if post in messages],
    )
    db.executemany("insert or ignore into days_to_count select day from posts where id = ?", [(post,) for post in changed])
    return changed


def _rows(db: sqlite3.Connection, name: str, **asked: object) -> sqlite3.Cursor:
    return db.execute(statements("messages.sql")[name], asked)
