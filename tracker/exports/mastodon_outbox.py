"""The outbox of a Mastodon archive: one JSON document (an ActivityPub OrderedCollection) with all that the account posted."""

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from tracker.exports.documents import CHUNK, Value, list_items
from tracker.exports.head import Head
from tracker.exports.json_rows import row_of
from tracker.platforms.mastodon_archive import read_activity
from tracker.records import Row

NAME = "Mastodon archive (outbox.json)"
SLUG = "mastodon-outbox"
LOST = (
    "The archive holds one account's own posts, without counts and without what others answered; of a boost it has only the "
    "address of what was boosted."
)
HEADING = 8192
LIST = re.compile(r'(?<!\\)"orderedItems"\s*:\s*\[')


def recognise(head: Head) -> bool:
    """An ordered collection of activities; also an empty one, but not the lists of likes and bookmarks, which are addresses."""
    if not head.has("orderedItems", "type") and not head.has("orderedItems", "id"):
        return False
    return head.has("orderedItems.item.object") or head.has("orderedItems.item.actor") or "outbox" in head.text[:HEADING]


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the number of the item."""
    for value in list_items(iter(lambda: stream.read(CHUNK), b""), LIST):
        yield row_of(value.data, value.line, read_activity) if isinstance(value, Value) else value
