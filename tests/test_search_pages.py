"""Search, filters and paging of the lists of posts, and the weeks that are compared."""

import html
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from db.folder import DataFolder
from db.reading import compared_weeks, weeks_with_gaps
from db.reading_missing import gaps
from db.searching import Searched, searched
from tests.pages_client import Pages, cards, post_with
from tests.pages_client import main_words as words
from tests.pages_store import build_store


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return build_store(tmp_path_factory.mktemp("pages") / "data")


@pytest.mark.parametrize(
    ("typed", "expression"),
    [
        ("co-op*", '"co-op" *'),
        ('"in house" staff', '"in house" AND "staff"'),
        ('half "open', '"half" AND "open"'),
        ("NOT AND", '"NOT" AND "AND"'),
        ("bus fare OR ticket* OR cost", '"bus" AND ("fare" OR "ticket" * OR "cost")'),
        ("OR bus OR", '"OR" AND "bus"'),
        ("* -- !!", ""),
        ("", ""),
    ],
)
def test_what_is_typed_becomes_a_valid_search(typed: str, expression: str) -> None:
    assert searched(typed) == Searched(expression)
    assert bool(searched(typed)) == bool(expression)


@pytest.mark.parametrize(
    ("typed", "expression", "within"),
    [
        ("病院", "", (("病院",),)),
        ("#病院の 民営化*", "", (("病院の",), ("民営化",))),
        ('nhs "病院 給食" staff*', '"nhs" AND "staff" *', (("病院 給食",),)),
        ("NHSの改革", "", (("NHSの改革",),)),
        ("nhs 病院 OR clinic", '"nhs"', (("病院", "clinic"),)),
        ("、。 ・", "", ()),
        ("😋", "", (("😋",),)),
        ("hungry 😋 OR ❤️", '"hungry"', (("😋", "❤"),)),
        ("lunch😋*", "", (("lunch😋",),)),
        ("‼️ 25°C → C++", '"25°C" AND "C++"', (("‼",),)),
    ],
)
def test_words_that_no_space_parts_and_emoji_are_looked_for_within_the_text(
    typed: str, expression: str, within: tuple[tuple[str, ...], ...]
) -> None:
    assert searched(typed) == Searched(expression, within)


def test_search_finds_emoji(tmp_path: Path) -> None:
    """An emoji is found alone, beside a word, after a minus, and with or without the sign that makes ❤ red."""
    data = build_store(tmp_path / "data")
    texts = ("An apple for lunch 🍎 please", "Warm soup ❤️!", "Cold soup", "Thanks👍🏽")
    with closing(sqlite3.connect(data.tracker)) as connection, connection:
        known = connection.execute("select id from posts where status = 'live' and kind = 'original' limit 4").fetchall()
        connection.executemany("update posts set text = ? where id = ?", [(t, n) for t, (n,) in zip(texts, known, strict=True)])
    pages = Pages(data)

    def found(typed: str) -> str:
        return words(pages.get(f"/posts?q={quote(typed)}").text)

    assert "1 post matches this" in found("🍎") and "An apple for lunch" in found("🍎")
    assert "1 post matches this" in found("apple 🍎") and "No post matches this" in found("soup 🍎")
    assert "Warm soup" in found("❤") and "Warm soup" in found("❤️")
    assert "Cold soup" in found("soup -❤️") and "Warm soup" not in found("soup -❤️")
    assert "Thanks" in found("👍") and "No post matches this" in found("👍🏻")
    assert "Emoji are found like words." in found("")


def test_signs_alone_are_said_not_to_be_searched_for(pages: Pages) -> None:
    """That no post matches would be taken for that none has `:)`."""
    assert "Words, numbers and emoji can be searched for, and there is none here." in words(pages.get("/posts?q=%3A%29").text)
    for typed in ("", "%20", "bus", "%F0%9F%8D%8E"):
        assert "there is none here" not in words(pages.get(f"/posts?q={typed}").text)


def test_a_cut_repost_says_by_whose_text_it_is_decided(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=8)
    pages = Pages(data)
    with closing(sqlite3.connect(data.tracker)) as db:
        repost, original = post_with(db, "40001"), post_with(db, "10001")
        assert "decided by the whole text" not in pages.text(f"/post/{repost}")
        with db:
            db.execute("update posts set truncated = 1, repost_of = '10001' where id = ?", [repost])
        page = pages.text(f"/post/{repost}")
    assert f'decided by the whole text of <a href="/post/{original}">the post that it passes on</a>' in page
    assert "decided by the whole text" not in pages.text(f"/post/{original}")


def test_search_finds_what_no_space_parts_from_the_rest(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=8)
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("update posts set text = '私たちの病院をNHSに残そう' where id = 3")
        db.execute("update posts set text = 'Save it: 病院 #病院を守れ' where id = 4")
    pages = Pages(data)
    found = {
        asked: sorted(cards(pages.text(f"/posts?q={quote(asked)}")))
        for asked in (
            "病院",
            "#病院を",
            "病院 残",
            "nhsに",
            "save 病院",
            '"に残"',
            "save 残",
            "を・守",
            "病院 -残",
            "残 OR save",
            "病院 -save",
        )
    }
    assert found == {
        **{"病院": [3, 4], "#病院を": [3, 4], "病院 残": [3], "nhsに": [3], "save 病院": [4], '"に残"': [3]},
        **{"save 残": [], "を・守": [], "病院 -残": [4], "残 OR save": [3, 4], "病院 -save": [3]},
    }
    assert "2 posts match this" in words(pages.text(f"/posts?q={quote('病院')}"))


