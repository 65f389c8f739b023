"""What people coded in the counts: it takes the place of what the program decided, which is set aside and never lost."""

import csv
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from db.coding import everywhere_read
from db.folder import DataFolder
from db.labels import Labels
from db.reading_people import by_hand, quality_of_questions, weeks_by_hand
from pipelines.check import check
from pipelines.classify import classify
from pipelines.evaluate import evaluate
from pipelines.export import Wanted, export
from pipelines.forget import forget, wishes_of
from pipelines.nightly import read_themes
from pipelines.running import Run, quiet, running
from pipelines.showing import evaluation_document
from pipelines.summarise import summarise
from pipelines.train import labelled_posts, train
from pipelines.validating import write_validation
from pipelines.verdicts import carry_verdicts
from tests import invented
from tests.conftest import REPOSITORY
from tracker.campaign import read_campaign
from tracker.codings import Coding
from tracker.problems import StorageProblem
from tracker.records import Everywhere
from tracker.themes import load_model

TEXTS = ("The fares went up again", "Our bus drivers deserve better, and lower fares", "It rained all day", "Fares! Fares!")
NOW = "2026-10-07T08:00:00Z"
CORRECTED = "share_corrected_low, share_corrected_high"
LOOKUP = REPOSITORY / "datasette_config" / "lookups" / "answers-to-the-papers-questions.sql"
SUE = Coding("x", "1", TEXTS[0], "Sue", "2026-10-06T08:00:00Z", relevant=True, themes=("drivers",))


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with running("classify", read_campaign(invented.campaign_folder(tmp_path)), DataFolder(tmp_path / "data")) as run:
        train(run)
        for number, text in enumerate(TEXTS, start=1):
            add(run, str(number), text)
        add(run, "5", "RT The fares went up again", kind="repost", repost_of="1")
        classify(run, load_model(run.folder.model))
        summarise(run)
        yield run


def add(run: Run, native_id: str, text: str, kind: str = "original", repost_of: str | None = None) -> None:
    run.store._db.execute(
        "insert into posts(platform, native_id, text, kind, created_at, day, first_seen_run, repost_of)"
        " values ('x', ?, ?, ?, '2026-10-05T08:00:00Z', '2026-10-05', ?, ?)",
        [native_id, text, kind, run.id, repost_of],
    )


def code(run: Run, *codings: Coding) -> None:
    labels = Labels(run.folder)
    for coding in codings:
        labels.add(coding)
    labels.close()


def themes(run: Run, table: str = "post_themes") -> list[tuple[str, str, str]]:
    sql = f"select native_id, theme, decided_by from {table} join posts on posts.id = post_id order by 1, 2"
    return [(post, theme, by) for post, theme, by in run.store._db.execute(sql)]


def counted(run: Run, theme: str | None) -> int:
    sql = "select coalesce(sum(posts), 0) from weekly_totals where theme is ?"
    return int(run.store._db.execute(sql, [theme]).fetchone()[0])


def test_a_person_s_decision_takes_the_place_of_the_program_s_and_the_days_are_counted_again(run: Run) -> None:
    before = themes(run)
    assert ("1", "fares", "rule") in before and counted(run, "fares") == 3 and counted(run, "drivers") == 1
    code(run, SUE)
    said = carry_verdicts(run)
    assert said == "1 post was read by people (2 changed, copies among them)"
    assert [row for row in themes(run) if row[0] == "1"] == [("1", "drivers", "person")]
    assert [row for row in themes(run) if row[0] == "5"] == [("5", "drivers", "person")]  # the repost goes with it
    assert ("1", "fares", "rule") in themes(run, "set_aside_themes")
    summarise(run)
    assert counted(run, "fares") == 2 and counted(run, "drivers") == 2
    assert carry_verdicts(run).endswith("(0 changed, copies among them)")
    assert run.store.days_to_count() == []


