"""The sheets of an .ods document (OpenDocument 1.3, part 3), row by row. Only values are read: no formula, no remark."""

from collections.abc import Iterator
from itertools import repeat
from typing import BinaryIO

from tracker.exports.cells import CELL_LIMIT
from tracker.exports.sheet_cells import MOST_COLUMNS, MOST_ROWS, SheetRow, number
from tracker.exports.xml_events import Attributes, read_all, read_xml

CONTENT = "content.xml"
CELLS = ("table-cell", "covered-table-cell")
REMARKS = ("annotation", "ruby-text")
"""What stands beside the words: remarks, and how words are pronounced."""


def sheet_names(stream: BinaryIO) -> list[tuple[int, str]]:
    """The number (from 0) and the name of each sheet that is shown, in their order. Raises BadXml."""
    listed: list[tuple[str, str]] = []
    hidden: set[str] = set()
    style = ""
    depth = 0

    def begin(name: str, attributes: Attributes) -> None:
        nonlocal depth, style
        depth += name == "table"
        if name == "table" and depth == 1:
            listed.append((attributes.get("name", ""), attributes.get("style-name", "")))
        elif name == "style":
            style = attributes.get("name", "")
        elif name == "table-properties" and attributes.get("display") == "false":
            hidden.add(style)

    def end(name: str) -> None:
        nonlocal depth
        depth -= name == "table"

    read_all(stream, begin, end)
    return [(at, name) for at, (name, style) in enumerate(listed) if style not in hidden]


def sheet_lines(stream: BinaryIO, sheet: int) -> Iterator[bytes]:
    """The rows of the sheet of that number, a line of JSON each; line 5 is row 5. Raises BadXml."""
    rows = _Rows(sheet)
    with stream:
        for _ in read_xml(stream, rows.begin, rows.end, rows.text):
            yield from rows.lines()
            if rows.after:
                return


class _Rows:
    """Makes lines of the elements of a sheet: table-row, table-cell, p (a paragraph in a cell)."""

    def __init__(self, sheet: int) -> None:
        self.after = False
        self._before = sheet + 1
        self._depth = 0
        self._done: list[tuple[bytes, int]] = []
        self._number = self._blank = 0
        self._row, self._column = SheetRow(), 0
        self._times = self._rows = 1
        self._cell: Attributes = {}
        self._parts: list[str] = []
        self._paragraphs = self._length = self._remarks = 0
        self._within = False

    def lines(self) -> Iterator[bytes]:
        """The lines that are ready."""
        for line, times in self._done:
            yield from repeat(line, times)
        self._done.clear()

    def begin(self, name: str, attributes: Attributes) -> None:
        """A sheet, a row, a cell or a piece of its text begins."""
        if name == "table":
            self._depth += 1
            self._before -= self._depth == 1
        if self._before or self.after:
            return
        if name == "table-row":
            self._row, self._column, self._rows = SheetRow(), 0, _times(attributes, "number-rows-repeated", MOST_ROWS)
        elif name in CELLS:
            self._cell, self._parts, self._paragraphs, self._length = attributes, [], 0, 0
            self._times = _times(attributes, "number-columns-repeated", MOST_COLUMNS)
        elif name in REMARKS:
            self._remarks += 1
        elif not self._remarks:
            self._begin_text(name, attributes)

    def _begin_text(self, name: str, attributes: Attributes) -> None:
        if name == "p":
            self._within = True
            if self._paragraphs:
                self._add("\n")
            self._paragraphs += 1
        elif self._within:
            marks = {"s": " " * _times(attributes, "c", CELL_LIMIT), "tab": "\t", "line-break": "\n"} if name in SPACES else {}
            self._add(marks.get(name, ""))

    def end(self, name: str) -> None:
        """A sheet, a row or a cell ends."""
        if name == "table":
            self.after = self.after or (self._depth == 1 and not self._before)
            self._depth -= 1
        if self._before or self.after:
            return
        if name in REMARKS:
            self._remarks -= 1
        elif name == "p" and not self._remarks:
            self._within = False
        elif name in CELLS:
            text = self._value()
            for column in range(self._column, min(self._column + self._times, MOST_COLUMNS) if text else self._column):
                self._row.put(column, text)
            self._column += self._times
        elif name == "table-row":
            self._end_row()

    def text(self, data: str) -> None:
        """A piece of a paragraph."""
        if self._within and not self._remarks:
            self._add(data)

    def _add(self, data: str) -> None:
        if self._length <= CELL_LIMIT:
            self._parts.append(data)
            self._length += len(data)

    def _end_row(self) -> None:
        """Rows without anything wait for one with something: a sheet ends in a million of them."""
        if not self._row.cells:
            self._blank += self._rows
            return
        room = MOST_ROWS - self._number - self._blank
        if room > 0:
            self._done += [(b"\n", self._blank), (self._row.line(), min(self._rows, room))]
        self._number += self._blank + self._rows
        self._blank = 0

    def _value(self) -> str:
        match self._cell.get("value-type"):
            case "float" | "percentage" | "currency":
                return number(self._cell.get("value", "").strip())
            case "date":
                return self._cell.get("date-value", "")
            case "boolean":
                return self._cell.get("boolean-value", "").upper()
            case "string" if "string-value" in self._cell:
                return self._cell["string-value"]
        return "".join(self._parts)


SPACES = ("s", "tab", "line-break")


def _times(attributes: Attributes, name: str, most: int) -> int:
    value = attributes.get(name, "1")
    return min(int(value), most) if value.isascii() and value.isdigit() and len(value) < 10 else 1
