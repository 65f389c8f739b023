"""The sheets of an .xlsx workbook, row by row (ECMA-376 part 1, 18). Only values are read: no formula, no comment, no picture."""

import re
import tempfile
import weakref
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from tracker.exports.cells import CELL_LIMIT
from tracker.exports.sheet_cells import MOST_ROWS, SheetRow, is_date_format, moment, number, shows_time
from tracker.exports.xml_events import Attributes, read_all, read_xml

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
STYLES = "xl/styles.xml"
STRINGS_IN_MEMORY = 32 * 1024 * 1024
"""Texts of a workbook beyond so many bytes wait in a nameless temporary file, so that memory does not grow with them."""
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
CELL_NAME = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

OpenMember = Callable[[str], BinaryIO | None]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that is shown: its name, and the member of the archive that holds it."""

    name: str
    member: str


@dataclass(frozen=True, slots=True)
class Book:
    """What every sheet needs: whether days are counted from 1904, where its texts lie, which styles are dates (and times)."""

    sheets: tuple[Sheet, ...]
    since_1904: bool
    strings: str | None


def read_book(opened: OpenMember) -> Book:
    """The list of sheets. Raises BadXml."""
    listed: list[tuple[str, str]] = []
    since_1904 = False

    def begin(name: str, attributes: Attributes) -> None:
        nonlocal since_1904
        if name == "workbookPr":
            since_1904 = attributes.get("date1904", "") in ("1", "true", "on")
        elif name == "sheet" and attributes.get("state", "visible") == "visible":
            listed.append((attributes.get("name", ""), attributes.get("id", "")))

    _read(opened, WORKBOOK, begin)
    targets: dict[str, str] = {}
    strings: list[str] = []

    def relation(name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            member = _member(attributes.get("Target", ""))
            targets[attributes.get("Id", "")] = member
            if attributes.get("Type", "").endswith("/sharedStrings"):
                strings.append(member)

    _read(opened, RELATIONS, relation)
    sheets = tuple(Sheet(name, targets[key]) for name, key in listed if "/worksheets/" in targets.get(key, ""))
    return Book(sheets, since_1904, strings[0] if strings else None)


def sheet_lines(opened: OpenMember, strings: "Callable[[], Strings]", book: Book, sheet: Sheet) -> Iterator[bytes]:
    """The rows of a sheet, a line of JSON each; line 5 is row 5. `strings`: gives the texts of the workbook, which its sheets
    share. Raises BadXml where the file cannot be read on."""
    rows = _Rows(strings(), _date_styles(opened), book.since_1904)
    stream = opened(sheet.member)
    if stream is None:
        return
    with stream:
        for _ in read_xml(stream, rows.begin, rows.end, rows.text):
            yield from rows.done
            rows.done.clear()


def _member(target: str) -> str:
    """The name in the archive of what a relation points to."""
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _read(opened: OpenMember, member: str, begin: Callable[[str, Attributes], None]) -> None:
    stream = opened(member)
    if stream is not None:
        with stream:
            read_all(stream, begin)


def _date_styles(opened: OpenMember) -> list[bool | None]:
    """For each style of cells: None: no date; else whether its time is shown."""
    codes: dict[int, str] = {}
    styles: list[bool | None] = []
    within = ""

    def begin(name: str, attributes: Attributes) -> None:
        nonlocal within
        if name == "numFmt":
            codes[_whole(attributes.get("numFmtId", ""))] = attributes.get("formatCode", "")
        elif name in ("cellXfs", "cellStyleXfs", "dxfs"):
            within = name
        elif name == "xf" and within == "cellXfs":
            key = _whole(attributes.get("numFmtId", ""))
            code = codes.get(key, "")
            styles.append(shows_time(key, code) if is_date_format(key, code) else None)

    _read(opened, STYLES, begin)
    return styles


def _whole(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1


class Strings:
    """The texts that cells point to by number, in memory or in a temporary file without a name."""

    def __init__(self, opened: OpenMember, member: str | None) -> None:
        self._file = tempfile.SpooledTemporaryFile(STRINGS_IN_MEMORY)  # noqa: SIM115 (closed with this object)
        weakref.finalize(self, self._file.close)
        self._ends = array("Q", [0])
        self._parts: list[str] = []
        self._shown = self._phonetic = False
        stream = opened(member) if member else None
        if stream is not None:
            with stream:
                read_all(stream, self._begin, self._end, self._text)

    def __getitem__(self, key: int) -> str:
        if not 0 <= key < len(self._ends) - 1:
            return ""
        self._file.seek(self._ends[key])
        return self._file.read(self._ends[key + 1] - self._ends[key]).decode("utf-8")

    def _begin(self, name: str, attributes: Attributes) -> None:
        if name == "si":
            self._parts = []
        self._phonetic = self._phonetic or name == "rPh"
        self._shown = name == "t" and not self._phonetic

    def _end(self, name: str) -> None:
        self._shown = False
        if name == "rPh":
            self._phonetic = False
        elif name == "si":
            content = unescaped("".join(self._parts))[: CELL_LIMIT + 1].encode("utf-8", "replace")
            self._file.write(content)
            self._ends.append(self._ends[-1] + len(content))

    def _text(self, data: str) -> None:
        if self._shown and len(self._parts) < CELL_LIMIT:
            self._parts.append(data)


class _Rows:
    """Makes lines of the elements of a sheet: row, c (a cell), v (its value), t (a text that stands in the cell itself)."""

    def __init__(self, strings: Strings, dates: list[bool | None], since_1904: bool) -> None:
        self.done: list[bytes] = []
        self._strings, self._dates, self._since_1904 = strings, dates, since_1904
        self._row = SheetRow()
        self._number = 0
        self._column = -1
        self._kind, self._style = "n", -1
        self._parts: list[str] = []
        self._shown = False

    def begin(self, name: str, attributes: Attributes) -> None:
        """A row or a cell begins."""
        if name == "row":
            number = _whole(attributes.get("r", ""))
            if self._number < number <= MOST_ROWS:
                self.done.append(b"\n" * (number - self._number - 1))
                self._number = number
            else:
                self._number += 1
            self._row, self._column = SheetRow(), -1
        elif name == "c":
            self._column = _column(attributes.get("r", ""), self._column + 1)
            self._kind, self._style = attributes.get("t", "n"), _whole(attributes.get("s", ""))
            self._parts = []
        self._shown = name in ("v", "t")

    def end(self, name: str) -> None:
        """A cell or a row ends."""
        self._shown = False
        if name == "c":
            self._row.put(self._column, self._value("".join(self._parts)))
        elif name == "row":
            self.done.append(self._row.line())

    def text(self, data: str) -> None:
        """A piece of a value."""
        if self._shown and len(self._parts) < CELL_LIMIT:
            self._parts.append(data)

    def _value(self, stored: str) -> str:
        match self._kind:
            case "s":
                return self._strings[_whole(stored.strip())]
            case "inlineStr" | "str":
                return unescaped(stored)
            case "b":
                return {"1": "TRUE", "0": "FALSE"}.get(stored.strip(), stored)
            case "e":
                return ""  # #NAME?, #VALUE!: what stood there is lost
            case "d":
                return stored
        with_time = self._dates[self._style] if 0 <= self._style < len(self._dates) else None
        stored = stored.strip()
        return number(stored) if with_time is None else moment(stored, since_1904=self._since_1904, with_time=with_time)


def _column(name: str, following: int) -> int:
    """The number of a column from a cell's name (`C7` is 2); without one, that after the last."""
    match = CELL_NAME.fullmatch(name)
    if not match:
        return following
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def unescaped(text: str) -> str:
    """Text of a cell, in which `_x000D_` stands for a character that XML cannot hold."""
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
