"""Links to a theme by the name that it had before, or that is no longer looked for."""

import io
import re
import sqlite3
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from db.folder import DataFolder
from pipelines.publish import publish
from pipelines.running import running
from tests.pages_client import Pages, words
from tests.pages_store import CAMPAIGN, build_store
from tracker.records import Campaign
from tracker.told import Cell


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


def test_posts_are_taken_away_by_the_name_of_before_too_and_what_was_left_out_is_told(data: DataFolder) -> None:
    pages = Pages(data)

    def taken(asked: str) -> tuple[str, str]:
        folder = zipfile.ZipFile(io.BytesIO(pages.get(f"/take/posts.zip?{asked}").content))
        return folder.read("posts.csv").decode(), folder.read("COVERAGE.txt").decode()

    posts, note = taken("theme=contracts")
    assert posts == taken("theme=outsourcing")[0] != taken("")[0] and "left out" not in note
    assert "There is no week “2099-W01” here, so that was left out." in taken("week=2099-W01")[1]


def test_the_page_of_a_theme_that_is_no_longer_looked_for_says_so_and_what_stands_of_it(data: DataFolder) -> None:
    pages, before = Pages(data), replace(CAMPAIGN, smallest_cell=1)
    told = [cell for cell in published(data, before, "2026-11-13T03:00:00Z") if cell.subject == "in-house"]
    published(data, replace(before, themes=before.themes[2:]), "2026-11-14T03:00:00Z")
    page = pages.text("/theme/in-house", status=410)
    assert "<h1>In-house</h1>" in page and "Services run by the public itself." in page
    assert "This theme was looked for until 14 November 2026, 03:00" in words(page)
    assert told and f"{len(told)} numbers of it stand in the public copy" in words(page)
    (versions,) = set(re.findall(r'href="(/tracker/theme_versions[^"]*)"', page))
    assert pages.get(versions).status_code == 200 and "in house" in pages.text(versions)
    for path in ("/atom/theme/in-house", "/take/theme/in-house.zip"):
        assert "“In-house” is no longer looked for. What stands of it: /theme/in-house" in pages.text(path, status=410)
    assert "<title>There is no theme called “none-such”." in pages.text("/theme/none-such", status=404)


def published(data: DataFolder, campaign: Campaign, now: str) -> list[Cell]:
    """All numbers that the public copy tells then."""
    with running("publish", campaign, data, clock=lambda: now) as run:
        return publish(run, by_hand=True).told()
