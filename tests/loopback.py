"""A web server on loopback for trials: it answers as a truth tells it to, and goes wrong as it is asked to."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Reply = tuple[int, dict[str, str], bytes]
Answers = Callable[[BaseHTTPRequestHandler], Reply]
"""Given the request, what is answered."""
Fault = Callable[[BaseHTTPRequestHandler], bool]
"""Does something to a request instead of answering it; False: it is answered after all."""


@dataclass
class Loopback:
    """A server that runs. faults: what happens to the next requests, one each. now: the time that it says."""

    base: str
    faults: list[Fault] = field(default_factory=list)
    now: Callable[[], str] | None = None


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
                send(self, *answers(self))

        do_POST = do_GET

        def date_time_string(self, timestamp: float | None = None) -> str:
            return loopback.now() if loopback.now else super().date_time_string(timestamp)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    loopback.base = f"http://127.0.0.1:{server.server_port}"
    try:
        yield loopback
    finally:
        server.shutdown()
        server.server_close()


def send(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes) -> None:
    """Send an answer whole."""
    handler.send_response(status)
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
        send(handler, status, headers or {}, body)
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


def hangs_up(handler: BaseHTTPRequestHandler) -> bool:
    """Say nothing at all."""
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
FAULTS: dict[str, Fault] = {"cut": cut, "drip": drip, "hangs-up": hangs_up, "web-page": WEB_PAGE, "fine": answered}
"""By name, for trials in another process; a number is a status."""
