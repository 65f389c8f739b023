"""Take out of labels.db what is to stay forgotten. The verdict of a person who coded stays; what was said, and which post it
was, goes."""

import sqlite3
from collections.abc import Callable

from db.forgotten import Forgotten

IsGone = Callable[[str, str], bool]
"""(platform, native id) of a post"""


def sweep_labels(connection: sqlite3.Connection, forgotten: Forgotten, is_gone: IsGone) -> int:
    """Do it, within the caller's transaction; gives how many posts and rows it touched."""
    known = [row for row in connection.execute(LABELLED).fetchall() if is_gone(*row)]
    named = [(table, row[0]) for table in NAMING for row in connection.execute(NAMING[table]) if _names(forgotten, row[1:])]
    for platform, native_id in known:
        asked = {"platform": platform, "native_id": native_id, "instead": forgotten.instead_of(platform, native_id)}
        for statement in FORGET:
            connection.execute(statement, asked)
    for table, row_id in named:
        connection.execute(EMPTY[table], [row_id])
    for row_id, platform, handle in connection.execute("select id, platform, handle from public_roles").fetchall():
        if forgotten.names_author(platform, "", handle):
            connection.execute("delete from public_roles where id = ?", [row_id])
    return len(known) + len(named)


def places_left(connection: sqlite3.Connection) -> int:
    """Of how many forgotten posts the place in the sample is still there, as versions before 036 left it (docs/why)."""
    if connection.execute("select 1 from sqlite_master where name = 'sample'").fetchone() is None:
        return 0
    found: int = connection.execute("select count(*) from sample where native_id like 'forgotten:%' and place < 1").fetchone()[0]
    return found


def _names(forgotten: Forgotten, texts: tuple[str | None, ...]) -> bool:
    return any(text and forgotten.without_names(text) != text for text in texts)


LABELLED = """
select platform, native_id from codings union select platform, native_id from answers
union select platform, native_id from quotes union select platform, native_id from sample
"""
NAMING = {
    "codings": "select id, text, note from codings",
    "answers": "select id, note, link from answers",
    "quotes": "select id, text, paraphrase, consent_link, message from quotes",
}
"""What people wrote or saw of others' posts, where a name may stand."""
EMPTY = {
    "codings": "update codings set text = null, note = null where id = ?",
    "answers": "update answers set note = null, link = null where id = ?",
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
