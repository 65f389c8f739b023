"""Pages about what posts share: a conversation, a link, a hashtag, a busy day by hour."""

import re
import sqlite3
import unicodedata
from datetime import date
from typing import Any
from urllib.parse import unquote

from datasette import Response, hookimpl

from datasette_config.plugins.charts import by_week, columns
from datasette_config.plugins.pages import now_of, show_found, show_room, sure_of
from db.reading import Row, campaign_settings
from db.reading_shared import hashtag_page, hashtags_page, link_page, spike_page
from db.reading_threads import conversation

DAY = re.compile(r"\d{4}-\d\d-\d\d")
LONGEST = 4000


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The pages."""
    return [
        (r"^/conversation/(?P<post_id>\d{1,18})$", conversation_room),
        (r"^/link$", link_room),
        (r"^/hashtags$", hashtags_room),
        (r"^/hashtag/(?P<tag>[^/]+)$", hashtag_room),
        (r"^/spike$", spike_room),
    ]


async def conversation_room(datasette: Any, request: Any) -> Response:
    """Who answered whom."""
    number = int(request.url_vars["post_id"])
    absent = f"There is no post number {number}."

    def view(db: sqlite3.Connection) -> Row | None:
        return conversation(db, number)

    return await show_found(datasette, request, "conversation.html", "conversation", view, absent)


async def link_room(datasette: Any, request: Any) -> Response:
    """Who shared a link, and with which words."""
    url = (request.args.get("url") or "")[:LONGEST]
    absent = "Nobody shared that link in the posts that came in."

    def view(db: sqlite3.Connection) -> Row | None:
        return _of(db, "link", link_page(db, url, now_of(datasette)))

    return await show_found(datasette, request, "shared.html", "of", view, absent)


async def hashtags_room(datasette: Any, request: Any) -> Response:
    """What stands beside our hashtag."""
    return await show_room(datasette, request, "hashtags.html", lambda db: hashtags_page(db, now_of(datasette)))


async def hashtag_room(datasette: Any, request: Any) -> Response:
    """A hashtag beside ours. Datasette gives a part of the path as it was sent, `%C3%AD` for `í`."""
    tag = unicodedata.normalize("NFKC", unquote(request.url_vars["tag"])[:LONGEST]).casefold().lstrip("#")
    absent = "Nobody used that hashtag in the posts that came in."

    def view(db: sqlite3.Connection) -> Row | None:
        return _of(db, "hashtag", hashtag_page(db, tag, now_of(datasette)))

    return await show_found(datasette, request, "shared.html", "of", view, absent)


def _of(db: sqlite3.Connection, kind: str, found: Row | None) -> Row | None:
    if found is None:
        return None
    sure = {theme["slug"]: theme for theme in sure_of(db, [row["slug"] for row in found["themes"]], None)}
    return {**found, "kind": kind, "sure": sure, "chart": columns(by_week(found["weeks"]), "Posts with it by week")}


async def spike_room(datasette: Any, request: Any) -> Response:
    """A busy day by hour."""
    typed = request.args.get("day") or ""
    try:
        day = date.fromisoformat(typed).isoformat() if DAY.fullmatch(typed) else None
    except ValueError:
        day = None

    def view(db: sqlite3.Connection) -> Row:
        found = spike_page(db, day, campaign_settings(db)["timezone"], now_of(datasette))
        hours = [(row["hour"], row["posts"] + row["reposts"]) for row in found.get("hours", ())]
        return {**found, "chart": columns(hours, "Posts and reposts by hour"), "typed": typed if typed and day is None else ""}

    return await show_room(datasette, request, "spike.html", view)
