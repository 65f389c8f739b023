"""A web server on loopback for trials: it answers as a truth tells it to, and goes wrong as it is asked to."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, dict[str, str], Any]
Answers = Callable[[str, str, dict[str, str]], Reply | None]
"""Given path, query and headers (their names in small letters), what is answered, as the APIs of tests/fake_platform do."""
Fault = Callable[[BaseHTTPRequestHandler], bool]
"""Does something to a request instead of answering it; False: it is answered after all."""


@dataclass
class Loopback:
    """A server that runs. faults: what happens to the next requests, one each."""

    base: str
    faults: list[Fault] = field(default_factory=list)


@contextmanager
def serving(answers: Answers) -> Iterator[Loopback]:
    """Serve in threads of this process."""
    loopback = Loopback("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if loopback.faults and loopback.faults.pop(0)(self):
                self.close_connection = True
            else:
                path, _, query = self.path.partition("?")
                sent = {name.lower(): value for name, value in self.headers.items()}
                send(self, *(answers(path, query, sent) or (404, {}, b"not here")))

        do_POST = do_GET

        def log_message(self, *args: object) -> None:
            pass

    with listening(Handler) as port:
        loopback.base = f"http://127.0.0.1:{port}"
        yield loopback


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """A server of this handler, in threads of this process; its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def send(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: Any) -> None:
    """Send an answer whole."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    handler.send_response_only(status)
    told = {} if status == 304 else {"Content-Length": str(len(body))}
    for name, value in {**told, **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    if status != 304:
        handler.wfile.write(body)


# ---- faults ----------------------------------------------------------------------------------------------------------


def says(status: int, body: bytes = b"{}", headers: dict[str, str] | None = None) -> Fault:
    """Answer something else: a refusal, a server's fault, a limit, a web page."""

    def fault(handler: BaseHTTPRequestHandler) -> bool:
        send(handler, status, {"Connection": "close", **(headers or {})}, body)
        return True

    return fault


def answered(handler: BaseHTTPRequestHandler) -> bool:
    """Nothing goes wrong."""
    return False


def cut(handler: BaseHTTPRequestHandler) -> bool:
    """Promise more than is sent, and hang up."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"data": [{"id"')
    return True


def drip(handler: BaseHTTPRequestHandler) -> bool:
    """Send a byte now and then, for ten seconds."""
    handler.send_response(200)
    handler.send_header("Content-Length", "4000")
    handler.end_headers()
    for _ in range(200):
        try:
            handler.wfile.write(b" ")
        except OSError:
            break
        time.sleep(0.05)
    return True


WEB_PAGE = says(200, b"<!doctype html><html><body>Please sign in</body></html>", {"Content-Type": "text/html"})
