"""Words as they are compared: spellings, tokens, what counts as the same."""

import random
from collections import Counter
from contextlib import nullcontext
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc

from tests.theme_campaigns import ALLOTMENTS, found, one
from tests.theme_campaigns import rules as rules
from tracker.sameness import makings, marks_of, same_words
from tracker.themes import ThemeModel
from tracker.themes.gold import Gold, folds_of
from tracker.themes.pipeline import blank_pipeline
from tracker.themes.sheet import MIX, different_tokens
from tracker.themes.tokens import PostTokenizer
from tracker.themes.wording import camel_parts, plain_word, same_text


@pytest.fixture(scope="module")
def knows_all() -> PostTokenizer:
    """A tokenizer that has taken in all its exceptions, as spaCy's own does when it is made."""
    tokenizer: Any = blank_pipeline(ALLOTMENTS).tokenizer
    for run, parts in tokenizer.rules.items():
        tokenizer.add_special_case(run, parts)
    return cast(PostTokenizer, tokenizer)


def _cut(doc: Doc) -> list[tuple[str, str, str]]:
    return [(token.text, token.whitespace_, token.norm_) for token in doc]


@pytest.mark.parametrize(
    "spellings",
    [
        ("service", "services", "Services", "SERVICES"),
        ("house", "houses"),
        ("bus", "buses", "Buses"),
        ("company", "companies"),
        ("movie", "movies"),
        ("PFI", "PFIs", "pfi"),
        ("privatise", "privatize"),
        ("labour", "labor"),
        ("neighbourhoods", "neighborhood"),
        ("centres", "center"),
        ("defence", "defense"),
        ("programmes", "program"),
        ("cancelled", "canceled"),
        ("enrolment", "enrollment"),
        ("organisations", "organizations", "organization"),
        ("analysing", "analyzing"),
        ("ops", "op"),
        ("crisis",),
        ("don’t", "don't"),
        ("ﬁnance", "finance"),
        ("ομάδα", "ΟΜΑΔΑ", "ομαδα"),
        ("ποδόσφαιρος", "ΠΟΔΟΣΦΑΙΡΟΣ"),
        ("canción", "CANCION", "cancion"),
        ("café", "cafe", "cafés"),
        ("bus", "b\u00adus", "\u2067buses\u2069", "bus\u200b", "bu\u200dses", "\ufeffbus"),
    ],
)
def test_spellings_of_a_word_share_one_plain_form(spellings: tuple[str, ...]) -> None:
    assert len({plain_word(word) for word in spellings}) == 1


@pytest.mark.parametrize(
    "one_word, another",
    [("news", "new"), ("means", "mean"), ("size", "sire"), ("less", "les"), ("schön", "schon"), ("año", "ano")],
)
def test_other_words_stay_apart(one_word: str, another: str) -> None:
    assert plain_word(one_word) != plain_word(another)


@pytest.mark.parametrize("clash", [False, True])
def test_tokens_are_told_apart_by_both_their_hashes_even_where_these_mix_to_the_same(clash: bool) -> None:
    rows = np.array([[7, 7, 0, 0], [9, 2, 0, 0], [7, 3, 0, 0], [9, 2, 0, 0], [7, 7, 0, 0]], dtype=np.uint64)
    if clash:
        mixed = rows[:, 1] * MIX
        rows[[0, 4], 0] = rows[1, 0] ^ mixed[1] ^ mixed[0]
    pairs, which = different_tokens(rows)
    assert [pairs[place] for place in which] == [tuple(row) for row in rows[:, :2].tolist()]
    assert len(pairs) == len(set(pairs)) == 3


def test_a_plain_form_is_never_empty() -> None:
    assert all(plain_word(word) for word in ("s", "es", "\u00ad", "'", "ss", "\ufe0f"))


@pytest.mark.parametrize(
    "tag, parts",
    [
        ("InHouseCare", ["In", "House", "Care"]),
        ("NHSReform", ["NHS", "Reform"]),
        ("PFIs", ["PFIs"]),
        ("austerity", ["austerity"]),
        ("Covid19", ["Covid", "19"]),
        ("ÉtatSocial", ["État", "Social"]),
        ("一二", ["一", "二"]),
        ("शिक्षा_नीति2", ["शिक्षा", "नीति", "2"]),
        ("E\u0301COLEPublique", ["E\u0301COLE", "Publique"]),
        ("NHS福祉Care", ["NHS", "福", "祉", "Care"]),
    ],
)
def test_hashtags_are_cut_at_their_capitals(tag: str, parts: list[str]) -> None:
    assert camel_parts(tag) == parts


