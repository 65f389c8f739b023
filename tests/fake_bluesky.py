"""A loopback Bluesky in its own process: the account's server and AppView by http, and the stream by websocket.

    python -m tests.fake_bluesky          prints {"http": ..., "stream": ...} and serves until its standard input ends

What people do, faults and the truth are asked for by POST /control {"do": NAME, "with": {...}}: `do` is the name of a method of
`World`, or `truth`.
"""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.bluesky_world import World
from tests.fake_jetstream import FakeJetstream

REPOSITORY = Path(__file__).resolve().parents[1]


class Handler(BaseHTTPRequestHandler):
    """One request at a time is looked at, so that the truth holds still."""

    world: World
    turn: threading.Lock
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve(None)

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _serve(self, body: bytes | None) -> None:
        parts = urlsplit(self.path)
        said: Any = json.loads(body) if body else {}
        with self.turn:
            if parts.path == "/control":
                status, answer = 200, control(self.world, said["do"], said.get("with", {}))
            else:
                bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
                status, answer = self.world.answer(parts.path.removeprefix("/xrpc/"), parse_qs(parts.query), said, bearer)
        self._send(status, answer)

    def _send(self, status: int, answer: Any) -> None:
        is_html = isinstance(answer, str) and self.path != "/control"
        sent = answer.encode() if is_html else json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if is_html else "application/json")
        cut = self.path.startswith("/xrpc/app.") and self.world.faults.get("cuts", 0) > 0 and status == 200
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        if cut:
            self.world.faults["cuts"] -= 1
            sent = sent[: len(sent) // 2]
            self.close_connection = True
        self.wfile.write(sent)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(self.world.now() if timestamp is None else timestamp)

    def log_message(self, format: str, *args: object) -> None:
        return


class HttpServer(ThreadingHTTPServer):
    """Whoever asks may be killed in the middle of it."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def control(world: World, do: str, how: dict[str, Any]) -> Any:
    if do == "truth":
        posts = {
            told.uri: {"text": told.record["text"], "first_text": told.first_text, "shown": world.shown(told.uri)}
            for told in world.posts.values()
        }
        return {"posts": posts, "asked": world.asked, "faults": world.faults}
    if do == "shift":
        world.shift = how["seconds"]
        return None
    if do == "crowd":
        return [world.post(how["did"], f"{how['text']} {n}", came=how["came"] + n * how["every"]) for n in range(how["count"])]
    return getattr(world, do)(**how)


def main() -> None:
    world = World()
    handler = type("Bound", (Handler,), {"world": world, "turn": threading.Lock()})
    server = HttpServer(("127.0.0.1", 0), handler)
    stream = FakeJetstream(world)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"http": f"http://127.0.0.1:{server.server_port}", "stream": stream.address}), flush=True)
    sys.stdin.read()
    stream.close()
    server.shutdown()


class FakeBluesky:
    """The process, as a test holds it."""

    def __enter__(self) -> "FakeBluesky":
        command = [sys.executable, "-m", "tests.fake_bluesky"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
        assert self._process.stdout
        where = json.loads(self._process.stdout.readline())
        self.http, self.stream = str(where["http"]), str(where["stream"])
        self._session = requests.Session()
        self._session.trust_env = False
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)

    def do(self, what: str, /, **how: Any) -> Any:
        answer = self._session.post(f"{self.http}/control", json={"do": what, "with": how}, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def truth(self) -> dict[str, Any]:
        said: dict[str, Any] = self.do("truth")
        return said


if __name__ == "__main__":
    main()
