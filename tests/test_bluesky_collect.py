"""Collecting from Bluesky as it is run: the command as a process of its own, against a loopback Bluesky in another."""

import os
import random
import sqlite3
import time
from pathlib import Path

import pytest

from tests.bluesky_desk import CREDENTIALS, bluesky_desk, broken, collect, coverage, stored, unsound
from tests.bluesky_desk import fake as fake
from tests.conftest import Figure
from tests.desk import Desk, in_the_next_second
from tests.fake_bluesky import FakeBluesky
from tests.warm import Warm

KILLS = int(os.environ.get("DEBATE_TRACKER_KILLS", "0"))
DAY = 86400.0


def ago(days: float) -> float:
    return time.time() - days * DAY


def status_of(desk: Desk, uri: str) -> tuple[str, str]:
    """(status, the last evidence) of a post."""
    evidence = "select evidence from post_status_history where post_id = posts.id order by id desc limit 1"
    [(status, said)] = desk.query(f"select status, coalesce(({evidence}), '') from posts where native_id = '{uri}'")
    return status, said


# ---- search ----------------------------------------------------------------------------------------------------------


def test_t12_t13_a_night_a_week_away_and_what_became_of_the_posts(fake: FakeBluesky, tmp_path: Path) -> None:
    desk = bluesky_desk(tmp_path, fake)
    rider, other = fake.do("join", name="rider"), fake.do("join", name="other")
    fake.do("shift", seconds=-8 * DAY)
    posts = fake.do("crowd", did=rider, text="late again #SaveOurBuses", count=130, came=ago(13), every=1800.0)
    theirs = fake.do("post", did=other, text="me too #SaveOurBuses", came=ago(9))
    fake.do("post", did=rider, text="from before there was anything #SaveOurBuses", made=0.0, came=ago(9))
    ended = collect(desk)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert broken(desk, fake) == []
    assert coverage(desk)["#saveourbuses"]["status"] == "ok"
    fake.do("shift", seconds=0)
    fake.do("crowd", did=rider, text="and again #SaveOurBuses", count=30, came=ago(7.9), every=3600.0)
    fake.do("delete", uri=posts[-1])
    fake.do("rewrite", uri=posts[-2], text="rewritten, without its tag")
    fake.do("state", did=other, state="deactivated")
    fake.do("rename", did=rider, handle="new-name.example")
    desk_clock_back(desk)
    assert collect(desk).code == 0
    assert broken(desk, fake) == []
    assert status_of(desk, posts[-1])[0] == "gone"
    assert status_of(desk, theirs)[0] == "hidden"
    assert desk.query(f"select handle from authors where native_id = '{rider}'") == [("new-name.example",)]
    fake.do("state", did=other, state="active")
    desk_clock_back(desk)
    assert collect(desk).code == 0
    assert broken(desk, fake) == []
    assert status_of(desk, theirs)[0] == "live"


def desk_clock_back(desk: Desk) -> None:
    """Let what was seen in this test be seen a day ago, so that it is looked at again."""
    db = sqlite3.connect(desk.data / "tracker.db")
    with db:
        db.execute("update posts set seen_at = strftime('%Y-%m-%dT%H:%M:%SZ', seen_at, '-1 day')")
        db.execute("update post_counts set seen_at = strftime('%Y-%m-%dT%H:%M:%SZ', seen_at, '-1 day') where seen_at <> ''")
    db.close()


def test_threads_are_followed_and_said_how_complete(fake: FakeBluesky, tmp_path: Path) -> None:
    desk = bluesky_desk(tmp_path, fake)
    rider, other = fake.do("join", name="rider"), fake.do("join", name="other")
    root = fake.do("post", did=rider, text="who else waits? #SaveOurBuses", came=ago(2))
    replies = [fake.do("reply", did=other, parent=root, text=f"I do {n}", came=ago(1)) for n in range(5)]
    deep = fake.do("reply", did=rider, parent=replies[0], text="for how long?", came=ago(1))
    assert collect(desk).code == 0
    assert stored(desk).keys() >= {root, *replies, deep}
    assert desk.query("select expected, got, complete from threads") == [(6, 6, 1)]


def test_without_credentials_nothing_is_sent_and_check_says_so(fake: FakeBluesky, tmp_path: Path) -> None:
    desk = bluesky_desk(tmp_path, fake)
    ended = desk.run("collect")
    assert ended.code == 5
    assert "BLUESKY_APP_PASSWORD" in ended.err
    assert "BLUESKY_APP_PASSWORD" in desk.run("check").out
    assert coverage(desk)["#saveourbuses"]["status"] == "refused"
    assert fake.truth()["asked"] == []
    planned = collect(desk, "--dry-run")
    assert "#saveourbuses" in planned.out
    assert fake.truth()["asked"] == []


def test_t8_a_web_page_for_an_answer_is_a_row_and_not_a_crash(fake: FakeBluesky, tmp_path: Path) -> None:
    desk = bluesky_desk(tmp_path, fake)
    fake.do("fault", html=True)
    ended = collect(desk)
    assert ended.code == 3
    assert "Traceback" not in ended.err
    assert coverage(desk)["#saveourbuses"]["status"] == "refused"


