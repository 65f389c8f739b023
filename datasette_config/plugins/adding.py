"""Add a file: send it from the browser, see what it is and what it holds, then import it.

The program's own commands look at it and import it, in a process of their own, so that a night that runs meanwhile, a broken file
or a very large one is met as on the command line. Until it is confirmed the file lies in inbox/.arriving, which no night reads;
while it is imported, in the inbox, so that the next night reads what could not be read now; then in inbox/done.
"""

import asyncio
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from datasette import Response, hookimpl
from python_multipart.multipart import create_form_parser

from datasette_config.plugins import coding_desk as desk
from datasette_config.plugins.pages import look_at_store
from db.folder import DataFolder

PROGRAM = Path(__file__).resolve().parents[2] / "cli.py"
MOST_BYTES = 2 * 1024**3
BESIDE_THE_FILE = 1_000_000
"""Bytes of what is sent that go to no file, and stay in memory."""
LONGEST_NAME = 200
"""Bytes; file systems hold 255, and a note may lie beside it under a longer one."""
A_DAY = 24 * 3600
AWAY = (
    "That file does not wait here any more. Either it was sent twice or the page loaded again, and it is imported or being "
    "imported: What is missing lists it then. Or it waited for longer than a day: send it again."
)
READ = (0, 2, 4)
"""How an import ends that read a file as far as it can be read (docs/commands.md); a night would read no more of it."""
LOOK_SECONDS, IMPORT_SECONDS = 15 * 60, 4 * 3600
TOKEN = re.compile(r"[0-9a-f]{16}")
UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]")


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The pages."""
    return [(r"^/add$", add_room), (r"^/add/import$", import_room)]


@hookimpl
def skip_csrf(scope: dict[str, Any]) -> bool:
    """Datasette's own look at the token fails on forms with files (asgi-csrf 0.11 with the python-multipart of today); the page
    compares it itself."""
    return bool(scope["path"] == "/add")


@desk.answering
async def add_room(datasette: Any, request: Any) -> Response:
    """The form (GET), or what a file that was sent is and holds (POST)."""
    folder = desk.folder_to_write(datasette)
    if request.method != "POST":
        return await _page(datasette, request, {})
    desk.refuse_elsewhere(request)
    path, fault = await _receive(request, folder)
    if path is None:
        return await _page(datasette, request, {"fault": fault}, 422)
    looked = await asyncio.to_thread(_run, datasette, folder, ["import", str(path), "--dry-run", "--json"], LOOK_SECONDS)
    if not any(row["rows"] for row in looked["files"]):
        shutil.rmtree(path.parent)
        return await _page(datasette, request, {"looked": looked, "name": path.name}, 422)
    return await _page(datasette, request, {"looked": looked, "name": path.name, "token": path.parent.name})


@desk.answering
async def import_room(datasette: Any, request: Any) -> Response:
    """Import the file that was looked at, and read its themes."""
    folder = desk.folder_of(datasette)
    if folder is None or request.method != "POST":
        return desk.go("/add")
    sent = await desk.typed(request)
    place = _arriving(folder) / sent.one("token") if TOKEN.fullmatch(sent.one("token")) else None
    files = sorted(place.iterdir()) if place is not None and place.is_dir() else []
    if place is None or not files:
        return await _page(datasette, request, {"fault": AWAY}, 410)
    if sent.one("drop"):
        shutil.rmtree(place)
        return desk.go("/add")
    path = _into(folder.inbox, files[0])
    shutil.rmtree(place)
    done = await asyncio.to_thread(_run, datasette, folder, ["import", str(path), "--json"], IMPORT_SECONDS)
    if done["code"] in READ and any(row["rows"] for row in done["files"]) and path.exists():
        _into(folder.done, path)
    if folder.model.exists() and done["code"] != 11:
        await asyncio.to_thread(_run, datasette, folder, ["classify"], IMPORT_SECONDS)
    return await _page(datasette, request, {"imported": done, "name": path.name})


async def _page(datasette: Any, request: Any, context: dict[str, Any], status: int = 200) -> Response:
    seen = await look_at_store(datasette, request, lambda db: {})
    return await desk.page(datasette, request, "add.html", {**seen, **context}, status)


def _arriving(folder: DataFolder) -> Path:
    return folder.inbox / ".arriving"


async def _receive(request: Any, folder: DataFolder) -> tuple[Path | None, str]:
    """The file that was sent, or why there is none. It goes to the disk as it comes."""
    arriving = _arriving(folder)
    arriving.mkdir(mode=0o700, parents=True, exist_ok=True)
    _clear(arriving)
    place = arriving / secrets.token_hex(8)
    place.mkdir(mode=0o700)
    found: list[Any] = []
    fields: dict[bytes, bytes] = {}
    headers = {"Content-Type": request.headers.get("content-type", "").encode("latin-1")}
    config = {"UPLOAD_DIR": str(place), "MAX_MEMORY_FILE_SIZE": 0, "UPLOAD_DELETE_TMP": False}
    size, more = 0, True
    try:
        parser = create_form_parser(headers, lambda field: fields.update({field.field_name: field.value}), found.append, config)
        while more:
            message = await request.receive()
            if message["type"] != "http.request":
                raise ValueError("The browser went away before the file was here.")
            size += len(message.get("body", b""))
            if size > MOST_BYTES:
                raise ValueError("The file is larger than 2 GB. Put it into the inbox folder, or use `debate-tracker import`.")
            parser.write(message.get("body", b""))
            if size - sum(file.stat().st_size for file in place.iterdir()) > BESIDE_THE_FILE:
                raise ValueError("That was not a file.")
            more = message.get("more_body", False)
        parser.finalize()
    except (ValueError, OSError, KeyError) as error:
        shutil.rmtree(place)
        return None, str(error) or "That was not a file."
    if not secrets.compare_digest(fields.get(b"csrftoken") or b"", request.scope["csrftoken"]().encode()):
        shutil.rmtree(place)
        raise desk.WrongForm
    sent = next((one for one in found if one.size and one.file_name), None)
    if sent is None:
        shutil.rmtree(place)
        return None, "Choose a file first; an empty one cannot be read."
    sent.flush_to_disk()
    sent.file_object.flush()
    here = place / _name(sent.file_name)
    Path(sent.actual_file_name.decode()).rename(here)
    sent.close()
    return here, ""


def _name(told: bytes) -> str:
    """What a file is called here: as in the browser, its end where that is long, and nothing that leads elsewhere."""
    safe = UNSAFE.sub("_", told.decode("utf-8", "replace"))
    return safe.encode()[-LONGEST_NAME:].decode("utf-8", "ignore").lstrip(". ") or "file"


def _clear(arriving: Path) -> None:
    """Let go of what was sent and never confirmed for a day."""
    for place in arriving.iterdir():
        if place.is_dir() and time.time() - place.stat().st_mtime > A_DAY:
            shutil.rmtree(place)


def _into(folder: Path, path: Path) -> Path:
    target, number = folder / path.name, 2
    while target.exists():
        target, number = folder / f"{path.stem} ({number}){path.suffix}", number + 1
    os.utime(path)  # `prune` counts from when it was put there
    return path.rename(target)


def _run(datasette: Any, folder: DataFolder, words: list[str], seconds: int) -> dict[str, Any]:
    """Run a command of the program: code, files and problems as it told them, said (what it wrote on stderr)."""
    campaign = (datasette.plugin_config("adding") or {}).get("campaign", "")
    command = [sys.executable, str(PROGRAM), "--campaign", campaign, "--data", str(folder.root.resolve()), *words]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=seconds, check=False)  # noqa: S603  our own program
    except subprocess.TimeoutExpired:
        return {"code": None, "files": [], "problems": [], "said": "It took too long and was stopped; nothing half-read is kept."}
    told: dict[str, Any] = {"files": [], "problems": []}
    if "--json" in words and ended.stdout.strip():
        told = json.loads(ended.stdout)
    said = ended.stderr.decode("utf-8", "replace").strip()
    return {"code": ended.returncode, **told, "said": said if ended.returncode else ""}
