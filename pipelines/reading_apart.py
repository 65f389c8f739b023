"""The rows of an export, a page at a time; those of a large one are read by a process of their own.

Reading a file and writing a store are each about half of the work, and Python does one thing at a time in one process. So a
large file is read by a second one, which is a page or two ahead: python -m pipelines.reading_apart takes what to read from its
standard input and writes pages to its standard output, both pickled. It opens no store and no network; whatever it raises is
raised here. It ends when nobody takes its pages any more, so that none is left when the run is killed.
"""

import gc
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from db.raw import pack
from tracker.exports import by_slug
from tracker.exports.mapped import formats_with
from tracker.exports.opening import Opened
from tracker.messages import key_of
from tracker.problems import IncompleteRun, Problem, UsageProblem
from tracker.records import Found, Row, TableMapping

ROWS_A_PAGE = 2000
BYTES_A_PAGE = 16 * 1024 * 1024
"""A page ends before its rows do where so many bytes (of the items as they came) are reached."""
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
    return _pages_apart(asked.opened.name, handed_over) if handed_over else _pages_here(asked)


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


def _pages_here(asked: ToRead, kept: Callable[[Row], Row] = lambda row: row) -> Iterator[list[Row]]:
    chosen = by_slug(asked.slug, formats_with(asked.tables))
    with asked.opened.open() as stream:
        page: list[Row] = []
        size = 0
        try:
            for row in chosen.read(stream, asked.opened.sibling):
                page.append(kept(row))
                size += len(row.raw) if isinstance(row, Found) else 0
                if len(page) == ROWS_A_PAGE or size >= BYTES_A_PAGE:
                    yield page
                    page, size = [], 0
        except UsageProblem:
            yield page
            raise
        if page:
            yield page


def _pages_apart(name: str, handed_over: bytes) -> Iterator[list[Row]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.reading_apart"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
    )
    given, taken = cast("tuple[BinaryIO, BinaryIO]", (process.stdin, process.stdout))
    try:
        given.write(handed_over)
        given.close()
        while (page := _next_page(taken)) is not None:
            if isinstance(page, Exception):
                raise page
            yield page
        _refuse_broken_off(name, process)
    finally:
        process.kill()
        taken.close()
        process.wait()


def _next_page(stream: BinaryIO) -> list[Row] | Exception | None:
    """The next page, what went wrong, or None at the end."""
    try:
        page: list[Row] | Exception | None = pickle.load(stream)  # noqa: S301 - from our own process
    except (EOFError, pickle.UnpicklingError):
        return None
    return page


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


def _ahead(row: Row) -> Row:
    """A row with what would else be made of it by the process that writes."""
    return Found(row.post, pack(row.raw), row.line, key_of(row.post)) if isinstance(row, Found) else row


def main() -> None:
    """Read what standard input says, for the process that began this one."""
    asked: ToRead = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
    pages: queue.Queue[bytes] = queue.Queue(maxsize=1)
    sending = threading.Thread(target=_send, args=(pages, sys.stdout.buffer), daemon=True)
    sending.start()
    try:
        with few_collections():
            for page in _pages_here(asked, _ahead):
                pages.put(pickle.dumps(page, pickle.HIGHEST_PROTOCOL))
    except (Problem, OSError) as problem:
        pages.put(pickle.dumps(problem))
    pages.put(b"")
    sending.join()


def _send(pages: "queue.Queue[bytes]", out: BinaryIO) -> None:
    """Hand pages over while the next ones are read; the process ends where nobody takes them."""
    try:
        while page := pages.get():
            out.write(page)
            out.flush()
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()
