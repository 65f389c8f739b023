"""Measuring: the keys that other programs rely on, figures that can be checked by hand, and the gate before a model goes live."""

import json
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from pipelines.evaluate import Evaluated
from pipelines.showing_model import evaluation_document, evaluation_text
from tests.theme_campaigns import ALLOTMENTS, NOW, labelled
from tests.warm import ran
from tracker.records import Everywhere, Example
from tracker.themes import compare, evaluate_model, train_model
from tracker.themes.evaluating import Comparison
from tracker.themes.gold import gold_posts, posts_to_measure
from tracker.themes.measuring import quality_of, wilson
from tracker.themes.reckoning import Measured, calibration_error, macro_interval, overall_of, qualities_of, resampled_macro_f1


def test_the_calibration_error_is_the_mean_gap() -> None:
    likely = np.array([0.05, 0.05, 0.95, 0.95])
    assert calibration_error(likely, np.array([False, False, True, True])) == pytest.approx(0.05)
    assert calibration_error(likely, np.array([True, True, False, False])) == pytest.approx(0.95)
    assert calibration_error(np.zeros(0), np.zeros(0, dtype=bool)) is None


def test_shares_are_corrected_for_the_measured_errors() -> None:
    truth = np.array([True] * 40 + [False] * 160)
    found = np.array([True] * 30 + [False] * 10 + [True] * 20 + [False] * 140)
    marks = {"model": found[:, None], "phrases": found[:, None]}
    measured = Measured(
        ("water",), truth[:, None], np.ones((200, 1), dtype=bool), marks, None, np.zeros(200, dtype=bool), "audit", "here"
    )
    (quality,) = qualities_of(measured, Everywhere(4_000, {"water": 1_200}))
    assert (quality.share_found, quality.share_coded) == (0.25, 0.2)
    assert quality.share_corrected == pytest.approx(0.28)  # (1,200 / 4,000 - 0.125) / (0.75 - 0.125)
    assert quality.share_corrected_low is not None and quality.share_corrected_high is not None
    assert quality.share_corrected_low < 0.28 < quality.share_corrected_high
    assert not quality.indicative
    (question,) = qualities_of(replace(measured, labels=("question who-pays",)), Everywhere(4_000, {"water": 1_200}))
    assert question.share_corrected is None and question.share_coded == 0.2, "nobody counts questions over all posts here"
    (alone,) = qualities_of(measured)
    assert alone.share_corrected is None, "of the sample's own share the correction would make what people coded"
    (few,) = qualities_of(measured.rows(np.arange(200) >= 30), Everywhere(4_000, {"water": 1_200}))
    assert few.indicative and few.share_corrected is None and few.share_coded is not None
    overall = overall_of(measured)[0]
    assert overall.macro_f1 == pytest.approx(2 * 30 / (50 + 40))
    assert overall.macro_low is not None and overall.macro_high is not None
    assert overall.macro_low < 2 / 3 < overall.macro_high


def test_errors_count_by_what_each_post_stands_for_where_weeks_were_drawn_from_at_different_rates() -> None:
    """Of 40 posts with the theme and 60 without, the program finds 36 and 3 in a week that was read whole, 20 and 12 in one
    of which one in nine was drawn."""
    truth = np.array(([True] * 40 + [False] * 60) * 2)
    found = np.array(([1] * 36 + [0] * 4 + [1] * 3 + [0] * 57) + ([1] * 20 + [0] * 20 + [1] * 12 + [0] * 48), dtype=bool)
    every = np.ones((200, 1), dtype=bool)
    nobody = np.zeros(200, dtype=bool)
    alike = Measured(("water",), truth[:, None], every, {"model": found[:, None]}, None, nobody, "audit", "here")
    everywhere = Everywhere(5_000, {"water": 1_400})
    differ = replace(alike, weight=np.where(np.arange(200) < 100, 1.0, 9.0))
    (quality,) = qualities_of(differ, everywhere)
    hit, miss = (36 + 9 * 20) / (40 + 9 * 40), (3 + 9 * 12) / (60 + 9 * 60)
    share = (0.28 - miss) / (hit - miss)
    assert quality.share_corrected == pytest.approx(share)
    of_hit = (36 * (1 - hit) ** 2 + 4 * hit**2 + 81 * 20 * ((1 - hit) ** 2 + hit**2)) / 400**2
    of_miss = (3 * (1 - miss) ** 2 + 57 * miss**2 + 81 * (12 * (1 - miss) ** 2 + 48 * miss**2)) / 600**2
    differs = (share * hit * (1 - hit) + (1 - share) * miss * (1 - miss)) / 5_000
    spread = (differs + share**2 * of_hit + (1 - share) ** 2 * of_miss) ** 0.5 / (hit - miss)
    assert quality.share_corrected_high == pytest.approx(share + 1.959963984540054 * spread)
    (unweighted,) = qualities_of(alike, everywhere)
    assert unweighted.share_corrected == pytest.approx((0.28 - 15 / 120) / (56 / 80 - 15 / 120))
    assert qualities_of(replace(alike, weight=np.full(200, 1 / 0.37)), everywhere) == (unweighted,), (
        "drawn alike: the same to the bit"
    )
    same = ("precision", "recall", "f1", "share_found", "share_coded", "n", "support")
    assert [getattr(quality, name) for name in same] == [getattr(unweighted, name) for name in same]


