"""How rows cross from the process that reads a file to the one that writes the store.

Posts cross by the million, and a record that is pickled takes as long to cross as to be read: its class is looked up and its
values are set one by one on both sides. So rows cross as bare tuples, by marshal, which only one and the same Python reads: both
processes run it. What goes wrong crosses pickled.
"""

import marshal
import pickle
import struct
from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter
from typing import Any, BinaryIO

from tracker.packing import Packed
from tracker.records import Author, Counts, Found, Lacking, Original, Post, Rejected, Row, Truncated, Withheld, Wording

BARE = 2
"""The version of marshal that writes each value by itself, without looking whether it came before."""
FRAME = struct.Struct("<cQ")
ROWS, PROBLEM = b"R", b"P"
END = b""
"""What stands behind the last rows."""
OTHERS: dict[str, type[Rejected] | type[Withheld] | type[Truncated] | type[Lacking]] = {
    kind.__name__: kind for kind in (Rejected, Withheld, Truncated, Lacking)
}


def _names(record: type[Any]) -> list[str]:
    return [each.name for each in fields(record)]


_AT = _names(Post).index("author")
_UP_TO_COUNTS = _names(Post).index("counts") - 1
"""Where the counts of a post stand among its values when its author is taken out."""
_SAID = attrgetter(*(name for name in _names(Post) if name not in ("author", "counts")))
_AUTHOR, _COUNTS, _ORIGINAL = (attrgetter(*_names(record)) for record in (Author, Counts, Original))
_OTHERS = {name: attrgetter(*_names(kind)) for name, kind in OTHERS.items()}


def rows_frame(rows: Iterable[Row]) -> bytes:
    """Rows as they cross."""
    return _framed(ROWS, marshal.dumps([_bare(row) for row in rows], BARE))


def problem_frame(problem: Exception) -> bytes:
    """What went wrong, as it crosses."""
    return _framed(PROBLEM, pickle.dumps(problem))


def next_rows(stream: BinaryIO) -> list[Row] | Exception | None:
    """The next rows, or what went wrong; None at the end, and where it breaks off."""
    head = stream.read(FRAME.size)
    if len(head) < FRAME.size:
        return None
    kind, size = FRAME.unpack(head)
    body = stream.read(size)
    if len(body) < size:
        return None
    if kind == PROBLEM:
        problem: Exception = pickle.loads(body)  # noqa: S301 - from our own process
        return problem
    return [_row(bare) for bare in marshal.loads(body)]  # noqa: S302 - from our own process


def _framed(kind: bytes, body: bytes) -> bytes:
    return FRAME.pack(kind, len(body)) + body


def _bare(row: Row) -> tuple[Any, ...]:
    if not isinstance(row, Found):
        name = type(row).__name__
        return name, *_OTHERS[name](row)
    post, wording = row.post, row.wording
    compared = wording and (wording.digest, wording.words, [_ORIGINAL(one) for one in wording.originals])
    author = post.author and _AUTHOR(post.author)
    return "", _SAID(post), author, _COUNTS(post.counts), row.raw, isinstance(row.raw, Packed), row.line, compared


def _row(bare: tuple[Any, ...]) -> Row:
    if bare[0]:
        return OTHERS[bare[0]](*bare[1:])
    _, said, author, counts, raw, is_packed, line, compared = bare
    values = (*said[:_AT], author and Author(*author), *said[_AT:_UP_TO_COUNTS], Counts(*counts), *said[_UP_TO_COUNTS:])
    wording = compared and Wording(compared[0], compared[1], tuple(Original(*one) for one in compared[2]))
    return Found(Post(*values), Packed(raw) if is_packed else raw, line, wording)
