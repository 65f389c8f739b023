"""What the answers of Bluesky's API hold: posts, the place to go on from, accounts, what is amiss. Pure.

Nothing of an answer is trusted to be there, or of the type that the documents say: a post that cannot be read is a row with a
reason, and the others of its page are kept. Fields that are not known are told of, and kept in the raw answer.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from tracker.platforms.bluesky import DID, read_view
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import inner, objects, some_text, whole_count
from tracker.platforms.text import moment_or_none
from tracker.problems import BadAnswer
from tracker.records import Found, Post, Rejected, Row, Withheld

COUNTED = ("bookmarkCount", "replyCount", "repostCount", "likeCount", "quoteCount")
VIEW_FIELDS = {
    "$type",
    "uri",
    "cid",
    "author",
    "record",
    "embed",
    *COUNTED,
    "indexedAt",
    "viewer",
    "labels",
    "threadgate",
    "debug",
}
RECORD_FIELDS = {"$type", "text", "createdAt", "facets", "reply", "embed", "langs", "labels", "tags", "entities", "via"}
"""Fields of app.bsky.feed.defs#postView and of app.bsky.feed.post, `via` being what some clients add."""


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of posts. moments: of each post, when it says that it was made and when a server saw it, as far as they can be
    read. total: how many the server says there are in all."""

    rows: tuple[Row, ...] = ()
    cursor: str | None = None
    total: int | None = None
    addresses: tuple[str, ...] = ()
    moments: tuple[tuple[str, ...], ...] = ()
    unknown: tuple[str, ...] = ()

    def posts(self) -> Iterator[Post]:
        """The posts that could be read."""
        return (row.post for row in self.rows if isinstance(row, Found))


def read_hits(answer: object, *, seen_at: str) -> Hits:
    """A page of searchPosts, searchPostsV2 or getPosts. Raises BadAnswer where it is none."""
    posts = inner(answer).get("posts")
    if not isinstance(posts, list):
        raise not_as_documented("a list of posts", answer)
    return _hits(posts, inner(answer), seen_at)


def read_feed(answer: object, *, seen_at: str) -> Hits:
    """A page of getAuthorFeed, without what the account only reposts. Raises BadAnswer where it is none."""
    feed = inner(answer).get("feed")
    if not isinstance(feed, list):
        raise not_as_documented("a feed", answer)
    return _hits([item.get("post") for item in objects(feed) if "reason" not in item], inner(answer), seen_at)


def _hits(views: list[Any], answer: Mapping[str, Any], seen_at: str) -> Hits:
    return Hits(
        rows=tuple(row_of(view, line, seen_at=seen_at) for line, view in enumerate(views, start=1)),
        cursor=some_text(answer.get("cursor")),
        total=whole_count(answer.get("hitsTotal")),
        addresses=tuple(some_text(view.get("uri")) or "" for view in objects(views)),
        moments=tuple(_moments(view) for view in objects(views)),
        unknown=unknown_fields(views),
    )


def row_of(view: object, line: int, *, seen_at: str) -> Row:
    """The row of one post view."""
    try:
        if not isinstance(view, dict):
            raise NotAPost("it is not a JSON object")
        return Found(read_view(view, seen_at=seen_at), as_bytes(view), line)
    except PrivatePost as reason:
        return Withheld(str(reason), line)
    except NotAPost as reason:
        return Rejected(str(reason), line, as_bytes(view))


def as_bytes(item: object) -> bytes:
    """An item as JSON in UTF-8; halves of surrogate pairs become '?'."""
    try:
        return orjson.dumps(item)
    except TypeError:
        return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def unknown_fields(views: Iterable[object]) -> tuple[str, ...]:
    """The fields of post views and their records that are in no document read so far, for each view that has one."""
    found: list[str] = []
    for view in views:
        if isinstance(view, dict):
            found += [f"post.{name:.60}" for name in view if name not in VIEW_FIELDS]
            found += [f"record.{name:.60}" for name in inner(view.get("record")) if name not in RECORD_FIELDS]
    return tuple(found)


def _moments(view: Mapping[str, Any]) -> tuple[str, ...]:
    said = (inner(view.get("record")).get("createdAt"), view.get("indexedAt"))
    return tuple(moment for value in said if (moment := moment_or_none(value)) is not None)


@dataclass(frozen=True, slots=True)
class Thread:
    """A post and the replies to it. posts: each view with how many replies to it stand here (shown, or stood for). stand_ins:
    of posts that are deleted or behind a block."""

    posts: tuple[tuple[dict[str, Any], int], ...]
    stand_ins: tuple[dict[str, Any], ...]

    def views(self) -> tuple[dict[str, Any], ...]:
        """All that stands in the thread."""
        return (*(view for view, _ in self.posts), *self.stand_ins)

    def cut(self) -> tuple[str, ...]:
        """The posts here of whose replies some are missing."""
        few = (view for view, replies in self.posts if (whole_count(view.get("replyCount")) or 0) > replies)
        return tuple(address for view in few if (address := some_text(view.get("uri"))))


def read_thread(answer: object) -> Thread:
    """getPostThread, the post itself first. Raises BadAnswer where it is none."""
    top = inner(answer).get("thread")
    if not isinstance(top, dict):
        raise not_as_documented("a thread", answer)
    posts: list[tuple[dict[str, Any], int]] = []
    stand_ins: list[dict[str, Any]] = []
    waiting = [top]
    while waiting:
        node = waiting.pop()
        if not isinstance(node.get("post"), dict):
            stand_ins.append(node)
            continue
        replies = objects(node.get("replies"))
        posts.append((node["post"], len(replies)))
        waiting += reversed(replies)
    return Thread(tuple(posts), tuple(stand_ins))


def read_profiles(answer: object) -> dict[str, dict[str, Any]]:
    """getProfiles: what is known of accounts, by DID. Raises BadAnswer where it is none."""
    profiles = inner(answer).get("profiles")
    if not isinstance(profiles, list):
        raise not_as_documented("a list of profiles", answer)
    return {did: profile for profile in objects(profiles) if (did := some_text(profile.get("did"))) and DID.fullmatch(did)}


def not_as_documented(wanted: str, answer: object) -> BadAnswer:
    """The answer is JSON, but not what the API documents."""
    names = ", ".join(sorted(map(str, answer))[:5]) if isinstance(answer, dict) and answer else type(answer).__name__
    return BadAnswer(
        f"Bluesky did not answer with {wanted}.",
        why=f"The answer holds: {names:.120}.",
        safe="What was kept before is still there.",
        next_step="Run the same command again later. If it stays so, the API has changed: update Debate Tracker.",
    )
