"""Places of Datasette that tell how this machine is set up, which is nobody's business who reads a debate: where files lie, how
the pages are told of them."""

from typing import Any

from datasette import Response, hookimpl

from datasette_config.plugins.coding_desk import refuse


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """In the place of Datasette's own (https://docs.datasette.io/en/stable/introspection.html)."""
    return [(r"^/-/(?:metadata|databases|plugins|threads)(?:\.json)?$", closed)]


async def closed(datasette: Any, request: Any) -> Response:
    """Not shown."""
    return await refuse(datasette, request, "How this machine is set up is not shown here.", 403)
