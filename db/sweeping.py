"""Take out of stores that came from elsewhere (a backup) what is to stay forgotten. The stores are not in use meanwhile."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlite_utils import Migrations

from db import migrations
from db.folder import DataFolder
from db.forgotten import Forgotten
from db.opening import open_database, storage_errors, writing
from db.raw import Packed
from tracker.records import Author, Post

Keys = set[tuple[str, str]]


def sweep(folder: DataFolder, forgotten: Forgotten) -> int:
    """Delete whoever and whatever `forgotten` names from tracker.db, raw.db and labels.db of `folder`, with the free pages and
    full-text index that still held it; redact mentions. Gives how many posts, items and labels were taken out or changed."""
    if not forgotten.count():
        return 0
    gone, changed = _sweep_posts(folder, forgotten) if folder.tracker.is_file() else (set(), 0)
    return len(gone) + changed + _sweep_raw(folder, forgotten, gone) + _sweep_labels(folder, forgotten, gone)


def _sweep_posts(folder: DataFolder, forgotten: Forgotten) -> tuple[Keys, int]:
    db = open_database(folder.tracker, migrations.tracker)
    try:
        with storage_errors(folder.tracker):
            found = [(row_id, post, forgotten.filtered(post)) for row_id, post in _posts(db.conn)]
        gone = [(row_id, post) for row_id, post, kept in found if kept is None]
        redacted = [(row_id, post, kept) for row_id, post, kept in found if kept is not None and kept != post]
        authors = [row for row in db.conn.execute(AUTHORS) if forgotten.names_author(row[1], row[2], row[3])]
        with writing(db, folder.tracker) as connection:
            ids = [(row_id,) for row_id, _ in gone] + [(row_id,) for row_id, _, _ in redacted]
            connection.executemany("insert or ignore into days_to_count select day from posts where id = ?", ids)
            connection.executemany("delete from posts where id = ?", [(row_id,) for row_id, _ in gone])
            for row_id, _, kept in redacted:
                connection.execute(REDACT, [kept.text, kept.reply_to, kept.quote_of, kept.conversation_id, row_id])
                connection.execute("delete from post_mentions where post_id = ?", [row_id])
                connection.executemany("insert into post_mentions values (?, ?)", [(row_id, handle) for handle in kept.mentions])
            connection.executemany("delete from authors where id = ?", [(row[0],) for row in authors])
        _leave_no_trace(db.conn, folder)
        return {post.key for _, post in gone}, len(redacted) + len(authors)
    finally:
        db.close()


def _posts(connection: sqlite3.Connection) -> Iterator[tuple[int, Post]]:
    mentions: dict[int, list[str]] = {}
    for post_id, handle in connection.execute("select post_id, handle from post_mentions order by post_id, handle"):
        mentions.setdefault(post_id, []).append(handle)
    for row in connection.execute(POSTS):
        (row_id, platform, native_id, text, created_at, kind, reply_to, quote_of, conversation_id, repost_of, *author) = row
        yield (
            row_id,
            Post(
                platform=platform,
                native_id=native_id,
                text=text,
                created_at=created_at,
                author=Author(platform, author[0], author[1]) if author[0] else None,
                kind=kind,
                reply_to=reply_to,
                quote_of=quote_of,
                conversation_id=conversation_id,
                repost_of=repost_of,
                mentions=tuple(mentions.get(row_id, ())),
            ),
        )


def _leave_no_trace(connection: sqlite3.Connection, folder: DataFolder) -> None:
    """A full-text index keeps deleted words until it is built again, and a file its free pages until it is vacuumed."""
    with storage_errors(folder.tracker):
        connection.execute("insert into posts_fts(posts_fts) values ('rebuild')")
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")


def _sweep_raw(folder: DataFolder, forgotten: Forgotten, gone: Keys) -> int:
    return _sweep_rows(
        folder.raw,
        migrations.raw,
        "select id, platform, native_id, body from answers",
        lambda platform, native_id, body: (platform, native_id) in gone or not forgotten.allows_raw(platform, Packed(body)),
        "delete from answers where id = ?",
    )


def _sweep_labels(folder: DataFolder, forgotten: Forgotten, gone: Keys) -> int:
    """The verdict of a person who coded stays; what was said goes."""
    return _sweep_rows(
        folder.labels,
        migrations.labels,
        "select id, platform, native_id, text from codings where text is not null",
        lambda platform, native_id, text: (platform, native_id) in gone or forgotten.names_post(platform, native_id),
        "update codings set text = null, note = null where id = ?",
    )


def _sweep_rows(path: Path, steps: Migrations, select: str, is_gone: Callable[[str, str, bytes], bool], erase: str) -> int:
    if not path.is_file():
        return 0
    db = open_database(path, steps)
    try:
        with storage_errors(path):
            found = db.conn.execute(select).fetchall()
        gone = [(row_id,) for row_id, platform, native_id, held in found if is_gone(platform, native_id, held)]
        with writing(db, path) as connection:
            connection.executemany(erase, gone)
        with storage_errors(path):
            db.conn.execute("vacuum")
            db.conn.execute("pragma wal_checkpoint(truncate)")
        return len(gone)
    finally:
        db.close()


POSTS = """
select posts.id, posts.platform, posts.native_id, posts.text, posts.created_at, posts.kind, posts.reply_to, posts.quote_of,
    posts.conversation_id, posts.repost_of, authors.native_id, authors.handle
from posts left join authors on authors.id = posts.author_id order by posts.id
"""
AUTHORS = "select id, platform, native_id, handle from authors"
REDACT = "update posts set text = ?, reply_to = ?, quote_of = ?, conversation_id = ? where id = ?"
