"""When a night measures the model again: as soon as that would give something else, and not otherwise."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from db.labels import Labels
from db.models import keep_quality
from pipelines import watching
from pipelines.evaluate import Unseen, measure_live
from pipelines.nightly import read_themes
from pipelines.running import Run
from pipelines.train import train
from tests.coded_run import NOW, SUE, code
from tests.learned_run import TEXTS, coded, copied, draw, file_of, hundred_posts, measured, themes_of
from tracker.records import Quality
from tracker.themes import ThemeModel

READ, OTHERS = range(40, 95), range(95, 105)


def noted(into: pytest.MonkeyPatch) -> list[int]:
    """How many posts were measured on, each time that a night did, from here on."""
    found: list[int] = []

    def note(run: Run, model: ThemeModel, new: Unseen) -> None:
        measure_live(run, model, new)
        found.append(measured(run)[0])

    into.setattr(watching, "measure_live", note)
    return found


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a campaign and its data lie of which posts of the sample are coded, and one night is over."""
    place = tmp_path_factory.mktemp("after")
    with hundred_posts(place) as run, pytest.MonkeyPatch.context() as patch:
        found = noted(patch)
        train(run, labels=[file_of(run, range(10, 40))])
        draw(run, READ)
        coded(run, READ)
        read_themes(run)
        assert found == [55]
    return place


@pytest.fixture
def run(after_a_night: Path, tmp_path: Path) -> Iterator[Run]:
    with copied(after_a_night, tmp_path) as run:
        yield run


