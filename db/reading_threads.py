"""A conversation as a tree: who answered whom, as far as the posts are here."""

import json
import sqlite3
from typing import Any

from db.reading import Row, rows_of

MOST = 500


def _read(db: sqlite3.Connection, name: str, **asked: object) -> list[Row]:
    return rows_of(db, "reading_threads.sql", name, **asked)


def conversation(db: sqlite3.Connection, post_id: int, limit: int = MOST) -> Row | None:
    """The conversation of a post: `tree`, nodes with `answers` (nodes) beneath; `posts`, how many; `more`, whether it was cut at
    `limit`; `thread`, how completely the platform gave it. A node whose own target is not here says so in `missing`. None if
    there is no such post."""
    found = rows_of(db, "reading_posts.sql", "post", post_id=post_id)
    if not found:
        return None
    post = found[0]
    platform = post["platform"]
    top = _read(db, "top", post_id=post_id, platform=platform)[0]["id"]
    ids = _below(db, top, platform, limit + 1)
    if post["conversation_id"]:
        asked = {"conversation_id": post["conversation_id"], "platform": platform, "limit": limit + 1}
        ids += [row["id"] for row in _read(db, "same_conversation", **asked)]
    kept = list(dict.fromkeys([post_id, *ids]))
    nodes = _read(db, "nodes", ids=json.dumps(kept[:limit]))
    thread = _read(db, "thread", ids=json.dumps(kept[:limit]))
    return {
        "tree": as_tree(nodes),
        "posts": len(nodes),
        "more": len(kept) > limit,
        "thread": thread[0] if thread else None,
        "platform": platform,
        "here": post_id,
    }


def _below(db: sqlite3.Connection, top: int, platform: str, limit: int) -> list[int]:
    """A post and all that answers it, level by level. (As one recursive statement SQLite 3.40 goes through every post for a Bloom
    filter.)"""
    rows = rows_of(db, "reading_posts.sql", "post", post_id=top)
    found: dict[int, None] = {}
    while rows and len(found) < limit:
        rows = [row for row in rows if row["id"] not in found]
        found.update(dict.fromkeys(row["id"] for row in rows))
        native_ids = json.dumps([row["native_id"] for row in rows])
        rows = _read(db, "answers", native_ids=native_ids, platform=platform, limit=limit) if rows else []
    return list(found)[:limit]


def as_tree(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Nodes in the order of time, each under the one that it answers. A circle, which a damaged file can make, is cut open."""
    by_id = {node["native_id"]: {**node, "answers": [], "missing": False} for node in nodes}
    roots = []
    for node in by_id.values():
        parent = by_id.get(node["reply_to"] or "")
        if parent is None or parent is node or _under(by_id, parent, node):
            node["missing"] = bool(node["reply_to"]) and parent is None
            roots.append(node)
        else:
            parent["answers"].append(node)
            node["parent"] = parent["native_id"]
    return roots


def _under(by_id: dict[str, dict[str, Any]], node: dict[str, Any], above: dict[str, Any]) -> bool:
    """Whether `node` already stands somewhere under `above`."""
    seen = node
    while seen.get("parent"):
        if seen["parent"] == above["native_id"]:
            return True
        seen = by_id[seen["parent"]]
    return False
