"""Posts of X as its web pages get them (GraphQL), which extensions such as Zeeschuimer save: one item -> one Post. Pure.

Three eras: items in pieces (`type: adaptive`, until 2023: the tweet in `legacy`, its author in `user`); the tweet in `legacy` and
its author in `core`; since the middle of 2026, no `legacy`, but parts in `details`, `counts`, `url_entities` and so on. All are
put into the shape of the first API and read as that. The number in `id` is rounded, and never used.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import inner, objects, some_text, whole_count
from tracker.platforms.text import find_hashtags, find_mentions, tag_pairs
from tracker.platforms.x_legacy import read_legacy_post
from tracker.platforms.x_parts import reference
from tracker.records import Post

GONE = "gone or hidden when it was captured"
REPEATED = (
    "retweeted_status_result",
    "retweeted_status_results",
    "repostedStatusResults",
    "reposted_status_results",
    "retweeted_tweet_results",
)
QUOTED = (
    "quoted_status_result",
    "quoted_status_results",
    "quoted_tweet_results",
    "quotedPostResults",
    "quoted_post_results",
)
ANSWERED = ("reply_to_results", "in_reply_to_results")
OF_ENTITIES = (
    ("hashtags", ("hashtag_entities", "hashtags")),
    ("urls", ("url_entities", "urls")),
    ("user_mentions", ("mention_entities", "user_mentions")),
    ("media", ("media_entities2", "media_entities", "media")),
)
DEEPEST = 4


def read_web_post(item: Mapping[str, Any], *, seen_at: str | None = None) -> Post:
    """A post from an item. `seen_at`: when the page was shown (UTC).

    Raises NotAPost with the reason, PrivatePost for posts of protected accounts and for what stands in place of a post that is
    gone."""
    tweet = _unwrapped(item)
    if "tombstone" in tweet or str(tweet.get("__typename")) in ("TweetTombstone", "TweetUnavailable"):
        raise PrivatePost(GONE)
    if not any(name in tweet for name in ("legacy", "details", "rest_id")):
        raise NotAPost("it is no post of X as its pages have them (neither rest_id nor legacy nor details)")
    old = _as_of_old(tweet, DEEPEST)
    post = read_legacy_post(old)
    said = _told_by(old)
    views = inner(tweet.get("views")).get("count", inner(tweet.get("ext_views")).get("count"))
    return replace(
        post,
        conversation_id=reference(_first(tweet, "conversation_id_str", "conversation_id")),
        seen_at=seen_at,
        hashtags=post.hashtags if said else tag_pairs(find_hashtags(post.text)),
        mentions=post.mentions if said else find_mentions(post.text),
        counts=replace(post.counts, seen_at=seen_at, views=None if post.kind == "repost" else whole_count(views)),
    )


def _told_by(old: Mapping[str, Any]) -> bool:
    """Whether the item lists the hashtags of the post whose text is shown."""
    shown = inner(old.get("retweeted_status")) or old
    return any(
        isinstance(inner(part.get("entities")).get("hashtags"), list) for part in (shown, inner(shown.get("extended_tweet")))
    )


def _unwrapped(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The tweet itself: sometimes it lies in one more object, with what X says of who may see it."""
    for _ in range(DEEPEST):
        nested = next((item[name] for name in ("tweet", "result") if isinstance(item.get(name), dict)), None)
        if nested is None or any(name in item for name in ("legacy", "details", "rest_id")):
            break
        item = nested
    return item


def _as_of_old(tweet: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """The tweet in the shape of the first API, with its author, its long text, and the post that it repeats."""
    legacy = inner(tweet.get("legacy"))
    details, counts, edits = inner(tweet.get("details")), inner(tweet.get("counts")), inner(tweet.get("edit_control"))
    first = inner(edits.get("edit_control_initial")) or edits
    repeated = _result(tweet, REPEATED)
    old: dict[str, Any] = {
        **legacy,
        "id_str": some_text(tweet.get("rest_id")) or legacy.get("id_str") or tweet.get("item_id"),
        "full_text": legacy.get("full_text") or legacy.get("text") or details.get("full_text") or details.get("text"),
        "created_at": _number(legacy.get("created_at") or details.get("created_at_ms") or details.get("created_at")),
        "lang": legacy.get("lang") or details.get("lang") or details.get("language"),
        "entities": _entities(tweet, legacy, details),
        "in_reply_to_status_id_str": _first(tweet, "in_reply_to_status_id_str") or _id_of(tweet, ANSWERED),
        "quoted_status_id_str": _first(tweet, "quoted_status_id_str") or _id_of(tweet, QUOTED),
        "user": _user(tweet),
        "edit_history": {"edit_tweet_ids": first.get("edit_tweet_ids")},
        "truncated": False,
    }
    for name in ("favorite_count", "retweet_count", "reply_count", "quote_count"):
        old[name] = legacy.get(name, counts.get(name))
    note = inner(inner(inner(tweet.get("note_tweet")).get("note_tweet_results")).get("result"))
    if some_text(note.get("text")):
        old["extended_tweet"] = {"full_text": note["text"], "entities": inner(note.get("entity_set"))}
    if depth and repeated and any(name in repeated for name in ("legacy", "details", "rest_id")):
        old["retweeted_status"] = _as_of_old(repeated, depth - 1)
    else:
        old.pop("retweeted_status", None)
    return old


def _number(value: object) -> object:
    """Milliseconds as a number, where they are given as digits."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 17 else value


def _first(tweet: Mapping[str, Any], *names: str) -> object:
    """The first of these that the tweet says, in whichever of its parts."""
    parts = (inner(tweet.get("legacy")), inner(tweet.get("details")), tweet)
    return next((part[name] for name in names for part in parts if part.get(name)), None)


def _result(tweet: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, Any]:
    """Another post that lies in the tweet under one of these names; empty where there is none, or it is gone."""
    for part in (inner(tweet.get("legacy")), tweet, inner(tweet.get("details"))):
        for name in names:
            if found := inner(part.get(name)):
                return _unwrapped(found)
    return {}


def _id_of(tweet: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    other = _result(tweet, names)
    return some_text(other.get("rest_id")) or some_text(inner(other.get("legacy")).get("id_str"))


def _entities(tweet: Mapping[str, Any], legacy: Mapping[str, Any], details: Mapping[str, Any]) -> dict[str, Any]:
    given = inner(legacy.get("entities")) or inner(details.get("entities")) or inner(tweet.get("entities"))
    found = dict(given)
    for kind, names in OF_ENTITIES:
        listed = next((part[name] for name in names for part in (tweet, details) if isinstance(part.get(name), list)), None)
        if kind not in found and listed is not None:
            found[kind] = objects(listed)
    return found


def _user(tweet: Mapping[str, Any]) -> dict[str, Any]:
    """Who wrote it; 'protected' where that stands in any part of the profile."""
    flat = inner(tweet.get("user"))
    results = inner(inner(tweet.get("core")).get("user_results")) or inner(inner(tweet.get("core")).get("user_result"))
    user = inner(results.get("result")) or inner(inner(tweet.get("author_results")).get("result"))
    legacy, core = inner(user.get("legacy")), inner(user.get("core"))
    name = {key: core.get(key) or legacy.get(key) or flat.get(key) for key in ("screen_name", "name")}
    written_by = some_text(user.get("rest_id")) or flat.get("id_str") or inner(tweet.get("legacy")).get("user_id_str")
    private = any(part.get("protected") is True for part in (flat, legacy, user, inner(user.get("privacy"))))
    return {**name, "id_str": written_by, "protected": private}
