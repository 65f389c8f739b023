"""A store with nothing in it yet, so that its pages can lead to a first debate."""

from db.campaigns import note_campaign
from db.folder import DataFolder
from db.store import Store
from tracker.counting import local_day
from tracker.problems import StorageProblem
from tracker.records import Campaign


def begin(campaign: Campaign, data: DataFolder, *, now: str) -> None:
    """Make DATA with an empty store that knows what the campaign follows. Raises PermissionProblem, or StorageProblem where other
    parts of a store lie there without it: then it was lost, and an empty one would hide that."""
    left = [path.name for path in (data.raw, data.labels, data.forgotten, data.key) if path.exists()]
    if left:
        raise StorageProblem(
            f"There is nothing to show: {data.tracker} is missing, though {', '.join(left)} is there.",
            safe="Nothing was written.",
            next_step="Put the last good backup back (`debate-tracker restore FILE`), or name another folder with --data.",
        )
    store = Store.open(data.create())
    try:
        note_campaign(store, campaign, now=now, local_day=local_day)
    finally:
        store.close()
