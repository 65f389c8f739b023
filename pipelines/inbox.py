"""The inbox: files that people drop for the next night. Read ones go to done/, others to failed/ with a note that says why.

A file that is still growing, or that another program has open for writing, is left where it is until the next night.
"""

import fcntl
import os
import time
from datetime import datetime
from pathlib import Path

from pipelines.ending import in_paragraphs
from pipelines.import_exports import DELETED, import_exports
from pipelines.leftovers import NOTE
from pipelines.reading_exports import shown_name
from pipelines.running import Run
from tracker.problems import IncompleteRun, PermissionProblem, Problem
from tracker.telling import count

UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", ".filepart")
SETTLING_SECONDS = 1.0
RECENT_SECONDS = 60.0
LONGEST_NAME = 240
"""Bytes; file systems hold 255, and a number in the name or the note beside it takes some."""


def import_inbox(run: Run) -> str:
    """Import what lies in the inbox and is whole; returns a sentence on what came of it."""
    run.problems += [_leads_nowhere(run, path) for path in _dropped(run.folder.inbox) if path.is_symlink() and not path.exists()]
    waiting = ready_files(run.folder.inbox)
    results = import_exports(run, waiting)
    for path in waiting:
        problems = [problem for result in results if result.path.is_relative_to(path) for problem in result.problems]
        try:
            _put_away(run, path, problems, deleted=any(result.deleted for result in results if result.path == path))
        except PermissionError as error:
            run.problems.append(_stays(path, error))
    if not waiting:
        return "the inbox was empty"
    held = sum(report.held == DELETED for report in run.files)
    told = f"; {count(held, 'file', 'files')} deleted, with something of who asked to be forgotten" if held else ""
    return count(len(waiting), "file", "files") + told


def ready_files(inbox: Path) -> list[Path]:
    """The files and folders of the inbox that nobody is still writing, in the order of their names."""
    candidates = [path for path in _dropped(inbox) if path.is_file() or path.is_dir()]  # who opens a pipe may wait for ever
    sizes = {path: size for path in candidates if (size := _size(path))}
    if any(time.time() - changed < RECENT_SECONDS for _, changed in sizes.values()):
        time.sleep(SETTLING_SECONDS)
    return [path for path, size in sizes.items() if _size(path) == size and not _being_written(path)]


def _dropped(inbox: Path) -> list[Path]:
    """What people put into the inbox, whatever it is."""
    return [
        path
        for path in sorted(inbox.iterdir())
        if path.name not in ("done", "failed") and not path.name.startswith(".") and not path.name.lower().endswith(UNFINISHED)
    ]


def _leads_nowhere(run: Run, link: Path) -> Problem:
    name = shown_name(run.forgotten.name_of_file(link.name))
    return IncompleteRun(
        f"{name} in the inbox is a link, and what it leads to is not there.",
        safe="The link stays in the inbox; the other files were read.",
        next_step="Put the file itself there, or take the link away; the next night looks again.",
    )


def _files(path: Path) -> list[Path]:
    return [inner for inner in path.rglob("*") if inner.is_file()] if path.is_dir() else [path]


def _size(path: Path) -> tuple[int, float] | None:
    """How much there is (bytes) and when it last changed (seconds since 1970), of a file or a whole folder. None: it went away
    while it was looked at, as the names under which programs fetch files do."""
    try:
        facts = [file.stat() for file in _files(path)]
    except FileNotFoundError:
        return None
    return sum(fact.st_size for fact in facts), max((fact.st_mtime for fact in facts), default=0.0)


def _being_written(path: Path) -> bool:
    """Whether a program on this machine has the file open for writing: Linux refuses a read lease on such a file. Where leases
    do not exist, an unchanged size has to do."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    return any(_lease_refused(file) for file in _files(path))


def _lease_refused(file: Path) -> bool:
    try:
        handle = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return True
    except PermissionError:
        return False  # what may not be read is told by the import, as a problem of this file alone
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


def _put_away(run: Run, path: Path, problems: list[Problem], *, deleted: bool) -> None:
    """Move a file out of the inbox under a name that is free there, and write down when, for `prune`; the note beside it repeats
    what went wrong. The note is written first: after a kill between the two the file is read, and noted, again. One that was
    deleted, for holding something of who asked to be forgotten, leaves the note alone, which does not say their name either; one
    that somebody else took away leaves nothing."""
    folder, now = run.folder.failed if problems else run.folder.done, datetime.fromisoformat(run.clock()).timestamp()
    if not (path.exists() or deleted):
        return
    there, target = path.exists(), _free(folder, run.forgotten.name_of_file(path.name))
    for file in [path] if path.is_symlink() else _files(path) if there else ():
        os.utime(file, (now, now), follow_symlinks=False)
    if problems:
        told = "\n\n".join([*in_paragraphs(problems), *([] if there else [f"The file was {DELETED}."])])
        note = target.with_name(target.name + NOTE)
        note.write_text(run.forgotten.without_files(told) + "\n", encoding="utf-8")
        os.utime(note, (now, now))
    if there:
        path.rename(target)


def _stays(path: Path, error: PermissionError) -> PermissionProblem:
    return PermissionProblem(
        f"{path} could not be moved out of the inbox.",
        why=f"The system says: {error.strerror}. It, or something in it, may belong to another user.",
        safe="What could be read of it is stored, and the other files were put away.",
        next_step="Give it to the user of the nights (`chown -R`), or take it away; until then each night reads it again.",
    )


def _free(folder: Path, name: str) -> Path:
    """A path in `folder` that is free: as `name`, by its end where that is too long, with a number where it is taken."""
    if len(os.fsencode(name)) > LONGEST_NAME:
        name = os.fsencode(name)[-LONGEST_NAME:].decode("utf-8", "ignore")
    path, number = folder / name, 2
    while path.exists():
        path, number = folder / f"{Path(name).stem} ({number}){Path(name).suffix}", number + 1
    return path
