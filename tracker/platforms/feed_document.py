"""A feed (RSS, Atom, RDF, JSON Feed) as its entries: bytes -> what the feed says of itself, and one plain dictionary an entry.

XML is read by feedparser, which is only ever given bytes, so that it opens nothing and asks nobody. Before it sees them, the
characters are decoded here, and what stands before the first element (a document type, entities) is taken away. E-mail
addresses of authors are not taken over. What an entry holds is HTML of unknown origin; `feed.read_entry` makes text of it.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from xml.parsers import expat

import feedparser
import orjson

from tracker.platforms.feed_times import seconds_as_text
from tracker.platforms.shapes import inner, objects, some_text, whole_count
from tracker.platforms.site_names import bare_name, host_of
from tracker.platforms.text import joined

MOST_BYTES = 64 * 1024**2
MOST_BROKEN = 8 * 1024**2
"""XML that is not well-formed takes half a minute a MiB to read where it was made to."""
PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?:[^\[\]<>\"']|\"[^\"]*\"|'[^']*')*(?P<inside>\[.*?\]\s*)?>", re.DOTALL)
ENTITY = re.compile(r"<!ENTITY\s+(?!%)")
ROOT = re.compile(r"<(?:[\w.-]+:)?(rss|rdf|feed|channel)\b", re.IGNORECASE)
ENDED = re.compile(
    r"</(?:[\w.-]+:)?(?:rss|rdf|feed|channel)\s*>(?:\s|<!--(?:(?!-->).)*-->|</[\w:.-]+\s*>)*\Z", re.IGNORECASE | re.DOTALL
)
ITEM = re.compile(r"<(/?)(?:[\w.-]+:)?(?:item|entry)\b", re.IGNORECASE)
DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
WRITING = re.compile(
    r"(?:utf|ucs|iso|latin|windows|cp|ibm|mac|koi8|big5|gb|euc|shift|sjis|ms|tis|hz|johab|us|ascii|ansi)", re.IGNORECASE
)
"""How the names of encodings begin; some of Python's codecs are none (`idna` takes an hour for a megabyte)."""
NOT_WESTERN = re.compile(rb"[\x80-\xff]{4}")
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
JSON_FEED = "https://jsonfeed.org/version/"
LONGEST_ADDRESS = 4000
CONTENT_TYPE = {"content-type": "application/xml; charset=utf-8"}


class NotAFeed(ValueError):
    """The bytes are no feed that can be read; the message says why: the end of a sentence that begins with "it"."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself, and its entries in their order.

    home: the page that it is the feed of; host: of that page; '' where it does not say. of_comments: it is a feed of what people
    answered. repeated: ids that entries with different addresses share, so that they tell nothing. cut: why it ends early, or '';
    an entry that was broken off is not among them."""

    title: str = ""
    home: str = ""
    host: str = ""
    generator: str = ""
    language: str | None = None
    author: str | None = None
    of_comments: bool = False
    discourse: bool = False
    repeated: frozenset[str] = frozenset()
    cut: str = ""
    entries: tuple[dict[str, Any], ...] = field(default=(), repr=False)


def read_feed(data: bytes, *, content_type: str = "", address: str = "") -> Feed:
    """A feed from its bytes. content_type: as the server said it; address: where it was fetched. Raises NotAFeed."""
    if len(data) > MOST_BYTES:
        raise NotAFeed(f"is larger than {MOST_BYTES // 1024**2} MiB, which no feed is")
    text = _decoded(data, content_type)
    if text.lstrip()[:1] == "{":
        return _json_feed(text, address)
    return _xml_feed(_without_prolog(text), address)


