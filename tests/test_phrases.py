"""Phrases in posts, whatever their spelling, with where they stand."""

from dataclasses import replace
from itertools import product

import pytest

from tests.theme_campaigns import ALLOTMENTS, NOW, WATER, found, one
from tests.theme_campaigns import model as model
from tests.theme_campaigns import rules as rules
from tracker.records import Campaign, Example, Theme
from tracker.themes import ThemeModel, train_model


@pytest.mark.parametrize(
    "text, words",
    [
        ("Two WATER BUTTS, one tap", "WATER BUTTS"),
        ("a water-butt for each", "water-butt"),
        ("my waterbutt leaks", "waterbutt"),
        ("a water\nbutt", "water\nbutt"),
        ("the standpipe froze", "standpipe"),
        ("the stand pipe froze", "stand pipe"),
        ("the stand‑pipes froze", "stand‑pipes"),
        ("a cooperative of growers", "cooperative"),
        ("Co-Operatives for all", "Co-Operatives"),
        ("they organize rain", "organize rain"),
        ("\u202ethe wa\u00adter bu\u200btt\u202c leaks", "wa\u00adter bu\u200btt\u202c"),
        ("kept in-house", "in-house"),
        ("my water butt- it leaks", "water butt"),
        ("-water butt, tap", "water butt"),
        ("#WaterButt for sale", "#WaterButt"),
        ("#standpipe", None),
        ("look: #standpipe", "#standpipe"),
        ("an anti-hose-ban song", "hose-ban"),
    ],
)
def test_a_phrase_is_found_in_every_spelling(rules: ThemeModel, text: str, words: str | None) -> None:
    assert found(rules, text) == ({"water": [words]} if words else {})


@pytest.mark.parametrize(
    "text",
    [
        "water. Butt of jokes",
        "drinking water\n\nbutt joint",
        "water - butt",
        "water- butt",
        "butt water",
        "waters of the butte",
        "see https://example.org/water-butt for more",
        "as @waterbutt says, hello",
        "in the house",
    ],
)
def test_what_only_looks_like_a_phrase_is_not_one(rules: ThemeModel, text: str) -> None:
    assert one(rules, text).outcome == "none"


def test_not_when_switches_the_theme_off_anywhere_in_the_post(rules: ThemeModel) -> None:
    text = "Our co-operative meets on Monday; plot rent is due"
    assert found(rules, text) == {"water": ["co-operative"], "rent": ["plot rent"]}
    assert found(rules, text + ". I bank with the Cooperative-Bank") == {"rent": ["plot rent"]}


def test_the_campaigns_own_hashtag_carries_no_theme() -> None:
    theme = Theme("digging", "Digging", "Digging.", phrases=("dig for all", "digforall", "dig for victory"))
    model = train_model(replace(ALLOTMENTS, themes=(theme,)), [], now=NOW)
    assert one(model, "Hello again #DigForAll").outcome == "none"
    assert found(model, "Hello again #DigForVictory") == {"digging": ["#DigForVictory"]}
    assert found(model, "here we dig for all the people") == {"digging": ["dig for all"]}


BASU = Campaign(
    "basu",
    "basu",
    hashtags=("新しい福祉",),
    languages=("ja",),
    themes=(Theme("bus", "Buses", "", phrases=("バス", "運賃")), Theme("park", "Parks", "", phrases=("公園",))),
)
"""A campaign in a script that puts no spaces between words."""


@pytest.mark.parametrize(
    "text, words",
    [
        ("バスの運賃が高い", {"bus": ["バス", "運賃"]}),
        ("今日は#公園の緑 を見た。ﾊﾞｽで", {"bus": ["ﾊﾞｽ"], "park": ["#公園の緑"]}),
        ("NHSの“公園”です", {"park": ["公園"]}),
        ("新しい福祉は#新しい福祉", {}),
        ("バ、ス", {}),
    ],
)
def test_phrases_are_found_where_no_spaces_part_words(text: str, words: dict[str, list[str]]) -> None:
    model = train_model(BASU, [], now=NOW)
    assert found(model, text) == words
    assert "".join(token.text_with_ws for token in model.nlp.make_doc(text)) == text


def test_letters_that_need_no_spaces_are_learned_from_as_words_are() -> None:
    day, place = ("今日", "明日", "昨日", "毎朝", "夕方", "週末"), ("駅", "町", "村", "橋", "坂", "港")
    rides = [f"{when}は{where}まで電車に乗りたい" for when, where in product(day, place)]
    walks = [f"{when}は{where}の木の下を歩いた" for when, where in product(day, place)]
    posts = [Example(text, ("bus",), lang="ja") for text in rides] + [Example(text, ("park",), lang="ja") for text in walks]
    model = train_model(BASU, posts, now=NOW)
    assert found(model, "来年も電車に乗る").keys() == {"bus"} and found(model, "木の下に立つ").keys() == {"park"}


def test_overlapping_phrases_of_a_theme_are_shown_once_by_the_longest() -> None:
    theme = replace(WATER, phrases=("water", "water butt", "butt lid"), not_when=())
    model = train_model(replace(ALLOTMENTS, themes=(theme,)), [], now=NOW)
    assert found(model, "the water butt lid, and water") == {"water": ["water butt", "water"]}


def test_positions_are_code_points_of_the_post_as_it_was_written(rules: ThemeModel, model: ThemeModel) -> None:
    before = "👨‍👩‍👧 e\u0301te\u0301 🇬🇧\u200b ﬁn 𝔘 — "
    text = before + "stand-pipe"
    assert one(rules, text).hits[0].words == ((len(before), len(before) + len("stand-pipe")),)
    learned = before + "mum joined a queue"
    assert found(model, learned)["waiting"] == ["queue"]
