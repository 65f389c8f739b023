"""Connections that go only where they may, end at a deadline, and read no more than they should.

requests' own timeout starts anew with every byte, so a server that sends one a second holds a program for ever. Here a watch
shuts the connection down when the time of the whole request is over, whatever it is at: greeting, headers or body.
"""

import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from os import environ
from pathlib import Path
from types import TracebackType
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from tracker.problems import BadAnswer, Refused
from tracker.sources.addresses import Hosts, Named

DEADLINE = 60.0
LARGEST = 10 * 1024 * 1024
"""Bytes of an answer, unpacked. A page of any of the APIs is far below 2 MB."""
READ_AT_ONCE = 1 << 16
CONNECT_SECONDS = 15.0


class Watch:
    """The time of one request, shared by its tries and redirects. Where it is over, the connection in use is shut down."""

    def __init__(self, seconds: float = DEADLINE, limit: int = LARGEST, *, can_repeat: bool = True) -> None:
        self.seconds = seconds
        self.limit = limit
        self.can_repeat = can_repeat
        self.spent = 0.0
        self.rang = False
        self._began = 0.0
        self._connection: socket.socket | None = None
        self._timer: threading.Timer | None = None

    def left(self) -> float:
        """Seconds that are left."""
        running = time.monotonic() - self._began if self._timer else 0.0
        return self.seconds - self.spent - running

    def holds(self, connection: socket.socket) -> None:
        """Watch this connection from now on, by a handle of our own: http.client closes its own before a last body is read."""
        self._let_go()
        self._connection = connection.dup()
        if self.rang:
            self._ring()

    def __enter__(self) -> "Watch":
        self._began = time.monotonic()
        self._timer = threading.Timer(max(self.left(), 0.01), self._ring)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None
        self.spent += time.monotonic() - self._began
        self._let_go()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ring(self) -> None:
        self.rang = True
        connection = self._connection
        if connection is not None:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it is closed already


class _Watched(HTTPConnection):
    """A connection that a watch can shut down, at whatever it is. The watch has its own handle on the socket: while TLS is agreed
    upon, the socket that this object knows is taken apart."""

    gate: "Gate"
    _own_handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        connected = self._connected()
        self._own_handle = connected.dup()
        self._hold()
        return connected

    def _connected(self) -> socket.socket:
        return super()._new_conn()

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._hold()
        super().request(*args, **kwargs)

    def close(self) -> None:
        if self._own_handle is not None:
            self._own_handle.close()
            self._own_handle = None
        super().close()

    def _hold(self) -> None:
        if self.gate.watch is not None and self._own_handle is not None:
            self.gate.watch.holds(self._own_handle)


class _Pinned(_Watched):
    """A watched connection that goes to an address that was looked at, not to whatever the name leads to a moment later."""

    def _connected(self) -> socket.socket:
        tls = isinstance(self, HTTPSConnection)
        port = self.port or (443 if tls else 80)
        named = Named(self.host, port, tls, self.gate.hosts.allows(self.host, port))
        addresses = self.gate.hosts.addresses(named, seconds=min(self._left(), CONNECT_SECONDS))
        try:
            connected = first_to_answer(addresses, port, self._left)
        except TimeoutError as refusal:
            raise ConnectTimeoutError(self, f"no answer from {self.host}") from refusal
        except OSError as refusal:
            raise NewConnectionError(self, f"{refusal}") from refusal
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.settimeout(self._left())
        return connected

    def _left(self) -> float:
        """Seconds that a socket may take: where the time is over a moment is left, since a socket takes no fewer than none."""
        return max(self.gate.watch.left(), 0.1) if self.gate.watch else CONNECT_SECONDS


def first_to_answer(addresses: Sequence[str], port: int, left: Callable[[], float]) -> socket.socket:
    """A connection to the first of a host's addresses that takes one, within the seconds that are left (of which each gets some).
    Raises OSError: what the last one said."""
    for address in addresses[:-1]:
        with suppress(OSError):
            return socket.create_connection((address, port), min(left(), CONNECT_SECONDS))
    return socket.create_connection((addresses[-1], port), min(left(), CONNECT_SECONDS))


