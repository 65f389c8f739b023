"""Times as feeds write them: RFC 822 with all its dialects, ISO 8601, month names of a few languages. Pure.

A time that does not say its zone, or says it by a name that several zones have, is not guessed. A day without a time is taken as
its noon, UTC.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

from tracker.platforms.text import moment_of, utc

EARLIEST = "1990-01-01T00:00:00Z"
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan ene gen",
            "feb fév fev",
            "mar mär mrz mrt maa",
            "apr avr abr",
            "may mai mei mag maj",
            "jun juin giu",
            "jul juil lug",
            "aug aoû aou ago",
            "sep set",
            "oct okt ott out",
            "nov",
            "dec dez déc dic des",
        ),
        start=1,
    )
    for name in names.split()
}
HOURS = {
    **dict.fromkeys(("ut", "utc", "gmt", "z", "wet"), 0),
    **dict.fromkeys(("cet", "mez", "met", "west"), 1),
    **dict.fromkeys(("cest", "mesz", "mest", "eet"), 2),
    "eest": 3,
    "adt": -3,
    "edt": -4,
    **dict.fromkeys(("est", "cdt"), -5),
    **dict.fromkeys(("cst", "mdt"), -6),
    **dict.fromkeys(("mst", "pdt"), -7),
    "pst": -8,
}
"""What zones are called, in hours from UTC: those of RFC 822, and of Europe; not BST or IST, which are several zones each."""
LONGEST = 100
CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
ZONE = r"\s*(?P<zone>(?:GMT|UTC)?[+-]\d{1,2}:?\d{2}|\([A-Za-z]+\)|[A-Za-z]{1,5})?(?:\s*\([^()]*\))?"
SPELLINGS = tuple(
    re.compile(rf"{day}(?:,?[\sT]+(?:at\s+)?{CLOCK}{ZONE})?", re.IGNORECASE)
    for day in (
        r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})",
        r"(?:[^\W\d]+\.?,?\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?[\s-]+(?P<name>[^\W\d]+)\.?,?[\s-]+(?P<year>\d{4}|\d{2})",
        r"(?:[^\W\d]+\.?,\s+)?(?P<name>[^\W\d]+)\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})",
    )
)
SAYS_ITS_ZONE = re.compile(r"(?:Z|GMT|UTC?|[+-]\d{2}:?\d{2})\s*$")


def moment_in_feed(said: str, read: str | None = None, *, what: str = "published") -> str:
    """The moment as UTC. `read`: what a feed parser made of it, which is taken for spellings that are not known here and name
    their zone in figures. Raises NotAPost naming `what`."""
    bare = " ".join(said[:LONGEST].split())
    for spelling in SPELLINGS:
        if (match := spelling.fullmatch(bare)) and (moment := _moment(match)):
            return moment_of(moment, earliest=EARLIEST, what=what)
    if read and SAYS_ITS_ZONE.search(bare):
        return moment_of(read, earliest=EARLIEST, what=what)
    return moment_of(said, earliest=EARLIEST, what=what)


def moment_or_local(said: str, *, what: str = "published") -> tuple[str, bool]:
    """(the moment as UTC, whether only a clock without a zone says it, whose time is then taken as UTC). Raises as above."""
    bare = " ".join(said[:LONGEST].split())
    for spelling in SPELLINGS:
        match = spelling.fullmatch(bare)
        if match and match["hour"] and not match["zone"] and (moment := _moment(match, minutes_from_utc=0)):
            return moment_of(moment, earliest=EARLIEST, what=what), True
    return moment_in_feed(said, what=what), False


def _moment(match: re.Match[str], minutes_from_utc: int | None = None) -> str | None:
    parts = match.groupdict()
    month = int(parts["month"]) if parts.get("month") else _month(parts["name"])
    year = int(parts["year"]) + (0 if len(parts["year"]) == 4 else 1900 if parts["year"] >= "90" else 2000)
    hour = int(parts["hour"]) if parts["hour"] else 12
    if parts["half"]:
        hour = hour % 12 + (12 if parts["half"] in "pP" else 0)
    minutes = 0 if parts["hour"] is None else _minutes(parts["zone"]) if minutes_from_utc is None else minutes_from_utc
    if month is None or minutes is None:
        return None
    second = min(int(parts["second"] or 0), 59)
    try:
        zone = timezone(timedelta(minutes=minutes))
        return utc(datetime(year, month, int(parts["day"]), hour, int(parts["minute"] or 0), second, tzinfo=zone).isoformat())
    except (ValueError, OverflowError):
        return None


def _month(name: str) -> int | None:
    lower = name.lower()
    return MONTHS.get(lower[:4]) or MONTHS.get(lower[:3])


def _minutes(zone: str | None) -> int | None:
    """Minutes from UTC; None where that is not said."""
    if zone is None:
        return None
    figures = re.fullmatch(r"(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})", zone, re.IGNORECASE)
    if figures:
        return (-1 if figures[1] == "-" else 1) * (int(figures[2]) * 60 + int(figures[3]))
    hours = HOURS.get(zone.strip("()").lower())
    return None if hours is None else hours * 60


def seconds_as_text(parsed: object) -> str | None:
    """What a parser gives as nine numbers in UTC, as ISO 8601; None where it gives none."""
    if not isinstance(parsed, tuple) or len(parsed) < 6:
        return None
    try:
        return utc(datetime(*parsed[:6]).replace(tzinfo=UTC).isoformat())
    except (ValueError, TypeError, OverflowError):
        return None
