"""What a paper about the data has to say of it: counts, never a name."""

import sqlite3
from contextlib import closing

from db.folder import DataFolder
from db.opening import storage_errors
from db.opening_labels import open_labels
from db.store import Store

STORED = {
    "posts": "select count(*) from posts",
    "authors": "select count(*) from authors",
    "first_post": "select substr(min(created_at), 1, 10) from posts",
    "last_post": "select substr(max(created_at), 1, 10) from posts",
    "hidden": "select count(*) from posts where status = 'hidden'",
    "gone": "select count(*) from posts where status = 'gone'",
    "opted_out": "select count(*) from authors where opted_out = 1",
    "platforms": """
        select group_concat(platform || ' ' || n, ', ')
        from (select platform, count(*) as n from posts group by 1 order by 2 desc)
    """,
    "copies": """
        select group_concat(kind || ' ' || file || coalesce(' held by ' || holder, ', whose holder was not named'), '; ')
        from registered_copies where withdrawn_at is null
    """,
}
CODED = {
    "codings": "select count(*) from standing_codings",
    "coders": "select count(distinct lower(coder)) from codings where what = 'coded'",
}


def facts_of(folder: DataFolder) -> dict[str, str]:
    """Counts of the stores that are there, as text; what is not there is left out. The stores are only read."""
    found: dict[str, str] = {}
    if folder.exists():
        with closing(Store.open(folder, readonly=True)) as store:
            for name, sql in STORED.items():
                found[name] = _first(store.rows(f"select ({sql}) as value")[0]["value"])
    if folder.labels.is_file():
        with closing(open_labels(folder, readonly=True)) as db, storage_errors(folder.labels):
            found |= {name: _first(db.execute(sql).fetchone()[0]) for name, sql in CODED.items()}
    if (path := folder.forgotten).is_file():
        with storage_errors(path), closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as tombstones:
            found["forgotten"] = _first(tombstones.execute("select count(*) from tombstones").fetchone()[0])
    return found


def _first(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else str(value)
