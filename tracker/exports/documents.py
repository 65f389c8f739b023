"""The items of one JSON document, one at a time, however large it is: a list, a list in an object, or values in a row.

An item that cannot be read is refused and the next one goes on, so a list with one bad post loses one post. (A streaming
parser would stop there; and the one at hand, ijson 3.6 with yajl, ends the whole process on a number of 5,000 digits.)
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tracker.exports.decoding import BadJson, parse_at
from tracker.problems import UsageProblem
from tracker.records import Rejected, Truncated

ITEM_LIMIT = 64 * 1024 * 1024
"""An item longer than this (code points) is none."""
OPENING_WITHIN = 4 * 1024 * 1024
CHUNK = 1 << 18
BETWEEN = re.compile(r"[\s,]*")
Mend = Callable[[str, int], tuple[str, int] | None]
"""From a text and the place where a faulty value begins: the value as it was meant, and where it ends; None where more text is
needed to tell."""
TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|["{}\[\],]', re.DOTALL)
LIST = re.compile(r"\s*\[")


@dataclass(frozen=True, slots=True)
class Value:
    """One JSON value of a file and its place: the line, or the number of the item in its document."""

    data: object
    line: int


def chunks_of(read: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces of a file that are not empty."""
    return (piece for piece in read if piece)


def list_items(chunks: Iterator[bytes], opening: re.Pattern[str] = LIST) -> Iterator[Value | Rejected | Truncated]:
    """The items of the list that `opening` ends with; it is looked for at the beginning of the file.

    Raises UsageProblem where there is no such list, or where the file is not UTF-8 (once what is before it is read)."""
    document = _Document(chunks)
    if not document.open(opening):
        yield Truncated("the file ends before its list of posts begins", 0)
        return
    yield from _items(document, closing="]")
    while opening is LIST and document.next_item():
        if not document.open_at(LIST):
            yield Rejected("there is more behind the list of posts, which is no list", document.number + 1)
            return
        yield from _items(document, closing="]")


def values(
    chunks: Iterator[bytes], between: re.Pattern[str] = BETWEEN, mend: "Mend | None" = None
) -> Iterator[Value | Rejected | Truncated]:
    """The JSON values of a file that stand one after the other, over as many lines as they like. `between`: what may stand
    between them. `mend`: tried on a value that is not sound. Raises as `list_items`."""
    yield from _items(_Document(chunks, between, mend), closing="")


def _items(document: "_Document", closing: str) -> Iterator[Value | Rejected | Truncated]:
    while document.next_item():
        if closing and document.text.startswith(closing, document.at):
            document.at += len(closing)
            return
        document.number += 1
        number = document.number
        try:
            yield Value(document.take(), number)
        except _Refused as refused:
            yield Rejected(refused.reason, number, refused.content.encode("utf-8", "replace"))
        except _Cut:
            yield Truncated(f"the file ends in the middle of item {number}", number)
            return
    if closing:
        yield Truncated(f"the file ends after item {document.number}, before its list is closed", document.number)


class _Refused(Exception):
    def __init__(self, reason: str, content: str) -> None:
        self.reason, self.content = reason, content


class _Cut(Exception):
    pass


class _Document:
    """The text at hand, and how to get more of it. `at` is where reading goes on in `text`; `number` counts the items."""

    def __init__(self, chunks: Iterator[bytes], between: re.Pattern[str] = BETWEEN, mend: Mend | None = None) -> None:
        self._between, self._mend = between, mend
        self.text = ""
        self.at = 0
        self.number = 0
        self._chunks = chunks
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._fed = 0
        self._ended = False
        self._fault: UsageProblem | None = None

    def open(self, opening: re.Pattern[str]) -> bool:
        """Go to the end of `opening`; False where the file ends before."""
        while not (match := opening.search(self.text)):
            if len(self.text) > OPENING_WITHIN:
                raise UsageProblem(
                    "The file has no list of posts at its beginning.",
                    next_step="Look whether it is whole, and whether it is the file that was meant.",
                )
            if not self._more():
                return False
        self.at = match.end()
        return True

    def open_at(self, opening: re.Pattern[str]) -> bool:
        """Go to the end of `opening` if it stands here."""
        match = opening.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return match is not None

    def next_item(self) -> bool:
        """Go to the beginning of the next item or bracket; False at the end of the file."""
        while True:
            between = self._between.match(self.text, self.at)
            self.at = between.end() if between else self.at
            if self.at < len(self.text):
                return True
            if not self._more():
                return False

    def take(self) -> object:
        """The value that begins here. Raises _Refused where it is whole but faulty, _Cut where the file ends in it."""
        while True:
            try:
                value, end = parse_at(self.text, self.at)
                if end < len(self.text) or self.text[end - 1] in '}]"' or not self._more():
                    self.at = end
                    return value
            except BadJson as error:
                mended = self._mend(self.text, self.at) if self._mend else None
                if mended is not None:
                    self.at = mended[1]
                    return self._mended(mended[0])
                end = -1 if self._mend else _item_end(self.text, self.at)
                if end >= 0:
                    content = self.text[self.at : end]
                    self.at = end
                    raise _Refused(str(error), content) from None
                if len(self.text) - self.at > ITEM_LIMIT:
                    raise UsageProblem(
                        f"An item of the file is longer than {ITEM_LIMIT // 1024 // 1024} MiB, so it is no post.",
                        safe="The items before it were read.",
                        next_step="Look whether a quotation mark or a bracket is missing in the file.",
                    ) from None
                if not self._more():
                    raise _Cut from None

    @staticmethod
    def _mended(text: str) -> object:
        try:
            return parse_at(text, 0)[0]
        except BadJson as error:
            raise _Refused(str(error), text) from None

    def _more(self) -> bool:
        """Add at least as much text as there is, so that a long item is not gone over again and again."""
        if self._fault:
            raise self._fault
        if self._ended:
            return False
        rest, added, wanted = self.text[self.at :], [], max(1, len(self.text) - self.at)
        while wanted > 0 and not self._ended:
            piece = self._decoded(next(self._chunks, b""))
            wanted -= len(piece)
            added.append(piece)
        self.text, self.at = rest + "".join(added), 0
        return len(self.text) > len(rest) or self._more()

    def _decoded(self, chunk: bytes) -> str:
        begun = self._fed - len(self._decoder.getstate()[0])
        self._fed += len(chunk)
        self._ended = not chunk
        try:
            return self._decoder.decode(chunk)
        except UnicodeDecodeError as error:
            self._ended = True
            self._fault = UsageProblem(
                f"The file is not UTF-8 text: the byte at position {begun + error.start:,} cannot be read.",
                safe="The items before it were read.",
                next_step="Save or fetch the file again as UTF-8, then import it; what is already there will not be doubled.",
            )
            return error.object[: error.start].decode("utf-8")


def _item_end(text: str, at: int) -> int:
    """Where an item that cannot be parsed ends, by its brackets and strings; -1 where more text is needed to tell."""
    depth = 0
    for match in TOKEN.finditer(text, at):
        mark = match.group()
        if mark == '"':
            return -1
        if mark in ("{", "["):
            depth += 1
        elif mark in ("}", "]"):
            depth -= 1
            if depth <= 0:
                return match.end() if depth == 0 else max(match.start(), at + 1)
        elif mark == "," and depth == 0:
            return max(match.start(), at + 1)
    return -1
