"""Forgetting in labels.db: what would tell on which post a verdict was, and notes that name who is forgotten."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.labels import Labels
from db.sweeping import sweep
from tests import invented
from tracker.drawing import drawn

NOW = "2026-11-01T00:00:00Z"
THEIRS = ("x", invented.x_id(3))
DRAW = {"drawn_at": NOW, "drawn_by": "Lea", "queue": "audit", "seed": "s", "week": "2026-W41", "rate": 1.0, "population": 9}


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A labels.db in which the posts of a week are drawn."""
    made = DataFolder(tmp_path / "data").create()
    with closing(Labels(made)) as labels:
        labels.keep_draw(DRAW, drawn("s", [("x", invented.x_id(number)) for number in range(9)], 1.0))
    return made


def places(folder: DataFolder) -> dict[str, float]:
    with closing(sqlite3.connect(folder.labels)) as db:
        return dict(db.execute("select native_id, place from sample").fetchall())


def forgotten_in(folder: DataFolder) -> Forgotten:
    forgotten = Forgotten(folder)
    forgotten.tombstone("post", *THEIRS, now=NOW, reason="asked")
    return forgotten


def test_no_guessed_id_can_be_tried_on_what_is_left_of_a_drawn_post(folder: DataFolder) -> None:
    before = places(folder)
    with closing(forgotten_in(folder)) as forgotten:
        assert sweep(folder, forgotten).labels == 1
        instead = forgotten.instead_of(*THEIRS)
    after = places(folder)
    assert before.pop(THEIRS[1]) not in after.values()
    assert after.pop(instead) == 1 and after == before  # the others are read in the same order


def test_stores_and_backups_of_before_are_mended(folder: DataFolder, tmp_path: Path) -> None:
    """The store as soon as it is opened, a backup as soon as somebody is forgotten."""
    guessable = places(folder)[THEIRS[1]]
    with closing(forgotten_in(folder)) as forgotten:
        sweep(folder, forgotten)
        with closing(sqlite3.connect(folder.labels)) as db, db:
            db.execute("update sample set place = ? where native_id like 'forgotten:%'", [guessable])
            db.execute("delete from _sqlite_migrations where name = 'l006_forgotten_places'")
        assert guessable in places(folder).values()
        assert sweep(folder, forgotten).total() == 1, "a backup of which nothing is counted is not written anew"
        assert guessable not in places(folder).values()
        assert sweep(folder, forgotten).total() == 0
