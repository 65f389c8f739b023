"""Faults T3 to T13 while collecting: whatever happens, one run that is let be puts all right (invariants I1 to I8).

T1, T2 and T6 stand in test_collect_kills.py, T11 in test_damage.py. `make test` runs a few of each, `make faults` all of them.
"""

import os
import shutil
import socketserver
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.collecting_desk import collect, collecting_desk, coverage, holds, published, sound, stored
from tests.collecting_desk import server as server
from tests.conftest import Figure
from tests.desk import Desk, in_the_next_second
from tests.fake_platform.talking import Platform, platform
from tests.warm import Ended, Warm

KILLS = int(os.environ.get("DEBATE_TRACKER_KILLS", "6"))


@pytest.fixture
def desk(tmp_path: Path, server: Platform) -> Desk:
    return collecting_desk(tmp_path, server)


def converges(desk: Desk, server: Platform) -> list[str]:
    """What is broken after a run that is let be."""
    return whole(desk, server, collect(desk))


def whole(desk: Desk, server: Platform, ended: Ended) -> list[str]:
    """What is broken after a run that ended so."""
    return ([f"I6: exit code {ended.code}: {ended.err}"] if ended.code else []) + holds(desk, published(server)) + diary(desk)


def diary(desk: Desk) -> list[str]:
    """I5: every run has its end, and its last row of coverage says that it was read to the end."""
    broken = []
    if desk.query("select * from runs where finished_at is null and status <> 'interrupted'"):
        broken.append("I5: a run without an end")
    if [row for row in coverage(desk) if row["status"] not in ("ok", "empty")]:
        broken.append("I5: coverage without an end")
    return broken


def told(err: str) -> bool:
    """I7: what failed, why, what is safe, what to do next; no traceback."""
    return "Traceback" not in err and all(f"\n{part}: " in err for part in ("Why", "Safe", "Next"))


# ---- T3, T4, T5: storage ---------------------------------------------------------------------------------------------------


def rather(*names: str, of: Iterable[str]) -> list[Any]:
    """These in every run of the tests, the others in `make faults` only."""
    return [name if name in names else pytest.param(name, marks=pytest.mark.faults) for name in of]


DISKS = {"full": ("pwrite64", "ENOSPC"), "broken": ("pwrite64", "EIO"), "broken at the end": ("fdatasync", "EIO")}


