"""The JSON values of a file that may be JSON lines, one document over many lines, or one list on a single line."""

from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, BinaryIO

from tracker.exports.decoding import BadJson, compact, parse
from tracker.exports.documents import CHUNK, TOKEN, Value, chunks_of, list_items, values
from tracker.exports.lines import NOT_UTF8, TOO_LONG, numbered_lines
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.records import Found, Post, Rejected, Row, Truncated, Withheld

FIRST_LINE = 1 << 20
GOES_ON = (b"{", b"[", b",", b":")
"""How a line ends that a value does not end with: JSON lines never do."""


def json_values(stream: BinaryIO) -> Iterator[Value | Rejected | Truncated]:
    """Every value of the file with its line (JSON lines) or its number (one document). Blank lines are passed over, a bad line
    or item is refused and the next one is read. Raises UsageProblem for a document that is not UTF-8."""
    begun, is_lines = _begun(stream)
    yield from (_lines if is_lines else _document)(begun, stream)


def holds_lines(stream: BinaryIO) -> bool:
    """Whether a file that is read from its beginning is JSON lines: each then says all that there is to know of its posts."""
    return _begun(stream)[1]


def _begun(stream: BinaryIO) -> tuple[bytes, bool]:
    """(what was read of the file, whether it is JSON lines)."""
    begun, first = _next_line(stream)
    if len(first) >= FIRST_LINE:
        return begun, not first.startswith(b"[")
    more, second = _next_line(stream)
    goes_on = first.endswith(GOES_ON) and not (second.startswith(b'{"') and _wants_a_name(first))
    one_list = first.startswith(b"[") and (not second or not first.endswith(b"]"))
    return begun + more, not (goes_on or one_list)


def _wants_a_name(line: bytes) -> bool:
    """Whether a line breaks off in an object where a name must follow, so that another object behind it is another line."""
    begun: list[str] = []
    for mark in TOKEN.findall(line.decode("utf-8", "replace")):
        if mark in ("{", "["):
            begun.append(mark)
        elif mark in ("}", "]") and begun:
            begun.pop()
    return len(line) > 2 and begun[-1:] == ["{"] and not line.endswith(b":")


def _next_line(stream: BinaryIO) -> tuple[bytes, bytes]:
    """(all that was read, the first line of it that is not blank, stripped); a line is cut after FIRST_LINE bytes."""
    read = b""
    while line := stream.readline(FIRST_LINE):
        read += line
        if line.strip():
            return read, line.strip()
        if len(read) > FIRST_LINE:
            read = read[-1:]
    return read, b""


def _document(begun: bytes, stream: BinaryIO) -> Iterator[Value | Rejected | Truncated]:
    chunks = chunks_of(chain([begun], iter(lambda: stream.read(CHUNK), b"")))
    return list_items(chunks) if begun.lstrip().startswith(b"[") else values(chunks)


def _lines(begun: bytes, stream: BinaryIO) -> Iterator[Value | Rejected | Truncated]:
    for number, line in numbered_lines(stream, begun):
        if line is None:
            yield Rejected(TOO_LONG, number)
            continue
        content = line.strip().removeprefix(BOM_UTF8)
        if not content:
            continue
        try:
            yield Value(parse(content), number)
        except (UnicodeDecodeError, BadJson) as error:
            if not line.endswith(b"\n"):
                yield Truncated(f"the file ends in the middle of line {number}", number)
            else:
                yield Rejected(NOT_UTF8 if isinstance(error, UnicodeDecodeError) else str(error), number, content)


def row_of(item: object, line: int, read: Callable[[Mapping[str, Any]], Post], keep: Callable[[], object] | None = None) -> Row:
    """The row that `read` makes of an item. `keep` gives what is kept of it as it came, where that is more than the item."""
    try:
        if not isinstance(item, dict):
            raise NotAPost("it is not a JSON object")
        return Found(read(item), compact(keep() if keep else item), line)
    except PrivatePost as reason:
        return Withheld(str(reason), line)
    except (NotAPost, BadJson) as reason:
        return Rejected(str(reason), line, _fingerprint(item))


def _fingerprint(item: object) -> bytes:
    try:
        return compact(item)
    except BadJson as reason:
        return str(reason).encode()
