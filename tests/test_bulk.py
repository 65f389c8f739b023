"""`bulk`: the same numbers as the store gives, whatever it reads and in however many pieces."""

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from db.bulk_sums import Rule, Sums
from db.figures import figure
from db.folder import DataFolder
from pipelines.demo import sample_files
from pipelines.running import Run
from tests import debates, invented
from tests.bulk_run import Here, bulked, stored
from tests.bulk_run import debate as debate
from tests.bulk_run import there as there
from tests.conftest import REPOSITORY
from tracker.messages import messages
from tracker.records import Copy

FUTUREWELFARE = REPOSITORY / "campaigns" / "futurewelfare"


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
        ("c-tags.csv", 5),
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
