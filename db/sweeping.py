"""Take out of stores that came from elsewhere (a backup) what is to stay forgotten. The stores are not in use meanwhile."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from db import migrations
from db.counting import count_changes, drop_kept, is_kept_up
from db.folder import DataFolder
from db.forgotten import Forgotten
from db.keeping import drop_readings
from db.learned import unlearn_forgotten
from db.leaving import delete_posts, delete_silent_authors
from db.opening import open_database, storage_errors, writing
from db.sweeping_labels import IsGone, places_left, sweep_labels
from db.unsaid import note_lost_sharers, unsay_links
from tracker.packing import Packed
from tracker.persons import names_of
from tracker.problems import IncompleteRun
from tracker.records import Author, Post

WAIT_MS = 10_000
"""How long a page that is being read is waited for."""
Keys = set[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Swept:
    """What was taken out. posts, authors (also those without posts now), items (of raw.db): deleted; redacted: posts of others
    that named someone; labels: posts whose codings no longer say which they are; learned: digests of labelled posts that a model
    learned from; places: what else said who it was (why a post of another belongs and what it is a copy of, the name of a file,
    a link with its number)."""

    posts: int = 0
    redacted: int = 0
    authors: int = 0
    items: int = 0
    labels: int = 0
    learned: int = 0
    places: int = 0

    def total(self) -> int:
        """All of it."""
        return self.posts + self.redacted + self.authors + self.items + self.labels + self.learned + self.places


def sweep(folder: DataFolder, forgotten: Forgotten, names: Iterable[str] = ()) -> Swept:
    """Delete whoever and whatever `forgotten` names from tracker.db, raw.db and labels.db of `folder`, with the free pages and
    the full-text index that still held it; redact it in what others wrote. Doing it twice, or again after a kill, does the same.
    names: what they are called in notes, beside what tracker.db of `folder` knows them by.

    Raises IncompleteRun where another program reads a store all the while, so that its log still holds what was deleted."""
    if not forgotten.count():
        return Swept()
    gone: Keys = set()
    called = {*names, *_called(folder, forgotten)}
    counted = _sweep_posts(folder, forgotten, gone) if folder.tracker.is_file() else Swept()

    def is_gone(platform: str, native_id: str) -> bool:
        return (platform, native_id) in gone or forgotten.names_post(platform, native_id)

    items, labels = _sweep_raw(folder, forgotten, is_gone), _sweep_labels(folder, forgotten, is_gone, called)
    return replace(counted, items=items, labels=labels)


def _called(folder: DataFolder, forgotten: Forgotten) -> set[str]:
    """What the store calls those who are to be forgotten."""
    if not folder.tracker.is_file():
        return set()
    with closing(open_database(folder.tracker, migrations.tracker)) as db, storage_errors(folder.tracker):
        rows = [row for row in db.conn.execute(f"{AUTHORS} where is_own = 0") if forgotten.names_author(*row[1:4])]
        return {name for row in rows for name in names_of(row[3], row[4])}


def _sweep_posts(folder: DataFolder, forgotten: Forgotten, keys: Keys) -> Swept:
    """What was taken out of tracker.db; `keys` gets the deleted posts."""
    db = open_database(folder.tracker, migrations.tracker)
    try:
        gone, redacted = [], []
        with storage_errors(folder.tracker):
            asked = [server for (server,) in db.conn.execute(SERVERS)]
            for row_id, post in _posts(db.conn):
                kept = forgotten.filtered(post, asked)
                if kept is None:
                    gone.append(row_id)
                    keys.add(post.key)
                elif kept != post:
                    redacted.append((row_id, kept))
            authors = [row[:1] for row in db.conn.execute(AUTHORS) if forgotten.names_author(*row[1:4])]
            copies = [row for row in db.conn.execute(ORIGINALS) if forgotten.names_post(*row[1:])]
        with writing(db, folder.tracker) as connection:
            changed = [(row_id,) for row_id in (*gone, *(row_id for row_id, _ in redacted))]
            note_lost_sharers(connection, gone)
            connection.executemany("insert or ignore into days_to_count select day from posts where id = ?", changed)
            learned = delete_posts(connection, forgotten.digest, gone) + unlearn_forgotten(connection, forgotten)
            for row_id, kept in redacted:
                _redact(connection, row_id, kept)
            connection.executemany("delete from authors where id = ?", authors)
            silent = delete_silent_authors(connection)
            connection.executemany("delete from post_originals where post_id = ? and platform = ? and native_id = ?", copies)
            if is_kept_up(connection):
                count_changes(connection)
            else:
                drop_kept(connection)
                connection.execute("delete from figures where name in ('most_reposted', 'most_answered', 'links')")
            for statement in COUNTED_OF_NOBODY:
                connection.execute(statement)
            places = len(copies) + _rename_files(connection, forgotten) + _empty_reasons(connection, forgotten)
            places += unsay_links(connection, forgotten)
        leave_no_trace(db.conn, folder.tracker)
        return Swept(len(gone), len(redacted), len(authors) + silent, learned=learned, places=places)
    finally:
        db.close()


def _rename_files(connection: sqlite3.Connection, forgotten: Forgotten) -> int:
    """Files are known by their names, which may be someone's (`posts of @ann.csv`). Gives how many names that was."""
    renamed = 0
    for table, column, where in FILES:
        for (name,) in connection.execute(f"select distinct {column} from {table} where {where}").fetchall():
            if (other := forgotten.name_of_file(name)) != name:
                connection.execute(f"update or replace {table} set {column} = ? where {column} = ? and {where}", [other, name])
                renamed += 1
    for table in ("runs", "run_steps"):
        for (note,) in connection.execute(f"select distinct note from {table} where note is not null").fetchall():
            if (left := forgotten.without_files(note)) != note:
                connection.execute(f"update {table} set note = ? where note = ?", [left, note])
                renamed += 1
    return renamed


