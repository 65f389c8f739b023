"""The page for someone who asks to be forgotten: say who, see what would go, confirm. The command does it, under the lock."""

import asyncio
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasette import Response, hookimpl

from datasette_config.plugins import coding_desk as desk
from datasette_config.plugins.pages import look_at_store

PURPOSE = "forget"
PATIENCE = 300.0
"""Seconds that a page waits for the command; a large store may take longer, and the command goes on."""
LONGEST_LIST = 20_000
TOOK_LONGER = "Looking took longer than a page can wait. `debate-tracker forget --dry-run` waits for as long as it takes."
GOING_ON: set[asyncio.Future[Any]] = set()
"""Commands that their pages have not waited for."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the command said. code None: it is still at work. withdrawals: what holders of copies have to delete, which is
    written before anything goes, and told nowhere else, however the command ends."""

    code: int | None
    report: dict[str, Any]
    problem: str = ""
    withdrawals: str = ""


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """One page."""
    return [(r"^/forget$", forget_room)]


@hookimpl
def extra_template_vars(datasette: Any, request: Any) -> dict[str, Any]:
    """Whether this server can forget people, for whoever leads."""
    return {"may_forget": bool(_command(datasette)) and request is not None and desk.may_lead(request)}


@desk.answering
async def forget_room(datasette: Any, request: Any) -> Response:
    """The form (GET); what would go (POST); and, with the mark that this answer carries, the deed (POST)."""
    if not _command(datasette):
        return await desk.refuse(datasette, request, "Nobody can be forgotten from here.", 404)
    if not desk.may_lead(request):
        return await desk.refuse(datasette, request, "This page is for whoever answers people's requests.", 403)
    if request.method != "POST":
        return await _page(datasette, request, {"step": "ask"})
    sent = await desk.typed(request)
    sealed = sent.one("sealed")
    if not sealed:
        return await _look(datasette, request, sent.one("who"))
    try:
        who, holders = datasette.unsign(sealed, PURPOSE)
    except desk.datasette_signature_errors():
        raise desk.WrongForm from None
    if sent.one("checked") != "yes":
        return await _look(datasette, request, who, "Tick that you have looked at what goes, then confirm.")
    signed = desk.who(datasette, request)
    by = signed if desk.has_account(request) else desk.tidy_name(sent.one("by")) or signed
    told = await _run(datasette, who, by=by or "local")
    step = "going-on" if told.code is None else "failed" if told.code else "done"
    context = {"step": step, "told": told, "who": who, "holders": holders}
    return await _page(datasette, request, context, 409 if step == "failed" else 200)


async def _look(datasette: Any, request: Any, who: str, fault: str = "") -> Response:
    """What would go. The list travels on signed, so that no page elsewhere can send one that nobody looked at here."""
    who = who[:LONGEST_LIST].strip()
    told = await _run(datasette, who)
    if told.code != 0:
        return await _page(datasette, request, {"step": "ask", "who": who, "told": told}, 503 if told.code is None else 422)
    sealed = datasette.sign([who, told.report["holders"]], PURPOSE)
    context = {"step": "look", "told": told, "who": who, "fault": fault, "sealed": sealed}
    context |= {"signed": desk.who(datasette, request), "account": desk.has_account(request)}
    return await _page(datasette, request, context, 422 if fault else 200)


async def _page(datasette: Any, request: Any, context: dict[str, Any], status: int = 200) -> Response:
    view = await look_at_store(datasette, request, lambda db: {})
    return await desk.page(datasette, request, "forget.html", {**view, "who": "", "told": None, **context}, status)


def _told(datasette: Any) -> dict[str, Any]:
    """What `serve` says: command; and patience, in seconds, where it is another."""
    return datasette.plugin_config("forget") or {}


def _command(datasette: Any) -> list[str]:
    return list(_told(datasette).get("command") or [])


async def _run(datasette: Any, who: str, *, by: str = "") -> Told:
    """Run the command; by "": only look. Names go to it by standard input, so that no list of processes shows them."""
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder) / "withdrawals.csv"
        words = ["--json", "--from", "-", *(["--by", by, "--withdrawals", str(held)] if by else ["--dry-run"])]
        process = await asyncio.create_subprocess_exec(
            *_command(datasette),
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
        talking = asyncio.ensure_future(process.communicate(who.encode()))
        GOING_ON.add(talking)
        talking.add_done_callback(GOING_ON.discard)
        ended = await _ends(talking, held if by else None, float(_told(datasette).get("patience", PATIENCE)))
        listed = held.read_text(encoding="utf-8") if held.is_file() else ""
        if not ended and not by:
            process.terminate()
            await talking
            return Told(None, {}, TOOK_LONGER)
        if not ended:
            return Told(None, {}, withdrawals=listed)
        out, err = talking.result()
        report = json.loads(out) if process.returncode == 0 else {}
        return Told(process.returncode, report, _without_places(datasette, err.decode("utf-8", "replace").strip()), listed)


async def _ends(talking: asyncio.Future[Any], held: Path | None, patience: float) -> bool:
    """Whether the command ends before a page can wait no longer. held: the list that it begins with; until that has been there
    for a moment, and so is whole, the page waits."""
    done, _ = await asyncio.wait({talking}, timeout=patience)
    listed = held is None
    while not done and not listed:
        listed = held is not None and held.is_file()
        done, _ = await asyncio.wait({talking}, timeout=1.0)
    return bool(done)


def _without_places(datasette: Any, problem: str) -> str:
    """What went wrong, without saying where files lie on this machine."""
    words = _command(datasette)
    for place, called in ((words[-1], "the data folder"), (words[-3], "the campaign folder")):
        problem = problem.replace(place, called)
    return problem
