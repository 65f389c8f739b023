"""Where posts wait for the next step of `bulk`: rows of Arrow in batches, so that a step reads those it wants and no others.

By number: a post's number of 64 bits (`h`) says in which batch it lies, so each range of numbers is some batches of every file.
By day: a batch a day. Parquet would have to decode far more than is asked for, or would spend its time on what tells of so many
pieces; files to be kept are Parquet all the same. Needs the extra `bulk` (pyarrow).
"""

import json
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

BITS = 1 << 64
SHELVES, ROWS_A_SHELF = 256, 100
"""So many batches at most that numbers are sorted into, and so many rows that are worth one."""
SORTED_AT_ONCE = 100_000
"""So many rows are put in order before they are written; after them the batches begin again with the smallest numbers."""
PACKED = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
ALONE = pa.ipc.IpcReadOptions(use_threads=False)
NUMBERS_ONLY = pa.ipc.IpcReadOptions(use_threads=False, included_fields=[0])
Numbers = np.ndarray[Any, np.dtype[np.uint64]]


def write_by_number(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write rows whose first column is `h`."""
    gathered = _gathered(tables)
    first = next(gathered, None)
    shelves = 1 if first is None else _power_of_two(min(first.num_rows // ROWS_A_SHELF, SHELVES))
    told = schema.with_metadata({"shelves": str(shelves)})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, told, options=PACKED) as writer:
        for table in chain([] if first is None else [first], gathered):
            rows = table.sort_by("h").combine_chunks()
            edges = [BITS * n // shelves for n in range(1, shelves)]
            ends = [*np.searchsorted(as_numbers(rows["h"]), np.array(edges, dtype=np.uint64)).tolist(), rows.num_rows]
            for begin, end in zip([0, *ends], ends, strict=False):
                writer.write_batch(_batch(rows.slice(begin, end - begin), told))


def read_by_number(path: Path, begin: int, end: int) -> pa.Table:
    """The rows whose numbers lie from `begin` up to `end`."""
    with pa.memory_map(str(path)) as file:
        reader = pa.ipc.open_file(file, options=ALONE)
        shelves = int(reader.schema.metadata[b"shelves"])
        first, last = begin * shelves // BITS, (end - 1) * shelves // BITS
        wanted = [n for n in range(reader.num_record_batches) if first <= n % shelves <= last]
        table = _table([reader.get_batch(n) for n in wanted], reader.schema)
    if first * BITS // shelves == begin and (last + 1) * BITS // shelves == end:
        return table
    numbers = as_numbers(table["h"])
    inside = numbers >= np.uint64(begin)
    if end < BITS:
        inside &= numbers < np.uint64(end)
    return table.filter(pa.array(inside))


def read_all(path: Path) -> pa.Table:
    """Every row."""
    with pa.memory_map(str(path)) as file:
        reader = pa.ipc.open_file(file, options=ALONE)
        return _table([reader.get_batch(n) for n in range(reader.num_record_batches)], reader.schema)


def numbers_in(path: Path) -> Numbers:
    """The numbers of all rows, without the rest."""
    with pa.memory_map(str(path)) as file:
        reader = pa.ipc.open_file(file, options=NUMBERS_ONLY)
        found = [as_numbers(reader.get_batch(n)[0]) for n in range(reader.num_record_batches)]
    return np.concatenate([np.array([], dtype=np.uint64), *found])


def is_among(numbers: Numbers, others: Numbers) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Of each number whether it is one of others, which are in order. What it costs hangs on how many are asked, hardly on how
    many others there are: a part or a day is looked up among the posts of a whole archive."""
    if not len(others):
        return np.zeros(len(numbers), dtype=np.bool_)
    found = others[np.minimum(np.searchsorted(others, numbers), len(others) - 1)] == numbers
    return np.asarray(found, dtype=np.bool_)


def write_by_day(path: Path, table: pa.Table) -> None:
    """Write rows that have a `day`, sorted by it."""
    rows = table.combine_chunks()
    days = rows["day"].to_pylist()
    begins = [n for n, day in enumerate(days) if n == 0 or day != days[n - 1]]
    told = rows.schema.with_metadata({"days": json.dumps([days[n] for n in begins])})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, told, options=PACKED) as writer:
        for begin, end in pairwise([*begins, len(days)]):
            writer.write_batch(_batch(rows.slice(begin, end - begin), told))


def read_days(path: Path, first: str, last: str) -> pa.Table:
    """The rows of the days from `first` to `last`."""
    with pa.memory_map(str(path)) as file:
        reader = pa.ipc.open_file(file, options=ALONE)
        days = json.loads(reader.schema.metadata[b"days"])
        return _table([reader.get_batch(n) for n, day in enumerate(days) if first <= day <= last], reader.schema)


def as_numbers(column: pa.ChunkedArray | pa.Array) -> Numbers:
    """A column of numbers of 64 bits, none of them missing, for numpy. (Arrow's own `to_numpy` first reads all of pandas, where
    that is installed, which takes longer than most parts do.)"""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    found = [np.frombuffer(one.buffers()[1], dtype=np.uint64)[one.offset : one.offset + len(one)] for one in chunks if len(one)]
    return np.concatenate([np.array([], dtype=np.uint64), *found])


def _table(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_batches(batches, schema).replace_schema_metadata()


def _batch(rows: pa.Table, schema: pa.Schema) -> pa.RecordBatch:
    table = rows.replace_schema_metadata(schema.metadata)
    return table.to_batches()[0] if rows.num_rows else pa.RecordBatch.from_pylist([], schema)


def _power_of_two(at_most: int) -> int:
    return 1 << max(0, at_most.bit_length() - 1)


def _gathered(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Tables put together until they have SORTED_AT_ONCE rows."""
    held: list[pa.Table] = []
    rows = 0
    for table in tables:
        held.append(table)
        rows += table.num_rows
        if rows >= SORTED_AT_ONCE:
            yield pa.concat_tables(held)
            held, rows = [], 0
    if rows:
        yield pa.concat_tables(held)
