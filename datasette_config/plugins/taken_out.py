"""Whoever takes a table out of the pages stands in the audit, before they have it: who, when, which table. Never what they
searched for, which can be a name."""

import asyncio
from pathlib import Path
from typing import Any

from datasette_config.plugins.accounts import actor_from_request
from datasette_config.plugins.coding_desk import folder_of, who
from db.handed_out import note_taken
from db.news import News, news_of
from tracker.times import system_clock

LONGEST = 200


async def note_download(datasette: Any, request: Any, what: str, count: int | None = None) -> None:
    """Enter it; nothing where these pages only show. Raises a Problem where it cannot be entered: then nobody gets the table."""
    if folder_of(datasette) is not None:
        if getattr(request, "actor", None) is None:
            request.scope["actor"] = actor_from_request(datasette, request)
        actor = who(datasette, request) or "local"
        await asyncio.to_thread(_enter, news_of(Path(datasette.get_database("tracker").path)), what[:LONGEST], count, actor)


def _enter(news: News, what: str, count: int | None, actor: str) -> None:
    note_taken(news, what=what, count=count, actor=actor, note="from the staff pages", now=system_clock())
