"""What an account may do goes by its role, whatever it is called; no two are told apart by capitals alone; and another site signs
nobody in or out."""

from pathlib import Path

import pytest

from db.accounts import Account, digest_of, read_accounts, write_accounts
from db.folder import DataFolder
from pipelines.accounts import SigningIn, add_account, how_people_sign_in
from tests.coding_client import Form
from tests.pages_store import NOW
from tests.signed_pages import data as data
from tests.test_accounts import Staff
from tests.test_accounts import nobody_is_waiting as nobody_is_waiting
from tracker.problems import UsageProblem

WORDS = "four plain coder words"
FOR_LEADS = ("/coding/lead", "/coding/settle", "/coding/labels.jsonl", "/coding/validation.csv", "/forget", "/handover")


@pytest.mark.parametrize("name", ["root", "local"])
def test_a_plain_account_of_any_name_leads_nobody(data: DataFolder, name: str) -> None:
    write_accounts(data.accounts, {name: Account(name, digest_of(WORDS, rounds=1000), lead=False)})
    staff = Staff(data, how_people_sign_in(data))
    assert staff.sign_in(name, WORDS).status_code == 302
    assert {path: staff.ask(path).status_code for path in FOR_LEADS} == dict.fromkeys(FOR_LEADS, 403)
    page = staff.ask("/coding").text
    assert f"You are {name}." in page and "Sign your name" not in page, "nor codes under a name that anyone types"


@pytest.mark.parametrize("name", ["root", "local"])
def test_nor_does_who_is_called_so_by_a_proxy(data: DataFolder, name: str) -> None:
    staff = Staff(data, SigningIn(header="X-Forwarded-User"))
    for path in FOR_LEADS:
        assert staff.ask(path, headers={"x-forwarded-user": name}).status_code == 403, path


def test_no_two_accounts_differ_by_capitals_alone(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    add_account(folder, "émile", WORDS, lead=False, now=NOW)
    with pytest.raises(UsageProblem, match="already") as refused:
        add_account(folder, "ÉMILE", WORDS, lead=True, now=NOW)
    assert "Capitals do not tell people apart" in "\n".join(refused.value.lines())
    assert list(read_accounts(folder.accounts)) == ["émile"]
    add_account(folder, "émile", WORDS + " more", lead=True, now=NOW)
    assert read_accounts(folder.accounts)["émile"].lead


def test_another_site_signs_nobody_in_or_out(data: DataFolder) -> None:
    """A browser sends no cookies with a form of another site, and keeps those that the answer sets."""
    write_accounts(data.accounts, {"carl": Account("carl", digest_of(WORDS, rounds=1000), lead=False)})
    staff = Staff(data, how_people_sign_in(data))
    sent = {"username": "carl", "password": WORDS}
    for headers in ({}, {"origin": "null"}, {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}):
        for more in ({}, {"csrftoken": "made-up"}):
            staff.cookies.clear()
            answer = staff.ask("/-/login", method="POST", data={**sent, **more}, headers=headers)
            assert answer.status_code == 403 and not [name for name in answer.cookies if name.startswith("staff")]
            staff.cookies.clear()
            out = staff.ask("/-/logout", method="POST", data=more, headers=headers)
            assert not [line for line in out.headers.get_list("set-cookie") if line.startswith("staff")]
    staff.cookies.clear()
    assert staff.sign_in("carl", WORDS).status_code == 302
    form = dict(Form(staff.ask("/").text, "/-/logout").fields)
    out = staff.ask("/-/logout", method="POST", data=form)
    assert [line for line in out.headers.get_list("set-cookie") if line.startswith("staff") and "Max-Age=0" in line]
