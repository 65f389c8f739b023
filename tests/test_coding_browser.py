"""Coding in a real browser: by keyboard alone, on a phone, with hostile posts; and by two people at once."""

import sqlite3
import threading
from contextlib import closing

import pytest
import requests

from db.folder import DataFolder
from db.labels import Labels
from tests.chromium import Chromium
from tests.chromium import sues_browser as sues_browser
from tests.coding_client import Form, their_id
from tests.pages_store import build_store
from tracker.codings import Coding

pytestmark = pytest.mark.browser

NEXT = "/coding/post?queue=audit"
PAGES = ("/coding", "/coding/post", "/codebook", "/coding/agreement", "/coding/found", "/coding/lead", "/coding/settle")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return build_store(tmp_path_factory.mktemp("coding") / "data")


def shown(browser: Chromium) -> str:
    return str(browser.ask("return document.querySelector('input[name=post]').value"))


def of(data: DataFolder, reference: str) -> tuple[bool | None, tuple[str, ...]] | None:
    number = their_id(data, reference)
    found = [one for one in Labels(data).standing() if one.native_id == number and one.coder == "Sue"]
    return (found[0].relevant, found[0].themes) if found else None


def test_a_post_is_coded_with_single_keys(site: str, data: DataFolder, browser: Chromium) -> None:
    browser.open_anew(site, NEXT, width=1440)
    first = shown(browser)
    for key in ("r", "1", "3"):
        browser.press(key)
    assert browser.ask("return document.getElementById('said').textContent") == "Co-production: ticked"
    browser.press("Enter")
    browser.wait_for(f"document.querySelector('input[name=post]').value !== '{first}'")
    assert of(data, first) == (True, ("co-production", "outsourcing"))
    second = shown(browser)
    browser.press("n")
    assert browser.ask("return document.querySelector('input[name=theme]').matches(':disabled')")
    browser.press("Enter")
    browser.wait_for(f"document.querySelector('input[name=post]').value !== '{second}'")
    assert of(data, second) == (False, ())
    browser.press("u")
    browser.wait_for(f"document.querySelector('input[name=post]').value === '{second}'")
    assert of(data, second) is None
    browser.press("s")
    browser.wait_for(f"document.querySelector('input[name=post]').value !== '{second}'")
    assert of(data, second) is None


FILLED = """
    const inputs = [...document.querySelectorAll('#coding input:is([type=radio], [type=checkbox]):checked')];
    return [...inputs.map(one => one.value), document.getElementById('note').value]
"""


def test_undo_fills_the_form_in_and_the_back_button_finds_what_was_said(site: str, data: DataFolder, browser: Chromium) -> None:
    browser.open_anew(site, NEXT, width=1440)
    number = shown(browser)
    for key in ("r", "1", "3", "m"):
        browser.press(key)
    browser.write("borderline")
    browser.press("Escape")
    browser.press("Enter")
    browser.wait_for(f"document.querySelector('input[name=post]').value !== '{number}'")
    assert browser.ask(FILLED) == [""]
    browser.press("u")
    browser.wait_for(f"document.querySelector('input[name=post]').value === '{number}'")
    assert browser.ask(FILLED) == ["yes", "outsourcing", "co-production", "borderline"]
    assert browser.ask("return document.getElementById('chosen').textContent") == "Relevant · Outsourcing · Co-production"
    browser.press("3")
    browser.press("Enter")
    browser.wait_for(f"document.querySelector('input[name=post]').value !== '{number}'")
    assert of(data, number) == (True, ("outsourcing",))
    following = shown(browser)
    browser.press("n")
    browser.ask("history.back()")
    browser.wait_for(f"document.querySelector('input[name=post]').value === '{number}'")
    assert browser.ask(FILLED) == ["yes", "outsourcing", "borderline"]
    assert "Taken back" not in browser.ask("return document.body.innerText")
    browser.ask("location.reload()")  # as a browser does that has not kept the page
    browser.wait_for("performance.getEntriesByType('navigation')[0].type === 'reload'")
    assert (shown(browser), browser.ask(FILLED)) == (number, ["yes", "outsourcing", "borderline"])
    assert "Taken back" not in browser.ask("return document.body.innerText")
    browser.ask("history.back()")
    browser.wait_for(f"document.querySelector('input[name=post]').value === '{following}'")
    assert browser.ask(FILLED) == [""], "what was said of one post never stands at another"
    assert of(data, number) == (True, ("outsourcing",))


