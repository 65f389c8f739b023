"""Times as tables write them: with a zone, as a number, or local, in the order of some country. What cannot be told is not
guessed. Pure."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from tracker.platforms.feed_times import MONTHS
from tracker.platforms.text import utc

SECONDS = re.compile(r"[0-9]{9,11}(?:\.[0-9]{1,6})?|[0-9]{13}")
"""Seconds (1973 to 5138) or milliseconds since 1970."""
LOCAL = re.compile(
    r"(?P<a>[0-9]{1,4})(?P<mark>[-/.])(?P<b>[0-9]{1,2})(?P=mark)(?P<c>[0-9]{1,4})"
    r"(?:,?[ T\u00a0\u202f]+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]{1,9})?)?"
    r"(?:[ \u00a0\u202f]?(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
CLOCK = (
    r"(?:,?[ T\u00a0\u202f]+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?"
    r"(?:[ \u00a0\u202f]?(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
NAMED = tuple(
    re.compile(rf"(?:[^\W\d]{{2,12}}\.?,? )?{day}{CLOCK}")
    for day in (
        r"(?P<day>[0-9]{1,2})\.?[ -](?P<name>[^\W\d]{3,12})\.?,?[ -](?P<year>[0-9]{4}|[0-9]{2})",
        r"(?P<name>[^\W\d]{3,12})\.? (?P<day>[0-9]{1,2}),? (?P<year>[0-9]{4})",
    )
)
"""Days whose month is named: `31-Mar-2022 11:57PM`, `Mar 31, 2022`."""
CLOCK_IN_PATTERN = re.compile(r"(?<!%)(?:%%)*%[HIMSfpcX]")
"""What stands for a part of the clock in a pattern of strptime."""
OFFSET = re.compile(r"(?:UTC|GMT)? ?([+-])([0-9]{1,2}):?([0-9]{2})?")


def moment_in(cell: str) -> str:
    """A moment that says its own zone, as UTC: ISO 8601 with a zone, X's own form, or a number of seconds since 1970.
    Raises ValueError for any other."""
    bare = cell.strip()
    if SECONDS.fullmatch(bare):
        return utc(int(bare) if bare.isdigit() else float(bare))
    return utc(bare.removesuffix(" UTC") + "+00:00" if bare.endswith(" UTC") else bare)


def local_times(cell: str) -> list[datetime]:
    """Every time without a zone that the cell can mean: `3/4/2026, 9:13:33 PM` means two, as its first number is the month or
    the day. Empty where it is none. A day without a time is taken as its noon."""
    if match := LOCAL.fullmatch(cell.strip()):
        return _at(match, _dates(match["a"], match["b"], match["c"]))
    for spelling in NAMED:
        if (match := spelling.fullmatch(cell.strip())) and (month := MONTHS.get(match["name"].casefold()[:3])):
            year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
            return _at(match, [(year, month, int(match["day"]))])
    return []


def has_clock(cell: str) -> bool:
    """Whether a cell says more than a day."""
    return ":" in cell


def names_a_clock(time_format: str) -> bool:
    """Whether times that are written so, as strptime has it, are more than days."""
    return CLOCK_IN_PATTERN.search(time_format) is not None


def _at(match: re.Match[str], days: Iterable[tuple[int, int, int]]) -> list[datetime]:
    hour = int(match["hour"]) if match["hour"] else 12
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    minute, second = int(match["minute"] or 0), int(match["second"] or 0)
    found = []
    for year, month, day in days:
        try:
            found.append(datetime(year, month, day, hour, minute, second))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def zone_named(said: str) -> tzinfo | None:
    """A zone as exports state it: UTC, Europe/London, +01:00, GMT+2; None where it is none, or one that may be several (BST)."""
    bare = said.strip().strip("()")
    if bare.upper() in ("UTC", "GMT", "Z", "UT"):
        return UTC
    if found := OFFSET.fullmatch(bare):
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        return timezone(timedelta(minutes=minutes if found[1] == "+" else -minutes)) if minutes < 24 * 60 else None
    try:
        return ZoneInfo(bare) if "/" in bare and not bare.startswith("/") else None
    except (KeyError, ValueError, OSError):
        return None


def _dates(first: str, middle: str, last: str) -> Iterator[tuple[int, int, int]]:
    if len(first) == 4:
        yield int(first), int(middle), int(last)
    elif len(last) in (2, 4):
        year = int(last) + (2000 if len(last) == 2 else 0)
        yield year, int(first), int(middle)
        yield year, int(middle), int(first)


def at_zone(cell: str, zone: str, time_format: str) -> str:
    """A local time of `zone` as UTC. `time_format`: as strptime has it; '' for year-month-day. A day alone is its noon. In the
    hour that is there twice when clocks go back, the first one is taken. Raises ValueError where the cell is no such time, or
    can mean two."""
    bare = cell.strip()
    if time_format:
        moment = datetime.strptime(bare, time_format)
        if not names_a_clock(time_format):
            moment = moment.replace(hour=12)
    else:
        (moment,) = local_times(bare)  # another number of meanings is a ValueError too
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone) if zone else None)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return utc(moment.astimezone(UTC).isoformat())