def test_a_new_model_reads_the_posts_again_and_the_person_s_word_stands(run: Run) -> None:
    code(run, SUE)
    carry_verdicts(run)
    settled = themes(run)
    classify(run, load_model(run.folder.model), again=True)
    assert themes(run) == settled
    assert ("1", "fares", "rule") in themes(run, "set_aside_themes")


def test_an_undo_brings_the_program_s_decision_back(run: Run) -> None:
    before = themes(run)
    code(run, SUE)
    carry_verdicts(run)
    labels = Labels(run.folder)
    labels.undo("Sue", now="2026-10-06T09:00:00Z")
    labels.close()
    carry_verdicts(run)
    assert themes(run) == before and themes(run, "set_aside_themes") == []
    assert run.store._db.execute("select count(*) from post_verdicts").fetchone() == (0,)


def test_not_this_debate_leaves_the_counts(run: Run) -> None:
    assert counted(run, None) == 4
    code(run, replace(SUE, relevant=False, themes=()))
    carry_verdicts(run)
    summarise(run)
    assert counted(run, None) == 3 and counted(run, "fares") == 2
    assert run.store._db.execute("select sum(reposts) from weekly_totals where theme is null").fetchone() == (0,)


def test_a_theme_on_which_coders_stand_half_and_half_stays_the_program_s(run: Run) -> None:
    code(run, replace(SUE, themes=("fares",)), replace(SUE, coder="Ann", themes=()))
    carry_verdicts(run)
    assert [row for row in themes(run) if row[0] == "1"] == [("1", "fares", "rule")]
    code(run, replace(SUE, coder="Lea", role="lead", themes=()))
    carry_verdicts(run)
    assert [row for row in themes(run) if row[0] == "1"] == []


def test_a_theme_that_no_coder_was_asked_about_stays_the_program_s(run: Run) -> None:
    labels = Labels(run.folder)
    labels.keep_codebook("old", '{"themes": [{"slug": "drivers"}], "questions": []}', now="t")
    labels.close()
    code(run, replace(SUE, codebook="old", themes=()))
    carry_verdicts(run)
    assert [row for row in themes(run) if row[0] == "1"] == [("1", "fares", "rule")]


def test_verdicts_on_posts_that_are_not_here_wait_and_labels_are_never_written(run: Run) -> None:
    code(run, SUE, replace(SUE, native_id="999"))
    with sqlite3.connect(run.folder.labels) as db:
        before = list(db.iterdump())
    assert carry_verdicts(run).endswith("; 1 is about a post that is not here, and is kept")
    add(run, "999", "found later")
    read_themes(run)
    assert ("999", "drivers", "person") in themes(run)
    with sqlite3.connect(run.folder.labels) as db:
        assert list(db.iterdump()) == before


def test_a_renamed_theme_keeps_its_verdicts_and_a_deleted_one_is_left_out(tmp_path: Path) -> None:
    folder = invented.campaign_folder(tmp_path, tickets=invented.FARES + 'renamed_from = ["fares"]\n', drivers=invented.DRIVERS)
    with running("classify", read_campaign(folder), DataFolder(tmp_path / "data")) as run:
        add(run, "1", TEXTS[2])
        code(run, replace(SUE, themes=("fares", "no-longer-there"), text=TEXTS[2]))
        assert "what was said of no-longer-there, no longer a theme of the campaign, is kept" in carry_verdicts(run)
        code(run, replace(SUE, coder="Ann", themes=("fares", "gone-too"), text=TEXTS[2]))
        assert "of gone-too, no-longer-there, no longer themes of the campaign, is kept" in carry_verdicts(run)
        assert themes(run) == [("1", "tickets", "person")]