def test_the_corrected_share_is_that_of_all_posts_whichever_weeks_were_drawn_from_more() -> None:
    """Of a small week in which the program errs little four in ten posts are drawn, of a large one in which it errs more four in
    a hundred: in 300 draws the weighted share is right on average, and 95 % intervals hold as often as they say."""
    chance = np.random.default_rng(7)
    small = np.arange(6_600) < 600
    truth = chance.random(6_600) < np.where(small, 0.5, 0.25)
    found = chance.random(6_600) < np.where(truth, np.where(small, 0.9, 0.6), np.where(small, 0.03, 0.12))
    rate, everywhere = np.where(small, 0.4, 0.04), Everywhere(6_600, {"water": int(found.sum())})
    shares: dict[bool, list[float]] = {True: [], False: []}
    held = 0
    for _ in range(300):
        drawn = chance.random(6_600) < rate
        n = int(drawn.sum())
        marks, known = {"model": found[drawn, None]}, np.ones((n, 1), dtype=bool)
        alike = Measured(("water",), truth[drawn, None], known, marks, None, np.zeros(n, dtype=bool), "audit", "here")
        for weighted, measured in ((False, alike), (True, replace(alike, weight=1 / rate[drawn]))):
            (quality,) = qualities_of(measured, everywhere)
            assert quality.share_corrected is not None
            shares[weighted].append(quality.share_corrected)
            held += weighted and (quality.share_corrected_low or 0) <= truth.mean() <= (quality.share_corrected_high or 0)
    assert abs(np.mean(shares[True]) - truth.mean()) < 0.01 < 0.02 < abs(np.mean(shares[False]) - truth.mean())
    assert 0.92 <= held / 300 <= 0.99


def test_what_people_labelled_counts_as_they_did_and_the_rest_alone_is_corrected() -> None:
    """Of 1,000 posts people labelled 600, of which 300 carry the theme; the program gives it to 120 of the other 400."""
    truth = np.array([True] * 40 + [False] * 160)
    found = np.array([True] * 30 + [False] * 10 + [True] * 20 + [False] * 140)
    unsure = np.array([False] * 30 + [True] * 10 + [False] * 20 + [True] * 10 + [False] * 130)
    everywhere = Everywhere(1_000, {"water": 120}, {"water": 600}, {"water": 300})
    marks, known = {"model": found[:, None]}, np.ones((200, 1), dtype=bool)
    measured = Measured(("water",), truth[:, None], known, marks, None, unsure, "audit", "here")
    (quality,) = qualities_of(measured, everywhere)
    assert quality.share_corrected == pytest.approx((300 + 400 * (120 / 400 - 0.125) / (0.75 - 0.125)) / 1_000)
    (other,) = qualities_of(measured, replace(everywhere, unsure=0.05))
    hit, miss = (30 * 0.95 / 180) / (30 * 0.95 / 180 + 10 * 0.05 / 20), (20 * 0.95 / 180) / (150 * 0.95 / 180 + 10 * 0.05 / 20)
    assert other.share_corrected == pytest.approx((300 + 400 * (0.3 - miss) / (hit - miss)) / 1_000)
    (none,) = qualities_of(measured, Everywhere(1_000, {}, {"water": 1_000}, {"water": 310}))
    assert (none.share_corrected_low, none.share_corrected, none.share_corrected_high) == (0.31, 0.31, 0.31)