def test_a_reload_loses_nothing_and_the_next_coder_finds_nothing(site: str, data: DataFolder, browser: Chromium) -> None:
    unsaved = "return sessionStorage.getItem('coding: not saved') ?? ''"
    browser.open_anew(site, NEXT, width=1440)
    number = shown(browser)
    for key in ("r", "1", "3", "m"):
        browser.press(key)
    browser.write("half a note")
    mine = ["yes", "outsourcing", "co-production", "half a note"]
    for _ in range(2):
        reload(browser)
        assert (shown(browser), browser.ask(FILLED)) == (number, mine)
        assert "and not saved, is filled in" in browser.ask("return document.body.innerText")
    assert browser.ask("return document.getElementById('chosen').textContent") == "Relevant · Outsourcing · Co-production"
    browser.code_as_instead("Zoe", site)
    assert browser.ask(unsaved) == ""
    browser.open(f"{site}/coding/post?queue=audit&post={number}", width=1440)
    assert (shown(browser), browser.ask(FILLED)) == (number, [""])
    browser.press("n")
    browser.code_as_instead("Sue", site)
    browser.open(f"{site}/coding/post?queue=audit", width=1440)
    assert (shown(browser), browser.ask(FILLED)) == (number, [""])
    browser.press("r")
    browser.press("Enter")
    browser.wait_for(f"document.querySelector('input[name=post]').value !== '{number}'")
    assert number not in browser.ask(unsaved), "what is saved is no longer kept in the tab"
    assert of(data, number) == (True, ())
    browser.press("n")
    browser.press("s")
    browser.wait_for("document.querySelector('.done').innerText.includes('Left for others')")
    assert '"posts":{}' in browser.ask(unsaved)


def test_what_was_not_taken_outlives_a_reload_too(site: str, browser: Chromium) -> None:
    """Which then asks for the post, and sends nothing again: neither the form nor, after signing in, a password."""
    browser.open_anew(site, NEXT, width=1440)
    number = shown(browser)
    browser.press("1")
    browser.press("Enter")
    browser.wait_for("document.activeElement.id === 'faults'")
    reload(browser)
    assert (shown(browser), browser.ask(FILLED)) == (number, ["outsourcing", ""])
    browser.press("1")
    browser.press("Enter")
    browser.wait_for("document.activeElement.id === 'faults'")
    assert f"post={number}" in browser.ask("return location.search") and browser.ask(FILLED) == [""]
    browser.press("r")
    browser.press("Enter")
    browser.wait_for(f"document.querySelector('input[name=post]').value !== '{number}'")
    assert '"posts":{}' in browser.ask("return sessionStorage.getItem('coding: not saved')")


def reload(browser: Chromium) -> None:
    browser.ask("window.before = 1; location.reload()")
    browser.wait_for("window.before === undefined && document.getElementById('coding')")


def test_letters_in_the_note_are_letters_and_keys_can_be_switched_off(site: str, browser: Chromium) -> None:
    browser.open_anew(site, NEXT, width=1440)
    browser.press("m")
    browser.write("r n c s u")
    browser.press("n")
    state = "return [document.querySelector('input[name=answer]:checked')?.value, document.getElementById('note').value]"
    assert browser.ask(state) == [None, "r n c s un"]
    browser.press("Escape")
    browser.press("n")
    assert browser.ask(state)[0] == "no"
    browser.ask("document.getElementById('help').open = true; document.getElementById('single').click()")
    browser.press("r")
    assert browser.ask(state)[0] == "no"
    browser.open_anew(site, NEXT, width=1440)
    browser.press("r")
    assert browser.ask(state)[0] is None  # remembered
    browser.ask("document.getElementById('help').open = true; document.getElementById('single').click()")