def _decoded(data: bytes, content_type: str) -> str:
    """The characters: UTF-8 where the bytes are that, else as the server or the document says, else Western, if they can be; also
    where they are said to be UTF-8, and not one sign beyond ASCII is."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(name, "replace").lstrip("\ufeff")
    named = [*CHARSET.findall(content_type), *(name.decode("ascii") for name in DECLARED.findall(data[:1024])[:1])]
    for name in ["utf-8", *named]:
        try:
            if WRITING.match(name):
                return data.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    western = NOT_WESTERN.search(data) is None
    if western and data.decode("utf-8", "ignore").isascii():
        named = [name for name in named if not (_exists(name) and codecs.lookup(name).name == "utf-8")]
    for name in named:  # it says what it is, and a few bytes of it are not
        if WRITING.match(name) and _exists(name):
            return data.decode(name, "replace")
    if not western:
        raise NotAFeed("does not say in which encoding it is written, and is not UTF-8")
    return data.decode("cp1252", "replace")


def _exists(name: str) -> bool:
    try:
        return codecs.lookup(name).name != "utf-8" or name.lower().startswith("utf")
    except LookupError:
        return False


def begins_as_feed(text: str) -> bool:
    """Whether the first element of a document is that of a feed, whatever stands before it."""
    at = 0
    while match := PROLOG.match(text, at):
        at = match.end()
    return ROOT.match(text, at) is not None


def _without_prolog(text: str) -> str:
    """The document from its first element on. Raises NotAFeed where that is none of a feed, or where entities are declared."""
    at = 0
    while match := PROLOG.match(text, at):
        if match["inside"] and ENTITY.search(match["inside"]):
            raise NotAFeed("declares entities, as traps do and feeds do not")
        at = match.end()
    if at == len(text):
        raise NotAFeed("has nothing in it")
    if not ROOT.match(text, at):
        raise NotAFeed("is neither RSS nor Atom nor a JSON Feed")
    return NO_XML.sub("", text[at:])


def _xml_feed(text: str, address: str) -> Feed:
    written = text.encode("utf-8", "replace")
    if len(written) > MOST_BROKEN and not _is_well_formed(written):
        raise NotAFeed(f"is not well-formed XML, and larger than {MOST_BROKEN // 1024**2} MiB")
    parsed = _parsed(written)
    said: Mapping[str, Any] = parsed.get("feed") or {}
    home = _joined(address, _link(said)) or address
    entries = [_entry(found, home) for found in parsed.get("entries") or ()]
    marks = list(ITEM.finditer(text))
    broken = bool(marks) and not marks[-1][1] and bool(entries) and not text[marks[-1].end() :].lstrip().startswith("/>")
    cut = "" if ENDED.search(text[-4096:]) else "the feed ends in the middle"
    feed = Feed(
        title=_text(said, "title") or "",
        home=home,
        host=host_of(home),
        generator=f"{_text(said, 'generator') or ''} {inner_text(said, 'generator_detail', 'href') or ''}".strip(),
        language=_text(said, "language"),
        author=bare_name(inner_text(said, "author_detail", "name"))
        if str(parsed.get("version") or "").startswith("atom")
        else None,
        of_comments=_of_comments(said, address),
        discourse="http://www.discourse.org/" in (parsed.get("namespaces") or {}).values(),
        cut=cut,
    )
    return _with_entries(feed, entries[:-1] if broken else entries)


def _parsed(data: bytes) -> Mapping[str, Any]:
    """What feedparser makes of it. Where XML is broken in odd ways it comes to grief over its own notes, and says so by these."""
    try:
        parsed: Mapping[str, Any] = feedparser.parse(
            BytesIO(data), sanitize_html=False, resolve_relative_uris=False, response_headers=dict(CONTENT_TYPE)
        )
    except (LookupError, AttributeError, TypeError, ValueError, AssertionError, RecursionError) as error:
        raise NotAFeed(f"is XML too broken to be read ({type(error).__name__} in feedparser)") from error
    return parsed


def _with_entries(feed: Feed, entries: list[dict[str, Any]]) -> Feed:
    pairs = {(entry["id"], entry.get("link")) for entry in entries if entry.get("id")}
    counts = Counter(guid for guid, _ in pairs)
    values = {name: getattr(feed, name) for name in Feed.__slots__}
    values |= {"repeated": frozenset(guid for guid, n in counts.items() if n > 1), "entries": tuple(entries)}
    return Feed(**values)


def _is_well_formed(data: bytes) -> bool:
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        return False
    return True


def _entry(found: Mapping[str, Any], home: str) -> dict[str, Any]:
    """What is kept of an entry; what it does not say is left out."""
    bodies: list[Mapping[str, Any]] = [body for body in found.get("content") or () if some_text(body.get("value"))]
    body: Mapping[str, Any] = max(bodies, key=lambda one: (one.get("type") != "text/plain", len(one["value"])), default={})
    summary = inner_text(found, "summary_detail", "value") or _text(found, "summary")
    said = {
        "id": _short(_text(found, "id")),
        "link": _joined(home, _link(found)),
        "comments": _text(found, "comments"),
        "title": _text(found, "title"),
        "title_is_plain": inner_text(found, "title_detail", "type") == "text/plain" or None,
        "content": body.get("value"),
        "content_is_plain": body.get("type") == "text/plain" or None,
        "summary": None if summary == body.get("value") else summary,
        "summary_is_plain": inner_text(found, "summary_detail", "type") == "text/plain" or None,
        "language": some_text(body.get("language")) or inner_text(found, "summary_detail", "language"),
        "published": _text(found, "published") or _text(found, "created"),
        "published_read": seconds_as_text(_own(found, "published_parsed")),
        "updated": _text(found, "updated"),
        "updated_read": seconds_as_text(_own(found, "updated_parsed")),
        "author": bare_name(_text(found, "author")),
        "categories": [term for tag in found.get("tags") or () if (term := some_text(tag.get("term")))] or None,
        "in_reply_to": _answered(found),
        "replies": whole_count(found.get("slash_comments") or found.get("thr_total")),
    }
    return {name: value for name, value in said.items() if value is not None}


def _answered(found: Mapping[str, Any]) -> dict[str, str] | None:
    said = inner(found.get("thr_in-reply-to"))
    kept = {name: value for name in ("ref", "href") if (value := some_text(said.get(name)))}
    return kept or None


def _own(found: Mapping[str, Any], name: str) -> object:
    """The value under just this name; feedparser's dictionaries give that of another where it is missing."""
    return dict.get(found, name) if isinstance(found, dict) else None


