"""Posts of X as its API v2 gives them (and twarc2 keeps them): one item -> one Post. Pure.

- The text is the long one (`note_tweet`, `note_post`) where there is one. A repost has the text, hashtags, links and language of
  the original, which X cuts in the repost itself; without the original it keeps the cut text and says so.
- An edited post has a new id; the first id of its chain is the id of the post, so that all versions are one.
- Both spellings of the API are read: tweets of old (`referenced_tweets`, `includes.tweets`) and posts of August 2026.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import inner, objects, some_text, whole_count
from tracker.platforms.text import moment_of, sound, tag_pairs
from tracker.platforms.x_named import links_in, mentions_in, tags_in
from tracker.platforms.x_parts import (
    EARLIEST,
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

PROTECTED = "protected account"


class Includes:
    """What an answer gives beside its posts, by id: the authors, and the posts that others refer to."""

    def __init__(self, includes: object = None) -> None:
        parts = inner(includes)
        self.users = _by_id(parts.get("users"))
        self.tweets = _by_id(parts.get("tweets")) | _by_id(parts.get("posts"))

    def beside(self, tweet: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """(users, tweets) that belong to one post: its author, the posts that it refers to, and their authors."""
        tweets = [self.tweets[ref] for ref in map(_id_of, references(tweet).values()) if ref in self.tweets]
        authors = dict.fromkeys(str(post.get("author_id")) for post in (tweet, *tweets))
        return [self.users[author] for author in authors if author in self.users], tweets


def references(tweet: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The posts that a post refers to: retweeted, quoted, replied_to -> the reference."""
    if "referenced_tweets" not in tweet and "referenced_posts" not in tweet:
        return {}
    listed = objects(tweet.get("referenced_tweets")) or objects(tweet.get("referenced_posts"))
    return {str(ref.get("type")).replace("reposted", "retweeted"): ref for ref in listed}


def read_post(
    tweet: Mapping[str, Any], includes: Includes | None = None, *, seen_at: str | None = None, marks_in_text: bool = False
) -> Post:
    """A post from an item of `data`, plain or flattened by twarc2. seen_at: when the answer was given (UTC); marks_in_text:
    whether X may not have been asked which hashtags, links and mentions there are, so that where it marks nothing they are read
    from the text.

    Raises NotAPost with the reason, PrivatePost for posts of protected accounts."""
    includes = includes or Includes()
    latest = exact_id(tweet.get("id"))
    first = _first_version(tweet, latest)
    refs = references(tweet)
    shown = _original(refs, includes) or tweet
    author = _author(tweet, includes)
    if shown is not tweet:
        _author(shown, includes)
    note = _note(shown)
    marked = [inner(said["entities"]) for said in (note, shown) if "entities" in said]
    links, text, cut = _text(shown, note, marked)
    tags: list[Any] = [tag.get("tag") for entities in marked for tag in objects(entities.get("hashtags"))]
    named: Sequence[Any] = [name.get("username") for entities in reversed(marked) for name in objects(entities.get("mentions"))]
    cut = cut or ("retweeted" in refs and shown is tweet and is_cut(text))
    if marks_in_text and not marked:
        tags, links, named = tags_in(text, cut=cut), links_in(text, cut=cut), mentions_in(text, cut=cut)
    created_at, edited_at = _times(tweet, first, latest)
    return sound(
        Post(
            platform="x",
            native_id=first,
            text=text,
            created_at=created_at,
            url=address(latest, author.handle if author else None),
            author=author,
            lang=language(shown.get("lang")),
            edited_at=edited_at,
            kind=_kind(refs),
            reply_to=_reference(refs, "replied_to"),
            conversation_id=reference(tweet.get("conversation_id")),
            quote_of=_reference(refs, "quoted"),
            repost_of=_reference(refs, "retweeted"),
            truncated=cut,
            seen_at=seen_at,
            hashtags=tag_pairs(tag for tag in tags if isinstance(tag, str)),
            links=links,
            mentions=tuple(dict.fromkeys(name for name in named if isinstance(name, str) and name)),
            counts=_counts(tweet, seen_at),
        )
    )


