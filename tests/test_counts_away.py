"""What is taken from a table of counts as CSV or JSON has the error of each theme beside its counts, in every shape."""

import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from datasette_config.plugins.counts_away import COUNTING
from db.dictionary import store_words
from db.folder import DataFolder
from tests.pages_client import Pages
from tests.pages_store import MEASURED, build_store

OUTSOURCING = {"precision": 0.81, "precision_low": 0.7, "precision_high": 0.89, "recall": 0.62, "measured_on": MEASURED}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return build_store(tmp_path_factory.mktemp("counts") / "data", posts=30)


def rows_of(pages: Pages, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(pages.text(path), newline="")))


def is_beside(row: dict[str, Any], known: dict[str, Any] = OUTSOURCING) -> bool:
    return all(str(row[name]) == str(value) for name, value in known.items())


def test_every_table_of_counts_is_known() -> None:
    told = {table.name for table in store_words("tracker").tables if "not to be told without its error" in table.about}
    assert set(COUNTING) == told


@pytest.mark.parametrize("table", ["daily_counts", "weekly_counts", "weekly_totals", "post_themes"])
@pytest.mark.parametrize("more", ["", "&_stream=on", "&_header=off", "&_labels=on", "&_col=theme"])
def test_a_csv_has_the_error_beside_each_row(pages: Pages, table: str, more: str) -> None:
    rows = rows_of(pages, f"/tracker/{table}.csv?_size=max{more}")
    themes = [row for row in rows if row["theme"] == "outsourcing"]
    assert themes and all(map(is_beside, themes))
    assert all(row["measured_on"] == "" and row["precision"] == "" for row in rows if not row["theme"])
    assert {row["measured_on"] for row in rows if row["theme"] == "health"} <= {"not measured"}


def test_sums_and_what_was_published_have_it_where_they_are_of_a_theme(pages: Pages) -> None:
    rows = rows_of(pages, "/tracker/figures.csv?_stream=on")
    of_theme = [row for row in rows if row["name"].startswith("theme_") and row["key"].partition("|")[0] == "outsourcing"]
    assert of_theme and all(map(is_beside, of_theme))
    assert all(row["measured_on"] == "" for row in rows if not row["name"].startswith("theme_"))


@pytest.mark.parametrize("shape", ["arrays", "objects", "array", "object"])
def test_a_json_has_it_in_every_shape(pages: Pages, shape: str) -> None:
    said = pages.get(f"/tracker/post_themes.json?theme=outsourcing&_shape={shape}").json()
    rows = said["rows"] if shape in ("arrays", "objects") else list(said.values()) if shape == "object" else said
    rows = [row if isinstance(row, dict) else dict(zip(said["columns"], row, strict=True)) for row in rows]
    assert rows and all(map(is_beside, rows))


def test_a_line_a_row_and_a_single_row_have_it_and_a_single_column_stays(pages: Pages) -> None:
    path = "/tracker/post_themes.json?theme=outsourcing"
    lines = pages.text(f"{path}&_shape=array&_nl=on").splitlines()
    assert len(lines) > 1 and all(is_beside(json.loads(line)) for line in lines)
    assert pages.get(f"{path}&_shape=arrayfirst").json() == [json.loads(line)["post_id"] for line in lines]
    number = json.loads(lines[0])["post_id"]
    for form in ("json?_shape=objects", "json"):
        said = pages.get(f"/tracker/post_themes/{number},outsourcing.{form}").json()
        (row,) = said["rows"]
        assert is_beside(row if isinstance(row, dict) else dict(zip(said["columns"], row, strict=True)))
    assert "How well each theme is found" in pages.text(f"/tracker/post_themes/{number},outsourcing")


def test_other_tables_and_refusals_stay_as_they_are(pages: Pages) -> None:
    assert "measured_on" not in rows_of(pages, "/tracker/authors.csv")[0]
    assert pages.get("/tracker/weekly_counts.json?_sort=nothing").status_code == 400
    assert pages.get("/tracker/weekly_counts.json?theme=none").json()["rows"] == []
    assert rows_of(pages, "/tracker/weekly_counts.csv?theme=none") == []
    empty = pages.text("/tracker/weekly_counts.csv?theme=none&_size=1")
    assert empty.strip().endswith("recall_low,recall_high,measured_on")


def test_without_a_model_it_says_that_nothing_was_measured(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=5)
    with sqlite3.connect(data.tracker) as db:
        db.execute("update models set live = 0")
    rows = rows_of(Pages(data), "/tracker/weekly_counts.csv?theme=outsourcing")
    assert rows and {row["measured_on"] for row in rows} == {"not measured"}
