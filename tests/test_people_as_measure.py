"""What people read is what the program is measured by: by hand and at random, in tables, shares and exports."""

import csv
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from db.coding import everywhere_read
from db.labels import Labels
from db.reading_people import by_hand, quality_of_questions, weeks_by_hand
from db.store import Store
from pipelines.classify import classify
from pipelines.evaluate import evaluate
from pipelines.export import Wanted, export
from pipelines.forget import forget, wishes_of
from pipelines.nightly import read_themes
from pipelines.running import Run, quiet
from pipelines.showing_model import evaluation_document
from pipelines.summarise import summarise
from pipelines.train import train
from pipelines.validating import write_validation
from pipelines.verdicts import carry_verdicts
from pipelines.watching import watch
from tests.coded_run import NOW, SUE, TEXTS, add, asked, code
from tests.coded_run import run as run
from tests.conftest import REPOSITORY
from tracker.problems import UsageProblem
from tracker.records import INDICATIVE_BELOW, Everywhere
from tracker.themes import load_model

CORRECTED = "share_corrected_low, share_corrected_high"
LOOKUP = REPOSITORY / "datasette_config" / "lookups" / "answers-to-the-papers-questions.sql"


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


def test_a_week_with_a_repost_that_the_program_decided_is_not_counted_by_hand(run: Run) -> None:
    def hand() -> tuple[set[str], set[str]]:
        db = run.store._db.conn
        return by_hand(db, "2026-W41"), weeks_by_hand(db, "fares")

    code(run, *(replace(SUE, native_id=str(number), themes=()) for number in (1, 2, 3, 4)))
    carry_verdicts(run)
    summarise(run)
    assert hand() == ({"drivers", "fares"}, {"2026-W41"}), "the repost is settled by its original"
    add(run, "6", "RT Fares again", kind="repost", repost_of="999")
    classify(run, load_model(run.folder.model))
    summarise(run)
    assert hand() == (set(), set())


def test_a_week_that_an_earlier_version_counted_by_hand_is_counted_with_its_reposts(run: Run) -> None:
    db = run.store._db
    code(run, *(replace(SUE, native_id=str(number), themes=()) for number in (1, 2, 3, 4)))
    carry_verdicts(run)
    add(run, "6", "RT Fares again", kind="repost", repost_of="999")
    classify(run, load_model(run.folder.model))
    summarise(run)
    db.execute("update weekly_read set posts = 4")
    db.execute("insert into weekly_read values ('2026-W30', '', 2), ('2026-W30', 'fares', 2)")
    db.execute("insert into weekly_totals values ('2026-W30', 0, null, 2, 1, 2, 3)")
    db.execute("insert into frozen_weeks values ('2026-W30', 't')")
    db.execute("delete from _sqlite_migrations where name = 'm033_reposts_read'")
    db.commit()
    assert weeks_by_hand(db.conn, "fares") == {"2026-W30", "2026-W41"}
    Store.open(run.folder).close()
    summarise(run)
    assert weeks_by_hand(db.conn, "fares") == set()


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
    assert shares == [("", 2, 1, pytest.approx(2 / 3)), ("drivers", 1, 1, 1.0), ("fares", 1, 0, 0.0)]
    between = db.execute("select low, high from weekly_shares where theme = ''").fetchone()
    assert between == pytest.approx((0.1886, 0.9451), abs=0.001)  # Wilson's of 2.57, for 1.8 (Kish) of 6
    db.execute("update posts set text = 'Now of tickets' where native_id = '1'")
    classify(run, load_model(run.folder.model), again=True)
    assert db.execute("select count(*) from sample_scores").fetchone() == (0,)  # until it is looked at again


def test_a_sample_of_which_people_could_tell_no_post_is_said_to_be_coded(run: Run) -> None:
    unsure = replace(SUE, queue="audit", probability=0.5, relevant=None, cannot_tell=True, themes=())
    code(run, unsure, replace(unsure, coder="Ann"), replace(unsure, native_id="2"))
    with pytest.raises(UsageProblem, match="2 posts of the audit sample are coded, but people could not tell of any of them"):
        evaluate(run.campaign, run.folder)


