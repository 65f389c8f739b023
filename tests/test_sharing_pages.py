"""Conversations, links, hashtags and busy days: what their pages say, held against the posts."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from datasette_config.plugins.charts import columns
from db.folder import DataFolder
from db.reading_shared import common_words, hours_of
from db.reading_threads import as_tree
from tests.pages_client import Pages, words
from tests.pages_store import build_store


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return build_store(tmp_path_factory.mktemp("sharing") / "data")


def test_a_conversation_shows_who_answered_whom(pages: Pages, db: sqlite3.Connection) -> None:
    (asked,) = db.execute("select id from posts where native_id = '30004'").fetchone()
    page = pages.text(f"/conversation/{asked}")
    assert page.index("Read our paper on outsourcing") < page.index("when will you publish the costs?")
    assert page.count('<ul class="tree">') == 2, "the answer stands under what it answers"
    assert "The platform was not asked for this thread" in words(page)
    assert "The conversation" in words(pages.text(f"/post/{asked}"))
    assert pages.get("/conversation/999999").status_code == 404


def test_a_tree_cuts_circles_and_says_what_is_missing() -> None:
    nodes = [
        {"native_id": "a", "reply_to": "b"},
        {"native_id": "b", "reply_to": "a"},
        {"native_id": "c", "reply_to": "gone"},
        {"native_id": "d", "reply_to": "d"},
        {"native_id": "e", "reply_to": "c"},
    ]
    roots = as_tree(nodes)
    assert [(root["native_id"], root["missing"]) for root in roots] == [("b", False), ("c", True), ("d", False)]
    assert [answer["native_id"] for answer in roots[1]["answers"]] == ["e"]


def test_a_link_tells_who_shared_it_and_with_which_words(pages: Pages, db: sqlite3.Connection) -> None:
    people, posts = db.execute(
        "select count(distinct author_id), count(*) from posts where id in"
        " (select post_id from post_links where url = 'https://example.org/costs')"
    ).fetchone()
    said = words(pages.text("/link?url=https://example.org/costs"))
    assert f"{people} people, {posts} posts" in said and "bringing" in said
    assert pages.get("/link?url=javascript:alert(1)").status_code == 404
    assert pages.get("/link").status_code == 404


def test_a_theme_of_what_is_shared_stands_beside_how_often_it_is_right(pages: Pages) -> None:
    said = words(pages.text("/hashtag/inventeddebate")).split("Themes of these posts")[1].split("In brackets")[0]
    found = dict(re.findall(r"([A-Z][\w-]+) \([\d,]+; ([^)]*)\)", said))
    assert found["Outsourcing"] == "about 8 in 10 right" and found["Health"] == "not measured"
    assert all(told.endswith((" right", "not measured", "indicative only")) for told in found.values())


def test_a_theme_that_is_no_longer_looked_for_has_no_error_beside_it(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=30)
    with sqlite3.connect(data.tracker) as db:
        db.execute("update themes set retired_at = '2026-11-01T00:00:00Z' where slug = 'outsourcing'")
    assert re.search(r"Outsourcing \(\d+; not measured\)", words(Pages(data).text("/hashtag/inventeddebate")))


def test_a_hashtag_has_a_page_and_ours_is_marked(pages: Pages) -> None:
    assert "This is our own hashtag." in pages.text("/hashtag/InventedDebate")
    assert 'href="/hashtag/inventeddebate"' in pages.text("/hashtags")
    assert pages.get("/hashtag/%00%22").status_code == 404


@pytest.mark.parametrize("tag", ["économieréelle", "río", "水道", "ماء"])
def test_a_hashtag_of_other_letters_than_a_to_z_has_a_page(tmp_path: Path, tag: str) -> None:
    data = build_store(tmp_path / "data", posts=20)
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("update post_hashtags set tag = ?, spelled = ?", [tag, tag])
        db.execute("update weekly_hashtags set tag = ?", [tag])
    pages = Pages(data)
    (way,) = set(re.findall(r'href="(/hashtag/[^"]+)"', pages.text("/hashtags")))
    assert f"#{tag}" in words(pages.text(way)), way


def test_posts_that_are_not_of_this_debate_are_on_no_page_of_a_link_or_a_hashtag(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=30)
    path = "/link?url=https://example.org/costs"
    with sqlite3.connect(data.tracker) as db:
        verdict = "insert into post_verdicts(post_id, relevant, coders, adjudicated, via) select post_id, 0, 1, 0, 'read' from"
        shared = "(select post_id, row_number() over (order by post_id) as place from post_links where url = ?)"
        db.execute("delete from post_verdicts")
        before = Pages(data).get(path)
        db.execute(f"{verdict} {shared} where place = 1", ["https://example.org/costs"])
        left = db.execute(f"select count(*) - 1 from {shared}", ["https://example.org/costs"]).fetchone()[0]
    assert left and f"{left} posts" in words(Pages(data).text(path)) and f"{left + 1} posts" in words(before.text)
    with sqlite3.connect(data.tracker) as db:
        db.execute("delete from post_verdicts")
        db.execute(f"{verdict} post_hashtags where tag = 'inventeddebate'")
    assert Pages(data).get("/hashtag/inventeddebate").status_code == 404


def test_themes_of_what_is_shared_count_what_its_posts_do(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=30)

    def given() -> int:
        found = re.search(r"Outsourcing \((\d+);", words(Pages(data).text("/hashtag/inventeddebate")))
        return int(found[1]) if found else 0

    before, changes = given(), ("status = 'gone'", "is_own = 1", "kind = 'repost'")
    with sqlite3.connect(data.tracker) as db:
        having = "select post_id from post_themes join post_hashtags using (post_id) where theme = 'outsourcing'"
        ids = [number for (number,) in db.execute(having)]
        for number, change in zip(ids, changes, strict=False):
            db.execute(f"update posts set {change} where id = ?", [number])
    assert before == len(ids) > len(changes) and given() == before - len(changes)


def test_a_day_is_counted_by_hour(pages: Pages, db: sqlite3.Connection) -> None:
    posts, people = db.execute(
        "select count(*), count(distinct author_id) from posts where day = '2026-11-02' and is_own = 0 and status = 'live'"
    ).fetchone()
    page = pages.text("/spike?day=2026-11-02")
    assert f"{people} people, {posts} posts" in words(page) and "<svg" in page and "tags <old>.csv" in words(page)
    for typed in ("2026-02-31", "%22", "x" * 500):
        assert "is not a day" in words(pages.text(f"/spike?day={typed}"))


def test_an_hour_is_that_of_the_campaign_and_a_day_of_summer_time_is_whole() -> None:
    rows = [{"minute": "2026-10-25T00:05", "posts": 1, "reposts": 0}, {"minute": "2026-10-25T01:05", "posts": 2, "reposts": 3}]
    hours = hours_of(rows, "2026-10-25", "Europe/London")
    assert hours[1] == {"hour": "01", "posts": 3, "reposts": 3}, "the hour that comes twice"


def test_words_are_counted_once_a_text_without_addresses_and_names() -> None:
    assert common_words(["Costs costs https://example.org/costs #costs @costly", "the costs"]) == [("costs", 2)]


def test_words_in_as_many_texts_always_stand_in_the_same_order() -> None:
    rivers = ["calder", "derwent", "dove", "mersey", "nidd", "ouse", "severn", "swale", "tees", "wharfe"]
    assert common_words([" ".join(rivers)] * 2) == [(river, 2) for river in rivers]


def test_a_chart_has_a_name_no_style_and_its_gaps() -> None:
    drawn = columns([("2 <Nov>", 3), ("9 Nov", 0)], 'by "week"', ["9 Nov"])
    assert 'role="img" aria-label="by &#34;week&#34;"' in drawn and "2 &lt;Nov&gt;" in drawn
    assert "style" not in drawn and "#f0d9b0" in drawn and "not looked at in full" in drawn
    assert columns([], "nothing") == ""


def test_a_page_says_how_many_weeks_it_leaves_out(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=20)
    with closing(sqlite3.connect(data.tracker)) as db, db:
        (newest,) = db.execute("select max(week) from weekly_totals").fetchone()
        first = date.fromisocalendar(int(newest[:4]), int(newest[-2:]), 1) - timedelta(weeks=26)
        db.execute("delete from weekly_totals where week < ? and week > (select min(week) from weekly_totals)", [newest])
        db.execute("update weekly_totals set week = ? where week < ?", ["{}-W{:02}".format(*first.isocalendar()), newest])
    for path in ("/", "/theme/outsourcing"):
        assert "The newest 26 weeks; 1 earlier one is left out." in words(Pages(data).text(path)), path


def test_a_theme_page_draws_its_weeks_and_names_what_was_not_seen(pages: Pages) -> None:
    page = pages.text("/theme/outsourcing")
    assert '<svg class="chart"' in page and "5 to 11 October 2026 (29 % missed)" in words(page)


def test_a_week_of_files_that_is_not_over_lacks_nothing_and_no_source_is_blamed(data: DataFolder) -> None:
    said = words(Pages(data, demo_now="2026-11-08T20:00:00Z").text("/theme/outsourcing"))
    drawn = said[said.index("Weeks with a broad band") :].split("Take the weeks away")[0]
    assert "5 to 11 October 2026 (29 % missed)" in drawn and "2 to 8 November 2026 (" not in drawn
    assert "no file reaches over all of their days" in drawn and "source" not in drawn


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns", "Asia/Kathmandu"])
def test_a_day_has_all_its_hours_where_the_zone_is_no_whole_hour_from_utc(tmp_path: Path, zone: str) -> None:
    data = build_store(tmp_path / "data", posts=30)
    midnight = datetime(2026, 11, 2, tzinfo=ZoneInfo(zone))
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("update settings set value = ? where name = 'timezone'", [zone])
        db.execute("update posts set day = '2026-11-01' where day = '2026-11-02'")
        written = [midnight + timedelta(minutes=minutes) for minutes in (5, 20, 14 * 60 + 40, 24 * 60 - 5)]
        for place, at in enumerate(written):
            utc = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            row = [str(90 + place), utc]
            columns = "platform, native_id, text, kind, created_at, day, first_seen_run"
            db.execute(f"insert into posts({columns}) values ('x', ?, 'bins', 'original', ?, '2026-11-02', 1)", row)
    page = Pages(data).text("/spike?day=2026-11-02")
    hours = dict(re.findall(r'<th scope="row">(\d\d):00</th><td[^>]*>(\d+)</td>', page))
    assert {hour: number for hour, number in hours.items() if number != "0"} == {"00": "2", "14": "1", "23": "1"}


def test_what_is_usual_is_known_of_a_day_that_lies_far_back_too(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=30)
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("delete from daily_counts")
        days = [(date(2024, 11, 8) + timedelta(days=place)).isoformat() for place in range(731)]
        columns = "day, platform, kind, is_own, posts, messages, authors"
        db.executemany(f"insert into daily_counts({columns}) values (?, 'x', 'original', 0, 3, 3, 3)", [[day] for day in days])
        db.execute(f"insert into daily_counts({columns}) values ('2099-03-12', 'x', 'original', 0, 90, 90, 90)")
    pages = Pages(data)
    said = words(pages.text("/spike?day=2025-03-01"))
    assert "Of the last 28 days with posts before it, a day usually had 3 posts" in said
    assert "2099" not in said and "2099" not in words(pages.text("/spike")), "a day that is to come is no busy one"
