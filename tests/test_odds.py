"""How sure the program is of each theme, knowing how many themes posts carry (`tracker.themes.odds`)."""

import json
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.theme_campaigns import ALLOTMENTS, NOW, labelled
from tracker.themes import train_model
from tracker.themes.deciding import probabilities
from tracker.themes.fitting import Matrix
from tracker.themes.measuring import best_threshold, expected_threshold
from tracker.themes.odds import NUMBERS, Marks, Numbers, Odds, learned_odds


def summed_one_by_one(likely: Matrix, weights: tuple[float, ...]) -> Matrix:
    """How likely each theme is on each post, from every set of themes there is."""
    whole, each = np.zeros(len(likely)), np.zeros(likely.shape)
    for carried in product([0, 1], repeat=likely.shape[1]):
        mark = np.array(carried)
        worth = np.where(mark, likely, 1 - likely).prod(axis=1) * np.exp(weights[min(mark.sum(), len(weights) - 1)])
        whole, each = whole + worth, each + worth[:, None] * mark
    told: Matrix = each / whole[:, None]
    return told


@given(
    st.lists(st.lists(st.floats(-9, 9), min_size=6, max_size=6), min_size=1, max_size=4),
    st.tuples(*[st.floats(-4, 4)] * NUMBERS),
)
def test_the_chain_gives_what_summing_over_every_set_of_themes_gives(rows: list[list[float]], weights: tuple[float, ...]) -> None:
    scores = np.array(rows)
    odds = Odds(1.3, -0.2, (Numbers((0, 1, 2, 3, 4, 5), weights),))
    assert probabilities(odds.of(scores)) == pytest.approx(
        summed_one_by_one(probabilities(1.3 * scores - 0.2), weights), abs=1e-9
    )


def test_each_dimension_counts_for_itself_and_other_labels_stand_alone() -> None:
    scores = np.array([[2.0, 1.0, -1.0, 0.5, 3.0]])
    one = (0.0, 1.0, -2.0, -3.0, -3.0)
    odds = Odds(1.0, 0.0, (Numbers((0, 1), one), Numbers((2, 3), one)))
    told = odds.of(scores)
    assert probabilities(told)[:, :2] == pytest.approx(summed_one_by_one(probabilities(scores[:, :2]), one))
    assert probabilities(told)[:, 2:4] == pytest.approx(summed_one_by_one(probabilities(scores[:, 2:4]), one))
    assert told[0, 4] == 3.0
    assert (scores == [[2.0, 1.0, -1.0, 0.5, 3.0]]).all()


def test_what_is_far_from_even_stays_a_number() -> None:
    told = Odds(1.0, 0.0, (Numbers((0, 1, 2), (-5.0, 0.0, 0.0, 0.0, 0.0)),)).of(
        np.array([[90.0, -90.0, 0.0], [-90.0, -90.0, -90.0]])
    )
    assert np.isfinite(told).all() and told[0, 0] > 20 and told[0, 1] < -80


def drawn(posts: int, seed: int) -> tuple[Matrix, Marks]:
    """Scores of posts that carry exactly one of five themes, with much noise, and what they carry."""
    rng = np.random.default_rng(seed)
    truth: Marks = np.eye(5, dtype=bool)[rng.integers(5, size=posts)]
    return np.where(truth, 0.5, -1.5) + rng.normal(size=truth.shape), truth


def test_that_posts_carry_one_theme_is_learned_and_makes_the_odds_better_on_others() -> None:
    scores, truth = drawn(400, 0)
    odds = learned_odds(scores, truth, np.ones_like(truth), [range(5)])
    weights = odds.numbers[0].weights
    assert weights[1] == max(weights) and min(weights[0], weights[2]) < weights[1] - 1

    others, theirs = drawn(400, 1)

    def surprise(said: Matrix) -> float:
        return float(np.logaddexp(0, np.where(theirs, -said, said)).mean())

    alone = Odds(odds.slope, odds.shift)
    line = learned_odds(scores, truth, np.ones_like(truth), [[column] for column in range(5)])
    assert surprise(odds.of(others)) < 0.85 * min(surprise(alone.of(others)), surprise(line.of(others)))
    assert probabilities(odds.of(scores)).mean() == pytest.approx(truth.mean(), abs=0.01)


