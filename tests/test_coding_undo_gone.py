"""Taking a verdict back on a post that has been forgotten or deleted since: what the pages then say is true."""

import re
import sqlite3
from contextlib import closing

import pytest

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.labels import Labels
from db.sweeping import sweep
from tests.coded_pages import data as data
from tests.coded_pages import pages as pages
from tests.coding_client import Coder, at_odds
from tests.pages_client import Pages
from tests.pages_store import NOW


def forget(data: DataFolder, key: tuple[str, str]) -> None:
    with closing(Forgotten(data)) as forgotten:
        forgotten.tombstones([("post", *key)], now=NOW, reason="asked")
        assert sweep(data, forgotten).labels == 1


def hide(data: DataFolder, key: tuple[str, str]) -> None:
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("update posts set status = 'gone' where platform = ? and native_id = ?", key)


@pytest.mark.parametrize("how", [forget, hide])
def test_what_is_taken_back_of_a_post_that_is_gone_is_not_said_to_be_kept(data: DataFolder, pages: Pages, how: object) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    sue.code("yes", "health")
    (first,) = Labels(data).standing()
    following = sue.shown
    assert callable(how)
    how(data, first.key)
    sue.send("/coding/undo")
    assert Labels(data).standing() == []
    assert "Taken back. That post has been deleted, hidden or forgotten since you read it" in sue.page
    assert "The next post is below." in sue.page and sue.shown == following
    assert "Nothing is left for you here" not in sue.page and "is kept" not in sue.page


def test_where_nothing_waits_either_that_is_said_too(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    sue.code("yes", "health")
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("update posts set status = 'gone'")
    sue.send("/coding/undo")
    assert "Taken back. That post has been deleted" in sue.page and "next post is below" not in sue.page
    assert "<h1>Nothing is left for you here</h1>" in sue.page


def test_going_back_to_a_post_that_is_gone_says_that_others_wait(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    reference = sue.shown
    sue.code("yes", "health")
    (first,) = Labels(data).standing()
    forget(data, first.key)
    page = sue.open(f"/coding/post?queue=audit&post={reference}")
    assert "<h1>That post is not here</h1>" in page and "Nothing is left" not in page
    assert re.search(r'<a href="/coding/post\?queue=audit">The next post</a>: \d+ waiting for you', page)


def test_a_lead_who_takes_back_what_they_settled_of_a_post_that_is_gone_goes_on_with_the_next(
    data: DataFolder, pages: Pages
) -> None:
    at_odds(pages, posts=2)
    lea = Coder(pages, "Lea")
    lea.open("/coding/settle")
    lea.send("/coding/settle", theme=["health"])
    settled = next(one for one in Labels(data).standing() if one.role == "lead")
    forget(data, settled.key)
    lea.send("/coding/settle/undo")
    assert "Taken back. That post has been deleted, hidden or forgotten since you settled it" in lea.page
    assert "The next one is below." in lea.page and "Nothing is left to settle" not in lea.page
