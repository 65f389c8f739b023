"""What a model learns from, and how: one post a text, who was asked what, which words are trusted, folds."""

from dataclasses import replace

import numpy as np
import pytest

from tests.theme_campaigns import ALLOTMENTS, NOW, QUEUE, labelled
from tracker.records import Example
from tracker.themes import train_model
from tracker.themes.fitting import fit, table_of, telling
from tracker.themes.gold import folds_of, gold_posts
from tracker.themes.learning import truth_of
from tracker.themes.measuring import Evidence, choose, half_carry, wilson

TELLING = "Words that part a theme's posts from others may weigh more"


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
        Example("🚿🚿 https://example.org/only", ("water",)),
        Example("12345 #waterbutt", ("water",)),
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
    assert both.themes == {"waiting"} and both.unasked == {"rent"}, "Sue gave rent, and Ann did not: half and half"
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
        Example("🚿", ("water",)),
        Example("Queue up", ("waiting",)),
        Example("queue up", ("rent",)),
        Example("queue up", ("water",), queue="audit"),
    ]
    notes = train_model(ALLOTMENTS, said, now=NOW).card.notes
    assert "Labelled posts without words, which teach nothing: 2." in notes and "Posts labelled in more than one way: 1;" in notes


def test_who_says_the_same_under_another_name_or_was_asked_less_does_not_say_otherwise() -> None:
    """A theme that was renamed between two coders, and one that is newer than what the first could choose from."""
    themes = tuple(replace(one, renamed_from=("butts",)) if one.slug == "water" else one for one in ALLOTMENTS.themes)
    campaign = replace(ALLOTMENTS, themes=themes)
    said = [
        Example("The butt is full", ("butts",), coder="Ann", asked=("butts", "rent"), asked_questions=()),
        Example("the butt is full", ("water",), coder="Ben", asked=("water", "rent", "waiting"), asked_questions=()),
        Example("Queue up", ("rent",), coder="Ann", asked=("butts", "rent"), asked_questions=()),
        Example("queue up", ("rent", "waiting"), coder="Ben", asked=("water", "rent", "waiting"), asked_questions=()),
    ]
    alike = "Posts labelled in more than one way"
    assert alike not in train_model(campaign, said, now=NOW).card.notes
    otherwise = Example("QUEUE UP", ("water",), coder="Cem", asked=("water", "waiting"), asked_questions=())
    assert f"{alike}: 1;" in train_model(campaign, [*said, otherwise], now=NOW).card.notes


def test_near_copies_make_cross_validation_no_surer() -> None:
    """They lie in one fold and are found alike, so that thirty-five are worth one post, as where a file is measured."""
    marks = "🐦🐧🐔🦆🦉🦇🐺🐗🐴🦄🐝🐛🦋🐌🐞🐜🦟🦗🕷🦂🐢🐍🦎🦖🦕🐙🦑🦐🦞🦀🐡🐠🐟🐬🐳"
    copies = [Example(f"The water butt is full {mark}", ("water",)) for mark in marks]
    (water,) = (one for one in train_model(ALLOTMENTS, copies, now=NOW).card.quality if one.theme == "water")
    assert (water.n, water.recall, water.precision) == (35, 1.0, 1.0)
    assert (water.recall_low, water.recall_high) == wilson(35, 35, 1) and water.precision_low == water.recall_low
    model = train_model(ALLOTMENTS, labelled(), now=NOW).card
    ranges = [(one, wilson(round(one.recall * one.support), one.support)) for one in model.quality if one.recall]
    assert ranges and all(between == (one.recall_low, one.recall_high) for one, between in ranges), "texts of their own"


def test_themes_learned_some_at_a_time_are_learned_alike() -> None:
    """And a word that no post has weighs nothing."""
    rows: list[tuple[list[int], list[float]]] = [([place % 5, 5], [1.0, 0.5]) for place in range(60)]
    table = table_of(rows, 7, np.zeros((60, 2), dtype=np.float32))
    truth = np.array([[place % 5 == theme for theme in range(3)] for place in range(60)], dtype=float)
    together = fit(table, truth, truth * 0, [truth])
    apart = fit(table, truth, truth * 0, [truth], at_once=11)
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
    apart = fit(table, truth, truth * 0, weight=known, trust=trust, at_once=5)
    assert np.allclose(apart.words, fit(table, truth, truth * 0, weight=known, trust=trust).words, atol=0.01)
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
