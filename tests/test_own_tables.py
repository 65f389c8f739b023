"""Tables that a campaign describes in its own words: columns, times, previews, and real files."""

import csv
import io
import json
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exported import rows_of, written
from tests.test_tables import book, cell, xml_row
from tests.warm import ran
from tracker.campaign import read_campaign
from tracker.exports import known, recognise
from tracker.exports.head import Head
from tracker.exports.mapped import formats_with
from tracker.exports.opening import open_export
from tracker.platforms.local_times import local_times
from tracker.platforms.mapped import read_table_row
from tracker.platforms.refusals import NotAPost
from tracker.problems import CampaignProblem, UnknownFormat
from tracker.records import TABLE_FIELDS, Found, Post, TableMapping

POST_ID = "2096871087928247273"
POSTED = "2026-09-07T08:00:00Z"

# ---- tables of a campaign's own --------------------------------------------------------------------------------------


def mapping(platform: str, **more: Any) -> TableMapping:
    columns = tuple((field, field) for field in more.pop("columns", TABLE_FIELDS))
    return TableMapping("mine", platform, columns, **more)


def row(**cells: str) -> dict[str, str]:
    return {"text": "We want #BetterBuses https://example.org/a @ben", "created_at": "2026-09-07T08:00:00Z"} | cells


@pytest.mark.parametrize(
    ("platform", "cells", "native_id"),
    [
        ("x", {"id": POST_ID}, POST_ID),
        ("x", {"id": "2.09687E+18", "url": f"https://twitter.com/a/status/{POST_ID}?s=20"}, POST_ID),
        (
            "mastodon",
            {"id": "123", "url": "https://social.example/users/a/statuses/5"},
            "https://social.example/users/a/statuses/5",
        ),
        ("bluesky", {"id": "at://did:plc:abc/app.bsky.feed.post/3k"}, "at://did:plc:abc/app.bsky.feed.post/3k"),
        ("bluesky", {"url": "https://bsky.app/profile/did:plc:abc/post/3k"}, "at://did:plc:abc/app.bsky.feed.post/3k"),
        ("reddit", {"id": "t1_abc"}, "t1_abc"),
        ("reddit", {"url": "https://www.reddit.com/r/buses/comments/1abc/a_title/"}, "t3_1abc"),
        ("reddit", {"url": "https://old.reddit.com/r/buses/comments/1abc/a_title/k9z/?context=3"}, "t1_k9z"),
        ("forum", {"id": "123456789012345678"}, "123456789012345678"),
    ],
)
def test_a_mapped_row_has_the_id_that_its_platform_gives(platform: str, cells: dict[str, str], native_id: str) -> None:
    post = read_table_row(row(**cells), mapping(platform))
    assert (post.platform, post.native_id, post.created_at, post.detail) == (platform, native_id, POSTED, 1)
    assert post.hashtags == (("betterbuses", "BetterBuses"),) and post.links == ("https://example.org/a",)


@pytest.mark.parametrize(
    ("platform", "cells", "reason"),
    [
        ("x", {"id": "2.09687E+18", "url": "https://example.org/status/7"}, "damaged by a spreadsheet"),
        ("x", {"id": "5", "url": f"https://x.com/a/status/{POST_ID}"}, "name different posts"),
        ("mastodon", {"id": "109348"}, "differ from server to server"),
        ("bluesky", {"url": "https://bsky.app/profile/ann.example/post/3k"}, "no address that begins with at://did:"),
        ("reddit", {"id": "abc"}, "neither a full id"),
        ("forum", {"id": "1.2E+17", "url": "https://forum.example/1"}, "damaged"),
        ("forum", {"id": "123456789012345000"}, "damaged"),
        ("forum", {"id": ""}, "has no id"),
        ("forum", {"id": "nan"}, "has no id"),
        ("forum", {"id": "1", "text": "#NAME?"}, "no text"),
        ("forum", {"id": "1", "text": " "}, "no text"),
        ("forum", {"id": "1", "created_at": ""}, "no time"),
        ("forum", {"id": "1", "created_at": "2026-09-07 08:00"}, "does not say its zone"),
        ("forum", {"id": "1", "created_at": "3/4/2026 08:00"}, "day first or month first"),
        ("forum", {"id": "1", "created_at": "soon"}, "^its time cannot be read; say how it is written with time_format"),
        ("forum", {"id": "1", "created_at": "1900-01-01T00:00:00Z"}, "cannot be right"),
    ],
)
def test_a_mapped_row_that_cannot_be_told_is_refused(platform: str, cells: dict[str, str], reason: str) -> None:
    with pytest.raises(NotAPost, match=reason):
        read_table_row(row(**cells), mapping(platform))