def _empty_reasons(connection: sqlite3.Connection, forgotten: Forgotten) -> int:
    """Why a post belongs stays (it hung on one that did), on which it hung does not: whichever sighting of it said so. Gives how
    many reasons that were."""
    emptied = 0
    for platform, rule, value in connection.execute(REASONS).fetchall():
        if forgotten.refers_to(platform, value):
            emptied += connection.execute(EMPTY_REASON, [rule, value, platform]).rowcount
    return emptied


def _redact(connection: sqlite3.Connection, row_id: int, kept: Post) -> None:
    """Write what is left of a post; it is read and compared with others again, since places in its text have moved."""
    connection.execute(REDACT, [kept.text, kept.reply_to, kept.quote_of, kept.conversation_id, row_id])
    for table in ("post_mentions", "post_links", "post_wordings"):
        connection.execute(f"delete from {table} where post_id = ?", [row_id])
    drop_readings(connection, [(row_id,)])
    connection.executemany("insert into post_mentions values (?, ?)", [(row_id, handle) for handle in kept.mentions])
    connection.executemany("insert into post_links values (?, ?)", [(row_id, link) for link in kept.links])
    connection.execute(
        """
        insert into posts_to_group(post_id) select id from posts where id = ? and kind <> 'repost'
        on conflict (post_id) do update set compared = 0
        """,
        [row_id],
    )


def _posts(connection: sqlite3.Connection) -> Iterator[tuple[int, Post]]:
    for row in connection.execute(POSTS):
        (row_id, platform, native_id, text, created_at, kind, reply_to, quote_of, conversation_id, repost_of) = row[:10]
        author_id, handle, mentions, links = row[10:]
        yield (
            row_id,
            Post(
                platform=platform,
                native_id=native_id,
                text=text,
                created_at=created_at,
                author=Author(platform, author_id, handle) if author_id else None,
                kind=kind,
                reply_to=reply_to,
                quote_of=quote_of,
                conversation_id=conversation_id,
                repost_of=repost_of,
                mentions=tuple(mentions.split("\n")) if mentions else (),
                links=tuple(links.split("\n")) if links else (),
            ),
        )


