"""The command `bulk`. Dask, Arrow and DuckDB are installed with the extra of that name; without them it says so."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from db.folder import DataFolder
from pipelines import showing
from pipelines.command_line import A_PATH, bars, common, stopping, watched
from pipelines.ending import ending
from pipelines.running import running
from pipelines.settings import Settings
from tracker.problems import UsageProblem

NEEDED = ("cryptography", "dask", "distributed", "duckdb", "pyarrow")


@click.command("bulk")
@click.argument("paths", nargs=-1, required=True, type=A_PATH)
@click.option("--to", "target", required=True, type=A_PATH, help="The folder for the posts and their counts.")
@click.option("--scheduler", metavar="ADDRESS", help="The Dask cluster that does the work (default: processes on this machine).")
@click.option("--workers", type=click.IntRange(1), help="How many processes to begin on this machine (default: one a core).")
@click.option("--format", "format_slug", help="Read the files as this format instead of recognising it.")
@common
def bulk_command(
    settings: Settings, paths: tuple[Path, ...], target: Path, scheduler: str | None, workers: int | None, format_slug: str | None
) -> None:
    """Read archives past a few million posts with many processes; keep posts as Parquet, counts as the pages show them."""
    refuse_without_the_extra()
    from pipelines.bulk import bulk
    from pipelines.bulk_cluster import crew
    from pipelines.bulk_parts import refuse_missing

    refuse_missing(paths)
    campaign, folder = settings.read_campaign(), _whole(target)
    live = _whole(settings.data_folder().root)
    with running("bulk", campaign, folder, stop=stopping(), progress=bars(settings)) as run, run.step("bulk") as notes:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        with crew(scheduler, workers, folder.root, [path.absolute() for path in paths]) as processes:
            notes.append(bulk(run, paths, processes, live=live, format_slug=format_slug).sentence())
    if watched(settings):
        click.echo("\n\n".join(filter(None, (showing.files_text(run.files), *notes))))
    sys.exit(ending(run.problems))


def _whole(folder: Path) -> DataFolder:
    """By its whole path, since the processes of a cluster may stand in other folders."""
    return DataFolder(folder.absolute())


def refuse_without_the_extra() -> None:
    """Raise UsageProblem where what `bulk` needs is not installed."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UsageProblem(
            "`bulk` needs packages that are not installed here.",
            why=f"Missing: {', '.join(missing)}. They are an extra, since only archives past a few million posts need them.",
            safe="Nothing was read or written.",
            next_step="Run `make install` in the folder of this program, which brings them, or "
            "`pip install 'debate-tracker[bulk]'` into the environment that it runs in.",
        )
