"""How posts leave the store: kept for as long as they may be, gone from their platform, or to be forgotten. Whichever it is, what
is remembered of a model's having learned from them goes in the same transaction: nothing else may delete or empty a post."""

import json
import sqlite3
from collections.abc import Sequence

from db.keeping import drop_readings
from db.learned import Digest, unlearn


def delete_posts(connection: sqlite3.Connection, digest: Digest, ids: Sequence[int]) -> int:
    """Delete posts (our numbers) with all that belongs to them; gives how many digests of what models learned from went too."""
    unlearned = _unlearned(connection, digest, ids)
    connection.executemany("delete from posts where id = ?", [(post_id,) for post_id in ids])
    return unlearned


def empty_posts(connection: sqlite3.Connection, digest: Digest, ids: Sequence[int]) -> None:
    """Erase what posts (our numbers) say and who wrote them. That they were there, when and on which platform, stays, and so does
    what people settled of them: it holds again where a post comes back."""
    _unlearned(connection, digest, ids)
    rows = [(post_id,) for post_id in ids]
    for table in HOLD_WORDS:
        connection.executemany(f"delete from {table} where post_id = ?", rows)
    drop_readings(connection, rows)
    connection.executemany(EMPTY_REASON, rows)
    connection.executemany(EMPTY, rows)


def delete_silent_authors(connection: sqlite3.Connection) -> int:
    """Delete the authors, ours aside, of whom no post is left; gives how many."""
    return connection.execute(
        "delete from authors where is_own = 0 and not exists (select 1 from posts where posts.author_id = authors.id)"
    ).rowcount


def _unlearned(connection: sqlite3.Connection, digest: Digest, ids: Sequence[int]) -> int:
    return unlearn(connection, digest, connection.execute(SAID, [json.dumps(ids)]).fetchall())


HOLD_WORDS = ("post_hashtags", "post_links", "post_mentions", "post_wordings", "post_originals", "same_message")
"""Tables that hold something of what a post says, beside what was read in it."""
SAID = "select platform, native_id, text from posts where id in (select value from json_each(?))"
EMPTY_REASON = "update or replace post_matches set value = '' where post_id = ? and rule = 'conversation'"
"""It is by the post that it answered, which goes with its words."""
EMPTY = """
update posts set text = '', url = null, author_id = null, reply_to = null, conversation_id = null, quote_of = null, seen_at = null
where id = ?
"""
