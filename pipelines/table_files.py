"""Tables written to files as they come, so that none has to fit into memory: CSV, JSON Lines, Parquet, or one Excel workbook.

What leaves is what stands in the store: an id is text in each of them, whatever it looks like, and unknown is empty, never zero.
"""

import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

import orjson
import xlsxwriter

from db.exporting import Cells, Column, TakenTable
from tracker.problems import UsageProblem
from tracker.spreadsheets import harmless
from tracker.telling import count

ROW_GROUP = 20_000
LONGEST_CELL = 32_767
MOST_ROWS = 1_048_575
"""Of a sheet of Excel, below its heading (Microsoft, Excel specifications and limits)."""
PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "constant_memory": True}


class TableWriter(Protocol):
    """Takes the rows of one table, in pieces."""

    def write(self, rows: Sequence[Cells]) -> None:
        """Write some more rows."""


class Writer(Protocol):
    """Writes tables into a folder, one after the other."""

    def table(self, table: TakenTable) -> Any:
        """A context in which the rows of a table are written; gives a TableWriter."""

    def close(self) -> list[str]:
        """End the files; gives what a reader should know of them."""


def writer_for(form: str, folder: Path) -> Writer:
    """The writer of a format. Raises UsageProblem where Parquet is asked for and its library is not installed."""
    if form == "parquet" and importlib.util.find_spec("pyarrow") is None:
        raise UsageProblem(
            "Parquet files cannot be written: pyarrow is not installed.",
            why="It is large (some 130 MB), so not every installation has it.",
            safe="Nothing was written.",
            next_step="Run `.venv/bin/python -m pip install 'pyarrow>=21'`, or take --format csv.",
        )
    made: dict[str, Callable[[Path], Writer]] = {"csv": CsvFiles, "jsonl": JsonLines, "xlsx": Workbook, "parquet": ParquetFiles}
    return made[form](folder)


# ---- CSV and JSON Lines ----------------------------------------------------------------------------------------------


class CsvFiles:
    """A file a table (UTF-8, RFC 4180). Text stands in quotation marks, so that an empty text is told from an unknown one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def table(self, table: TakenTable) -> Iterator[TableWriter]:
        """NAME.csv."""
        with _whole(self._folder / f"{table.name}.csv") as stream:
            stream.write((",".join(column.name for column in table.columns) + "\n").encode())
            yield _Lines(stream, lambda row: (",".join(map(csv_cell, row)) + "\n").encode())

    def close(self) -> list[str]:
        """Say how to read them."""
        return [
            "CSV: a text that a spreadsheet would take for a formula has one apostrophe before it (also one that begins with "
            "apostrophes before such a sign): take one apostrophe off to get the text. Do not open a CSV by a double click: "
            "Excel damages long ids, and where its list separator is a semicolon (as in most of Europe) it takes semicolons "
            "and lines inside a text for new cells, which nothing guards. Take --format xlsx, or bring the CSV in with Data > "
            "From Text, the comma as separator and all columns as text."
        ]


def csv_cell(value: object) -> str:
    """A value as CSV has it: text in quotation marks, true and false, a number, or nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return '"' + harmless(value).replace('"', '""') + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


class JsonLines:
    """A file a table, an object a line."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def table(self, table: TakenTable) -> Iterator[TableWriter]:
        """NAME.jsonl."""
        names = [column.name for column in table.columns]
        with _whole(self._folder / f"{table.name}.jsonl") as stream:
            yield _Lines(stream, lambda row: orjson.dumps(dict(zip(names, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> list[str]:
        """Nothing more to say."""
        return []


class _Lines:
    def __init__(self, stream: Any, line: Callable[[Cells], bytes]) -> None:
        self._stream = stream
        self._line = line

    def write(self, rows: Sequence[Cells]) -> None:
        self._stream.write(b"".join(map(self._line, rows)))


@contextmanager
def _whole(path: Path) -> Iterator[Any]:
    """A new file, on the disk when the context ends."""
    with path.open("xb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


# ---- Excel -----------------------------------------------------------------------------------------------------------


class Workbook:
    """One workbook, debate.xlsx, with a sheet a table; a long table goes on in a second sheet (`posts 2`). Text, ids and times
    are cells of text."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "debate.xlsx"
        self._book = xlsxwriter.Workbook(str(self._path), {**PLAIN, "tmpdir": str(folder)})
        self._cut = 0

    @contextmanager
    def table(self, table: TakenTable) -> Iterator[TableWriter]:
        """A sheet, or several."""
        sheet = _Sheet(self._book, table)
        yield sheet
        self._cut += sheet.cut

    def close(self) -> list[str]:
        """End the workbook."""
        self._book.close()
        with self._path.open("rb") as stream:
            os.fsync(stream.fileno())
        longer = count(self._cut, "text was longer and is", "texts were longer and are")
        cut = f" {longer} cut; the other formats have all of it." if self._cut else ""
        return [f"Excel holds {LONGEST_CELL:,} characters in a cell.{cut} Times are text, in UTC."]