def test_a_mapped_row_is_read_whole() -> None:
    cells = row(
        id="https://social.example/users/Ann/statuses/5", author="@Ann", author_name="Ann E.", lang="EN-gb", reply_to="77"
    )
    post = read_table_row(cells | {"likes": "1,200", "views": ""}, mapping("mastodon"))
    assert post.author and (post.author.native_id, post.author.handle) == ("@ann@social.example", "Ann@social.example")
    assert (post.lang, post.kind, post.reply_to, post.counts.likes, post.counts.views) == ("en-gb", "reply", "77", 1200, None)
    nobody = read_table_row(row(id="1", author="NA", author_id="nan", lang="NA", reply_to="None"), mapping("forum"))
    assert (nobody.author, nobody.lang, nobody.kind, nobody.reply_to) == (None, None, "original", None)
    endless = read_table_row(row(id="1", author="ann", author_id="a" * 300_000), mapping("forum"))
    assert endless.author and endless.author.native_id == "@ann", "an account's number is no longer than a name"
    html = read_table_row(
        row(url="https://blog.example/1", text="<p>a &amp; b</p><script>x</script>"), mapping("blog", html=True, columns=WEB)
    )
    assert (html.text, html.native_id, html.url, html.author) == (
        "a & b",
        "https://blog.example/1",
        "https://blog.example/1",
        None,
    )
    local = mapping("blog", columns=WEB, timezone="Europe/London", time_format="%d.%m.%Y %H Uhr")
    assert read_table_row(row(url="https://blog.example/1", created_at="07.09.2026 09 Uhr"), local).created_at == POSTED
    old = read_table_row(row(id="20", created_at="2006-03-21 20:50:14"), mapping("x", timezone="UTC"))
    assert old.created_at == "2006-03-21T20:50:14Z"


WEB = ("url", "text", "created_at")


@pytest.mark.parametrize(
    ("platform", "cells", "known_by"),
    [
        ("blog", {"author": "Ann"}, ("@ann@a.example", "Ann@a.example", "Ann")),
        ("forum", {"author": "@Ann", "author_name": "Ann E."}, ("@ann@a.example", "Ann@a.example", "Ann E.")),
        ("news", {"author_name": "Ann E."}, ("@ann e.@a.example", "Ann E.@a.example", "Ann E.")),
        ("forum", {"author": "Ann", "author_id": "7"}, ("7", "Ann@a.example", "Ann")),
        ("forum", {"author_id": "7"}, ("7", None, None)),
        ("forum", {"author": "Guest", "author_id": "1"}, None),
        ("blog", {"author": "anonymous"}, None),
        ("blog", {"author": "ann@mail.example", "author_id": "ann@mail.example"}, None),
        ("blog", {"author": "ann@mail.example", "author_name": "Ann"}, ("@ann@a.example", "Ann@a.example", "Ann")),
        ("reddit", {"id": "t1_abc", "author": "[deleted]"}, None),
        ("reddit", {"id": "t1_abc", "author": "Ann"}, ("@ann", "Ann", None)),
    ],
)
def test_a_name_in_a_mapped_row_is_known_by_its_site_and_guests_are_nobody(
    platform: str, cells: dict[str, str], known_by: tuple[str | None, ...] | None
) -> None:
    columns = (
        ("id", *WEB, "author", "author_id", "author_name")
        if platform == "reddit"
        else (*WEB, "author", "author_id", "author_name")
    )
    author = read_table_row(row(url="https://www.a.example/1", **cells), mapping(platform, columns=columns)).author
    assert (author and (author.native_id, author.handle, author.display_name)) == known_by


