"""The seam to the network: what is asked again, and how long is waited, against real sockets."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from tests.raw_server import answer, raw_server
from tests.web_client import NOW, OK, Clockwork, web_for
from tracker.problems import RateLimited, ServerFault, Unreachable
from tracker.sources.patience import Patience, told_wait
from tracker.sources.web import Web


def test_faults_that_pass_are_tried_again_with_longer_pauses() -> None:
    clock = Clockwork()
    with raw_server(
        answer(b"", status="502 Bad Gateway"), answer(b"", status="500 Oh"), answer(b"cut", "Content-Length: 9"), OK
    ) as s:
        assert web_for(s, clock).get(f"{s.base}/").json() == {"fine": True}
    assert len(s.requests) == 4
    assert 3 < clock.slept < 11


def test_faults_that_stay_are_told_after_four_tries() -> None:
    with raw_server(answer(b"", status="503 Busy")) as server, pytest.raises(Unreachable, match="status 503"):
        web_for(server).get(f"{server.base}/")
    assert len(server.requests) == 4


def test_what_was_sent_is_not_sent_again() -> None:
    with raw_server(answer(b"", status="500 Oh"), OK) as server, pytest.raises(Unreachable):
        web_for(server).post(f"{server.base}/", json={"password": "once"})
    assert len(server.requests) == 1


def test_nobody_there_is_unreachable() -> None:
    with raw_server(OK) as server:
        pass
    clock = Clockwork()
    with pytest.raises(Unreachable):
        web_for(server, clock).get(f"{server.base}/")
    assert len(clock.sleeps) >= 3


def http_date(moment: float) -> str:
    return format_datetime(datetime.fromtimestamp(moment, UTC), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        (["Retry-After: 30"], 30, 32),
        ([f"Retry-After: {http_date(NOW + 40)}"], 40, 42),
        ([f"Retry-After: {http_date(NOW - 500)}"], 1, 3),
        (["Retry-After: soon"], 60, 61),
        ([], 60, 61),
        ([f"x-rate-limit-reset: {NOW + 100:.0f}"], 100, 102),
        ([f"ratelimit-reset: {NOW + 100:.0f}"], 100, 102),
        (["RateLimit-Reset: 50"], 50, 52),
        ([f"x-ratelimit-reset: {datetime.fromtimestamp(NOW + 70, UTC).isoformat()}"], 70, 72),
        ([f"X-RateLimit-Reset: {datetime.fromtimestamp(NOW + 70, UTC).strftime('%Y-%m-%dT%H:%M:%S.000000Z')}"], 70, 72),
        ([f"Date: {http_date(NOW + 864000)}", f"x-rate-limit-reset: {NOW + 864100:.0f}"], 100, 102),
    ],
)
def test_the_server_says_when_in_its_own_dialect(headers: list[str], least: float, most: float) -> None:
    clock = Clockwork()
    with raw_server(answer(b"", *headers, status="429 Too Many Requests"), OK) as server:
        web_for(server, clock).get(f"{server.base}/")
    assert len(server.requests) == 2
    assert least <= clock.slept <= most


def test_a_wait_that_is_too_long_is_left_to_the_next_run_and_nobody_else_asks_there_meanwhile() -> None:
    clock = Clockwork()
    with raw_server(answer(b"", "Retry-After: 86400", status="429 Too Many Requests"), OK) as server:
        web = web_for(server, clock)
        for _ in range(3):
            with pytest.raises(RateLimited, match="24 hours"):
                web.get(f"{server.base}/")
        assert len(server.requests) == 1
        later = Web(allow_hosts=[server.host], clock=clock.time, sleep=clock.sleep, not_before=web.patience.not_before)
        with pytest.raises(RateLimited):
            later.get(f"{server.base}/")
        clock.now += 86401
        assert later.get(f"{server.base}/").json() == {"fine": True}
    assert clock.slept == 0


@pytest.mark.parametrize("said", ["9" * 20, "31536000000"])
def test_no_header_closes_a_server_for_longer_than_a_day_nor_does_a_clock_that_was_wrong(said: str) -> None:
    clock = Clockwork()
    with raw_server(answer(b"", f"Retry-After: {said}", status="429 Too Many Requests"), OK) as server:
        web = web_for(server, clock)
        with pytest.raises(RateLimited):
            web.get(f"{server.base}/")
        clock.now += 86402
        assert web.get(f"{server.base}/").json() == {"fine": True}
        years_ahead = {server.host: clock.now + 10 * 31536000}
        later = Web(allow_hosts=[server.host], clock=clock.time, sleep=clock.sleep, not_before=years_ahead)
        assert later.get(f"{server.base}/").json() == {"fine": True}
    assert clock.slept == 0


@pytest.mark.parametrize("headers", [["Retry-After: 1"], []])
def test_a_server_that_only_ever_asks_to_wait_is_told_as_that(headers: list[str]) -> None:
    with (
        raw_server(answer(b"", *headers, status="429 Too Many Requests")) as server,
        pytest.raises(RateLimited, match="asked to wait 4 times in a row") as told,
    ):
        web_for(server, Clockwork()).get(f"{server.base}/")
    assert len(server.requests) == 4
    assert "does not wait that long" not in str(told.value), "it did wait"


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_the_date_of_an_answer_is_in_utc_wherever_this_machine_stands(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for said in ("GMT", "-0000", ""):
            patience = Patience(lambda: NOW, lambda seconds: None)
            date = f"{http_date(NOW + 10).removesuffix('GMT')}{said}".strip()
            patience.heard("a.example", {"date": date})
            assert patience.clock_off == ("a.example", -10.0)
            assert told_wait({"date": date, "x-rate-limit-reset": f"{NOW + 100:.0f}"}, NOW) == 90.0
    finally:
        monkeypatch.undo()
        time.tzset()


def test_where_no_time_is_left_to_try_again_the_fault_itself_is_told() -> None:
    with (
        raw_server(answer(b"", status="500 Oops")) as server,
        pytest.raises(ServerFault, match="has a fault"),
    ):
        web_for(server, Clockwork(), budget=0.1).get(f"{server.base}/")
    assert len(server.requests) == 1


def test_a_run_waits_only_so_long_in_all_and_hears_a_stop() -> None:
    with raw_server(answer(b"", "Retry-After: 300", status="429 Too Many Requests")) as server:
        clock = Clockwork()
        with pytest.raises(RateLimited):
            web_for(server, clock, budget=700).get(f"{server.base}/")
        assert 600 <= clock.slept <= 603

        def stop() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Web(allow_hosts=[server.host], stop=stop, sleep=clock.sleep).get(f"{server.base}/")


def test_the_last_allowed_answer_makes_the_next_request_wait() -> None:
    clock = Clockwork()
    with raw_server(answer(b"{}", "X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 200")) as server:
        web = web_for(server, clock)
        web.get(f"{server.base}/")
        assert clock.slept == 0
        web.get(f"{server.base}/")
        assert 200 <= clock.slept <= 202


def test_no_header_breaks_the_reading_of_waits() -> None:
    for said in ("", "nan", "inf", "-5", "1e400", "99999999999999999999", "Sat, 99 Foo 2026", "2026-13-40", "٣"):
        wait = told_wait({"retry-after": said}, NOW)
        assert wait is None or wait >= 0
