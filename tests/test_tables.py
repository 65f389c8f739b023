"""Tables of posts: spreadsheets however they are built or broken, local times, and the tables that a campaign describes."""

import bz2
import json
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import REPOSITORY
from tests.exported import ANSWERS, jsonl, kinds, rows_of, written
from tracker.exports import recognise
from tracker.exports.opening import open_export
from tracker.exports.sheet_cells import is_date_format, moment, number, shows_time
from tracker.exports.unpacking import cut_short
from tracker.platforms.local_times import at_zone, local_times, moment_in
from tracker.platforms.refusals import NotAPost
from tracker.platforms.x_cells import count_in, id_in_cells, time_in_cell
from tracker.problems import Problem, UnknownFormat, UsageProblem
from tracker.records import Found, Lacking, Row, Truncated

POST_ID = "2096871087928247273"
POSTED = "2026-09-07T08:00:00Z"

# ---- spreadsheets ----------------------------------------------------------------------------------------------------

BOOK = """<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">{pr}<sheets>{sheets}</sheets></workbook>"""
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def book(path: Path, *sheets: str, strings: str = "", styles: str = "", pr: str = "", states: str = "") -> Path:
    """A workbook of sheets, each given as the XML of its rows. `states`: a letter a sheet, v(isible) or h(idden)."""
    listed, related = "", ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for at, rows in enumerate(sheets):
            hidden = ' state="hidden"' if states[at : at + 1] == "h" else ""
            listed += f'<sheet name="S{at}" sheetId="{at + 1}" r:id="r{at}"{hidden}/>'
            related += f'<Relationship Id="r{at}" Type="{KIND}/worksheet" Target="worksheets/s{at}.xml"/>'
            archive.writestr(f"xl/worksheets/s{at}.xml", f"<worksheet><sheetData>{rows}</sheetData></worksheet>")
        related += f'<Relationship Id="s" Type="{KIND}/sharedStrings" Target="/xl/texts.xml"/>' if strings else ""
        if strings:
            archive.writestr("xl/texts.xml", strings if strings.startswith("<?") else f"<sst>{strings}</sst>")
        if styles:
            archive.writestr("xl/styles.xml", f"<styleSheet>{styles}</styleSheet>")
        archive.writestr("xl/workbook.xml", BOOK.format(sheets=listed, pr=pr))
        archive.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{related}</Relationships>")
    return path


def cell(text: object, kind: str = "inlineStr", more: str = "") -> str:
    value = f"<is><t>{text}</t></is>" if kind == "inlineStr" else f"<v>{text}</v>"
    return f'<c t="{kind}"{more}>{value}</c>'


def xml_row(*cells: object, more: str = "") -> str:
    return f"<row{more}>" + "".join(str(one) if str(one).startswith("<c") else cell(one) for one in cells) + "</row>"


def lines(path: Path) -> list[list[str]]:
    """What each sheet says, read whole."""
    found = []
    for opened in open_export(path):
        with opened.open() as stream:
            found += [json.loads(line) if line.strip() else [] for line in stream]
    return found


NAMES = ("id_str", "from_user", "text", "created_at")


