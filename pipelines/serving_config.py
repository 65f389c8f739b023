"""What Datasette is told about a store: words for its tables and columns, ready-made questions, limits.

The words come from db/dictionary.toml and the questions from datasette_config/lookups; nothing is said twice. The file
is written into the data folder each time the pages are served, so that it cannot grow old.
"""

import json
from pathlib import Path
from typing import Any

from db.dictionary import store_words
from db.folder import DataFolder
from tracker.problems import StorageProblem
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

HIDDEN = ("_sqlite_migrations", "days_to_count", "posts_fts", "settings")
"""Tables that are the program's own business: reachable, but not listed."""

NAMED_BY = {"authors": "handle", "posts": "text", "themes": "name", "runs": "started_at", "questions": "text"}
NEWEST_FIRST = {"posts": "created_at", "runs": "id", "imports": "id", "coverage": "asked_at", "weekly_totals": "week"}
FACETS = {"posts": ["platform", "day"], "post_readings": ["outcome"], "post_themes": ["theme"]}
"""Facets only on columns with an index; the others are slow on a large store."""


def write_config(campaign: Campaign, data: DataFolder) -> Path:
    """Write DATA/datasette/metadata.json and return its path. Raises StorageProblem when it cannot be written."""
    target = data.root / "datasette" / "metadata.json"
    text = json.dumps(metadata(campaign), ensure_ascii=False, indent=1) + "\n"
    try:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageProblem(
            f"The settings of the pages could not be written to {target}.",
            why=f"{error.strerror}.",
            safe="The store was not touched.",
            next_step="Free some space, or give this user the right to write there, and serve again.",
        ) from error
    return target


def metadata(campaign: Campaign) -> dict[str, Any]:
    """Datasette's metadata for the staff store of `campaign` (https://docs.datasette.io/en/stable/metadata.html)."""
    words = store_words("tracker")
    return {
        "title": campaign.paper_title or campaign.name,
        "databases": {
            "tracker": {
                "title": "Tables, for researchers",
                "description": words.about + " Personal data: not for passing on.",
                "tables": {table.name: _table(table.name, table.about, dict(table.columns)) for table in words.tables},
                "queries": read_lookups(DATASETTE_CONFIG / "lookups"),
            }
        },
    }


def _table(name: str, about: str, columns: dict[str, str]) -> dict[str, Any]:
    known: dict[str, Any] = {"description": about, "columns": columns}
    if name in HIDDEN:
        known["hidden"] = True
    for key, choices in (("label_column", NAMED_BY), ("sort_desc", NEWEST_FIRST), ("facets", FACETS)):
        if name in choices:
            known[key] = choices[name]
    return known


def read_lookups(folder: Path) -> dict[str, dict[str, Any]]:
    """The ready-made questions of a folder by name, as Datasette's canned queries."""
    return {path.stem: read_lookup(path) for path in sorted(folder.glob("*.sql"))}


def read_lookup(path: Path) -> dict[str, Any]:
    """One ready-made question: `-- title:`, `-- for:` and lines of prose as comments, then the SQL.

    Raises ValueError where the title, the reader or the prose is missing: a look-up without them is not finished.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = [line[2:].strip() for line in lines if line.startswith("--")]
    sql = "\n".join(line for line in lines if not line.startswith("--")).strip().rstrip(";")
    told = dict(comment.split(": ", 1) for comment in comments[:2] if ": " in comment)
    prose = " ".join(comments[2:])
    if set(told) != {"title", "for"} or not prose or not sql:
        raise ValueError(f"{path.name} must begin with '-- title: ', '-- for: ' and lines of prose, then the SQL")
    return {"title": told["title"], "description": f"{prose} For: {told['for']}.", "sql": sql, "hide_sql": True}
