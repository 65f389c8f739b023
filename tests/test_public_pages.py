"""The public pages: what they show, what they refuse, what caches are told, and how they stand what is sent to them."""

import asyncio
import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from datasette.plugins import pm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.public_copy import shown_cells
from pipelines.publish import publish, unpublish, withdraw
from pipelines.running import running
from pipelines.serve import serve_public
from pipelines.serving_config import DATASETTE_CONFIG, PUBLIC
from tests.pages_client import datasette_on
from tests.pages_store import CAMPAIGN, GOVERNED, build_store
from tracker.pace import AT_ONCE, Pace, asker, seconds_kept
from tracker.problems import UsageProblem
from tracker.records import Campaign, Governance
from tracker.source_settings import BlueskySettings, FeedSettings, MastodonSettings, Sources, XSettings
from tracker.sources import source_named

NOW = "2026-11-13T03:00:00Z"
SMALL = replace(CAMPAIGN, smallest_cell=5, governance=GOVERNED)
PAGES = ("/", "/themes", "/theme/outsourcing", "/questions", "/our-posts", "/method", "/privacy")


class Site:
    """The public copy as `serve --public` sets it up, asked in this process."""

    def __init__(self, data: DataFolder) -> None:
        self.datasette = datasette_on(data.public, {"title": "The public copy", "allow_sql": False}, PUBLIC)
        asyncio.run(self.datasette.invoke_startup())

    def ask(self, *paths: str, method: str = "GET", **options: Any) -> list[Any]:
        async def all_of_them() -> list[Any]:
            return [await self.datasette.client.request(method, path, **options) for path in paths]

        return asyncio.run(all_of_them())

    def text(self, path: str) -> str:
        return str(self.ask(path)[0].text)


@pytest.fixture(scope="module", autouse=True)
def only_public_plugins() -> Iterator[None]:
    """Datasette's plugins belong to the process. Here the staff pages' are away, as in the process of `serve --public`."""
    away = ours_of(pm)
    for name, plugin in away:
        pm.unregister(plugin, name)
    yield
    for name, plugin in ours_of(pm):
        pm.unregister(plugin, name)
    for name, plugin in away:
        pm.register(plugin, name)


def ours_of(manager: Any) -> list[tuple[str, Any]]:
    return [(n, p) for n, p in manager.list_name_plugin() if str(DATASETTE_CONFIG) in str(getattr(p, "__file__", ""))]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    made = build_store(tmp_path_factory.mktemp("public") / "data", posts=180)
    with running("publish", SMALL, made, clock=lambda: NOW) as run:
        publish(run, by_hand=True)
    return made


@pytest.fixture
def site(data: DataFolder) -> Site:
    return Site(data)


def test_every_page_says_what_it_shows_and_names_nobody(site: Site) -> None:
    for path, answer in zip(PAGES, site.ask(*PAGES), strict=True):
        assert answer.status_code == 200, f"{path}: {answer.text[:500]}"
        assert '<html lang="en-GB">' in answer.text and "<h1>" in answer.text and "<script" not in answer.text
        assert not re.search(r"@writer|Writer No|style=", answer.text), path
        loaded = re.findall(r'<(?:script|img|iframe|link)[^>]+(?:src|href)="([^"]+)"', answer.text)
        assert loaded == ["/static/icon.svg", "/static/site.css"]
    assert "A new agenda for &lt;b&gt;everyone&lt;/b&gt;" in site.text("/")
    assert "privacy@house.example" in site.text("/privacy") and "I object" in site.text("/privacy")


def test_numbers_stand_beside_their_error_and_coverage_and_totals_are_sums(site: Site, data: DataFolder) -> None:
    cells = shown_cells(data.public)
    home, theme = site.ask("/", "/theme/outsourcing")
    assert f"{sum(cell['posts'] for cell in cells if cell['kind'] == 'posts'):,} public posts" in home.text
    assert home.text.count("precision 0.81, 0.70 to 0.89") == 1 and "Export files: brought in by hand" in home.text
    ours = [cell for cell in cells if cell["subject"] == "outsourcing"]
    assert ours and all(f">{cell['people']}</td>" in theme.text for cell in ours)
    assert "Of 10 posts that are counted, about 8 are right" in theme.text


