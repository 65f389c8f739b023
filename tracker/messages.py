"""Which posts are one message? Decided by what they say and where they point, never by who wrote them. Pure.

Two posts, neither of them a repost, are one message when one of these holds; so are all that hang together by that:

    bridge   the id or address of the one is what a bridge gives to its copy of the other
    link     the one links to the other, on another platform, and both say the same
    text     they stand on different platforms, within 48 hours, say the same in at least six words, and share a link
             if both have links
    flood    at least five posts of one platform say the same in at least six words: all of them are one message

To say the same: equal after links, mentions, the sign of hashtags, case, punctuation and symbols are taken out. What a cut text
says is not known. Where a short address (t.co and the like) leads is not known either, so it is no link that differs.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import urlsplit

from tracker.matching import plain_link
from tracker.records import Copy, Original, Post, Wording

FEWEST_WORDS = 6
FEWEST_IN_A_FLOOD = 5
WITHIN = timedelta(hours=48)

TAKEN_OUT = re.compile(r"[hH][tT][tT][pP][sS]?://\S+|[@＠](?<![\w@＠].)\w[\w.-]*(?:@[\w.-]+)?")
"""Links, and mentions that do not begin within a word. Written so that each part begins with a set of characters: the
expression is then looked for in half of the time."""
APOSTROPHES = "'’‘ʼ＇"
SHORTENED = frozenset("t.co bit.ly buff.ly dlvr.it goo.gl ift.tt is.gd lnkd.in ow.ly shorturl.at tinyurl.com trib.al".split())  # noqa: SIM905

NOTHING_COMPARED = Wording(None)
"""A repost is no message of its own."""

AT_URI = re.compile(r"at://did:[\w:.%-]+/app\.bsky\.feed\.post/[\w.~-]+", re.ASCII)
ON_BLUESKY = re.compile(r"https://bsky\.app/profile/(did:[\w:.%-]+)/post/([\w.~-]+)", re.ASCII)
ON_X = re.compile(r"https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/(?:\w+|i/web)/status(?:es)?/([0-9]{1,20})(?![0-9])", re.ASCII)
ON_MASTODON = re.compile(r"(https://[\w.-]+(?::[0-9]+)?)/(?:users/|@)(\w+)/(?:statuses/)?([0-9]+)/?", re.ASCII)
BRIDGY = re.compile(r"https://(?:\w+\.)?brid\.gy/(?:convert/\w+|r)/(.+)", re.ASCII)
BIRD_MAKEUP = re.compile(r"https://bird\.makeup/(?:users/|@)\w+/(?:statuses/)?([0-9]{1,20})", re.ASCII)


class _Plain(dict[int, str]):
    """What each character becomes where texts are compared: letters, digits and their marks stay; apostrophes go; all else
    is a space."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        plain = "" if character in APOSTROPHES else character if unicodedata.category(character)[0] in "LNM" else " "
        self[code] = plain
        return plain


_PLAIN = _Plain()


