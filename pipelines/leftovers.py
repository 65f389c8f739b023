"""Files of DATA beside its stores that hold something of who is to be forgotten: found by their names, their bytes and, where
they are packed, what is in them; and deleted."""

import math
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

from db.folder import DataFolder
from db.forgotten import Forgotten
from tracker.exports.opening import BAD_ZIP, open_export
from tracker.exports.strangers import begins_packed
from tracker.exports.unpacking import damage_of, is_packed, unpacked
from tracker.problems import Problem
from tracker.traces import OVERLAP, Traces, parts_of_name

PIECE = 1 << 20
NOTE = ".why.txt"
"""How the note beside a file that could not be read is called after it."""
OURS = (".db", ".bin", ".json", ".cfg")
"""Files that are never packed."""
CELLS = bytes.maketrans(b"<>", b'""')
"""A cell of a workbook stands between tags, where others have quotation marks."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was deleted, by name: files of the inbox, files that were taken out (exports, snapshots), and whether the theme model
    in place was among it. unread: files that are locked, damaged or packed in another way, so that nobody can say what they
    hold."""

    files: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    model: bool = False
    unread: tuple[str, ...] = ()


class Tells(Protocol):
    """What knows something of them by a name of a file, a text or bytes: Traces, or tombstones."""

    def in_text(self, text: str) -> bool:
        """Whether a text holds something of them."""

    def in_name(self, name: str) -> bool:
        """Whether the name of a file does."""

    def in_bytes(self, content: bytes, *, ours: bool = False) -> bool:
        """Whether some bytes do. ours: this program wrote them."""


@dataclass(frozen=True, slots=True)
class Tombstones:
    """Knows everyone who is to stay forgotten, by keyed digests of handles, ids and addresses, also where nobody can say any more
    who it was. traces: what is known besides of those who are being forgotten now."""

    forgotten: Forgotten
    traces: Traces | None = None

    def in_text(self, text: str) -> bool:
        """Whether a text holds something of them."""
        return (self.traces is not None and self.traces.in_text(text)) or self.forgotten.is_told_in(text)

    def in_name(self, name: str) -> bool:
        """Whether the name of a file does."""
        return (self.traces is not None and self.traces.in_name(name)) or any(
            self.forgotten.is_told_in(f'"{part}"') for part in parts_of_name(name)
        )

    def in_bytes(self, content: bytes, *, ours: bool = False) -> bool:
        """Whether some bytes do."""
        told = self.traces is not None and self.traces.in_bytes(content, ours=ours)
        return told or self.forgotten.is_told_in(content.decode("utf-8", "ignore"))


def delete_files(folder: DataFolder, traces: Traces | None, forgotten: Forgotten | None = None) -> Deleted:
    """Delete the files that hold something of them: of inbox/done and inbox/failed, of exports/ and snapshots/, and of the theme
    models. traces None: nobody knows the names, so all of inbox/done and inbox/failed goes, and all models. forgotten: with whom
    what an earlier forget left goes, too."""
    brought: Tells | None = Tombstones(forgotten, traces) if forgotten and traces else traces
    files = delete_with(brought, folder.done, folder.failed)
    copies = delete_with(traces, folder.exports, folder.snapshots) if traces else []
    knowing = [place for place in _models(folder) if any(True for _ in _files_with(place, traces))]
    for place in knowing:
        shutil.rmtree(place)
    return Deleted(
        tuple(p.name for p in files),
        tuple(_said(folder, p) for p in copies),
        folder.model in knowing,
        tuple(unread(folder)),
    )


def delete_with(tells: Tells | None, *places: Path) -> list[Path]:
    """Delete the files in and below some folders (or these files) that hold something of them; None: all. Gives which. The note
    beside a file that could not be read goes with it."""
    found = [path for place in places for path in _files_with(place, tells)]
    for path in found:
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}{NOTE}").unlink(missing_ok=True)
    return [path for path in found if not path.name.endswith(NOTE) or path.with_name(path.name.removesuffix(NOTE)) not in found]


