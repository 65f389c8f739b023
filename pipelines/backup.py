"""Keep a checked copy of DATA every night, and only as many as are worth their room: seven days, four weeks, three months.

A backup is one file in DATA/backups. It holds the stores, the theme model, and of the inbox what waits or failed; not
forgotten.db and its key, which are kept apart (docs/operating.md), nor inbox/done, whose posts raw.db holds item by item.
"""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from db.copies import STORES, copy_store, refuse_damaged, rows_by_table
from db.folder import DataFolder
from db.forgotten import Forgotten
from pipelines.archive import Manifest, checksum, encrypt, extract, pack, read_manifest, recipient_of, unpacked
from pipelines.building import put_in_place
from pipelines.trying import drop_trials
from tracker.problems import StorageProblem
from tracker.telling import count

if TYPE_CHECKING:
    from pipelines.running import Run

DAILY, WEEKLY, MONTHLY = 7, 4, 3
STAMP = "%Y-%m-%dT%H%M%SZ"
PACKED = ".tar.zst"
BEING_MADE = "being-made"
"""Where a backup is made: copies of the stores, which stay where that is killed, until the next is made or somebody forgotten."""
REPLACED_DAYS = 7
"""How long the stores that a restore took the place of are kept, and what was backed up before an upgrade."""
BEFORE_UPGRADE = "-before-upgrade"
"""In the name of a backup that the next night's must not take the place of."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made and read again. rows: of all tables of all stores."""

    path: Path
    bytes: int
    files: int
    rows: int

    def sentence(self) -> str:
        """What was kept, for the diary of the run."""
        return f"{self.path.name}, {self.bytes / 1e6:,.1f} MB, {count(self.files, 'file')}, {count(self.rows, 'row')}"


def back_up(run: "Run") -> Backup:
    """Make a backup of the run's folder, read it again, and drop those that are too many."""
    made = make_backup(run.folder, run.campaign.name, run.campaign.backup_recipient, now=run.clock(), forgotten=run.forgotten)
    drop_old(run.folder, now=run.clock())
    return made


def make_backup(
    folder: DataFolder, campaign: str, recipient: str, *, now: str, forgotten: Forgotten | None, why: str = ""
) -> Backup:
    """Write, check and put in place one backup. recipient: of age, '' for one that is not encrypted. The caller holds the lock.

    What is encrypted is read again before it is encrypted: whoever can back up need not be able to read backups."""
    if recipient:
        recipient_of(recipient)
    folder.backups.mkdir(parents=True, exist_ok=True)
    scratch = folder.backups / BEING_MADE
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        _refuse_no_room(folder)
        files = _copies(folder, scratch)
        rows = {name: rows_by_table(path) for name, path in files.items() if name in STORES}
        manifest = Manifest(
            program=version("debate-tracker"),
            campaign=campaign,
            made_at=now,
            tombstones=forgotten.count() if forgotten else 0,
            files={name: (path.stat().st_size, checksum(path)) for name, path in files.items()},
            rows=rows,
        )
        packed = scratch / "packed"
        pack(packed, files, manifest)
        _read_again(packed, scratch)
        if recipient:
            encrypt(packed, scratch / "encrypted", recipient)
            packed = scratch / "encrypted"
        target = _free_name(folder, now, f"{why}{PACKED}" + (".age" if recipient else ""))
        put_in_place(packed, target)
        return Backup(target, target.stat().st_size, len(files), sum(sum(tables.values()) for tables in rows.values()))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _copies(folder: DataFolder, scratch: Path) -> dict[str, Path]:
    """What goes into a backup: name in it -> file. The stores are copied as they are at one moment each, and so are files of the
    inbox: people put them there, and take them away, at any time."""
    found: dict[str, Path] = {}
    for name in STORES:
        if (folder.root / name).is_file():
            copy_store(folder.root / name, scratch / name)
            refuse_damaged(scratch / name)
            found[name] = scratch / name
    for path in _files_in(folder.model):
        found[path.relative_to(folder.root).as_posix()] = path
    for path in _files_in(folder.inbox):
        if folder.done not in path.parents:
            name = path.relative_to(folder.root).as_posix()
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # taken away meanwhile
                shutil.copyfile(path, scratch / name)
                found[name] = scratch / name
    return found


