"""Every page under axe-core (WCAG 2.2 AA), on a phone and on a desk. `make a11y` runs it.

python -m tests.a11y [PATH...]: all pages, or those given of the staff pages. Exits with 1 where a rule is broken, where a page
asks another host for something, or where nothing could be checked. Looked at: the staff pages on a debate of weeks, what follows
a form that was sent, coding with many themes, the same pages on an empty store, signing in, and the public copy, also taken back.
What a machine finds is a part of what there is to find; the keyboard alone is tried in tests/test_keyboard.py.
"""

import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import requests

from datasette_config.public.plugins import rooms as public_rooms
from db.accounts import Account, digest_of, write_accounts
from db.folder import DataFolder
from db.labels import Labels
from db.store import Store
from pipelines.publish import publish, unpublish
from pipelines.running import running
from tests.a11y.rooms import Visit, addresses, after_forms, empty_rooms, our_pages, public_pages, signing_in, tables_and_lookups
from tests.chromium import Chromium, chromium
from tests.coding_client import Coder, Form
from tests.many_themes import with_many_themes
from tests.pages_client import Pages
from tests.pages_store import CAMPAIGN, NOW, build_store
from tests.serving import campaign_on_disk, served

AXE = Path(__file__).with_name("node_modules") / "axe-core" / "axe.min.js"
WIDTHS = (320, 1280)
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
RUN = f"""
    const asked = performance.getEntriesByType('resource').map(one => one.name);
    const elsewhere = asked.filter(one => !one.startsWith(location.origin));
    return axe.run(document, {{runOnly: {{type: 'tag', values: {RULES}}}, resultTypes: ['violations']}}).then(found => [
        found.passes.length,
        found.violations.map(one => [one.id, one.impact, one.help, one.nodes.slice(0, 3).map(node => node.html.slice(0, 160))])
            .concat(elsewhere.map(one => ['another host', 'serious', one, []]))
    ])
"""
STICKS = "return document.querySelector('.acts') && document.documentElement.scrollHeight"
LATER = "2026-11-13T03:00:00Z"
"""When the public copy is made: the last week has then been over for some days."""
WATCHED = """
insert into asking_posts select id, '2026-W45', 'answers us' from posts where native_id = '30004';
insert into phrase_figures values ('outsourcing', 'outsourcing', 31, 6, 1, '[["health", 0.25]]', 1);
insert into weekly_drift values ('2026-W44', 20, 300, 0.1, null), ('2026-W45', 20, 300, 0.5, 'half of the words are new');
insert into weekly_shares values ('2026-W44', 'outsourcing', 20, 4, 0.2, 0.1, 0.4, null);
insert into weekly_shares values ('2026-W45', 'outsourcing', 20, 12, 0.6, 0.4, 0.8, '12 of 20 posts');
insert into emerging_talk values ('phrase', 'clause 9', 9, 1, 8, '[4, 5]', 0);
insert into emerging_talk values ('link', 'https://example.org/new', 6, 0, 5, '[6]', 0);
insert into model_quality values ('m1', 'model', 'audit', 'all', 0.6, 0.5, 0.7, 0.65, 0.02, 0.1, 150, 'the audit sample', 3, 4);
insert into coder_agreement values ('theme', 'outsourcing', 0.3, 0.1, 0.5, 0.8, 0.6, 40, 20, '2026-11-08T00:00:00Z');
update theme_quality set sample = 'audit', share_found = 0.1, share_coded = 0.2, share_coded_low = 0.15, share_coded_high = 0.26;
"""
"""What a store has after some weeks of coding, so that every part of a page is there to be checked."""


@dataclass
class Found:
    """How many pages and widths were checked of each set of pages, and which rules are broken there."""

    checked: Counter[str]
    broken: Counter[str]


def main(wanted: list[str]) -> int:
    """Check the pages; gives the exit code."""
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if missing or not AXE.exists():
        absent = ", ".join(missing) or "axe-core"
        print(f"Nothing was checked: {absent} is not here. `make a11y` fetches axe-core; Chromium comes from the system.")
        return 1
    found = Found(Counter(), Counter())
    with tempfile.TemporaryDirectory() as folder, chromium(Path(folder)) as browser:
        for name, site, visits in sets_of_pages(Path(folder), browser, wanted):
            check(name, site, browser, visits, found)
    print(f"\n{'axe-core: ' + ', '.join(RULES):<60}{'pages and widths':>18}{'broken rules':>14}")
    for name, checked in found.checked.items():
        print(f"{name:<60}{checked:>18}{found.broken[name]:>14}")
    return 1 if found.broken.total() or not found.checked.total() else 0


