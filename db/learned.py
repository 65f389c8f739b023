"""Which labelled posts a model learned from, so that it is never measured on them: keyed digests, under the key of the
tombstones, of what each says and of its platform and id. Without the key they say nothing. (docs/why, What was learned from)"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from db.folder import DataFolder
from db.forgotten import Forgotten, digest_by, read_key
from db.store import Store
from tracker.records import Example
from tracker.sameness import marks_of

Digest = Callable[[str, str, str], str]
"""(kind, platform, value) -> 64 hexadecimal digits, as `Forgotten.digest` makes them."""
Row = tuple[str, str]
"""The digest of a mark by which what a post says is known (`marks_of`), and that of its platform and id; "" where the label does
not name it."""


@dataclass(frozen=True, slots=True)
class Learned:
    """The posts that a model learned from."""

    digest: Digest
    texts: frozenset[str]
    posts: frozenset[str]

    @classmethod
    def of(cls, rows: Collection[Row], digest: Digest) -> "Learned":
        """Those of which these rows are remembered."""
        return cls(digest, frozenset(text for text, _ in rows), frozenset(post for _, post in rows if post))

    def knows(self, example: Example) -> bool:
        """Whether the model learned from this post, or from one of the same making."""
        post = _post_of(example, self.digest)
        asked = marks_of(example.text)[1]
        return (post != "" and post in self.posts) or any(self.digest("mark", "", mark) in self.texts for mark in asked)


def learned_from(examples: Iterable[Example], digest: Digest) -> Learned:
    """What a model that is made of these labelled posts knows."""
    return Learned.of({row for example in examples for row in rows_of(example, digest)}, digest)


def rows_of(example: Example, digest: Digest) -> Iterator[Row]:
    """A labelled post as it is remembered."""
    post = _post_of(example, digest)
    return ((digest("mark", "", mark), post) for mark in marks_of(example.text)[0])


def _post_of(example: Example, digest: Digest) -> str:
    named = example.platform and example.native_id
    return digest("post", str(example.platform), str(example.native_id)) if named else ""


def keep_learned(store: Store, digest: Digest, model: str, examples: Iterable[Example]) -> None:
    """Remember what the model of this name was made of; the live one's stays beside it, those of models before go."""
    rows = {row for example in examples for row in rows_of(example, digest)}
    kept = [(model, *row) for row in sorted({_mark(model, digest), *rows})]

    def write(connection: sqlite3.Connection) -> None:
        connection.execute(
            "delete from learned_posts where model = ? or model not in (select name from models where live = 1)", [model]
        )
        connection.executemany("insert into learned_posts(model, text_digest, post_digest) values (?, ?, ?)", kept)

    store.transaction(write)


def learned_by(store: Store, digest: Digest, model: str) -> Learned | None:
    """What the model of this name learned from; None where that is not known: it was made by a version that did not keep it, or
    under another key."""
    rows = store.rows("select text_digest, post_digest from learned_posts where model = ?", [model])
    known = {(str(row["text_digest"]), str(row["post_digest"])) for row in rows}
    mark = _mark(model, digest)
    if mark not in known:
        return None
    return Learned.of(known - {mark}, digest)


def learned_in(folder: DataFolder, model: str) -> Learned | None:
    """The same, for who only reads; None also where there is no store or no key."""
    if not (folder.exists() and folder.key.is_file()):
        return None
    store = Store.open(folder, readonly=True)
    try:
        if not store.rows("select 1 from sqlite_master where name = 'learned_posts'"):
            return None  # no run of this version has brought the store up to date yet
        return learned_by(store, partial(digest_by, read_key(folder.key)), model)
    finally:
        store.close()


def unlearn(connection: sqlite3.Connection, digest: Digest, posts: Iterable[tuple[str, str, str]]) -> int:
    """Drop what is remembered of posts (platform, native id, text) that leave the store; gives how many rows."""
    before = connection.total_changes
    gone = [
        (digest("post", platform, native_id), digest("mark", "", mark))
        for platform, native_id, text in posts
        for mark in marks_of(text)[0] or {""}
    ]
    connection.executemany("delete from learned_posts where post_digest = ? or (text_digest = ? and post_digest = '')", gone)
    return connection.total_changes - before


def unlearn_forgotten(connection: sqlite3.Connection, forgotten: Forgotten) -> int:
    """Drop what is remembered of posts that a tombstone stands for, stored here or not; gives how many rows."""
    before = connection.total_changes
    named = connection.execute("select distinct post_digest from learned_posts where post_digest <> ''").fetchall()
    connection.executemany(
        "delete from learned_posts where post_digest = ?", [row for row in named if forgotten.has_digest(row[0])]
    )
    return connection.total_changes - before


def _mark(model: str, digest: Digest) -> Row:
    """A row that tells whether the others were made under the key that is here."""
    return digest("model", "", model), ""
