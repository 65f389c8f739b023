"""A server on loopback that answers each connection with bytes that a test writes, at the pace that it wants."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Say = Callable[[bytes], None]
Script = Callable[[str, Say], None]
"""(request as text, say) -> nothing: what happens on one connection, which is closed afterwards."""


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A whole answer; its length is said unless `headers` say something about it."""
    lines = [f"HTTP/1.1 {status}", "Connection: close", *headers]
    if not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class RawServer:
    """What it was asked, in order; `base` is its address."""

    port: int
    requests: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def base(self) -> str:
        return f"http://{self.host}"


@contextmanager
def raw_server(*scripts: Script | bytes) -> Iterator[RawServer]:
    """Answers the first connection by the first script, and so on; the last one is used again."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = RawServer(listening.getsockname()[1])

    def serve() -> None:
        at = 0
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            script = scripts[min(at, len(scripts) - 1)]
            at += 1
            threading.Thread(target=talk, args=(connection, script), daemon=True).start()

    def talk(connection: socket.socket, script: Script | bytes) -> None:
        with connection, suppress(OSError):
            heard = b""
            while b"\r\n\r\n" not in heard:
                piece = connection.recv(65536)
                if not piece:
                    return
                heard += piece
            server.requests.append(heard.decode("latin-1"))
            if isinstance(script, bytes):
                connection.sendall(script)
            else:
                script(server.requests[-1], connection.sendall)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
