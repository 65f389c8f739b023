"""Sentences that travel: what they say of a program's errors, and of how few posts those were measured on."""

from typing import Any

from tracker.sentences import theme_sentence, week_sentence, whole_change, with_changes
from tracker.trends import Change

COMPARED = {"week": "2026-W45", "before": "2026-W44"}
SEEN = {"looked": True, "missed": 0.0}
NUMBERS = {"people": 20, "posts": 22, "reposts": 0}
QUALITY = {
    **{"precision": 0.8, "precision_low": 0.7, "precision_high": 0.9, "recall": 0.6, "recall_low": 0.5, "recall_high": 0.7},
    **{"n": 120, "support": 30, "measured_on": "posts drawn at random"},
}


def sentence(by_hand: bool = False, agreed: dict[str, Any] | None = None, now: dict[str, int] = NUMBERS, **quality: Any) -> str:
    theme = {"name": "Fares", "slug": "fares", "now": now, "before": NUMBERS, "change": Change("unclear")}
    theme |= {"quality": QUALITY | quality, "checked": 0}
    return theme_sentence(theme, COMPARED, {"week": {"fares"} if by_hand else set(), "before": set()}, agreed, [])


def test_a_number_of_people_stands_beside_what_was_measured_and_is_not_corrected() -> None:
    said = sentence()
    assert "precision 0.80, 0.70 to 0.90 and recall 0.60, 0.50 to 0.70, measured on n = 120 (posts drawn at random)." in said
    assert "Corrected" not in said and "indicative" not in said


def test_people_who_only_passed_posts_on_are_not_told_as_having_written_some() -> None:
    assert "20 people that we could see wrote 22 posts about “Fares”" in sentence()
    more = sentence(now={"people": 8, "posts": 6, "reposts": 2})
    assert "8 people that we could see wrote 6 posts and made 2 reposts about “Fares”" in more


def test_posts_without_known_authors_are_posts_and_the_weeks_cannot_be_compared() -> None:
    """Of a file from which the authors were taken out it was said that nobody wrote."""
    nameless = {"people": 0, "posts": 12, "reposts": 1}
    theme: dict[str, Any] = {"name": "Fares", "slug": "fares", "now": nameless, "before": NUMBERS}
    theme |= {"quality": QUALITY, "checked": 0}
    seen = {"week": SEEN, "before": SEEN}
    with_changes([{"groups": [{"themes": [theme]}]}], COMPARED, {"week": set(), "before": set()}, {}, seen, [])
    assert "12 posts and 1 repost by authors who are not known were seen about “Fares”" in theme["sentence"]
    assert "(the week before: 20 people; the two weeks cannot be compared)" in theme["sentence"]
    whole = whole_change(NUMBERS, nameless, seen)
    assert whole == Change("unknown", "who wrote is not known")
    said = week_sentence({"now": NUMBERS, "before": {"people": 0, "posts": 1, "reposts": 0}}, COMPARED, whole, "#fares", [])
    assert "(the week before: 1 post by authors who are not known; the two weeks cannot be compared)" in said
    assert whole_change(NUMBERS, {"people": 0, "posts": 0, "reposts": 0}, seen).way == "up"


def test_what_was_measured_on_few_posts_is_indicative_only() -> None:
    few = sentence(support=19)
    assert "A program found these (indicative only: measured on fewer than 20 posts about it): precision 0.80" in few


def test_a_week_counted_by_hand_stands_beside_its_coders_agreement() -> None:
    assert "People read every post; only one person each, so how well coders agree is not known." in sentence(by_hand=True)
    agreed = {"alpha": 0.714, "alpha_low": 0.6, "alpha_high": 0.8, "percent": 0.93, "units": 40}
    said = sentence(by_hand=True, agreed=agreed)
    alike = "alpha 0.71, 0.60 to 0.80, 93 % of verdicts alike, on 40 posts that two have read."
    assert f"People read every post; coders' agreement: {alike}" in said and "precision" not in said
    never = agreed | {"alpha": None, "alpha_low": None, "alpha_high": None, "percent": 1.0}
    assert "on 40 posts that two have read they never disagreed." in sentence(by_hand=True, agreed=never)
