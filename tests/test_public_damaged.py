"""A public copy that is damaged, half written, of another campaign or none at all: the pages answer 503, `check` and `status` say
it and what to do, and `publish` makes it again."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from db.folder import DataFolder
from db.public_copy import about, shown_cells
from pipelines.check import check
from pipelines.publish import look_at, publish, unpublish
from pipelines.running import running
from pipelines.serve import serve_public
from pipelines.showing import status_text
from pipelines.status import status
from tests.check_folder import said
from tests.pages_store import build_store
from tests.serving import campaign_on_disk, served
from tests.test_public_pages import NOW, PAGES, SMALL, Site
from tests.test_public_pages import only_public_plugins as only_public_plugins
from tracker.problems import StorageProblem, UsageProblem

LATER = "2026-11-14T03:00:00Z"
AGAIN = "Run `debate-tracker publish`"


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    data = build_store(tmp_path / "data", posts=180)
    published(data)
    return data


def published(data: DataFolder, now: str = NOW) -> str:
    with running("publish", SMALL, data, clock=lambda: now) as run:
        return publish(run, by_hand=True).text()


def no_database(copy: Path) -> None:
    copy.write_bytes(b"<html>This is no database.</html>" * 300)


def cut_in_half(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])


def numbers_overwritten(copy: Path) -> None:
    """The words that the copy says of itself can still be read."""
    with closing(sqlite3.connect(copy)) as db:
        page = db.execute("select rootpage from sqlite_master where name = 'cells'").fetchone()[0]
    held = bytearray(copy.read_bytes())
    held[(page - 1) * 4096 : page * 4096] = b"\xa5" * 4096
    copy.write_bytes(held)


HARMS = (no_database, cut_in_half, numbers_overwritten)


def another_file(copy: Path) -> None:
    """The store itself was copied there by mistake."""
    shutil.copyfile(copy.with_name("tracker.db"), copy)


def only_begun(copy: Path) -> None:
    """The first hand-over was killed once the file had been made."""
    copy.unlink()
    with closing(sqlite3.connect(copy)) as db:
        db.execute("pragma journal_mode = wal")


def still_empty(copy: Path) -> None:
    copy.write_bytes(b"")


@pytest.mark.parametrize("harm", [*HARMS, another_file])
def test_check_and_status_say_it(data: DataFolder, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    campaign = campaign_on_disk(tmp_path)
    assert f"{data.public} is whole" in said(check(campaign, data.root, now=NOW), "ok")
    harm(data.public)
    report = check(campaign, data.root, now=NOW)
    assert f"{data.public} is " in said(report, "problem") and AGAIN.lower() in said(report, "problem").lower()
    assert report.exit_code == StorageProblem.exit_code
    found = status(data, now=NOW)
    (problem,) = [one for one in found.problems if isinstance(one, StorageProblem)]
    assert problem.what.startswith(f"{data.public} is ") and "debate-tracker publish" in problem.next_step
    assert "public copy: it cannot be shown; last tried" in status_text(found)


def test_one_that_was_taken_back_is_not_to_be_published_again(data: DataFolder) -> None:
    unpublish(SMALL, data, now=NOW, reason="A mistake.")
    no_database(data.public)
    (problem,) = [one for one in status(data, now=NOW).problems if isinstance(one, StorageProblem)]
    assert "debate-tracker unpublish" in problem.next_step and AGAIN not in problem.next_step
    unpublish(SMALL, data, now=LATER, reason="A mistake.")
    assert about(data.public)["state"] == "withdrawn"


@pytest.mark.parametrize("harm", [*HARMS, another_file, only_begun, still_empty, Path.unlink])
def test_pages_whose_copy_cannot_be_read_answer_503(data: DataFolder, harm: Callable[[Path], None]) -> None:
    site = Site(data)
    assert {answer.status_code for answer in site.ask(*PAGES)} == {200}
    harm(data.public)
    for path, answer in zip(("/", "/themes", "/method"), site.ask("/", "/themes", "/method"), strict=True):
        assert answer.status_code == 503, path
        assert "cannot be shown at present" in answer.text and "no-store" in answer.headers["cache-control"]
        assert int(answer.headers["retry-after"]) > 0 and str(data.root) not in answer.text
    numbers, none, style = site.ask("/data/numbers.csv", "/no-such-page", "/static/site.css")
    assert (numbers.status_code, none.status_code, style.status_code) == (503, 404, 200)


def test_pages_show_the_next_copy_without_being_started_again(data: DataFolder) -> None:
    with served(data, public=True) as address:
        assert requests.get(address, timeout=30).status_code == 200
        numbers_overwritten(data.public)
        assert requests.get(address, timeout=30).status_code == 503
        assert "was damaged and has been deleted" in published(data, LATER)
        page = requests.get(address, timeout=30)
        assert page.status_code == 200 and "14 November 2026" in page.text
        data.public.unlink()
        assert requests.get(address, timeout=30).status_code == 503, "what was deleted is not shown on"


@pytest.mark.parametrize("harm", HARMS)
def test_one_that_is_damaged_is_not_served(data: DataFolder, harm: Callable[[Path], None]) -> None:
    harm(data.public)
    with pytest.raises(StorageProblem, match=r"public\.db is damaged"):
        serve_public(SMALL, data, host="127.0.0.1", port=8400, port_given=False)


@pytest.mark.parametrize("harm", [only_begun, still_empty])
def test_a_first_hand_over_that_was_killed_is_done_again(data: DataFolder, harm: Callable[[Path], None]) -> None:
    told = shown_cells(data.public)
    harm(data.public)
    assert "public copy: nothing was published yet" in status_text(status(data, now=NOW))
    with pytest.raises(UsageProblem, match="Nothing has been published yet"):
        serve_public(SMALL, data, host="127.0.0.1", port=8400, port_given=False)
    published(data, LATER)
    assert shown_cells(data.public) == told


def test_a_file_that_is_no_public_copy_is_left_and_told(data: DataFolder) -> None:
    another_file(data.public)
    there = data.public.read_bytes()
    for attempt in (lambda: published(data, LATER), lambda: look_at(SMALL, data, now=LATER)):
        with pytest.raises(StorageProblem, match="is not a public copy") as told:
            attempt()
        assert "Move it" in told.value.next_step
    assert data.public.read_bytes() == there
    data.public.rename(data.root / "moved.db")
    published(data, LATER)
    assert about(data.public)["state"] == "published"


def test_numbers_of_another_campaign_are_not_taken_over(data: DataFolder, tmp_path: Path) -> None:
    theirs = build_store(tmp_path / "theirs", posts=420)
    with running("publish", replace(SMALL, name="another debate"), theirs, clock=lambda: NOW) as run:
        publish(run, by_hand=True)
    ours = shown_cells(data.public)
    shutil.copyfile(theirs.public, data.public)
    told = "is the public copy of another campaign, another debate"
    assert told in said(check(campaign_on_disk(tmp_path), data.root, now=NOW), "problem")
    with pytest.raises(StorageProblem, match=told):
        published(data, LATER)
    data.public.unlink()
    published(data, LATER)
    assert shown_cells(data.public) == ours


def test_a_campaign_that_was_renamed_goes_on_with_its_copy(data: DataFolder) -> None:
    told = shown_cells(data.public)
    with running("publish", replace(SMALL, name="a better name"), data, clock=lambda: LATER) as run:
        publish(run, by_hand=True)
    assert about(data.public)["campaign_name"] == "a better name" and shown_cells(data.public) == told