@pytest.mark.parametrize("queue", ["at random", "unsure"])
def test_the_corrected_share_is_right_where_people_labelled_a_third_of_all_posts(queue: str) -> None:
    """The program has learned from these and errs less on them; a sample of 250 is kept from it. Simulated 100 times."""
    chance = np.random.default_rng(11)
    off, held = [], 0
    for _ in range(100):
        strength = chance.normal(-1.6, 2.2, 4_000)
        truth, score = chance.random(4_000) < 1 / (1 + np.exp(-strength)), strength + chance.normal(0, 0.8, 4_000)
        drawn = chance.permutation(4_000) < 250
        first = np.where(score < 0.3, score, -9.0) if queue == "unsure" else chance.random(4_000)
        labelled = np.zeros(4_000, dtype=bool)
        labelled[np.argsort(np.where(drawn, -99, first))[-1_200:]] = True
        found = np.where(labelled, chance.random(4_000) < np.where(truth, 0.95, 0.02), score >= 0.3)
        unsure = ~found & (score >= -2.0) & ~labelled
        people, rest = labelled | drawn, ~(labelled | drawn)
        given, seen, carried = ({"water": int(some.sum())} for some in (found & rest, people, truth & people))
        everywhere = Everywhere(4_000, given, seen, carried, float(unsure[rest].mean()))
        known, marks = np.ones((250, 1), dtype=bool), {"model": found[drawn, None]}
        measured = Measured(("water",), truth[drawn, None], known, marks, None, unsure[drawn], "audit", "here")
        (quality,) = qualities_of(measured, everywhere)
        assert quality.share_corrected is not None
        off.append(quality.share_corrected - truth.mean())
        held += (quality.share_corrected_low or 0) <= truth.mean() <= (quality.share_corrected_high or 0)
    assert abs(np.mean(off)) < 0.015 and held / 100 >= 0.9


def test_the_interval_of_a_corrected_share_holds_where_the_program_hardly_errs() -> None:
    """It finds 98 % of the posts of a theme and 0.2 % of the others, so that on most samples of 160 it does not err at all."""
    chance = np.random.default_rng(5)
    held, widths = 0, []
    for _ in range(200):
        truth = chance.random(3_000) < 0.3
        found = chance.random(3_000) < np.where(truth, 0.98, 0.002)
        marks, known = {"model": found[:160, None]}, np.ones((160, 1), dtype=bool)
        measured = Measured(("water",), truth[:160, None], known, marks, None, np.zeros(160, dtype=bool), "audit", "here")
        rest = {"water": int(found[160:].sum())}, {"water": 160}, {"water": int(truth[:160].sum())}
        (quality,) = qualities_of(measured, Everywhere(3_000, *rest))
        low, high = quality.share_corrected_low, quality.share_corrected_high
        assert low is not None and high is not None
        held += low <= truth.mean() <= high
        widths.append(high - low)
    assert held / 200 >= 0.95 and min(widths) > 0.01 and max(widths) < 0.08


def test_a_drawn_post_counts_once_with_its_own_verdict_and_in_learning_each_text() -> None:
    drawn = Example("The rent is up", ("rent",), platform="x", native_id="1", probability=0.5, coder="a")
    copy = replace(drawn, themes=(), text="the RENT is up https://example.org/2", native_id="2", probability=0.25)
    posts = [drawn, replace(drawn, coder="b"), copy]
    assert len(gold_posts(ALLOTMENTS, posts)) == 1
    told = [(post.key, post.weight, list(post.themes)) for post in posts_to_measure(ALLOTMENTS, posts)]
    assert told == [(("x", "1"), 2.0, ["rent"]), (("x", "2"), 4.0, [])]
    by_hand = [replace(post, probability=None) for post in posts]
    assert posts_to_measure(ALLOTMENTS, by_hand) == gold_posts(ALLOTMENTS, by_hand)


