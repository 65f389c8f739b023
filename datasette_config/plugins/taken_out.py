"""Whoever takes a table out of the pages stands in the audit, before they have it: who, when, which table. Never what they
searched for, which can be a name."""

import asyncio
from contextlib import closing
from typing import Any

from datasette_config.plugins.accounts import actor_from_request
from datasette_config.plugins.coding_desk import folder_of, system_now, who
from db.folder import DataFolder
from db.handed_out import note_taken
from db.store import Store

LONGEST = 200


async def note_download(datasette: Any, request: Any, what: str, count: int | None = None) -> None:
    """Enter it; nothing where these pages only show. Raises a Problem where it cannot be entered: then nobody gets the table."""
    folder = folder_of(datasette)
    if folder is not None:
        if getattr(request, "actor", None) is None:
            request.scope["actor"] = actor_from_request(datasette, request)
        actor = who(datasette, request) or "local"
        await asyncio.to_thread(_enter, folder, what[:LONGEST], count, actor)


def _enter(folder: DataFolder, what: str, count: int | None, actor: str) -> None:
    with closing(Store.open(folder)) as store:
        note_taken(store, what=what, count=count, actor=actor, note="from the staff pages", now=system_now())