def test_texts_count_as_the_same_apart_from_case_links_handles_and_space() -> None:
    assert same_text("@bee RENTS are up\n https://example.org/a") == same_text("Rents are  up www.example.com/b?c")
    assert same_text("Rents are up") != same_text("Rents are down")


def test_near_copies_have_the_same_words_and_posts_without_letters_their_text() -> None:
    copies = [
        "Rents are up.",
        "RENTS are up 👍🏽!",
        "Rents are\u00a0up ❤️ #Rents",
        "RT @bee: Re\u00adnts are\u200b up https://example.org",
    ]
    assert len({same_words(text) for text in copies}) == 1
    others = ["Rents are up 5", "Rents are", "👍", "👍🏽", "!", "#rents", "#up", "किराया", "किराये", ""]
    assert len({same_words(text) for text in others}) == len(others)


WHOLE = "Bring the evening buses back to every village in the county, and let those who ride on them run them #BusesForAll"


@pytest.mark.parametrize(
    "text",
    [
        f"RT @ann: {WHOLE[:110]}…",
        f"RT @a.long.name@buses.example: {WHOLE[:70]}…",
        f"Quite so! RT @ann: {WHOLE}",
        f"RT @ann: @bea @cy @dee @ed @flo {WHOLE[:34]}…",
        f"RT @ann {WHOLE[:70]}",
        f"{WHOLE[:80]}... https://example.org/p",
        f"RT @bob: Quite so! RT @ann: {WHOLE[:90]}...",
        f"MT @ann: {WHOLE[:60]} …",
        f"{WHOLE} via @ann",
        f"{WHOLE} (h/t @ann@buses.example) https://example.org/p",
        f"{WHOLE[:90]}… via @ann",
        WHOLE.upper(),
    ],
)
def test_a_repost_is_of_one_making_with_its_original_also_cut_short_or_with_words_before_it(text: str) -> None:
    assert len(set(makings([text, WHOLE]))) == len(set(makings([WHOLE, text]))) == 1
    assert marks_of(text)[0] & marks_of(WHOLE)[1] and marks_of(WHOLE)[0] & marks_of(text)[1]


def test_texts_that_begin_otherwise_or_say_little_alike_are_not_of_one_making() -> None:
    texts = [
        WHOLE,
        f"No: {WHOLE}",
        WHOLE[:40],
        f"{WHOLE[:24]}…",
        "So! RT @ann:",
        "RT @ann: Yes",
        "via @ann",
        "We came via @ann to every village in the county",
        "We came via @ann",
        "Right! RT @ann: https://example.org",
    ]
    assert len(set(makings(texts))) == len(texts)
    assert not any(marks_of(one)[0] & marks_of(other)[1] for one in texts for other in texts if one != other)


def test_letters_that_begin_with_the_same_sentence_stay_apart_whatever_repost_is_cut_from_one_of_them() -> None:
    letters = [
        f"I write in answer to the consultation on the future of our buses. My point is number {number}" for number in range(9)
    ]
    numbers = makings([*letters, f"RT @ann: {letters[0][:50]}…"])
    assert len(set(numbers)) == 9 and numbers[9] in numbers[:9]
    assert not any(marks_of(one)[0] & marks_of(other)[1] for one in letters for other in letters if one != other)


def test_near_copies_stand_in_one_fold() -> None:
    posts = [Gold(f"plot rent {number // 5}{'!' * (number % 5)}", frozenset({"rent"}), None, False) for number in range(40)]
    folds = folds_of(posts, 4)
    assert [folds[number : number + 5] for number in range(0, 40, 5)] == [[folds[number]] * 5 for number in range(0, 40, 5)]
    assert sorted(Counter(folds).values()) == [10, 10, 10, 10]


@pytest.mark.parametrize(
    "text, tokens",
    [
        ("poor- very, poor.- phone.]- x", "poor - very , poor . - phone . ] - x"),
        ("-the wait\n--and more--", "- the wait \n -- and more --"),
        ("well-being- (Pflege- und Heim-Kosten)", "well - being - ( Pflege - und Heim - Kosten )"),
        ("#DigForAll- @bee- -5 :-) -_-", "#DigForAll - @bee - -5 :-) -_-"),
    ],
)
def test_a_hyphen_before_or_behind_a_word_is_none_of_its_letters(text: str, tokens: str) -> None:
    doc = blank_pipeline(ALLOTMENTS).make_doc(text)
    assert [token.text for token in doc if not token.text.isspace()] == tokens.split() and doc.text == text