def time_seen(twarc: object) -> str | None:
    """When twarc2 fetched an answer, from its `__twarc` note; None where that is missing or no time."""
    try:
        return moment_of(inner(twarc).get("retrieved_at"), earliest=EARLIEST)
    except NotAPost:
        return None


def _by_id(items: object) -> dict[str, dict[str, Any]]:
    return {str(item["id"]): item for item in objects(items) if isinstance(item.get("id"), str | int)}


def _id_of(ref: Mapping[str, Any]) -> str:
    return str(ref.get("id"))


def _reference(refs: Mapping[str, Mapping[str, Any]], kind: str) -> str | None:
    return reference(refs[kind].get("id")) if kind in refs else None


def _first_version(tweet: Mapping[str, Any], latest: str) -> str:
    history = tweet.get("edit_history_tweet_ids") or tweet.get("edit_history_post_ids")
    return exact_id(history[0]) if isinstance(history, list) and history else latest


def _original(refs: Mapping[str, dict[str, Any]], includes: Includes) -> Mapping[str, Any] | None:
    """The post that is reposted: from the includes, or as twarc2 flatten writes it into the reference itself."""
    ref = refs.get("retweeted")
    if ref is None:
        return None
    original = ref if "text" in ref else includes.tweets.get(_id_of(ref))
    return original if original and isinstance(original.get("text"), str) else None


def _author(tweet: Mapping[str, Any], includes: Includes) -> Author | None:
    user = inner(tweet.get("author"))
    if "id" in user:
        author_id: object = user["id"]
    else:
        author_id = tweet.get("author_id")
        user = includes.users.get(str(author_id), {})
    if user.get("protected") is True:
        raise PrivatePost(PROTECTED)
    if not isinstance(author_id, str | int) or isinstance(author_id, bool) or author_id == "":
        return None
    handle = some_text(user.get("username")) or some_text(tweet.get("username"))
    return Author("x", str(author_id), handle, some_text(user.get("name")))


def _note(tweet: Mapping[str, Any]) -> dict[str, Any]:
    """The whole text of a long post, of which `text` has the beginning."""
    return inner(tweet.get("note_tweet")) or inner(tweet.get("note_post"))


def _text(
    tweet: Mapping[str, Any], note: Mapping[str, Any], marked: Sequence[Mapping[str, Any]]
) -> tuple[tuple[str, ...], str, bool]:
    """(links, text, whether it is known to be cut) of the post whose text is shown. `marked`: the entities of its note and of
    itself, as far as there are any."""
    addresses = Addresses(_id_of(tweet))
    for entities in reversed(marked):
        addresses.add(objects(entities.get("urls")))
    text = note.get("text") or tweet.get("text")
    if not isinstance(text, str):
        raise NotAPost("it has no text")
    return addresses.links, addresses.spelled_out(text), addresses.is_cut and not note.get("text")


def _times(tweet: Mapping[str, Any], first: str, latest: str) -> tuple[str, str | None]:
    """(when the first version was written, when the one at hand was edited or None)."""
    created_at = time_of(tweet.get("created_at"), latest)
    if first == latest:
        return created_at, None
    began = snowflake_time(first)
    return min(created_at, began or created_at), snowflake_time(latest) or created_at


def _kind(refs: Mapping[str, object]) -> str:
    for reference_type, kind in (("retweeted", "repost"), ("replied_to", "reply"), ("quoted", "quote")):
        if reference_type in refs:
            return kind
    return "original"


def _counts(tweet: Mapping[str, Any], seen_at: str | None) -> Counts:
    metrics = inner(tweet.get("public_metrics"))
    return Counts(
        seen_at=seen_at,
        likes=whole_count(metrics.get("like_count")),
        reposts=whole_count(metrics.get("retweet_count", metrics.get("repost_count"))),
        replies=whole_count(metrics.get("reply_count")),
        quotes=whole_count(metrics.get("quote_count")),
        views=whole_count(metrics.get("impression_count")),
    )
