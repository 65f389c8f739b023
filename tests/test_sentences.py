"""Sentences that travel: what they say of a program's errors, and of how few posts those were measured on."""

from typing import Any

from tracker.sentences import theme_sentence
from tracker.trends import Change

COMPARED = {"week": "2026-W45", "before": "2026-W44"}
NUMBERS = {"people": 20, "posts": 22, "reposts": 0}
QUALITY = {
    **{"precision": 0.8, "precision_low": 0.7, "precision_high": 0.9, "recall": 0.6, "recall_low": 0.5, "recall_high": 0.7},
    **{"n": 120, "support": 30, "measured_on": "posts drawn at random"},
}


def sentence(**quality: Any) -> str:
    theme = {"name": "Fares", "slug": "fares", "now": NUMBERS, "before": NUMBERS, "change": Change("unclear")}
    theme |= {"quality": QUALITY | quality, "checked": 0}
    return theme_sentence(theme, COMPARED, {"week": set(), "before": set()}, [])


def test_a_number_of_people_stands_beside_what_was_measured_and_is_not_corrected() -> None:
    said = sentence()
    assert "precision 0.80, 0.70 to 0.90 and recall 0.60, 0.50 to 0.70, measured on n = 120 (posts drawn at random)." in said
    assert "Corrected" not in said and "indicative" not in said


def test_what_was_measured_on_few_posts_is_indicative_only() -> None:
    few = sentence(support=19)
    assert "A program found these (indicative only: measured on fewer than 20 posts about it): precision 0.80" in few
