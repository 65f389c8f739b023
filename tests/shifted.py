"""The program with its clock moved: `python -m tests.shifted SECONDS cli.py COMMAND ...`; SECONDS may be a step in the middle of
a run, `0:-7200` (right at first, two hours back from the third second on) or `0:-7200:15` (from the fifteenth on)."""

import datetime as real
import runpy
import sys
import time
from pathlib import Path

BEGAN = time.monotonic()
TRUE_TIME = time.time
TRUE_NOW = real.datetime.now
STEP_AFTER = 3.0
SAID: list[str] = []


def offset(said: str) -> float:
    """Seconds by which the clock is wrong at this moment."""
    first, later, after, *_ = [*said.split(":"), "", ""]
    return float(later if later and time.monotonic() - BEGAN > float(after or STEP_AFTER) else first)


class Shifted(real.datetime):
    """datetime, whose `now` is wrong."""

    @classmethod
    def now(cls, tz: real.tzinfo | None = None) -> "Shifted":
        moment = TRUE_NOW(tz) + real.timedelta(seconds=offset(SAID[0]))
        return cls.fromtimestamp(moment.timestamp(), tz)


def main() -> None:
    said, program, *words = sys.argv[1:]
    SAID.append(said)
    time.time = lambda: TRUE_TIME() + offset(said)
    real.datetime = Shifted  # type: ignore[misc]
    from tests.warm import PAUSE
    from tracker.sources import patience

    patience.FIRST_PAUSE = PAUSE
    sys.argv = [program, *words]
    sys.path.insert(0, str(Path(program).parent))
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