def test_what_was_said_of_a_theme_that_was_split_settles_neither_part(tmp_path: Path) -> None:
    part = 'name = "{}"\nmeaning = "M."\nphrases = ["{}"]\n'
    themes_of = {name: part.format(name, name) for name in ("fares", "fines")}
    with running("classify", read_campaign(invented.campaign_folder(tmp_path, **themes_of)), DataFolder(tmp_path / "d")) as run:
        add(run, "1", "fares")
        labels = Labels(run.folder)
        labels.keep_codebook("old", '{"themes": [{"slug": "costs"}], "questions": []}', now="t")
        labels.close()
        code(run, replace(SUE, codebook="old", themes=("costs",)))
        train(run)
        classify(run, load_model(run.folder.model))
        carry_verdicts(run)
        assert themes(run) == [("1", "fares", "rule")]
    told = [line.sentence for line in check(tmp_path / "campaign", tmp_path / "d", now=NOW).lines if line.level == "warning"]
    assert any("People coded posts with costs, which the campaign has under no name any more" in sentence for sentence in told)


def test_a_post_that_someone_is_yet_to_read_blind_waits(run: Run) -> None:
    labels = Labels(run.folder)
    draw = {"drawn_at": "t", "drawn_by": "Lea", "queue": "audit", "seed": "s", "week": "2026-W41", "rate": 0.5, "population": 4}
    labels.keep_draw(draw, [(("x", "1"), 0.1)])
    before = themes(run)
    code(run, replace(SUE, queue="audit"))
    assert carry_verdicts(run) == "0 posts were read by people (0 changed, copies among them); 1 more waits for another reader"
    assert themes(run) == before
    code(run, replace(SUE, queue="audit", coder="Ann"))
    assert carry_verdicts(run) == "1 post was read by people (2 changed, copies among them)"
    labels.set_rule("round", "pilot 2", who="Lea", now="t")
    code(run, replace(SUE, native_id="2", round="pilot 2"), replace(SUE, native_id="2", round="pilot 2", coder="Ann"))
    assert carry_verdicts(run).endswith("; 1 more waits for another reader")
    labels.set_rule("round", "main", who="Lea", now="t")
    assert carry_verdicts(run).startswith("2 posts were read by people")


def test_agreement_is_carried_over_with_it(run: Run) -> None:
    ann = replace(SUE, coder="Ann")
    code(run, SUE, ann, replace(SUE, native_id="2", themes=()), replace(ann, native_id="2", themes=("drivers",)))
    carry_verdicts(run)
    found = run.store._db.execute("select what, name, units, yes, percent from coder_agreement where units > 0 order by 1, 2")
    assert ("theme", "drivers", 2, 3, 0.5) in list(found)
    beside = "select theme_quality.alpha, coder_agreement.alpha from theme_quality join coder_agreement on name = theme"
    assert run.store._db.execute(f"{beside} where theme = 'drivers'").fetchall() == [(0.0, 0.0)]


def test_a_week_of_which_people_read_every_post_is_counted_by_hand(run: Run) -> None:
    def hand() -> tuple[set[str], set[str], set[str]]:
        db = run.store._db.conn
        return by_hand(db, "2026-W41"), by_hand(db, None), weeks_by_hand(db, "fares")

    code(run, *(replace(SUE, native_id=str(number), themes=()) for number in (1, 2, 3)))
    carry_verdicts(run)
    summarise(run)
    assert hand() == (set(), set(), set())
    code(run, replace(SUE, native_id="4", themes=("fares",)), replace(SUE, native_id="4", coder="Ann", themes=()))
    carry_verdicts(run)
    summarise(run)
    assert hand() == ({"drivers"}, {"drivers"}, set())  # half and half on fares: not theirs yet
    code(run, replace(SUE, native_id="4", coder="Lea", role="lead", relevant=False, themes=()))
    carry_verdicts(run)
    summarise(run)
    assert hand() == ({"drivers", "fares"}, {"drivers", "fares"}, {"2026-W41"})
    add(run, "6", "A post that came later")
    classify(run, load_model(run.folder.model))
    summarise(run)
    assert hand() == (set(), set(), set())


