"""Coding with more themes than single keys, in a real browser: every choice by keyboard, groups, what stays in sight."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from db.campaigns import note_campaign
from db.folder import DataFolder
from db.labels import Labels
from db.store import Store
from tests.chromium import Chromium
from tests.chromium import sues_browser as sues_browser
from tests.coding_client import Coder, their_id
from tests.many_themes import GROUPS, SERVICES, campaign, with_many_themes
from tests.pages_client import Pages
from tests.pages_store import CAMPAIGN, NOW, build_store
from tests.serving import served
from tracker.counting import local_day

pytestmark = pytest.mark.browser

POST = "/coding/post?queue=audit"
LOW = (320, 256)
"""A window of 1280 by 1024 pixels at 400 %."""
SIZES = [(1440, 900), (1280, 720), (320, 640), (320, 420), LOW]
STATE = """
    const ticked = [...document.querySelectorAll('#coding input[type=checkbox]:checked')];
    return [ticked.map(one => one.value), document.getElementById('said').textContent, document.activeElement.value]
"""
SEEN = """
    const seen = () => {
        const here = document.activeElement, box = here.getBoundingClientRect();
        const at = (part) => document.elementFromPoint(box.left + box.width / 2, box.top + box.height * part);
        const covers = (one) => one && !here.contains(one) && (!one.contains(here) || one.matches('.acts, .card'));
        const inside = box.top >= -1 && box.bottom <= innerHeight + 1;
        const partly = here.matches('textarea') && box.bottom > 0 && box.top < innerHeight;
        const name = `${here.tagName} ${here.value || here.textContent.trim().slice(0, 40)}`;
        return [name, [0.1, 0.5, 0.9].map(at).filter(covers).map(one => one.className), inside || partly];
    };
"""
WALK = """
    const stops = [...document.querySelectorAll('main :is(a[href], input, textarea, button, summary)')];
    const met = stops.filter(one => one.offsetParent && !one.matches(':disabled, [type=hidden]'));
    return [...met, ...met.toReversed()].map(one => { one.focus(); return seen() })
"""
BAR = """
    const box = document.querySelector('.acts').getBoundingClientRect();
    return [Math.round(box.top), Math.round(box.bottom), innerHeight]
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return with_many_themes(build_store(tmp_path_factory.mktemp("many") / "data"))


def press(browser: Chromium, keys: str) -> list[object]:
    """Press these keys one by one; gives what is ticked, what was said, and the value of what has the focus."""
    for key in keys:
        browser.press(key)
    found: list[object] = browser.ask(STATE)
    return found


def test_the_keys_beside_each_choice_tick_it(site: str, browser: Chromium) -> None:
    browser.open_anew(site, POST, width=1440)
    beside = browser.ask("""
        const choices = document.querySelectorAll('#coding input[type=checkbox]');
        return [...choices].map(one => [one.value, one.closest('label').querySelector('kbd')?.textContent ?? ''])
    """)
    many = sum(GROUPS.values()) + len(SERVICES) + len(campaign().questions) + 1
    keys = [key for _, key in beside]
    assert len(set(keys)) == many and "" not in keys
    browser.press("r")
    for place, (_, key) in enumerate(beside):
        assert press(browser, key)[0] == [value for value, _ in beside[: place + 1]], key
    for place, (_, key) in enumerate(beside):
        assert press(browser, key)[0] == [value for value, _ in beside[place + 1 :]], key


def test_a_letter_goes_to_a_group_and_digits_tick_there(site: str, data: DataFolder, browser: Chromium) -> None:
    browser.open_anew(site, POST, width=1440)
    number = browser.ask("return document.querySelector('input[name=post]').value")
    assert press(browser, "r1") == [[], "Relevant: ticked", "on"] or press(browser, "1")[0] == [], "a digit alone ticks nothing"
    assert press(browser, "a") == [[], "Money a: 8 choices", "theme-1"]
    assert press(browser, "13") == [["theme-1", "theme-3"], "Money, theme 3: ticked", "theme-3"]
    assert press(browser, "9")[0] == ["theme-1", "theme-3"], "the group has eight"
    assert press(browser, "1")[:2] == [["theme-3"], "Money, theme 1: not ticked"]
    assert press(browser, "d2")[:2] == [["theme-3", "theme-20"], "People who work there, theme 12: ticked"]
    live = "return [...document.querySelectorAll('.choice.live')].map(one => one.querySelector('kbd').textContent)"
    assert browser.ask(live) == ["d1", "d2"]
    browser.press("Escape")
    assert browser.ask(live) == [] and press(browser, "1")[0] == ["theme-3", "theme-20"]
    assert press(browser, "g5y")[0] == ["theme-3", "theme-20", "social", "1"]
    browser.press("m")
    browser.write("a1 b2")
    browser.press("a")
    browser.press("Escape")
    chosen = browser.ask("return document.getElementById('chosen').textContent")
    assert chosen.split(" · ") == [
        *("Relevant", "Money, theme 3", "People who work there, theme 12", "Social care", "It is a question, put to us"),
    ]
    browser.press("Enter")
    browser.wait_for(f"document.querySelector('input[name=post]').value !== '{number}'")
    kept = next(one for one in Labels(data).standing() if one.native_id == their_id(data, number))
    assert (kept.relevant, set(kept.themes), kept.asks_us) == (True, {"theme-3", "theme-20", "social"}, True)
    assert kept.note == "a1 b2a"


