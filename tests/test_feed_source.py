"""Feeds read over a loopback connection: what is new, what was not modified, what may have been missed, what goes wrong."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from tests.fake_platform.feeds import FakeFeeds, Site
from tests.loopback import Loopback, says, serving
from tracker.problems import BadAnswer, Refused
from tracker.records import Campaign, Found
from tracker.source_settings import FeedSettings, Sources
from tracker.sources import feeds
from tracker.sources.asking import Asking, Page
from tracker.sources.feeds import Look
from tracker.sources.web import Web

START = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)


@dataclass
class Reader:
    """One feed, looked at night after night."""

    site: Site
    fake: FakeFeeds
    loopback: Loopback
    now: datetime = START
    cursor: str | None = None
    hashtags: tuple[str, ...] = ("buses",)
    kept: dict[str, str] = field(default_factory=dict)

    def look(self) -> Page:
        host = self.loopback.base.removeprefix("http://")
        sources = Sources(feeds=FeedSettings((f"{self.loopback.base}/feed",)), allow_hosts=(host,))
        campaign = Campaign("f", "buses", hashtags=self.hashtags, sources=sources)
        (ask,) = feeds.asks(campaign)
        assert (ask.server, ask.query, ask.kind) == (self.loopback.base, f"{self.loopback.base}/feed", "feed")
        web = Web(allow_hosts=(host,), sleep=lambda seconds: None)
        asking = Asking(web, campaign, {}, lambda: self.now.strftime("%Y-%m-%dT%H:%M:%SZ"), self.cursor)
        (page,) = feeds.pages(ask, asking)
        self.cursor = page.cursor or self.cursor
        self.kept |= {row.post.native_id: row.post.text for row in page.rows if isinstance(row, Found)}
        return page

    def nights(self, count: int = 1) -> None:
        self.now += timedelta(days=count)

    def publish(self, count: int, *, every: timedelta = timedelta(hours=1)) -> None:
        for number in range(count, 0, -1):
            self.site.publish(f"Buses and trams, note of {self.now:%d %B} #buses ", self.now - every * number)


@pytest.fixture
def reader() -> Iterator[Reader]:
    fake = FakeFeeds({"/feed": Site()})
    with serving(fake.answer) as loopback:
        yield Reader(fake.sites["/feed"], fake, loopback)


@pytest.mark.parametrize("kind", ["rss", "atom", "json"])
def test_every_format_is_read_with_how_far_back_it_reaches(reader: Reader, kind: str) -> None:
    reader.site.kind = kind
    reader.publish(3)
    page = reader.look()
    assert len(reader.kept) == 3 and page.complete and page.status == ""
    assert page.window == ("2026-10-12T00:00:00Z", "2026-10-12T03:00:00Z")
    assert all("#buses" in text for text in reader.kept.values())
    row = page.rows[0]
    assert isinstance(row, Found) and json.loads(row.raw)["feed"]["title"] == "Notes"
    assert row.post.seen_at == "2026-10-12T03:00:00Z" and [tag for tag, _ in row.post.hashtags] == ["buses"]


def test_not_modified_is_looked_at_and_nothing_new_but_not_empty(reader: Reader) -> None:
    reader.publish(3)
    reader.look()
    reader.nights()
    page = reader.look()
    assert (page.rows, page.complete, page.status) == ((), True, "ok")
    assert page.window == ("2026-10-12T03:00:00Z", "2026-10-13T03:00:00Z")
    assert "if-none-match" in reader.fake.asked[-1][1]
    reader.publish(1)
    reader.nights()
    assert len(reader.look().rows) == 4


def test_not_modified_to_a_first_look_is_no_answer(reader: Reader) -> None:
    reader.loopback.faults = [says(304)]
    with pytest.raises(Refused, match="says no") as told:
        reader.look()
    assert "status 304" in told.value.why and reader.cursor is None
    reader.publish(3)
    reader.look()
    reader.hashtags, reader.loopback.faults = ("buses", "trams"), [says(304)]
    with pytest.raises(Refused):
        reader.look()


def test_an_unchanged_feed_is_read_anew_when_the_campaign_follows_something_new(reader: Reader) -> None:
    reader.publish(3)
    reader.look()
    reader.hashtags = ("buses", "trams")
    assert len(reader.look().rows) == 3
    assert "if-none-match" not in reader.fake.asked[-1][1]


def test_the_first_look_reaches_back_to_the_last_entry_whatever_old_one_is_pinned_before_it(reader: Reader) -> None:
    reader.site.publish("Welcome to these notes on #buses", START - timedelta(days=900))
    reader.publish(10)
    reader.site.pinned = True
    page = reader.look()
    assert len(reader.kept) == 11 and page.window == ("2026-10-11T17:00:00Z", "2026-10-12T03:00:00Z")


def test_a_feed_that_begins_with_its_oldest_entry_reaches_back_to_that(reader: Reader) -> None:
    reader.publish(3)
    reader.site.oldest_first = True
    assert reader.look().window == ("2026-10-12T00:00:00Z", "2026-10-12T03:00:00Z")


def test_a_feed_that_overlaps_with_the_last_look_has_no_gap(reader: Reader) -> None:
    reader.publish(10)
    reader.look()
    reader.nights()
    reader.publish(9)
    page = reader.look()
    assert page.gaps == () and page.window[0] == "2026-10-12T03:00:00Z"
    assert len(reader.kept) == 19


def test_a_feed_that_filled_up_between_two_looks_has_a_gap_told_once(reader: Reader) -> None:
    reader.publish(10)
    reader.look()
    reader.nights(7)
    reader.publish(30)
    page = reader.look()
    assert [gap[:2] for gap in page.gaps] == [("2026-10-12T03:00:00Z", "2026-10-18T17:00:00Z")]
    assert page.window[0] == "2026-10-18T17:00:00Z" and len(reader.kept) == 20
    reader.nights()
    assert reader.look().gaps == ()


def test_a_pinned_entry_that_stays_hides_no_gap(reader: Reader) -> None:
    reader.site.publish("Welcome, read this first #buses", reader.now - timedelta(days=30))
    reader.site.pinned, reader.site.shows = True, 9
    reader.publish(9)
    reader.look()
    reader.nights()
    reader.publish(8)
    assert reader.look().gaps == (), "the newest one of the last look is left"
    reader.nights()
    reader.publish(12)
    page = reader.look()
    ((start, end, _),) = page.gaps
    assert (start, end) == ("2026-10-13T03:00:00Z", "2026-10-13T18:00:00Z") and page.window[0] == end
    assert reader.look().gaps == ()


def test_a_quiet_month_is_no_gap(reader: Reader) -> None:
    reader.publish(5)
    reader.look()
    reader.nights(30)
    reader.site.marks = False
    page = reader.look()
    assert page.gaps == () and page.window == ("2026-10-12T03:00:00Z", "2026-11-11T03:00:00Z")


def test_a_feed_that_lost_most_of_its_entries_is_doubted_once(reader: Reader) -> None:
    reader.publish(10)
    reader.look()
    kept = reader.site.entries
    reader.site.entries = kept[-2:]
    reader.nights()
    page = reader.look()
    assert page.status == "partial" and "2 entries where it had 10" in page.note
    reader.nights()
    assert reader.look().status == ""
    reader.site.entries = []
    assert reader.look().status == "", "two or three entries may well be taken down by their author"


def test_an_emptied_feed_is_doubted_and_what_comes_back_is_no_gap(reader: Reader) -> None:
    reader.publish(10)
    reader.look()
    kept, reader.site.entries = reader.site.entries, []
    reader.nights()
    assert reader.look().status == "partial"
    reader.site.entries = kept
    reader.nights()
    page = reader.look()
    assert page.gaps == () and page.status == "" and len(page.rows) == 10


def test_a_feed_that_is_cut_keeps_its_whole_entries_and_is_asked_for_again(reader: Reader) -> None:
    reader.publish(9)
    reader.look()
    reader.nights()
    reader.publish(1)
    before, reader.site.how = reader.cursor, "cut"
    page = reader.look()
    assert page.status == "partial" and "in the middle" in page.note and 0 < len(page.rows) < 10
    assert Look.from_cursor(reader.cursor) == Look.from_cursor(before)
    reader.site.how = "fine"
    assert reader.look().status == "" and len(reader.kept) == 10


def test_a_feed_that_was_cut_when_the_campaign_followed_something_new_is_read_whole_the_next_time(reader: Reader) -> None:
    reader.publish(9)
    reader.look()
    reader.hashtags, reader.site.how = ("buses", "trams"), "cut"
    assert len(reader.look().rows) < 9
    reader.site.how = "fine"
    assert len(reader.look().rows) == 9, "the rest may be about what is new"


def test_a_link_that_is_none_costs_nothing_but_itself(reader: Reader) -> None:
    reader.publish(2)
    reader.site.publish("Trams <a href='//[x'>here</a>, <a href='/there'>there</a> #buses ", reader.now)
    page = reader.look()
    assert len(reader.kept) == 3 and page.status == ""
    assert next(row.post.links for row in page.rows if isinstance(row, Found)) == (f"{reader.loopback.base}/there",)


def test_teasers_are_marked_and_counted(reader: Reader) -> None:
    reader.site.teasers = True
    reader.publish(3)
    page = reader.look()
    assert all(row.post.truncated for row in page.rows if isinstance(row, Found))
    assert page.note == "3 of 3 entries give only the beginning of their text"


@pytest.mark.parametrize(("how", "problem", "words"), [("page", BadAnswer, "web page"), ("gone", Refused, "for good")])
def test_what_is_no_feed_any_more_is_a_problem_and_the_place_stays(
    reader: Reader, how: str, problem: type[Exception], words: str
) -> None:
    reader.publish(3)
    reader.look()
    before, reader.site.how = reader.cursor, how
    reader.publish(1)
    with pytest.raises(problem, match=words):
        reader.look()
    assert reader.cursor == before
    reader.site.how = "fine"
    assert len(reader.look().rows) == 4


def test_a_feed_that_moved_for_good_is_followed_and_that_is_said(reader: Reader) -> None:
    reader.site.how = "moved"
    reader.publish(3)
    page = reader.look()
    assert len(page.rows) == 3 and page.complete
    assert f"moved to {reader.loopback.base}/feed/moved for good" in page.note


@pytest.mark.parametrize("cursor", ["", "no json", "[]", '{"entries": {"a": 1}, "count": "many", "etag": 4}'])
def test_a_cursor_of_no_known_kind_is_a_first_look(cursor: str) -> None:
    assert Look.from_cursor(cursor) == Look()
