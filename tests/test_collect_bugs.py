"""A bug in one source is a row and an exit code of 1, with its traceback; the other sources are collected (law 4)."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.collecting_desk import CANARY, collecting_desk, coverage, published, sound, stored
from tests.conftest import REPOSITORY
from tests.desk import Desk
from tests.fake_platform.talking import Platform, platform
from tests.warm import Ended

FEED = '[sources.feeds]\nurls = ["{base}/feed"]\n'
IN_A_PAGE = """
import tracker.sources.mastodon_walk as walk
read = walk.read_statuses
def with_a_bug(statuses, uris, **more):
    if len(uris) >= 40:
        raise KeyError("what somebody said, token=canary-token-5e1f")
    return read(statuses, uris, **more)
walk.read_statuses = with_a_bug
"""
IN_A_PLAN = """
import tracker.sources.mastodon as mastodon
def with_a_bug(campaign):
    return campaign.no_such_thing
mastodon.asks = with_a_bug
"""
IN_A_THREAD = """
import tracker.sources.mastodon as mastodon
def with_a_bug(post, asking):
    yield from asking.no_such_thing
mastodon.thread = with_a_bug
"""


@pytest.fixture
def server() -> Iterator[Platform]:
    with platform() as running:
        running.tell("feed", path="/feed", call="open", kind="atom")
        words = {"count": 2, "every": 60, "text": "The last bus was cut #SaveOurBuses", "now": "2026-11-01T08:00:00+00:00"}
        running.tell("feed", path="/feed", call="fill", **words)
        yield running


def collect(desk: Desk, bug: str = "", *words: object) -> Ended:
    argv = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n{bug}\nimport cli\ncli.main()"]
    done = subprocess.run(
        [*argv, *desk.argv("collect", *words)[2:]],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "MASTODON_TOKEN": CANARY},
    )
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "bug", [IN_A_PAGE, pytest.param(IN_A_PLAN, marks=pytest.mark.faults), IN_A_THREAD], ids=["page", "plan", "thread"]
)
def test_a_bug_in_a_source_is_a_row_and_the_others_are_collected(tmp_path: Path, server: Platform, bug: str) -> None:
    feeds = FEED.format(base=server.base)
    desk = collecting_desk(tmp_path, server, more=feeds)
    asked, *_ = server.publish(50, start=(datetime.now(UTC) - timedelta(days=2)).isoformat(), every=60)
    server.publish(1, text="An answer without the hashtag", reply_to=asked)
    log = tmp_path / "log.jsonl"
    ended = collect(desk, bug, "--log-json", log)
    assert (ended.code, ended.out) == (1, ""), ended
    assert ended.err.count("Traceback (most recent call last)") == 1 and "with_a_bug" in ended.err
    assert all(f"\n{part}: " in ended.err for part in ("Why", "Safe", "Next")), ended.err
    assert "Traceback" in next(said for line in log.read_text().splitlines() if (said := json.loads(line).get("traceback")))
    assert CANARY not in ended.err + log.read_text()
    rows = {(row["source"], row["query"]): row for row in coverage(desk)}
    bad = [row for row in rows.values() if "failed by a bug" in (row["note"] or "")]
    assert [(row["source"], row["status"]) for row in bad] == [("mastodon", "partial")], rows
    assert "what somebody said" not in bad[0]["note"]
    assert [row["got"] for row in rows.values() if row["source"] == "feeds"] == [2]
    assert len(stored(desk)) == {IN_A_PAGE: 43, IN_A_PLAN: 2, IN_A_THREAD: 52}[bug]
    assert desk.query("select status, exit_code from runs") == [("partial", 1)]
    assert collect(desk).code == 0
    assert len(stored(desk)) == 53 and published(server).items() <= stored(desk).items()
    assert sound(desk) == []
