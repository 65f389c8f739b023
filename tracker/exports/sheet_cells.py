"""What the cells of a spreadsheet say, as text. A number stands as it is stored, so that a damaged id can be told.

A spreadsheet keeps a number as a float: beyond 2**53 its last digits are lost, whatever digits are printed for it. Such a
number is shown with a decimal point, which no id has. One is believed beyond that: the digits that no float can print, since then
a program wrote them that does not calculate.
"""

import json
import re
from datetime import datetime, timedelta

from tracker.exports.cells import CELL_LIMIT
from tracker.exports.lines import LINE_LIMIT

EXACT_IN_A_FLOAT = 2**53
DIGITS_OF_A_FLOAT = 17
WHOLE = re.compile(r"-?[0-9]{1,30}")
DAYS_FROM = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}
LAST_DAY = 2_958_465
"""31 December 9999 in days since 1899."""
MOST_COLUMNS = 16_384
MOST_ROWS = 1_048_576
NOT_SHOWN = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
DATE_FORMATS = {*range(14, 18), 22, *range(27, 37), *range(50, 59)}
"""Numbers of the formats of dates that every spreadsheet program has built in (ECMA-376 part 1, 18.8.30)."""


def number(stored: str) -> str:
    """A number as it is stored (`12`, `1.8479E+18`); one that has lost digits is told by a point or an exponent."""
    if not WHOLE.fullmatch(stored):
        return _without_exponent(stored)
    value = int(stored)
    if abs(value) < EXACT_IN_A_FLOAT:
        return stored
    written_exactly = len(stored.strip("-").rstrip("0")) > DIGITS_OF_A_FLOAT and int(float(stored)) != value
    return stored if written_exactly else f"{stored}.0"


def _without_exponent(stored: str) -> str:
    """Small whole numbers that are stored as 4.2E+1 or 42.0, as people write them."""
    try:
        value = float(stored)
    except ValueError:
        return stored
    return str(int(value)) if value.is_integer() and abs(value) < EXACT_IN_A_FLOAT else stored


def moment(stored: str, *, since_1904: bool, with_time: bool) -> str:
    """The date of a cell as `2026-10-20`, with its time as `2026-10-20T08:00:00`: without a zone, since sheets know none."""
    try:
        days = float(stored)
    except ValueError:
        return stored
    if not 0 <= days <= LAST_DAY - 1462:
        return stored
    at = DAYS_FROM[since_1904] + timedelta(seconds=round(days * 86400))
    return at.isoformat() if with_time or at.time() != at.min.time() else at.date().isoformat()


def is_date_format(number_format: int, code: str) -> bool:
    """Whether numbers in this format are shown as days. `code`: as the file spells it, '' where it is built in."""
    shown = NOT_SHOWN.sub("", code.split(";")[0]).casefold()
    return number_format in DATE_FORMATS if not code else "y" in shown or "d" in shown


def shows_time(number_format: int, code: str) -> bool:
    """Whether numbers in this format are shown with hours."""
    return number_format == 22 if not code else "h" in NOT_SHOWN.sub("", code.split(";")[0]).casefold()


class SheetRow:
    """The cells of one row while they come in, in any order. What is far beyond a row of an export is not held: then one cell
    is longer than CELL_LIMIT, and the row is refused by that."""

    def __init__(self) -> None:
        self.cells: dict[int, str] = {}
        self._room = LINE_LIMIT

    def put(self, column: int, text: str) -> None:
        """`text` in the column of that number (from 0)."""
        if text and 0 <= column < MOST_COLUMNS:
            self._room -= len(text)
            if self._room > 0 or len(text) > CELL_LIMIT:
                self.cells[column] = text[: CELL_LIMIT + 1]
            else:
                self.cells = {0: " " * (CELL_LIMIT + 1)}

    def line(self) -> bytes:
        """The row as a line of JSON, a list of texts up to the last one that is not empty; only a line end where all are."""
        if not self.cells:
            return b"\n"
        listed = [self.cells.get(column, "") for column in range(max(self.cells) + 1)]
        return json.dumps(listed, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
