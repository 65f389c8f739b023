"""Why a row could not be read: one of a few sentences, of which none quotes what stood in the row."""

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db import migrations
from db.folder import DataFolder
from db.opening import open_database
from db.store import Store
from pipelines.showing import status_text
from pipelines.status import status
from tests import invented
from tests.desk import Desk

NOW = "2026-11-25T02:15:00Z"
TOLD = "Jane Doe of 12 Mill Lane told me"
TABLE = """
[[import.table]]
name = "list"
platform = "forum"
[import.table.columns]
id = "Number"
text = "Words"
created_at = "When"
"""


def table(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def sheet(path: Path, *, when: str = "Mon Sep 07 08:00:00 +0000 2026", ids: list[str]) -> Path:
    rows = [{"id_str": one, "from_user": "ann_eg", "text": "#BetterBuses", "created_at": when, "status_url": ""} for one in ids]
    return table(path, *rows)


def test_a_cell_that_holds_somebodys_words_is_nowhere_in_the_store_or_the_pages(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    config = desk.campaign / "campaign.toml"
    config.write_text(config.read_text("utf-8") + TABLE, "utf-8")
    own = table(desk.files / "own.csv", {"Number": "5", "Words": "#BetterBuses", "When": TOLD})
    tags = sheet(desk.files / "tags.csv", when=TOLD, ids=["29000000001"])
    (desk.files / "bsky.jsonl").write_text(
        '{"posts": [{"uri": "at://did:plc:ann/app.bsky.feed.post/3k2aaaaaaaaaa", "cid": "c", "author": {"did": "did:plc:ann", '
        f'"handle": "ann.example"}}, "record": {{"$type": "{TOLD}", "text": "#BetterBuses"}}}}]}}\n'
    )
    ended = desk.run("import", own, tags, desk.files / "bsky.jsonl", "--json")
    assert ended.code == 0
    assert desk.value("select count(*) from rejected") == 3
    assert "Jane" not in ended.out + ended.err
    assert [path.name for path, content in desk.unpacked_files() if b"Mill Lane" in content] == []


def test_ids_that_a_spreadsheet_damaged_are_one_reason(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    damaged = [f"2.{number}E+18" for number in range(10250, 10257)]
    assert desk.run("import", sheet(desk.files / "tags.csv", ids=[*damaged, invented.x_id(1)])).code == 0
    told = status_text(status(DataFolder(desk.data), now=NOW))
    assert "rejected: 7 rows: the id was damaged by a spreadsheet and there is no address to recover it from" in told
    assert "other reason" not in told


def test_so_are_those_of_a_table_of_one_s_own(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    config = desk.campaign / "campaign.toml"
    config.write_text(config.read_text("utf-8") + TABLE, "utf-8")
    rows = [{"Number": f"2.1{n}E+18", "Words": "#BetterBuses", "When": "2026-09-07T08:00:00Z"} for n in range(3)]
    assert desk.run("import", table(desk.files / "own.csv", *rows)).code == 0
    assert desk.value("select group_concat(distinct reason) from rejected") == "the id was damaged by a spreadsheet"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"its time cannot be read ({TOLD})", "its time cannot be read"),
        (f"its time cannot be read (published is '{TOLD}')", "its time cannot be read"),
        ("its time cannot be right (created_at is 1999-01-01T00:00:00Z)", "its time cannot be right"),
        (f"it is a record of another kind ({TOLD})", "it is a record of another kind"),
        (f"the id '{TOLD}' is not a number", "the id is not a number"),
        ("the id 2.1E+18 was damaged by a spreadsheet or a float", "the id was damaged by a spreadsheet or a float"),
        ("the id was damaged by a spreadsheet or a float", "the id was damaged by a spreadsheet or a float"),
        ("its time can mean two days (day first or month first)", "its time can mean two days (day first or month first)"),
    ],
)
def test_what_was_kept_before_is_taken_out_of_the_store(tmp_path: Path, old: str, new: str) -> None:
    folder = DataFolder(tmp_path / "data").create()
    Store.open(folder).close()
    with closing(sqlite3.connect(folder.tracker)) as db:
        db.execute("insert into runs(id, command, version, started_at, status) values (1, 'import', '0', ?, 'ok')", (NOW,))
        db.execute("insert into rejected(run_id, file, line, reason, hash) values (1, 'a.csv', 2, ?, 'h')", (old,))
        db.execute("delete from _sqlite_migrations where name = 'm034_reasons_alone'")
        db.commit()
    open_database(folder.tracker, migrations.tracker).close()
    with closing(Store.open(folder)) as store:
        assert [row["reason"] for row in store.rows("select reason from rejected")] == [new]