def trusted() -> ssl.SSLContext:
    """TLS for what requests does not speak, with the certificates that the environment names for it, in its order (web.py)."""
    named = environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE") or environ.get("SSL_CERT_FILE")
    if named and Path(named).is_dir():
        return ssl.create_default_context(capath=named)
    return ssl.create_default_context(cafile=named)


class Gate(HTTPAdapter):
    """requests' adapter, with connections that are pinned and watched. `watch` is of the request that is under way."""

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts
        self.watch: Watch | None = None
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Connect directly by pinned connections only."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self, _Pinned)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Connect to the proxy that the environment names; the name behind it was looked at before."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _pools(self, _Watched)
        return manager


def _pools(gate: Gate, kind: type[_Watched]) -> dict[str, type[HTTPConnectionPool]]:
    """urllib3's pools with connections of this kind, which know the gate that they belong to."""
    plain = type("PlainConnection", (kind,), {"gate": gate})
    secure = type("SecureConnection", (kind, HTTPSConnection), {"gate": gate})
    return {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }


def read_whole(response: requests.Response, limit: int, host: str) -> bytes:
    """The body, unpacked while it is read. Raises BadAnswer where it is cut, too large, or packed in a way not asked for."""
    packed = response.headers.get("Content-Encoding", "").strip().lower()
    if packed in ("", "identity"):
        pieces = response.raw.stream(READ_AT_ONCE, decode_content=False)
    elif packed in ("gzip", "x-gzip", "deflate"):
        pieces = _unpacked(response.raw.stream(READ_AT_ONCE, decode_content=False), packed, limit, host)
    else:
        raise bad_answer(host, f"it is packed as {packed[:40]}, which was not asked for")
    body = bytearray()
    try:
        for piece in pieces:
            body += piece
            if len(body) > limit:
                raise bad_answer(host, f"it is larger than {limit:,} bytes")
    except ValueError as error:  # what urllib3 says of a piece whose length is below none
        raise bad_answer(host, "it ends in the middle") from error
    return bytes(body)


def _unpacked(pieces: Iterator[bytes], packed: str, limit: int, host: str) -> Iterator[bytes]:
    """The pieces of a packed body, unpacked a little at a time, so that a small body cannot become a huge one."""
    opener: Any = None
    for piece in pieces:
        left = piece
        while left:
            if opener is None or opener.eof:
                opener = zlib.decompressobj(_window(packed, left))
            try:
                yield opener.decompress(left, READ_AT_ONCE)
            except zlib.error as error:
                raise bad_answer(host, "its packing is damaged") from error
            left = opener.unconsumed_tail or (opener.unused_data if opener.eof else b"")
    if opener is not None and not opener.eof:
        rest = opener.flush()
        if not opener.eof:
            raise bad_answer(host, "it ends in the middle")
        yield rest


def _window(packed: str, first: bytes) -> int:
    """How zlib reads it: with gzip's frame, with its own, or (what some servers call deflate) with none."""
    if packed != "deflate":
        return 16 + zlib.MAX_WBITS
    return zlib.MAX_WBITS if first[0] & 0x0F == 8 and len(first) > 1 and int.from_bytes(first[:2]) % 31 == 0 else -zlib.MAX_WBITS


def bad_answer(host: str, why: str) -> BadAnswer:
    """An answer that cannot be used, in words."""
    return BadAnswer(
        f"{host} gave an answer that cannot be used.",
        why=f"{why[:1].upper()}{why[1:]}.",
        safe="Nothing of it was stored; what was stored before is still there.",
        next_step="The next run asks again. If this stays so, look whether the address in campaign.toml is that of an API.",
    )


def refused_redirect(host: str, why: str) -> Refused:
    """A redirect that is not followed, in words."""
    return Refused(
        f"{host} sent the request elsewhere, and it was not followed.",
        why=f"{why[:1].upper()}{why[1:]}.",
        safe="Nothing was sent there.",
        next_step="Write the server's present address into campaign.toml, [sources].",
    )
