"""Feeds collected as cron does: the command as a process of its own, against a server in another that can go wrong."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.collecting import UNANSWERED
from tests.collecting_desk import desk_asking, stored
from tests.collecting_desk import server as server
from tests.desk import Desk
from tests.fake_platform.talking import Platform
from tests.raw_server import answer, raw_server
from tracker.sources.patience import TRIES

FEEDS = """
[sources.feeds]
urls = ["{base}/feed"]
[network]
allow_hosts = ["{host}"]
"""


@pytest.fixture
def desk(server: Platform, tmp_path: Path) -> Desk:
    return desk_asking(tmp_path, FEEDS.format(base=server.base, host=server.host))


def coverage(desk: Desk) -> list[tuple[str, int, str]]:
    asked = "select status, got, coalesce(note, '') from coverage where run_id = (select max(id) from runs) order by id"
    return desk.query(asked)


def feed(server: Platform, call: str, **words: Any) -> Any:
    return server.tell("feed", path="/feed", call=call, **words)


def fill(server: Platform, count: int, text: str, every: int = 600) -> None:
    feed(server, "fill", count=count, every=every, text=text, now=datetime.now(UTC).replace(microsecond=0).isoformat())


def test_a_feed_is_looked_at_night_after_night(server: Platform, desk: Desk) -> None:
    feed(server, "open", kind="atom", shows=8)
    fill(server, 4, "The last bus was cut #SaveOurBuses")
    fill(server, 2, "Something else altogether")
    assert desk.run("collect").code == 0
    assert len(stored(desk)) == 4
    ((status, got, note),) = coverage(desk)
    assert (status, got) == ("ok", 4) and "2 were of other debates" in note
    assert desk.run("collect").code == 0
    ((status, got, note),) = coverage(desk)
    assert (status, got) == ("ok", 0) and "nothing has changed" in note
    fill(server, 20, "More of it #SaveOurBuses", every=1)
    missed = desk.run("collect")
    assert missed.code in (0, 4)
    assert len(stored(desk)) == 12
    feed(server, "set", how="page")
    ended = desk.run("collect")
    assert ended.code == 3 and "web page" in ended.err and "Traceback" not in ended.err
    feed(server, "set", how="gone")
    assert desk.run("collect").code == 3
    feed(server, "set", how="fine")
    assert desk.run("collect").code == 0
    assert desk.value("select count(*) - count(distinct native_id) from posts") == 0


def test_a_fault_at_one_feed_keeps_no_other_of_its_server_from_being_read(server: Platform, tmp_path: Path) -> None:
    urls = f'["{server.base}/broken", "{server.base}/feed"]'
    desk = desk_asking(tmp_path, f'[sources.feeds]\nurls = {urls}\n[network]\nallow_hosts = ["{server.host}"]\n')
    feed(server, "open", kind="atom")
    fill(server, 3, "The last bus was cut #SaveOurBuses")
    server.fault("refuse", status=500, body="", count=-1, path="/broken")
    ended = desk.run("collect")
    assert (
        ended.code == 3 and "has a fault, and did not give what it was asked for.\nWhy: It answered with status 500." in ended.err
    )
    assert [(status, got) for status, got, _ in coverage(desk)] == [("unreachable", None), ("ok", 3)]


def test_a_server_with_a_fault_at_each_place_is_given_up(server: Platform, tmp_path: Path) -> None:
    urls = [f"{server.base}/{number}" for number in range(6)]
    desk = desk_asking(tmp_path, f'[sources.feeds]\nurls = {urls}\n[network]\nallow_hosts = ["{server.host}"]\n')
    server.fault("refuse", status=502, body="", count=-1, path="/")
    assert desk.run("collect").code == 3
    told = coverage(desk)
    assert [status for status, _, _ in told] == ["unreachable"] * 6
    assert ["given up" in note for _, _, note in told] == [False] * UNANSWERED + [True] * (6 - UNANSWERED)
    assert len(server.asked()) == UNANSWERED * TRIES


def test_a_feed_that_filled_up_is_a_gap_with_its_from_and_to(server: Platform, desk: Desk) -> None:
    feed(server, "open", shows=5)
    fill(server, 5, "The last bus was cut #SaveOurBuses")
    assert desk.run("collect").code == 0
    ahead_of_time = (datetime.now(UTC) + timedelta(seconds=90)).replace(microsecond=0)
    feed(server, "fill", count=9, every=5, text="Later #SaveOurBuses", now=ahead_of_time.isoformat())
    time.sleep(1.1)
    ended = desk.run("collect")
    assert ended.code == 4 and "newest entries only" in ended.err
    ((start, end),) = desk.query("select gap_from, gap_to from gaps where source = 'feeds'")
    assert start < end
    assert desk.run("collect").code == 0


def test_a_feed_of_ones_own_that_leads_to_the_open_internet_is_not_followed_without_governance(tmp_path: Path) -> None:
    elsewhere = answer(b"", "Location: https://debate.example.org/feed", status="302 Found")
    with raw_server(elsewhere) as server:
        desk = desk_asking(tmp_path, FEEDS.format(base=server.base, host=server.host))
        ended = desk.run("collect")
    assert ended.code == 3 and "open internet, and campaign.toml, [governance] is not filled in" in ended.err
    ((status, _, note),) = coverage(desk)
    assert status == "refused" and "debate.example.org was not asked" in note
