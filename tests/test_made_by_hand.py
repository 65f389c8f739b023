"""Models that learned from files given by hand, and what is said of the model in place, whenever training is killed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from db.folder import DataFolder
from pipelines.check import check
from pipelines.evaluate import evaluate
from pipelines.labelling import take_out
from pipelines.nightly import read_themes
from pipelines.running import Run
from pipelines.showing_model import evaluation_text
from pipelines.train import labelled_posts, train
from tests.coded_run import NOW, SUE, TEXTS, add, asked, code
from tests.coded_run import run as run
from tracker.campaign import read_campaign
from tracker.settling import lines_that_count
from tracker.themes import load_model
from tracker.themes.gold import gold_posts


def file_of(run: Run, *texts: str) -> Path:
    path = run.folder.root / "by-hand.jsonl"
    path.write_text("".join(json.dumps({"text": text, "themes": ["fares"]}) + "\n" for text in texts))
    return path


def test_a_file_given_by_hand_is_asked_for_again_only_where_the_campaign_or_the_coding_changed(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="debate_tracker")
    train(run, labels=[file_of(run, "Fares are too high", "Dear fares")])
    read_themes(run)
    assert "the campaign changed" not in caplog.text
    code(run, SUE)
    read_themes(run)
    assert "the campaign changed since the model learned from by-hand.jsonl" in caplog.text


def test_a_line_that_stands_there_twice_counts_once(run: Run) -> None:
    texts = ["Fares are too high", "Dear fares"]
    once = train(run, labels=[file_of(run, *texts)])
    file = file_of(run, *texts, *texts[:1])
    twice = train(run, labels=[file, file])
    assert (once.card.name, once.left_out) == (twice.card.name, "")
    assert twice.left_out == "4 lines of by-hand.jsonl are there already, the same in everything: each counts once."
    other = '{"text": "Dear fares", "themes": []}\n'
    file.write_text(file_of(run, *texts, *texts[1:]).read_text() + other)
    posts = {post.text: post for post in gold_posts(run.campaign, labelled_posts(run.campaign, run.folder, [file]))}
    assert "fares" in posts["Dear fares"].unasked, "half and half, however often a line is repeated"
    told = evaluation_text(evaluate(run.campaign, run.folder, file))
    assert "1 line of by-hand.jsonl is there already, the same in everything: it counts once." in told


def add_theme(run: Run, slug: str) -> None:
    file = Path(run.campaign.folder) / "themes" / f"{slug}.toml"
    file.write_text(f'name = "{slug.title()}"\nmeaning = "What people say of it."\nphrases = ["it rained"]\n')
    run.campaign = read_campaign(Path(run.campaign.folder))


def trained_at(run: Run) -> tuple[str, str]:
    card = load_model(run.folder.model).card
    return card.name, card.trained_at


@pytest.mark.parametrize("by_hand", [True, False])
def test_labelled_posts_and_copies_do_not_make_a_store_outgrow_its_model(
    run: Run, by_hand: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Of 560 posts 300 are labelled and 100 copies, so that the model learned from fewer than half of them without labels."""
    caplog.set_level("INFO", logger="debate_tracker")
    texts = [f"The driver said it rained on day {number}" for number in range(460)]
    for number, text in enumerate(texts + texts[:100], start=100):
        add(run, str(number), text)
    labelled = texts[:300]
    if by_hand:
        train(run, labels=[file_of(run, *labelled)])
    else:
        code(run, *(replace(SUE, native_id=str(number), text=text) for number, text in enumerate(labelled, start=100)))
        read_themes(run)
    before = trained_at(run)
    run.clock = lambda: "2026-12-01T08:00:00Z"
    read_themes(run)
    assert trained_at(run) == before and "run `train --labels` again" not in caplog.text
    for number in range(1000, 1400):
        add(run, str(number), f"Quite another thing happened on day {number}")
    read_themes(run)
    assert ("the store holds far more posts than when the model learned" in caplog.text) is by_hand
    assert (trained_at(run) == before) is by_hand


class Killed(BaseException):
    """The process is gone at this moment."""