def test_what_people_read_at_random_is_scored_for_every_theme_and_shared_out_by_week(run: Run) -> None:
    labels = Labels(run.folder)
    draw = {"drawn_at": "t", "drawn_by": "Lea", "queue": "audit", "seed": "s", "week": "2026-W41", "rate": 0.5, "population": 4}
    labels.keep_draw(draw, [(("x", "1"), 0.1), (("x", "2"), 0.2)])
    brought = replace(SUE, native_id="3", queue="audit", probability=0.5, relevant=False, themes=())
    code(run, replace(SUE, queue="audit"), brought, replace(brought, native_id="999"))
    read_themes(run)
    db = run.store._db
    assert db.execute("select sum(posts) from weekly_shares where theme = ''").fetchone() == (1,)  # post 1 waits for Ann
    code(run, replace(SUE, queue="audit", coder="Ann"))
    read_themes(run)
    scores = db.execute("select native_id, theme, score from sample_scores join posts on id = post_id order by 1, 2").fetchall()
    drawn = {("1", "fares"): 0.5, ("1", "drivers"): 0.0, ("2", "fares"): 0.5, ("2", "drivers"): 0.5, ("3", "fares"): 0.0}
    assert {(post, theme): score for post, theme, score in scores} == {**drawn, ("3", "drivers"): 0.0}
    shares = db.execute("select theme, posts, given, share from weekly_shares order by theme").fetchall()
    assert shares == [("", 2, 1, 0.5), ("drivers", 1, 1, 1.0), ("fares", 1, 0, 0.0)]
    db.execute("update posts set text = 'Now of tickets' where native_id = '1'")
    classify(run, load_model(run.folder.model), again=True)
    assert db.execute("select count(*) from sample_scores").fetchone() == (0,)  # until it is looked at again


def test_the_table_of_validation_has_a_score_for_every_theme_at_once(run: Run, tmp_path: Path) -> None:
    code(run, replace(SUE, queue="audit", probability=0.25), replace(SUE, native_id="999", themes=("fares",)))
    assert write_validation(run, tmp_path / "v.csv").startswith("4 rows written")
    rows = {(row["native_id"], row["theme"]): row for row in csv.DictReader((tmp_path / "v.csv").open())}
    here, gone = rows["1", "fares"], rows["999", "fares"]
    assert (here["machine"], here["machine_score"], here["label"], here["probability"]) == ("1", "0.5", "0", "0.25")
    assert (here["stratum"], here["stratum_population"], here["stratum_machine"]) == ("2026-W41", "4", "3")
    assert rows["1", "drivers"]["machine_score"] == "0.0" and rows["1", "drivers"]["label"] == "1"
    assert (gone["machine"], gone["machine_score"], gone["label"], gone["stratum"]) == ("", "", "1", "")
    with pytest.raises(StorageProblem):
        write_validation(run, tmp_path / "none" / "v.csv")


def test_a_drawn_post_that_is_forgotten_or_was_never_here_has_no_stratum_and_no_probability(run: Run, tmp_path: Path) -> None:
    draw = {"week": "2026-W41", "rate": 0.5, "population": 4, "queue": "audit", "seed": "s", "drawn_by": "Sue", "drawn_at": NOW}
    with closing(Labels(run.folder)) as labels:
        labels.keep_draw(draw, [(("x", number), 0.1) for number in ("1", "2")])
    audit = replace(SUE, queue="audit", probability=0.5)
    code(run, audit, replace(audit, native_id="2", themes=("fares",)), replace(audit, native_id="999", themes=("fares",)))
    forget(run, wishes_of([], [], ["x:2"]))
    write_validation(run, tmp_path / "v.csv")
    columns = ("machine", "label", "stratum", "probability", "stratum_population", "stratum_machine")
    rows = [row for row in csv.DictReader((tmp_path / "v.csv").open()) if row["theme"] == "fares"]
    told = {row["native_id"].partition(":")[0]: tuple(row[name] for name in columns) for row in rows}
    assert told == {
        "1": ("1", "0", "2026-W41", "0.5", "3", "2"),
        "forgotten": ("", "1", "", "", "", ""),
        "999": ("", "1", "", "", "", ""),
    }


