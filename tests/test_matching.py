"""Why a post belongs: one written rule."""

import time
from dataclasses import replace
from typing import Any

import pytest

from tracker.matching import Matcher, plain_link, references
from tracker.records import Author, Campaign, Match, Post

CAMPAIGN = Campaign(
    folder="c",
    name="buses",
    hashtags=("saveourbuses",),
    links=("https://www.example.org/paper/",),
    phrases=("public-control of buses", "fares’ freeze"),
    own_accounts=("x:BusPeople",),
)
POST = Post("x", "1", "nothing of note", "2026-10-01T08:00:00Z")


def reasons(**changes: Any) -> tuple[Match, ...]:
    return Matcher(CAMPAIGN).reasons(replace(POST, **changes))


def test_a_post_without_any_reason_does_not_belong() -> None:
    assert reasons() == ()


def test_all_reasons_are_kept() -> None:
    found = reasons(
        hashtags=(("other", "Other"), ("saveourbuses", "SaveOurBuses")),
        links=("http://example.org/paper?utm_source=x",),
        text="Public control  of\u00a0buses now",
        author=Author("x", "7", "buspeople"),
    )
    assert found == (
        Match("hashtag", "saveourbuses"),
        Match("link", "https://www.example.org/paper/"),
        Match("phrase", "public-control of buses"),
        Match("own", "x:buspeople"),
    )


@pytest.mark.parametrize(
    ("text", "belongs"),
    [
        ("PUBLIC CONTROL OF BUSES!", True),
        ("public–control of buses", True),
        ("the fares' freeze", True),
        ("the fares freeze", True),
        ("the fare’s freeze", True),
        ("republic control of buses", False),
        ("public control of busesX", False),
    ],
)
def test_phrases_are_whole_words_whatever_the_case_hyphen_or_quote(text: str, belongs: bool) -> None:
    assert bool(reasons(text=text)) is belongs


@pytest.mark.parametrize(
    "text",
    [
        "Read https://www.example.org/paper/public-control-of-buses?a=b now",
        "Read example.org/public-control-of-buses",
        "Public control https://www.example.org/paper of buses",
    ],
)
def test_a_phrase_within_an_address_is_no_reason_beside_another(text: str) -> None:
    """The address of a paper is its title, so that whoever shares the link would be found by the phrase, too."""
    link = ("https://example.org/paper",)
    assert reasons(text=text, links=link) == (Match("link", "https://www.example.org/paper/"),)
    both = reasons(text=f"Public control of buses! {text}", links=link)
    assert both[1:] == (Match("phrase", "public-control of buses"),)


@pytest.mark.parametrize("address", ["https://news.example/public-control-of-buses-2", "news.example/public-control-of-buses/"])
def test_a_post_that_has_a_phrase_in_an_address_alone_keeps_its_place(address: str) -> None:
    assert reasons(text=f"Read {address}", links=(address,)) == (Match("phrase", "public-control of buses"),)
    assert reasons(text=f"Read {address}", hashtags=(("saveourbuses", "SaveOurBuses"),)) == (Match("hashtag", "saveourbuses"),)


@pytest.mark.parametrize(
    "text", ["so/so public control of buses", "e.g. public control of buses", "ann@example.org public control of buses"]
)
def test_what_is_no_address_hides_no_phrase(text: str) -> None:
    tagged = reasons(text=text, hashtags=(("saveourbuses", "SaveOurBuses"),))
    assert tagged[1:] == (Match("phrase", "public-control of buses"),)


@pytest.mark.parametrize("part", ["a-", "a.", "a/", "www.", "https://", "-", "a.b/"])
def test_addresses_are_looked_for_in_long_texts_at_once(part: str) -> None:
    began = time.process_time()
    assert reasons(text="public control of buses " + part * 50_000) == (Match("phrase", "public-control of buses"),)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("link", "same"),
    [
        ("https://example.org/paper", True),
        ("https://EXAMPLE.org/paper/#page=3", True),
        ("https://example.org/paper?utm_campaign=a&fbclid=b", True),
        ("https://example.org/paper/2", False),
        ("https://example.org/paper?id=2", False),
        ("https://example.org:8443/paper", False),
    ],
)
def test_links_are_compared_without_their_dress(link: str, same: bool) -> None:
    assert bool(reasons(links=(link,))) is same


def test_a_link_that_is_no_link_is_compared_as_it_stands() -> None:
    assert plain_link("http://[broken") == "http://[broken"


def test_another_platforms_account_of_the_same_name_is_not_ours() -> None:
    assert reasons(author=Author("mastodon", "7", "BusPeople")) == ()


def test_a_campaign_that_follows_nothing_keeps_everything() -> None:
    matcher = Matcher(Campaign(folder="c", name="all"))
    assert matcher.reasons(POST) == (Match("everything", ""),)


def test_an_answer_to_a_post_in_the_debate_belongs() -> None:
    matcher = Matcher(CAMPAIGN)
    answer = replace(POST, reply_to="5", conversation_id="4")
    assert matcher.conversation(answer, {("x", "4"), ("x", "5")}) == (Match("conversation", "5"), Match("conversation", "4"))
    assert matcher.conversation(answer, {("mastodon", "5")}) == ()


def test_a_post_does_not_hang_on_itself() -> None:
    assert references(replace(POST, conversation_id="1", quote_of="2")) == ("2",)
