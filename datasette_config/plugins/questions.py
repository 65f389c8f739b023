"""The paper's questions: which posts answer them, and which ask us something."""

from typing import Any

from datasette import Response, hookimpl

from datasette_config.plugins.pages import look_at_store, show_page
from db.reading_people import questions_page


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The page."""
    return [(r"^/questions$", questions_room)]


async def questions_room(datasette: Any, request: Any) -> Response:
    """Which posts answer the paper's questions, and which ask us something."""
    return await show_page(datasette, request, "questions.html", await look_at_store(datasette, request, questions_page))
