"""Folders and files that appear under their name whole, or not at all."""

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracker.problems import PermissionProblem, StorageProblem, UsageProblem, from_os_error

BEING_MADE = ".being-made-"


@contextmanager
def built_beside(target: Path, *, for_its_owner: bool = True) -> Iterator[Path]:
    """An empty folder, for its owner's eyes unless told otherwise, next to `target`; what is left of one whose maker was killed
    goes, and so does this one unless `put_in_place` moved it. Raises UsageProblem where target is there and not empty,
    PermissionProblem where it cannot be made."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageProblem(
            f"{target} is there already, and nothing is written over.",
            safe="Nothing was changed.",
            next_step="Give a folder that is not there yet.",
        )
    if for_its_owner:
        os.umask(0o077)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in target.parent.glob(f".{glob.escape(target.name)}{BEING_MADE}*"):
            if not _alive(left.name.rpartition("-")[2]):
                shutil.rmtree(left, ignore_errors=True)
        scratch = target.parent / f".{target.name}{BEING_MADE}{os.getpid()}"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
    except OSError as error:
        if isinstance(from_os_error(error), StorageProblem):
            raise
        raise PermissionProblem(
            f"{target} cannot be made.",
            why=f"{error.strerror}: {error.filename}.",
            safe="Nothing was written.",
            next_step="Give a folder in which this user may write.",
        ) from error
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def put_in_place(path: Path, target: Path) -> None:
    """Give a written file (for its owner alone) or folder its name, in one step that outlives a power cut: what is in it is on
    the disk before the name is."""
    for written in (*path.rglob("*"), path) if path.is_dir() else (path,):
        _on_the_disk(written)
    if path.is_file():
        path.chmod(0o600)
    path.replace(target)
    _on_the_disk(target.parent)


def _on_the_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _alive(process: str) -> bool:
    """Whether a process of this machine is at work under this number."""
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