def test_the_table_of_validation_has_a_score_for_every_theme_at_once(run: Run, tmp_path: Path) -> None:
    code(run, replace(SUE, queue="audit", probability=0.25), replace(SUE, native_id="999", themes=("fares",)))
    assert write_validation(run, tmp_path / "v.csv").startswith("8 rows written")
    rows = {(row["native_id"], row["theme"]): row for row in csv.DictReader((tmp_path / "v.csv").open())}
    here, gone = rows["1", "fares"], rows["999", "fares"]
    assert (here["machine"], here["machine_score"], here["label"], here["probability"]) == ("1", "0.5", "0", "0.25")
    assert (here["stratum"], here["stratum_population"], here["stratum_machine"]) == ("2026-W41", "4", "3")
    assert rows["1", "drivers"]["machine_score"] == "0.0" and rows["1", "drivers"]["label"] == "1"
    assert (gone["machine"], gone["machine_score"], gone["label"], gone["stratum"]) == ("", "", "1", "")
    with pytest.raises(UsageProblem):
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
    """Post 10 asks us and people agree; 11 asks us and they do not; 12 asks without a question mark; 13 asks, but not us. 14 asks
    us, and whether it is of this debate is half and half; 15 does, and most say that it is not."""
    asked = ["@buspeople when?", "@buspeople who knew?", "@buspeople do tell us when", "Who knows when?"]
    asked += ["@buspeople why?", "@buspeople how?"]
    for number, text in enumerate(asked, start=10):
        add(run, str(number), text)
        names = (
            "insert into post_mentions(post_id, handle) select id, 'BusPeople' from posts where native_id = ? and text like '@%'"
        )
        run.store._db.execute(names, [str(number)])
        said = replace(SUE, native_id=str(number), queue="audit", probability=0.5, themes=(), asks_us=number in (10, 12, 14, 15))
        others = ("Ann", "Lea")[: max(0, number - 13)]
        code(run, said, *(replace(said, coder=other, relevant=False, asks_us=None) for other in others))
    read_themes(run)
    sql = "select precision, recall, n, support, sample from theme_quality where theme = 'asks us'"
    assert run.store._db.execute(sql).fetchall() == [(0.5, 0.5, 4, 2, "audit")]
    train(run)
    assert quality_of_questions(run.store._db.conn)["asks us"], "the same model, made again"
    code(run, replace(SUE, queue="unsure"))
    before = load_model(run.folder.model).card.name
    assert train(run).card.name != before
    assert quality_of_questions(run.store._db.conn)["asks us"], "another one, by which no post is read yet"
    with closing(Labels(run.folder)) as labels:
        for coder in ("Sue", "Ann", "Lea"):
            while labels.undo(coder, now=NOW):
                pass
    read_themes(run)
    assert run.store._db.execute(sql).fetchall() == [], "nothing is left that it was measured on"


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
    ((measured_on,),) = run.store._db.execute("select measured_on from theme_quality where theme = 'fares'").fetchall()
    once = "; each counts once, though some weeks were drawn from, or read, more fully than others"
    assert once in measured_on and once in evaluate(run.campaign, run.folder).measured.quality[0].measured_on
    assert corrected == pytest.approx((3 + 20) / (4 + 80 + 200) / weighted)


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
    sue = replace(SUE, codebook=asked(run, "q1"))
    code(run, sue, replace(sue, native_id="3", relevant=None, cannot_tell=True, themes=()))
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
    assert (row["n"], row["support"], row["indicative_only"]) == ("9", "3", "true")
    run.store._db.execute("update theme_quality set support = ? where theme = 'fares'", [INDICATIVE_BELOW])
    assert fares()[0]["indicative_only"] == "false"
    code(run, *(replace(SUE, native_id=str(number), themes=("fares",)) for number in (1, 2, 3, 4)))
    carry_verdicts(run)
    summarise(run)
    (row,) = fares()
    assert (row["counted_by"], row["settled_by_people"], row["model"], row["precision"]) == ("people", "5", "", "")
    assert (row["measured_on"], row["agreement"]) == ("no post was read by two people", "")
    assert (row["n"], row["support"], row["indicative_only"]) == ("", "", "")
    code(run, *(replace(SUE, native_id=str(number), coder="Ann", themes=("fares",)) for number in (1, 2)))
    carry_verdicts(run)
    (row,) = fares()
    assert (row["precision"], row["measured_on"]) == ("", "posts that at least two people read: 2")
    assert (row["agreement"], row["alpha"]) == ("1.0", "")


def test_figures_of_a_phrase_count_posts_each_of_several_that_say_the_same(run: Run) -> None:
    for number in ("6", "7"):
        add(run, number, TEXTS[0])
    model = load_model(run.folder.model)
    classify(run, model)
    said = replace(SUE, themes=("fares",))
    drawn = replace(said, native_id="6", queue="audit", probability=0.5)
    code(run, said, drawn, replace(said, native_id="7", themes=()), replace(said, native_id="2", relevant=False, themes=()))
    carry_verdicts(run)
    watch(run, model)
    (figures,) = run.store.rows("select posts, coded, correct from phrase_figures where phrase = 'fares'")
    assert figures == {"posts": 4, "coded": 4, "correct": 2}  # found in 1, 4, 6 and 7; read in 1, 6, 7, and 2, not of this debate
