"""A page that stays open in one tab while someone else signs in another: nothing is kept or taken back under the wrong name, and
nothing is lost. In both ways of signing in."""

from html import unescape

import pytest

from db.folder import DataFolder
from db.labels import Labels
from tests.coding_client import Coder, Form
from tests.pages_client import Pages, words
from tests.signed_pages import PASSWORDS, lead_settling
from tests.signed_pages import data as data
from tests.signed_pages import pages as pages
from tests.signed_pages import staff as staff
from tests.test_accounts import Staff, nobody_is_waiting

__all__ = ["nobody_is_waiting"]


def other_tab(coder: Coder, pages: Pages, name: str) -> Coder:
    """The same browser, in which somebody signs with another name."""
    tab = Coder(pages, None)
    tab.cookies = coder.cookies
    tab.open("/coding")
    tab.send("/coding/name", leave="1")
    tab.send("/coding/name", name=name)
    return tab


def kept(data: DataFolder) -> list[tuple[str, str, tuple[str, ...], str | None]]:
    return [(one.coder, one.role, one.themes, one.note) for one in Labels(data).standing()]


@pytest.mark.parametrize("who", ["Ben", "Ana"])
def test_what_one_person_filled_in_is_kept_for_whom_they_say(data: DataFolder, pages: Pages, who: str) -> None:
    ana = Coder(pages, "Ana")
    ana.open("/coding/post")
    post = ana.shown
    other_tab(ana, pages, "Ben")
    ana.code("yes", "health", note="mine")
    assert ana.status == 409 and kept(data) == []
    assert "This was filled in by Ana, and Ben is signed in this browser now." in words(ana.page)
    if who == "Ana":
        ana.send("/coding/name")
        assert ana.status == 200 and "look it over, then save" in ana.page and kept(data) == []
    again = dict(ana.form("/coding/post").fields)
    assert (again["coder"], again["post"], again["theme"], again["note"]) == (who, post, "health", "mine")
    ana.send("/coding/post")
    assert "Kept." in ana.page and kept(data) == [(who, "coder", ("health",), "mine")]


def test_nobody_skips_for_another(data: DataFolder, pages: Pages) -> None:
    ana = Coder(pages, "Ana")
    ana.open("/coding/post")
    other_tab(ana, pages, "Ben")
    ana.send("/coding/post", skip="1", note="for later")
    assert ana.status == 409 and "Ben is signed in this browser now" in ana.page and "for later" in ana.page
    assert Labels(data).touched() == []


def test_nobody_takes_back_what_another_said(data: DataFolder, pages: Pages) -> None:
    ana = Coder(pages, "Ana")
    ana.open("/coding/post")
    ben = other_tab(ana, pages, "Ben")
    ben.open("/coding/post")
    ben.code("yes", "health")
    ana.send("/coding/undo")
    assert "Nothing was taken back: that page was opened by someone else" in ana.page
    assert kept(data) == [("Ben", "coder", ("health",), None)]
    ana.send("/coding/undo")
    assert "Taken back." in ana.page and kept(data) == []


def test_nobody_settles_for_another_lead_or_takes_back_what_they_settled(data: DataFolder, pages: Pages) -> None:
    lea = lead_settling(pages)
    old = lea.page
    mo = other_tab(lea, pages, "Mo")
    lea.send("/coding/settle", answer="yes", theme=["health"], note="hers")
    assert lea.status == 409 and "This was filled in by Lea, and Mo is signed" in words(lea.page) and "hers" in lea.page
    assert len(kept(data)) == 2
    lea.send("/coding/name")
    assert dict(lea.form("/coding/settle").fields)["coder"] == "Lea" and "hers" in lea.page
    mo = other_tab(lea, pages, "Mo")
    mo.open("/coding/settle")
    mo.send("/coding/settle", answer="no")
    lea.page = old
    lea.send("/coding/settle/undo")
    assert "Nothing was taken back" in lea.page and ("Mo", "lead", (), None) in kept(data)


def test_an_account_keeps_nothing_of_another_s_page_unasked(data: DataFolder, staff: Staff) -> None:
    staff.sign_in("ann", PASSWORDS["ann"])
    page = staff.ask("/coding/post").text
    staff.lose_session()
    staff.sign_in("lea", PASSWORDS["lea"])
    said = [*Form(page, "/coding/post").fields, ("answer", "yes"), ("theme", "health")]
    asked = staff.ask("/coding/post", method="POST", data=dict(said))
    assert asked.status_code == 409 and kept(data) == []
    assert "This was filled in by ann, and lea is signed in this browser now." in unescape(asked.text)
    assert "Sign in as ann in another tab, and save here again." in words(asked.text).replace("  ", " ")
    again = dict(Form(asked.text, "/coding/post").fields)
    assert again["theme"] == "health" and 'action="/coding/name"' not in asked.text
    assert staff.ask("/coding/post", method="POST", data=again).status_code == 303
    assert kept(data) == [("lea", "coder", ("health",), None)]
    undone = staff.ask("/coding/undo", method="POST", data=dict(Form(page, "/coding/undo").fields))
    assert undone.status_code == 303 and len(kept(data)) == 1
