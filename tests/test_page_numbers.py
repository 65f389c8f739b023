"""The numbers on the pages against the posts themselves, counted again with plain SQL and no summary table."""

import html
import io
import re
import sqlite3
import zipfile
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.store import Store
from pipelines.briefing import briefing
from tests.pages_client import Pages, words
from tests.pages_store import CAMPAIGN, NOW, THEMES, build_store

PEOPLE, POSTS, REPOSTS = "count(distinct author_id)", "sum(kind <> 'repost')", "sum(kind = 'repost')"
OTHERS = "status = 'live' and is_own = 0"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return build_store(tmp_path_factory.mktemp("numbers") / "data", posts=140)


def said_of(row: tuple[int, int | None, int | None]) -> str:
    """How the pages word people, posts and reposts."""
    people, posts, reposts = (number or 0 for number in row)
    if not people:
        return "none seen"
    said = [f"{people} {'person' if people == 1 else 'people'}"]
    said += [f"{number} {name}{'' if number == 1 else 's'}" for number, name in ((posts, "post"), (reposts, "repost")) if number]
    return ", ".join(said)


def counted(db: sqlite3.Connection, where: str, *asked: object) -> tuple[int, int | None, int | None]:
    found: tuple[int, int | None, int | None] = db.execute(
        f"select {PEOPLE}, {POSTS}, {REPOSTS} from posts where {OTHERS} and {where}", asked
    ).fetchone()
    return found


def test_the_rows_of_themes_on_the_home_page(pages: Pages, db: sqlite3.Connection) -> None:
    page = pages.text("/")
    for theme in THEMES:
        row = page.split(f'<a href="/theme/{theme.slug}">{theme.name}</a></th>')[1].split("</tr>")[0]
        cells = [
            words(cell.split("<details")[0].split('<span class="unseen"')[0]).strip()
            for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
        ]
        carries = "id in (select post_id from post_themes where theme = ?) and day between ? and ?"
        weeks = [("2026-11-02", "2026-11-08"), ("2026-10-26", "2026-11-01")]
        assert cells[:2] == [said_of(counted(db, carries, theme.slug, *week)) for week in weeks], theme.slug
    assert said_of(counted(db, "day between ? and ?", *weeks[0])) in words(page)


def test_the_sentences_of_a_week_count_reposts_beside_posts(data: DataFolder, db: sqlite3.Connection) -> None:
    """People who only passed posts on are counted among the people, so the sentence does not say that they wrote posts."""
    week = ("2026-11-02", "2026-11-08")
    people, posts, reposts = counted(db, "day between ? and ?", *week)
    assert reposts == 1
    told = briefing(CAMPAIGN, data, "2026-W45", "md", now=NOW)
    assert f"{people} people that we could see wrote {posts} posts and made 1 repost in the debate" in told
    for theme in THEMES:
        carries = "id in (select post_id from post_themes where theme = ?) and day between ? and ?"
        people, posts, reposts = counted(db, carries, theme.slug, *week)
        made = " and made 1 repost" if reposts else ""
        said = f"{people} people that we could see wrote {posts} posts{made} about “{theme.name}”"
        assert not people or said.replace(" 1 posts", " 1 post").replace("1 people", "1 person") in told, theme.slug


@pytest.mark.parametrize("theme", [None, "outsourcing", "health"])
def test_each_week_of_a_table_of_weeks(pages: Pages, db: sqlite3.Connection, theme: str | None) -> None:
    page = pages.text(f"/theme/{theme}" if theme else "/")
    rows = re.findall(r'<a href="/posts\?week=(\d{4})-W(\d\d)[^"]*">.*?</th>(.*?)</tr>', page, re.DOTALL)
    assert len(rows) == 9, "also the weeks in which nobody spoke of the theme"
    carries = "id in (select post_id from post_themes where theme = ?)" if theme else "? is null"
    for year, week, cells in rows:
        monday = date.fromisocalendar(int(year), int(week), 1)
        between = ("day between ? and ? and " + carries, monday.isoformat(), (monday + timedelta(days=6)).isoformat(), theme)
        own = db.execute(f"select count(*) from posts where is_own = 1 and kind <> 'repost' and {between[0]}", between[1:])
        shown = [int(number) for number in re.findall(r'class="figure"[^>]*>(\d+)<', cells)]
        assert shown == [*(number or 0 for number in counted(db, *between)), own.fetchone()[0]], (year, week)


def with_a_date_to_come(folder: Path) -> DataFolder:
    """A debate with one post that says 2099."""
    data = build_store(folder, posts=60)
    with closing(Store.open(data)) as store:
        columns = "platform, native_id, text, kind, created_at, day, first_seen_run"
        late = "'x', '9', 'outsourcing', 'original', '2099-03-12T08:00:00Z', '2099-03-12', 1"
        store._db.execute(f"insert into posts({columns}) values ({late})")
        for given in (
            "insert into post_themes(post_id, theme, score, decided_by) select id, 'outsourcing', 1, 'rule'",
            "insert into post_hashtags(post_id, tag, spelled) select id, 'inventeddebate', 'InventedDebate'",
            "insert into post_links(post_id, url) select id, 'https://example.org/costs'",
        ):
            store._db.execute(f"{given} from posts where native_id = '9'")
        store.count()
    return data