def test_a_cell_says_what_is_stored_in_it(tmp_path: Path) -> None:
    strings = "<si><t>plain</t></si><si><r><t>ri</t></r><r><t>ch</t></r><rPh><t>no</t></rPh></si>"
    styles = (
        '<numFmts><numFmt numFmtId="164" formatCode="[$-409]dd\\.mm\\.yyyy&quot; h&quot;"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="22"/><xf numFmtId="164"/><xf numFmtId="2"/></cellXfs>'
    )
    cells = [
        cell(0, "s"),
        cell(1, "s"),
        cell(99, "s"),
        cell("a_x000D_b &amp;lt;", "str"),
        cell(1, "b"),
        cell("#NAME?", "e"),
        cell("46272.333333333336", "n", ' s="1"'),
        cell("46272", "n", ' s="2"'),
        cell("46272.5", "n", ' s="2"'),
        cell("46272", "n", ' s="3"'),
        cell("1.8479000000000001E+18", "n"),
        cell("42", "n", ' r="R1"'),
    ]
    rows = xml_row(*NAMES) + xml_row(*cells)
    ((_, said),) = [lines(book(tmp_path / "a.xlsx", rows, strings=strings, styles=styles))]
    assert said == [
        *("plain", "rich", "", "a\rb &lt;", "TRUE", "", "2026-09-07T08:00:00", "2026-09-07", "2026-09-07T12:00:00", "46272"),
        *("1.8479000000000001E+18", "", "", "", "", "", "", "42"),
    ]
    ((_, old),) = [lines(book(tmp_path / "b.xlsx", rows, styles=styles, pr='<workbookPr date1904="1"/>'))]
    assert old[6] == "2030-09-08T08:00:00"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("42", "42"),
        ("42.0", "42"),
        ("1.2345E+4", "12345"),
        ("0.5", "0.5"),
        ("9007199254740991", "9007199254740991"),
        ("9007199254740993", "9007199254740993.0"),
        ("1847900000000000000", "1847900000000000000.0"),
        ("1769958059781308700", "1769958059781308700.0"),
        ("1769958059781308928", "1769958059781308928.0"),
        ("1769958059781308824", "1769958059781308824"),
        ("1.7699580597813087E+18", "1.7699580597813087E+18"),
        ("9" * 400, "9" * 400),
        ("-", "-"),
    ],
)
def test_a_number_is_believed_only_with_all_its_digits(stored: str, shown: str) -> None:
    assert number(stored) == shown


@given(st.integers(10**17, 2**63))
def test_no_number_that_went_through_a_float_is_taken_for_an_id(whole: int) -> None:
    through = float(whole)
    for printed in (
        repr(through),
        f"{through:.0f}",
        f"{through:.15g}",
        f"{through:.17g}",
        str(round(through, -4)),
        str(int(through)),
    ):
        with pytest.raises(NotAPost):
            id_in_cells(number(printed), "")


def test_formats_of_dates_are_told_from_other_formats() -> None:
    codes = ("yyyy-mm-dd", "d/m/yy h:mm", "[Red]d mmm;@", '0.00"day"', "General", "0.0E+00", "h:mm", "@", '"yes";"no"')
    assert [is_date_format(164, code) for code in codes] == [True, True, True, False, False, False, False, False, False]
    assert [shows_time(164, code) for code in codes[:3]] == [False, True, False]
    assert moment("1e99", since_1904=False, with_time=True) == "1e99"
    assert moment("x", since_1904=False, with_time=True) == "x"


def test_rows_keep_their_numbers_and_hidden_sheets_stay_unread(tmp_path: Path) -> None:
    post = (POST_ID, "ann", "a", "Mon Sep 07 08:00:00 +0000 2026")
    rows = xml_row(*NAMES, more=' r="2"') + xml_row(*post, more=' r="7"') + xml_row(*post, "too", "many") + xml_row("", "", "")
    path = book(tmp_path / "a.xlsx", xml_row("notes"), rows, rows, states="vvh")
    found = [row for _, row in rows_of(path)]
    assert [(type(row).__name__, row.line) for row in found] == [("Found", 7), ("Rejected", 8)]
    assert [opened.name for opened in open_export(path)] == ["a.xlsx/S1"]


def test_a_workbook_without_known_sheets_is_told_by_its_first(tmp_path: Path) -> None:
    (opened,) = open_export(book(tmp_path / "a.xlsx", xml_row("name", "price", "colour"), xml_row("x")))
    with pytest.raises(UnknownFormat, match="no column is an id or an address; it begins with name, price, colour"):
        recognise(opened.head)
    (nothing,) = open_export(book(tmp_path / "b.xlsx", ""))
    assert recognise(nothing.head).slug == "empty"


