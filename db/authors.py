"""Who wrote: one row an author, by the platform's own id.

Where a format knows only a handle, the author's native id is `@handle`; as soon as another file tells the platform's id for
that handle, the row takes it. Handles and names change: the one seen latest stands.
"""

import json
import sqlite3
from collections.abc import Sequence

from tracker.records import Author, Post


def keep_authors(db: sqlite3.Connection, posts: Sequence[tuple[Post, bool]]) -> dict[tuple[str, str], int]:
    """Write the authors of (post, is_own) pairs; give the store's id for each (platform, native_id) as the posts name it."""
    latest: dict[tuple[str, str], tuple[str, Author, bool]] = {}
    for post, is_own in posts:
        if post.author is None:
            continue
        key = (post.platform, post.author.native_id)
        seen_at = post.seen_at or post.created_at
        if key not in latest or seen_at >= latest[key][0]:
            latest[key] = (seen_at, post.author, is_own)
    if not latest:
        return {}
    renamed = _one_id_each(db, latest)
    rows = [
        (key[0], renamed[key], author.handle, author.display_name, is_own, author.opted_out, seen_at)
        for key, (seen_at, author, is_own) in latest.items()
    ]
    db.executemany(KEEP_AUTHOR, rows)
    ids = _ids(db, [(key[0], renamed[key]) for key in latest])
    return {key: ids[key[0], renamed[key]] for key in latest}


def _one_id_each(db: sqlite3.Connection, latest: dict[tuple[str, str], tuple[str, Author, bool]]) -> dict[tuple[str, str], str]:
    """The native id under which each author of the batch is stored: `@handle` gives way to the platform's own id."""
    handles = {(key[0], author.handle.casefold()): key for key, (_, author, _) in latest.items() if author.handle}
    own_ids = {name: key[1] for name, key in handles.items() if not key[1].startswith("@")}
    stored = db.execute(
        """
        select authors.id, authors.platform, authors.native_id, lower(authors.handle) from json_each(?) as asked
        join authors on authors.platform = asked.value ->> 0 and authors.handle = asked.value ->> 1 collate nocase
        """,
        [json.dumps(list(handles))],
    ).fetchall()
    for author_id, platform, native_id, handle in stored:
        better = own_ids.get((platform, handle))
        if native_id.startswith("@") and better is not None:
            _take_over(db, author_id, platform, better)
        elif not native_id.startswith("@"):
            own_ids.setdefault((platform, handle), native_id)
    return {
        key: own_ids.get((key[0], author.handle.casefold()), key[1]) if key[1].startswith("@") and author.handle else key[1]
        for key, (_, author, _) in latest.items()
    }


def _take_over(db: sqlite3.Connection, author_id: int, platform: str, native_id: str) -> None:
    """The author known by handle turns out to be `native_id`: one row from here on."""
    there = db.execute("select id from authors where platform = ? and native_id = ?", [platform, native_id]).fetchone()
    if there is None:
        db.execute("update authors set native_id = ? where id = ?", [native_id, author_id])
        return
    db.execute("insert or ignore into days_to_count select day from posts where author_id = ?", [author_id])
    db.execute("update posts set author_id = ? where author_id = ?", [there[0], author_id])
    db.execute("delete from authors where id = ?", [author_id])


def _ids(db: sqlite3.Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    rows = db.execute(
        """
        select authors.platform, authors.native_id, authors.id from json_each(?) as asked
        join authors on authors.platform = asked.value ->> 0 and authors.native_id = asked.value ->> 1
        """,
        [json.dumps(list(keys))],
    )
    return {(platform, native_id): author_id for platform, native_id, author_id in rows}


KEEP_AUTHOR = """
insert into authors(platform, native_id, handle, display_name, is_own, opted_out, seen_at) values (?, ?, ?, ?, ?, ?, ?)
on conflict (platform, native_id) do update set
    handle = coalesce(excluded.handle, handle),
    display_name = coalesce(excluded.display_name, display_name),
    is_own = excluded.is_own,
    opted_out = coalesce(excluded.opted_out, opted_out),
    seen_at = excluded.seen_at
where (excluded.seen_at, coalesce(excluded.handle, ''), coalesce(excluded.display_name, ''))
    > (authors.seen_at, coalesce(authors.handle, ''), coalesce(authors.display_name, ''))
"""
