"""What was not seen: times that are missing, answers that are too small, and where people read of it."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.asked import Asked, unread_times
from db.campaigns import note_campaign
from db.folder import DataFolder
from db.store import Store
from tests.collecting_desk import collect, collecting_desk
from tests.fake_platform.talking import platform
from tests.pages_client import Pages
from tracker.counting import local_day
from tracker.coverage import surprise
from tracker.records import Campaign
from tracker.source_settings import BlueskySettings, FeedSettings, MastodonSettings, Sources, XSettings


@pytest.mark.parametrize(
    ("got", "before", "expected", "says"),
    [
        (0, [], None, ""),
        (0, [], 12, "the source itself counts 12"),
        (3, [], 12, ""),
        (0, [9, 8, 10, 12, 9], None, "nothing came, where 9 is usual"),
        (0, [1, 0, 2, 0, 1, 0], None, ""),
        (1, [100, 120, 90, 110, 100], None, "only 1 came"),
        (30, [100, 120, 90, 110, 100], None, ""),
        (0, [50, 50], None, ""),
    ],
)
def test_an_answer_that_is_too_small_is_told(got: int, before: list[int], expected: int | None, says: str) -> None:
    assert surprise(got, before, expected).startswith(says)
    assert bool(surprise(got, before, expected)) == bool(says)


def test_posts_of_the_same_days_that_are_not_given_again_are_told() -> None:
    assert surprise(0, [8], None, again=8) == "none came, where 8 posts of the same days were given before"
    assert surprise(1, [60], None, again=60).startswith("only 1 came, where 60")
    assert surprise(0, [4], None, again=4) == "", "so few may well have been deleted"
    assert surprise(50, [60], None, again=60) == ""


def test_every_change_of_what_is_searched_is_noted_with_its_date(tmp_path: Path) -> None:
    store = Store.open(DataFolder(tmp_path / "data").create())
    mastodon = MastodonSettings(("https://one.example",))
    campaign = Campaign("f", "buses", hashtags=("buses",), sources=Sources(mastodon=mastodon, bluesky=BlueskySettings()))
    newer = replace(campaign.sources, bluesky=BlueskySettings(search="searchPostsV2"))
    two = replace(newer, mastodon=MastodonSettings(("https://one.example", "https://two.example")))
    paid = replace(two, x=XSettings(full_archive=True), feeds=FeedSettings(("https://blog.example/feed",)))
    steps = [campaign, replace(campaign, hashtags=("buses", "fares")), replace(campaign, phrases=("free buses",))]
    steps += [
        replace(campaign, links=("https://paper.example",)),
        *(replace(campaign, sources=one) for one in (newer, two, paid)),
    ]
    for day, one in enumerate([*steps, steps[-1]], 1):
        note_campaign(store, one, now=f"2026-10-{day:02}T00:00:00Z", local_day=local_day)
    noted = [
        (str(row["changed_at"])[8:10], row["what"], str(row["note"])) for row in store.rows("select * from followed order by id")
    ]
    store.close()
    later = [(day, what) for day, what, _ in noted if day > "01"]
    assert later == [
        ("02", "hashtags"),
        *(("03", what) for what in ("hashtags", "phrases")),
        *(("04", what) for what in ("links", "phrases")),
        *(("05", what) for what in ("links", "sources")),
        ("06", "sources"),
        ("07", "sources"),
    ]
    assert noted[-1][2].endswith(
        "now mastodon https://one.example, mastodon https://two.example, bluesky search (searchPostsV2) at https://bsky.social, "
        "x full archive, feed https://blog.example/feed"
    )


def test_a_hashtag_that_nobody_uses_yet_leaves_no_gap(tmp_path: Path) -> None:
    with platform() as server:
        desk = collecting_desk(tmp_path, server)
        for _ in range(2):
            assert collect(desk).code == 0
        assert desk.run("status").code == 0
        server.publish(2, start=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), every=1)
        assert collect(desk).code == 0
        windows = "select count(*) from coverage where query = '#saveourbuses' and window_from {} window_to"
        assert (desk.value(windows.format("=")), desk.value(windows.format("<"))) == (2, 1)
        ended = desk.run("status")
        assert (ended.code, ended.err) == (0, "")


def test_times_that_no_answer_covers_are_computed_and_told_by_status(tmp_path: Path) -> None:
    with platform() as server:
        desk = collecting_desk(tmp_path, server)
        assert collect(desk).code == 0
        store = Store.open(DataFolder(desk.data))
        day = "2026-10-{:02}T00:00:00Z".format
        for start, end, status in ((1, 2, "ok"), (2, 3, "empty"), (3, 4, "unreachable"), (5, 6, "ok"), (5, 7, "ok")):
            asked = Asked(store, 1, "x", "api.x.com", "#a", day(end))
            asked.keep(status=status, got=1, now=day(end), window=(day(start), day(end)))
        assert [(gap["gap_from"], gap["gap_to"]) for gap in unread_times(store)] == [(day(3), day(5))]
        asked = Asked(store, 1, "x", "api.x.com", "#b", day(9))
        for _ in range(2):
            asked.keep(status="ok", got=1, now=day(9), gaps=[(day(1), day(3), "older than X looks back")])
        assert asked.gaps == [(day(1), day(3), "older than X looks back")], "told once"
        Asked(store, 1, "x", "api.x.com", "#b", day(2)).keep(status="ok", got=1, now=day(2), window=(day(1), day(2)))
        Asked(store, 1, "x", "api.x.com", "#b", day(4)).keep(status="ok", got=1, now=day(4), window=(day(3), day(4)))
        assert [gap["query"] for gap in unread_times(store)] == ["#a"], "what a source told of is not told again"
        store.close()
        ended = desk.run("status")
        assert ended.code == 4
        assert "2 times in which posts may be missing for good" in ended.err
        assert f"mastodon {server.host} #saveourbuses: empty on" in ended.out
        found = json.loads(desk.run("status", "--json").out)
        assert [gap["query"] for gap in found["gaps"]] == ["#b", "#a"]


def test_people_read_what_is_missing_and_how_each_source_is_asked(tmp_path: Path) -> None:
    with platform() as server:
        desk = collecting_desk(tmp_path, server)
        server.publish(3)
        server.fault("html", path="/timelines/", count=-1)
        assert collect(desk).code == 3
        data = DataFolder(desk.data)
        store = Store.open(data)
        asked = Asked(store, 1, "x", "api.x.com", "#b", "2026-10-09T00:00:00Z")
        gap = ("2026-10-01T00:00:00Z", "2026-10-03T00:00:00Z", "older than X looks back")
        asked.keep(status="ok", got=1, now="2026-10-09T00:00:00Z", gaps=[gap])
        store.close()
        pages = Pages(data)
        page = pages.text("/missing")
        assert "Why: older than X looks back." in page
        assert server.host in page and "It is a web page" in page
    notes = pages.text("/sources")
    for name in ("Mastodon", "X", "Bluesky", "Feeds"):
        assert re.search(rf"<h2>[^<]*{name}", notes, re.IGNORECASE), name
    assert "<strong>What is asked.</strong>" in notes
    assert "**" not in re.sub(r"<code>.*?</code>", "", notes)
