"""What the tables of monitoring suites share: lines above the columns, which say what the export is, and what it lacks."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta, timezone, tzinfo
from typing import BinaryIO

from tracker.exports.columns import Columns
from tracker.exports.decoding import BadJson, parse
from tracker.exports.tables import table_rows
from tracker.platforms.feed_times import HOURS
from tracker.platforms.local_times import zone_named
from tracker.platforms.mentions import ONLY_ADDRESS
from tracker.records import Found, Lacking, Post, Row, Withheld

ZONE = re.compile(
    r"\b(UTC|GMT)(?:[ ]?([+-][0-9]{1,2}(?::?[0-9]{2})?))?\b"
    r"|\b((?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Za-z_/]+)"
)
ISO_ZONE = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})\b")
CLOCK_AND_NAME = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})? ([A-Z]{2,5})\b")
"""A time with the name of its zone: `Sun Mar 29 00:00:00 BST 2026`."""
OF_TIMES = re.compile(r"[0-9]:[0-9]{2}|\b(?:times?|time ?zone|zone|dates?|from|to|since|until|exported|created)\b", re.IGNORECASE)
SEARCHED = re.compile(
    r"(?:query|queries|search\w*|keywords?|label|brand|project|topic|name|title|filters?|tags?)\b(?!.*\btime ?zone\b)",
    re.IGNORECASE,
)
"""A line on what was searched for names no zone, whatever words are in it: a UTC is a school, too."""
OF_A_YEAR = {
    frozenset(("GMT", "BST")): "Europe/London",
    frozenset(("WET", "WEST")): "Europe/Lisbon",
    frozenset(("CET", "CEST")): "Europe/Paris",
    frozenset(("EET", "EEST")): "Europe/Athens",
    frozenset(("EST", "EDT")): "America/New_York",
    frozenset(("CST", "CDT")): "America/Chicago",
    frozenset(("MST", "MDT")): "America/Denver",
    frozenset(("PST", "PDT")): "America/Los_Angeles",
}
"""What two names mean together, where an export begins in winter and ends in summer, or the other way round."""
SAMPLED = re.compile(r"\bsampl(?:e|ed|ing)\b", re.IGNORECASE)
NOT_SAMPLED = re.compile(r"\b(?:no|none|off|false|100 ?%|unsampled|not sampled)\b", re.IGNORECASE)

ReadRow = Callable[[Mapping[str, str], tzinfo | None], Post]


def suite_rows(stream: BinaryIO, columns: Columns, read: ReadRow, caps: Sequence[int] = ()) -> Iterator[Row]:
    """The rows of the table below whatever stands above it, then what the file lacks. caps: so many rows are the most that the
    suite exports, so that a file with exactly so many may be cut."""
    above: list[str] = []
    posts = without_words = line = 0
    zones: list[tzinfo | None] = []

    def read_row(row: Mapping[str, str]) -> Post:
        if not zones:
            zones.append(zone_stated(above))
        return read(row, zones[0])

    for row in table_rows(stream, columns.fit, columns.in_words, read_row, above):
        line = row.line
        posts += isinstance(row, Found)
        without_words += isinstance(row, Withheld) and row.reason == ONLY_ADDRESS
        yield row
    for said in filter(SAMPLED.search, map(_as_said, above)):
        if not NOT_SAMPLED.search(said):
            yield Lacking(f'It says of itself that it is a sample ("{said:.80}").', line)
    if unclear := _not_understood(above):
        yield Lacking(f"Its times are in {' and '.join(unclear)}, which may be several zones, so that they are not read.", line)
    if without_words:
        counted = "one post" if without_words == 1 else f"{without_words:,} posts"
        yield Lacking(f"Of {counted} of X it has only the address; who may ask X can fetch the words by id.", line)
    if posts + without_words in caps:
        yield Lacking(
            f"It has exactly {posts + without_words:,} rows, the most that one export gives, so there may be more.", line
        )


def _as_said(line: str) -> str:
    """A line above the columns, whatever its cells are parted by."""
    try:
        cells = parse(line) if line.startswith("[") else None
    except BadJson:
        cells = None
    parts = map(str, cells) if isinstance(cells, list) else re.split(r"[,;\t]", line)
    return " ".join(part.strip('" ') for part in parts if part.strip('" '))


def zone_stated(above: Sequence[str]) -> tzinfo | None:
    """The zone of the times in the table, where the lines above it state one, and only one."""
    names = _names_of_zones(above)
    if whole_year := OF_A_YEAR.get(frozenset(names)):
        return zone_named(whole_year)
    found: set[str] = set()
    for line in above:
        said = _as_said(line)
        if SEARCHED.match(said) or not OF_TIMES.search(said):
            continue
        found |= {match[3] or (match[2] and f"UTC{match[2]}") or "UTC" for match in ZONE.finditer(line)}
        found |= {"UTC" if match[1] == "Z" else match[1] for match in ISO_ZONE.finditer(line)}
    zones = {zone for said in found if (zone := zone_named(said))}
    zones |= {timezone(timedelta(hours=HOURS[name.lower()])) for name in names if name.lower() in HOURS}
    return zones.pop() if len(zones) == 1 and not _not_understood(above) else None


def _names_of_zones(above: Sequence[str]) -> set[str]:
    return {match[1] for line in above for match in CLOCK_AND_NAME.finditer(line)} - {"AM", "PM"}


def _not_understood(above: Sequence[str]) -> list[str]:
    """The names of zones above the table that may mean several."""
    names = _names_of_zones(above)
    return [] if frozenset(names) in OF_A_YEAR else sorted(name for name in names if name.lower() not in HOURS)
