"""What is watched besides the counts: phrases that mislead, words that are new to the model, talk that no theme covers."""

from tests.theme_campaigns import ALLOTMENTS, NOW, labelled
from tracker.themes import train_model
from tracker.themes.gold import Gold
from tracker.themes.watching import drift, emerging, phrase_figures


def coded(text: str, *themes: str) -> Gold:
    return Gold(text, frozenset(themes), None, False)


def test_each_phrase_is_counted_and_one_that_misleads_is_named() -> None:
    posts = [coded(f"in-house parrot number {word}") for word in "abcdef"] + [
        coded("a water butt, plot rent due", "water", "rent")
    ]
    figures = {(f.theme, f.phrase): f for f in phrase_figures(ALLOTMENTS, [post.text for post in posts], posts)}
    house, butt = figures["water", "in house"], figures["water", "water butt"]
    assert (house.posts, house.coded, house.correct, house.misleads) == (6, 6, 0, True)
    assert (butt.posts, butt.coded, butt.correct, butt.misleads, butt.fires_with) == (1, 1, 1, False, (("rent", 1.0),))
    assert figures["rent", "ground rents"].posts == 0


def test_a_phrase_that_not_when_switches_off_is_not_counted() -> None:
    figures = phrase_figures(ALLOTMENTS, ["The co-operative bank lent us a co-operative"], [])
    assert all(figure.posts == 0 for figure in figures)


def test_a_week_with_words_that_the_model_never_saw_is_called_out() -> None:
    vocabulary = train_model(ALLOTMENTS, labelled(), now=NOW).vocabulary()
    known = [text.text for text in labelled()] * 3
    strange = [f"zorbl{number} quix{number} flumm{number} drabn{number}" for number in range(80)]
    weeks = [(f"2026-W{week}", text) for week in range(30, 36) for text in known] + [("2026-W36", text) for text in strange]
    found = drift(ALLOTMENTS, vocabulary, weeks)
    assert [one.week for one in found] == [f"2026-W{week}" for week in range(30, 37)]
    assert [bool(one.alarm) for one in found] == [False] * 6 + [True]
    assert found[-1].unseen == 1.0 and "100%" in found[-1].alarm
    few = drift(ALLOTMENTS, vocabulary, [("2026-W30", "a few words only")])
    assert few[0].unseen is None and not few[0].alarm


def test_what_rises_where_no_theme_is_found_is_listed_with_examples() -> None:
    now = [(number, f"They want to fence the orchard gate, says {number}") for number in range(8)]
    before = [(100 + number, f"A quiet day with robins, number {number}") for number in range(8)]
    links = [(number, "https://example.org/petition") for number in range(6)]
    found = emerging(ALLOTMENTS, now, before, links, [], longer=2.0)
    phrases = [one.what for one in found if one.kind == "phrase"]
    assert "orchard gate" in phrases and "orchard" not in phrases
    assert [(one.what, one.posts, one.examples) for one in found if one.kind == "link"] == [
        ("https://example.org/petition", 6, (0, 1, 2))
    ]
    assert emerging(ALLOTMENTS, now, [(50 + post, text) for post, text in now] * 2, [], [], longer=2.0) == []