def ods(path: Path, rows: str, before: str = "") -> Path:
    space = ' xmlns:table="t" xmlns:office="o" xmlns:text="x"'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        body = f'<a{space}>{before}<table:table table:name="One">{rows}</table:table></a>'
        archive.writestr("content.xml", body if not before.startswith("<!") else f"{before}{body.replace(before, '')}")
    return path


def test_an_open_document_says_what_people_see(tmp_path: Path) -> None:
    text = 'table:table-cell office:value-type="string"'
    head = "".join(f"<{text}><text:p>{name}</text:p></table:table-cell>" for name in NAMES)
    row = (
        f"<{text}><office:annotation><text:p>remark</text:p></office:annotation>"
        '<text:p>a<text:s text:c="2"/>b<text:tab/>c<text:line-break/>d <text:span>e</text:span></text:p>'
        "<text:p><text:ruby><text:ruby-base>f</text:ruby-base><text:ruby-text>ff</text:ruby-text></text:ruby></text:p>"
        "</table:table-cell>"
        '<table:table-cell table:number-columns-repeated="2" office:value-type="float" office:value="3"><text:p>3,00</text:p>'
        '</table:table-cell><table:table-cell office:value-type="date" office:date-value="2026-09-07T08:00:00"/>'
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>'
        '<table:table-cell table:number-columns-repeated="1000000000"/>'
    )
    rows = (
        f'<table:table-row>{head}</table:table-row><table:table-row table:number-rows-repeated="3"/><table:table-row '
        f'table:number-rows-repeated="2">{row}</table:table-row><table:table-row table:number-rows-repeated="9999999999"/>'
    )
    said = lines(ods(tmp_path / "a.ods", rows))
    cells = ["a  b\tc\nd e\nf", "3", "3", "2026-09-07T08:00:00", "TRUE"]
    assert said == [list(NAMES), [], [], [], cells, cells]
    hidden = '<s:style xmlns:s="s" s:name="h"><s:table-properties table:display="false"/></s:style>'
    hidden += f'<table:table table:name="Zero" table:style-name="h">{rows}</table:table>'
    assert [opened.name for opened in open_export(ods(tmp_path / "b.ods", rows, hidden))] == ["b.ods/One"]


def test_rows_that_repeat_without_end_stop_at_the_last_row_of_a_sheet(tmp_path: Path) -> None:
    one = "<table:table-cell><text:p>a</text:p></table:table-cell>"
    row = f'<table:table-row table:number-rows-repeated="99999999">{one}</table:table-row>'
    (opened,) = open_export(ods(tmp_path / "a.ods", row * 3))
    with opened.open() as stream:
        assert sum(1 for _ in stream) == 1_048_576


ENTITIES = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'


def test_entities_are_refused_before_they_unfold(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="spreadsheet that cannot be read") as problem:
        list(open_export(ods(tmp_path / "a.ods", "<table:table-row/>", ENTITIES)))
    assert "declares a document type" in str(problem.value)
    path = book(tmp_path / "a.xlsx", xml_row(*NAMES) + xml_row(cell(0, "s")), strings=f"<?xml version='1.0'?>{ENTITIES}<sst/>")
    (opened,) = open_export(path)
    with opened.open() as stream:
        assert stream.read() == b"" and "declares a document type" in cut_short(stream)


def test_a_sheet_that_breaks_off_keeps_its_whole_rows_and_says_so(tmp_path: Path) -> None:
    post = xml_row(POST_ID, "ann", "a", "Mon Sep 07 08:00:00 +0000 2026")
    path = book(tmp_path / "a.xlsx", xml_row(*NAMES) + post * 3 + "</wrong>" + post)
    found = [row for _, row in rows_of(path)]
    assert [type(row) for row in found] == [Found, Found, Found, Truncated]
    assert "damaged or cut short" in getattr(found[-1], "reason", "")


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", xml_row(*NAMES) + xml_row(cell(" " * 110_000_000)))
    with pytest.raises(UsageProblem, match="unpacks to more than"):
        rows_of(path)


