"""A public copy in the making: begun from the one that is served where that is what was handed over, else built new; looked over.

It is built new, and looked over whole, once a week, and whenever the campaign, the program, who is to stay forgotten, or what was
told before is other than when the served one was made.
"""

import functools
import hashlib
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.public_copy import build
from db.public_growth import Base, Growth, begin_from, grow, growth_of, known_copy
from db.publishing import looking, own_handles
from pipelines.public_checks import faults, faults_of_growth
from pipelines.public_contents import Prepared, prepare
from tracker.problems import IncompleteRun
from tracker.records import Campaign

BUILT_NEW_AFTER = timedelta(days=7)
PROGRAM = Path(__file__).resolve().parents[1]
MADE_BY = ("tracker/*.py", "pipelines/publi*.py", "db/publi*", "db/unsaid.py")
"""What decides what is in a copy, and looks it over."""


@dataclass(frozen=True, slots=True)
class Making:
    """A copy that is being made at `path`, by these rules. base, growth: what it begins from, and what is written into that."""

    path: Path
    rules: str
    prepared: Prepared
    base: Base | None = None
    growth: Growth | None = None

    def numbers(self) -> int:
        """How many numbers it shows."""
        return (self.growth.places["cells"] if self.growth else 0) + len(self.prepared.contents.cells)


def base_of(campaign: Campaign, folder: DataFolder, path: Path, *, now: str) -> tuple[str, Base | None]:
    """(by what a copy is made and looked over now, a copy of the served one at `path`). None where that is not what was handed
    over, was made by other rules, or was not built new for a week."""
    with looking(folder) as db:
        rules, known = _rules(campaign, folder, own_handles(db)), known_copy(db)
    if known is None or known.rules != rules:
        return rules, None
    age = datetime.fromisoformat(now) - datetime.fromisoformat(known.built)
    return rules, begin_from(folder.public, path, known) if timedelta(0) <= age < BUILT_NEW_AFTER else None


def begin(
    campaign: Campaign, folder: DataFolder, path: Path, rules: str, base: Base | None, *, now: str, invented: bool
) -> Making:
    """What the copy is to hold, and what of that is to be written."""
    prepared = prepare(campaign, folder, now=now, invented=invented, base=base)
    growth = growth_of(path, prepared.contents) if base else None
    if base is None or growth is not None:
        return Making(path, rules, prepared, base, growth)
    path.unlink()
    return Making(path, rules, prepare(campaign, folder, now=now, invented=invented))


def finish(making: Making, campaign: Campaign, folder: DataFolder) -> None:
    """Write the copy and look it over: whole, or where it begins from one that was, what was written into it. Raises
    IncompleteRun where it may not be published."""
    path, handles = making.path, making.prepared.own_handles
    if making.growth is None:
        build(path, making.prepared.contents)
    else:
        grow(path, making.growth)
    with looking(folder) as db:
        if making.growth is None:
            found = faults(path, folder.public, campaign, handles, db)
        else:
            found = faults_of_growth(path, making.growth, campaign, handles, db)
    if found:
        raise IncompleteRun(
            "The public copy was not published: it does not pass the last look.",
            why="; ".join(found) + ".",
            safe="What the public sees is as it was before.",
            next_step="Take out what is named (in a post of yours, a theme's text, a quote), then run `debate-tracker publish`.",
        )


def _rules(campaign: Campaign, folder: DataFolder, handles: list[str]) -> str:
    """A digest of all by which a copy is made and looked over, but for the posts."""
    forgotten = ""
    if folder.forgotten.is_file():
        with closing(Forgotten(folder)) as known:
            forgotten = known.fingerprint_of_all()
    said = repr((_program(), replace(campaign, folder=""), handles, forgotten))
    return hashlib.sha256(said.encode()).hexdigest()


@functools.cache
def _program() -> str:
    """A digest of those parts of this program."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in MADE_BY for path in PROGRAM.glob(pattern) if path.is_file()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
