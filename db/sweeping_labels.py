"""Take out of labels.db what is to stay forgotten. The verdict of a person who coded stays; what was said, and which post it
was, goes."""

import sqlite3
from collections.abc import Callable, Iterable

from db.forgotten import Forgotten
from tracker.persons import calling, plainly

IsGone = Callable[[str, str], bool]
"""(platform, native id) of a post"""


def sweep_labels(connection: sqlite3.Connection, forgotten: Forgotten, is_gone: IsGone, names: Iterable[str]) -> int:
    """Do it, within the caller's transaction; gives how many posts, and rows that named somebody, it touched. names: what those
    who are to be forgotten are called, as far as it is known."""
    known = [row for row in connection.execute(LABELLED).fetchall() if is_gone(*row)]
    for platform, native_id in known:
        asked = {"platform": platform, "native_id": native_id, "instead": forgotten.instead_of(platform, native_id)}
        for statement in FORGET:
            connection.execute(statement, asked)
    named = _empty_notes(connection, forgotten, names)
    for table, empty in EMPTY.items():
        rows = [row[:1] for row in connection.execute(NAMING[table]).fetchall() if _names(forgotten, row[1:])]
        connection.executemany(empty, rows)
        named += len(rows)
    for row_id, platform, handle in connection.execute("select id, platform, handle from public_roles").fetchall():
        if forgotten.names_author(platform, "", handle):
            connection.execute("delete from public_roles where id = ?", [row_id])
            named += 1
    return len(known) + named


def places_left(connection: sqlite3.Connection) -> int:
    """Of how many forgotten posts the place in the sample is still there, as versions before 036 left it (docs/why)."""
    if connection.execute("select 1 from sqlite_master where name = 'sample'").fetchone() is None:
        return 0
    found: int = connection.execute("select count(*) from sample where native_id like 'forgotten:%' and place < 1").fetchone()[0]
    return found


def _empty_notes(connection: sqlite3.Connection, forgotten: Forgotten, names: Iterable[str]) -> int:
    """Empty the notes that name somebody, and nothing beside them: the post that they are on is another's."""
    called = calling(names)
    emptied = 0
    for table in WITH_NOTES:
        notes = connection.execute(f"select id, note from {table} where note is not null").fetchall()
        told = [(row_id,) for row_id, note in notes if forgotten.is_named_in(note) or (called and called.search(plainly(note)))]
        connection.executemany(f"update {table} set note = null where id = ?", told)
        emptied += len(told)
    return emptied


def _names(forgotten: Forgotten, texts: tuple[str | None, ...]) -> bool:
    return any(text and forgotten.without_names(text) != text for text in texts)


LABELLED = """
select platform, native_id from codings union select platform, native_id from answers
union select platform, native_id from quotes union select platform, native_id from sample
"""
WITH_NOTES = ("codings", "answers")
NAMING = {
    "codings": "select id, text from codings",
    "answers": "select id, link from answers",
    "quotes": "select id, text, paraphrase, consent_link, message from quotes",
}
"""What people saw and quoted of others' posts, where a name may stand."""
EMPTY = {
    "codings": "update codings set text = null where id = ?",
    "answers": "update answers set link = null where id = ?",
    "quotes": "delete from quotes where id = ?",
}
"""A coding is never changed, only emptied (labels.db holds it to that); nobody is quoted for naming who is to be forgotten."""
FORGET = (
    "update codings set text = null, note = null where platform = :platform and native_id = :native_id",
    "update codings set native_id = :instead where platform = :platform and native_id = :native_id",
    "update sample set native_id = :instead, place = 1 where platform = :platform and native_id = :native_id",
    "delete from answers where platform = :platform and native_id = :native_id",
    "delete from quotes where platform = :platform and native_id = :native_id",
)
"""The place goes with the id: it is made from it and the seed, which stands there too, so a guessed id could be tried on it."""