def plain_wording(text: str) -> list[str]:
    """The words of a text as texts are compared."""
    bare = TAKEN_OUT.sub(" ", text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold()
    return bare.translate(_PLAIN).split()


def message_key(text: str) -> tuple[str | None, int]:
    """(digest, words): 24 hexadecimal digits that are equal for texts that say the same, None where there is no word; and how
    many words there are."""
    words = plain_wording(text)
    if not words:
        return None, 0
    return blake2b(" ".join(words).encode("utf-8"), digest_size=12).hexdigest(), len(words)


def read_wording(post: Post) -> Wording:
    """What of a post is compared, as it was just read."""
    if post.kind == "repost":
        return NOTHING_COMPARED
    links = sorted(set(post.links))
    return wording_of(post.platform, post.native_id, post.url, post.text, truncated=post.truncated, links=links)


def wording_of(
    platform: str,
    native_id: str,
    url: str | None,
    text: str,
    *,
    truncated: bool,
    links: Sequence[str],
    key: tuple[str, int] | None = None,
) -> Wording:
    """What of a post is compared: its wording, and the posts of other platforms that it may be a copy of. `key`: the
    `message_key` of its text, where that is known."""
    digest, words = key or ((None, 0) if truncated else message_key(text))
    found = {(one.platform, one.native_id): one for address in (native_id, url or "") for one in _bridged(address)}
    for link in links:
        for one in _linked(link):
            found.setdefault((one.platform, one.native_id), one)
    return Wording(digest, words, tuple(one for one in found.values() if one.platform != platform) if found else ())


def _bridged(address: str) -> list[Original]:
    """The original, where `address` is that of a copy which a bridge made (https://fed.brid.gy/docs, https://bird.makeup)."""
    if "brid" not in address and "bird" not in address:
        return []
    if bridgy := BRIDGY.match(address):
        return [Original(one.platform, one.native_id, certain=True) for one in _pointed_at(bridgy.group(1))]
    if bird := BIRD_MAKEUP.match(address):
        return [Original("x", bird.group(1), certain=True)]
    return []


@lru_cache(maxsize=65536)
def _linked(link: str) -> list[Original]:
    """What a post that holds this link may be a copy of."""
    return [Original(one.platform, one.native_id) for one in _bridged(link) or _pointed_at(link)]


def _pointed_at(address: str) -> list[Original]:
    """The post whose address this is, as its platform names it; empty for any other address."""
    if uri := AT_URI.match(address):
        return [Original("bluesky", uri.group())]
    if bluesky := ON_BLUESKY.match(address):
        return [Original("bluesky", f"at://{bluesky.group(1)}/app.bsky.feed.post/{bluesky.group(2)}")]
    if x := ON_X.match(address):
        return [Original("x", x.group(1))]
    if mastodon := ON_MASTODON.fullmatch(address):
        return [Original("mastodon", "{}/users/{}/statuses/{}".format(*mastodon.groups()))]
    return []


# ---- which hang together ---------------------------------------------------------------------------------------------


def messages(copies: Sequence[Copy]) -> list[list[int]]:
    """The messages that stand in more than one of these posts: post ids, each list in order, in the order of its first.

    `copies` must hold, with every post, all that share its wording and all that it points at or that point at it. The order in
    which they are given makes no difference."""
    by_id = {one.post_id: one for one in copies}
    joined = _Joined()
    for one in copies:
        for other_id, certain in one.copy_of:
            other = by_id.get(other_id)
            if other and other.platform != one.platform and (certain or _says_the_same(one, other)):
                joined.join(one.post_id, other_id)
    alike: defaultdict[str, list[Copy]] = defaultdict(list)
    for one in copies:
        if one.digest is not None and one.words >= FEWEST_WORDS:
            alike[one.digest].append(one)
    for group in alike.values():
        if len(group) > 1:
            _join_floods(group, joined)
            _join_platforms(group, joined)
    return joined.groups()


def _says_the_same(one: Copy, other: Copy) -> bool:
    return one.digest is not None and one.digest == other.digest


class _Joined:
    """Posts that hang together, directly or by others (a union-find; https://en.wikipedia.org/wiki/Disjoint-set)."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def _top(self, post: int) -> int:
        top = post
        while (above := self._above.get(top, top)) != top:
            top = above
        while (above := self._above.get(post, post)) != top:
            self._above[post], post = top, above
        return top

    def join(self, one: int, other: int) -> None:
        """These two are one message."""
        one, other = self._top(one), self._top(other)
        self._above[max(one, other)] = self._above[min(one, other)] = min(one, other)

    def groups(self) -> list[list[int]]:
        """All that hang together, by their smallest id."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for post in sorted(self._above):
            found[self._top(post)].append(post)
        return [found[top] for top in sorted(found)]


def _join_floods(alike: Sequence[Copy], joined: _Joined) -> None:
    platforms: defaultdict[str, list[int]] = defaultdict(list)
    for one in alike:
        platforms[one.platform].append(one.post_id)
    for posts in platforms.values():
        if len(posts) >= FEWEST_IN_A_FLOOD:
            for other in posts[1:]:
                joined.join(posts[0], other)


WITHOUT_LINKS, ALL = "", " "
"""Beside the links, which are never blank: what posts wait under."""


def _join_platforms(alike: Sequence[Copy], joined: _Joined) -> None:
    """Join posts that stand on different platforms, close in time, with a shared link if both have links.

    In the order of time, the posts of each platform wait under each of their links. Once a post has joined those that wait in
    one place, only the last of them need wait there on: whoever would join an earlier one joins the last one too."""
    platforms = {one.platform for one in alike}
    waiting: defaultdict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)
    for one in sorted(alike, key=lambda copy: (copy.created_at, copy.post_id)):
        at, links = datetime.fromisoformat(one.created_at), set(_known_links(one))
        for platform in platforms - {one.platform}:
            for place in {WITHOUT_LINKS, *links} if links else {ALL}:
                near = [other for other in waiting.pop((platform, place), ()) if at - other[0] <= WITHIN]
                for _, other in near:
                    joined.join(one.post_id, other)
                waiting[platform, place] = near[-1:]
        for place in {ALL, *links} if links else {ALL, WITHOUT_LINKS}:
            waiting[one.platform, place].append((at, one.post_id))


def _known_links(one: Copy) -> Iterator[str]:
    """The links of a post as they are compared, without short addresses: where those lead is not known."""
    for link in one.links:
        if link.strip() and _host(link) not in SHORTENED:
            yield plain_link(link)


def _host(link: str) -> str:
    try:
        return (urlsplit(link.strip()).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