def test_how_well_questions_to_us_are_told_is_measured_on_the_random_sample(run: Run) -> None:
    """Post 10 asks us and people agree; 11 asks us and they do not; 12 asks without a question mark; 13 asks, but not us."""
    asked = ("@buspeople when?", "@buspeople who knew?", "@buspeople do tell us when", "Who knows when?")
    for number, text in enumerate(asked, start=10):
        add(run, str(number), text)
        names = (
            "insert into post_mentions(post_id, handle) select id, 'BusPeople' from posts where native_id = ? and text like '@%'"
        )
        run.store._db.execute(names, [str(number)])
        yes = number in (10, 12)
        code(run, replace(SUE, native_id=str(number), queue="audit", probability=0.5, themes=(), asks_us=yes))
    read_themes(run)
    sql = "select precision, recall, n, support, sample from theme_quality where theme = 'asks us'"
    assert run.store._db.execute(sql).fetchall() == [(0.5, 0.5, 4, 2, "audit")]
    assert quality_of_questions(run.store._db.conn)["asks us"]


def test_the_correction_weighs_posts_of_weeks_that_were_drawn_from_at_different_rates(run: Run) -> None:
    """In the first week everyone says “fares”; in the second, of which fewer were drawn, half of them say it in words that the
    program does not know."""
    spoken = {n: "Fares" if n < 120 else "Nothing to pay" for n in range(100, 140)} | dict.fromkeys(range(140, 180), "It rained")
    texts = {n: f"{words}, on day {n}" for n, words in spoken.items()} | {n: f"Quiet, on day {n}" for n in range(200, 400)}
    for number, text in texts.items():
        add(run, str(number), text)
    weeks = {"2026-W40": (0.8, (range(100, 120), range(140, 160))), "2026-W41": (0.1, (range(120, 140), range(160, 180)))}
    for week, (rate, numbers) in weeks.items():
        labels = Labels(run.folder)
        draw = {"week": week, "rate": rate, "population": 100, "queue": "audit", "seed": "s", "drawn_by": "Sue", "drawn_at": NOW}
        labels.keep_draw(draw, [(("x", str(n)), n / 10_000) for some in numbers for n in some])
        labels.close()
    said = [replace(SUE, native_id=str(n), text=texts[n], queue="audit", themes=("fares",) if n < 140 else ()) for n in spoken]
    code(run, *said)
    read_themes(run)
    sql = "select share_found, share_coded, recall, share_corrected from theme_quality where theme = 'fares'"
    found, coded, recall, corrected = run.store._db.execute(sql).fetchone()
    assert (found, coded, recall) == (0.25, 0.5, 0.5), "of the posts that people read"
    weighted = (20 / 0.8) / (20 / 0.8 + 20 / 0.1)
    assert corrected == pytest.approx((3 + 20) / (4 + 80 + 200) / weighted)


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


def test_of_all_posts_what_people_settled_and_what_the_program_gave_to_the_others_is_counted(run: Run) -> None:
    name = load_model(run.folder.model).card.name
    assert everywhere_read(run.store, name) == Everywhere(
        4, {"fares": 3, "drivers": 1}, {"fares": 0, "drivers": 0}, {"fares": 0, "drivers": 0}, 0.0
    )
    code(run, SUE)
    carry_verdicts(run)
    classify(run, load_model(run.folder.model), again=True)
    found = everywhere_read(run.store, name)
    assert (found.posts, found.unsure) == (4, 0.0)
    assert {theme: found.given[theme] for theme in ("fares", "drivers")} == {"fares": 2, "drivers": 1}
    assert set(found.labelled.values()) == {1} and {theme for theme, posts in found.carried.items() if posts} == {"drivers"}
    assert everywhere_read(run.store, "another model") == Everywhere()


