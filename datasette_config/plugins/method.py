"""Coverage and method: the way from what was asked to what has a theme; the data dictionary; the tutorial."""

import asyncio
import re
import sqlite3
from pathlib import Path
from typing import Any

from datasette import Response, hookimpl
from markupsafe import Markup

from datasette_config.plugins.charts import columns
from datasette_config.plugins.pages import show_room
from datasette_config.plugins.source_notes import as_html
from db.dictionary import read_dictionary
from db.reading import Row, model, themes_by_dimension
from db.reading_method import method_page
from db.reading_missing import freshness
from db.reading_model import overall
from db.reading_people import agreement
from db.snapshots import errata, newest_snapshot

HEADING = re.compile(r"<(/?)h([2-6])>")
"""A document on a page of its own begins with the page's heading."""
DOCS = Path(__file__).resolve().parents[2] / "docs"


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The pages."""
    return [(r"^/method$", method_room), (r"^/dictionary$", dictionary_room), (r"^/tutorial$", tutorial_room)]


async def method_room(datasette: Any, request: Any) -> Response:
    """From asked to themed, with every loss."""

    def view(db: sqlite3.Connection) -> Row:
        told = method_page(db)
        lost = [(row["month"], round(100 * row["lost"])) for row in reversed(told["months"])]
        made = {"model": model(db), "overall": overall(db), "dimensions": themes_by_dimension(db), "agreement": agreement(db)}
        return {
            **told,
            **made,
            "fresh": freshness(db),
            "errata": errata(db),
            "snapshot": newest_snapshot(db),
            "chart": columns(lost, "Share of each month's posts that disappeared, in per cent"),
        }

    return await show_room(datasette, request, "method.html", view)


async def dictionary_room(datasette: Any, request: Any) -> Response:
    """What every table and column means."""
    stores = await asyncio.to_thread(read_dictionary)
    return await show_room(datasette, request, "dictionary.html", lambda db: {"stores": stores})


async def tutorial_room(datasette: Any, request: Any) -> Response:
    """A first hour with the data, for those who know a little SQL."""
    text = await asyncio.to_thread((DOCS / "tutorial.md").read_text, encoding="utf-8")
    shown = Markup(HEADING.sub(lambda found: f"<{found[1]}h{int(found[2]) - 1}>", as_html(text)))  # noqa: S704  escaped there
    return await show_room(datasette, request, "tutorial.html", lambda db: {"text": shown})
