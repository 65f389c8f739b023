"""What people coded in the counts: it takes the place of what the program decided, which is set aside and never lost."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from db.folder import DataFolder
from db.labels import Labels
from db.rechecking import erase_gone
from db.watching import read
from pipelines.check import check
from pipelines.classify import classify
from pipelines.nightly import read_themes
from pipelines.running import Run, running
from pipelines.summarise import summarise
from pipelines.train import train
from pipelines.verdicts import carry_verdicts
from tests import invented
from tests.coded_run import NOW, SUE, TEXTS, add, asked, code, counted, themes
from tests.coded_run import run as run
from tracker.campaign import read_campaign
from tracker.codings import bare_book, book_version
from tracker.themes import load_model
from tracker.themes.gold import gold_posts
from tracker.themes.learning import truth_of


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


def test_what_was_said_of_words_that_were_replaced_since_settles_nothing(run: Run) -> None:
    before = themes(run)
    code(run, SUE)
    edit = "update posts set text = ? where native_id = '1'"
    run.store._db.execute(edit, ["The fares went up again, and again #fares"])
    carry_verdicts(run)
    assert ("1", "drivers", "person") in themes(run), "a word more changes nothing"
    run.store._db.execute(edit, ["A swan sits on the river bank below the mill"])
    assert "1 post was written anew since, so what was said of it is kept and settles nothing" in carry_verdicts(run)
    assert themes(run) == before
    run.store._db.execute(edit, [""])
    carry_verdicts(run)
    assert ("1", "drivers", "person") in themes(run), "where the words are erased, the verdict stands"


def test_what_people_said_holds_again_where_a_post_whose_words_were_erased_comes_back(run: Run) -> None:
    code(run, SUE)
    carry_verdicts(run)
    summarise(run)
    settled, drivers = themes(run), counted(run, "drivers")
    became(run, "gone", "")
    with closing(Labels(run.folder)) as labels:
        before, now = "2026-10-08T00:00:00Z", "2026-10-09T00:00:00Z"
        assert erase_gone(run.store, run.raw, labels, run.forgotten.digest, gone_before=before, now=now) == 1
    carry_verdicts(run)
    summarise(run)
    assert counted(run, "drivers") == drivers - 1
    became(run, "live", TEXTS[0])
    classify(run, load_model(run.folder.model))
    carry_verdicts(run)
    summarise(run)
    assert themes(run) == settled and counted(run, "drivers") == drivers


def became(run: Run, status: str, text: str) -> None:
    """The first post is shown so by its platform now."""
    shown = "update posts set status = ?, text = coalesce(nullif(?, ''), text) where native_id = '1'"
    run.store._db.execute(shown, [status, text])
    row = "select id, ?, '2026-10-07T08:00:00Z', 'asked' from posts where native_id = '1'"
    run.store._db.execute(f"insert into post_status_history(post_id, status, seen_at, evidence) {row}", [status])


def test_a_question_that_people_were_not_asked_stays_the_program_s(run: Run) -> None:
    def answers(table: str = "post_questions") -> list[tuple[str, str, str]]:
        sql = f"select native_id, question, decided_by from {table} join posts on posts.id = post_id order by 1, 2"
        return run.store._db.execute(sql).fetchall()

    before, after = asked(run, "q1"), asked(run, "q1", "q2")
    for post, question in ((1, "q1"), (1, "q2"), (2, "q1"), (2, "q2"), (3, "q1")):
        values = (post, question)
        run.store._db.execute(
            "insert into post_questions(post_id, question, score, decided_by) values (?, ?, 0.9, 'model')", values
        )
    program = answers()
    sue = replace(SUE, codebook=before, questions=())
    code(run, sue, replace(sue, native_id="2", codebook=after, questions=("q2",)), replace(sue, native_id="4", relevant=False))
    carry_verdicts(run)
    assert answers() == [("1", "q2", "model"), ("2", "q2", "person"), ("3", "q1", "model")]
    assert answers("set_aside_questions") == [("1", "q1", "model"), ("2", "q1", "model"), ("2", "q2", "model")]
    agreed = "select name, units from coder_agreement where what = 'question' order by 1"
    code(run, replace(sue, coder="Ann", questions=("q1",)))
    carry_verdicts(run)
    assert run.store._db.execute(agreed).fetchall() == [("q1", 1), ("q2", 0)], "of q2 nobody who read the post was asked"
    assert ("1", "q1", "model") in answers(), "half and half leaves it to the program"
    for _ in range(4):
        labels = Labels(run.folder)
        for coder in ("Sue", "Ann"):
            labels.undo(coder, now="2026-10-06T09:00:00Z")
        labels.close()
    carry_verdicts(run)
    assert answers() == program and answers("set_aside_questions") == []


def test_questions_are_measured_and_learned_on_posts_whose_coders_were_asked(run: Run) -> None:
    before, after = asked(run, "q1"), asked(run, "q1", "q2")
    sue = replace(SUE, codebook=before, text=TEXTS[0], questions=("q1",))
    code(run, sue, replace(sue, native_id="2", text=TEXTS[1], codebook=after, questions=("q2",)))
    labels = Labels(run.folder)
    posts = {post.text: post for post in gold_posts(run.campaign, labels.coded_examples())}
    labels.close()
    wanted = ["question q1", "question q2"]
    truth, known = truth_of([posts[TEXTS[0]], posts[TEXTS[1]]], wanted)
    assert (truth.tolist(), known.tolist()) == ([[1, 0], [0, 1]], [[1, 0], [1, 1]])


def test_what_coders_say_of_a_theme_that_is_newer_than_the_lead_s_word_is_learned_from(run: Run) -> None:
    old = bare_book(["fares"])
    labels = Labels(run.folder)
    labels.keep_codebook(book_version(old), old, now=NOW)
    labels.close()
    lead = replace(SUE, coder="Lea", role="lead", codebook=book_version(old), themes=())
    code(run, lead, replace(SUE, codebook=asked(run), themes=("fares", "drivers")))
    labels = Labels(run.folder)
    [post] = gold_posts(run.campaign, labels.coded_examples())
    labels.close()
    assert (post.themes, post.relevant, post.unasked) == (frozenset({"drivers"}), True, frozenset())


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
    add(run, "999", SUE.text or "")
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


def test_a_pilot_is_not_in_what_the_pages_say_of_agreement(run: Run) -> None:
    for number in ("1", "2"):
        code(run, *(replace(SUE, native_id=number, coder=name, round="pilot") for name in ("Sue", "Ann")))
    code(run, *(replace(SUE, coder=name, themes=()) for name in ("Sue", "Ann")))
    carry_verdicts(run)
    units = "select units, yes from coder_agreement where what = 'theme' and name = 'drivers'"
    assert run.store._db.execute(units).fetchall() == [(1, 0)]


def test_copies_that_nobody_read_are_settled_by_most_of_those_that_were_read(run: Run) -> None:
    words = "Our hospital car park now takes nine pounds for an hour"
    for number in range(10, 16):
        add(run, str(number), words)
    run.store._db.execute("insert into same_message(post_id, message_id) select id, 9 from posts where text = ?", [words])
    classify(run, load_model(run.folder.model))
    for one, other in (("10", "13"), ("13", "10")):
        said = [
            replace(SUE, native_id=number, themes=() if number == other else ("drivers",)) for number in (one, "11", "12", other)
        ]
        code(run, *said)
        carry_verdicts(run)
        settled = {post for post, theme, _ in themes(run) if theme == "drivers"}
        assert {"14", "15"} <= settled and other not in settled


def test_posts_that_are_watched_for_new_words_were_read_and_are_of_the_debate(run: Run) -> None:
    add(run, "20", "El autobús de nuestra ciudad llega siempre tarde y cuesta demasiado dinero para la gente")
    add(run, "21", "")
    code(run, replace(SUE, native_id="3", relevant=False, themes=()))
    read_themes(run)
    assert {row["text"] for row in read(run.store, "by_day")} == {TEXTS[0], TEXTS[1], TEXTS[3]}


def test_agreement_is_carried_over_with_it(run: Run) -> None:
    ann = replace(SUE, coder="Ann")
    code(run, SUE, ann, replace(SUE, native_id="2", themes=()), replace(ann, native_id="2", themes=("drivers",)))
    carry_verdicts(run)
    found = run.store._db.execute("select what, name, units, yes, percent from coder_agreement where units > 0 order by 1, 2")
    assert ("theme", "drivers", 2, 3, 0.5) in list(found)
    beside = "select theme_quality.alpha, coder_agreement.alpha from theme_quality join coder_agreement on name = theme"
    assert run.store._db.execute(f"{beside} where theme = 'drivers'").fetchall() == [(0.0, 0.0)]
