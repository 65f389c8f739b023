"""Taking a verdict back when the lead has begun another round: it is told, whichever rounds the post was read in."""

from db.folder import DataFolder
from db.labels import Labels
from tests.coded_pages import data as data
from tests.coded_pages import pages as pages
from tests.coding_client import Coder
from tests.pages_client import Pages
from tests.pages_store import NOW


def begin(data: DataFolder, round_name: str) -> None:
    Labels(data).set_rule("round", round_name, who="Lea", now=NOW)


def read_in_two_rounds(data: DataFolder, pages: Pages) -> Coder:
    """Sue, who has read the same post in two rounds from the address that she had open."""
    sue = Coder(pages, "Sue")
    begin(data, "main")
    sue.open("/coding/post")
    number = dict(sue.form("/coding/post").fields)["post"]
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
