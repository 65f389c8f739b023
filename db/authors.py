"""Who wrote: one row an author, by the platform's own id.

Where a format knows only a handle, the author's native id is `@handle`; as soon as another file tells the platform's id for
that handle, the row takes it. Handles and names change: of each the one seen latest stands, and a sighting without one says
nothing about it. A wish not to be indexed stands once it was seen. So the order of the sightings does not matter.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from db.inserting import insert_rows
from tracker.records import Post

Key = tuple[str, str]


@dataclass(slots=True)
class _Facts:
    """What the sightings of a batch say of one author: the latest handle with its time, the latest name with its time."""

    handle: tuple[str, str] = ("", "")
    name: tuple[str, str] = ("", "")
    is_own: bool = False
    opted_out: bool | None = None


class _Stored(NamedTuple):
    """What the store holds of one author."""

    id: int
    handle: str
    is_own: int
    seen_at: str
    name: str
    named_at: str
    opted_out: int | None

    def gains(self, facts: _Facts) -> bool:
        """Whether sightings with the same handle say anything that is not stored."""
        if (facts.handle[0], facts.is_own) != (self.seen_at, bool(self.is_own)) and facts.handle[0] >= self.seen_at:
            return True
        if facts.opted_out is not None and (self.opted_out is None or facts.opted_out > self.opted_out):
            return True
        return (facts.name[0], facts.name[1]) > (self.named_at, self.name)


def keep_authors(db: sqlite3.Connection, posts: Iterable[tuple[Post, bool]]) -> dict[Key, int]:
    """Write the authors of (post, is_own) pairs; give the store's id for each (platform, native_id) as the posts name it."""
    seen = _facts_of(posts)
    if not seen:
        return {}
    stored = _stored(db, list(seen))
    settled = {key for key, row in stored.items() if row.handle == seen[key].handle[1]}
    ids_of, taken_over = _one_id_each(db, {key: facts for key, facts in seen.items() if key not in settled})
    renamed = {key: key[1] for key in settled} | ids_of
    fresh = [key for key in seen if key not in stored and key not in taken_over and renamed[key] == key[1]]
    first_id: int = db.execute("select coalesce(max(id), 0) + 1 from authors").fetchone()[0]
    ids = {key: stored[key].id for key in settled} | {key: first_id + n for n, key in enumerate(fresh)}
    insert_rows(db, NEW_AUTHOR, [(ids[key], *_row(key, key[1], seen[key])) for key in fresh])
    told = [key for key in seen if (stored[key].gains(seen[key]) if key in settled else key not in ids)]
    db.executemany(KEEP_AUTHOR, [_row(key, renamed[key], seen[key]) for key in told])
    left = [(key[0], renamed[key]) for key in seen if key not in ids]
    ids |= {key: row.id for key, row in _stored(db, left).items()} if left else {}
    return {key: ids[key[0], renamed[key]] for key in seen}


def _row(key: Key, native_id: str, facts: _Facts) -> tuple[object, ...]:
    (handle_at, handle), (name_at, name) = facts.handle, facts.name
    return key[0], native_id, handle or None, name or None, facts.is_own, facts.opted_out, handle_at, name_at


def _facts_of(posts: Iterable[tuple[Post, bool]]) -> dict[Key, _Facts]:
    seen: dict[Key, _Facts] = {}
    for post, is_own in posts:
        author = post.author
        if author is None:
            continue
        facts = seen.setdefault((post.platform, author.native_id), _Facts())
        seen_at = post.seen_at or post.created_at
        if author.handle and (seen_at, author.handle) >= facts.handle:
            facts.handle, facts.is_own = (seen_at, author.handle), is_own
        if author.display_name:
            facts.name = max(facts.name, (seen_at, author.display_name))
        if author.opted_out is not None:
            facts.opted_out = author.opted_out or bool(facts.opted_out)
    return seen


