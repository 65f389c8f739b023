"""Posts of Reddit and the dumps made from it. Everything here is invented."""

import json
import time
from pathlib import Path

import pytest
from backports import zstd

from tests.exported import ANSWERS, kinds, rows_of
from tracker.platforms.markdown import plain_markdown
from tracker.platforms.reddit import read_post
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.problems import UsageProblem
from tracker.records import Found, Lacking

COMMENT = {"id": "inv9", "author": "ann", "body": "see [this](https://news.example/a\\_b)", "created_utc": 1761000000.0}


def test_a_dump_with_a_long_window_is_read(tmp_path: Path) -> None:
    options: dict[int, int] = {
        zstd.CompressionParameter.window_log: 31,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
    path = tmp_path / "RC_2025-10.zst"
    with zstd.ZstdFile(path, "w", options=options) as file:
        file.write((ANSWERS / "reddit_dump/plain.input.jsonl").read_bytes())
    assert kinds(path) == "FFWW"


def test_a_window_beyond_all_bounds_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd\x00\xb0\x01\x00\x00")
    with pytest.raises(UsageProblem, match="more memory"):
        kinds(path)


def test_what_a_comment_says() -> None:
    post = read_post(COMMENT | {"parent_id": "t3_x", "edited": 1761000100, "score": 5})
    assert (post.conversation_id, post.links, post.edited_at) == ("t3_x", ("https://news.example/a_b",), "2025-10-20T22:41:40Z")
    assert not post.counts.known()


@pytest.mark.parametrize(
    "more",
    [
        {"body": "[deleted]"},
        {"body": "[ Removed by Reddit ]"},
        {"_meta": {"was_deleted_later": True}},
        {"_meta": {"removal_type": "moderator"}},
        {"_meta": {"was_deleted_later": True, "was_initially_deleted": True}},
        {"removal_reason": "legal"},
        {"removed": True},
        {"author": "[deleted]", "is_robot_indexable": False},
        {"subreddit_type": "private"},
    ],
)
def test_what_is_gone_or_private_is_left_out(more: dict[str, object]) -> None:
    with pytest.raises(PrivatePost):
        read_post(COMMENT | more)


@pytest.mark.parametrize("more", [{"id": 7}, {"created_utc": "soon"}, {"created_utc": 1}, {"body": ""}, {"body": 5}])
def test_what_is_no_post_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(NotAPost):
        read_post(COMMENT | more)


def test_what_came_back_is_read() -> None:
    meta = {"was_initially_deleted": True, "removal_type": "removed", "retrieved_2nd_on": 1761129600}
    assert read_post(COMMENT | {"_meta": meta}).seen_at == "2025-10-22T10:40:00Z"


@pytest.mark.parametrize(
    ("written", "plain", "links"),
    [
        ("**bold**, *slanted*, _so_, ~~struck~~, `code` and >!hidden!<", "bold, slanted, so, struck, code and hidden", []),
        ("***both*** and snake_case_word, 2 * 3 * 4, a_b", "both and snake_case_word, 2 * 3 * 4, a_b", []),
        ("# Heading\n#futurewelfare\n\\#SaveOurBuses", "Heading\n#futurewelfare\n#SaveOurBuses", []),
        (
            'see [the *paper*](https://a.example/x_(y)\\_z "title"), [home](/r/x)',
            "see the paper, home",
            ["https://a.example/x_(y)_z"],
        ),
        ("<https://a.example/b> and https://a.example/c_d_e", "https://a.example/b and https://a.example/c_d_e", []),
        ("> quoted\n\n* one\n* two\n\n---\n^small ^(and more)", "> quoted\n\n- one\n- two\n\n\nsmall and more", []),
        ("![gif](giphy|abc)\nyes", "yes", []),
        ("\ue0ff **left as it is**", "\ue0ff **left as it is**", []),
    ],
)
def test_markdown_is_made_plain(written: str, plain: str, links: list[str]) -> None:
    assert plain_markdown(written) == (plain, links)


def test_markdown_that_means_harm_is_read_in_time() -> None:
    began = time.perf_counter()
    for trap in ("**a ", "*a _b ", "[", "[a](", "\\", "`", ">!", "^(", "__", "~~x "):
        plain_markdown(trap * (45_000 // len(trap)))
    assert time.perf_counter() - began < 20


def test_a_page_of_reddit_gives_its_submission_and_all_comments_in_it(tmp_path: Path) -> None:
    below = {"kind": "Listing", "data": {"children": [{"kind": "t1", "data": COMMENT | {"id": "c2", "parent_id": "t1_c1"}}]}}
    first = COMMENT | {"id": "c1", "link_id": "t3_s1", "parent_id": "t3_s1", "replies": below}
    submission = {"id": "s1", "author": "bob", "title": "A poll", "selftext": "", "created_utc": 1761000000, "is_self": True}
    submission["poll_data"] = {"options": [{"text": "yes"}, {"text": "no"}]}
    page = [
        {"kind": "Listing", "data": {"children": [{"kind": "t3", "data": submission}]}},
        {
            "kind": "Listing",
            "data": {"children": [{"kind": "t1", "data": first}, {"kind": "more", "data": {"children": ["c9"]}}]},
        },
    ]
    path = tmp_path / "page.json"
    path.write_text(json.dumps(page), encoding="utf-8")
    rows = [row for _, row in rows_of(path)]
    posts = [row.post for row in rows if isinstance(row, Found)]
    assert [post.native_id for post in posts] == ["t3_s1", "t1_c1", "t1_c2"] and posts[0].text == "A poll\n\n- yes\n- no"
    assert isinstance(rows[-1], Lacking)
    assert not any(b"replies" in row.raw for row in rows if isinstance(row, Found))
    path.write_text(json.dumps({"data": [submission]}), encoding="utf-8")
    assert kinds(path) == "F"
