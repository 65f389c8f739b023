"""Large exports are read by a process of their own: the same rows, the same problems, and nobody left behind."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines import reading_apart
from pipelines.reading_apart import LARGE, ROWS_A_PAGE, ToRead, pages_of
from tests.bench.invented_search import write
from tracker.exports.opening import open_export
from tracker.packing import Packed, plain
from tracker.problems import IncompleteRun, UsageProblem
from tracker.records import Found, Row

REPOSITORY = Path(__file__).resolve().parents[1]
POSTS = 2 * ROWS_A_PAGE + 500


def to_read(path: Path, slug: str, size: int) -> ToRead:
    return ToRead(next(iter(open_export(path))), slug, (), size)


def rows_of(path: Path, slug: str, size: int) -> list[Row]:
    return [row for page in pages_of(to_read(path, slug, size)) for row in page]


def readers(parent: int) -> list[int]:
    """The reading processes that `parent` began."""
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    return [pid for pid in map(int, listed) if b"-m\0pipelines.reading_apart\0" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("search") / "search.jsonl"
    write(POSTS, path)
    return path


def test_rows_read_apart_are_the_same(search: Path) -> None:
    apart, here = rows_of(search, "twarc2", LARGE), rows_of(search, "twarc2", 0)
    assert len(apart) == POSTS
    for one, other in zip(apart, here, strict=True):
        assert isinstance(one, Found)
        assert isinstance(other, Found)
        assert (one.post, one.line) == (other.post, other.line)
        assert (plain(one.raw) if isinstance(one.raw, Packed) else one.raw) == other.raw


def test_what_cannot_be_read_is_told_after_the_rows_before_it(tmp_path: Path) -> None:
    path = tmp_path / "tweets.js"
    whole = '{"tweet": {"id_str": "1264255250585849857", "full_text": "Buses", "created_at": "Sat May 23 18:01:55 +0000 2020"}}'
    path.write_bytes(f"window.YTD.tweets.part0 = [{whole}, ".encode() + b'{"tweet": "\xff\xfe"}]')
    pages = pages_of(to_read(path, "x-archive", LARGE))
    given: list[Row] = []
    with pytest.raises(UsageProblem) as told:
        for page in pages:
            given += page
    here: list[Row] = []
    with pytest.raises(UsageProblem) as told_here:
        for page in pages_of(to_read(path, "x-archive", 0)):
            here += page
    assert told.value.lines() == told_here.value.lines()
    assert len(given) == len(here)


def test_a_reader_that_is_ended_by_the_system_is_told(search: Path) -> None:
    pages = pages_of(to_read(search, "twarc2", LARGE))
    next(pages)
    [reader] = readers(os.getpid())
    os.kill(reader, signal.SIGKILL)
    with pytest.raises(IncompleteRun, match="process that reads it was ended"):
        list(pages)
    assert readers(os.getpid()) == []


def test_no_reader_is_left_when_reading_is_given_up(search: Path) -> None:
    pages = pages_of(to_read(search, "twarc2", LARGE))
    next(pages)
    assert readers(os.getpid())
    pages.close()  # type: ignore[attr-defined]
    assert readers(os.getpid()) == []


def test_a_killed_import_leaves_no_reader_and_the_next_one_loses_nothing(tmp_path: Path) -> None:
    file, campaign, data = tmp_path / "large.jsonl", tmp_path / "campaign", tmp_path / "data"
    campaign.mkdir()
    (campaign / "campaign.toml").write_text('name = "buses"\nhashtags = ["SaveOurBuses"]\n', encoding="utf-8")
    posts = 4 * ROWS_A_PAGE
    write(posts, file)
    assert file.stat().st_size > LARGE
    command = [sys.executable, str(REPOSITORY / "cli.py"), "import", str(file), "--campaign", str(campaign), "--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not (begun := readers(process.pid)) and time.monotonic() < until:
        time.sleep(0.01)
    process.kill()
    process.wait()
    while (left := [pid for pid in begun if Path(f"/proc/{pid}").exists()]) and time.monotonic() < until:
        time.sleep(0.05)
    assert begun
    assert not left
    assert subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0
    with sqlite3.connect(data / "tracker.db") as store:
        assert store.execute("select count(*), count(distinct native_id) from posts").fetchone() == (posts, posts)


def test_a_page_of_large_items_ends_before_its_rows_do(search: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_apart, "BYTES_A_PAGE", 100_000)
    pages = list(pages_of(to_read(search, "twarc2", 0)))
    sizes = [sum(len(row.raw) for row in page if isinstance(row, Found)) for page in pages]
    assert sum(map(len, pages)) == POSTS and max(map(len, pages)) < ROWS_A_PAGE
    assert all(100_000 <= size < 110_000 for size in sizes[:-1])
