"""How each public source is asked: the note that stands beside its code, as a page."""

import asyncio
import html
import re
from pathlib import Path
from typing import Any

from datasette import Response, hookimpl
from markupsafe import Markup

from datasette_config.plugins.pages import look_at_store, show_page

NOTES = Path(__file__).resolve().parents[2] / "tracker" / "sources"
BOLD, CODE = re.compile(r"\*\*(.+?)\*\*", re.DOTALL), re.compile(r"`([^`]+)`")


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The page."""
    return [(r"^/sources$", sources_room)]


async def sources_room(datasette: Any, request: Any) -> Response:
    """What each source gives, its limits and terms."""
    notes = await asyncio.to_thread(read_notes)
    shown = await look_at_store(datasette, lambda db: {"notes": notes})
    return await show_page(datasette, request, "sources.html", shown)


def read_notes() -> list[Markup]:
    """Each note as HTML, in the order of their names."""
    return [as_html(path.read_text(encoding="utf-8")) for path in sorted(NOTES.glob("*.md"))]


def as_html(text: str) -> Markup:
    """The little of Markdown that the notes use: a heading, paragraphs, lists, bold, code. The rest stays as it stands."""
    return Markup("\n".join(_block(block) for block in re.split(r"\n\s*\n", text.strip())))  # noqa: S704  escaped in _inline


def _block(block: str) -> str:
    if block.startswith("#"):
        level = len(block) - len(block.lstrip("#"))
        return f"<h{level + 1}>{_inline(block.lstrip('# '))}</h{level + 1}>"
    if block.startswith("- "):
        items = re.split(r"\n- ", block.removeprefix("- "))
        return "<ul>" + "".join(f"<li>{_inline(item)}</li>" for item in items) + "</ul>"
    return f"<p>{_inline(block)}</p>"


def _inline(text: str) -> str:
    escaped = html.escape(" ".join(text.split()))
    return BOLD.sub(r"<strong>\1</strong>", CODE.sub(r"<code>\1</code>", escaped))
