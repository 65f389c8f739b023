"""The same files give the same debate in whatever order they are read."""

import random
import sqlite3
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from db.authors import keep_authors
from db.folder import DataFolder
from db.store import Store
from pipelines.demo import sample_files
from pipelines.import_exports import import_exports
from pipelines.running import running
from pipelines.summarise import summarise
from tracker.campaign import read_campaign
from tracker.records import Author, Post

CAMPAIGN = Path(__file__).resolve().parents[1] / "campaigns" / "futurewelfare"
OF_POST = "(select platform || ' ' || native_id from posts where posts.id = {table}.post_id)"
OF_AUTHOR = "(select native_id from authors where authors.id = posts.author_id)"
OURS = ("id", "post_id", "author_id", "run_id", "first_seen_run")
"""Columns with the store's own numbers, which follow the order."""
TABLES = (
    "posts",
    "authors",
    "post_hashtags",
    "post_links",
    "post_mentions",
    "post_counts",
    "post_matches",
    "post_origins",
    "daily_counts",
    "weekly_counts",
    "weekly_totals",
)


def debate(path: Path) -> dict[str, list[str]]:
    """What a store says, without its own numbers."""
    db = sqlite3.connect(path)
    found = {}
    for table in TABLES:
        columns = [name for (name,) in db.execute("select name from pragma_table_info(?)", [table]) if name not in OURS]
        whose = OF_AUTHOR if table == "posts" else OF_POST.format(table=table) if table.startswith("post_") else "''"
        found[table] = sorted(map(repr, db.execute(f"select {whose}, {', '.join(columns)} from {table}")))
    db.close()
    return found


def imported(data: Path, files: list[Path]) -> dict[str, list[str]]:
    """The debate after one import of these files."""
    folder = DataFolder(data)
    with running("import", read_campaign(CAMPAIGN), folder, clock=lambda: "2026-11-23T00:00:00Z") as run:
        import_exports(run, files)
        summarise(run)
        assert run.problems == []
    return debate(folder.tracker)


def test_six_exports_that_overlap_give_one_debate_in_any_order(tmp_path: Path) -> None:
    files = sample_files(CAMPAIGN / "sample")
    first = imported(tmp_path / "first", files)
    assert len(first["posts"]) > 400 and len(first["post_origins"]) > len(first["posts"])
    for number in range(5):
        random.Random(number).shuffle(files)
        assert imported(tmp_path / str(number), files) == first, [file.name for file in files]


def test_exports_that_came_apart_give_that_debate_once_they_are_imported_again(tmp_path: Path) -> None:
    files = sample_files(CAMPAIGN / "sample")
    together = imported(tmp_path / "together", files)
    random.Random(1).shuffle(files)
    for file in files:
        apart = imported(tmp_path / "apart", [file])
    assert len(apart["posts"]) < len(together["posts"])
    assert imported(tmp_path / "apart", files) == together


SIGHTINGS = [
    (Author("x", "42", "ann", "Ann"), "2026-10-01T00:00:00Z"),
    (Author("x", "42", "ann_new", None), "2026-10-02T00:00:00Z"),
    (Author("x", "42", None, None, opted_out=True), "2026-10-01T12:00:00Z"),
    (Author("x", "42", None, "Ann B."), "2026-10-03T00:00:00Z"),
]


@pytest.mark.parametrize("together", [True, False])
def test_of_each_fact_about_an_author_the_latest_known_stands(tmp_path: Path, together: bool) -> None:
    blank = Post("x", "1", "", "2026-09-01T00:00:00Z")
    posts = [(replace(blank, author=author, seen_at=seen_at), author.handle == "ann_new") for author, seen_at in SIGHTINGS]
    for number, order in enumerate(permutations(posts)):
        store = Store.open(DataFolder(tmp_path / str(number)).create())
        for batch in [list(order)] if together else [[one] for one in order]:
            store.transaction(lambda db, batch=batch: keep_authors(db, batch))  # type: ignore[misc]
        assert store.rows("select handle, display_name, is_own, opted_out, seen_at, named_at from authors") == [
            {
                "handle": "ann_new",
                "display_name": "Ann B.",
                "is_own": 1,
                "opted_out": 1,
                "seen_at": "2026-10-02T00:00:00Z",
                "named_at": "2026-10-03T00:00:00Z",
            }
        ]
        store.close()


def test_what_was_known_of_a_handle_stays_when_its_id_is_learnt(tmp_path: Path) -> None:
    store = Store.open(DataFolder(tmp_path).create())
    post = Post("x", "1", "", "2026-10-01T00:00:00Z")
    by_handle = replace(post, author=Author("x", "@ann", "ann", "Ann", opted_out=True))
    by_id = replace(post, author=Author("x", "42"))
    both = replace(post, author=Author("x", "42", "ann"), seen_at="2026-10-05T00:00:00Z")
    store.transaction(lambda db: keep_authors(db, [(by_handle, False)]))
    store.transaction(lambda db: db.execute("update authors set role = 'press'"))
    store.transaction(lambda db: keep_authors(db, [(by_id, False)]))
    store.transaction(lambda db: keep_authors(db, [(both, False)]))
    assert store.rows("select native_id, handle, display_name, role, opted_out from authors") == [
        {"native_id": "42", "handle": "ann", "display_name": "Ann", "role": "press", "opted_out": 1}
    ]
