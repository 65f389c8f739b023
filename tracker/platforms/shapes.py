"""Values of a JSON answer, which may be of any type whatever the documents say: what is of the right one, or nothing. Pure."""

from typing import Any

LARGEST_COUNT = 2**53 - 1
"""Up to where programs agree on whole numbers in JSON (RFC 8259, 6). A thousand such counts can still be added in a store."""


def whole_count(value: object) -> int | None:
    """A public count, given as a number or as digits; None where it is missing, negative or above LARGEST_COUNT."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    return value if type(value) is int and 0 <= value <= LARGEST_COUNT else None


def some_text(value: object) -> str | None:
    """The string, or None where it is none or empty."""
    return value if isinstance(value, str) and value else None


def objects(value: object) -> list[dict[str, Any]]:
    """The JSON objects of a list; empty where it is none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def inner(value: object) -> dict[str, Any]:
    """The JSON object; empty where it is none."""
    return value if isinstance(value, dict) else {}
