"""How things stand, for whoever keeps them running: what `debate-tracker status` prints, as a page."""

from contextlib import closing
from typing import Any

from datasette import Response, hookimpl

from datasette_config.plugins import coding_desk as desk
from datasette_config.plugins.pages import look_at_store, show_page
from db.folder import DataFolder
from db.reading import Row, model, totals
from db.reading_model import overall
from db.standing import beside, diary
from db.store import Store
from tracker.problems import Problem


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """One page."""
    return [(r"^/status$", status_room)]


async def status_room(datasette: Any, request: Any) -> Response:
    """Runs, sources, gaps, the model, sizes, backups, and what the public sees."""
    folder = desk.folder_of(datasette)
    if folder is None:
        return await desk.refuse(datasette, request, "These pages do not know the files beside the store.", 404)

    def view(db: Any) -> Row:
        return {
            "stands": _stands(folder),
            "totals": totals(db),
            "model": model(db),
            "overall": overall(db),
        }

    return await show_page(datasette, request, "status.html", await look_at_store(datasette, view))


def _stands(folder: DataFolder) -> Row:
    """The facts, without saying where files lie on this machine."""
    try:
        with closing(Store.open(folder, readonly=True)) as store:
            facts = {**diary(store), **beside(folder, store)}
    except Problem as problem:
        return {"unreadable": _without_place(problem.what, folder)}
    return dict(_plain(facts, folder))


def _plain(value: Any, folder: DataFolder) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one, folder) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one, folder) for one in value]
    return _without_place(value, folder) if isinstance(value, str) else value


def _without_place(words: str, folder: DataFolder) -> str:
    for place in (str(folder.root.resolve()), str(folder.root)):
        words = words.replace(place, "the data folder")
    return words
