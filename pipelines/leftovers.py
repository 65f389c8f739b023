"""Files of DATA beside its stores that hold something of who is to be forgotten: found by their names, their bytes and, where
they are packed, what is in them; and deleted."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from db.folder import DataFolder
from tracker.exports.opening import open_export
from tracker.problems import Problem
from tracker.traces import OVERLAP, Traces

PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was deleted, by name: files of the inbox, files that were taken out (exports, snapshots), and whether the theme model
    in place was among it."""

    files: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    model: bool = False


def delete_files(folder: DataFolder, traces: Traces | None) -> Deleted:
    """Delete the files that hold something of them: of inbox/done and inbox/failed, of exports/ and snapshots/, and of the theme
    models. traces None: nobody knows the names, so all of inbox/done and inbox/failed goes, and all models."""
    files = [path for part in (folder.done, folder.failed) for path in _files_with(part, traces)]
    copies = [path for part in (folder.exports, folder.snapshots) for path in _files_with(part, traces)] if traces else []
    for path in (*files, *copies):
        path.unlink()
    knowing = [place for place in _models(folder) if any(True for _ in _files_with(place, traces))]
    for place in knowing:
        shutil.rmtree(place)
    return Deleted(tuple(p.name for p in files), tuple(_said(folder, p) for p in copies), folder.model in knowing)


def in_files(folder: DataFolder, traces: Traces) -> Iterator[str]:
    """The other files of DATA that hold something of them; what waits in the inbox is filtered when it is imported."""
    for path in sorted(folder.root.rglob("*")):
        waiting = folder.inbox in path.parents and not {folder.done, folder.failed} & set(path.parents)
        apart = waiting or folder.backups in path.parents or path == folder.forgetting
        if path.is_file() and not apart and _holds(path, traces):
            yield _said(folder, path)


def _said(folder: DataFolder, path: Path) -> str:
    return path.relative_to(folder.root).as_posix()


def _models(folder: DataFolder) -> list[Path]:
    """The model in place and those kept beside it."""
    kept = sorted(folder.models.iterdir()) if folder.models.is_dir() else []
    return [place for place in (folder.model, *kept) if place.is_dir()]


def _files_with(folder: Path, traces: Traces | None) -> Iterator[Path]:
    """The files in and below a folder that hold something of them; all of them where it is not known who they are."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_file() and not path.is_symlink() and (traces is None or _holds(path, traces)):
            yield path


def _holds(path: Path, traces: Traces) -> bool:
    """Whether a file holds something of them, by its name, its bytes, or, where it is packed, what is in it."""
    if traces.in_name(path.name):
        return True
    with path.open("rb") as stream:
        if any(traces.in_bytes(piece) for piece in _pieces(stream.read)):
            return True
    if path.suffix in (".db", ".bin", ".json", ".cfg"):
        return False
    try:
        for opened in open_export(path):
            with opened.open() as stream:
                if any(traces.in_bytes(piece) for piece in _pieces(stream.read)):
                    return True
    except Problem:
        return False  # it cannot be unpacked, and its bytes hold nothing of them
    return False


def _pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    end = b""
    while piece := read(PIECE):
        yield end + piece
        end = piece[-OVERLAP:]
