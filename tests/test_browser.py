"""The pages in a real browser: no sideways scrolling on a phone, nothing refused, hostile text inert, keyboard first."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from db.folder import DataFolder
from tests.chromium import Chromium, chromium
from tests.pages_store import build_store
from tests.test_serve import REPOSITORY, STARTER

pytestmark = pytest.mark.browser

NARROW, WIDE = 320, 1440
SHARED = ("/hashtags", "/hashtag/inventeddebate", "/spike", "/link?url=https://example.org/costs", "/asked", "/questions")
OURS = (
    "/",
    *SHARED,
    "/posts",
    "/posts?q=outsourcing",
    "/themes",
    "/theme/outsourcing",
    "/missing",
    "/status",
    "/data",
    "/theme/none",
    "/none",
)
STOCK = ("/tracker", "/tracker/posts", "/tracker/posts/1", "/tracker/most-shared-links", "/tracker?sql=select+1")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with chromium(tmp_path_factory.mktemp("chromium")) as window:
        yield window


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on a store with an invented debate."""
    data: DataFolder = build_store(tmp_path_factory.mktemp("site") / "data")
    command = [sys.executable, "-c", STARTER, str(data.root), "8600"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found is not None
        try:
            yield found[0]
        finally:
            server.send_signal(signal.SIGTERM)


@pytest.fixture(scope="module")
def hostile(site: str, browser: Chromium) -> list[str]:
    """The pages of the posts that try to break a page."""
    browser.open(f"{site}/tracker/posts.json?_shape=array&native_id__gte=20000&native_id__lt=20009", width=WIDE)
    return [f"/post/{number}" for number in browser.ask("return JSON.parse(document.body.innerText).map(row => row.id)")]


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_no_page_scrolls_sideways(site: str, browser: Chromium, hostile: list[str], width: int) -> None:
    assert hostile
    for path in (*OURS, *STOCK, *hostile):
        browser.open(site + path, width=width)
        browser.ask("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")  # it is laid out
        content, window = browser.ask("const page = document.documentElement; return [page.scrollWidth, page.clientWidth]")
        assert content <= window <= width, f"{path} is {content} pixels wide in a window of {window}"


def test_the_browser_refuses_and_misses_nothing(site: str, browser: Chromium, hostile: list[str]) -> None:
    browser.complaints()
    for path in (*OURS, *STOCK, *hostile):
        browser.open(site + path, width=WIDE)
        heard = [entry for entry in browser.complaints() if "status of 404" not in entry]
        assert not heard, f"{path}: {heard}"


def test_hostile_text_does_nothing(site: str, browser: Chromium, hostile: list[str]) -> None:
    for path in (*OURS, *hostile, "/tracker/posts"):
        browser.open(site + path, width=WIDE)
        title, images = browser.ask("return [document.title, document.images.length]")
        assert title != "broken" and images == 0, path


def test_datasette_s_own_scripts_still_work(site: str, browser: Chromium) -> None:
    browser.open(f"{site}/tracker/posts", width=WIDE)
    assert browser.ask("return document.querySelectorAll('svg.dropdown-menu-icon').length") > 5
    browser.open(f"{site}/tracker", width=WIDE)
    assert browser.ask("return document.querySelectorAll('.CodeMirror').length") == 1


def test_controls_of_datasette_s_own_pages_have_names(site: str, browser: Chromium) -> None:
    script = """
        const which = 'main input:not([type=hidden]):not([type=submit]), main select, main textarea';
        const controls = document.querySelectorAll(which);
        const named = one => one.labels?.length || one.getAttribute('aria-label');
        return [controls.length, [...controls].filter(one => one.offsetParent && !named(one)).map(one => one.outerHTML)]
    """
    for path in ("/tracker/posts?kind=reply", "/tracker", "/tracker/which-file-a-post-came-from"):
        browser.open(site + path, width=NARROW)
        browser.ask("return new Promise(done => setTimeout(done))")
        number, unnamed = browser.ask(script)
        assert number and not unnamed, path


def test_the_keyboard_comes_to_the_skip_link_first_and_sees_where_it_is(site: str, browser: Chromium) -> None:
    browser.open(f"{site}/", width=NARROW)
    for kind in ("keyDown", "keyUp"):
        browser.devtools("Input.dispatchKeyEvent", {"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9})
    words, left, outline = browser.ask(
        "const here = document.activeElement;"
        "return [here.innerText, here.getBoundingClientRect().left, getComputedStyle(here).outlineStyle]"
    )
    assert words == "Skip to the content" and left >= 0 and outline == "solid"


def test_what_can_be_pressed_is_large_enough(site: str, browser: Chromium) -> None:
    """24 CSS pixels, links inside a sentence apart (WCAG 2.2, 2.5.8)."""
    small = """
        const controls = document.querySelectorAll('.rooms a, button, input, select, summary, .chips a, .pages a');
        return [...controls].filter(one => one.getBoundingClientRect().height < 24).map(one => one.outerHTML)
    """
    for path in OURS:
        browser.open(site + path, width=NARROW)
        assert browser.ask(small) == [], path


def test_each_page_names_itself_once_and_labels_its_controls(site: str, browser: Chromium) -> None:
    script = """
        const unlabelled = [...document.querySelectorAll('input, select')].filter(one => !one.labels.length);
        return [document.querySelectorAll('h1').length, document.title, unlabelled.length, document.documentElement.lang]
    """
    titles = set()
    for path in ("/", "/posts", "/themes", "/theme/outsourcing", "/missing", "/data", *SHARED):
        browser.open(site + path, width=WIDE)
        headings, title, unlabelled, language = browser.ask(script)
        assert (headings, unlabelled, language) == (1, 0, "en-GB"), path
        titles.add(title)
    assert len(titles) == 12
