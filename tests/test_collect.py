"""Collecting as it is run: the command as a process of its own, against a fake platform in another."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collecting_desk import collect, collecting_desk, coverage, holds, published, stored
from tests.fake_platform.talking import Platform, platform


@pytest.fixture
def server() -> Iterator[Platform]:
    with platform() as running:
        yield running


def test_what_is_published_is_collected_once_and_then_only_what_is_new(server: Platform, tmp_path: Path) -> None:
    desk = collecting_desk(tmp_path, server)
    server.publish(95)
    ended = collect(desk)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert holds(desk, published(server)) == []
    (row,) = [row for row in coverage(desk) if row["query"] == "#saveourbuses"]
    assert (row["status"], row["got"], row["server"]) == ("ok", 95, server.host)
    server.publish(3)
    server.tell("forget_asked")
    assert collect(desk).code == 0
    assert holds(desk, published(server)) == []
    assert len(server.asked("/timelines/tag/")) == 2


def test_a_quiet_hashtag_is_empty_and_not_an_error(server: Platform, tmp_path: Path) -> None:
    desk = collecting_desk(tmp_path, server)
    assert collect(desk).code == 0
    (row,) = coverage(desk)
    assert (row["status"], row["got"]) == ("empty", 0)
    assert stored(desk) == {}
