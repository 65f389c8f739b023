"""A headless Chromium driven over plain HTTP through its own driver: open a page, ask it something, take its picture."""

import base64
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SECONDS_TO_START, SECONDS_TO_WAIT = 30, 20
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "ArrowDown": 40, "ArrowRight": 39, "Backspace": 8}


class Chromium:
    """One browser window. Raises requests.HTTPError when the driver refuses a command."""

    def __init__(self, driver: str, browser: str, profile: Path) -> None:
        self._driver = driver
        options = {"binary": browser, "args": [*FLAGS, f"--user-data-dir={profile}"]}
        wanted = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
        self._scripts = True
        self._session = ""
        self._session = f"/session/{self._post('/session', {'capabilities': wanted})['sessionId']}"

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = requests.post(f"{self._driver}{self._session}{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()["value"]

    def open(self, address: str, *, width: int, height: int = 900) -> None:
        """Open a page in a window of exactly `width` pixels (a real one has a least width), and wait till it is drawn."""
        self.resize(width, height)
        self._post("/url", {"url": address})
        self.drawn()

    def open_anew(self, site: str, path: str, *, width: int, height: int = 900) -> None:
        """Open a page of a site in a tab that keeps nothing from before, such as what was ticked and not saved."""
        self.open(f"{site}/coding", width=width, height=height)
        self.ask("sessionStorage.clear()")
        self.open(site + path, width=width, height=height)

    def drawn(self) -> None:
        """Wait until the page is drawn as it now is, where it runs scripts, which alone can tell. Before, keys that are pressed
        are lost, and what should scroll may have no room."""
        if self._scripts:
            self.ask("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")

    def run_scripts(self, on: bool) -> None:
        """Whether pages may run scripts from now on."""
        self.devtools("Emulation.setScriptExecutionDisabled", {"value": not on})
        self._scripts = on

    def resize(self, width: int, height: int = 900) -> None:
        """Make the window so wide, and lay the page that is open out anew."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.devtools("Emulation.setDeviceMetricsOverride", metrics)

    def ask(self, script: str) -> Any:
        """What `script` (JavaScript with a return) gives in the page."""
        return self._post("/execute/sync", {"script": script, "args": []})

    def devtools(self, command: str, body: dict[str, Any]) -> Any:
        """What the DevTools protocol answers (https://chromedevtools.github.io/devtools-protocol/)."""
        return self._post("/goog/cdp/execute", {"cmd": command, "params": body})

    def complaints(self) -> list[str]:
        """What the browser's console said since last asked: refused scripts and styles, failed loads."""
        return [entry["message"] for entry in self._post("/se/log", {"type": "browser"})]

    def press(self, key: str, **more: Any) -> None:
        """Press a key of the keyboard and let it go. more: what else the key tells, as Input.dispatchKeyEvent has it (code: where
        it lies on the keyboard; modifiers: 8 with Shift; autoRepeat)."""
        code = KEYS.get(key, ord(key.upper()[0]))
        text = "\r" if key == "Enter" else (key if len(key) == 1 else "")
        pressed = {"key": key, "windowsVirtualKeyCode": code, **more}
        self.devtools("Input.dispatchKeyEvent", {"type": "keyDown", **pressed, **({"text": text} if text else {})})
        self.devtools("Input.dispatchKeyEvent", {"type": "keyUp", **pressed})

    def press_until(self, key: str, condition: str) -> None:
        """Press a key again and again, as a reader does, until `condition` (JavaScript) holds."""
        for _ in range(80):
            self.press(key)
            if self.ask(f"return {condition}"):
                return
        raise AssertionError(f"{key} never came to: {condition}")

    def tab_to(self, condition: str) -> None:
        """Press Tab until `condition` (JavaScript) holds."""
        self.press_until("Tab", condition)

    def write(self, text: str) -> None:
        """Type a text at once."""
        self.devtools("Input.insertText", {"text": text})

    def wait_for(self, condition: str) -> None:
        """Wait until the page is there, `condition` (JavaScript) holds, and that is drawn."""
        end = time.monotonic() + SECONDS_TO_WAIT
        while not self.ask(f"return document.readyState === 'complete' && {condition}"):
            assert time.monotonic() < end, f"{condition}: {self.ask('return document.body.innerText')[:800]}"
            time.sleep(0.05)
        self.drawn()

    def code_as(self, name: str, site: str) -> None:
        """Sign as a coder, by keyboard."""
        self.open(f"{site}/coding", width=1440)
        self.tab_to("document.activeElement.id === 'name'")
        self.write(name)
        self.press("Enter")
        self.wait_for(f"document.body.innerText.includes('You are coding as {name}')")

    def code_as_instead(self, name: str, site: str) -> None:
        """Say that someone else codes here now, and sign."""
        self.open(f"{site}/coding", width=1440)
        self.ask("document.querySelector('button.plainly').click()")
        self.wait_for("document.getElementById('name')")
        self.code_as(name, site)

    def picture(self, path: Path) -> None:
        """The whole page as PNG."""
        shot = self.devtools("Page.captureScreenshot", {"captureBeyondViewport": True})
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self) -> None:
        """End the browser."""
        requests.delete(f"{self._driver}{self._session}", timeout=60)


@contextmanager
def chromium(folder: Path) -> Iterator[Chromium]:
    """A browser with a new profile in `folder`. Where there is none the test is skipped, or fails where it is required."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        absent = "Chromium and chromedriver are not installed: the pages were not opened in a browser"
        if os.environ.get("DEBATE_TRACKER_REQUIRE_SHARED") == "1":
            pytest.fail(absent)
        pytest.skip(absent)
    port = _free_port()
    log = (folder / "chromedriver.log").open("wb")
    with log, subprocess.Popen([driver, f"--port={port}"], stdout=log, stderr=log) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address)
            window = Chromium(address, browser, folder / "profile")
            yield window
            window.close()
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_for(address: str) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            requests.get(f"{address}/status", timeout=5).raise_for_status()
        except requests.ConnectionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A browser for a file of tests."""
    with chromium(tmp_path_factory.mktemp("chromium")) as window:
        yield window


@pytest.fixture(scope="module", name="browser")
def sues_browser(site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A browser for a file of tests, in which Sue has signed, by keyboard."""
    with chromium(tmp_path_factory.mktemp("chromium")) as window:
        window.code_as("Sue", site)
        yield window
