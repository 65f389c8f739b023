"""Which posts are one message: the rule by itself, held against a slow and plain one, and what the store makes of it."""

import json
import random
import sqlite3
from datetime import UTC, datetime, timedelta
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.folder import DataFolder
from pipelines import reading_apart
from pipelines.demo import sample_files
from pipelines.import_exports import import_exports
from pipelines.messages import group_messages
from pipelines.running import running
from pipelines.summarise import summarise
from tests import invented
from tracker.campaign import read_campaign
from tracker.matching import plain_link
from tracker.messages import FEWEST_IN_A_FLOOD, WITHIN, message_key, messages, wording_of
from tracker.records import Copy

FUTUREWELFARE = Path(__file__).resolve().parents[1] / "campaigns" / "futurewelfare"
LONG = "Bring the buses back to every village now"


# ---- the wording -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "bring the BUSES back to every village now!",
        "Bring the #buses back -- to every village, now ✊ https://example.org/a?b=c",
        "@ann @bob@example.social Bring the buses back to every village now",
        "Bring the buses back\n\nto every village now https://t.co/abc…",
        "Ｂring the “buses” back to every village now…",
    ],
)
def test_texts_that_say_the_same_have_one_wording(text: str) -> None:
    assert message_key(text) == message_key(LONG)


def test_apostrophes_of_every_kind_are_one_and_other_words_are_others() -> None:
    assert message_key("we don't know") == message_key("We don’t know")
    assert message_key("we do not know") != message_key("we don't know")
    assert message_key("cafés") == message_key("cafe\u0301s") != message_key("cafes")
    assert message_key("हमारी बसें वापस") != message_key("हमारा बस वापस")


def test_a_text_without_words_has_no_wording() -> None:
    assert message_key("https://example.org @ann 🚌!") == (None, 0)
    assert message_key("one two  three")[1] == 3


ON_X = "https://x.com/ann/status/2096871087928247273"
AT = "at://did:plc:abc123/app.bsky.feed.post/3kxyz"


@pytest.mark.parametrize(
    ("platform", "native_id", "url", "link", "original"),
    [
        ("mastodon", f"https://bsky.brid.gy/convert/ap/{AT}", None, "", ("bluesky", AT, True)),
        ("mastodon", "1", "https://bsky.brid.gy/r/https://bsky.app/profile/did:plc:abc123/post/3kxyz", "", ("bluesky", AT, True)),
        ("mastodon", "https://bird.makeup/users/ann/statuses/2096871087928247273", None, "", ("x", ON_X[-19:], True)),
        ("mastodon", "1", None, ON_X + "?s=20", ("x", ON_X[-19:], False)),
        ("bluesky", AT, None, "https://mobile.twitter.com/ann/status/2096871087928247273/photo/1", ("x", ON_X[-19:], False)),
        ("x", "5", None, "https://bsky.app/profile/did:plc:abc123/post/3kxyz", ("bluesky", AT, False)),
        ("x", "5", None, "https://e.social/@ann/1132", ("mastodon", "https://e.social/users/ann/statuses/1132", False)),
        ("x", "5", None, f"https://bsky.brid.gy/convert/ap/{AT}", ("bluesky", AT, False)),
        ("x", "5", None, "https://x.com/bob/status/6", None),
        ("mastodon", "1", None, "https://example.org/2026/10/05", None),
        ("mastodon", "1", None, "https://x.com/ann", None),
        ("x", "5", None, "https://[broken", None),
    ],
)
def test_an_original_is_known_by_the_address_of_its_copy(
    platform: str, native_id: str, url: str | None, link: str, original: tuple[str, str, bool] | None
) -> None:
    found = wording_of(platform, native_id, url, "text", truncated=False, links=[link]).originals
    assert [(one.platform, one.native_id, one.certain) for one in found] == ([original] if original else [])


def test_what_a_cut_text_says_is_not_known() -> None:
    assert wording_of("x", "5", None, LONG, truncated=True, links=[]).digest is None


# ---- which hang together ---------------------------------------------------------------------------------------------


def copy(post_id: int, platform: str = "x", hours: float = 0, text: str = LONG, **more: object) -> Copy:
    at = datetime(2026, 10, 5, tzinfo=UTC) + timedelta(hours=hours)
    return Copy(post_id, platform, at.strftime("%Y-%m-%dT%H:%M:%SZ"), *message_key(text), **more)  # type: ignore[arg-type]


