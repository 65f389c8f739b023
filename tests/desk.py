"""A campaign, its data and the commands as cron and people run them; and all that the stores say, to be put beside another's."""

import gzip
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage

from pipelines.archive import extract, read_manifest, unpacked
from tests import invented, warm
from tests.conftest import REPOSITORY
from tests.warm import Ended
from tracker.packing import plain

DIARY = ("runs", "run_steps", "imports", "_sqlite_migrations", "sqlite_stat1", "sqlite_stat4")
"""Tables that tell how often and when was run, and so differ where a run was killed and begun again."""

KEYED = {"hash", "text_digest", "post_digest"}
"""Columns that are keyed by the folder's own key."""
WHEN_AND_BY_WHOM = {"run_id", "first_seen_run", "asked_at", "trained_at", "changed_at", "kept_at", "stored_at", "body"} | KEYED
"""And those of run numbers and times; `body` is compared unpacked."""

Rows = list[tuple[Any, ...]]


def little_room(size: int) -> tuple[str, ...]:
    """What starts a command (`before`) that may write no file beyond `size` bytes, as on a full disk. Nor does it keep compiled
    modules: cut short, they would harm whatever comes after."""
    return ("env", "PYTHONDONTWRITEBYTECODE=1", "prlimit", f"--fsize={size}")


def in_the_next_second() -> None:
    """Wait for the next second of the clock: the store keeps whole seconds, and what happens in the one in which a run begins is
    left to the next run, which real ones never notice."""
    time.sleep(1.02 - time.time() % 1)


@dataclass(frozen=True)
class Desk:
    """A campaign, its data folder and a place for files."""

    campaign: Path
    data: Path
    files: Path

    @classmethod
    def at(cls, root: Path) -> "Desk":
        (root / "files").mkdir(parents=True)
        return cls(invented.campaign_folder(root), root / "data", root / "files")

    def beside(self, number: object) -> "Desk":
        """The same campaign with a data folder of its own."""
        return Desk(self.campaign, self.data.with_name(f"data-{number}"), self.files)

    def seal_backups(self) -> str:
        """Have backups encrypted from now on; gives the identity that reads them."""
        identity = pyrage.x25519.Identity.generate()
        campaign = self.campaign / "campaign.toml"
        campaign.write_text(f'{campaign.read_text()}\n[backup]\nrecipient = "{identity.to_public()}"\n')
        return str(identity)

    def argv(self, *words: object) -> list[str]:
        options = ["--campaign", str(self.campaign), "--data", str(self.data)]
        return [sys.executable, str(REPOSITORY / "cli.py"), *map(str, words), *options]

    def run(self, *words: object, env: Mapping[str, str] | None = None, clock: str = "") -> Ended:
        """Run a command to its end, as a process of its own, forked from one that has read the program (tests/warm.py).
        env: all of its environment; clock: by how many seconds its clock is wrong (tests/shifted.py)."""
        return warm.ran(*self.argv(*words)[2:], env=env, clock=clock)

    def start(self, *words: object, before: tuple[str, ...] = (), **more: Any) -> Ended:
        """Start Python for a command, as cron does; `before`: the program that runs it, such as a tracer, with its options."""
        return warm.started(*self.argv(*words)[2:], before=before, **more)

    def query(self, sql: str, store: str = "tracker.db") -> Rows:
        """What a store answers. Where a writer was killed in the middle, SQLite would first have to undo what it wrote; that is
        left to the program, and a copy is asked."""
        try:
            return self._answer(f"{(self.data / store).as_uri()}?mode=ro", sql)
        except sqlite3.OperationalError as error:
            if "readonly" not in str(error):
                raise
        with tempfile.TemporaryDirectory() as scratch:
            for path in self.data.glob(f"{store}*"):
                shutil.copy(path, scratch)
            return self._answer((Path(scratch) / store).as_uri(), sql)

    @staticmethod
    def _answer(address: str, sql: str) -> Rows:
        db = sqlite3.connect(address, uri=True)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def unpacked_files(self) -> Iterator[tuple[Path, bytes]]:
        """Every file of DATA with its bytes, unpacked: raw items, old logs, and what lies in backups that are not encrypted."""
        for path in sorted(path for path in self.data.rglob("*") if path.is_file()):
            content = path.read_bytes()
            if path.name == "raw.db" and path.parent == self.data:
                content += b"".join(plain(body) for (body,) in self.query("select body from answers", "raw.db"))
            if path.suffix == ".gz":
                content = gzip.decompress(content)
            if path.name.endswith(".tar.zst"):
                content = self._unpacked(path)
            yield path, content

    def telling(self, *needles: str) -> list[str]:
        """Which files of DATA hold one of these, unpacked, and which it is."""
        return [f"{path.name}: {one}" for path, content in self.unpacked_files() for one in needles if one.encode() in content]

    def _unpacked(self, backup: Path) -> bytes:
        scratch = self.files / "unpacked"
        with unpacked(backup, None, self.files) as tar:
            assert extract(tar, read_manifest(tar), scratch) == []
        content = b"".join(inner.read_bytes() for inner in scratch.rglob("*") if inner.is_file())
        raw = sqlite3.connect(scratch / "raw.db")
        content += b"".join(plain(body) for (body,) in raw.execute("select body from answers"))
        raw.close()
        shutil.rmtree(scratch)
        return content

    def value(self, sql: str) -> Any:
        return self.query(sql)[0][0]

    def contents(self) -> dict[str, Rows]:
        """All that the stores say, without run numbers and times; the names in inbox/ last."""
        found = {f"tracker {name}": rows for name, rows in self._tables("tracker.db")}
        found |= {f"raw {name}": rows for name, rows in self._tables("raw.db")}
        bodies = self.query("select platform, native_id, source, body from answers order by 1, 2, 3", "raw.db")
        found["raw bodies"] = [(*key, plain(body)) for *key, body in bodies]
        inbox = self.data / "inbox"
        found["inbox"] = [(path.relative_to(inbox).as_posix(),) for path in sorted(inbox.rglob("*"))]
        return found

    def _tables(self, store: str) -> list[tuple[str, Rows]]:
        names = self.query("select name from sqlite_master where type = 'table' and name not like 'posts_fts%' order by 1", store)
        tables = []
        for (name,) in names:
            columns = [column for (column,) in self.query(f"select name from pragma_table_info('{name}')", store)]
            told = ", ".join(column for column in columns if column not in WHEN_AND_BY_WHOM)
            if name not in DIARY:
                tables.append((name, sorted(self.query(f"select {told} from {name}", store), key=repr)))
        return tables

    def is_sound(self) -> None:
        """Whole stores, nothing marked as under way, and a lock that is free."""
        for store in ("tracker.db", "raw.db", "forgotten.db"):
            assert self.query("pragma integrity_check", store) == [("ok",)]
            assert self.query("pragma foreign_key_check", store) == []
        for table in ("runs", "run_steps", "imports"):
            assert self.query(f"select * from {table} where status = 'running'") == []
        found = self.query(
            "select posts.id from posts join posts_fts on posts_fts.rowid = posts.id where posts_fts match 'fares'"
        )
        assert len(found) == self.value("select count(*) from posts where text like '%fares%'")
