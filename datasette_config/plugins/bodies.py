"""How much may be sent at once: what our forms come to. Datasette puts together in memory what is sent, whoever sends it; files
go to the disk as they come (adding.py)."""

from collections.abc import Awaitable, Callable
from typing import Any

from datasette import Request, Response, hookimpl

from datasette_config.plugins.accounts import actor_from_request

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
MOST = 1_000_000
"""Bytes: a form of the coding in another one that carries it, every letter written as three signs."""
FILES = "/add"
TOO_MUCH = "That is more than a form of these pages holds. Nothing was kept.\n"


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[Application], Application]:
    """Refuse (413) what is longer."""

    def wrap(application: Application) -> Application:
        async def bounded(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] != "http" or scope["method"] in ("GET", "HEAD") or _is_file(datasette, scope, receive):
                await application(scope, receive, send)
                return
            sent = await _read(receive)
            if sent is None:
                await Response.text(TOO_MUCH, status=413).asgi_send(send)
                return

            async def again() -> dict[str, Any]:
                return sent.pop(0) if sent else await receive()

            await application(scope, again, send)

        return bounded

    return wrap


def _is_file(datasette: Any, scope: dict[str, Any], receive: Any) -> bool:
    """Whether this is a file that somebody sends who may."""
    return scope["path"] == FILES and actor_from_request(datasette, Request(scope, receive)) is not None


async def _read(receive: Any) -> list[dict[str, Any]] | None:
    """All that is sent, as it comes; None where it is too much."""
    sent: list[dict[str, Any]] = []
    size, more = 0, True
    while more:
        message = await receive()
        sent.append(message)
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
        if size > MOST:
            return None
    return sent
