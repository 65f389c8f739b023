"""Entries of feeds (RSS, Atom, JSON Feed): one entry, as `feed_document.read_feed` gives it -> one Post. Pure.

- The id of an entry is its guid where that holds for the whole web (an address, `tag:`, `urn:`); a bare number is put behind the
  host of the page. A guid that several entries share tells nothing; then, and where there is none, the address is the id.
- Where the same post is known by another road too, it has the id that it has there: a post of Mastodon its uri, one of Bluesky
  its at:// address, one of Reddit its full name, one of Discourse `HOST/t/TOPIC/NUMBER`, one of Ning its number, a comment of
  WordPress the guid of its post with `#comment-N`.
- The platform is told by the program that made the feed, else by the address; a feed of which neither is told is a `feed`.
- A comment hangs on what it answers; its title (`By: Ann`, `Re: ...`) is not its author's words. Another entry's title is.
- A text that is a summary, or that ends as teasers do, is marked as cut. Words of others that Discourse quotes are left out.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from tracker.platforms.bluesky import address_parts
from tracker.platforms.feed_document import Feed
from tracker.platforms.feed_times import moment_in_feed
from tracker.platforms.quotes import without_quotes
from tracker.platforms.reddit import FULL_NAME
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import inner, some_text, whole_count
from tracker.platforms.site_names import author_named, host_of
from tracker.platforms.text import find_hashtags, find_links, joined, read_html, sound, tag_pairs
from tracker.records import Author, Counts, Post

GLOBAL_ID = re.compile(r"(?:https?://|tag:|urn:|at://|doi:)\S+", re.IGNORECASE)
WEB = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
COMMENT_MARK = re.compile(
    r"#(?:comment|discussion|isso|response|reply|c)[-_/]?c?\d+|[?&](?:showComment|replytocom|commentId)=", re.IGNORECASE
)
WORDPRESS_COMMENT = re.compile(r"(.+)#comment-(\d+)")
WORDPRESS_ANSWER = re.compile(
    r"""\s*(?:<p>)?[^<]{0,60}<a [^>]*href=["'][^"']*#comment-(\d+)["'][^>]*>[^<]*</a>[^<]{0,20}(?:</p>|<br ?/?>|\n\n)"""
)
NING_ID = re.compile(r"\d{3,12}:(?:Topic|BlogPost|Comment|Page|Note|Event):\d+")
MASTODON_ADDRESS = re.compile(r"(https?://[^/]+)/@([A-Za-z0-9_.-]+)/(\d{5,20})/?")
MASTODON_WARNING = re.compile(r"\s*<p><strong>[^<]{1,80}</strong>(.*?)</p>\s*<hr ?/?>", re.DOTALL)
CHOICE = re.compile(r"<(?:radio|checkbox)\b[^<>]*>")
DISCOURSE_ID = re.compile(r"(?P<host>[\w.-]+)-(?:post|topic)-\d+(?:-\d+)?")
DISCOURSE_ADDRESS = re.compile(r"/t/(?:[^/]*[^/\d][^/]*/|-/)?(\d+)(?:/(\d+))?/?")
DISCOURSE_FRAME = re.compile(r"\s*<p>[^\n]{0,600}?</p>\s*<blockquote>")
DISCOURSE_TRAILER = re.compile(r"(?:<p><small>[^<]*</small></p>\s*)?<p><a href=[^>]*>[^<]*</a></p>\s*\Z")
PHPBB_TRAILER = re.compile(r"<p>Statistics: Posted by [^\n]{0,600}</p>\s*(?:<hr ?/?>)?\s*\Z")
DISCOURSE_NAME = re.compile(r"@(\S+)(?:\s+(.+))?")
FIRST_SEEN_ON = re.compile(r"<p>[^<]{0,40}<a [^>]*>[^<]*</a>[^<]{0,60}<a [^>]*>[^<]*</a>\.?</p>\s*\Z")
TEASER_END = re.compile(
    r"(?:…|\.\.\.|\[(?:…|\.\.\.|&hellip;)\]|(?:read|view|see) (?:more|the rest|on)|continue reading|read (?:the )?full \w+"
    r"|weiterlesen|lire la suite|leer más)[\s.:→»>]*(?:.{0,120}\n?)?\Z",
    re.IGNORECASE,
)
REDDIT_ADDRESS = re.compile(r"https?://(?:[\w-]+\.)?reddit\.com/.*/?comments/([0-9a-z]{1,13})(?:/|$)")
REDDIT_NAME = re.compile(r"/?u/([\w-]{3,20})")
REDDIT_TRAILER = re.compile(r"(?:&#32;|\s)*submitted by.*\Z", re.DOTALL)
SHORT_POSTS = ("mastodon", "bluesky")
"""Platforms whose feeds hold the whole text, and no titles but what their programs make of it."""
TRAILER = 2000
"""What programs put before or behind a text is looked for within so many code points of its ends."""
SHORT = 500
"""A bare description under a title, shorter than this (code points), is a teaser."""
FORUM = re.compile(
    r"discourse|phpbb|flarum|vbulletin|xenforo|mybb|simple machines|\bsmf\b|vanilla|invision|ip\.board|nodebb|bbpress|fluxbb"
    r"|punbb|lemmy|piefed",
    re.IGNORECASE,
)
BLOG = re.compile(
    r"wordpress|blogger|ghost|movable ?type|typepad|substack|medium|jekyll|hugo|eleventy|tumblr|squarespace|livejournal"
    r"|dreamwidth|write ?freely|micro\.blog|serendipity|textpattern|pelican|hexo|hey world|bear ?blog|posthaven|wix\.com|weebly"
    r"|classicpress",
    re.IGNORECASE,
)
FORUM_PLACE = re.compile(r"//(?:www\.)?forums?\.|/forums?/|/viewtopic\.php|/showthread\.php|:Topic:", re.IGNORECASE)
BLOG_PLACE = re.compile(
    r"//(?:www\.)?blogs?\.|/blogs?/|:BlogPost:|\.(?:wordpress|tumblr|substack|typepad|livejournal|medium)\.com|\.blogspot\.|\.ghost\.io",
    re.IGNORECASE,
)
NEWS_PLACE = re.compile(r"//(?:www\.)?news\.|/news/", re.IGNORECASE)
GOOGLE_NEWS = "NFE/"


def read_entry(entry: Mapping[str, Any], feed: Feed, *, seen_at: str | None = None) -> Post:
    """A post from an entry of a feed. Raises NotAPost with the reason, PrivatePost for what is behind a password."""
    link = some_text(entry.get("link"))
    platform = platform_of(entry, feed)
    native_id = _native_id(entry, feed, platform, link)
    if 'class="post-password-form"' in (entry.get("content") or ""):
        raise PrivatePost("behind a password")
    reply_to, conversation = _answered(entry, feed, native_id)
    is_comment = conversation is not None
    text, links, cut = _text(entry, platform, is_comment=is_comment)
    published, edited = _times(entry)
    categories = [] if is_comment or platform == "reddit" else [term for term in entry.get("categories") or () if _is_tag(term)]
    return sound(
        Post(
            platform=platform,
            native_id=native_id,
            text=text,
            created_at=published,
            url=link if link and WEB.fullmatch(link) else native_id if WEB.fullmatch(native_id) else None,
            author=_author(entry, feed, platform, link),
            lang=some_text(entry.get("language")) or feed.language,
            edited_at=edited,
            kind="reply" if is_comment else "original",
            reply_to=reply_to,
            conversation_id=conversation,
            truncated=cut,
            seen_at=seen_at,
            hashtags=tag_pairs([*find_hashtags(text), *categories]),
            links=_links(entry, feed, link, [*links, *find_links(text)]),
            counts=Counts(seen_at=seen_at, replies=whole_count(entry.get("replies"))),
        )
    )


def platform_of(entry: Mapping[str, Any], feed: Feed) -> str:
    """mastodon, bluesky, reddit, forum, blog, news, or feed where it cannot be told."""
    if address_parts(str(entry.get("id") or "")):
        return "bluesky"
    if _reddit(entry):
        return "reddit"
    places = f"{entry.get('link') or ''} {feed.home} {entry.get('id') or ''}"
    if feed.generator.startswith("Mastodon"):
        return "mastodon"
    if _is_discourse(entry, feed) or FORUM.search(feed.generator):
        return "forum"
    if BLOG.search(feed.generator):
        return "blog"
    if feed.generator.startswith(GOOGLE_NEWS):
        return "news"
    for platform, place in (("forum", FORUM_PLACE), ("blog", BLOG_PLACE), ("news", NEWS_PLACE)):
        if place.search(places):
            return platform
    return "blog" if WORDPRESS_COMMENT.fullmatch(str(entry.get("id") or "")) else "feed"


def _reddit(entry: Mapping[str, Any]) -> re.Match[str] | None:
    """The parts of the address of a post of Reddit whose id is Reddit's own; None for any other entry."""
    known = FULL_NAME.fullmatch(str(entry.get("id") or ""))
    return REDDIT_ADDRESS.match(str(entry.get("link") or "")) if known else None


