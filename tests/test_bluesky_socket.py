"""The websocket that is only listened to: certificates of one's own, and a host with several addresses."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from ssl import SSLContext

import pytest
from websockets.sync.server import ServerConnection, serve

from tests.certificate import own_certificate, trust_nobody_more
from tracker.sources.bluesky_socket import Broken, listening, next_message
from tracker.sources.connections import first_to_answer
from tracker.sources.web import Web


@contextmanager
def stream(tls: SSLContext | None = None) -> Iterator[int]:
    """A server on 127.0.0.1 that greets who listens; gives its port."""

    def greet(connection: ServerConnection) -> None:
        connection.send(b"hello")

    with serve(greet, "127.0.0.1", 0, ssl=tls) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.socket.getsockname()[1]
        server.shutdown()


def heard(url: str, host: str) -> str | bytes | None:
    with listening(Web(allow_hosts=[host]), url) as connection:
        return next_message(connection, 5.0)


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_certificates_of_ones_own_are_taken_as_for_every_request(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust_nobody_more(monkeypatch)
    context, certificate = own_certificate(tmp_path)
    with stream(context) as port:
        with pytest.raises(Broken):
            heard(f"wss://localhost:{port}/subscribe", "localhost")
        monkeypatch.setenv(name, str(certificate))
        assert heard(f"wss://localhost:{port}/subscribe", "localhost") == b"hello"


def test_where_one_address_of_a_host_does_not_answer_the_next_is_tried() -> None:
    with stream() as port, closing(first_to_answer(["127.0.0.2", "127.0.0.1"], port, lambda: 5.0)) as connected:
        assert connected.getpeername() == ("127.0.0.1", port)
    with stream() as port, pytest.raises(ConnectionRefusedError):
        first_to_answer(["127.0.0.2", "127.0.0.3"], port, lambda: 5.0)
