"""What the public copy is made from: counts of what may be told, what was told before, and the campaign's own words.

The store is only read, as of one moment; what is counted lies in tables of the connection's own.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from db import migrations
from db.folder import DataFolder
from db.labels import Labels
from db.opening import open_database, storage_errors
from db.reading import Row, rows_of
from db.statements import statements
from db.store import Store
from tracker.public_text import without_names
from tracker.quoting import words_of
from tracker.told import LINK, Cell, Counted, Counters, Pair

FILE = "publishing.sql"
MARKS = ("mark_posts", "mark_reposts", "mark_themes", "mark_questions", "mark_links", "drop_posts_as_links", "index_marks")


@dataclass(frozen=True, slots=True)
class Quote:
    """What someone agreed to have quoted, or the campaign's own paraphrase of it. agreed_on: the day of their consent."""

    text: str
    paraphrased: bool
    agreed_on: str | None


class Counting:
    """The posts of a store that may be counted, by week (as `week_of` has it), to be asked for what stands behind a number."""

    def __init__(
        self, db: sqlite3.Connection, week_of: Callable[[str], str], public_link: Callable[[str], str | None], smallest: int
    ) -> None:
        self._db = db
        self._sql = statements(FILE)
        known = lru_cache(maxsize=100_000)(public_link)
        db.create_function("public_link", 1, lambda url: known(url) if url else None, deterministic=True)
        db.execute(self._sql["make_posts"])
        db.execute("create temp table told_weeks(day text primary key, week text)")
        days = [day for (day,) in db.execute(self._sql["days"])]
        db.executemany("insert into told_weeks values (?, ?)", [(day, week_of(day)) for day in days])
        for name in ("make_weeks", "index_posts", "make_marks", *MARKS):
            db.execute(self._sql[name])
        self.weeks = sorted({week_of(day) for day in days})
        self.links = [subject for (subject,) in db.execute(self._sql["shared_links"], {"smallest": smallest})]
        self._singles = self._count_singles()

    def _count_singles(self) -> dict[tuple[str, str, str], Counted]:
        kept = set(self.links)
        rows = self._db.execute(self._sql["singles"])
        return {(row[0], row[1], row[2]): Counted(*row[3:]) for row in rows if row[0] != LINK or row[1] in kept}

    def counters(self) -> Counters:
        """How to count, for tracker.suppression."""
        return Counters(self._of, self._platforms, self._rest)

    def all_posts(self, weeks: Sequence[str] | None = None) -> int:
        """How many posts there are: in some weeks, or in all."""
        asked = self.weeks if weeks is None else weeks
        return sum(self._singles.get(("posts", "all", week), Counted(0, 0)).posts for week in asked)

    def _of(self, kind: str, pairs: Sequence[Pair]) -> Counted:
        if len(pairs) == 1:
            return self._singles.get((kind, *pairs[0]), Counted(0, 0))
        return Counted(*self._db.execute(self._sql["of"], {"kind": kind, "pairs": json.dumps(pairs)}).fetchone())

    def _platforms(self, weeks: Sequence[str]) -> Mapping[str, Counted]:
        rows = self._db.execute(self._sql["platforms"], {"weeks": json.dumps(weeks)})
        return {platform: Counted(posts, people) for platform, posts, people in rows}

    def _rest(self, kind: str, pairs: Sequence[Pair], weeks: Sequence[str]) -> Counted:
        asked = {"kind": kind, "pairs": json.dumps(pairs), "weeks": json.dumps(weeks)}
        return Counted(*self._db.execute(self._sql["rest"], asked).fetchone())


@contextmanager
def looking(folder: DataFolder) -> Iterator[sqlite3.Connection]:
    """The store as it is at one moment, for reading only."""
    db = open_database(folder.tracker, migrations.tracker, readonly=True)
    try:
        with storage_errors(folder.tracker):
            db.conn.execute("begin")
            try:
                yield db.conn
            finally:
                db.conn.execute("rollback")
    finally:
        db.close()