@given(
    st.dictionaries(
        st.sampled_from(TABLE_FIELDS), st.text(max_size=40) | st.sampled_from([POST_ID, "1e9", "0000-00-00", "https://[x"])
    )
)
def test_any_mapped_row_is_a_post_or_a_reason(cells: dict[str, str]) -> None:
    for platform in ("x", "mastodon", "bluesky", "reddit", "blog"):
        for zone, pattern in (("", ""), ("Asia/Kathmandu", ""), ("", "%Y %d %m %H"), ("UTC", "%c")):
            with suppress(NotAPost):
                post = read_table_row(cells, mapping(platform, timezone=zone, time_format=pattern))
                assert isinstance(post, Post) and post.created_at[10::9] == "TZ" and post.native_id
                repr(post).encode("utf-8")


CAMPAIGN = 'name = "buses"\nhashtags = ["betterbuses"]\n'
MINE = """[[import.table]]
name = "mine"
platform = "blog"
columns = { url = "Link", text = "Body", created_at = "When" }
timezone = "Europe/London"
"""


def campaign_with(folder: Path, tables: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "campaign.toml").write_text(CAMPAIGN + tables, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"mine"', '"My list"', '6: import.table.name: "My list" may hold only'),
        ('"blog"', '"blogs"', '7: import.table.platform: "blogs" is no platform'),
        ('text = "Body", ', "", "8: import.table.columns: does not say which column holds the text"),
        ('url = "Link", ', "", "8: import.table.columns: names neither a column with ids nor one with addresses"),
        (', created_at = "When"', "", "8: import.table.columns: does not say which column holds the time"),
        ('"Link"', "7", "8: import.table.columns.url: is a whole number"),
        ('"Link"', '""', "8: import.table.columns.url: is empty"),
        ("url =", 'colour = "C", url =', "8: import.table.columns.colour: is not a key"),
        ("columns", "colums", "5: import.table.columns: is missing"),
        ("London", "Lundon", '9: import.table.timezone: "Europe/Lundon" is no time zone'),
        ("timezone =", 'time_format = "%H:%M"\ntimezone =', '9: import.table.time_format: "%H:%M" does not describe a day'),
        ("timezone =", 'time_format = "%Q"\ntimezone =', '9: import.table.time_format: "%Q" does not describe a day'),
        ("timezone =", 'html = "yes"\ntimezone =', "9: import.table.html: is text"),
        (MINE, MINE + MINE, '11: import.table.name: "mine" stands twice'),
        ("[[import.table]]", "[[import.tables]]", "5: import.tables: is not a key of [import]"),
    ],
)
def test_a_mistake_in_a_mapping_names_its_line_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    folder = campaign_with(tmp_path / "c", "\n\n" + MINE.replace(old, new))
    with pytest.raises(CampaignProblem) as problem:
        read_campaign(folder)
    assert any(said in line for line in problem.value.lines()), problem.value.lines()
    assert problem.value.next_step


TABLE = "No,When,Link,Body\r\n1,2026-09-07 09:00,https://blog.example/a,We want #betterbuses\r\n2,,https://blog.example/b,#betterbuses\r\n"


def test_a_mapped_table_is_recognised_in_any_wrapping_after_the_known_formats(tmp_path: Path) -> None:
    tables = read_campaign(campaign_with(tmp_path / "c", MINE)).tables
    formats = formats_with(tables)
    assert known(Head.of("a", TABLE.encode())) is None
    assert (known(Head.of("a", TABLE.encode()), formats) or formats[0]).slug == "table:mine"
    tags = b"id_str,from_user,text,created_at,Link,Body,When\n"
    assert (known(Head.of("a", tags), formats) or formats[0]).slug == "tags"
    rows = list(csv.reader(io.StringIO(TABLE)))
    path = book(tmp_path / "a.xlsx", "".join(xml_row(*cells) for cells in rows))
    (opened,) = open_export(path, formats)
    with opened.open() as stream:
        letters = [type(one).__name__ for one in recognise(opened.head, formats).read(stream, opened.sibling)]
    assert letters == ["Found", "Rejected"]


