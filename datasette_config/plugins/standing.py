"""For whoever keeps things running: how they stand (`debate-tracker status`), and what a successor has to know."""

import asyncio
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from datasette import Response, hookimpl

from datasette_config.plugins import coding_desk as desk
from datasette_config.plugins.pages import look_at_store, show_page
from datasette_config.plugins.source_notes import as_html
from db.folder import DataFolder
from db.reading import Row, model, totals
from db.reading_model import overall
from db.standing import beside, diary
from db.store import Store
from tracker.problems import Problem

PROGRAM = Path(__file__).resolve().parents[2] / "cli.py"
PATIENCE = 60.0
"""Seconds that a page waits for the command."""
TOOK_LONGER = "It took longer than a page can wait. `debate-tracker check --handover` waits for as long as it takes."
HEADING = re.compile(r"^## ", re.MULTILINE)
"""The paper's title is the page's; the headings below it come one step up, since `as_html` takes them one down."""


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Two pages."""
    return [(r"^/status$", status_room), (r"^/handover$", handover_room)]


@hookimpl
def extra_template_vars(datasette: Any, request: Any) -> dict[str, Any]:
    """Whether the page for a successor is for this reader: whoever leads."""
    return {"may_hand_over": desk.folder_of(datasette) is not None and request is not None and desk.may_lead(request)}


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

    return await show_page(datasette, request, "status.html", await look_at_store(datasette, request, view))


async def handover_room(datasette: Any, request: Any) -> Response:
    """What a successor has to know: what `debate-tracker check --handover` prints."""
    folder = desk.folder_of(datasette)
    if folder is None:
        return await desk.refuse(datasette, request, "These pages do not know the files beside the store.", 404)
    if not desk.may_lead(request):
        return await desk.refuse(datasette, request, "This page is for whoever leads.", 403)
    campaign = (datasette.plugin_config("adding") or {}).get("campaign", "")
    patience = float((datasette.plugin_config("standing") or {}).get("patience", PATIENCE))
    code, told = await asyncio.to_thread(_handover, campaign, folder, patience)
    for place, called in ((str(folder.root.resolve()), "DATA"), (campaign, "CAMPAIGN")):
        told = told.replace(place, called) if place else told
    title, _, paper = told.partition("\n\n")
    shown = {"title": title.lstrip("# "), "told": as_html(HEADING.sub("# ", paper))} if code == 0 else {"problem": told}
    return await show_page(datasette, request, "handover.html", await look_at_store(datasette, request, lambda db: shown))


def _handover(campaign: str, folder: DataFolder, patience: float) -> tuple[int | None, str]:
    """Run the command; its code (None: it took too long), and what it printed, or why it could not."""
    places = ["--campaign", campaign, "--data", str(folder.root.resolve())]
    command = [sys.executable, str(PROGRAM), *places, "check", "--handover"]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=patience, check=False, text=True)  # noqa: S603  our own program
    except subprocess.TimeoutExpired:
        return None, TOOK_LONGER
    return ended.returncode, ended.stdout if ended.returncode == 0 else ended.stderr.strip()


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
