"""Posts as Mastodon's API answers: a list of statuses, one status, one a line, or a page of them a line."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from tracker.exports.documents import Value
from tracker.exports.head import Head
from tracker.exports.json_rows import json_values, row_of
from tracker.platforms.mastodon import read_post
from tracker.records import Row

NAME = "Mastodon statuses (JSON of its API)"
SLUG = "mastodon-statuses"
LOST = (
    "A server of Mastodon gives only the posts that it knows of itself, so one server's answer is never all of a debate; its "
    "hashtags are in lower case."
)


def recognise(head: Head) -> bool:
    """Objects with the content, the account and the visibility of a status."""
    return any(head.has(f"{page}content", f"{page}account", f"{page}visibility") for page in ("", "statuses.item."))


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order."""
    for value in json_values(stream):
        if not isinstance(value, Value):
            yield value
            continue
        for status in _statuses(value.data):
            yield row_of(status, value.line, read_post)


def _statuses(data: object) -> list[object]:
    """The statuses of a value: itself, its items, or those of a search's answer."""
    if isinstance(data, list):
        return data
    if isinstance(data, dict) and "content" not in data and isinstance(data.get("statuses"), list):
        return list(data["statuses"])
    return [data]
