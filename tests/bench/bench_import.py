"""How fast exports are imported: python -m tests.bench.bench_import [--posts N] [--grown N]. `make bench-import` runs it.

On one file, in one run: the product; the floor (import_floor.py); and what a user would otherwise do, twarc-csv to a CSV, then
`sqlite-utils insert --csv` and `enable-fts`, in an environment of their own. Then the product alone on growing files. The figures
depend on the machine; the ratios are what is held. Exits with 1 when one of them does not hold.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path

from tests.bench.invented_search import write

REPOSITORY = Path(__file__).resolve().parents[2]
LEAST_OF_FLOOR = 0.6
LEAST_OF_PEER = 6.0
MOST_MEMORY_MB = 300
MOST_GROWTH = 1.5
CAMPAIGN = 'name = "bench"\nhashtags = ["SaveOurBuses"]\n'


NO_CREDENTIALS = {"BEARER_TOKEN": "none"}
"""twarc2 asks at the keyboard for a token before any command, even one that reads a file."""


@dataclass(frozen=True)
class Measured:
    """One command, or several in a row: how long it took, and the most memory (MB) that was held at once, with
    that of the processes that it began (looked at fifty times a second)."""

    seconds: float
    megabytes: float

    def row(self, name: str, posts: int) -> str:
        return f"{name:<38}{posts:>10,}{self.seconds:>10.1f}{posts / self.seconds:>12,.0f}{self.megabytes:>10.0f}"


def measured(*commands: list[str], cwd: Path) -> Measured:
    """Run commands one after the other; what they say on standard error is shown only when one fails, which raises."""
    seconds, most = 0.0, 0.0
    for command in commands:
        with tempfile.TemporaryFile() as said:
            begun = time.perf_counter()
            process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=said, env=os.environ | NO_CREDENTIALS)
            while process.poll() is None:
                most = max(most, memory(process.pid))
                time.sleep(0.02)
            seconds += time.perf_counter() - begun
            if process.returncode:
                said.seek(0)
                sys.stderr.buffer.write(said.read())
                raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Measured(seconds, most)


def memory(pid: int) -> float:
    """What a process and those that it began hold at this moment, in MB; 0 where it has just ended."""
    try:
        begun = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGESIZE") / 1e6 + sum(memory(int(each)) for each in begun)


def product(file: Path, folder: Path) -> Measured:
    """`debate-tracker import` into a new store."""
    campaign = folder / "campaign"
    campaign.mkdir(parents=True)
    (campaign / "campaign.toml").write_text(CAMPAIGN, encoding="utf-8")
    options = ["--campaign", str(campaign), "--data", str(folder / "data")]
    return measured([sys.executable, str(REPOSITORY / "cli.py"), "import", str(file), *options], cwd=REPOSITORY)


def floor(file: Path, folder: Path) -> Measured:
    """Plain sqlite3 into the same tables."""
    return measured([sys.executable, "-m", "tests.bench.import_floor", str(file), str(folder)], cwd=REPOSITORY)


def peer(file: Path, folder: Path) -> Measured:
    """twarc-csv, then sqlite-utils: what a researcher would do by hand."""
    folder.mkdir()
    venv.create(folder / "env", with_pip=True)
    programs = folder / "env" / "bin"
    install = [
        str(programs / "pip"),
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "twarc-csv",
        "pandas<3",
        "sqlite-utils",
    ]
    measured(install, cwd=folder)
    table, store = folder / "posts.csv", folder / "posts.db"
    return measured(
        [str(programs / "twarc2"), "csv", "--no-inline-referenced-tweets", str(file), str(table)],
        [str(programs / "sqlite-utils"), "insert", str(store), "posts", str(table), "--csv"],
        [str(programs / "sqlite-utils"), "enable-fts", str(store), "posts", "text"],
        cwd=folder,
    )


def main() -> None:
    """Measure, print, hold."""
    options = argparse.ArgumentParser()
    options.add_argument("--posts", type=int, default=200_000)
    options.add_argument("--grown", type=int, default=1_000_000, help="0: leave the growing files out")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-import-") as name:
        folder = Path(name)
        file = folder / "search.jsonl"
        write(asked.posts, file)
        print(f"{'':<38}{'posts':>10}{'seconds':>10}{'posts a s':>12}{'peak MB':>10}")
        ours = product(file, folder / "product")
        print(ours.row("debate-tracker import", asked.posts), flush=True)
        least = floor(file, folder / "floor")
        print(least.row("floor: sqlite3, json, same tables", asked.posts), flush=True)
        other = peer(file, folder / "peer")
        print(other.row("twarc-csv, sqlite-utils, enable-fts", asked.posts), flush=True)
        held = [
            verdict("of the floor's speed", least.seconds / ours.seconds, LEAST_OF_FLOOR, at_least=True),
            verdict("times twarc-csv and sqlite-utils", other.seconds / ours.seconds, LEAST_OF_PEER, at_least=True),
            verdict("MB at most", ours.megabytes, MOST_MEMORY_MB, at_least=False),
        ]
        if asked.grown:
            held.append(grown(folder, asked.grown))
    sys.exit(0 if all(held) else 1)


def grown(folder: Path, posts: int) -> bool:
    """The time a post at `posts` against that at a tenth of them."""
    each = []
    for number in (posts // 10, posts):
        file = folder / f"{number}.jsonl"
        write(number, file)
        took = product(file, folder / f"grown-{number}")
        print(took.row("debate-tracker import", number), flush=True)
        each.append(took.seconds / number)
    return verdict(f"times the time a post at {posts:,} posts", each[1] / each[0], MOST_GROWTH, at_least=False)


def verdict(what: str, value: float, bound: float, *, at_least: bool) -> bool:
    """Print a figure beside its bound."""
    holds = value >= bound if at_least else value <= bound
    print(f"{value:10.2f} {what} ({'at least' if at_least else 'at most'} {bound}): {'holds' if holds else 'DOES NOT HOLD'}")
    return holds


if __name__ == "__main__":
    main()
