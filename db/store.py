"""The private store, tracker.db: open, transactions, write. Reading for pages is in reading.py."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence

from db import migrations, models
from db.counting import count_changes
from db.folder import DataFolder
from db.keeping import Kept, Known, keep_posts, known_posts, posts_written_by, stored_keys
from db.opening import open_database, storage_errors, writing
from tracker.records import ModelCard, Reading

Key = tuple[str, str]
POSTS_IN = "posts_in"
"""The setting of a store that holds only counts: where its posts lie (`parquet`)."""


class Store:
    """One open tracker.db. Every public method either does all of its work or raises a Problem and does nothing."""

    def __init__(self, folder: DataFolder, *, readonly: bool = False) -> None:
        self.path = folder.tracker
        self._db = open_database(self.path, migrations.tracker, readonly=readonly)

    @classmethod
    def open(cls, folder: DataFolder, *, readonly: bool = False) -> "Store":
        """Open the store of `folder`, made and migrated when needed (unless readonly)."""
        folder.refuse_lost()
        folder.refuse_emptied(folder.tracker)
        return cls(folder, readonly=readonly)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # ---- posts -------------------------------------------------------------------------------------------------------

    def known(self, keys: Iterable[Key]) -> dict[Key, Known]:
        """What is stored of the posts with these (platform, native_id)."""
        with storage_errors(self.path):
            return known_posts(self._db.conn, keys)

    def stored(self, keys: Iterable[Key]) -> set[Key]:
        """Which of these (platform, native_id) are stored."""
        with storage_errors(self.path):
            return stored_keys(self._db.conn, keys)

    def written_by(self, handles: Iterable[Key]) -> dict[Key, list[tuple[str, str]]]:
        """The posts (native id, text), reposts left out, of each (platform, handle in lower case)."""
        with storage_errors(self.path):
            return posts_written_by(self._db.conn, handles)

    def keep(
        self,
        kept: Sequence[Kept],
        run_id: int,
        *,
        refused: Sequence[tuple[str, int, str, str]] = (),
        also: Callable[[sqlite3.Connection], None] | None = None,
    ) -> None:
        """Keep a page: its posts and its refused rows (file, line, reason, hash), and what another module of this folder writes
        with it (`also`), in one transaction."""
        with writing(self._db, self.path) as connection:
            keep_posts(connection, kept, run_id)
            connection.executemany(
                "insert or ignore into rejected(run_id, file, line, reason, hash) values (?, ?, ?, ?, ?)",
                [(run_id, *row) for row in refused],
            )
            if also is not None:
                also(connection)

    def holds_posts(self) -> bool:
        """Whether any post is stored."""
        with storage_errors(self.path):
            return self._db.execute("select 1 from posts limit 1").fetchone() is not None

    # ---- readings ----------------------------------------------------------------------------------------------------

    def posts_to_read(self, model: str, limit: int = 500, *, after: int = 0) -> list[tuple[int, str]]:
        """The next posts (id, text) that the model of this name has not read, of those with a number above `after`."""
        with storage_errors(self.path):
            return self._db.execute(
                """
                select posts.id, posts.text from posts left join post_readings on post_readings.post_id = posts.id
                where posts.id > ? and post_readings.model is not ? order by posts.id limit ?
                """,
                [after, model, limit],
            ).fetchall()

    def unread_count(self, model: str) -> int:
        """How many posts the model of this name has not read."""
        with storage_errors(self.path):
            count: int = self._db.execute(
                """
                select count(*) from posts left join post_readings on post_readings.post_id = posts.id
                where post_readings.model is not ?
                """,
                [model],
            ).fetchone()[0]
        return count

    def keep_readings(self, model: str, readings: Sequence[tuple[int, Reading]]) -> None:
        """Keep what the model made of some posts (post id, Reading), and have their days counted again."""
        with writing(self._db, self.path) as connection:
            ids = [(post_id,) for post_id, _ in readings]
            connection.executemany("delete from post_themes where post_id = ? and decided_by <> 'person'", ids)
            connection.executemany(
                KEEP_READING,
                [
                    (post_id, model, r.outcome, r.relevant, r.lang_detected, r.lang_score, r.top_score, r.asks, r.doubt)
                    for post_id, r in readings
                ],
            )
            connection.executemany("delete from post_questions where post_id = ? and decided_by <> 'person'", ids)
            connection.executemany(
                "insert or ignore into post_questions(post_id, question, score, decided_by, words) values (?, ?, ?, ?, ?)",
                [
                    (post_id, hit.theme, hit.score, hit.decided_by, json.dumps(hit.words, separators=(",", ":")))
                    for post_id, reading in readings
                    for hit in reading.questions
                ],
            )
            connection.executemany(
                "insert or ignore into post_themes(post_id, theme, score, decided_by, words) values (?, ?, ?, ?, ?)",
                [
                    (post_id, hit.theme, hit.score, hit.decided_by, json.dumps(hit.words, separators=(",", ":")))
                    for post_id, reading in readings
                    for hit in reading.hits
                ],
            )
            connection.executemany("insert or ignore into days_to_count select day from posts where id = ?", ids)

    def forget_readings(self) -> None:
        """Have every post read again."""
        with writing(self._db, self.path) as connection:
            connection.execute("delete from post_readings")

    def keep_model(self, card: ModelCard) -> None:
        """Record a trained model with its measured quality, and make it the live one."""
        self.transaction(lambda connection: models.keep(connection, card, live=True))

    def keep_model_if_new(self, card: ModelCard) -> None:
        """Record a model that is in place but that the store does not know as the live one (a run killed in between)."""
        if self.live_model() != card.name:
            self.keep_model(card)

    def model_not_placed(self) -> dict[str, object] | None:
        """The newest model that was made after the live one and not put in place: name, trained_at, why, and since (when the
        first such model was made). None where there is none."""
        rows = self.rows(models.NOT_PLACED)
        return rows[0] if rows else None

    def live_model(self) -> str:
        """The name of the model that the store knows as the live one; "" where there is none."""
        with storage_errors(self.path):
            found = self._db.execute("select name from models where live = 1").fetchone()
        return str(found[0]) if found else ""

    # ---- summaries ---------------------------------------------------------------------------------------------------

    def days_to_count(self) -> list[str]:
        """The local days whose posts or themes changed since they were last counted."""
        with storage_errors(self.path):
            return [day for (day,) in self._db.execute("select day from days_to_count order by day")]

    def count(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Bring every sum up to date with the posts that changed since they were counted; gives how many posts. progress: (posts
        done, of how many); where it raises, the sums stay as they were."""
        counted: list[int] = []
        self.transaction(lambda db: counted.append(count_changes(db, progress)))
        return counted[0]

    def refresh_statistics(self) -> None:
        """Let SQLite look at its tables again, so that it chooses the right index."""
        with storage_errors(self.path):
            self._db.conn.execute("pragma analysis_limit = 1000")
            self._db.conn.execute("pragma optimize")

    # ---- settings ----------------------------------------------------------------------------------------------------

    def has_tables(self) -> bool:
        """Whether its making, which a kill or a full disk may have cut off, came to the first step's end."""
        with storage_errors(self.path):
            return "settings" in self._db.table_names()

    def settings(self) -> dict[str, str]:
        """What the store remembers of the campaign as it was last seen."""
        with storage_errors(self.path):
            return dict(self._db.execute("select name, value from settings").fetchall())

    def remember(self, name: str, value: str) -> None:
        """Keep a setting of the store."""
        self.transaction(lambda db: db.execute("insert or replace into settings(name, value) values (?, ?)", [name, value]))

    def transaction(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Run `work` on the connection in one transaction. For the other modules of this folder."""
        with writing(self._db, self.path) as connection:
            work(connection)

    def each_row(self, sql: str) -> Iterator[tuple[object, ...]]:
        """The rows of a read of this folder, one after the other, for what does not fit into memory."""
        with storage_errors(self.path):
            yield from self._db.conn.execute(sql)

    def rows(self, sql: str, asked: dict[str, object] | Sequence[object] = ()) -> list[dict[str, object]]:
        """The rows of a named read of this folder, as dictionaries."""
        with storage_errors(self.path):
            return list(self._db.query(sql, asked))


KEEP_READING = """
insert or replace into post_readings(post_id, model, outcome, relevant, lang_detected, lang_score, top_score, asks,
    doubt)
values (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
