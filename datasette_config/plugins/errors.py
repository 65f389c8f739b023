"""What goes into the log when a page fails: where it failed, never what it was reading."""

from typing import Any

from datasette import handle_exception, hookimpl


@hookimpl
def startup(datasette: Any) -> None:
    """Keep Datasette from printing failures through rich, which comes with spaCy.

    It would print every local variable, people's posts among them, and it fails itself on an address that matches no
    route (rich wants a traceback, datasette.handle_exception has none there). Datasette then logs a plain traceback.
    """
    handle_exception.rich = None