PAPER, OTHER, SHORT = ("https://example.org/paper",), ("https://example.org/other",), ("https://t.co/abc",)


@pytest.mark.parametrize(
    ("copies", "groups"),
    [
        ([copy(1), copy(2, "mastodon", 48)], [[1, 2]]),
        ([copy(1), copy(2, "mastodon", 48.01)], []),
        ([copy(1), copy(2, "mastodon", text="Bring the buses back again now please")], []),
        ([copy(1, text="Bring the buses back now"), copy(2, "mastodon", text="Bring the buses back now")], []),
        ([copy(1, links=PAPER), copy(2, "mastodon", links=("http://www.example.org/paper/?utm_source=m", *OTHER))], [[1, 2]]),
        ([copy(1, links=PAPER), copy(2, "mastodon", links=OTHER)], []),
        ([copy(1, links=PAPER), copy(2, "mastodon")], [[1, 2]]),
        ([copy(1, links=SHORT), copy(2, "mastodon", links=OTHER)], [[1, 2]]),
        ([copy(1), copy(2), copy(3), copy(4)], []),
        ([copy(1), copy(2, hours=900), copy(3), copy(4), copy(5)], [[1, 2, 3, 4, 5]]),
        (
            [copy(n, platform) for n, platform in enumerate(["x", "x", "x", "bluesky", "bluesky", "bluesky"])],
            [[0, 1, 2, 3, 4, 5]],
        ),
        ([copy(1), copy(2, "mastodon", 40), copy(3, "bluesky", 80)], [[1, 2, 3]]),
        ([copy(1), copy(2, "mastodon", 900, text="Another", copy_of=((1, True),))], [[1, 2]]),
        ([copy(1, text="Yes!"), copy(2, "mastodon", 900, text="yes", copy_of=((1, False),))], [[1, 2]]),
        ([copy(1), copy(2, "mastodon", text="Look at this", copy_of=((1, False),))], []),
        ([copy(1), copy(2, "x", text="Another", copy_of=((1, True),))], []),
        ([copy(2, "mastodon", copy_of=((1, True),))], []),
    ],
)
def test_posts_are_one_message_or_not(copies: list[Copy], groups: list[list[int]]) -> None:
    assert messages(copies) == groups
    assert messages(copies[::-1]) == groups


def by_pairs(copies: list[Copy]) -> list[list[int]]:
    """The rule as it is written, a pair at a time."""
    groups = [{one.post_id} for one in copies]
    for one, other in combinations(copies, 2):
        alike = [c for c in copies if c.digest == one.digest and c.platform == one.platform]
        flood = one.platform == other.platform and len(alike) >= FEWEST_IN_A_FLOOD
        apart = abs(datetime.fromisoformat(one.created_at) - datetime.fromisoformat(other.created_at))
        theirs = [{plain_link(link) for link in c.links} for c in (one, other)]
        close = one.platform != other.platform and apart <= WITHIN and (not all(theirs) or bool(theirs[0] & theirs[1]))
        if one.digest == other.digest and one.words >= 6 and (flood or close):
            joined = [group for group in groups if group & {one.post_id, other.post_id}]
            groups = [group for group in groups if group not in joined] + [set().union(*joined)]
    return sorted(sorted(group) for group in groups if len(group) > 1)


COPIES = st.lists(
    st.tuples(
        st.sampled_from(["x", "mastodon", "bluesky"]),
        st.integers(0, 250),
        st.sampled_from([LONG, LONG, "Another text of no fewer words than six", "Too short"]),
        st.sampled_from([(), (), PAPER, OTHER, PAPER + OTHER]),
    ),
    max_size=24,
)


@settings(max_examples=300)
@given(made=COPIES, seed=st.integers(0, 9))
def test_the_quick_rule_gives_what_comparing_every_pair_gives(
    made: list[tuple[str, int, str, tuple[str, ...]]], seed: int
) -> None:
    copies = [copy(n, platform, hours, text, links=links) for n, (platform, hours, text, links) in enumerate(made)]
    expected = by_pairs(copies)
    random.Random(seed).shuffle(copies)
    assert messages(copies) == expected


# ---- in the store ----------------------------------------------------------------------------------------------------


