"""What a run of `bulk` takes, stage by stage: seconds by the clock and of processor, and the most memory that a process held."""

import json
import os
import threading
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tests.bench.bench_import import memory
from tests.bulk_run import workers_of

STAGES = ("reading parts", "merging and reading", "writing the days", "counting")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Spent:
    """Of one stage: seconds by the clock, seconds of processor of the process that leads and of those that work, and the most
    memory (MB) of the first and of any of the others."""

    seconds: float = 0.0
    leading: float = 0.0
    working: float = 0.0
    mb_leading: float = 0.0
    mb_working: float = 0.0


def processor_of(pid: int) -> float:
    """The seconds of processor that a process took so far; 0 where it has ended."""
    try:
        cells = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(cells[11]) + int(cells[12])) / TICKS


def alone(pid: int) -> float:
    """What a process holds itself, in MB, files that are read in place left out."""
    told = Path(f"/proc/{pid}/status").read_text()
    return float(told.partition("RssAnon:")[2].split()[0]) / 1000


class Clock:
    """Hears the progress of a run. A stage ends where the next is first heard of; the first begins with `start`. kept: a file in
    which it is kept what was spent, so that a run that is taken up goes on counting."""

    def __init__(self, kept: Path | None = None) -> None:
        self.spent = {stage: Spent() for stage in STAGES}
        self._kept = kept
        if kept is not None and kept.exists():
            self.spent = {stage: Spent(**told) for stage, told in json.loads(kept.read_text()).items()}
        self._over, self._stage = threading.Event(), STAGES[0]
        self._took: dict[int, float] = {}
        self.start()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def start(self) -> None:
        """Count from here."""
        self._last = self._now()

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """Hear how far it is. What lies between two stages belongs to the later."""
        if what in self.spent:
            self._stage = what
            self._last = self._added(self.spent[what])

    def _now(self) -> tuple[float, float, float]:
        self._took.update((pid, took) for pid in workers_of(os.getpid()) if (took := processor_of(pid)))
        return time.perf_counter(), processor_of(os.getpid()), sum(self._took.values())

    def _added(self, spent: Spent) -> tuple[float, float, float]:
        """Count in what was spent since the last word; until when that is."""
        now = self._now()
        spent.seconds += now[0] - self._last[0]
        spent.leading += now[1] - self._last[1]
        spent.working += now[2] - self._last[2]
        return now

    def _watch(self) -> None:
        while not self._over.wait(2):
            spent, workers = self.spent[self._stage], workers_of(os.getpid())
            self._took.update((pid, took) for pid in workers if (took := processor_of(pid)))
            spent.mb_leading = max(spent.mb_leading, alone(os.getpid()))
            spent.mb_working = max([spent.mb_working, *map(memory, workers)])
            if self._kept is not None:
                so_far = {stage: replace(one) for stage, one in self.spent.items()}
                self._added(so_far[self._stage])
                fresh = self._kept.with_suffix(".new")
                fresh.write_text(json.dumps({stage: asdict(one) for stage, one in so_far.items()}))
                fresh.replace(self._kept)

    def end(self) -> None:
        """The run is over; what came after the last word belongs to the last stage."""
        self._last = self._added(self.spent[self._stage])
        self._over.set()
        self._watching.join()
