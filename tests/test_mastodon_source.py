"""How Mastodon's answers are read: recorded ones, and invented ones changed at random. Nothing is fatal."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fake_platform.mastodon import Mastodon
from tests.fake_platform.world import World
from tests.raw_server import answer, raw_server
from tests.test_exports_shared import bodies
from tests.test_exports_shared import statuses as recorded
from tests.web_client import web_for
from tracker.problems import BadAnswer
from tracker.records import Found, Post, Rejected, Withheld
from tracker.sources.asking import Page
from tracker.sources.mastodon_answers import link_to, newest, read_statuses, unknown_fields, uses_after
from tracker.sources.mastodon_server import Server
from tracker.sources.mastodon_walk import Place, backward, forward

NOW = "2026-10-20T08:00:00Z"


def statuses() -> list[dict[str, Any]]:
    world = World()
    world.publish(3)
    world.change([2], reply_to=1)
    server = Mastodon(world, "https://buses.example")
    return [server.shown(status) for status in world.tagged("saveourbuses")]


def read(items: list[Any]) -> list[Found | Rejected | Withheld]:
    rows = read_statuses(items, {}, seen_at=NOW)
    assert all(isinstance(row, Found | Rejected | Withheld) for row in rows)
    return [row for row in rows if isinstance(row, Found | Rejected | Withheld)]


def posts(items: list[Any]) -> list[Post]:
    return [row.post for row in read(items) if isinstance(row, Found)]


@pytest.mark.shared
def test_every_recorded_answer_is_read(shared: Path) -> None:
    kinds: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for path in sorted((shared / "data/payloads/mastodonpy_cassettes").glob("*.yaml")):
        for body in bodies(path):
            items = list(recorded(body))
            kinds.update(type(row).__name__ for row in read(items))
            unknown.update(unknown_fields(items))
    print(f"\n{dict(kinds)}; unknown fields: {dict(unknown)}")
    assert kinds["Found"] > 200
    assert kinds["Rejected"] == 0


def test_a_reply_names_the_post_that_it_answers_as_every_server_does() -> None:
    first, second, third = posts(statuses())
    assert (second.reply_to, second.kind) == (first.native_id, "reply")
    assert first.native_id.startswith("https://buses.example/")
    assert third.reply_to is None


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300)
@given(data=st.data())
def test_no_change_of_an_answer_is_fatal(data: st.DataObject) -> None:
    items: list[Any] = json.loads(json.dumps(statuses()))
    for _ in range(data.draw(st.integers(1, 4))):
        target = data.draw(st.sampled_from(items))
        while True:
            name = data.draw(st.sampled_from(sorted(target)))
            if isinstance(target[name], dict) and target[name] and data.draw(st.booleans()):
                target = target[name]
                continue
            break
        if data.draw(st.booleans()):
            del target[name]
            if not target:
                break
        else:
            target[name] = data.draw(ODD)
    items += data.draw(st.lists(ODD, max_size=2))
    assert len(read(items)) == len(items)
    unknown_fields(items)


@given(said=ODD)
def test_no_word_of_a_server_about_itself_is_fatal(said: object) -> None:
    assert uses_after(said, NOW, now=NOW) is None
    assert Place.from_cursor(json.dumps(said, default=str)).at
    link_to({"link": str(said)}, "prev", "min_id")


def test_counts_that_no_server_can_have_are_not_added_up() -> None:
    days = [1_790_000_000 + 86_400 * number for number in range(7)]
    for uses in (2**62, str(2**59)):
        said = {"history": [{"day": day, "uses": uses} for day in days]}
        assert uses_after(said, "2026-09-20T00:00:00Z", now="2026-09-25T00:00:00Z") is None


def test_the_link_header_gives_an_id_and_nothing_else() -> None:
    told = '<https://evil.example/api?min_id=12>; rel="prev", <https://a.example/x?max_id=3&min_id=4>; rel="next"'
    assert link_to({"link": told}, "prev", "min_id") == "12"
    assert link_to({"link": told}, "next", "max_id") == "3"
    assert link_to({}, "next", "max_id") is None
    assert newest(["9", "10", "099"]) == "099"


def test_a_link_header_that_is_no_address_is_passed_over() -> None:
    assert link_to({"link": '<http://[a.example?min_id=12>; rel="prev"'}, "prev", "min_id") == "12"
    assert link_to({"link": '<http://[a.example>; rel="prev"'}, "prev", "min_id") is None
    assert link_to({"link": '<https://a.example?min_id=12#top>; rel="prev"'}, "prev", "min_id") == "12"


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "soon", None]
)
def test_the_newest_post_of_a_page_with_an_impossible_time_ends_no_walk_and_marks_no_place(time: str | None) -> None:
    odd = answer(json.dumps([{**status(90), "created_at": time}, status(89)]).encode())
    with raw_server(odd, page(91), page()) as server:
        asked, place = Server(web_for(server), server.base), Place()
        pages = list(forward(asked, "/t", {}, place, lag_days=3, now="2026-11-27T00:00:00Z", stop=lambda: None))
    assert [len(one.rows) for one in pages] == [2, 1, 0]
    assert pages[-1].complete and place.marks == [("2026-11-20T00:00:00Z", "91")]
    assert len(walked_back(odd, page())[0].rows) == 2


def test_a_place_marked_by_an_impossible_time_is_begun_anew() -> None:
    assert Place.from_cursor('{"at":"90","marks":[["1-01-01T00:00:00Z","90"]]}') == Place()


def test_a_walk_begins_again_some_days_before_and_knows_where() -> None:
    place = Place()
    for hour in range(0, 200, 2):
        place.reached(str(1000 + hour), f"2026-10-{1 + hour // 24:02}T{hour % 24:02}:00:00Z", NOW)
    assert place.at == "1198"
    assert place.back_to("2026-10-05T01:00:00Z") == ("1096", "2026-10-05T00:00:00Z")
    assert place.back_to("2026-09-01T00:00:00Z") == ("0", None)
    assert Place.from_cursor(place.cursor()) == place
    place.reached("2000", "2027-01-01T00:00:00Z", NOW)
    assert place.back_to(NOW)[0] < "2000", "a time to come is no place to go back to"


def status(own_id: int) -> dict[str, Any]:
    more = {"visibility": "public", "created_at": "2026-11-20T00:00:00Z", "content": "x", "account": {"id": "1", "acct": "ann"}}
    return {"id": str(own_id), "uri": f"https://one.example/{own_id}", **more}


def page(*own_ids: int, before: int | None = None) -> bytes:
    link = [f'Link: <https://one.example/x?max_id={before}>; rel="next"'] if before else []
    return answer(json.dumps([status(own_id) for own_id in own_ids]).encode(), *link)


def walked_back(*pages: bytes) -> list[Page]:
    """A window by hand, of a server that answers with these pages one after the other."""
    now = "2026-11-27T00:00:00Z"
    with raw_server(*pages) as server:
        asked = Server(web_for(server), server.base)
        return list(backward(asked, "/t", {}, since="2026-11-01T00:00:00Z", until=now, now=now, stop=lambda: None))


def test_a_page_without_posts_is_not_the_last_where_it_names_one_before_it() -> None:
    pages = walked_back(page(90, before=90), page(before=80), page(70, before=70), page())
    assert [len(one.rows) for one in pages] == [1, 0, 1, 0]
    assert [one.complete for one in pages] == [False, False, False, True]


def test_a_server_that_does_not_go_back_is_told_and_not_taken_for_read() -> None:
    with pytest.raises(BadAnswer, match="cannot be used") as told:
        walked_back(page(90, 89, before=89))
    assert "gives the same posts again" in told.value.why
    assert walked_back(page(90, before=90))[-1].complete, "one that counts the post itself among those before it"
