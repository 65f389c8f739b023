"""Posts of X in the shape of its first API (v1.1), which the archive of an account still has: one item -> one Post. Pure.

The archive holds only what the account itself posted. A repost is there only as a cut text ("RT @x: ..."), so the post
that it repeats is not known by id. The API itself gives that post beside its repost, which takes its text, hashtags, links and
language from it. A long text stands in `full_text`, or beside its own beginning in `extended_tweet`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import inner, objects, some_text, whole_count
from tracker.platforms.text import sound, tag_pairs
from tracker.platforms.x import PROTECTED
from tracker.platforms.x_named import links_in, mentions_in, tags_in
from tracker.platforms.x_parts import (
    RETWEET_STUMP,
    Addresses,
    address,
    exact_id,
    is_cut,
    language,
    reference,
    snowflake_time,
    time_of,
)
from tracker.records import Author, Counts, Post


def read_legacy_post(tweet: Mapping[str, Any], author: Author | None = None) -> Post:
    """A post from a v1.1 item. `author`: whose archive it is, where the item itself names nobody.

    Raises NotAPost with the reason, PrivatePost for posts of protected accounts."""
    latest = _id(tweet, "id")
    first = _first_version(tweet, latest)
    shown = inner(tweet.get("retweeted_status")) or tweet
    author = _author(tweet) or author
    if shown is not tweet:
        _author(shown)
    text, addresses, cut = _text(shown)
    entities = _entities(shown)
    stump = shown is tweet and RETWEET_STUMP.match(text) is not None
    cut = cut or (stump and is_cut(text))
    tags: list[Any] = [tag.get("text") for tag in objects(entities.get("hashtags"))]
    links: tuple[str, ...] = addresses.links
    named: Sequence[Any] = [one.get("screen_name") for one in objects(entities.get("user_mentions"))]
    if not entities and "entities" not in shown:  # nobody asked for them
        tags, links, named = tags_in(text, cut=cut), links_in(text, cut=cut), mentions_in(text, cut=cut)
    kind = _kind(tweet, stump=stump)
    created_at = time_of(tweet.get("created_at"), latest)
    edited = first != latest
    return sound(
        Post(
            platform="x",
            native_id=first,
            text=text,
            created_at=min(created_at, snowflake_time(first) or created_at) if edited else created_at,
            url=address(latest, author.handle if author else None),
            author=author,
            lang=language(shown.get("lang")),
            edited_at=(snowflake_time(latest) or created_at) if edited else None,
            kind=kind,
            reply_to=_reference(tweet, "in_reply_to_status_id"),
            quote_of=_reference(tweet, "quoted_status_id") if shown is tweet else None,
            repost_of=_reference(shown, "id") if shown is not tweet else None,
            truncated=cut,
            hashtags=tag_pairs(tag for tag in tags if isinstance(tag, str)),
            links=links,
            mentions=tuple(dict.fromkeys(name for one in named if (name := some_text(one)))),
            counts=Counts(
                likes=whole_count(tweet.get("favorite_count")),
                reposts=whole_count(tweet.get("retweet_count")),
                replies=whole_count(tweet.get("reply_count")),
                quotes=whole_count(tweet.get("quote_count")),
            ),
        )
    )


def _id(tweet: Mapping[str, Any], name: str) -> str:
    """`id_str` before `id`: the number is often rounded where the text is whole."""
    return exact_id(tweet.get(f"{name}_str") or tweet.get(name))


def _reference(tweet: Mapping[str, Any], name: str) -> str | None:
    return reference(tweet.get(f"{name}_str") or tweet.get(name))


def _first_version(tweet: Mapping[str, Any], latest: str) -> str:
    """The id of the post before it was edited. The archive writes it in `edit_info`, the API in `ext_edit_control`, the API for
    companies in `edit_history`."""
    info, control, history = (inner(tweet.get(name)) for name in ("edit_info", "ext_edit_control", "edit_history"))
    named = (
        inner(info.get("edit")).get("initialTweetId"),
        inner(control.get("edit")).get("initial_tweet_id"),
        history.get("initial_tweet_id"),
    )
    listed = (
        inner(info.get("initial")).get("editTweetIds"),
        inner(control.get("initial")).get("edit_tweet_ids"),
        history.get("edit_tweet_ids"),
    )
    firsts = (*named, *(ids[0] for ids in listed if isinstance(ids, list) and ids))
    return next((began for first in firsts if (began := reference(first))), latest)


def _author(tweet: Mapping[str, Any]) -> Author | None:
    user = inner(tweet.get("user"))
    if user.get("protected") is True:
        raise PrivatePost(PROTECTED)
    author_id = reference(user.get("id_str") or user.get("id"))
    if author_id is None:
        return None
    return Author("x", author_id, some_text(user.get("screen_name")), some_text(user.get("name")))


def _entities(tweet: Mapping[str, Any]) -> dict[str, Any]:
    return inner(inner(tweet.get("extended_tweet")).get("entities")) or inner(tweet.get("entities"))


def _text(tweet: Mapping[str, Any]) -> tuple[str, Addresses, bool]:
    """(text, what its short addresses stand for, whether it is known to be cut)."""
    longer = inner(tweet.get("extended_tweet")).get("full_text")
    text = longer or tweet.get("full_text") or tweet.get("text")
    if not isinstance(text, str):
        raise NotAPost("it has no text")
    entities = _entities(tweet)
    addresses = Addresses(_id(tweet, "id"))
    addresses.add(objects(entities.get("urls")))
    for media in (*objects(entities.get("media")), *objects(inner(tweet.get("extended_entities")).get("media"))):
        addresses.add_media(some_text(media.get("url")))
    cut = not longer and (tweet.get("truncated") is True or addresses.is_cut)
    return addresses.spelled_out(text), addresses, cut


def _kind(tweet: Mapping[str, Any], *, stump: bool) -> str:
    if stump or tweet.get("retweeted_status"):
        return "repost"
    if tweet.get("in_reply_to_status_id_str") or tweet.get("in_reply_to_status_id"):
        return "reply"
    return "quote" if tweet.get("quoted_status_id_str") or tweet.get("quoted_status_id") else "original"
