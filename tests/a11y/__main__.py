"""Every page of the staff instance under axe-core (WCAG 2.2 AA), on a phone and on a desk. `make a11y` runs it.

python -m tests.a11y [PATH...]: all pages, or those given. Exits with 1 where a rule is broken, or where nothing could be checked.
What a machine finds is a part of what there is to find; coding by keyboard alone is tried in tests/test_coding_browser.py.
"""

import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from db.folder import DataFolder
from db.labels import Labels
from tests.a11y.rooms import our_pages, tables_and_lookups
from tests.chromium import Chromium, chromium
from tests.coding_client import Coder, Form
from tests.pages_client import Pages
from tests.pages_store import NOW, build_store
from tests.test_serve import REPOSITORY, STARTER

AXE = Path(__file__).with_name("node_modules") / "axe-core" / "axe.min.js"
WIDTHS = (320, 1280)
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
RUN = f"""
    return axe.run(document, {{runOnly: {{type: 'tag', values: {RULES}}}, resultTypes: ['violations']}}).then(found => [
        found.passes.length,
        found.violations.map(one => [one.id, one.impact, one.help, one.nodes.slice(0, 3).map(node => node.html.slice(0, 160))])
    ])
"""
WATCHED = """
insert into asking_posts select id, '2026-W45', 'answers us' from posts where native_id = '30004';
insert into phrase_figures values ('outsourcing', 'outsourcing', 31, 6, 1, '[["health", 0.25]]', 1);
insert into weekly_drift values ('2026-W44', 20, 300, 0.1, null), ('2026-W45', 20, 300, 0.5, 'half of the words are new');
insert into weekly_shares values ('2026-W44', 'outsourcing', 20, 4, 0.2, 0.1, 0.4, null);
insert into weekly_shares values ('2026-W45', 'outsourcing', 20, 12, 0.6, 0.4, 0.8, '12 of 20 posts');
insert into emerging_talk values ('phrase', 'clause 9', 9, 1, 8, '[4, 5]', 0);
insert into emerging_talk values ('link', 'https://example.org/new', 6, 0, 5, '[6]', 0);
insert into model_quality values ('m1', 'model', 'audit', 'all', 0.6, 0.5, 0.7, 0.65, 0.02, 0.1, 150, 'the audit sample');
insert into coder_agreement values ('theme', 'outsourcing', 0.3, 0.1, 0.5, 0.8, 0.6, 40, 20, '2026-11-08T00:00:00Z');
update theme_quality set sample = 'audit', share_found = 0.1, share_coded = 0.2, share_coded_low = 0.15, share_coded_high = 0.26;
"""
"""What a store has after some weeks of coding, so that every part of a page is there to be checked."""


def main(wanted: list[str]) -> int:
    """Check the pages; gives the exit code."""
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if missing or not AXE.exists():
        absent = ", ".join(missing) or "axe-core"
        print(f"Nothing was checked: {absent} is not here. `make a11y` fetches axe-core; Chromium comes from the system.")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        data = furnished(Path(folder) / "data")
        paths = wanted or [*our_pages(Pages(data, demo_now=NOW), examples(data)), *tables_and_lookups()]
        with served(data) as site, chromium(Path(folder)) as browser:
            broken, checked = check(site, browser, paths)
    print(f"{checked} pages and widths checked by axe-core under {', '.join(RULES)}; {broken} broken rules")
    return 1 if broken or not checked else 0


def furnished(folder: Path) -> DataFolder:
    """The invented debate with what coders said of it, and what is watched."""
    data = build_store(folder)
    with sqlite3.connect(data.tracker) as db:
        db.executescript(WATCHED)
    pages = Pages(data, demo_now=NOW)
    for name, themes in (("Ann", ("outsourcing",)), ("Sue", ("health",))):
        coder = Coder(pages, name)
        coder.open("/coding/post")
        for _ in range(4):
            coder.code("yes", *themes, note=f"So says {name}.")
    Labels(data).close()
    return data


def examples(data: DataFolder) -> dict[str, str]:
    """What stands for the parts of routes: a theme, a post that asks us something, a source."""
    with sqlite3.connect(data.tracker) as db:
        (asking,) = db.execute("select id from posts where native_id = '30004'").fetchone()
    return {"slug": "outsourcing", "post_id": str(asking), "name": "mastodon", "source": "mastodon", "week": "2026-W45"} | {
        "tag": "inventeddebate",
        "format": "zip",
    }


@contextmanager
def served(data: DataFolder) -> Iterator[str]:
    """The address of a server on the store."""
    command = [sys.executable, "-c", STARTER, str(data.root), "8800"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found is not None, "the server did not say where it is"
        try:
            yield found[0]
        finally:
            server.send_signal(signal.SIGTERM)


def check(site: str, browser: Chromium, paths: list[str]) -> tuple[int, int]:
    """How many rules are broken and how many pages and widths were checked. A route that leads elsewhere or gives a file is told
    and passed over."""
    source = AXE.read_text(encoding="utf-8")
    session = signed(site, browser)
    broken = checked = 0
    for path in dict.fromkeys(paths):
        answer = session.get(site + path, allow_redirects=False, timeout=60)
        if answer.is_redirect or not answer.headers["content-type"].startswith("text/html"):
            print(f"not a page: {path} ({answer.status_code}, {answer.headers.get('content-type', 'no content')})")
            continue
        for width in WIDTHS:
            browser.open(site + path, width=width)
            browser.ask("for (const one of document.querySelectorAll('details')) one.open = true")
            browser.ask(source)
            passed, violations = browser.ask(RUN)
            assert passed, f"axe-core looked at nothing on {path}"
            checked += 1
            broken += len(violations)
            for rule, impact, help_text, nodes in violations:
                print(f"{path} at {width} px: {rule} ({impact}): {help_text}", *nodes, sep="\n    ")
    return broken, checked


def signed(site: str, browser: Chromium) -> requests.Session:
    """The browser, and a session that asks what a path is, both signed in as a coder."""
    session = requests.Session()
    fields = dict(Form(session.get(f"{site}/coding", timeout=60).text, "/coding/name").fields)
    session.post(f"{site}/coding/name", data={**fields, "name": "Axel"}, timeout=60)
    browser.open(f"{site}/coding", width=1280)
    for cookie in session.cookies:
        browser.devtools("Network.setCookie", {"name": cookie.name, "value": cookie.value, "url": site})
    browser.open(f"{site}/coding", width=1280)
    assert "You are coding as Axel" in browser.ask("return document.body.innerText")
    return session


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