def test_what_a_search_keeps_aside_is_not_told_as_a_database(pages: Pages) -> None:
    assert "match" in pages.text("/posts?q=council")
    assert "attached" not in pages.text("/tracker")


def test_search_finds_words_phrases_and_beginnings(pages: Pages, db: sqlite3.Connection) -> None:
    with_hospital = db.execute("select count(*) from posts where text like '%hospital%'").fetchone()[0]
    assert f"{with_hospital} posts match this" in words(pages.text("/posts?q=hospital"))
    assert f"{with_hospital} posts match this" in words(pages.text("/posts?q=hospit*"))
    assert f"{with_hospital} posts match this" in words(pages.text('/posts?q="hospital kitchen"'))
    assert "No post matches this." in words(pages.text('/posts?q="kitchen hospital"'))
    assert "No post matches this." in words(pages.text("/posts?q=!!!"))


def test_a_minus_leaves_posts_out_and_or_takes_either(pages: Pages, db: sqlite3.Connection) -> None:
    def count(typed: str) -> int:
        found = re.search(r"([\d,]+) posts? match", words(pages.text(f"/posts?q={quote(typed)}")))
        return int(found[1].replace(",", "")) if found else 0

    every, hospital, council = count("-nowhere"), count("hospital"), count("council")
    both = count("hospital council")
    assert every == db.execute("select count(*) from posts where status = 'live'").fetchone()[0] and hospital and council
    assert count("hospital OR council") == hospital + council - both
    assert count("council -hospital") == council - both
    assert count('-"hospital kitchen"') == every - count('"hospital kitchen"')
    assert count("-hospit* -council") == every - count("hospital OR council")


def test_filters_narrow_and_say_what_they_do_not_know(pages: Pages, db: sqlite3.Connection) -> None:
    both = db.execute(
        "select count(*) from post_themes a join post_themes b using (post_id) where a.theme = 'in-house' and b.theme = 'health'"
    ).fetchone()[0]
    assert both > 0
    assert f"{both} posts match this" in words(pages.text("/posts?theme=in-house&service=health"))
    assert "2 posts match this" in words(pages.text("/posts?ours=yes"))
    assert "1 post matches this" in words(pages.text("/posts?kind=repost&platform=x&week=2026-W45"))
    assert "There is no theme “nonsense” here, so that was left out." in words(pages.text("/posts?theme=nonsense"))


def test_paging_shows_every_post_once_and_leads_back(pages: Pages, db: sqlite3.Connection) -> None:
    expected = [row[0] for row in db.execute("select id from posts order by created_at desc, id desc")]
    page, seen, walked = pages.text("/posts"), [], [""]
    while True:
        seen += cards(page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        if older is None:
            break
        walked.append(html.unescape(older[1]))
        page = pages.text(walked[-1])
    assert seen == expected
    newer = re.search(r'rel="prev" href="([^"]+)"', page)
    assert newer is not None
    assert cards(pages.text(html.unescape(newer[1]))) == cards(pages.text(walked[-2]))
    assert 'rel="prev"' not in pages.text("/posts")


def test_weeks_and_days_without_posts_are_not_passed_over() -> None:
    row = {"posts": 4, "reposts": 0, "people": 2, "own_posts": None}
    weeks = weeks_with_gaps([{"week": "2026-W53", **row}, {"week": "2027-W02", **row, "posts": 1}])
    assert [(week["week"], week["posts"], week["bar"]) for week in weeks] == [
        ("2026-W53", 4, 100.0),
        ("2027-W01", 0, 0.0),
        ("2027-W02", 1, 25.0),
    ]
    assert gaps(["2026-02-27", "2026-03-01", "2026-03-02"]) == [{"first": "2026-02-28", "last": "2026-02-28", "days": 1}]


def test_the_week_compared_is_over_where_one_is() -> None:
    active = ["2026-W43", "2026-W45", "2026-W46"]
    now = "2026-11-15T23:30:00"
    assert compared_weeks(active, now, "Europe/London") == {
        "week": "2026-W45",
        "before": "2026-W44",
        "over": True,
        "silent": 0,
    }
    in_berlin_it_is_monday = compared_weeks(active, now, "Europe/Berlin")
    assert in_berlin_it_is_monday is not None and in_berlin_it_is_monday["week"] == "2026-W46"
    first = compared_weeks(["2026-W46"], now, "Europe/London")
    assert first is not None and (first["week"], first["over"]) == ("2026-W46", False)
    assert compared_weeks([], now, "UTC") is None


@pytest.mark.parametrize(
    "typed", ["", '"', "a AND", "NEAR(", "*", "-x", "^", "co-op*", "%", "'; drop table posts", "ä" * 600, "\x00", "🏳️‍🌈"]
)
def test_whatever_is_searched_for_is_a_page(pages: Pages, typed: str) -> None:
    assert (
        pages.get("/posts", params={"q": typed, "language": typed, "week": typed, "older": typed, "seen": typed}).status_code
        == 200
    )


def test_a_search_says_how_its_hits_divide(pages: Pages, db: sqlite3.Connection) -> None:
    page = pages.text("/posts?q=outsourcing")
    of_theme = (
        "select count(*) from posts where text like '%outsourcing%' and id in (select post_id from post_themes where theme = ?)"
    )
    assert f"Outsourcing ({db.execute(of_theme, ['outsourcing']).fetchone()[0]}; about 8 in 10 right)</option>" in page
    on_x = db.execute("select count(*) from posts where text like '%outsourcing%' and platform = 'x'").fetchone()[0]
    assert f"X ({on_x})</option>" in page and "Health (" not in page and "English (" in page
