"""Atom feeds for a theme and for what is asked of us (RFC 4287). They hold people's words, and answer on this machine alone."""

import hashlib
import re
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from typing import Any

from datasette import Response, hookimpl

from datasette_config.plugins import coding_desk as desk
from datasette_config.plugins.asked import at_desk
from datasette_config.plugins.pages import look_at_store, named_now, no_theme, now_of
from db.desk import OPEN, Desk
from db.reading import Row, retired_theme, theme_page
from db.reading_asked import LAST, asked_page
from tracker.tongues import OURS_IN_FULL, foreign, tongue

NAMESPACE = "http://www.w3.org/2005/Atom"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NEVER = "1970-01-01T00:00:00Z"
TITLE = 80
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The feeds."""
    return [(r"^/atom/theme/(?P<slug>[^/]+)$", theme_feed), (r"^/atom/asked$", asked_feed)]


async def theme_feed(datasette: Any, request: Any) -> Response:
    """The newest posts of a theme, by a name that it had before, too: readers go on asking for the old address."""
    slug = request.url_vars["slug"]

    def view(db: sqlite3.Connection) -> Row:
        return {"theme": theme_page(db, named_now(db, slug), now_of(datasette)), "retired": retired_theme(db, slug)}

    context = await look_at_store(datasette, request, view)
    theme = context["theme"]
    if theme is None:
        return no_theme(context["retired"])
    path = f"/theme/{theme['slug']}"
    return _answer(request, context, theme["name"], path, theme["newest"], lambda post: f"/post/{post['id']}")


@desk.answering
async def asked_feed(datasette: Any, request: Any) -> Response:
    """The open questions."""

    def view(db: sqlite3.Connection, opened: Desk) -> Row:
        return {"posts": asked_page(db, opened.answers(), OPEN, LAST)["posts"]}

    context = await at_desk(datasette, request, view)
    return _answer(request, context, "Asked of us", "/asked", context["posts"], lambda post: f"/asked/{post['id']}")


def _answer(request: Any, context: Row, title: str, path: str, posts: list[Row], page: Callable[[Row], str]) -> Response:
    site = f"{request.scheme}://{request.host}"
    body = feed(title, site, path, [(page(post), post) for post in posts], context["campaign"]["languages"])
    headers = {"cache-control": "no-store"}
    return Response(body, content_type="application/atom+xml; charset=utf-8", headers=headers)


def feed(title: str, site: str, path: str, posts: list[tuple[str, Row]], languages: Sequence[str]) -> str:
    """A feed; each entry is (its page here, the post). Its text is plain, whatever the post holds, and says its language as the
    pages do. languages: those of the campaign."""
    ET.register_namespace("", NAMESPACE)
    root = ET.Element(_tag("feed"), {LANG: OURS_IN_FULL})
    _add(root, "title", title)
    _add(root, "id", f"urn:sha256:{hashlib.sha256(path.encode()).hexdigest()}")
    _add(root, "updated", max((post["created_at"] for _, post in posts), default=NEVER))
    ET.SubElement(root, _tag("link"), {"rel": "alternate", "href": site + path})
    for page, post in posts:
        entry = ET.SubElement(root, _tag("entry"))
        text = _sound(post["text"])
        code = foreign(tongue(post, languages))
        spoken = {LANG: code} if code else {}
        _add(entry, "title", text[:TITLE] + ("…" if len(text) > TITLE else "") or "A post without words", **spoken)
        _add(entry, "id", f"urn:sha256:{hashlib.sha256(page.encode()).hexdigest()}")
        _add(entry, "updated", post["created_at"])
        author = ET.SubElement(entry, _tag("author"))
        _add(author, "name", _sound(post["display_name"] or post["handle"] or "author not known"))
        ET.SubElement(entry, _tag("link"), {"rel": "alternate", "href": site + page})
        _add(entry, "content", text, type="text", **spoken)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode")


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(parent: ET.Element, name: str, text: str, **told: str) -> None:
    ET.SubElement(parent, _tag(name), told).text = text


def _sound(text: str) -> str:
    """The text without the signs that XML 1.0 forbids (https://www.w3.org/TR/xml/#charsets)."""
    return FORBIDDEN.sub("", text)
