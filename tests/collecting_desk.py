"""A campaign that collects from a fake platform, and what must hold of its store whatever happened (invariants I1 to I8)."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import invented
from tests.desk import Desk, in_the_next_second
from tests.fake_platform.talking import Platform, platform
from tests.warm import Ended

SOURCES = """
[sources.mastodon]
servers = [{servers}]
[network]
allow_hosts = [{hosts}]
"""
CANARY = "canary-token-5e1f"


@pytest.fixture
def server() -> Iterator[Platform]:
    """A platform in a process of its own."""
    with platform() as running:
        yield running


def collecting_desk(root: Path, *platforms: Platform, more: str = "") -> Desk:
    """A campaign that follows #SaveOurBuses on each of these servers."""
    servers = ", ".join(json.dumps(platform.base) for platform in platforms)
    hosts = ", ".join(json.dumps(platform.host) for platform in platforms)
    return desk_asking(root, SOURCES.format(servers=servers, hosts=hosts) + more)


def desk_asking(root: Path, sources: str) -> Desk:
    """The invented campaign with these sources."""
    (root / "files").mkdir(parents=True, exist_ok=True)
    return Desk(invented.campaign_folder(root, invented.CAMPAIGN + sources), root / "data", root / "files")


def collect(desk: Desk, *words: object, clock: str = "", **environment: str) -> Ended:
    """Collect as cron does; `clock`: with a clock that is wrong by so many seconds (tests/shifted.py)."""
    in_the_next_second()
    return desk.run("collect", *words, env=os.environ | environment, clock=clock)


def stored(desk: Desk) -> dict[str, str]:
    """The posts that are stored and shown, by id, with their texts."""
    return dict(desk.query("select native_id, text from posts where status = 'live'"))


def published(platform: Platform, *others: Platform) -> dict[str, str]:
    """The public posts that are true, by id, with their texts."""
    return {
        uri: str(post["text"])
        for one in (platform, *others)
        for uri, post in one.truth().items()
        if not post["deleted"] and post["visibility"] == "public" and "#SaveOurBuses" in str(post["text"])
    }


def holds(desk: Desk, truth: dict[str, str]) -> list[str]:
    """Which of the invariants are broken after a run that was let be: nothing where all hold."""
    broken = []
    there = stored(desk)
    if lost := truth.keys() - there.keys():
        broken.append(f"I1: {len(lost)} lost")
    if extra := there.keys() - truth.keys():
        broken.append(f"I1: {len(extra)} that are not true")
    if changed := [key for key in truth.keys() & there.keys() if truth[key] != there[key]]:
        broken.append(f"I1: {len(changed)} with another text")
    if desk.value("select count(*) - count(distinct platform || native_id) from posts"):
        broken.append("I2: doubled")
    return broken + sound(desk)


def sound(desk: Desk) -> list[str]:
    """Which of the invariants are broken at any time, also just after a kill: I3, I4, I8."""
    broken = []
    for server, cursor in desk.query("select server, cursor from cursors where source = 'mastodon'"):
        at = int(json.loads(cursor)["at"])
        ids = [int(uri.rpartition("/")[2]) for (uri,) in desk.query("select native_id from posts") if server in uri]
        if ids and at > max(ids):
            broken.append("I3: the cursor is ahead of what is stored")
    for store in ("tracker.db", "raw.db"):
        if desk.query("pragma integrity_check", store) != [("ok",)] or desk.query("pragma foreign_key_check", store):
            broken.append(f"I4: {store}")
    for path in desk.data.rglob("*"):
        if path.is_file() and CANARY.encode() in path.read_bytes():
            broken.append(f"I8: a secret in {path.name}")
    return broken


def coverage(desk: Desk) -> list[dict[str, Any]]:
    """The coverage rows of the last run."""
    names = "source, server, query, window_from, window_to, status, got, expected, note"
    rows = desk.query(f"select {names} from coverage where run_id = (select max(id) from runs) order by id")
    return [dict(zip(names.split(", "), row, strict=True)) for row in rows]
