"""One TOML table of a campaign folder, read key by key: each `take` checks a value and says in words what is wrong."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from tracker.faults import Faults, did_you_mean, quoted, read_text
from tracker.toml_lines import Key, KeyLines, key_lines

TOML_PLACE = re.compile(r"^(?P<said>.*?) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$", re.S)
FIRST_WORD = re.compile(r"[\s\[\"']*([\w.-]+)")
MOST_MONEY = 1_000_000
UNCLOSED_TEXT = ("Illegal character '\\n'", "Unterminated", "Expected \"'", "Expected '\"")
CURLY = re.compile("[“”„‘’]")
TYPE_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list", dict: "a table"}


@dataclass
class Table:
    """A table of the file at `path`. `key` leads to it; `lines` knows where each key stands."""

    path: Path
    key: Key
    values: dict[str, object]
    lines: KeyLines
    faults: Faults
    _known: list[str] = field(default_factory=list)

    def fault(self, name: str, wrong: str, instead: str, item: int | None = None) -> None:
        """Note that the value of `name` (or its item number `item`) is wrong."""
        key = (*self.key, name) if item is None else (*self.key, name, item)
        self.faults.add(self.path, self.lines.line_of(key), self.spelled(name), wrong, instead)

    def spelled(self, name: str = "") -> str:
        """The key as it would be written in one line, `own.accounts`; positions in arrays are left out."""
        return ".".join([str(part) for part in self.key if isinstance(part, str)] + ([name] if name else []))

    def text(self, name: str, *, such_as: str, required: bool = False) -> str:
        """Text without white space around it; "" where the key is missing."""
        value = self._take(name)
        if isinstance(value, str) and (value.strip() or not required):
            return value.strip()
        if isinstance(value, str):
            self.fault(name, "is empty.", f"Write something between the quotation marks: {name} = {such_as}")
        elif value is None and required:
            self.fault(name, "is missing.", f"Add a line such as: {name} = {such_as}")
        elif value is not None:
            self._wrong_type(name, value, f"text in quotation marks: {name} = {such_as}")
        return ""

    def texts(self, name: str, *, such_as: str) -> list[tuple[int, str]]:
        """A list of texts as (position, text without white space around it); items that are no text are faults."""
        value = self._take(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self._wrong_type(name, value, f"a list in square brackets: {name} = [{such_as}]")
            return []
        return [(at, item.strip()) for at, item in enumerate(value) if self._is_text(name, at, item, such_as)]

    def _is_text(self, name: str, at: int, item: object, such_as: str) -> bool:
        if isinstance(item, str) and item.strip():
            return True
        wrong = f"item {at + 1} of the list is " + ("empty." if isinstance(item, str) else f"{_type_name(item)}, not text.")
        self.fault(name, wrong, f"Put text in quotation marks there, or remove it: {name} = [{such_as}]", at)
        return False

    def whole(self, name: str, default: int, *, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        value = self._take(name, default)
        if not isinstance(value, int) or isinstance(value, bool):
            self._wrong_type(name, value, f"a whole number without quotation marks: {name} = {default}")
        elif not least <= value <= most:
            self.fault(name, f"{quoted(value)} is not from {least} to {most}.", f"Write such as: {name} = {default}")
        else:
            return value
        return default

    def amount(self, name: str, default: float) -> float:
        """A sum of money, from 0 to MOST_MONEY."""
        value = self._take(name, default)
        if not isinstance(value, int | float) or isinstance(value, bool):
            self._wrong_type(name, value, f"a number without quotation marks: {name} = {default}")
        elif not 0 <= value <= MOST_MONEY:
            self.fault(name, f"{quoted(value)} is not from 0 to {MOST_MONEY}.", f"Write such as: {name} = {default}")
        else:
            return float(value)
        return default

    def flag(self, name: str, default: bool) -> bool:
        """true or false."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            self._wrong_type(name, value, f"true or false without quotation marks: {name} = {str(default).lower()}")
            return default
        return value

    def day(self, name: str, *, required: bool = False) -> str:
        """A date as YYYY-MM-DD, written as text or as a TOML date; "" where the key is missing or empty."""
        value = self._take(name)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        if not required and (value is None or value == ""):
            return ""
        try:
            return date.fromisoformat(value.strip() if isinstance(value, str) else "").isoformat()
        except ValueError:
            wrong = "is missing." if value is None else f"{quoted(value)} is no date."
            self.fault(name, wrong, f'Write year, month and day: {name} = "2026-03-01"')
            return ""

    def zone(self, name: str) -> str:
        """The name of a time zone; "" where the key is missing, or says none."""
        zone = self.text(name, such_as='"Europe/London"')
        if zone:
            try:
                ZoneInfo(zone)
            except (KeyError, ValueError, OSError):
                near = did_you_mean(zone, available_timezones())
                self.fault(name, f"{quoted(zone)} is no time zone.", f"Write: {name} = {quoted(near or 'Europe/London')}")
                return ""
        return zone

    def table(self, name: str) -> "Table":
        """The table `[name]`; an empty one where it is missing."""
        value = self._take(name, {})
        if not isinstance(value, dict):
            self._wrong_type(name, value, f"a table: a line [{self.spelled(name)}] with its keys in the lines below")
            value = {}
        return Table(self.path, (*self.key, name), value, self.lines, self.faults)

    def tables(self, name: str) -> list["Table"]:
        """The tables `[[name]]` in the order of the file."""
        value = self._take(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self._wrong_type(name, value, f"a line [[{self.spelled(name)}]], in double brackets, before each entry")
            return []
        keys = [(*self.key, name, at) for at in range(len(value))]
        return [Table(self.path, key, item, self.lines, self.faults) for key, item in zip(keys, value, strict=True)]

    def has(self, name: str) -> bool:
        """Whether the key is written at all."""
        return name in self.values

    def done(self, elsewhere: Iterable[str] = ()) -> None:
        """Every key that nobody took is a fault. elsewhere: keys that belong to the top of the file."""
        for name in (name for name in self.values if name not in self._known):
            near = did_you_mean(name, self._known)
            here = f"[{self.spelled()}]" if self.key else "this file"
            if self.key and name in elsewhere:
                instead = "Move this line up, above the first line that stands in square brackets."
            elif near:
                instead = f"Did you mean {near}? Write it so, or put # before the line to leave it out."
            else:
                instead = f"Remove the line or put # before it. {here} may have: {', '.join(self._known)}."
            self.fault(name, f"is not a key of {here}.", instead)

    def _take(self, name: str, default: object = None) -> object:
        self._known.append(name)
        return self.values.get(name, default)

    def _wrong_type(self, name: str, value: object, should_be: str) -> None:
        self.fault(name, f"is {_type_name(value)}.", f"It should be {should_be}")


def _type_name(value: object) -> str:
    return TYPE_NAMES.get(type(value), "a date or a time")


def read_table(path: Path, faults: Faults) -> Table | None:
    """The whole file as a Table. None: it cannot be read, and `faults` says why. Raises PermissionProblem, StorageProblem."""
    text = read_text(path, faults)
    if text is None:
        return None
    try:
        return Table(path, (), tomllib.loads(text), key_lines(text), faults)
    except RecursionError:
        faults.add(path, 1, "file", "lists stand in lists too deeply.", "Write each list with one pair of square brackets.")
    except ValueError as error:
        _note_syntax(path, text, str(error), faults)
    return None


def _note_syntax(path: Path, text: str, message: str, faults: Faults) -> None:
    """What tomllib says of a file that is no TOML, with the key that it stumbled over and advice."""
    match = TOML_PLACE.match(message)
    said = match["said"] if match else message
    rows = text.split("\n")
    line, column = (int(match["line"]), int(match["column"])) if match and match["line"] else (len(rows), len(rows[-1]) + 1)
    found = key_lines("\n".join([*rows[: line - 1], rows[line - 1][: column - 1]]))
    word = FIRST_WORD.match(rows[line - 1])
    twice = said.startswith(("Cannot ", "Duplicate "))
    key = found.last[0] if twice else found.open
    name = ".".join(part for part in key if isinstance(part, str)) if key else word[1] if word else "line"
    begun = found.line_of(key) if key else line
    line = begun if said.startswith(UNCLOSED_TEXT) else line
    faults.add(path, line, name, *_syntax_words(said, rows[line - 1], name, begun if begun != line else None))


def _syntax_words(said: str, row: str, name: str, begun: int | None) -> tuple[str, str]:
    """(what is wrong, what to write instead) for one of tomllib's messages."""
    since = f", which begins in line {begun}," if begun else ""
    if said.startswith(("Cannot ", "Duplicate ")):
        return f"stands twice; it was first set in line {begun}." if begun else "stands twice.", "Keep one of the two."
    if CURLY.search(row):
        return "the quotation marks are curly.", f'Use straight quotation marks: {name} = "..."'
    if said.startswith("Unclosed array"):
        return f"the list{since} has no comma or closing bracket here.", f'Write such as: {name} = ["one", "two"]'
    if said.startswith(UNCLOSED_TEXT):
        return "the text has no closing quotation mark.", f'End it with a quotation mark: {name} = "..."'
    if said.startswith("Illegal character"):
        return "there is an invisible character in the text.", "Delete the text and type it again."
    if said.startswith("Invalid value"):
        return "what stands here is no value.", f'Text stands in quotation marks: {name} = "..."'
    if "Unescaped" in said or "escape" in said.lower() or "Invalid hex" in said:
        return "a backslash in the text is not understood.", 'Write it twice (\\\\), or use "/" instead.'
    if row.lstrip().startswith("["):
        return "the heading of a table is not closed as it was opened.", f"Write it alone in its line: [{name}]"
    if said.startswith("Expected newline"):
        return "something stands after the value.", f'Put only one value in a line: {name} = "..."'
    if said.startswith("Expected '=' after a key"):
        return 'there is no "=" after the key.', f'Write such as: {name} = "..."'
    if said.startswith("Invalid statement"):
        return "this line is no key, no [table] and no comment.", "Put # before it to leave it out."
    if said.startswith("Invalid date"):
        return "there is no such date.", f"Write year, month and day: {name} = 2026-03-01"
    return f"this is not TOML ({said}).", 'Write the line as: key = "value"'
