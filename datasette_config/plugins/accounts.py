"""Signing in: where there are accounts, nobody sees anything before; wrong passwords are slowed down; SQL is for researchers.

Without accounts (on this machine alone) every request is the actor `local`, and nothing changes.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from weakref import WeakValueDictionary

from datasette import Request, Response, hookimpl

from datasette_config.plugins.carrying import carried, has_its_token, own_path, read_form, shown_again
from db.accounts import LABELS, OF_FEW_POSTS, OF_ONE_POST, Account, is_right, read_accounts, role_of
from tracker.pace import Throttle
from tracker.problems import Problem
from tracker.telling import count

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
COOKIE, HOURS = "staff", 12
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
OPEN = ("/-/login", "/-/logout", "/static/", "/-/static/")
"""What can be reached without having signed in."""
ASK_IN_SQL = ("lead", "researcher")
"""The roles that may; with SQL nothing in the store can be hidden from them."""
THROTTLE = Throttle()
TURNS: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
"""Whose turn it is, of those who sign in from one address or with one account; gone as soon as nobody waits."""
TOO_MANY = "There were too many wrong passwords for that name, or from where you are."
ROWS_OF_OTHERS = "foreign_key_tables"
"""What Datasette calls the numbers of rows of other tables that name a row, whether its reader may see those tables or not."""
ASKED_FOR = "asked for"
"""Where a request says what it was sent to, before the one who sent it was asked to sign in."""


def _told(datasette: Any) -> dict[str, Any]:
    """What `serve` says of signing in: file (of the accounts), header (of a proxy), leads, researchers."""
    return datasette.plugin_config("accounts") or {}


def is_needed(datasette: Any) -> bool:
    """Whether people have to sign in."""
    told = _told(datasette)
    return bool(told.get("file") or told.get("header"))


def sees_labels(datasette: Any, request: Any) -> bool:
    """Whether who asks may see what people decided about a post: those who may ask in SQL."""
    return may_ask_in_sql(datasette, request.actor)


def may_ask_in_sql(datasette: Any, actor: dict[str, Any] | None) -> bool:
    """Leads and researchers; everyone where nobody signs in, since the pages then answer on this machine alone."""
    return not is_needed(datasette) or (actor or {}).get("role") in ASK_IN_SQL


@hookimpl
def extra_template_vars(datasette: Any, request: Any) -> dict[str, Any]:
    """Whether the page may speak of SQL to its reader; the page of a row counts the rows of other tables that name it only then,
    since tables of labels are among them."""
    may = request is not None and may_ask_in_sql(datasette, request.actor)
    return {"may_sql": may} if may else {"may_sql": may, ROWS_OF_OTHERS: []}


def _accounts(datasette: Any) -> dict[str, Account]:
    file = _told(datasette).get("file")
    return read_accounts(Path(file)) if file else {}


@hookimpl
def actor_from_request(datasette: Any, request: Any) -> dict[str, Any] | None:
    """Who is asking: `local` without accounts; else whom a session or the proxy names."""
    if not is_needed(datasette):
        return {"id": "local"}
    told = _told(datasette)
    if told.get("header") and _asked_by_a_known_name(request, told.get("hosts", ())):
        name = request.headers.get(told["header"].lower(), "").strip()
        if name:
            role = role_of(name in told.get("leads", ()), name in told.get("researchers", ()))
            return {"id": name[:80], "role": role}
    return _of_session(datasette, request)


def _asked_by_a_known_name(request: Any, hosts: Sequence[str]) -> bool:
    """Whether the proxy's header may be believed: a page elsewhere whose name was made to point here (DNS rebinding) could write
    the header itself, but not the name that it is asked by."""
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname in {*LOOPBACK, *(host.casefold() for host in hosts)}
    except ValueError:
        return False


def _of_session(datasette: Any, request: Any) -> dict[str, Any] | None:
    from itsdangerous import BadData

    try:
        name, begun, mark = datasette.unsign(request.cookies[COOKIE], COOKIE)
        account = _accounts(datasette).get(name)
    except (KeyError, BadData, ValueError, TypeError, Problem):
        return None
    if account is None or mark != account.password[-12:] or not 0 <= time.time() - begun < HOURS * 3600:
        return None
    return {"id": account.name, "role": account.role}


@hookimpl
def permission_allowed(datasette: Any, actor: dict[str, Any] | None, action: str, resource: Any) -> bool | None:
    """SQL, tables of labels and ready-made questions that tell the labels of a post are for those who may ask in SQL; the rest is
    for everyone who signed in."""
    if may_ask_in_sql(datasette, actor):
        return None
    if action == "execute-sql":
        return False
    if action == "view-table" and resource[1].lower() in LABELS:
        return False
    if action == "view-query":
        queries = (datasette.metadata("queries", database=resource[0]) or {}).get(resource[1], {})
        return False if tells_labels(str(queries.get("sql", ""))) else None
    return None


def tells_labels(sql: str) -> bool:
    """Whether a ready-made question says what people decided of a post, or of so few that it tells of one."""
    return any(table in sql.lower() for table in OF_ONE_POST | OF_FEW_POSTS)


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Where people sign in and out."""
    return [(r"^/-/login$", login), (r"^/-/logout$", logout)]


