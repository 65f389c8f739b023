"""A loopback Jetstream: sends an invented Bluesky's events by websocket, from a cursor on, with the habits of the real one.

It begins no further back than its memory reaches, without saying so; it may break the connection, send events twice, be starting
(503), send nonsense, or fall silent.
"""

import json
import threading
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from tests.bluesky_world import World


class FakeJetstream:
    """Listens on a free port of 127.0.0.1 until closed. Faults are the world's: lookback (seconds), break_after (events of a
    connection), breaks (how many times), twice, starting (how many times), nonsense, deaf
    (nothing but the events of the test)."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cursors: list[int | None] = []
        self._closing = False
        self._server: Server = serve(self._send, "127.0.0.1", 0, process_request=self._door, compression=None)
        self.address = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing = True
        self._server.shutdown()
        self._thread.join(5)

    def _door(self, connection: ServerConnection, request: Request) -> Response | None:
        if urlsplit(request.path).path != "/subscribe":
            return connection.respond(HTTPStatus.NOT_FOUND, "no such stream\n")
        if self.world.faults.get("starting", 0) > 0:
            self.world.faults["starting"] -= 1
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "backfilling\n")
        return None

    def _send(self, connection: ServerConnection) -> None:
        asked = parse_qs(urlsplit(connection.request.path if connection.request else "").query)
        cursor = int(asked["cursor"][0]) if "cursor" in asked else None
        self.cursors.append(cursor)
        faults = self.world.faults
        now = int(self.world.now() * 1_000_000)
        memory = now - int(faults.get("lookback", 36 * 3600) * 1_000_000)
        start = now if cursor is None or cursor > now else max(cursor, memory)
        sent = place = 0
        try:
            while not self._closing:
                events = self.world.events
                while place < len(events):
                    event = events[place]
                    place += 1
                    if event["time_us"] < start:
                        continue
                    if faults.get("breaks", 0) > 0 and sent >= faults.get("break_after", 10**9):
                        faults["breaks"] -= 1
                        connection.socket.close()
                        return
                    for _ in range(2 if faults.get("twice") else 1):
                        connection.send(json.dumps(event, ensure_ascii=False))
                    if faults.get("nonsense"):
                        connection.send('{"did": "did:plc:x", "time_us": "soon"}')
                        connection.send("not json")
                    sent += 1
                if not faults.get("deaf"):
                    connection.send(json.dumps(self._of_somebody()))
                with suppress(TimeoutError):
                    connection.recv(timeout=0.2)
        except (ConnectionClosed, OSError):
            return

    def _of_somebody(self) -> dict[str, object]:
        """What happens all the time: the rest of the network goes on."""
        did, now = "did:plc:somebodyelse", int(self.world.now() * 1_000_000)
        self.world.told_us = max(self.world.told_us, now)
        return {"did": did, "time_us": now, "kind": "identity", "identity": {"did": did, "handle": "somebody.example"}}
