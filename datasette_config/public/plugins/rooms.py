"""The public pages, and the same numbers as a table to take away. Each reads the public copy as it is at one moment."""

import csv
import io
import sqlite3
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from datasette import Response, hookimpl

from datasette_config.public.plugins.served import look
from db import reading_public as public
from db.dictionary import store_words
from db.reading import Row
from tracker.spreadsheets import harmless_row

ROBOTS = "User-agent: *\nDisallow: /data/\nDisallow: /-/\nDisallow: /public\n"
ROBOTS_WITHDRAWN = "User-agent: *\nDisallow: /\n"


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The pages; guard.py lets nothing else through."""
    return [
        (r"^/$", home),
        (r"^/themes$", themes),
        (r"^/theme/(?P<slug>[^/]+)$", theme),
        (r"^/questions$", questions),
        (r"^/our-posts$", own_posts),
        (r"^/method$", method),
        (r"^/privacy$", privacy),
        (r"^/data/numbers\.csv$", numbers),
        (r"^/robots\.txt$", robots),
        (r"^/no-such-page$", none),
    ]


async def home(datasette: Any, request: Any) -> Response:
    """What is said, in numbers."""
    return await _page(datasette, request, "home.html", public.home)


async def themes(datasette: Any, request: Any) -> Response:
    """All themes with their meaning."""
    return await _page(datasette, request, "themes.html", lambda db: {"dimensions": public.dimensions(db)})


async def theme(datasette: Any, request: Any) -> Response:
    """One theme, period by period; by a name that it had before, on to that of now."""
    slug = request.url_vars["slug"]
    now = (await _look(datasette, lambda db: {"slug": public.named_now(db, slug)}))["slug"]
    if now != slug:
        return Response.redirect(f"/theme/{quote(now, safe='')}")
    return await _page(datasette, request, "theme.html", lambda db: {"theme": public.theme(db, slug)}, needs="theme")


async def questions(datasette: Any, request: Any) -> Response:
    """The paper's questions and how many answered."""
    return await _page(datasette, request, "questions.html", lambda db: {"questions": public.questions(db)})


async def own_posts(datasette: Any, request: Any) -> Response:
    """What the campaign itself said."""
    return await _page(datasette, request, "our_posts.html", lambda db: {"own_posts": public.own_posts(db)})


async def method(datasette: Any, request: Any) -> Response:
    """How the numbers come about, the data, and how to cite them."""
    words = next(table for table in store_words("public").tables if table.name == "cells")
    told = ("pairs", "id")
    columns = [(name, about) for name, about in words.columns if name not in told]
    return await _page(datasette, request, "method.html", lambda db: {"columns": columns, "dimensions": public.dimensions(db)})


async def privacy(datasette: Any, request: Any) -> Response:
    """What is done with people's posts, and how to object."""
    return await _page(datasette, request, "privacy.html", lambda db: {}, although_withdrawn=True)


async def numbers(datasette: Any, request: Any) -> Response:
    """Every number as CSV; where the copy was taken back, the notice: a table without rows would say that there was nothing."""
    view = await _look(datasette, lambda db: {"rows": public.numbers(db)})
    if not _published(view):
        return await _shown(datasette, request, "withdrawn.html", view, 503)
    out = io.StringIO()
    rows = view["rows"]
    names = list(rows[0]) if rows else ["kind", "subject", "posts", "people"]
    table = csv.writer(out)
    table.writerow(names)
    table.writerows(harmless_row(row[name] for name in names) for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="debate-{view["about"]["release"]}.csv"'}
    return Response(out.getvalue(), headers=headers, content_type="text/csv; charset=utf-8")


async def robots(datasette: Any, request: Any) -> Response:
    """What search engines may read."""
    view = await _look(datasette, lambda db: {})
    return Response.text(ROBOTS if _published(view) else ROBOTS_WITHDRAWN)


async def none(datasette: Any, request: Any) -> Response:
    """What guard.py has in place of every other address."""
    return await _shown(datasette, request, "error.html", {}, 404)


async def _page(
    datasette: Any,
    request: Any,
    template: str,
    read: Callable[[sqlite3.Connection], Row],
    *,
    needs: str = "",
    although_withdrawn: bool = False,
) -> Response:
    """The page that `template` makes; where the copy was taken back, the notice. needs: what must be there, else 404."""
    view = await _look(datasette, read)
    status = 200
    if not (_published(view) or although_withdrawn):
        template, status = "withdrawn.html", 503
    elif needs and view[needs] is None:
        template, status = "error.html", 404
    return await _shown(datasette, request, template, view, status)


async def _shown(datasette: Any, request: Any, template: str, view: Row, status: int) -> Response:
    html = await datasette.render_template(template, {**view, "status": status}, request=request)
    return Response.html(html, status=status)


def _published(view: Row) -> bool:
    """Whether the copy shows numbers, and not the notice in their place."""
    return bool(view["about"].get("state") == "published")


async def _look(datasette: Any, read: Callable[[sqlite3.Connection], Row]) -> Row:
    return await look(datasette, lambda db: {"about": public.about(db), **read(db)})
