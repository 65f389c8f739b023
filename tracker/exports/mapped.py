"""Any table of which a campaign says what its columns are: a format for each `[[import.table]]` of campaign.toml."""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import BinaryIO

from tracker.exports import FORMATS, ExportFormat
from tracker.exports.columns import Columns
from tracker.exports.head import Head
from tracker.exports.tables import header_of, table_rows
from tracker.platforms.mapped import read_table_row
from tracker.platforms.named_cells import folded
from tracker.records import Row, TableMapping

LOST = "A table that somebody made holds what they put into it: what it leaves out, and why, only they can say."


def formats_with(tables: Collection[TableMapping]) -> tuple[ExportFormat, ...]:
    """The known formats, then those of the campaign's own tables: these are asked last, or by name (`table:NAME`)."""
    return (*FORMATS, *map(_format, tables))


def _format(mapping: TableMapping) -> ExportFormat:
    named = dict.fromkeys(column for _, column in mapping.columns)
    names = [folded(column) for column in named]
    columns = Columns(f'"{mapping.name}" of campaign.toml', tuple((name,) for name in names), frozenset(names))
    needed = f"the table {mapping.name!r} of campaign.toml: {', '.join(named)}"

    def recognise(head: Head) -> bool:
        return header_of(head.table, columns.fit) is not None

    def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
        return table_rows(stream, columns.fit, needed, partial(read_table_row, mapping=mapping))

    name = f'table "{mapping.name}" of campaign.toml'
    return ExportFormat(name, f"table:{mapping.name}", recognise, read, LOST, mapping, (columns,))
