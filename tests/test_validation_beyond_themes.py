"""The table of validation beyond themes: questions of the paper, those to us, and relevance, with the program's word on each."""

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.labels import Labels
from db.store import Store
from pipelines.classify import classify
from pipelines.nightly import read_themes
from pipelines.running import Run, running
from pipelines.train import train
from pipelines.validating import write_validation
from pipelines.verdicts import carry_verdicts
from tests import invented
from tests.coded_run import SUE, add, code
from tracker.campaign import read_campaign
from tracker.codebook import codebook_of
from tracker.codings import Coding
from tracker.themes import load_model

NOW = "2026-10-07T08:00:00Z"
PROPOSED, TAUGHT, DRAWN = "Let the council run the buses", range(100, 160), range(200, 260)
Row = dict[str, str]


def said_of(number: int) -> str:
    """What the numbered post says: every third proposes something; some of those drawn in words that were not seen before."""
    proposes = number % 3 == 0
    known = number % 9 or number in TAUGHT
    words = (PROPOSED if known else "It rained on my way to whoever steers") if proposes else "It rained on my way"
    handle = "@buspeople " if number % 4 == 0 else ""
    return f"{handle}{words}, on day {number}{'?' if number % 8 == 0 else ''}"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A run over posts of which some answer the question q1, and some ask us; the model has learned from 60 of them."""
    folder = invented.campaign_folder(tmp_path)
    folder.joinpath("questions.toml").write_text(
        "[[question]]\nslug = 'q1'\ntext = 'Who should run buses?'\nanswers_when = 'It names who.'\n"
        "[[question]]\nslug = 'q2'\ntext = 'What would you pay for?'\n"
    )
    with running("classify", read_campaign(folder), DataFolder(tmp_path / "data")) as run:
        for number in (*TAUGHT, *DRAWN):
            add(run, str(number), said_of(number))
        run.store._db.execute(
            "insert into post_mentions(post_id, handle) select id, 'BusPeople' from posts where text like '@buspeople%'"
        )
        book = codebook_of(run.campaign)
        with closing(Labels(run.folder)) as labels:
            labels.keep_codebook(book.version, book.content, now=NOW)
        code(run, *(verdict(run, number) for number in TAUGHT))
        train(run)
        classify(run, load_model(run.folder.model))
        yield run


def verdict(run: Run, number: int) -> Coding:
    drawn = number in DRAWN
    return replace(
        SUE,
        native_id=str(number),
        text=said_of(number),
        themes=(),
        questions=("q1",) if number % 3 == 0 else (),
        asks_us=(number % 8 == 0 and number % 24 != 0) or number % 20 == 4,
        queue="audit" if drawn else "other",
        probability=0.5 if drawn else None,
        codebook=codebook_of(run.campaign).version,
    )


def table(run: Run, path: Path) -> dict[str, list[Row]]:
    """The rows of the table, by what they are of."""
    write_validation(run, path)
    found: dict[str, list[Row]] = {}
    for row in csv.DictReader(path.open(encoding="utf-8")):
        found.setdefault(row["theme"], []).append(row)
    return found


def test_questions_and_questions_to_us_come_out_of_the_table_as_they_stand_in_theme_quality(run: Run, tmp_path: Path) -> None:
    code(run, *(verdict(run, number) for number in DRAWN))
    read_themes(run)
    rows = table(run, tmp_path / "v.csv")
    sql = "select precision, recall, n, support, share_coded from theme_quality where theme = ? and sample = 'audit'"
    for what in ("question q1", "asks us"):
        pairs = [(int(r["machine"]), int(r["label"])) for r in rows[what] if r["probability"] and r["relevant"] == "1"]
        both, given, carried = sum(m and w for m, w in pairs), sum(m for m, _ in pairs), sum(w for _, w in pairs)
        precision, recall, n, support, share = run.store._db.execute(sql, [what]).fetchone()
        assert (both / given, both / carried, len(pairs), carried) == (precision, recall, n, support), what
        assert 0 < recall < 1 and (share is None or share == pytest.approx(carried / len(pairs)))
    assert share is None, "of questions to us no share is measured"
    drawn = [row for row in rows["question q1"] if row["probability"]]
    assert all(0 < float(row["machine_score"]) < 1 for row in drawn)
    assert {row["machine"] for row in rows["question q2"]} == {""} and {row["label"] for row in rows["question q2"]} == {"0"}
    assert {row["stratum_machine"] for row in rows["question q2"]} == {""}, "the model does not look for it"
    assert {row["stratum_machine"] for row in drawn} == {str(sum(row["machine"] == "1" for row in rows["question q1"]))}
    asking = [n for n in (*TAUGHT, *DRAWN) if n % 8 == 0]
    assert {row["stratum_machine"] for row in rows["asks us"] if row["probability"]} == {str(len(asking))}


def test_what_was_said_of_words_that_were_replaced_is_held_against_no_word_of_the_program_on_others(
    run: Run, tmp_path: Path
) -> None:
    code(run, *(verdict(run, number) for number in DRAWN))
    before = table(run, tmp_path / "v.csv")["fares"]
    edit = "update posts set text = ? where native_id = ?"
    run.store._db.execute(edit, ["A swan sits on the river bank below the mill", str(DRAWN[0])])
    run.store._db.execute(edit, [said_of(DRAWN[1]) + "!", str(DRAWN[1])])
    run.store._db.commit()
    after = table(run, tmp_path / "v.csv")["fares"]
    assert [row for row in before if row["native_id"] != str(DRAWN[0])] == after != before


def test_what_the_program_said_of_a_question_is_kept_where_people_say_the_same_and_comes_back_with_an_undo(run: Run) -> None:
    db = run.store._db
    sql = "select decided_by, score from post_questions join posts on posts.id = post_id where native_id = '201'"
    before = db.execute(sql).fetchall()
    assert [by for by, _ in before] == ["model"]
    code(run, verdict(run, 201))
    carry_verdicts(run)
    assert db.execute(sql).fetchall() == [("person", 1.0)]
    classify(run, load_model(run.folder.model), again=True)
    aside = "select decided_by, score from set_aside_questions join posts on posts.id = post_id where native_id = '201'"
    assert db.execute(sql).fetchall() == [("person", 1.0)] and db.execute(aside).fetchall() == before
    with closing(Labels(run.folder)) as labels:
        labels.undo("Sue", now=NOW)
    carry_verdicts(run)
    assert db.execute(sql).fetchall() == before and db.execute(aside).fetchall() == []


def test_posts_that_people_found_to_answer_a_question_are_read_again_after_an_earlier_version(run: Run) -> None:
    code(run, verdict(run, 201))
    carry_verdicts(run)
    db = run.store._db
    for name in ("set_aside_questions", "settled_questions"):
        db.execute(f"drop table {name}")
    for name in ("post_questions_settled_by_people", "questions_aside_until_read_again", "questions_aside_until_read_anew"):
        db.execute(f"drop trigger {name}")
    db.execute("delete from _sqlite_migrations where name = 'm036_settled_questions'")
    db.commit()
    Store.open(run.folder).close()
    assert classify(run, load_model(run.folder.model)).read == 21, "those of which people said so"
    aside = "select native_id from set_aside_questions join posts on posts.id = post_id where native_id = '201'"
    with sqlite3.connect(run.folder.tracker) as again:
        assert again.execute(aside).fetchall() == [("201",)]


def test_a_question_that_was_not_asked_is_not_denied_and_relevance_is_told_from_no_theme(run: Run, tmp_path: Path) -> None:
    with closing(Labels(run.folder)) as labels:
        labels.keep_codebook("old", '{"themes": [{"slug": "fares"}], "questions": [{"slug": "q2"}]}', now="t")
    old, other = replace(verdict(run, 200), codebook="old"), replace(verdict(run, 202), relevant=False, asks_us=None)
    code(run, old, other, replace(verdict(run, 203), relevant=None, cannot_tell=True, asks_us=None))
    db = run.store._db
    db.execute(
        "update post_readings set relevant = 0, outcome = 'none' where post_id = (select id from posts where native_id = '202')"
    )
    db.execute(
        "update post_readings set relevant = 1, outcome = 'none' where post_id = (select id from posts where native_id = '203')"
    )
    rows = {(what, row["native_id"]): row for what, some in table(run, tmp_path / "v.csv").items() for row in some}
    labelled = {post: [rows[what, post]["label"] for what in ALL] for post in ("200", "202", "203")}
    assert labelled == {"200": ["0", "", "", "0", "1", "0"], "202": ["0", "0", "0", "0", "", "1"], "203": [""] * 6}
    told = {post: (row["outcome"], row["machine"], row["machine_relevant"]) for post in labelled for row in [rows[ALL[-1], post]]}
    assert told == {"200": (rows["fares", "200"]["outcome"], "", ""), "202": ("none", "1", "0"), "203": ("none", "0", "1")}
    assert rows["fares", "202"]["machine_relevant"] == "0", "each row says so"
    assert list(rows["fares", "200"])[:-1] == [*BEFORE], "what stood there stands as it did"


ALL = ("fares", "drivers", "question q1", "question q2", "asks us", "not this debate")
BEFORE = (
    *("platform", "native_id", "queue", "stratum", "probability", "stratum_population", "stratum_machine"),
    *("model", "outcome", "theme", "machine", "machine_score", "coder", "role", "round", "relevant", "label"),
)
