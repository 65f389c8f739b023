"""Copies of one text in the random sample: each is a post that was drawn, none is learned from, and what they settle is known."""

from dataclasses import replace

from db.coding import everywhere_read
from pipelines.evaluate import evaluate
from pipelines.running import Run
from pipelines.train import labelled_posts, train
from pipelines.verdicts import carry_verdicts
from tests.coded_run import SUE, TEXTS, add, code
from tests.coded_run import run as run
from tracker.themes import load_model

DRAWN = replace(SUE, queue="audit", probability=0.5, themes=("fares",))


def test_what_says_the_same_as_a_post_of_the_audit_is_not_learned_from_another_queue_either(run: Run) -> None:
    copy = replace(SUE, native_id="20", text=f"@bee {TEXTS[0].upper()} https://example.org/2", queue="unsure")
    add(run, "20", copy.text or "")
    add(run, "21", "Other words")
    code(run, copy, replace(copy, native_id="21", text="Other words"))
    train(run)
    assert len(labelled_posts(run.campaign, run.folder)) == 2
    code(run, DRAWN)
    assert [one.text for one in labelled_posts(run.campaign, run.folder)] == ["Other words"]
    train(run)
    assert evaluate(run.campaign, run.folder).left_out == 0


def test_each_copy_that_was_drawn_is_a_post_that_is_measured_on(run: Run) -> None:
    for number in range(20, 30):
        add(run, str(number), "The weekly pass takes a third of my wages")
        code(run, replace(DRAWN, native_id=str(number), text="The weekly pass takes a third of my wages"))
    add(run, "30", "Rain again")
    code(run, replace(DRAWN, native_id="30", text="Rain again", themes=()), replace(DRAWN, coder="Ann"), DRAWN)
    found = evaluate(run.campaign, run.folder).measured
    fares = next(one for one in found.quality if one.theme == "fares")
    assert (found.n, fares.support, fares.share_coded) == (12, 11, 11 / 12)


def test_of_which_message_all_copies_were_settled_is_told_of_the_posts_that_people_read(run: Run) -> None:
    name = load_model(run.folder.model).card.name
    run.store._db.execute("insert into same_message(message_id, post_id) select 7, id from posts where native_id in ('1', '2')")
    assert everywhere_read(run.store, name).messages == {}
    code(run, SUE, replace(SUE, native_id="3"))
    carry_verdicts(run)
    assert everywhere_read(run.store, name).messages == {("x", "1"): 7}