def test_what_nobody_was_asked_about_is_taken_for_neither_yes_nor_no() -> None:
    scores, truth = drawn(600, 2)
    asked = np.random.default_rng(3).random(truth.shape) < 0.6
    all_told = learned_odds(scores, truth, np.ones_like(truth), [range(5)])
    some_told = learned_odds(scores, truth & asked, asked, [range(5)])
    denied = learned_odds(scores, truth & asked, np.ones_like(truth), [range(5)])
    expected, mean = probabilities(all_told.of(scores)), truth.mean()
    assert probabilities(some_told.of(scores)) == pytest.approx(expected, abs=0.12)
    assert probabilities(some_told.of(scores)).mean() == pytest.approx(mean, abs=0.02)
    assert probabilities(denied.of(scores)).mean() < mean - 0.05


def test_few_posts_change_little_and_none_nothing() -> None:
    scores, truth = drawn(3, 4)
    few = learned_odds(scores, truth, np.ones_like(truth), [range(5), []])
    assert len(few.numbers) == 1 and np.abs(few.numbers[0].weights).max() < 0.6
    none = learned_odds(scores, truth, np.zeros_like(truth), [range(5)])
    assert none.of(scores) == pytest.approx(scores, abs=1e-6)


def test_odds_come_back_from_json_as_they_were() -> None:
    odds = Odds(0.9, 0.1, (Numbers((0, 2), (0.1, 0.2, 0.3, 0.4, 0.5)), Numbers((1,), (0.0,) * NUMBERS)))
    assert Odds.from_json(json.loads(json.dumps(odds.as_json()))) == odds


def test_the_expected_threshold_is_the_best_where_the_odds_are_right() -> None:
    rng = np.random.default_rng(5)
    scores = rng.normal(-2, 1.5, size=40_000)
    carried = rng.random(len(scores)) < probabilities(scores)
    assert expected_threshold(scores) == pytest.approx(best_threshold(scores, carried), abs=0.25)
    assert expected_threshold(np.array([1.0])) < 1.0


def test_a_model_learns_of_each_dimension_by_itself() -> None:
    themes = (replace(theme, dimension="service") if theme.slug == "rent" else theme for theme in ALLOTMENTS.themes)
    service = replace(ALLOTMENTS, themes=tuple(themes))
    scorer: Any = train_model(service, labelled(), now=NOW).nlp.get_pipe("theme_scorer")
    assert scorer.weights.labels == ("rent", "waiting", "water")
    assert [its.columns for its in scorer.weights.odds.numbers] == [(0,), (1, 2)]


@pytest.mark.parametrize(
    "origin, without, none_weighs_less", [("invented", 3, False), ("invented", 12, True), ("human", 3, True)]
)
def test_invented_examples_of_themes_alone_do_not_tell_that_every_post_has_one(
    origin: str, without: int, none_weighs_less: bool
) -> None:
    carried = [post for post in labelled() if post.themes]
    posts = [*carried, *[post for post in labelled() if not post.themes][:without]]
    model = train_model(ALLOTMENTS, [replace(post, origin=origin) for post in posts], now=NOW)
    scorer: Any = model.nlp.get_pipe("theme_scorer")
    ((none, one, *_),) = [its.weights for its in scorer.weights.odds.numbers]
    assert (none < one) is none_weighs_less
    few = f"Of the {len(posts)} labelled posts 3 are without a theme, so posts about none are given one too readily: code also"
    assert (few in model.card.notes) is (without == 3) and model.card.themeless == without
