"""The words for tables and columns say exactly what the schema holds, and the page made from them is current."""

import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from db import migrations
from db.dictionary import as_markdown, read_dictionary, store_words
from db.public_copy import SCHEMA

STORES = {
    "tracker": migrations.tracker,
    "raw": migrations.raw,
    "labels": migrations.labels,
    "public": None,
    "forgotten": migrations.forgotten,
}
DOCS = Path(__file__).resolve().parents[1] / "docs" / "data-dictionary.md"


def columns_in(path: Path, steps: Migrations | None) -> dict[str, list[str]]:
    """Every table of a new store with its columns; what SQLite keeps for itself inside the search index is left out. The public
    copy has no steps: it is built new each time."""
    connection = sqlite3.connect(path)
    if steps is None:
        connection.executescript(SCHEMA.read_text(encoding="utf-8"))
    else:
        steps.apply(Database(path))
    tables = connection.execute("select name, type from pragma_table_list where schema = 'main'").fetchall()
    kept = [name for name, kind in tables if kind in ("table", "virtual") and not name.startswith("sqlite_")]
    return {table: [row[1] for row in connection.execute(f'pragma table_info("{table}")')] for table in kept}


@pytest.mark.parametrize("name", STORES)
def test_every_table_and_column_is_described_and_nothing_else(name: str, tmp_path: Path) -> None:
    schema = columns_in(tmp_path / f"{name}.db", STORES[name])
    words = {table.name: [column for column, _ in table.columns] for table in store_words(name).tables}
    assert words == schema


def test_no_store_is_described_that_does_not_exist() -> None:
    assert [store.name for store in read_dictionary()] == list(STORES)


def test_every_sentence_is_a_sentence() -> None:
    for store in read_dictionary():
        for table in store.tables:
            for where, sentence in (("", table.about), *table.columns):
                assert len(sentence) > 8 and sentence.endswith("."), f"{store.name}.{table.name}.{where}: {sentence}"


def test_the_page_of_docs_is_current() -> None:
    made_by = "python -m db.dictionary > docs/data-dictionary.md"
    assert DOCS.read_text(encoding="utf-8") == as_markdown(read_dictionary()), made_by
