"""Posts of a Discourse forum as its API answers (`/t/TOPIC.json`, `/posts.json`): one post, and what is known of its topic ->
one Post. Pure.

- The id is `HOST/t/TOPIC/NUMBER`, as in Discourse's feeds. An answer does not say its host; it stands in the addresses of avatars
  and of links within the forum. Where it stands nowhere, topic, number and the second in which the post was made are the id.
- Hidden and deleted posts, whispers among staff and private messages are left out, notices of what moderators did too.
- `cooked` is HTML; the words of others that are quoted in it are no words of the author. What a search gives (`blurb`) is cut.
- The conversation is the topic, under the id of its first post. Likes are those of `actions_summary`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tracker.platforms.feed_times import EARLIEST
from tracker.platforms.quotes import without_quotes
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import inner, objects, some_text, whole_count
from tracker.platforms.site_names import author_named, host_of
from tracker.platforms.text import find_hashtags, find_links, html_to_text, joined, moment_of, read_html, sound, tag_pairs
from tracker.records import Counts, Post

REGULAR = (1, 2)
"""`post_type`: 1 what people write, 2 what moderators write, 3 a notice of what was done, 4 a whisper."""
WHISPER = 4
LIKE = 2
AVATAR = re.compile(r"/user_avatar/([^/]+)/")
MENTION = re.compile(r"""<a class=["']mention["'][^<>]*>@([^<]{1,60})</a>""")


@dataclass(frozen=True, slots=True)
class Topic:
    """What is known of a topic. host: of the forum; '' where no answer told it. ids: of its posts so far, by their numbers."""

    title: str = ""
    host: str = ""
    tags: tuple[str, ...] = ()
    private: bool = False
    gone: bool = False
    ids: Mapping[int, str] | None = None


def read_post(post: Mapping[str, Any], topic: Topic) -> Post:
    """A post of a topic. Raises NotAPost with the reason, PrivatePost for what is left out on purpose."""
    _refuse_what_is_closed(post, topic)
    number, topic_id = whole_count(post.get("post_number")), whole_count(post.get("topic_id"))
    if not number or not topic_id:
        raise NotAPost("it does not say which post of which topic it is")
    made = moment_of(post.get("created_at"), earliest=EARLIEST)
    source = post.get("cooked", post.get("blurb"))
    if not isinstance(source, str):
        raise NotAPost("it has no text")
    body, links = read_html(without_quotes(source))
    title = " ".join(html_to_text(topic.title or some_text(post.get("topic_title")) or "").split()) if number == 1 else ""
    text = "\n\n".join(part for part in (title, body) if part)
    if not body:
        raise NotAPost("it has no text of its own")
    answers = whole_count(post.get("reply_to_post_number")) or 1
    updated = _edited(post)
    base = f"https://{topic.host}" if topic.host else ""
    slug = some_text(post.get("topic_slug")) or "-"
    spoken = [*find_hashtags(text), *(topic.tags if number == 1 else ())]
    return sound(
        Post(
            platform="forum",
            native_id=id_of(topic.host, topic_id, number, made),
            text=text,
            created_at=made,
            url=f"{base}/t/{slug}/{topic_id}/{number}" if base else None,
            author=author_named("forum", post.get("username"), topic.host, shown=some_text(post.get("name"))),
            edited_at=updated if updated and updated > made else None,
            kind="original" if number == 1 else "reply",
            reply_to=None if number == 1 else _within(topic, topic_id, answers),
            conversation_id=None if number == 1 else _within(topic, topic_id, 1) or f"discourse:t/{topic_id}",
            truncated="cooked" not in post,
            hashtags=tag_pairs(spoken),
            links=tuple(dict.fromkeys(one for link in (*links, *find_links(text)) if "://" in (one := joined(base, link)))),
            mentions=tuple(dict.fromkeys(_handle(name, topic.host) for name in MENTION.findall(source))),
            counts=Counts(likes=_likes(post), replies=whole_count(post.get("reply_count"))),
        )
    )


def id_of(host: str, topic_id: int, number: int, made: str) -> str:
    """The id of a post of a topic."""
    return f"{host}/t/{topic_id}/{number}" if host else f"discourse:t/{topic_id}/{number}@{made}"


def topic_of(answer: Mapping[str, Any], posts: list[dict[str, Any]], before: Topic) -> Topic:
    """What is known of a topic after one more answer about it: its own page, or one that only has posts."""
    tags = answer.get("tags") if isinstance(answer.get("tags"), list) else []
    named = [some_text(tag) or some_text(inner(tag).get("name")) for tag in tags or []]
    host = host_in(answer, posts) if before.ids is None else before.host  # a topic keeps the ids that it began with
    ids = dict(before.ids or {})
    for post in posts:
        number, topic_id = whole_count(post.get("post_number")), whole_count(post.get("topic_id"))
        if number and topic_id and isinstance(post.get("created_at"), str):
            try:
                ids[number] = id_of(host, topic_id, number, moment_of(post["created_at"], earliest=EARLIEST))
            except NotAPost:
                continue
    return Topic(
        title=some_text(answer.get("title")) or before.title,
        host=host,
        tags=tuple(tag for tag in named if tag and not re.search(r"[\s/:]", tag)) or before.tags,
        private=before.private or answer.get("archetype") == "private_message",
        gone=before.gone or answer.get("deleted_at") is not None,
        ids=ids,
    )


def host_in(answer: Mapping[str, Any], posts: list[dict[str, Any]]) -> str:
    """The host of the forum, as an avatar or a link within it tells; '' where none does."""
    people = [*posts, *objects(answer.get("users")), *objects(inner(answer.get("details")).get("participants"))]
    for person in people:
        if found := AVATAR.search(str(person.get("avatar_template") or "")):
            return found[1].lower().removeprefix("www.")
    links = [link for post in posts for link in objects(post.get("link_counts"))]
    for link in [*links, *objects(inner(answer.get("details")).get("links"))]:
        url = str(link.get("url") or "")
        if link.get("internal") is True and "://" in url and _path(url).startswith(("/t/", "/u/", "/c/")):
            return host_of(url)
    return ""


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _refuse_what_is_closed(post: Mapping[str, Any], topic: Topic) -> None:
    if topic.private:
        raise PrivatePost("a private message")
    if topic.gone or post.get("deleted_at") is not None or post.get("user_deleted") is True:
        raise PrivatePost("deleted")
    if post.get("hidden") is True:
        raise PrivatePost("hidden by the forum")
    kind = post.get("post_type", 1)
    if kind == WHISPER:
        raise PrivatePost("a whisper among staff")
    if kind not in REGULAR:
        raise PrivatePost("not a post (a notice of what was done)")


def _edited(post: Mapping[str, Any]) -> str | None:
    """When a post of which there is more than one version was last changed, if that is said."""
    if (whole_count(post.get("version")) or 1) == 1 or not isinstance(post.get("updated_at"), str):
        return None
    return moment_of(post["updated_at"], earliest=EARLIEST, what="updated_at")


def _within(topic: Topic, topic_id: int, number: int) -> str | None:
    """The id of another post of the topic; None where it cannot be told."""
    return id_of(topic.host, topic_id, number, "") if topic.host else (topic.ids or {}).get(number)


def _handle(name: str, host: str) -> str:
    return f"{name}@{host}" if host else name


def _likes(post: Mapping[str, Any]) -> int | None:
    if (said := whole_count(post.get("like_count"))) is not None:
        return said
    summary = post.get("actions_summary")
    if not isinstance(summary, list):
        return None
    return next((whole_count(one.get("count")) or 0 for one in objects(summary) if one.get("id") == LIKE), 0)
