"""Any table of which a campaign says what its columns are: a format for each `[[import.table]]` of campaign.toml."""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import BinaryIO

from tracker.exports import FORMATS, ExportFormat
from tracker.exports.head import Head
from tracker.exports.tables import header_of, table_rows
from tracker.platforms.mapped import read_table_row
from tracker.records import Row, TableMapping

LOST = "A table that somebody made holds what they put into it: what it leaves out, and why, only they can say."


def formats_with(tables: Collection[TableMapping]) -> tuple[ExportFormat, ...]:
    """The known formats, then those of the campaign's own tables: these are asked last, or by name (`table:NAME`)."""
    return (*FORMATS, *map(_format, tables))


def _format(mapping: TableMapping) -> ExportFormat:
    is_header = partial(_is_header, mapping)
    needed = f"the table {mapping.name!r} of campaign.toml: {', '.join(dict.fromkeys(column for _, column in mapping.columns))}"

    def recognise(head: Head) -> bool:
        return header_of(head.table, is_header) is not None

    def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
        return table_rows(stream, is_header, needed, partial(read_table_row, mapping=mapping))

    return ExportFormat(f'table "{mapping.name}" of campaign.toml', f"table:{mapping.name}", recognise, read, LOST, mapping)


def _is_header(mapping: TableMapping, names: Collection[str]) -> bool:
    return {column for _, column in mapping.columns} <= set(names)