class _Sheet:
    def __init__(self, book: Any, table: TakenTable) -> None:
        self.cut = 0
        self._book, self._table, self._number, self._row = book, table, 1, 0
        self._begin(table.name)

    def _begin(self, name: str) -> None:
        self._sheet = self._book.add_worksheet(name[:31])
        for place, column in enumerate(self._table.columns):
            self._sheet.write_string(0, place, column.name)
        self._row = 0

    def write(self, rows: Sequence[Cells]) -> None:
        for row in rows:
            if self._row == MOST_ROWS:
                self._number += 1
                self._begin(f"{self._table.name[:24]} {self._number}")
            self._row += 1
            for place, value in enumerate(row):
                self._cell(place, value)

    def _cell(self, place: int, value: object) -> None:
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, place, value)
        elif isinstance(value, (int, float)):
            self._sheet.write_number(self._row, place, value)
        elif value is not None:
            text = str(value)
            self.cut += len(text) > LONGEST_CELL
            self._sheet.write_string(self._row, place, text[:LONGEST_CELL])


# ---- Parquet ---------------------------------------------------------------------------------------------------------


class ParquetFiles:
    """A file a table: text as strings, moments as UTC timestamps, days as dates, whole numbers as int64; each may be null."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def table(self, table: TakenTable) -> Iterator[TableWriter]:
        """NAME.parquet."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        types = {
            "text": pa.string(),
            "whole": pa.int64(),
            "number": pa.float64(),
            "flag": pa.bool_(),
            "moment": pa.timestamp("us", tz="UTC"),
            "day": pa.date32(),
        }
        schema = pa.schema([pa.field(c.name, types[c.type], metadata={"meaning": c.meaning}) for c in table.columns])
        path = self._folder / f"{table.name}.parquet"
        with pq.ParquetWriter(path, schema, compression="zstd") as file:
            rows = _RowGroups(table.columns, lambda columns: file.write_table(pa.table(columns, schema=schema)))
            yield rows
            rows.flush()
        with path.open("rb") as stream:
            os.fsync(stream.fileno())

    def close(self) -> list[str]:
        """Nothing more to say."""
        return []


class _RowGroups:
    def __init__(self, columns: Sequence[Column], keep: Callable[[list[list[Any]]], None]) -> None:
        self._reads = [READS.get(column.type) for column in columns]
        self._keep = keep
        self._waiting: list[Cells] = []

    def write(self, rows: Sequence[Cells]) -> None:
        self._waiting += rows
        if len(self._waiting) >= ROW_GROUP:
            self.flush()

    def flush(self) -> None:
        """Write what waits as a row group."""
        if self._waiting:
            columns = [list(values) for values in zip(*self._waiting, strict=True)]
            self._keep([_read(values, read) for values, read in zip(columns, self._reads, strict=True)])
            self._waiting = []


def _read(values: list[Any], read: Callable[[Any], Any] | None) -> list[Any]:
    return values if read is None else [None if value in (None, "") else read(value) for value in values]


def _moment(value: str) -> datetime:
    said = datetime.fromisoformat(value)
    return said if said.tzinfo else said.replace(tzinfo=UTC)


READS: dict[str, Callable[[Any], Any]] = {"moment": _moment, "day": date.fromisoformat, "number": float}
