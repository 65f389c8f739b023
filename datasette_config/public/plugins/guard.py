"""What stands before every public page: which addresses there are, how often one may ask, what may be kept by caches, headers.

Datasette's own pages (tables, SQL, downloads, settings) are not reached at all: what is not named here is refused.
"""

import hashlib
import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from datasette import hookimpl

from datasette_config.public.plugins.served import NOT_READ, look
from db.reading_public import state
from tracker.pace import A_SECOND, AT_ONCE, Pace, asker, seconds_kept

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

PAGES = re.compile(r"/|/themes|/theme/[^/]+|/questions|/our-posts|/method|/privacy|/data/numbers\.csv|/robots\.txt")
STATIC = re.compile(r"/static/(?:site\.css|icon\.svg)")
DATASETTE = re.compile(r"/(?:-|public|_memory|_internal)(?:[/.-].*)?", re.DOTALL)
HEADERS = {
    b"content-security-policy": b"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=(), interest-cohort=()",
}


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[Application], Application]:
    """Answer only for our own pages, at a pace, with headers that fit a copy that changes each night."""
    pace = Pace(A_SECOND, AT_ONCE)

    def wrap(application: Application) -> Application:
        async def guarded(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await application(scope, receive, send)
                return
            path = scope["path"]
            wait = pace.seconds_to_wait(asker(scope), time.monotonic())
            if wait:
                after = str(int(wait) + 1)
                await _say(send, 429, "That is too fast. Please wait for a moment.", (b"retry-after", after.encode()))
            elif scope["method"] not in ("GET", "HEAD"):
                await _say(send, 405, "These pages are for reading only.", (b"allow", b"GET, HEAD"))
            elif DATASETTE.fullmatch(path):
                await _say(send, 403, "The tables, SQL and the file itself are not offered here. See /method for the data.")
            else:
                is_page = PAGES.fullmatch(path) is not None
                if not is_page and not STATIC.fullmatch(path):
                    scope = {**scope, "path": "/no-such-page", "raw_path": b"/no-such-page"}
                lasting = await _lasting(datasette, scope) if is_page else [(b"cache-control", b"public, max-age=3600")]
                scope = {**scope, "query_string": b""}
                await _answer(application, scope, receive, send, lasting)

        return guarded

    return wrap


async def _lasting(datasette: Any, scope: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    """The ETag of a page and how long it may be kept: until the next night is due; none of a copy that cannot be read."""
    try:
        known = await look(datasette, state)
    except NOT_READ:
        return [(b"cache-control", b"no-store")]
    said = f"{known['release']} {known['published_at']} {known['shown']} {scope['path']}"
    tag = f'"{hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:20]}"'
    kept = seconds_kept(known["published_at"], datetime.now(UTC))
    return [(b"etag", tag.encode()), (b"cache-control", f"public, max-age={kept}, must-revalidate".encode())]


async def _answer(
    application: Application, scope: dict[str, Any], receive: Any, send: Any, lasting: list[tuple[bytes, bytes]]
) -> None:
    asked = dict(scope["headers"])
    tag = dict(lasting).get(b"etag")
    known = [one.strip().removeprefix(b"W/") for one in asked.get(b"if-none-match", b"").split(b",")]
    if tag and (tag in known or known == [b"*"]):
        await send({"type": "http.response.start", "status": 304, "headers": [*HEADERS.items(), *lasting]})
        await send({"type": "http.response.body", "body": b""})
        return
    only_head = scope["method"] == "HEAD"

    async def send_with_headers(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = lasting if message["status"] == 200 else [(b"cache-control", b"no-store")]
            ours = {**HEADERS, **dict(kept)}
            dropped = {*ours, b"set-cookie", b"vary", b"link", b"access-control-allow-origin"}
            others = [(name, value) for name, value in message.get("headers", []) if name.lower() not in dropped]
            message = {**message, "headers": [*others, *ours.items()]}
        elif only_head:
            message = {**message, "body": b""}
        await send(message)

    await application({**scope, "method": "GET"}, receive, send_with_headers)


async def _say(send: Any, status: int, words: str, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *HEADERS.items(), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{words}\n".encode()})
