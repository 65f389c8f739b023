"""Tables that tools and suites export, as other people have them: in any order and encoding, as spreadsheets, columns missing."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.exported import ANSWERS, rows_of, written
from tests.test_tables import book, cell, xml_row
from tracker.exports import FORMATS, recognise
from tracker.exports.columns import Columns
from tracker.exports.opening import open_export
from tracker.exports.suites import zone_stated
from tracker.exports.tables import DELIMITERS, MOST_ABOVE
from tracker.platforms.local_times import local_times, zone_named
from tracker.platforms.mentions import platform_of
from tracker.platforms.named_cells import Cells
from tracker.platforms.refusals import NotAPost
from tracker.platforms.x_named import lists_in_step, time_by_id
from tracker.problems import UnknownFormat
from tracker.records import Found, Lacking, Rejected, Row

TABLES = [
    path for name in ("dmi_tcat", "sfm", "4cat", "brandwatch", "meltwater") for path in sorted((ANSWERS / name).glob("*.input.*"))
]


def ids(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def columns_of(names: list[str]) -> Columns:
    """The columns that a table with these names is told by."""
    return max((one for each in FORMATS for one in each.columns), key=lambda one: (one.fit(names), one.seen(names)))


def cells_of(path: Path) -> tuple[list[list[str]], list[list[str]]]:
    """(the lines above the header, the header and the rows) of a fixture."""
    (opened,) = open_export(path)
    with opened.open() as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="").read()
    fits = [*(one.fit for each in FORMATS for one in each.columns), {"author_id"}.issubset]
    for mark in DELIMITERS:
        try:
            rows = [row for row in csv.reader(io.StringIO(text), delimiter=mark, strict=True) if row]
        except csv.Error:
            rows = [line.split(mark) for line in text.splitlines()]
        at = next((n for n, row in enumerate(rows[: MOST_ABOVE + 1]) if any(fit([c.strip() for c in row]) for fit in fits)), None)
        if at is not None:
            return rows[:at], rows[at:]
    raise AssertionError(path)


def said(rows: list[tuple[str, Row]]) -> list[Any]:
    """What came of each row, without where it stood and what is kept of it as it came."""
    return [row.post if isinstance(row, Found) else (type(row).__name__, row.reason) for _, row in rows]


def as_text(rows: list[list[str]], mark: str, end: str, quoting: Any = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=mark, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue()


WRITTEN = {
    "semicolons": (";", "\n", "utf-8", csv.QUOTE_MINIMAL),
    "tabs, CRLF, UTF-16": ("\t", "\r\n", "utf-16", csv.QUOTE_MINIMAL),
    "all quoted, byte order mark": (",", "\r\n", "utf-8-sig", csv.QUOTE_ALL),
}


@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.parametrize("path", TABLES, ids=ids)
def test_a_table_says_the_same_however_it_is_written(tmp_path: Path, path: Path, how: str) -> None:
    mark, end, encoding, quoting = WRITTEN[how]
    above, table = cells_of(path)
    backwards = [row[::-1] for row in table]
    backwards[0] = [f" {name.upper()} " for name in backwards[0]]
    text = as_text([*above, *backwards], mark, end, quoting)
    assert said(rows_of(written(tmp_path, "a.csv", text.encode(encoding)))) == said(rows_of(path))


def test_a_text_has_the_same_lines_where_they_end_as_on_windows(tmp_path: Path) -> None:
    path = ANSWERS / "tags" / "lines-within-cells-and-broken-rows.input.csv"
    assert said(rows_of(written(tmp_path, "a.csv", path.read_bytes().replace(b"\n", b"\r\n")))) == said(rows_of(path))


@pytest.mark.parametrize("path", TABLES, ids=ids)
def test_a_table_says_the_same_as_a_spreadsheet(tmp_path: Path, path: Path) -> None:
    above, table = cells_of(path)

    def escaped(text: str) -> str:
        return cell(text.replace("&", "&amp;").replace("<", "&lt;"))

    rows = "".join(xml_row(*map(escaped, row)) for row in [*above, *table])
    assert said(rows_of(book(tmp_path / "a.xlsx", xml_row("notes") + xml_row("none"), rows))) == said(rows_of(path))


@pytest.mark.parametrize("path", TABLES, ids=ids)
def test_a_table_without_one_of_its_columns_is_read_or_told_which_is_missing(tmp_path: Path, path: Path) -> None:
    above, table = cells_of(path)
    slug = rows_of(path)[0][0]
    columns = columns_of([name.strip() for name in table[0]])
    for at, name in enumerate(table[0]):
        rows = [row[:at] + row[at + 1 :] for row in table]
        less = written(tmp_path, "a.csv", as_text([*above, *rows], ",", "\n").encode())
        lacking = columns.missing([one.strip() for one in rows[0]])
        if not lacking:
            assert {slug for slug, _ in rows_of(less)} == {slug}, name
            continue
        (opened,) = open_export(less)
        with pytest.raises(UnknownFormat) as refusal:
            recognise(opened.head)
        assert f"has no column {lacking[0]}" in refusal.value.what, name


OTHERS = [
    path for name in ("tags", "twarc_csv", "extension_csv", "wordpress_csv") for path in sorted((ANSWERS / name).glob("*.csv"))
]


@pytest.mark.parametrize("path", [*TABLES, *OTHERS], ids=ids)
@pytest.mark.parametrize("nothing", ["None", "NaN", "null", "<NA>", "NA", "#NAME?", " "])
def test_cells_that_say_nothing_in_any_language_are_empty(tmp_path: Path, path: Path, nothing: str) -> None:
    above, table = cells_of(path)

    def rows(word: str) -> list[tuple[str, Row]]:
        text = as_text([*above, *([one or word for one in row] for row in table)], ",", "\n", csv.QUOTE_ALL)
        return rows_of(written(tmp_path, "a.csv", text.encode()))

    assert said(rows(nothing)) == said(rows(""))


def test_a_date_column_that_states_its_zone_is_taken_before_one_that_does_not(tmp_path: Path) -> None:
    header = "Query Id,Query Name,Date,Date (UTC),Snippet,Url,Page Type\n"
    dates = "2026-07-06 11:00:00.0,2026-07-06 10:00:00.0"
    text = f"{header}1,q,{dates},words,https://blog.invented.example/p,blog\n"
    ((_, row),) = rows_of(written(tmp_path, "a.csv", text.encode()))
    assert isinstance(row, Found) and row.post.created_at == "2026-07-06T10:00:00Z"


def test_text_between_tabs_may_hold_quotation_marks_that_nobody_closed(tmp_path: Path) -> None:
    header = "URL\tDate\tHit Sentence\tInfluencer\tReach\tKey Phrases\tSentiment\n"
    texts = ('"Fares" she said', '"never closed', 'plain "words" inside', '"begun here', "between", 'and ended here"')
    lines = [f"https://x.com/ann_eg/status/209687108792824727{n}\t\t{text}\t@ann_eg\t1\t\t\n" for n, text in enumerate(texts)]
    lines += ['https://x.com/ann_eg/status/2096871087928247279\t\t"begun\t@ann_eg\t1\tof 5"\t\n']
    rows = rows_of(written(tmp_path, "a.csv", (header + "".join(lines)).encode("utf-16")))
    assert [row.post.text for _, row in rows if isinstance(row, Found)] == [*texts, '"begun']


def test_quotation_marks_that_php_left_undoubled_behind_a_backslash_are_words(tmp_path: Path) -> None:
    header = "id,from_user_name,text,time\n"
    lines = [
        f"209687108792824727{n},ann_eg,{text},\n" for n, text in enumerate((r'"say \"hi"""', '"plain ""words"""', r'"a path\"'))
    ]
    rows = rows_of(written(tmp_path, "a.csv", (header + "".join(lines)).encode()))
    assert [row.post.text for _, row in rows if isinstance(row, Found)] == [r'say \"hi"', 'plain "words"', "a path\\"]


