"""Reads what a campaign says about tables of its own: `[[import.table]]`, which column is what (docs/campaign-folder.md)."""

import re
from datetime import UTC, datetime

from tracker.faults import did_you_mean, quoted
from tracker.platforms.local_times import names_a_clock
from tracker.records import PLATFORMS, TABLE_FIELDS, TableMapping
from tracker.toml_table import Table

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_NAME = 40
A_MOMENT = datetime(2026, 11, 23, 21, 47, 5, tzinfo=UTC)


def read_mappings(top: Table) -> tuple[TableMapping, ...]:
    """Every table that the campaign describes, in the order of the file."""
    table = top.table("import")
    mappings: list[TableMapping] = []
    for one in table.tables("table"):
        mapping = _read_mapping(one)
        if mapping.name and mapping.name in {other.name for other in mappings}:
            one.fault("name", f"{quoted(mapping.name)} stands twice.", "Give each table a name of its own.")
        mappings.append(mapping)
    table.done()
    return tuple(mappings)


def _read_mapping(table: Table) -> TableMapping:
    platform = _platform(table)
    mapping = TableMapping(
        name=_name(table),
        platform=platform,
        columns=_columns(table, platform),
        timezone=table.zone("timezone"),
        time_format=_time_format(table),
        html=table.flag("html", False),
    )
    table.done()
    return mapping


def _name(table: Table) -> str:
    name = table.text("name", such_as='"newsroom-list"', required=True)
    if name and (not NAME.fullmatch(name) or len(name) > LONGEST_NAME):
        better = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:LONGEST_NAME].strip("-") or "my-table"
        wrong = f"{quoted(name)} may hold only small letters a to z, digits and single hyphens, {LONGEST_NAME} at most."
        table.fault("name", wrong, f'Write such as: name = "{better}"')
    return name


def _platform(table: Table) -> str:
    platform = table.text("platform", such_as='"x"', required=True)
    if platform and platform not in PLATFORMS:
        near = did_you_mean(platform, PLATFORMS)
        instead = f'Write platform = "{near or "other"}". Platforms: {", ".join(PLATFORMS)}.'
        table.fault("platform", f"{quoted(platform)} is no platform.", instead)
    return platform


def _columns(table: Table, platform: str) -> tuple[tuple[str, str], ...]:
    such_as = 'columns = { id = "Post ID", text = "Message", created_at = "Time" }'
    columns = table.table("columns")
    such_a_name = '"the name of the column"'
    named = [(field, columns.text(field, such_as=such_a_name, required=columns.has(field))) for field in TABLE_FIELDS]
    fields = {field for field in TABLE_FIELDS if columns.has(field)}
    if not table.has("columns"):
        table.fault("columns", "is missing.", f"Say which column is what: {such_as}")
    else:
        if "text" not in fields:
            table.fault("columns", "does not say which column holds the text.", f'Add text = "...", such as: {such_as}')
        if fields.isdisjoint(("id", "url")):
            wrong = "names neither a column with ids nor one with addresses, so that a post could not be told from another."
            table.fault("columns", wrong, f'Add id = "..." or url = "...", such as: {such_as}')
        if "created_at" not in fields and platform != "x":
            table.fault("columns", "does not say which column holds the time.", f'Add created_at = "...", such as: {such_as}')
    columns.done()
    return tuple((field, column) for field, column in named if column)


def _time_format(table: Table) -> str:
    """As Python's strptime has it. One that loses the day, or the half of the day, is refused."""
    pattern = table.text("time_format", such_as='"%d/%m/%Y %H:%M"')
    if pattern:
        try:
            again = datetime.strptime(A_MOMENT.strftime(pattern), pattern)
        except (ValueError, re.error):
            again = None
        hour = A_MOMENT.hour if names_a_clock(pattern) else 0
        if again is None or again.date() != A_MOMENT.date() or again.hour != hour:
            wrong = f"{quoted(pattern)} does not describe a day, or a day and its time."
            instead = 'For 31/12/2026 18:05 write "%d/%m/%Y %H:%M"; for 6:05 PM, "%I:%M %p" at its end.'
            table.fault("time_format", wrong, instead)
            return ""
    return pattern
