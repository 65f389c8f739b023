"""The regression of many themes at once: its weights are the likeliest ones, however they are shared out among threads."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from tracker.themes import fitting
from tracker.themes.fitting import CLUE_CAUTION, Matrix, Table, fit, log_loss, table_of


def some_posts(posts: int, themes: int, *, unlike: float = 1.0) -> tuple[Table, dict[str, Any]]:
    """Posts of forty words and six numbers each, some of which nobody was asked about; the words weigh `unlike`."""
    chance = np.random.default_rng(8)
    rows = []
    for _ in range(posts):
        words = sorted(set(chance.integers(0, 40, 6).tolist()))
        rows.append((words, (unlike * chance.random(len(words))).tolist()))
    table = table_of(rows, 41, chance.normal(size=(posts, 6)).astype(np.float32))
    pull = chance.normal(size=(6, themes))
    clue, offset = chance.normal(size=(posts, themes)), chance.normal(size=(posts, themes)) - 2
    truth = (table.vectors @ pull + offset + clue > chance.logistic(size=(posts, themes))).astype(np.float64)
    asked = (chance.random((posts, themes)) < 0.9).astype(np.float64)
    trust = 0.7 + chance.random((41, themes))
    return table, {"truth": truth, "offset": offset, "clues": [clue], "caution": 0.5, "weight": asked, "trust": trust}


def lost(table: Table, given: dict[str, Any], theme: int, weights: Matrix) -> float:
    """What weights of one theme (words, vectors, clue, bias) lose, as the model says it is counted."""
    words, vectors, clue, bias = np.split(weights, [41, 47, 48])
    said = given["offset"][:, theme] + table.words @ words + table.vectors @ vectors + bias + clue * given["clues"][0][:, theme]
    cost = (log_loss(said, given["truth"][:, theme]) * given["weight"][:, theme]).sum()
    held = given["caution"] * ((words / given["trust"][:, theme]) ** 2).sum() + given["caution"] * (vectors**2).sum()
    return float(cost + 0.5 * (held + CLUE_CAUTION * (clue**2).sum() + fitting.BIAS_CAUTION * (bias**2).sum()))


@pytest.mark.parametrize("unlike", [0.01, 1.0, 30.0], ids=["words that hardly count", "as usual", "words that count for all"])
def test_the_weights_are_the_likeliest(unlike: float) -> None:
    """As another method finds them that looks at the loss alone."""
    table, given = some_posts(300, 3, unlike=unlike)
    found = fit(table, **given)
    for theme in range(3):
        ours = np.concatenate([found.words[:, theme], found.vectors[:, theme], found.clues[:, theme], found.bias[:, theme]])
        best = minimize(lambda its, t=theme: lost(table, given, t, its), np.zeros(49), method="BFGS").fun
        nothing = lost(table, given, theme, np.zeros(49))
        assert lost(table, given, theme, ours) - best < 1e-4 * (nothing - best)


def test_the_weights_are_the_same_however_many_threads_there_are() -> None:
    table, given = some_posts(400, 9)
    parts = 49 * 2  # two themes at a time
    usual = fit(table, **given, at_once=parts)
    for together in (1, 5):
        again = fit(table, **given, at_once=parts, together=together)
        assert all((getattr(again, its) == getattr(usual, its)).all() for its in ("words", "vectors", "clues", "bias"))


def test_a_theme_that_all_posts_carry_or_none_ends_at_weights_that_are_numbers() -> None:
    table, given = some_posts(200, 2)
    given["truth"][:] = [0.0, 1.0]
    found = fit(table, **given)
    assert all(np.isfinite(its).all() for its in (found.words, found.vectors, found.clues, found.bias))
    assert found.bias[0, 0] < 0 < found.bias[0, 1]


def test_themes_that_nobody_was_asked_about_keep_their_offset() -> None:
    table, given = some_posts(50, 2)
    given["weight"][:] = 0.0
    assert not any(its.any() for its in (fit(table, **given).words, fit(table, **given).bias))
