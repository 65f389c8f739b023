"""Posts of Bluesky (app.bsky.feed.post of the AT Protocol): a post view or a record -> one Post. Pure.

- The id of a post is its `at://DID/app.bsky.feed.post/KEY`. The DID stays; handles change, and `handle.invalid` is none.
- `createdAt` is the client's word and can be anything. The post's time is createdAt, but no later than the server's
  `indexedAt` (as the AppView sorts), or, in a record by itself, than the time in its key where that is a TID. Where createdAt
  cannot be read, has no zone, or lies before Bluesky began (posts that were brought along from elsewhere; 1970; the year 1), that
  later time is the post's.
- Facets point at bytes of the UTF-8 text, not at characters.
- Hashtags are those of the facets, those in `tags`, which do not stand in the text, and plain #words in the text.
- Of the labels of an author those of the protocol are kept (`!no-unauthenticated`: not to be shown to people who are not logged
  in, which makes `opted_out` True); what labelling services say of people is not.
- A post that is a reply is in the conversation of its root; a rewritten post keeps its id and does not say when it was rewritten.
"""

import re
from collections.abc import Mapping
from typing import Any

from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import inner, objects, some_text, whole_count
from tracker.platforms.text import find_hashtags, find_links, moment_of, moment_or_none, sound, tag_pairs, utc
from tracker.records import Author, Counts, Post

COLLECTION = "app.bsky.feed.post"
BEGAN = "2022-11-01T00:00:00Z"
"""Nothing was posted on Bluesky before."""
POST_ADDRESS = re.compile(r"at://(did:[a-z0-9]+:[\w.:%-]+)/app\.bsky\.feed\.post/([\w.~:-]+)", re.ASCII)
BY_HANDLE = re.compile(r"at://[\w.-]+/app\.bsky\.feed\.post/([\w.~:-]+)", re.ASCII)
DID = re.compile(r"did:[a-z0-9]+:[\w.:%-]+", re.ASCII)
TID_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
TID = re.compile(f"[{TID_LETTERS[:16]}][{TID_LETTERS}]{{12}}")
NO_HANDLE = "handle.invalid"
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
NO_LANGUAGE = ("und", "zxx", "mul", "mis")
NOT_IN_PUBLIC = "!no-unauthenticated"
NOT_FOUND = "deleted by its author"
BLOCKED = "its author and somebody block each other"
WEB = re.compile(r"https?://\S+", re.IGNORECASE)


def read_view(view: Mapping[str, Any], *, seen_at: str | None = None) -> Post:
    """A post from a post view, as searchPosts, getPosts, getPostThread and getAuthorFeed give it (there, the value of `post`).

    Raises NotAPost with the reason, PrivatePost for the stand-in of a post that is gone or behind a block."""
    kind = str(view.get("$type") or "")
    if view.get("notFound") is True or kind.endswith(("#notFoundPost", "#viewNotFound")):
        raise PrivatePost(NOT_FOUND)
    if view.get("blocked") is True or kind.endswith(("#blockedPost", "#viewBlocked")):
        raise PrivatePost(BLOCKED)
    record = view.get("record")
    if not isinstance(record, dict):
        raise NotAPost("it holds no record of a post")
    profile = inner(view.get("author"))
    address = some_text(view.get("uri")) or ""
    by_handle, did = BY_HANDLE.fullmatch(address), profile.get("did")
    if by_handle and isinstance(did, str):
        address = f"at://{did}/{COLLECTION}/{by_handle[1]}"
    counts = Counts(
        seen_at=seen_at,
        likes=whole_count(view.get("likeCount")),
        reposts=whole_count(view.get("repostCount")),
        replies=whole_count(view.get("replyCount")),
        quotes=whole_count(view.get("quoteCount")),
    )
    own = [*objects(view.get("labels")), *_self_labels(record)]
    return _post(address, record, profile, own, view.get("indexedAt"), counts, seen_at)


def read_record(
    did: str,
    rkey: str,
    record: Mapping[str, Any],
    *,
    profile: Mapping[str, Any] | None = None,
    indexed_at: str | None = None,
    seen_at: str | None = None,
) -> Post:
    """A post from a record as its author wrote it, which a repository or the stream has: nothing is known of its counts.

    profile: what is known of the author, as views have it (handle, displayName, labels). indexed_at: when a server first saw the
    post. Raises NotAPost with the reason."""
    return _post(f"at://{did}/{COLLECTION}/{rkey}", record, profile or {}, _self_labels(record), indexed_at, Counts(), seen_at)


def address_parts(address: str) -> tuple[str, str] | None:
    """(DID, key) of the at:// address of a post; None for any other."""
    found = POST_ADDRESS.fullmatch(address)
    return (found[1], found[2]) if found else None


