"""When two weeks differ by more than chance, the program's errors and what was not seen."""

import random
import time

import pytest

from db.reading_home import missed_share
from tracker.trends import DOWN, UNCLEAR, UNKNOWN, UP, Error, Week, change

SHARP = Error(0.95, 0.93, 0.97, 0.95, 0.93, 0.97)
BLUNT = Error(0.5, 0.2, 0.8, 0.5, 0.2, 0.8)


@pytest.mark.parametrize(
    ("now", "before", "error", "way"),
    [
        (Week(300), Week(150), SHARP, UP),
        (Week(150), Week(300), SHARP, DOWN),
        (Week(12), Week(8), SHARP, UNCLEAR),  # chance
        (Week(300), Week(150), BLUNT, UNCLEAR),  # the program's errors
        (Week(300), Week(150), None, UNCLEAR),  # never measured
        (Week(300, by_hand=True), Week(150, by_hand=True), None, UP),  # people read them
        (Week(300), Week(150, missed=0.5), SHARP, UNCLEAR),  # half of the earlier week was not seen
        (Week(150, missed=0.5), Week(300), SHARP, UNCLEAR),
        (Week(300, missed=0.5), Week(150), SHARP, UP),  # what was missed can only add to it
        (Week(300), Week(0, missed=1.0), SHARP, UNKNOWN),
        (Week(0), Week(0), SHARP, UNCLEAR),
    ],
)
def test_a_change_is_told_only_where_nothing_else_explains_it(now: Week, before: Week, error: Error | None, way: str) -> None:
    assert change(now, before, error).way == way


def test_what_was_not_seen_is_named_as_the_reason() -> None:
    assert "not seen equally well" in change(Week(300), Week(150, missed=0.5), SHARP).why
    assert "one of the two weeks was not looked at" in change(Week(9), Week(0, missed=1.0), SHARP).why


def test_weeks_that_differ_by_chance_alone_rarely_get_an_arrow() -> None:
    chance = random.Random(7)

    def week() -> Week:
        return Week(sum(chance.random() < 0.02 for _ in range(1000)), by_hand=True)

    arrows = sum(change(week(), week(), None).way != UNCLEAR for _ in range(400))
    assert arrows <= 12, "1 in 100 is meant"


def test_the_share_of_a_week_that_no_answer_covers() -> None:
    assert missed_share((0, 10), [(-5, 4), (3, 6)], []) == pytest.approx(0.4)
    assert missed_share((0, 10), [(0, 10)], [(2, 4)]) == pytest.approx(0.2)
    assert missed_share((0, 10), [], []) == 1.0
    assert missed_share((0, 10), [(4, 4), (9, 8), (20, 30)], [(6, 6)]) == 1.0, "spans of no time, and of another time"


def test_what_was_missed_of_a_week_is_known_at_once_however_often_was_asked() -> None:
    """Asked every half hour, half a year of one source has 9,000 answers: each was held against each, for seconds."""
    began = time.process_time()
    assert missed_share((0, 20_000), [(2 * n, 2 * n + 1) for n in range(10_000)], []) == pytest.approx(0.5)
    assert time.process_time() - began < 2
