"""The pages over a real store, asked through Datasette's own client: what they say, and that nothing breaks them."""

import html
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import migrations
from db.dictionary import store_words
from db.folder import DataFolder
from db.opening import open_database
from db.reading_missing import lost_by_kind
from tests.pages_client import Pages, cards, post_with
from tests.pages_client import main_words as words
from tests.pages_store import HOSTILE, LOST, MEASURED, build_store

ROOMS = ("/", "/posts", "/themes", "/theme/outsourcing", "/missing", "/data")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return build_store(tmp_path_factory.mktemp("pages") / "data")


# ---- what the pages say ----------------------------------------------------------------------------------------------


def test_home_says_who_wrote_how_much_and_when(pages: Pages, db: sqlite3.Connection) -> None:
    people = db.execute("select count(distinct author_id) from posts where is_own = 0").fetchone()[0]
    posts = db.execute("select count(*) from posts where is_own = 0 and kind <> 'repost'").fetchone()[0]
    said = words(pages.text("/"))
    assert f"{people} people have written {posts} posts and made 1 repost" in said
    assert "from 7 September to 7 November 2026." in said
    assert "Our own 2 posts are not among them" in said


def test_home_sets_the_last_whole_week_beside_the_one_before(pages: Pages, db: sqlite3.Connection) -> None:
    said = words(pages.text("/"))
    week, before = (
        db.execute("select posts, reposts, authors from weekly_totals where week = ? and theme is null and is_own = 0", [w])
        for w in ("2026-W45", "2026-W44")
    )
    posts, reposts, people = week.fetchone()
    assert reposts == 1
    assert f"2 to 8 November 2026: {people} people, {posts} posts, 1 repost" in said
    posts, reposts, people = before.fetchone()
    assert f"In the week before: {people} people, {posts} posts." in said


@pytest.mark.parametrize("path", ["/", "/themes"])
def test_a_number_about_a_theme_never_stands_without_its_error(pages: Pages, path: str) -> None:
    said = words(pages.text(path))
    assert "about 8 in 10 right (precision 0.81, 0.70 to 0.89); about 6 in 10 found (recall 0.62, 0.50 to 0.73)" in said
    assert "right: not measured; about 4 in 10 found (recall 0.40, 0.20 to 0.60)" in said
    assert said.count("in 10 found") + said.count(" not measured") - said.count("right: not measured") == 4, "four themes"
    assert f"Measured on {MEASURED}." in said
    named = "most people wrote about Outsourcing (about 8 in 10 right), In-house (not measured) and Co-production (not measured);"
    assert path != "/" or named in said


def test_no_sql_and_no_internal_table_on_the_home_page(pages: Pages, db: sqlite3.Connection) -> None:
    page = pages.text("/")
    assert not re.search(r"\bselect\b.*\bfrom\b", words(page), re.IGNORECASE)
    tables = {name for (name,) in db.execute("select name from sqlite_master where type = 'table'") if "_" in name}
    assert not [table for table in tables if table in page]


def test_home_says_when_data_last_came_and_what_is_missing(pages: Pages) -> None:
    said = words(pages.text("/")).split("When data last came")[1]
    assert "Last run: 9 November 2026, 03:00 (nightly); it finished in part." in said
    assert "tags <old>.csv ends in the middle; its whole rows were kept." in said
    assert "30 rows could not be read: the id was damaged by a spreadsheet." in said
    assert "3 rows were left out on purpose" in said
    assert "mastodon: not asked (its table in campaign.toml has no [governance] yet)" in said
    assert "No post at all from 10 to 14 October 2026" in said


def test_a_demo_says_that_it_is_one_and_does_not_grow_old(data: DataFolder, pages: Pages) -> None:
    told = Pages(data, demo_now="2026-11-09T00:00:00Z").text("/")
    assert "everything here is invented, people and posts alike. Its clock stands at 9 November 2026, 00:00." in told
    assert "we could not look" not in words(told)
    assert "invented, people" not in pages.text("/")
    later = Pages(data, demo_now="2026-11-23T00:00:00Z").text("/")
    weeks = "9 to 15 November 2026, 16 to 22 November 2026"
    assert f"{weeks}: we could not look: no source answered and no file reaches over these weeks." in words(later)


def test_posts_that_the_program_has_not_read_are_told(tmp_path: Path) -> None:
    unread = build_store(tmp_path / "data", posts=20)
    with closing(sqlite3.connect(unread.tracker)) as writing, writing:
        writing.execute("delete from post_readings where post_id in (select id from posts order by id limit 3)")
        writing.execute("insert into days_to_count values ('2026-09-07')")
    assert "3 posts have not been read by the program yet, so their themes are missing here." in words(Pages(unread).text("/"))