def test_a_post_is_coded_with_tab_and_space_alone(site: str, data: DataFolder, browser: Chromium) -> None:
    browser.open_anew(site, NEXT, width=320)
    number = shown(browser)
    browser.tab_to("document.activeElement.name === 'answer'")
    browser.press(" ")
    browser.tab_to("document.activeElement.value === 'health'")
    outline = browser.ask("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    browser.press(" ")
    browser.tab_to("document.activeElement.className === 'strong'")
    browser.press("Enter")
    browser.wait_for(f"document.querySelector('input[name=post]').value !== '{number}'")
    assert of(data, number) == (True, ("health",))


def test_what_is_wrong_gets_the_focus(site: str, browser: Chromium) -> None:
    browser.open_anew(site, NEXT, width=320)
    browser.press("Enter")
    browser.wait_for("document.activeElement.id === 'faults'")
    assert "Say first whether the post is part of this debate" in browser.ask("return document.activeElement.innerText")
    assert browser.ask("return document.activeElement.getAttribute('role')") == "alert"


@pytest.mark.parametrize("width", [320, 1440])
def test_no_page_of_the_coding_scrolls_sideways_or_is_refused_anything(site: str, browser: Chromium, width: int) -> None:
    browser.complaints()
    hostile = [f"/coding/post?queue=other&platform=x&id={number}" for number in range(20_000, 20_005)]
    for path in (*PAGES, *hostile):
        browser.open(site + path, width=width)
        content, window, title, images = browser.ask(
            "const page = document.documentElement;"
            "return [page.scrollWidth, page.clientWidth, document.title, document.querySelectorAll('main img').length]"
        )
        assert content <= window <= width, f"{path} is {content} pixels wide in a window of {window}"
        assert title != "broken" and images == 0, path
        assert browser.complaints() == [], path
        small = """
            const controls = document.querySelectorAll('main button, main .choice, main summary, main input[type=text]');
            const seen = [...controls].filter(one => one.offsetParent);
            return seen.filter(one => one.getBoundingClientRect().height < 24).map(one => one.outerHTML)
        """
        assert browser.ask(small) == [], path
        unlabelled = """
            const controls = document.querySelectorAll('input:not([type=hidden]), textarea, select');
            return [...controls].filter(one => !one.labels.length).map(one => one.outerHTML)
        """
        assert browser.ask(unlabelled) == [], path
        assert browser.ask("return document.querySelectorAll('h1').length") == 1, path
        if path in hostile:
            down = browser.ask("return document.querySelector('.coding fieldset').getBoundingClientRect().top")
            assert down < 1500, f"{path}: the questions stand {down} pixels below the top"


def test_text_that_turns_the_writing_direction_stays_in_its_box(site: str, browser: Chromium) -> None:
    browser.open(f"{site}/coding/post?queue=other&platform=x&id=20001", width=1440)
    isolated = browser.ask("return getComputedStyle(document.getElementById('words')).unicodeBidi")
    assert isolated == "isolate"


def test_two_people_at_once_lose_nothing(site: str, data: DataFolder) -> None:
    """Three people code as fast as they can, each with an own connection, against the one server; every answer that was given is
    in the file, and each post was read by whoever it was offered to."""
    given: dict[str, list[tuple[str, str]]] = {}
    failed: list[str] = []

    def code(name: str) -> None:
        with requests.Session() as session:
            page = session.get(f"{site}/coding").text
            fields = dict(Form(page, "/coding/name").fields)
            session.post(f"{site}/coding/name", data={**fields, "name": name})
            page = session.get(f"{site}/coding/post?queue=audit").text
            for number in range(20):
                fields = dict(Form(page, "/coding/post").fields)
                answer = ("yes", "no", "cannot")[number % 3]
                sent = session.post(f"{site}/coding/post", data={**fields, "answer": answer})
                if sent.status_code != 200 or "Kept." not in sent.text:
                    failed.append(f"{name} {number}: {sent.status_code} {sent.text[:400]}")
                    return
                given.setdefault(name, []).append((their_id(data, fields["post"]), answer))
                page = sent.text

    people = [threading.Thread(target=code, args=(name,)) for name in ("Una", "Dov", "Tess")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert failed == []
    said = {True: "yes", False: "no", None: "cannot"}
    kept = Labels(data).standing()
    for name, answers in given.items():
        mine = sorted((one.native_id, said[one.relevant]) for one in kept if one.coder == name)
        assert mine == sorted(answers) and len(mine) == 20


def test_what_was_settled_last_is_taken_back_by_a_key_where_nothing_is_left(
    site: str, data: DataFolder, browser: Chromium
) -> None:
    with closing(sqlite3.connect(data.tracker)) as db:
        ((platform, number, text),) = db.execute("select platform, native_id, text from posts where text <> '' limit 1")
    with closing(Labels(data)) as labels:
        for coder, theme in (("Ann", "health"), ("Bea", "outsourcing")):
            labels.add(Coding(platform, number, text, coder, "2026-11-09T09:00:00Z", relevant=True, themes=(theme,)))
    here = "document.querySelector('input[name=post]')?.value"
    browser.open(f"{site}/coding/settle", width=1440)
    while last := browser.ask(f"return {here}"):
        browser.press("n")
        browser.press("Enter")
        browser.wait_for(f"{here} !== '{last}'")
        settled = last
    assert browser.ask("return document.querySelector('h1').textContent") == "Nothing is left to settle"
    browser.press("u")
    browser.wait_for(f"{here} === '{settled}'")
    assert browser.ask(FILLED)[0] == "no"


def test_the_back_button_leads_a_lead_to_the_post_that_stood_there(site: str, data: DataFolder, browser: Chromium) -> None:
    with closing(sqlite3.connect(data.tracker)) as db, closing(Labels(data)) as labels:
        posts = db.execute("select platform, native_id, text from posts where text <> '' limit 3").fetchall()
        for platform, number, text in posts:
            for coder, theme in (("Ann", "health"), ("Bea", "outsourcing")):
                labels.add(Coding(platform, number, text, coder, "2026-11-09T09:00:00Z", True, (theme,), round="again"))
    browser.open(f"{site}/coding/settle", width=1440)
    first = shown(browser)
    for keys in (("n", "Enter"), ("c", "Enter")):
        here = shown(browser)
        for key in keys:
            browser.press(key)
        browser.wait_for(f"document.querySelector('input[name=post]')?.value !== '{here}'")
    reload(browser)
    assert "Settled." not in browser.ask("return document.body.innerText"), "that was done before"
    for then, said in ((here, "cannot"), (first, "no")):
        browser.ask("history.back()")
        browser.wait_for(f"document.querySelector('input[name=post]')?.value === '{then}'")
        assert browser.ask(FILLED)[0] == said
