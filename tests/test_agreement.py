"""Agreement between coders: published worked examples, cases counted by hand, and what missing verdicts mean."""

import random

import pytest

from tracker.agreement import Agreement, agreement, is_low, units_of
from tracker.codings import Coding
from tracker.comparing import by_post, compare, pairs


def of(*coders: str) -> list[tuple[int, int]]:
    """Units from each coder's verdicts: 1, 0, or . for none."""
    return units_of([[None if said == "." else said == "1" for said in post] for post in zip(*coders, strict=True)])


def test_krippendorff_s_own_binary_example() -> None:
    """Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section A: ten articles, Meg and Owen; 0.095."""
    found = agreement(of("0100000010", "1110010000"))
    assert found.alpha == pytest.approx(0.095, abs=0.0005)
    assert found.percent == pytest.approx(0.6)
    assert (found.units, found.yes) == (10, 6)


def test_krippendorff_s_example_with_missing_verdicts_one_category_against_the_rest() -> None:
    """Section C's four observers (12 units, gaps), asked of category 3 alone and counted by hand.

    Units that hold a 3: the second (1 of 4), the third and fourth (4 of 4), the sixth (1 of 4); the twelfth has one verdict
    and is left out. The eleven others have 40 verdicts, 10 of them yes; unlike pairs 1 x 3 / 3, twice: alpha is
    1 - 39 x 2 / (10 x 30) = 0.74.
    """
    coders = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
    units = units_of([[None if said == "." else said == "3" for said in post] for post in zip(*coders, strict=True)])
    found = agreement(units)
    assert found.alpha == pytest.approx(0.74)
    assert (found.units, found.yes) == (11, 10)


def test_perfect_and_worst_and_nothing_to_agree_about() -> None:
    assert agreement(of("1100", "1100")).alpha == pytest.approx(1)
    assert agreement(of("10", "01")).alpha == pytest.approx(-0.5)
    same = agreement(of("0000", "0000"))
    assert (same.alpha, same.low, same.percent, same.positive) == (None, None, 1.0, None)
    assert agreement(of("1.", ".1")).units == 0


def test_positive_agreement_is_of_those_who_said_yes() -> None:
    """Both yes on 2 posts, one of the two on 3: 2 x 2 / (2 x 2 + 3)."""
    found = agreement(of("1111000", "1100100"))
    assert found.positive == pytest.approx(4 / 7)
    assert found.percent == pytest.approx(4 / 7)


def test_an_alpha_is_low_as_it_is_shown() -> None:
    assert [is_low(alpha) for alpha in (None, 0.394, 0.398, 0.4)] == [False, True, False, False]


def test_a_post_that_one_coder_read_changes_nothing() -> None:
    assert agreement(of("1100", "1010")) == agreement(of("11001", "1010."))


def test_the_interval_is_the_same_each_time_and_holds_the_truth() -> None:
    """Two coders who each see the truth in 9 of 10 cases: what alpha is in the long run lies within nearly all intervals."""
    held = 0
    long_run = simulated(random.Random(0), 200_000).alpha
    assert long_run is not None
    for seed in range(1, 61):
        found = simulated(random.Random(seed), 200)
        assert found.low is not None and found.high is not None and found.alpha is not None
        assert found.low <= found.alpha <= found.high
        held += found.low <= long_run <= found.high
    assert held >= 52
    assert simulated(random.Random(5), 200) == simulated(random.Random(5), 200)


def test_two_by_two_the_interval_draws_posts_not_each_theme_of_a_post() -> None:
    """Of a post each coder gives all six themes or none, so these say no more than one does."""
    themes = tuple(f"theme-{number}" for number in range(6))
    said = {"Ann": range(20), "Sue": range(4, 24)}
    codings = [
        Coding("x", str(post), "words", coder, "2026-10-06T08:00:00Z", relevant=True, themes=themes if post in yes else ())
        for coder, yes in said.items()
        for post in range(60)
    ]
    (pair,) = pairs(by_post(codings), {}, themes)
    one = compare(by_post(codings), {}, themes)[1].of
    assert pair.posts == one.units == 60 and pair.themes.units == 360
    assert (pair.themes.low, pair.themes.high) == pytest.approx((one.low, one.high), abs=0.02)


def test_that_nobody_disagreed_on_few_posts_is_no_certainty() -> None:
    """Two coders who each see the truth in 97 of 100 cases: of 30 posts they often disagree on none."""
    long_run = simulated(random.Random(0), 200_000, 0.97).alpha
    assert long_run is not None and long_run == pytest.approx(0.87, abs=0.01)
    found = [simulated(random.Random(seed), 30, 0.97) for seed in range(100)]
    assert sum(one.alpha == 1 for one in found) >= 10 and not any(one.low == one.high for one in found)
    assert sum((one.low or 0) <= long_run <= (one.high or 0) for one in found) >= 95
    assert [round(agreement([(2, 2), (0, 2)] * half).low or 0, 2) for half in (15, 50, 500)] == [0.8, 0.94, 0.99]


def simulated(chance: random.Random, posts: int, sees: float = 0.9) -> Agreement:
    units = []
    for _ in range(posts):
        truth = chance.random() < 0.3
        verdicts = [truth if chance.random() < sees else not truth for _ in range(2)]
        units.append((sum(verdicts), 2))
    return agreement(units)