def test_copies_count_as_posts_and_are_worth_one_for_how_sure_a_figure_is() -> None:
    """Of 150 posts 75 carry the theme, 50 of which are copies of a text in which the program misses it."""
    truth, found = np.arange(150) < 75, (np.arange(150) >= 50) & (np.arange(150) < 75)
    texts = np.maximum(np.arange(150) - 49, 0)
    marks, known = {"model": found[:, None]}, np.ones((150, 1), dtype=bool)
    apart = Measured(("water",), truth[:, None], known, marks, None, np.zeros(150, dtype=bool), "audit", "here")
    ((alike,), (wider,)) = (qualities_of(one) for one in (apart, replace(apart, texts=texts)))
    assert (wider.n, wider.support, wider.share_coded, wider.recall) == (150, 75, 0.5, 25 / 75)
    assert wider.share_coded_low == alike.share_coded_low, "posts are drawn, so how many carry it is as sure"
    assert wider.recall_low is not None and wider.recall_high is not None
    assert (wider.recall_low, wider.recall_high) == wilson(25, 75, 75**2 / (50**2 + 25))
    assert (wider.f1_low, wider.f1_high) == tuple(2 * share / (1 + share) for share in wilson(25, 75, 75**2 / (50**2 + 25)) or ())
    assert wider.recall_low < 0.06 < 0.2 < (alike.recall_low or 0) and wider.precision_low == alike.precision_low
    (spread, narrow) = (overall_of(one)[0] for one in (replace(apart, texts=texts), apart))
    assert spread.macro_f1 == narrow.macro_f1
    assert (spread.macro_low or 0) < (narrow.macro_low or 0) - 0.02 and (spread.macro_high or 0) > (narrow.macro_high or 0) + 0.2


