"""Posts that are known, asked for again: the replies to one, and how those of the last days stand now.

getPosts leaves out what it does not show, and says nothing of why. So what is left out is asked for by itself. Where the server
then says `NotFound` while the author's account is there, the post is gone. In every other case it is hidden: an account that was
deactivated or suspended may come back, and so may a post behind a block between its author and the account that asks.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from tracker.platforms.bluesky import DID, address_parts
from tracker.platforms.shapes import inner, some_text, whole_count
from tracker.records import Found, Post
from tracker.sources.asking import Asking, Gone, Page
from tracker.sources.bluesky_answers import Hits, read_hits, read_profiles, read_thread, row_of, unknown_fields
from tracker.sources.bluesky_xrpc import Server, Told

AT_ONCE = 25
"""Posts or profiles of one request."""
DEEPEST_REPLY = 1000
PARTS = 20
"""Requests for one thread: parts of it that came without all of their replies are asked for by themselves."""
LOOKED_AT = 100
"""Posts of one run that are asked for by themselves."""
NOT_SHOWN = "Bluesky says that there is no such post, while its author's account is there: deleted, or taken down"
NO_ACCOUNT = "its author's account is not shown: deactivated, suspended or deleted"
BEHIND_BLOCK = "its author and the account that asks block each other"
LEFT_OUT = "Bluesky left it out without a reason"
NO_POST = frozenset({"NotFound"})
NOT_TAKEN = "InvalidRequest"
MOST_REFUSED = 20
"""Addresses of one run that may be refused; with more it is Bluesky that has changed."""


def thread(post: Post, asking: Asking, server: Server) -> Iterator[Page]:
    """The replies to a post, and it itself as it is now. How complete they are is said on the last page."""
    waiting, asked = [post.native_id], 0
    known: set[str] = set()
    shown: dict[str, int] = {}
    counted: dict[str, int] = {}
    while waiting and asked < PARTS:
        asking.stop()
        address = waiting.pop(0)
        known.add(address)
        asked += 1
        try:
            part = read_thread(server.query("app.bsky.feed.getPostThread", _whole(address)))
        except Told as told:
            if told.name not in NO_POST:
                raise
            if asked == 1:
                yield Page(complete=True, note="the post is not shown any more, and so neither are the replies to it")
                return
            continue
        for view, replies in part.posts:
            uri = some_text(view.get("uri")) or ""
            shown[uri] = max(shown.get(uri, 0), replies)
            counted[uri] = max(whole_count(view.get("replyCount")) or 0, shown[uri])
        waiting += [uri for uri in part.cut() if uri not in known and uri not in waiting]
        rows = tuple(row_of(view, line, seen_at=asking.clock()) for line, view in enumerate(part.views(), start=1))
        yield Page(rows=rows, unknown_fields=unknown_fields(part.views()))
    told_of, there = sum(counted.values()), sum(shown.values())
    missing = told_of - there
    note = f"{there} of {told_of} replies are shown; the others are deleted, hidden or behind a block" if missing else ""
    yield Page(complete=True, status="partial" if missing else "", expected=told_of, note=note)


def _whole(address: str) -> dict[str, Any]:
    return {"uri": address, "depth": DEEPEST_REPLY, "parentHeight": 0}


def refresh(posts: Sequence[Post], asking: Asking, server: Server) -> Iterator[Page]:
    """The posts as they are now: counts, text, the author's handle; of those that are not shown, what is known of why. Bluesky
    refuses all of a request for an address in it that it does not take, so such a one is looked for by halves, and left out."""
    looked_at = refused = 0
    addresses = list(dict.fromkeys(post.native_id for post in posts if address_parts(post.native_id)))
    waiting = [addresses[start : start + AT_ONCE] for start in range(0, len(addresses), AT_ONCE)]
    while waiting:
        asking.stop()
        wanted = waiting.pop(0)
        try:
            answer = server.query("app.bsky.feed.getPosts", {"uris": wanted})
        except Told as told:
            refused += len(wanted) == 1
            if told.name != NOT_TAKEN or refused > MOST_REFUSED:
                raise
            half = len(wanted) // 2
            waiting[:0] = [wanted[:half], wanted[half:]] if half else []
            continue
        hits = read_hits(answer, seen_at=asking.clock())
        shown = _shown(hits)
        left_out = [address for address in wanted if address not in shown]
        gone = tuple(_why(left_out, server, room=LOOKED_AT - looked_at))
        looked_at += len(left_out)
        yield Page(rows=hits.rows, gone=gone, unknown_fields=hits.unknown)
    note = f"refused by Bluesky, which does not take their addresses: {refused}" if refused else ""
    yield Page(complete=True, expected=len(addresses) - refused, note=note)


def _shown(hits: Hits) -> set[str]:
    return {row.post.native_id for row in hits.rows if isinstance(row, Found)} | set(hits.addresses)


def _why(addresses: Sequence[str], server: Server, *, room: int) -> Iterator[Gone]:
    """What is known of posts that getPosts left out."""
    authors = {address: parts[0] for address in addresses if (parts := address_parts(address))}
    if not authors:
        return
    profiles = accounts(set(authors.values()), server)
    for number, (address, did) in enumerate(authors.items()):
        profile = profiles.get(did)
        if profile is None:
            yield Gone("bluesky", "hidden", NO_ACCOUNT, native_id=address)
        elif inner(profile.get("viewer")).get("blockedBy") is True or "blocking" in inner(profile.get("viewer")):
            yield Gone("bluesky", "hidden", BEHIND_BLOCK, native_id=address)
        elif number < room and _is_not_found(address, server):
            yield Gone("bluesky", "gone", NOT_SHOWN, native_id=address)
        else:
            yield Gone("bluesky", "hidden", LEFT_OUT, native_id=address)


def _is_not_found(address: str, server: Server) -> bool:
    params = {"uri": address, "depth": 0, "parentHeight": 0}
    try:
        answer = server.query("app.bsky.feed.getPostThread", params)
    except Told as told:
        return told.name in NO_POST
    return inner(inner(answer).get("thread")).get("notFound") is True


def accounts(dids: set[str], server: Server) -> dict[str, dict[str, Any]]:
    """What is known of accounts (handle, name, labels), by DID; those that are not shown are not in it."""
    found: dict[str, dict[str, Any]] = {}
    wanted = sorted(did for did in dids if DID.fullmatch(did))
    for start in range(0, len(wanted), AT_ONCE):
        answer = server.query("app.bsky.actor.getProfiles", {"actors": wanted[start : start + AT_ONCE]})
        found |= read_profiles(answer)
    return found


def did_of(handle: str, server: Server) -> str | None:
    """The DID of a handle; None where there is no such account."""
    try:
        answer = server.query("com.atproto.identity.resolveHandle", {"handle": handle})
    except Told:
        return None
    did = some_text(inner(answer).get("did"))
    return did if did and DID.fullmatch(did) else None
