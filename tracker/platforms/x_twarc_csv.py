"""Posts of X as rows of twarc-csv: the fields of X's API v2 with their paths as names of columns -> one Post. Pure.

twarc-csv puts the text, the entities and the counts of the original in place of those of a repost, and `\\n` for a new line.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tracker.platforms.named_cells import without_nothing
from tracker.platforms.shapes import objects
from tracker.platforms.text import sound, tag_pairs
from tracker.platforms.x import read_post, time_seen
from tracker.platforms.x_cells import bare, count_in, exact_in, id_in_cells, time_in_cell
from tracker.platforms.x_named import links_in, mentions_in, tags_in
from tracker.records import Author, Counts, Post

REFERENCES = ("replied_to", "retweeted", "quoted")
METRICS = ("like_count", "retweet_count", "reply_count", "quote_count", "impression_count")
ENTITY_KEYS = {"hashtags": "tag", "mentions": "username", "urls": "expanded_url"}


def read_table_row(row: Mapping[str, str]) -> Post:
    """A post from a row. The counts of a repost are unknown, since they may be those of the original.

    Raises NotAPost with the reason, PrivatePost for posts of protected accounts."""
    row = without_nothing(row, "text")
    native_id = id_in_cells(row.get("id", ""), "")
    tweet = _tweet(row, native_id)
    seen_at = time_seen({"retrieved_at": row.get("__twarc.retrieved_at", "").strip()})
    post = read_post(tweet, seen_at=seen_at)
    author = post.author or _by_handle(row)
    if author is not post.author and author and author.handle:
        post = replace(post, author=author, url=f"https://x.com/{author.handle}/status/{native_id}")
    return _as_the_text_says(replace(post, detail=1, counts=Counts() if post.kind == "repost" else post.counts), row)


def _as_the_text_says(post: Post, row: Mapping[str, str]) -> Post:
    """The post with what its text says of hashtags, links and mentions, where the table was made without a column for them
    (`twarc2 csv --output-columns`)."""
    found: dict[str, Any] = {}
    if "entities.hashtags" not in row:
        found["hashtags"] = tag_pairs(tags_in(post.text, cut=post.truncated))
    if "entities.urls" not in row:
        found["links"] = links_in(post.text, cut=post.truncated)
    if "entities.mentions" not in row:
        found["mentions"] = mentions_in(post.text, cut=post.truncated)
    return sound(replace(post, **found)) if found else post


def _tweet(row: Mapping[str, str], native_id: str) -> dict[str, Any]:
    """The row in the shape of a flattened answer of the API."""
    author_id = exact_in(row.get("author_id", "")) or exact_in(row.get("author.id", ""))
    author = {"username": row.get("author.username", "").strip(), "name": row.get("author.name", "").strip()}
    protected = row.get("author.protected", "").strip().casefold() == "true"
    text = row.get("text", "").replace("\\n", "\n")
    history = _listed(row.get("edit_history_tweet_ids", ""))
    return {
        "id": native_id,
        "text": text if text.strip() else None,
        "created_at": time_in_cell(row.get("created_at", ""), native_id),
        "lang": row.get("lang", "").strip(),
        "conversation_id": exact_in(row.get("conversation_id", "")),
        "author_id": author_id,
        "author": author | ({"id": author_id} if author_id else {}) | {"protected": protected},
        "edit_history_tweet_ids": history if all(isinstance(one, str) and exact_in(one) for one in history) else [],
        "referenced_tweets": _references(row),
        "entities": {name: _entities(row.get(f"entities.{name}", ""), key) for name, key in ENTITY_KEYS.items()},
        "note_tweet": {"text": row.get("note_tweet.text", "").replace("\\n", "\n")},
        "public_metrics": {name: count_in(row.get(f"public_metrics.{name}", "")) for name in METRICS},
    }


def _references(row: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the post refers to: a column for each kind, or, in older tables, one list for all. A damaged id still says that it
    is a reply or a repost."""
    listed = objects(_listed(row.get("referenced_tweets", "")))
    cells = {kind: bare(row.get(f"referenced_tweets.{kind}.id", "")) for kind in REFERENCES}
    return listed + [{"type": kind, "id": exact_in(cell)} for kind, cell in cells.items() if cell]


def _entities(cell: str, key: str) -> list[dict[str, Any]]:
    """Entities as X gives them; newer tables have only what they say, with its sign (`#tag`, `@name`)."""
    listed = _listed(cell)
    return [item if isinstance(item, dict) else {key: item.lstrip("#@")} for item in listed if isinstance(item, dict | str)]


def _listed(cell: str) -> list[Any]:
    """A list that stands in a cell as JSON; empty where it was cut."""
    try:
        value = json.loads(cell) if cell.strip() else []
    except (ValueError, RecursionError):
        return []
    return value if isinstance(value, list) else []


def _by_handle(row: Mapping[str, str]) -> Author | None:
    handle = row.get("author.username", "").strip().lstrip("@")
    return Author("x", f"@{handle.lower()}", handle, row.get("author.name", "").strip() or None) if handle else None
