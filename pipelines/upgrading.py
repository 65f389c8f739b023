"""Before the schema of a store changes, keep a backup of it as it is."""

from contextlib import closing
from typing import TYPE_CHECKING

from db.copies import STORES, has_steps_to_do, refuse_never_made
from db.folder import DataFolder
from db.forgotten import Forgotten
from tracker.problems import UsageProblem
from tracker.records import Campaign

if TYPE_CHECKING:
    from pipelines.backup import Backup


def back_up_before_upgrade(folder: DataFolder, campaign: Campaign, *, now: str) -> "Backup | None":
    """Make a backup if the next opening would change the schema of a store; None where nothing is to do. The caller holds the
    lock. An upgrade that is killed leaves each step of it done or not done, and the next run goes on."""
    if not any(has_steps_to_do(folder.root / name) for name in STORES):
        return None
    from pipelines.backup import BEFORE_UPGRADE, make_backup  # a command that has nothing to upgrade need not read it

    with closing(Forgotten(folder)) as forgotten:
        return make_backup(folder, campaign.name, campaign.backup_recipient, now=now, forgotten=forgotten, why=BEFORE_UPGRADE)


def refuse_older(folder: DataFolder, *, then: str) -> None:
    """For commands that only read: raise UsageProblem where tracker.db has a schema of before, StorageProblem where the run that
    was to make it was killed. then: what to do after that."""
    if folder.exists():
        refuse_never_made(folder.tracker)
    if has_steps_to_do(folder.tracker):
        raise UsageProblem(
            f"{folder.tracker} was made by an earlier version of this program, and has to be changed over first.",
            safe="Nothing was changed.",
            next_step=f"Run `debate-tracker backup`, or let a night pass; then {then}.",
        )
