"""Sums over the posts that `bulk` keeps in Parquet, by DuckDB: with the statements that count in tracker.db, on views of the same
names, so that both ways count alike; what comes out is written into the same tables. Needs the extra `bulk` (duckdb)."""

import glob
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from db.counting import SUMS
from db.figures import figure
from db.folder import DataFolder
from db.post_files import Work, posts_folder, replace_file
from db.statements import statements
from db.store import Store
from tracker.records import Copy

PARAMETER = re.compile(r"(?<!:):(\w+)")
IN_THIS_ORDER = re.compile(r"\bcross join (\w+) on\b")
"""How a join is written where SQLite shall begin with the first table (https://sqlite.org/optoverview.html#crossjoin)."""
NOT_HERE = ("make_room", "counted_days")
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
AT_ONCE = 200_000
"""So many posts that could be one message are compared at once, where none of them points at another."""
FETCHED = 10_000
"""So many rows are taken from DuckDB at once."""
Rule = Callable[[Sequence[Copy]], list[list[int]]]


class Sums:
    """DuckDB over the posts of a folder. Nothing of it is kept beyond a run. at_once: posts that are compared at once; fetched:
    rows that are taken from DuckDB at once."""

    def __init__(
        self, folder: DataFolder, *, threads: int, memory_mb: int, at_once: int = AT_ONCE, fetched: int = FETCHED
    ) -> None:
        self._folder, self._work = folder, Work(folder)
        self._at_once, self._fetched = at_once, fetched
        spill = self._work.run / "duckdb"
        spill.mkdir(parents=True, exist_ok=True)
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": str(threads),
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": str(spill),
        }
        self.db = duckdb.connect(config=config)
        self.db.execute("set preserve_insertion_order = false")
        self._say("kept", files=_literal(posts_folder(folder) / "*" / "*" / "*.parquet"))

    def close(self) -> None:
        """Let go of it."""
        self.db.close()

    def _say(self, name: str, asked: dict[str, object] | None = None, **put_in: str) -> duckdb.DuckDBPyConnection:
        sql = statements("bulk.sql")[name]
        return self.db.execute(sql.format(**put_in) if put_in else sql, asked or {})

    def _rows(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[Any]:
        while rows := cursor.fetchmany(self._fetched):
            yield from rows

    # ---- cut reposts -------------------------------------------------------------------------------------------------

    def decided_otherwise(self, path: Path) -> list[tuple[str, str]]:
        """Write what is decided of the originals of those cut reposts of which something else was, by the reposts' numbers; gives
        the (platform, day) of these."""
        self._say("decided_otherwise")
        replace_file(path, lambda fresh: self._write("decided_otherwise", fresh))
        return [(platform, day) for platform, day in self._say("days_decided_otherwise").fetchall()]

    # ---- who wrote ---------------------------------------------------------------------------------------------------

    def bring_authors_together(self, told: Sequence[Path]) -> list[str]:
        """Take in what the parts say of authors, write what is known of each now, and give the days of posts whose author turned
        out to be another's id."""
        before = self._work.authors
        known_before = before.is_file()
        if known_before:
            self._say("known_authors", files=_literal(before))
            self._say("one_id_each")
            self.db.execute("create temp table ids_before as select platform, native_id, id from one_id_each")
            self.db.execute("drop table one_id_each; drop table known_authors")
        self._say("known_authors", files=_literal(*told, *([before] if known_before else [])))
        self._say("one_id_each")
        self._say("authors")
        replace_file(before, lambda fresh: self._write("known_authors", fresh))
        return [day for (day,) in self._say("days_of_authors").fetchall()] if known_before else []

    def _write(self, table: str, path: Path) -> None:
        self.db.execute(f"copy {table} to {_quoted(str(path))} (format parquet, compression zstd)")

    # ---- messages ----------------------------------------------------------------------------------------------------

    def bring_messages_together(self, rule: Rule) -> list[str]:
        """Find which posts are one message, write it, and give the days of posts whose message changed."""
        self._say("edges")
        self._say("to_compare")
        self.db.execute("create table found_messages (id bigint, message bigint)")
        copy_of: dict[int, list[tuple[int, bool]]] = {}
        for post, original, certain in self.db.execute("select copy, original, certain from edges").fetchall():
            copy_of.setdefault(post, []).append((original, certain))
        with self.db.cursor() as beside:  # what is read goes on on the connection itself: a statement there would end it
            for copies in self._batches(copy_of):
                found = [(post, group[0]) for group in rule(copies) for post in group]
                if found:
                    posts, groups = zip(*found, strict=True)
                    beside.execute(
                        "insert into found_messages select unnest($posts), unnest($groups)", {"posts": posts, "groups": groups}
                    )
        days: list[str] = []
        if self._work.messages.is_file():
            self.db.execute(f"create temp table changed_posts as {_bare('messages_before', files=_literal(self._work.messages))}")
        else:
            self.db.execute("create temp table changed_posts as select id from found_messages")
        days = [day for (day,) in self._say("days_of").fetchall()]
        replace_file(self._work.messages, lambda fresh: self._write("found_messages", fresh))
        self._say("same_message", files=_literal(self._work.messages))
        return days

    def _batches(self, copy_of: dict[int, list[tuple[int, bool]]]) -> Iterator[list[Copy]]:
        """All that hangs together with posts that point at others, at once; then the others, those of one wording together."""
        rows = self._rows(self._say("compared"))
        batch: list[Copy] = []
        for (is_linked, _), group in groupby(rows, key=lambda row: (row[6], None if row[6] else row[3])):
            if not is_linked and len(batch) >= self._at_once:
                yield batch
                batch = []
            for post, platform, at, wording, words, links, _ in group:
                when = (BEGINNING + timedelta(milliseconds=at)).isoformat()
                batch.append(
                    Copy(post, platform, when, wording, words, tuple(sorted(set(links or ()))), tuple(copy_of.get(post, ())))
                )
            if is_linked:
                yield batch
                batch = []
        if batch:
            yield batch

    # ---- counting ----------------------------------------------------------------------------------------------------

    def prepare(self, own_accounts: Sequence[str]) -> None:
        """What counting needs beside the posts."""
        self._say("ours")
        self._say("own_accounts", {"accounts": list(own_accounts)})
        self._say("people_s_own")
        self._say("summaries")

    def days(self) -> set[str]:
        """All days that have posts."""
        return {day for (day,) in self.db.execute("select distinct day from kept").fetchall()}

    def count_week(self, week: str, first: str, last: str) -> None:
        """Count one week, as summaries.sql says it."""
        asked: dict[str, object] = {"week": week, "first": first, "last": last}
        self._say("chosen_week", {"first": first, "last": last})
        self._views("week_kept", "case when chosen.has_text then 'text' else '' end")
        self._say("speaking_to_us")
        for name, sql in statements("summaries.sql").items():
            if name not in NOT_HERE:
                self.db.execute(*_for_duckdb(sql, asked))

    def figures(self) -> list[tuple[str, str, int]]:
        """The sums over the whole debate, as db.figures has them: (name, key, value)."""
        self._say("chosen_all")
        self._views("chosen", "null")
        found = [
            (name, key, value)
            for name in statements("figures.sql")
            for key, value in self.db.execute(*_for_duckdb(figure(name), {})).fetchall()
        ]
        return [*found, ("counted", "", 1)]

    def _views(self, chosen: str, text: str) -> None:
        self._say("posts", chosen=chosen, text=text)
        for name in ("post_readings", "post_themes", "post_questions", "post_links", "post_hashtags"):
            self._say(name, chosen=chosen)

    def write_into(self, store: Store, weeks: Iterable[tuple[str, str, str]]) -> None:
        """Put what was counted of these weeks (week, first and last day) into tracker.db, in one transaction."""
        figures = self.figures()

        def work(db: sqlite3.Connection) -> None:
            for week, first, last in weeks:
                for name, sql in statements("summaries.sql").items():
                    if name.startswith("clear_") and name != "clear_week_asking":
                        db.execute(sql, {"week": week, "first": first, "last": last})
            for table in SUMS:  # not asking_posts: its rows name posts, and those lie in Parquet
                cursor = self.db.execute(f"select * from {table}")
                places = ", ".join("?" * len(cursor.description or ()))
                db.executemany(f"insert into {table} values ({places})", self._rows(cursor))
            db.execute("delete from figures")
            db.executemany("insert into figures(name, key, value) values (?, ?, ?)", figures)

        store.transaction(work)


def count_posts(folder: DataFolder) -> int:
    """How many posts are kept."""
    if not any(posts_folder(folder).glob("*/*/*.parquet")):
        return 0
    with closing(duckdb.connect()) as db:
        files = _literal(posts_folder(folder) / "*" / "*" / "*.parquet")
        [counted] = db.execute(f"select count(*) from read_parquet({files})").fetchall()
        return int(counted[0])


def _for_duckdb(sql: str, asked: dict[str, object]) -> tuple[str, dict[str, object]]:
    """A statement for SQLite with its parameters, as DuckDB takes it: `$name`, and none that the statement does not name; tables
    joined in whatever order is best."""
    named = PARAMETER.findall(sql)
    sql = IN_THIS_ORDER.sub(r"join \1 on", sql)
    return PARAMETER.sub(r"$\1", sql), {name: asked[name] for name in named}


def _bare(name: str, **put_in: str) -> str:
    return statements("bulk.sql")[name].format(**put_in).rstrip(";")


def _literal(*paths: Path) -> str:
    """Files as DuckDB's list of them; only our own `*` stand for anything."""
    return "[" + ", ".join(_quoted(_escaped(path)) for path in paths) + "]"


def _escaped(path: Path) -> str:
    return str(Path(*(part if part in ("*", "*.parquet") or part == "/" else glob.escape(part) for part in path.parts)))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