@pytest.mark.parametrize("moment", ["tracker.themes.model._swap", "db.store.Store.keep_model"])
@pytest.mark.parametrize("then", ["by hand", "without"])
def test_whenever_training_is_killed_what_is_said_of_the_model_in_place_is_true(
    run: Run, moment: str, then: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="debate_tracker")
    file = file_of(run, "Dear fares")
    if then == "without":
        train(run, labels=[file])

    def killed(_: object, last: object) -> None:
        if isinstance(last, Path) and last.parent == run.folder.models:
            last.mkdir()  # the copy that is kept comes first
        else:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(moment, killed)
        with pytest.raises(Killed):
            train(run, labels=[file] if then == "by hand" else ())
    by_hand = (then == "by hand") is ("Store" in moment)
    told = "\n".join(line.sentence for line in check(Path(run.campaign.folder), run.folder.root, now=NOW).lines)
    assert ("also learned from by-hand.jsonl" in told) is by_hand
    assert ("It knows no labelled post" in told) is not by_hand
    (Path(run.campaign.folder) / "themes" / "fares.toml").write_text('name = "Fares"\nmeaning = "M."\nphrases = ["a ticket"]\n')
    run.campaign = read_campaign(Path(run.campaign.folder))
    before = trained_at(run)
    read_themes(run)
    assert (trained_at(run) == before) is by_hand, "the night follows a changed phrase, unless labels given by hand would be lost"
    assert ("run `train --labels` again" in caplog.text) is by_hand


def test_a_post_that_was_coded_for_the_audit_is_not_learned_from_a_file_either(run: Run) -> None:
    file = file_of(run, TEXTS[0], "Dear fares")
    before = {example.text for example in labelled_posts(run.campaign, run.folder, [file])}
    code(run, replace(SUE, queue="audit", probability=0.5))
    learned = [one.text for one in labelled_posts(run.campaign, run.folder, [file]) if one.queue != "audit"]
    assert set(learned) == before - {TEXTS[0]} and TEXTS[0] in before


def test_labels_that_were_taken_out_say_in_a_file_what_they_say_in_the_store(run: Run) -> None:
    before = asked(run, "q1")
    add_theme(run, "weather")
    today = asked(run, "q1")
    ann, lea = replace(SUE, coder="Ann"), replace(SUE, coder="Lea", role="lead", themes=("fares",))
    code(run, SUE, ann, lea)
    code(run, replace(SUE, native_id="2", round="pilot"), replace(ann, native_id="2", themes=("fares",)))
    later = "2026-10-06T09:00:00Z"
    code(run, replace(SUE, native_id="3"), replace(SUE, native_id="3", themes=(), round="main 2", coded_at=later))
    newer = replace(SUE, native_id="4", themes=("drivers", "weather"), codebook=today)
    code(run, newer, replace(newer, coder="Ann"), replace(lea, native_id="4", codebook=before))
    inside = labelled_posts(run.campaign, run.folder)
    assert {post.text: set(post.themes) for post in gold_posts(run.campaign, inside) if not post.invented} == {
        TEXTS[0]: {"fares"},
        TEXTS[1]: {"fares"},
        TEXTS[2]: set(),
        TEXTS[3]: {"fares", "weather"},
    }
    parts = [replace(one, text=text) for one in inside[:1] for text in ("A sentence of it", "Another one")]
    assert lines_that_count(parts) == parts, "whose texts differ are not told twice of one"
    file = run.folder.root / "taken-out.jsonl"
    take_out(run.folder, file)
    assert len(file.read_text().splitlines()) == 10
    elsewhere = labelled_posts(run.campaign, DataFolder(run.folder.root / "none"), [file])
    assert gold_posts(run.campaign, elsewhere) == gold_posts(run.campaign, inside)
    assert set(labelled_posts(run.campaign, run.folder, [file])) == set(inside), "they are not said twice, either"
    lines = file.read_text().splitlines()
    file.write_text("".join(line + "\n" for line in lines if '"Ann"' not in line))
    again = gold_posts(run.campaign, labelled_posts(run.campaign, run.folder, [file]))
    assert again == gold_posts(run.campaign, inside)
    code(run, replace(SUE, native_id="3", round="main 3", coded_at="2026-10-07T08:00:00Z"))
    now = {post.text: set(post.themes) for post in gold_posts(run.campaign, labelled_posts(run.campaign, run.folder, [file]))}
    assert now[TEXTS[2]] == {"drivers"}, "of a coder's verdicts the newest, wherever it stands"
