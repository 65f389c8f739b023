"""Numbers that people counted, where they are told: in the store, the public copy, its pages and tables, and a snapshot."""

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db import reading_public as public
from db.folder import DataFolder
from db.public_copy import shown_cells
from db.publishing import counted_by_people
from db.snapshots import tables_of
from db.store import Store
from pipelines.publish import publish
from pipelines.running import running
from tests.pages_store import build_store
from tests.test_public_pages import NOW, SMALL, Site, in_one_line
from tests.test_public_pages import only_public_plugins as only_public_plugins
from tracker.told import Cell

LATER = "2026-11-20T03:00:00Z"
OUTSOURCING = ("theme", "outsourcing")
AGREED = "alpha 0.81 (0.70 to 0.90), 94 % of pairs of verdicts alike, on 41 posts that two or more read."


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    return build_store(tmp_path / "data", posts=180)


def in_store(data: DataFolder, sql: str, *asked: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data.tracker)) as db, db:
        return db.execute(sql, asked).fetchall()


def read_by_people(data: DataFolder, theme: str, weeks: str = "true") -> None:
    """People have read every post of these weeks, and settled this theme on each."""
    for name in ("", theme):
        in_store(
            data,
            "insert or replace into weekly_read(week, theme, posts)"
            f" select week, ?, posts + reposts from weekly_totals where is_own = 0 and theme is null and {weeks}",
            name,
        )


def coders_agree(data: DataFolder, theme: str = "outsourcing") -> None:
    in_store(
        data,
        "insert or replace into coder_agreement values ('theme', ?, 0.8123, 0.7, 0.9, 0.94, 0.8, 41, 20, ?)",
        theme,
        NOW,
    )


def publishing(data: DataFolder, now: str = NOW) -> None:
    with running("publish", SMALL, data, clock=lambda: now) as run:
        publish(run, by_hand=True)


def numbers_of(data: DataFolder) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(Site(data).text("/data/numbers.csv"))))


def test_what_people_counted_is_told_as_theirs_with_their_agreement_in_place_of_errors(data: DataFolder) -> None:
    read_by_people(data, "outsourcing")
    coders_agree(data)
    coders_agree(data, "health")
    publishing(data)
    cells = shown_cells(data.public)
    ours = [cell for cell in cells if (cell["kind"], cell["subject"]) == OUTSOURCING]
    assert len(ours) > 2 and all((cell["counted_by"], cell["model"]) == ("people", None) for cell in ours)
    others = [cell for cell in cells if (cell["kind"], cell["subject"]) != OUTSOURCING]
    assert {cell["counted_by"] for cell in others} == {None} and {cell["model"] for cell in others} == {None, "m1"}
    assert in_store(data, "select distinct counted_by, model from published_cells where subject = 'outsourcing'") == [
        ("people", None)
    ]
    site = Site(data)
    for page in ("/", "/themes", "/theme/outsourcing"):
        assert f"<strong>Counted by hand.</strong> Coders' agreement: {AGREED}" in in_one_line(site.text(page)), page
        assert "precision 0.81" not in site.text(page) and "0.8123" not in site.text(page)
    assert 'data-label="How sure">counted by hand<' in site.text("/theme/outsourcing")
    rows = numbers_of(data)
    assert list(rows[0])[-2:] == ["support", "counted_by"] and list(rows[0])[:3] == ["kind", "subject", "level"]
    theirs = [row for row in rows if row["counted_by"] == "people"]
    assert len(theirs) == len(ours) and all(not (row["precision"] or row["recall"] or row["model"]) for row in theirs)
    with closing(sqlite3.connect(data.public)) as db:
        assert db.execute("select theme, alpha from agreement").fetchall() == [("outsourcing", 0.81)]  # health: none by hand


