"""What a model learned from is not measured on, whenever it was drawn for the audit: nor is what says the same."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from db.runs import begin_run
from db.store import Store
from pipelines.backup import back_up
from pipelines.evaluate import evaluate
from pipelines.forget import forget, wishes_of
from pipelines.nightly import read_themes
from pipelines.prune import prune
from pipelines.running import Run
from pipelines.showing import status_text
from pipelines.showing_model import evaluation_document, evaluation_text, trained_text
from pipelines.status import status
from pipelines.train import labelled_posts, train
from tests import invented
from tests.coded_run import NOW, SUE, add, code
from tests.learned_run import ALL, LEARNED, LONG_AGO, TEXTS, coded, draw, file_of, measured, of_the_model, teach, themes_of
from tests.learned_run import run as run
from tests.pages_client import Pages, words
from tests.warm import ran
from tracker.problems import UsageProblem
from tracker.themes import load_model


def test_labels_brought_in_as_drawn_are_cut_by_the_weeks_in_which_their_posts_were_written(run: Run) -> None:
    """They were all coded on one day; one is of a post that is not here."""
    train(run)
    run.store._db.execute("update posts set day = '2026-09-30' where native_id in ('10', '11', '12')")
    in_file = [replace(SUE, native_id=str(n), text=TEXTS[n], queue="audit", probability=0.5, origin="f") for n in range(10, 60)]
    code(run, *in_file, replace(SUE, native_id="999", text="Fares, elsewhere", queue="audit", probability=0.5, origin="f"))
    found = evaluate(run.campaign, run.folder).measured
    assert {one.part: one.n for one in found.overall if one.method == "model"} == {"all": 51, "earlier": 3, "later": 47}


def test_posts_of_a_file_that_are_drawn_later_are_not_measured_on_until_the_model_is_trained_without_them(run: Run) -> None:
    train(run, labels=[file_of(run, LEARNED)])
    draw(run, ALL)
    coded(run, ALL)
    found = evaluate(run.campaign, run.folder)
    assert (found.measured.n, found.left_out) == (60, 40)
    assert "measured on 60 posts. 40 others were left out, since it learned from them" in evaluation_text(found)
    assert evaluation_document(found)["left_out"] == 40
    read_themes(run)
    left_out = "40 others are left out, since the model learned from them, or from the same words, before they were drawn"
    assert measured(run) == (60, "audit", f"posts drawn at random for the audit and coded by people; {left_out}")
    pages = Pages(run.folder, demo_now=NOW)
    assert left_out in words(pages.text("/data")) and left_out in words(pages.text("/theme/fares"))
    teach(run, Fares=[], Rain=["fares"])
    made = train(run)
    assert made.compared is not None and made.compared.n == 60, "the model before learned from the others"
    assert made.refused, "it was taught better than this one"
    said = trained_text(made)
    assert said.startswith("The new model is NOT put in place, and the one before stays: on 60 posts of the audit sample")
    assert "Look at what changed in themes and labels and train again; or run the same command with --anyway.\nModel" in said
    told = of_the_model(run, "warning")
    assert (
        f"stays in place. {made.card.name}, made on" in told
        and "without by-hand.jsonl, was not put in place: on 60 posts" in told
    )
    assert "run `train --labels` with by-hand.jsonl, or" in told and "`train --anyway`" in told
    train(run, anyway=True)
    assert "from the campaign as it stands" in of_the_model(run, "ok")
    assert "not put in place" not in status_text(status(run.folder, now=NOW))
    assert evaluate(run.campaign, run.folder).left_out == 0
    assert measured(run)[0] == 100 and measured(run)[2].endswith("the model never learns from them")
    assert "left out" not in evaluation_text(evaluate(run.campaign, run.folder))


def test_a_post_that_was_coded_in_the_browser_and_drawn_later_is_not_measured_on(run: Run) -> None:
    coded(run, LEARNED, queue="unsure")
    add(run, "200", f"@bee {TEXTS[11].lower()} https://example.org/copy")
    train(run)
    draw(run, [*ALL, 200])
    coded(run, range(50, 110))
    code(run, replace(SUE, native_id="200", text=f"@bee {TEXTS[11].lower()} https://example.org/copy", queue="audit"))
    found = evaluate(run.campaign, run.folder)
    assert (found.measured.n, found.left_out) == (60, 41), "the copy is a post of its own"


@pytest.mark.parametrize("near", ["#buses {}!! 👍", "Quite so! RT @ann: {}"], ids=["marks", "repost with words before it"])
def test_a_near_copy_of_what_was_learned_from_is_not_measured_on_either(run: Run, near: str) -> None:
    copies = {190 + n: near.format(TEXTS[n]).replace("again", "AGAIN") for n in range(10, 15)}
    for n, text in copies.items():
        add(run, str(n), text)
    train(run, labels=[file_of(run, LEARNED)])
    draw(run, [*range(50, 60), *copies])
    code(run, *(replace(SUE, native_id=str(n), text=text, queue="audit", themes=()) for n, text in copies.items()))
    coded(run, range(50, 60))
    found = evaluate(run.campaign, run.folder)
    assert (found.measured.n, found.left_out) == (10, 5)


def test_what_an_earlier_version_remembered_by_texts_goes_and_the_store_works_on(run: Run) -> None:
    train(run, labels=[file_of(run, LEARNED)])
    run.store._db.execute("delete from _sqlite_migrations where name = 'm038_learned_by_marks'")
    run.store._db.commit()
    with closing(Store.open(run.folder)) as store:
        assert store.rows("select * from learned_posts") == []
    draw(run, ALL)
    coded(run, ALL)
    assert evaluate(run.campaign, run.folder).left_out is None
    train(run, anyway=True)
    assert evaluate(run.campaign, run.folder).left_out == 0


def test_where_all_coded_posts_were_learned_from_it_is_said_and_nothing_is_measured(run: Run) -> None:
    train(run, labels=[file_of(run, LEARNED)])
    draw(run, LEARNED)
    coded(run, LEARNED)
    with pytest.raises(UsageProblem, match="40 posts of the audit sample are coded, and the model learned from all of them"):
        evaluate(run.campaign, run.folder)
    read_themes(run)
    assert measured(run)[1] == "labelled", "the figures by cross-validation stay"


def test_of_a_file_that_is_measured_on_what_was_learned_from_is_left_out_too(run: Run) -> None:
    train(run, labels=[file_of(run, LEARNED)])
    found = evaluate(run.campaign, run.folder, file_of(run, range(40, 60)))
    assert (found.measured.n, found.left_out) == (10, 10)
    whole = evaluate(run.campaign, run.folder, file_of(run, LEARNED))
    assert (whole.measured.n, whole.left_out, whole.remembered) == (40, 0, True)
    assert "It learned from every one of them, so this tells what it remembers" in evaluation_text(whole)


def test_what_a_person_could_not_decide_taught_nothing_and_is_measured_on(run: Run) -> None:
    code(run, replace(SUE, native_id="60", text=TEXTS[60], queue="unsure", cannot_tell=True, relevant=None, themes=()))
    train(run, labels=[file_of(run, LEARNED)])
    draw(run, [60])
    code(run, replace(SUE, native_id="60", text=TEXTS[60], queue="audit", coder="Ann", themes=()))
    assert (evaluate(run.campaign, run.folder).measured.n, evaluate(run.campaign, run.folder).left_out) == (1, 0)


def test_a_model_of_before_and_one_under_another_key_still_work_and_it_is_said(run: Run) -> None:
    train(run, labels=[file_of(run, LEARNED)])
    draw(run, ALL)
    coded(run, ALL)
    key = run.folder.key.read_text()
    run.folder.key.write_text("ab" * 32)
    assert evaluate(run.campaign, run.folder).left_out is None
    run.folder.key.write_text(key)
    run.store._db.execute("delete from learned_posts")
    found = evaluate(run.campaign, run.folder)
    assert (found.measured.n, found.left_out, evaluation_document(found)["left_out"]) == (100, None, None)
    assert "From which posts it learned was not kept when it was made" in evaluation_text(found)
    read_themes(run)
    assert "may have learned before was not kept" in measured(run)[2]
    assert train(run).compared is not None
    run.store._db.execute("drop table learned_posts")
    assert evaluate(run.campaign, run.folder).left_out is None, "the store is still that of the version before"


def test_examples_of_a_theme_file_are_learned_from_and_too_few_labels_teach_nothing(run: Run) -> None:
    taught = (*(replace(theme, examples_yes=(f"{TEXTS[70]}!", TEXTS[71])) for theme in run.campaign.themes[:1]),)
    run.campaign = replace(run.campaign, themes=(*taught, *run.campaign.themes[1:]))
    few = train(run, labels=[file_of(run, range(10, 20))])
    draw(run, ALL)
    coded(run, range(10, 110))
    assert few.card.labelled == 10 and evaluate(run.campaign, run.folder).left_out == 0
    assert train(run, labels=[file_of_others(run)]).card.labelled == 40
    assert evaluate(run.campaign, run.folder).left_out == 2, "the examples that coded posts say, but for marks"


def file_of_others(run: Run) -> Path:
    path = run.folder.root / "others.jsonl"
    lines = [{"text": f"Elsewhere {TEXTS[n]}", "themes": list(themes_of(n))} for n in LEARNED]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_a_drawn_post_that_a_file_names_is_not_learned_from_before_anybody_has_coded_it(run: Run) -> None:
    draw(run, [10])
    file = file_of(run, [10], platform="x", native_id="10")
    assert labelled_posts(run.campaign, run.folder, [file]) == []
    assert len(labelled_posts(run.campaign, run.folder, [file_of(run, [11], platform="x", native_id="11")])) == 1


def test_nothing_that_is_kept_says_what_was_learned_from_and_a_forgotten_post_leaves_it(run: Run) -> None:
    coded(run, [10], queue="unsure")
    name = train(run, labels=[file_of(run, LEARNED), named_elsewhere(run)]).card.name
    back_up(run)
    rows = run.store._db.execute("select * from learned_posts").fetchall()
    assert len(rows) == 1 + 40 + 1 + 1 and {model for model, _, _ in rows} == {name}
    assert all(len(digest) in (0, 64) for _, *digests in rows for digest in digests)
    report = forget(run, wishes_of([], [], ["x:10", "x:777"]))
    assert report.swept.learned == 3, "its row with an id, its row of the file, and one that is not stored here"
    left = set(run.store._db.execute("select * from learned_posts").fetchall())
    assert left < set(rows) and len(left) == 40
    assert report.backups == 1
    train(run)
    train(run, anyway=True)
    assert run.store._db.execute("select count(*) from learned_posts where model = ?", [name]).fetchone() == (0,)


@pytest.mark.parametrize("way", ["kept for as long as it may be", "gone from its platform"])
def test_a_post_that_leaves_the_store_takes_along_that_it_was_learned_from_or_does_not_leave(
    run: Run, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    coded(run, [10], queue="unsure")
    train(run, labels=[file_of(run, LEARNED)])
    before = set(run.store._db.execute("select * from learned_posts").fetchall())
    if way == "gone from its platform":
        run.store._db.execute("update posts set status = 'gone' where native_id = '10'")
        history = "insert into post_status_history(post_id, status, seen_at, evidence) select id, 'gone', ?, 'X' from posts"
        run.store._db.execute(f"{history} where native_id = '10'", [LONG_AGO])
    else:
        first = begin_run(run.store, "collect", now=LONG_AGO, version="0")
        run.store._db.execute("update posts set first_seen_run = ? where native_id = '10'", [first])
    with monkeypatch.context() as patched:
        patched.setattr("db.leaving.unlearn", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            prune(run)
    there = "select count(*) from posts where native_id = '10' and text <> ''"
    assert run.store._db.execute(there).fetchone() == (1,)
    prune(run)
    assert run.store._db.execute(there).fetchone() == (0,)
    left = set(run.store._db.execute("select * from learned_posts").fetchall())
    assert left < before and len(before - left) == 2, "its row with an id, and its row of the file"


def named_elsewhere(run: Run) -> Path:
    path = run.folder.root / "elsewhere.jsonl"
    path.write_text(json.dumps({"text": "Fares elsewhere", "themes": ["fares"], "platform": "x", "native_id": "777"}) + "\n")
    return path


def test_a_killed_training_loses_nothing_of_what_the_live_model_learned_from(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    train(run, labels=[file_of(run, LEARNED)])
    before = load_model(run.folder.model).card.name
    draw(run, ALL)
    coded(run, ALL)
    with monkeypatch.context() as patched:
        patched.setattr("tracker.themes.model._swap", lambda fresh, folder: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            train(run, anyway=True)
    assert load_model(run.folder.model).card.name == before
    assert evaluate(run.campaign, run.folder).left_out == 40


def test_by_its_commands(tmp_path: Path) -> None:
    folder = invented.campaign_folder(tmp_path)
    common = ["--campaign", folder, "--data", tmp_path / "data"]
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    for file, numbers in ((first, LEARNED), (second, range(45, 75))):
        file.write_text("".join(json.dumps({"text": TEXTS[n], "themes": list(themes_of(n))}) + "\n" for n in numbers))
    assert ran("train", *common, "--labels", first).code == 0
    document = json.loads(ran("evaluate", *common, "--labels", second, "--json").out)
    assert (document["n"], document["left_out"], document["learned_from_all"]) == (25, 5, False)
    assert "5 others were left out" in ran("evaluate", *common, "--labels", second).out
    with closing(sqlite3.connect(tmp_path / "data" / "tracker.db")) as db:
        assert db.execute("select count(*) from learned_posts").fetchone() == (41,)


def test_a_forgotten_post_is_not_learned_again_from_a_file(tmp_path: Path) -> None:
    folder = invented.campaign_folder(tmp_path)
    common = ["--campaign", folder, "--data", tmp_path / "data"]
    gone = [n for n in ALL if n not in (10, 30)]
    lines = [
        json.dumps({"text": said_again(n, n in gone), "themes": themes_of(n), "platform": "x", "native_id": f"{n}"}) for n in ALL
    ]
    for path, part in (
        (folder / "examples.jsonl", lines[:20]),
        (tmp_path / "labels.jsonl", lines[20:60]),
        (tmp_path / "pool.jsonl", lines[60:]),
    ):
        path.write_text("".join(f"{line}\n" for line in part))
    erased = ran("forget", *common, *(word for n in gone for word in ("--id", f"x:{n}")))
    still_there = "examples.jsonl has 19 posts to stay forgotten (lines 2, 3, 4, 5, 6 and 14 more)."
    assert erased.code == 0 and still_there in erased.out
    learned = ran("train", *common, "--labels", tmp_path / "labels.jsonl", "--pool", tmp_path / "pool.jsonl")
    assert "trained on 2 labelled posts" in learned.out and "and 0 without labels" in learned.out
    left_out = (
        "98 lines of examples.jsonl, labels.jsonl, pool.jsonl were left out: the posts that they name are to stay forgotten."
    )
    assert left_out in learned.out
    told = "{} lines of {} were left out: the posts that they name are to stay forgotten. Their words are still there"
    measured = ran("evaluate", *common, "--labels", tmp_path / "labels.jsonl").out
    assert f"measured on 1 post. {told.format(39, 'labels.jsonl')}" in measured
    document = json.loads(ran("evaluate", *common, "--labels", tmp_path / "labels.jsonl", "--json").out)
    assert document["n"] == 1 and document["left_aside"].startswith(told.format(39, "labels.jsonl"))
    nothing = ran("evaluate", *common, "--labels", tmp_path / "pool.jsonl")
    assert nothing.code == 2 and f"measure on in pool.jsonl. {told.format(40, 'pool.jsonl')}" in nothing.err
    models = [path for name in ("model", "models") for path in (tmp_path / "data" / name).rglob("*") if path.is_file()]
    assert models and not [path for path in models if b"zorblaxian" in path.read_bytes()]
    checked = ran("check", *common).out
    assert still_there in checked
    assert "1 labelled post in examples.jsonl" in checked
    assert ran("train", *common, "-v").err.count("19 lines of examples.jsonl were left out") == 1


def said_again(number: int, forgotten: bool) -> str:
    return f"{TEXTS[number]} by zorblaxian" if forgotten else TEXTS[number]