def _text(found: Mapping[str, Any], name: str) -> str | None:
    return some_text(_own(found, name))


def inner_text(found: Mapping[str, Any], name: str, within: str) -> str | None:
    """A text that lies in an object; None where it is not there."""
    return some_text(inner(_own(found, name)).get(within))


def _link(found: Mapping[str, Any]) -> str | None:
    """The address of the page, which is the alternate one, whatever other links stand before it."""
    links = [inner(link) for link in found.get("links") or ()]
    shown = [link for link in links if link.get("rel") == "alternate" and "html" in str(link.get("type") or "html")]
    return some_text(shown[0].get("href")) if shown else _text(found, "link")


def _joined(home: str, link: str | None) -> str | None:
    """A link as a whole address of the web; None where there is none, or none that can be."""
    bare = _short(link)
    whole = joined(home, bare) if bare else ""
    return whole if whole.lower().startswith(("http://", "https://")) else None


def _short(said: str | None) -> str | None:
    """An id or an address; None where it is empty or longer than any."""
    bare = (said or "").strip()
    return bare if 0 < len(bare) <= LONGEST_ADDRESS else None


def _of_comments(said: Mapping[str, Any], address: str) -> bool:
    own = [str(inner(link).get("href") or "") for link in said.get("links") or () if inner(link).get("rel") == "self"]
    places = [urlsplit(joined(address or "https:", one)).path for one in (address, *own)]
    return any(re.search(r"/comments(?:/|$)|/replies(?:/|\.|$)", place) for place in places)


def _json_feed(text: str, address: str) -> Feed:
    try:
        said = inner(orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise NotAFeed(f"is no sound JSON ({error.msg})") from None
    if not str(said.get("version") or "").startswith(JSON_FEED):
        raise NotAFeed("is JSON, but no JSON Feed: it does not say of which version it is")
    return json_feed_of(said, objects(said.get("items")), address)


def json_feed_of(said: Mapping[str, Any], items: list[dict[str, Any]], address: str = "") -> Feed:
    """A JSON Feed from what it says of itself, and its items. https://www.jsonfeed.org/version/1.1/"""
    home = some_text(said.get("home_page_url")) or some_text(said.get("feed_url")) or address
    feed = Feed(
        title=some_text(said.get("title")) or "",
        home=home,
        host=host_of(home),
        language=some_text(said.get("language")),
        author=next(_names(said), None),
    )
    return _with_entries(feed, [_json_entry(item, home) for item in items])


def _json_entry(item: Mapping[str, Any], home: str) -> dict[str, Any]:
    own_id, html = item.get("id"), some_text(item.get("content_html"))
    said = {
        "id": _short(str(own_id)) if isinstance(own_id, str | int | float) else None,
        "link": _joined(home, some_text(item.get("url"))),
        "about": some_text(item.get("external_url")),
        "title": some_text(item.get("title")),
        "title_is_plain": True,
        "content": html or some_text(item.get("content_text")),
        "content_is_plain": None if html else True,
        "summary": some_text(item.get("summary")),
        "summary_is_plain": True,
        "language": some_text(item.get("language")),
        "published": some_text(item.get("date_published")),
        "updated": some_text(item.get("date_modified")),
        "author": next(_names(item), None),
        "categories": [tag for tag in item["tags"] if some_text(tag)] or None if isinstance(item.get("tags"), list) else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _names(said: Mapping[str, Any]) -> Iterator[str]:
    for one in [*objects(said.get("authors")), inner(said.get("author"))]:
        if name := bare_name(one.get("name")):
            yield name
