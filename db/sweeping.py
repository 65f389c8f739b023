"""Take out of stores that came from elsewhere (a backup) what is to stay forgotten. The stores are not in use meanwhile."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from db import migrations
from db.counting import count_changes, is_kept_up
from db.folder import DataFolder
from db.forgotten import Forgotten
from db.learned import unlearn_forgotten
from db.leaving import delete_posts
from db.opening import open_database, storage_errors, writing
from db.unsaid import note_lost_sharers, unsay_links
from tracker.packing import Packed
from tracker.problems import IncompleteRun
from tracker.records import Author, Post

WAIT_MS = 10_000
"""How long a page that is being read is waited for."""
Keys = set[tuple[str, str]]
IsGone = Callable[[str, str], bool]
"""(platform, native id) of a post"""


@dataclass(frozen=True, slots=True)
class Swept:
    """What was taken out. posts, authors, items (of raw.db): deleted; redacted: posts of others that named someone; labels: posts
    whose codings no longer say which they are; learned: digests of labelled posts that a model learned from."""

    posts: int = 0
    redacted: int = 0
    authors: int = 0
    items: int = 0
    labels: int = 0
    learned: int = 0

    def total(self) -> int:
        """All of it."""
        return self.posts + self.redacted + self.authors + self.items + self.labels + self.learned


def sweep(folder: DataFolder, forgotten: Forgotten) -> Swept:
    """Delete whoever and whatever `forgotten` names from tracker.db, raw.db and labels.db of `folder`, with the free pages and
    the full-text index that still held it; redact it in what others wrote. Doing it twice, or again after a kill, does the same.

    Raises IncompleteRun where another program reads a store all the while, so that its log still holds what was deleted."""
    if not forgotten.count():
        return Swept()
    gone: Keys = set()
    redacted, authors, learned = _sweep_posts(folder, forgotten, gone) if folder.tracker.is_file() else (0, 0, 0)

    def is_gone(platform: str, native_id: str) -> bool:
        return (platform, native_id) in gone or forgotten.names_post(platform, native_id)

    items, labels = _sweep_raw(folder, forgotten, is_gone), _sweep_labels(folder, forgotten, is_gone)
    return Swept(len(gone), redacted, authors, items, labels, learned)


def _sweep_posts(folder: DataFolder, forgotten: Forgotten, keys: Keys) -> tuple[int, int, int]:
    """(posts redacted, authors deleted, what models learned from and is no longer remembered); `keys` gets the deleted posts."""
    db = open_database(folder.tracker, migrations.tracker)
    try:
        gone, redacted = [], []
        with storage_errors(folder.tracker):
            for row_id, post in _posts(db.conn):
                kept = forgotten.filtered(post)
                if kept is None:
                    gone.append(row_id)
                    keys.add(post.key)
                elif kept != post:
                    redacted.append((row_id, kept))
            authors = [row[:1] for row in db.conn.execute(AUTHORS) if forgotten.names_author(*row[1:])]
            copies = [row for row in db.conn.execute(ORIGINALS) if forgotten.names_post(*row[1:])]
        with writing(db, folder.tracker) as connection:
            changed = [(row_id,) for row_id in (*gone, *(row_id for row_id, _ in redacted))]
            note_lost_sharers(connection, gone)
            connection.executemany("insert or ignore into days_to_count select day from posts where id = ?", changed)
            learned = delete_posts(connection, forgotten.digest, gone) + unlearn_forgotten(connection, forgotten)
            for row_id, kept in redacted:
                _redact(connection, row_id, kept)
            connection.executemany("delete from authors where id = ?", authors)
            connection.executemany("delete from post_originals where post_id = ? and platform = ? and native_id = ?", copies)
            if is_kept_up(connection):
                count_changes(connection)
            else:
                connection.execute("delete from figures where name in ('most_reposted', 'most_answered', 'links')")
            for statement in COUNTED_OF_NOBODY:
                connection.execute(statement)
            _rename_files(connection, forgotten)
            unsay_links(connection, forgotten)
        leave_no_trace(db.conn, folder.tracker)
        return len(redacted), len(authors), learned
    finally:
        db.close()


def _rename_files(connection: sqlite3.Connection, forgotten: Forgotten) -> None:
    """Files are known by their names, which may be someone's (`posts of @ann.csv`)."""
    for table in ("imports", "post_origins", "rejected"):
        for (name,) in connection.execute(f"select distinct file from {table}").fetchall():
            if forgotten.names_file(name):
                other = f"forgotten:{forgotten.fingerprint(name.encode())[:12]}"
                connection.execute(f"update or replace {table} set file = ? where file = ?", [other, name])


