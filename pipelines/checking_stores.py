"""What `check` says of the stores and the public copy: whether each is whole, of this version, and this campaign's."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from db.copies import has_steps_to_do
from db.folder import DataFolder
from db.health import health
from db.store import Store
from pipelines.public_contents import copy_of_another
from pipelines.tonight import bytes_of, size
from tracker.campaign import read_campaign
from tracker.problems import Problem
from tracker.records import Campaign

Line = tuple[str, str, int]
"""Level, sentence, exit code, as CheckLine has them."""


def store_lines(data: DataFolder) -> Iterator[Line]:
    """A line for each store that is there, and for the public copy."""
    if not data.tracker.exists() and not data.raw.exists():
        yield "note", f"There is no store at {data.tracker} yet: `nightly` or `import` makes it.", 0
    for store in health(data):
        if store.problem is not None:
            yield _told(store.problem)
        elif store.steps_to_do:
            yield "note", f"{store.path} was made by an earlier version; the next run brings it up to date.", 0
        else:
            yield "ok", f"{store.path} is whole ({size(bytes_of(store.path))}).", 0


def another_lines(campaign_folder: Path, data: DataFolder) -> Iterator[Line]:
    """Whether the data were last run for a campaign of another name, as --campaign and --data are easily mixed up, and whether
    the public copy is another campaign's. A campaign or a store that cannot be read has been told of already."""
    if not os.access(data.tracker, os.R_OK):
        return
    try:
        campaign = read_campaign(campaign_folder)
        with closing(Store.open(data, readonly=True)) as store:
            before = store.settings().get("campaign_name", campaign.name)
        problem = None if has_steps_to_do(data.tracker) else copy_of_another(data, campaign)
    except (Problem, sqlite3.OperationalError):
        return
    if before != campaign.name:
        yield "warning", _last_run_for(before, campaign, data), 0
    if problem:
        yield _told(problem)


def _last_run_for(before: str, campaign: Campaign, data: DataFolder) -> str:
    told = f'The data in {data.root} were last run for the campaign "{before}"; this folder is of "{campaign.name}".'
    mixed_up = "If they do not belong together, give another --campaign or --data, or the next run reads all posts anew."
    return f"{told} {mixed_up} If it only has a new name, all is well."


def _told(problem: Problem) -> Line:
    parts = (problem.what, problem.why, problem.safe, problem.next_step)
    return "problem", " ".join(filter(None, parts)), problem.exit_code
