"""Reposts of which only a cut text is known, beside their originals: they are decided as these (docs/why, A cut repost is decided
as its original). The same is said for the Parquet files of `bulk` in bulk.sql."""

import json
import sqlite3
from collections.abc import Sequence

from db.store import Store


def whole_texts(store: Store, ids: Sequence[int]) -> dict[int, str]:
    """Of those of these posts that are cut reposts of a stored post: what that says, by the repost's number."""
    return {int(str(row["id"])): str(row["text"]) for row in store.rows(WHOLE, [json.dumps(ids)])}


def reposts_read_before(store: Store, ids: Sequence[int], model: str) -> list[tuple[int, int]]:
    """(repost, original) of each cut repost of these posts that the model of this name has read already."""
    rows = store.rows(READ_BEFORE, [json.dumps(ids), model])
    return [(int(str(row["id"])), int(str(row["original"]))) for row in rows]


def read_as(db: sqlite3.Connection, post_id: int) -> int | None:
    """The number of the post by whose whole text this one is decided, if it is a cut repost of one that is stored."""
    found = db.execute(ORIGINAL, [post_id]).fetchone()
    return int(found[0]) if found else None


CUT = "repost.kind = 'repost' and repost.truncated = 1 and original.kind <> 'repost' and original.text <> ''"
WHOLE = f"""
select repost.id, original.text from json_each(?) as page cross join posts as repost on repost.id = page.value
cross join posts as original on original.platform = repost.platform and original.native_id = repost.repost_of
where {CUT}
"""
ORIGINAL = f"""
select original.id from posts as repost
join posts as original on original.platform = repost.platform and original.native_id = repost.repost_of
where repost.id = ? and {CUT}
"""
READ_BEFORE = f"""
select repost.id, original.id as original from json_each(?) as page cross join posts as original on original.id = page.value
cross join posts as repost on repost.repost_of = original.native_id and repost.platform = original.platform
cross join post_readings on post_readings.post_id = repost.id and post_readings.model = ?
where {CUT}
"""
