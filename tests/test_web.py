"""The seam to the network: deadlines, patience, sizes and credentials, against real sockets."""

import contextlib
import gzip
import json
import logging
import random
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, formatdate
from pathlib import Path

import pytest
import requests

from tests.certificate import own_certificate
from tests.raw_server import RawServer, Say, answer, raw_server
from tracker.problems import BadAnswer, CredentialsRefused, RateLimited, Refused, Unreachable
from tracker.redacting import Redactor
from tracker.sources.patience import Patience, told_wait
from tracker.sources.web import Web

OK = answer(b'{"fine": true}')
NOW = 1_790_000_000.0


@dataclass
class Clockwork:
    """A clock that only goes on by sleeping."""

    now: float = NOW
    slept: float = 0.0
    sleeps: list[float] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.slept += seconds
        self.now += seconds


def web_for(server: RawServer, clock: Clockwork | None = None, *, budget: float = 7200.0, deadline: float = 60.0) -> Web:
    clock = clock or Clockwork()
    return Web(
        contact="privacy@campaign.example",
        allow_hosts=[server.host],
        clock=clock.time,
        sleep=clock.sleep,
        chance=random.Random(1),
        budget=budget,
        deadline=deadline,
    )


# ---- a whole answer, or a reason ----------------------------------------------------------------------------------------


def test_an_answer_is_read_and_the_program_says_who_it_is() -> None:
    with raw_server(OK) as server:
        found = web_for(server).get(f"{server.base}/a", params={"q": "ü"}, headers={"Accept": "application/json"})
    assert (found.status, found.json(), found.headers["content-length"]) == (200, {"fine": True}, "14")
    assert "GET /a?q=%C3%BC " in server.requests[0]
    assert "User-Agent: debate-tracker/" in server.requests[0]
    assert "privacy@campaign.example" in server.requests[0]


def drip(first: bytes, piece: bytes = b" ") -> Callable[[str, Say], None]:
    def script(asked: str, say: Say) -> None:
        say(first)
        for _ in range(200):
            time.sleep(0.05)
            say(piece)

    return script


@pytest.mark.parametrize(
    "script",
    [
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        lambda _, say: time.sleep(10),
    ],
    ids=["body", "body without a length", "headers", "chunks", "nothing at all"],
)
def test_a_slow_answer_ends_at_the_deadline_of_the_whole_request(script: Callable[[str, Say], None]) -> None:
    with raw_server(script) as server:
        began = time.monotonic()
        with pytest.raises(Unreachable) as caught:
            web_for(server, deadline=0.6).get(f"{server.base}/")
        assert time.monotonic() - began < 1.5
    assert len(server.requests) == 1, "what took the whole time is not tried again"
    assert all(caught.value.lines()[i].startswith(start) for i, start in enumerate(("127.", "Why: ", "Safe: ", "Next: ")))


def test_a_connection_begun_when_the_time_is_over_is_a_server_out_of_reach() -> None:
    with raw_server(lambda _, say: time.sleep(10)) as server, pytest.raises(Unreachable):
        web_for(server, deadline=0.0).get(f"{server.base}/")


@pytest.mark.parametrize("place", [b"http://[", b"//[x", b"http://\xff/"])
def test_a_redirect_to_what_is_no_address_is_refused(place: bytes) -> None:
    said = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + place + b"\r\n\r\n"
    with raw_server(said) as server, pytest.raises(Refused, match="no web address"):
        web_for(server).get(f"{server.base}/")


def test_an_answer_that_ends_at_its_deadline_without_a_length_is_no_whole_answer() -> None:
    with raw_server(drip(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"fine": true}')) as server, pytest.raises(Unreachable):
        web_for(server, deadline=0.4).get(f"{server.base}/")


CUT_GZIP = gzip.compress(json.dumps(list(range(20000))).encode())[:-900]
BOMB = gzip.compress(bytes(40_000_000))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (answer(b'{"a": 1', "Content-Length: 90"), "ends in the middle"),
        (answer(b'{"a": 1, "b": [1, 2, 3]}', "Content-Length: 9"), "no JSON, or breaks off"),
        (answer(b"5\r\nabcde\r\n9\r\nabc", "Transfer-Encoding: chunked"), "ends in the middle"),
        (answer(CUT_GZIP, "Content-Encoding: gzip"), "ends in the middle"),
        (answer(b"no gzip at all", "Content-Encoding: gzip"), "packing is damaged"),
        (answer(BOMB, "Content-Encoding: gzip"), "larger than"),
        (answer(b"x", "Content-Encoding: br"), "packed as br"),
        (answer(b" " * 11_000_000), "larger than"),
        (answer(b"<!DOCTYPE html><title>Log in</title>", "Content-Type: application/json"), "web page"),
        (answer(b""), "empty"),
        (answer(b"[" * 100_000), "too deep"),
        (answer(b'{"a": "\xff\xfe"}'), "no JSON"),
    ],
    ids=["cut", "lies", "cut chunk", "cut gzip", "no gzip", "bomb", "unasked", "huge", "web page", "empty", "deep", "no text"],
)
def test_an_answer_that_cannot_be_used_is_a_reason(said: bytes, why: str) -> None:
    with raw_server(said) as server, pytest.raises(BadAnswer) as caught:
        web_for(server).get(f"{server.base}/").json()
    assert why in str(caught.value)


