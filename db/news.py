"""Whether anybody wrote to the store since it was last asked: what the pages look at before they show a page again."""

import sqlite3
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from db.opening import BUSY_SECONDS, storage_errors

Number = tuple[int, int]
"""Of how many files that stood there it is the last, and how often others were seen to have written to it."""


@lru_cache(maxsize=4)
def news_of(path: Path) -> "News":
    """The one who tells of this file, for everybody in this process."""
    return News(path)


class News:
    """A connection to tracker.db that stays open. SQLite tells it whether another one wrote
    (https://www.sqlite.org/pragma.html#pragma_data_version), never of what it wrote itself: so what is no news to a page, that
    somebody took a table out, is entered through it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._file = self._files = 0
        self._held = threading.Lock()

    def number(self) -> Number | None:
        """Another number once somebody else wrote; None where that cannot be told at this moment. Waits for nobody."""
        if not self._held.acquire(blocking=False):
            return None
        try:
            (seen,) = self._open().execute("pragma data_version").fetchone()
            return self._files, int(seen)
        except (sqlite3.Error, OSError):
            return None
        finally:
            self._held.release()

    def transaction(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Write what is no news, in one transaction. Raises StorageProblem or PermissionProblem."""
        with self._held, storage_errors(self.path):
            connection = self._open()
            connection.execute("begin immediate")
            try:
                work(connection)
                connection.execute("commit")
            finally:
                if connection.in_transaction:
                    connection.execute("rollback")

    def _open(self) -> sqlite3.Connection:
        """The connection; a new one where another file has come into the place of the old one."""
        file = self.path.stat().st_ino
        if self._connection is None or file != self._file:
            address = f"{self.path.resolve().as_uri()}?mode=rw"
            known = sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)
            known.execute("pragma synchronous = full")
            self._connection, self._file, self._files = known, file, self._files + 1
        return self._connection
