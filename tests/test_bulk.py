"""`bulk`: the same numbers as the store gives, whatever is lost on the way, and nothing done twice."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from db.bulk_sums import Rule, Sums
from db.figures import figure
from db.folder import DataFolder
from db.post_files import write_table
from pipelines.bulk import POSTS_AT_ONCE, bulk
from pipelines.bulk_cluster import Crew, crew
from pipelines.demo import sample_files
from pipelines.forget import forget, look_for, wishes_of
from pipelines.import_exports import import_exports
from pipelines.messages import group_messages
from pipelines.nightly import read_themes
from pipelines.running import Run, Stop, running
from tests import debates, invented
from tests.conftest import REPOSITORY, Figure
from tests.pages_client import Pages
from tracker.campaign import read_campaign
from tracker.exports import by_slug
from tracker.exports.cutting import cuts_of, rows_of_cut
from tracker.messages import messages
from tracker.problems import Problem, UsageProblem
from tracker.records import Copy, Found

PART_BYTES = 6000
FUTUREWELFARE = REPOSITORY / "campaigns" / "futurewelfare"
GONE = ("handle", "mastodon", "gone@hills.example")


class Here(Crew):
    """The work, piece after piece in this process; `most`: so many pieces, and then the run is ended."""

    def __init__(self, most: int = 10_000) -> None:
        self.done, self._most = 0, most

    def each(
        self, work: Callable[..., Any], pieces: Sequence[tuple[Any, ...]], *, check: Callable[[], None]
    ) -> Iterator[tuple[int, Any]]:
        """Each in its turn, the last first: the order must not matter."""
        for place, piece in reversed(list(enumerate(pieces))):
            if self.done == self._most:
                raise Ended
            self.done += 1
            yield place, work(*piece)


class Ended(Exception):
    """The run is ended in the middle."""


def stored(campaign: Path, data: Path, *imports: list[Path]) -> dict[str, list[tuple[Any, ...]]]:
    """What the store says in numbers once the files are imported and read."""
    for files in imports:
        with running("import", read_campaign(campaign), DataFolder(data)) as run:
            run.forgotten.tombstones([GONE], now=run.clock(), reason="asked")
            import_exports(run, files)
            group_messages(run)
            read_themes(run)
            assert run.problems == []
    return debates.numbers(data / "tracker.db")


def bulked(
    campaign: Path,
    to: Path,
    live: Path,
    files: list[Path],
    hands: Crew | None = None,
    *,
    posts_at_once: int = POSTS_AT_ONCE,
    **more: Any,
) -> Run:
    """A run of `bulk`."""
    with running("bulk", read_campaign(campaign), DataFolder(to), **more) as run, run.step("bulk") as notes:
        made = bulk(run, files, hands or Here(), live=DataFolder(live), part_bytes=PART_BYTES, posts_at_once=posts_at_once)
        notes.append(made.sentence())
    return run


@pytest.fixture(scope="module")
def debate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path], Path]:
    """(campaign, files, DATA of the store) of the invented debate."""
    root = tmp_path_factory.mktemp("debate")
    campaign, files = debates.campaign(root), debates.write_debate(root / "files")
    stored(campaign, root / "data", files)
    return campaign, files, root / "data"


@pytest.fixture(scope="module")
def there(debate: tuple[Path, list[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """(a folder that `bulk` made of the invented debate, the run)."""
    folder = tmp_path_factory.mktemp("there") / "to"
    return folder, bulked(debate[0], folder, debate[2], debate[1])


# ---- the same numbers --------------------------------------------------------------------------------------------------------


def test_its_numbers_are_those_of_the_store(debate: tuple[Path, list[Path], Path], there: tuple[Path, Run]) -> None:
    (campaign, files, data), (folder, run) = debate, there
    expected = debates.numbers(data / "tracker.db")
    assert expected["weekly_totals"] and expected["weekly_links"] and len(expected["weekly_read"]) > 1
    assert debates.numbers(folder / "tracker.db") == expected
    with sqlite3.connect(data / "tracker.db") as db:
        told = db.execute("select platform, native_id, text, repost_of, kind, is_own, day from posts order by 1, 2").fetchall()
    posts = folder / "posts" / "*" / "*" / "*.parquet"
    columns = "platform, native_id, text, repost_of, kind, is_own::int, day::varchar"
    kept = duckdb.execute(f"select {columns} from read_parquet('{posts}', hive_partitioning = true) order by 1, 2").fetchall()
    assert kept == told
    assert [(one.file, one.rows) for one in run.files] == [
        ("a-search.jsonl", 54),
        ("b-search.jsonl", 28),
        ("c-tags.csv", 4),
        ("d-statuses.json", 17),
    ]

    again = Here()
    assert "nothing new" in bulked(campaign, folder, data, files, again).steps[-1].note and again.done == 0
    texts = [text for (text,) in duckdb.execute(f"select text from read_parquet('{posts}')").fetchall()]
    assert not any("Forgotten words" in text or "gone@hills" in text or "For followers" in text for text in texts)
    assert any("[removed]" in text for text in texts)
    assert not [path for path in (folder).rglob("*") if path.stat().st_mode & 0o077]


def test_what_people_settled_is_counted_there_as_in_the_store(
    debate: tuple[Path, list[Path], Path], there: tuple[Path, Run], tmp_path: Path
) -> None:
    """By the same statements; `bulk` itself knows of no people who read posts."""
    settled = [(relevant, whole) for relevant in (0, 1, None) for whole in (0, 1)]
    shutil.copy(debate[2] / "tracker.db", tmp_path / "tracker.db")
    shutil.copytree(there[0], tmp_path / "to")
    with (
        closing(sqlite3.connect(tmp_path / "tracker.db")) as db,
        closing(Sums(DataFolder(tmp_path / "to"), threads=1, memory_mb=100)) as sums,
    ):
        sums.bring_authors_together([])
        sums.prepare([])
        for place, key in enumerate(db.execute("select platform, native_id from posts order by id").fetchall()):
            said = [*settled[place % len(settled)], *key]
            verdict = "insert into post_verdicts({}) select id, ?, null, {} ? from {} where platform = ? and native_id = ?"
            db.execute(
                verdict.format("post_id, relevant, asks_us, coders, adjudicated, via, whole", "1, 0, 'read',", "posts"), said
            )
            sums.db.execute(verdict.format("post_id, relevant, asks_us, whole", "", "kept"), said)
        found = sums.figures()
        for name in ("outcomes", "kinds", "left_out", "shown", "people", "theme_people"):
            counted = dict(db.execute(figure(name)).fetchall())
            assert {key: value for of, key, value in found if of == name} == counted, name
            assert len(counted) > 1 or name == "people"


def test_cut_reposts_are_decided_as_their_originals_whichever_came_first(
    debate: tuple[Path, list[Path], Path], tmp_path: Path
) -> None:
    found = "select native_id, outcome, list_transform(themes, lambda hit: [hit.theme, hit.words])"

    def decided() -> list[tuple[Any, ...]]:
        where = [str(tmp_path / "to" / "posts" / "*" / "*" / "*.parquet"), debates.CUT]
        return sorted(duckdb.execute(f"{found} from read_parquet($1) where text = $2", where).fetchall())

    whole = ("themed", [["drivers", "[]"]])
    bulked(debate[0], tmp_path / "to", debate[2], debate[1][:1])
    assert [row[1:] for row in decided()] == [("none", [])], "its original is not there yet"
    bulked(debate[0], tmp_path / "to", debate[2], debate[1])
    assert decided() == sorted([(debates.pid(77), *whole), (debates.pid(99), *whole)])
    assert debates.numbers(tmp_path / "to" / "tracker.db") == debates.numbers(debate[2] / "tracker.db")


@pytest.mark.faults
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_so_they_are_in_other_zones_and_file_after_file(debate: tuple[Path, list[Path], Path], tmp_path: Path, zone: str) -> None:
    _, files, data = debate
    campaign = debates.campaign(tmp_path, zone)
    shutil.copytree(data / "model", tmp_path / "data" / "model")
    order = [[files[2], files[0]], [files[3]], [files[1]]]
    expected = stored(campaign, tmp_path / "data", *order)
    for some in order:
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / "to" / "posts").rglob("*.parquet")}
        bulked(campaign, tmp_path / "to", tmp_path / "data", some)
        assert not before or [path for path in before if path.stat().st_mtime_ns == before[path]], "every day was written again"
    assert debates.numbers(tmp_path / "to" / "tracker.db") == expected


@pytest.mark.faults
def test_so_they_are_of_the_demo(tmp_path: Path, debate: tuple[Path, list[Path], Path]) -> None:
    files = sample_files(FUTUREWELFARE / "sample")
    shutil.copytree(debate[2] / "model", tmp_path / "data" / "model")
    campaign = invented.campaign_folder(tmp_path, (FUTUREWELFARE / "campaign.toml").read_text())
    expected = stored(campaign, tmp_path / "data", files)
    bulked(campaign, tmp_path / "to", tmp_path / "data", files)
    assert debates.numbers(tmp_path / "to" / "tracker.db") == expected


# ---- nothing twice, nothing lost ---------------------------------------------------------------------------------------------


def test_a_run_that_is_ended_anywhere_is_taken_up(debate: tuple[Path, list[Path], Path], tmp_path: Path) -> None:
    campaign, files, data = debate
    attempts = 0
    while True:
        hands = Here(most=7)
        attempts += 1
        try:
            bulked(campaign, tmp_path / "to", data, files, hands)
            break
        except Ended:
            assert hands.done == 7
    assert attempts > 2 and debates.numbers(tmp_path / "to" / "tracker.db") == debates.numbers(data / "tracker.db")
    assert not (tmp_path / "to" / "bulk" / "run").exists()


@pytest.mark.faults
def test_killed_at_any_moment_it_is_taken_up(debate: tuple[Path, list[Path], Path], tmp_path: Path, figure: Figure) -> None:
    campaign, files, data = debate
    folder, broken, kills = tmp_path / "to", [], 0
    command = [sys.executable, str(REPOSITORY / "cli.py"), "--campaign", str(campaign), "--data", str(data)]
    command += ["bulk", *map(str, files), "--to", str(folder), "--workers", "1"]
    for trial in range(10):
        shutil.rmtree(folder, ignore_errors=True)
        begun = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.DEVNULL)
        time.sleep(4 + trial * 0.8)
        kills += begun.poll() is None
        for pid in workers_of(begun.pid):
            with suppress(ProcessLookupError):  # a worker may end by itself meanwhile
                os.kill(pid, signal.SIGKILL)
        begun.kill()
        begun.wait()
        bulked(campaign, folder, data, files)
        if debates.numbers(folder / "tracker.db") != debates.numbers(data / "tracker.db"):
            broken.append(f"trial {trial}")
    figure("kill -9 of bulk", kills, broken, "taken up by the next run, the same numbers")


class KillsOne(Stop):
    """A stop that ends a worker, without a word, the first time it is asked."""

    killed = 0

    def check(self) -> None:
        """Kill one of those that this process began."""
        if not self.killed:
            [self.killed, *_] = workers_of(os.getpid())
            os.kill(self.killed, signal.SIGKILL)


def workers_of(parent: int) -> list[int]:
    """The processes that a process began, with theirs, that spawn has made."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            above = int(path.read_text().rpartition(")")[2].split()[1])
            command = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if above == parent and b"spawn_main" in command:
            found.append(int(path.parent.name))
    return found


