"""Tables of posts, whatever they are kept in: CSV with commas, tabs, semicolons or upright strokes, or the sheets of a
spreadsheet. One row (column -> cell) is one post.
"""

import csv
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain
from typing import BinaryIO

from tracker.exports.cells import Broken, Cells, SheetRows, Table
from tracker.exports.decoding import BadJson, compact, parse
from tracker.exports.lines import NOT_UTF8, TOO_LONG, in_utf8, numbered_lines
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.problems import UsageProblem
from tracker.records import Found, Lacking, Post, Rejected, Row, Truncated, Withheld

DELIMITERS = ",\t;|"
FOR_EXCEL = re.compile(r'"?sep=.?"?\s*', re.IGNORECASE)
"""A line above a table that only tells Excel what parts its cells."""
WINDOWS = (
    "It is not in UTF-8 and was read as Windows-1252, in which Excel saves a CSV: emoji and letters of other scripts were lost "
    'when it was saved. Where letters look wrong, save it again as "CSV UTF-8".'
)
MOST_ABOVE = 40
"""No export says more about itself, in lines, above the names of its columns."""
IsHeader = Callable[[Collection[str]], bool]


def header_of(text: str, is_header: IsHeader) -> list[str] | None:
    """The names of the columns of a table that begins so; None where its first line is no such header."""
    first = _first_line(text)
    return next((names for _, names in _readings(first) if is_header(names)), None)


def header_below(text: str, is_header: IsHeader) -> list[str] | None:
    """The names of the columns of a table that begins so, where up to MOST_ABOVE lines may stand above them."""
    for line in text.splitlines()[: MOST_ABOVE + 1]:
        for _, names in _readings(line):
            if is_header(names):
                return names
    return None


def headers(text: str) -> Iterator[list[str]]:
    """What each of the first lines of a table says, in each way in which it can be read."""
    for line in text.splitlines()[: MOST_ABOVE + 1]:
        yield from (names for _, names in _readings(line) if len(names) > 1)


def any_header(text: str) -> list[str]:
    """What the first line of a table says, its cells parted by what parts most of them."""
    return max((names for _, names in _readings(_first_line(text))), key=len, default=[])


def table_rows(
    stream: BinaryIO,
    is_header: IsHeader,
    needed: str,
    read: Callable[[Mapping[str, str]], Post],
    above: list[str] | None = None,
    only: Callable[[str], bool] = lambda name: True,
) -> Iterator[Row]:
    """The rows of the table, in its order; `line` is the first line of a row. A header that stands again in the middle is passed
    over. `needed`: in words, the columns that there must be. `above`: where lines may stand above the header, a list that takes
    them. `only`: whether a column is read at all; of others nothing is kept. Raises UsageProblem where no line there names the
    columns."""
    aside: list[Row] = []
    lines = _in_utf8(_lines(stream, aside), aside)
    first = next(lines, (1, b""))
    while _is_above(first[1], is_header, above) and (following := next(lines, None)):
        first = following
    marks = [mark for mark, names in _readings(first[1].decode("utf-8", "replace")) if is_header(names)]
    numbered = chain([first], lines)
    table = SheetRows(numbered) if marks == [SHEET] else Table(numbered, marks[0] if marks else ",")
    header: list[str] = []
    for row in table:
        yield from aside
        aside.clear()
        if isinstance(row, Broken):
            yield Truncated(f"the file ends in the middle of line {row.line}", row.line) if row.cut else _refused(row, row.reason)
        elif not header:
            header = _header(row, is_header, needed)
            table.columns = len(header)
        elif [name.strip() for name in row.cells] != header:
            yield _row(row, header, read, only)
    yield from aside


def _is_above(line: bytes, is_header: IsHeader, above: list[str] | None) -> bool:
    """Whether a line stands above the header: it is blank, meant for Excel, or no header where something else may come first."""
    text = line.decode("utf-8", "replace").strip()
    if not text or FOR_EXCEL.fullmatch(text):
        return True
    if above is None or len(above) == MOST_ABOVE or any(is_header(names) for _, names in _readings(text)):
        return False
    above.append(text)
    return True


SHEET = "["
"""How a line of a spreadsheet begins: a list of texts as JSON (tracker.exports.workbooks)."""


def _first_line(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip() and not FOR_EXCEL.fullmatch(line)), "")


def _readings(line: str) -> Iterator[tuple[str, list[str]]]:
    """(what parts the cells, the names) for each way in which a first line can be read."""
    if line.startswith(SHEET):
        try:
            cells = parse(line)
        except BadJson:
            cells = None
        if isinstance(cells, list) and all(isinstance(cell, str) for cell in cells):
            yield SHEET, [cell.strip() for cell in cells]
            return
    for delimiter in DELIMITERS:
        try:
            names = next(csv.reader([line.replace("\0", "")], delimiter=delimiter), [])
        except csv.Error:
            continue
        yield delimiter, [name.strip() for name in names]


def _lines(stream: BinaryIO, aside: list[Row]) -> Iterator[tuple[int, bytes]]:
    """The numbered lines of the file; also where lines end in CR alone, as on old Macs (then all of it is one line to others).
    Those that are too long are left out, and their refusals put into `aside`."""
    number, old_mac = 0, None
    for _, data in numbered_lines(stream):
        if old_mac is None:
            old_mac = data is not None and b"\r" in data.rstrip(b"\r\n")
        for line in [data] if data is None or not old_mac else data.splitlines(keepends=True):
            number += 1
            if line is None:
                aside.append(Rejected(TOO_LONG, number))
            else:
                yield number, line


def _in_utf8(lines: Iterator[tuple[int, bytes]], aside: list[Row]) -> Iterator[tuple[int, bytes]]:
    """Lines in UTF-8, also of a table in Windows-1252; that it was is put into `aside` once."""
    told = False
    for number, line, from_windows in in_utf8(lines):
        if from_windows and not told:
            aside.append(Lacking(WINDOWS, number))
            told = True
        yield number, line


def _header(row: Cells, is_header: IsHeader, needed: str) -> list[str]:
    names = [name.strip() for name in row.cells]
    if not is_header(names):
        raise UsageProblem(
            f"The table has no header with the columns of {needed.partition(':')[0]}.",
            safe="Nothing of it was stored.",
            next_step=f"Its first line must name the columns: {needed.partition(':')[2].strip()}.",
        )
    return names


def _row(row: Cells, header: list[str], read: Callable[[Mapping[str, str]], Post], only: Callable[[str], bool]) -> Row:
    if not row.is_text:
        return _refused(row, NOT_UTF8)
    values: dict[str, str] = {}
    for name, cell in zip(header, row.cells, strict=True):
        if only(name):
            values.setdefault(name, cell.replace("\r\n", "\n"))
    try:
        return Found(read(values), compact(values), row.line)
    except PrivatePost as reason:
        return Withheld(str(reason), row.line)
    except NotAPost as reason:
        return _refused(row, str(reason))


def _refused(row: Cells | Broken, reason: str) -> Rejected:
    return Rejected(reason, row.line, row.content)