def _redact(connection: sqlite3.Connection, row_id: int, kept: Post) -> None:
    """Write what is left of a post; it is read and compared with others again, since places in its text have moved."""
    connection.execute(REDACT, [kept.text, kept.reply_to, kept.quote_of, kept.conversation_id, row_id])
    for table in ("post_mentions", "post_links", "post_readings", "post_wordings"):
        connection.execute(f"delete from {table} where post_id = ?", [row_id])
    connection.execute("delete from post_themes where post_id = ? and decided_by <> 'person'", [row_id])
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


def _sweep_labels(folder: DataFolder, forgotten: Forgotten, is_gone: IsGone) -> int:
    """The verdict of a person who coded stays; what was said, and which post it was, goes."""
    if not folder.labels.is_file():
        return 0
    db = open_database(folder.labels, migrations.labels)
    try:
        with storage_errors(folder.labels):
            known = [row for row in db.conn.execute(LABELLED) if is_gone(*row)]
            named = [(table, row[0]) for table in NAMING for row in db.conn.execute(NAMING[table]) if _names(forgotten, row[1:])]
        with writing(db, folder.labels) as connection:
            for platform, native_id in known:
                asked = {"platform": platform, "native_id": native_id, "instead": forgotten.instead_of(platform, native_id)}
                for statement in FORGET_LABELS:
                    connection.execute(statement, asked)
            for table, row_id in named:
                connection.execute(EMPTY[table], [row_id])
            for row_id, platform, handle in connection.execute("select id, platform, handle from public_roles").fetchall():
                if forgotten.names_author(platform, "", handle):
                    connection.execute("delete from public_roles where id = ?", [row_id])
        leave_no_trace(db.conn, folder.labels)
        return len(known) + len(named)
    finally:
        db.close()


def _names(forgotten: Forgotten, texts: tuple[str | None, ...]) -> bool:
    return any(text and forgotten.without_names(text) != text for text in texts)


POSTS = """
select posts.id, posts.platform, posts.native_id, posts.text, posts.created_at, posts.kind, posts.reply_to, posts.quote_of,
    posts.conversation_id, posts.repost_of, authors.native_id, authors.handle,
    (select group_concat(handle, char(10)) from post_mentions where post_id = posts.id),
    (select group_concat(url, char(10)) from post_links where post_id = posts.id)
from posts left join authors on authors.id = posts.author_id order by posts.id
"""
AUTHORS = "select id, platform, native_id, handle from authors"
ORIGINALS = "select post_id, platform, native_id from post_originals"
REDACT = "update posts set text = ?, reply_to = ?, quote_of = ?, conversation_id = ? where id = ?"
LABELLED = """
select platform, native_id from codings union select platform, native_id from answers
union select platform, native_id from quotes union select platform, native_id from sample
"""
COUNTED_OF_NOBODY = (
    "delete from weekly_links where url not in (select url from post_links)",
    "delete from weekly_hashtags where tag not in (select tag from post_hashtags)",
    "delete from emerging_talk",
    "delete from settings where name = 'watched'",
)
"""A count of what no post holds any longer would keep the words of who was forgotten."""
NAMING = {
    "codings": "select id, text, note from codings",
    "answers": "select id, note, link from answers",
    "quotes": "select id, text, paraphrase, consent_link, message from quotes",
}
"""What people wrote or saw of others' posts, where a name may stand."""
EMPTY = {
    "codings": "update codings set text = null, note = null where id = ?",
    "answers": "update answers set note = null, link = null where id = ?",
    "quotes": "delete from quotes where id = ?",
}
"""A coding is never changed, only emptied (labels.db holds it to that); nobody is quoted for naming who is to be forgotten."""
FORGET_LABELS = (
    "update codings set text = null, note = null where platform = :platform and native_id = :native_id",
    "update codings set native_id = :instead where platform = :platform and native_id = :native_id",
    "update sample set native_id = :instead where platform = :platform and native_id = :native_id",
    "delete from answers where platform = :platform and native_id = :native_id",
    "delete from quotes where platform = :platform and native_id = :native_id",
)
