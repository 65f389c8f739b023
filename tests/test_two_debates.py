"""Two debates on one machine, in one browser, which keeps cookies by the machine's name, whatever the port; and pages that are
started again while somebody codes."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from db.accounts import Account, digest_of, write_accounts
from db.folder import DataFolder
from db.labels import Labels
from tests.coding_client import Form
from tests.pages_store import build_store
from tests.serving import served

WORDS = "four plain coder words"


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=60, follow_redirects=True) as client:
        yield client


def store(place: Path) -> DataFolder:
    return build_store(place, posts=60)


def send(browser: httpx.Client, page: httpx.Response, action: str, **filled: str) -> httpx.Response:
    """Fill in the page's form and send it to where it came from."""
    fields = dict(Form(page.text, action).fields) | filled
    return browser.post(page.url.join(action), data=fields)


def test_signing_in_at_one_debate_ends_nothing_at_another(browser: httpx.Client, tmp_path: Path) -> None:
    one, other = store(tmp_path / "one"), store(tmp_path / "other")
    write_accounts(other.accounts, {"ann": Account("ann", digest_of(WORDS, rounds=1000), lead=False)})
    with served(one) as here, served(other) as there:
        send(browser, browser.get(f"{here}/coding"), "/coding/name", name="Sue")
        open_here = browser.get(f"{here}/coding/post")
        signed = send(browser, browser.get(f"{there}/-/login"), "/-/login", username="ann", password=WORDS)
        assert "You are ann." in signed.text
        open_there = browser.get(f"{there}/coding/post")
        assert "Kept." in send(browser, open_here, "/coding/post", answer="no").text
        assert "Kept." in send(browser, open_there, "/coding/post", answer="no").text
        assert "You are ann." in browser.get(f"{there}/posts").text and "Sue" in browser.get(f"{here}/coding").text
    assert [[verdict.coder for verdict in Labels(data).standing()] for data in (one, other)] == [["Sue"], ["ann"]]


def test_a_form_that_was_open_while_the_pages_were_started_again_is_kept(browser: httpx.Client, tmp_path: Path) -> None:
    data = store(tmp_path / "data")
    with served(data) as site:
        send(browser, browser.get(f"{site}/coding"), "/coding/name", name="Sue")
        page = browser.get(f"{site}/coding/post")
    with served(data) as site:
        fields = dict(Form(page.text, "/coding/post").fields) | {"answer": "no"}
        assert "Kept." in browser.post(f"{site}/coding/post", data=fields).text
    assert [verdict.coder for verdict in Labels(data).standing()] == ["Sue"]


def test_cookies_of_another_debate_sign_nobody_in(tmp_path: Path) -> None:
    data = store(tmp_path / "data")
    write_accounts(data.accounts, {"ann": Account("ann", digest_of(WORDS, rounds=1000), lead=False)})
    with served(data) as site, httpx.Client() as client:
        send(client, client.get(f"{site}/-/login"), "/-/login", username="ann", password=WORDS)
        ((name, value),) = [(name, value) for name, value in client.cookies.items() if name.startswith("staff")]
        assert name != "staff"
        for called, status in ((name, 200), ("staff", 302), (f"{name}x", 302)):
            assert httpx.get(f"{site}/posts", cookies={called: value}).status_code == status, called
