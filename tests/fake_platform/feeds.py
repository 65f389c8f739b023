"""Sites with feeds, for trials: what they hold, how many entries they show, in which of the formats, and how they go wrong."""

import json
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

Reply = tuple[int, dict[str, str], Any]
TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


@dataclass
class Site:
    """One feed. entries: (number, text, when), oldest first; shows: how many it shows. how: fine, cut, page, gone, moved. pinned:
    the oldest is shown first, whatever comes. oldest_first: those shown begin with the oldest."""

    kind: str = "rss"
    shows: int = 10
    how: str = "fine"
    entries: list[tuple[int, str, datetime]] = field(default_factory=list)
    teasers: bool = False
    marks: bool = True
    pinned: bool = False
    oldest_first: bool = False

    def publish(self, text: str, at: datetime) -> int:
        """A new entry; gives its number."""
        self.entries.append((len(self.entries) + 1, text, at))
        return len(self.entries)

    def document(self, base: str) -> bytes:
        """The feed as it is served."""
        newest = sorted(self.entries, key=lambda entry: entry[2], reverse=True)
        shown = [*newest[-1:], *newest[: self.shows]] if self.pinned else newest[: self.shows]
        shown = shown[::-1] if self.oldest_first else shown
        return {"rss": _rss, "atom": _atom, "json": _json}[self.kind](base, shown, self.teasers).encode()


@dataclass
class FakeFeeds:
    """Sites by their paths. asked: (path, the headers of the request)."""

    sites: dict[str, Site] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def do(self, path: str, call: str, **words: Any) -> Any:
        """Carry out a command of a trial in another process: a new site, a change of one, entries (an hour apart, up to now)."""
        if call == "open":
            self.sites[path] = Site(**words)
        elif call == "set":
            for name, value in words.items():
                setattr(self.sites[path], name, value)
        elif call == "fill":
            now = datetime.fromisoformat(words["now"])
            return [
                self.sites[path].publish(words["text"], now - timedelta(seconds=words["every"] * step))
                for step in range(words["count"], 0, -1)
            ]
        return None

    def answer(self, path: str, query: str, headers: dict[str, str]) -> Reply | None:
        """The reply to a request; None where no site has this place."""
        site = self.sites.get(path.removesuffix("/moved"))
        if site is None:
            return None
        self.asked.append((path, headers))
        if site.how == "gone":
            return 410, {"Content-Type": "text/plain"}, b"not here"
        if site.how == "moved" and not path.endswith("/moved"):
            return 301, {"Location": f"{path}/moved"}, b""
        if site.how == "page":
            return 200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html><body>Our new website</body></html>"
        body = site.document(f"http://{headers.get('host', 'site.example')}")
        if site.how == "cut":
            body = body[: len(body) * 2 // 3]
        etag = f'"{zlib.crc32(body)}"'
        if site.marks and headers.get("if-none-match") == etag:
            return 304, {"ETag": etag}, b""
        return 200, {"Content-Type": TYPES[site.kind], **({"ETag": etag} if site.marks else {})}, body


def _rss(base: str, shown: list[tuple[int, str, datetime]], teasers: bool) -> str:
    items = "".join(
        f"<item><title>Note {number}</title><link>{base}/notes/{number}</link><guid>{base}/notes/{number}</guid>"
        f"<pubDate>{format_datetime(at)}</pubDate>"
        + (f"<description>{escape(text[:40])}…</description>" if teasers else f"<description>{escape(text * 8)}</description>")
        + "</item>"
        for number, text, at in shown
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Notes</title><link>{base}/</link>{items}</channel></rss>'


def _atom(base: str, shown: list[tuple[int, str, datetime]], teasers: bool) -> str:
    items = "".join(
        f"<entry><id>{base}/notes/{number}</id><title>Note {number}</title><link href='{base}/notes/{number}'/>"
        f"<author><name>Ann Invented</name></author><published>{at.isoformat()}</published><updated>{at.isoformat()}</updated>"
        f"<content type='html'>{escape(f'<p>{escape(text)}</p>')}</content></entry>"
        for number, text, at in shown
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Notes</title><id>{base}/</id><link href='{base}/'/>{items}</feed>"


def _json(base: str, shown: list[tuple[int, str, datetime]], teasers: bool) -> str:
    items: list[dict[str, Any]] = [
        {
            "id": f"{base}/notes/{number}",
            "url": f"{base}/notes/{number}",
            "content_text": text,
            "date_published": at.astimezone(UTC).isoformat(),
            "authors": [{"name": "Ann Invented"}],
        }
        for number, text, at in shown
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Notes", "home_page_url": base, "items": items})
