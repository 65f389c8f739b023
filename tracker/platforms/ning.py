"""Discussions, blog posts and pages of a Ning network and the comments on them, as its archive has them: one -> one Post. Pure.

- The id is Ning's own (`2088055:Topic:123`), which no other network uses. The number before it is the network's, so that authors
  of two networks stay two: they are known by `contributorName`, which Ning gives to one member of a network only.
- The archive does not say in which zone its local times are; times that say none are taken as UTC.
- Drafts, and what its author showed to friends alone, are left out; what was said in a group too, since groups can be closed and
  this file does not say which are.
- A comment on a comment names none; every comment answers the discussion.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tracker.platforms.feed_times import moment_or_local
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import objects, some_text
from tracker.platforms.site_names import author_named
from tracker.platforms.text import find_hashtags, find_links, plain_entities, read_html, sound, tag_pairs
from tracker.records import Post

ID = re.compile(r"(\d{1,20}):([A-Za-z]{2,30}):(\d{1,20})")
BARE_ID = re.compile(r"[\w-]{1,64}")
BLOG = ("BlogPost", "Page", "Note")
FOR_ALL = ("", "all", "anyone", "public", "everyone", "publish", "published", "approved", "active")
KEPT = ("id", "title", "description", "contributorName", "createdDate", "updatedDate", "category", "tags", "url", "groupId")
SAYS_WHO_MAY_READ = ("publishStatus", "privacy", "visibility", "approved", "status")
GROUP = "said in a group, which may be closed"
PRIVATE = "a draft, or not shown to everyone"


def parts_of(item: Mapping[str, Any], platform: str) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """(what is kept of it, what is kept of the discussion above it, or None) of a discussion and each comment below, in order."""
    above = _kept(item) | {"platform": platform}
    yield above, None
    about = {name: above.get(name) for name in ("id", "title", "groupId", "platform", *SAYS_WHO_MAY_READ) if name in above}
    waiting = [(comment, above.get("id")) for comment in reversed(_comments(item))]
    while waiting:
        comment, answered = waiting.pop()
        yield _kept(comment) | {"answers": answered}, about
        waiting += [(below, comment.get("id")) for below in reversed(_comments(comment))]


def read_post(item: Mapping[str, Any], above: Mapping[str, Any] | None = None) -> Post:
    """A post from a discussion, or from a comment on the one `above`.

    Raises NotAPost with the reason, PrivatePost for what is left out on purpose."""
    topic = above or item
    _refuse_what_is_closed(topic)
    if above:
        _refuse_what_is_closed(item)
    native_id, network = _id(item)
    platform = str(topic.get("platform") or "forum")
    title = "" if above else " ".join(plain_entities(some_text(item.get("title")) or "").split())
    description = item.get("description")
    if not isinstance(description, str | None):
        raise NotAPost("its description is not text")
    body, links = read_html(description or "")
    text = "\n\n".join(part for part in (title, body) if part)
    if not text:
        raise NotAPost("it has no text")
    made, edited = _times(item)
    conversation = _id(above)[0] if above else None
    answers = some_text(item.get("answers"))
    return sound(
        Post(
            platform=platform,
            native_id=native_id,
            text=text,
            created_at=made,
            url=some_text(item.get("url")),
            author=author_named(platform, item.get("contributorName"), f"{network}.ning" if network else ""),
            edited_at=edited if edited and edited > made else None,
            kind="reply" if above else "original",
            reply_to=(answers if answers and ID.fullmatch(answers) else conversation) if above else None,
            conversation_id=conversation,
            truncated=not body,
            hashtags=tag_pairs([*find_hashtags(text), *([] if above else _tags(item))]),
            links=tuple(dict.fromkeys(link for link in (*links, *find_links(text)) if "://" in link)),
        )
    )


def has_local_time(item: Mapping[str, Any]) -> bool:
    """Whether the time of an item says no zone."""
    try:
        return moment_or_local(str(item.get("createdDate") or ""))[1]
    except NotAPost:
        return False


def _kept(item: Mapping[str, Any]) -> dict[str, Any]:
    """What is read of an item, and nothing else of it: other fields can hold addresses of people."""
    return {name: item[name] for name in (*KEPT, *SAYS_WHO_MAY_READ) if item.get(name) not in (None, "", [])}


def _comments(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    return objects(item.get("comments"))


def _refuse_what_is_closed(item: Mapping[str, Any]) -> None:
    if item.get("groupId"):
        raise PrivatePost(GROUP)
    for name in SAYS_WHO_MAY_READ:
        said = item.get(name)
        if said is False or (isinstance(said, str) and said.casefold() not in FOR_ALL):
            raise PrivatePost(PRIVATE)


def _id(item: Mapping[str, Any]) -> tuple[str, str]:
    """(its id, the number of the network, or '')."""
    own_id = item.get("id")
    said = str(own_id) if isinstance(own_id, int) and not isinstance(own_id, bool) else some_text(own_id) or ""
    if found := ID.fullmatch(said):
        return said, found[1]
    if not BARE_ID.fullmatch(said):
        raise NotAPost("it has no id")
    return f"ning:{said}", ""


def _times(item: Mapping[str, Any]) -> tuple[str, str | None]:
    made = moment_or_local(str(item.get("createdDate") or ""), what="createdDate")[0]
    try:
        return made, moment_or_local(str(item.get("updatedDate") or ""), what="updatedDate")[0]
    except NotAPost:
        return made, None


def _tags(item: Mapping[str, Any]) -> list[str]:
    tags = item.get("tags")
    named = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return [tag for tag in named if not re.search(r"[\s/:]", tag) and not tag.isnumeric()]
