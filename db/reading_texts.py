"""Texts of posts, for learning from and for figures on phrases and drift."""

import json
from collections.abc import Sequence

from db.folder import DataFolder
from db.statements import statements
from db.store import Store
from tracker.problems import Problem


def pool_of(store: Store) -> list[str]:
    """The texts that a model may learn from without labels: of live posts, without reposts and without our own."""
    return [str(row["text"]) for row in store.rows(statements("reading_texts.sql")["pool"])]


def pool_size(store: Store) -> int:
    """How many such posts there are."""
    return int(str(store.rows(statements("reading_texts.sql")["pool_size"])[0]["posts"]))


def stored_texts(folder: DataFolder, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The words of these posts that are here, "" where they have none, by (platform, native_id); nothing where there is no store
    that can be read."""
    if not folder.tracker.exists():
        return {}
    try:
        store = Store.open(folder, readonly=True)
        try:
            rows = store.rows(statements("reading_texts.sql")["texts_of_posts"], {"keys": json.dumps(keys)})
        finally:
            store.close()
    except Problem:
        return {}
    return {(str(row["platform"]), str(row["native_id"])): str(row["text"]) for row in rows}
