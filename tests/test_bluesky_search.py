"""Bluesky's search as a walk over windows of time, against an invented index in memory that has its faults."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.matching import Matcher
from tracker.platforms.bluesky import BEGAN
from tracker.records import Campaign, Found
from tracker.sources.asking import Page
from tracker.sources.bluesky_answers import Hits, read_hits
from tracker.sources.bluesky_walk import DEEPEST, PAGE, Walk
from tracker.sources.bluesky_windows import Plan, Reached, Window, plan, reached

CAMPAIGN = Campaign(folder="", name="buses", hashtags=("ourbuses",))
NOW = "2026-11-20T12:00:00Z"


def post(number: int, created: str, indexed: str | None = None, tag: str = "OurBuses") -> dict[str, Any]:
    record = {"$type": "app.bsky.feed.post", "text": f"bus {number} #{tag}", "createdAt": created}
    author = {"did": f"did:plc:rider{number % 7}", "handle": f"rider{number % 7}.example"}
    uri = f"at://{author['did']}/app.bsky.feed.post/bus{number}"
    return {
        "uri": uri,
        "cid": f"c{number}",
        "author": author,
        "record": record,
        "indexedAt": indexed or created,
        "likeCount": number,
    }


def at(seconds: float, since: str = "2026-11-01T00:00:00Z") -> str:
    return (datetime.fromisoformat(since) + timedelta(seconds=seconds)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass
class Index:
    """A search index: newest first, a cursor is a place in the list, and past `cap` there is nothing."""

    posts: list[dict[str, Any]]
    cap: int = DEEPEST
    heeds: bool = True
    refuses: bool = False
    hides_every: int = 0
    repeats: bool = False
    total: bool = False
    asked: list[tuple[Window, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.posts = sorted(self.posts, key=self._time, reverse=True)
        self.times = [f"{self._time(p)[:19]}Z" for p in self.posts]

    def __call__(self, window: Window, cursor: str | None) -> Hits | None:
        self.asked.append((window, cursor))
        assert len(self.asked) < 5000, "the walk does not end"
        place = int(cursor or 0)
        if place >= self.cap and self.refuses:
            return None
        since = window.since or ""
        found = [p for p, at in zip(self.posts, self.times, strict=True) if not self.heeds or since <= at < window.until]
        page = found[place : place + PAGE] if not self.repeats else found[:PAGE]
        shown = [p for number, p in enumerate(page, start=place) if not self.hides_every or number % self.hides_every]
        answer: dict[str, Any] = {"posts": shown}
        more = len(page) == PAGE and (self.refuses or place + PAGE < self.cap)
        if more:
            answer["cursor"] = str(place + PAGE)
        if self.total:
            answer["hitsTotal"] = len(found)
        return read_hits(answer, seen_at=NOW)

    @staticmethod
    def _time(p: dict[str, Any]) -> str:
        return str(min(p["record"]["createdAt"], p["indexedAt"]))


def walked(index: Index, how: Plan | None = None, before: Reached | None = None) -> list[Page]:
    return list(Walk(index, how or plan(before, now=NOW), Matcher(CAMPAIGN), before).pages())


def ids(pages: list[Page]) -> set[str]:
    return {row.post.native_id for page in pages for row in page.rows if isinstance(row, Found)}


def uris(posts: list[dict[str, Any]]) -> set[str]:
    return {p["uri"] for p in posts}


def test_short_and_empty_pages_are_not_the_last() -> None:
    posts = [post(n, at(n * 60)) for n in range(450)]
    index = Index(posts, hides_every=1)
    assert ids(walked(index)) == set()
    assert len(index.asked) == 1 + 5
    index = Index(posts, hides_every=10)
    assert ids(walked(index)) == {p["uri"] for n, p in enumerate(reversed(posts)) if n % 10}


@pytest.mark.parametrize("refuses", [False, True])
def test_a_window_with_more_than_the_search_gives_is_halved_until_nothing_is_left_out(refuses: bool) -> None:
    posts = [post(n, at(n * 37)) for n in range(13_000)]
    index = Index(posts, refuses=refuses)
    pages = walked(index)
    assert ids(pages) == uris(posts)
    assert len(index.asked) < 160
    assert (pages[-1].complete, pages[-1].status, pages[-1].gaps) == (True, "", ())
    assert reached(pages[-1].cursor) == Reached(NOW, NOW)


def test_too_much_in_one_second_is_capped_and_a_gap_and_the_rest_is_still_read() -> None:
    crowd = [post(n, "2026-11-05T00:00:00.000Z") for n in range(700)]
    rest = [post(1000 + n, at(n * 3600 + 1)) for n in range(150)]
    index = Index(crowd + rest, cap=500, refuses=True)
    pages = walked(index)
    assert ids(pages) >= uris(rest)
    assert len(ids(pages) & uris(crowd)) == 500
    assert pages[-1].status == "capped"
    assert [gap[:2] for gap in pages[-1].gaps] == [("2026-11-05T00:00:00Z", "2026-11-05T00:00:01Z")]
    assert reached(pages[-1].cursor) == Reached(NOW, NOW)


def test_pages_that_repeat_end_the_walk_and_the_cursor_stays() -> None:
    index = Index([post(n, at(n * 60)) for n in range(450)], repeats=True)
    before = Reached("2026-11-02T00:00:00Z", "2026-11-19T00:00:00Z")
    pages = walked(index, before=before)
    assert len(index.asked) < 10
    assert pages[-1].status == "partial"
    assert "the same pages again" in pages[-1].note
    assert {page.cursor for page in pages} == {None, before.text()}


def test_a_server_that_leaves_the_times_out_of_account_is_found_out_and_read_once() -> None:
    posts = [post(n, at(n * 60)) for n in range(950)]
    index = Index(posts, heeds=False)
    pages = walked(index)
    assert ids(pages) == uris(posts)
    assert len(index.asked) == 10
    assert "does not keep to the times" in pages[-1].note
    assert (pages[-1].status, {page.cursor for page in pages}) == ("partial", {None})
    pages = walked(Index([post(n, at(n)) for n in range(1200)], heeds=False, cap=1000, refuses=True))
    assert (pages[-1].status, pages[-1].cursor, len(ids(pages))) == ("capped", None, 1000)


def test_a_server_that_leaves_the_question_out_of_account_is_told_of() -> None:
    posts = [post(n, at(n * 60)) for n in range(20)] + [post(100 + n, at(n * 60), tag="OtherThings") for n in range(30)]
    last = walked(Index(posts))[-1]
    assert last.status == "partial"
    assert "30 of 50 posts" in last.note


def test_clocks_that_are_wrong() -> None:
    odd = [
        post(1, "1970-01-01T00:00:00.000Z", at(60)),
        post(2, "2031-01-01T00:00:00.000Z", at(120)),
        post(3, "0001-01-01T00:00:00.000Z", at(180)),
        post(4, "2026-11-02T02:30:00+02:00", at(3600 * 25)),
        post(5, "never", at(240)),
    ]
    assert ids(walked(Index(odd[:4]))) == uris(odd[:4])
    assert ids(walked(Index(odd[4:], heeds=False))) == uris(odd[4:])


def test_the_next_run_reads_again_what_may_have_come_late_and_once_a_week_far_back() -> None:
    first = plan(None, now=NOW)
    assert first.windows == (Window(None, BEGAN), Window(BEGAN, NOW))
    night = plan(Reached("2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z"), now="2026-11-21T12:00:00Z")
    assert night.windows == (Window(None, BEGAN), Window("2026-11-17T12:00:00Z", "2026-11-21T12:00:00Z"))
    week = plan(Reached("2026-11-26T12:00:00Z", "2026-11-20T12:00:00Z"), now="2026-11-27T12:00:00Z")
    assert week.windows[1].since == "2026-10-22T12:00:00Z"
    away = plan(Reached("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"), now="2026-12-24T00:00:00Z")
    assert away.windows[1].since is not None
    assert away.windows[1].since < "2026-10-29T00:00:00Z"


def test_a_clock_that_was_fast_loses_nothing_when_it_is_right_again() -> None:
    fast = plan(Reached("2026-12-20T00:00:00Z", "2026-12-20T00:00:00Z"), now=NOW)
    assert fast.windows[1].since is not None
    assert fast.windows[1].since <= "2026-11-17T12:00:00Z"


def test_a_window_by_hand_moves_no_cursor() -> None:
    by_hand = plan(None, now=NOW, since="2026-11-01T00:00:00Z", until="2026-11-10T00:00:00Z")
    posts = [post(n, at(n * 86400)) for n in range(15)]
    pages = walked(Index(posts), by_hand)
    assert ids(pages) == uris(posts[:9])
    assert {page.cursor for page in pages} == {None}
    assert plan(None, now=NOW, since="2026-12-01T00:00:00Z").windows == ()
    assert walked(Index(posts), plan(None, now=NOW, since="2026-12-01T00:00:00Z"))[-1].complete


@pytest.mark.parametrize("cursor", ["", "5", "{}", "[]", '{"to": 5, "deep": 6}', '{"to": "soon", "deep": "soon"}'])
def test_a_cursor_that_cannot_be_read_begins_anew(cursor: str) -> None:
    assert reached(cursor) is None


def kept(pages: Iterator[Page], stop_after: int) -> tuple[set[str], str | None, bool]:
    """What a run keeps that is killed after so many pages: (ids, cursor, whether it came to its end)."""
    found: set[str] = set()
    cursor: str | None = None
    for number, page in enumerate(pages):
        if number == stop_after:
            return found, cursor, False
        found |= ids([page])
        cursor = page.cursor if page.cursor is not None else cursor
    return found, cursor, True


@settings(max_examples=25)
@given(
    times=st.lists(st.integers(0, 86400 * 40), min_size=1, max_size=400),
    stops=st.lists(st.integers(0, 12), max_size=6),
    cap=st.sampled_from([100, 200]),
)
def test_runs_that_are_killed_at_any_page_lose_nothing(times: list[int], stops: list[int], cap: int) -> None:
    posts = [post(n, at(seconds)) for n, seconds in enumerate(times)]
    begin = datetime.fromisoformat("2026-11-01T00:00:00Z")
    found: set[str] = set()
    cursor: str | None = None
    for night, stop_after in enumerate([*stops, 10**9], start=1):
        now = (
            (begin + timedelta(days=7 * night)).strftime("%Y-%m-%dT%H:%M:%SZ") if night <= len(stops) else "2027-01-10T00:00:00Z"
        )
        there = [p for p in posts if f"{p['indexedAt'][:19]}Z" < now]
        index = Index(there, cap=cap, refuses=True)
        before = reached(cursor)
        walk = Walk(index, plan(before, now=now), Matcher(CAMPAIGN), before)
        more, moved, ended = kept(walk.pages(), stop_after)
        found |= more
        cursor = moved or cursor
    assert ended
    assert found == uris(posts)


def test_posts_of_the_year_1_end_no_walk_where_a_server_does_not_go_on() -> None:
    odd = [post(1, "2022-10-01T00:00:00.000Z"), post(2, "0001-01-01T00:00:00.000Z", indexed=at(0))]
    found = read_hits({"posts": odd, "cursor": "1"}, seen_at=NOW)
    nothing = read_hits({"posts": []}, seen_at=NOW)

    def ask(window: Window, cursor: str | None) -> Hits | None:
        return (None if cursor else found) if window == Window(None, BEGAN) else nothing

    *_, last = Walk(ask, plan(None, now=NOW), Matcher(CAMPAIGN), None).pages()
    assert last.complete and last.cursor is not None
    assert Window(None, BEGAN).rest("9999-12-31T23:59:59Z") is None
