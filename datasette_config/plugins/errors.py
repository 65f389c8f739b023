"""What becomes of a page that fails: what goes into the log says where it failed, never what it was reading; and an address that
Datasette's pages of tables cannot read is told as one, not as a fault of ours."""

import sqlite3
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import asgi_csrf
from datasette import Response, handle_exception, hookimpl
from datasette.views.base import DatasetteError

Execute = Callable[..., Awaitable[Any]]
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
NOT_OURS = (
    "That form did not come from these pages, or stood open for too long. Nothing was kept: go back, load the page again, and "
    "send it once more."
)
"""Where a form lacks the token that this browser was given; for whoever has filled it in, not for programmers."""
TOO_LONG = "That query took too long and was stopped: ask for less at once."
"""In place of a page's HTML, which Datasette gives in JSON too."""
TOO_MUCH = "That takes more memory than one question may: ask for fewer columns or rows at once, or for shorter values."
NOT_SO = "That address asks for something that this table does not have, or in a way that cannot be read."


@hookimpl
def startup(datasette: Any) -> None:
    """Keep Datasette from printing failures through rich, which comes with spaCy.

    It would print every local variable, people's posts among them, and it fails itself on an address that matches no
    route (rich wants a traceback, datasette.handle_exception has none there). Datasette then logs a plain traceback. Nor does it
    log SQL that fails, and what it asks for: whoever mistypes a search finds the words of it in the answer.
    """
    handle_exception.rich = None
    asgi_csrf.error_messages.update(dict.fromkeys(asgi_csrf.Errors, NOT_OURS))
    for store in datasette.databases.values():
        store.execute = _unlogged(store.execute)


def _unlogged(execute: Execute) -> Execute:
    async def quietly(*asked: Any, **how: Any) -> Any:
        return await execute(*asked, **{**how, "log_sql_errors": False})

    return quietly


@hookimpl(specname="handle_exception")
def told_as_asked_wrongly(datasette: Any, request: Any, exception: Exception) -> Callable[[], Awaitable[Response]] | None:
    """400 (405 where something was sent to a page that only shows) for what Datasette itself could not read of an address. What
    our own code raises, or a damaged store, stays a failure."""
    if isinstance(exception, DatasetteError) and exception.message_is_html and request.path.endswith(".json"):
        return _in_json(TOO_LONG, 400)
    if isinstance(exception, MemoryError):
        return _told(datasette, request, TOO_MUCH, 400)
    says_so = isinstance(exception, DatasetteError) and exception.status == SAID_WITHOUT_THOUGHT
    if any(word in str(exception.__cause__ or exception.__context__ or exception) for word in OF_THE_STORE):
        return None
    if not says_so and not (isinstance(exception, ASKED_WRONGLY) and _raised_in_datasette(exception)):
        return None
    return _told(datasette, request, NOT_SO, 405 if request.method == "POST" else 400)


def _told(datasette: Any, request: Any, error: str, status: int) -> Callable[[], Awaitable[Response]]:
    """What is wrong, in JSON where JSON was asked for, else on a page."""

    async def page() -> Response:
        words = {"ok": False, "error": error, "status": status, "title": None}
        return Response.html(await datasette.render_template("error.html", words, request=request), status=status)

    return _in_json(error, status) if request.path.endswith(".json") else page


def _in_json(error: str, status: int) -> Callable[[], Awaitable[Response]]:
    async def answer() -> Response:
        return Response.json({"ok": False, "error": error, "status": status, "title": None}, status=status)

    return answer


def _raised_in_datasette(exception: Exception) -> bool:
    """Whether no line of ours was at work when it was raised."""
    frames = traceback.extract_tb(exception.__traceback__)
    last = frames[-1].filename if frames else ""
    return OF_DATASETTE in "".join(frame.filename for frame in frames[-6:]) and "datasette_config" not in last