def leave_no_trace(connection: sqlite3.Connection, path: Path) -> None:
    """A full-text index keeps deleted words until it is built again, a file its free pages until it is vacuumed, and the log what
    was in the file until it is emptied (measured; https://sqlite.org/pragma.html#pragma_secure_delete)."""
    with storage_errors(path):
        if connection.execute("select 1 from sqlite_master where name = 'posts_fts'").fetchone():
            connection.execute("insert into posts_fts(posts_fts) values ('rebuild')")
            connection.execute("insert into posts_fts(posts_fts, rank) values ('integrity-check', 1)")
        connection.execute("vacuum")
        connection.execute(f"pragma busy_timeout = {WAIT_MS}")
        busy, _, _ = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    if not busy:
        return
    raise IncompleteRun(
        f"{path.name} is read by another program, so what was deleted may still be in its log.",
        why=f"The log could not be emptied for {WAIT_MS // 1000} seconds.",
        safe="It is deleted from the store, and will not be written again.",
        next_step="Stop `serve` for a moment, then run the same command again; the next night tries it too.",
    )


def _sweep_raw(folder: DataFolder, forgotten: Forgotten, is_gone: IsGone) -> int:
    if not folder.raw.is_file():
        return 0
    db = open_database(folder.raw, migrations.raw)
    try:
        with storage_errors(folder.raw):
            gone = [
                (row_id,)
                for row_id, platform, native_id, body in db.conn.execute("select id, platform, native_id, body from answers")
                if is_gone(platform, native_id) or not forgotten.allows_raw(platform, Packed(body))
            ]
        with writing(db, folder.raw) as connection:
            connection.executemany("delete from answers where id = ?", gone)
        leave_no_trace(db.conn, folder.raw)
        return len(gone)
    finally:
        db.close()


def _sweep_labels(folder: DataFolder, forgotten: Forgotten, is_gone: IsGone, names: Iterable[str]) -> int:
    if not folder.labels.is_file():
        return 0
    with closing(open_database(folder.labels, migrations.labels, readonly=True)) as before, storage_errors(folder.labels):
        mended = places_left(before.conn)  # before the store's own steps take them out: a backup has to be written anew
    db = open_database(folder.labels, migrations.labels)
    try:
        with writing(db, folder.labels) as connection:
            swept = sweep_labels(connection, forgotten, is_gone, names)
        leave_no_trace(db.conn, folder.labels)
        return mended + swept
    finally:
        db.close()


POSTS = """
select posts.id, posts.platform, posts.native_id, posts.text, posts.created_at, posts.kind, posts.reply_to, posts.quote_of,
    posts.conversation_id, posts.repost_of, authors.native_id, authors.handle,
    (select group_concat(handle, char(10)) from post_mentions where post_id = posts.id),
    (select group_concat(url, char(10)) from post_links where post_id = posts.id)
from posts left join authors on authors.id = posts.author_id order by posts.id
"""
SERVERS = "select distinct server from coverage where source = 'mastodon' and server <> ''"
AUTHORS = "select id, platform, native_id, handle, display_name from authors"
ORIGINALS = "select post_id, platform, native_id from post_originals"
FILES = (
    *((table, "file", "true") for table in ("imports", "post_origins", "rejected")),
    ("coverage", "query", "source = 'import'"),
)
REASONS = "select distinct platform, rule, value from post_matches join posts on posts.id = post_id where value <> ''"
EMPTY_REASON = """
update or replace post_matches set value = ''
where rule = ? and value = ? and post_id in (select id from posts where platform = ?)
"""
REDACT = "update posts set text = ?, reply_to = ?, quote_of = ?, conversation_id = ? where id = ?"
COUNTED_OF_NOBODY = (
    "delete from weekly_links where url not in (select url from post_links)",
    "delete from weekly_hashtags where tag not in (select tag from post_hashtags)",
    "delete from emerging_talk",
    "delete from settings where name = 'watched'",
)
"""A count of what no post holds any longer would keep the words of who was forgotten."""
