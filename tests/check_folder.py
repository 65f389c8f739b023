"""A campaign folder and its data as `check` looks at them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.store import Store
from pipelines.check import CheckReport

NOW = "2026-11-10T06:00:00Z"
CAMPAIGN = """\
name = "better-buses"
hashtags = ["betterbuses"]
phrases = ["late again"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "buses" / "themes").mkdir(parents=True)
    (tmp_path / "buses" / "campaign.toml").write_text(CAMPAIGN, encoding="utf-8")
    return tmp_path / "buses"


@pytest.fixture
def data(tmp_path: Path) -> Iterator[DataFolder]:
    umask = os.umask(0o077)
    data = DataFolder(tmp_path / "data").create()
    Store.open(data).close()
    forgotten = Forgotten(data)
    forgotten.tombstones([("handle", "x", "somebody")], now=NOW, reason="asked")
    forgotten.close()
    yield data
    os.umask(umask)


def write(folder: Path, name: str, content: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content, encoding="utf-8")


def said(report: CheckReport, level: str) -> str:
    return "\n".join(line.sentence for line in report.lines if line.level == level)
