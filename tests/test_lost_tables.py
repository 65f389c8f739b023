"""A store that lacks a table, an index or a trigger, or has steps of the schema of which its own list says nothing: `check` tells
it before the night does, and no command ends as a bug."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests import invented
from tests.desk import Desk
from tests.warm import Warm

LOST = (
    *(
        ("tracker.db", f"drop {what}")
        for what in ("table settings", "table audit", "index posts_by_day", "trigger posts_fts_update")
    ),
    *(("tracker.db", f"drop table {name}") for name in ("published_cells", "weekly_totals", "registered_copies", "posts_fts")),
    *(("raw.db", "drop table answers"), ("forgotten.db", "drop table tombstones"), ("labels.db", "drop table quotes")),
)
READING = (
    *(("status",), ("briefing",), ("copies",), ("check", "--handover"), ("forget", "--handle", "x:rider1003", "--dry-run")),
    *(("publish", "--dry-run"), ("labels",), ("evaluate",)),
)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk.at(tmp_path_factory.mktemp("lost"))
    assert desk.run("import", invented.twarc2_file(desk.files / "a.jsonl", range(20))).code == 0
    assert desk.run("publish").code == 0
    line = {"platform": "x", "native_id": invented.x_id(3), "text": "The fares went up", "themes": ["fares"], "coder": "sue"}
    (desk.files / "labels.jsonl").write_text(json.dumps(line) + "\n")
    assert desk.run("labels", "--bring-in", desk.files / "labels.jsonl").code == 0
    return desk


def without(night: Desk, root: Path, store: str, sql: str) -> Desk:
    desk = Desk(night.campaign, root / "data", root)
    desk.data.mkdir(mode=0o700)
    for path in night.data.iterdir():
        if path.is_file():
            (desk.data / path.name).write_bytes(path.read_bytes())
    with closing(sqlite3.connect(desk.data / store, isolation_level=None)) as db:
        db.execute(sql)
    return desk


@pytest.mark.parametrize(("store", "sql"), LOST)
def test_check_tells_it_and_nothing_ends_as_a_bug(night: Desk, tmp_path: Path, program: Warm, store: str, sql: str) -> None:
    desk = without(night, tmp_path, store, sql)
    checked = program.run(desk, "check")
    said = checked.out + checked.err
    assert checked.code == 6 and f"{desk.data / store} is damaged" in said, checked
    assert sql.split()[-1] in said and f"backup of {store}" in said
    for words in (*READING, ("export", tmp_path / "out"), ("nightly",)):
        ended = program.run(desk, *words)
        assert ended.code != 1, (words, ended.err)
    if store != "labels.db":
        assert ended.code == 6


@pytest.mark.parametrize("sql", ["drop table _sqlite_migrations", "delete from _sqlite_migrations where name like '%020%'"])
def test_a_step_that_cannot_be_done_is_told_and_nothing_is_advised_that_does_not_help(
    night: Desk, tmp_path: Path, program: Warm, sql: str
) -> None:
    desk = without(night, tmp_path, "tracker.db", sql)
    for words in (("nightly",), ("backup",)):
        ended = program.run(desk, *words)
        assert ended.code == 6 and "tracker.db cannot be brought up to date" in ended.err, ended
        assert "last good backup" in ended.err and "Run `debate-tracker backup`" not in ended.err
