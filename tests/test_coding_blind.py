"""Who wrote a post is in nothing that its coder gets, and its reference leads to this post alone."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from db.coding import GONE, reference_of, reference_to, referred_to
from db.folder import DataFolder
from db.labels import Labels
from tests.chromium import chromium
from tests.coding_client import Coder, Form
from tests.pages_client import Pages
from tests.pages_store import NOW
from tests.serving import served
from tests.signed_pages import PASSWORDS
from tests.signed_pages import data as signed_data
from tests.signed_pages import staff as staff
from tests.test_accounts import Staff, nobody_is_waiting

__all__ = ["nobody_is_waiting", "signed_data"]
TRACES = ("thorn15", "did:plc", "at://", "toot.example", "native_id", "forum.example")
TELLING = (
    "update posts set platform = 'mastodon', native_id = 'https://toot.example/users/thorn15/statuses/' || id where id % 3 = 0",
    "update posts set platform = 'bluesky', native_id = 'at://did:plc:thorn15/app.bsky.feed.post/' || id where id % 3 = 1",
    "update posts set platform = 'forum', native_id = 'https://forum.example/t/thorn15/' || id where id % 3 = 2",
    "update posts set url = 'https://toot.example/@thorn15/' || id, reply_to = null, quote_of = null",
    "update authors set handle = 'thorn15' || id, display_name = 'Thorn15'",
)


@pytest.fixture
def data(signed_data: DataFolder) -> DataFolder:
    """A store in which every post's id tells who wrote it, as on Mastodon and Bluesky."""
    with closing(sqlite3.connect(signed_data.tracker)) as db, db:
        for statement in TELLING:
            db.execute(statement)
    return signed_data


@pytest.fixture
def pages(data: DataFolder) -> Pages:
    return Pages(data, demo_now=NOW)


class Watched(Coder):
    """A coder of whom every answer is looked through: its page, its headers, and where it leads."""

    seen = 0

    def _took(self, answer: Any, path: str) -> None:
        tells_nothing(answer)
        self.seen += 1
        super()._took(answer, path)


def tells_nothing(answer: Any) -> None:
    got = unquote(f"{answer.url} {dict(answer.headers)} {answer.text}").casefold()
    found = [trace for trace in TRACES if trace in got]
    assert not found, (str(answer.url), answer.status_code, found, got[max(0, got.index(found[0]) - 200) :][:400])


def key_of(data: DataFolder, reference: str) -> tuple[str, str]:
    with closing(sqlite3.connect(data.tracker)) as db:
        key = referred_to(db, reference)
    assert key is not None
    return key


def test_no_answer_to_a_coder_says_who_wrote_the_post(data: DataFolder, pages: Pages) -> None:
    sue = Watched(pages, "Sue")
    sue.open("/coding/post?queue=audit")
    first = sue.page
    sue.send("/coding/post", theme=["health"])
    assert sue.status == 422
    sue.send("/coding/post", answer="yes", shown="0" * 16)
    sue.send("/coding/post", answer="yes", codebook="before")
    sue.page = first
    sue.code("yes", "health", note="mine")
    sue.send("/coding/post", skip="1")
    for _ in range(3):
        sue.send("/coding/undo")
    for path in ("/coding", "/codebook", "/coding/agreement", "/coding/found", "/coding/post?queue=unsure"):
        sue.open(path)
    sue.open("/coding/post?queue=theme:outsourcing")
    sue.page = first
    sue.post("/coding/post", [*sue.form("/coding/post").fields, ("answer", "yes")], headers={"sec-fetch-site": "cross-site"})
    assert sue.status == 403
    sue.page = first
    form = sue.form("/coding/post")
    sue.send("/coding/post", coder="Ben", answer="no", note="his")
    assert sue.status == 409 and "filled in by Ben" in sue.page
    sue.send("/coding/name")  # signs as Ben, with the form
    assert "look it over, then save" in sue.page
    sue.cookies.pop("coder")
    sue.post("/coding/post", [*form.fields, ("answer", "yes")])
    assert sue.status == 403 and "Not kept yet" in sue.page
    sue.send("/coding/name", name="Sue")
    assert "You had to sign in again" in sue.page
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("update posts set status = 'gone'")
    sue.code("yes")
    assert "nothing was kept of it" in sue.page and sue.seen == 30


def test_nor_does_any_to_one_with_an_account(data: DataFolder, staff: Staff) -> None:
    staff.sign_in("ann", PASSWORDS["ann"])
    shown = staff.ask("/coding/post?queue=audit")
    form = Form(shown.text, "/coding/post")
    staff.lose_session()
    asked = staff.ask("/coding/post", method="POST", data={**dict(form.fields), "answer": "yes", "theme": "health"})
    sent = dict(Form(asked.text, "/-/login").fields) | {"username": "ann", "password": PASSWORDS["ann"]}
    back = staff.ask("/-/login", method="POST", data=sent)
    assert (asked.status_code, back.status_code) == (403, 200) and "You had to sign in again" in back.text
    kept = staff.ask("/coding/post", method="POST", data=dict(Form(back.text, "/coding/post").fields))
    undone = staff.ask("/coding/undo", method="POST", data=dict(Form(back.text, "/coding/undo").fields))
    again = staff.ask(undone.headers["location"])
    assert dict(Form(again.text, "/coding/post").fields)["post"] == dict(form.fields)["post"]
    staff.lose_session()
    for answer in (shown, asked, back, kept, undone, again, staff.ask(undone.headers["location"])):
        tells_nothing(answer)