def test_a_sum_says_which_part_of_it_people_counted(data: DataFolder) -> None:
    read_by_people(data, "outsourcing", "week < '2026-W40'")
    publishing(data)
    cells = [cell for cell in shown_cells(data.public) if (cell["kind"], cell["subject"]) == OUTSOURCING]
    by_hand = [cell for cell in cells if cell["counted_by"]]
    assert 0 < len(by_hand) < len(cells)
    assert all(week < "2026-W40" for cell in by_hand for _, week in json.loads(cell["pairs"]))
    said = (
        f"{len(by_hand)} of {len(cells)} periods counted by hand.</strong> How well coders agree has not been measured. The rest:"
    )
    page = in_one_line(Site(data).text("/"))
    assert said in page and "precision 0.81, 0.70 to 0.89" in page.split(said)[1]
    assert said in in_one_line(Site(data).text("/theme/outsourcing"))


def test_a_number_is_by_hand_only_where_people_read_all_that_it_counts(data: DataFolder) -> None:
    read_by_people(data, "outsourcing")
    read_by_people(data, "in-house", "week = '2026-W40'")

    def cell(kind: str, *pairs: tuple[str, str]) -> Cell:
        return Cell(kind, "any", "period", pairs, 9, 9)

    whole = cell("group", ("in-house", "2026-W40"), ("outsourcing", "2026-W40"))
    part = cell("group", ("in-house", "2026-W41"), ("outsourcing", "2026-W40"))
    question = cell("question", ("outsourcing", "2026-W40"))
    with closing(sqlite3.connect(data.tracker)) as db:
        db.row_factory = sqlite3.Row
        assert counted_by_people(db, [whole, part, question]) == {whole}


def test_what_was_told_stays_as_it_was_counted(data: DataFolder) -> None:
    publishing(data)
    before = shown_cells(data.public)
    assert {cell["counted_by"] for cell in before} == {None}
    read_by_people(data, "outsourcing")
    coders_agree(data)
    publishing(data, LATER)
    assert shown_cells(data.public)[: len(before)] == before
    with pytest.raises(sqlite3.IntegrityError, match="what was told stays told"):
        in_store(data, "update published_cells set counted_by = 'people'")


def test_a_store_that_was_restored_takes_over_who_counted(data: DataFolder, tmp_path: Path) -> None:
    read_by_people(data, "outsourcing")
    publishing(data)
    told = in_store(data, "select kind, subject, pairs, counted_by, model from published_cells order by 1, 2, 3")
    older = build_store(tmp_path / "older", posts=180)
    data.public.rename(older.public)
    publishing(older)
    assert in_store(older, "select kind, subject, pairs, counted_by, model from published_cells order by 1, 2, 3") == told


def test_a_snapshot_says_who_counted_and_how_well_they_agree(data: DataFolder) -> None:
    read_by_people(data, "outsourcing")
    coders_agree(data)
    publishing(data)
    store = Store.open(data)
    with closing(sqlite3.connect(data.public)) as copy:
        tables = tables_of(copy, store._db.conn)
    store.close()
    assert {row["counted_by"] for row in tables["numbers"] if row["subject"] == "outsourcing"} == {"people"}
    assert [(row["theme"], row["alpha"], row["units"]) for row in tables["agreement"]] == [("outsourcing", 0.81, 41)]


def test_a_copy_that_an_earlier_version_made_is_shown_taken_out_and_followed(data: DataFolder) -> None:
    publishing(data)
    numbers = shown_cells(data.public)
    with closing(sqlite3.connect(data.public)) as db, db:
        db.execute("drop table agreement")
        db.execute("alter table cells drop column counted_by")
    assert shown_cells(data.public) == numbers
    with closing(sqlite3.connect(data.public)) as db:
        assert {row["counted_by"] for row in public.numbers(db)} == {None}
        store = Store.open(data)
        tables = tables_of(db, store._db.conn)
        store.close()
    assert tables["agreement"] == [] and {row["counted_by"] for row in tables["numbers"]} == {None}
    assert "precision 0.81, 0.70 to 0.89" in Site(data).text("/")
    publishing(data, LATER)
    assert shown_cells(data.public)[: len(numbers)] == numbers
