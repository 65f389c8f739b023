"""What `bulk` takes with one process and with two: python -m tests.bench.bench_bulk. `make bench-bulk` runs it.

Invented posts as twarc2 gives them, in parts of 3 MiB. What is held: to read the parts, merge the posts and read them goes at
least 1.7 times as fast with two processes (the median of five pairs, the two of each one after the other, since other work on the
machine comes and goes), none of them holds more than 1 GB, and the numbers are the same. The processes are there already and have
read their program and the model once. Exits with 1 where it does not hold.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

from db.folder import DataFolder
from pipelines.bulk import bulk
from pipelines.bulk_cluster import Crew, crew
from pipelines.running import running
from tests import debates
from tests.bench.bench_import import verdict
from tests.bench.bench_scale import campaign_in, model_in
from tests.bench.bulk_clock import STAGES, Clock, Spent
from tests.bench.invented_search import write
from tracker.campaign import read_campaign

LEAST_GAIN, MOST_MB = 1.7, 1000.0
PART_BYTES = 3 * 1024 * 1024


def once(file: Path, campaign: Path, model: Path, folder: Path, hands: Crew) -> dict[str, Spent]:
    """What each stage took."""
    shutil.rmtree(folder, ignore_errors=True)
    clock = Clock()
    with running("bulk", read_campaign(campaign), DataFolder(folder), progress=clock) as run:
        clock.start()
        bulk(run, [file], hands, live=DataFolder(model.parent), part_bytes=PART_BYTES)
    clock.end()
    return clock.spent


def row(workers: int, spent: dict[str, Spent]) -> str:
    """The figures of a run, as a line of the table."""
    read, merged, laid, counted = (spent[stage] for stage in STAGES)
    both = (read, merged)
    return (
        f"{workers:>9} {read.seconds:>11.1f} {merged.seconds:>12.1f} {laid.seconds:>6.1f} {counted.seconds:>9.1f}"
        f" {sum(one.working for one in both):>11.1f} {sum(one.leading for one in both):>8.1f}"
        f" {max(one.mb_working for one in spent.values()):>5.0f}"
    )


def main() -> None:
    """Measure, print, hold."""
    options = argparse.ArgumentParser()
    options.add_argument("--posts", type=int, default=30_000)
    options.add_argument("--runs", type=int, default=5)
    asked: Any = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-bulk-") as name:
        root = Path(name)
        campaign = campaign_in(root / "campaign")
        model = model_in(root, campaign)
        file = root / "search.jsonl"
        write(asked.posts, file)
        write(6000, few := root / "few.jsonl")
        took: dict[int, list[float]] = {1: [], 2: []}
        most = 0.0
        print("                                 seconds by the clock       of processor, read and merge")
        print("processes  read parts  merge, read   days  counting     working  leading    MB")
        with crew(None, 1, root / "one") as one_process, crew(None, 2, root / "two") as two_processes:
            hands = {1: one_process, 2: two_processes}
            for workers in (1, 2):  # each reads the program and the model, which takes as long for a hundred million posts
                once(few, campaign, model, root / f"to-{workers}", hands[workers])
            for _, workers in product(range(asked.runs), (1, 2)):
                spent = once(file, campaign, model, root / f"to-{workers}", hands[workers])
                took[workers].append(sum(spent[stage].seconds for stage in STAGES[:2]))
                most = max(most, *(one.mb_working for one in spent.values()))
                print(row(workers, spent), flush=True)
        numbers = [debates.numbers(root / f"to-{workers}" / "tracker.db") for workers in (1, 2)]
    one, two = (statistics.median(took[workers]) for workers in (1, 2))
    gains = [alone / together for alone, together in zip(took[1], took[2], strict=True)]
    print(f"parse and read: {one / asked.posts * 1e6:.0f} µs a post with one process, {two / asked.posts * 1e6:.0f} with two")
    print(f"the medians: {one / two:.2f} times as fast; pair by pair: {', '.join(f'{each:.2f}' for each in gains)}")
    held_all = [
        verdict("times as fast with two processes, the median of the pairs", statistics.median(gains), LEAST_GAIN, at_least=True),
        verdict("MB at most in one process", most, MOST_MB, at_least=False),
        numbers[0] == numbers[1],
    ]
    print(f"the numbers of both are {'the same' if held_all[-1] else 'NOT the same'}")
    sys.exit(0 if all(held_all) else 1)


if __name__ == "__main__":
    main()
