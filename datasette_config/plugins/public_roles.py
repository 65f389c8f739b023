"""Public-role accounts: press, councils, MPs and others in public life who joined in. Staff keep the list; nobody is scored."""

import re
import sqlite3
from typing import Any

from datasette import Response, hookimpl

from datasette_config.plugins import coding_desk as desk
from datasette_config.plugins.asked import at_desk
from db.desk import ROLES, Desk
from db.reading import Row
from db.reading_roles import joined_in
from tracker.records import PLATFORMS
from tracker.times import system_clock

HANDLE = re.compile(r"@?([^\s@:/]{1,200}(?:@[^\s@:/]{1,200})?)")
LONGEST_OFFICE = 120
FIELDS = ("platform", "handle", "role", "office")


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The page."""
    return [(r"^/accounts$", accounts_room)]


@desk.answering
async def accounts_room(datasette: Any, request: Any) -> Response:
    """The list with what each wrote (GET); an account noted or taken off (POST)."""
    if request.method != "POST":
        return await _show(datasette, request)
    sent = await desk.typed(request)
    platform, role, handle = sent.one("platform"), sent.one("role"), HANDLE.fullmatch(sent.one("handle").strip())
    noting = not sent.one("drop")
    fault = ""
    if platform not in PLATFORMS or handle is None or (role not in ROLES and noting):
        fault = "Choose a platform and a role, and write the handle as it stands there, such as @name."
    elif noting and platform == "mastodon" and "@" not in handle[1]:
        fault = "A handle on Mastodon has its server, such as @name@example.social: many servers have a @name."
    if fault or handle is None:
        return await _show(datasette, request, {name: sent.one(name) for name in FIELDS}, fault)

    def keep(db: sqlite3.Connection, opened: Desk) -> Row:
        if not noting:
            opened.drop_role(platform, handle[1])
        else:
            office = sent.one("office").strip()[:LONGEST_OFFICE]
            who = desk.who(datasette, request) or "local"
            opened.keep_role(platform, handle[1], role, office, who=who, now=system_clock())
        return {}

    await at_desk(datasette, request, keep)
    return desk.go("/accounts")


async def _show(datasette: Any, request: Any, typed: Row | None = None, fault: str = "") -> Response:
    """The list. typed: what comes back with what is wrong with it."""

    def view(db: sqlite3.Connection, opened: Desk) -> Row:
        accounts = joined_in(db, opened.roles())
        return {"accounts": accounts, "roles": ROLES, "platforms": PLATFORMS, "typed": typed or {}, "fault": fault}

    return await desk.page(datasette, request, "accounts.html", await at_desk(datasette, request, view), 422 if fault else 200)
