"""Links to a theme by the name that it had before."""

import sqlite3
from pathlib import Path

import pytest

from db.folder import DataFolder
from tests.pages_client import Pages
from tests.pages_store import build_store


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    data = build_store(tmp_path / "data", posts=30)
    with sqlite3.connect(data.tracker) as db:
        names = 'replace(definition, \'"renamed_from": []\', \'"renamed_from": ["contracts"]\')'
        db.execute(f"update theme_versions set definition = {names} where theme = 'outsourcing'")
    return data


def test_links_of_before_lead_to_the_theme_by_its_name_of_now(data: DataFolder) -> None:
    pages = Pages(data)
    answer = pages.get("/theme/contracts")
    assert (answer.status_code, answer.headers["location"]) == (302, "/theme/outsourcing")
    assert pages.text("/posts?theme=contracts") == pages.text("/posts?theme=outsourcing") != pages.text("/posts")
    assert "so that was left out" in pages.text("/posts?theme=none-such")
    for slug in ("none-such", "campaign"):
        assert "There is no theme called" in pages.text(f"/theme/{slug}", status=404)
    assert "contracts" in pages.text("/posts?q=contracts"), "what is searched for is no theme"


def test_feeds_and_tables_are_given_by_the_name_of_before_too(data: DataFolder) -> None:
    pages = Pages(data)
    assert pages.text("/atom/theme/contracts") == pages.text("/atom/theme/outsourcing")
    taken = pages.get("/take/theme/contracts.zip")
    assert (taken.status_code, taken.headers["content-disposition"]) == (200, 'attachment; filename="theme-outsourcing.zip"')
    for path in ("/atom/theme/none-such", "/take/theme/none-such.zip"):
        assert pages.get(path).status_code == 404