@pytest.fixture
def times(run: Run, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many posts were measured on, each time that a night did, with the one that is over."""
    found = noted(monkeypatch)
    found.append(measured(run)[0])
    return found


def test_a_night_after_which_nothing_changed_measures_nothing(run: Run, times: list[int]) -> None:
    read_themes(run)
    draw(run, OTHERS, at="2026-10-14T08:00:00Z")
    read_themes(run)
    assert times == [55], "a week that was drawn from and that nobody has read changes nothing"


def test_posts_that_were_coded_and_are_drawn_later_are_measured_on_in_the_next_night(run: Run, times: list[int]) -> None:
    coded(run, OTHERS, queue="unsure")
    read_themes(run)
    draw(run, OTHERS)
    read_themes(run)
    read_themes(run)
    assert times == [55, 55, 65]


def test_posts_that_are_drawn_with_another_probability_are_measured_on_again(run: Run, times: list[int]) -> None:
    with closing(Labels(run.folder)) as labels:
        week = {"week": "2026-W41", "rate": 0.9, "population": 200, "queue": "audit", "seed": "s", "drawn_by": "Sue"}
        labels.keep_draw({**week, "drawn_at": NOW}, [])
    read_themes(run)
    read_themes(run)
    assert times == [55, 55]


@pytest.mark.parametrize("how", ["undone", "its words taken out"])
def test_a_coding_that_is_taken_back_is_no_longer_measured_on(run: Run, times: list[int], how: str) -> None:
    with closing(Labels(run.folder)) as labels:
        if how == "undone":
            labels.undo("Sue", now=NOW)
        else:
            labels.empty_texts([("x", "40")])
    read_themes(run)
    read_themes(run)
    assert times == [55, 54]


def test_another_reading_of_a_post_of_which_nobody_was_asked_is_another_share_of_all_posts(run: Run, times: list[int]) -> None:
    run.store._db.execute("update posts set text = ? where native_id = '20'", [TEXTS[21]])
    run.store._db.execute("delete from post_readings where post_id in (select id from posts where native_id = '20')")
    read_themes(run)
    read_themes(run)
    assert times == [55, 55]


def test_how_well_coders_agree_stands_whenever_the_model_is_measured_again(run: Run, times: list[int]) -> None:
    def alpha() -> list[tuple[float, int]]:
        its = "theme_quality join models on name = model where theme = 'fares' and alpha is not null and live = 1"
        return list(run.store._db.execute(f"select alpha, n from {its}"))

    code(run, *(replace(SUE, native_id=str(n), text=TEXTS[n], coder="Ann", themes=themes_of(n)) for n in (40, 41, 42)))
    read_themes(run)
    assert alpha() == [(1.0, 55)]
    coded(run, OTHERS)
    draw(run, OTHERS)
    read_themes(run)
    assert alpha() == [(1.0, 65)]
    train(run)
    assert alpha() == [(1.0, 65)], "that of the model in place"


def test_how_well_coders_agree_on_what_is_not_this_debate_stands_beside_how_well_that_is_told(run: Run, times: list[int]) -> None:
    """Alpha is the same of yes and of no, so it is that of relevance."""
    code(run, *(replace(SUE, native_id=str(n), text=TEXTS[n], coder="Ann", themes=(), relevant=n != 41) for n in (40, 41, 42)))
    run.store.transaction(lambda db: keep_quality(db, run.store.live_model(), [Quality("not this debate", 0.8, n=55)]))
    read_themes(run)
    found = run.store.rows("select alpha from theme_quality where theme = 'not this debate'")
    (relevance,) = run.store.rows("select alpha from coder_agreement where what = 'relevance'")
    assert found == [relevance] and relevance["alpha"] is not None


def test_a_coded_post_in_another_language_is_not_measured_on_and_that_is_said(run: Run, times: list[int]) -> None:
    spanish = replace(SUE, native_id="200", text="El billete de autobús ha vuelto a subir, ¿quién lo entiende?", queue="audit")
    code(run, replace(spanish, probability=0.5))
    read_themes(run)
    assert times == [55, 55]
    assert measured(run)[2].endswith("1 post is left out, since it is in none of the campaign's languages")


def test_phrases_that_change_are_counted_in_the_next_night_though_a_model_made_by_hand_stays(run: Run, times: list[int]) -> None:
    def phrases() -> dict[str, int]:
        return dict(run.store._db.execute("select phrase, posts from phrase_figures where theme = 'fares'").fetchall())

    assert phrases() == {"fares": 50, "ticket price": 0, "cost of a ticket": 0}
    model = run.store.live_model()
    fares = next(theme for theme in run.campaign.themes if theme.slug == "fares")
    others = tuple(theme for theme in run.campaign.themes if theme.slug != "fares")
    run.campaign = replace(run.campaign, themes=(*others, replace(fares, phrases=("fares again", "rain again"))))
    read_themes(run)
    assert run.store.live_model() == model and phrases() == {"fares again": 50, "rain again": 50}
    read_themes(run)
    assert times == [55, 55], "once"


def test_what_people_say_in_the_campaign_s_examples_of_posts_that_hold_a_phrase_is_counted(run: Run, times: list[int]) -> None:
    def right() -> list[tuple[int, int]]:
        return list(run.store._db.execute("select coded, correct from phrase_figures where phrase = 'fares'"))

    [(coded_by_now, correct)] = right()
    line = {"text": "Fares on the ferry", "themes": [], "origin": "human"}
    (Path(run.campaign.folder) / "examples.jsonl").write_text(json.dumps(line) + "\n")
    read_themes(run)
    assert right() == [(coded_by_now + 1, correct)] and len(times) == 2


def test_where_too_little_of_the_sample_is_left_what_training_measured_stands_again(run: Run, times: list[int]) -> None:
    assert measured(run)[:2] == (55, "audit")
    overall = "select count(*) from model_quality where sample = 'audit'"
    assert run.store._db.execute(overall).fetchone()[0]
    with closing(Labels(run.folder)) as labels:
        for _ in range(26):
            labels.undo(SUE.coder, now=NOW)
    read_themes(run)
    n, sample, measured_on = measured(run)
    assert (n, sample) == (30, "labelled") and "cross-validation" in measured_on
    assert run.store._db.execute(overall).fetchone()[0] == 0
    code(run, *(replace(SUE, native_id=str(number), coder="Ann", queue="audit", themes=()) for number in READ))
    read_themes(run)
    assert measured(run)[1] == "audit"
