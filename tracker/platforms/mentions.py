"""Posts of any platform as suites for media monitoring give them, who call them mentions: what a row says -> one Post. Pure.

- The platform is told by the address, else by what the suite calls the source. What has no platform of its own here is `other`.
- Suites have ids of their own. The post's is taken from its address; where the platform has none, the address is the id.
- A post of X without its words is left out: X's terms let suites give only its address.
- A text that is an excerpt, or only a headline, is marked as cut. An article's headline stands before its text.
- The time of a post of X or Bluesky is the one inside its id. Elsewhere a time without a zone needs one that the file states.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from tracker.platforms.bluesky import BEGAN, COLLECTION, DID, address_parts, time_in_key
from tracker.platforms.local_times import has_clock, local_times, moment_in
from tracker.platforms.mapped import EARLIEST_ANYWHERE, LANGUAGE, WEB, from_bsky_app, from_reddit
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.site_names import author_named, host_of
from tracker.platforms.text import find_hashtags, find_mentions, moment_of, plain_entities, sound, tag_pairs
from tracker.platforms.x_cells import author_in, exact_in, id_in_cells
from tracker.platforms.x_named import CUT_BEFORE_LINK, links_in, tags_in, time_by_id
from tracker.platforms.x_parts import RETWEET_STUMP, address, is_cut, language
from tracker.records import Author, Counts, Post

ONLY_ADDRESS = "a post of X of which only the address is given, as X's terms ask"
HOSTS = {
    "x": re.compile(r"(?:^|\.)(?:twitter|x)\.com$"),
    "bluesky": re.compile(r"(?:^|\.)bsky\.(?:app|social)$"),
    "reddit": re.compile(r"(?:^|\.)(?:reddit\.com|redd\.it)$"),
}
CALLED = {
    "x": ("twitter", "x", "tweet", "tweets"),
    "bluesky": ("bluesky", "bsky"),
    "mastodon": ("mastodon",),
    "reddit": ("reddit",),
    "forum": ("forum", "forums", "board", "boards", "discussion", "discussions"),
    "blog": ("blog", "blogs", "tumblr", "wordpress", "medium"),
    "news": ("news", "newspaper", "newspapers", "magazine", "magazines", "press", "print", "tv", "radio", "broadcast", "podcast"),
}
"""What suites call the kinds of sources."""
ELSEWHERE = ("facebook", "instagram", "youtube", "tiktok", "linkedin", "threads", "vk", "pinterest", "twitch", "telegram")
MASTODON_PAGE = re.compile(r"(https://[^/\s]+)/@([\w.-]+)/([0-9]{5,20})/?", re.ASCII)
SHORT_POSTS = ("x", "bluesky", "mastodon")
BSKY_PAGE = re.compile(r"https://bsky\.app/profile/[^/\s]+/post/([\w.~:-]+)/?")


@dataclass(frozen=True, slots=True)
class Mention:
    """What a row says. url: where the post is; platform: as `platform_of` tells it; text and title as they stand; is_excerpt: the
    text is only the part that was found. times: the cells that say when, a day and its clock may be two; zone: theirs, where the
    file states it. author_id and did: the platform's own; written_by: handle or name. thread: the address of the whole of it."""

    url: str
    platform: str
    id_cell: str = ""
    text: str = ""
    title: str = ""
    is_excerpt: bool = False
    times: tuple[str, ...] = ()
    zone: tzinfo | None = None
    written_by: str = ""
    author_id: str = ""
    author_name: str = ""
    did: str = ""
    lang: str | None = None
    kind: str = "original"
    reply_to: str | None = None
    repost_of: str | None = None
    thread: str = ""
    hashtags: Sequence[str] = ()
    links: Sequence[str] = ()
    named: Sequence[str] = ()
    counts: Counts = field(default_factory=Counts)


def read_mention(mention: Mention) -> Post:
    """The post that a row tells of. Raises NotAPost with the reason, PrivatePost for a post of X without its words."""
    platform = mention.platform
    native_id = _native_id(mention, platform)
    text, cut = _text(mention, platform, native_id)
    repost = mention.kind == "repost" or (platform == "x" and RETWEET_STUMP.match(text) is not None)
    cut = cut or (repost and is_cut(text)) or (platform == "x" and CUT_BEFORE_LINK.search(text) is not None)
    author = _author(mention, platform, native_id)
    links = tuple(dict.fromkeys(mention.links)) or links_in(text, cut=cut)
    return sound(
        Post(
            platform=platform,
            native_id=native_id,
            text=text,
            created_at=_created_at(mention, platform, native_id),
            url=_address(mention.url, platform, native_id, author),
            author=author,
            lang=language(mention.lang) if platform == "x" else _code(mention.lang),
            kind="repost" if repost else mention.kind,
            reply_to=mention.reply_to,
            conversation_id=_conversation(mention, native_id),
            repost_of=mention.repost_of if repost else None,
            truncated=cut,
            detail=1,
            hashtags=tag_pairs(tags_in(text, cut=cut, listed=mention.hashtags)),
            links=links,
            mentions=tuple(dict.fromkeys(name.lstrip("@") for name in mention.named)) or find_mentions(text)
            if platform in SHORT_POSTS
            else (),
            counts=Counts() if repost else mention.counts,
        )
    )


def platform_of(url: str, kinds: Sequence[str], outlets: Sequence[str] = (), default: str = "other") -> str:
    """Which platform a mention is from. kinds: what the suite calls the kind of source (`Online News`); outlets: the names of
    sources, of which only those of platforms tell something (a paper may be called The Forum)."""
    host = host_of(url)
    for platform, pattern in HOSTS.items():
        if host and pattern.search(host):
            return platform
    for said, whole in (*((kind, False) for kind in kinds), *((outlet, True) for outlet in outlets)):
        words = set(re.findall(r"[a-z]+", said.casefold()))
        if words & set(ELSEWHERE):
            return "other"
        for platform, names in CALLED.items():
            if (words <= set(names) if whole else words & set(names)) and words and not (platform in HOSTS and host):
                return platform
    return "other" if set(host.split(".")) & set(ELSEWHERE) else default


