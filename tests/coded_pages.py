"""The staff pages over a small store, for tests of coding."""

from pathlib import Path

import pytest

from db.folder import DataFolder
from tests.pages_client import Pages
from tests.pages_store import NOW, build_store


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return build_store(tmp_path / "data")


@pytest.fixture
def pages(data: DataFolder) -> Pages:
    return Pages(data, demo_now=NOW)
