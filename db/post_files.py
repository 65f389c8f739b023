"""The files of `bulk` in its folder: what a run works with, and the posts that it keeps. Needs the extra `bulk` (pyarrow).

    posts/platform=x/day=2026-10-20/posts.parquet   the posts, by platform and local day
    bulk/authors.parquet                            who wrote, by the platform's own id
    bulk/messages.parquet                           which posts are one message
    bulk/waiting/PART.parquet                       numbers of posts that would bring others of a part into the debate
    bulk/run/                                       only while a run is under way, or was ended in the middle

Every file is written beside its place and moved there, so that each is old or new and never half.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from db.folder import DataFolder
from db.post_rows import AUTHORS, SIGHTING, Sighting, sightings_table
from db.post_shelves import write_by_number
from tracker.records import Post

ROWS_A_GROUP = 16_384
HASHES = pa.schema([("h", pa.uint64())])
RULES = "rules"


class Authors:
    """What the sightings of some posts say of their authors, the latest of each, as db.authors does in the store."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[Any]] = {}

    def saw(self, sightings: Iterable[tuple[Post, bool]]) -> None:
        """Take in (post, whether its author is the campaign's own)."""
        for post, is_own in sightings:
            author = post.author
            if author is None:
                continue
            facts = self._known.setdefault((post.platform, author.native_id), [("", ""), ("", ""), False, None])
            at = post.seen_at or post.created_at
            if author.handle and (at, author.handle) >= facts[0]:
                facts[0], facts[2] = (at, author.handle), is_own
            if author.display_name:
                facts[1] = max(facts[1], (at, author.display_name))
            if author.opted_out is not None:
                facts[3] = author.opted_out or bool(facts[3])

    def table(self) -> pa.Table:
        """All of them, as rows."""
        rows = [
            (*key, handle or None, handle_at, name or None, name_at, is_own, opted_out)
            for key, ((handle_at, handle), (name_at, name), is_own, opted_out) in self._known.items()
        ]
        columns = list(zip(*rows, strict=True)) or [()] * len(AUTHORS)
        return pa.table([pa.array(column, type=one.type) for column, one in zip(columns, AUTHORS, strict=True)], schema=AUTHORS)


class Work:
    """What a run has done so far: DIR/bulk."""

    def __init__(self, folder: DataFolder) -> None:
        self.root = folder.root / "bulk"
        self.run = self.root / "run"
        self.sightings = self.run / "sightings"
        self.merged = self.run / "merged"
        self.waiting = self.root / "waiting"
        self.authors = self.root / "authors.parquet"
        self.messages = self.root / "messages.parquet"

    def create(self, rules: str) -> "Work":
        """Make the folders. rules: by what it is done."""
        for place in (self.sightings, self.merged, self.waiting, self.run / "authors", self.run / "told"):
            place.mkdir(parents=True, exist_ok=True)
        if self.rules() != rules:
            replace_file(self.run / RULES, lambda fresh: fresh.write_text(rules, encoding="ascii"))
        return self

    def rules(self) -> str | None:
        """By what it was done so far; None where nothing was."""
        path = self.run / RULES
        return path.read_text(encoding="ascii") if path.is_file() else None

    def sighting_file(self, part: str) -> Path:
        """Where the posts of a part lie."""
        return self.sightings / f"{part}.arrow"

    def author_file(self, part: str) -> Path:
        """Where what a part says of authors lies."""
        return self.run / "authors" / f"{part}.parquet"

    def waiting_file(self, part: str) -> Path:
        """Where the numbers lie of what the outside posts of a part hang on."""
        return self.waiting / f"{part}.parquet"

    def merged_file(self, number: int) -> Path:
        """Where the posts of one range of numbers lie, merged and read."""
        return self.merged / f"{number:05d}.arrow"

    def touched_file(self) -> Path:
        """Where the kept posts lie that are merged anew."""
        return self.run / "touched.arrow"

    def followed_file(self) -> Path:
        """What is decided of originals, by the numbers of their cut reposts."""
        return self.run / "followed.parquet"

    def keep_sightings(self, part: str, pages: Iterable[Sequence[Sighting]]) -> None:
        """Write the posts of a part."""
        tables = (sightings_table(page) for page in pages if page)
        replace_file(self.sighting_file(part), lambda fresh: write_by_number(fresh, SIGHTING, tables))

    def keep_authors(self, part: str, authors: Authors) -> None:
        """Write what a part says of authors."""
        write_table(self.author_file(part), authors.table())

    def keep_waiting(self, part: str, numbers: Iterable[int]) -> None:
        """Write what the outside posts of a part hang on."""
        write_table(self.waiting_file(part), pa.table([pa.array(sorted(numbers), type=pa.uint64())], schema=HASHES))

    def tell(self, name: str, what: object) -> None:
        """Keep what came of a step, as JSON: it is done."""

        def write(path: Path) -> None:
            path.write_text(json.dumps(what, ensure_ascii=False), encoding="utf-8", errors="surrogatepass")

        replace_file(self.run / "told" / name, write)

    def told(self, name: str) -> Any:
        """What came of a step; None where it is not done."""
        path = self.run / "told" / name
        return json.loads(path.read_text(encoding="utf-8", errors="surrogatepass")) if path.is_file() else None

    def drop_parts(self, besides: Iterable[str]) -> None:
        """Let go of what was done of other parts than these."""
        kept = set(besides)
        for place in (self.sightings, self.run / "authors", self.run / "told"):
            for path in place.iterdir() if place.is_dir() else ():
                if path.name.removesuffix(path.suffix) not in kept:
                    path.unlink()

    def end(self) -> None:
        """The run is over: what it worked with goes."""
        if self.run.is_dir():
            gone = self.run.with_name("run-ended")
            shutil.rmtree(gone, ignore_errors=True)
            self.run.rename(gone)
            shutil.rmtree(gone)


def keep_views(folder: DataFolder) -> None:
    """Put the file of views beside the posts that DuckDB asks them by."""
    views = Path(__file__).parent / "posts.sql"
    replace_file(folder.root / views.name, lambda fresh: fresh.write_bytes(views.read_bytes()))


def posts_folder(folder: DataFolder) -> Path:
    """Where the posts lie."""
    return folder.root / "posts"


def day_file(folder: DataFolder, platform: str, day: str) -> Path:
    """Where the posts of a platform and a day lie."""
    return posts_folder(folder) / f"platform={platform}" / f"day={day}" / "posts.parquet"


def day_files(folder: DataFolder) -> Iterator[tuple[str, str, Path]]:
    """(platform, day, file) of all posts."""
    for path in sorted(posts_folder(folder).glob("platform=*/day=*/posts.parquet")):
        yield path.parent.parent.name.removeprefix("platform="), path.parent.name.removeprefix("day="), path


def write_table(path: Path, table: pa.Table) -> None:
    """Write a file of rows in place of what was there."""
    replace_file(path, lambda fresh: pq.write_table(table, fresh, compression="zstd", row_group_size=ROWS_A_GROUP))


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Have a file written beside its place, and put it there once it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(fresh)
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
