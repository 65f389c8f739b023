"""Whoever takes a table by which posts of a theme can be counted as CSV or JSON has beside each row how well the program finds
its theme: a count of a theme never leaves the pages without its error."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from datasette import Request, hookimpl

from datasette_config.plugins.pages import look_at_store
from datasette_config.plugins.rewriting import Application, rewritten
from db.reading_model import ERRORS, errors_of_themes
from tracker.spreadsheets import Stream

Fields = Mapping[str, Any]
Errors = Mapping[str, Mapping[str, Any]]

PATH = re.compile(r"/tracker/(?P<table>\w+)(?:/[^/]+)?\.(?P<format>csv|jsono?)")
HEADLESS = re.compile(rb"(?:^|&)_header=[^&]*")
"""What asks for a CSV without the names of its columns: then nobody could tell which are the error's."""


def _theme(row: Fields) -> Any:
    theme = row.get("theme")
    return theme["value"] if isinstance(theme, dict) else theme  # _labels=on


def _of_figure(row: Fields) -> Any:
    return str(row.get("key")).partition("|")[0] if str(row.get("name")).startswith("theme_") else None


def _of_cell(row: Fields) -> Any:
    return row.get("subject") if row.get("kind") == "theme" else None


COUNTING: Mapping[str, Callable[[Fields], Any]] = {
    **dict.fromkeys(("daily_counts", "post_themes", "weekly_counts", "weekly_totals"), _theme),
    "figures": _of_figure,
    "published_cells": _of_cell,
}
"""Tables that say how many posts a theme has, or by which that can be counted: which theme a row is of (its slug), if of any."""


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[Application], Application]:
    """Put it beside the rows of each such answer."""

    def wrap(application: Application) -> Application:
        async def beside(scope: dict[str, Any], receive: Any, send: Any) -> None:
            asked = PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
            if asked is None or asked["table"].lower() not in COUNTING:
                await application(scope, receive, send)
                return
            theme_of = COUNTING[asked["table"].lower()]

            async def begin() -> Stream | Whole:
                seen = await look_at_store(datasette, Request(scope, receive), lambda db: {"errors": errors_of_themes(db)})
                with_error = WithError(theme_of, seen["errors"])
                return Stream(with_error.cells) if asked["format"] == "csv" else Whole(with_error.document)

            columns_named = HEADLESS.sub(b"", scope["query_string"])
            await application({**scope, "query_string": columns_named}, receive, rewritten(send, begin))

        return beside

    return wrap


class WithError:
    """Rows of one table, each with the error of its theme. theme_of: which theme a row is of; errors: what is known, by slug."""

    def __init__(self, theme_of: Callable[[Fields], Any], errors: Errors) -> None:
        self._theme_of = theme_of
        self._errors = errors
        self._columns: Sequence[str] = ()

    def of(self, row: Fields) -> Fields:
        """What stands beside a row; empty where it is of no theme."""
        return self._errors.get(str(self._theme_of(row)), dict.fromkeys(ERRORS))

    def cells(self, row: list[str]) -> list[object]:
        """The next row of a CSV, of which the first names the columns."""
        if not self._columns:
            self._columns = row
            return [*row, *ERRORS]
        return [*row, *self.of(dict(zip(self._columns, row, strict=False))).values()]

    def document(self, body: bytes) -> bytes:
        """A whole JSON, or one a line, in whichever of its shapes (https://docs.datasette.io/en/stable/json_api.html)."""
        return b"\n".join(json.dumps(self._told(json.loads(line))).encode() for line in body.splitlines())

    def _told(self, said: Any) -> Any:
        if isinstance(said, list):  # _shape=array; =arrayfirst has one column, which says of no theme how many posts it has
            return [self._told(row) if isinstance(row, dict) else row for row in said]
        if "rows" in said:
            names, rows = said.get("columns", []), said["rows"]
            if all(isinstance(row, dict) for row in rows):
                return {**said, "columns": [*names, *ERRORS], "rows": self._told(rows)}
            with_it = [[*row, *self.of(dict(zip(names, row, strict=True))).values()] for row in rows]
            return {**said, "columns": [*names, *ERRORS], "rows": with_it}
        if said and all(isinstance(row, dict) for row in said.values()):  # _shape=object: rows by their keys
            return {key: self._told(row) for key, row in said.items()}
        return {**said, **self.of(said)}


class Whole:
    """An answer of several pieces, of which `make` makes another once all are there."""

    def __init__(self, make: Callable[[bytes], bytes]) -> None:
        self._make = make
        self._body = b""

    def feed(self, body: bytes, *, last: bool) -> bytes:
        """Nothing until the last piece."""
        self._body += body
        return self._make(self._body) if last else b""