@pytest.mark.parametrize("how", ["search", "jetstream"])
def test_t1_collections_of_bluesky_killed_at_any_moment_lose_and_double_nothing(
    fake: FakeBluesky, tmp_path: Path, program: Warm, figure: Figure, how: str
) -> None:
    """At any moment of a run. Figures: half of DEBATE_TRACKER_KILLS kills each way, else four."""
    chance = random.Random(f"bluesky {how}")
    rider = fake.do("join", name="rider")
    kills = KILLS // 2 or 4
    desk = bluesky_desk(tmp_path, fake, how)
    violations: list[str] = []
    killed, number, length = 0, 0, 1.0
    while killed < kills:
        number += 1
        assert number < 3 * kills, "most collections end before they can be killed"
        came = ago(0.5 - 0.4 * number / (3 * kills))
        posts = fake.do("crowd", did=rider, text=f"night {number} #SaveOurBuses", count=40, came=came, every=0.05)
        *deleted, rewritten = chance.sample(posts, 6)
        for uri in deleted:
            fake.do("delete", uri=uri)
        fake.do("rewrite", uri=rewritten, text=f"rewritten on night {number} #SaveOurBuses")
        began = time.monotonic()
        program.begin(desk, "collect", **CREDENTIALS)
        if program.killed(chance.uniform(0.02, 1.1 * length)):
            killed += 1
        else:
            length = time.monotonic() - began  # of the last one that was let be
        if (desk.data / "tracker.db").exists() and (desk.data / "raw.db").exists():
            violations += unsound(desk)
    in_the_next_second()
    ended = program.run(desk, "collect", **CREDENTIALS)
    violations += [f"I6: exit code {ended.code}: {ended.err}"] if ended.code else []
    violations += [said for said in broken(desk, fake) if "not shown" not in said or how == "jetstream"]
    figure(f"T1 kill -9 at any moment, Bluesky by {how}", killed, violations, f"{len(stored(desk))} posts")


# ---- the stream ------------------------------------------------------------------------------------------------------


def test_the_stream_is_read_from_where_the_last_run_stopped(fake: FakeBluesky, tmp_path: Path) -> None:
    desk = bluesky_desk(tmp_path, fake, "jetstream")
    rider, driver = fake.do("join", name="rider"), fake.do("join", name="driver", labels=["!no-unauthenticated"])
    posts = fake.do("crowd", did=rider, text="late #SaveOurBuses", count=300, came=ago(1), every=60.0)
    fake.do("crowd", did=rider, text="about something else", count=300, came=ago(0.5), every=60.0)
    quiet = fake.do("post", did=driver, text="#saveourbuses ünïcödé 🚌 first")
    reply = fake.do("reply", did=rider, parent=quiet, text="an answer without the tag")
    taken_back = fake.do("post", did=driver, text="no more of it #SaveOurBuses")
    ended = collect(desk)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert stored(desk).keys() == {*posts, quiet, reply, taken_back}
    assert dict(desk.query("select native_id, handle from authors")) == {rider: "rider.example", driver: "driver.example"}
    fake.do("delete", uri=posts[0])
    fake.do("rewrite", uri=posts[1], text="rewritten, without its tag")
    fake.do("delete", uri=taken_back)
    fake.do("state", did=driver, state="deactivated")
    later = fake.do("post", did=rider, text="and again #SaveOurBuses")
    ended = collect(desk)
    assert (ended.code, ended.err) == (0, "")
    assert status_of(desk, posts[0]) == ("gone", "its author deleted the post")
    assert status_of(desk, quiet) == ("hidden", "its author deactivated the account")
    assert status_of(desk, taken_back)[0] == "gone"
    assert stored(desk)[posts[1]] == "rewritten, without its tag"
    assert later in stored(desk)
    fake.do("state", did=driver, state="active")
    fake.do("state", did=rider, state="deleted")
    assert collect(desk).code == 0
    assert stored(desk).keys() == {quiet}
    assert desk.query("select opted_out from authors order by opted_out") == [(None,), (1,)]


def test_t13_where_the_server_remembers_less_than_the_time_away_there_is_a_gap(fake: FakeBluesky, tmp_path: Path) -> None:
    desk = bluesky_desk(tmp_path, fake, "jetstream")
    rider = fake.do("join", name="rider")
    fake.do("fault", lookback=40 * DAY, deaf=True)
    first = fake.do("crowd", did=rider, text="#SaveOurBuses", count=20, came=ago(1.4), every=1.0)
    assert collect(desk).code == 0
    assert stored(desk).keys() == set(first)
    assert "nothing newer" in coverage(desk)["all posts, as they are made"]["note"]
    fake.do("fault", lookback=0.5 * DAY, deaf=False)
    fake.do("crowd", did=rider, text="lost #SaveOurBuses", count=20, came=ago(1.0), every=1.0)
    there = fake.do("crowd", did=rider, text="there #SaveOurBuses", count=20, came=ago(0.4), every=1.0)
    fake.do("post", did=rider, text="now")
    ended = collect(desk)
    assert ended.code == 4
    assert "may be missing" in ended.err
    assert stored(desk).keys() == {*first, *there}
    assert desk.value("select count(*) from gaps where source = 'bluesky'") == 1
    assert collect(desk).code == 0
    assert desk.value("select count(*) from gaps") == 1


def test_t7_t8_breaks_doubles_nonsense_and_a_server_that_is_starting(fake: FakeBluesky, tmp_path: Path) -> None:
    desk = bluesky_desk(tmp_path, fake, "jetstream")
    rider = fake.do("join", name="rider")
    posts = fake.do("crowd", did=rider, text="#SaveOurBuses", count=700, came=ago(0.5), every=1.0)
    fake.do("post", did=rider, text="now")
    fake.do("fault", twice=True, nonsense=True, starting=1, breaks=3, break_after=250)
    ended = collect(desk)
    assert (ended.code, ended.err) == (0, "")
    assert stored(desk).keys() == set(posts)
    assert unsound(desk) == []
    assert "made again" in coverage(desk)["all posts, as they are made"]["note"]
