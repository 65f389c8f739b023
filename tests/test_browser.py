"""The pages in a real browser: each is opened once, laid out for a phone and for a desk, and looked at for everything at once.

No sideways scrolling, nothing refused and nothing from elsewhere, hostile text inert, controls named and large enough.
"""

from typing import Any

import pytest

from db.folder import DataFolder
from tests.a11y.rooms import our_pages
from tests.chromium import Chromium
from tests.chromium import browser as browser
from tests.pages_client import Pages
from tests.pages_store import build_store

pytestmark = pytest.mark.browser

NARROW, WIDE = 320, 1440
EXAMPLES = {"slug": "outsourcing", "name": "mastodon", "source": "mastodon", "week": "2026-W45", "tag": "inventeddebate"}
STOCK = (
    "/tracker",
    "/tracker/posts",
    "/tracker/posts/1",
    "/tracker/most-shared-links",
    "/tracker/busiest-days?_show_sql=1",
    "/tracker?sql=select+1",
)
NOT_PAGES = ("/take/", "/atom/", "/-/", "/add/import", "/coding")
"""Files, feeds, places where only forms are sent to; tests/test_coding_browser.py opens the pages of the coding."""
LOOK = """
    const laidOut = new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    return laidOut.then(() => {
        const page = document.documentElement, all = which => [...document.querySelectorAll(which)];
        const named = one => one.labels?.length || one.getAttribute('aria-label');
        const asked = performance.getEntriesByType('resource').map(one => one.name);
        const pressed = '.rooms a, main button, input, select, summary, .chips a, .pages a';
        return {
            content: page.scrollWidth, window: page.clientWidth, title: document.title, language: page.lang,
            headings: all('h1').length, images: document.images.length,
            elsewhere: asked.filter(one => !one.startsWith(location.origin)),
            unnamed: all('input:not([type=hidden], [type=submit]), select, textarea')
                .filter(one => one.offsetParent && !named(one)).map(one => one.outerHTML),
            small: all(pressed).filter(one => one.offsetParent && one.type !== 'radio' && one.type !== 'checkbox')
                .filter(one => one.getBoundingClientRect().height < 24).map(one => one.outerHTML),
        };
    });
"""
Visits = dict[tuple[str, int], dict[str, Any]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return build_store(tmp_path_factory.mktemp("site") / "data")


@pytest.fixture(scope="module")
def visits(site: str, browser: Chromium, data: DataFolder, pages: Pages) -> Visits:
    """What was seen of every page, by path and width; the pages of the posts that try to break a page are among them."""
    browser.open(f"{site}/tracker/posts.json?_shape=array&native_id__gte=20000&native_id__lt=20009", width=WIDE)
    numbers = browser.ask("return JSON.parse(document.body.innerText).map(row => row.id)")
    hostile = [f"/{room}/{number}" for number in numbers for room in ("post", "quotes")]
    assert len(hostile) == 10
    ours = our_pages(pages, {**EXAMPLES, "post_id": str(numbers[0]), "format": "zip"})
    found: Visits = {}
    browser.complaints()
    for path in dict.fromkeys((*ours, *STOCK, *hostile)):
        if path.startswith(NOT_PAGES):
            continue
        browser.open(site + path, width=NARROW)
        for width in (NARROW, WIDE):
            browser.resize(width)
            heard = [entry for entry in browser.complaints() if "status of 404" not in entry]
            found[path, width] = {**browser.ask(LOOK), "heard": heard}
    assert len(found) > 80
    return found


def test_no_page_scrolls_sideways(visits: Visits) -> None:
    for (path, width), seen in visits.items():
        assert seen["content"] <= seen["window"] <= width, f"{path} is {seen['content']} pixels wide in {seen['window']}"


def test_the_browser_refuses_and_misses_nothing_and_asks_nobody_else(visits: Visits) -> None:
    assert {where: seen["heard"] for where, seen in visits.items() if seen["heard"]} == {}
    assert {where: seen["elsewhere"] for where, seen in visits.items() if seen["elsewhere"]} == {}


def test_hostile_text_does_nothing(visits: Visits) -> None:
    assert [where for where, seen in visits.items() if seen["title"] == "broken" or seen["images"]] == []


def test_what_can_be_pressed_is_large_enough(visits: Visits) -> None:
    """24 CSS pixels, links inside a sentence apart (WCAG 2.2, 2.5.8). Labels make boxes to tick larger."""
    ours = {where: seen["small"] for where, seen in visits.items() if not where[0].startswith("/tracker")}
    assert {where: small for where, small in ours.items() if small} == {}


def test_each_page_names_itself_once_and_labels_its_controls(visits: Visits) -> None:
    assert {where: seen["unnamed"] for where, seen in visits.items() if seen["unnamed"]} == {}
    ours = {where: seen for where, seen in visits.items() if not where[0].startswith("/tracker")}
    assert {(seen["headings"], seen["language"]) for seen in ours.values()} == {(1, "en-GB")}
    rooms = {path: seen["title"] for (path, _), seen in ours.items() if path.count("/") == 1 and "?" not in path}
    assert len(set(rooms.values())) == len(rooms) > 15


def test_datasette_s_own_scripts_still_work(site: str, browser: Chromium) -> None:
    browser.open(f"{site}/tracker/posts", width=WIDE)
    assert browser.ask("return document.querySelectorAll('svg.dropdown-menu-icon').length") > 5
    browser.open(f"{site}/tracker", width=WIDE)
    assert browser.ask("return document.querySelectorAll('.CodeMirror').length") == 1


def test_the_keyboard_comes_to_the_skip_link_first_and_sees_where_it_is(site: str, browser: Chromium) -> None:
    browser.open(f"{site}/", width=NARROW)
    browser.press("Tab")
    words, left, outline = browser.ask(
        "const here = document.activeElement;"
        "return [here.innerText, here.getBoundingClientRect().left, getComputedStyle(here).outlineStyle]"
    )
    assert words == "Skip to the content" and left >= 0 and outline == "solid"
