"""The beginning of an export file, by which its format is recognised: never by its name."""

import re
from dataclasses import dataclass
from functools import cached_property

from tracker.exports.lines import in_utf8

HEAD_BYTES = 65536
DEEPEST = 8
"""Lists deeper than this add nothing to a path; no format is told by them."""
TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}\[\]:,]', re.DOTALL)


@dataclass(frozen=True)
class Head:
    """The first bytes of a file (up to HEAD_BYTES, unpacked, as UTF-8 without a byte order mark) and the same as text;
    bytes that are no UTF-8 show as U+FFFD. `name` is for people to read."""

    name: str
    data: bytes
    text: str

    @classmethod
    def of(cls, name: str, data: bytes) -> "Head":
        """The head of a file that begins with `data`."""
        return cls(name, data[:HEAD_BYTES], data[:HEAD_BYTES].decode("utf-8", "replace"))

    @cached_property
    def table(self) -> str:
        """The text of a table that begins so: as its rows are read, also in Windows-1252."""
        lines = in_utf8(enumerate(self.data.splitlines(keepends=True), 1))
        return b"".join(line for _, line, _ in lines).decode("utf-8", "replace")

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of the JSON that the file begins with, as paths: `data.item.text` is the key text of the objects in the
        list data. Empty where it is no JSON. A bracket around all of it, as Ning's archives have, is passed over."""
        return frozenset(_paths(self.text)) if self.text.lstrip("( \t\r\n")[:1] in ("{", "[") else frozenset()

    def has(self, *keys: str) -> bool:
        """Whether the JSON has all of these keys, in an object of its own, in one of a list, or in one a line."""
        return any(all(f"{prefix}{key}" in self.keys for key in keys) for prefix in ("", "item."))


def _paths(text: str) -> set[str]:
    """Every path of keys in JSON that may be cut or faulty; it is only looked at, not trusted."""
    found: set[str] = set()
    bases: list[str] = []
    path, last = "", ""
    for match in TOKEN.finditer(text):
        mark = match.group()
        if mark == "{":
            bases.append(path)
        elif mark == "[":
            path = f"{path}item." if len(bases) < DEEPEST else path
            bases.append(path)
        elif mark in ("}", "]"):
            del bases[-1:]
            path = bases[-1] if bases else ""
        elif mark == ",":
            path = bases[-1] if bases else ""
        elif mark == ":":
            found.add(f"{bases[-1] if bases else ''}{last}")
            path = f"{bases[-1] if bases else ''}{last}." if len(bases) < DEEPEST else path
        else:
            last = mark[1:-1]
    return found
