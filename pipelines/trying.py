"""Where a backup is tried: a folder of its own, which is deleted afterwards. It holds people's posts as they are, so what a trial
that was killed left behind is deleted too: by the next trial there, each night, and when someone is forgotten."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

NAMED = ".trying-"
NEW_SECONDS = 60.0
"""A younger one may be of a trial that has not put its mark on it yet."""


@contextmanager
def trial_folder(beside: Path) -> Iterator[Path]:
    """A new folder in `beside` until the block ends; in the system's place for such things where `beside` cannot be written."""
    place = beside if os.access(beside, os.W_OK) else None
    if place:
        drop_trials(place)
    with TemporaryDirectory(prefix=NAMED, dir=place) as name:
        handle = os.open(name, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(handle)


def drop_trials(place: Path) -> list[Path]:
    """Delete what killed trials left in a folder, and give what went. One that goes on is let be: it holds a lock; so is what
    belongs to another user, whom the next trial of theirs rids of it."""
    left = [path for path in place.glob(f"{NAMED}*") if _is_left(path)]
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    return [path for path in left if not path.exists()]


def _is_left(path: Path) -> bool:
    try:
        if time.time() - path.stat().st_mtime < NEW_SECONDS:
            return False
        handle = os.open(path, os.O_RDONLY)
    except OSError:  # it went away meanwhile, or is another user's
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True
