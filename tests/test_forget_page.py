"""The page for someone who asks to be forgotten: nothing goes before it was looked at; the command does the work."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from db.accounts import Account, digest_of, write_accounts
from db.folder import DataFolder
from pipelines.import_exports import import_exports
from pipelines.running import held_lock, running
from pipelines.serving_config import forget_command
from tests import invented
from tests.coding_client import Coder
from tests.desk import Desk
from tests.pages_client import Pages
from tracker.campaign import read_campaign


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk.at(tmp_path_factory.mktemp("forget-page"))
    with running("import", read_campaign(made.campaign), DataFolder(made.data)) as run:
        import_exports(run, [invented.twarc2_file(made.files / "a.jsonl", range(14))])
    with closing(sqlite3.connect(made.data / "tracker.db")) as db, db:
        copy = ("2026-11-01", "snapshot", "s1.zip", "Uni")
        db.execute("insert into registered_copies(made_at, kind, file, holder) values (?, ?, ?, ?)", copy)
    return made


@pytest.fixture(scope="module")
def pages(desk: Desk) -> Pages:
    made = Pages(DataFolder(desk.data))
    made.tell("forget", command=forget_command(read_campaign(desk.campaign), str(desk.data)))
    return made


def posts_of_theirs(desk: Desk) -> int:
    return int(desk.value("select count(*) from posts join authors on authors.id = author_id where handle = 'rider1003'"))


def test_a_person_is_looked_at_confirmed_and_gone(desk: Desk, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    assert "/forget" in sue.open("/data")
    sue.open("/forget")
    looked = sue.send("/forget", who="x:Rider1003\nx:rider1O03")
    assert "2 accounts and 2 posts" in looked
    assert "Nothing is stored under <bdi>x:rider1O03</bdi>" in looked and "under <bdi>x:Rider1003" not in looked
    assert "x:rider1003" in looked and "Number 3" in looked and "held by Uni" in looked
    assert posts_of_theirs(desk) == 2, "looking deletes nothing"
    fields = dict(sue.form("/forget").fields)
    with held_lock(DataFolder(desk.data)):
        sue.post("/forget", [*fields.items(), ("checked", "yes")])
    assert sue.status == 409 and "Another run is at work" in sue.page
    sue.post("/forget", [*fields.items(), ("checked", "yes")])
    assert sue.status == 200, sue.page
    assert "Done. 2 posts" in sue.page and f"x,post,{invented.x_id(3)}" in sue.page
    assert posts_of_theirs(desk) == 0
    assert desk.query("select action, actor from audit order by id desc limit 1") == [("forget", "Sue")]


@contextmanager
def being_read(store: Path) -> Iterator[None]:
    """While someone reads a store, so that its log cannot be emptied."""
    with closing(sqlite3.connect(store, isolation_level=None)) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from posts").fetchone()
        yield


def confirm(sue: Coder, who: str) -> str:
    """Look at what would go of somebody, and confirm it."""
    sue.open("/forget")
    sue.send("/forget", who=who)
    assert "held by Uni" in sue.page, sue.page
    return sue.send("/forget", checked="yes")


def test_the_list_for_holders_is_shown_also_where_it_is_not_done_to_its_end_or_takes_longer(desk: Desk, pages: Pages) -> None:
    sue, command = Coder(pages, "Sue"), forget_command(read_campaign(desk.campaign), str(desk.data))
    with being_read(desk.data / "tracker.db"):
        failed = confirm(sue, "x:rider1005")
    assert sue.status == 409 and "tracker.db is read by another program" in failed
    assert f"x,post,{invented.x_id(5)}" in failed and "held by Uni" in failed, "afterwards nobody could tell them which posts"
    pages.tell("forget", command=command, patience=0.0)
    sue.open("/forget")
    looked = sue.send("/forget", who="x:rider1006")
    assert sue.status == 503 and "took longer than a page can wait" in looked and "Forget for good" not in looked
    assert "<code>debate-tracker forget --dry-run</code> waits" in looked
    pages.tell("forget", command=command)
    assert "Done." in confirm(sue, "x:rider1002"), sue.page
    sue.open("/forget")
    sue.send("/forget", who="x:rider1006")
    pages.tell("forget", command=command, patience=0.0)
    with being_read(desk.data / "tracker.db"):
        going_on = sue.send("/forget", checked="yes")
    pages.tell("forget", command=command)
    assert sue.status == 200 and "goes on" in going_on and f"x,post,{invented.x_id(6)}" in going_on


def test_a_form_from_elsewhere_and_a_forged_list_do_nothing(desk: Desk, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/forget")
    token = dict(sue.form("/forget").fields)["csrftoken"]
    for fields, headers in (
        ({"who": "x:rider1004"}, {}),
        ({"csrftoken": token, "sealed": "x:rider1004", "checked": "yes"}, {}),
        ({"csrftoken": token, "who": "x:rider1004"}, {"sec-fetch-site": "cross-site"}),
        ({"csrftoken": token, "who": "x:rider1004"}, {"origin": "https://elsewhere.example"}),
    ):
        answer = pages.post("/forget", data=fields, cookies=sue.cookies, headers=headers)
        assert answer.status_code == 403, (fields, headers, answer.text[:300])
    without_cookies = pages.post("/forget", data={"sealed": "x:rider1004", "checked": "yes"})
    assert without_cookies.status_code == 403
    sue.open("/forget")
    wrong = sue.send("/forget", who="rider1004")
    assert sue.status == 422 and "does not say which platform" in wrong and "rider1004</textarea>" in wrong


def test_who_signed_in_with_an_account_answers_under_its_name_and_no_other(desk: Desk) -> None:
    data, words = DataFolder(desk.data), "four plain lead words"
    write_accounts(data.accounts, {"lea": Account("lea", digest_of(words, rounds=1000), True, False)})
    pages = Pages(data)
    pages.tell("forget", command=forget_command(read_campaign(desk.campaign), str(desk.data)))
    pages.tell("accounts", file=str(data.accounts))
    lea = Coder(pages, None)
    lea.open("/-/login")
    lea.send("/-/login", username="lea", password=words)
    looked = lea.open("/forget") and lea.send("/forget", who="x:rider1001")
    assert "Your name" not in looked, "it is known"
    assert "Done." in lea.send("/forget", by="Carl", checked="yes"), lea.page
    assert desk.value("select actor from audit order by id desc limit 1") == "lea"


def test_pages_that_only_show_forget_nobody(desk: Desk) -> None:
    only = Pages(DataFolder(desk.data), may_code=False)
    assert only.get("/forget").status_code == 404
    assert "/forget" not in only.text("/data")
