"""How fast the staff pages answer: python -m tests.bench.bench_pages [--sizes N...] [--keep DIR]. `make bench-pages` runs it.

Every page and every ready-made question, on stores of 10,000, 200,000 and 1,000,000 posts: one reader, who has each page made
anew (docs/why, Pages are kept until the store changes); then thirty at once, as people read; thirty while a writer writes at full
speed. Beside them, in the same run, the floor: the same Datasette with a table of one row. The figures depend on the machine; the
ratios are what is held. Exits with 1 when one of them does not hold.
"""

import argparse
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles

import requests

from db.folder import DataFolder
from db.lookups import read_lookups
from pipelines.serving_config import DATASETTE_CONFIG
from tests.bench.grown_store import grow
from tests.serving import free_port, served

SIZES = (10_000, 200_000, 1_000_000)
MOST_OF_FLOOR, MOST_GROWTH, MOST_GROWTH_OF_SEARCH, MOST_SECONDS = 4.0, 1.5, 3.0, 1.5
ASKED, READERS, EACH = 41, 30, 8
SEARCHES = (*("/posts?q=outsourcing", "/posts?q=rare7+council", "/posts?theme=outsourcing&week=2026-W45"),)
PAGES = (
    *(
        "/",
        "/posts",
        "/link?url=https://example.org/1",
        "/themes",
        "/theme/outsourcing",
        "/theme/health",
        "/missing",
        "/data",
        "/method",
        "/dictionary",
        "/tutorial",
    ),
    *("/sources", "/asked", "/questions", "/accounts", "/quotes", "/hashtags", "/hashtag/inventeddebate", "/spike"),
    *("/post/NEWEST", "/conversation/NEWEST", "/asked/NEWEST", "/quotes/NEWEST", "/add", "/coding", "/codebook"),
    *("/atom/theme/outsourcing", "/atom/asked", "/take/theme/outsourcing.zip"),
)


def pages_of(data: DataFolder) -> dict[str, str]:
    """Every page and ready-made question: its path by the name that it has at every size."""
    with sqlite3.connect(data.tracker) as db:
        (newest,) = db.execute("select id from posts where kind = 'reply' order by id desc limit 1").fetchone()
    lookups = [f"/tracker/{one.name}" for one in read_lookups(DATASETTE_CONFIG / "lookups")]
    return {name: name.replace("NEWEST", str(newest)) for name in (*PAGES, *SEARCHES, *lookups)}


ANEW = {"Cache-Control": "no-cache"}


def asked(session: requests.Session, address: str, *, anew: bool = False) -> float:
    """Seconds until the whole answer was there. Raises where it is an error. anew: not one that was kept."""
    begun = time.perf_counter()
    answer = session.get(address, timeout=60, headers=ANEW if anew else {})
    took = time.perf_counter() - begun
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered with {answer.status_code}")
    return took


Figures = dict[str, tuple[float, float]]
"""p50 and p95 in milliseconds by the name of a page."""


def one_reader(sites: dict[int, tuple[str, dict[str, str]]]) -> dict[int, Figures]:
    """Each page of each site made anew, at all sizes in turn: what else the machine does slows all of them down alike."""
    found: dict[int, Figures] = {size: {} for size in sites}
    names = list(next(iter(sites.values()))[1])
    with requests.Session() as session:
        for name in names:
            times: dict[int, list[float]] = {size: [] for size in sites}
            for turn in range(ASKED + 1):
                for size, (site, paths) in sites.items():
                    took = 1000 * asked(session, site + paths[name], anew=True)
                    times[size] += [took] if turn else []
            for size, taken in times.items():
                found[size][name] = (median(taken), quantiles(taken, n=20)[-1])
    return found


def again(site: str, paths: dict[str, str]) -> tuple[float, float]:
    """p50 and p95 in milliseconds of all pages, asked for a second time."""
    with requests.Session() as session:
        for path in paths.values():
            asked(session, site + path)
        times = [1000 * asked(session, site + path) for _ in range(3) for path in paths.values()]
    return median(times), quantiles(times, n=20)[-1]


def many_readers(site: str, paths: list[str]) -> tuple[float, float, list[str]]:
    """p50 and p95 in seconds of thirty readers who open pages one after the other, and what failed."""
    times: list[float] = []
    failed: list[str] = []

    def read(number: int) -> None:
        with requests.Session() as session:
            for place in range(EACH):
                try:
                    times.append(asked(session, site + paths[(7 * number + 11 * place) % len(paths)]))
                except (RuntimeError, requests.RequestException) as error:
                    failed.append(str(error))

    readers = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return median(times), quantiles(times, n=20)[-1], failed


WRITER = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
number = 0
while True:
    db.execute("begin immediate")
    for _ in range(200):
        number += 1
        db.execute(
            "insert into posts(platform, native_id, text, created_at, day, kind, first_seen_run)"
            " values ('x', ?, 'written while others read', '2026-11-08T20:30:00Z', '2026-11-08', 'original', 1)",
            [f"w{time.time_ns()}{number}"],
        )
    db.execute("commit")
    print(number, flush=True)