def test_a_table_in_windows_1252_is_recognised_by_columns_with_accents(tmp_path: Path) -> None:
    columns = MINE.replace("Link", "Dirección").replace('"When"', '"Cuándo"')
    folder = campaign_with(tmp_path / "c", columns)
    table = TABLE.replace("Link", "Dirección").replace("When", "Cuándo").replace("We want", "Así")
    path = written(tmp_path, "a.csv", table.encode("cp1252"))
    done = ran("--campaign", folder, "--data", tmp_path / "data", "import", path, "--json")
    (report,) = json.loads(done.out)["files"]
    assert (done.code, report["format"], report["new"]) == (0, 'table "mine" of campaign.toml', 1)
    dry = ran("--campaign", folder, "--data", tmp_path / "data", "import", path, "--dry-run")
    assert "what it lacks: " in dry.out and dry.out.count("It is not in UTF-8") == 1
    assert "line 2: https://blog.example/a" in dry.out and "line 3: rejected, it has no time" in dry.out
    other = written(tmp_path, "b.csv", table.replace("Body", "Cuerpo").encode("cp1252"))
    assert "it begins with No, Cuándo, Dirección" in ran("--campaign", folder, "--data", tmp_path / "data", "import", other).err


def test_a_date_in_a_spreadsheet_is_a_date_whatever_time_format_says_of_texts(tmp_path: Path) -> None:
    tables = MINE + 'time_format = "%d/%m/%Y %H:%M"\n'
    formats = formats_with(read_campaign(campaign_with(tmp_path / "c", tables)).tables)
    shown = '<cellXfs><xf numFmtId="0"/><xf numFmtId="22"/><xf numFmtId="14"/></cellXfs>'
    whens = [cell("46272.375", "n", ' s="1"'), cell("46272", "n", ' s="2"'), "07/09/2026 09:00", "7 September 2026", "46272.375"]
    rows = [xml_row(when, f"https://blog.example/{at}", "#betterbuses") for at, when in enumerate(whens)]
    (opened,) = open_export(book(tmp_path / "a.xlsx", "".join([xml_row("When", "Link", "Body"), *rows]), styles=shown), formats)
    with opened.open() as stream:
        read = list(recognise(opened.head, formats).read(stream, opened.sibling))
    assert [one.post.created_at if isinstance(one, Found) else "" for one in read] == [
        POSTED,
        "2026-09-07T11:00:00Z",
        POSTED,
        "",
        "",
    ]
    assert "is not written as time_format says" in getattr(read[3], "reason", "")


@pytest.mark.parametrize(
    ("time_format", "written_as", "kept"),
    [
        ("%d/%m/%Y", "05/10/2026", "2026-10-05T11:00:00Z"),
        ("%d.%m.%y", "5.10.26", "2026-10-05T11:00:00Z"),
        ("%a, %d %b %Y %H:%M:%S %z", "Mon, 05 Oct 2026 14:20:00 +0200", "2026-10-05T12:20:00Z"),
        ("%d/%m/%Y %I:%M %p", "05/10/2026 12:05 am", "2026-10-04T23:05:00Z"),
    ],
)
def test_a_time_is_written_as_a_campaign_says_also_a_day_alone(
    tmp_path: Path, time_format: str, written_as: str, kept: str
) -> None:
    (mine,) = read_campaign(campaign_with(tmp_path / "c", f'{MINE}time_format = "{time_format}"\n')).tables
    post = read_table_row({"Link": "https://blog.example/a", "Body": "Buses", "When": written_as}, mine)
    assert post.created_at == kept


@pytest.mark.parametrize("time_format", ["%d/%m", "%d/%m/%Y %I:%M", "%d/%m/%Y %M", "%Y-%m"])
def test_a_way_to_write_times_that_loses_the_day_or_half_of_it_is_refused(tmp_path: Path, time_format: str) -> None:
    with pytest.raises(CampaignProblem, match="does not describe a day, or a day and its time"):
        read_campaign(campaign_with(tmp_path / "c", f'{MINE}time_format = "{time_format}"\n'))


def test_columns_are_known_whatever_their_capitals_and_however_their_accents_are_made_up(tmp_path: Path) -> None:
    tables = read_campaign(campaign_with(tmp_path / "c", MINE.replace('"Body"', '"Überschrift"'))).tables
    formats = formats_with(tables)
    table = TABLE.replace("Body", "Überschrift")
    for form in (table, normalize("NFD", table), table.replace("When,Link", "WHEN,link"), table.replace(",", "|")):
        (opened,) = open_export(written(tmp_path, "a.csv", form.encode()), formats)
        with opened.open() as stream:
            found, refused = recognise(opened.head, formats).read(stream, opened.sibling)
        assert isinstance(found, Found) and (found.post.native_id, found.post.created_at) == ("https://blog.example/a", POSTED)
        assert not isinstance(refused, Found)
    exact = read_table_row(
        {"link": "x", "Link": "https://blog.example/a", "Überschrift": "Buses", "When": "2026-09-07 09:00"}, tables[0]
    )
    assert exact.native_id == "https://blog.example/a"


