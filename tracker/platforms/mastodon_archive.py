"""Posts of the fediverse as an account's archive keeps them (ActivityPub activities): one activity -> one Post. Pure.

An archive holds everything that its owner posted, direct messages too. Only what was addressed to everyone is read: public
posts (in `to`) and unlisted ones (in `cc`). A boost (Announce) names only the address of what was boosted; its words are
not in the archive.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tracker.platforms.mastodon import EARLIEST, OPT_OUT, PRIVATE, host_of, spelled_tags, text_of, whole_name
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import inner, objects, some_text
from tracker.platforms.text import moment_of, sound
from tracker.records import Author, Post

PUBLIC = ("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public")
"""The three spellings of "everyone" (ActivityPub, section 5.6)."""
POSTS = ("Note", "Question", "Article", "Page")
DELETED = "deleted by its author"
HANDLE_IN_ADDRESS = re.compile(r"https?://[^/]+/(?:@|users/|u/|profile/)([^/@?#]+)")


def read_activity(activity: Mapping[str, Any], *, profile: Mapping[str, Any] | None = None) -> Post:
    """A post from a Create or an Announce. `profile`: the account's own (actor.json), for its name.

    Raises NotAPost with the reason, PrivatePost for what is left out on purpose."""
    post = _read(activity)
    author = post.author
    if not profile or author is None or profile.get("id") != author.native_id:
        return post
    name, asked_not_to = some_text(profile.get("preferredUsername")), OPT_OUT.search(str(profile.get("summary") or ""))
    return sound(
        replace(
            post,
            author=replace(
                author,
                handle=f"{name}@{host_of(author.native_id)}" if name else author.handle,
                display_name=some_text(profile.get("name")) or author.display_name,
                opted_out=True if asked_not_to else author.opted_out,
            ),
        )
    )


def _read(activity: Mapping[str, Any]) -> Post:
    kind, item = activity.get("type"), activity.get("object")
    if kind in ("Delete", "Tombstone") or inner(item).get("type") == "Tombstone":
        raise PrivatePost(DELETED)
    if kind == "Announce":
        return _boost(activity, item)
    if kind != "Create":
        raise PrivatePost(f"not a post ({kind:.20})" if isinstance(kind, str) else "not a post")
    if not isinstance(item, dict):
        raise NotAPost("it holds no post, only an address")
    if item.get("type") not in POSTS:
        raise PrivatePost(f"not a post ({item['type']:.20})" if isinstance(item.get("type"), str) else "not a post")
    return _note(activity, item)


def _note(activity: Mapping[str, Any], note: Mapping[str, Any]) -> Post:
    if not (_is_public(note) or ("to" not in note and _is_public(activity))):
        raise PrivatePost(PRIVATE)
    native_id = some_text(note.get("id"))
    if native_id is None:
        raise NotAPost("it has no id")
    text, links = text_of(_content(note), note.get("summary"), _options(note))
    reply_to, quoted = _address(note.get("inReplyTo")), _quoted(note)
    url = _address(note.get("url"))
    tags = objects(note.get("tag"))
    updated = note.get("updated")
    return sound(
        Post(
            platform="mastodon",
            native_id=native_id,
            text=text,
            created_at=moment_of(note.get("published") or activity.get("published"), earliest=EARLIEST, what="published"),
            url=url,
            author=_author(note.get("attributedTo") or activity.get("actor"), url),
            lang=_language(note),
            edited_at=moment_of(updated, earliest=EARLIEST, what="updated") if updated is not None else None,
            kind="reply" if reply_to else "quote" if quoted else "original",
            reply_to=reply_to,
            conversation_id=some_text(note.get("conversation")),
            quote_of=quoted,
            hashtags=spelled_tags([tag.get("name") for tag in tags if tag.get("type") == "Hashtag"], text),
            links=links,
            mentions=tuple(dict.fromkeys(name for t in tags if t.get("type") == "Mention" and (name := _named(t)))),
        )
    )


def _named(tag: Mapping[str, Any]) -> str | None:
    return whole_name((some_text(tag.get("name")) or "").removeprefix("@"), some_text(tag.get("href")))


def _boost(activity: Mapping[str, Any], item: object) -> Post:
    if not _is_public(activity):
        raise PrivatePost(PRIVATE)
    boosted = _address(item)
    native_id = some_text(activity.get("id"))
    if boosted is None or native_id is None:
        raise NotAPost("it does not say what was boosted" if native_id else "it has no id")
    return sound(
        Post(
            platform="mastodon",
            native_id=native_id,
            text="",
            created_at=moment_of(activity.get("published"), earliest=EARLIEST, what="published"),
            author=_author(activity.get("actor"), None),
            kind="repost",
            repost_of=boosted,
            truncated=True,
        )
    )


def _is_public(item: Mapping[str, Any]) -> bool:
    """Whether everyone is among those addressed, in `to` (public) or in `cc` (unlisted)."""
    return any(name in PUBLIC for field in ("to", "cc") for name in _listed(item.get(field)))


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _address(value: object) -> str | None:
    """An address given as text, as a list of them, or as an object with an id or href."""
    for one in _listed(value):
        found = some_text(one) or some_text(inner(one).get("id")) or some_text(inner(one).get("href"))
        if found:
            return found
    return None


def _content(note: Mapping[str, Any]) -> object:
    if note.get("content") is None and (by_language := inner(note.get("contentMap"))):
        return next(iter(by_language.values()))
    return note.get("content")


def _language(note: Mapping[str, Any]) -> str | None:
    languages = list(inner(note.get("contentMap")))
    return some_text(languages[0]) if len(languages) == 1 else None


def _options(note: Mapping[str, Any]) -> list[str]:
    options = objects(note.get("oneOf")) or objects(note.get("anyOf"))
    return [name for option in options if (name := some_text(option.get("name")))]


def _quoted(note: Mapping[str, Any]) -> str | None:
    return next(
        (found for name in ("quote", "quoteUrl", "quoteUri", "_misskey_quote") if (found := _address(note.get(name)))), None
    )


def _author(actor: object, post_url: str | None) -> Author | None:
    """Whose archive it is: the actor's address is the id; the handle is read from the address of the post or of the actor."""
    native_id = _address(actor)
    if native_id is None:
        return None
    named = HANDLE_IN_ADDRESS.match(post_url or "") or HANDLE_IN_ADDRESS.match(native_id)
    return Author("mastodon", native_id, f"{named.group(1)}@{host_of(native_id)}" if named else None)
