"""Cut reposts find what they repeat, whichever is imported first, and never by a guess."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests import invented
from tests.desk import Desk
from tracker.records import Post
from tracker.stumps import original_of, stump_of

STUMP = Post(
    "x", "2", "RT @Ann: Bring the buses back, and the drivers https://t.c…", "2026-10-01T08:00:00Z", kind="repost", truncated=True
)
ORIGINAL = "Bring the buses back, and the drivers https://news.example/1 with their pay #SaveOurBuses"


def found(post: Post, *texts: str) -> str | None:
    stump = stump_of(post)
    return original_of(stump, [(str(n), text) for n, text in enumerate(texts)]) if stump else None


def test_a_stump_repeats_the_post_that_begins_as_it_does() -> None:
    stump = stump_of(STUMP)
    assert stump is not None
    assert (stump.platform, stump.handle) == ("x", "ann")
    assert found(STUMP, "Something else entirely, on trams", ORIGINAL) == "1"


def test_two_that_begin_so_leave_it_unknown() -> None:
    assert found(STUMP, ORIGINAL, ORIGINAL + " again") is None


@pytest.mark.parametrize(
    "post",
    [
        replace(STUMP, text="RT @ann: Yes…"),
        replace(STUMP, truncated=False),
        replace(STUMP, repost_of="7"),
        replace(STUMP, kind="original"),
        replace(STUMP, text="Bring the buses back, and the drivers…"),
    ],
)
def test_what_says_too_little_or_enough_is_no_stump(post: Post) -> None:
    assert stump_of(post) is None


HEADER = ["id_str", "from_user", "text", "created_at", "from_user_id_str", "status_url"]


def tags_file(path: Path) -> Path:
    """A TAGS sheet with one cut repost that lost the hashtag."""
    text = "RT @rider1001: A fare of four pounds for two stops is not a fare, it is a toll on being poor, and the council kn…"
    row = [invented.x_id(9), "ned", text, "Mon Oct 05 13:33:00 +0000 2026", "77", f"https://x.com/ned/status/{invented.x_id(9)}"]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, row])
    return path


def search_file(path: Path) -> Path:
    """A search result with the post that it repeats."""
    text = "A fare of four pounds for two stops is not a fare, it is a toll on being poor, and the council knows it #SaveOurBuses"
    path.write_text(invented.page([invented.tweet(1, text)]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("names", [("a.csv", "b.jsonl"), ("b.csv", "a.jsonl")])
def test_a_cut_repost_belongs_by_what_it_repeats_in_either_order(desk: Desk, names: tuple[str, str]) -> None:
    tags_file(desk.files / names[0])
    search_file(desk.files / names[1])
    planned = desk.run("import", "--dry-run", "--json", desk.files)
    done = desk.run("import", "--json", desk.files)
    assert done.code == 0, done.err
    assert json.loads(planned.out) == json.loads(done.out)
    assert sorted((f["new"], f["outside"]) for f in json.loads(done.out)["files"]) == [(1, 0), (1, 0)]
    assert desk.query("select repost_of, rule, value from posts join post_matches on post_id = id where kind = 'repost'") == [
        (invented.x_id(1), "conversation", invented.x_id(1))
    ]


def test_a_cut_repost_of_nothing_known_stays_outside(desk: Desk) -> None:
    done = desk.run("import", "--json", tags_file(desk.files / "a.csv"))
    assert [(f["new"], f["outside"]) for f in json.loads(done.out)["files"]] == [(0, 1)]
