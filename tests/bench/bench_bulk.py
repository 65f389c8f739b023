"""What `bulk` takes with one process and with two: python -m tests.bench.bench_bulk. `make bench-bulk` runs it.

Invented posts as twarc2 gives them, in parts of 8 MiB. What is held: to read the parts, merge the posts and read them goes at
least 1.7 times as fast with two processes (the median of five), none of them holds more than 1 GB, and the numbers are the
same. Exits with 1 where it does not hold.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from db.folder import DataFolder
from pipelines.bulk import bulk
from pipelines.bulk_cluster import crew
from pipelines.running import running
from tests import debates
from tests.bench.bench_import import memory, verdict
from tests.bench.bench_scale import campaign_in, model_in
from tests.bench.invented_search import write
from tests.test_bulk import workers_of
from tracker.campaign import read_campaign

LEAST_GAIN, MOST_MB = 1.7, 1000.0
STAGES = ("reading parts", "merging and reading", "writing the days", "counting")


class Clock:
    """When each stage began and ended, as the run's progress tells it, and the most memory that a process held."""

    def __init__(self, workers: list[int]) -> None:
        self.begun = time.perf_counter()
        self.ends: dict[str, float] = {}
        self.most = 0.0
        self._workers, self._over = workers, threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """Hear how far it is."""
        if what in STAGES:
            self.ends[what] = time.perf_counter() - self.begun

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            self.most = max([self.most, *(memory(pid) for pid in self._workers)])

    def end(self) -> None:
        """Watch no longer."""
        self._over.set()
        self._watching.join()


def once(file: Path, campaign: Path, model: Path, folder: Path, workers: int) -> tuple[dict[str, float], float]:
    """(seconds up to the end of each stage, MB) of one run with so many processes, which are there already."""
    shutil.rmtree(folder, ignore_errors=True)
    with crew(None, workers, folder) as hands:
        clock = Clock(workers_of(os.getpid()))
        with running("bulk", read_campaign(campaign), DataFolder(folder), progress=clock) as run:
            clock.begun = time.perf_counter()
            bulk(run, [file], hands, live=DataFolder(model.parent), part_bytes=8 * 1024 * 1024)
        clock.ends["all"] = time.perf_counter() - clock.begun
        clock.end()
    return clock.ends, clock.most


def main() -> None:
    """Measure, print, hold."""
    options = argparse.ArgumentParser()
    options.add_argument("--posts", type=int, default=40_000)
    options.add_argument("--runs", type=int, default=5)
    asked: Any = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-bulk-") as name:
        root = Path(name)
        campaign = campaign_in(root / "campaign")
        model = model_in(root, campaign)
        file = root / "search.jsonl"
        write(asked.posts, file)
        took: dict[int, list[float]] = {1: [], 2: []}
        most, numbers = 0.0, []
        print(f"{'processes':>9} {'read parts':>11} {'merge, read':>12} {'days':>6} {'all':>7} {'MB':>5}  (seconds)")
        for _ in range(asked.runs):
            for workers in (1, 2):
                ends, held = once(file, campaign, model, root / f"to-{workers}", workers)
                read, merged, laid, whole = (
                    ends[name] for name in ("reading parts", "merging and reading", "writing the days", "all")
                )
                took[workers].append(merged)
                most = max(most, held)
                print(
                    f"{workers:>9} {read:>11.1f} {merged - read:>12.1f} {laid - merged:>6.1f} {whole:>7.1f} {held:>5.0f}",
                    flush=True,
                )
        numbers = [debates.numbers(root / f"to-{workers}" / "tracker.db") for workers in (1, 2)]
    one, two = (statistics.median(took[workers]) for workers in (1, 2))
    print(f"parse and read: {one / asked.posts * 1e6:.0f} µs a post with one process, {two / asked.posts * 1e6:.0f} with two")
    held_all = [
        verdict("times as fast with two processes", one / two, LEAST_GAIN, at_least=True),
        verdict("MB at most in one process", most, MOST_MB, at_least=False),
        numbers[0] == numbers[1],
    ]
    print(f"the numbers of both are {'the same' if held_all[-1] else 'NOT the same'}")
    sys.exit(0 if all(held_all) else 1)


if __name__ == "__main__":
    main()
