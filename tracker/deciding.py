"""What to do with a post that was seen: is it new, does it change what is known, or is it known already? Pure.

Merging has a total order, so that the same files give the same row in whatever order they are imported:

- the text (with its time of edit and what is read from it: hashtags, links, mentions) comes from the greatest version,
  compared by: whole before cut, then the later edit, then the platform's own answer before a table made from it, then the
  later seen, then the longer, then the later in code point order;
- each other field takes the greatest known value (known before unknown), `created_at` the earliest,
  `kind` the one that says more.
"""

from dataclasses import replace
from typing import Literal, NamedTuple, TypeVar

from tracker.records import KINDS, Author, Counts, Post

_T = TypeVar("_T", str, tuple[str, str])

Verdict = Literal["new", "changed", "known"]
NO_COUNTS = Counts()


class Decision(NamedTuple):
    """`post` is what the store shall hold; `write` says whether that differs from what it holds. `text_is_new`: the text and
    what is read from it come from the post just seen. `same_text`: both show the same version, so what is read is joined.
    A post only seen again, later, is `known`, though the later time is written."""

    verdict: Verdict
    post: Post
    write: bool
    text_is_new: bool
    same_text: bool


def version(post: Post) -> tuple[bool, str, int, str, int, str]:
    """How a version of a post's text ranks against another of the same post; greater wins."""
    return (not post.truncated, post.edited_at or "", post.detail, post.seen_at or "", len(post.text), post.text)


def decide(seen: Post, known: Post | None) -> Decision:
    """Compare a post just seen with what is known of the same (platform, native_id). Counts are not compared: each sighting
    has its own."""
    if known is None:
        return Decision("new", seen, True, True, False)
    merged = merge(known, seen)
    was, now = _facts(known), _facts(merged)
    verdict: Verdict = "known" if now == replace(was, seen_at=now.seen_at, detail=now.detail) else "changed"
    return Decision(verdict, merged, was != now, version(seen) > version(known), version(seen) == version(known))


def _facts(post: Post) -> Post:
    """A post without what the store does not hand back with it (hashtags, links, mentions, counts, how the author is called)."""
    author = Author(post.platform, post.author.native_id) if post.author else None
    return replace(post, author=author, hashtags=(), links=(), mentions=(), counts=NO_COUNTS)


def merge(one: Post, other: Post) -> Post:
    """One post from two sightings of it. Commutative, associative, idempotent (but for author and counts, kept elsewhere)."""
    best, rest = (one, other) if version(one) >= version(other) else (other, one)
    same = version(one) == version(other)
    return replace(
        best,
        url=_greatest_url(one.url, other.url),
        author=_better_author(best, rest),
        lang=_greatest(one.lang, other.lang),
        created_at=min(one.created_at, other.created_at),
        kind=max(one.kind, other.kind, key=KINDS.index),
        reply_to=_greatest(one.reply_to, other.reply_to),
        conversation_id=_greatest(one.conversation_id, other.conversation_id),
        quote_of=_greatest(one.quote_of, other.quote_of),
        repost_of=_greatest(one.repost_of, other.repost_of),
        hashtags=_joined(one.hashtags, other.hashtags) if same else best.hashtags,
        links=_joined(one.links, other.links) if same else best.links,
        mentions=_joined(one.mentions, other.mentions) if same else best.mentions,
    )


def _greatest(one: str | None, other: str | None) -> str | None:
    return max(one or "", other or "") or None


def _greatest_url(one: str | None, other: str | None) -> str | None:
    """The address that names the author before the one that does not (x.com/i/web/status/...)."""
    return max(one or "", other or "", key=lambda url: (bool(url), "/i/web/" not in url, url)) or None


def _better_author(best: Post, rest: Post) -> Author | None:
    """The author by the platform's own id before one known only by handle; then the one whose handle is known."""
    known = [post.author for post in (best, rest) if post.author is not None]
    if not known:
        return None
    return min(known, key=lambda author: (author.native_id.startswith("@"), author.handle is None))


def _joined(one: tuple[_T, ...], other: tuple[_T, ...]) -> tuple[_T, ...]:
    return tuple(sorted(set(one) | set(other)))
