"""Posts of Mastodon, and of servers that speak its API, as `GET /api/v1/timelines/tag/...` answers: one status -> one Post. Pure.

- The id of a post is its `uri`, which is the same on every server; the server's own `id` is not.
- Public and unlisted posts are kept (anyone with the address may read an unlisted one); followers-only and direct ones are not.
- `opted_out` is True for an account with `noindex`, or with #nobot, #noindex, #nosearch or #noarchive in its description.
  `indexable: false` only says no to full-text search on servers, so it is not taken for more.
- `in_reply_to_id` is the server's own id of the post that is answered. For a thread of one author on the server asked it is
  turned into the uri; else it is kept as it is, since nothing better is given.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import inner, objects, some_text, whole_count
from tracker.platforms.text import find_hashtags, moment_of, read_html, sound, tag_key, tag_pairs
from tracker.records import Author, Counts, Post

EARLIEST = "1970-01-01T00:00:00Z"
"""People bring older writings into the fediverse with their old dates."""
READ_BY_ANYONE = ("public", "unlisted")
PRIVATE = "direct or followers-only post"
OPT_OUT = re.compile(r"#(?:<[^<>]*>)*(?:nobot|noindex|nosearch|noarchive)\b", re.IGNORECASE)


def read_post(status: Mapping[str, Any], *, seen_at: str | None = None) -> Post:
    """A post from a status. Raises NotAPost with the reason, PrivatePost where it is not public."""
    if "visibility" not in status:
        raise NotAPost("it is not a status, or does not say who may read it")
    if status["visibility"] not in READ_BY_ANYONE:
        raise PrivatePost(PRIVATE)
    original = inner(status.get("reblog"))
    native_id = some_text(status.get("uri")) or (some_text(status.get("url")) if original else _id_by_host(status))
    if native_id is None:
        raise NotAPost("it has no uri, so it cannot be told from posts of other servers")
    if original:
        if original.get("visibility") not in READ_BY_ANYONE:
            raise PrivatePost(PRIVATE)
        if original.get("uri") == native_id:
            return read_post(original, seen_at=seen_at)
    shown = original or status
    text, links = text_of(shown.get("content"), shown.get("spoiler_text"), _options(shown))
    quoted = _quoted(status)
    reply_to = _reply_to(status, native_id)
    return sound(
        Post(
            platform="mastodon",
            native_id=native_id,
            text=text,
            created_at=moment_of(status.get("created_at"), earliest=EARLIEST),
            url=some_text(status.get("url")),
            author=_author(inner(status.get("account"))),
            lang=some_text(shown.get("language")),
            edited_at=_edited_at(shown),
            kind="repost" if original else "reply" if reply_to else "quote" if quoted else "original",
            reply_to=reply_to,
            quote_of=quoted,
            repost_of=(some_text(original.get("uri")) or some_text(original.get("url"))) if original else None,
            seen_at=seen_at,
            hashtags=spelled_tags(_tags(shown, text), text),
            links=links,
            mentions=tuple(dict.fromkeys(name for m in objects(shown.get("mentions")) if (name := _named(m)))),
            counts=_counts(status, seen_at),
        )
    )


def text_of(content: object, warning: object, options: list[str]) -> tuple[str, tuple[str, ...]]:
    """(text, links): the content warning, a blank line, the content as plain text, and the options of a poll, one a line.

    Raises NotAPost where the content is no text."""
    if not isinstance(content, str | None):
        raise NotAPost("its content is not text")
    body, links = read_html(content or "")
    above = read_html(warning)[0] if isinstance(warning, str) else ""
    poll = "\n".join(f"- {option}" for option in options)
    return "\n\n".join(part for part in (above, body, poll) if part), links


def spelled_tags(names: list[object], text: str) -> tuple[tuple[str, str], ...]:
    """(tag, spelled) of the tags that the server names; it names them in lower case, the text has them as written."""
    written = {tag_key(spelled): spelled for spelled in reversed(find_hashtags(text))}
    named = [name for name in names if isinstance(name, str)]
    return tag_pairs(written.get(tag_key(name), name) for name in named)


def _tags(status: Mapping[str, Any], text: str) -> list[object]:
    """The tags that the server names; those of the text where it names none as a list."""
    named = status.get("tags")
    return [tag.get("name") for tag in objects(named)] if isinstance(named, list) else [*find_hashtags(text)]


def _options(status: Mapping[str, Any]) -> list[str]:
    options = objects(inner(status.get("poll")).get("options"))
    return [title for option in options if (title := some_text(option.get("title")))]


def _quoted(status: Mapping[str, Any]) -> str | None:
    quoted = inner(inner(status.get("quote")).get("quoted_status")) or inner(status.get("quote"))
    return some_text(quoted.get("uri"))


def _edited_at(status: Mapping[str, Any]) -> str | None:
    edited = status.get("edited_at")
    return None if edited is None else moment_of(edited, earliest=EARLIEST, what="edited_at")


def _id_by_host(status: Mapping[str, Any]) -> str | None:
    """A status without a uri, from a server that leaves it out: the author's host and the id tell it from others there."""
    host = (some_text(inner(status.get("account")).get("acct")) or "").partition("@")[2]
    own_id = some_text(status.get("id"))
    return f"{host}/{own_id}" if host and own_id else None


def _reply_to(status: Mapping[str, Any], uri: str) -> str | None:
    answered, own_id = status.get("in_reply_to_id"), status.get("id")
    if not isinstance(answered, str | int) or isinstance(answered, bool) or answered == "":
        return None
    same_author = status.get("in_reply_to_account_id") == inner(status.get("account")).get("id")
    if same_author and own_id and uri.endswith(f"/{own_id}"):
        return f"{uri.removesuffix(str(own_id))}{answered}"
    return str(answered)


def _author(account: Mapping[str, Any]) -> Author | None:
    acct, url = some_text(account.get("acct")), some_text(account.get("url"))
    native_id = some_text(account.get("uri")) or url or acct
    if native_id is None:
        return None
    asked_not_to = account.get("noindex") is True or OPT_OUT.search(str(account.get("note") or "")) is not None
    return Author("mastodon", native_id, _named(account), some_text(account.get("display_name")), True if asked_not_to else None)


def _named(account: Mapping[str, Any]) -> str | None:
    """What an account is called."""
    return whole_name(some_text(account.get("acct")), some_text(account.get("url")))


def whole_name(name: str | None, url: str | None) -> str | None:
    """A name with its server, which a server leaves out of the names of its own; it is taken from the account's address."""
    return f"{name}@{host_of(url)}" if name and "@" not in name and url else name


def host_of(url: str) -> str:
    """The host of an address, with its port; empty where there is none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _counts(status: Mapping[str, Any], seen_at: str | None) -> Counts:
    return Counts(
        seen_at=seen_at,
        likes=whole_count(status.get("favourites_count")),
        reposts=whole_count(status.get("reblogs_count")),
        replies=whole_count(status.get("replies_count")),
        quotes=whole_count(status.get("quotes_count")),
    )