def test_a_ready_made_question_hides_its_sql_and_offers_its_rows(pages: Pages) -> None:
    page = pages.text("/tracker/posts-that-speak-to-us")
    assert "<title>Posts that speak to us</title>" in page and "SQL query" not in page
    assert "@ourhouse when will you publish the costs?" in page and "1 row. Take it away as JSON or CSV." in words(page)
    assert re.search(r'<a href="/post/\d+">/post/\d+</a>', page)
    for name in ("posts-that-speak-to-us", "most-reposted-posts", "longest-conversations", "languages-of-posts"):
        said = "Posts that people found not to be of this debate are among them."  # who may still code is not to tell which
        assert said in pages.text(f"/tracker/{name}"), name
    assert 'name="post_number"' in pages.text("/tracker/which-file-a-post-came-from")
    assert "from figures" in pages.text("/tracker/most-shared-links?_show_sql=1")


def test_tables_by_which_a_theme_can_be_counted_say_how_well_it_is_found(pages: Pages) -> None:
    theirs = {table.name for table in store_words("tracker").tables if "not to be told without its error" in table.about}
    assert len(theirs) == 6
    for table in theirs:
        assert "Outsourcing: precision 0.81 (0.70 to 0.89)" in words(pages.text(f"/tracker/{table}?_size=1")), table
    assert "How well each theme is found" not in pages.text("/tracker/authors?_size=1")


def test_a_theme_page_marks_the_words_that_decided(pages: Pages) -> None:
    page = pages.text("/theme/outsourcing")
    assert "<mark>Outsourcing</mark> never does" in page
    said = words(page)
    assert "Of 10 posts given this theme, about 8 are right (precision 0.81, 0.70 to 0.89)" in said
    assert re.search(r"Of the \d+ posts that it was measured on, 30 are about this theme\.", said)
    assert "by a phrase of the theme" in said
    assert "not_when" not in said and "film" in words(pages.text("/theme/co-production"))


def test_a_theme_that_nobody_measured_says_so(pages: Pages) -> None:
    assert "Nobody has yet checked how well this theme is found" in words(pages.text("/theme/health"))


def test_a_post_page_tells_all_about_a_post(pages: Pages, db: sqlite3.Connection) -> None:
    said = words(pages.text(f"/post/{post_with(db, '20002')}"))
    assert len(HOSTILE["long"]) > 25_000
    assert re.sub(r"\s+", " ", HOSTILE["long"]).strip() in said
    assert "It carries the hashtag: inventeddebate." in said
    assert "tags <old>.csv, line or item 2, read 9 November 2026, 03:00" in said
    assert "8 November 2026, 00:00 0 not known not known not known 12,345" in said
    assert "not known when not known 2 not known not known not known" in said
    assert "decided by a phrase of the theme (score 0.90), from outsourcing" in said


def test_a_post_page_leads_to_what_it_answers_and_to_what_passes_it_on(pages: Pages, db: sqlite3.Connection) -> None:
    answered = post_with(db, "10001")
    assert f'<a href="/post/{answered}">another post here</a>' in pages.text(f"/post/{post_with(db, '30002')}")
    assert f'<a href="/post/{post_with(db, "30002")}">' in pages.text(f"/post/{answered}")
    quoting = words(pages.text(f"/post/{post_with(db, '30003')}"))
    assert "It quotes a post that we do not have (999)" in quoting
    assert "No text came with this quote." in quoting
    assert "author not known" in quoting


def test_times_are_those_of_the_campaign(pages: Pages, db: sqlite3.Connection) -> None:
    assert db.execute("select created_at from posts where native_id = '10000'").fetchone()[0] == "2026-09-07T08:00:00Z"
    assert "7 September 2026, 09:00 (Europe/London)" in words(pages.text(f"/post/{post_with(db, '10000')}"))


def test_what_is_missing_names_file_lines_and_reason(pages: Pages) -> None:
    said = words(pages.text("/missing"))
    assert "the id was damaged by a spreadsheet tags <old>.csv 30 2, 3, 4," in said
    assert "and 10 more" in said
    assert "10 to 14 October 2026 (5 days)" in said
    assert "came with a cut text" in said
    assert f"it cannot give what was never in it. TAGS CSV (tags <old>.csv): {LOST}" in said


def test_what_all_files_of_a_kind_lack_is_said_once_and_what_one_lacks_beside_it() -> None:
    all_lack = "It has no counts. It is cut."
    rows = [
        ("t", "new", f"{all_lack} It is a sample."),
        ("t", "old", all_lack),
        ("u", "other", "It has no ids."),
        ("t", "1", "X. Y."),
    ]
    kinds = lost_by_kind([{"format": kind, "file": file, "lost": lost} for kind, file, lost in rows])
    assert kinds == [
        {"format": "t", "files": ["new", "old"], "lost": all_lack, "own": [{"file": "new", "lost": "It is a sample."}]},
        {"format": "u", "files": ["other"], "lost": "It has no ids.", "own": []},
        {"format": "t", "files": ["1"], "lost": "X. Y.", "own": []},
    ]


