"""Feeds: RSS, Atom and JSON Feed of blogs, forums and their comments, of a tag on a Mastodon server. feeds.md says more.

A feed holds its newest entries only. So each look says from when on it knows everything, and whether entries may have come and
gone since the last look. What the server said of its version (ETag, Last-Modified) is given back to it, so that an unchanged feed
costs neither side anything; "not modified" is an answer, and not the same as an empty feed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from tracker.platforms.feed import read_entry
from tracker.platforms.feed_document import Feed, NotAFeed, read_feed
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import inner, some_text, whole_count
from tracker.problems import BadAnswer, Refused
from tracker.records import Campaign, Found, Rejected, Row, Withheld
from tracker.sources.asking import Ask, Asking, Page
from tracker.sources.web import Answer

NAME = "Feeds"
SLUG = "feeds"
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, "
    "application/json;q=0.8, */*;q=0.1"
)
NOT_MODIFIED, GONE = 304, 410
REMEMBERED = 400
"""Entries of the last look whose ids are kept, as hashes: feeds hold 10 to 100."""
FEW = 4
"""A feed of so many entries or fewer may well have been emptied by its author."""
GAP = "the feed holds its newest entries only, and those of the last look are not among them any more"

Gap = tuple[str, str, str]
"""(from, to, why)"""


@dataclass(frozen=True, slots=True)
class Look:
    """The cursor of a feed: what was seen at the last look. etag, modified: as the server said them. seen_at: when it was (UTC).
    entries: hashes of the ids of its entries, the newest first. count: how many it had. followed: a hash of what the campaign
    followed, since an unchanged feed must be read anew when that changes."""

    etag: str | None = None
    modified: str | None = None
    seen_at: str | None = None
    entries: tuple[str, ...] = ()
    count: int = 0
    followed: str | None = None

    @classmethod
    def from_cursor(cls, cursor: str | None) -> "Look":
        """The look that a cursor tells of; none where it is of no kind that this version knows."""
        try:
            told = inner(json.loads(cursor)) if cursor else {}
        except ValueError:
            told = {}
        texts = {name: some_text(told.get(name)) for name in ("etag", "modified", "seen_at", "followed")}
        listed = told.get("entries")
        entries = tuple(entry for entry in listed if isinstance(entry, str)) if isinstance(listed, list) else ()
        return cls(**texts, entries=entries, count=whole_count(told.get("count")) or 0)

    def cursor(self) -> str:
        """As it is stored."""
        return json.dumps({name: value for name in self.__slots__ if (value := getattr(self, name))})


def asks(campaign: Campaign) -> tuple[Ask, ...]:
    """The feeds that would be asked for, each once."""
    settings = campaign.sources.feeds
    urls = dict.fromkeys(settings.urls if settings else ())
    return tuple(Ask(SLUG, "{0.scheme}://{0.netloc}".format(urlsplit(url)), url, "feed", url) for url in urls)


def pages(ask: Ask, asking: Asking) -> Iterator[Page]:
    """The one page that a feed is."""
    before, followed = Look.from_cursor(asking.cursor), _followed(asking.campaign)
    by_hand = bool(asking.since or asking.until)
    headers = {"Accept": ACCEPT}
    if before.followed == followed and not by_hand:
        headers |= {"If-None-Match": before.etag} if before.etag else {}
        headers |= {"If-Modified-Since": before.modified} if before.modified else {}
    conditional = len(headers) > 1
    answer = asking.web.get(ask.value, headers=headers, expect=(NOT_MODIFIED, GONE) if conditional else (GONE,))
    now = asking.clock()
    if answer.status == GONE:
        raise gone(ask.value)
    if answer.status == NOT_MODIFIED:
        yield _unchanged(before, now)
        return
    feed = _read(answer, ask.value)
    yield _page(feed, answer, before, now, followed)


def _unchanged(before: Look, now: str) -> Page:
    """An answer of "not modified": everything that the feed holds was seen at the last look."""
    look = replace(before, seen_at=now)
    note = "the server says that nothing has changed since the last look"
    return Page(cursor=look.cursor(), window=(before.seen_at, now), complete=True, status="ok", note=note)


def _read(answer: Answer, url: str) -> Feed:
    try:
        return read_feed(answer.body, content_type=answer.headers.get("content-type", ""), address=answer.address)
    except NotAFeed as reason:
        is_page = answer.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html"))
        raise BadAnswer(
            f"What stands at {url} is no feed.",
            why=f"It {'is a web page' if is_page else reason}.",
            safe="What it gave before is stored, and the next look goes on from there.",
            next_step="Open the address in a browser. If the feed has moved, write its new address into campaign.toml.",
        ) from None


def _page(feed: Feed, answer: Answer, before: Look, now: str, followed: str) -> Page:
    """What a feed holds, with what a reader of its coverage should know."""
    rows = tuple(_row(entry, number, feed, now) for number, entry in enumerate(feed.entries, start=1))
    times = {
        _hash(_name_of(entry)): min(row.post.created_at, now) if isinstance(row, Found) else ""
        for entry, row in zip(feed.entries, rows, strict=True)
    }
    shrank = _shrank(before.count, len(feed.entries))
    lost = _lost(before, times)
    ids = tuple(sorted(times, key=lambda entry: times[entry], reverse=True))
    notes = [
        _moved(answer),
        f"{feed.cut}, and is asked for again" if feed.cut else "",
        shrank,
        _thin(rows),
    ]
    look = Look(
        etag=answer.headers.get("etag"),
        modified=answer.headers.get("last-modified"),
        seen_at=now,
        entries=ids[:REMEMBERED],
        count=len(feed.entries),
        followed=followed,
    )
    if shrank:
        look = replace(look, etag=None, modified=None, entries=tuple(dict.fromkeys((*ids, *before.entries)))[:REMEMBERED])
    return Page(
        rows=rows,
        cursor=None if feed.cut else look.cursor(),
        window=(_known_from(before, times, lost), now),
        complete=True,
        status="partial" if feed.cut or shrank else "",
        note="; ".join(filter(None, notes)),
        gaps=(lost,) if lost and not feed.cut else (),
    )


def _row(entry: dict[str, object], number: int, feed: Feed, seen_at: str) -> Row:
    about = {"title": feed.title, "home": feed.home, "generator": feed.generator, "language": feed.language}
    raw = json.dumps({**entry, "feed": about}, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    try:
        return Found(read_entry(entry, feed, seen_at=seen_at), raw, number)
    except PrivatePost as reason:
        return Withheld(str(reason), number)
    except NotAPost as reason:
        return Rejected(str(reason), number, raw)


def _known_from(before: Look, times: Mapping[str, str], lost: Gap | None) -> str | None:
    """From when on everything of the feed was seen: from the last look on where the two overlap, else from its oldest entry.
    times: in the order of the feed."""
    if lost:
        return lost[1]
    if before.seen_at is None:
        return _oldest_in_place([time for time in times.values() if time])
    if before.entries and not times:
        return None
    return before.seen_at


def _oldest_in_place(times: list[str]) -> str | None:
    """The time of a feed's last entry; of its first where the oldest comes first. An older one that is pinned stands before newer
    ones, and says nothing of what came and went since."""
    oldest_first = times == sorted(times)
    return (times[0] if oldest_first else times[-1]) if times else None


def _lost(before: Look, times: Mapping[str, str]) -> Gap | None:
    """The time between the last look and the oldest entry that is new, where entries may have come and gone: of those of the
    last look not one of the newer half is left. Older ones may be pinned, and stay whatever comes. times: of the entries now;
    empty where that is not known."""
    newer = before.entries[: len(before.entries) // 2 + 1]
    new = [time for entry, time in times.items() if time and entry not in before.entries]
    if before.seen_at is None or not newer or not new or any(entry in times for entry in newer):
        return None
    return (before.seen_at, min(new), GAP) if before.seen_at < min(new) else None


def _shrank(before: int, now: int) -> str:
    """A feed that has lost more than half of its entries, in words; "" where it has not."""
    return f"the feed has {now} entries where it had {before}" if before > FEW and now < before / 2 else ""


def _thin(rows: tuple[Row, ...]) -> str:
    cut = sum(isinstance(row, Found) and row.post.truncated for row in rows)
    return f"{cut} of {len(rows)} entries give only the beginning of their text" if cut else ""


def _moved(answer: Answer) -> str:
    return f"the feed has moved to {answer.moved_to} for good: write that into campaign.toml" if answer.moved_to else ""


def _name_of(entry: dict[str, object]) -> str:
    return str(entry.get("id") or entry.get("link") or entry.get("title") or sorted(entry.items()))


def _followed(campaign: Campaign) -> str:
    return _hash(json.dumps([campaign.hashtags, campaign.links, campaign.phrases]))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def gone(url: str) -> Refused:
    """A feed that was taken down for good."""
    return Refused(
        f"The feed {url} is gone for good.",
        why="Its server answers with status 410, which says that it will not come back.",
        safe="What it gave before is stored.",
        next_step="Take the address out of campaign.toml, [sources.feeds].",
    )