def _is_discourse(entry: Mapping[str, Any], feed: Feed) -> bool:
    named = DISCOURSE_ID.fullmatch(str(entry.get("id") or ""))
    host = host_of(str(entry.get("link") or ""))
    told = feed.discourse or (named is not None and named["host"].removeprefix("www.") == host)
    return told and _discourse(entry) is not None


def _discourse(entry: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """(host, topic, number) of a post of Discourse, from its address."""
    link = str(entry.get("link") or "")
    try:
        found = DISCOURSE_ADDRESS.search(urlsplit(link).path)
    except ValueError:
        return None
    return (host_of(link), found[1], found[2] or "1") if found else None


def _native_id(entry: Mapping[str, Any], feed: Feed, platform: str, link: str | None) -> str:
    guid = some_text(entry.get("id"))
    if platform == "reddit":
        return guid or ""
    if platform == "mastodon" and (found := MASTODON_ADDRESS.fullmatch(guid or link or "")):
        return f"{found[1]}/users/{found[2]}/statuses/{found[3]}"
    if _is_discourse(entry, feed) and (place := _discourse(entry)):
        return "{}/t/{}/{}".format(*place)
    if ning := NING_ID.search(unquote(f"{guid} {link}")):
        return ning[0]
    if guid and guid not in feed.repeated:
        if GLOBAL_ID.fullmatch(guid):
            return guid
        host = host_of(link or "") or feed.host
        if host:
            return guid if host in guid.lower() else f"{host}:{guid}"
    if link and WEB.fullmatch(link):
        return link
    raise NotAPost("it has neither an address nor an id that is its own")


def _answered(entry: Mapping[str, Any], feed: Feed, native_id: str) -> tuple[str | None, str | None]:
    """(what is answered, the conversation) of a comment; (None, None) of what is none."""
    answered = inner(entry.get("in_reply_to"))
    ref = some_text(answered.get("ref")) or some_text(answered.get("href"))
    if native_id.startswith("t1_") and (place := _reddit(entry)):
        return None, f"t3_{place[1]}"
    if found := WORDPRESS_COMMENT.fullmatch(native_id):
        above = WORDPRESS_ANSWER.match(str(entry.get("content") or entry.get("summary") or "")[:TRAILER])
        return ref or (f"{found[1]}#comment-{above[1]}" if above else found[1]), found[1]
    if _is_discourse(entry, feed):
        topic, _, number = native_id.rpartition("/")
        return (f"{topic}/1", f"{topic}/1") if number != "1" else (None, None)
    if ref:
        return ref, ref
    if feed.of_comments or COMMENT_MARK.search(f"{entry.get('link') or ''} {entry.get('id') or ''}"):
        page = some_text(entry.get("comments")) or (entry.get("link") or "").partition("#")[0] or feed.home
        return page or None, page or None
    return None, None


def _text(entry: Mapping[str, Any], platform: str, *, is_comment: bool) -> tuple[str, tuple[str, ...], bool]:
    """(text, links, whether the text is known to be cut)."""
    name = "content" if entry.get("content") else "summary"
    source, is_plain = str(entry.get(name) or ""), entry.get(f"{name}_is_plain") is True
    html = source if is_plain else _own_words(source, entry, platform)
    body, links = (html.strip(), ()) if is_plain else read_html(html)
    title = str(entry.get("title") or "")
    title = " ".join((title if entry.get("title_is_plain") else read_html(title)[0]).split())
    has_title = bool(title) and not is_comment and platform not in SHORT_POSTS and not body.startswith(title)
    if has_title and _letters(body) == _letters(title):
        body = ""
    text = "\n\n".join(part for part in (title if has_title else "", body) if part)
    if not text:
        raise NotAPost("it has no text")
    whole = is_comment or platform in (*SHORT_POSTS, "reddit") or (platform == "forum" and _discourse(entry) is not None)
    teaser = name == "summary" and has_title and len(body) < SHORT
    return text, links, not whole and (not body or teaser or TEASER_END.search(body[-300:]) is not None)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _own_words(html: str, entry: Mapping[str, Any], platform: str) -> str:
    """The HTML without what the program that made the feed put around its author's words."""
    if platform == "mastodon":
        warning = MASTODON_WARNING.match(html)
        return CHOICE.sub("- ", f"<p>{warning[1]}</p>{html[warning.end() :]}" if warning else html)
    if platform == "forum" and not _discourse(entry):
        return _without_end(html, PHPBB_TRAILER)
    if platform == "forum":
        body = _without_end(html, DISCOURSE_TRAILER)
        framed = DISCOURSE_FRAME.match(body)
        inside = body[framed.end() :].rstrip().removesuffix("</blockquote>") if framed and body is not html else body
        return without_quotes(inside)
    if platform == "reddit":
        return _without_end(html, REDDIT_TRAILER)
    if "#comment-" in str(entry.get("id")):
        above = WORDPRESS_ANSWER.match(html[:TRAILER])
        return html[above.end() :] if above else html
    return _without_end(html, FIRST_SEEN_ON) if platform == "blog" else html


def _without_end(html: str, trailer: re.Pattern[str]) -> str:
    found = trailer.search(html, max(len(html) - TRAILER, 0))
    return html[: found.start()] if found else html


def _times(entry: Mapping[str, Any]) -> tuple[str, str | None]:
    """(when it was published, when it was last edited). What only says when it was updated was made then, as far as is known."""
    published, updated = some_text(entry.get("published")), some_text(entry.get("updated"))
    if published is None and updated is None:
        raise NotAPost("it does not say when it was published")
    if published is None or updated is None:
        name = "published" if published else "updated"
        return moment_in_feed(published or updated or "", some_text(entry.get(f"{name}_read")), what=name), None
    made = moment_in_feed(published, some_text(entry.get("published_read")))
    try:
        edited = moment_in_feed(updated, some_text(entry.get("updated_read")))
    except NotAPost:
        return made, None
    return made, edited if edited > made else None


def _author(entry: Mapping[str, Any], feed: Feed, platform: str, link: str | None) -> Author | None:
    if platform == "mastodon":
        found = MASTODON_ADDRESS.fullmatch(link or "")
        host = host_of(link or "")
        return Author("mastodon", f"{found[1]}/users/{found[2]}", f"{found[2]}@{host}") if found else None
    if platform == "bluesky" and (parts := address_parts(str(entry.get("id")))):
        return Author("bluesky", parts[0])
    if platform == "reddit" and (user := REDDIT_NAME.fullmatch(str(entry.get("author") or ""))):
        return Author("reddit", f"@{user[1].lower()}", user[1])
    name, site = some_text(entry.get("author")) or feed.author, host_of(link or "") or feed.host
    if name and _is_discourse(entry, feed) and (user := DISCOURSE_NAME.fullmatch(name)):
        return author_named(platform, user[1], site, shown=user[2])
    return author_named(platform, name, site)


def _is_tag(term: object) -> bool:
    return isinstance(term, str) and 0 < len(term) <= 100 and not re.search(r"[\s/:]", term) and not term.isnumeric()


def _links(entry: Mapping[str, Any], feed: Feed, link: str | None, found: list[str]) -> tuple[str, ...]:
    """Whole addresses of the text, and what the entry is about where that lies on another site than the feed."""
    about = [some_text(entry.get("about")) or ""]
    if link and feed.host and host_of(link) != feed.host and entry.get("comments"):
        about.append(link)
    base = link or feed.home
    whole = [address if "://" in address else joined(base, address) for address in found]
    led = [address for address in whole if address != link]
    return tuple(dict.fromkeys(address for address in [*about, *led] if WEB.fullmatch(address)))