def test_a_line_end_that_no_quotation_marks_enclose_is_told_as_that(tmp_path: Path) -> None:
    row = "2096871087928247273,ann,We\rwant,Mon Sep 07 08:00:00 +0000 2026\n"
    path = written(tmp_path, "a.csv", f"id_str,from_user,text,created_at\n{row}{row.replace(chr(13), ' ')}".encode())
    (_, refused), (_, found) = rows_of(path)
    assert getattr(refused, "reason", "") == "a line ends (CR) in the middle of a cell that has no quotation marks"
    assert isinstance(found, Found)


def test_a_line_that_is_meant_for_excel_is_passed_over(tmp_path: Path) -> None:
    for first in ("sep=;", '"sep=;"', "SEP=;\r"):
        text = f"{first}\nid;from_user_name;text;time\n2096871087928247273;ann_eg;words;\n"
        assert [type(row) for _, row in rows_of(written(tmp_path, "a.csv", text.encode()))] == [Found]


def test_a_meltwater_export_of_as_many_rows_as_it_may_have_says_that_it_may_be_cut(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tracker.exports.meltwater.CAPS", (2,))
    path = ANSWERS / "meltwater" / "newer-columns.input.csv"
    above, table = cells_of(path)
    text = as_text([*above, *table[:3]], ",", "\n")
    *_, (_, last) = rows_of(written(tmp_path, "a.csv", text.encode()))
    assert isinstance(last, Lacking) and "exactly 2 rows" in last.reason


@pytest.mark.parametrize(
    ("above", "zone"),
    [
        (['"From:","Sat Jan 01 00:00:00 UTC 2020"', '"To:","Sun Jan 02 00:00:00 UTC 2020"'], "UTC"),
        (["From:\t2026-03-01T00:00:00.000Z"], "UTC"),
        (['["From:", "2026-03-01T00:00:00+01:00"]', '["To:", "2026-03-31T00:00:00+02:00"]'], None),
        (["Time zone: Europe/London"], "Europe/London"),
        (["Exported 2026-03-01 10:00 (GMT+1)"], "UTC+01:00"),
        (["Brand: The Sun, BST 2026"], None),
        (['"Query:","""GMT"" OR (""UTC Sheffield"" AND time)"'], None),
        (['["UTC Sheffield", "Oct 2026"]'], None),
        (["Brand: Invented, Time zone: Europe/London"], "Europe/London"),
        (["Search\tUTC", "All times are in Europe/London"], "Europe/London"),
        (["From: Wed Mar 01 00:00:00 GMT 2026", "To: Tue Mar 31 23:59:59 BST 2026"], "Europe/London"),
        (["From: Wed Jul 01 00:00:00 CEST 2026", "To: Fri Jul 31 23:59:59 CEST 2026"], "UTC+02:00"),
        (["From: Wed Jul 01 00:00:00 BST 2026", "To: Fri Jul 31 23:59:59 BST 2026"], None),
        (["From: Wed Jul 01 00:00:00 BST 2026", "Exported at 2026-07-31 10:00 UTC"], None),
        ([], None),
    ],
)
def test_a_zone_is_taken_only_where_it_is_stated_once(above: list[str], zone: str | None) -> None:
    assert (str(zone_stated(above)) if zone_stated(above) else None) == zone


def test_a_zone_that_may_be_several_is_told(tmp_path: Path) -> None:
    text = "From:,Wed Jul 01 00:00:00 BST 2026\nQuery Id,Query Name,Date,Snippet,Url,Page Type\n"
    text += "1,q,2026-07-01 10:00:00.0,words,https://blog.invented.example/p,blog\n"
    (_, refused), (_, told) = rows_of(written(tmp_path, "a.csv", text.encode()))
    assert isinstance(refused, Rejected) and isinstance(told, Lacking) and "BST, which may be several zones" in told.reason


def test_zones_by_name_are_none_where_they_may_be_several() -> None:
    assert [
        str(zone_named(said)) for said in ("GMT", "(UTC+02:00)", "-5", "Europe/Nowhere", "BST", "EST", "/etc/passwd", "")
    ] == [*("UTC", "UTC+02:00", "UTC-05:00", "None", "None", "None", "None", "None")]


def test_days_with_named_months_mean_one_day() -> None:
    for text in (
        "31-Mar-2022 11:57PM",
        "31 March 2022, 23:57",
        "Mar 31, 2022 11:57 PM",
        "Thu, 31-Mar-22 23:57:00",
        "31-mrt-2022 23:57",
    ):
        assert [moment.isoformat() for moment in local_times(text)] == ["2022-03-31T23:57:00"], text
    assert local_times("31-Foo-2022") == local_times("31-Feb-2022") == []


def test_sources_are_told_by_the_address_before_what_they_are_called() -> None:
    assert [
        platform_of(url, (called,))
        for url, called in (
            ("https://mobile.twitter.com/a/status/1", "News"),
            ("https://old.reddit.com/r/a/comments/b/", "Forums"),
            ("https://nottwitter.com/a", "Twitter"),
            ("https://invented.example/a", "Online News"),
            ("https://invented.example/a", "Blogs"),
            ("https://invented.example/a", "Message Boards"),
            ("https://www.youtube.com/watch?v=1", "YouTube"),
            ("https://invented.example/a", ""),
            ("", "X (formerly Twitter)"),
        )
    ] == ["x", "reddit", "other", "news", "blog", "forum", "other", "other", "x"]


def test_a_paper_may_be_called_forum() -> None:
    page = "https://invented.example/a"
    assert [
        platform_of(page, (), (name,), default="news") for name in ("The Forum", "Forum", "Board Press Daily", "YouTube")
    ] == [*("news", "forum", "news", "other")]
    assert platform_of("https://www.facebook.com/a", (), ("Invented Page",), default="news") == "other"


def test_lists_in_step_keep_their_places() -> None:
    assert list(lists_in_step("a; ; c", "1; 2; 3", "")) == [("a", "1", ""), ("", "2", ""), ("c", "3", "")]
    assert list(lists_in_step("http://e.example/a;b ; x", "")) == [("http://e.example/a;b", ""), ("x", "")]


def test_yes_and_no_in_any_spelling() -> None:
    row = Cells(dict(zip("abcdefgh", ("TRUE", "yes", "1.0", "No", "0", "f", "perhaps", ""), strict=True)))
    assert [row.yes(name) for name in "abcdefgh"] == [True, True, True, False, False, False, None, None]


def test_an_id_that_a_formula_keeps_as_text_is_whole(tmp_path: Path) -> None:
    for header in ("id,from_user_name,text,time", "id_str,from_user,text,created_at"):
        rows = rows_of(written(tmp_path, "a.csv", f'{header}\n"=""2096871087928247273""",ann_eg,words,\n'.encode()))
        assert [row.post.native_id for _, row in rows if isinstance(row, Found)] == ["2096871087928247273"]


def test_a_time_that_contradicts_the_id_is_refused_and_old_ids_need_one_with_a_zone() -> None:
    assert time_by_id("2096871087928247273", "2026-09-07 20:00:00", "1788760000") == "2026-09-07T08:00:00Z"
    assert time_by_id("12345", "2008-01-01 10:00:00", "1199181600") == "2008-01-01T10:00:00Z"
    for native_id, cells in (
        ("2096871087928247273", ("2026-09-09 20:00:00",)),
        ("12345", ("2008-01-01 10:00:00",)),
        ("12345", ()),
    ):
        with pytest.raises(NotAPost):
            time_by_id(native_id, *cells)


def test_what_4cat_took_out_is_told_in_numbers() -> None:
    rows = rows_of(ANSWERS / "4cat" / "twitter-import-without-authors.input.csv")
    assert not any(
        row.post.author or (row.post.url or "").startswith("https://x.com/ann") for _, row in rows if isinstance(row, Found)
    )


def test_zeeschuimer_keeps_nothing_of_the_browser_that_captured(tmp_path: Path) -> None:
    rows = [row for _, row in rows_of(ANSWERS / "zeeschuimer" / "every-era.input.ndjson")]
    assert all(b"user_agent" not in row.raw for row in rows if isinstance(row, Found))
    mixed = "".join(
        json.dumps({"source_platform": name, "item_id": "1", "data": {"x": 1}}) + "\n" for name in ("x.com", "gab.com")
    )
    refused = [row.reason for _, row in rows_of(written(tmp_path, "a.ndjson", mixed.encode())) if isinstance(row, Rejected)]
    assert "neither rest_id nor legacy" in refused[0] and "of another platform" in refused[1]
