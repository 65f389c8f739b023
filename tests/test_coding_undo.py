"""Taking a verdict back: it comes back as it was filled in, whatever rounds it was of, also of a post that is gone since."""

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
from tests.coding_client import Coder, at_odds, filled_in, standing, their_id
from tests.pages_client import Pages
from tests.pages_store import NOW

AGAIN = "What you had said of it is filled in."


def test_skip_and_undo(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    first = sue.shown
    sue.send("/coding/post", skip="1")
    assert "Left for others" in sue.page and sue.shown != first
    assert standing(data) == []
    sue.send("/coding/undo")
    assert "Taken back" in sue.page and sue.shown == first
    sue.code("cannot")
    sue.send("/coding/undo")
    assert standing(data) == []
    sue.send("/coding/undo")
    assert "nothing of yours to take back" in sue.page


def test_what_is_taken_back_is_filled_in_to_change_one_tick(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    assert AGAIN not in sue.page
    number = sue.shown
    sue.code("yes", "health", "outsourcing", question="q0", asks="1", note="half & half")
    assert AGAIN not in sue.page and filled_in(sue) == []
    sue.send("/coding/undo")
    said = [("answer", "yes"), ("theme", "outsourcing"), ("theme", "health"), ("question", "q0"), ("asks", "1")]
    assert filled_in(sue) == [*said, ("note", "half & half")] and AGAIN in sue.page
    assert standing(data) == []
    sue.send("/coding/post", theme=["health"])
    sue.send("/coding/undo")
    assert filled_in(sue) == [*(one for one in said if one[1] != "outsourcing"), ("note", "half & half")]  # what was said last
    assert sue.shown == number
    sue.code("cannot", question=[], asks=[], note="")
    sue.send("/coding/undo")
    assert filled_in(sue) == [("answer", "cannot")]
    sue.send("/coding/post", skip="1", note="for Ann")
    sue.send("/coding/undo")
    assert filled_in(sue) == [("note", "for Ann")]
    sue.send("/coding/post", skip="1", note="")
    sue.send("/coding/undo")
    assert filled_in(sue) == [] and AGAIN not in sue.page


def test_of_two_that_are_taken_back_both_are_filled_in_when_they_come(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    sue.code("yes", "health")
    sue.code("no", note="a film")
    sue.send("/coding/undo")
    assert filled_in(sue) == [("answer", "no"), ("note", "a film")]
    sue.send("/coding/undo")
    assert filled_in(sue) == [("answer", "yes"), ("theme", "health")]
    sue.send("/coding/post")
    assert "Kept. The next post is below." in sue.page
    assert filled_in(sue) == [("answer", "no"), ("note", "a film")] and AGAIN in sue.page
    sue.send("/coding/post")
    assert filled_in(sue) == [] and len(standing(data)) == 2


def test_whoever_goes_back_to_a_post_finds_what_they_said_and_not_that_it_is_taken_back(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    sue.code("yes", "health")
    sue.send("/coding/undo")
    here = sue.at
    assert "Taken back" in sue.page
    sue.code("yes", "outsourcing")
    sue.open(here)
    assert "Taken back" not in sue.page and AGAIN in sue.page
    assert filled_in(sue) == [("answer", "yes"), ("theme", "outsourcing")]
    sue.send("/coding/post", note="twice")
    assert [one.note for one in Labels(data).standing()] == ["twice"]


def test_what_is_filled_in_is_of_the_same_coder_round_and_words(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    sue.code("yes", "health", note="an unlikely remark")
    sue.send("/coding/undo")
    here, number = sue.at, sue.shown
    ann = Coder(pages, "Ann")
    for path in (here, "/coding/post"):
        ann.open(path)
        assert ann.shown == number
        assert filled_in(ann) == [] and AGAIN not in ann.page and "an unlikely remark" not in ann.page
    sue.open("/coding/lead")
    sue.send("/coding/lead", round="main 2")
    sue.open(here)
    assert filled_in(sue) == []
    sue.open("/coding/lead")
    sue.send("/coding/lead", round="main")
    sue.open(here)
    assert filled_in(sue) != []
    with sqlite3.connect(data.tracker) as db:
        db.execute("update posts set text = 'edited since' where native_id = ?", [their_id(data, number)])
    sue.open(here)
    assert filled_in(sue) == [] and AGAIN not in sue.page


# ---- when the lead has begun another round ----------------------------------------------------------------------------


def begin(data: DataFolder, round_name: str) -> None:
    Labels(data).set_rule("round", round_name, who="Lea", now=NOW)


def read_in_two_rounds(data: DataFolder, pages: Pages) -> Coder:
    """Sue, who has read the same post in two rounds from the address that she had open."""
    sue = Coder(pages, "Sue")
    begin(data, "main")
    sue.open("/coding/post")
    number = sue.shown
    for round_name, theme in (("main", "health"), ("main 2", "outsourcing")):
        begin(data, round_name)
        sue.open(f"/coding/post?queue=other&post={number}")
        sue.code("yes", theme)
    return sue


def test_what_was_said_in_an_earlier_round_does_not_hide_that_a_verdict_is_taken_back(data: DataFolder, pages: Pages) -> None:
    sue = read_in_two_rounds(data, pages)
    sue.send("/coding/undo")
    assert [(one.round, one.themes) for one in Labels(data).standing()] == [("main", ("health",))]
    assert "Taken back. Here is the post again." in sue.page
    sue.send("/coding/undo")
    assert Labels(data).standing() == [] and "Taken back. Here is the post again." in sue.page
    sue.send("/coding/undo")
    assert "There is nothing of yours to take back." in sue.page


def test_who_has_said_something_since_is_not_told_so_in_whatever_round(data: DataFolder, pages: Pages) -> None:
    sue = read_in_two_rounds(data, pages)
    sue.send("/coding/undo")
    here = sue.at
    sue.code("no")
    sue.open(here)
    assert "Taken back" not in sue.page
    begin(data, "main 3")
    sue.open(here)
    assert "Taken back" not in sue.page


# ---- of a post that has been forgotten or deleted since ---------------------------------------------------------------


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
