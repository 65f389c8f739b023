"""A file of labels that is brought in, and what is said of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from db.campaigns import note_campaign
from db.folder import DataFolder
from db.labels import Labels
from db.store import Store
from pipelines.labelling import bring_in
from tests import invented
from tracker.campaign import read_campaign

NOW, LATER = "2026-10-07T08:00:00Z", "2026-10-08T08:00:00Z"
ONE: dict[str, Any] = {"text": "Dear fares", "themes": ["fares"], "platform": "x", "native_id": "1"}
TWO: dict[str, Any] = {"text": "No driver", "themes": ["drivers", "fares"], "platform": "x", "native_id": "2"}
Bring = Callable[..., str]


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


@pytest.fixture
def bring(tmp_path: Path, data: DataFolder) -> Bring:
    """Brings a file of these lines in and gives what is said of it."""
    folder = invented.campaign_folder(tmp_path)

    def brought(name: str, *lines: dict[str, Any] | str, now: str = NOW) -> str:
        path = tmp_path / name
        path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
        (report,) = bring_in(read_campaign(folder), data, [path], now=now)
        return report.text()

    return brought


def not_here(labels: int) -> str:
    """What is said of so many labels about posts that are not stored."""
    are = "label is of a post that is" if labels == 1 else "labels are of posts that are"
    return f"\n{labels} {are} not here. What was said is kept, and counts once the post comes in: is the id right?"


def standing(data: DataFolder) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.native_id, one.coder, one.themes) for one in Labels(data, readonly=True).standing()]


def note(tmp_path: Path, data: DataFolder, now: str) -> None:
    """A night that notes the campaign as it is."""
    store = Store.open(data.create())
    note_campaign(store, read_campaign(tmp_path / "campaign"), now=now, local_day=lambda moment, _: moment[:10])
    store.close()