def test_beside_a_sum_stands_the_error_of_the_models_that_counted_it(data: DataFolder, tmp_path: Path) -> None:
    copy = DataFolder(tmp_path / "other").create()
    shutil.copyfile(data.public, copy.public)
    cells = [cell for cell in shown_cells(copy.public) if (cell["kind"], cell["subject"]) == ("theme", "outsourcing")]
    assert len(cells) > 2
    with sqlite3.connect(copy.public) as db:
        first = "update cells set model = ? where pairs = ?"
        db.execute(first, ["older", cells[0]["pairs"]])
    site = Site(copy)
    part = f"1 of {len(cells)} periods was counted by one that was not"
    unmeasured = f"precision 0.81, recall 0.62, where the model was measured; {part}"
    for page in ("/", "/themes", "/theme/outsourcing"):
        assert unmeasured in in_one_line(site.text(page)), page
    assert "Of 10 posts that are counted" not in site.text("/theme/outsourcing")
    rows = re.findall(r'data-label="How sure">([^<]+)<', site.text("/theme/outsourcing"))
    assert rows == ["precision 0.81, recall 0.62"] * (len(cells) - 1) + ["not measured"]
    with sqlite3.connect(copy.public) as db:
        db.execute(
            "insert into theme_error values ('older', 'outsourcing', 0.72, 0.6, 0.8, 0.75, 0.6, 0.8, 90, 19, 'older posts')",
        )
    site = Site(copy)
    for page in ("/", "/themes", "/theme/outsourcing"):
        assert "precision 0.72 to 0.81, recall 0.62 to 0.75, by the models of the time" in in_one_line(site.text(page)), page
    assert "indicative only" in site.text("/theme/outsourcing") and "Measured on older posts." in site.text("/theme/outsourcing")
    with sqlite3.connect(copy.public) as db:
        db.execute("update cells set model = 'older' where kind = 'theme' and subject = 'outsourcing'")
    site = Site(copy)
    assert "precision 0.72, 0.60 to 0.80" in site.text("/") and "How sure</th>" not in site.text("/theme/outsourcing")
    with sqlite3.connect(copy.public) as db:
        db.execute("delete from theme_error where model = 'older'")
    assert "How often the program errs with it has not been measured." in Site(copy).text("/theme/outsourcing")


def test_one_person_and_one_day_are_told_in_the_singular(data: DataFolder, tmp_path: Path) -> None:
    copy = DataFolder(tmp_path / "other").create()
    shutil.copyfile(data.public, copy.public)
    with sqlite3.connect(copy.public) as db:
        db.execute("update about set value = '1' where name in ('smallest_cell', 'settle_days')")
    said = in_one_line("".join(answer.text for answer in Site(copy).ask(*PAGES)))
    assert "fewer than 1 person stands" in said and "at least 1 person stands behind it" in said and "over for 1 day." in said
    assert not re.search(r"\b1 (people|days)\b", said)


