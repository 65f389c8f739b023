"""Pages as those see them who have the system choose the colours, and on paper."""

import re

import pytest

from db.folder import DataFolder
from tests.chromium import Chromium
from tests.chromium import browser as browser
from tests.pages_store import build_store

pytestmark = pytest.mark.browser

FORCED = [{"name": "forced-colors", "value": "active"}]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return build_store(tmp_path_factory.mktemp("ways") / "data", posts=30)


def lightness(browser: Chromium, selector: str, what: str) -> float:
    """How light a colour of the first such element is, from 0 to 255."""
    colour = browser.ask(f"return getComputedStyle(document.querySelector({selector!r})).getPropertyValue({what!r})")
    red, green, blue = map(float, re.findall(r"[\d.]+", colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_bars_and_charts_can_be_told_from_their_ground_in_the_system_s_colours(site: str, browser: Chromium, scheme: str) -> None:
    scheme_of = {"name": "prefers-color-scheme", "value": scheme}
    browser.devtools("Emulation.setEmulatedMedia", {"features": [*FORCED, scheme_of]})
    try:
        browser.open(f"{site}/theme/outsourcing", width=1280)
        for ground, drawn in ((".bar", ".bar rect"), (".chart", ".chart text")):
            apart = lightness(browser, ground, "background-color") - lightness(browser, drawn, "fill")
            assert abs(apart) > 125, drawn
    finally:
        browser.devtools("Emulation.setEmulatedMedia", {"features": []})


def test_on_paper_there_is_nothing_to_press_and_nothing_closed(site: str, browser: Chromium) -> None:
    browser.open(f"{site}/", width=1280)
    browser.devtools("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        for away in ("nav", "form.search", ".copy"):
            heights = browser.ask(f"return [...document.querySelectorAll('{away}')].map(one => one.offsetHeight)")
            assert heights and not any(heights), away
        shut = "return [...document.querySelectorAll('main details:not([open], .copy) > :last-child')]"
        assert browser.ask(f"{shut}.length") > 0
        assert browser.ask(f"{shut}.every(one => one.checkVisibility({{contentVisibilityAuto: true}}) && one.offsetHeight > 0)")
    finally:
        browser.devtools("Emulation.setEmulatedMedia", {"media": ""})