def partition(data: Path) -> set[frozenset[str]]:
    """The messages of a store, each as the platforms' own names of its posts."""
    db = sqlite3.connect(data / "tracker.db")
    rows = db.execute(
        """
        select group_concat(platform || ' ' || native_id, '|')
        from same_message join posts on posts.id = post_id group by message_id
        """
    )
    found = {frozenset(names.split("|")) for (names,) in rows}
    db.close()
    return found


def night(data: Path, campaign: Path, *files: Path) -> int:
    """Import, group and count; returns how many posts' message changed."""
    with running("import", read_campaign(campaign), DataFolder(data), clock=lambda: "2026-11-23T00:00:00Z") as run:
        import_exports(run, files)
        changed = group_messages(run)
        summarise(run)
        assert run.problems == []
    return changed


def value(data: Path, sql: str) -> object:
    db = sqlite3.connect(data / "tracker.db")
    try:
        return db.execute(sql).fetchone()[0]
    finally:
        db.close()


def test_the_sample_holds_five_messages_on_two_platforms_and_two_that_twelve_pasted(tmp_path: Path) -> None:
    night(tmp_path, FUTUREWELFARE, *sample_files(FUTUREWELFARE / "sample"))
    found = partition(tmp_path)
    platforms = sorted((len(group), len({name.split()[0] for name in group})) for group in found)
    assert platforms == [(2, 2)] * 5 + [(12, 1)] * 2
    posts, counted = (
        value(tmp_path, f"select sum({name}) from weekly_totals where theme is null") for name in ("posts", "messages")
    )
    once = value(tmp_path, "select count(*) from posts where kind <> 'repost' and id not in (select post_id from same_message)")
    assert (posts, counted) == (once + 5 * 2 + 2 * 12, once + 5 + 2)  # type: ignore[operator]


def test_messages_are_the_same_in_whatever_order_files_are_imported_and_grouped(tmp_path: Path) -> None:
    files = sample_files(FUTUREWELFARE / "sample")
    night(tmp_path / "whole", FUTUREWELFARE, *files)
    for number in range(4):
        random.Random(number).shuffle(files)
        for file in files:
            night(tmp_path / str(number), FUTUREWELFARE, file)
        assert partition(tmp_path / str(number)) == partition(tmp_path / "whole"), [file.name for file in files]


