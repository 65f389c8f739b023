"""Snapshots: the same bytes, nobody in them, a version that follows the content, errata, and that withdrawals reach holders."""

import csv
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from db.folder import DataFolder
from pipelines.forget import forget, look_for, wishes_of
from pipelines.publish import publish, unpublish
from pipelines.running import running
from pipelines.snapshot import Asked, Snapshot, add_erratum, snapshot
from pipelines.snapshot_forms import KEYS
from tests.conftest import REPOSITORY
from tests.pages_store import CAMPAIGN, GOVERNED, build_store
from tracker.licences import LICENCES
from tracker.problems import IncompleteRun, StorageProblem, UsageProblem
from tracker.public_text import WORD, names_in
from tracker.records import Campaign, Governance

LATER = "2026-11-13T03:00:00Z"
SMALL = replace(CAMPAIGN, smallest_cell=5, governance=GOVERNED, licence="CC-BY-4.0")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A store with a public copy. Only copied."""
    data = build_store(tmp_path_factory.mktemp("snapshot") / "data", posts=150)
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute(
            "update posts set platform = 'bluesky', native_id = 'at://did:plc:w/app.bsky.feed.post/' || id where id % 7 = 0"
        )
    with running("publish", SMALL, data, clock=lambda: LATER) as run:
        publish(run, by_hand=True)
    return data


@pytest.fixture
def data(published: DataFolder, tmp_path: Path) -> DataFolder:
    shutil.copytree(published.root, tmp_path / "data")
    return DataFolder(tmp_path / "data")


def made(data: DataFolder, campaign: Campaign = SMALL, *, ids: bool = False, holder: str = "", now: str = LATER) -> Snapshot:
    return snapshot(campaign, data, Asked(ids=ids, holder=holder, by="lena", now=now))


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as bundle:
        assert bundle.testzip() is None
        return {name.partition("/")[2]: bundle.read(name) for name in bundle.namelist()}


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def stored(data: DataFolder, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data.tracker)) as db:
        return db.execute(sql).fetchall()


def test_a_renamed_theme_has_one_name_in_all_tables_and_a_retired_one_says_since_when(data: DataFolder) -> None:
    kept = [theme for theme in SMALL.themes if theme.slug not in ("outsourcing", "co-production")]
    firms = next(theme for theme in SMALL.themes if theme.slug == "outsourcing")
    later = replace(SMALL, themes=(replace(firms, slug="contracts", name="Contracts", renamed_from=("outsourcing",)), *kept))
    now = "2026-11-14T03:00:00Z"
    with running("publish", later, data, clock=lambda: now) as run:
        publish(run, by_hand=True)
    held = members(made(data, later).path)
    tables = {name: rows(held[f"data/{name}.csv"]) for name in ("themes", "theme_error", "theme_versions", "numbers")}
    themes = {row["slug"]: row["retired_at"] for row in tables["themes"]}
    assert themes == {"contracts": "", "in-house": "", "co-production": now, "health": ""}
    assert {row["theme"] for row in tables["theme_error"]} == {"contracts", "in-house"}
    assert {row["subject"] for row in tables["numbers"] if row["kind"] == "theme"} <= set(themes)
    versions = [(row["name"], row["changed_at"]) for row in tables["theme_versions"] if row["theme"] == "contracts"]
    assert versions == [("Outsourcing", "2026-11-09T03:00:00Z"), ("Contracts", now)]


# ---- the same bytes --------------------------------------------------------------------------------------------------


def test_made_twice_it_is_the_same_bytes_also_in_another_process_locale_and_zone(data: DataFolder) -> None:
    first = made(data, ids=True)
    bytes_of_first = first.path.read_bytes()
    again = made(data, ids=True, now="2027-01-01T00:00:00Z")
    assert (again.path, again.known) == (first.path, True) and again.path.read_bytes() == bytes_of_first
    program = (
        "import sys; from pathlib import Path; from db.folder import DataFolder; from tests.test_snapshot import made;"
        "print(made(DataFolder(Path(sys.argv[1])), ids=True).sha256)"
    )
    elsewhere = {**os.environ, "PYTHONHASHSEED": "4242", "LC_ALL": "C", "TZ": "Pacific/Auckland", "PYTHONUTF8": "0"}
    told = subprocess.run(
        [sys.executable, "-c", program, str(data.root)],
        cwd=REPOSITORY,
        env=elsewhere,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert told.stdout.strip() == first.sha256 == hashlib.sha256(bytes_of_first).hexdigest(), told.stderr
    assert stored(data, "select count(*), max(people), max(version) from registered_copies") == [(1, 1, "2026-11-13.1")]
    assert stored(data, "select count(*) from audit where action = 'snapshot'") == [(3,)]
    assert stored(data, "select count(*) from runs") == [(2,)]


def test_the_manifest_the_package_and_the_tables_agree(data: DataFolder) -> None:
    held = members(made(data, ids=True).path)
    for line in held.pop("SHA256SUMS").decode().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256(held.pop(name) if name == "README.md" else held[name]).hexdigest() == digest
    package = json.loads(held["datapackage.json"])
    assert {one["path"] for one in package["resources"]} == {name for name in held if name.startswith(("data/", "ids/"))}
    for one in package["resources"]:
        listed = rows(held[one["path"]])
        assert one["hash"] == f"sha256:{hashlib.sha256(held[one['path']]).hexdigest()}"
        assert held[one["path"]].decode().partition("\n")[0] == ",".join(field["name"] for field in one["schema"]["fields"])
        key = KEYS.get(one["name"].replace("-", "_"))
        assert key is None or len({tuple(row[name] for name in key) for row in listed}) == len(listed)
        for field in one["schema"]["fields"]:
            for row in listed:
                assert (
                    row[field["name"]] == ""
                    or {"integer": int, "number": float}.get(field["type"], str)(row[field["name"]]) is not None
                )
    numbers = rows(held["data/numbers.csv"])
    errors = {(row["model"], row["theme"]) for row in rows(held["data/theme_error.csv"])}
    assert {(row["model"], row["subject"]) for row in numbers if row["subject"] == "outsourcing"} <= errors
    assert all(int(row["people"]) >= 5 for row in numbers) and numbers


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Bus / Rail", "Bus-Rail"),
        ("../up", "up"),
        ("été & co. 🚆 (2026)", "ete-co.-2026"),
        ("巴士", "debate"),
        ("Buses_2026.b-c", "Buses_2026.b-c"),
    ],
)
def test_a_campaign_of_any_name_has_a_snapshot_whose_name_is_no_path(data: DataFolder, name: str, plain: str) -> None:
    campaign = replace(SMALL, name=name)
    told = made(data, campaign)
    assert told.path == data.snapshots / f"{plain}-2026-11-13.1.zip" and told.path.is_file()
    with zipfile.ZipFile(told.path) as bundle:
        assert {one.partition("/")[0] for one in bundle.namelist()} == {told.path.stem}
    assert json.loads(members(told.path)["datapackage.json"])["name"] == plain.lower()
    assert made(data, campaign).known and list(data.snapshots.iterdir()) == [told.path]


# ---- nobody is in it -------------------------------------------------------------------------------------------------


def test_no_handle_id_or_run_of_eight_words_of_anyone_is_in_a_public_bundle(data: DataFolder) -> None:
    held = members(made(data).path)
    whole = "\n".join(content.decode() for content in held.values())
    people = stored(data, "select handle, display_name, native_id from authors where is_own = 0")
    ids = [str(one) for (one,) in stored(data, "select native_id from posts where is_own = 0 and length(native_id) > 4")]
    assert len(ids) > 100 and not [one for one in ids if f'"{one}"' in whole]
    assert not [handle for handle, name, _ in people if f"@{handle}" in whole or str(name) in whole]
    assert not names_in(
        whole.replace("privacy@house.example", ""), ["https://example.org/paper", *(one for _, one in LICENCES.values())]
    )
    words = [word.casefold() for word in WORD.findall(whole)]
    runs = {tuple(words[place : place + 8]) for place in range(len(words))}
    for (text,) in stored(data, "select text from posts where is_own = 0"):
        theirs = [word.casefold() for word in WORD.findall(str(text))]
        assert not {tuple(theirs[place : place + 8]) for place in range(len(theirs) - 7)} & runs, text
    assert "ids/x.csv" not in held


def test_ids_stand_alone_where_terms_allow_them_and_others_are_named(data: DataFolder) -> None:
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("update posts set status = 'gone' where id = 8")
        db.execute("update authors set opted_out = 1 where native_id = 'a2'")
    bundle = made(data, ids=True)
    held = members(bundle.path)
    assert set(bundle.told.ids) == {"x", "bluesky"} and set(bundle.told.withheld) == {"mastodon"}
    allowed = "status = 'live' and (author_id is null or author_id in (select id from authors where opted_out is null))"
    for name in ("x", "bluesky"):
        there = [
            one for (one,) in stored(data, f"select native_id from posts where platform = '{name}' and {allowed} order by 1")
        ]
        assert [row["native_id"] for row in rows(held[f"ids/{name}.csv"])] == there and there
        assert list(rows(held[f"ids/{name}.csv"])[0]) == ["native_id"]
    assert "ids/mastodon.csv" not in held and "mastodon: left out" in held["README.md"].decode()


def test_what_names_somebody_is_refused_and_examples_that_are_somebodys_words_are_left_out(data: DataFolder) -> None:
    borrowed = "Our council ended the outsourcing of the bins and they run better (0)"
    with closing(sqlite3.connect(data.tracker)) as db, db:
        told = json.loads(db.execute("select definition from theme_versions where theme = 'health'").fetchone()[0])
        told["examples_yes"] = [borrowed, "The invented ward was cold"]
        db.execute("update theme_versions set definition = ? where theme = 'health'", [json.dumps(told)])
    book = members(made(data).path)["codebook.json"].decode()
    assert "invented ward" in book and "ended the outsourcing" not in book
    with closing(sqlite3.connect(data.public)) as db, db:
        db.execute("update themes set meaning = 'as @writer3 says' where slug = 'health'")
    with pytest.raises(IncompleteRun, match="last look"):
        made(data)


def test_somebodys_words_are_left_out_also_where_words_have_no_spaces_between(data: DataFolder) -> None:
    borrowed = "図書館の閉まる時間が早くなったので仕事の帰りに寄れなくなりました"
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("update posts set text = ? where id = (select min(id) from posts where is_own = 0)", [borrowed])
        told = json.loads(db.execute("select definition from theme_versions where theme = 'health'").fetchone()[0])
        told["examples_yes"] = [borrowed, "病院の待ち時間"]
        db.execute("update theme_versions set definition = ? where theme = 'health'", [json.dumps(told)])
    book = members(made(data).path)["codebook.json"].decode()
    assert "病院の待ち時間" in book and borrowed not in book
    with pytest.raises(UsageProblem, match="repeats words of somebody's post"):
        add_erratum(SMALL, data, borrowed, concerns="", by="lena", now=LATER)


# ---- versions and errata ---------------------------------------------------------------------------------------------


def test_an_erratum_makes_a_new_version_that_lists_it_and_the_public_pages_do(data: DataFolder) -> None:
    first = made(data)
    with pytest.raises(UsageProblem, match="no snapshot of version"):
        add_erratum(SMALL, data, "Posts of 7 October count twice.", concerns="1999-01-01.1", by="lena", now=LATER)
    with pytest.raises(UsageProblem, match="names somebody"):
        add_erratum(SMALL, data, "@writer3 counts twice.", concerns="", by="lena", now=LATER)
    add_erratum(SMALL, data, "Posts of 7 October count\ntwice.", concerns=first.told.version, by="lena", now=LATER)
    second = made(data)
    assert (first.told.version, second.told.version) == ("2026-11-13.1", "2026-11-13.2")
    assert "version 2026-11-13.1: Posts of 7 October count twice." in members(second.path)["ERRATA.md"].decode()
    assert 'version: "2026-11-13.2"' in members(second.path)["CITATION.cff"].decode()
    assert first.path.exists() and made(data).path == second.path


def test_it_is_refused_without_a_public_copy_and_without_anyone_who_answers(data: DataFolder, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="no public copy"):
        made(DataFolder(tmp_path / "nothing"))
    with pytest.raises(UsageProblem, match="lacks controller"):
        made(data, replace(SMALL, governance=Governance()))
    unpublish(SMALL, data, now=LATER, reason="")
    with pytest.raises(UsageProblem, match="public copy"):
        made(data)
    assert not data.snapshots.exists()


def test_none_is_made_of_a_damaged_store_or_public_copy(data: DataFolder) -> None:
    """Numbers to cite are not taken from what is left of a store; and no backup holds a public copy, so none is spoken of."""
    whole = data.public.read_bytes()
    half = len(whole) // 2
    data.public.write_bytes(whole[:4096] + b"\xaa" * (half - 4096) + whole[half:])
    with pytest.raises(StorageProblem, match="Run `debate-tracker publish`"):
        made(data)
    data.public.write_bytes(whole)
    with closing(sqlite3.connect(data.tracker)) as db, db:
        [(page,)] = db.execute("select rootpage from sqlite_master where name = 'post_mentions'")
        [(size,)] = db.execute("pragma page_size")
        db.execute("pragma wal_checkpoint(truncate)")
    with data.tracker.open("r+b") as store:
        store.seek((page - 1) * size)
        store.write(b"\xaa" * size)
    with pytest.raises(StorageProblem, match=r"tracker\.db is damaged"):
        made(data)
    assert not data.snapshots.exists()


def test_a_campaign_without_themes_questions_or_anything_followed_has_one_too(tmp_path: Path) -> None:
    bare = Campaign("campaigns/bare", "bare", governance=GOVERNED)
    folder = DataFolder(tmp_path / "data")
    with running("publish", bare, folder, clock=lambda: LATER) as run:
        publish(run, by_hand=True)
    held = members(made(folder, bare, ids=True).path)
    assert rows(held["data/numbers.csv"]) == [] and "The campaign has no themes" in held["METHODS.md"].decode()
    assert "None was chosen" in held["LICENCE.md"].decode()


# ---- withdrawals -----------------------------------------------------------------------------------------------------


def test_holders_of_ids_are_told_who_is_forgotten_and_public_numbers_need_no_telling(data: DataFolder, tmp_path: Path) -> None:
    wishes = wishes_of(["x:writer4"], [], [])
    by_them = "author_id in (select id from authors where handle = 'writer4' and platform = 'x')"
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute(f"update posts set text = 'Unlike other words are these of post ' || id where {by_them}")
    made(data, holder="a newspaper")
    assert look_for(data, wishes).holders == ()
    with_ids = made(data, ids=True, holder="Uni")
    theirs = {str(one) for (one,) in stored(data, f"select native_id from posts where {by_them}")}
    there = with_ids.path.read_text("utf-8", errors="ignore")
    assert any(one in there for one in theirs)
    with running("forget", SMALL, data, clock=lambda: LATER) as run:
        with pytest.raises(UsageProblem, match="held by Uni"):
            forget(run, wishes)
        report = forget(run, wishes, withdrawals=tmp_path / "list.csv")
    assert [one.split(",")[0] for one in report.holders] == [f"snapshot {with_ids.path.name} of 2026-11-13"]
    listed = {row["id"] for row in rows((tmp_path / "list.csv").read_bytes()) if row["what"] == "post"}
    assert theirs == listed
    assert report.deleted.copies == (f"snapshots/{with_ids.path.name}",)
    assert [path.name for path in data.snapshots.iterdir()] == ["invented-2026-11-13.1.zip"]
    later = made(data, ids=True)
    assert not theirs & {row["native_id"] for row in rows(members(later.path)["ids/x.csv"])}
    assert later.told.version != with_ids.told.version
