"""Copies that were handed out: their holders are told what to take out. The list is written once, to be sent, outside of DATA."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path

from db.folder import DataFolder, private_file
from db.forgetting import Found
from db.handed_out import Copy
from tracker.problems import UsageProblem, kind_of_os_error


def refuse_untold(folder: DataFolder, copies: Sequence[Copy], withdrawals: Path | None) -> None:
    """Raise UsageProblem where someone holds a copy and could not be told what to delete, or the list would stay in DATA."""
    if copies and withdrawals is None:
        held = "; ".join(copy.sentence() for copy in copies)
        raise UsageProblem(
            "Copies of the data were handed out, and their holders have to delete the same posts.",
            why=f"Handed out: {held}. Afterwards nobody could tell them which posts.",
            safe="Nothing was forgotten yet.",
            next_step="Run it again with --withdrawals FILE: a list for the holders is written there. Send it, then delete it.",
        )
    if withdrawals is not None and folder.root.resolve() in withdrawals.resolve().parents:
        raise UsageProblem(
            f"The list for holders cannot be kept in {folder.root}.",
            why="It names who is to be forgotten.",
            safe="Nothing was forgotten yet.",
            next_step="Give --withdrawals a file elsewhere. Send it to the holders, then delete it.",
        )


def write_list(path: Path, found: Found, reposts: set[tuple[str, str]]) -> None:
    """A table: platform, what (post or account), id; with reposts by others of their posts, which hold their words. For its
    owner's eyes. Raises PermissionProblem, StorageProblem where the disk is full or broken, UsageProblem where there is no such
    place."""
    try:
        with private_file(path, newline="") as stream:
            table = csv.writer(stream)
            table.writerow(["platform", "what", "id"])
            for what, keys in (("post", found.posts | reposts), ("account", found.authors)):
                table.writerows([platform, what, value] for platform, value in sorted(keys))
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise kind_of_os_error(error)(
            f"The list for holders could not be written to {path}.",
            why=f"{error.strerror}.",
            safe="Nothing was forgotten yet.",
            next_step="Give --withdrawals a file that this user may write, on a disk with room.",
        ) from error
