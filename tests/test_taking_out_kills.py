"""Exports and snapshots that are killed with -9 while they are made: what has its name is whole, the next one leaves no rest."""

import hashlib
import os
import random
import time
import zipfile
from pathlib import Path

import pytest

from tests.conftest import Figure
from tests.desk import Desk
from tests.pages_store import build_store
from tests.warm import Warm

KILLS = int(os.environ.get("DEBATE_TRACKER_KILLS", "80")) // 8
SEED = 20261126
SETTINGS = """
name = "invented"
timezone = "Europe/London"
[own]
accounts = ["x:ourhouse"]
[publish]
smallest_cell = 3
[governance]
controller = "The Invented House"
contact = "privacy@house.example"
lawful_basis = "legitimate interests"
condition = "research"
dpia_date = "2026-01-01"
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An invented debate."""
    for name in ("campaign", "files", "out"):
        (tmp_path / name).mkdir()
    (tmp_path / "campaign" / "campaign.toml").write_text(SETTINGS, encoding="utf-8")
    build_store(tmp_path / "data", posts=400)
    return Desk(tmp_path / "campaign", tmp_path / "data", tmp_path / "files")


def whole(folder: Path) -> bool:
    """Whether an export holds all that its sums name, and no more."""
    told = dict(line.split("  ")[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.name != "SHA256SUMS"}
    return told == there


@pytest.mark.faults
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
def test_an_export_that_is_killed_is_there_whole_or_not_at_all(desk: Desk, program: Warm, figure: Figure, form: str) -> None:
    place, moments, broken, killed, half = desk.files.parent / "out", random.Random(SEED), [], 0, 0
    began = time.monotonic()
    assert program.run(desk, "export", place / "calm", "--format", form).code == 0
    took = time.monotonic() - began
    tables = sorted(path.name for path in (place / "calm").iterdir())
    copies = desk.query("select count(*) from registered_copies")[0][0]
    for trial in range(3 * KILLS):
        if killed == KILLS:
            break
        target = place / f"out-{trial}"
        program.begin(desk, "export", target, "--format", form)
        killed += program.killed(moments.uniform(0, took))
        half += bool(list(place.glob(".out-*")))
        if target.exists() and not whole(target):
            broken.append(f"trial {trial}: a half one has its name")
        [(named,)] = desk.query(f"select count(*) from registered_copies where file = '{target.name}'")
        if target.exists() > named:
            broken.append(f"trial {trial}: nobody knows of it")
        ended = program.run(desk, "export", target, "--format", form)
        if ended.code != (2 if whole_before(target, ended.err) else 0):
            broken.append(f"trial {trial}: the next one ended with {ended.code}: {ended.err}")
        if sorted(path.name for path in target.iterdir()) != tables or not whole(target) or list(place.glob(".out-*")):
            broken.append(f"trial {trial}: the next one is not whole, or left something")
    assert desk.query("pragma integrity_check") == [("ok",)]
    assert desk.query("select count(*) from registered_copies")[0][0] >= copies + killed
    figure(f"kill -9 of export ({form}), each made by the next", killed, broken, f"seed {SEED}, {half} with a part written")


def whole_before(target: Path, said: str) -> bool:
    """Whether the one that was to be killed had its name already, so that the next is refused in words."""
    return "is there already" in said and target.exists()


@pytest.mark.faults
def test_a_snapshot_that_is_killed_is_there_whole_or_not_at_all(desk: Desk, program: Warm, figure: Figure) -> None:
    place, moments, broken, killed, half = desk.data / "snapshots", random.Random(SEED), [], 0, 0
    assert program.run(desk, "publish").code == 0
    began = time.monotonic()
    assert program.run(desk, "snapshot").code == 0
    took = time.monotonic() - began
    [calm] = place.glob("*.zip")
    content = calm.read_bytes()
    for trial in range(3 * KILLS):
        if killed == KILLS:
            break
        calm.unlink()
        program.begin(desk, "snapshot")
        killed += program.killed(moments.uniform(0, took))
        half += bool(list(place.glob(".*")))
        if calm.exists() and (zipfile.ZipFile(calm).testzip() is not None or calm.read_bytes() != content):
            broken.append(f"trial {trial}: another has its name")
        ended = program.run(desk, "snapshot")
        if ended.code or calm.read_bytes() != content or [path.name for path in place.iterdir()] != [calm.name]:
            broken.append(f"trial {trial}: the next one ended with {ended.code}, or left something: {ended.err}")
    figure(
        "kill -9 of snapshot, each made by the next, the same bytes", killed, broken, f"seed {SEED}, {half} with a part written"
    )