def test_a_number_of_several_themes_says_which_weeks_of_each_it_counts(data: DataFolder, tmp_path: Path) -> None:
    """In the other weeks a theme was told by itself, so its posts of those are not in it."""
    copy = DataFolder(tmp_path / "other").create()
    shutil.copyfile(data.public, copy.public)
    pairs = [("co-production", "2026-W40"), ("in-house", "2026-W40"), ("in-house", "2026-W41")]
    told = ("group", "Both", "period", "2026-W40", "2026-W41", '["2026-W40", "2026-W41"]', '["co-production", "in-house"]')
    with sqlite3.connect(copy.public) as db:
        row = (*told, json.dumps(pairs), 25, 10, NOW)
        columns = "kind, subject, level, first_week, last_week, weeks, subjects, pairs, posts, people, told_at"
        db.execute(f"insert into cells({columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    site = Site(copy)
    for page in ("/", "/theme/in-house", "/theme/co-production"):
        said = re.sub(r"<[^>]+>", "", in_one_line(site.text(page)))
        assert "Co-production (only 28 September to 4 October 2026), In-house" in said, page
        assert "In-house (only" not in said and "28 September to 11 October 2026 (2 weeks together)" in said


def test_what_was_told_of_a_theme_keeps_its_error_under_its_name_of_now(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=180)
    themes = tuple(
        replace(theme, slug="contracts", renamed_from=("outsourcing",)) if theme.slug == "outsourcing" else theme
        for theme in SMALL.themes
    )
    for campaign in (SMALL, replace(SMALL, themes=themes)):
        with running("publish", campaign, data, clock=lambda: NOW) as run:
            publish(run, by_hand=True)
    with sqlite3.connect(data.public) as db:
        assert ("contracts", 0.81) in db.execute("select theme, precision from theme_error").fetchall()
    site = Site(data)
    assert "precision 0.81, 0.70 to 0.89" in site.text("/theme/contracts") and "/theme/outsourcing" not in site.text("/themes")


def test_a_theme_that_is_no_longer_looked_for_says_until_when_and_an_old_name_leads_on(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=180)
    given = "insert or ignore into post_themes select post_id, 'in-house', 1, 'rule', '[]' from post_readings where post_id % 2"
    with sqlite3.connect(data.tracker) as db:
        db.execute(given)
        db.execute("insert into days_to_count select distinct day from posts")
    house, firms = (next(theme for theme in SMALL.themes if theme.slug == slug) for slug in ("in-house", "outsourcing"))
    renamed = replace(firms, slug="contracts", name="Contracts", renamed_from=("outsourcing", "tenders"))
    halves = (replace(house, slug="house-staff", name="Staff"), replace(house, slug="house-costs", name="Costs"))
    later = replace(SMALL, themes=(renamed, *halves, *SMALL.themes[2:]))
    published(data, SMALL, NOW)
    published(data, later, "2026-11-14T03:00:00Z")
    site, until = Site(data), "looked for until 14 November 2026"
    for page in ("/", "/themes", "/theme/in-house"):
        assert in_one_line(site.text(page)).count(until) == 1, page
    assert until not in site.text("/theme/co-production") + site.text("/theme/contracts")
    for old in ("outsourcing", "tenders"):
        answer = site.ask(f"/theme/{old}")[0]
        assert (answer.status_code, answer.headers["location"]) == (302, "/theme/contracts")
        assert answer.headers["cache-control"] == "no-store"
    assert [answer.status_code for answer in site.ask("/theme/house-staff", "/theme/none-such")] == [200, 404]
    with sqlite3.connect(data.public) as db:  # a copy of before
        for column in ("retired_at", "renamed_from"):
            db.execute(f"alter table themes drop column {column}")
    assert [answer.status_code for answer in Site(data).ask(*PAGES[:2], "/theme/contracts", "/theme/outsourcing")] == [
        200
    ] * 3 + [404]


def published(data: DataFolder, campaign: Campaign, now: str) -> None:
    with running("publish", campaign, data, clock=lambda: now) as run:
        publish(run, by_hand=True)


def in_one_line(page: str) -> str:
    return " ".join(page.split())


def test_the_numbers_can_be_taken_away_as_a_table(site: Site, data: DataFolder) -> None:
    answer = site.ask("/data/numbers.csv")[0]
    rows = answer.text.splitlines()
    assert answer.headers["content-type"].startswith("text/csv") and "attachment" in answer.headers["content-disposition"]
    assert len(rows) == 1 + len(shown_cells(data.public)) and rows[0].startswith("kind,subject,level,first_week")


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/public",
            "/public.json",
            "/public.db",
            "/public.json?sql=select+1",
            "/public/cells",
            "/public/about.csv",
            "/PUBLIC.db",
        ),
        *("/-/databases.json", "/-/metadata.json", "/-/plugins.json", "/-/settings", "/-/login", "/-/static/app.css", "/_memory"),
        *(
            "/tracker",
            "/tracker.db",
            "/static/tables.js",
            "/static/../templates/home.html",
            "/static/%2e%2e/x",
            "/fixtures",
            "//public",
        ),
        *("/public%2edb", "/theme/a/b", "/theme/%2e%2e%2f", "/theme/nobody", "/%00", "/robots.txt/"),
    ],
)
def test_nothing_else_is_there(site: Site, path: str) -> None:
    answer = site.ask(path)[0]
    assert answer.status_code in (403, 404), path
    assert "tilde" not in answer.text and "cells" not in answer.text and "/datasette_config" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_pages_are_only_read(site: Site) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
        assert site.ask("/", method=method)[0].status_code == 405
    head = site.ask("/", method="HEAD")[0]
    assert (head.status_code, head.text) == (200, "") and "etag" in head.headers


