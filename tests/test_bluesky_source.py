"""Bluesky as a source, against a loopback Bluesky in its own process: sessions, search, threads, counts, the stream."""

import base64
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.bluesky_desk import CREDENTIALS
from tests.bluesky_desk import fake as fake
from tests.bluesky_world import PASSWORD
from tests.fake_bluesky import FakeBluesky
from tracker.problems import BadAnswer, CredentialsRefused, Refused
from tracker.records import Campaign, Found, Post, Rejected
from tracker.source_settings import BlueskySettings, Sources
from tracker.sources import bluesky
from tracker.sources.asking import Asking, Page
from tracker.sources.web import Web

DAY = 86400.0


def moment(days_ago: float = 0.0) -> str:
    return (datetime.now(UTC) - timedelta(days=days_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(days: float) -> float:
    return (datetime.now(UTC) - timedelta(days=days)).timestamp()


def asking(fake: FakeBluesky, *, cursor: str | None = None, **more: Any) -> Asking:
    settings = BlueskySettings(fake.http, "search", fake.stream, fake.http, more.pop("search", "searchPosts"))
    own = more.pop("own", ())
    campaign = Campaign(
        folder="",
        name="buses",
        hashtags=("ourbuses",),
        links=("https://paper.example/buses",),
        phrases=("free buses for all",),
        own_accounts=own,
        sources=Sources(bluesky=settings, allow_hosts=("127.0.0.1",)),
    )
    web = more.pop("web", None) or Web(contact="buses@example.org", allow_hosts=("127.0.0.1",))
    return Asking(web, campaign, more.pop("credentials", CREDENTIALS), more.pop("clock", moment), cursor, **more)


def collected(given: Asking, kind: str = "hashtag") -> list[Page]:
    found: list[Page] = []
    for ask in bluesky.asks(given.campaign):
        if ask.kind == kind:
            found += bluesky.pages(ask, given)
    return found


def ids(pages: list[Page]) -> set[str]:
    return {row.post.native_id for page in pages for row in page.rows if isinstance(row, Found)}


def cursor_of(pages: list[Page]) -> str | None:
    return [page.cursor for page in pages if page.cursor is not None][-1]


# ---- sessions --------------------------------------------------------------------------------------------------------


def test_a_session_serves_a_whole_run_and_is_opened_anew_where_the_server_ends_it(
    fake: FakeBluesky, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rider = fake.do("join", name="rider")
    posts = set(fake.do("crowd", did=rider, text="late again #OurBuses", count=450, came=ago(5), every=600.0))
    given = asking(fake)
    assert ids(collected(given)) == posts
    assert ids(collected(given)) == posts
    opened = [method for method, _ in fake.truth()["asked"] if method.endswith("Session")]
    assert opened == ["com.atproto.server.createSession"]
    fake.do("fault", expire_after=3)
    assert ids(collected(given)) == posts
    fake.do("fault", expire_after=3, forget_refresh=True)
    assert ids(collected(given)) == posts
    opened = [method.rpartition(".")[2] for method, _ in fake.truth()["asked"] if method.endswith("Session")]
    assert opened == ["createSession", "refreshSession", "refreshSession", "createSession"]
    assert PASSWORD not in caplog.text
    assert "signature-of-" not in caplog.text


def test_a_session_is_renewed_before_it_ends(fake: FakeBluesky) -> None:
    fake.do("fault")
    given = asking(fake)
    collected(given)
    from tracker.sources.bluesky_xrpc import SESSIONS, lifetime

    [session] = SESSIONS[given.web].values()
    assert lifetime(session.access) == 7200
    for said in ('{"exp": 1%s, "iat": 1}' % ("0" * 400), "[" * 9000, "5", "{}"):
        assert lifetime(f"a.{base64.urlsafe_b64encode(said.encode()).decode()}.c") is None, said[:20]
    assert session.ends is not None
    session.ends -= 7100
    collected(given)
    asked = [method.rpartition(".")[2] for method, _ in fake.truth()["asked"] if method.endswith("Session")]
    assert asked == ["createSession", "refreshSession"]
    assert PASSWORD not in repr(session)
    assert session.access not in repr(session)


@pytest.mark.parametrize("credentials", [{}, {"BLUESKY_HANDLE": "collector.example"}])
def test_without_credentials_nothing_is_sent(fake: FakeBluesky, credentials: dict[str, str]) -> None:
    with pytest.raises(CredentialsRefused, match="no BLUESKY_APP_PASSWORD"):
        collected(asking(fake, credentials=credentials))
    assert fake.truth()["asked"] == []


def test_wrong_credentials_are_tried_once(fake: FakeBluesky) -> None:
    wrong = {"BLUESKY_HANDLE": "collector.example", "BLUESKY_APP_PASSWORD": "not-the-one"}
    with pytest.raises(CredentialsRefused, match="Invalid identifier"):
        collected(asking(fake, credentials=wrong))
    assert len(fake.truth()["asked"]) == 1


# ---- search ----------------------------------------------------------------------------------------------------------


def test_everything_of_the_campaign_is_found_and_a_week_away_loses_nothing(fake: FakeBluesky) -> None:
    rider, driver = fake.do("join", name="rider"), fake.do("join", name="driver", labels=["!no-unauthenticated"])
    first = {
        fake.do("post", did=rider, text="the bus is late #OurBuses", came=ago(12)),
        fake.do("post", did=rider, text="ünïcödé 🚌 first #ourbuses", came=ago(11)),
        fake.do("post", did=driver, text="no tag in the text", tags=["OurBuses"], came=ago(10)),
        fake.do("post", did=rider, text="brought along #OurBuses", made=0.0, came=ago(9)),
        fake.do("post", did=rider, text="from the future #OurBuses", made=ago(-4000), came=ago(9)),
    }
    fake.do("post", did=rider, text="about #OtherThings", came=ago(10))
    page = collected(asking(fake, clock=lambda: moment(8)))
    fake.do("shift", seconds=0)
    assert ids(page) == first
    authors = {
        row.post.author.handle: row.post.author.labels
        for p in page
        for row in p.rows
        if isinstance(row, Found) and row.post.author
    }
    assert authors == {"rider.example": (), "driver.example": ("!no-unauthenticated",)}
    later = {fake.do("post", did=rider, text=f"week {n} #OurBuses", came=ago(7 - n)) for n in range(7)}
    late = fake.do("post", did=rider, text="my clock is slow #OurBuses", made=ago(9.5), came=ago(7))
    again = collected(asking(fake, cursor=cursor_of(page)))
    assert ids(again) >= later | {late}
    assert again[-1].complete


def test_links_phrases_and_own_accounts(fake: FakeBluesky) -> None:
    rider, us = fake.do("join", name="rider"), fake.do("join", name="busesforall")
    external = {
        "$type": "app.bsky.embed.external",
        "external": {"uri": "https://paper.example/buses", "title": "", "description": ""},
    }
    link = fake.do("post", did=rider, text="read this", embed=external, came=ago(2))
    phrase = fake.do("post", did=rider, text="Free buses for all, I say", came=ago(2))
    ours = set(fake.do("crowd", did=us, text="our own words", count=230, came=ago(2), every=1.0))
    given = asking(fake, own=("bluesky:busesforall.example", "x:busesforall"))
    assert ids(collected(given, "link")) == {link}
    assert ids(collected(given, "phrase")) == {phrase}
    pages = collected(given, "account")
    assert ids(pages) == ours
    more = fake.do("post", did=us, text="and one more")
    again = collected(asking(fake, own=given.campaign.own_accounts, cursor=cursor_of(pages)), "account")
    assert more in ids(again)


def test_bad_items_and_new_fields_stop_nothing(fake: FakeBluesky) -> None:
    rider = fake.do("join", name="rider")
    posts = set(fake.do("crowd", did=rider, text="#OurBuses", count=99, came=ago(1), every=1.0))
    fake.do("fault", bad_items=True)
    pages = collected(asking(fake))
    assert ids(pages) == posts
    refused = [row.reason for page in pages for row in page.rows if isinstance(row, Rejected)]
    assert sorted(set(refused)) == ["it has no text", "it holds no record of a post", "it is not a JSON object"]
    fake.do("fault", bad_items=False, new_fields=True)
    pages = collected(asking(fake))
    assert {name for page in pages for name in page.unknown_fields} == {"post.novelty"}


@pytest.mark.faults
def test_a_big_debate_is_read_whole_past_the_cap(fake: FakeBluesky) -> None:
    rider = fake.do("join", name="rider")
    posts = set(fake.do("crowd", did=rider, text="#OurBuses", count=10_600, came=ago(20), every=60.0))
    fake.do("fault", refuses_deep=True)
    pages = collected(asking(fake))
    assert len(posts) == 10_600
    assert ids(pages) == posts
    assert pages[-1].status == ""


def test_an_address_that_bluesky_refuses_keeps_no_other_post_from_being_asked_for(fake: FakeBluesky) -> None:
    rider = fake.do("join", name="rider")
    posts = set(fake.do("crowd", did=rider, text="#OurBuses", count=30, came=ago(2), every=1.0))
    known = [row.post for page in collected(asking(fake)) for row in page.rows if isinstance(row, Found)]
    odd = replace(known[0], native_id="at://did:plc:abc%/app.bsky.feed.post/3kabc")
    pages = list(bluesky.refresh([known[0], odd, *known[1:]], asking(fake)))
    assert ids(pages) == posts
    assert not any(page.gone for page in pages)
    assert pages[-1].complete and pages[-1].expected == 30
    assert pages[-1].note == "refused by Bluesky, which does not take their addresses: 1"


def test_where_bluesky_refuses_all_that_is_told(fake: FakeBluesky) -> None:
    fake.do("join", name="rider")
    odd = [Post("bluesky", f"at://did:plc:abc%/app.bsky.feed.post/3k{n}", "", "2026-11-01T00:00:00Z") for n in range(60)]
    with pytest.raises(Refused, match="says no"):
        list(bluesky.refresh(odd, asking(fake)))


def test_html_and_cut_answers_are_said_in_words(fake: FakeBluesky) -> None:
    rider = fake.do("join", name="rider")
    post = fake.do("post", did=rider, text="#OurBuses", came=ago(1))
    fake.do("fault", html=True)
    with pytest.raises(Refused, match="403"):
        collected(asking(fake))
    fake.do("fault", html=False, cuts=1)
    assert ids(collected(asking(fake))) == {post}
    fake.do("fault", cuts=9)
    with pytest.raises(BadAnswer):
        collected(asking(fake))