def test_enter_saves_from_a_ticked_box_too_and_a_key_held_down_skips_one(site: str, browser: Chromium) -> None:
    def number() -> str:
        return str(browser.ask("return document.querySelector('input[name=post]').value"))

    browser.open_anew(site, POST, width=1440)
    first = number()
    press(browser, "re7")
    browser.press("Enter")
    browser.wait_for(f"document.querySelector('input[name=post]').value !== '{first}'")
    second = number()
    browser.press("s", autoRepeat=True)
    browser.press("a", autoRepeat=True)
    assert number() == second
    browser.press("u")
    browser.wait_for(f"document.querySelector('input[name=post]').value === '{first}'")
    assert browser.ask(STATE)[0] == ["theme-27"]
    browser.press("Enter")
    browser.wait_for(f"document.querySelector('input[name=post]').value !== '{first}'")


def test_what_is_not_this_debate_has_no_themes_and_that_is_said(site: str, browser: Chromium) -> None:
    browser.open_anew(site, POST, width=1440)
    for keys in ("na", "1", "h2"):
        assert press(browser, keys)[:2] == [[], "Only a post that is part of this debate has themes"]
    assert browser.ask("return document.getElementById('chosen').textContent") == "Not this debate"


def test_digits_are_where_they_lie_on_a_french_keyboard(site: str, browser: Chromium) -> None:
    browser.open_anew(site, POST, width=1440)
    press(browser, "ra")
    browser.press("é", code="Digit2")
    assert browser.ask(STATE)[0] == ["theme-2"]


def test_groups_are_read_out_in_the_order_of_the_campaign(site: str, browser: Chromium) -> None:
    browser.open_anew(site, POST, width=1440)
    nodes = {node["nodeId"]: node for node in browser.devtools("Accessibility.getFullAXTree", {})["nodes"]}

    def groups(node: dict[str, Any]) -> Iterator[str]:
        if node.get("role", {}).get("value") == "group" and node["name"]["value"]:
            yield node["name"]["value"]
        for child in node.get("childIds", []):
            yield from groups(nodes[child])

    legends = [name for name in groups(next(iter(nodes.values()))) if name != "Keys"]
    begin, end = ["Is it part", "Which themes"], ["Without a group", "Public serv", "Does it prop", "Does it ask"]
    wanted = [*begin, *filter(None, GROUPS), *end]
    assert [name[: len(begin)] for name, begin in zip(legends, wanted, strict=True)] == wanted
    headings = browser.ask("return [...document.querySelectorAll('aside h3, aside h4')].map(one => one.innerText)")
    assert headings == ["Themes", *filter(None, GROUPS), "Without a group", "Public services", "The paper's questions"]


def test_themes_to_read_one_at_a_time_stand_in_the_groups_of_the_form(site: str, browser: Chromium) -> None:
    browser.open(f"{site}/coding", width=320)
    browser.tab_to("document.activeElement.textContent === 'One theme at a time'")
    browser.press("Enter")
    listed = browser.ask("""
        const parts = document.querySelectorAll('details[open] :is(h3, h4, ul)');
        return [...parts].map(one => one.matches('ul') ? one.querySelectorAll('a').length : one.innerText)
    """)
    groups = [part for name, many in GROUPS.items() for part in (name or "Without a group", many)]
    assert listed == ["Themes", *groups, "Public services", len(SERVICES)]
    browser.tab_to("document.activeElement.textContent === 'Social care'")
    browser.press("Enter")
    browser.wait_for("document.title.startsWith('Nothing left to read')")
    assert browser.ask("return location.search") == "?queue=theme:social"