def _one_id_each(db: sqlite3.Connection, seen: dict[Key, _Facts]) -> tuple[dict[Key, str], set[Key]]:
    """The native id under which each author of the batch is stored: `@handle` gives way to the platform's own id. Second, the
    authors whose row was one of a handle until now."""
    taken_over: set[Key] = set()
    handles = [(key[0], said) for key, facts in seen.items() if facts.handle[1] for said in _as_kept(facts.handle[1])]
    own_ids = {
        (key[0], facts.handle[1].casefold()): key[1]
        for key, facts in seen.items()
        if facts.handle[1] and not key[1].startswith("@")
    }
    stored = db.execute(
        """
        select distinct authors.id, authors.platform, authors.native_id, authors.handle from json_each(?) as asked
        join authors on authors.platform = asked.value ->> 0 and authors.handle = asked.value ->> 1 collate nocase
        """,
        [json.dumps(handles)],
    ).fetchall()
    for author_id, platform, native_id, said in stored:
        handle = said.casefold()
        better = own_ids.get((platform, handle))
        if native_id.startswith("@") and better is not None:
            _take_over(db, author_id, platform, better)
            taken_over.add((platform, better))
        elif not native_id.startswith("@"):
            own_ids.setdefault((platform, handle), native_id)
    ids_of = {
        key: own_ids.get((key[0], facts.handle[1].casefold()), key[1]) if key[1].startswith("@") else key[1]
        for key, facts in seen.items()
    }
    return ids_of, taken_over


def _as_kept(handle: str) -> tuple[str, ...]:
    """How a handle may be kept: SQLite's `nocase` knows the letters of ASCII alone, so others are asked for as they are written,
    and in lower case."""
    return (handle,) if handle.isascii() else (handle, handle.casefold())


def _take_over(db: sqlite3.Connection, author_id: int, platform: str, native_id: str) -> None:
    """The author known by handle turns out to be `native_id`: one row from here on, with what both say."""
    there = db.execute("select id from authors where platform = ? and native_id = ?", [platform, native_id]).fetchone()
    if there is None:
        db.execute("update authors set native_id = ? where id = ?", [native_id, author_id])
        return
    [known] = db.execute(
        "select platform, ?, handle, display_name, is_own, opted_out, seen_at, named_at from authors where id = ?",
        [native_id, author_id],
    )
    db.execute(KEEP_AUTHOR, known)
    db.execute(
        "update authors set role = coalesce(role, (select role from authors where id = ?)) where id = ?", [author_id, there[0]]
    )
    db.execute("insert or ignore into days_to_count select day from posts where author_id = ?", [author_id])
    db.execute("update posts set author_id = ? where author_id = ?", [there[0], author_id])
    db.execute("delete from authors where id = ?", [author_id])


def _stored(db: sqlite3.Connection, keys: Sequence[Key]) -> dict[Key, _Stored]:
    """The authors of `keys` that are in the store."""
    rows = db.execute(
        """
        select authors.platform, authors.native_id, authors.id, coalesce(authors.handle, ''), authors.is_own, authors.seen_at,
            coalesce(authors.display_name, ''), authors.named_at, authors.opted_out
        from json_each(?) as asked
        join authors on authors.platform = asked.value ->> 0 and authors.native_id = asked.value ->> 1
        """,
        [json.dumps(keys)],
    )
    return {(row[0], row[1]): _Stored(*row[2:]) for row in rows}


NEW_AUTHOR = """
insert into authors(id, platform, native_id, handle, display_name, is_own, opted_out, seen_at, named_at)
"""
KEEP_AUTHOR = """
insert into authors(platform, native_id, handle, display_name, is_own, opted_out, seen_at, named_at)
values (?, ?, ?, ?, ?, ?, ?, ?)
on conflict (platform, native_id) do update set
    (handle, is_own, seen_at) = (
        select excluded.handle, excluded.is_own, excluded.seen_at
        where (excluded.seen_at, coalesce(excluded.handle, '')) >= (authors.seen_at, coalesce(authors.handle, ''))
        union all select authors.handle, authors.is_own, authors.seen_at limit 1
    ),
    (display_name, named_at) = (
        select excluded.display_name, excluded.named_at
        where (excluded.named_at, coalesce(excluded.display_name, '')) > (authors.named_at, coalesce(authors.display_name, ''))
        union all select authors.display_name, authors.named_at limit 1
    ),
    opted_out = max(coalesce(authors.opted_out, excluded.opted_out), coalesce(excluded.opted_out, authors.opted_out))
"""
