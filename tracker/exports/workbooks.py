"""Spreadsheets (.xlsx, .ods) as text: each sheet a stream of JSON lines, a list of texts a row, which tables are read from.

A workbook is streamed as other files are: never unpacked to a path, no row held longer than it is needed, and what unpacks
to far more than an export can hold is refused by tracker.exports.unpacking.
"""

import io
from collections.abc import Callable, Collection, Iterator
from functools import cache, partial
from typing import Any, BinaryIO

from tracker.exports import ods, xlsx
from tracker.exports.unpacking import cut_short
from tracker.exports.xml_events import BadXml
from tracker.problems import UsageProblem

OpenMember = Callable[[str], BinaryIO]


class SheetStream(io.RawIOBase):
    """Lines as a file. `cut`: why they ended early, or ''."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        super().__init__()
        self.cut = ""
        self._lines = lines
        self._pending = b""

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer; 0 at the end."""
        try:
            while not self._pending and (line := next(self._lines, None)) is not None:
                self._pending = line
        except BadXml as error:
            self.cut = f"the spreadsheet is damaged or cut short ({error})"
        view = memoryview(buffer)
        part, self._pending = self._pending[: len(view)], self._pending[len(view) :]
        view[: len(part)] = part
        return len(part)

    def close(self) -> None:
        """Close what the lines are read from."""
        if not self.closed:
            super().close()
            close = getattr(self._lines, "close", None)
            if close:
                close()


def sheets(name: str, members: Collection[str], opened: OpenMember) -> list[tuple[str, Callable[[], BinaryIO]]] | None:
    """(name, what opens it) of each sheet of the archive called `name`; None where it is no spreadsheet.

    Raises UsageProblem where it is one, but its list of sheets cannot be read."""
    try:
        if xlsx.WORKBOOK in members:
            there = partial(_if_there, members, opened)
            book = xlsx.read_book(there)
            strings = cache(partial(xlsx.Strings, there, book.strings))
            return [(sheet.name, partial(_stream, xlsx.sheet_lines, there, strings, book, sheet)) for sheet in book.sheets]
        if ods.CONTENT in members and "mimetype" in members:
            with opened(ods.CONTENT) as stream:
                shown = ods.sheet_names(stream)
            return [(sheet, partial(_stream, _ods_lines, opened, at)) for at, sheet in shown]
    except BadXml as error:
        raise UsageProblem(
            f"{name} is a spreadsheet that cannot be read.",
            why=f"It is damaged, cut short, or locked with a password ({error}).",
            safe="Nothing of it was stored.",
            next_step="Open it in a spreadsheet program, save the table as CSV (UTF-8), and import that.",
        ) from error
    return None


def _if_there(members: Collection[str], opened: OpenMember, member: str) -> BinaryIO | None:
    return opened(member) if member in members else None


def _stream(lines: Callable[..., Iterator[bytes]], *given: object) -> BinaryIO:
    return io.BufferedReader(SheetStream(lines(*given)))


def _ods_lines(opened: OpenMember, sheet: int) -> Iterator[bytes]:
    stream = opened(ods.CONTENT)
    yield from ods.sheet_lines(stream, sheet)
    if reason := cut_short(stream):
        raise BadXml(reason)
