"""What the events of Bluesky's stream come to, and what its answers hold. All invented but what lies beside the repository."""

import json
from pathlib import Path
from typing import Any

import pytest

from tracker.problems import BadAnswer
from tracker.records import Found, Withheld
from tracker.sources.bluesky_answers import read_feed, read_hits, read_profiles, read_thread, row_of
from tracker.sources.bluesky_events import Stretch, moment_of_us, refers_to, us_of_moment, words_of

DID = "did:plc:inventedrider"
AT = f"at://{DID}/app.bsky.feed.post/"
NOW = "2026-11-20T12:00:00Z"


def event(number: int, **said: Any) -> bytes:
    return json.dumps({"did": DID, "time_us": 1_700_000_000_000_000 + number, **said}).encode()


def commit(number: int, operation: str, key: str = "a", text: str = "hello", **more: Any) -> bytes:
    record = {"record": {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-10-20T08:00:00Z"}}
    said = {"operation": operation, "collection": "app.bsky.feed.post", "rkey": key} | more
    return event(number, kind="commit", commit=said | ({} if operation == "delete" else record))


def taken(*messages: str | bytes) -> Stretch:
    stretch = Stretch()
    for message in messages:
        if post := stretch.take(message):
            stretch.keep(post)
    return stretch


def test_the_last_event_of_a_post_counts() -> None:
    stretch = taken(commit(1, "create"), commit(2, "update", text="rewritten"))
    assert [post.record["text"] for post in stretch.written.values()] == ["rewritten"]
    stretch = taken(commit(1, "create"), commit(2, "delete"), commit(3, "create", "b"))
    assert list(stretch.written) == [AT + "b"]
    assert [(gone.native_id, gone.status) for gone in stretch.posts_gone.values()] == [(AT + "a", "gone")]
    stretch = taken(commit(1, "delete"), commit(2, "create"))
    assert (list(stretch.written), stretch.posts_gone) == ([AT + "a"], {})
    assert (stretch.events, stretch.first_us, stretch.last_us) == (2, 1_700_000_000_000_001, 1_700_000_000_000_002)


def test_a_rewritten_post_that_is_let_go_takes_its_first_version_with_it() -> None:
    stretch = taken(commit(1, "create"))
    stretch.take(commit(2, "update", text="about something else"))
    assert stretch.written == {}


@pytest.mark.parametrize(
    ("account", "status"),
    [
        ({"active": True}, "live"),
        ({"active": False, "status": "deactivated"}, "hidden"),
        ({"active": False, "status": "takendown"}, "hidden"),
        ({"active": False, "status": "something new"}, "hidden"),
        ({"active": False}, "hidden"),
        ({"active": False, "status": "deleted"}, "gone"),
    ],
)
def test_accounts_that_close_and_come_back(account: dict[str, Any], status: str) -> None:
    [gone] = taken(event(1, kind="account", account=account)).accounts.values()
    assert (gone.status, gone.author_id, gone.native_id) == (status, DID, None)
    back = taken(event(1, kind="account", account=account), event(2, kind="account", account={"active": True}))
    assert [gone.status for gone in back.accounts.values()] == ["live"]


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"not json",
        b"[]",
        b"5",
        b"{}",
        event(1),
        event(1, kind="commit"),
        event(1, kind="commit", commit=[]),
        event(1, kind="commit", commit={"collection": "app.bsky.feed.like", "rkey": "a", "operation": "create", "record": {}}),
        commit(1, "create", record=None).replace(b'"text"', b'"words"').replace(b'"record": {', b'"x": {'),
        b'{"did": 5, "time_us": 1700000000000000, "kind": "account", "account": {"active": false}}',
        b'{"did": "did:plc:x", "time_us": "soon", "kind": "account", "account": {"active": false}}',
        b'{"did": "did:plc:x", "time_us": true, "kind": "account", "account": {"active": false}}',
        b'{"did": "did:plc:x y", "time_us": 1700000000000000, "kind": "account", "account": {"active": false}}',
        event(1, kind="account", account={"active": "no"}),
        event(1, kind="identity", identity=None),
    ],
)
def test_what_is_no_event_of_a_post_is_passed_over(message: bytes) -> None:
    stretch = taken(message)
    assert (stretch.written, stretch.posts_gone, stretch.accounts) == ({}, {}, {})


