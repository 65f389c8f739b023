"""raw.db: the item that each kept post was read from, compressed, for reading again when a reader gets better. Never served."""

from collections.abc import Container, Iterable

from db import migrations
from db.folder import DataFolder
from db.inserting import insert_rows
from db.opening import open_database, storage_errors, writing
from tracker.packing import Packed, pack, plain
from tracker.records import Post
from tracker.traces import Traces

INSERT = "insert into answers(platform, native_id, source, kept_at, stored_at, body)"
THE_LATER = """
on conflict (platform, native_id, source) do update
set kept_at = excluded.kept_at, stored_at = excluded.stored_at, body = excluded.body
where excluded.kept_at > answers.kept_at
"""


class RawStore:
    """The answers and export items behind the posts, the latest of each (platform, native_id, source)."""

    def __init__(self, folder: DataFolder) -> None:
        self._path = folder.raw
        folder.refuse_emptied(folder.raw)
        self._db = open_database(folder.raw, migrations.raw)

    def keep(self, items: Iterable[tuple[Post, bytes]], *, source: str, now: str) -> None:
        """Write items after the tombstone and privacy filter and just before their posts; doing it twice changes nothing."""
        rows = [
            (post.platform, post.native_id, source, post.seen_at or now, now, body if isinstance(body, Packed) else pack(body))
            for post, body in items
        ]
        with writing(self._db, self._path) as connection:
            insert_rows(connection, INSERT, rows, otherwise=THE_LATER)

    def read(self, platform: str, native_id: str) -> list[bytes]:
        """The items kept for one post, as they came."""
        with storage_errors(self._path):
            rows = self._db.execute(
                "select body from answers where platform = ? and native_id = ? order by source", [platform, native_id]
            ).fetchall()
        return [plain(body) for (body,) in rows]

    def read_by_source(self, platform: str, native_id: str) -> list[tuple[str, bytes]]:
        """The items kept for one post, as they came, each with where it came from; the newest first."""
        with storage_errors(self._path):
            rows = self._db.execute(
                "select source, body from answers where platform = ? and native_id = ? order by kept_at desc",
                [platform, native_id],
            ).fetchall()
        return [(source, plain(body)) for source, body in rows]

    def prune(self, *, stored_before: str) -> int:
        """Delete the items that were stored before a time (UTC), whenever the platform gave them; gives how many."""
        with writing(self._db, self._path) as connection:
            old = "coalesce(nullif(stored_at, ''), kept_at) < ?"
            return connection.execute(f"delete from answers where {old}", [stored_before]).rowcount

    def drop(self, keys: Iterable[tuple[str, str]]) -> None:
        """Delete the items of these posts (platform, native id)."""
        with writing(self._db, self._path) as connection:
            connection.executemany("delete from answers where platform = ? and native_id = ?", keys)

    def residue(self, traces: Traces, named_on: Container[str]) -> list[str]:
        """Where something of a person is left: each kept item that holds one of their traces. named_on: the platforms on which a
        handle that stands alone is theirs; on others somebody else may be called so."""
        with storage_errors(self._path):
            rows = self._db.execute("select platform, native_id, source, body from answers")
            return [
                f"raw.db: {platform} {native_id} from {source}"
                for platform, native_id, source, body in rows
                if traces.in_bytes(plain(body), ours=platform not in named_on)
            ]

    def close(self) -> None:
        """Close the file."""
        self._db.close()
