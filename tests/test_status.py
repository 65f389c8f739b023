"""`status` and its page: runs, sources, gaps, the model, sizes, backups, and what the public sees."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.asked import Asked
from db.folder import DataFolder
from db.forgetting import Found, note_forgotten
from db.forgotten import Forgotten
from db.runs import begin_run, begin_step, end_run, end_step
from db.store import Store
from pipelines.archive import Manifest
from pipelines.backup import back_up
from pipelines.publish import publish, unpublish
from pipelines.restore import Restored
from pipelines.running import running
from pipelines.showing import rejected_lines, status_text
from pipelines.status import status
from tests import invented
from tests.desk import Desk, little_room
from tests.pages_client import Pages
from tests.pages_client import main_words as words
from tests.pages_store import CAMPAIGN, build_store
from tracker.reports import StepReport

NOW = "2026-11-25T02:15:00Z"


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return build_store(tmp_path / "data", posts=12)


def told(data: DataFolder) -> tuple[str, str]:
    """What the command prints and what the page says."""
    return status_text(status(data, now=NOW)), words(Pages(data).text("/status"))


def test_they_say_that_the_public_copy_is_damaged(data: DataFolder) -> None:
    data.public.write_bytes(b"This is no database." * 300)
    text, page = told(data)
    assert "public copy: it cannot be shown" in text
    assert "The public copy cannot be shown. SQLite says: file is not a database." in page and str(data.root) not in page


def test_they_say_what_the_public_sees(data: DataFolder) -> None:
    standing = {"spike 2026-11-24": {"kind": "spike", "since": NOW, "told": {"webhook": NOW}}}
    data.alerts.write_text(json.dumps(standing), encoding="utf-8")
    text, page = told(data)
    assert f"alert: spike 2026-11-24, since {NOW}, told by webhook" in text
    assert "An alert stands since 25 November 2026, 02:15" in page and ": spike 2026-11-24." in page
    assert "public copy: nothing was published yet" in text
    assert "Nothing has been published yet." in page
    assert "There is no backup." in page
    with running("publish", CAMPAIGN, data, clock=lambda: NOW) as run:
        with run.step("publish"):
            publish(run, by_hand=True)
        with run.step("backup"):
            back_up(run)
    text, page = told(data)
    assert f"public copy: of {NOW}, 1 kept; last tried {NOW}, ok" in text
    assert f"backups: 1, the newest of {NOW}" in text
    assert "The public sees a copy, since 25 November 2026, 02:15" in page.replace("02:15.", "02:15 (Europe/London).")
    assert "1 backup," in page
    unpublish(CAMPAIGN, data, now="2026-11-25T09:00:00Z", reason="A mistake in one of our own posts.")
    text, page = told(data)
    assert "public copy: a notice is in its place since 2026-11-25T09:00:00Z" in text
    assert "The notice says: A mistake in one of our own posts." in page


def test_a_copy_that_was_refused_is_told_with_its_reason_and_without_places(data: DataFolder) -> None:
    store = Store.open(data)
    run = begin_run(store, "nightly", now=NOW, version="1")
    step = begin_step(store, run, "publish", now=NOW)
    why = f"The public copy was not published: eight words of a post stand in it ({data.root}/published/being-made)"
    end_step(store, step, StepReport("publish", "failed", why, 3), now=NOW)
    asked = Asked(store, run, "mastodon", "https://one.example", "#buses", NOW)
    asked.keep(status="rate-limited", got=None, now=NOW)
    end_run(store, run, now=NOW, status="partial", exit_code=3, note=why)
    store.close()
    found = status(data, now=NOW)
    assert [problem.exit_code for problem in found.problems if "public copy" in problem.what] == [3]
    text, page = told(data)
    assert f"last tried {NOW}, failed: {why}" in text
    assert "it failed: The public copy was not published: eight words" in page
    assert "(the data folder/published/being-made)" in page
    assert str(data.root) not in page
    assert "mastodon, https://one.example #buses" in page
    assert "asked us to slow down never" in page


def test_pages_that_know_no_files_have_no_such_page(data: DataFolder) -> None:
    assert "do not know the files" in Pages(data, may_code=False).text("/status", status=404)


def test_the_page_is_linked_from_where_staff_would_look(data: DataFolder) -> None:
    for path in ("/data", "/missing"):
        assert 'href="/status"' in Pages(data).text(path)


def test_a_store_that_cannot_be_read_is_said(data: DataFolder) -> None:
    pages = Pages(data)
    pages.tell("coding", data=str(data.root / "nowhere"))
    assert "the data folder/tracker.db cannot be opened." in words(pages.text("/status"))


def test_the_commonest_reasons_for_refused_rows_are_told_and_the_others_summed_up() -> None:
    told = list(rejected_lines({f"reason {number}": 10 - number for number in range(7)}))
    assert told[0] == "rejected: 10 rows: reason 0"
    assert (len(told), told[-1].startswith("rejected: 9 rows for 2 other reasons: ")) == (6, True)


def test_a_run_without_an_end_may_have_been_killed(data: DataFolder) -> None:
    with running("nightly", CAMPAIGN, data, clock=lambda: NOW):
        text, page = told(data)
    assert f"last run: nightly, begun {NOW}, running, or stopped without a word" in text
    assert "it is still running, or stopped without a word" in page
    assert f"last run: nightly, begun {NOW}, ok\n" in told(data)[0]


def test_one_of_anything_is_told_as_one(tmp_path: Path, data: DataFolder) -> None:
    few = build_store(tmp_path / "few", posts=1)
    with closing(sqlite3.connect(few.tracker)) as db, db:
        db.execute("delete from posts where id > 1")
        db.execute("delete from authors where id not in (select author_id from posts)")
    assert status_text(status(few, now=NOW)).startswith("1 post by 1 author, ")
    held = Restored(Manifest("0.1.0", "buses", NOW, 0), {"raw.db": (1, 1)}, (), swept=1).text()
    assert "  raw.db: 1 row, 1 in its list" in held and "1 post, item or label was taken out" in held
    store, forgotten = Store.open(data), Forgotten(data)
    note_forgotten(store, forgotten, Found(authors={("x", "7")}, posts={("x", "70")}), by="Jo", left=1, now=NOW)
    said = store.rows("select note from audit where action = 'forget'")
    forgotten.close()
    store.close()
    assert [row["note"] for row in said] == ["1 account, 1 post; 1 place still holds something"]


def test_a_file_that_a_run_did_not_end_is_not_told_as_one_that_lacks_its_end(tmp_path: Path) -> None:
    """The disk was full: the file is whole and waits in the inbox, so nobody has to fetch it again."""
    desk = Desk.at(tmp_path)
    assert desk.run("import", invented.twarc2_file(desk.files / "a.jsonl", range(3))).code == 0
    invented.twarc2_file(desk.data / "inbox" / "long.jsonl", range(1_500), size=100)
    assert desk.start("nightly", before=little_room(1_000_000)).code == 6
    said = "1 file was not read to its end, since the run was stopped: long.jsonl."
    for told in (desk.run("status"), desk.run("status", "--json")):
        assert told.code == 3 and said in told.err and "etch" not in told.err, told
    found = status(DataFolder(desk.data), now=NOW).facts
    assert (found["files_cut_short"], found["files_not_ended"]) == ([], ["long.jsonl"])
    page = words(Pages(DataFolder(desk.data)).text("/status"))
    assert "Not read to its end, since a run was stopped: long.jsonl" in page and "etch" not in page
    assert desk.run("nightly").code == 0
    assert desk.run("status").code == 0


def test_a_store_whose_making_was_killed_is_told_as_one_that_has_nothing_in_it_yet(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    desk.data.mkdir()
    with closing(sqlite3.connect(desk.data / "tracker.db")) as db:
        db.execute("pragma journal_mode = wal")  # all steps are kept at once, so a kill leaves this much or everything
    for command in ("status", "check", "serve"):
        told = desk.run(command)
        assert told.code == 6 and "tracker.db has nothing in it yet" in told.err + told.out, told
        assert "Run `debate-tracker nightly`" in told.err + told.out
    assert desk.run("import", invented.twarc2_file(desk.files / "a.jsonl", range(3))).code == 0
    assert desk.run("status").code == 0