def _files_in(part: Path) -> list[Path]:
    return [path for path in sorted(part.rglob("*")) if path.is_file() and not path.is_symlink()]


def _read_again(packed: Path, scratch: Path) -> None:
    """Raise StorageProblem where what was written is not what was to be."""
    with unpacked(packed, None, scratch) as tar:
        differences = extract(tar, read_manifest(tar), None)
    if differences:
        raise StorageProblem(
            "The backup was not written as it should be, and was thrown away.",
            why="; ".join(differences[:5]) + ".",
            safe="The data folder and the earlier backups are as they were.",
            next_step="Check the disk, then run `debate-tracker backup` again.",
        )


def _refuse_no_room(folder: DataFolder) -> None:
    """A copy and what is packed of it lie beside each other for a while."""
    needed = sum(2 * (folder.root / name).stat().st_size for name in STORES if (folder.root / name).is_file())
    free = shutil.disk_usage(folder.backups).free
    if free < needed:
        raise StorageProblem(
            f"There is no room for a backup: {free / 1e6:,.0f} MB are free, about {needed / 1e6:,.0f} MB are needed.",
            safe="The data folder and the earlier backups are as they were.",
            next_step=f"Free some space where {folder.backups} lies, or move old backups elsewhere, then run it again.",
        )


def _free_name(folder: DataFolder, now: str, ending: str) -> Path:
    stamp = datetime.fromisoformat(now).strftime(STAMP)
    named = folder.backups / f"{stamp}{ending}"
    number = 2
    while named.exists():
        named = folder.backups / f"{stamp}-{number}{ending}"
        number += 1
    return named


# ---- which are kept --------------------------------------------------------------------------------------------------


def drop_old(folder: DataFolder, *, now: str) -> list[Path]:
    """Delete the backups that no rule keeps, what a restore put aside long enough ago, and what killed trials left; gives what
    was deleted."""
    made = {path: at for path in folder.backups.iterdir() if (at := made_at(path)) is not None}
    earliest = datetime.fromisoformat(now) - timedelta(days=REPLACED_DAYS)
    kept = kept_backups(made) | {path for path, at in made.items() if BEFORE_UPGRADE in path.name and at >= earliest}
    dropped = [path for path in made if path not in kept]
    for path in dropped:
        path.unlink()
    dropped += drop_trials(folder.backups)
    for path in folder.backups.glob("replaced-*"):
        at = _stamp(path.name.removeprefix("replaced-"))
        if at is not None and at < earliest:
            shutil.rmtree(path)
            dropped.append(path)
    return dropped


def made_at(path: Path) -> datetime | None:
    """When a backup was made, by its name; None for another file."""
    return _stamp(path.name) if PACKED in path.name and path.is_file() else None


def _stamp(name: str) -> datetime | None:
    try:
        return datetime.strptime(name[:18], STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def kept_backups(made: dict[Path, datetime]) -> set[Path]:
    """The newest of each of the last seven days that have one, of the last four weeks and of the last three months. Days are
    those of UTC, weeks begin on Monday."""
    newest_first = sorted(made, key=lambda path: (made[path], path.name), reverse=True)
    kept: set[Path] = set()
    for most, period in ((DAILY, "%Y-%m-%d"), (WEEKLY, "%G-W%V"), (MONTHLY, "%Y-%m")):
        of_period: dict[str, Path] = {}
        for path in newest_first:
            of_period.setdefault(made[path].strftime(period), path)
        kept.update(list(of_period.values())[:most])
    return kept
