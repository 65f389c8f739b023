"""Commands that only read, on a store of an earlier version: each does what it can, or says what to do first."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from db import migrations
from db.folder import DataFolder
from tests import invented
from tests.desk import Desk
from tests.warm import Warm

STEPS = [step.name for step in migrations.tracker.pending(Database(memory=True))]
SAID = "was made by an earlier version of this program"
READING = (
    *(("status",), ("status", "--json", "--max-age", "26h"), ("briefing",), ("check",), ("check", "--handover"), ("copies",)),
    *(("check", "--governance"), ("forget", "--handle", "x:ann", "--dry-run"), ("publish", "--dry-run"), ("alerts",)),
    *(("evaluate",), ("labels",), ("collect", "--dry-run")),
)


def at_each_step(root: Path) -> Iterator[tuple[int, Desk]]:
    """A data folder whose store has only the first steps of the schema, as an earlier version left it."""
    for number in (1, 5, 11, 15, 23, 30, len(STEPS) - 1):
        desk = Desk.at(root / str(number))
        tracker = DataFolder(desk.data).create().tracker
        with closing(Database(tracker)) as db:
            db.enable_wal()
            migrations.tracker.apply(db, stop_before=STEPS[number])
        yield number, desk


def test_none_ends_as_a_bug(tmp_path: Path, program: Warm) -> None:
    refused = set[tuple[int, str]]()
    for number, desk in at_each_step(tmp_path):
        for words in READING:
            ended = program.run(desk, *words)
            assert ended.code != 1, (number, words, ended.err)
            if SAID in ended.err:
                assert ended.code == 2 and "Run `debate-tracker backup`" in ended.err, ended
                refused.add((number, words[0]))
    assert {(1, "status"), (11, "status"), (15, "briefing"), (23, "forget"), (23, "check")} <= refused
    assert (30, "status") not in refused, "what can be told is told"


def test_copies_that_were_handed_out_are_not_denied_and_nothing_is_changed_over_without_a_backup(
    tmp_path: Path, program: Warm
) -> None:
    desk = Desk.at(tmp_path)
    assert program.run(desk, "import", invented.twarc2_file(desk.files / "posts.jsonl", range(5))).code == 0
    assert program.run(desk, "export", tmp_path / "out", "--holder", "Dr No").code == 0
    with closing(Database(desk.data / "tracker.db")) as db:
        db.execute("delete from _sqlite_migrations where name = ?", [STEPS[-1]])
        db.conn.commit()
    for words in (("copies",), ("copies", "--deleted", "1")):
        ended = program.run(desk, *words)
        assert ended.code == 2 and SAID in ended.err and "No copy" not in ended.out, ended


@pytest.mark.parametrize("number", [1, 23])
def test_after_a_night_all_is_told(tmp_path: Path, program: Warm, number: int) -> None:
    desk = dict(at_each_step(tmp_path))[number]
    invented.twarc2_file(desk.files / "posts.jsonl", range(5))
    assert program.run(desk, "import", desk.files / "posts.jsonl").code == 0
    for words in READING:
        assert SAID not in program.run(desk, *words).err, words
