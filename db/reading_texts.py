"""Texts of posts, for learning from and for figures on phrases and drift."""

from db.statements import statements
from db.store import Store


def pool_of(store: Store) -> list[str]:
    """The texts that a model may learn from without labels: of live posts, without reposts and without our own."""
    return [str(row["text"]) for row in store.rows(statements("reading_texts.sql")["pool"])]


def pool_size(store: Store) -> int:
    """How many such posts there are."""
    return int(str(store.rows(statements("reading_texts.sql")["pool_size"])[0]["posts"]))
