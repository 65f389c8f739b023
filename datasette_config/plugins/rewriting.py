"""Answers that are changed piece by piece on their way out."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Pieces(Protocol):
    """What takes a body piece by piece, and gives what is to be sent in the place of each."""

    def feed(self, body: bytes, *, last: bool) -> bytes:
        """What may be sent by now."""


def rewritten(send: Send, begin: Callable[[], Awaitable[Pieces]]) -> Send:
    """A `send` (ASGI) that gives the body of a good answer (200) to what `begin` makes, asked as the answer begins; any other
    answer goes on as it is. Its length is not told, since it changes."""
    pieces: Pieces | None = None

    async def sending(message: dict[str, Any]) -> None:
        nonlocal pieces
        if message["type"] == "http.response.start":
            pieces = await begin() if message["status"] == 200 else None
            headers = [pair for pair in message.get("headers", []) if pair[0].lower() != b"content-length"]
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body" and pieces is not None:
            more = bool(message.get("more_body"))
            message = {**message, "body": pieces.feed(message.get("body", b""), last=not more)}
        await send(message)

    return sending