def _native_id(mention: Mention, platform: str) -> str:
    url = mention.url.strip()
    if platform == "x":
        written = mention.id_cell.strip("\"'= ")
        return id_in_cells(written if exact_in(written) or not url else "", url, id_name="id")
    if platform == "bluesky":
        if address_parts(url):
            return url
        page = BSKY_PAGE.match(url)
        return f"at://{mention.did}/{COLLECTION}/{page[1]}" if page and DID.fullmatch(mention.did) else from_bsky_app(url)
    if platform == "reddit":
        return from_reddit(url)
    if platform == "mastodon" and (found := MASTODON_PAGE.fullmatch(url)):
        return f"{found[1]}/users/{found[2]}/statuses/{found[3]}"
    if not WEB.fullmatch(url):
        raise NotAPost("its address is no web address" if url else "it has no address")
    return url


def _conversation(mention: Mention, native_id: str) -> str | None:
    """What the post is part of: of a comment on Reddit its submission, elsewhere the page that the suite names."""
    if native_id.startswith("t1_"):
        return from_reddit(mention.url.strip().rstrip("/").rpartition("/")[0])
    return mention.thread if mention.platform in ("forum", "blog") and WEB.fullmatch(mention.thread) else None


def _text(mention: Mention, platform: str, native_id: str) -> tuple[str, bool]:
    """(what the post says, whether that is cut)."""
    text, title = plain_entities(mention.text).strip(), plain_entities(mention.title).strip()
    if platform in SHORT_POSTS or native_id.startswith("t1_"):
        if not text and platform == "x":
            raise PrivatePost(ONLY_ADDRESS)
        if not text:
            raise NotAPost("it has no text")
        return text, mention.is_excerpt and (platform == "reddit" or is_cut(text))
    if not text and not title:
        raise NotAPost("it has neither a text nor a title")
    if not text:
        return title, True
    cut = mention.is_excerpt or (is_cut(text) and not text.startswith(title))
    return (text if not title or text.startswith(title.rstrip("….")) else f"{title}\n\n{text}"), cut


def _created_at(mention: Mention, platform: str, native_id: str) -> str:
    cells = _joined([cell for cell in mention.times if cell])
    if platform == "x":
        return time_by_id(native_id, *cells)
    said = next((moment for cell in cells if (moment := _moment(cell, mention.zone))), None)
    if platform == "bluesky" and (parts := address_parts(native_id)) and (made := time_in_key(parts[1])):
        return min(said, made) if said and said >= BEGAN else made
    if said:
        return moment_of(said, earliest=EARLIEST_ANYWHERE)
    raise NotAPost(_why_no_time(cells, mention.zone))


def _joined(cells: list[str]) -> list[str]:
    """A day and the clock beside it as one time; else each cell as it stands."""
    day, clock = (next((c for c in cells if has_clock(c) is wanted), None) for wanted in (False, True))
    alone = clock is not None and re.fullmatch(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?( ?[AaPp]\.?[Mm]\.?)?", clock) is not None
    if day and clock and alone:
        return [f"{day} {clock}"]
    return [c for c in cells if not (alone and c == clock)]


def _moment(cell: str, zone: tzinfo | None) -> str | None:
    try:
        return moment_in(cell)
    except (ValueError, OverflowError):
        meant = local_times(cell)
    if len(meant) != 1 or zone is None:
        return None
    return moment_of(meant[0].replace(tzinfo=zone).astimezone(UTC).isoformat(), earliest=EARLIEST_ANYWHERE)


def _why_no_time(cells: list[str], zone: tzinfo | None) -> str:
    if not cells:
        return "it has no time"
    if len(local_times(cells[0])) > 1:
        return "its time can mean two days (day first or month first)"
    if local_times(cells[0]) and zone is None:
        return "its time does not say its zone, and the file does not either; give the zone in campaign.toml ([[import.table]])"
    return "its time cannot be read"


def _author(mention: Mention, platform: str, native_id: str) -> Author | None:
    name = mention.written_by.strip().lstrip("@")
    if platform == "x":
        return author_in(name if re.fullmatch(r"\w{1,20}", name) else "", mention.author_id, mention.author_name)
    if platform == "bluesky" and (parts := address_parts(native_id)):
        return Author("bluesky", parts[0], name if "." in name and " " not in name else None, mention.author_name or None)
    if platform == "reddit":
        return Author("reddit", f"@{name.lower()}", name) if re.fullmatch(r"[\w-]{2,30}", name) else None
    return author_named(platform, name, host_of(mention.url), shown=mention.author_name or None)


def _address(url: str, platform: str, native_id: str, author: Author | None) -> str | None:
    if platform == "x":
        return address(native_id, author.handle if author else None)
    if platform == "bluesky" and (parts := address_parts(native_id)):
        return f"https://bsky.app/profile/{parts[0]}/post/{parts[1]}"
    return url.strip() if WEB.fullmatch(url.strip()) else None


def _code(lang: str | None) -> str | None:
    code = (lang or "").strip().lower()
    return code if LANGUAGE.fullmatch(code) and code not in ("und", "zxx") else None


def tags_of(cells: Sequence[str]) -> list[str]:
    """Hashtags from a list in a cell, with or without their sign."""
    return [tag for cell in cells for tag in (find_hashtags(cell) or [cell.strip("[]'\" #")]) if tag]