def test_a_file_from_before_losses_were_kept_says_nothing_of_them(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=3)
    with sqlite3.connect(data.tracker) as db:
        db.execute("update imports set lost = null")
    assert "What such files lack" not in words(Pages(data).text("/missing"))


def test_only_live_posts_are_listed_and_a_deleted_one_keeps_its_words_to_itself(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=12)
    with sqlite3.connect(data.tracker) as db:
        gone = post_with(db, "10003")
        db.execute("update posts set status = 'gone' where id = ?", [gone])
    pages = Pages(data)
    assert gone not in cards(pages.text("/posts"))
    page = words(pages.text(f"/post/{gone}"))
    assert "This post has been deleted on the platform, so its words are not shown." in page
    assert "Thursday" not in page


@pytest.mark.parametrize("path", ["/", "/posts", "/posts?q=anything", "/themes", "/missing", "/data", "/tracker"])
def test_an_empty_store_has_all_its_pages(tmp_path: Path, path: str) -> None:
    data = DataFolder(tmp_path / "data").create()
    open_database(data.tracker, migrations.tracker).close()
    said = words(Pages(data).text(path))
    if path == "/":
        assert "There are no posts here yet." in said and " import FILE" in said


def test_a_store_without_a_model_says_so_wherever_themes_are_shown(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=12)
    with sqlite3.connect(data.tracker) as db:
        for table in ("post_themes", "post_readings", "theme_quality", "models"):
            db.execute(f"delete from {table}")
    pages = Pages(data)
    for path in ("/", "/themes", "/theme/health", "/data"):
        said = words(pages.text(path))
        assert "No model has been trained yet" in said, path
        assert "none seen" not in said and " 0 posts" not in said, f"{path}: unknown is not nothing"
    assert pages.text("/").count(">not known</td>") == 16, "two weeks, the change and ours, four themes"
    assert "not measured" in words(pages.text("/"))


# ---- nothing breaks them ---------------------------------------------------------------------------------------------


def test_hostile_text_is_shown_and_runs_nothing(pages: Pages, db: sqlite3.Connection) -> None:
    hostile = [f"/post/{post_with(db, str(20_000 + place))}" for place in range(len(HOSTILE))]
    for path in (*ROOMS, *hostile, "/posts?q=outsourcing", "/posts?q=co-production"):
        page = pages.text(path)
        assert "<script" not in page, path
        assert not re.search(r"<[^>]+\son\w+\s*=", page), f"{path}: an event handler"
        assert 'href="javascript:' not in page, path
        assert 'style="' not in page, f"{path}: inline style, which our policy refuses"
    for path, text in zip(hostile, HOSTILE.values(), strict=True):
        assert re.sub(r"\s+", " ", text).strip()[:200] in re.sub(r"</?mark>", "", html.unescape(pages.text(path))), path


def test_names_and_texts_stand_in_their_own_direction(pages: Pages, db: sqlite3.Connection) -> None:
    page = pages.text(f"/post/{post_with(db, '20001')}")
    assert re.search(r'<p class="words" dir="auto">[^<]*\u202e', page)
    assert re.search("<bdi>[^<]*\u202e</bdi>", page)


@pytest.mark.parametrize("path", ["/theme/nothing", "/post/999999", "/post/999999999999999999", "/theme/%3Cscript%3E"])
def test_what_is_not_there_is_said_in_words(pages: Pages, path: str) -> None:
    page = pages.text(path, 404)
    assert "There is no" in words(page) and "<script" not in page


@pytest.mark.parametrize("path", ["/nowhere", "/post/abc", "/post/99999999999999999999", "/themes/x/y/z", "/raw", "/labels"])
def test_an_unknown_address_is_said_in_words(pages: Pages, path: str) -> None:
    answer = pages.get(path, follow_redirects=True)
    assert answer.status_code == 404
    assert "There is no such page" in words(answer.text)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=60) | st.text(alphabet="\"*'()-+^:{}NEAR ANDORT\0#@%_", max_size=40))
def test_whatever_is_searched_for_the_page_answers(pages: Pages, typed: str) -> None:
    assert pages.get(f"/posts?q={quote(typed, errors='ignore')}").status_code == 200


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["theme", "service", "platform", "kind", "week", "ours", "older", "newer", "zzz"]),
    value=st.text(max_size=30) | st.sampled_from(["2026-W99", "2026-11-01T00:00:00Z.1", "9999-W01", "2026-W45"]),
)
def test_whatever_is_filtered_by_the_page_answers(pages: Pages, name: str, value: str) -> None:
    assert pages.get(f"/posts?{name}={quote(value, errors='ignore')}").status_code == 200


def test_pages_are_read_while_the_store_is_being_written(data: DataFolder, pages: Pages) -> None:
    writer = sqlite3.connect(data.tracker, isolation_level=None)
    writer.execute("begin immediate")
    writer.execute("update posts set text = 'half written' where native_id = '10000'")
    try:
        assert "half written" not in pages.text("/posts?q=outsourcing")
    finally:
        writer.execute("rollback")
        writer.close()