def status(number: int, text: str, native_id: str = "") -> str:
    """A Mastodon status in JSON, from an hour after the post of that number."""
    uri = native_id or f"https://example.social/users/ann/statuses/{number}"
    at = (invented.moment(number) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    account = {"id": "1", "username": "ann", "acct": "ann", "display_name": "Ann", "url": "https://example.social/@ann"}
    status = {"id": str(number), "uri": uri, "url": uri, "created_at": at, "content": f"<p>{text}</p>", "account": account}
    return json.dumps([{**status, "visibility": "public", "tags": [{"name": "saveourbuses"}]}])


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    return invented.campaign_folder(tmp_path)


def test_a_copy_that_comes_before_its_original_is_found_when_that_comes(tmp_path: Path, campaign: Path) -> None:
    link = f"https://x.com/rider/status/{invented.x_id(1)}"
    copied = tmp_path / "copy.json"
    copied.write_text(status(400, f'Short #SaveOurBuses <a href="{link}">{link}</a>'))
    original = invented.twarc2_file(tmp_path / "a.jsonl", range(1, 2), text="Short #SaveOurBuses")
    for name, files in (("one", [copied, original]), ("other", [original, copied])):
        assert [night(tmp_path / name, campaign, file) for file in files] == [0, 2]
    assert partition(tmp_path / "one") == partition(tmp_path / "other") != set()


def test_a_bridge_is_believed_whatever_the_text(tmp_path: Path, campaign: Path) -> None:
    (tmp_path / "copy.json").write_text(
        status(9, "Cut … #SaveOurBuses", f"https://bird.makeup/users/rider/statuses/{invented.x_id(1)}")
    )
    assert night(tmp_path, campaign, tmp_path / "copy.json", invented.twarc2_file(tmp_path / "a.jsonl", range(3))) == 2


def flood(path: Path, numbers: range, **changes: Any) -> Path:
    return invented.twarc2_file(path, numbers, text=f"{LONG} #SaveOurBuses", **changes)


def test_a_flood_begins_with_the_fifth_post_and_is_counted_once(tmp_path: Path, campaign: Path) -> None:
    assert night(tmp_path, campaign, flood(tmp_path / "a.jsonl", range(4))) == 0
    assert value(tmp_path, "select messages from weekly_totals") == 4
    assert night(tmp_path, campaign, flood(tmp_path / "b.jsonl", range(4, 5))) == 5
    assert value(tmp_path, "select messages from weekly_totals") == 1
    assert value(tmp_path, "select posts from weekly_totals") == 5
    assert night(tmp_path, campaign, tmp_path / "a.jsonl", tmp_path / "b.jsonl") == 0
    assert value(tmp_path, "select count(*) from posts_to_group") == value(tmp_path, "select count(*) from days_to_count") == 0


def test_posts_compared_when_they_are_read_are_grouped_as_those_compared_later(
    tmp_path: Path, campaign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = f"https://x.com/rider/status/{invented.x_id(1)}"
    (tmp_path / "copy.json").write_text(status(400, f'{LONG} #SaveOurBuses <a href="{link}">{link}</a>'))
    files = [tmp_path / "copy.json", flood(tmp_path / "a.jsonl", range(6))]
    night(tmp_path / "later", campaign, *files)
    monkeypatch.setattr(reading_apart, "LARGE", 0)
    night(tmp_path / "read", campaign, *files)
    stores = [sqlite3.connect(tmp_path / name / "tracker.db") for name in ("later", "read")]
    for table in ("post_wordings", "post_originals", "same_message", "posts_to_group"):
        later, read = (store.execute(f"select * from {table} order by 1, 2").fetchall() for store in stores)
        assert later == read, table
    assert stores[1].execute("select count(*) from post_originals").fetchone() > (0,)


def test_reposts_are_no_messages_of_their_own(tmp_path: Path, campaign: Path) -> None:
    refers = [{"type": "retweeted", "id": invented.x_id(500)}]
    night(tmp_path, campaign, flood(tmp_path / "a.jsonl", range(8), referenced_tweets=refers))
    assert (value(tmp_path, "select count(*) from posts where kind = 'repost'"), partition(tmp_path)) == (8, set())


def test_a_post_that_was_edited_leaves_its_message_and_so_does_one_that_is_deleted(tmp_path: Path, campaign: Path) -> None:
    night(tmp_path, campaign, flood(tmp_path / "a.jsonl", range(6)))
    assert len(next(iter(partition(tmp_path)))) == 6
    versions = [invented.x_id(5), invented.x_id(7)]
    edited = invented.tweet(5, "Trams instead, and quickly, if you please #SaveOurBuses", edit_history_tweet_ids=versions)
    (tmp_path / "b.jsonl").write_text(invented.page([{**edited, "id": invented.x_id(7)}]))
    assert night(tmp_path, campaign, tmp_path / "b.jsonl") == 1
    assert len(next(iter(partition(tmp_path)))) == 5
    with running("import", read_campaign(campaign), DataFolder(tmp_path)) as run:
        run.store.transaction(lambda db: db.execute("delete from posts where native_id = ?", [invented.x_id(3)]))
        assert group_messages(run) == 4
    assert partition(tmp_path) == set()


def test_a_store_of_before_is_grouped_by_the_next_run(tmp_path: Path, campaign: Path) -> None:
    night(tmp_path, campaign, flood(tmp_path / "a.jsonl", range(5)))
    before = partition(tmp_path)
    db = sqlite3.connect(tmp_path / "tracker.db")
    db.executescript(
        """
        drop trigger same_message_without_a_post; drop table posts_to_group; drop table post_wordings; drop table post_originals;
        delete from same_message; delete from _sqlite_migrations where name in ('m003_messages', 'm017_compared');
        """
    )
    db.close()
    assert night(tmp_path, campaign) == 5
    assert partition(tmp_path) == before


def test_grouping_in_small_batches_gives_what_one_batch_gives(tmp_path: Path, campaign: Path) -> None:
    files = [flood(tmp_path / "a.jsonl", range(7)), tmp_path / "b.json"]
    files[1].write_text(status(3, f"{LONG}! #SaveOurBuses"))
    for batch in (1, 2, 3, 8):
        for number, order in enumerate(permutations(files)):
            data = tmp_path / f"{batch}-{number}"
            with running("import", read_campaign(campaign), DataFolder(data)) as run:
                import_exports(run, order)
                group_messages(run, batch)
            assert [len(group) for group in partition(data)] == [8]
