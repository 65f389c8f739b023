"""Fuzz every reader for a while, from the invented files of tests/answers: python -m tests.fuzz.run [--seconds N]. `make fuzz`.

Prints a line a reader. Exits with 1 when one of them let something out that is neither a row nor a Problem; the input that did it
is kept beside, and named."""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tracker.exports import FORMATS

ANSWERS = Path(__file__).resolve().parents[1] / "answers"
FOUND = Path(__file__).resolve().parent / "found"
LONGEST_INPUT = 20_000


def seeds(slug: str, folder: Path) -> None:
    """The invented files of a format (of all, for `any`) as a corpus."""
    for path in sorted(ANSWERS.rglob("*.input.*")):
        if slug in ("any", path.parent.name.replace("_", "-")):
            shutil.copyfile(path, folder / f"{path.parent.name}-{path.name}")


def fuzz(slug: str, seconds: int) -> bool:
    """Fuzz one reader; print what came of it; whether nothing was found."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        seeds(slug, Path(name))
        FOUND.mkdir(exist_ok=True)
        options = [f"-max_total_time={seconds}", f"-max_len={LONGEST_INPUT}", "-print_final_stats=1", "-timeout=20"]
        command = [sys.executable, "-m", "tests.fuzz.fuzz_reader", slug, *options, f"-artifact_prefix={FOUND}/{slug}-", name]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace")
    runs = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
    print(
        f"{slug:<20}{seconds:>6} s{int(runs[1]) if runs else 0:>12,} inputs   {'FOUND' if done.returncode else 'nothing'}",
        flush=True,
    )
    if done.returncode:
        print(done.stderr[-3000:])
    return done.returncode == 0


def main() -> None:
    """Fuzz them all."""
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=int, default=60, help="for each reader")
    seconds = options.parse_args().seconds
    slugs = [*(one.slug for one in FORMATS if one.slug != "empty"), "any"]
    broken = [slug for slug in slugs if not fuzz(slug, seconds)]
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