def delete_older(folder: DataFolder, before: float) -> int:
    """Delete the files of inbox/done and inbox/failed that were put there before a moment (seconds since 1970), and folders that
    nothing is left in; gives how many, notes aside."""
    old = [path for part in (folder.done, folder.failed) for path in part.rglob("*") if _put_there(path) < before]
    for path in old:
        path.unlink(missing_ok=True)
    for part in (folder.done, folder.failed):
        for path in sorted(part.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
                path.rmdir()
    return sum(not path.name.endswith(NOTE) for path in old)


def _put_there(path: Path) -> float:
    """When a file was put away: inbox.py writes that down as the time of its last change. Of a folder: never."""
    return math.inf if path.is_dir() and not path.is_symlink() else path.lstat().st_mtime


def in_files(folder: DataFolder, traces: Traces) -> Iterator[str]:
    """The other files of DATA that hold something of them, copies made by hand too; what waits in the inbox is filtered when it
    is imported, and backups were seen to (rewriting.py)."""
    for path in sorted(folder.root.rglob("*")):
        waiting = folder.inbox in path.parents and not {folder.done, folder.failed} & set(path.parents)
        backup = path.parent == folder.backups and path.name.endswith((".tar.zst", ".age"))
        brought = any(part in path.parents for part in (folder.done, folder.failed, folder.exports, folder.snapshots))
        if not path.is_file() or waiting or backup or path == folder.forgetting:
            continue
        if _holds(path, traces, ours=not brought) or (not brought and _packed_holds(path, traces)):
            yield _said(folder, path)


def _said(folder: DataFolder, path: Path) -> str:
    return path.relative_to(folder.root).as_posix()


def _models(folder: DataFolder) -> list[Path]:
    """The model in place, those kept beside it, and what a training left that was killed."""
    kept = sorted(folder.models.iterdir()) if folder.models.is_dir() else []
    return [place for place in (folder.model, *kept, *folder.root.glob(f".{folder.model.name}-*")) if place.is_dir()]


def _files_with(place: Path, traces: Tells | None) -> Iterator[Path]:
    """The files in and below a folder (or this file) that hold something of them; all of them where it is not known who they
    are."""
    for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
        if path.is_file() and not path.is_symlink() and (traces is None or _holds(path, traces)):
            yield path


def _holds(path: Path, traces: Tells, *, ours: bool = False) -> bool:
    """Whether a file holds something of them, by its name, its bytes, or, where it is packed, what is in it. ours: this program
    wrote it, and its name says nobody."""
    if not ours and traces.in_name(path.name):
        return True
    with path.open("rb") as stream:
        if any(traces.in_bytes(piece, ours=ours) for piece in _pieces(stream.read)):
            return True
    if ours or path.suffix in OURS:
        return False
    if path.suffix == ".parquet":
        return _in_parquet(path, traces)
    try:
        pieces = (piece for opener in _unpacked(path) for piece in _read_with(opener))
        if path.suffix == ".xlsx":
            return any(traces.in_bytes(piece.translate(CELLS)) for piece in pieces)
        return any(traces.in_bytes(piece) for piece in pieces)
    except (Problem, *BAD_ZIP):
        return False  # it cannot be unpacked, and its bytes hold nothing of them: `unread` says so


def _packed_holds(path: Path, traces: Traces) -> bool:
    """Whether what is packed in a file that nobody brought (a copy of a store, a backup) holds something of them."""
    try:
        return any(traces.in_bytes(piece, ours=True) for opener in _as_packed(path) for piece in _read_with(opener))
    except (Problem, *BAD_ZIP):
        return False  # what can be read of it was looked at


def _in_parquet(path: Path, traces: Tells) -> bool:
    """Whether a cell of a Parquet file does. One that cannot be read counts as if it did."""
    try:
        import pyarrow.parquet as pq

        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1000):
                texts = (value for column in batch.columns for value in column.to_pylist() if isinstance(value, str))
                if any(traces.in_text(f'"{text}"') for text in texts):
                    return True
    except (ImportError, OSError, ValueError):  # pyarrow raises its own kinds of the last two
        return True
    return False


def _unpacked(path: Path) -> Iterator[Callable[[], BinaryIO]]:
    """What opens each part of a file as UTF-8: first what comes out of it, also where an import would take nothing, since it is
    damaged or, as the messages in an archive of X, private; then, of an archive, what an import reads in its sheets and in the
    archives within."""
    yield from _as_packed(path, plain=True)
    if zipfile.is_zipfile(path):
        for opened in open_export(path):
            yield opened.open


def _as_packed(path: Path, *, plain: bool = False) -> Iterator[Callable[[], BinaryIO]]:
    """What opens each part of a packed file, as far as it can be read. plain: or of one that is not packed."""
    if zipfile.is_zipfile(path):
        yield from _members(path)
        return
    with unpacked(path.open("rb"), path.stat().st_size) as stream:
        if plain or is_packed(stream):
            yield lambda: stream


def _members(path: Path) -> Iterator[Callable[[], BinaryIO]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                yield partial(_member, archive, member)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    return unpacked(archive.open(member), member.compress_size)  # type: ignore[arg-type]


def _read_with(opener: Callable[[], BinaryIO]) -> Iterator[bytes]:
    with opener() as stream:
        yield from _pieces(stream.read)


def unread(folder: DataFolder) -> Iterator[str]:
    """The files that nobody can look into: locked with a password, damaged, or packed in another way. They may hold something of
    anybody."""
    for part in (folder.done, folder.failed, folder.exports, folder.snapshots):
        for path in sorted(part.rglob("*")) if part.is_dir() else []:
            if path.is_file() and not path.is_symlink() and path.suffix not in OURS and not _can_be_read(path):
                yield _said(folder, path)


def _can_be_read(path: Path) -> bool:
    try:
        if not zipfile.is_zipfile(path):
            with unpacked(path.open("rb"), path.stat().st_size) as stream:
                if begins_packed(stream.read(PIECE)):  # a zip archive, too, which is cut or packed once more
                    return False
        return not any(map(damage_of, _as_packed(path)))
    except (Problem, *BAD_ZIP):  # locked with a password (RuntimeError)
        return False


def _pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    end = b""
    while piece := read(PIECE):
        yield end + piece
        end = piece[-OVERLAP:]
