"""The connection: every request is written down, answered by the first API that knows its place, or spoilt as it was told.

A fault is {"fault": word, "count": how many requests (-1: all), "path": text in the path, "after": requests to let pass first,
...}. The words: throttle (headers, status), refuse (status, body), slow (seconds), drip (seconds between bytes), cut (share of
the body), lie (the length says less), reset, html, odd (a change of the JSON: drop, rename, type, add, wrap, bad_item),
gzip-cut, bomb, away (nobody answers: the connection is closed without a word).
"""

import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

Reply = tuple[int, dict[str, str], Any]
Say = Callable[[bytes], None]


class Api(Protocol):
    """One platform's API."""

    def answer(self, path: str, query: str, headers: dict[str, str]) -> Reply | None:
        """The reply to a request; None where this is no place of this API."""


@dataclass
class Server:
    """Answers on one port of loopback; `faults` and `asked` are reached by the control port."""

    apis: Sequence[Api]
    listening: socket.socket
    faults: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self) -> None:
        """Answer until the socket is closed."""
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, suppress(OSError):
            while head := _head(connection):
                method, target, headers = head
                path, _, query = target.partition("?")
                with self.lock:
                    known = {"at": time.time(), "method": method, "path": path, "query": query, "headers": headers}
                    self.asked.append(known)
                    fault = self._fault(path)
                    reply = self._reply(path, query, headers, fault.get("fault", ""))
                if reply is None or not self._send(connection, reply, fault):
                    return

    def _fault(self, path: str) -> dict[str, Any]:
        for fault in self.faults:
            if fault.get("path", "") not in path or fault["count"] == 0:
                continue
            if fault.get("after", 0) > 0:
                fault["after"] -= 1
                continue
            fault["count"] -= 1
            return fault
        return {}

    def _reply(self, path: str, query: str, headers: dict[str, str], word: str) -> Reply | None:
        if word in ("away", "throttle", "refuse"):
            return None if word == "away" else (200, {}, None)  # no API hears of it
        for api in self.apis:
            reply = api.answer(path, query, headers)
            if reply is not None:
                return reply
        return 404, {}, {"error": "Record not found"}

    def _send(self, connection: socket.socket, reply: Reply, fault: dict[str, Any]) -> bool:
        """Send a reply, spoilt as it was told; False where the connection ends with it."""
        status, headers, content = reply
        word = fault.get("fault", "")
        if word in ("throttle", "refuse"):
            status, headers = fault.get("status", 429), fault.get("headers", {})
            content = fault.get("body", {"error": "Too many requests"})
        if word == "odd":
            content = change_schema(content, fault["change"])
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"Content-Type": "application/json", **headers}
        if word == "html":
            body, headers = b"<!DOCTYPE html><html><title>Log in</title></html>", {"Content-Type": "text/html"}
        if word in ("gzip-cut", "bomb"):
            body = gzip.compress(body if word == "gzip-cut" else b" " * 60_000_000)
            headers["Content-Encoding"] = "gzip"
            body = body[: len(body) // 2] if word == "gzip-cut" else body
        length = int(len(body) * 0.6) if word == "lie" else len(body)
        lines = [
            f"HTTP/1.1 {status} Spoken",
            *(f"{name}: {value}" for name, value in headers.items()),
            f"Content-Length: {length}",
        ]
        whole = "\r\n".join(lines).encode() + b"\r\n\r\n"
        return _spoil(connection, whole, body, word, fault)


def _spoil(connection: socket.socket, head: bytes, body: bytes, word: str, fault: dict[str, Any]) -> bool:
    if word == "slow":
        time.sleep(fault.get("seconds", 1.0))
    if word == "drip":
        connection.sendall(head)
        for at in range(len(body)):
            connection.sendall(body[at : at + 1])
            time.sleep(fault.get("seconds", 0.2))
        return True
    if word in ("cut", "reset"):
        connection.sendall(head + body[: int(len(body) * fault.get("share", 0.5))])
        if word == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False
    connection.sendall(head + body)
    return word != "lie"


def change_schema(content: Any, change: dict[str, Any]) -> Any:
    """A list of items, or an object with one, as a platform shows it after a change that nobody was told of."""
    kind, name = change["kind"], change.get("field", "")
    if kind == "wrap":
        return {"data": content, "new": True}
    if kind == "whole":
        return change["value"]
    items = content if isinstance(content, list) else [content]
    for item in items if kind != "bad_item" else items[:1]:
        if not isinstance(item, dict):
            continue
        if kind == "drop" or kind == "bad_item":
            item.pop(name, None)
        elif kind == "rename":
            item[change["to"]] = item.pop(name, None)
        else:
            item[name] = change["value"]
    return content


def _head(connection: socket.socket) -> tuple[str, str, dict[str, str]] | None:
    heard = b""
    while b"\r\n\r\n" not in heard:
        piece = connection.recv(65536)
        if not piece:
            return None
        heard += piece
    first, *rest = heard.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    method, target, _ = first.split(" ", 2)
    return method, target, headers
