"""By keyboard alone, and with JavaScript off: search and filters, asked of us, quotes, public roles, a file, a person forgotten.

One person, one browser, one store; coding by keyboard is tried in tests/test_coding_browser.py.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from db.folder import DataFolder
from tests.chromium import Chromium, chromium
from tests.pages_store import build_store
from tests.serving import campaign_on_disk, served

pytestmark = pytest.mark.browser

HERE = "document.activeElement"
HEAD = "id_str,from_user,text,created_at,time,status_url"
WHEN = "Sun Nov 08 13:09:39 +0000 2026,08/11/2026 13:09:39"
ROW = f"2119417063410362715,invented_ann,#InventedDebate by hand,{WHEN},https://twitter.com/invented_ann/statuses/2119417063410362715"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return build_store(tmp_path_factory.mktemp("keyboard") / "data", posts=30)


@pytest.fixture(scope="module")
def site(data: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(data, campaign=campaign_on_disk(tmp_path_factory.mktemp("campaign"))) as address:
        yield address


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A browser that runs no script of a page."""
    with chromium(tmp_path_factory.mktemp("chromium")) as window:
        window.run_scripts(False)
        yield window


def kept(path: Path, sql: str) -> Any:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchone()


def choose(person: Chromium, name: str, value: str) -> None:
    """Go to a list and press the arrow until it stands at the value."""
    person.tab_to(f"{HERE}.name === '{name}'")
    for _ in range(40):
        if person.ask(f"return {HERE}.value") == value:
            return
        person.press("ArrowDown")
    raise AssertionError(f"the arrow never came to {value}")


def fill(person: Chromium, name: str, text: str) -> None:
    person.tab_to(f"{HERE}.name === '{name}'")
    person.write(text)


def send(person: Chromium, button: str, then: str) -> None:
    person.tab_to(f"{HERE}.tagName === 'BUTTON' && {HERE}.innerText.startsWith('{button}')")
    person.press("Enter")
    person.wait_for(f"document.body.innerText.includes('{then}')")


def test_search_and_filters(site: str, person: Chromium) -> None:
    person.open(f"{site}/", width=320)
    fill(person, "q", "outsourcing")
    person.press("Enter")
    person.wait_for("document.title.startsWith('Posts')")
    choose(person, "platform", "mastodon")
    send(person, "Show", "this, newest first")
    assert "q=outsourcing" in person.ask("return location.search") and "platform=mastodon" in person.ask("return location.search")
    person.tab_to(f"{HERE}.innerText.startsWith('More about this post')")
    person.press("Enter")
    person.wait_for("document.body.innerText.includes('Why it belongs to the debate')")


def test_a_question_is_taken_on(site: str, person: Chromium, data: DataFolder) -> None:
    person.open(f"{site}/asked/1", width=320)
    person.tab_to(f"{HERE}.name === 'state'")
    person.press("ArrowDown")
    fill(person, "owner", "Sue")
    fill(person, "note", "Ask the authors")
    send(person, "Keep", "Kept.")
    assert kept(data.labels, "select state, owner, note from answers") == ("answering", "Sue", "Ask the authors")


def test_a_quote_is_agreed(site: str, person: Chromium, data: DataFolder) -> None:
    person.open(f"{site}/quotes/1", width=320)
    person.tab_to(f"{HERE}.name === 'consent'")
    person.press("ArrowDown")
    person.tab_to(f"{HERE}.name === 'consent_at'")
    for key in "11082026":
        person.press(key)
    fill(person, "consent_link", "https://example.social/yes")
    send(person, "Keep", "may be quoted")
    assert kept(data.labels, "select consent, consent_at from quotes") == ("yes", "2026-11-08")


def test_an_account_is_noted_and_taken_off(site: str, person: Chromium, data: DataFolder) -> None:
    person.open(f"{site}/accounts", width=320)
    choose(person, "platform", "x")
    fill(person, "handle", "@writer1")
    choose(person, "role", "council")
    send(person, "Note it", "@writer1 on X")
    assert kept(data.labels, "select handle, role from public_roles") == ("writer1", "council")
    send(person, "Take off the list", "No account has been noted yet.")


def test_a_file_is_imported_and_its_author_forgotten(site: str, person: Chromium, data: DataFolder, tmp_path: Path) -> None:
    table = tmp_path / "by-hand.csv"
    table.write_text(f"{HEAD}\n{ROW}\n", encoding="utf-8")
    person.open(f"{site}/add", width=320)
    person.tab_to(f"{HERE}.name === 'file'")
    # What the system's own dialogue does once a file is chosen in it.
    found = person.devtools("Runtime.evaluate", {"expression": HERE})["result"]["objectId"]
    person.devtools("DOM.setFileInputFiles", {"files": [str(table)], "objectId": found})
    send(person, "Look at it", "1 post would be new here")
    send(person, "Import it", "1 post is new here")
    theirs = "select count(*) from posts where text = '#InventedDebate by hand'"
    assert kept(data.tracker, theirs) == (1,)
    person.open(f"{site}/forget", width=320)
    fill(person, "who", "x:invented_ann")
    send(person, "See what would go", "What would go")
    person.tab_to(f"{HERE}.name === 'checked'")
    person.press(" ")
    send(person, "Forget for good", "A second look found nothing left")
    assert kept(data.tracker, theirs) == (0,)
