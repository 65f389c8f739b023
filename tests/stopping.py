"""A run that is told to stop at a moment of a test's own choice."""

from pipelines.running import Stop
from tracker.problems import Interrupted


class StopAfter(Stop):
    """A stop that comes when it has been asked about for the given number of times, as by a signal."""

    def __init__(self, times: int, *, signal: int) -> None:
        super().__init__()
        self._left, self._told_by = times, signal

    def check(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Interrupted(self._told_by)