def test_tokens_keep_hashtags_handles_links_and_emoji_whole() -> None:
    nlp = blank_pipeline(ALLOTMENTS)
    text = "#DigForAll, (#plots/#rent) @nef_org @a@example.social https://example.org/a?b=1#c 👍🏽 👨‍👩‍👧🇬🇧🇫🇷🏴󠁧󠁢󠁷󠁬󠁳󠁿 great👍more"
    tokens = [token.text for token in nlp.make_doc(text)]
    whole = "#DigForAll #plots #rent @nef_org @a@example.social https://example.org/a?b=1#c 👍🏽 👨‍👩‍👧 🇬🇧 🇫🇷 🏴󠁧󠁢󠁷󠁬󠁳󠁿 great 👍 more"
    assert [token for token in tokens if token not in (",", "(", ")", "/")] == whole.split()


@pytest.mark.parametrize(
    "text, tokens",
    [
        ("your“Gifts", "your “ Gifts"),
        ("it”was", "it ” was"),
        ("said,“we’re poor.”The “end”.", "said , “ we ’re poor . ” The “ end ” ."),
        ("«oui»dit «non», a«b»c", "« oui » dit « non » , a « b » c"),
        ("„gut“sagte end”,then", "„ gut “ sagte end ” , then"),
        ("#DigForAll“now” @bee”", "#DigForAll “ now ” @bee ”"),
        ("o’clock rock’n’roll 5'6", "o’clock rock’n’roll 5'6"),
        ("https://example.org/“a”b", "https://example.org/“a”b"),
    ],
)
def test_tokens_end_at_double_quotes_within_a_run_and_stand_where_they_stood(text: str, tokens: str) -> None:
    doc = blank_pipeline(ALLOTMENTS).make_doc("👍🏽 " + text)
    assert [token.text for token in doc][1:] == tokens.split()
    assert all(doc.text[token.idx : token.idx + len(token)] == token.text for token in doc) and doc.text == "👍🏽 " + text


ODD = ["etc.", "Mr.", "cannot!", "XD:", "id,", "e.g,", "O.o", "A.", "busA.", "buses..."]


@settings(max_examples=300)
@given(st.from_regex(r"[@#]?[A-Za-z]{1,4}[0-9]?([,!?;:]{0,2}|\.{1,2})", fullmatch=True) | st.sampled_from(ODD))
def test_what_is_cut_without_asking_patterns_is_cut_as_spacy_does(rules: ThemeModel, knows_all: PostTokenizer, run: str) -> None:
    assert _cut(rules.nlp.make_doc(run)) == _cut(Tokenizer.__call__(knows_all, run))


def test_exceptions_that_are_taken_in_as_they_come_cut_as_all_of_them_do(knows_all: PostTokenizer) -> None:
    """Within memory zones, whose words go at their end, and between them; by a tokenizer of its own or read from a file."""
    chance = random.Random(7)
    ways = ["{}", "({})", "{},", "-{}", "{}-then", "x{}", "#{}", "{}{}", "{}/{}"]
    runs = [run for run in knows_all.rules if "ツ" not in run]  # such letters are parted before spaCy sees them
    texts = [way.format(run, chance.choice(runs)) for run in runs for way in chance.sample(ways, 2)]
    chance.shuffle(texts)
    expected = [_cut(Tokenizer.__call__(knows_all, text)) for text in texts]
    nlp: Any = blank_pipeline(ALLOTMENTS)
    nlp.tokenizer.from_bytes(nlp.tokenizer.to_bytes())
    found = []
    for start in range(0, len(texts), 200):
        with nlp.memory_zone() if start % 400 else nullcontext():
            found += [_cut(nlp.make_doc(text)) for text in texts[start : start + 200]]
    assert [(text, one) for text, one, other in zip(texts, found, expected, strict=True) if one != other] == []


def test_a_model_is_kept_the_same_whatever_was_read_with_it() -> None:
    fresh: Any = blank_pipeline(ALLOTMENTS)
    used: Any = blank_pipeline(ALLOTMENTS)
    used.make_doc("They AIN'T here, and I cannot wait until 10a.m.")
    kept = fresh.tokenizer.to_bytes(exclude=["vocab"])
    assert used.tokenizer.to_bytes(exclude=["vocab"]) == kept and b"o'clock" in kept


def test_a_phrase_is_found_beside_a_quotation_mark_without_a_space(rules: ThemeModel) -> None:
    text = "he says“stand-pipes”are 👍🏽 plenty"
    assert one(rules, text).hits[0].words == ((8, 19),) and found(rules, text) == {"water": ["stand-pipes"]}
