"""What every store, table and column means: db/dictionary.toml as records, and as a page of docs.

`python -m db.dictionary` prints docs/data-dictionary.md; tests/test_dictionary.py says when that page is out of date.
"""

import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

WORDS = Path(__file__).with_name("dictionary.toml")

HIDDEN = (
    "_sqlite_migrations",
    "before_lists",
    "before_posts",
    "counted_members",
    "counted_sharers",
    "counters",
    "days_from_files",
    "days_to_count",
    "figures",
    "learned_posts",
    "post_originals",
    "post_wordings",
    "posts_fts",
    "posts_to_count",
    "posts_to_group",
    "public_changes",
    "public_counts",
    "public_marks",
    "public_subjects",
    "settings",
    "themed_posts",
    "weekly_shared",
)
"""Tables that are the program's own business: reachable, but not listed."""
CLOSED = ("before_lists", "before_posts", "counted_members", "counted_sharers", "learned_posts", "public_marks")
"""Those of them that have no page and cannot be taken out as a table: they tell of people what only sums are made of, or of posts
what only the key can read. The SQL of researchers, who may read every post, reaches them."""


@dataclass(frozen=True, slots=True)
class TableWords:
    """What a table is for, and what each of its columns means: (column, sentence) in the schema's order."""

    name: str
    about: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StoreWords:
    """What one SQLite file of the data folder is for, and its tables."""

    name: str
    about: str
    tables: tuple[TableWords, ...]


@cache
def read_dictionary() -> tuple[StoreWords, ...]:
    """The words for every store, in the order of dictionary.toml."""
    stores = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    return tuple(_store(name, words) for name, words in stores.items())


def _store(name: str, words: dict[str, Any]) -> StoreWords:
    tables = tuple(TableWords(table, about["about"], tuple(about["columns"].items())) for table, about in words["tables"].items())
    return StoreWords(name, words["about"], tables)


def store_words(name: str) -> StoreWords:
    """The words for one store: tracker, raw, labels, public or forgotten. Raises KeyError for another name."""
    return {store.name: store for store in read_dictionary()}[name]


HEADING = """# Data dictionary

Every table and column of the files that hold a campaign's data. Times are UTC and end in `Z`; days and weeks are
those of the campaign's own time zone. An empty cell (NULL) means "not known", never zero. This page is made from
`db/dictionary.toml` by `python -m db.dictionary`.
"""


def as_markdown(stores: tuple[StoreWords, ...]) -> str:
    """docs/data-dictionary.md: a heading a store, a heading and a table of columns a table."""
    parts = [HEADING]
    for store in stores:
        parts.append(f"\n## {store.name}.db\n\n{store.about}\n")
        for table in store.tables:
            rows = "".join(f"| `{column}` | {_cell(sentence)} |\n" for column, sentence in table.columns)
            parts.append(f"\n### {table.name}\n\n{table.about}\n\n| column | meaning |\n|---|---|\n{rows}")
    return "".join(parts)


def _cell(sentence: str) -> str:
    """A sentence inside a Markdown table, where a bar would end the cell."""
    return sentence.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(as_markdown(read_dictionary()))
