"""What Datasette is told about a store: words for its tables and columns, ready-made questions, limits.

The words come from db/dictionary.toml and the questions from datasette_config/lookups; nothing is said twice. The file
is written into the data folder each time the pages are served, so that it cannot grow old.
"""

import hashlib
import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.dictionary import CLOSED, HIDDEN, store_words
from db.folder import DataFolder
from db.lookups import read_lookups
from pipelines.accounts import SigningIn
from tracker.problems import kind_of_os_error
from tracker.records import Campaign

DATASETTE_CONFIG = Path(__file__).resolve().parents[1] / "datasette_config"

SETTINGS = {
    "suggest_facets": "off",  # 80 times faster pages on a large table: https://github.com/simonw/datasette/issues/2406
    "default_page_size": "50",
    "max_returned_rows": "2000",
    "sql_time_limit_ms": "2000",
    "facet_time_limit_ms": "500",
    "num_sql_threads": "3",
    "allow_download": "off",
    "default_cache_ttl": "0",
    "truncate_cells_html": "600",
}
"""Datasette's settings for the staff store (https://docs.datasette.io/en/stable/settings.html)."""

PUBLIC_SETTINGS = SETTINGS | {
    "default_allow_sql": "off",
    "allow_csv_stream": "off",
    "allow_facet": "off",
    "max_returned_rows": "1000",
}


@dataclass(frozen=True, slots=True)
class Pages:
    """A set of pages: where its plugins and templates lie, Datasette's settings, and the name of its log."""

    folder: Path
    settings: dict[str, str]
    log: str


STAFF = Pages(DATASETTE_CONFIG, SETTINGS, "serve.log")
PUBLIC = Pages(DATASETTE_CONFIG / "public", PUBLIC_SETTINGS, "serve-public.log")

NAMED_BY = {"authors": "handle", "posts": "text", "themes": "name", "runs": "started_at", "questions": "text"}
NEWEST_FIRST = {"posts": "created_at", "runs": "id", "imports": "id", "coverage": "asked_at", "weekly_totals": "week"}
SEARCHED_IN = {"posts": "posts_fts"}
OF_SQLITE = ("posts_fts_config", "posts_fts_data", "posts_fts_docsize", "posts_fts_idx", "sqlite_stat1")
"""What SQLite keeps for itself: the index of words, whose pages Datasette links to rows that it cannot show, and how many rows
each table has, those of verdicts too. They have no page; SQL reaches them."""
FACETS = {"posts": ["platform"], "post_readings": ["outcome"]}
"""Facets only on columns with an index; the others are slow on a large store. None on themes: a facet counts, and a theme's count
never stands without its error."""


def write_config(
    campaign: Campaign, data: DataFolder, *, demo_now: str | None = None, signing_in: SigningIn | None = None
) -> Path:
    """Write DATA/datasette/metadata.json and return its path. demo_now: when a demo's clock stands (UTC); the pages then
    say that all is invented. Raises StorageProblem or PermissionProblem when it cannot be written."""
    known = metadata(campaign, demo_now=demo_now, inbox=str(data.inbox.resolve()), data=str(data.root.resolve()))
    how = signing_in or SigningIn()
    file = str(data.accounts.resolve()) if how.accounts else None
    known["plugins"]["accounts"] = {"file": file, "header": how.header, "leads": list(how.leads), "hosts": list(how.hosts)}
    known["plugins"]["accounts"]["researchers"] = list(how.researchers)
    known["plugins"]["jar"] = {"mark": hashlib.sha256(str(data.root.resolve()).encode()).hexdigest()[:12]}
    return _write(data.root / "datasette" / "metadata.json", known)


def write_public_config(data: DataFolder) -> Path:
    """Write what Datasette is told of the public copy; it names nothing of this machine."""
    return _write(data.root / "datasette" / "public.json", {"title": "The public copy", "allow_sql": False})


def _write(target: Path, known: dict[str, Any]) -> Path:
    text = json.dumps(known, ensure_ascii=False, indent=1) + "\n"
    try:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise kind_of_os_error(error)(
            f"The settings of the pages could not be written to {target}.",
            why=f"{error.strerror}.",
            safe="The store was not touched.",
            next_step="Free some space, or give this user the right to write there, and serve again.",
        ) from error
    return target


def metadata(
    campaign: Campaign, *, demo_now: str | None = None, inbox: str | None = None, data: str | None = None
) -> dict[str, Any]:
    """Datasette's metadata for the staff store of `campaign` (https://docs.datasette.io/en/stable/metadata.html).
    data: the data folder, where people may code; None: these pages only show."""
    words = store_words("tracker")
    folder = str(Path(campaign.folder).resolve())
    return {
        "title": campaign.paper_title or campaign.name,
        "plugins": {
            "pages": {"demo_now": demo_now, "inbox": inbox, "command": typed_command(campaign, data)},
            "coding": {"data": data},
            "adding": {"campaign": folder},
            "forget": {"command": forget_command(campaign, data) if data else None},
        },
        "databases": {
            "tracker": {
                "title": "Tables, for researchers",
                "description": words.about + " Personal data: not for passing on.",
                "tables": {table.name: _table(table.name, table.about, dict(table.columns)) for table in words.tables}
                | {name: {"description": "Kept by SQLite.", "hidden": True, "allow": False} for name in OF_SQLITE},
                "queries": _queries(),
            }
        },
    }


def typed_command(campaign: Campaign, data: str | None) -> str:
    """How a command of this campaign begins, as it is typed: without its folder it would be of the campaign that comes with the
    program."""
    words = ["debate-tracker", "--campaign", campaign.folder]
    beside = (Path(campaign.folder) / "data").resolve()
    return shlex.join(words if data is None or Path(data).resolve() == beside else [*words, "--data", data])


def forget_command(campaign: Campaign, data: str) -> list[str]:
    """The command that the page for forgetting runs."""
    options = ["--campaign", str(Path(campaign.folder).resolve()), "--data", data]
    return [sys.executable, str(DATASETTE_CONFIG.parent / "cli.py"), "forget", *options]


def _table(name: str, about: str, columns: dict[str, str]) -> dict[str, Any]:
    known: dict[str, Any] = {"description": about, "columns": columns}
    if name in HIDDEN:
        known["hidden"] = True
    if name in CLOSED:
        known["allow"] = False
    shown: dict[str, dict[str, Any]] = {
        "label_column": NAMED_BY,
        "sort_desc": NEWEST_FIRST,
        "fts_table": SEARCHED_IN,
        "facets": FACETS,
    }
    for key, choices in shown.items():
        if name in choices:
            known[key] = choices[name]
    return known


def _queries() -> dict[str, dict[str, Any]]:
    """The ready-made questions as Datasette's canned queries."""
    return {
        lookup.name: {
            "title": lookup.title,
            "description": f"{lookup.prose} For: {lookup.reader}.",
            "sql": lookup.sql,
            "hide_sql": True,
        }
        for lookup in read_lookups(DATASETTE_CONFIG / "lookups")
    }
