"""How each public source is asked: the note that stands beside its code, as a page."""

import asyncio
import html
import re
from pathlib import Path
from typing import Any

from datasette import Response, hookimpl
from markupsafe import Markup

from datasette_config.plugins.pages import look_at_store, show_page
from datasette_config.plugins.wording import in_code

NOTES = Path(__file__).resolve().parents[2] / "tracker" / "sources"
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The page."""
    return [(r"^/sources$", sources_room)]


async def sources_room(datasette: Any, request: Any) -> Response:
    """What each source gives, its limits and terms."""
    notes = await asyncio.to_thread(read_notes)
    shown = await look_at_store(datasette, request, lambda db: {"notes": notes})
    return await show_page(datasette, request, "sources.html", shown)


def read_notes() -> list[Markup]:
    """Each note as HTML, in the order of their names."""
    return [as_html(path.read_text(encoding="utf-8")) for path in sorted(NOTES.glob("*.md"))]


def as_html(text: str) -> Markup:
    """The little of Markdown that the notes use: headings, paragraphs, lists, tables, bold, code. The rest stays as it stands."""
    parts = re.split(r"(^```.*?^```$)", text, flags=re.DOTALL | re.MULTILINE)
    blocks = [block for part in parts for block in ([part] if part.startswith("```") else re.split(r"\n\s*\n", part))]
    return Markup("\n".join(_block(block.strip()) for block in blocks if block.strip()))  # noqa: S704  each part is escaped


def _block(block: str) -> str:
    if block.startswith("```"):
        inside = block.removesuffix("```").partition("\n")[2].rstrip()
        return f'<pre class="words">{html.escape(inside)}</pre>'
    if block.startswith("#"):
        level = len(block) - len(block.lstrip("#"))
        return f"<h{level + 1}>{_inline(block.lstrip('# '))}</h{level + 1}>"
    if block.startswith("|"):
        return _table([line.strip().strip("|").split("|") for line in block.splitlines()])
    if block.startswith("- "):
        items = re.split(r"\n- ", block.removeprefix("- "))
        return "<ul>" + "".join(f"<li>{_inline(item)}</li>" for item in items) + "</ul>"
    return f"<p>{_inline(block)}</p>"


def _table(rows: list[list[str]]) -> str:
    """A table whose first column names its rows; on a narrow screen each row becomes a list."""
    names = [_inline(cell) for cell in rows[0]]
    head = "".join(f'<th scope="col">{name}</th>' if name else "<td></td>" for name in names)
    body = ""
    for first, *cells in rows[2:]:
        told = zip(rows[0][1:], cells, strict=False)
        shown = "".join(f'<td data-label="{html.escape(name.strip(" `"))}">{_inline(cell)}</td>' for name, cell in told)
        body += f'<tr><th scope="row">{_inline(first)}</th>{shown}</tr>'
    return f'<table class="numbers stack"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _inline(text: str) -> str:
    return BOLD.sub(r"<strong>\1</strong>", str(in_code(" ".join(text.split()))))
