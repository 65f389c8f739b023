"""The outbox of a Mastodon archive: one JSON document (an ActivityPub OrderedCollection) with all that the account posted."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, BinaryIO

from tracker.exports.decoding import BadJson, parse
from tracker.exports.documents import CHUNK, Value, list_items
from tracker.exports.head import Head
from tracker.exports.json_rows import row_of
from tracker.exports.mastodon_archive import ACTOR
from tracker.platforms.mastodon_archive import read_activity
from tracker.platforms.shapes import inner
from tracker.records import Row

NAME = "Mastodon archive (outbox.json)"
SLUG = "mastodon-outbox"
LOST = (
    "The archive holds one account's own posts, without counts and without what others answered; of a boost it has only the "
    "address of what was boosted."
)
HEADING = 8192
LARGEST_PROFILE = 1024**2
LIST = re.compile(r'(?<!\\)"orderedItems"\s*:\s*\[')


def recognise(head: Head) -> bool:
    """An ordered collection of activities; also an empty one, but not the lists of likes and bookmarks, which are addresses."""
    if not head.has("orderedItems", "type") and not head.has("orderedItems", "id"):
        return False
    return head.has("orderedItems.item.object") or head.has("orderedItems.item.actor") or "outbox" in head.text[:HEADING]


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the number of the item."""
    read = partial(read_activity, profile=_profile(sibling))
    for value in list_items(iter(lambda: stream.read(CHUNK), b""), LIST):
        yield row_of(value.data, value.line, read) if isinstance(value, Value) else value


def _profile(sibling: Callable[[str], BinaryIO | None]) -> dict[str, Any]:
    """The account's profile, if it lies beside and can be read; the posts can be read without it."""
    source = sibling(ACTOR)
    if source is None:
        return {}
    with source:
        try:
            return inner(parse(source.read(LARGEST_PROFILE).decode("utf-8")))
        except (UnicodeDecodeError, BadJson):
            return {}
