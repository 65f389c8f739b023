"""Mastodon, and servers that speak its API: the hashtag timelines of each listed server, and the campaign's own accounts there.

What the API gives and leaves out stands in mastodon.md. One post is the same on every server by its `uri`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote, urlsplit

from tracker.platforms.shapes import inner, objects, some_text, whole_count
from tracker.records import Campaign, Post
from tracker.source_settings import MastodonSettings
from tracker.sources.asking import Ask, Asking, Page
from tracker.sources.mastodon_again import home_and_others, look_again
from tracker.sources.mastodon_answers import read_statuses, unknown_fields
from tracker.sources.mastodon_server import DISABLED, PUBLIC, Server, own_token_name, server_at
from tracker.sources.mastodon_walk import Place, backward, forward

NAME, SLUG = "Mastodon", "mastodon"
WITHOUT_LOGIN = 60
"""So many replies a server shows at most to those who are not logged in."""
LOCAL_ONLY = "posts of other servers are shown only to people who are logged in there"
LOCAL_OFF = "this server does not show posts of other servers by hashtag"


def asks(campaign: Campaign) -> tuple[Ask, ...]:
    """Each hashtag on each server, and each own account on its server where that is listed."""
    settings = _settings(campaign)
    own = [account.partition(":")[2] for account in campaign.own_accounts if account.startswith(f"{SLUG}:")]
    found = []
    for server in settings.servers:
        found += [Ask(SLUG, server, f"#{tag}", "hashtag", tag) for tag in campaign.hashtags]
        at_home = [handle for handle in own if handle.rpartition("@")[2].lower() == urlsplit(server).netloc.lower()]
        found += [Ask(SLUG, server, f"@{handle}", "account", handle) for handle in at_home]
    return tuple(found)


def missing(campaign: Campaign, credentials: Mapping[str, str]) -> tuple[str, ...]:
    """Nothing is needed in advance: which servers want a token is known when they are asked. Told where one token could go to
    several servers, since it then goes to none."""
    servers = _settings(campaign).servers
    without = [server for server in servers if not credentials.get(own_token_name(server))]
    if len(servers) < 2 or not without or not credentials.get("MASTODON_TOKEN"):
        return ()
    names = ", ".join(own_token_name(server) for server in without)
    return (
        f"MASTODON_TOKEN is not used, since several servers are listed and a token belongs to one. Give it as one of {names}.",
    )


def pages(ask: Ask, asking: Asking) -> Iterator[Page]:
    """A hashtag or an own account on one server, page by page."""
    server = server_at(ask.server, asking)
    if ask.kind == "account":
        yield from _own_posts(ask, asking, server)
        return
    access = server.access()
    if access.local == DISABLED and access.remote == DISABLED:
        yield Page(complete=True, status="disabled", note="this server shows no posts by hashtag")
        return
    if not server.token and PUBLIC not in (access.local, access.remote):
        raise server.wants_login()
    params: dict[str, str] = {}
    short = ""
    if access.remote == DISABLED or (access.remote != PUBLIC and not server.token):
        params, short = {"local": "true"}, LOCAL_OFF if access.remote == DISABLED else LOCAL_ONLY
    elif access.local == DISABLED or (access.local != PUBLIC and not server.token):
        params, short = {"remote": "true"}, "posts of this server itself are not shown by hashtag without logging in"
    path = f"/api/v1/timelines/tag/{quote(ask.value, safe='')}"
    for page in _walk(asking, server, path, params):
        if not page.complete:
            yield page
        elif short:
            yield replace(page, status="partial", note=short)
        else:
            yield replace(page, expected=server.tag_uses(ask.value, page.window[0], now=asking.clock()))


def thread(post: Post, asking: Asking) -> Iterator[Page]:
    """The replies to a post, as the server that it was seen on knows them, its home first."""
    now = asking.clock()
    for server, own_id in home_and_others(post, asking):
        asking.stop()
        answer = server.get(f"/api/v1/statuses/{own_id}", expect=(404, 410))
        if answer.status != 200:
            continue
        root = inner(answer.json())
        replies = objects(inner(server.get(f"/api/v1/statuses/{own_id}/context").json()).get("descendants"))
        rows = read_statuses([root, *replies], server.uris, seen_at=now)
        cut = not server.token and len(replies) >= WITHOUT_LOGIN
        note = f"{server.host} shows {WITHOUT_LOGIN} replies at most to those who are not logged in" if cut else ""
        yield Page(
            rows,
            complete=True,
            status="partial" if cut else "",
            expected=whole_count(root.get("replies_count")),
            note=note,
            unknown_fields=unknown_fields([root, *replies]),
        )
        return
    yield Page(status="partial", note="none of the servers that it was seen on shows it any more")


def refresh(posts: Sequence[Post], asking: Asking) -> Iterator[Page]:
    """Posts as they are now: counts, edits, and which are not shown any more."""
    yield from look_again(posts, asking)


def _own_posts(ask: Ask, asking: Asking, server: Server) -> Iterator[Page]:
    answer = server.get("/api/v1/accounts/lookup", {"acct": ask.value.rpartition("@")[0] or ask.value}, expect=(404,))
    own_id = some_text(inner(answer.json()).get("id")) if answer.status == 200 else None
    if own_id is None:
        yield Page(complete=True, status="partial", note="this server knows no such account")
        return
    yield from _walk(asking, server, f"/api/v1/accounts/{quote(own_id, safe='')}/statuses", {})


def _walk(asking: Asking, server: Server, path: str, params: dict[str, str]) -> Iterator[Page]:
    now = asking.clock()
    if asking.since or asking.until:
        yield from backward(server, path, dict(params), since=asking.since, until=asking.until, now=now, stop=asking.stop)
        return
    lag = _settings(asking.campaign).lag_days
    place = Place.from_cursor(asking.cursor)
    yield from forward(server, path, dict(params), place, lag_days=lag, now=now, stop=asking.stop)


def _settings(campaign: Campaign) -> MastodonSettings:
    return campaign.sources.mastodon or MastodonSettings()
