"""Bluesky's search for hashtags, links and phrases, and the posts of the campaign's own accounts, asked with a session."""

from collections.abc import Iterator
from typing import Any

from tracker.matching import Matcher
from tracker.platforms.bluesky import BEGAN
from tracker.sources.asking import Ask, Asking, Page
from tracker.sources.bluesky_answers import Hits, read_feed, read_hits
from tracker.sources.bluesky_walk import PAGE, Walk
from tracker.sources.bluesky_windows import LAG_DAYS, Reached, Window, back, plan, reached
from tracker.sources.bluesky_xrpc import Server, Told

SEARCH = "app.bsky.feed.searchPosts"
SEARCH_V2 = "app.bsky.feed.searchPostsV2"
TOO_DEEP = ("cursor", "paginate")
FEED_PAGES = 200


def search(ask: Ask, asking: Asking, server: Server, *, newer: bool = False) -> Iterator[Page]:
    """The pages of one question. newer: by searchPostsV2, whose times are those at which a post was indexed."""
    before = reached(asking.cursor)
    windows = plan(before, now=server.now(asking.clock()), since=asking.since, until=asking.until)

    def answer(window: Window, cursor: str | None) -> Hits | None:
        asking.stop()
        params = (_v2 if newer else _v1)(ask, window, cursor)
        try:
            said = server.query(SEARCH_V2 if newer else SEARCH, params)
        except Told as told:
            if cursor is not None and any(word in told.message.lower() for word in TOO_DEEP):
                return None
            raise
        return read_hits(said, seen_at=asking.clock())

    walk = Walk(answer, windows, Matcher(asking.campaign), before, exact=ask.kind == "hashtag")
    yield from walk.pages()


def _v1(ask: Ask, window: Window, cursor: str | None) -> dict[str, Any]:
    """A tag is asked for as a word with '#', since public sources of the index do not read `tag`; plain dates they refuse."""
    asked: dict[str, dict[str, Any]] = {
        "hashtag": {"q": f"#{ask.value}"},
        "phrase": {"q": f'"{ask.value}"'},
        "link": {"q": "*", "url": ask.value},
    }
    return {"sort": "latest", "limit": PAGE, **asked[ask.kind], **_between(window), **_from(cursor)}


def _v2(ask: Ask, window: Window, cursor: str | None) -> dict[str, Any]:
    asked: dict[str, dict[str, Any]] = {
        "hashtag": {"hashtags": [ask.value]},
        "phrase": {"query": f'"{ask.value}"'},
        "link": {"urls": [ask.value]},
    }
    return {"sort": "recent", "allTime": "true", "limit": PAGE, **asked[ask.kind], **_between(window), **_from(cursor)}


def _between(window: Window) -> dict[str, str]:
    return {"until": window.until} | ({"since": window.since} if window.since else {})


def _from(cursor: str | None) -> dict[str, str]:
    return {} if cursor is None else {"cursor": cursor}


def own_posts(ask: Ask, asking: Asking, server: Server) -> Iterator[Page]:
    """What one of the campaign's own accounts posted, newest first, back to where it was read before."""
    before, now = reached(asking.cursor), server.now(asking.clock())
    by_hand = asking.since is not None or asking.until is not None
    begin = asking.since or (BEGAN if before is None or by_hand else max(BEGAN, back(min(before.to, now), LAG_DAYS)))
    cursor: str | None = None
    seen: set[str] = set()
    for _ in range(FEED_PAGES):
        asking.stop()
        params = {"actor": ask.value, "filter": "posts_with_replies", "limit": PAGE, **_from(cursor)}
        hits = read_feed(server.query("app.bsky.feed.getAuthorFeed", params), seen_at=asking.clock())
        older = [min(moments) < begin for moments in hits.moments if moments]
        new = [address for address in hits.addresses if address not in seen]
        seen.update(hits.addresses)
        done = hits.cursor is None or hits.cursor == cursor or (bool(older) and all(older))
        if hits.rows and not done:
            yield Page(rows=hits.rows, window=(begin, None), unknown_fields=hits.unknown)
        if done:
            where = None if by_hand else Reached(now, now).text()
            yield Page(hits.rows, cursor=where, window=(begin, now), complete=True, unknown_fields=hits.unknown)
            return
        if hits.addresses and not new:
            break
        cursor = hits.cursor
    yield Page(window=(begin, None), complete=True, status="partial", note="the account's list of posts did not come to its end")
