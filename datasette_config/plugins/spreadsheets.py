"""Every table that is taken away as CSV is entered in the audit, and made harmless for spreadsheets on its way
(tracker/spreadsheets.py)."""

from collections.abc import Callable
from typing import Any

from datasette import Request, hookimpl

from datasette_config.plugins.rewriting import Application, rewritten
from datasette_config.plugins.taken_out import note_download
from tracker.spreadsheets import Stream, harmless_row


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[Application], Application]:
    """Guard every answer that is a CSV."""

    def wrap(application: Application) -> Application:
        async def guarded(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] != "http" or not scope["path"].endswith(".csv"):
                await application(scope, receive, send)
                return

            async def begin() -> Stream:
                await note_download(datasette, Request(scope, receive), scope["path"])
                return Stream(harmless_row)

            await application(scope, receive, rewritten(send, begin))

        return guarded

    return wrap