def test_a_table_that_lacks_one_of_the_columns_that_a_campaign_names_is_told_which(tmp_path: Path) -> None:
    tables = read_campaign(campaign_with(tmp_path / "c", MINE.replace('"When" }', '"When", author = "Who" }'))).tables
    with pytest.raises(UnknownFormat, match=r'of "mine" of campaign\.toml, but has no column who'):
        recognise(Head.of("a.csv", TABLE.encode()), formats_with(tables))


def test_a_dry_run_shows_how_a_mapped_table_is_understood(tmp_path: Path) -> None:
    folder, path = campaign_with(tmp_path / "c", MINE), written(tmp_path, "a.csv", TABLE.encode())
    words = ["--campaign", folder, "--data", tmp_path / "data", "import", path]
    dry = ran(*words, "--dry-run")
    assert (dry.code, dry.err) == (0, "")
    assert 'a.csv: table "mine" of campaign.toml, 2 rows' in dry.out
    assert "url is the column 'Link'" in dry.out
    assert "line 2: https://blog.example/a, 2026-09-07T08:00:00Z" in dry.out
    assert "line 3: rejected, it has no time" in dry.out
    as_json = ran(*words, "--dry-run", "--json")
    (table,) = json.loads(as_json.out)["tables"]
    assert table["mapping"]["columns"] == {"url": "Link", "text": "Body", "created_at": "When"}
    assert [one["line"] for one in table["first_rows"]] == [2, 3]
    assert not (tmp_path / "data").exists()
    done = ran(*words, "--json", "--format", "table:mine")
    (report,) = json.loads(done.out)["files"]
    assert (done.code, report["new"], report["rejected"][0]["lines"]) == (0, 1, [3])


def test_whoever_a_mapped_table_names_can_be_forgotten_by_name_and_site(tmp_path: Path) -> None:
    folder = campaign_with(tmp_path / "c", MINE.replace('"When" }', '"When", author = "Who" }'))
    people = ["a.example/1,Ann", "b.example/1,Ann", "b.example/2,Guest", "b.example/3,ann@mail.example"]
    lines = [f"2026-09-07 09:00,https://{address},#betterbuses,{who}" for address, who in (one.split(",") for one in people)]
    path = written(tmp_path, "a.csv", "\n".join(["When,Link,Body,Who", *lines]).encode())
    words = ["--campaign", folder, "--data", tmp_path / "data"]
    assert ran(*words, "import", path).code == 0
    assert "What was named: 1 account and 1 post." in ran(*words, "forget", "--handle", "blog:Ann@a.example", "--dry-run").out
    with closing(sqlite3.connect(tmp_path / "data" / "tracker.db")) as db:
        assert db.execute("select handle from authors order by handle").fetchall() == [("Ann@a.example",), ("Ann@b.example",)]


# ---- real files ------------------------------------------------------------------------------------------------------


@pytest.mark.shared
def test_real_tables_of_extensions_give_every_whole_id_and_refuse_the_others(shared: Path) -> None:
    found: Counter[str] = Counter()
    for path in sorted((shared / "data/exports/nepal_politics_export_csv").glob("*/*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        if "tweet_id" not in rows[0]:
            (opened,) = open_export(path)
            with pytest.raises(UnknownFormat, match="no column is an id or an address"):
                recognise(opened.head)
            found["files refused"] += 1
            continue
        read = [one for _, one in rows_of(path)]
        assert len(read) == len(rows)
        for cells, one in zip(rows, read, strict=True):
            whole = cells["tweet_id"].isdigit() and not cells["tweet_id"].endswith("0000")
            assert isinstance(one, Found) == whole
            if isinstance(one, Found):
                assert (one.post.native_id, one.post.text[:20]) == (cells["tweet_id"], one.post.text[:20])
                assert local_times(cells["created_at"])
            else:
                assert "damaged by a spreadsheet" in getattr(one, "reason", "")
        found["files"] += 1
        found.update(type(one).__name__ for one in read)
    assert found == {"files": 37, "Found": 1936, "Rejected": 1088, "files refused": 7}
