"""The folder that `bulk` made: what is shown and asked of it, what refuses it, and what is forgotten in it."""

import csv
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.post_files import write_table
from pipelines.bulk import bulk
from pipelines.export import Wanted, export
from pipelines.forget import forget, look_for, wishes_of
from pipelines.restore import restore_backup
from pipelines.running import Run, Stop, quiet, running
from pipelines.showing import status_text
from pipelines.status import status
from tests import debates
from tests.bulk_run import Here, bulked
from tests.bulk_run import debate as debate
from tests.bulk_run import there as there
from tests.pages_client import Pages
from tracker.campaign import read_campaign
from tracker.problems import Problem, UsageProblem

NOW = "2026-11-28T03:00:00Z"


def test_a_folder_of_an_ordinary_store_is_refused(debate: tuple[Path, list[Path], Path], tmp_path: Path) -> None:
    campaign, files, data = debate
    shutil.copytree(data, tmp_path / "copy")
    with (
        pytest.raises(Problem, match="holds a store with posts"),
        running("bulk", read_campaign(campaign), DataFolder(tmp_path / "copy")) as run,
    ):
        bulk(run, files, Here(), live=DataFolder(data))


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


def test_people_are_told_apart_by_the_views_as_by_the_counts(there: tuple[Path, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those whom one file knows by a handle alone; and the columns are called as in the store."""
    monkeypatch.chdir(there[0])
    people = """
        select strftime(day::date, '%G-W%V') as week, count(distinct author_id) from posts join authors on authors.id = author_id
        where status = 'live' and not posts.is_own group by week order by week
    """
    with duckdb.connect() as db, sqlite3.connect(there[0] / "tracker.db") as counted:
        db.execute((there[0] / "posts.sql").read_text())
        told = counted.execute("select week, authors from weekly_totals where theme is null and is_own = 0 order by week")
        assert db.execute(people).fetchall() == told.fetchall()
        for name in ("posts", "authors"):
            columns = {column for (column, *_) in db.execute(f"describe {name}").fetchall()}
            assert columns <= {row[1] for row in counted.execute(f"pragma table_info({name})")}, name


@pytest.mark.parametrize("command", ["import", "nightly", "publish", "backup"])
def test_commands_for_a_store_of_posts_refuse_the_folder(
    debate: tuple[Path, list[Path], Path], there: tuple[Path, Run], command: str
) -> None:
    with (
        pytest.raises(UsageProblem, match="was made by `bulk`"),
        running(command, read_campaign(debate[0]), DataFolder(there[0])),
    ):
        pass


def test_a_folder_of_counts_is_neither_exported_nor_restored_into_and_says_no_zero(
    debate: tuple[Path, list[Path], Path], there: tuple[Path, Run], tmp_path: Path
) -> None:
    campaign, folder = read_campaign(debate[0]), DataFolder(there[0])
    with pytest.raises(UsageProblem, match="was made by `bulk`"):
        export(campaign, folder, Wanted(tmp_path / "out", "csv", "", ""), now=NOW, stop=Stop(), progress=quiet)
    with pytest.raises(UsageProblem, match="was made by `bulk`"):
        restore_backup(campaign, folder, tmp_path / "any.tar.zst", identity_file=None, forgotten_lost=False)
    said = status_text(status(folder, now=NOW))
    assert said.startswith("Made by `bulk`: the posts lie in Parquet files") and "0 posts" not in said


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


def test_somebody_else_of_the_same_name_is_nothing_that_a_forget_left(
    debate: tuple[Path, list[Path], Path], there: tuple[Path, Run], tmp_path: Path
) -> None:
    shutil.copytree(there[0], tmp_path / "to")
    folder = DataFolder(tmp_path / "to")
    path = next(path for path in sorted(folder.root.glob("posts/platform=mastodon/*/*.parquet")))
    table = pq.read_table(path, partitioning=None)
    rows = table.to_pylist()
    alike = {"author_id": "https://alike.example/@rider1001", "author_handle": "rider1001@alike.example"}
    alike |= {"url": "https://alike.example/@rider1001/1", "native_id": "https://alike.example/users/rider1001/statuses/1"}
    write_table(path, pa.Table.from_pylist([*rows[:-1], {**rows[-1], **alike}], schema=table.schema))
    with running("forget", read_campaign(debate[0]), folder) as run:
        assert forget(run, wishes_of(["x:rider1001"], [], [])).accounts == 1
    assert alike["url"] in pq.read_table(path, partitioning=None).column("url").to_pylist()


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


def test_a_week_of_which_nothing_is_left_is_counted_as_such(debate: tuple[Path, list[Path], Path], tmp_path: Path) -> None:
    path, folder = tmp_path / "tags.csv", DataFolder(tmp_path / "to")
    posts = [(1, "ann", "Mon Oct 05 13:33:00 +0000 2026"), (99, "bea", "Mon Oct 26 13:33:00 +0000 2026")]
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(debates.TAGS)
        rows.writerows([debates.pid(n), by, f"Number {n}: fares #SaveOurBuses", at, str(n), ""] for n, by, at in posts)
    bulked(debate[0], folder.root, debate[2], [path])
    for who, weeks in (("bea", ["2026-W41"]), ("ann", [])):
        if not weeks:  # somebody whose name nobody wrote down, as where the list of tombstones was put back from another place
            with closing(Forgotten(folder)) as forgotten:
                forgotten.tombstones([("handle", "x", who)], now="2026-11-01T00:00:00Z", reason="asked")
        with running("forget", read_campaign(debate[0]), folder) as run:
            assert not weeks or forget(run, wishes_of([f"x:{who}"], [], [])).posts == 1
        found = debates.numbers(folder.tracker)
        assert [row[0] for row in found["weekly_totals"] if row[2] is None] == weeks
        assert len({day for day, *_ in found["daily_counts"]}) == len(weeks)
        assert sum(value for name, key, value in found["figures"] if (name, key) == ("shown", "live")) == len(weeks)
        bulked(debate[0], folder.root, debate[2], [path])
        assert debates.numbers(folder.tracker) == found
