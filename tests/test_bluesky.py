"""Posts of Bluesky: what a view, a record and a repository say. All invented but what lies beside the repository."""

import hashlib
import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exported import kinds, rows_of
from tracker.exports import bluesky_car, by_slug
from tracker.exports.dag_cbor import BadCbor, cid_text, decode
from tracker.platforms.bluesky import read_record, read_view, time_in_key
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.problems import Problem
from tracker.records import Found, Lacking, Rejected, Truncated

DID = "did:plc:invented"
AT = f"at://{DID}/app.bsky.feed.post/"
KEY = "3n2xx5kl3gs2g"
"""Made on 23 November 2026 at 10:44:25."""


def record(text: str = "hello", **more: object) -> dict[str, Any]:
    return {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-10-20T08:00:00.000Z"} | more


def view(said: dict[str, Any], **more: object) -> dict[str, Any]:
    author = {"did": DID, "handle": "kit.example", "displayName": "Kit"}
    return {"uri": AT + KEY, "cid": "b", "author": author, "record": said, "indexedAt": "2026-10-20T08:00:05.000Z"} | more


def facet(text: str, part: str, feature: dict[str, str]) -> dict[str, Any]:
    start = len(text[: text.index(part)].encode())
    kind = f"app.bsky.richtext.facet#{feature.pop('kind')}"
    return {"index": {"byteStart": start, "byteEnd": start + len(part.encode())}, "features": [{"$type": kind} | feature]}


def test_facets_point_at_bytes() -> None:
    text = "né 🚌 @ann.example says #OurBuses news.example/x?#no…"
    facets = [
        facet(text, "@ann.example", {"kind": "mention", "did": "did:plc:ann"}),
        facet(text, "#OurBuses", {"kind": "tag", "tag": "OurBuses"}),
        facet(text, "news.example/x?#no…", {"kind": "link", "uri": "https://news.example/x?#no-more"}),
    ]
    post = read_view(view(record(text, facets=facets, tags=["Hidden"])))
    assert post.mentions == ("ann.example",)
    assert post.links == ("https://news.example/x?#no-more",)
    assert post.hashtags == (("ourbuses", "OurBuses"), ("hidden", "Hidden"))


@pytest.mark.parametrize(
    ("created", "at"),
    [
        ("2026-10-20T10:00:00+02:00", "2026-10-20T08:00:00Z"),
        ("2031-01-01T00:00:00Z", "2026-10-20T08:00:05Z"),
        ("1970-01-01T00:00:00Z", "2026-10-20T08:00:05Z"),
        ("0001-01-01T00:00:00Z", "2026-10-20T08:00:05Z"),
        ("2026-10-20T07:00:00", "2026-10-20T08:00:05Z"),
        (None, "2026-10-20T08:00:05Z"),
    ],
)
def test_the_time_is_the_clients_word_within_reason(created: object, at: str) -> None:
    assert read_view(view(record(createdAt=created))).created_at == at


def test_a_record_by_itself_has_the_time_of_its_key() -> None:
    assert time_in_key(KEY) == "2026-11-23T10:44:25Z"
    assert read_record(DID, KEY, record(createdAt="2031-01-01T00:00:00Z")).created_at == "2026-11-23T10:44:25Z"
    with pytest.raises(NotAPost, match="createdAt"):
        read_record(DID, "own-key", record(createdAt="1970-01-01T00:00:00Z"))


def test_replies_quotes_labels_and_counts() -> None:
    reply = {"root": {"uri": AT + "root"}, "parent": {"uri": AT + "parent"}}
    media = {"external": {"uri": "https://news.example/"}}
    embed = {"media": media, "record": {"record": {"uri": AT + "quoted"}}}
    post = read_view(view(record(reply=reply, embed=embed, langs=["en"]), likeCount=0, replyCount=2))
    assert (post.kind, post.reply_to, post.conversation_id, post.quote_of) == ("reply", f"{AT}parent", f"{AT}root", f"{AT}quoted")
    assert (post.links, post.lang, post.counts.likes, post.counts.replies) == (("https://news.example/",), "en", 0, 2)
    assert post.counts.quotes is None
    labels = {"values": [{"val": "!no-unauthenticated"}, {"val": "spider"}]}
    said = read_view(view(record(labels=labels))).author
    assert said and said.labels == ("!no-unauthenticated",) and said.native_id == DID


def test_stand_ins_are_left_out() -> None:
    for stand_in in ({"uri": AT + KEY, "notFound": True}, {"uri": AT + KEY, "blocked": True}):
        with pytest.raises(PrivatePost):
            read_view(stand_in)


# ---- a repository ----------------------------------------------------------------------------------------------------


class Link(bytes):
    """A CID."""


def cbor(value: object) -> bytes:
    match value:
        case Link():
            return b"\xd8\x2a" + cbor(b"\0" + bytes(value))
        case bool() | None:
            return b"\xf6" if value is None else b"\xf5" if value else b"\xf4"
        case int():
            return head(0, value)
        case bytes():
            return head(2, len(value)) + value
        case str():
            return head(3, len(value.encode())) + value.encode()
        case list():
            return head(4, len(value)) + b"".join(map(cbor, value))
        case dict():
            pairs = sorted(value.items(), key=lambda pair: (len(pair[0]), pair[0]))
            return head(5, len(value)) + b"".join(cbor(key) + cbor(item) for key, item in pairs)
    raise TypeError(value)


def head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    return bytes([major << 5 | 24, number]) if number < 256 else bytes([major << 5 | 25]) + number.to_bytes(2, "big")


def cid(data: bytes) -> Link:
    return Link(b"\x01\x71\x12\x20" + hashlib.sha256(data).digest())


def section(data: bytes) -> bytes:
    return bytes([len(data) & 0x7F | 0x80, len(data) >> 7]) + data


def car(spoiled: bool = False, without: str = "") -> bytes:
    """A repository of two posts that hang on the tree, one that no longer does, and a profile that asks not to be shown."""
    profile = cbor({"$type": "app.bsky.actor.profile", "labels": {"values": [{"val": "!no-unauthenticated"}]}})
    posts = [cbor(record(f"post {number} #OurBuses")) for number in range(3)]
    keys = ["app.bsky.actor.profile/self", f"app.bsky.feed.post/{KEY}", f"app.bsky.feed.post/{KEY[:-1]}h"]
    entries = [
        {"p": 0, "k": keys[0].encode(), "v": cid(profile), "t": None},
        {"p": 9, "k": keys[1][9:].encode(), "v": cid(posts[0]), "t": None},
        {"p": len(keys[1]) - 1, "k": b"h", "v": cid(posts[1]), "t": None},
    ]
    node = cbor({"l": None, "e": entries})
    commit = cbor({"did": DID, "rev": KEY, "data": cid(node), "version": 3, "prev": None, "sig": b"s"})
    blocks = [commit, node, profile, *posts]
    header = section(cbor({"roots": [cid(commit)], "version": 1}))
    left_out = {"node": node, "": b""}[without]
    kept = [data for data in blocks if data != left_out]
    body = b"".join(section(cid(data) + (data.replace(b"post 0", b"post X") if spoiled else data)) for data in kept)
    return header + body


def test_a_repository_gives_the_posts_on_its_tree(tmp_path: Path) -> None:
    path = tmp_path / "repo.car"
    path.write_bytes(car())
    rows = [row for slug, row in rows_of(path) if slug == "bluesky-car"]
    posts = [row.post for row in rows if isinstance(row, Found)]
    assert [post.text for post in posts] == ["post 0 #OurBuses", "post 1 #OurBuses"] and len(rows) == 2
    assert all(post.author and post.author.labels == ("!no-unauthenticated",) and not post.counts.known() for post in posts)
    again = tmp_path / "again.json"
    again.write_bytes(b"\n".join(row.raw for row in rows if isinstance(row, Found)))
    assert kinds(again) == "FF"


def test_a_repository_that_is_cut_or_damaged_says_so(tmp_path: Path) -> None:
    path = tmp_path / "repo.car"
    path.write_bytes(car(spoiled=True))
    assert kinds(path) == "RRF"
    path.write_bytes(car()[:-300])
    assert isinstance(rows_of(path)[-1][1], Truncated)


def test_a_repository_of_which_a_branch_is_missing_says_so(tmp_path: Path) -> None:
    path = tmp_path / "part.car"
    path.write_bytes(car(without="node"))
    ((_, row),) = rows_of(path)
    assert isinstance(row, Lacking) and "only a part" in row.reason


@settings(max_examples=200)
@given(data=st.data())
def test_whatever_is_done_to_a_repository_there_come_rows_or_a_problem(data: st.DataObject) -> None:
    content = bytearray(car())
    for _ in range(data.draw(st.integers(0, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Problem):
        for row in bluesky_car.read(io.BytesIO(bytes(content)), lambda name: None):
            assert isinstance(row, Found | Lacking | Rejected | Truncated)


@given(content=st.binary(max_size=200))
def test_any_bytes_are_dag_cbor_or_refused(content: bytes) -> None:
    with suppress(BadCbor):
        json.dumps(decode(content))


def test_hostile_cbor_is_refused() -> None:
    for content in (b"\x81" * 5000, b"\x9b" + b"\xff" * 8, b"\x9f", b"\xfb\x7f\xf0" + b"\0" * 6, b"\xa1\x01\x01"):
        with pytest.raises(BadCbor):
            decode(content)
    assert cid_text(cid(b"")).startswith("bafyrei")


# ---- real answers ----------------------------------------------------------------------------------------------------


@pytest.mark.shared
def test_real_answers_give_what_was_posted(shared: Path) -> None:
    folder = shared / "data/payloads/bsky_local_pages"
    said = json.loads((folder / "truth.json").read_bytes())
    truth = {post["uri"]: post for post in said["posts"]}
    pages = [folder / f"searchPosts_{number}.json" for number in (1, 2, 3)]
    posts = [row.post for path in pages for _, row in rows_of(path) if isinstance(row, Found)]
    assert len(posts) == 247 and {post.native_id for post in posts} <= truth.keys()
    assert all("nhsdebate" in dict(post.hashtags) for post in posts)
    alice = said["accounts"]["alice"]
    live = {uri for uri, post in truth.items() if uri.split("/")[2] == alice and post["state"] != "deleted"}
    found = [row.post for _, row in rows_of(folder / "alice.car") if isinstance(row, Found)]
    assert {post.native_id for post in found} == live and len(found) == 28
    for post in found:
        told = truth[post.native_id]
        made = time_in_key(post.native_id.rpartition("/")[2])
        assert made and post.created_at == min(told["createdAt"][:19] + "Z", made) and post.reply_to == told["reply_parent"]
        if told["state"] != "record-rewritten":
            assert post.text == told["text"] and set(told["tags"]) <= {spelled for _, spelled in post.hashtags}
            assert post.lang == (told["langs"][0] if told["langs"] and len(told["langs"]) == 1 else None)
        assert (post.kind == "quote") == (told["kind"] == "quote")


def test_slugs() -> None:
    assert [by_slug(slug).slug for slug in ("bluesky-json", "bluesky-car")] == ["bluesky-json", "bluesky-car"]
