"""How a post is said (`tracker.themes.manner`)."""

from dataclasses import replace

import numpy as np
import pytest

from tests.theme_campaigns import ALLOTMENTS, NOW
from tracker.records import Example
from tracker.themes import train_model
from tracker.themes.manner import AT_MOST, KINDS, WEIGHT, Floats, compared, manner, usual_manner, words_manner
from tracker.themes.pipeline import blank_pipeline
from tracker.themes.sheet import kept_words

NAMES = ("length", "function", "long", "letters", "digit", "i", "you", "we", "they", "!", "?", '"', "%", ",", "…")


def said(text: str) -> dict[str, float]:
    words = kept_words(blank_pipeline(ALLOTMENTS).make_doc(text))
    return dict(zip(NAMES, manner(words_manner(words)[None])[0].tolist(), strict=True))


def test_length_and_words_are_counted_and_marks_and_persons_found() -> None:
    assert len(NAMES) == KINDS
    told = said("My allotment costs 40 pounds, and you?")
    assert told["length"] == pytest.approx(np.log(8))
    assert told["function"] == pytest.approx(3 / 7)
    assert told["long"] == pytest.approx(1 / 7)
    assert told["letters"] == pytest.approx((2 + 9 + 5 + 6 + 3 + 3) / 6)
    assert {name for name in NAMES[4:] if told[name]} == {"digit", "i", "you", "?", ","}
    assert {name for name in NAMES[4:] if said("“Our” hose: 5% more... she said!")[name]} == {
        "digit", "we", "they", "!", '"', "%", ",", "…",
    }  # fmt: skip


def test_links_handles_capitals_and_emoji_say_nothing() -> None:
    plain = said("the queue is long")
    assert said("The QUEUE is long") == plain
    assert said("the queue is long https://example.org/?a=5,6") == plain
    assert said("@you the queue is long") == plain
    assert said("the queue is long 🥬") == plain


def test_an_empty_post_is_short_and_nothing_else() -> None:
    assert not any(said("").values())


def test_what_is_far_from_usual_is_told_up_to_a_bound_and_what_all_share_is_not() -> None:
    posts: Floats = np.zeros((5, KINDS), dtype=np.float32)
    posts[:, 0] = [1, 2, 3, 4, 5]
    usual = usual_manner(posts)
    far: Floats = np.full((1, KINDS), 1000, dtype=np.float32)
    assert compared(far, usual)[0].tolist() == pytest.approx([WEIGHT * AT_MOST, *[0] * (KINDS - 1)])
    assert compared(posts, usual)[:, 0].mean() == pytest.approx(0, abs=1e-6)
    assert not compared(far, usual_manner(posts[:0])).any()


def test_what_is_said_in_a_way_of_its_own_is_learned() -> None:
    """The same words; one theme's posts ask."""
    things = ("leeks", "beans", "the shed", "water", "the gate", "the spade", "peas", "kale", "the robin", "the path")
    ends = ("today", "again", "here", "at noon")
    asked = [Example(f"{thing} {end}?", ("waiting",)) for thing in things for end in ends]
    stated = [Example(f"{thing} {end} then", ("rent",)) for thing in things for end in ends]
    campaign = replace(ALLOTMENTS, themes=tuple(replace(theme, phrases=(), not_when=()) for theme in ALLOTMENTS.themes))
    asking, stating = train_model(campaign, [*asked, *stated], now=NOW).evidence(["a hedge tomorrow?", "a hedge tomorrow"])
    odds = [doc.cats["waiting"] / (1 - doc.cats["waiting"]) for doc in (asking, stating)]
    assert odds[0] > 1.5 * odds[1]