def test_packed_answers_are_unpacked_whichever_way() -> None:
    import zlib

    whole = json.dumps(list(range(30000))).encode()
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(whole),
        "x-gzip": gzip.compress(whole[:1000]) + gzip.compress(whole[1000:]),
        "deflate": zlib.compress(whole),
        "Deflate": raw.compress(whole) + raw.flush(),
        "identity": whole,
    }
    for name, body in packed.items():
        with raw_server(answer(body, f"Content-Encoding: {name}")) as server:
            assert len(web_for(server).get(f"{server.base}/").json()) == 30000, name


# ---- again, and for how long --------------------------------------------------------------------------------------------


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


def test_where_no_time_is_left_to_try_again_the_fault_itself_is_told() -> None:
    with (
        raw_server(answer(b"", status="500 Oops")) as server,
        pytest.raises(Unreachable, match="could not be reached"),
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


# ---- credentials --------------------------------------------------------------------------------------------------------


def test_refused_credentials_are_not_tried_again() -> None:
    with raw_server(answer(b'{"error": "The access token expired"}', status="401 Unauthorized")) as server:
        web = web_for(server)
        for _ in range(5):
            with pytest.raises(CredentialsRefused):
                web.get(f"{server.base}/", headers={"Authorization": "Bearer one"})
        assert len(server.requests) == 1
        with pytest.raises(CredentialsRefused, match="token expired"):
            web.get(f"{server.base}/", headers={"Authorization": "Bearer two"})
        assert web.get(f"{server.base}/", expect=(401,)).status == 401


def test_no_is_told_with_what_the_server_says() -> None:
    with raw_server(answer(b'{"error": "InvalidRequest", "message": "no tag"}', status="400 Bad Request")) as server:
        with pytest.raises(Refused, match="InvalidRequest: no tag"):
            web_for(server).get(f"{server.base}/")
        assert web_for(server).get(f"{server.base}/", expect=(400,)).json()["message"] == "no tag"


def test_secrets_are_in_no_log_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    redactor = Redactor(["canary/secret+1"])
    caplog.handler.addFilter(redactor)
    try:
        with caplog.at_level(logging.DEBUG), raw_server(OK) as server:
            web_for(server).get(f"{server.base}/x", params={"access_token": "unknown-one", "q": "canary/secret+1"})
            logging.getLogger("tweepy").debug("Headers: %s", {"Authorization": "Bearer canary/secret+1"})
            logging.getLogger("any").debug("Headers: %s", {"Authorization": "Bearer eyJhbGciOi"})
            logging.getLogger("any").debug("https://user:hunter2@host.example/")
    finally:
        caplog.handler.removeFilter(redactor)
    for secret in ("canary", "unknown-one", "eyJhbGciOi", "hunter2"):
        assert secret not in caplog.text
    assert "/x?access_token=[hidden]" in caplog.text


def test_a_library_that_brings_its_own_way_of_asking_is_held_to_the_same() -> None:
    with raw_server(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"), OK) as server:
        web = web_for(server)
        web.stands_for("https://api.somewhere.example", server.base)
        with pytest.raises(Unreachable):
            web.session.request("GET", "https://api.somewhere.example/2/x", timeout=0.3)
        found = web.session.request("GET", "https://api.somewhere.example/2/x", params={"a": 1})
    assert isinstance(found, requests.Response)
    assert found.json() == {"fine": True}
    assert "GET /2/x?a=1 " in server.requests[1]


def test_a_proxy_is_asked_by_name_and_only_for_what_may_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(answer(b"no", status="403 Not from here")) as proxy, raw_server(OK) as own:
        monkeypatch.setenv("HTTPS_PROXY", proxy.base)
        monkeypatch.setenv("HTTP_PROXY", proxy.base)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        clock = Clockwork()
        web = Web(allow_hosts=[own.host], clock=clock.time, sleep=clock.sleep)
        with pytest.raises(Unreachable, match="The proxy that the environment names"):
            web.get("https://name.nobody.knows.example.org/x?access_token=canary-1")
        assert proxy.requests[0].startswith("CONNECT name.nobody.knows.example.org:443 ")
        assert "canary" not in "".join(proxy.requests)
        before = len(proxy.requests)
        for address in ("https://10.0.0.1/", "https://0x7f.1/", "https://intranet/", "https://[::ffff:10.0.0.1]/"):
            with pytest.raises(Refused):
                web.get(address)
        assert web.get(f"{own.base}/").json() == {"fine": True}
        assert len(proxy.requests) == before


def test_a_certificate_of_ones_own_is_trusted_where_the_environment_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    context, cert = own_certificate(tmp_path)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secured:
                secured.recv(65536)
                secured.sendall(OK)

    threading.Thread(target=serve, daemon=True).start()
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    clock = Clockwork()
    address = f"https://localhost:{port}/"
    with pytest.raises(Unreachable, match="certificate"):
        Web(allow_hosts=["localhost"], clock=clock.time, sleep=clock.sleep).get(address)
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        with monkeypatch.context() as patched:
            patched.setenv(name, str(cert))
            assert Web(allow_hosts=["localhost"]).get(address).json() == {"fine": True}
    listening.close()


def test_the_clocks_of_servers_are_heard_and_the_nearest_is_believed() -> None:
    patience = Patience(lambda: 1_796_000_000.0, lambda seconds: None)
    patience.heard("says nothing", {})
    assert patience.clock_off is None
    patience.heard("far.example", {"date": formatdate(1_795_000_000, usegmt=True)})
    patience.heard("near.example", {"date": formatdate(1_796_000_010, usegmt=True)})
    patience.heard("wrong.example", {"date": "yesterday"})
    assert patience.clock_off == ("near.example", -10.0)
