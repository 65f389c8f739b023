"""Cookies of two debates on one machine: browsers keep them by the machine's name, whatever the port, so that signing in at one
would end the session at the other, and no form that was open there could be sent any more."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from datasette import hookimpl

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
OURS = ("staff", "coder", "ds_csrftoken")
"""What this program and Datasette call their cookies."""


@hookimpl(trylast=True)
def asgi_wrapper(datasette: Any) -> Callable[[Application], Application]:
    """Have the browser know them by names of this debate alone; nothing where `serve` has not said which it is."""
    mark = (datasette.plugin_config("jar") or {}).get("mark", "")

    def wrap(application: Application) -> Application:
        async def marked(scope: dict[str, Any], receive: Any, send: Any) -> None:
            async def send_marked(message: dict[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    message = {**message, "headers": [_given(header, mark) for header in message.get("headers", [])]}
                await send(message)

            headers = [_taken(header, mark) for header in scope.get("headers", [])]
            await application({**scope, "headers": headers}, receive, send_marked)

        return marked if mark else application

    return wrap


def _taken(header: tuple[bytes, bytes], mark: str) -> tuple[bytes, bytes]:
    """A request's cookies by the names that the program gives them; those of another debate are left out."""
    name, value = header
    if name.lower() != b"cookie":
        return header
    kept = []
    for cookie in re.split(r";\s*", value.decode("latin-1")):
        called, _, holds = cookie.partition("=")
        plain = called.removesuffix(f"-{mark}")
        if called not in OURS:
            kept.append(f"{plain if plain in OURS else called}={holds}")
    return name, "; ".join(kept).encode("latin-1")


def _given(header: tuple[bytes, bytes], mark: str) -> tuple[bytes, bytes]:
    """A cookie that is set, by the name that the browser knows it by."""
    name, value = header
    called, _, rest = value.partition(b"=")
    if name.lower() != b"set-cookie" or called.decode("latin-1") not in OURS:
        return header
    return name, called + f"-{mark}=".encode() + rest
