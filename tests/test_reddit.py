"""Posts of Reddit and the dumps made from it. Everything here is invented."""

from pathlib import Path

import pytest
from backports import zstd

from tests.test_exports import ANSWERS, kinds
from tracker.platforms.reddit import read_post
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.problems import UsageProblem

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
