"""Whom or what someone asks to have forgotten, as it is written on the command line or in a letter: a handle, an address, an id.
Pure."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from tracker.persons import host_of
from tracker.problems import UsageProblem
from tracker.records import PLATFORMS

X_HOSTS = ("x.com", "twitter.com")
POST_ON_X = re.compile(r"/(?:i/web|\w{1,20})/status(?:es)?/(?P<post>\d{1,20})(?:/|$)", re.ASCII)
PROFILE_ON_X = re.compile(r"/(?P<handle>\w{1,20})/?$", re.ASCII)
POST_ON_BLUESKY = re.compile(r"/profile/(?P<who>[\w.:%-]+)/post/(?P<post>\w+)/?$", re.ASCII)
PROFILE_ON_BLUESKY = re.compile(r"/profile/(?P<who>[\w.:%-]+)/?$", re.ASCII)
PROFILE_ON_MASTODON = re.compile(r"/(?:@|users/)(?P<handle>[\w.-]+)(?:@(?P<home>[\w.-]+))?/?$", re.ASCII)
"""A server shows people of others, too: `example.social/@ann@elsewhere.example`."""
REDDIT_HOSTS = ("reddit.com", "old.reddit.com", "new.reddit.com", "np.reddit.com", "m.reddit.com")
POST_ON_REDDIT = re.compile(
    r"(?:/(?:r|u|user)/[\w-]+)?/comments/(?P<post>[0-9a-z]{1,13})(?:/[^/]*(?:/(?P<comment>[0-9a-z]{1,13}))?)?/?$", re.ASCII
)
SHORT_OF_REDDIT = re.compile(r"/(?P<post>[0-9a-z]{1,13})/?$", re.ASCII)
PROFILE_ON_REDDIT = re.compile(r"/u(?:ser)?/(?P<handle>[\w-]+)/?$", re.ASCII)
BLUESKY_POSTS = "app.bsky.feed.post"


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing to be forgotten. kind: handle, author (an account's own id), post (a post's own id), address (of a post, as
    stored) or id (of an account or a post: whichever it is)."""

    kind: str
    platform: str
    value: str

    def said(self) -> str:
        """As it is written in a letter."""
        return f"{self.platform}:{self.value}" if self.kind != "address" else self.value


def wish_for_handle(text: str) -> Wish:
    """`x:ann`, `mastodon:@ann@example.social`. Raises UsageProblem."""
    platform, value = _with_platform(text, "--handle", "x:ann")
    return Wish("handle", platform, value.lstrip("@"))


def wish_for_id(text: str) -> Wish:
    """`x:1847900000000000001`, `bluesky:did:plc:...`: the id of an account or of a post. Raises UsageProblem."""
    return Wish("id", *_with_platform(text, "--id", "x:1847900000000000001"))


def wish_of(line: str) -> tuple[Wish, ...]:
    """One line of a letter or a list: an address, or `PLATFORM:HANDLE-OR-ID`. Raises UsageProblem."""
    if "://" in line:
        return wishes_for_address(line)
    platform, value = _with_platform(line, "The line", "x:ann, or an address with https:// in front")
    if value.startswith("did:") or value.isdigit():
        return (Wish("id", platform, value),)
    return (Wish("handle", platform, value.lstrip("@")),)


def wishes_for_address(url: str) -> tuple[Wish, ...]:
    """The address of a post, or of a profile: then the person. What the address is, is told by its form; an unknown form is
    taken as the address of a post. Raises UsageProblem where it is none."""
    if url.startswith("at://"):
        return (Wish("post" if f"/{BLUESKY_POSTS}/" in url else "author", "bluesky", url.removesuffix("/")),)
    address = url.strip()
    host = host_of(address).removeprefix("www.").removeprefix("mobile.")
    if address.partition("://")[0].casefold() not in ("http", "https") or not host:
        raise UsageProblem(
            f"{url[:200]!r} is no address of a post or a profile.",
            safe="Nothing was forgotten.",
            next_step="Copy the whole address from the browser, with https:// in front.",
        )
    path = unquote(urlsplit(address).path)
    for hosts, pattern, wish in _FORMS:
        found = pattern.match(path)
        if found and (hosts is None or host in hosts):
            return wish(found, host, url)
    return (Wish("address", "", address),)


def _with_platform(text: str, option: str, such_as: str) -> tuple[str, str]:
    platform, _, value = text.partition(":")
    if platform not in PLATFORMS or not value.strip(" @"):
        raise UsageProblem(
            f"{option} {text[:200]!r} does not say which platform.",
            safe="Nothing was forgotten.",
            next_step=f"Write it like {such_as}. Platforms: {', '.join(PLATFORMS)}.",
        )
    return platform, value.strip()


def _bluesky_account(who: str) -> Wish:
    return Wish("author" if who.startswith("did:") else "handle", "bluesky", who)


def _account_on_mastodon(found: re.Match[str], host: str, url: str) -> tuple[Wish, ...]:
    return (Wish("handle", "mastodon", f"{found['handle']}@{found['home'] or host}"),)


def _post_on_reddit(found: re.Match[str], host: str, url: str) -> tuple[Wish, ...]:
    comment = found.groupdict().get("comment")
    return (Wish("post", "reddit", f"t1_{comment}" if comment else f"t3_{found['post']}"),)


def _post_on_bluesky(found: re.Match[str], host: str, url: str) -> tuple[Wish, ...]:
    who = found["who"]
    if who.startswith("did:"):
        return (Wish("post", "bluesky", f"at://{who}/{BLUESKY_POSTS}/{found['post']}"),)
    return (Wish("address", "bluesky", url.strip()),)


_FORMS = (
    (X_HOSTS, POST_ON_X, lambda found, host, url: (Wish("post", "x", found["post"]),)),
    (X_HOSTS, PROFILE_ON_X, lambda found, host, url: (Wish("handle", "x", found["handle"]),)),
    (("bsky.app",), POST_ON_BLUESKY, _post_on_bluesky),
    (("bsky.app",), PROFILE_ON_BLUESKY, lambda found, host, url: (_bluesky_account(found["who"]),)),
    (REDDIT_HOSTS, POST_ON_REDDIT, _post_on_reddit),
    (REDDIT_HOSTS, PROFILE_ON_REDDIT, lambda found, host, url: (Wish("handle", "reddit", found["handle"]),)),
    (("redd.it",), SHORT_OF_REDDIT, _post_on_reddit),
    (None, PROFILE_ON_MASTODON, _account_on_mastodon),
)
