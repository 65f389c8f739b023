"""In which line of a TOML file does a key stand? tomllib reads the values but does not say.

The scanner knows tables, arrays of tables, dotted and quoted keys, inline tables, and strings and arrays over several
lines (https://toml.io/en/v1.0.0). It judges nothing: where the text stops making sense it stops, and says what it has
found so far and which key it was reading. That is how an unclosed list is traced back to the line where it begins.
"""

import re
import tomllib
from dataclasses import dataclass, field
from itertools import count

Key = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and positions in arrays (from 0)."""

DEEPEST = 40
BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
SPACES = re.compile(r"[ \t]*")
BARE = re.compile(r"[A-Za-z0-9_-]+")
STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' r"|'''.*?'{3,5}" r'|(?!""")"(?:[^"\\\n]|\\.)*"' r"|(?!''')'[^'\n]*'",
    re.DOTALL,
)
SCALAR = re.compile(r"[^\s,\]}#\[{=\"'][^,\]}#\n\"']*")


@dataclass
class KeyLines:
    """What the scanner found. lines: the line (from 1) of each key, table and array item. last: the key or table that
    was begun last, and its line. open: the key whose value was being read where the text stopped making sense."""

    lines: dict[Key, int] = field(default_factory=dict)
    last: tuple[Key, int] = ((), 1)
    open: Key | None = None

    def line_of(self, key: Key) -> int:
        """The line of `key`, or of the nearest table around it; 1 where none is known."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)


def key_lines(text: str) -> KeyLines:
    """Scan `text` (line ends as `\\n`). Never fails: see the module's first lines."""
    scan = _Scan(text)
    try:
        scan.document()
    except _NoSense:
        return scan.found
    return scan.found


class _NoSense(Exception):
    """The text is no TOML from here on."""


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found = KeyLines()
        self._line = 1
        self._line_at = 0
        self._tables: dict[Key, int] = {}

    def document(self) -> None:
        """Statements until the end."""
        table: Key = ()
        while self._after(BLANK) < len(self.text):
            table = self._header() if self._peek("[") else self._pair(table, table, 0)
            self._after(SPACES)
            if self.at < len(self.text) and not self._peek("\n") and not self._peek("#"):
                raise _NoSense

    def _header(self) -> Key:
        line = self._current_line()
        brackets = "[[" if self._peek("[[") else "["
        self.at += len(brackets)
        names = self._names()
        path = (*self._in_arrays(names[:-1]), names[-1])
        if brackets == "[[":
            self.found.lines.setdefault(path, line)
            self._tables[path] = self._tables.get(path, -1) + 1
        if path in self._tables:
            path += (self._tables[path],)
        self._begin(path, line)
        self._expect("]" * len(brackets))
        return path

    def _in_arrays(self, names: Key) -> Key:
        """`[a.b]` after `[[a]]` speaks of the last `a`."""
        path: Key = ()
        for name in names:
            path += (name,)
            if path in self._tables:
                path += (self._tables[path],)
        return path

    def _pair(self, inside: Key, back: Key, depth: int) -> Key:
        """`key = value`; gives `back`, the table that the next statement belongs to."""
        line = self._current_line()
        path = inside + self._names()
        self._begin(path, line)
        self._expect("=")
        outer, self.found.open = self.found.open, path
        self._after(SPACES)
        self._value(path, depth)
        self.found.open = outer
        return back

    def _begin(self, path: Key, line: int) -> None:
        self.found.last = (path, line)
        for end in range(1, len(path) + 1):
            self.found.lines.setdefault(path[:end], line)

    def _value(self, path: Key, depth: int) -> None:
        if depth > DEEPEST:
            raise _NoSense
        if self._peek("["):
            self._array(path, depth)
        elif self._peek("{"):
            self._inline_table(path, depth)
        else:
            match = STRING.match(self.text, self.at) or SCALAR.match(self.text, self.at)
            if match is None:
                raise _NoSense
            self.at = match.end()

    def _array(self, path: Key, depth: int) -> None:
        self.at += 1
        for position in count():
            self._after(BLANK)
            if self._peek("]"):
                break
            self.found.lines.setdefault((*path, position), self._current_line())
            self._value((*path, position), depth + 1)
            self._after(BLANK)
            if not self._peek(","):
                break
            self.at += 1
        self._expect("]")

    def _inline_table(self, path: Key, depth: int) -> None:
        self.at += 1
        self._after(SPACES)
        while not self._peek("}"):
            self._pair(path, path, depth + 1)
            self._after(SPACES)
            if not self._peek(","):
                break
            self.at += 1
            self._after(SPACES)
        self._expect("}")

    def _names(self) -> Key:
        """A key as its parts: `a."b c".d`."""
        names: list[str] = []
        while True:
            self._after(SPACES)
            match = BARE.match(self.text, self.at) or STRING.match(self.text, self.at)
            if match is None:
                raise _NoSense
            self.at = match.end()
            names.append(_plain(match.group()))
            self._after(SPACES)
            if not self._peek("."):
                return tuple(names)
            self.at += 1

    def _peek(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def _expect(self, text: str) -> None:
        if not self._peek(text):
            raise _NoSense
        self.at += len(text)

    def _after(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at

    def _current_line(self) -> int:
        self._line += self.text.count("\n", self._line_at, self.at)
        self._line_at = self.at
        return self._line


def _plain(written: str) -> str:
    """A key's part without its quotation marks and escapes."""
    if written[0] not in "\"'":
        return written
    try:
        return str(tomllib.loads(f"key = {written}")["key"])
    except tomllib.TOMLDecodeError as error:
        raise _NoSense from error
