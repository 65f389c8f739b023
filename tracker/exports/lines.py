"""The lines of a file, one at a time, however long the file or a line of it is."""

import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

LINE_LIMIT = 64 * 1024 * 1024
"""A line longer than this (bytes) is passed over without being held."""
PASSED_AT_ONCE = 1024 * 1024
TOO_LONG = f"the line is longer than {LINE_LIMIT // 1024 // 1024} MiB"
NOT_UTF8 = "the line is not UTF-8 text"


def numbered_lines(stream: BinaryIO, begun: bytes = b"", *, limit: int = LINE_LIMIT) -> Iterator[tuple[int, bytes | None]]:
    """(number, the line with its end) of each line; None for one that is too long. `begun`: whole lines and perhaps the
    beginning of one more that were read from the stream already."""
    number = 0
    pending = io.BytesIO(begun).readlines()
    while data := _next(stream, pending, limit):
        number += 1
        if len(data) <= limit:
            yield number, data
            continue
        data = data[-1:]  # so that what is passed over is not held beside what comes next
        while data and not data.endswith(b"\n"):
            data = stream.readline(PASSED_AT_ONCE)
        yield number, None


def _next(stream: BinaryIO, pending: list[bytes], limit: int) -> bytes:
    if not pending:
        return stream.readline(limit + 1)
    line = pending.pop(0)
    return line if line.endswith(b"\n") or pending else line + stream.readline(limit + 1)


def is_utf8(line: bytes) -> bool:
    """Whether the bytes are text in UTF-8."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def in_utf8(lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes, bool]]:
    """(number, line in UTF-8, whether it was in Windows-1252) of each line of a table, as Excel saves a CSV where nobody asks it
    for UTF-8. A line that is not UTF-8 is taken for such a one unless a line before it holds letters in UTF-8."""
    holds_utf8 = False
    for number, line in lines:
        mended = line if line.isascii() or holds_utf8 else _from_windows(line)
        holds_utf8 = holds_utf8 or (mended is line and not line.isascii() and is_utf8(line))
        yield number, mended, mended is not line


def _from_windows(line: bytes) -> bytes:
    """The line in UTF-8 where it is none and can be Windows-1252, else itself."""
    try:
        return line if is_utf8(line) else line.decode("cp1252").encode("utf-8")
    except UnicodeDecodeError:
        return line
