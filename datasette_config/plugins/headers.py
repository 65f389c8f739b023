"""What every answer says to the browser: nothing from elsewhere, no frames; and who may ask: this machine alone.

Our own pages carry no script and no inline style. Datasette's pages of tables keep theirs: the few inline scripts are
allowed by their hashes, taken from the templates when the server starts.
"""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from datasette import hookimpl

from datasette_config.plugins.accounts import LOOPBACK, is_needed

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

STRICT = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
TABLES = ("/tracker", "/-/")
"""Where Datasette's own pages lie."""
SCRIPTED = ("default:table.html", "default:_codemirror_foot.html")
INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[Application], Application]:
    """Add the headers to every answer, and answer only those who asked for this machine by its own name.

    The second keeps out a page on the internet whose name was made to point here (DNS rebinding); where people sign in, their
    session, which belongs to one name, does.
    """
    tables_policy = (
        f"{STRICT}; script-src 'self' {script_hashes(datasette)}; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
    )

    def wrap(application: Application) -> Application:
        async def guarded(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await application(scope, receive, send)
                return
            if not is_needed(datasette) and not _asked_for_this_machine(scope):
                await _refuse(send)
                return
            policy = tables_policy if scope["path"].startswith(TABLES) else STRICT

            async def send_with_headers(message: dict[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    message = {**message, "headers": _with_ours(message.get("headers", []), policy)}
                await send(message)

            await application(scope, receive, send_with_headers)

        return guarded

    return wrap


def script_hashes(datasette: Any) -> str:
    """The CSP sources of Datasette's own inline scripts (https://www.w3.org/TR/CSP3/#grammardef-hash-source)."""
    environment = datasette.jinja_env
    found = []
    for template in SCRIPTED:
        source = environment.loader.get_source(environment, template)[0]
        for script in INLINE.findall(source):
            found += [script.replace("{{ datasette_allow_facet }}", value) for value in ("true", "false")]
    digests = {hashlib.sha256(script.encode()).digest() for script in found}
    return " ".join(sorted(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests))


def _with_ours(headers: list[tuple[bytes, bytes]], policy: str) -> list[tuple[bytes, bytes]]:
    ours = {
        b"content-security-policy": policy.encode(),
        b"x-content-type-options": b"nosniff",
        b"referrer-policy": b"no-referrer",
        b"cross-origin-opener-policy": b"same-origin",
        b"cross-origin-resource-policy": b"same-origin",
    }
    return [(name, value) for name, value in headers if name.lower() not in ours] + list(ours.items())


def _asked_for_this_machine(scope: dict[str, Any]) -> bool:
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    try:
        return urlsplit(f"//{host}").hostname in LOOPBACK
    except ValueError:
        return False


async def _refuse(send: Any) -> None:
    body = b"These pages answer only on the machine they run on. Open http://127.0.0.1 with the port that was printed.\n"
    headers = _with_ours([(b"content-type", b"text/plain; charset=utf-8")], STRICT)
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    await send({"type": "http.response.body", "body": body})
