"""TAGS: the CSV of an archive sheet in Google Sheets, with commas or tabs, its columns in any order.

Spreadsheets damage ids (1.26426E+18), so the id is taken from `status_url`, and a row without either is refused. The column
`time` is the sheet's own local time and is never used.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import BinaryIO

from tracker.exports.cells import Broken, Cells, Table
from tracker.exports.decoding import compact
from tracker.exports.head import Head
from tracker.exports.lines import NOT_UTF8, TOO_LONG, numbered_lines
from tracker.platforms.refusals import NotAPost
from tracker.platforms.x_table import read_table_row
from tracker.problems import UsageProblem
from tracker.records import Found, Rejected, Row, Truncated

NAME = "TAGS CSV"
SLUG = "tags"
NEEDED = {"id_str", "from_user", "text"}
ONE_OF = {"created_at", "status_url"}


def recognise(head: Head) -> bool:
    """A first line with the columns of TAGS."""
    return _delimiter(head.text) is not None


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the first line of a row."""
    too_long: list[Row] = []
    lines = _lines(stream, too_long)
    first = next(lines, (1, b""))
    table = Table(chain([first], lines), _delimiter(first[1].decode("utf-8", "replace")) or ",")
    header: list[str] = []
    for row in table:
        yield from too_long
        too_long.clear()
        if isinstance(row, Broken):
            yield Truncated(f"the file ends in the middle of line {row.line}", row.line) if row.cut else _refused(row, row.reason)
        elif not header:
            header = _header(row)
            table.columns = len(header)
        elif [name.strip() for name in row.cells] != header:
            yield _row(row, header)
    yield from too_long


def _lines(stream: BinaryIO, too_long: list[Row]) -> Iterator[tuple[int, bytes]]:
    """The numbered lines of the file; also where lines end in CR alone, as on old Macs (then all of it is one line to others).
    Those that are too long are left out, and their refusals put into `too_long`."""
    number, old_mac = 0, None
    for _, data in numbered_lines(stream):
        if old_mac is None:
            old_mac = data is not None and b"\r" in data.rstrip(b"\r\n")
        for line in [data] if data is None or not old_mac else data.splitlines(keepends=True):
            number += 1
            if line is None:
                too_long.append(Rejected(TOO_LONG, number))
            else:
                yield number, line


def _header(row: Cells) -> list[str]:
    names = [name.strip() for name in row.cells]
    if not _is_header(names):
        raise UsageProblem(
            "The table has no header with the columns of TAGS.",
            safe="Nothing of it was stored.",
            next_step="Its first line must name the columns: at least id_str, from_user, text, and created_at or status_url.",
        )
    return names


def _is_header(names: list[str]) -> bool:
    return set(names) >= NEEDED and not ONE_OF.isdisjoint(names)


def _delimiter(text: str) -> str | None:
    """What parts the columns of a table that begins with a header of TAGS; None where it does not."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    for delimiter in ",\t;":
        if _is_header([name.strip().strip('"') for name in first.split(delimiter)]):
            return delimiter
    return None


def _row(row: Cells, header: list[str]) -> Row:
    if not row.is_text:
        return _refused(row, NOT_UTF8)
    values = dict(zip(header, row.cells, strict=True))
    try:
        return Found(read_table_row(values), compact(values), row.line)
    except NotAPost as reason:
        return _refused(row, str(reason))


def _refused(row: Cells | Broken, reason: str) -> Rejected:
    return Rejected(reason, row.line, row.content)
