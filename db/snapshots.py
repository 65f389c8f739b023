"""What a snapshot holds, as rows: numbers of the public copy, and sums and definitions of the store. No post of anyone else, but,
where they were asked for, ids without anything beside them."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from db.exporting import TakenTable, read_tables
from db.figures import figures
from db.opening import BUSY_SECONDS, storage_errors
from db.reading import Row, rows_of
from db.reading_method import flow, method_page
from db.statements import statements
from db.store import Store

FILE = "snapshots.sql"
WORDS = Path(__file__).with_name("snapshots.toml")
ROUNDED = 10
"""Posts of the flow are told in tens: sums over all that is stored could else be subtracted from what the public copy tells."""
CAME = (
    ("rejected", "could be read", "rows of files that could not be read"),
    ("outside", "part of the debate that is followed", "rows of files that are about something else"),
    ("withheld", "may be kept", "rows of files left out on purpose: private, followers-only or deleted"),
    ("forgotten", "of nobody who asked to be forgotten", "rows of files left out because their author asked for it"),
    ("known", "not here already", "rows of files whose post was here already"),
    ("updated", "new", "rows of files that made a post here fuller"),
)


def snapshot_tables() -> tuple[TakenTable, ...]:
    """The tables of a snapshot, in order."""
    return read_tables(WORDS)


@contextmanager
def reading_public(path: Path) -> Iterator[sqlite3.Connection]:
    """The public copy as it is at one moment, for reading only."""
    address = f"{path.resolve().as_uri()}?mode=ro"
    with storage_errors(path), closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_SECONDS)) as db:
        db.execute("begin")
        yield db
        db.execute("rollback")


def tables_of(public: sqlite3.Connection, db: sqlite3.Connection) -> dict[str, list[Row]]:
    """The rows of each table. public: the public copy; db: the store."""
    kept = {table.name: [column.name for column in table.columns] for table in snapshot_tables()}
    numbers = [{name: row.get(name) for name in kept["numbers"]} for row in _rows(public, "pub_numbers")]
    themes = _rows(public, "pub_themes")
    pairs = [
        {"number": row["number"], "subject": subject, "week": week}
        for row in _rows(public, "pub_pairs")
        for subject, week in json.loads(row["pairs"])
    ]
    models = sorted({row["model"] for row in numbers if row["model"]})
    return {
        "numbers": numbers,
        "number_weeks": pairs,
        "theme_error": _rows(public, "pub_theme_error"),
        "agreement": _rows(public, "pub_agreement") if _rows(public, "pub_says_agreement") else [],
        "themes": [{name: row.get(name) for name in kept["themes"]} for row in themes],
        "theme_versions": _versions(db, themes),
        "questions": _rows(public, "pub_questions"),
        "models": _listed(db, "models", "models", models),
        "coverage": _rows(public, "pub_coverage"),
        "queries": _rows(db, "queries"),
        "asked": [{name: value for name, value in row.items() if name != "got"} for row in method_page(db)["asked"]],
        "flow": flow_rows(db),
        "own_posts": _rows(public, "pub_own_posts"),
    }


def flow_rows(db: sqlite3.Connection) -> list[Row]:
    """The way from what came in to what has a theme, in tens."""
    method = method_page(db)
    files, got = method["files"], sum(row["got"] for row in method["asked"])
    left = files["rows"] + got
    steps = [{"what": "came in, from files and sources", "posts": left, "lost": 0, "why": ""}]
    for name, what, why in CAME:
        left -= files[name]
        steps.append({"what": what, "posts": left, "lost": files[name], "why": why})
    sums = flow(figures(db, "shown"), figures(db, "outcomes"))
    steps.append(
        {**sums[0], "lost": max(left - sums[0]["posts"], 0), "why": "given by a source that was asked again, or let go by age"}
    )
    rows = [*steps, *sums[1:]]
    return [
        {"step": place, **row, "posts": in_tens(row["posts"]), "lost": in_tens(row["lost"])}
        for place, row in enumerate(rows, start=1)
    ]


def in_tens(number: int) -> int | None:
    """A number of posts, rounded to tens; None for fewer than ten."""
    return round(number, -1) if number >= ROUNDED else None


def ids_of(db: sqlite3.Connection, platform: str) -> Iterator[str]:
    """The ids of the posts of a platform that it shows, of accounts that did not ask not to be shown, in the order of the ids."""
    for _, native_id in db.execute(statements(FILE)["ids"], {"platform": platform}):
        yield native_id


def posts_by_platform(db: sqlite3.Connection) -> dict[str, int]:
    """How many posts each platform shows."""
    return {row["platform"]: row["posts"] for row in _rows(db, "platforms")}


def last_run_ended(db: sqlite3.Connection) -> str | None:
    """When the last run ended (UTC); None where none has."""
    ended = _rows(db, "last_run")[0]["ended"]
    return None if ended is None else str(ended)


def errata(db: sqlite3.Connection) -> list[Row]:
    """What was found to be wrong, in the order in which it was entered: entered_at, concerns (a version, or ''), words."""
    return _rows(db, "errata")


def newest_snapshot(db: sqlite3.Connection) -> Row:
    """The snapshot of public numbers that was made last: version, made_at, sha256; {} where none was."""
    return (_rows(db, "newest_snapshot") or [{}])[0]


def enter_erratum(store: Store, row: Mapping[str, str]) -> None:
    """Enter an erratum: at, by, concerns, words."""
    store.transaction(lambda db: db.execute(statements(FILE)["enter_erratum"], row))


def _versions(db: sqlite3.Connection, themes: list[Row]) -> list[Row]:
    """How themes were defined, under their names of now."""
    names = {old: theme["slug"] for theme in themes for old in (theme["slug"], *json.loads(theme.get("renamed_from") or "[]"))}
    return [_version({**row, "theme": names[row["theme"]]}) for row in _listed(db, "theme_versions", "themes", list(names))]


def _version(row: Row) -> Row:
    told = json.loads(row["definition"])
    lists = {name: json.dumps(told.get(name, []), ensure_ascii=False) for name in ("not_when", "phrases")}
    return {"theme": row["theme"], "changed_at": row["changed_at"], "name": told["name"], "meaning": told["meaning"], **lists}


def _listed(db: sqlite3.Connection, name: str, parameter: str, values: list[str]) -> list[Row]:
    return rows_of(db, FILE, name, **{parameter: json.dumps(values)})


def _rows(db: sqlite3.Connection, name: str) -> list[Row]:
    return rows_of(db, FILE, name)
