"""Exports: what is in one and what is not, in each format; that ids stay whole; that nobody holds one that nobody knows of."""

import csv
import json
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.exporting import read_tables
from db.folder import DataFolder
from db.handed_out import standing_copies
from db.labels import Labels
from db.reading_away import gap_lines
from db.store import Store
from pipelines import export as exporting
from pipelines.copies_out import note_deleted, told_copies
from pipelines.export import Exported, Wanted, export
from pipelines.export_note import note_text
from pipelines.leftovers import delete_files
from pipelines.running import Stop, quiet
from pipelines.table_files import csv_cell
from tests.conftest import REPOSITORY
from tests.pages_client import Pages
from tests.pages_store import CAMPAIGN, HOSTILE, build_store
from tracker.codings import Coding
from tracker.exports.opening import open_export
from tracker.problems import IncompleteRun, Interrupted, PermissionProblem, UsageProblem
from tracker.records import Campaign, StudyHold
from tracker.spreadsheets import STARTS, harmless
from tracker.traces import Traces

NOW = "2026-11-13T03:00:00Z"
FORMATS = ("csv", "jsonl", "parquet", "xlsx")
LONG = "1847900000000000001"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """The invented debate, with one post each that is gone, hidden, and of an account that opted out, ids as they can be, and
    codings. Only read, but for the register."""
    folder = build_store(tmp_path_factory.mktemp("export") / "data", posts=60)
    with closing(sqlite3.connect(folder.tracker)) as db, db:
        for number, native_id in ((1, LONG), (2, "0012"), (3, "1e5"), (4, "-=1+1"), (5, "at://did:plc:zz/app.bsky.feed.post/3k")):
            db.execute("update posts set native_id = ? where id = ?", [native_id, number])
        db.execute("update posts set status = 'gone' where id = 11")
        db.execute("update posts set status = 'hidden' where id = 12")
        db.execute("update authors set opted_out = 1 where native_id = 'a7'")
    labels = Labels(folder)
    for coder, post in (("Sue", 1), ("sam", 1), ("sue", 11)):
        with closing(sqlite3.connect(folder.tracker)) as db:
            platform, native_id, text = db.execute("select platform, native_id, text from posts where id = ?", [post]).fetchone()
        labels.add(Coding(platform, native_id, text, coder, "2026-11-10T00:00:00Z", relevant=True, themes=("outsourcing",)))
    labels.close()
    return folder