def listening(of: Sequence[int]) -> set[str]:
    """The addresses (as /proc writes them) on which these processes listen."""
    sockets = set()
    for pid in of:
        for path in Path(f"/proc/{pid}/fd").iterdir():
            try:
                sockets.add(path.readlink().name)
            except OSError:
                continue
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A" and f"socket:[{cells[9]}]" in sockets:
                found.add(cells[1].partition(":")[0])
    return found


@pytest.mark.faults
def test_a_lost_worker_costs_a_retry_and_all_listen_here_alone(debate: tuple[Path, list[Path], Path], tmp_path: Path) -> None:
    campaign, files, data = debate
    stop = KillsOne()
    with crew(None, 2, tmp_path / "to") as hands:
        assert listening([os.getpid(), *workers_of(os.getpid())]) <= {"0100007F"}
        bulked(campaign, tmp_path / "to", data, files, hands, stop=stop)
    assert stop.killed
    assert debates.numbers(tmp_path / "to" / "tracker.db") == debates.numbers(data / "tracker.db")


def test_what_is_put_together_and_compared_in_many_pieces_gives_the_same(
    debate: tuple[Path, list[Path], Path], tmp_path: Path
) -> None:
    campaign, files, data = debate
    bulked(campaign, tmp_path / "to", data, files, posts_at_once=1)
    assert debates.numbers(tmp_path / "to" / "tracker.db") == debates.numbers(data / "tracker.db")
    copies = [debates.tweet(n, f"{('Red', 'Green', 'Old', 'New', 'Night')[n // 4]} {debates.LONG}") for n in range(20)]
    (tmp_path / "copies.jsonl").write_text(invented.page(copies), encoding="utf-8")
    bulked(campaign, tmp_path / "copies", data, [tmp_path / "copies.jsonl"])

    def written(folder: str, rule: Rule, **limits: int) -> list[tuple[int, int]]:
        with closing(Sums(DataFolder(tmp_path / folder), threads=1, memory_mb=100, **limits)) as sums:
            sums.bring_messages_together(rule)
            return sorted(sums.db.execute("select id, message from found_messages").fetchall())

    def each_alone(copies: Sequence[Copy]) -> list[list[int]]:
        return [[one.post_id] for one in copies]

    assert written("to", messages, at_once=2, fetched=3) == written("to", messages) != []
    assert written("copies", each_alone, at_once=2, fetched=3) == written("copies", each_alone)
    assert len(written("copies", each_alone)) == 20


