"""Every table that is taken away as CSV is entered in the audit, and made harmless for spreadsheets on its way
(tracker/spreadsheets.py)."""

from collections.abc import Awaitable, Callable
from typing import Any

from datasette import Request, hookimpl

from datasette_config.plugins.taken_out import note_download
from tracker.spreadsheets import Stream, harmless_row

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[Application], Application]:
    """Guard every answer that is a CSV."""

    def wrap(application: Application) -> Application:
        async def guarded(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] != "http" or not scope["path"].endswith(".csv"):
                await application(scope, receive, send)
                return
            rows = Stream(harmless_row)
            whole = False

            async def send_guarded(message: dict[str, Any]) -> None:
                nonlocal whole
                if message["type"] == "http.response.start":
                    headers = [pair for pair in message.get("headers", []) if pair[0].lower() != b"content-length"]
                    whole = message["status"] == 200
                    if whole:
                        await note_download(datasette, Request(scope, receive), scope["path"])
                    message = {**message, "headers": headers}
                elif message["type"] == "http.response.body" and whole:
                    more = bool(message.get("more_body"))
                    message = {**message, "body": rows.feed(message.get("body", b""), last=not more)}
                await send(message)

            await application(scope, receive, send_guarded)

        return guarded

    return wrap
