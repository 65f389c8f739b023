"""What of a post is compared with others: written with the post where it was read with it, else when posts are grouped."""

import sqlite3
from collections.abc import Iterable

from db.inserting import insert_rows
from tracker.records import Wording


def keep_wordings(db: sqlite3.Connection, wordings: Iterable[tuple[int, Wording]]) -> None:
    """Write the wording of each post (post id, Wording) that has none yet."""
    rows = [(post_id, wording.digest, wording.words) for post_id, wording in wordings if wording.digest is not None]
    insert_rows(db, "insert into post_wordings(post_id, wording, words)", rows)


def keep_originals(db: sqlite3.Connection, wordings: Iterable[tuple[int, Wording]]) -> None:
    """Write what each post (post id, Wording) may be a copy of, where nothing of that is written."""
    db.executemany(
        "insert into post_originals(post_id, platform, native_id, certain) values (?, ?, ?, ?)",
        [(post_id, one.platform, one.native_id, one.certain) for post_id, wording in wordings for one in wording.originals],
    )
