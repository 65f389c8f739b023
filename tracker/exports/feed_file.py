"""A feed that was saved as a file: RSS, Atom, RDF or JSON Feed, of a blog, its comments, a forum, a tag on a Mastodon server."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from tracker.exports.decoding import BadJson, parse
from tracker.exports.documents import Value, list_items
from tracker.exports.head import Head
from tracker.exports.json_rows import row_of
from tracker.platforms.feed import read_entry
from tracker.platforms.feed_document import JSON_FEED, MOST_BYTES, Feed, NotAFeed, begins_as_feed, json_feed_of, read_feed
from tracker.platforms.shapes import inner
from tracker.problems import UsageProblem
from tracker.records import Rejected, Row, Truncated

NAME = "feed (RSS, Atom, JSON Feed)"
SLUG = "feed"
LOST = (
    "A feed holds only the newest entries of a site, often ten or twenty, and of some only the beginning of the text; what came "
    "and went between two looks at it, and what was deleted since, is not known."
)
WORDPRESS_EXPORT = "http://wordpress.org/export/"
ITEMS = re.compile(r'(?<!\\)"items"\s*:\s*\[')


def recognise(head: Head) -> bool:
    """XML that begins as a feed does, or JSON that says it is a JSON Feed; no export of WordPress, which looks alike."""
    if head.text.lstrip()[:1] == "{":
        return "version" in head.keys and JSON_FEED in head.text.replace("\\/", "/")
    return begins_as_feed(head.text) and WORDPRESS_EXPORT not in head.text


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order; `line` is the number of the entry. Raises UsageProblem for what is no feed."""
    data = stream.read(MOST_BYTES + 1)
    try:
        feed = read_feed(data)
        damage: list[Rejected | Truncated] = []
    except NotAFeed as reason:
        if data.lstrip()[:1] != b"{" or len(data) > MOST_BYTES:
            raise _unreadable(reason) from None
        feed, damage = _damaged_json(data)
    about = {"title": feed.title, "home": feed.home, "generator": feed.generator, "language": feed.language}
    for number, entry in enumerate(feed.entries, start=1):
        yield row_of(entry, number, partial(read_entry, feed=feed), partial(dict, entry, feed=about))
    yield from damage
    if feed.cut:
        yield Truncated(feed.cut, len(feed.entries))


def _damaged_json(data: bytes) -> tuple[Feed, list[Rejected | Truncated]]:
    """The whole items of a JSON Feed that is cut or damaged, and what is the matter with the others."""
    text = data.decode("utf-8", "replace")
    opening = ITEMS.search(text)
    try:
        said = inner(parse(f"{text[: opening.end()]}]}}")) if opening else {}
    except BadJson:
        said = {}
    items, damage = [], list[Rejected | Truncated]()
    for value in list_items(iter([text.encode("utf-8", "replace")]), ITEMS):
        if not isinstance(value, Value):
            damage.append(value)
        elif isinstance(value.data, dict):
            items.append(value.data)
    return json_feed_of(said, items), damage


def _unreadable(reason: NotAFeed) -> UsageProblem:
    return UsageProblem(
        f"The file is no feed that can be read: it {reason}.",
        safe="Nothing of it was stored.",
        next_step="Open the feed's address in a browser, save it again as it comes, and import that.",
    )