def test_an_archive_of_another_debate_gives_nothing(debate: tuple[Path, list[Path], Path], tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_text(invented.page([invented.tweet(1, "Nothing of ours here")]), encoding="utf-8")
    run = bulked(debate[0], tmp_path / "to", debate[2], [tmp_path / "other.jsonl"])
    assert not run.problems and [(one.file, one.rows) for one in run.files] == [("other.jsonl", 1)]
    bulked(debate[0], tmp_path / "to", debate[2], debate[1])
    assert debates.numbers(tmp_path / "to" / "tracker.db") == debates.numbers(debate[2] / "tracker.db")


# ---- refusals ----------------------------------------------------------------------------------------------------------------


def test_a_folder_of_an_ordinary_store_is_refused(debate: tuple[Path, list[Path], Path], tmp_path: Path) -> None:
    campaign, files, data = debate
    shutil.copytree(data, tmp_path / "copy")
    with (
        pytest.raises(Problem, match="holds a store with posts"),
        running("bulk", read_campaign(campaign), DataFolder(tmp_path / "copy")) as run,
    ):
        bulk(run, files, Here(), live=DataFolder(data))


# ---- what is shown and asked -------------------------------------------------------------------------------------------------


def test_the_pages_show_the_counts_and_say_where_the_posts_are(
    debate: tuple[Path, list[Path], Path], there: tuple[Path, Run]
) -> None:
    pages = Pages(DataFolder(there[0]), campaign=read_campaign(debate[0]))
    home = pages.text("/")
    assert "fares" in home.lower() and "Newest posts" not in home and "There are no posts here yet" not in home
    for address in ("/themes", "/theme/fares", "/missing", "/method", "/data", "/status", "/hashtags", "/dictionary", "/sources"):
        assert pages.get(address).status_code == 200, address
    for address in ("/posts", "/posts?week=2026-W41", "/asked", "/coding", "/quotes", "/add"):
        assert "The posts lie in Parquet files" in pages.text(address), address
    assert "a-search.jsonl" in pages.text("/missing")


def test_the_views_beside_the_posts_are_asked_with_duckdb(there: tuple[Path, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(there[0])
    with duckdb.connect() as db:
        db.execute((there[0] / "posts.sql").read_text())
        of_fares = "theme = 'fares' and not is_own and kind <> 'repost'"
        asked = f"select count(*) from post_themes join posts on posts.id = post_id where {of_fares}"
        [(found,)] = db.execute(asked).fetchall()
        [(told,)] = db.execute("select typeof(created_at) from posts limit 1").fetchall()
        names = [name for (name,) in db.execute("select view_name from duckdb_views() where not internal").fetchall()]
        assert all(db.execute(f"select count(*) from {name}").fetchone() for name in names)
    with sqlite3.connect(there[0] / "tracker.db") as counted:
        [(posts,)] = counted.execute("select sum(posts) from weekly_totals where theme = 'fares' and is_own = 0").fetchall()
    assert (found, told) == (posts, "TIMESTAMP WITH TIME ZONE") and len(names) >= 12


@pytest.mark.parametrize("command", ["import", "nightly", "publish", "backup"])
def test_commands_for_a_store_of_posts_refuse_the_folder(
    debate: tuple[Path, list[Path], Path], there: tuple[Path, Run], command: str
) -> None:
    with (
        pytest.raises(UsageProblem, match="was made by `bulk`"),
        running(command, read_campaign(debate[0]), DataFolder(there[0])),
    ):
        pass


def said_by_another_too(folder: DataFolder, handle: str) -> str:
    """Have a post of somebody else say, among other words, how a post of theirs begins; gives that."""
    files = [(path, pq.read_table(path, partitioning=None)) for path in sorted(folder.root.glob("posts/*/*/*.parquet"))]
    posts = [(path, table, number, row) for path, table in files for number, row in enumerate(table.to_pylist())]
    theirs = (row["text"] for *_, row in posts if (row["author_handle"] or "").startswith(handle))
    words = next(text for text in theirs if len(text) > 40)[:40]
    path, table, number, _ = next(one for one in posts if one[3]["kind"] == "original" and one[3]["author_handle"] == "rider1001")
    rows = [{**row, "text": f"As they all say: {words} ..."} if n == number else row for n, row in enumerate(table.to_pylist())]
    write_table(path, pa.Table.from_pylist(rows, schema=table.schema))
    return str(words)


def answered_at(folder: DataFolder, address: str) -> None:
    """Let a post of another belong because it answered this one, as an earlier sighting of it said."""
    path = next(path for path in sorted(folder.root.glob("posts/platform=mastodon/*/*.parquet")))
    table = pq.read_table(path, partitioning=None)
    rows = table.to_pylist()
    row = next(row for row in rows if row["author_handle"] != "walker3@hills.example" and row["kind"] != "repost")
    row["matches"] = [*row["matches"], {"rule": "conversation", "value": address}]
    write_table(path, pa.Table.from_pylist(rows, schema=table.schema))


def test_forgetting_reaches_the_parquet_files(
    debate: tuple[Path, list[Path], Path], there: tuple[Path, Run], tmp_path: Path
) -> None:
    shutil.copytree(there[0], tmp_path / "to")
    folder = DataFolder(tmp_path / "to")
    wishes = wishes_of(["mastodon:walker3@hills.example", "x:buspeople"], [], [])
    copied = said_by_another_too(folder, "walker3")
    answered_at(folder, "https://hills.example/users/walker3/statuses/1")
    before = debates.numbers(folder.tracker)
    assert look_for(folder, wishes).posts >= 3
    assert look_for(folder, (*wishes, *wishes_of(["mastodon:walker33@hills.example"], [], []))).unknown == (
        "mastodon:walker33@hills.example",
    )
    one = "select url from read_parquet('{}/posts/*/*/*.parquet') where url like '%statuses%' order by url limit 1"
    (url,) = duckdb.execute(one.format(folder.root)).fetchone() or ("",)
    assert look_for(folder, wishes_of([], [url], [])).posts == 1
    with running("forget", read_campaign(debate[0]), folder) as run:
        report = forget(run, wishes)
    assert report.posts >= 3 and report.swept.posts == report.posts and report.swept.redacted >= 1
    rows = duckdb.execute(f"select * from read_parquet('{folder.root}/posts/*/*/*.parquet')").fetchall()
    assert rows and not any("walker3" in repr(row) or "buspeople" in repr(row) for row in rows)
    assert any(copied in repr(row) for row in rows), "what somebody else wrote too tells nobody"
    assert "walker3" not in repr(duckdb.execute(f"select * from '{folder.root}/bulk/authors.parquet'").fetchall())
    after = debates.numbers(folder.tracker)
    assert after["weekly_hashtags"] and after["weekly_totals"] != before["weekly_totals"]
    bulked(debate[0], folder.root, debate[2], debate[1])
    shutil.rmtree(tmp_path / "to" / "bulk" / "run", ignore_errors=True)
    assert debates.numbers(folder.tracker) == after


# ---- cutting -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part_bytes", [700, 3000, 10**9])
def test_the_parts_of_a_file_have_its_rows_with_their_lines(tmp_path: Path, part_bytes: int) -> None:
    file = invented.twarc2_file(tmp_path / "a.jsonl", range(30), size=3)
    with file.open("a") as more:
        more.write('\n{"no": "post"}\n{"data": [{"id": "1", "te')
    twarc2 = by_slug("twarc2")
    with file.open("rb") as stream:
        whole = list(twarc2.read(stream, lambda name: None))
    _, cuts = cuts_of(file, part_bytes)
    assert cuts[0].begin == 0 and cuts[-1].end == file.stat().st_size and all(a.end == b.begin for a, b in pairwise(cuts))
    assert [row for cut in cuts for row in rows_of_cut(file, cut, twarc2)] == whole
    assert isinstance(whole[0], Found) and whole[-1].line == 13
