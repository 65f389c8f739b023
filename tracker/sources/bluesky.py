"""Bluesky: by its search, with an account (`how = "search"`), or by the stream of all that happens (`how = "jetstream"`).

What each way gives, its limits and what Bluesky asks of those who collect: bluesky.md, beside this file."""

from collections.abc import Iterator, Mapping, Sequence

from tracker.records import Campaign, Post
from tracker.source_settings import BlueskySettings
from tracker.sources.asking import Ask, Asking, Page
from tracker.sources.bluesky_search import own_posts, search
from tracker.sources.bluesky_stream import stream
from tracker.sources.bluesky_threads import refresh as _refresh
from tracker.sources.bluesky_threads import thread as _thread
from tracker.sources.bluesky_xrpc import Server, lacking_of, logged_in

NAME = "Bluesky"
SLUG = "bluesky"
ALL = "all posts, as they are made"


def asks(campaign: Campaign) -> tuple[Ask, ...]:
    """What Bluesky would be asked: each hashtag, link, phrase and own account by itself, or the stream once. A campaign that
    follows nothing asks for nothing: the stream would be all of Bluesky."""
    settings = _settings(campaign)
    if not campaign.follows_something():
        return ()
    if settings.how == "jetstream":
        return (Ask(SLUG, settings.jetstream, ALL, "stream", ""),)
    own = [account.partition(":")[2] for account in campaign.own_accounts if account.startswith(f"{SLUG}:")]
    return (
        *(Ask(SLUG, settings.host, f"#{tag}", "hashtag", tag) for tag in campaign.hashtags),
        *(Ask(SLUG, settings.host, link, "link", link) for link in campaign.links),
        *(Ask(SLUG, settings.host, f'"{phrase}"', "phrase", phrase) for phrase in campaign.phrases),
        *(Ask(SLUG, settings.host, f"@{handle}", "account", handle) for handle in own),
    )


def missing(campaign: Campaign, credentials: Mapping[str, str]) -> tuple[str, ...]:
    """What would be refused tonight for want of credentials; the stream wants none."""
    lacking = lacking_of(credentials) if _settings(campaign).how == "search" else ""
    return (f"there is no {lacking}, so Bluesky will not be asked, and each night will end with exit code 5.",) if lacking else ()


def pages(ask: Ask, asking: Asking) -> Iterator[Page]:
    """One ask, page by page, from where it was read before."""
    settings, server = _settings(asking.campaign), _server(asking)
    if ask.kind == "stream":
        yield from stream(asking, server, ask.server)
    elif ask.kind == "account":
        yield from own_posts(ask, asking, server)
    else:
        yield from search(ask, asking, server, newer=settings.search == "searchPostsV2")


def thread(post: Post, asking: Asking) -> Iterator[Page]:
    """The replies to one post, with how complete they are."""
    yield from _thread(post, asking, _server(asking))


def refresh(posts: Sequence[Post], asking: Asking) -> Iterator[Page]:
    """Posts seen before, as they are now, and which of them are not shown any more."""
    yield from _refresh(posts, asking, _server(asking))


def _server(asking: Asking) -> Server:
    """Whom to ask for posts and accounts: the account's server, which passes it on; without one, what is open to all."""
    settings = _settings(asking.campaign)
    if settings.how == "jetstream":
        return Server(asking.web, settings.appview)
    return logged_in(asking.web, settings.host, asking.credentials)


def _settings(campaign: Campaign) -> BlueskySettings:
    return campaign.sources.bluesky or BlueskySettings()
