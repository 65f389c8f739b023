"""A sign-in that runs out while somebody codes loses nothing: the form comes back filled in, to the same person, and is not kept
by itself. In both ways of signing in: with a name on this machine, and with accounts."""

import re
from html import unescape
from typing import Any

import pytest

from datasette_config.plugins.carrying import own_path
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
SAID = [
    ("answer", "yes"),
    ("theme", "health"),
    ("theme", "outsourcing"),
    ("question", "q0"),
    ("asks", "1"),
    ("note", "<b>ä & “so”"),
]
KINDS = {name for name, _ in SAID}
FROM_HERE, FROM_ELSEWHERE = {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "cross-site"}


def filled_in(form: Form) -> list[tuple[str, str]]:
    return [(name, value) for name, value in form.fields if name in KINDS and value]


def as_sent(form: Form) -> list[tuple[str, str]]:
    """What a browser sends of a form in which SAID was ticked and written."""
    return [field for field in form.fields if field[0] not in KINDS] + SAID


def sorted_as_said(fields: list[tuple[str, str]]) -> bool:
    return sorted(fields) == sorted(SAID)


# ---- with a name on this machine -------------------------------------------------------------------------------------


def test_who_signs_again_finds_what_they_had_filled_in(data: DataFolder, pages: Pages) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post?queue=audit")
    form = sue.form("/coding/post")
    del sue.cookies["coder"]
    sue.post("/coding/post", as_sent(form))
    assert sue.status == 403 and "Not kept yet" in sue.page and "Sign with your name again" in sue.page
    assert "outsourcing" not in re.sub(r'value="[^"]*"', "", sue.page), "nothing is shown before it is known who asks"
    sue.send("/coding/name", name=" ")
    assert "could not be taken" in sue.page and "Not kept yet" in sue.page
    sue.send("/coding/name", name="Sue")
    assert sue.status == 200 and "You had to sign in again" in sue.page and Labels(data).standing() == []
    again = sue.form("/coding/post")
    assert sorted_as_said(filled_in(again))
    assert dict(again.fields)["post"] == dict(form.fields)["post"]
    sue.send("/coding/post")
    (kept,) = Labels(data).standing()
    assert (kept.coder, kept.queue, kept.themes, kept.note) == ("Sue", "audit", ("health", "outsourcing"), SAID[-1][1])


def seen(page: str) -> str:
    """What stands on a page for people to see: what a form carries along hidden is none of it."""
    return unescape(re.sub(r'<input type="hidden"[^>]*>', "", page))


def said(page: str) -> str:
    return words(page).replace(" ’", "’").replace(" .", ".")


def test_who_signs_with_another_name_does_not_see_it_and_is_told_and_it_comes_back_to_whose_it_is(
    data: DataFolder, pages: Pages
) -> None:
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    form = sue.form("/coding/post")
    del sue.cookies["coder"]
    sue.post("/coding/post", as_sent(form))
    sue.send("/coding/name", name="Ben")
    told = (
        "What was about to be saved is Sue’s, and you signed as Ben. It is not shown to you, and nothing of it is kept as yours."
    )
    assert sue.status == 200 and told in said(sue.page) and "so”" not in seen(sue.page) and Labels(data).standing() == []
    sue.send("/coding/name")  # signs as Sue again
    assert "You had to sign in again" in sue.page and sorted_as_said(filled_in(sue.form("/coding/post")))
    sue.send("/coding/post")
    assert [one.coder for one in Labels(data).standing()] == ["Sue"]


def test_the_lead_s_word_comes_back_too(data: DataFolder, pages: Pages) -> None:
    lea = lead_settling(pages)
    form = lea.form("/coding/settle")
    del lea.cookies["coder"]
    lea.post("/coding/settle", as_sent(form))
    lea.send("/coding/name", name="Lea")
    assert sorted_as_said(filled_in(lea.form("/coding/settle"))) and "You had to sign in again" in lea.page


@pytest.mark.parametrize("with_token", [True, False])
def test_what_another_site_sent_is_not_carried(data: DataFolder, pages: Pages, with_token: bool) -> None:
    nobody = Coder(pages, "Sue")
    nobody.open("/coding/post")
    fields = [field for field in as_sent(nobody.form("/coding/post")) if with_token or field[0] != "csrftoken"]
    nobody.cookies.clear()
    nobody.post("/coding/post", fields, headers=FROM_ELSEWHERE if with_token else {})
    assert "Your name" in nobody.page and "carried" not in nobody.page


# ---- with accounts ---------------------------------------------------------------------------------------------------


def sent_by_nobody(staff: Staff, form: Form, action: str, **headers: str) -> Any:
    """The answer to a form that was open while the sign-in ran out."""
    staff.lose_session()
    data: dict[str, list[str]] = {}
    for name, value in as_sent(form):
        data.setdefault(name, []).append(value)
    return staff.ask(action, method="POST", data=data, headers=headers)


def signed_in_on(staff: Staff, page: str, name: str, password: str) -> Any:
    fields = dict(Form(page, "/-/login").fields) | {"username": name, "password": password}
    return staff.ask("/-/login", method="POST", data=fields)


