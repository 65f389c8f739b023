"""Put unpacked stores in the place of those that are there: begun by `restore`, and ended by it or by whichever command next
holds the lock."""

import shutil
from pathlib import Path

from db.copies import STORES
from db.folder import DataFolder

BESIDE = ("", "-wal", "-shm")
"""A store and the files that SQLite keeps beside it."""


def finish_restore(folder: DataFolder) -> Path | None:
    """Put in place what lies in restoring/ready; gives where the old stores lie now, None where there was nothing to do. The
    caller holds the lock. Doing it twice, or again after a kill, does the same."""
    ready = folder.restoring / "ready"
    if not ready.is_dir():
        shutil.rmtree(folder.restoring, ignore_errors=True)
        return None
    stamp = (folder.restoring / "at").read_text(encoding="ascii")
    aside = folder.backups / f"replaced-{stamp}"
    aside.mkdir(parents=True, exist_ok=True)
    for name in STORES:
        if (ready / name).exists():
            for ending in BESIDE:
                _move(folder.root / f"{name}{ending}", aside / f"{name}{ending}")
            _move(ready / name, folder.root / name)
    if (ready / "model").exists():
        _move(folder.model, aside / "model")
        _move(ready / "model", folder.model)
    for path in sorted((ready / "inbox").rglob("*")):
        target = folder.root / path.relative_to(ready)
        if path.is_file() and not target.exists() and not any(part.is_file() for part in target.parents):
            target.parent.mkdir(parents=True, exist_ok=True)
            _move(path, target)
    ready.rename(folder.restoring / "placed")
    shutil.rmtree(folder.restoring)
    return aside


def _move(path: Path, target: Path) -> None:
    if path.exists():
        path.rename(target)
