"""`copies`: which exports and snapshots are out there, with whom, until when; and that a holder has deleted theirs."""

from contextlib import closing

from db.folder import DataFolder
from db.handed_out import all_copies, held_by, withdraw
from db.reading import Row
from db.store import Store
from pipelines.upgrading import refuse_older
from tracker.problems import UsageProblem


def told_copies(folder: DataFolder, *, now: str) -> str:
    """A line for each copy that stands. Reads only. Raises UsageProblem where there is no store that could know of any, or one of
    an earlier version."""
    folder.refuse_lost()
    if not folder.exists():
        raise UsageProblem(
            f"There is no store in {folder.root} yet, so no copy of it can be out there.",
            next_step="If copies were handed out, give the folder that they were taken from with --campaign or --data.",
        )
    refuse_older(folder, then="ask again")
    with closing(Store.open(folder, readonly=True)) as store:
        standing = [row for row in all_copies(store) if not row["withdrawn_at"]]
    if not standing:
        return "No copy is out there."
    over = sum(_is_over(row, now) for row in standing)
    lines = [_line(row, now) for row in standing]
    if over:
        lines.append(
            f"{over} should be deleted by now: ask their holders, then note it with `debate-tracker copies --deleted NUMBER`."
        )
    return "\n".join(lines)


def note_deleted(folder: DataFolder, number: int, *, by: str, now: str) -> str:
    """Enter that the holder of a copy has deleted it. Raises UsageProblem where there is no such copy, or as `told_copies`."""
    refuse_older(folder, then="note it again")
    if folder.exists():
        with closing(Store.open(folder)) as store:
            found = [row for row in all_copies(store) if row["id"] == number and not row["withdrawn_at"]]
            if found:
                withdraw(store, number, by=by, file=str(found[0]["file"]), now=now)
                return f"Entered: {found[0]['kind']} {found[0]['file']} is deleted. `forget` no longer asks for it."
    raise UsageProblem(
        f"No copy of number {number} is out there.", safe="Nothing was changed.", next_step="`debate-tracker copies` lists them."
    )


def _line(row: Row, now: str) -> str:
    parts = [f"{row['id']}: {row['kind']} {row['file']} of {row['made_at'][:10]}, {held_by(row['holder'])}"]
    if row["hold_until"]:
        parts.append(f"to be deleted by {row['hold_until']}{' (over)' if _is_over(row, now) else ''}")
    if not row["people"]:
        parts.append("public numbers only")
    return "; ".join(dict.fromkeys([*parts, *([str(row["note"])] if row["note"] else [])]))


def _is_over(row: Row, now: str) -> bool:
    return bool(row["hold_until"]) and str(row["hold_until"]) < now[:10]