def read(db: sqlite3.Connection, name: str, **asked: object) -> list[Row]:
    """The rows of a statement of publishing.sql."""
    return rows_of(db, FILE, name, **asked)


# ---- what was told ---------------------------------------------------------------------------------------------------


def told_cells(db: sqlite3.Connection) -> list[tuple[Cell, Row]]:
    """Every number that was ever told, in the order in which it was, with its row."""
    return [(cell_of(row), row) for row in read(db, "told")]


def cell_of(row: Row) -> Cell:
    """The cell that a row keeps."""
    pairs = tuple((str(subject), str(week)) for subject, week in json.loads(row["pairs"]))
    return Cell(row["kind"], row["subject"], row["level"], pairs, row["posts"], row["people"])


def keep_cells(store: Store, cells: Sequence[Cell], *, model: str | None, now: str) -> None:
    """Write down what is about to be told, so that it is never counted again. Those that are known stay as they are."""
    rows = [_row(cell, model, now) for cell in cells]
    store.transaction(lambda db: db.executemany(statements(FILE)["keep"], rows))


def take_over(store: Store, seen: Sequence[Row]) -> None:
    """Write down what the public copy has told and the store no longer knows (it was restored from an older backup)."""
    store.transaction(lambda db: db.executemany(statements(FILE)["keep"], seen))


def _row(cell: Cell, model: str | None, now: str) -> Row:
    return {
        "kind": cell.kind,
        "subject": cell.subject,
        "level": cell.level,
        "pairs": pairs_text(cell.pairs),
        "posts": cell.posts,
        "people": cell.people,
        "model": model if cell.kind in ("theme", "group", "question") else None,
        "told_at": now,
    }


def pairs_text(pairs: Sequence[Pair]) -> str:
    """Pairs as they are kept."""
    return json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))


def note(store: Store, *, action: str, subject: str, count: int, words: str, actor: str, now: str) -> None:
    """Enter in the audit what was done to the public copy."""
    row = {"at": now, "actor": actor, "action": action, "subject": subject, "count": count, "note": words}
    store.transaction(lambda db: db.execute(statements(FILE)["note"], row))


# ---- words -----------------------------------------------------------------------------------------------------------


def own_handles(db: sqlite3.Connection) -> list[str]:
    """The handles of the campaign's own accounts, in lower case."""
    return [str(row["handle"]) for row in read(db, "own_handles")]


def quotes(folder: DataFolder, db: sqlite3.Connection) -> list[Quote]:
    """What may be quoted, without names: consented words, else a paraphrase; of posts that are deleted, hidden or opted out,
    nothing."""
    if not folder.labels.is_file():
        return []
    labels = Labels(folder, readonly=True)
    try:
        rows = labels.quotes()
    finally:
        labels.close()
    keys = json.dumps([[row["platform"], row["native_id"]] for row in rows])
    may = {(row["platform"], row["native_id"]) for row in read(db, "may_be_quoted", keys=keys)}
    own = own_handles(db)
    return [quote for row in rows if (row["platform"], row["native_id"]) in may and (quote := _quote(row, own)) is not None]


def _quote(row: Row, own: Sequence[str]) -> Quote | None:
    words, agreed_on = words_of(row)
    return Quote(without_names(words, own), agreed_on is None, agreed_on) if words else None


def borrowed(db: sqlite3.Connection, words: Sequence[str]) -> bool:
    """Whether these words stand in a row in another's post."""
    return bool(read(db, "borrowed", phrase='"' + " ".join(words) + '"'))


def borrowed_letters(db: sqlite3.Connection, pieces: Sequence[str]) -> bool:
    """Whether one of these pieces stands in another's post, letter by letter. Reads every post."""
    return bool(pieces and read(db, "borrowed_letters", pieces=json.dumps(pieces)))
