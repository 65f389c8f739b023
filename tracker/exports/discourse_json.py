"""Topics of a Discourse forum as its API answers: a topic, pages of its posts, the newest posts; one document, or one a line."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

from tracker.exports.documents import Value
from tracker.exports.head import Head
from tracker.exports.json_rows import json_values, row_of
from tracker.platforms.discourse import Topic, read_post, topic_of
from tracker.platforms.shapes import inner, objects, some_text, whole_count
from tracker.records import Row

NAME = "Discourse topic (JSON of its API)"
SLUG = "discourse"
LOST = (
    "A topic of Discourse comes in pages of twenty posts, so what was not fetched is missing; hidden and deleted posts are not "
    "in it, and it does not always say which forum it is from."
)
KEYS = ("post_number", "topic_id", "created_at")
PLACES = ("", "post_stream.posts.item.", "latest_posts.item.", "posts.item.", "topic.post_stream.posts.item.")
MOST_TOPICS = 100_000
KEPT = {
    *("id", "name", "username", "created_at", "updated_at", "version", "cooked", "blurb", "like_count", "reply_count"),
    *("post_number", "post_type", "reply_to_post_number", "topic_id", "topic_slug", "topic_title", "actions_summary"),
    *("hidden", "deleted_at", "user_deleted", "link_counts"),
}
"""What is kept of a post as it came: what is read, and nothing else, since what staff can fetch names addresses of people."""


def recognise(head: Head) -> bool:
    """Posts with their number in a topic, and `cooked` HTML or what a search shows of it."""
    return any(
        head.has(*(f"{place}{key}" for key in (*KEYS, words))) for place in PLACES for words in ("cooked", "blurb")
    ) or any(head.has(key) for key in ("post_stream.posts.item.cooked", "latest_posts.item.cooked", "post_stream.stream"))


def read(stream: BinaryIO, sibling: Callable[[str], BinaryIO | None]) -> Iterator[Row]:
    """The rows of the file, in its order. What one answer says of a topic holds for those of the same topic that follow."""
    topics: dict[object, Topic] = {}
    for value in json_values(stream):
        if not isinstance(value, Value):
            yield value
            continue
        for answer in value.data if isinstance(value.data, list) else [value.data]:
            yield from _rows(answer, value.line, topics)


def _rows(answer: object, line: int, topics: dict[object, Topic]) -> Iterator[Row]:
    said = inner(inner(answer).get("topic")) if "post_stream" in inner(inner(answer).get("topic")) else inner(answer)
    posts = _posts(said)
    if posts is None:
        yield row_of(answer, line, partial(read_post, topic=Topic()))
        return
    whole, titles = "post_stream" in said, {_key(topic.get("id")): topic for topic in objects(said.get("topics"))}
    by_topic: dict[object, list[dict[str, Any]]] = {}
    for post in objects(posts):
        by_topic.setdefault(_key(post.get("topic_id", said.get("id"))), []).append(post)
    for number, own in by_topic.items():
        about = said if whole else {**inner(titles.get(number)), "users": said.get("users")}
        known = topic_of(about, own, topics.get(number) or Topic())
        if len(topics) < MOST_TOPICS:
            topics[number] = known
        for post in own:
            item = {"topic_id": number, **post}
            yield row_of(item, line, partial(read_post, topic=known), partial(_kept, item, known))
    for post in posts:
        if not isinstance(post, dict):
            yield row_of(post, line, partial(read_post, topic=Topic()))


def _posts(said: Mapping[str, Any]) -> list[Any] | None:
    """The posts of an answer; None where it is none."""
    for held in (inner(said.get("post_stream")).get("posts"), said.get("latest_posts"), said.get("posts")):
        if isinstance(held, list):
            return held
    return [said] if "post_number" in said else None


def _key(number: object) -> object:
    return whole_count(number) if whole_count(number) is not None else some_text(number)


def _kept(post: Mapping[str, Any], topic: Topic) -> dict[str, Any]:
    """What is kept of a post as it came, with what is known of its topic."""
    about = {"title": topic.title, "host": topic.host, "tags": list(topic.tags)}
    return {name: value for name, value in post.items() if name in KEPT} | {"topic": about}