def test_labels_keep_the_platform_s_id_as_before(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    key = key_of(data, sue.shown)
    sue.code("yes", "health")
    assert [one.key for one in Labels(data).standing()] == [key] and "thorn15" in key[1]


def test_an_address_of_before_leads_to_the_post_under_its_reference(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post?queue=audit")
    platform, number = key_of(data, sue.shown)
    here = pages.get("/coding/post", params={"queue": "audit", "platform": platform, "id": number}, cookies=sue.cookies)
    assert (here.status_code, here.headers["location"]) == (303, f"/coding/post?queue=audit&post={sue.shown}")
    gone = pages.get("/coding/post", params={"queue": "audit", "platform": platform, "id": "thorn15"}, cookies=sue.cookies)
    assert gone.headers["location"] == "/coding/post?queue=audit&post=gone"


def test_a_form_that_was_opened_before_posts_had_references_loses_nothing(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    platform, number = key_of(data, sue.shown)
    old = [field for field in sue.form("/coding/post").fields if field[0] not in ("post", "note")]
    old += [("platform", platform), ("native_id", number), ("theme", "health"), ("note", "half")]
    sue.post("/coding/post", old)
    assert sue.status == 422 and "thorn15" not in sue.page and "half" in sue.page
    sue.code("yes", "health")
    assert [(one.key, one.themes, one.note) for one in Labels(data).standing()] == [((platform, number), ("health",), "half")]
    sue.send("/coding/undo")
    sue.post("/coding/post", [*(field for field in old if field[0] != "coder"), ("coder", "Ben"), ("answer", "yes")])
    assert sue.status == 409 and "thorn15" not in unquote(sue.page)
    sue.send("/coding/name")
    assert ("note", "half") in sue.form("/coding/post").fields
    sue.send("/coding/post")
    assert [(one.coder, one.key) for one in Labels(data).standing()] == [("Ben", (platform, number))]


def test_a_number_that_is_given_again_takes_no_verdict_to_another_post(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    reference = sue.shown
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("update posts set native_id = 'another' where id = ?", [reference.split("-")[0]])
    sue.code("yes", "health")
    assert "has been deleted or hidden since you opened it, so nothing was kept of it" in sue.page
    assert Labels(data).standing() == []
    page = sue.open(f"/coding/post?queue=audit&post={reference}")
    assert "<h1>That post is not here</h1>" in page and re.search(r">The next post</a>: \d+ waiting for you", page)


@pytest.mark.parametrize(
    "reference", ["", "gone", "1", "1-", "0-0123456789", "9" * 30 + "-0123456789", "1-01234567é9", "1-' or 1"]
)
def test_what_is_no_reference_finds_nothing(data: DataFolder, reference: str) -> None:
    with closing(sqlite3.connect(data.tracker)) as db:
        assert referred_to(db, reference) is None


def test_a_reference_finds_its_post(data: DataFolder) -> None:
    with closing(sqlite3.connect(data.tracker)) as db:
        for number, platform, native_id in db.execute("select id, platform, native_id from posts").fetchall():
            reference = reference_of(number, (platform, native_id))
            assert reference == reference_to(db, (platform, native_id)) and re.fullmatch(r"\d+-[0-9a-f]{10}", reference)
            assert referred_to(db, reference) == (platform, native_id)
        assert reference_to(db, ("x", "none")) == GONE


@pytest.mark.browser
def test_nothing_in_the_browser_says_who_wrote_the_post(data: DataFolder, tmp_path: Path) -> None:
    """Its address bar, what it keeps, and the whole page."""
    everything = "return location.href + document.documentElement.outerHTML + JSON.stringify(sessionStorage)"
    here = "document.querySelector('input[name=post]').value"
    with served(data) as site, chromium(tmp_path) as browser:
        browser.code_as("Sue", site)
        browser.open(f"{site}/coding/post?queue=audit", width=1440)
        first = browser.ask(f"return {here}")
        for keys, then in (
            (("1", "Enter"), "document.activeElement.id === 'faults'"),
            (("r", "Enter"), f"{here} !== '{first}'"),
            (("u",), f"{here} === '{first}'"),
            (("s",), f"{here} !== '{first}'"),
        ):
            for key in keys:
                browser.press(key)
            browser.wait_for(then)
            got = unquote(str(browser.ask(everything))).casefold()
            assert f"post={browser.ask(f'return {here}')}" in got and not [trace for trace in TRACES if trace in got]