def test_a_date_that_is_to_come_hides_no_week_that_was(tmp_path: Path) -> None:
    """With one post that says 2099 the newest 26 weeks were of that year, and all but one were empty."""
    data = with_a_date_to_come(tmp_path / "data")
    pages = Pages(data, demo_now=NOW)
    for path, told in (("/", True), ("/theme/outsourcing", True), ("/theme/health", False)):
        page = pages.text(path)
        weeks = re.findall(r'<a href="/posts\?week=(\d{4}-W\d\d)', page)
        assert (weeks[0], weeks[-1], len(weeks)) == ("2026-W45", "2026-W37", 9), path
        said = "1 post or repost says a date in a week that is still to come, and is in no week here."
        assert (said in words(page)) == told, path
        assert "2099" not in words(page), "neither in the days of the debate nor among the newest posts"
    slow = Pages(data, demo_now="2020-01-01T03:00:00Z")
    assert '<a href="/posts?week=2099-W11' in slow.text("/"), "where no week has begun, it is the clock here that is wrong"


def test_a_date_that_is_to_come_is_in_no_week_of_what_is_shared_or_taken_away(tmp_path: Path) -> None:
    """The hashtags of the last week were those of one post that says 2099; a link had 3,800 weeks, and a theme's file as many."""
    pages = Pages(with_a_date_to_come(tmp_path / "data"), demo_now=NOW)
    assert "2 to 8 November 2026, by how many people used them" in words(pages.text("/hashtags"))
    for path in ("/hashtag/inventeddebate", "/link?url=https://example.org/costs"):
        said = words(pages.text(path)).split("Week by week")[1].split("Words that it was shared with")[0]
        assert "2099" not in said and "2 to 8 November 2026" in said, path
        assert "1 post or repost says a date in a week that is still to come, and is in no week here." in said, path
    folder = zipfile.ZipFile(io.BytesIO(pages.get("/take/theme/outsourcing.zip").content))
    weeks = [row.split(",")[0] for row in folder.read("theme-outsourcing.csv").decode("utf-8-sig").splitlines()[1:]]
    assert (weeks[0], weeks[-1], len(weeks)) == ("2026-W37", "2026-W45", 9)
    assert "1 post or repost says a date in a week that is still to come" in folder.read("COVERAGE.txt").decode()


def test_the_time_to_a_date_that_is_to_come_is_no_gap(tmp_path: Path) -> None:
    """It was told that there is no post at all from now to 2099: nobody wrote, or no file covers it."""
    pages = Pages(with_a_date_to_come(tmp_path / "data"), demo_now=NOW)
    gaps = re.findall(r"<li>([^<]*) \([\d,]+ days?\)</li>", pages.text("/missing"))
    assert gaps and not [gap for gap in gaps if "2099" in gap]
    note = zipfile.ZipFile(io.BytesIO(pages.get("/take/posts.zip").content)).read("COVERAGE.txt").decode()
    assert "No post from 2026-10-" in note and "2099" not in note


def test_posts_of_which_no_author_is_known_are_told(tmp_path: Path) -> None:
    """It was said that nobody wrote, and in the briefing that no post came in."""
    data = build_store(tmp_path / "data", posts=60)
    with closing(Store.open(data)) as store:
        store._db.execute("update posts set author_id = null where is_own = 0")
        store.count()
    page = words(Pages(data, demo_now=NOW).text("/"))
    told = briefing(CAMPAIGN, data, "2026-W45", "md", now=NOW)
    assert re.search(r"\d+ posts and 1 repost by authors who are not known are here, from 7 September to 7 November 2026\.", page)
    assert "not comparable: who wrote is not known" in page
    for said in (page, told):
        assert re.search(r"\d+ posts and 1 repost by authors who are not known were seen in the debate", said)
        assert "nobody that we could see wrote in the debate" not in said and "No post of this week came in" not in said
    assert "by authors who are not known were seen about “Outsourcing”" in told.replace("\\", "")


def test_the_days_of_the_debate_are_those_of_other_people(tmp_path: Path) -> None:
    """They began with the campaign's own first post."""
    data = build_store(tmp_path / "data", posts=30)
    with closing(Store.open(data)) as store:
        store._db.execute("update posts set created_at = '2026-08-01T12:00:00Z', day = '2026-08-01' where native_id = '30001'")
        store.count()
        said = words(Pages(data, demo_now=NOW).text("/"))
        assert re.search(r"from 7 September to \d November 2026\. Our own 2 posts are not among them", said)
        store._db.execute("delete from posts where is_own = 0")
        store.count()
    assert "So far nobody but us has written. Read the paper" in words(Pages(data, demo_now=NOW).text("/"))