def test_an_account_that_signs_in_again_finds_what_was_filled_in(data: DataFolder, staff: Staff) -> None:
    staff.sign_in("ann", PASSWORDS["ann"])
    form = Form(staff.ask("/coding/post?queue=audit").text, "/coding/post")
    asked = sent_by_nobody(staff, form, "/coding/post")
    assert asked.status_code == 403 and "Your sign-in had run out" in asked.text and "Not kept yet" in asked.text
    wrong = signed_in_on(staff, asked.text, "ann", "no")
    assert wrong.status_code == 403 and "Not kept yet" in wrong.text
    back = signed_in_on(staff, wrong.text, "ann", PASSWORDS["ann"])
    assert back.status_code == 200 and "You had to sign in again" in back.text and "no-store" in back.headers["cache-control"]
    again = Form(back.text, "/coding/post")
    assert sorted_as_said(filled_in(again)) and Labels(data).standing() == []
    data_again: dict[str, list[str]] = {}
    for name, value in again.fields:
        data_again.setdefault(name, []).append(value)
    assert staff.ask("/coding/post", method="POST", data=data_again).status_code == 303
    assert [(one.coder, one.themes) for one in Labels(data).standing()] == [("ann", ("health", "outsourcing"))]


def test_another_account_does_not_see_it_and_is_told(data: DataFolder, staff: Staff) -> None:
    staff.sign_in("ann", PASSWORDS["ann"])
    asked = sent_by_nobody(staff, Form(staff.ask("/coding/post").text, "/coding/post"), "/coding/post")
    other = signed_in_on(staff, asked.text, "lea", PASSWORDS["lea"])
    assert other.status_code == 200 and "no-store" in other.headers["cache-control"]
    assert "is ann’s, and you signed as lea." in said(other.text) and "so”" not in seen(other.text)
    assert staff.ask("/coding/lead").status_code == 200, "lea is signed in"
    wrong = signed_in_on(staff, other.text, "ann", "no")
    assert "Not kept yet" in wrong.text
    back = signed_in_on(staff, wrong.text, "ann", PASSWORDS["ann"])
    assert sorted_as_said(filled_in(Form(back.text, "/coding/post"))) and Labels(data).standing() == []


def test_a_browser_that_has_lost_all_cookies_is_believed_where_the_form_is_ours(data: DataFolder, staff: Staff) -> None:
    staff.sign_in("ann", PASSWORDS["ann"])
    form = Form(staff.ask("/coding/post").text, "/coding/post")
    staff.cookies = {"staff": ""}
    carried = sent_by_nobody(staff, form, "/coding/post", **FROM_HERE)
    assert "Not kept yet" in carried.text and 'name="carried"' in carried.text
    for headers in (FROM_ELSEWHERE, {}, {"origin": "https://elsewhere.example"}):
        staff.cookies = {"staff": ""}
        refused = sent_by_nobody(staff, form, "/coding/post", **headers)
        assert refused.status_code == 403 and 'name="carried"' not in refused.text and "was not taken" in refused.text


def test_after_signing_in_people_are_where_they_wanted_to_go_and_never_elsewhere(data: DataFolder, staff: Staff) -> None:
    asked = staff.ask("/coding/post?queue=theme:health&id=1%2F2")
    page = staff.ask(asked.headers["location"]).text
    assert signed_in_on(staff, page, "ann", PASSWORDS["ann"]).headers["location"] == "/coding/post?queue=theme:health&id=1%2F2"
    for elsewhere in ("//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\r\nx: y", "/\t/evil.example"):
        staff.lose_session()
        page = staff.ask("/-/login", params={"from": elsewhere}).text
        assert signed_in_on(staff, page, "ann", PASSWORDS["ann"]).headers["location"] == "/", elsewhere
        sent = {"csrftoken": dict(Form(page, "/-/login").fields)["csrftoken"], "from": elsewhere}
        answer = staff.ask("/-/login", method="POST", data={**sent, "username": "ann", "password": PASSWORDS["ann"]})
        assert answer.headers["location"] == "/", elsewhere


def test_what_else_was_sent_is_said_not_to_be_taken(data: DataFolder, staff: Staff) -> None:
    staff.sign_in("lea", PASSWORDS["lea"])
    form = Form(staff.ask("/coding/lead").text, "/coding/lead")
    answer = sent_by_nobody(staff, form, "/coding/lead")
    assert answer.status_code == 403 and "was not taken" in answer.text
    assert signed_in_on(staff, answer.text, "lea", PASSWORDS["lea"]).headers["location"] == "/coding/lead"
    assert staff.ask("/tracker/posts.json", method="POST").text != "", "no page for programs"


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("/", True),
        ("/coding/post?queue=theme:a&id=%C3%A4#x", True),
        ("", False),
        ("//a", False),
        ("/\\a", False),
        ("/a b", False),
        ("/ä", False),
        ("/a\n", False),
        ("/" + "a" * 3000, False),
        ("javascript:alert(1)", False),
    ],
)
def test_which_path_may_be_led_to(path: str, own: bool) -> None:
    assert own_path(path) == (path if own else None)