def test_caches_may_keep_a_page_until_the_next_night_and_ask_again(site: Site, data: DataFolder) -> None:
    first, other = site.ask("/", "/themes")
    assert re.fullmatch(r"public, max-age=\d+, must-revalidate", first.headers["cache-control"])
    assert first.headers["etag"] != other.headers["etag"] and "set-cookie" not in first.headers
    again = site.ask("/", headers={"if-none-match": f'"other", W/{first.headers["etag"]}'})[0]
    assert (again.status_code, again.text, again.headers["etag"]) == (304, "", first.headers["etag"])
    with running("publish", SMALL, data, clock=lambda: "2026-11-14T03:00:00Z") as run:
        publish(run, by_hand=True)
    assert site.ask("/", headers={"if-none-match": first.headers["etag"]})[0].status_code == 200
    night = datetime(2026, 11, 14, 3, tzinfo=UTC)
    told = "2026-11-13T03:00:00Z"
    assert [seconds_kept(told, night.replace(hour=hour, minute=minute)) for hour, minute in ((2, 30), (1, 0), (9, 0))] == [
        1800,
        3600,
        60,
    ]
    assert seconds_kept("", night) == 60


def test_headers_let_nothing_in_from_elsewhere(site: Site) -> None:
    for answer in site.ask(*PAGES, "/nowhere", "/static/site.css", "/static/icon.svg", "/robots.txt", "/data/numbers.csv"):
        headers = answer.headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert (
            "unsafe" not in headers["content-security-policy"] and "frame-ancestors 'none'" in headers["content-security-policy"]
        )
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
        assert headers.get_list("referrer-policy") == ["no-referrer"] and "access-control-allow-origin" not in headers


def test_who_asks_too_fast_is_told_when_to_come_again(site: Site) -> None:
    answers = site.ask(*["/robots.txt"] * (int(AT_ONCE) + 40))
    codes = [answer.status_code for answer in answers]
    assert codes[: int(AT_ONCE)] == [200] * int(AT_ONCE) and 429 in codes
    assert int(next(answer for answer in answers if answer.status_code == 429).headers["retry-after"]) >= 1


