"""Forgetting in labels.db: what would tell on which post a verdict was, and notes that name who is forgotten."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.forgetting import Found
from db.forgotten import Forgotten
from db.labels import Labels
from db.store import Store
from db.sweeping import sweep
from pipelines.labelling import take_out
from tests import invented
from tracker.codings import Coding
from tracker.drawing import drawn
from tracker.persons import calling, names_of, plainly
from tracker.problems import IncompleteRun

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
    forgotten.tombstones([("post", *THEIRS)], now=NOW, reason="asked")
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


@pytest.mark.parametrize("was_read", [True, False])
def test_how_far_the_sample_is_read_is_not_told_by_a_forgotten_post(folder: DataFolder, was_read: bool) -> None:
    """With its place it goes behind all others: taken for the last one that was offered, it made every post before it one that
    was offered, too."""
    with closing(Labels(folder)) as labels:
        order = [(row["platform"], row["native_id"]) for row in labels.sample("audit")]
        others = [key for key in order if key != THEIRS]
        for key in [*others[:3], *([THEIRS] if was_read else [])]:
            labels.add(Coding(*key, "our buses", "Sue", NOW, relevant=True, queue="audit", probability=1.0))
    with closing(forgotten_in(folder)) as forgotten:
        sweep(folder, forgotten)
    with closing(Labels(folder)) as labels:
        chances = list(labels.chances_read().values())
    assert chances == pytest.approx([4 / 9] * 4 if was_read else [3 / 8] * 3)


# ---- notes -----------------------------------------------------------------------------------------------------------

OTHERS = Coding("x", "9", "our buses", "Dee", NOW, relevant=True, themes=("fares",))
NAMING = (
    *("User108 said the same", "as user108's first post, see below", "cf @user108", "us\u00adER108!", "ask user108.Then skip"),
    *("Zoë  ang lee wrote this first", "what does ZOË ANG-LEE want?"),
)
NAMING_NOBODY = ("I had user1080 in mind, and a user", "Zoë is a name", "unclear")


def test_a_note_goes_that_names_someone_and_what_another_wrote_stays(folder: DataFolder) -> None:
    """The verdict on an innocent post still teaches: its words were nobody else's."""
    with closing(Store.open(folder)) as store:
        store.transaction(lambda db: db.execute(AN_AUTHOR))
    with closing(Labels(folder)) as labels:
        for number, note in enumerate((*NAMING, *NAMING_NOBODY)):
            labels.add(replace(OTHERS, native_id=str(number), note=note))
        labels.add(replace(OTHERS, native_id="named", text="@user108 is right", note="a question"))
    with closing(Forgotten(folder)) as forgotten:
        forgotten.tombstones([("author", "x", "108"), ("handle", "x", "user108")], now=NOW, reason="asked")
        assert sweep(folder, forgotten).labels == len(NAMING) + 1
        assert sweep(folder, forgotten).labels == 0
    with closing(Labels(folder)) as labels:
        left = {one.native_id: (one.text, one.note) for one in labels.standing()}
        learned = len(labels.coded_examples())
    assert left.pop("named") == (None, "a question")
    assert [text for text, _ in left.values()] == ["our buses"] * len(left)
    assert [note for _, note in left.values()] == [*[None] * len(NAMING), *NAMING_NOBODY]
    assert learned == len(NAMING) + len(NAMING_NOBODY)


def test_notes_are_looked_into_where_the_store_does_not_know_who_it_is_any_more(folder: DataFolder) -> None:
    """A forget that was killed has written down what they are called; a backup may hold notes and no author."""
    with closing(Labels(folder)) as labels:
        labels.add(replace(OTHERS, note="Zoë Ang-Lee again"))
        labels.add(replace(OTHERS, native_id="10", note="user108 again"))
    found = Found(authors={("x", "108")}, handles={("x", "user108")}, names={"Zoë Ang-Lee"})
    again, _ = Found.from_json(found.as_json("Lea"))
    with closing(Forgotten(folder)) as forgotten, closing(Labels(folder)) as labels:
        assert len(labels.residue(found.traces())) == 1
        forgotten.tombstones(found.tombstones(), now=NOW, reason="asked")
        assert sweep(folder, forgotten, again.names).labels == 2
        assert labels.residue(found.traces()) == [] and [one.note for one in labels.standing()] == [None, None]


def test_a_note_on_a_question_goes_and_the_link_to_its_answer_stays_and_the_other_way_round(folder: DataFolder) -> None:
    rows = [("1", "told user108 by post", "https://paper.example/a"), ("2", "answered", "https://x.com/user108/status/1")]
    with closing(sqlite3.connect(folder.labels)) as db, db:
        db.executemany(
            "insert into answers(platform, native_id, state, note, link, changed_at) values ('x', ?, 's', ?, ?, '')", rows
        )
    with closing(Forgotten(folder)) as forgotten:
        forgotten.tombstones([("handle", "x", "user108")], now=NOW, reason="asked")
        assert sweep(folder, forgotten).labels == 2
    with closing(sqlite3.connect(folder.labels)) as db:
        left = db.execute("select note, link from answers order by native_id").fetchall()
    assert left == [(None, "https://paper.example/a"), ("answered", None)]


@pytest.mark.parametrize(
    ("handle", "shown", "note", "there"),
    [
        ("ann@example.social", None, "Ann says so", True),
        ("ann@example.social", None, "annual", False),
        ("ann.bsky.social", None, "see ann", True),
        ("ann.example.org", None, "see ann.example.org", True),
        ("rider_1003", None, "(rider_1003)", True),
        ("me", "Al", "Al told me", False),
        (None, "🚌", "🚌 again", False),
        (None, "田中", "田中さんと同じ", True),
        (None, "Ａｎｎ Ｏｔｈｅｒ", "ann other", True),
        (None, None, "anything", False),
    ],
)
def test_what_somebody_is_called(handle: str | None, shown: str | None, note: str, there: bool) -> None:
    called = calling(names_of(handle, shown))
    assert bool(called and called.search(plainly(note))) == there


AN_AUTHOR = "insert into authors(platform, native_id, handle, display_name) values ('x', '108', 'User108', 'Zoë Ang-Lee')"


def test_labels_are_not_taken_out_while_somebody_is_being_forgotten(folder: DataFolder, tmp_path: Path) -> None:
    with closing(Labels(folder)) as labels:
        labels.add(Coding(*THEIRS, "Their words", "sue", NOW, relevant=True, themes=("fares",)))
    folder.keep_forgetting(Found(posts={THEIRS}).as_json("dpo"))  # as a forget that was killed leaves it
    with pytest.raises(IncompleteRun, match="someone is being forgotten") as refused:
        take_out(folder, tmp_path / "out.jsonl")
    assert "debate-tracker prune" in refused.value.next_step and not (tmp_path / "out.jsonl").exists()
    folder.drop_forgetting()
    assert take_out(folder, tmp_path / "out.jsonl").startswith("1 label written")