def time_in_key(rkey: str) -> str | None:
    """When a record was made, UTC, as a key that is a TID says it: microseconds, then ten bits of a clock's number.

    None for any other key, or where it cannot be right. https://atproto.com/specs/tid"""
    if not TID.fullmatch(rkey):
        return None
    number = 0
    for letter in rkey:
        number = number << 5 | TID_LETTERS.index(letter)
    return _within(utc((number >> 10) // 1_000_000)) if (number >> 10) < 2**52 else None


def _post(
    address: str,
    record: Mapping[str, Any],
    profile: Mapping[str, Any],
    labels: list[dict[str, Any]],
    indexed_at: object,
    counts: Counts,
    seen_at: str | None,
) -> Post:
    parts = address_parts(address)
    if parts is None:
        raise NotAPost("it has no address of a post of Bluesky (uri)" if address else "it has no uri")
    if record.get("$type", COLLECTION) != COLLECTION:
        raise NotAPost("it is a record of another kind ($type)")
    text = record.get("text")
    if not isinstance(text, str):
        raise NotAPost("it has no text")
    did, rkey = parts
    tags, links, mentions, bare = _facets(record, text)
    external, quoted = _embedded(record)
    reply = inner(record.get("reply"))
    reply_to = some_text(inner(reply.get("parent")).get("uri"))
    tags += [*_texts(record.get("tags")), *find_hashtags(bare)]
    return sound(
        Post(
            platform="bluesky",
            native_id=address,
            text=text,
            created_at=_created_at(record.get("createdAt"), indexed_at, rkey),
            url=f"https://bsky.app/profile/{did}/post/{rkey}",
            author=_author(did, profile, labels),
            lang=_language(record.get("langs")),
            kind="reply" if reply_to else "quote" if quoted else "original",
            reply_to=reply_to,
            conversation_id=some_text(inner(reply.get("root")).get("uri")),
            quote_of=quoted,
            seen_at=seen_at,
            hashtags=tag_pairs(tags),
            links=tuple(dict.fromkeys([*links, *find_links(bare), *external])),
            mentions=tuple(dict.fromkeys(mentions)),
            counts=counts,
        )
    )


def _created_at(claimed: object, indexed_at: object, rkey: str) -> str:
    """The post's time, by the rule at the top."""
    seen = _moment(indexed_at) or time_in_key(rkey)
    if seen is None:
        without_zone = isinstance(claimed, str) and _moment(claimed) is None and _moment(f"{claimed}Z") is not None
        return moment_of(f"{claimed}Z" if without_zone else claimed, earliest=BEGAN, what="createdAt")
    said = _moment(claimed)
    return min(said, seen) if said else seen


def _moment(value: object) -> str | None:
    moment = moment_or_none(value)
    return _within(moment) if moment else None


def _within(moment: str) -> str | None:
    return moment if BEGAN <= moment < "2101" else None


def _author(did: str, profile: Mapping[str, Any], labels: list[dict[str, Any]]) -> Author:
    handle = some_text(profile.get("handle"))
    said = [label.get("val") for label in objects(profile.get("labels")) if label.get("neg") is not True]
    said += [NOT_IN_PUBLIC for label in labels if label.get("val") == NOT_IN_PUBLIC and label.get("neg") is not True]
    return Author(
        "bluesky",
        did,
        None if handle == NO_HANDLE else handle,
        some_text(profile.get("displayName")),
        opted_out=True if NOT_IN_PUBLIC in said else None,
        labels=tuple(dict.fromkeys(val for val in said if isinstance(val, str) and val.startswith("!"))),
    )


def _self_labels(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    return objects(inner(record.get("labels")).get("values"))


def _language(langs: object) -> str | None:
    """The only language that the author names; of several it is not known which the text is in."""
    named = [lang for lang in _texts(langs) if LANGUAGE.fullmatch(lang) and lang.lower() not in NO_LANGUAGE]
    return named[0] if len(named) == 1 else None


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _facets(record: Mapping[str, Any], text: str) -> tuple[list[str], list[str], list[str], str]:
    """(tags, links, handles, the text with blanks where links and handles stand) of a record's facets."""
    tags: list[str] = []
    links: list[str] = []
    handles: list[str] = []
    written = text.encode("utf-8", "surrogatepass")
    bare = bytearray(written)
    for facet in objects(record.get("facets")):
        start, end = _slice(inner(facet.get("index")), len(written))
        for feature in objects(facet.get("features")):
            kind = str(feature.get("$type") or "").rpartition("#")[2]
            if kind == "tag" and (tag := some_text(feature.get("tag"))):
                tags.append(tag)
            elif kind == "link" and (link := some_text(feature.get("uri"))) and WEB.fullmatch(link):
                links.append(link)
                bare[start:end] = b" " * (end - start)
            elif kind == "mention":
                shown = written[start:end].decode("utf-8", "replace")
                handles += [shown[1:]] if shown.startswith("@") and len(shown) > 1 else []
                bare[start:end] = b" " * (end - start)
    for entity in objects(record.get("entities")):  # what came before facets, until 2023
        if entity.get("type") == "link" and (link := some_text(entity.get("value"))) and WEB.fullmatch(link):
            links.append(link)
    return tags, links, handles, bare.decode("utf-8", "replace")


def _slice(index: Mapping[str, Any], length: int) -> tuple[int, int]:
    start, end = whole_count(index.get("byteStart")), whole_count(index.get("byteEnd"))
    return (start, end) if start is not None and end is not None and start < end <= length else (0, 0)


def _embedded(record: Mapping[str, Any]) -> tuple[list[str], str | None]:
    """(links, the post that is quoted) of what is embedded."""
    embed = inner(record.get("embed"))
    media = inner(embed.get("media")) or embed
    link = some_text(inner(media.get("external")).get("uri"))
    embedded = inner(embed.get("record"))
    quoted = some_text(embedded.get("uri")) or some_text(inner(embedded.get("record")).get("uri"))
    return [link] if link and WEB.fullmatch(link) else [], quoted if quoted and address_parts(quoted) else None