def sets_of_pages(folder: Path, browser: Chromium, wanted: list[str]) -> Iterator[tuple[str, str, Iterable[Visit]]]:
    """What there is to look at: what it is called, the address of its server, and its pages. wanted: these paths only."""
    data, campaign = furnished(folder / "data"), campaign_on_disk(folder)
    with served(data, campaign=campaign) as site:
        sign(site, browser)
        if wanted:
            yield "the pages that were asked for", site, addresses(wanted)
            return
        pages = Pages(data, demo_now=NOW)
        yield "staff pages", site, addresses(our_pages(pages, examples(data)))
        yield "tables and ready-made questions", site, addresses(tables_and_lookups())
        yield "after a form was sent", site, after_forms(examples(data)["post_id"])
    with served(with_many_themes(build_store(folder / "many"))) as site:
        sign(site, browser)
        yield "coding with more themes than single keys", site, addresses(["/coding", "/coding/post", "/codebook"])
    empty = DataFolder(folder / "empty").create()
    Store.open(empty).close()
    with served(empty, campaign=campaign) as site:
        yield "staff pages of an empty store", site, addresses(empty_rooms(pages))
    write_accounts(data.accounts, {"ann": Account("ann", digest_of("four plain long words", rounds=1000), lead=False)})
    with served(data) as site:
        yield "signing in", site, signing_in("ann", "four plain long words")
    yield from the_public_copy(folder / "published")


def the_public_copy(folder: Path) -> Iterator[tuple[str, str, Iterable[Visit]]]:
    """The public copy as it was handed over, and with the notice in its place."""
    data, campaign = build_store(folder, posts=180), replace(CAMPAIGN, smallest_cell=5)
    with running("publish", campaign, data, clock=lambda: LATER) as run:
        publish(run, by_hand=True)
    with served(data, public=True) as site:
        yield "the public copy", site, addresses(public_pages(public_rooms.register_routes()))
        unpublish(campaign, data, now=LATER, reason="We look something up.")
        yield "the public copy, taken back", site, addresses(["/", "/privacy"])


def furnished(folder: Path) -> DataFolder:
    """The invented debate with what coders said of it, what is watched, and what staff keep."""
    data = build_store(folder)
    with sqlite3.connect(data.tracker) as db:
        db.executescript(WATCHED)
    pages = Pages(data, demo_now=NOW)
    for name, themes in (("Ann", ("outsourcing",)), ("Sue", ("health",))):
        coder = Coder(pages, name)
        coder.open("/coding/post")
        for _ in range(4):
            coder.code("yes", *themes, note=f"So says {name}.")
    coder.open("/quotes/1")
    coder.send("/quotes/1", paraphrase="Bins, in their view, fare better now", asked_at="2026-11-08", text="")
    coder.open("/accounts")
    note = ("csrftoken", coder.form("/accounts").fields[0][1])
    coder.post("/accounts", [note, ("platform", "x"), ("handle", "@writer1"), ("role", "press"), ("office", "The Netherby Post")])
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


def check(name: str, site: str, browser: Chromium, visits: Iterable[Visit], found: Found) -> None:
    """Look at each page at each width. What leads elsewhere or is a file is told and passed over."""
    source = AXE.read_text(encoding="utf-8")
    session = requests.Session()
    for cookie in browser.devtools("Network.getCookies", {"urls": [site]})["cookies"]:
        session.cookies.set(cookie["name"], cookie["value"])
    for visit in visits:
        answer = session.get(site + visit.path, allow_redirects=False, timeout=60)
        if answer.is_redirect or not answer.headers["content-type"].startswith("text/html"):
            print(f"not a page: {visit.path} ({answer.status_code}, {answer.headers.get('content-type', 'no content')})")
            continue
        for width in WIDTHS:
            browser.open(site + visit.path, width=width)
            if visit.sends:
                browser.ask(f"window.before = true; {visit.sends}")
                browser.wait_for(f"window.before === undefined && document.body.innerText.includes('{visit.then}')")
            browser.ask("for (const one of document.querySelectorAll('details')) one.open = true")
            # What sticks to the window covers what scrolls beneath it, and axe takes that for too small to be touched: then the
            # window is as high as the page. That nothing with the focus is covered is tried in tests/test_coding_many.py.
            if high := browser.ask(STICKS):
                browser.resize(width, high)
            browser.ask(source)
            passed, violations = browser.ask(RUN)
            assert passed, f"axe-core looked at nothing on {visit.path}"
            found.checked[name] += 1
            found.broken[name] += len(violations)
            for rule, impact, help_text, nodes in violations:
                print(
                    f"{visit.path} {visit.then} at {width} px: {rule} ({impact}): {help_text}", *nodes, sep="\n    ", flush=True
                )


def sign(site: str, browser: Chromium) -> None:
    """Sign in as a coder."""
    session = requests.Session()
    fields = dict(Form(session.get(f"{site}/coding", timeout=60).text, "/coding/name").fields)
    session.post(f"{site}/coding/name", data={**fields, "name": "Axel"}, timeout=60)
    browser.open(f"{site}/coding", width=1280)
    for cookie in session.cookies:
        browser.devtools("Network.setCookie", {"name": cookie.name, "value": cookie.value, "url": site})
    browser.open(f"{site}/coding", width=1280)
    assert "You are coding as Axel" in browser.ask("return document.body.innerText")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