@pytest.fixture(scope="module")
def made(data: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An export in each format."""
    place = tmp_path_factory.mktemp("exports")
    return {form: taken(data, place / form, form).target for form in FORMATS}


def taken(data: DataFolder, target: Path, form: str = "csv", campaign: Campaign = CAMPAIGN, **more: Any) -> Exported:
    return export(campaign, data, Wanted(target, form, **more), now=NOW, stop=Stop(), progress=quiet)


def as_it_was(cell: str) -> str:
    """The cell that `harmless` made this one from, as `read.R` of a snapshot does it."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(STARTS) else cell


def rows_of(folder: Path, form: str, table: str) -> list[dict[str, Any]]:
    """The rows of a table as text, None and bool, whatever the format."""
    match form:
        case "csv":
            with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
                return [{name: as_it_was(cell) or None for name, cell in row.items()} for row in csv.DictReader(stream)]
        case "jsonl":
            return [json.loads(line) for line in (folder / f"{table}.jsonl").read_text(encoding="utf-8").splitlines()]
        case "parquet":
            listed: list[dict[str, Any]] = pq.read_table(folder / f"{table}.parquet").to_pylist()
            return listed
    return list(sheet(folder / "debate.xlsx", table))


def sheet(path: Path, table: str) -> Iterator[dict[str, Any]]:
    place = [one.name for one in (*read_tables(), exporting.DICTIONARY)].index(table) + 1
    with zipfile.ZipFile(path) as book:
        xml = book.read(f"xl/worksheets/sheet{place}.xml").decode()
    from xml.etree import ElementTree

    tag = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    names: list[str] = []
    for row in ElementTree.fromstring(xml).iter(f"{tag}row"):
        cells = {re.sub(r"\d", "", str(c.get("r"))): "".join(c.itertext()) for c in row.iter(f"{tag}c")}
        assert not [c for c in row.iter(f"{tag}c") if c.find(f"{tag}f") is not None]
        if not names:
            names, letters = list(cells.values()), list(cells)
        else:
            yield {name: cells.get(letter) for name, letter in zip(names, letters, strict=True)}


def stored(data: DataFolder, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(data.tracker)) as db:
        return db.execute(sql).fetchall()


# ---- what is in it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_holds_the_same_posts_with_whole_ids_and_texts(form: str, data: DataFolder, made: dict[str, Path]) -> None:
    shown = "status = 'live' and (author_id is null or author_id not in (select id from authors where opted_out = 1))"
    there = stored(data, f"select platform, native_id, text from posts where {shown} order by id")
    rows = rows_of(made[form], form, "posts")
    assert [(row["platform"], row["native_id"], row["text"] or "") for row in rows] == [
        (platform, native_id, text) for platform, native_id, text in there
    ]
    assert {LONG, "0012", "1e5", "-=1+1"} <= {row["native_id"] for row in rows}
    assert {row["text"] for row in rows} >= set(HOSTILE.values())
    assert len({row["author_key"] for row in rows} - {None}) == len(rows_of(made[form], form, "authors"))
    assert {row["native_id"] for row in rows_of(made[form], form, "post_themes")} <= {row["native_id"] for row in rows}
    assert rows_of(made[form], form, "validation") and rows_of(made[form], form, "coverage")
    names = [path.stem for path in made[form].iterdir() if path.suffix == f".{form}"]
    assert form == "xlsx" or sorted(names) == sorted([*(table.name for table in read_tables()), "dictionary"])


def test_no_name_handle_or_account_id_stands_in_a_column_and_coders_have_none(data: DataFolder, made: dict[str, Path]) -> None:
    people = stored(data, "select handle, display_name, native_id from authors where is_own = 0 and native_id <> 'h1'")
    for path in made["jsonl"].glob("*.jsonl"):
        cells = {str(value) for line in path.read_text("utf-8").splitlines() for value in json.loads(line).values()}
        assert not cells & {value for person in people for value in person if value}, path.name
    validation = rows_of(made["jsonl"], "jsonl", "validation")
    assert {row["coder"] for row in validation} == {"coder 1", "coder 2"}
    gone = stored(data, "select native_id from posts where id = 11")[0][0]
    assert gone not in (made["jsonl"] / "validation.jsonl").read_text("utf-8")
    assert (
        sum(row["native_id"].startswith("left-out:") for row in validation) == len(CAMPAIGN.themes) + len(CAMPAIGN.questions) + 2
    )


def test_two_exports_cannot_be_joined_by_the_key_of_the_author(made: dict[str, Path]) -> None:
    keys = [{row["author_key"] for row in rows_of(made[form], form, "authors")} for form in FORMATS]
    assert all(len(found) > 8 for found in keys)
    assert not keys[0] & keys[1] and not keys[1] & keys[2]


def test_no_count_of_a_theme_stands_without_its_error(made: dict[str, Path]) -> None:
    rows = rows_of(made["jsonl"], "jsonl", "theme_weeks")
    assert {row["theme"] for row in rows} >= {"outsourcing", "health"}
    assert all((row["precision"] is None and row["recall"] is None) == (row["measured_on"] == "not measured") for row in rows)
    assert "not measured" in {row["measured_on"] for row in rows if row["theme"] == "health"}


def test_the_note_says_what_is_missing_and_until_when(data: DataFolder, made: dict[str, Path], tmp_path: Path) -> None:
    note = (made["csv"] / "COVERAGE.md").read_text("utf-8")
    for told in ("1 post that was deleted", "and 1 that it does not show", "Delete all of this by 2027-11-09", "of X"):
        assert told in note, told
    assert re.search(r"[1-9]\d* posts of accounts that asked not to be", note)
    assert "Followed: #inventeddebate." in note
    assert "it takes semicolons and lines inside a text for new cells" in note
    held = replace(CAMPAIGN, study_holds=(StudyHold("a study", "2029-01-31"),))
    longer = taken(data, tmp_path / "held", campaign=held)
    assert longer.keep_until == "2029-01-31"
    sums = (made["csv"] / "SHA256SUMS").read_text()
    assert "COVERAGE.md" in sums and len(sums.splitlines()) == len(list(made["csv"].iterdir())) - 1


def test_of_many_times_without_a_post_the_longest_are_named_and_the_others_summed_up() -> None:
    gaps = [{"first": f"2026-0{month}-01", "last": f"2026-0{month}-0{month}"} for month in range(1, 10)]
    gaps += [{"first": f"2026-{month}-01", "last": f"2026-{month}-20"} for month in (10, 11, 12)]
    told = list(gap_lines(gaps))
    assert told[0] == "No post from 2026-03-01 to 2026-03-03: nobody wrote, or nobody looked."
    assert (len(told), told[-1]) == (11, "2 shorter times without a post, 3 days in all.")
    assert list(gap_lines(gaps[:1])) == ["No post on 2026-01-01: nobody wrote, or nobody looked."]


# ---- other programs --------------------------------------------------------------------------------------------------


def test_parquet_has_its_types_in_pyarrow_pandas_and_duckdb(made: dict[str, Path]) -> None:
    path = made["parquet"] / "posts.parquet"
    frame = pd.read_parquet(path)
    assert str(frame["created_at"].dtype).endswith("UTC]") and frame["native_id"].map(type).eq(str).all()
    first = pq.read_table(path).to_pylist()[0]
    assert first["created_at"] == datetime(2026, 9, 7, 8, tzinfo=UTC) and first["day"] == date(2026, 9, 7)
    assert first["is_own"] is False and first["likes"] is None
    with duckdb.connect() as db:
        types = dict(db.execute(f"select column_name, column_type from (describe select * from '{path}')").fetchall())
    assert types["created_at"] == "TIMESTAMP WITH TIME ZONE" and types["native_id"] == "VARCHAR"
    assert (types["likes"], types["day"], types["is_own"], types["lang_score"]) == ("BIGINT", "DATE", "BOOLEAN", "DOUBLE")


def test_csv_and_jsonl_open_in_duckdb_and_pandas_row_for_row(made: dict[str, Path]) -> None:
    count = len(rows_of(made["jsonl"], "jsonl", "posts"))
    with duckdb.connect() as db:
        for reader in (
            f"read_csv('{made['csv'] / 'posts.csv'}', all_varchar = true, max_line_size = 10000000)",
            f"read_json('{made['jsonl'] / 'posts.jsonl'}')",
        ):
            assert db.execute(f"select count(*) from {reader}").fetchall() == [(count,)]
    frame = pd.read_csv(made["csv"] / "posts.csv", dtype={"native_id": "string"})
    assert len(frame) == count and LONG in set(frame["native_id"])


IDS = ("native_id", "reply_to", "conversation_id", "quote_of", "repost_of")


def recipes(language: str) -> str:
    """What docs/citing.md says of reading an export in a language."""
    found = re.search(rf"^```{language}\n(.*?)^```$", (REPOSITORY / "docs" / "citing.md").read_text("utf-8"), re.M | re.S)
    assert found
    return found[1]


def test_who_follows_the_docs_gets_every_id_and_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A debate on X alone: all ids look like numbers, beyond 2^53, and most posts answer none."""
    data = build_store(tmp_path / "data", posts=20)
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute(
            "update posts set native_id = ? + id, conversation_id = ? + id, reply_to = null, quote_of = null", [int(LONG)] * 2
        )
        db.execute("update posts set reply_to = conversation_id, repost_of = native_id where id % 3 = 0")
        db.execute("update posts set text = case id when 1 then 'NA' when 2 then 'null' else '0012' end")
    debate = tmp_path / "debate"
    for form in ("csv", "jsonl", "parquet"):
        shutil.copytree(taken(data, tmp_path / form, form).target, debate, dirs_exist_ok=True)
    shown = "status = 'live' and (author_id is null or author_id not in (select id from authors where opted_out = 1))"
    there = stored(data, f"select {', '.join(IDS)}, text from posts where {shown} order by id")
    monkeypatch.chdir(tmp_path)
    frames: list[pd.DataFrame] = []
    for line in recipes("python").splitlines():
        exec(line, named := globals() | {"ids": list(IDS)})
        frames += [named["posts"]] if line.startswith("posts =") else []
    with duckdb.connect() as asked:
        counted, posts = (asked.sql(sql).df() for sql in recipes("sql").split(";")[:2])
    assert len(counted) and len(frames) == 3
    for frame in (*frames, posts):
        cells = frame[[*IDS, "text"]]
        assert list(cells.astype(object).where(cells.notna(), None).itertuples(index=False, name=None)) == there


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n\",a1.e＝")))
def test_a_cell_of_csv_is_no_formula_and_gives_its_text_again(text: str) -> None:
    cell = next(csv.reader([csv_cell(text)], strict=True)) if "\n" not in text and "\r" not in text else [harmless(text)]
    assert as_it_was(cell[0] if cell else "") == text
    assert not cell or not cell[0].startswith(("=", "@", "\t", "\r"))


def test_without_pyarrow_parquet_is_refused_in_words(data: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageProblem, match="pyarrow is not installed"):
        taken(data, tmp_path / "out", "parquet")
    assert list(tmp_path.iterdir()) == []


# ---- who has one -----------------------------------------------------------------------------------------------------


def test_it_is_entered_in_the_audit_and_the_register(data: DataFolder, tmp_path: Path) -> None:
    taken(data, tmp_path / "for-uni", holder="Uni", by="lena")
    row = stored(data, "select kind, file, holder, hold_until, people from registered_copies order by id desc limit 1")
    assert row == [("export", "for-uni", "Uni", "2027-11-09", 1)]
    assert stored(data, "select actor, action, subject from audit order by id desc limit 1") == [("lena", "export", "for-uni")]
    assert stored(data, "select count(*) from runs") == [(1,)]


def test_nothing_is_written_over_and_nothing_half_is_left(
    data: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine")
    with pytest.raises(UsageProblem, match="there already"):
        taken(data, tmp_path / "there")
    for nowhere in (tmp_path / ("a" * 250), Path("/proc/x"), Path("/dev/null/x")):
        with pytest.raises(PermissionProblem, match="cannot be made"):
            taken(data, nowhere)
    copies = stored(data, "select count(*) from registered_copies")

    def told() -> None:
        raise Interrupted(15)

    stop = Stop()
    monkeypatch.setattr(stop, "check", told)
    with pytest.raises(Interrupted):
        export(CAMPAIGN, data, Wanted(tmp_path / "out"), now=NOW, stop=stop, progress=quiet)
    (tmp_path / ".out.being-made-999999999").mkdir()
    assert taken(data, tmp_path / "out").shown["posts"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "there"]
    assert stored(data, "select count(*) from registered_copies") == [(copies[0][0] + 1,)]


def test_a_store_that_is_not_in_wal_mode_is_exported_too(tmp_path: Path) -> None:
    """As a copy by VACUUM INTO is."""
    folder = build_store(tmp_path / "data", posts=5)
    with closing(sqlite3.connect(folder.tracker)) as db:
        assert db.execute("pragma journal_mode = delete").fetchone() == ("delete",)
    taken(folder, tmp_path / "out")
    assert stored(folder, "select count(*) from registered_copies") == [(1,)]


def test_it_takes_no_lock_but_gives_way_to_a_forget(data: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data.forgetting.write_text("{}")
    with pytest.raises(IncompleteRun, match="being forgotten"):
        taken(data, tmp_path / "out")
    data.drop_forgetting()
    note = note_text

    def while_someone_goes(*told: Any, **more: Any) -> str:
        with closing(sqlite3.connect(data.tracker)) as db, db:
            db.execute("insert into audit(at, actor, action, subject) values (?, 'sue', 'forget', 'x')", [NOW])
        return note(*told, **more)

    monkeypatch.setattr(exporting, "note_text", while_someone_goes)
    with pytest.raises(IncompleteRun):
        taken(data, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_that_lies_in_the_data_folder_loses_who_is_forgotten(form: str, made: dict[str, Path], tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data").create()
    shutil.copytree(made[form], folder.exports / "one")
    before = {path.name for path in (folder.exports / "one").iterdir()}
    gone = delete_files(folder, Traces(ids=["10041"]))
    assert {Path(name).stem for name in gone.copies} >= ({"debate"} if form == "xlsx" else {"posts", "post_hashtags"})
    assert "COVERAGE.md" in before - {Path(name).name for name in gone.copies}
    assert delete_files(folder, Traces(ids=["10041"])).copies == ()


# ---- other campaigns -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_store_of_a_campaign_without_anything_gives_headings_and_says_why(form: str, tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data").create()
    Store.open(folder).close()
    made = taken(folder, tmp_path / "out", form, Campaign("campaigns/none", "none"))
    assert made.shown["posts"] == 0 and made.rows["posts"] == 0
    assert rows_of(made.target, form, "posts") == [] and rows_of(made.target, form, "dictionary")
    assert "Nothing has come in yet" in (made.target / "COVERAGE.md").read_text("utf-8")
    assert list(open_export(made.target))


def test_copies_are_listed_until_their_holder_has_deleted_them(data: DataFolder, tmp_path: Path) -> None:
    taken(data, tmp_path / "lent", holder="Dr No")
    number = stored(data, "select max(id) from registered_copies")[0][0]
    line = next(line for line in told_copies(data, now="2028-01-01T00:00:00Z").splitlines() if line.startswith(f"{number}: "))
    assert "export lent of 2026-11-13, held by Dr No; to be deleted by 2027-11-09 (over)" in line
    note_deleted(data, number, by="lena", now=NOW)
    assert "Dr No" not in told_copies(data, now=NOW)
    taken(data, tmp_path / "for-whom", holder="")
    assert "export for-whom of 2026-11-13, whose holder was not named" in told_copies(data, now=NOW)
    with closing(Store.open(data, readonly=True)) as store:
        assert standing_copies(store)[-1].sentence() == "export for-whom of 2026-11-13, whose holder was not named"
    with pytest.raises(UsageProblem, match="out there"):
        note_deleted(data, number, by="lena", now=NOW)


# ---- the staff pages -------------------------------------------------------------------------------------------------


def test_tables_that_are_taken_out_of_the_pages_are_entered_without_what_was_searched_for(data: DataFolder) -> None:
    pages = Pages(data)
    for path in ("/take/posts.xlsx?q=writer3", "/take/theme/outsourcing.zip", "/tracker/posts.csv?text__contains=writer3"):
        assert pages.get(path).status_code == 200
    assert pages.get("/take/theme/none-such.zip").status_code == 404
    noted = stored(data, "select actor, action, subject, count from audit order by id desc limit 3")[::-1]
    assert [row[:3] for row in noted] == [
        ("local", "table", "posts.xlsx"),
        ("local", "table", "theme-outsourcing.zip"),
        ("local", "table", "/tracker/posts.csv"),
    ]
    assert noted[0][3] is not None and noted[2][3] is None