def test_a_row_that_is_too_large_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    post = xml_row(POST_ID, "ann", "a", "Mon Sep 07 08:00:00 +0000 2026")
    path = book(tmp_path / "a.xlsx", xml_row(*NAMES) + xml_row(POST_ID, "x" * 1_100_000) + post)
    assert kinds(path) == "RF"


SHEETS = [path for path in sorted(ANSWERS.glob("tags/*.input.*")) if path.suffix in (".xlsx", ".ods")]


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_done_inside_a_spreadsheet_there_come_rows_or_a_problem(
    tmp_path: Path, path: Path, data: st.DataObject
) -> None:
    target = tmp_path / "spoiled.zip"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as spoiled:
        for name in source.namelist():
            content = bytearray(source.read(name))
            for _ in range(data.draw(st.integers(0, 2))):
                start = data.draw(st.integers(0, len(content)))
                content[start : start + data.draw(st.integers(0, 9))] = data.draw(
                    st.binary(max_size=6) | st.sampled_from(SPANNERS)
                )
            if data.draw(st.integers(0, 20)):
                spoiled.writestr(name, bytes(content))
    found: list[Row] = []
    with suppress(Problem):
        found += [row for _, row in rows_of(target)]
    for row in found:
        assert row.post.created_at[10::9] == "TZ" if isinstance(row, Found) else row.reason


