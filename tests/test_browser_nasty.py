"""Hostile files beside the repository on every page and in every feed, in a real browser: nothing of them runs or breaks out.

One store holds them together with the posts that try to break a page; one browser goes through it.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from tests.chromium import chromium
from tests.pages_store import build_store
from tests.serving import campaign_on_disk, served
from tests.warm import ran

pytestmark = [pytest.mark.browser, pytest.mark.shared]

FEEDS = ("/atom/theme/outsourcing", "/atom/theme/co-production", "/atom/asked")
ROOMS = (
    *("/", "/posts", "/posts?older=", "/missing", "/method", "/hashtags", "/spike?day=2026-11-01", "/asked?show=all", "/quotes"),
    *("/accounts", "/questions", "/theme/outsourcing", "/tracker/posts?_size=200", "/tracker/authors?_size=200", "/coding/lead"),
)
OF_EACH_FILE = """
select post_id from (
    select post_id, file, row_number() over (partition by file order by post_id) as place from post_origins
)
where place <= case file when 'tags <old>.csv' then 30 else 2 end
    and post_id not in (select id from posts where native_id like '100__')
"""
"""The posts that try to break a page, and two of each hostile file."""
STATE = """
    const ons = one => [...one.attributes].some(at => at.name.startsWith('on'));
    const laidOut = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    return laidOut().then(() => {
        const wide = document.documentElement, inside = document.querySelector('main') ?? document.body;
        const turned = [...document.querySelectorAll('.words, .byline bdi, .handle')]
            .filter(one => !getComputedStyle(one).unicodeBidi.includes('isolate'));
        return {title: document.title, images: document.images.length, scripts: inside.querySelectorAll('script').length,
            frames: document.querySelectorAll('iframe, object, embed, form[action*=":"]').length, turned: turned.length,
            run: document.querySelectorAll('a[href^="javascript:" i], a[href^="data:" i]').length,
            acts: [...document.querySelectorAll('main *')].filter(ons).length,
            wide: wide.scrollWidth > wide.clientWidth, host: performance.getEntriesByType('resource')
                .filter(one => !one.name.startsWith(location.origin)).length};
    });
"""
CALM = {"images": 0, "scripts": 0, "frames": 0, "turned": 0, "run": 0, "acts": 0, "wide": False, "host": 0}


def test_hostile_files_look_right_and_run_nothing_on_every_page_and_feed(shared: Path, tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=12)
    campaign = campaign_on_disk(tmp_path, 'name = "invented"\n')
    told = ran("import", shared / "data/nasty", "--json", "--campaign", campaign, "--data", data.root)
    assert sum(row["new"] for row in json.loads(told.out)["files"]) > 10, told.err
    with closing(sqlite3.connect(data.tracker)) as db:
        numbers = [row[0] for row in db.execute(OF_EACH_FILE)]
        tags = [row[0] for row in db.execute("select distinct tag from post_hashtags order by tag limit 6")]
    assert len(numbers) > 25
    posts = [f"/{room}/{number}" for number in numbers for room in ("post", "quotes")]
    posts += [f"/{room}/{number}" for number in numbers[-4:] for room in ("asked", "conversation", "tracker/posts")]
    shares = [f"/hashtag/{quote(tag, safe='')}" for tag in tags]
    with served(data, campaign=campaign) as site, chromium(tmp_path) as browser:
        browser.complaints()
        for path in (*ROOMS, *posts, *shares):
            browser.open(site + path, width=320)
            found = browser.ask(STATE)
            title = found.pop("title")
            assert title and title not in ("broken", "x") and found == CALM | {"scripts": found["scripts"]}, (
                f"{path}: {title} {found}"
            )
            assert found["scripts"] == 0 or path.startswith("/tracker"), path
            assert browser.complaints() == [], path
        for path in FEEDS:
            answer = requests.get(site + path, timeout=60)
            assert answer.headers["content-type"].startswith("application/atom+xml"), path
            browser.open(site + path, width=320)
            assert (
                browser.ask("return [document.documentElement.localName, document.querySelectorAll('script, img').length]")[1]
                == 0
            )
            assert browser.complaints() == [], path