def test_the_share_of_all_posts_is_corrected_once_they_are_read_and_only_for_themes(run: Run) -> None:
    texts = {n: f"{'Fares' if n % 2 or n >= 60 else 'Rain'} again, on day {n}" for n in range(10, 70)}
    for number, text in texts.items():
        add(run, str(number), text)
    drawn = [replace(SUE, native_id=str(n), text=texts[n], queue="audit", probability=0.8) for n in range(10, 60)]
    code(run, *(replace(one, themes=("fares",) if "Fares" in str(one.text) else ()) for one in drawn))
    read_themes(run)
    sql = "select share_found, share_coded, share_corrected, sample from theme_quality where theme = ?"
    found, coded, corrected, sample = run.store._db.execute(sql, ["fares"]).fetchone()
    assert (found, coded, sample) == (0.5, 0.5, "audit")
    assert corrected == pytest.approx((3 + 25 + 10) / (4 + 60)), "of the posts that nobody drew, all but one speak of fares"
    document = evaluation_document(evaluate(run.campaign, run.folder))
    told = json.loads(json.dumps(document))["themes"]["fares"]
    between = run.store._db.execute(f"{sql.replace('share_found, share_coded', CORRECTED)}", ["fares"]).fetchone()[:2]
    assert told["share_corrected"] == round(corrected, 4) and told["share_corrected_ci"] == [round(one, 4) for one in between]
    others = "select count(share_corrected) from theme_quality where theme not in (select slug from themes)"
    assert run.store._db.execute(others).fetchone() == (0,)
    read_themes(run)
    assert run.store._db.execute(sql, ["fares"]).fetchone()[2] == corrected


def test_the_program_s_answer_leaves_exports_and_look_ups_where_people_said_no(run: Run, tmp_path: Path) -> None:
    run.store._db.execute("insert into questions values ('q1', 'What of fares?', 'It says what.', 1)")
    for number in (1, 2, 3):
        run.store._db.execute(
            "insert into post_questions(post_id, question, score, decided_by) values (?, 'q1', 0.9, 'model')", [number]
        )
    code(run, SUE, replace(SUE, native_id="3", relevant=None, cannot_tell=True, themes=()))
    carry_verdicts(run)
    target = export(run.campaign, run.folder, Wanted(tmp_path / "out", "csv"), now=NOW, stop=run.stop, progress=quiet).target
    with (target / "post_questions.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["native_id"] for row in csv.DictReader(stream)] == ["2", "3"]
    listed = run.store.rows(LOOKUP.read_text(encoding="utf-8"), {"rows": "10"})
    assert [row["page"] for row in listed] == ["/post/3", "/post/2"]


def test_an_export_has_beside_a_week_that_people_counted_their_agreement_and_not_the_program_s_errors(
    run: Run, tmp_path: Path
) -> None:
    def fares() -> list[dict[str, str]]:
        target = export(run.campaign, run.folder, Wanted(next(places), "csv"), now=NOW, stop=run.stop, progress=quiet).target
        with (target / "theme_weeks.csv").open(encoding="utf-8", newline="") as stream:
            return [row for row in csv.DictReader(stream) if row["theme"] == "fares"]

    places = (tmp_path / f"out{number}" for number in range(9))
    live = load_model(run.folder.model).card.name
    run.store._db.execute(
        "insert or replace into theme_quality(model, theme, precision, n, support, measured_on)"
        " values (?, 'fares', 0.5, 9, 3, 'nine posts')",
        [live],
    )
    (row,) = fares()
    assert (row["counted_by"], row["model"], row["precision"], row["measured_on"]) == ("program", live, "0.5", "nine posts")
    assert (row["agreement"], row["alpha"]) == ("", "")
    code(run, *(replace(SUE, native_id=str(number), themes=("fares",)) for number in (1, 2, 3, 4)))
    carry_verdicts(run)
    summarise(run)
    (row,) = fares()
    assert (row["counted_by"], row["settled_by_people"], row["model"], row["precision"]) == ("people", "4", "", "")
    assert (row["measured_on"], row["agreement"]) == ("no post was read by two people", "")
    code(run, *(replace(SUE, native_id=str(number), coder="Ann", themes=("fares",)) for number in (1, 2)))
    carry_verdicts(run)
    (row,) = fares()
    assert (row["precision"], row["measured_on"]) == ("", "posts that at least two people read: 2")
    assert (row["agreement"], row["alpha"]) == ("1.0", "")