SPANNERS = [
    b"<c>",
    b"</row>",
    b'r="A9999999"',
    b' r="XFD1"',
    b"1e999",
    b"-1",
    b"&x;",
    b"\0",
    b't="s"',
    b"999999999999",
    b"<v>nan</v>",
]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say how much memory a program took")
def test_memory_does_not_grow_with_a_spreadsheet(tmp_path: Path) -> None:
    count = 15_000
    strings = "".join(f"<si><t>text {n} {'long ' * 480}</t></si>" for n in range(count))
    rows = "".join(xml_row(f"<c><v>{n}</v></c>", cell("ann"), cell(n, "s"), cell("x" * 650)) for n in range(count))
    path = book(tmp_path / "a.xlsx", xml_row(*NAMES) + rows, strings=strings)
    code = (
        "import sys; from pathlib import Path; from tracker.exports.opening import open_export; "
        "from tracker.exports import recognise\n"
        "for o in open_export(Path(sys.argv[1])): print(sum(1 for _ in recognise(o.head).read(o.open(), o.sibling)))\n"
        "print(*(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    done = subprocess.run([sys.executable, "-c", code, path], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    read, kilobytes = map(int, done.stdout.split())
    assert read == count
    assert kilobytes < 150_000  # the texts alone are 36 MB, the sheet is 12 MB


# ---- packings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [bz2.compress, zstd.compress], ids=["bzip2", "zstd"])
def test_bzip2_and_zstd_are_read_whole_cut_or_with_something_behind(tmp_path: Path, pack: Any) -> None:
    packed = pack(jsonl(400))
    assert kinds(written(tmp_path, "a", packed)) == "F" * 400
    assert kinds(written(tmp_path, "b", packed + pack(jsonl(1)))) == "F" * 401
    assert kinds(written(tmp_path, "c", packed + b"garbage")) == "F" * 400
    cut = rows_of(written(tmp_path, "d", packed[: len(packed) - 9]))
    assert isinstance(cut[-1][1], Truncated) and "cut short" in cut[-1][1].reason


def test_a_long_window_of_zstd_is_read(tmp_path: Path) -> None:
    packed = zstd.compress(
        jsonl(5), options={zstd.CompressionParameter.window_log: 31, zstd.CompressionParameter.content_size_flag: 0}
    )
    assert kinds(written(tmp_path, "a.zst", packed)) == "FFFFF"


# ---- times and ids ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written_as", "kept"),
    [
        ("2026-09-07T08:00:00.000Z", POSTED),
        ("2001-09-07T08:00:00Z", POSTED),  # before X began: the time inside the id
        ("2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),  # says its zone: taken at its word, as in an answer of X
        ("Mon Sep 07 10:00:00 +0200 2026", POSTED),
        ("1788768000", POSTED),
        ("1788768000000", POSTED),
        ("9/7/2026, 1:45:00 PM", POSTED),
        ("07.09.2026 21:00", POSTED),
        ("2026-09-06 20:00:00", POSTED),
        ("7/9/26", POSTED),
        ("08/09/2026", POSTED),  # a day alone: it was the 8th already in the east
        ("Monday morning", POSTED),
        ("", POSTED),
    ],
)
def test_the_better_time_is_taken(written_as: str, kept: str) -> None:
    assert time_in_cell(written_as, POST_ID) == kept


@pytest.mark.parametrize("cell_text", ["9/5/2026, 7:59:00 AM", "2025-09-07 08:00", "08/09/2025", "2026-09-08T08:00:01"])
def test_a_local_time_of_another_day_is_refused(cell_text: str) -> None:
    with pytest.raises(NotAPost, match="more than a day"):
        time_in_cell(cell_text, POST_ID)


def test_local_times_mean_what_they_can_mean() -> None:
    assert [len(local_times(text)) for text in ("3/4/2026", "13/4/2026", "4/4/2026", "2026-13-01", "1/2/3", "31/31/2026")] == [
        *(2, 1, 1, 0, 0, 0)
    ]
    assert [moment.hour for moment in local_times("2026-04-03 12:05 am")] == [0]
    assert at_zone("25/10/2026 01:30", "Europe/London", "%d/%m/%Y %H:%M") == "2026-10-25T00:30:00Z"
    assert at_zone("2026-07-01 09:00", "Europe/London", "") == "2026-07-01T08:00:00Z"
    for text, zone in (("3/4/2026 09:00", "Europe/London"), ("2026-07-01 09:00", ""), ("soon", "UTC")):
        with pytest.raises(ValueError):
            at_zone(text, zone, "")
    assert moment_in("2026-09-07 08:00:00 UTC") == POSTED


def test_counts_in_cells_are_digits_or_unknown() -> None:
    assert [count_in(text) for text in ("12", "1,234", "1 234 567", "7.0", "", "-1", "1.5", "1K", "9" * 18)] == [
        *(12, 1234, 1234567, 7, None, None, None, None, None)
    ]


# ---- what Excel saves -------------------------------------------------------------------------------------------------

TAGS = "id_str,from_user,text,created_at\r\n"
EXCELS = "Café “open” – £5 #SaveOurBuses"


def tags_row(number: int, text: str) -> str:
    return f"{int(POST_ID) + number},ann,{text},Mon Sep 07 08:00:00 +0000 2026\r\n"


def test_a_table_as_excel_saves_it_is_read_as_windows_1252_and_that_is_told(tmp_path: Path) -> None:
    table = TAGS + tags_row(0, "plain") + tags_row(1, EXCELS) + tags_row(2, EXCELS)
    rows = [row for _, row in rows_of(written(tmp_path, "a.csv", table.encode("cp1252")))]
    assert [row.post.text for row in rows if isinstance(row, Found)] == ["plain", EXCELS, EXCELS]
    assert [(row.line, "Windows-1252" in row.reason) for row in rows if isinstance(row, Lacking)] == [(3, True)]


def test_a_line_that_is_no_utf8_in_a_table_that_is_stays_refused(tmp_path: Path) -> None:
    table = (TAGS + tags_row(0, EXCELS)).encode() + tags_row(1, EXCELS).encode("cp1252") + tags_row(2, "plain").encode()
    assert kinds(written(tmp_path, "a.csv", table)) == "FRF"
