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


def sentence(corrected: float | None, **quality: Any) -> str:
    theme = {"name": "Fares", "slug": "fares", "now": NUMBERS, "before": NUMBERS, "change": Change("unclear")}
    theme |= {"quality": QUALITY | quality, "share_corrected": corrected}
    return theme_sentence(theme, COMPARED, {"week": set(), "before": set()}, [])


def test_a_count_is_corrected_where_the_theme_s_share_of_all_posts_is() -> None:
    assert "Corrected for its errors, between 16 and 43 people (95 %)." in sentence(0.2)
    assert "Corrected" not in sentence(None), "its errors were not measured on a random sample, or not on enough of it"


def test_what_was_measured_on_few_posts_is_indicative_only_and_corrects_nothing() -> None:
    few = sentence(None, support=19)
    assert "A program found these (indicative only: measured on fewer than 20 posts about it): precision 0.80" in few
    assert "Corrected" not in few and "indicative" not in sentence(0.2)