@pytest.mark.parametrize("disk", rather("full", of=DISKS))
def test_t3_t4_a_full_or_broken_disk_ends_with_6_and_the_next_run_converges(
    desk: Desk, server: Platform, program: Warm, disk: str, figure: Figure
) -> None:
    call, error = DISKS[disk]
    server.publish(45)
    count = len(program.calls(desk.beside("calm"), call))
    tries = min(count, max(2, KILLS // 2))
    violations, codes = list[str](), Counter[int]()
    for place in range(tries):
        one = desk.beside(place)
        if place % 2:
            assert program.run(one, "collect").code == 0
            server.publish(5)
        ended = program.injected(one, call, f"error={error}", f"{1 + place * count // tries}+")
        codes[ended.code] += 1
        if ended.code not in (0, 6) or (ended.code == 6 and not told(ended.err)):
            violations.append(f"{place}: {ended}")
        in_the_next_second()
        violations += whole(one, server, program.run(one, "collect"))
        shutil.rmtree(one.data)
    figure(f"T3 T4 a disk that is {disk} ({call} {error})", tries, violations, f"exit codes {dict(codes)}")


def test_t5_a_store_that_is_locked_for_a_moment_is_waited_for(desk: Desk, server: Platform) -> None:
    server.publish(5)
    assert collect(desk).code == 0
    server.publish(5)
    holder = sqlite3.connect(desk.data / "tracker.db", isolation_level=None, check_same_thread=False)
    holder.execute("begin immediate")
    process = subprocess.Popen(desk.argv("collect"), stderr=subprocess.PIPE, text=True)
    time.sleep(5)
    assert process.poll() is None
    holder.execute("rollback")
    holder.close()
    assert process.wait(60) == 0
    assert holds(desk, published(server)) == []


@pytest.mark.faults
@pytest.mark.parametrize("store", ["tracker.db", "raw.db"])
def test_t5_a_store_that_stays_locked_ends_with_6_in_words(desk: Desk, server: Platform, store: str) -> None:
    server.publish(5)
    assert collect(desk).code == 0
    server.publish(5)
    holder = sqlite3.connect(desk.data / store, isolation_level=None)
    holder.execute("begin exclusive")
    began = time.monotonic()
    ended = collect(desk)
    took = time.monotonic() - began
    holder.execute("rollback")
    holder.close()
    assert ended.code == 6 and told(ended.err) and store in ended.err, ended
    assert 25 < took < 120
    assert converges(desk, server) == []


# ---- T7, T8: the network, and answers that are none --------------------------------------------------------------------------

PASSING: dict[str, dict[str, Any]] = {
    "a reset in the middle": {"fault": "reset"},
    "a cut body": {"fault": "cut"},
    "a cut gzip": {"fault": "gzip-cut"},
    "nobody there": {"fault": "away"},
    "a server error": {"fault": "refuse", "status": 502},
    "too many, in seconds": {"fault": "throttle", "headers": {"Retry-After": "2"}},
    "too many, in the past": {"fault": "throttle", "headers": {"Retry-After": "Mon, 05 Oct 2026 08:00:00 GMT"}},
}
STAYING: dict[str, dict[str, Any]] = {
    "a cut body": {"fault": "cut"},
    "a length that lies": {"fault": "lie"},
    "a cut gzip": {"fault": "gzip-cut"},
    "a bomb": {"fault": "bomb"},
    "a log-in page": {"fault": "html"},
    "an object in place of a list": {"fault": "odd", "change": {"kind": "wrap"}},
    "null": {"fault": "odd", "change": {"kind": "whole", "value": None}},
    "a number": {"fault": "odd", "change": {"kind": "whole", "value": 7}},
    "a wait of a day": {"fault": "throttle", "headers": {"Retry-After": "86400"}},
    "payment required": {"fault": "refuse", "status": 402, "body": {"title": "CreditsDepleted"}},
    "forbidden": {"fault": "refuse", "status": 403, "body": "no"},
}


@pytest.mark.parametrize("name", rather("a reset in the middle", "a server error", "too many, in seconds", of=PASSING))
def test_t7_t8_t9_what_passes_is_not_even_told(desk: Desk, server: Platform, name: str) -> None:
    server.publish(50)
    server.fault(PASSING[name]["fault"], path="/timelines/", after=1, **{k: v for k, v in PASSING[name].items() if k != "fault"})
    assert converges(desk, server) == []
    asked = server.asked("/timelines/")
    assert len(asked) == 4
    if "seconds" in name:
        assert asked[2]["at"] - asked[1]["at"] >= 2


@pytest.mark.parametrize(
    "name", rather("a cut gzip", "a log-in page", "an object in place of a list", "a wait of a day", of=STAYING)
)
def test_t7_t8_t9_what_stays_is_a_row_and_the_other_server_is_still_collected(
    tmp_path: Path, server: Platform, name: str
) -> None:
    with platform() as well:
        desk = collecting_desk(tmp_path, server, well)
        server.publish(50)
        well.publish(3)
        words = {k: v for k, v in STAYING[name].items() if k != "fault"}
        server.fault(STAYING[name]["fault"], path="/timelines/", after=1, count=-1, **words)
        ended = collect(desk)
        assert ended.code == 3 and told(ended.err), ended
        rows = {row["server"]: row["status"] for row in coverage(desk)}
        assert rows[well.host] == "ok"
        assert rows[server.host] not in ("ok", "empty")
        assert len(stored(desk)) == 43, "the whole page before it is kept, nothing of the spoilt one"
        assert sound(desk) == []
        server.tell("heal")
        server.tell("forget_asked")
        if "day" in name:
            assert collect(desk).code == 3
            assert server.asked() == [], "asked again before it may be"
            assert collect(desk, clock="86500").code == 0
        else:
            assert collect(desk).code == 0
        assert holds(desk, published(server, well)) == []


CHANGES: list[dict[str, Any]] = [
    {"kind": "add", "field": "entirely_new", "value": {"a": [1]}},
    {"kind": "type", "field": "favourites_count", "value": "many"},
    {"kind": "type", "field": "account", "value": None},
    {"kind": "type", "field": "tags", "value": "none"},
    {"kind": "drop", "field": "replies_count"},
    {"kind": "type", "field": "poll", "value": {"options": "x" * 10_000}},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change['kind']} {change['field']}")
def test_t8_a_changed_schema_loses_no_post(desk: Desk, server: Platform, change: dict[str, Any]) -> None:
    server.publish(50)
    server.fault("odd", change=change, path="/timelines/", count=-1)
    assert converges(desk, server) == []
    if change["kind"] == "add":
        assert "fields that this version does not know: entirely_new (in 5" in coverage(desk)[0]["note"]


def test_t8_one_bad_item_is_refused_and_the_rest_of_its_page_is_stored(desk: Desk, server: Platform) -> None:
    server.publish(40)
    server.fault("odd", change={"kind": "bad_item", "field": "created_at"}, path="/timelines/")
    assert collect(desk).code == 0
    assert len(stored(desk)) == 39
    assert desk.query("select file, line from rejected") == [(f"mastodon {server.host}", 1)]


@pytest.mark.faults
def test_t7_an_answer_that_drips_ends_within_its_deadline_and_the_other_server_is_collected(
    tmp_path: Path, server: Platform
) -> None:
    with platform() as well:
        desk = collecting_desk(tmp_path, server, well)
        server.publish(5)
        well.publish(3)
        server.fault("drip", seconds=1.0, count=-1, path="/timelines/")
        began = time.monotonic()
        ended = collect(desk)
        assert ended.code == 3 and told(ended.err), ended
        assert 55 < time.monotonic() - began < 90
        assert len(stored(desk)) == 3


class SpeaksNoTls(socketserver.BaseRequestHandler):
    """Answers whoever comes with plain HTTP."""

    def handle(self) -> None:
        self.request.recv(1024)
        self.request.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")


@pytest.fixture
def plain_host() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), SpeaksNoTls) as plain:
        threading.Thread(target=plain.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{plain.server_address[1]}"
        plain.shutdown()


@pytest.mark.parametrize("host", ["no-such-name.invalid", "plain"], ids=["no name", "no TLS"])
def test_t7_a_name_that_is_none_and_a_server_without_tls_are_rows(
    tmp_path: Path, server: Platform, plain_host: str, host: str
) -> None:
    desk = collecting_desk(tmp_path, server)
    server.publish(3)
    toml = desk.campaign / "campaign.toml"
    bad = plain_host if host == "plain" else host
    text = toml.read_text().replace("servers = [", f'servers = ["https://{bad}", ')
    toml.write_text(text.replace("allow_hosts = [", f'allow_hosts = ["{bad}", '))
    ended = collect(desk)
    assert ended.code == 3 and told(ended.err), ended
    assert len(stored(desk)) == 3


# ---- T9: 401 in the middle ---------------------------------------------------------------------------------------------------


def test_t9_a_token_that_ends_in_the_middle_is_told_at_once(desk: Desk, server: Platform) -> None:
    server.publish(90)
    server.fault("refuse", status=401, body={"error": "The access token expired"}, path="/timelines/", after=1, count=-1)
    ended = collect(desk, MASTODON_TOKEN="canary-token-5e1f")
    assert ended.code == 5 and told(ended.err), ended
    assert len(server.asked("/timelines/")) == 2
    assert len(stored(desk)) == 40
    server.tell("heal")
    assert converges(desk, server) == []


def test_t9_a_date_to_wait_for_is_waited_for(desk: Desk, server: Platform) -> None:
    server.publish(5)
    when = datetime.now(UTC) + timedelta(seconds=6)
    server.fault("throttle", headers={"Retry-After": format_datetime(when, usegmt=True)}, path="/timelines/")
    assert converges(desk, server) == []
    assert server.asked("/timelines/")[1]["at"] >= when.timestamp() - 1


# ---- T10, T13: time ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clock", ["864000", "-7200", "0:864000", "0:-7200", "-31536000"])
def test_t10_a_clock_that_is_wrong_loses_nothing(desk: Desk, server: Platform, clock: str) -> None:
    now = datetime.now(UTC)
    server.publish(60, start=(now - timedelta(days=6)).isoformat(), every=8000)
    if ":" in clock:  # the run is to be under way when the clock jumps
        server.fault("slow", seconds=0.5, count=-1)
    ended = collect(desk, clock=clock)
    assert ended.code == 0, ended
    assert stored(desk) == published(server), "no post is dropped for a time that seems to come"
    server.publish(5, start=(now - timedelta(hours=1)).isoformat(), every=60)
    server.publish(3, start=(now - timedelta(days=2)).isoformat(), every=60)
    assert converges(desk, server) == []


@pytest.mark.parametrize("days", [7, 30])
def test_t13_a_week_and_a_month_away_lose_nothing_that_the_server_still_has(desk: Desk, server: Platform, days: int) -> None:
    server.publish(20, start=(datetime.now(UTC) - timedelta(days=days + 2)).isoformat(), every=600)
    assert collect(desk, clock=str(-86400 * days)).code == 0
    assert len(stored(desk)) == 20
    server.publish(days * 10, every=8000)
    server.fault("away", count=-1)
    assert collect(desk, clock="-86400").code == 3
    assert desk.query("select status from coverage order by id desc limit 1") == [("unreachable",)]
    server.tell("heal")
    assert converges(desk, server) == []


# ---- T12: what became of posts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"deleted": True}, {"visibility": "private"}], ids=["deleted", "made private"])
def test_t12_what_is_not_shown_any_more_is_hidden_or_gone_after_one_look(
    desk: Desk, server: Platform, change: dict[str, Any]
) -> None:
    numbers = server.publish(10, start=(datetime.now(UTC) - timedelta(days=5)).isoformat(), every=600)
    assert collect(desk).code == 0
    server.tell("change", numbers=numbers[:4], **change)
    assert collect(desk, clock="86400").code == 0
    assert stored(desk) == published(server)
    assert desk.value("select count(*) from post_status_history where evidence <> ''") == 4


def test_t12_a_suspended_account_takes_its_posts_along_and_brings_them_back(desk: Desk, server: Platform) -> None:
    server.publish(14, start=(datetime.now(UTC) - timedelta(days=5)).isoformat(), every=600)
    assert collect(desk).code == 0
    server.tell("settings", suspended=["rider1"])
    assert collect(desk).code == 0
    assert desk.query("select status, count(*) from posts group by 1") == [("hidden", 2), ("live", 12)]
    assert "suspended" in desk.value("select evidence from post_status_history")
    server.tell("settings")
    assert collect(desk).code == 0
    assert stored(desk) == published(server)
