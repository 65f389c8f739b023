"""Copies of the data that people hold (registered_copies): which stand, and that a holder has something to take out."""

from collections.abc import Sequence
from dataclasses import dataclass

from db.store import Store


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy that stands: what it is, when it was made, who has it."""

    id: int
    kind: str
    file: str
    made_at: str
    holder: str

    def sentence(self) -> str:
        """As it is told."""
        return f"{self.kind} {self.file} of {self.made_at[:10]}, held by {self.holder or 'nobody that was named'}"


def standing_copies(store: Store) -> list[Copy]:
    """The copies that were handed out and not withdrawn."""
    rows = store.rows(STANDING)
    return [Copy(int(str(row["id"])), *(str(row[name]) for name in ("kind", "file", "made_at", "holder"))) for row in rows]


def note_withdrawal(store: Store, copies: Sequence[Copy], *, posts: int, now: str) -> None:
    """Enter with each copy that its holder has to take posts out."""
    told = f"{now[:10]}: {posts} posts to be taken out by the holder."
    rows = [(told, copy.id) for copy in copies]
    store.transaction(
        lambda db: db.executemany("update registered_copies set note = trim(coalesce(note, '') || ' ' || ?) where id = ?", rows)
    )


STANDING = """
select id, kind, file, made_at, coalesce(holder, '') as holder from registered_copies where withdrawn_at is null order by id
"""
