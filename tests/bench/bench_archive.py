"""What a post of a large archive costs `bulk`, stage by stage: python -m tests.bench.bench_archive [--posts N] [--folder DIR].

Makes an invented archive (invented_archive.py) and a model, has two processes read it, and prints Markdown for docs/scale.md: for
each stage seconds of processor (that of other programs does not count) and the most memory, and what lies on the disk then. What
was made is kept where --folder says, so that a run that was ended is taken up, and what it spent before is counted in.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from db.folder import DataFolder
from pipelines.bulk import bulk
from pipelines.bulk_cluster import crew
from pipelines.running import running
from tests.bench.bench_scale import campaign_in, model_in
from tests.bench.bulk_clock import Clock
from tests.bench.invented_archive import write
from tracker.campaign import read_campaign


def measured(root: Path, posts: int, workers: int) -> None:
    """Make what is not there yet, read it, print."""
    campaign, archive, to = campaign_in(root / "campaign"), root / f"archive-{posts}", DataFolder(root / f"to-{posts}")
    model = model_in(root, campaign)
    if not archive.exists():
        half = archive.with_name("half-made")
        write(posts, half)
        half.rename(archive)
    begun = time.time()
    with crew(None, workers, to.root) as hands:
        clock = Clock(root / f"spent-{posts}.json")
        with running("bulk", read_campaign(campaign), to, progress=clock) as run:
            clock.start()
            made = bulk(run, [archive], hands, live=DataFolder(model.parent))
        clock.end()
    print(f"{posts:,} posts, {bytes_in(archive) / 1e9:.1f} GB as they came; {workers} processes: {made.sentence()}")
    print(
        "| stage | s by the clock | s of processor, those that work | the one that leads | µs of processor a post | MB working |"
        " MB leading |\n|---|---:|---:|---:|---:|---:|---:|"
    )
    for stage, it in clock.spent.items():
        each = (it.working + it.leading) / posts * 1e6
        print(
            f"| {stage} | {it.seconds:,.0f} | {it.working:,.0f} | {it.leading:,.0f} | {each:,.0f} | {it.mb_working:,.0f} |"
            f" {it.mb_leading:,.0f} |"
        )
    spent = sum(it.working + it.leading for it in clock.spent.values())
    print(f"| all | {time.time() - begun:,.0f} | | {spent:,.0f} in all | {spent / posts * 1e6:,.0f} | | |")
    print(f"\nOn the disk: {bytes_in(to.root) / made.posts:,.0f} bytes a kept post.", flush=True)


def bytes_in(folder: Path) -> int:
    """What the files of a folder take."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--posts", type=int, default=1_000_000)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--folder", type=Path)
    asked: Any = options.parse_args()
    if asked.folder is not None:
        asked.folder.mkdir(parents=True, exist_ok=True)
        measured(asked.folder, asked.posts, asked.workers)
        return
    with tempfile.TemporaryDirectory(prefix="bench-archive-") as name:
        measured(Path(name), asked.posts, asked.workers)


if __name__ == "__main__":
    main()
