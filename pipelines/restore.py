"""Put a backup back, or try whether it could be. Killed at any moment, the data folder holds the old stores or the new ones.

A backup is unpacked beside the stores, held against its manifest, and freed of whom it was asked to forget since. Then it is
called `restoring/ready`, and from there on putting it in place goes on whenever a command next holds the lock.
"""

import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from db.copies import STORES, refuse_damaged, rows_by_table
from db.folder import DataFolder
from db.forgotten import Forgotten
from db.sweeping import sweep
from pipelines.archive import Manifest, extract, read_manifest, unpacked
from pipelines.backup import REPLACED_DAYS, STAMP, drop_old
from pipelines.leftovers import Tombstones, delete_with
from pipelines.placing import finish_restore
from pipelines.running import counts_alone, held_lock, running
from pipelines.trying import trial_folder
from tracker.problems import PermissionProblem, StorageProblem, UsageProblem, os_errors
from tracker.records import Campaign
from tracker.telling import count
from tracker.times import system_clock


@dataclass(frozen=True, slots=True)
class Restored:
    """What a backup held. rows: of each store, as the manifest says and as they were found. swept: how many posts, items and
    labels of people who asked to be forgotten were taken out. left_out: files of its inbox that hold something of them."""

    manifest: Manifest
    rows: dict[str, tuple[int, int]]
    differences: tuple[str, ...]
    swept: int = 0
    left_out: tuple[str, ...] = ()
    put_aside: Path | None = None

    def problems(self) -> list[StorageProblem]:
        """What is wrong with the backup, as one Problem; none where it is whole."""
        if not self.differences:
            return []
        told = [*self.differences[:5], *([f"{len(self.differences) - 5} more"] if len(self.differences) > 5 else [])]
        return [
            StorageProblem(
                "The backup is not whole, so it is not to be put in place.",
                why="; ".join(told) + ".",
                safe="The data folder is as it was.",
                next_step="Take another backup; `restore FILE --check` tries one without changing anything.",
            )
        ]

    def text(self) -> str:
        """What was found, a line a store, and what was done."""
        lines = [f"Made {self.manifest.made_at} of {self.manifest.campaign} by version {self.manifest.program}."]
        lines += [f"  {name}: {count(there, 'row')}, {said:,} in its list" for name, (said, there) in self.rows.items()]
        lines.append(count(len(self.differences), "difference") + "".join(f"\n  {difference}" for difference in self.differences))
        if self.swept:
            swept = count(self.swept, "post, item or label was", "posts, items and labels were")
            lines.append(f"{swept} taken out: who wrote them asked to be forgotten.")
        lines += [f"Left out, since it holds something of who asked to be forgotten: {name}" for name in self.left_out]
        if self.put_aside:
            lines.append(f"It is in place. What was there before lies in {self.put_aside} for {REPLACED_DAYS} days.")
        return "\n".join(lines)


def try_backup(path: Path, *, identity_file: Path | None = None) -> Restored:
    """The drill: unpack a backup into a folder of its own, which is deleted again, and compare it with its manifest."""
    with trial_folder(path.parent) as scratch:
        target = scratch / "unpacked"
        target.mkdir()
        return _unpack(path, target, _identity(identity_file))


def restore_backup(
    campaign: Campaign,
    folder: DataFolder,
    path: Path,
    *,
    identity_file: Path | None,
    forgotten_lost: bool,
) -> Restored:
    """Put the backup at `path` in the place of what `folder` holds, and enter that in the diary of the store that is there then.
    What was there is put aside in backups/ for a week. Raises a Problem where it cannot be done; nothing is changed then."""
    if folder.has_posts_apart():
        raise counts_alone(folder.root, "restore")
    folder.create()
    with held_lock(folder):
        with os_errors():
            found = restore(folder, path, identity=_identity(identity_file), forgotten_lost=forgotten_lost, now=system_clock())
        with running("restore", campaign, folder, held=True) as run, run.step("restore") as notes:
            notes.append(f"{path.name}, made {found.manifest.made_at}; {found.swept} items of the forgotten taken out")
    return found


def restore(folder: DataFolder, path: Path, *, identity: str | None, forgotten_lost: bool, now: str) -> Restored:
    """The part of it that is done under the lock."""
    finish_restore(folder)
    fresh = folder.restoring / "unpacking"
    fresh.mkdir(parents=True)
    try:
        found = _made_ready(folder, path, fresh, identity, forgotten_lost)
        (folder.restoring / "at").write_text(datetime.fromisoformat(now).strftime(STAMP), encoding="ascii")
    except BaseException:  # what was unpacked is people's posts, and takes room
        shutil.rmtree(folder.restoring, ignore_errors=True)
        raise
    fresh.rename(folder.restoring / "ready")
    aside = finish_restore(folder)
    drop_old(folder, now=now)
    return replace(found, put_aside=aside)


def _made_ready(folder: DataFolder, path: Path, fresh: Path, identity: str | None, forgotten_lost: bool) -> Restored:
    """What the backup holds, once it lies in `fresh`, unpacked, looked over and swept."""
    found = _unpack(path, fresh, identity)
    if found.differences:
        raise found.problems()[0]
    swept, left_out = _sweep(folder, fresh, found.manifest, forgotten_lost)
    return replace(found, swept=swept, left_out=left_out)


def _identity(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PermissionProblem(
            f"The identity {path} cannot be read.", why=f"{error}.", next_step="Give the file that age-keygen wrote."
        ) from error


def _unpack(path: Path, target: Path, identity: str | None) -> Restored:
    with unpacked(path, identity, target.parent) as tar:
        manifest = read_manifest(tar)
        differences = extract(tar, manifest, target)
    rows: dict[str, tuple[int, int]] = {}
    for name in STORES if not differences else ():  # what differs is not opened: it may say anything
        if not (target / name).is_file():
            continue
        refuse_damaged(target / name)
        said, there = manifest.rows.get(name, {}), rows_by_table(target / name)
        rows[name] = (sum(said.values()), sum(there.values()))
        differences += [
            f"{name}, {table}: {count(there.get(table, 0), 'row')} instead of {said.get(table, 0)}"
            for table in sorted(said.keys() | there.keys())
            if said.get(table) != there.get(table)
        ]
    return Restored(manifest, rows, tuple(differences))


def _sweep(folder: DataFolder, fresh: Path, manifest: Manifest, forgotten_lost: bool) -> tuple[int, tuple[str, ...]]:
    """Take whoever asked to be forgotten since the backup was made out of the unpacked stores, and files of the inbox that hold
    something of them; (how many posts, items and labels, which files)."""
    folder.create()
    forgotten = Forgotten(folder)
    try:
        if forgotten.count() < manifest.tombstones and not forgotten_lost:
            raise UsageProblem(
                f"{folder.forgotten} knows of fewer people and posts to forget ({forgotten.count()}) than there were when the "
                f"backup was made ({manifest.tombstones}).",
                why="Restoring without them would bring back what was to stay forgotten.",
                safe="The data folder is as it was.",
                next_step=f"Put {folder.forgotten.name} and {folder.key.name} back from where they are kept apart. If they are "
                "lost, restore with --forgotten-lost and enter again who asked to be forgotten.",
            )
        swept = sweep(DataFolder(fresh), forgotten).total()
        left_out = delete_with(Tombstones(forgotten), fresh / "inbox")
        return swept, tuple(path.relative_to(fresh).as_posix() for path in left_out)
    finally:
        forgotten.close()