def test_the_pace_is_each_ones_own() -> None:
    pace = Pace(2.0, 3.0)
    assert [pace.seconds_to_wait("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert pace.seconds_to_wait("b", 0.0) == 0 and pace.seconds_to_wait("a", 0.6) == 0
    assert asker({"client": ("2001:db8::1", 1)}) == asker({"client": ("2001:db8::ffff", 1)}) == "2001:db8::/64"
    assert [asker({"client": ("192.0.2.1", 1)}), asker({})] == ["192.0.2.1", "unknown"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=1, max_size=4), st.text(max_size=20))
def test_nothing_that_is_typed_makes_a_page_fail(data: DataFolder, parts: list[str], typed: str) -> None:
    site = SITES.setdefault(str(data.root), Site(data))
    path = "/" + "/".join(quote(part, safe="~.%&=@") for part in parts) + "?" + quote(typed, safe="=&%")
    for answer in site.ask(path, "/theme" + path):
        assert answer.status_code < 500, path
        assert "/datasette_config" not in answer.text and "Traceback" not in answer.text


SITES: dict[str, Site] = {}


def test_who_has_a_page_is_given_it_anew_when_something_was_taken_out_of_it(data: DataFolder, tmp_path: Path) -> None:
    own = DataFolder(tmp_path / "data")
    shutil.copytree(data.root, own.root)
    site = Site(own)
    known = {path: site.ask(path)[0] for path in PAGES}
    assert "I answer you" in known["/our-posts"].text
    with closing(sqlite3.connect(own.tracker)) as db, db:
        db.execute("update posts set status = 'gone' where text like '%I answer you%'")
    assert withdraw(own, Forgotten(own)) > 0
    again = site.ask("/our-posts", headers={"if-none-match": known["/our-posts"].headers["etag"]})[0]
    assert again.status_code == 200 and "I answer you" not in again.text


def test_a_copy_that_was_taken_back_shows_a_notice_and_the_rights_of_people(data: DataFolder, site: Site) -> None:
    unpublish(SMALL, data, now=NOW, reason="A complaint is looked into.")
    home, theme, table, privacy, robots = site.ask("/", "/theme/outsourcing", "/data/numbers.csv", "/privacy", "/robots.txt")
    for answer in (home, theme, table):
        assert answer.status_code == 503 and "taken back" in answer.text and "A complaint is looked into." in answer.text
        assert "noindex" in answer.text and answer.headers["cache-control"] == "no-store"
    assert privacy.status_code == 200 and "I object" in privacy.text and "Disallow: /\n" in robots.text
    with running("publish", SMALL, data, clock=lambda: NOW) as run:
        publish(run, by_hand=True)
    assert site.ask("/")[0].status_code == 200


def test_pages_promise_no_more_than_this_campaign_does(data: DataFolder) -> None:
    """One that reads files alone, without a paper, hears of no deletion; one that follows a link says so."""
    mastodon = Sources(mastodon=MastodonSettings(("social.example",)), feeds=FeedSettings(("https://example.org/feed",)))
    links = ("https://example.org/paper",)
    files = replace(SMALL, paper_title="", paper_url="", questions=())
    said = {}
    for name, campaign in {"files": files, "asks": replace(SMALL, sources=mastodon, hashtags=(), links=links)}.items():
        with running("publish", campaign, data, clock=lambda: NOW) as run:
            publish(run, by_hand=True)
        said[name] = [answer.text for answer in Site(data).ask("/privacy", "/questions", "/method", "/")]
    privacy, questions, method, home = said["files"]
    assert "the paper" not in privacy and "No questions are put to readers." in questions
    assert "We ask the platforms" not in privacy and "tell us, and we delete it here, too" in privacy
    assert "share https://" not in method and "under <bdi>#inventeddebate</bdi> are counted here" in home
    privacy, questions, method, home = said["asks"]
    assert "what is said about the paper" in privacy and "We ask Mastodon again whether a post is still there" in privacy
    assert "posted elsewhere" in privacy and "feeds" not in privacy.lower()
    assert "share https://example.org/paper" in method and "brought together" not in method
    assert "public posts of this debate are counted here" in home, "not all of them stand under a hashtag"


def test_sources_that_know_posts_by_their_ids_are_those_that_are_asked_again() -> None:
    every = Sources(MastodonSettings(("a.example",)), BlueskySettings(), XSettings(), FeedSettings(("https://a.example/feed",)))
    assert every.asked_again() == tuple(name for name in every.named() if hasattr(source_named(name), "refresh"))


@pytest.mark.parametrize("missing", [Governance(), replace(GOVERNED, contact="")])
def test_others_see_it_only_where_someone_answers_for_it(data: DataFolder, missing: Governance) -> None:
    show: Callable[..., int] = serve_public
    with pytest.raises(UsageProblem, match="cannot be served") as refused:
        show(replace(SMALL, governance=missing), data, host="0.0.0.0", port=8002, port_given=False)
    assert "contact" in refused.value.why
    with pytest.raises(UsageProblem, match="Nothing has been published"):
        show(SMALL, DataFolder(data.root / "none"), host="0.0.0.0", port=8002, port_given=False)
