"""Tables that are taken away as CSV are opened in spreadsheets, which run a cell that begins with `=`, `+`, `-` or `@`. Such a
cell gets an apostrophe before it, unless it is a number (OWASP, CSV Injection). Pure."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable

STARTS = tuple("=+-@\t\r\n＝＋－＠")
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


class Stream:
    """A stream of CSV of which each row, the first too, becomes what `each` makes of it; what is not a whole row yet waits."""

    def __init__(self, each: Callable[[list[str]], Iterable[object]]) -> None:
        self._each = each
        self._decode = codecs.getincrementaldecoder("utf-8")("replace")
        self._waiting = ""

    def feed(self, body: bytes, *, last: bool) -> bytes:
        """The rows that are whole with this piece."""
        self._waiting += self._decode.decode(body, last)
        rows, self._waiting = (self._waiting, "") if last else _whole(self._waiting)
        if not rows:
            return b""
        out = io.StringIO()
        csv.writer(out).writerows(map(self._each, csv.reader(io.StringIO(rows, newline=""))))
        return out.getvalue().encode("utf-8")


def harmless_table(table: str) -> str:
    """A whole CSV, made harmless."""
    return Stream(harmless_row).feed(table.encode("utf-8"), last=True).decode("utf-8")


def harmless_row(row: Iterable[object]) -> list[object]:
    """The row, its texts made harmless."""
    return [harmless(cell) if isinstance(cell, str) else cell for cell in row]


def harmless(cell: str) -> str:
    """The cell, with an apostrophe before it where a spreadsheet would run it; also where it begins with apostrophes and then so,
    so that taking one off gives the cell again."""
    return f"'{cell}" if cell.lstrip("'").startswith(STARTS) and not NUMBER.fullmatch(cell) else cell


def _whole(text: str) -> tuple[str, str]:
    """(the rows that have ended, the rest): a row ends where a line does, outside of quotation marks."""
    ended = quotes = at = 0
    for line in text.splitlines(keepends=True) if "\n" in text else []:
        quotes += line.count('"')
        at += len(line)
        if quotes % 2 == 0 and line.endswith("\n"):
            ended = at
    return text[:ended], text[ended:]
