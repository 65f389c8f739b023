"""Take who is to stay forgotten out of the backups that are not encrypted, and out of what a restore put aside."""

import shutil
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from db.copies import STORES, rows_by_table
from db.folder import DataFolder
from db.forgotten import Forgotten
from db.sweeping import sweep
from pipelines.archive import checksum, extract, pack, read_manifest, unpacked
from pipelines.backup import BEING_MADE, PACKED
from pipelines.building import put_in_place
from pipelines.leftovers import Tombstones, delete_with
from pipelines.trying import drop_trials
from tracker.problems import PermissionProblem, StorageProblem
from tracker.traces import Traces


def rewrite_backups(
    folder: DataFolder, forgotten: Forgotten, names: Collection[str], traces: Traces | None
) -> tuple[int, list[Path]]:
    """(how many backups held something and were written anew, the encrypted ones, which cannot be). A backup keeps its name; what
    a killed backup or trial left is deleted. names: as for `sweep`. traces: of those who are being forgotten, if known. Raises
    PermissionProblem or StorageProblem where something of them cannot be deleted."""
    tells = Tombstones(forgotten, traces)
    drop_trials(folder.backups)
    _delete(folder.backups / BEING_MADE)
    backups = sorted(folder.backups.iterdir()) if folder.backups.is_dir() else []
    rewritten = sum(_rewrite(path, tells, names) for path in backups if path.is_file() and path.name.endswith(PACKED))
    for aside in folder.backups.glob("replaced-*"):
        _sweep_aside(aside, forgotten, names)
        for part in (aside / "inbox", aside / "model"):
            _delete(part)
    return rewritten, [path for path in backups if path.name.endswith(".age")]


def _sweep_aside(aside: Path, forgotten: Forgotten, names: Collection[str]) -> None:
    """What a restore put aside may be damaged: mostly that is why something else took its place."""
    try:
        sweep(DataFolder(aside), forgotten, names)
    except StorageProblem as problem:
        raise _keeps_them(aside, f"{problem.what} {problem.why}") from problem


def _keeps_them(path: Path, why: str) -> StorageProblem:
    return StorageProblem(
        f"Nobody can be taken out of {path}.",
        why=why,
        safe="The stores in use are free of who was to be forgotten.",
        next_step=f"Delete {path}, then run the same command again.",
    )


def _delete(part: Path) -> None:
    try:
        shutil.rmtree(part)
    except FileNotFoundError:
        return
    except OSError as error:
        refused = PermissionProblem if isinstance(error, PermissionError) else StorageProblem
        raise refused(
            f"{part} could not be deleted, and may hold something of who is to be forgotten.",
            why=f"The system says: {error.strerror}.",
            safe="The stores themselves are free of them.",
            next_step="Delete it by hand, then run the same command again.",
        ) from error


def _rewrite(path: Path, tells: Tombstones, names: Collection[str]) -> bool:
    scratch = path.parent / "being-rewritten"
    shutil.rmtree(scratch, ignore_errors=True)
    content = scratch / "content"
    content.mkdir(parents=True)
    try:
        try:
            with unpacked(path, None, scratch) as tar:
                manifest = read_manifest(tar)
                differences = extract(tar, manifest, content)
        except StorageProblem as problem:
            raise _keeps_them(path, f"{problem.what} {problem.why}") from problem
        if differences:
            raise _keeps_them(path, f"It is damaged: {'; '.join(differences[:3])}.")
        swept = sweep(DataFolder(content), tells.forgotten, names).total()
        if not delete_with(tells, content / "inbox") and not swept:
            return False
        files = {name: content / name for name in manifest.files if (content / name).is_file() and not name.startswith("model/")}
        pack(
            scratch / "packed",
            files,
            replace(
                manifest,
                tombstones=tells.forgotten.count(),
                files={name: (file.stat().st_size, checksum(file)) for name, file in files.items()},
                rows={name: rows_by_table(file) for name, file in files.items() if name in STORES},
            ),
        )
        put_in_place(scratch / "packed", path)
        return True
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
