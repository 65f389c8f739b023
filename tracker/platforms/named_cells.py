"""The cells of a row by the names of their columns, as many programs write them. Pure.

A program that has nothing to say writes an empty cell, or None, NaN or null in its own language; all of these are nothing. So is
what a spreadsheet program shows in place of a cell that it took for a formula and could not work out.
"""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from unicodedata import normalize

LOST_IN_A_SHEET = {"#name?", "#value!", "#ref!", "#div/0!", "#num!", "#null!", "#n/a"}
NO_TEXT = {"none", "nan", "null", "<na>"} | LOST_IN_A_SHEET
"""What is no text either, though it might be one."""
NOTHING = {"", "nat", "n/a", "undefined", r"\n"} | NO_TEXT
OF_R = "NA"
"""Nothing, as R writes it; in other letters it may be a name or a word."""
YES = {"1", "1.0", "true", "t", "yes", "y"}
NO = {"0", "0.0", "false", "f", "no", "n"}
AS_FORMULA = re.compile(r'="([^"]*)"')
BETWEEN_ADDRESSES = re.compile(r"(?<![,;|\s])[,;|\s]+(?=https?://)")


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """The name of a column as it is compared: without regard to capitals, blanks, and how a letter with an accent is made up (a
    Mac may write it as two characters)."""
    return " ".join(normalize("NFC", name).casefold().split())


def bare(cell: str) -> str:
    """A cell without blanks around it, and without the formula by which some programs keep an id as text (`="123"`)."""
    stripped = cell.strip()
    formula = AS_FORMULA.fullmatch(stripped)
    return formula[1] if formula else stripped


def filled(cell: str, nothing: Collection[str] = NOTHING) -> str:
    """A cell as it stands; '' where it says that there is nothing."""
    said = bare(cell)
    return "" if said == OF_R or said.casefold() in nothing else cell


def without_nothing(row: Mapping[str, str], text: str) -> dict[str, str]:
    """A row in which cells that say that there is nothing are empty. `text`: the column that holds a text."""
    return {name: filled(cell, NO_TEXT if name == text else NOTHING) for name, cell in row.items()}


def by_folded_names(row: Mapping[str, str]) -> dict[str, str]:
    """A row by the folded names of its columns. Where two have the same name, the first one counts."""
    cells: dict[str, str] = {}
    for name, cell in row.items():
        cells.setdefault(folded(name), cell)
    return cells


class Cells:
    """The cells of one row by the folded names of their columns."""

    def __init__(self, row: Mapping[str, str]) -> None:
        self._cells = by_folded_names(row)

    def __call__(self, *names: str) -> str:
        """What stands in the first of these columns that holds something, without blanks around it; '' where none does."""
        for name in names:
            if cell := bare(filled(self._cells.get(name, ""))):
                return cell
        return ""

    def text(self, name: str) -> str:
        """A text as it stands."""
        return filled(self._cells.get(name, ""), NO_TEXT)

    def yes(self, name: str) -> bool | None:
        """Whether a column says yes or no, in any spelling; None where it says neither."""
        cell = self(name).casefold()
        return True if cell in YES else False if cell in NO else None

    def listed(self, name: str, marks: str = ",") -> list[str]:
        """The parts of a cell between any of these marks, without blanks around them; empty ones left out."""
        return [part.strip() for part in re.split(f"[{re.escape(marks)}]", self(name)) if part.strip()]

    def addresses(self, name: str) -> list[str]:
        """The web addresses in a cell; a comma within one does not part it."""
        parts = BETWEEN_ADDRESSES.split(self(name).strip("[]\"' "))
        return [part.strip(" ,;|'\"") for part in parts if part.lower().startswith(("http://", "https://"))]
