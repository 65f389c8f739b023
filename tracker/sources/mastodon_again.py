"""Posts of Mastodon looked at again: by the ids that the servers they were seen on have for them."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from tracker.platforms.mastodon import host_of
from tracker.platforms.shapes import inner, objects, some_text
from tracker.problems import CredentialsRefused, Refused, SourceProblem
from tracker.records import Post
from tracker.sources.asking import Asking, Gone, Page
from tracker.sources.mastodon_answers import read_statuses, unknown_fields
from tracker.sources.mastodon_server import NO_SUCH_PLACE, Server, server_at

AT_ONCE = 20
STATUS_OF_MASTODON = re.compile(r"^https?://[^/]+/(?:users/(?P<name>[^/]+)|ap/users/(?P<account>\d+))/statuses/(?P<status>\d+)$")
"""The address of a post that Mastodon made (others have forms of their own) ends in the id that its home has for it; told from it
once the item itself, which says it too, is no longer kept. Before 4.5 it has the author's name, since then the account's id."""
NOT_PUBLIC = ("private", "direct")


def home_and_others(post: Post, asking: Asking) -> list[tuple[Server, str]]:
    """The listed servers that a post was seen on, with the id that each has for it, its home first."""
    settings = asking.campaign.sources.mastodon
    listed = {urlsplit(server).netloc: server for server in (settings.servers if settings else ())}
    found: dict[str, str] = {}
    for host, item in asking.answers(post):
        own_id = _id_in(item)
        if host in listed and own_id:
            found.setdefault(host, own_id)
    home = host_of(post.native_id)
    named = STATUS_OF_MASTODON.search(post.native_id)
    if named and home in listed:
        found.setdefault(home, named["status"])
    hosts = sorted(found, key=lambda host: (host != home, host))
    return [(server_at(listed[host], asking), quote(found[host], safe="")) for host in hosts]


def look_again(posts: Sequence[Post], asking: Asking) -> Iterator[Page]:
    """The posts as they are now. One that its home does not show any more is gone; elsewhere it may only have been tidied up. A
    server that does not answer keeps none of the others from being asked: it is told of at the end."""
    batches: dict[str, list[tuple[Post, str]]] = {}
    servers: dict[str, Server] = {}
    for post in posts:
        for server, own_id in home_and_others(post, asking)[:1]:
            servers[server.base] = server
            batches.setdefault(server.base, []).append((post, own_id))
    failed: SourceProblem | CredentialsRefused | None = None
    for base, wanted in batches.items():
        try:
            for start in range(0, len(wanted), AT_ONCE):
                asking.stop()
                yield _some_again(servers[base], wanted[start : start + AT_ONCE], asking)
        except (SourceProblem, CredentialsRefused) as problem:
            failed = failed or problem
    if failed is not None:
        raise failed
    asked = sum(map(len, batches.values()))
    others = f"{len(posts) - asked} more were not seen on a server that the campaign lists, so they were not asked for"
    yield Page(complete=True, expected=asked, note=others if asked < len(posts) else "")


def _some_again(server: Server, wanted: list[tuple[Post, str]], asking: Asking) -> Page:
    """Up to AT_ONCE posts of one server in one request (since 4.3); what is left out there is asked for by itself."""
    answer = server.get("/api/v1/statuses", {"id[]": [own_id for _, own_id in wanted]}, expect=NO_SUCH_PLACE)
    shown = objects(answer.json()) if answer.status == 200 else []
    there = {some_text(status.get("id")) for status in shown}
    gone: list[Gone] = []
    for post, own_id in wanted:
        if own_id in there:
            continue
        asking.stop()
        try:
            single = server.get(f"/api/v1/statuses/{own_id}", expect=(404, 410))
        except Refused as refused:
            gone.append(Gone("mastodon", "hidden", f"{server.host} does not show it: {refused.why}", post.native_id))
            continue
        if single.status == 200:
            shown += objects([single.json()])
        else:
            gone.append(_gone(server, post, single.status, asking))
    ours = {own_id: post for post, own_id in wanted}
    for status in shown:
        if status.get("visibility") in NOT_PUBLIC and (now_private := ours.get(str(status.get("id")))):
            gone.append(Gone("mastodon", "hidden", "it is for followers or single people now", now_private.native_id))
    rows = read_statuses(shown, server.uris, seen_at=asking.clock())
    return Page(rows, gone=tuple(gone), unknown_fields=unknown_fields(shown))


def _gone(server: Server, post: Post, status: int, asking: Asking) -> Gone:
    """Deleted by its author, as far as can be told: its home does not show it, and still shows its author."""
    if host_of(post.native_id) != server.host:
        return Gone("mastodon", "hidden", f"{server.host}, where it was seen, answers with {status}", post.native_id)
    if not _author_is_there(server, post, asking):
        return Gone(
            "mastodon", "hidden", f"{server.host} does not show its author: suspended, or the account is gone", post.native_id
        )
    return Gone("mastodon", "gone", f"{server.host}, where it was posted, answers with {status}", post.native_id)


def _author_is_there(server: Server, post: Post, asking: Asking) -> bool:
    """Whether the home of a post still shows who wrote it: a suspended account takes its posts along, and may come back."""
    for host, item in asking.answers(post):
        own_id = some_text(inner(_object_in(item).get("account")).get("id")) if host == server.host else None
        if own_id:
            answer = server.get(f"/api/v1/accounts/{quote(own_id, safe='')}", expect=NO_SUCH_PLACE)
            if answer.status != 200:
                return answer.status not in (404, 410)
            return inner(answer.json()).get("suspended") is not True
    named = STATUS_OF_MASTODON.search(post.native_id)
    if named is None:
        return True
    if named["account"]:
        answer = server.get(f"/api/v1/accounts/{named['account']}", expect=NO_SUCH_PLACE)
    else:
        answer = server.get("/api/v1/accounts/lookup", {"acct": named["name"]}, expect=NO_SUCH_PLACE)
    if answer.status != 200:
        return answer.status not in (404, 410)
    return inner(answer.json()).get("suspended") is not True


def _id_in(item: bytes) -> str | None:
    return some_text(_object_in(item).get("id"))


def _object_in(item: bytes) -> dict[str, Any]:
    try:
        return inner(json.loads(item))
    except ValueError:
        return {}
