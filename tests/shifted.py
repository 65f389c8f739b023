"""The program with its clock moved, in a fork (tests/warm.py) or as `python -m tests.shifted SECONDS cli.py COMMAND ...`; SECONDS
may be a step in the middle of a run, `0:-7200` (right at first, two hours back from the third second on) or `0:-7200:15` (from
the fifteenth on)."""

import datetime as real
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

STEP_AFTER = 3.0
TRUE_TIME, TRUE_NOW = time.time, real.datetime.now
OFFSETS: list[Callable[[], float]] = [lambda: 0.0]
"""By how many seconds the clock is wrong: the last of them says."""


def seconds() -> float:
    """`time.time`, which is wrong; a process that is to be forked reads the program with it."""
    return TRUE_TIME() + OFFSETS[-1]()


class Shifted(real.datetime):
    """datetime, whose `now` is wrong by as many seconds as the clock."""

    @classmethod
    def now(cls, tz: real.tzinfo | None = None) -> Self:
        return cls.fromtimestamp((TRUE_NOW(tz) + real.timedelta(seconds=OFFSETS[-1]())).timestamp(), tz)


def shift(said: str) -> None:
    """Move the clock of this process from now on, in what it has read of the program and in what it will read."""
    began, true_datetime = time.monotonic(), real.datetime
    first, later, after, *_ = [*said.split(":"), "", ""]

    def offset() -> float:
        return float(later if later and time.monotonic() - began > float(after or STEP_AFTER) else first)

    OFFSETS.append(offset)
    time.time = seconds
    for module in list(sys.modules.values()):
        if vars(module).get("datetime") is true_datetime:
            module.datetime = Shifted  # type: ignore[attr-defined]


def main() -> None:
    said, program, *words = sys.argv[1:]
    shift(said)
    from tests.warm import PAUSE
    from tracker.sources import patience

    patience.FIRST_PAUSE = PAUSE
    sys.argv = [program, *words]
    sys.path.insert(0, str(Path(program).parent))
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
