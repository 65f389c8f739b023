"""labels.db that was never made to its end harms nobody; where it is lost that people coded, each command ends with 6."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from db import migrations
from tests import invented
from tests.desk import Desk
from tests.one_night import night as night
from tests.warm import Ended

READERS = ("check", "train", "classify", "nightly", "export", "labels --take-out", "evaluate")


@pytest.fixture(scope="module")
def coded_night(night: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The same after a night in which what people coded came into the counts."""
    desk = Desk.at(tmp_path_factory.mktemp("coded"))
    shutil.copytree(night.data, desk.data)
    assert bring_in(desk).code == 0
    assert desk.run("nightly").code == 0
    return desk


@pytest.fixture
def desk(night: Desk, tmp_path: Path) -> Desk:
    return copied(night, tmp_path)


@pytest.fixture
def coded(coded_night: Desk, tmp_path: Path) -> Desk:
    return copied(coded_night, tmp_path)


def copied(of: Desk, to: Path) -> Desk:
    desk = Desk.at(to)
    shutil.copytree(of.data, desk.data)
    return desk


def bring_in(desk: Desk) -> Ended:
    label = {"text": "Dear fares", "themes": ["fares"], "platform": "x", "native_id": invented.x_id(1), "coder": "Sue"}
    path = desk.files / "labels.jsonl"
    path.write_text(json.dumps(label) + "\n", encoding="utf-8")
    return desk.run("labels", "--bring-in", path)


def asked(desk: Desk, command: str) -> Ended:
    """A command that reads labels.db, with what it writes to."""
    to = {"export": [desk.files / "out"], "labels --take-out": [desk.files / "out.jsonl"]}
    return desk.run(*command.split(), *to.get(command, []))


def cut_to_nothing(path: Path) -> None:
    path.write_bytes(b"")


def first_step_alone(path: Path) -> None:
    """As a kill leaves it between the first two steps of its making."""
    connection = sqlite3.connect(path)
    connection.executescript((migrations.SCHEMA / "labels_001_people_write_here.sql").read_text(encoding="utf-8"))
    connection.executescript(
        "create table _sqlite_migrations (id integer primary key, migration_set text, name text, applied_at text);"
        "insert into _sqlite_migrations(migration_set, name, applied_at)"
        " values ('labels', 'l001_people_write_here', '2026-10-07');"
    )
    connection.close()


@pytest.mark.parametrize("half", [cut_to_nothing, first_step_alone])
def test_labels_that_were_never_made_to_their_end_harm_nobody_and_are_made_by_who_writes(
    desk: Desk, half: Callable[[Path], None]
) -> None:
    half(desk.data / "labels.db")
    for command in READERS:
        ended = asked(desk, command)
        assert (ended.code, "Traceback" in ended.err) == (2 if command == "evaluate" else 0, False), (command, ended)
    ended = bring_in(desk)
    assert (ended.code, "1 label added" in ended.out) == (0, True), ended
    assert desk.query("select coder from standing_codings", "labels.db") == [("Sue",)]


def deleted(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("harm", [deleted, cut_to_nothing])
def test_where_what_people_coded_is_lost_each_command_ends_with_six_and_nothing_is_made_without_it(
    coded: Desk, harm: Callable[[Path], None]
) -> None:
    before = coded.query("select name from models where live = 1"), sorted((coded.data / "backups").iterdir())
    for path in coded.data.glob("labels.db-*"):
        path.unlink()
    harm(coded.data / "labels.db")
    for command in READERS:
        ended = asked(coded, command)
        told = ended.out + ended.err
        assert (ended.code, "labels --begin-anew" in told, "Traceback" in told) == (6, True, False), (command, ended)
    assert bring_in(coded).code == 6
    assert before == (coded.query("select name from models where live = 1"), sorted((coded.data / "backups").iterdir()))


def test_who_begins_anew_goes_on_without_what_was_coded(coded: Desk) -> None:
    assert coded.query("select count(*) from post_verdicts") == [(1,)]
    assert coded.run("labels", "--begin-anew").code == 2
    for path in coded.data.glob("labels.db*"):
        path.unlink()
    assert coded.run("labels", "--begin-anew").code == 0
    assert coded.run("nightly").code == 0
    assert coded.query("select count(*) from post_verdicts") == [(0,)]
    assert coded.run("check").code == 0
