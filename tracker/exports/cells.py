"""The rows of a table (CSV), however its cells were quoted, cut or encoded.

A quotation mark that is never closed would swallow all rows up to the next one. So a row that does not fit is refused by its
first line alone, and reading goes on with the line after it.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tracker.exports.decoding import BadJson, parse

CELL_LIMIT = 1 << 20
"""No cell of an export is longer (code points)."""
BROKEN = "its quotation marks do not fit"
LINE_ENDS = "a line ends (CR) in the middle of a cell that has no quotation marks"


@dataclass(frozen=True, slots=True)
class Cells:
    """One row: its cells, the number of its first line, its bytes as they stand in the file, and whether all of it was UTF-8."""

    cells: list[str]
    line: int
    content: bytes
    is_text: bool = True


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that does not fit: why, where, and its bytes. `cut`: the file ends in it."""

    reason: str
    line: int
    content: bytes
    cut: bool = False


Line = tuple[int, bytes]


class Table:
    """Reads rows from numbered lines. `columns` is the number of cells that a row must have (None: any number); the
    reader sets it once it has seen the header. Rows without anything in them are passed over."""

    def __init__(self, lines: Iterable[Line], delimiter: str) -> None:
        csv.field_size_limit(CELL_LIMIT)  # the module's only switch for it; its default of 128 KiB is below long entities
        self.columns: int | None = None
        self._lines = iter(lines)
        self._delimiter = delimiter
        self._ahead: deque[Line] = deque()

    def __iter__(self) -> Iterator[Cells | Broken]:
        taken: list[Line] = []
        while (row := self._next(taken)) is not None or taken:
            if row is not None:
                yield row
            taken = []

    def _next(self, taken: list[Line]) -> Cells | Broken | None:
        """The next row, from the lines that it puts into `taken`; None for a blank line, or at the end."""
        try:
            cells = next(csv.reader(self._texts(taken), delimiter=self._delimiter, strict=True), None)
        except csv.Error as error:
            row = self._without_quotes(taken) or self._with_quotes_after_backslashes(taken)
            reason = LINE_ENDS if "new-line" in str(error) else BROKEN
            return row or self._broken(taken, reason, unfinished="unexpected end" in str(error))
        if not cells or not "".join(cells).strip():
            return None
        if (len(taken) > 1 or len(cells) != self.columns) and self._are_rows(taken):
            return self._without_quotes(taken)
        if self.columns is not None and len(cells) != self.columns:
            other = self._with_other_delimiter(taken)
            if other is None:
                reason = f"it has {len(cells)} columns where the header has {self.columns}"
                return self._broken(taken, reason, unfinished=len(cells) < self.columns)
            cells = other
        content = b"".join(part for _, part in taken)
        return Cells(cells, taken[0][0], content, _is_text(content))

    def _texts(self, taken: list[Line]) -> Iterator[str]:
        while (line := self._take()) is not None:
            taken.append(line)
            yield line[1].decode("utf-8", "replace").replace("\0", "")

    def _take(self) -> Line | None:
        return self._ahead.popleft() if self._ahead else next(self._lines, None)

    def _are_rows(self, taken: list[Line]) -> bool:
        """Whether each line is a row with tabs: then a quotation mark that nobody closed met one further on."""
        return self._delimiter == "\t" and all(content.count(b"\t") + 1 == self.columns for _, content in taken)

    def _without_quotes(self, taken: list[Line]) -> Cells | None:
        """The first line as a row whose quotation marks are only words, as programs write tables with tabs."""
        line, content = taken[0]
        cells = content.decode("utf-8", "replace").replace("\0", "").rstrip("\r\n").split("\t")
        if self._delimiter != "\t" or len(cells) != self.columns:
            return None
        self._ahead.extendleft(reversed(taken[1:]))
        return Cells(cells, line, content, _is_text(content))

    def _with_quotes_after_backslashes(self, taken: list[Line]) -> Cells | None:
        """The first line as PHP writes it, which does not double a quotation mark that stands behind a backslash."""
        line, content = taken[0]
        doubled = content.decode("utf-8", "replace").replace("\0", "").replace('\\"', '\\""')
        try:
            cells = next(csv.reader([doubled], delimiter=self._delimiter, strict=True), [])
        except csv.Error:
            return None
        if len(cells) != self.columns:
            return None
        self._ahead.extendleft(reversed(taken[1:]))
        return Cells(cells, line, content, _is_text(content))

    def _with_other_delimiter(self, taken: list[Line]) -> list[str] | None:
        """The cells of a row under a header with commas whose rows have tabs, or the other way round (seen in the wild)."""
        other = "\t" if self._delimiter == "," else ","
        try:
            texts = (content.decode("utf-8", "replace").replace("\0", "") for _, content in taken)
            cells = next(csv.reader(texts, delimiter=other, strict=True), [])
        except csv.Error:
            return None
        return cells if len(cells) == self.columns else None

    def _broken(self, taken: list[Line], reason: str, *, unfinished: bool) -> Broken:
        """Refuse the first line; give the others back. It is cut where the file ends in it and no whole row lies behind."""
        line, content = taken[0]
        ended = not self._ahead and not taken[-1][1].endswith((b"\n", b"\r"))
        if unfinished and ended and not any(self._is_whole(part) for _, part in taken[1:]):
            return Broken(reason, line, b"".join(part for _, part in taken), cut=True)
        self._ahead.extendleft(reversed(taken[1:]))
        return Broken(reason, line, content)

    def _is_whole(self, content: bytes) -> bool:
        try:
            cells = next(csv.reader([content.decode("utf-8", "replace")], delimiter=self._delimiter, strict=True), [])
        except csv.Error:
            return False
        return len(cells) == self.columns


class SheetRows:
    """Reads rows from the lines of a spreadsheet, each a JSON list of texts. A row that ends early has empty cells at its end,
    since sheets do not store those; otherwise as Table."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.columns: int | None = None
        self._lines = lines

    def __iter__(self) -> Iterator[Cells | Broken]:
        for number, content in self._lines:
            if content.strip():
                yield self._row(number, content)

    def _row(self, number: int, content: bytes) -> Cells | Broken:
        try:
            cells = parse(content.decode("utf-8", "replace"))
        except BadJson as reason:
            return Broken(str(reason), number, content)
        if not isinstance(cells, list) or not all(isinstance(cell, str) for cell in cells):
            return Broken("it is not a list of texts", number, content)
        if any(len(cell) > CELL_LIMIT for cell in cells):
            return Broken(f"a cell of it is longer than {CELL_LIMIT:,} characters", number, content)
        texts = [cell.replace("\0", "") for cell in cells]
        if self.columns is not None:
            if len(texts) > self.columns:
                return Broken(f"it has {len(texts)} columns where the header has {self.columns}", number, content)
            texts += [""] * (self.columns - len(texts))
        return Cells(texts, number, content)


def _is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
