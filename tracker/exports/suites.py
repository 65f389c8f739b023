"""What the tables of monitoring suites share: lines above the columns, which say what the export is, and what it lacks."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import BinaryIO

from tracker.exports.columns import Columns
from tracker.exports.decoding import BadJson, parse
from tracker.exports.tables import table_rows
from tracker.platforms.local_times import zone_named
from tracker.platforms.mentions import ONLY_ADDRESS
from tracker.records import Found, Lacking, Post, Row, Withheld

ZONE = re.compile(
    r"\b(UTC|GMT)(?:[ ]?([+-][0-9]{1,2}(?::?[0-9]{2})?))?\b"
    r"|\b((?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Za-z_/]+)"
)
ISO_ZONE = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})\b")
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
    found: set[str] = set()
    for line in above:
        found |= {match[3] or (match[2] and f"UTC{match[2]}") or "UTC" for match in ZONE.finditer(line)}
        found |= {"UTC" if match[1] == "Z" else match[1] for match in ISO_ZONE.finditer(line)}
    zones = {zone for said in found if (zone := zone_named(said))}
    return zones.pop() if len(zones) == 1 else None