"""


@contextmanager
def written(data: DataFolder) -> Iterator[None]:
    """A writer at full speed beside."""
    command = [sys.executable, "-c", WRITER, str(data.tracker)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None and writer.stdout.readline()
        threading.Thread(target=writer.stdout.read, daemon=True).start()
        try:
            yield
        finally:
            writer.terminate()


def floor(folder: Path) -> float:
    """p50 in milliseconds of a table of one row, shown by the same Datasette."""
    only = folder / "floor.db"
    with sqlite3.connect(only) as db:
        db.execute("create table if not exists one(id integer primary key)")
        db.execute("insert or ignore into one values (1)")
    port = free_port()
    command = [sys.executable, "-m", "datasette", "serve", str(only), "--port", str(port), "--setting", "suggest_facets", "off"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        site = f"http://127.0.0.1:{port}"
        try:
            for _ in range(100):
                try:
                    requests.get(site, timeout=5)
                    break
                except requests.ConnectionError:
                    time.sleep(0.1)
            return one_reader({1: (site, {"/floor/one": "/floor/one"})})[1]["/floor/one"][0]
        finally:
            server.terminate()


def main() -> int:
    """Measure; gives the exit code."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    options.add_argument("--keep", type=Path, help="where the grown stores are kept for the next time; a copy is measured")
    options.add_argument("--grow", action="store_true", help="only make the stores")
    options.add_argument("--json", type=Path, help="write the figures there")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        stores = {size: grow((chosen.keep or Path(temporary)) / str(size), size) for size in chosen.sizes}
        return 0 if chosen.grow else measure(Path(temporary), stores, chosen.json)


def measure(folder: Path, stores: dict[int, DataFolder], kept: Path | None) -> int:
    """Ask every page of every store; print the table and what does not hold."""
    base = floor(folder)
    print(f"floor (one row): p50 {base:.1f} ms", flush=True)
    faults: list[str] = []
    with ExitStack() as servers:
        sites = {}
        for size, grown in stores.items():
            data = DataFolder(folder / f"measured-{size}")
            shutil.copytree(grown.root, data.root)  # the writer shall not make the store of the next time a larger one
            sites[size] = (servers.enter_context(served(data)), pages_of(data))
        figures = one_reader(sites)
        for size, (site, paths) in sites.items():
            once_more = again(site, paths)
            p50, p95, failed = many_readers(site, list(paths.values()))
            with written(DataFolder(folder / f"measured-{size}")):
                busy50, busy95, busy_failed = many_readers(site, list(paths.values()))
            print(f"{size:>9,} posts, pages asked for again: p50 {once_more[0]:.1f} ms, p95 {once_more[1]:.1f} ms;", end=" ")
            print(f"30 readers: p50 {p50:.2f} s, p95 {p95:.2f} s, {len(failed)} failed;", end=" ")
            print(f"with a writer: p50 {busy50:.2f} s, p95 {busy95:.2f} s, {len(busy_failed)} failed", flush=True)
            faults += [f"{size:,} posts, 30 readers: {one}" for one in (failed + busy_failed)[:5]]
            faults += [f"{size:,} posts, 30 readers: p95 {p95:.2f} s"] if p95 > MOST_SECONDS else []
    faults += report(base, figures)
    if kept:
        kept.write_text(json.dumps({"floor": base, "pages": figures}, indent=1), encoding="utf-8")
    print("\n".join(["", *faults]) if faults else "\nAll of it holds.")
    return 1 if faults else 0


def report(base: float, figures: dict[int, Figures]) -> list[str]:
    """Print p50 and p95 of each page at each size; give what is too slow beside the floor, or grows too much."""
    sizes, faults = sorted(figures), []
    print(f"\n{'page (ms: p50, p95)':<46}" + "".join(f"{size:>18,}" for size in sizes))
    for path in figures[sizes[0]]:
        row = [figures[size][path] for size in sizes]
        print(f"{path[:45]:<46}" + "".join(f"{p50:>10.1f}{p95:>8.1f}" for p50, p95 in row))
        search = path in SEARCHES
        growth, most = row[-1][0] / row[0][0], MOST_GROWTH_OF_SEARCH if search else MOST_GROWTH
        if len(sizes) > 1 and growth > most:
            faults.append(f"{path}: {growth:.1f} times as slow at {sizes[-1]:,} as at {sizes[0]:,} (at most {most})")
        if not search and row[-1][0] > MOST_OF_FLOOR * base:
            faults.append(f"{path}: {row[-1][0] / base:.1f} times the floor at {sizes[-1]:,} (at most {MOST_OF_FLOOR:.0f})")
    return faults


if __name__ == "__main__":
    sys.exit(main())
