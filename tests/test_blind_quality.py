"""The pages on agreement and on how well posts are found tell a plain account nothing of posts that it has yet to read blind."""

import re
from pathlib import Path

import pytest

from db.accounts import Account, digest_of, write_accounts
from db.folder import DataFolder
from db.labels import Labels
from pipelines.accounts import how_people_sign_in
from tests.coding_client import Form
from tests.pages_client import main_words
from tests.pages_store import NOW, build_store
from tests.test_accounts import Staff
from tests.test_accounts import nobody_is_waiting as nobody_is_waiting

WORDS = "four plain coder words"


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    data = build_store(tmp_path / "data", posts=60)
    names = ("ann", "ben", "cay", "lea")
    write_accounts(data.accounts, {name: Account(name, digest_of(WORDS, rounds=1000), name == "lea") for name in names})
    Labels(data).set_rule("coders_each", "3", who="lea", now=NOW)
    return data


def signed(data: DataFolder, name: str) -> Staff:
    staff = Staff(data, how_people_sign_in(data))
    assert staff.sign_in(name, WORDS).status_code == 302
    return staff


def code(staff: Staff, answer: str, theme: str = "") -> str:
    """Say so of the post that is offered first; which one that was."""
    form = dict(Form(staff.ask("/coding/post").text, "/coding/post").fields)
    said = {**form, "answer": answer, **({"theme": theme} if theme else {})}
    assert staff.ask("/coding/post", method="POST", data=said).status_code == 303
    return form["post"]


def told(staff: Staff) -> tuple[str, str]:
    agreement, found = (main_words(staff.ask(path).text) for path in ("/coding/agreement", "/coding/found"))
    return agreement, found


@pytest.mark.parametrize("round_name", ["main", "pilot"])
def test_who_is_yet_to_read_a_post_is_not_told_what_others_said_of_it(data: DataFolder, round_name: str) -> None:
    Labels(data).set_rule("round", round_name, who="lea", now=NOW)
    queue = "pilot" if round_name == "pilot" else "audit"
    people = {name: signed(data, name) for name in ("ann", "ben", "cay", "lea")}
    for name in ("ann", "ben"):
        form = dict(Form(people[name].ask(f"/coding/post?queue={queue}").text, "/coding/post").fields)
        said = {**form, "answer": "yes", "theme": "health"}
        assert people[name].ask("/coding/post", method="POST", data=said).status_code == 303
    agreement, found = told(people["cay"])
    assert "Verdicts of yes" not in agreement and "Left out for you: 1 post that others have read" in agreement
    assert "read by at least two people" not in agreement and "Part of this debate:" not in found
    for name in ("ann", "lea"):
        agreement, found = told(people[name])
        assert "1 post has been read by at least two people" in agreement and "Left out" not in agreement + found
        assert ("1 of 1 post read" in found) is (round_name == "main")


def test_what_has_readers_enough_is_told_to_everyone(data: DataFolder) -> None:
    Labels(data).set_rule("coders_each", "2", who="lea", now=NOW)
    ann, ben, cay = (signed(data, name) for name in ("ann", "ben", "cay"))
    assert code(ann, "yes", "health") == code(ben, "yes", "health")
    code(ann, "no")
    agreement, found = told(cay)
    assert "1 post has been read by at least two people" in agreement and "1 of 1 post read" in found
    assert re.search(r"Left out for you: 1 post that others have read", found)