@pytest.mark.parametrize("size", SIZES)
def test_save_skip_and_undo_stay_in_the_window_and_leave_room(site: str, browser: Chromium, size: tuple[int, int]) -> None:
    width, height = size
    browser.open_anew(site, POST, width=width, height=height)
    press(browser, "ra12345678b1234567890")
    places = ("0", "document.querySelector('#note').offsetTop", "document.querySelector('aside details:last-of-type').offsetTop")
    for place in places:
        browser.ask(f"scrollTo(0, {place})")
        top, bottom, window = browser.ask(BAR)
        if size == LOW:
            continue
        assert top >= 0 and bottom <= window, (place, top, bottom)
        assert bottom - top <= window / 4, f"{bottom - top} of {window}"
    stuck = browser.ask("return getComputedStyle(document.querySelector('.acts')).position")
    assert stuck == ("static" if size == LOW else "sticky")
    content, window = browser.ask("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert content <= window


def test_a_name_of_one_long_word_makes_no_page_wide(browser: Chromium, tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=12)
    first, *others = CAMPAIGN.themes
    with closing(Store.open(data)) as store:
        note_campaign(store, replace(CAMPAIGN, themes=(replace(first, name="Unter" * 17), *others)), now=NOW, local_day=local_day)
    with served(data) as address:
        for path in ("/codebook", "/method", "/", f"/theme/{first.slug}"):
            browser.open(address + path, width=320)
            content, window = browser.ask("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert content <= window, path


@pytest.mark.parametrize("size", SIZES)
def test_nothing_that_has_the_focus_is_covered(site: str, browser: Chromium, size: tuple[int, int]) -> None:
    """WCAG 2.2, 2.4.11, and all of it rather than a part: through the form and the codebook, and back."""
    width, height = size
    browser.open_anew(site, POST, width=width, height=height)
    press(browser, "r")
    met = browser.ask(SEEN + WALK)
    assert [one for one in met if one[1] or not one[2]] == []
    assert len(met) > 160


def test_tab_goes_through_the_form_to_the_bar_and_then_to_the_codebook(site: str, browser: Chromium) -> None:
    browser.open_anew(site, POST, width=320, height=640)
    browser.ask("document.getElementById('note').focus(); scrollTo(0, 0)")
    met = []
    for _ in range(43):
        browser.press("Tab")
        met.append(browser.ask(SEEN + "return seen()"))
    assert [one for one in met if one[1] or not one[2]] == []
    names = [one[0] for one in met]
    assert [name.split()[1] for name in names[:4]] == ["Save", "1", "Undo", "Keys"]
    assert names[5] == "SUMMARY Money, theme 1" and names[-1] == "SUMMARY What should become of theme 3, and who s"


@pytest.mark.parametrize("size", [(1440, 900), (320, 640)])
def test_all_of_the_codebook_can_be_read_by_keyboard(site: str, browser: Chromium, size: tuple[int, int]) -> None:
    width, height = size
    browser.open_anew(site, POST, width=width, height=height)
    for slug in ("theme-30", "social"):
        browser.ask(f"document.querySelector('#{slug} summary').focus()")
        browser.press("Enter")
        browser.wait_for(f"document.getElementById('{slug}').open")
        browser.press_until(
            "ArrowDown",
            f"""(() => {{
            const box = document.querySelector('#{slug} p').getBoundingClientRect();
            const there = document.elementFromPoint(box.left + 5, box.bottom - 5);
            return box.bottom <= innerHeight && there !== null && there.closest('#{slug}') !== null
        }})()""",
        )


def test_the_bar_works_with_javascript_off(site: str, data: DataFolder, browser: Chromium) -> None:
    number = "return document.querySelector('input[name=post]').value"
    browser.run_scripts(False)
    try:
        browser.open_anew(site, POST, width=320, height=640)
        first = browser.ask(number)
        browser.tab_to("document.activeElement.value === 'yes'")
        browser.press(" ")
        browser.tab_to("document.activeElement.value === 'theme-9'")
        browser.press(" ")
        browser.tab_to("document.activeElement.className === 'strong'")
        browser.press("Enter")
        browser.wait_for("document.body.innerText.includes('Kept.')")
        kept = next(one for one in Labels(data).standing() if one.native_id == their_id(data, first))
        assert (kept.relevant, kept.themes) == (True, ("theme-9",))
        browser.tab_to("document.activeElement.getAttribute('form') === 'undo'")
        browser.press("Enter")
        browser.wait_for("document.body.innerText.includes('Taken back.')")
        assert browser.ask(number) == first
        browser.tab_to("document.activeElement.className === 'strong'")
        browser.press("Enter")
        browser.wait_for("document.body.innerText.includes('Kept.')")
        again = next(one for one in Labels(data).standing() if one.native_id == their_id(data, first))
        assert again.themes == ("theme-9",), "what was said stands in the form, to be said again"
    finally:
        browser.run_scripts(True)


def test_settling_has_the_same_keys_and_the_same_bar(site: str, data: DataFolder, browser: Chromium) -> None:
    by_sue = {one.native_id for one in Labels(data).standing()}
    post = next(number for number in ("30004", "10001", "10002", "10004", "10005") if number not in by_sue)
    for name, answer in (("Ann", "yes"), ("Ben", "no")):
        coder = Coder(Pages(data, campaign=campaign()), name)
        coder.open(f"/coding/post?queue=other&platform=x&id={post}")
        coder.code(answer)
    browser.open(f"{site}/coding/settle", width=1440)
    number = browser.ask("return document.querySelector('input[name=post]').value")
    assert their_id(data, number) == post
    met = browser.ask(SEEN + WALK)
    assert [one for one in met if one[1] or not one[2]] == []
    assert press(browser, "rd2")[0] == ["theme-20"]
    top, bottom, window = browser.ask(BAR)
    assert top >= 0 and bottom <= window
    browser.press("Enter")
    browser.wait_for(f"document.querySelector('input[name=post]')?.value !== '{number}'")
    kept = next(one for one in Labels(data).standing() if one.native_id == post and one.role == "lead")
    assert kept.themes == ("theme-20",)
