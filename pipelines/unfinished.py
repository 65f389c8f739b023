"""What a forget that was killed has left to be done. Apart from `forget`, which reads half of the program: each command asks
whether there is something to end, and hardly ever there is."""

from contextlib import closing

from db.folder import DataFolder
from db.forgotten import Forgotten
from tracker.problems import IncompleteRun


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


def someone_goes(nothing: str) -> IncompleteRun:
    """What is wrong with taking people's words out meanwhile. nothing: what was not done."""
    return IncompleteRun(
        f"{nothing}: someone is being forgotten, or was while it was written.",
        why="It would hold posts that nobody could take out of it any more.",
        safe="Nothing was written, and nobody has a copy.",
        next_step="Run the same command again once `forget` has ended. One that was killed is ended by `debate-tracker prune`.",
    )
