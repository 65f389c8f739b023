"""The seam to the network: deadlines, sizes and credentials, against real sockets."""

import contextlib
import gzip
import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

import pytest
import requests

from tests.certificate import own_certificate
from tests.raw_server import Say, answer, raw_server
from tests.web_client import OK, Clockwork, web_for
from tracker.problems import BadAnswer, CredentialsRefused, Refused, Unreachable
from tracker.redacting import Redactor
from tracker.sources.patience import Patience
from tracker.sources.web import Web

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
        assert time.monotonic() - began < 5
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


def test_what_begins_with_another_word_than_http_is_said_to_be_no_web_address() -> None:
    with pytest.raises(Refused, match="no web address") as refused:
        Web(allow_hosts=["localhost"]).post("ftp://localhost/hook", json={})
    assert "credential" in refused.value.next_step


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
        (answer(b"-5\r\nabcde\r\n0\r\n\r\n", "Transfer-Encoding: chunked"), "ends in the middle"),
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
    ids=[
        "cut",
        "lies",
        "cut chunk",
        "odd chunk",
        "cut gzip",
        "no gzip",
        "bomb",
        "unasked",
        "huge",
        "web page",
        "empty",
        "deep",
        "no text",
    ],
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
