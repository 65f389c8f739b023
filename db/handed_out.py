"""Copies of the data that people hold (registered_copies): that one is made, which stand, and that a holder has something to take
out; and who took what out (audit)."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from db.news import News
from db.reading import Row
from db.store import Store
from tracker.telling import count


@dataclass(frozen=True, slots=True)
class NewCopy:
    """A copy that is about to be handed out, as it is entered. people: it holds posts of people, or their ids. actor: who made
    it, for the audit; count: the posts in it."""

    kind: str
    file: str
    made_at: str
    holder: str
    actor: str
    count: int
    sha256: str
    note: str
    people: bool = True
    version: str | None = None
    content: str | None = None
    hold_until: str | None = None


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
        return f"{self.kind} {self.file} of {self.made_at[:10]}, {held_by(self.holder)}"


def held_by(holder: str | None) -> str:
    """Who has a copy, to follow its name."""
    return f"held by {holder}" if holder else "whose holder was not named"


def register(store: Store, copy: NewCopy, refuse: Callable[[sqlite3.Connection], None] = lambda db: None) -> None:
    """Enter a copy, and in the audit that it was made, before anyone has it. The same file for the same holder is one copy,
    however often it is made. refuse: looks the store over in the same transaction, and may raise."""

    def enter(db: sqlite3.Connection) -> None:
        refuse(db)
        if db.execute(KNOWN, asdict(copy)).fetchone() is None:
            db.execute(REGISTER, asdict(copy))
        db.execute(AUDIT, asdict(copy))

    store.transaction(enter)


def note_taken(store: Store | News, *, what: str, count: int | None, actor: str, note: str, now: str) -> None:
    """Enter in the audit that someone took a table out of the pages."""
    row = {"made_at": now, "actor": actor, "kind": "table", "file": what, "count": count, "note": note}
    store.transaction(lambda db: db.execute(AUDIT, row))


def all_copies(store: Store) -> list[Row]:
    """Every copy that was made: id, made_at, kind, file, holder, withdrawn_at, version, sha256, content, hold_until, people,
    note."""
    return store.rows("select * from registered_copies order by id")


def withdraw(store: Store, number: int, *, by: str, file: str, now: str) -> None:
    """Enter that the holder of a copy has deleted it, so that nobody has to be told of it any more."""
    row = {"made_at": now, "actor": by, "kind": "copy deleted", "file": file, "count": 1, "note": f"copy {number}"}

    def enter(db: sqlite3.Connection) -> None:
        db.execute("update registered_copies set withdrawn_at = ? where id = ? and withdrawn_at is null", [now, number])
        db.execute(AUDIT, row)

    store.transaction(enter)


def standing_copies(store: Store) -> list[Copy]:
    """The copies with posts of people, or their ids, that were handed out and not withdrawn."""
    rows = store.rows(STANDING)
    return [Copy(int(str(row["id"])), *(str(row[name]) for name in ("kind", "file", "made_at", "holder"))) for row in rows]


def note_withdrawal(store: Store, copies: Sequence[Copy], *, posts: int, now: str) -> None:
    """Enter with each copy that its holder has to take posts out."""
    told = f"{now[:10]}: {count(posts, 'post')} to be taken out by the holder."
    rows = [(told, copy.id) for copy in copies]
    store.transaction(
        lambda db: db.executemany("update registered_copies set note = trim(coalesce(note, '') || ' ' || ?) where id = ?", rows)
    )


STANDING = """
select id, kind, file, made_at, coalesce(holder, '') as holder from registered_copies
where withdrawn_at is null and people = 1 order by id
"""
KNOWN = """
select 1 from registered_copies
where file = :file and sha256 = :sha256 and coalesce(holder, '') = :holder and withdrawn_at is null
"""
REGISTER = """
insert into registered_copies(made_at, kind, file, holder, note, version, sha256, content, hold_until, people)
values (:made_at, :kind, :file, nullif(:holder, ''), :note, :version, :sha256, :content, :hold_until, :people)
"""
AUDIT = """
insert into audit(at, actor, action, subject, count, note) values (:made_at, :actor, :kind, :file, :count, :note)
"""
