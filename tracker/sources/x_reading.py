"""What an answer of X's API v2 holds: its posts as rows, what X says of posts that it does not show, what it cost. Pure.

Only what was asked for (`data`) becomes rows. The posts beside it (`includes`) give reposts their whole text and are kept with
the post that they belong to, as twarc2 keeps them.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import inner, objects, some_text, whole_count
from tracker.platforms.x import Includes, read_post
from tracker.records import Found, Rejected, Row, Withheld
from tracker.source_settings import XPrices
from tracker.sources.asking import Gone

NOT_FOUND = "resource-not-found"
HIDING = ("not-authorized-for-resource", "resource-unavailable", "disallowed-resource")
SUSPENDED = ("suspended", "deactivated", "protected", "not authorized", "unavailable", "withheld", "limits who can view")


def rows_of(answer: Mapping[str, Any], seen_at: str, *, entities: bool = True) -> tuple[Row, ...]:
    """The posts of an answer, in its order, each with what of the answer belongs to it. entities: whether X was asked for
    hashtags and links; where it was not, hashtags are read from the text."""
    includes = Includes(answer.get("includes"))
    return tuple(_row(item, number, includes, seen_at, entities) for number, item in enumerate(_items(answer), start=1))


def ids_of(answer: Mapping[str, Any]) -> list[str]:
    """The ids of the posts of an answer that have a sound one."""
    told = [item.get("id") for item in _items(answer) if isinstance(item, dict)]
    return [str(native_id) for native_id in told if str(native_id).isascii() and str(native_id).isdigit()]


def next_token(answer: Mapping[str, Any]) -> str | None:
    """The token of the next page; None on the last one. A page without posts may have one."""
    return some_text(inner(answer.get("meta")).get("next_token"))


def total(answer: Mapping[str, Any]) -> int | None:
    """What an answer of the counts endpoint says: how many posts there are; None where it does not."""
    meta = inner(answer.get("meta"))
    told = whole_count(meta.get("total_tweet_count", meta.get("total_post_count")))
    if told is not None:
        return told
    buckets = objects(answer.get("data"))
    counts = [whole_count(bucket.get("tweet_count", bucket.get("post_count"))) for bucket in buckets]
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(buckets) else None


def cost_of(answer: Mapping[str, Any], prices: XPrices) -> tuple[int, float]:
    """(posts, US dollars) of an answer, everything that it holds counted."""
    includes = inner(answer.get("includes"))
    beside = (*objects(includes.get("tweets")), *objects(includes.get("posts")))
    posts = len(_items(answer))
    return posts, (posts + len(beside)) * prices.post + len(objects(includes.get("users"))) * prices.user


def is_an_answer(answer: object) -> bool:
    """Whether it says what was found, be it nothing. Errors alone (status 200) are no answer: nothing follows from them."""
    told = inner(answer)
    return "data" in told or whole_count(inner(told.get("meta")).get("result_count")) is not None


def gone_of(answer: Mapping[str, Any]) -> tuple[Gone, ...]:
    """What X says of single posts that it does not show (`errors` beside the posts): deleted, or hidden for now."""
    found = (_gone(error) for error in objects(answer.get("errors")))
    return tuple(dict.fromkeys(gone for gone in found if gone is not None))


def told_of(answer: Mapping[str, Any]) -> str:
    """The errors of an answer in a sentence, counted by their titles; "" where there are none."""
    titles = Counter(_title(error) for error in objects(answer.get("errors")))
    told = ", ".join(f"{title} ({count})" for title, count in titles.most_common(5))
    return f"X could not show everything that its answer refers to: {told}" if told else ""


def _items(answer: Mapping[str, Any]) -> list[object]:
    data = answer.get("data")
    return list(data) if isinstance(data, list) else [] if data is None else [data]


def _row(item: object, number: int, includes: Includes, seen_at: str, entities: bool) -> Row:
    try:
        if not isinstance(item, dict):
            raise NotAPost("it is not a JSON object")
        users, tweets = includes.beside(item)
        post = read_post(item, includes, seen_at=seen_at, marks_in_text=not entities)
        return Found(post, compact({"data": item, "users": users, "tweets": tweets}), number)
    except PrivatePost as reason:
        return Withheld(str(reason), number)
    except NotAPost as reason:
        return Rejected(str(reason), number, compact(item))


def compact(value: object) -> bytes:
    """A value of an answer as JSON without blanks; halves of surrogate pairs become '?'."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _gone(error: Mapping[str, Any]) -> Gone | None:
    native_id = some_text(error.get("resource_id")) or some_text(error.get("value"))
    about_a_post = error.get("resource_type") in ("tweet", "post", None)
    if not native_id or not native_id.isdigit() or not about_a_post:
        return None
    kind = str(error.get("type", "")).rsplit("/", 1)[-1]
    said = " ".join(word for word in (_title(error), str(error.get("detail") or "")) if word)
    evidence = f"X says: {said[:200]}"
    if kind in HIDING or any(word in said.lower() for word in SUSPENDED):
        return Gone("x", "hidden", evidence, native_id)
    return Gone("x", "gone", evidence, native_id) if kind == NOT_FOUND else None


def protected_of(answer: Mapping[str, Any]) -> tuple[Gone, ...]:
    """The posts of an answer whose accounts have become protected since."""
    includes = Includes(answer.get("includes"))
    found = []
    for item in objects(answer.get("data")):
        if includes.users.get(str(item.get("author_id")), {}).get("protected") is True:
            found.append(Gone("x", "hidden", "X says: the account is protected now", str(_versions(item)[0])))
    return tuple(found)


def _title(error: Mapping[str, Any]) -> str:
    kind = str(error.get("type", "")).rsplit("/", 1)[-1]
    return some_text(error.get("title")) or kind or "an error without a name"


def latest_versions(answer: Mapping[str, Any]) -> Iterator[str]:
    """Ids of later versions of the posts of an answer, where X gave an earlier one than the last of its edits."""
    for item in objects(answer.get("data")):
        if (last := str(_versions(item)[-1])) != str(item.get("id")):
            yield last


def _versions(item: Mapping[str, Any]) -> list[Any]:
    """The ids of all versions of a post, the first one first; its own alone where X lists none."""
    listed = item.get("edit_history_tweet_ids") or item.get("edit_history_post_ids")
    return listed if isinstance(listed, list) and listed else [item.get("id")]
