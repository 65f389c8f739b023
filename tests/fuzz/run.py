"""Fuzz every registered reader for a while, from the invented files of tests/answers: `make fuzz`, or
python -m tests.fuzz.run [--seconds N].

Prints a line a reader. Exits with 1 when one of them let something out that is neither a row nor a Problem; the input that did it
is kept beside, and named."""

import argparse
import bz2
import gzip
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.fuzz.tables import SEEDS, TABLES
from tests.test_bluesky import car
from tests.test_tables import book, ods, xml_row
from tracker.exports.empty import SLUG as EMPTY
from tracker.exports.mapped import formats_with

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ANSWERS = Path(__file__).resolve().parents[1] / "answers"
FOUND = Path(__file__).resolve().parent / "found"
LONGEST_INPUT = 20_000


def seeds(slug: str, folder: Path) -> None:
    """The invented files of a format (of all, for `any`) as a corpus."""
    for path in sorted(ANSWERS.rglob("*.input.*")):
        if slug in ("any", path.parent.name.replace("_", "-")):
            shutil.copyfile(path, folder / f"{path.parent.name}-{path.name}")
    for name, content in SEEDS.items():
        if slug in ("any", name):
            (folder / name.replace(":", "-")).write_bytes(content)
    if slug in ("any", "bluesky-car"):
        (folder / "repository.car").write_bytes(car())
    if slug == "any":
        _packed(folder)


def _packed(folder: Path) -> None:
    """Some of the files of a corpus packed in every way that is read, and two kinds of spreadsheet."""
    for path in sorted(folder.iterdir(), key=lambda file: file.stat().st_size)[:6]:
        content = path.read_bytes()
        for name, pack in (("gz", gzip.compress), ("bz2", bz2.compress), ("zst", zstd.compress)):
            (folder / f"{path.name}.{name}").write_bytes(pack(content))
        with zipfile.ZipFile(folder / f"{path.name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(path.name, content)
    book(
        folder / "book.xlsx",
        xml_row("id", "text", "when", "who", "likes") + xml_row("2096871087928247273", "Buses", "", "ann", "3"),
    )
    cells = "".join(
        f"<table:table-cell><text:p>{name}</text:p></table:table-cell>" for name in ("id", "text", "when", "who", "likes")
    )
    ods(folder / "table.ods", f"<table:table-row>{cells}</table:table-row>" * 2)


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
    slugs = [*(one.slug for one in formats_with(TABLES) if one.slug != EMPTY), "any"]
    broken = [slug for slug in slugs if not fuzz(slug, seconds)]
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