def test_an_event_from_the_future_is_not_believed() -> None:
    stretch = Stretch(latest=1_700_000_000_000_005)
    assert stretch.take(commit(6, "create")) is None
    assert stretch.take(commit(5, "create")) is not None
    assert (stretch.last_us, stretch.unreadable) == (1_700_000_000_000_005, 1)


def test_times() -> None:
    assert moment_of_us(1_700_000_000_999_999) == "2023-11-14T22:13:20Z"
    assert us_of_moment("2023-11-14T22:13:20Z") == 1_700_000_000_000_000


def test_words_and_references_of_a_record() -> None:
    record = {
        "text": "see this",
        "tags": ["Hidden", 5],
        "facets": [{"features": [{"tag": "Marked"}, {"uri": "https://paper.example/a"}, 7]}, None],
        "embed": {
            "media": {"external": {"uri": "https://news.example/b"}},
            "record": {"record": {"uri": AT + "quoted"}},
        },
        "reply": {"parent": {"uri": AT + "parent"}, "root": {"uri": AT + "root"}},
    }
    for word in ("see this", "Hidden", "Marked", "https://paper.example/a", "https://news.example/b"):
        assert word in words_of(record)
    assert refers_to(record) == {AT + "quoted", AT + "parent", AT + "root"}
    assert (words_of({"text": 5, "facets": "x", "embed": []}), refers_to({"reply": 1, "embed": "x"})) == ("", set())


@pytest.mark.parametrize("answer", [None, [], "x", {}, {"posts": {}}, {"feed": 1}, {"thread": []}, {"profiles": None}])
def test_answers_of_another_kind_are_said_in_words(answer: object) -> None:
    for read in (read_hits, read_feed):
        with pytest.raises(BadAnswer, match="did not answer"):
            read(answer, seen_at=NOW)
    for other in (read_thread, read_profiles):
        with pytest.raises(BadAnswer, match="did not answer"):
            other(answer)


# ---- recorded answers ------------------------------------------------------------------------------------------------


def body(path: Path) -> Any:
    answer = json.loads(path.read_bytes())
    return answer["body"] if isinstance(answer, dict) and answer.keys() == {"status", "body"} else answer


@pytest.mark.shared
def test_every_recorded_page_gives_each_of_its_posts(shared: Path) -> None:
    pages = sorted((shared / "data/payloads/bsky_local_pages").glob("searchPosts_*.json"))
    truth = {post["uri"]: post for post in body(pages[0].parent / "truth.json")["posts"] if "uri" in post}
    assert pages
    for path in pages:
        answer = body(path)
        hits = read_hits(answer, seen_at=NOW)
        assert (len(hits.rows), hits.cursor) == (len(answer["posts"]), answer.get("cursor"))
        assert hits.unknown == ()
        for row in hits.rows:
            assert isinstance(row, Found)
            told = truth[row.post.native_id]
            assert row.post.text == told["text"] or told["state"] == "record-rewritten"
            assert {tag.casefold() for tag in told["tags"]} <= {tag for tag, _ in row.post.hashtags} or told["state"] != "live"
    feed = read_feed(body(pages[0].parent / "author_feed.json"), seen_at=NOW)
    assert feed.rows and all(isinstance(row, Found) for row in feed.rows)


@pytest.mark.shared
def test_every_recorded_thread_is_read_and_an_error_is_none(shared: Path) -> None:
    folder = shared / "data/payloads"
    for path in (folder / "bsky_local_pages/thread.json", folder / "bsky_recorded/thread_view_post_with_embed_media.json"):
        thread = read_thread(body(path))
        rows = [row_of(view, 1, seen_at=NOW) for view in thread.views()]
        assert rows and all(isinstance(row, Found | Withheld) for row in rows)
    with pytest.raises(BadAnswer):
        read_thread(body(folder / "bsky_local_pages/err_deleted_thread.json"))
