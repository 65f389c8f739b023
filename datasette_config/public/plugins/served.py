"""The copy that lies there now: each look opens it anew, since a damaged one is deleted and another put in its place while pages
are served; and what becomes of a page where it cannot be read."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from datasette import Response, hookimpl
from datasette.utils import sqlite_timelimit

from db.public_copy import reading
from db.reading import Row, as_of_now

READ_MS = 5_000
AGAIN_AFTER = 600
"""Seconds after which it is worth asking again: somebody has to publish first."""
NOT_READ = (sqlite3.DatabaseError, json.JSONDecodeError)
"""What reading a copy raises that is damaged, not there, or none; and where it takes too long."""


async def look(datasette: Any, read: Callable[[sqlite3.Connection], Row]) -> Row:
    """What `read` makes of the copy as it is at one moment. Raises one of NOT_READ."""
    path = Path(datasette.get_database("public").path)

    def in_thread() -> Row:
        with reading(path) as db, sqlite_timelimit(db, READ_MS):
            return as_of_now(db, read)

    return await asyncio.get_running_loop().run_in_executor(datasette.executor, in_thread)


@hookimpl
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Callable[[], Awaitable[Response]] | None:
    """503 where the copy cannot be read: nothing is wrong with what was asked, nor with these pages."""
    if not isinstance(exception, NOT_READ):
        return None

    async def answer() -> Response:
        page = await datasette.render_template("error.html", {"status": 503}, request=request)
        return Response.html(page, status=503, headers={"Retry-After": str(AGAIN_AFTER)})

    return answer
