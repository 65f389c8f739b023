"""A websocket that is only listened to: where it may go, how long it may be silent, how large a message may be.

requests speaks no websockets; `websockets` does, and takes a connection that was made by the rules of the seam (web.py): to a
host that may be asked, at the address that was looked at. Where a proxy stands between, it makes the connection, and the host is
judged by its name.
"""

import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException
from websockets.frames import CloseCode
from websockets.proxy import get_proxy
from websockets.sync.client import ClientConnection, connect
from websockets.uri import parse_uri

from tracker.problems import RateLimited, Refused, SourceProblem, Unreachable
from tracker.sources.addresses import Named
from tracker.sources.connections import first_to_answer, trusted
from tracker.sources.web import SAFE, Web

OPEN_SECONDS = 20.0
PONG_SECONDS = 15.0
LARGEST = 16 * 1024 * 1024
"""Bytes of a message. A post with all that belongs to it is some kilobytes."""
WAITING = 256
"""Messages that are read ahead."""
TOO_MANY = 429
logging.getLogger("websockets.client").setLevel(logging.WARNING)
"""Below, it writes every message into the log."""


@contextmanager
def listening(web: Web, url: str) -> Iterator[ClientConnection]:
    """A connection that is open while the block runs. Raises Refused, RateLimited, Unreachable; `Broken` where it ends."""
    named = web.hosts.named(url)
    proxy = None if named.allowed else get_proxy(parse_uri(url))
    try:
        connected = None if proxy else _connected(web, named)
        encryption = trusted() if named.tls else None
        with connect(
            url,
            sock=connected,
            ssl=encryption,
            server_hostname=named.host if named.tls else None,
            proxy=proxy,
            user_agent_header=web.user_agent,
            compression=None,
            open_timeout=OPEN_SECONDS,
            close_timeout=1.0,
            max_size=LARGEST,
            max_queue=WAITING,
        ) as connection:
            yield connection
    except InvalidStatus as refusal:
        raise _refused(named.host, refusal.response.status_code) from refusal
    except ssl.SSLError as error:
        raise Broken(named.host, "its certificate or its encryption is not sound") from error
    except (OSError, InvalidHandshake, WebSocketException) as error:
        raise Broken(named.host, "the connection could not be made, or broke") from error


class Broken(Unreachable):
    """The connection broke, or was never made: worth another try."""

    def __init__(self, host: str, why: str) -> None:
        super().__init__(
            f"{host} could not be listened to.",
            why=f"{why[:1].upper()}{why[1:]}.",
            safe="What it sent until then is stored.",
            next_step="Nothing: the next run goes on from there. If it stays so, look at `jetstream` in campaign.toml, "
            "[sources.bluesky], and at this machine's network.",
        )


def next_message(connection: ClientConnection, seconds: float) -> str | bytes | None:
    """The next message; None where none came within `seconds`."""
    try:
        return connection.recv(timeout=seconds, decode=False)
    except TimeoutError:
        return None
    except ConnectionClosed as end:
        raise _ended(connection, end) from end


def make_sure(connection: ClientConnection) -> None:
    """See whether a server that sends nothing still answers. Raises Broken."""
    try:
        answered = connection.ping().wait(PONG_SECONDS)
    except ConnectionClosed as end:
        raise _ended(connection, end) from end
    if not answered:
        raise Broken(connection.protocol.uri.host, "it is connected, but does not answer")


def _ended(connection: ClientConnection, end: ConnectionClosed) -> Broken:
    too_large = end.sent is not None and end.sent.code == CloseCode.MESSAGE_TOO_BIG
    return Broken(connection.protocol.uri.host, "a message was too large" if too_large else "the connection ended")


def _connected(web: Web, named: Named) -> socket.socket:
    addresses = web.hosts.addresses(named, seconds=OPEN_SECONDS)
    return first_to_answer(addresses, named.port, lambda: OPEN_SECONDS)


def _refused(host: str, status: int) -> SourceProblem:
    if status == TOO_MANY:
        return RateLimited(f"{host} has too many listeners for now.", safe=SAFE, next_step="Nothing: the next run asks again.")
    if status >= 500:
        return Broken(host, f"its server has a fault, or is starting (status {status})")
    return Refused(
        f"{host} does not let this program listen.",
        why=f"It answered with status {status}.",
        safe=SAFE,
        next_step="Look at `jetstream` in campaign.toml, [sources.bluesky]; the addresses of Bluesky's own are in its documents.",
    )