def test_copies_that_were_settled_along_count_once_where_the_rest_is_corrected() -> None:
    """Of 1,000 posts 700 are left, 200 of which the program gave the theme; of the 300 settled ones 200 are copies of a text that
    the program misses, 50 of them in the sample. None is left, so that it tells nothing of the rest."""
    truth, found = np.arange(150) < 75, (np.arange(150) >= 50) & (np.arange(150) < 75)
    messages, everywhere = np.maximum(np.arange(150) - 49, 0), Everywhere(1_000, {"water": 200}, {"water": 300}, {"water": 225})
    marks, known = {"model": found[:, None]}, np.ones((150, 1), dtype=bool)
    measured = Measured(("water",), truth[:, None], known, marks, None, np.zeros(150, dtype=bool), "audit", "here")
    (along,) = qualities_of(replace(measured, messages=messages), everywhere)
    assert along.share_corrected == pytest.approx((225 + 200 / (25 / 26)) / 1_000)
    (alone,) = qualities_of(measured.rows(np.arange(150) >= 49), everywhere)
    for name in ("share_corrected", "share_corrected_low", "share_corrected_high"):
        assert getattr(along, name) == pytest.approx(getattr(alone, name)), "as sure as one post makes it"
    (left,) = qualities_of(measured, everywhere)
    assert left.share_corrected == pytest.approx((225 + 200 / (25 / 75)) / 1_000), (
        "copies that nobody settled are in the rest too"
    )
    (few,) = qualities_of(replace(measured, messages=np.minimum(np.arange(150) // 60, 1)), everywhere)
    assert few.share_corrected is None, "two messages are not twenty posts"


def test_an_audit_sample_is_measured_post_by_post_with_the_messages_that_were_settled_along() -> None:
    model = train_model(ALLOTMENTS, labelled(), now=NOW)
    said = [*[Example("Nobody told us that we stand in a line", ("waiting",))] * 40, *labelled()]
    drawn = [replace(one, platform="x", native_id=str(n), probability=0.5, origin="human") for n, one in enumerate(said)]
    everywhere = Everywhere(
        400, {"waiting": 60}, {"waiting": 132}, {"waiting": 75}, messages={("x", str(n)): 7 for n in range(40)}
    )
    measured = evaluate_model(model, ALLOTMENTS, drawn, sample="audit", measured_on="here", everywhere=everywhere)
    waiting = next(one for one in measured.quality if one.theme == "waiting")
    assert (measured.n, waiting.support, waiting.share_coded) == (132, 75, 75 / 132)
    assert waiting.recall is not None and waiting.recall < 0.5 and waiting.share_corrected is not None
    assert waiting.share_corrected == pytest.approx((75 + 60) / 400, abs=0.02)


def test_a_theme_that_no_post_carries_and_none_was_given_has_no_f1() -> None:
    """The first theme is found rightly, the second once and wrongly, the third does not occur."""
    truth = np.array([[True, False, False]] * 4 + [[False, False, False]] * 4)
    found = truth.copy()
    found[7, 1] = True
    marks, every = {"model": found, "phrases": truth}, np.ones((8, 3), dtype=bool)
    measured = Measured(("rent", "waiting", "water"), truth, every, marks, None, np.zeros(8, dtype=bool), "file", "here")
    (ours, phrases) = overall_of(measured)
    assert (ours.macro_f1, phrases.macro_f1, phrases.macro_low, phrases.macro_high) == (0.5, 1.0, None, None), (
        "all resamples of the phrases come to 1, which is no certainty"
    )
    assert (ours.themes, phrases.themes, ours.looked_for, phrases.looked_for) == (2, 1, 3, 3)
    assert 0.0 <= (ours.macro_low or 0) < 0.5 < (ours.macro_high or 0) <= 1.0
    on_file = partial(evaluate_model, train_model(ALLOTMENTS, labelled(), now=NOW), ALLOTMENTS, sample="file", measured_on="here")
    told = evaluation_text(Evaluated("m", on_file([Example("Mum paid the plot rent last week", ("rent",))])))
    assert "macro-F1 1.00, micro-F1 1.00" in told and "(1 post)" in told and "measured on 1 post." in told
    assert "Without the fifth of posts" not in told, "of one post there is no fifth to leave out"
    assert "The model's macro-F1 is over 1 of 3 themes: the others do not occur." in told
    assert evaluation_document(Evaluated("m", on_file(labelled()[:1])))["macro_f1_ci"] is None
    everything = [*labelled(), Example("a water butt", ("water",))]
    assert "do not occur" not in evaluation_text(Evaluated("m", on_file(everything)))


def test_the_interval_of_a_themes_f1_holds_the_true_one() -> None:
    """In 95 of 100 samples, here of 200: a theme that 5 % of posts carry, of which 6 in 10 are found, and 2 % of the others."""
    chance, true = np.random.default_rng(4), 2 * 0.03 / (0.03 + 0.019 + 0.05)
    held = 0
    for _ in range(400):
        truth = chance.random(200) < 0.05
        found = chance.random(200) < np.where(truth, 0.6, 0.02)
        its = quality_of("water", found, truth, "here")
        assert its.f1 is not None and its.f1_low is not None and its.f1_high is not None
        assert its.f1_low <= its.f1 <= its.f1_high
        held += its.f1_low <= true <= its.f1_high
    assert 0.92 < held / 400 < 0.98


def test_the_interval_of_macro_f1_holds_where_themes_are_rare() -> None:
    """Of 200 posts a few carry each of ten themes, of which the program finds nine in ten or six in ten."""
    chance = np.random.default_rng(5)
    often = np.array([0.2, 0.1, 0.05, 0.05, 0.03, 0.03, 0.02, 0.02, 0.01, 0.01])
    for finds, wrongly in ((0.9, 0.005), (0.6, 0.01)):
        f1 = 2 * often * finds / (often + often * finds + (1 - often) * wrongly)
        held = 0
        for _ in range(120):
            truth = chance.random((200, 10)) < often
            found = chance.random((200, 10)) < np.where(truth, finds, wrongly)
            low, high = macro_interval(found, truth) or (1.0, 0.0)
            held += low <= f1[(found | truth).any(axis=0)].mean() <= high
        assert held / 120 >= 0.9, "it was 71 % and 82 %"


def test_what_was_coded_speaks_of_all_posts_by_what_each_stands_for() -> None:
    """Of 80 posts half of a small week carry the theme, and of as many from a week fifty times as large one in ten."""
    truth = np.arange(80) % np.where(np.arange(80) < 40, 2, 10) == 0
    marks, every = {"model": truth[:, None]}, np.ones((80, 1), dtype=bool)
    alike = Measured(("water",), truth[:, None], every, marks, None, np.zeros(80, dtype=bool), "audit", "here")
    ((plain,), (differ,)) = (qualities_of(replace(alike, weight=its)) for its in (None, np.repeat([1.0, 50.0], 40)))
    assert plain.share_coded == differ.share_coded == 24 / 80, "of the posts that were read"
    assert (plain.share_coded_low or 1) > (4 + 0.1 * 2000) / 2040 > (differ.share_coded_low or 1)
    assert (differ.share_coded_high or 1) < 24 / 80


def test_the_bootstrap_draws_the_same_posts_each_time() -> None:
    truth = np.eye(6, dtype=bool)[:, :3]
    assert np.array_equal(resampled_macro_f1(truth, truth), resampled_macro_f1(truth, truth))


def test_a_model_that_forgot_is_not_put_in_place() -> None:
    good = train_model(ALLOTMENTS, labelled(), now=NOW)
    wrong = [replace(post, themes=("rent",) if post.themes == ("waiting",) else post.themes) for post in labelled()]
    bad = train_model(ALLOTMENTS, wrong, now=NOW)
    unseen = [
        replace(post, text=f"{post.text} and {word}", origin="human", queue="audit")
        for post in labelled()
        for word in ("then", "so")
    ]
    compared = compare(good, bad, ALLOTMENTS, unseen)
    assert compared is not None and not compared.holds and compared.after < compared.before - 0.2
    back = compare(bad, good, ALLOTMENTS, unseen)
    assert back is not None and back.holds
    few = [*unseen[:40], *(replace(post, text=f"{post.text} 👍 #plots") for post in unseen[:40])]
    assert compare(good, bad, ALLOTMENTS, few) is None, "too few to tell: near-copies are one text, as in the bootstrap"
    assert Comparison(0.5, 0.49, 0.02, 100).holds


def test_two_models_are_compared_on_the_themes_that_posts_carry() -> None:
    """One knows a phrase more of a theme that no post carries, which stands in one of them."""
    phrase = replace(ALLOTMENTS.themes[0], phrases=(*ALLOTMENTS.themes[0].phrases, "lost a spade"))
    model = train_model(ALLOTMENTS, labelled(), now=NOW)
    other = train_model(replace(ALLOTMENTS, themes=(phrase, *ALLOTMENTS.themes[1:])), labelled(), now=NOW)
    unseen = [replace(post, text=f"{post.text} then", origin="human") for post in labelled() if "spade" not in post.text]
    unseen.append(Example("Mum lost a spade then", (), origin="human"))
    for one, another in ((model, other), (other, model)):
        compared = compare(one, another, ALLOTMENTS, unseen)
        assert compared is not None and compared.worse_by == 0 and compared.before == compared.after > 0.9
    assert compare(model, other, ALLOTMENTS, [replace(post, themes=()) for post in unseen]) is None, "no theme, nothing to tell"


def test_posts_drawn_for_the_audit_are_never_learned_from() -> None:
    audit = [replace(post, queue="audit", text=f"{post.text} again", themes=("rent",)) for post in labelled()]
    with_audit, without = (train_model(ALLOTMENTS, posts, now=NOW) for posts in ([*labelled(), *audit], labelled()))
    assert with_audit.card.arrays == without.card.arrays
    assert with_audit.card.name == without.card.name
    assert "92 codings of posts drawn for the audit were left out" in with_audit.card.notes


def test_a_sample_with_days_is_measured_in_two_parts_between_which_no_week_is_cut() -> None:
    model = train_model(ALLOTMENTS, labelled(), now=NOW)
    days = [replace(post, coded_at=f"2026-10-{1 + i % 20:02d}T08:00:00Z") for i, post in enumerate(labelled())]
    measured = evaluate_model(model, ALLOTMENTS, days, sample="file", measured_on="here")
    parts = {one.part: one.n for one in measured.overall if one.method == "model"}
    assert parts["all"] == parts["earlier"] + parts["later"] == 92
    weeks = [replace(post, week=f"2026-W{30 + i % 4}") for i, post in enumerate(days)]
    by_week = evaluate_model(model, ALLOTMENTS, weeks, sample="audit", measured_on="here").overall
    assert {one.part: one.n for one in by_week if one.method == "model"} == {"all": 92, "earlier": 46, "later": 46}
    weeks = [replace(post, week=f"2026-W{30 + (i % 4 > 0)}") for i, post in enumerate(days)]
    uneven = Evaluated("m", evaluate_model(model, ALLOTMENTS, weeks, sample="audit", measured_on="here"))
    told = evaluation_text(uneven)
    assert (
        re.search(r", earlier part: .*\(23 posts\)\n.*, later part: .*\(69 posts\)\n", told, re.DOTALL)
        and "earlier half" not in told
    )
    assert told.count("cut between two weeks in which posts were written") == 1
    document = cast(dict[str, dict[str, int]], evaluation_document(uneven)["parts"])
    assert {name: part["n"] for name, part in document.items()} == {"earlier part": 23, "later part": 69}
    some = [replace(post, week=None if i < 12 else f"2026-W{30 + (i > 80)}") for i, post in enumerate(days)]
    first = evaluate_model(model, ALLOTMENTS, some, sample="audit", measured_on="here").overall
    assert {one.part: one.n for one in first if one.method == "model"} == {"all": 92, "earlier": 69, "later": 11}


def test_a_post_whose_theme_is_gone_is_not_an_error() -> None:
    old = train_model(ALLOTMENTS, labelled(), now=NOW)
    fewer = replace(ALLOTMENTS, themes=ALLOTMENTS.themes[:1])
    measured = evaluate_model(
        old, fewer, [Example("the queue", ()), Example("water butt", ("water",))], sample="file", measured_on=""
    )
    assert {one.theme for one in measured.quality} == {"water"}


def test_evaluate_prints_the_keys_that_are_promised(tmp_path: Path) -> None:
    folder = tmp_path / "plots"
    (folder / "themes").mkdir(parents=True)
    (folder / "campaign.toml").write_text('name = "plots"\n')
    (folder / "themes" / "rent.toml").write_text('name = "Rent"\nmeaning = "What a plot costs."\nphrases = ["plot rent"]\n')
    (folder / "themes" / "waiting.toml").write_text('name = "Waiting"\nmeaning = "How long people wait."\n')
    file = tmp_path / "labels.jsonl"
    file.write_text("".join(json.dumps({"text": post.text, "themes": list(post.themes or ())}) + "\n" for post in labelled()))
    common = ["--campaign", folder, "--data", tmp_path / "data"]
    assert ran("evaluate", *common, "--labels", file).code == 2, "there is no model yet"
    assert ran("train", *common, "--labels", file, "--pool", file).code == 0
    nothing = ran("evaluate", *common)
    assert nothing.code == 2 and "No post of the audit sample is coded yet" in nothing.err
    bare = tmp_path / "bare.jsonl"
    bare.write_text('{"text": "Mum stood in the queue today"}\n')
    nothing = ran("evaluate", *common, "--labels", bare)
    assert nothing.code == 2 and "No line of bare.jsonl (1 line) says which themes a post has" in nothing.err
    document = json.loads(ran("evaluate", *common, "--labels", file, "--json").out)
    wanted = ("macro_f1", "micro_f1", "n", "threshold_policy", "themes", "abstained", "docs_per_second", "model")
    assert set(wanted) <= document.keys()
    assert set(document["themes"]) == {"rent", "waiting"}
    assert {"precision", "precision_ci", "recall", "recall_ci", "f1", "f1_ci", "support"} <= document["themes"]["waiting"].keys()
    assert document["n"] == 92 and document["macro_f1"] > 0.9 and {"phrases", "textcat"} == set(document["baselines"])
    assert (tmp_path / "data" / "models" / document["model"]).is_dir()
    assert document["not_in_model"] == []
    (folder / "themes" / "water.toml").write_text('name = "Water"\nphrases = ["water butt"]\n')
    assert "The model does not know water: new, renamed or split" in ran("evaluate", *common, "--labels", file).out
