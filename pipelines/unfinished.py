"""What a forget that was killed has left to be done. Apart from `forget`, which reads half of the program: each command asks
whether there is something to end, and hardly ever there is."""

from contextlib import closing

from db.folder import DataFolder
from db.forgotten import Forgotten


def finish_forgetting(folder: DataFolder, *, now: str) -> None:
    """End a forget that was killed. The caller holds the lock."""
    if not (folder.forgotten.exists() and folder.exists()):
        folder.drop_forgetting()  # it was killed before anything else was written
        return
    with closing(Forgotten(folder)) as forgotten:
        if not forgotten.unswept():
            folder.drop_forgetting()
            return
        from pipelines.forget import end_forgetting

        end_forgetting(folder, forgotten, now=now)
