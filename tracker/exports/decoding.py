"""JSON of unknown origin, read without surprises: whatever is wrong with it is a reason in words.

orjson is fast but strict, and says little of what it refuses; so what it refuses is tried again with the standard library, which
reads more (control characters, halves of surrogate pairs, numbers of any length) and says what is the matter.
"""

import json
from typing import NoReturn

import orjson


class BadJson(ValueError):
    """JSON that cannot be read; the message says why, for the person who made the file. `position`: where, in code points."""

    def __init__(self, reason: str, position: int = 0) -> None:
        super().__init__(reason)
        self.position = position


class _NoNumber(ValueError):
    pass


def _refuse(name: str) -> NoReturn:
    raise _NoNumber(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse, strict=False)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def parse(source: str | bytes) -> object:
    """The one JSON value of a text, or of bytes of UTF-8. Raises BadJson; UnicodeDecodeError where bytes are not UTF-8."""
    try:
        return orjson.loads(source)
    except orjson.JSONDecodeError:
        return _parse_slowly(source.decode("utf-8") if isinstance(source, bytes) else source)


def _parse_slowly(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise _bad(error) from None


def parse_at(text: str, at: int) -> tuple[object, int]:
    """The JSON value that begins at `at`, and where it ends. Raises BadJson."""
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError) as error:
        raise _bad(error) from None


def compact(value: object) -> bytes:
    """A value as JSON in UTF-8 without blanks; halves of surrogate pairs become '?'. Raises BadJson where JSON cannot say it."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return _compact_slowly(value)


def _compact_slowly(value: object) -> bytes:
    try:
        return _ENCODER.encode(value).encode("utf-8", "replace")
    except (ValueError, RecursionError) as error:
        raise _bad(error) from None


def _bad(error: ValueError | RecursionError) -> BadJson:
    if isinstance(error, json.JSONDecodeError):
        return BadJson("it is not sound JSON", error.pos)
    if isinstance(error, RecursionError):
        return BadJson("its JSON is nested too deeply")
    if isinstance(error, _NoNumber):
        return BadJson("its JSON holds NaN or Infinity, which are no numbers")
    return BadJson("its JSON holds a number that is too long")