async def login(datasette: Any, request: Any) -> Response:
    """The form, and what becomes of it."""
    if not _told(datasette).get("file"):
        return Response.redirect("/")
    wrong, status, headers = "", 200, {"cache-control": "no-store"}
    asked_for = request.scope.get(ASKED_FOR)
    body = await request.post_body() if request.method == "POST" else b""
    sent = read_form(body.decode("utf-8", "replace"))
    back = own_path(asked_for or sent.one("from") or request.args.get("from") or "")
    form = carried(request, asked_for, body) if asked_for else sent.one("carried")
    if asked_for:
        status = 403
    elif request.method == "POST" and not has_its_token(request, sent):
        wrong, status = "That did not come from this page, or it stood open for too long.", 403
    elif request.method == "POST":
        name, password = sent.one("username")[:80], sent.one("password")[:1000]
        keys = {"address": str((request.scope.get("client") or ("unknown",))[0]), "account": name}
        account, wait = await _looked_at(datasette, name, password, keys)
        if account:
            return await _signed_in(datasette, request, account, back or "/", form)
        wrong, status = "That name and password do not belong together.", 403
        if wait:
            wrong, status = f"{TOO_MANY} Try again in {count(wait, 'second')}.", 429
            headers["Retry-After"] = str(wait)
    told = {"wrong": wrong, "back": back, "carried": form, "unsent": asked_for}
    html = await datasette.render_template("login.html", told, request=request)
    return Response.html(html, status=status, headers=headers)


async def _looked_at(datasette: Any, name: str, password: str, keys: dict[str, str]) -> tuple[Account | None, int]:
    """The account that a name and password belong to, if they do; and how many seconds to wait where they are not looked at.

    Attempts from one address, and for one account, are looked at one after the other, so that those of many guesses at once count
    as those that come one by one, and right passwords that an office sends at the same moment do not count as wrong ones."""
    from_one_address, for_one_account = (TURNS.setdefault(entry, asyncio.Lock()) for entry in keys.items())
    async with from_one_address, for_one_account:
        wait = THROTTLE.seconds_to_wait(keys, time.monotonic())
        if wait:
            return None, int(wait) + 1
        account = _accounts(datasette).get(name)
        THROTTLE.note(keys, time.monotonic(), right=False)  # before it is looked at, so that breaking off makes no guess free
        if not await asyncio.to_thread(is_right, account, password):
            return None, 0
        THROTTLE.note(keys, time.monotonic(), right=True)
        return account, 0


async def _signed_in(datasette: Any, request: Any, account: Account, back: str, form: str) -> Response:
    """On to where they wanted to go; or to the form that they had filled in, which they have to save again."""
    request.scope["actor"] = {"id": account.name, "role": account.role}
    again = await shown_again(datasette, request, account.name, back, form) if form else None
    response = again or Response.redirect("/coding" if form else back)
    signed = datasette.sign([account.name, int(time.time()), account.password[-12:]], COOKIE)
    secure = request.headers.get("x-forwarded-proto") == "https"
    response.set_cookie(COOKIE, signed, max_age=HOURS * 3600, httponly=True, samesite="lax", secure=secure)
    return response


async def logout(datasette: Any, request: Any) -> Response:
    """End the session."""
    response = Response.redirect("/-/login")
    if request.method == "POST" and has_its_token(request, read_form((await request.post_body()).decode("utf-8", "replace"))):
        response.set_cookie(COOKIE, "", max_age=0, httponly=True, samesite="lax")
    return response


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[Application], Application]:
    """Let nobody through who has not signed in."""

    def wrap(application: Application) -> Application:
        async def guarded(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] != "http" or not is_needed(datasette) or scope["path"].startswith(OPEN):
                await application(scope, receive, send)
            elif (actor := actor_from_request(datasette, request := Request(scope, receive))) is None:
                await _ask_to_sign_in(datasette, application, scope, receive, send)
            elif ROWS_OF_OTHERS in request.args.get("_extras", "") and not may_ask_in_sql(datasette, actor):
                await Response.text("That is for those who may ask in SQL.\n", status=403).asgi_send(send)
            else:
                await application(scope, receive, send)

        return guarded

    return wrap


async def _ask_to_sign_in(datasette: Any, application: Application, scope: dict[str, Any], receive: Any, send: Any) -> None:
    is_page = not scope["path"].endswith((".json", ".csv")) and _told(datasette).get("file")
    if is_page and scope["method"] in ("GET", "HEAD"):
        query = f"?{scope['query_string'].decode('latin-1')}" if scope.get("query_string") else ""
        path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
        await Response.redirect(f"/-/login?from={quote(path + query, safe='/')}").asgi_send(send)
    elif is_page and scope["method"] == "POST":
        # What was sent is looked at where the sign-in page is made: behind Datasette's look at the form's token.
        at_the_door = {"path": "/-/login", "raw_path": b"/-/login", "query_string": b"", ASKED_FOR: scope["path"]}
        await application({**scope, **at_the_door}, receive, send)
    else:
        await Response.text("You have to sign in first.\n", status=403).asgi_send(send)
