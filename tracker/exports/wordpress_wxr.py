"""An export of a WordPress site (WXR): its posts and pages, and the comments on each. Read as it streams by.

Of a comment only what `COMMENT` names is picked up: its author's e-mail address, IP address, website and browser are passed over
before they are held anywhere, and so are the addresses of the site's own authors.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, BinaryIO

from tracker.exports.feed_file import WORDPRESS_EXPORT
from tracker.exports.head import Head
from tracker.exports.json_rows import row_of
from tracker.exports.xml_events import Attributes, BadXml, read_xml
from tracker.platforms.feed_document import begins_as_feed
from tracker.platforms.site_names import host_of
from tracker.platforms.wordpress import read_article, read_comment
from tracker.problems import UsageProblem
from tracker.records import Rejected, Row, Truncated

NAME = "WordPress export (WXR)"
SLUG = "wordpress"
LOST = (
    "An export of WordPress is one site at one moment: it has no counts, what was deleted before is not in it, and those who "
    "commented are known by a name that anyone can type."
)
LONGEST = 16 * 1024**2
"""A longer text (code points) is no post."""
CHANNEL = {"language": "language", "link": "link", "wp:base_blog_url": "base"}
AUTHOR = {"wp:author_login": "login", "wp:author_display_name": "name"}
ITEM = {
    "title": "title",
    "link": "link",
    "guid": "guid",
    "pubDate": "pub_date",
    "creator": "author",
    "encoded": "content",
    "wp:post_date_gmt": "date_gmt",
    "wp:post_modified_gmt": "modified_gmt",
    "wp:status": "status",
    "wp:post_type": "type",
    "wp:post_password": "locked",
    "category": "tags",
}
COMMENT = {
    f"wp:{name}": name
    for name in (
        "comment_id",
        "comment_author",
        "comment_date",
        "comment_date_gmt",
        "comment_content",
        "comment_approved",
        "comment_type",
        "comment_parent",
    )
}
NAMESPACES = {"http://purl.org/rss/1.0/modules/content/": "", "http://purl.org/dc/elements/1.1/": ""}
NO_XML = bytes(code for code in range(32) if code not in b"\t\n\r")


def recognise(head: Head) -> bool:
    """RSS that names WordPress's own elements."""
    return WORDPRESS_EXPORT in head.text and begins_as_feed(head.text)


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file: each post or page before the comments on it; `line` is which of them all it is.

    Raises UsageProblem for XML that is refused as a whole."""
    export = _Export()
    try:
        for _ in read_xml(_Sound(stream), export.begin, export.end, export.text, whole_names=True):  # type: ignore[arg-type]
            yield from export.rows
            export.rows.clear()
    except BadXml as reason:
        yield from export.rows
        if not export.count and not reason.cut:
            raise UsageProblem(
                f"The file cannot be read as an export of WordPress: {reason}.",
                safe="Nothing of it was stored.",
                next_step="Make the export again (WordPress: Tools, Export), and import it as it comes.",
            ) from None
        said = "the file ends in the middle" if reason.cut else f"the file is damaged: {reason}"
        yield Truncated(said, export.count)


class _Sound:
    """The file without the control characters that XML forbids and old comments hold."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        """The next bytes; none at the end only."""
        while piece := self._stream.read(size):
            if kept := piece.translate(None, NO_XML):
                return kept
        return b""


class _Export:
    """What is picked up of the document, element by element. `rows`: what is ready; `count`: how many there were so far."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.count = 0
        self._channel: dict[str, Any] = {}
        self._authors: dict[str, str] = {}
        self._item: dict[str, Any] | None = None
        self._within: dict[str, Any] | None = None
        self._told = False
        self._name = ""
        self._held: list[str] = []
        self._size = 0

    def begin(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        short = _short(name)
        if short == "item":
            self._item, self._told = {"tags": []}, False
        elif short == "wp:comment" and self._item is not None:
            self._tell_article()
            self._within = {}
        elif short == "wp:author" and self._item is None:
            self._within = {}
        self._name = self._wanted(short)
        if short == "category" and attributes.get("domain") not in ("post_tag", "category"):
            self._name = ""
        self._held, self._size = [], 0

    def text(self, data: str) -> None:
        """What is between."""
        if self._name:
            self._size += len(data)
            if self._size <= LONGEST:
                self._held.append(data)

    def end(self, name: str) -> None:
        """An element ends."""
        short = _short(name)
        if self._name:
            self._take(self._name, "".join(self._held).strip())
        self._name, self._held = "", []
        if short == "wp:comment" and self._within is not None and self._item is not None:
            self._tell(self._within | {"post": self._about()}, read_comment)
            self._within = None
        elif short == "wp:author" and self._within is not None:
            self._authors[self._within.get("login", "")] = self._within.get("name", "")
            self._within = None
        elif short == "item":
            self._tell_article()
            self._item = None

    def _wanted(self, short: str) -> str:
        if self._within is not None:
            return (COMMENT if self._item is not None else AUTHOR).get(short, "")
        return (ITEM if self._item is not None else CHANNEL).get(short, "")

    def _take(self, name: str, value: str) -> None:
        into = self._within if self._within is not None else self._item if self._item is not None else self._channel
        if self._size > LONGEST:
            into["too_long"] = True
        elif name == "tags":
            into["tags"].append(value)
        else:
            into.setdefault(name, value != "" if name == "locked" else value)

    def _about(self) -> dict[str, Any]:
        """What a comment has to know of its post."""
        item, place = self._item or {}, self._channel.get("link") or self._channel.get("base") or ""
        kept = {name: item[name] for name in ("guid", "link", "status", "type", "locked") if item.get(name)}
        return kept | {
            name: said for name, said in (("language", self._channel.get("language")), ("site", host_of(place))) if said
        }

    def _tell_article(self) -> None:
        if self._item is None or self._told:
            return
        self._told = True
        login = self._item.get("author", "")
        self._tell(self._item | self._about() | {"author": self._authors.get(login) or login}, read_article)

    def _tell(self, item: dict[str, Any], read: Callable[..., Any]) -> None:
        self.count += 1
        if item.pop("too_long", False):
            self.rows.append(Rejected(f"its text is longer than {LONGEST // 1024**2} MiB", self.count))
        else:
            self.rows.append(row_of(item, self.count, read))


@lru_cache(maxsize=1000)
def _short(name: str) -> str:
    """An element's name as it is looked for: WordPress's own begin with `wp:`, excerpts and all others keep their namespace."""
    space, _, local = name.rpartition(" ")
    if space.startswith(WORDPRESS_EXPORT):
        return f"wp:{local}" if "excerpt" not in space else name
    return local if not space or space in NAMESPACES else name
