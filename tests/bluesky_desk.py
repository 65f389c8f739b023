"""A campaign that collects from a loopback Bluesky, and what must hold of its store whatever happened."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bluesky_world import PASSWORD
from tests.collecting_desk import desk_asking
from tests.desk import Desk, in_the_next_second
from tests.fake_bluesky import FakeBluesky
from tests.warm import Ended

CREDENTIALS = {"BLUESKY_HANDLE": "collector.example", "BLUESKY_APP_PASSWORD": PASSWORD}
SOURCES = """
[sources.bluesky]
host = "{http}"
how = "{how}"
jetstream = "{stream}"
appview = "{http}"
[network]
allow_hosts = ["127.0.0.1"]
"""


@pytest.fixture
def fake() -> Iterator[FakeBluesky]:
    """A loopback Bluesky with an account that may ask."""
    with FakeBluesky() as running:
        running.do("join", name="collector")
        yield running


def bluesky_desk(root: Path, fake: FakeBluesky, how: str = "search") -> Desk:
    """A campaign that follows #SaveOurBuses there."""
    return desk_asking(root, SOURCES.format(http=fake.http, stream=fake.stream, how=how))


def collect(desk: Desk, *words: object) -> Ended:
    """Collect as cron does."""
    in_the_next_second()
    return desk.run("collect", *words, env=os.environ | CREDENTIALS)


def stored(desk: Desk) -> dict[str, str]:
    """The posts that are stored and shown, by id, with their texts."""
    return dict(desk.query("select native_id, text from posts where platform = 'bluesky' and status = 'live'"))


def true(fake: FakeBluesky) -> dict[str, str]:
    """The posts of the campaign that are shown, by id, with their texts."""
    posts = fake.truth()["posts"].items()
    return {uri: told["text"] for uri, told in posts if told["shown"] and "#SaveOurBuses" in told["first_text"]}


def broken(desk: Desk, fake: FakeBluesky) -> list[str]:
    """Which of the invariants do not hold after a run that was let be: nothing where all do."""
    there, truth = stored(desk), true(fake)
    found = [f"I1: {len(truth.keys() - there.keys())} lost"] if truth.keys() - there.keys() else []
    found += [f"I1: {len(there.keys() - truth.keys())} that are not shown"] if there.keys() - truth.keys() else []
    found += [f"I1: {uri} has another text" for uri in truth.keys() & there.keys() if truth[uri] != there[uri]]
    return found + unsound(desk)


def unsound(desk: Desk) -> list[str]:
    """Which of them do not hold at any time, also just after a kill."""
    found = []
    if desk.value("select count(*) - count(distinct platform || native_id) from posts"):
        found.append("I2: doubled")
    for store in ("tracker.db", "raw.db"):
        if desk.query("pragma integrity_check", store) != [("ok",)] or desk.query("pragma foreign_key_check", store):
            found.append(f"I4: {store}")
    for path in desk.data.rglob("*"):
        if path.is_file() and any(secret in path.read_bytes() for secret in (PASSWORD.encode(), b"signature-of-")):
            found.append(f"I8: a secret in {path.name}")
    return found


def coverage(desk: Desk) -> dict[str, dict[str, Any]]:
    """The coverage rows of the last run, by query."""
    names = "query, window_from, window_to, status, got, expected, note"
    rows = desk.query(f"select {names} from coverage where run_id = (select max(id) from runs)")
    return {row[0]: dict(zip(names.split(", "), row, strict=True)) for row in rows}
