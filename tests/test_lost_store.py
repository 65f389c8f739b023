"""A data folder from which tracker.db was deleted or moved: no run begins anew in its place, and it comes back by `restore`."""

import shutil
from pathlib import Path

import pytest

from tests import invented
from tests.desk import Desk
from tests.one_night import night as night
from tests.warm import Warm

POSTS = "select count(*) from posts"


@pytest.fixture
def lost(night: Desk, tmp_path: Path) -> Desk:
    desk = Desk.at(tmp_path)
    shutil.copytree(night.data, desk.data)
    for path in desk.data.glob("tracker.db*"):
        path.unlink()
    return desk


def test_a_lost_store_is_told_and_nothing_begins_anew_in_its_place(lost: Desk, program: Warm) -> None:
    file = invented.twarc2_file(lost.files / "b.jsonl", range(3))
    reading = (("status",), ("forget", "--handle", "x:ann", "--dry-run"), ("copies",), ("briefing",), ("publish", "--dry-run"))
    out = (("export", lost.files / "out"), ("snapshot", "--erratum", "A week was counted twice."))
    writing = (("nightly",), ("import", file), ("backup",), ("publish",), ("prune",), ("forget", "--handle", "x:ann"))
    for words in (*reading, *out, *writing):
        ended = program.run(lost, *words)
        assert ended.code == 6 and "tracker.db is missing, though raw.db is there" in ended.err, (words, ended)
        assert "`debate-tracker restore FILE`" in ended.err and not (lost.data / "tracker.db").exists()
    checked = program.run(lost, "check")
    assert checked.code == 6 and "tracker.db is missing, though raw.db is there" in checked.out


def test_it_comes_back_by_what_was_advised(lost: Desk, program: Warm) -> None:
    (backup,) = (lost.data / "backups").glob("*.tar.zst")
    assert program.run(lost, "restore", backup).code == 0
    assert lost.value(POSTS) == 20
    assert program.run(lost, "nightly").code == 0


def test_who_begins_anew_moves_the_rest_away(lost: Desk, program: Warm) -> None:
    for path in lost.data.glob("raw.db*"):
        path.unlink()
    assert program.run(lost, "nightly").code == 0
    assert lost.value(POSTS) == 0


@pytest.mark.parametrize("store", ["tracker.db", "raw.db"])
def test_a_damaged_store_comes_back_by_the_same_command(night: Desk, tmp_path: Path, program: Warm, store: str) -> None:
    desk = Desk.at(tmp_path)
    shutil.copytree(night.data, desk.data)
    (desk.data / store).write_bytes(b"no database at all" * 1000)
    ended = program.run(desk, "nightly")
    assert ended.code == 6 and "`debate-tracker restore FILE`" in ended.err, ended
    (backup,) = (desk.data / "backups").glob("*.tar.zst")
    assert program.run(desk, "restore", backup).code == 0 and program.run(desk, "nightly").code == 0
