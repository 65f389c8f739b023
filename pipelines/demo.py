"""The demo: the whole night on the campaign's invented sample exports, with the clock held at the sample's last day.

It is made again only when the campaign folder or the program has changed, and only ever in a folder that a demo made.
"""

import hashlib
import os
import shutil
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from db.folder import DataFolder
from pipelines.demo_mark import MARK, PARTIAL, read_mark, write_mark
from pipelines.nightly import nightly
from pipelines.preview import preview
from pipelines.running import Progress, Stop, held_lock, quiet, running
from tracker.problems import UsageProblem
from tracker.records import Campaign
from tracker.reports import RunReport
from tracker.times import written

PROGRAM = Path(__file__).resolve().parents[1]
PROGRAM_FILES = ("tracker/**/*.py", "pipelines/**/*.py", "db/**/*", "requirements.lock")
CAMPAIGN_FILES = ("campaign.toml", "questions.toml", "examples.jsonl", "themes/*", "sample/*")


@dataclass(frozen=True, slots=True)
class Demo:
    """Where the demo lies, when its clock stands, and the run that made it (None: it stood already)."""

    folder: DataFolder
    now: str
    report: RunReport | None


def demo(campaign: Campaign, folder: DataFolder, *, stop: Stop | None = None, progress: Progress = quiet) -> Demo:
    """Make the demo in `folder` unless it stands there as the campaign and the program now would make it."""
    sample = Path(campaign.folder) / "sample"
    if not sample.is_dir():
        raise UsageProblem(
            f"{campaign.folder} has no sample to make a demo from.",
            next_step="Choose a campaign folder that has a folder `sample` with export files, or import your own files.",
        )
    inputs = fingerprint_of_inputs(Path(campaign.folder))
    standing = _standing(folder, inputs)
    if standing:
        return standing
    _refuse_what_is_no_demo(folder)
    now = _last_day(campaign, folder, sample)
    folder.create()
    with held_lock(folder):  # from the first look to the mark, so that two demos at once do not pull it from under each other
        return _standing(folder, inputs) or Demo(folder, now, _make(campaign, folder, sample, inputs, now, stop, progress))


def _standing(folder: DataFolder, inputs: str) -> Demo | None:
    """The demo that is there, if it was made from the same."""
    mark = read_mark(folder.root / MARK)
    return Demo(folder, mark["now"], None) if mark and mark.get("inputs") == inputs else None


def _refuse_what_is_no_demo(folder: DataFolder) -> None:
    """Raise UsageProblem where files lie that no demo left. The mark is looked for last: a demo writes it before all else."""
    files = (Path(place) / name for place, _, names in os.walk(folder.root) for name in names)
    own = {folder.lock, (folder.root / MARK).with_suffix(PARTIAL)}
    if any(file not in own for file in files) and read_mark(folder.root / MARK) is None:
        raise UsageProblem(
            f"{folder.root} holds something that is not a demo.",
            why="A demo is made anew from time to time, and would delete what is there.",
            safe="Nothing was changed.",
            next_step="Give another folder with --data, one that does not exist yet.",
        )


def _make(
    campaign: Campaign, folder: DataFolder, sample: Path, inputs: str, now: str, stop: Stop | None, progress: Progress
) -> RunReport:
    """Build in the folder itself, under its lock: the mark is written first without its inputs, so that a demo that was cut off
    is known as one and made again."""
    mark = folder.root / MARK
    write_mark(mark, now)
    _clear(folder, {mark, folder.lock, folder.inbox, folder.done, folder.failed})
    for path in sample_files(sample):
        shutil.copyfile(path, folder.inbox / path.name)
    with running("demo", campaign, folder, clock=lambda: now, stop=stop, progress=progress, held=True) as run:
        nightly(run)
    report = run.report()
    if not report.problems:
        write_mark(mark, now, inputs=inputs)
    return report


def _clear(folder: DataFolder, kept: Container[Path]) -> None:
    """Take out all but these. The folders that every command makes before it takes the lock are to be among them."""
    for path in sorted(folder.root.rglob("*"), reverse=True):
        if path in kept:
            continue
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()


def _last_day(campaign: Campaign, folder: DataFolder, sample: Path) -> str:
    """The end (UTC) of the day of the sample's last post that belongs."""
    seen = preview(campaign, DataFolder(folder.root / "none"), sample_files(sample))
    last = max((report.last_post for report in seen.files if report.last_post), default=None)
    if last is None:
        raise UsageProblem(
            f"No post of {sample} belongs to the campaign.",
            next_step="Put an export into it whose posts carry one of the campaign's hashtags, links or phrases.",
        )
    end = datetime.fromisoformat(last).replace(hour=0, minute=0, second=0) + timedelta(days=1)
    return written(end)


def sample_files(sample: Path) -> list[Path]:
    """The exports of a sample; what is written about them (.md) lies beside."""
    return sorted(path for path in sample.iterdir() if path.is_file() and path.suffix != ".md" and not path.name.startswith("."))


def fingerprint_of_inputs(campaign_folder: Path) -> str:
    """A hash of all that a demo is made from: the campaign folder's files and the program's."""
    digest = hashlib.sha256()
    for base, patterns in ((campaign_folder, CAMPAIGN_FILES), (PROGRAM, PROGRAM_FILES)):
        for path in _matching(base, patterns):
            digest.update(f"{path.relative_to(base)}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _matching(base: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    found = {path for pattern in patterns for path in base.glob(pattern) if path.is_file() and path.suffix != ".pyc"}
    yield from sorted(found)
