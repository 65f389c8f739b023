"""The rows of an export, a page at a time; those of a large one are read by a process of their own.

Reading a file and writing a store are each about half of the work, and Python does one thing at a time in one process. So a
large file is read by a second one, which is a page or two ahead: python -m pipelines.reading_apart takes what to read from its
standard input and writes pages to its standard output (pipelines/handing_over.py). It opens no store and no network; whatever
it raises is raised here. It ends when nobody takes its pages any more, so that none is left when the run is killed.
"""

import gc
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from pipelines.handing_over import END, next_rows, problem_frame, rows_frame
from tracker.exports import by_slug
from tracker.exports.mapped import formats_with
from tracker.exports.opening import Opened
from tracker.messages import read_wording
from tracker.packing import pack
from tracker.problems import IncompleteRun, Problem, UsageProblem
from tracker.records import Found, Row, TableMapping

ROWS_A_PAGE = 4000
BYTES_A_PAGE = 16 * 1024 * 1024
"""A page ends before its rows do where so many bytes (of the items as they came) are reached."""
ROWS_AT_ONCE = 500
BYTES_AT_ONCE = 2 * 1024 * 1024
AHEAD = 8
"""So many rows or bytes cross at once from the process that reads; as many such parts as a page has wait while one is written."""
PIPE_BYTES = 1024 * 1024
LARGE = 8 * 1024 * 1024
"""From this size on (bytes, as it lies on the disk) the start of a process is nothing beside the reading."""


@dataclass(frozen=True, slots=True)
class ToRead:
    """An export to read: how it opens, the short name of its format, the campaign's own tables, its size in bytes."""

    opened: Opened
    slug: str
    tables: tuple[TableMapping, ...]
    size: int


def pages_of(asked: ToRead) -> Iterator[list[Row]]:
    """The rows of an export, a page at a time. Where it cannot be read on, the rows before that are a page too."""
    handed_over = _pickled(asked) if asked.size >= LARGE and len(os.sched_getaffinity(0)) > 1 else None
    rows = _rows_apart(asked.opened.name, handed_over) if handed_over else _rows_here(asked)
    with closing(rows):
        yield from in_pages(rows, ROWS_A_PAGE, BYTES_A_PAGE)


def in_pages(rows: Iterator[Row], most: int, most_bytes: int) -> Iterator[list[Row]]:
    """Rows, so many at once, fewer where their items reach so many bytes. Where they cannot be read on, those before
    that are a page too."""
    page: list[Row] = []
    size = 0
    try:
        for row in rows:
            page.append(row)
            size += len(row.raw) if isinstance(row, Found) else 0
            if len(page) == most or size >= most_bytes:
                yield page
                page, size = [], 0
    except UsageProblem:
        yield page
        raise
    if page:
        yield page


def _pickled(asked: ToRead) -> bytes | None:
    """What is handed over; None where the way in which it opens cannot be (a sheet of a spreadsheet)."""
    try:
        return pickle.dumps(asked)
    except (pickle.PicklingError, AttributeError, TypeError):
        return None


@contextmanager
def few_collections() -> Iterator[None]:
    """Have Python look for garbage less often while pages of rows come and go: no row refers to itself, and looking through
    thousands of them again and again takes a tenth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _rows_here(asked: ToRead) -> Generator[Row]:
    chosen = by_slug(asked.slug, formats_with(asked.tables))
    with asked.opened.open() as stream:
        yield from chosen.read(stream, asked.opened.sibling)


def _rows_apart(name: str, handed_over: bytes) -> Generator[Row]:
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.reading_apart"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
        pipesize=PIPE_BYTES,
    )
    given, taken = cast("tuple[BinaryIO, BinaryIO]", (process.stdin, process.stdout))
    try:
        given.write(handed_over)
        given.close()
        while (rows := next_rows(taken)) is not None:
            if isinstance(rows, Exception):
                raise rows
            yield from rows
        _refuse_broken_off(name, process)
    finally:
        process.kill()
        taken.close()
        process.wait()


def _refuse_broken_off(name: str, process: subprocess.Popen[bytes]) -> None:
    code = process.wait()
    if code < 0:
        raise IncompleteRun(
            f"{name}: the process that reads it was ended.",
            why=f"The system sent it the signal {-code}; where memory is short, that is how it is won back.",
            safe="All pages that were read before are kept.",
            next_step="Import the file again when the machine has room; what is there will not be doubled.",
        )
    if code:
        raise RuntimeError(f"{name}: the process that reads it failed, see above")


def _compared(row: Row) -> Row:
    """A row with what of its post is compared with others, which would else be read by the process that writes."""
    return Found(row.post, row.raw, row.line, read_wording(row.post)) if isinstance(row, Found) else row


def _packed(row: Row) -> Row:
    """A row whose item is compressed, which would else be done by the process that writes."""
    return Found(row.post, pack(row.raw), row.line, row.wording) if isinstance(row, Found) else row


def main() -> None:
    """Read what standard input says, for the process that began this one. Items are compressed by whichever of the two is ahead:
    here, where half of what may wait to be taken does."""
    asked: ToRead = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
    waiting: queue.Queue[bytes] = queue.Queue(maxsize=AHEAD)
    sending = threading.Thread(target=_send, args=(waiting, sys.stdout.buffer), daemon=True)
    sending.start()
    try:
        with few_collections():
            for rows in in_pages(map(_compared, _rows_here(asked)), ROWS_AT_ONCE, BYTES_AT_ONCE):
                waiting.put(rows_frame(map(_packed, rows) if waiting.qsize() > AHEAD // 2 else rows))
    except (Problem, OSError) as problem:
        waiting.put(problem_frame(problem))
    waiting.put(END)
    sending.join()


def _send(waiting: "queue.Queue[bytes]", out: BinaryIO) -> None:
    """Hand rows over while the next ones are read; the process ends where nobody takes them."""
    try:
        while (rows := waiting.get()) is not END:
            out.write(rows)
            out.flush()
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()
