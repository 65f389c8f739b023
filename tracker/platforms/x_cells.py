"""What every table of posts of X shares: ids that a spreadsheet may have damaged, times that may be local. Pure.

An id of X holds the time at which it was made. So a local time need not be understood: if it lies within a day of the time in the
id, as every zone does, the time in the id is the post's. If it lies further off, one of the two is wrong, and the row is refused.
"""

import re
from datetime import datetime, timedelta

from tracker.platforms.local_times import has_clock, local_times, moment_in
from tracker.platforms.named_cells import bare as bare_cell
from tracker.platforms.refusals import NotAPost
from tracker.platforms.shapes import whole_count
from tracker.platforms.text import is_lossy_number, moment_of
from tracker.platforms.x_parts import EARLIEST, EXACT_ID, snowflake_time
from tracker.records import Author

STATUS = re.compile(
    r"(?:^|//(?:[\w-]+\.)*)(?:twitter|x)\.com/[^?#\s]{0,200}/status(?:es)?/([0-9]{1,20})(?![\w.,+])", re.IGNORECASE
)
DIGITS_IN_A_SHEET = 15
"""Spreadsheet programs keep so many digits of a number and put zeros for the others."""
A_DAY = timedelta(days=1)


def id_in_cells(id_cell: str, url_cell: str, *, id_name: str = "id", url_name: str = "address") -> str:
    """The id of a post: from its address; else from the cell of the id, if that is whole. Where both are whole, they must
    agree. Raises NotAPost with the reason."""
    written = bare(id_cell)
    found = STATUS.search(url_cell.strip())
    if found:
        if EXACT_ID.fullmatch(written) and written != found.group(1) and not _is_rounding(written, found.group(1)):
            raise NotAPost(f"its {id_name} and its {url_name} name different posts")
        return found.group(1)
    if exact := exact_in(written):
        return exact
    if is_lossy_number(written) or EXACT_ID.fullmatch(written):
        raise NotAPost("the id was damaged by a spreadsheet and there is no address to recover it from")
    raise NotAPost("it has no id" if not written else "its id is not a number, and there is no address to take it from")


def bare(cell: str) -> str:
    """A cell without blanks and without the apostrophe or the formula by which sheets keep numbers as text."""
    return bare_cell(cell).removeprefix("'")


def exact_in(cell: str) -> str | None:
    """An id that no spreadsheet has rounded, or None."""
    number = bare(cell)
    if not EXACT_ID.fullmatch(number) or (len(number) > DIGITS_IN_A_SHEET and not number[DIGITS_IN_A_SHEET:].strip("0")):
        return None
    return number


def time_in_cell(cell: str, native_id: str) -> str:
    """When the post was written, as UTC: what the cell says, if it says its zone; else the time inside the id, which a local
    time must not contradict. Raises NotAPost where neither is a possible time, or where they contradict each other."""
    try:
        return moment_of(moment_in(cell), earliest=EARLIEST)
    except (ValueError, NotAPost):
        made = snowflake_time(native_id)
        if made is None:
            return moment_of(cell.strip() or None, earliest=EARLIEST)
    meant = local_times(cell)
    inside = datetime.fromisoformat(made.removesuffix("Z"))
    most = A_DAY if has_clock(cell) else 2 * A_DAY
    if meant and all(abs(moment - inside) > most for moment in meant):
        raise NotAPost("its time is more than a day from the time inside its id, so one of the two is wrong")
    return moment_of(made, earliest=EARLIEST)


def author_in(handle_cell: str, id_cell: str = "", name_cell: str = "") -> Author | None:
    """Who wrote it; known by `@handle` where no whole id is given."""
    handle = handle_cell.strip().lstrip("@") or None
    native_id = exact_in(id_cell) or (f"@{handle.lower()}" if handle else None)
    return Author("x", native_id, handle, name_cell.strip() or None) if native_id else None


def count_in(cell: str) -> int | None:
    """A count in a cell: digits, with commas or blanks between thousands."""
    digits = re.sub(r"(?<=[0-9])[,\u00a0\u202f ](?=[0-9]{3}(?![0-9]))", "", cell.strip()).removesuffix(".0")
    return whole_count(digits)


def _is_rounding(written: str, whole: str) -> bool:
    return len(written) == len(whole) > DIGITS_IN_A_SHEET and abs(int(written) - int(whole)) < 10 ** (
        len(whole) - DIGITS_IN_A_SHEET
    )
