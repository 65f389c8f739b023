"""What becomes of a page that fails: what goes into the log says where it failed, never what it was reading; and an address that
Datasette's pages of tables cannot read is told as one, not as a fault of ours."""

import sqlite3
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from datasette import Response, handle_exception, hookimpl
from datasette.views.base import DatasetteError

ASKED_WRONGLY = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    AssertionError,
    sqlite3.OperationalError,
    sqlite3.ProgrammingError,
)
"""What Datasette raises where an address asks for a column, a facet or a way of sorting that there is none of, or for words
that are no JSON."""
SAID_WITHOUT_THOUGHT = 500
"""The status of a DatasetteError whose author gave none: all of those are about what was asked."""
OF_THE_STORE = ("locked", "disk I/O", "malformed", "unable to open", "readonly")
"""What SQLite says where it is the store that fails, whatever was asked."""
OF_DATASETTE = "datasette/"
NOT_SO = "That address asks for something that this table does not have, or in a way that cannot be read."


@hookimpl
def startup(datasette: Any) -> None:
    """Keep Datasette from printing failures through rich, which comes with spaCy.

    It would print every local variable, people's posts among them, and it fails itself on an address that matches no
    route (rich wants a traceback, datasette.handle_exception has none there). Datasette then logs a plain traceback.
    """
    handle_exception.rich = None


@hookimpl(specname="handle_exception")
def told_as_asked_wrongly(datasette: Any, request: Any, exception: Exception) -> Callable[[], Awaitable[Response | None]] | None:
    """400 (405 where something was sent to a page that only shows) for what Datasette itself could not read of an address. What
    our own code raises, or a damaged store, stays a failure."""
    says_so = isinstance(exception, DatasetteError) and exception.status == SAID_WITHOUT_THOUGHT
    if any(word in str(exception.__cause__ or exception.__context__ or exception) for word in OF_THE_STORE):
        return None
    if not says_so and not (isinstance(exception, ASKED_WRONGLY) and _raised_in_datasette(exception)):
        return None
    status = 405 if request.method == "POST" else 400

    async def answer() -> Response:
        words = {"ok": False, "error": NOT_SO, "status": status, "title": None}
        if request.path.endswith(".json"):
            return Response.json(words, status=status)
        page = await datasette.render_template("error.html", words, request=request)
        return Response.html(page, status=status)

    return answer


def _raised_in_datasette(exception: Exception) -> bool:
    """Whether no line of ours was at work when it was raised."""
    frames = traceback.extract_tb(exception.__traceback__)
    last = frames[-1].filename if frames else ""
    return OF_DATASETTE in "".join(frame.filename for frame in frames[-6:]) and "datasette_config" not in last