def test_the_sums_of_a_theme_page(pages: Pages, db: sqlite3.Connection) -> None:
    for theme in THEMES:
        row = counted(db, "id in (select post_id from post_themes where theme = ?)", theme.slug)
        page = words(pages.text(f"/theme/{theme.slug}"))
        assert f"{said_of(row)} in all." in page, theme.slug
        decided = re.findall(r"(\d+) (?:post or repost|posts and reposts) by (?:a phrase|the trained|a person)", page)
        assert sum(map(int, decided)) == (row[1] or 0) + (row[2] or 0), theme.slug


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ("", "1"),
        ("ours=no", "is_own = 0"),
        ("ours=yes", "is_own = 1"),
        ("platform=mastodon&week=2026-W42", "platform = 'mastodon' and day between '2026-10-12' and '2026-10-18'"),
        ("kind=reply", "kind = 'reply'"),
        ("q=outsourcing", "text like '%outsourcing%'"),
        ('q="in house"', "text like '%in house%' or text like '%in-house%'"),
        (
            "q=council&theme=outsourcing",
            "text like '%council%' and id in (select post_id from post_themes where theme='outsourcing')",
        ),
    ],
)
def test_the_count_above_a_list_of_posts(pages: Pages, db: sqlite3.Connection, asked: str, where: str) -> None:
    number = db.execute(f"select count(*) from posts where status = 'live' and ({where})").fetchone()[0]
    assert number > 0 and f"{number} {'post' if number == 1 else 'posts'}" in words(pages.text(f"/posts?{asked}"))


def test_the_links_of_the_week(pages: Pages, db: sqlite3.Connection) -> None:
    row = counted(db, "id in (select post_id from post_links) and day between '2026-11-02' and '2026-11-08'")
    assert row[0] > 1
    assert f"https://example.org/costs ({said_of(row)})" in re.sub(r" (?=\))", "", words(pages.text("/"))).replace("( ", "(")


@pytest.mark.parametrize("asked", ["posts-by-day", "busiest-days", "originals-against-reposts", "posts-that-disappeared"])
def test_a_ready_made_question_says_zero_where_there_is_none(tmp_path: Path, asked: str) -> None:
    """An empty cell means “not known”: of a day without reposts it is known that there were none."""
    data = build_store(tmp_path / "data", posts=30)
    with closing(Store.open(data)) as store:
        store._db.execute("update posts set kind = 'repost', repost_of = '1' where day = '2026-11-02'")
        store.count()
    table = Pages(data).text(f"/tracker/{asked}.csv").splitlines()
    assert len(table) > 2 and not [row for row in table if ",," in row or row.endswith(",")]


def test_what_is_new_since_the_last_look_is_as_many_as_the_list_that_it_leads_to(
    data: DataFolder, db: sqlite3.Connection
) -> None:
    pages = Pages(data, demo_now=NOW)
    (cookie,) = [one for one in pages.get("/").headers.get_list("set-cookie") if one.startswith("looked-")]
    name = cookie.partition("=")[0]
    posts, reposts = db.execute(f"select {POSTS}, {REPOSTS} from posts where {OTHERS} and id > 5").fetchone()
    page = pages.get("/", cookies={name: "1762000000.5.0-1762000000.5.0"}).text
    assert reposts == 1 and f"{posts} new posts and 1 repost by other people." in words(page)
    (way,) = set(re.findall(r'href="(/posts\?seen=[^"]+)"', page))
    assert f"{posts + reposts} posts match this" in words(pages.text(html.unescape(way)))


def test_what_disappeared_since_the_last_look_is_told_once_and_not_of_what_came_back(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=30)
    pages = Pages(data, demo_now=NOW)
    (cookie,) = [one for one in pages.get("/").headers.get_list("set-cookie") if one.startswith("looked-")]
    name, _, kept = cookie.partition(";")[0].partition("=")
    post, first = (int(number) for number in kept.split("-")[1].split(".")[1:])

    def disappeared(upto: int) -> str:
        page = words(pages.get("/", cookies={name: f"1762000000.{post}.{upto}-1762000000.{post}.{upto}"}).text)
        return page.split("as far as the program can tell. ")[1].split(" Sources:")[0]

    with closing(sqlite3.connect(data.tracker)) as db, db:
        for post_id, *statuses in ((2, "hidden"), (3, "hidden", "live"), (4, "hidden", "gone")):
            for status in statuses:
                enter = "insert into post_status_history(post_id, status, seen_at, evidence) values (?, ?, '2026-11-09', 'asked')"
                db.execute(enter, [post_id, status])
            db.execute("update posts set status = ?, text = '' where id = ?", [statuses[-1], post_id])
    assert disappeared(first).startswith("2 posts have disappeared"), "one came back"
    assert disappeared(first + 4) == "No post is known to have disappeared.", "it was hidden before, and is deleted now"
