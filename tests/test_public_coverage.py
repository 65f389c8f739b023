"""What the public copy says of each week and source: all of it was seen, a part was not, a time is missing, it is from files."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.public_coverage import coverage
from tests.pages_store import build_store

EARLIER, WEEK, NEXT = "2026-W43", "2026-W44", "2026-W45"
"""They begin on 19 and 26 October and on 2 November; London leaves summer time on 25 October."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    data = build_store(tmp_path / "data", posts=30)
    with closing(sqlite3.connect(data.tracker)) as db:
        yield db


def asked(db: sqlite3.Connection, source: str, status: str, at: str, since: str | None = None, query: str = "#invented") -> None:
    columns = "run_id, source, server, query, window_from, window_to, asked_at, status"
    row = (source, "one.example", query, since, at if since else None, at, status)
    db.execute(f"insert into coverage({columns}) values (1, ?, ?, ?, ?, ?, ?, ?)", row)


def seen(db: sqlite3.Connection, source: str) -> dict[str, str]:
    rows = coverage(db, {EARLIER, WEEK, NEXT}, "Europe/London")
    return {row["week"]: row["status"] for row in rows if row["source"] == source}


def test_an_answer_is_one_for_each_week_that_it_reaches_over(store: sqlite3.Connection) -> None:
    """It stood with the week of its end alone, as if all of that had been seen."""
    asked(store, "mastodon", "ok", "2026-11-04T03:00:00Z", since="2026-10-18T03:00:00Z")
    assert seen(store, "mastodon") == {EARLIER: "whole", WEEK: "whole", NEXT: "partly"}
    asked(store, "mastodon", "ok", "2026-11-09T03:00:00Z", since="2026-11-04T03:00:00Z")
    assert seen(store, "mastodon")[NEXT] == "whole"


def test_a_night_without_an_answer_is_made_good_by_one_that_reaches_back_over_it(store: sqlite3.Connection) -> None:
    """That week stayed one of which not all had been answered."""
    asked(store, "x", "ok", "2026-10-27T03:00:00Z", since="2026-10-25T03:00:00Z")
    asked(store, "x", "unreachable", "2026-10-28T03:00:00Z")
    assert seen(store, "x")[WEEK] == "partly"
    asked(store, "x", "ok", "2026-11-02T03:00:00Z", since="2026-10-27T03:00:00Z")
    assert seen(store, "x")[WEEK] == "whole"
    asked(store, "x", "ok", "2026-10-30T03:00:00Z", since="2026-10-28T03:00:00Z", query="#another")
    assert seen(store, "x")[WEEK] == "partly", "the question of which least was seen tells"
    row = "insert into gaps(source, server, query, gap_from, gap_to, why, found_run, found_at) values "
    store.execute(f"{row} ('x', 'one.example', '#invented', '2026-11-01T23:00:00Z', '2026-11-02T01:00:00Z', 'why', 1, '')")
    assert seen(store, "x") == {EARLIER: "partly", WEEK: "missing", NEXT: "missing"}


def test_a_span_that_ends_with_a_week_says_nothing_of_the_next(store: sqlite3.Connection) -> None:
    asked(store, "x", "ok", "2026-11-02T00:00:00Z", since="2026-10-18T03:00:00Z")
    assert seen(store, "x") == {EARLIER: "whole", WEEK: "whole"}, "of the next nothing was asked yet"
    asked(store, "x", "ok", "2026-11-09T00:00:00Z", since="2026-11-02T00:00:00Z")
    row = "insert into gaps(source, server, query, gap_from, gap_to, why, found_run, found_at) values "
    store.execute(f"{row} ('x', 'one.example', '#invented', '2026-10-30T00:00:00Z', '2026-11-02T00:00:00Z', 'why', 1, '')")
    assert seen(store, "x") == {EARLIER: "whole", WEEK: "missing", NEXT: "whole"}


def test_what_says_no_span_of_time_stands_with_its_day_and_what_was_not_asked_with_none(store: sqlite3.Connection) -> None:
    asked(store, "feeds", "unreachable", "2026-10-26T00:30:00Z")
    asked(store, "feeds", "ok", "2026-10-26T09:00:00Z")
    asked(store, "feeds", "unreachable", "2026-11-02T03:00:00Z")
    assert seen(store, "feeds") == {WEEK: "whole", NEXT: "partly"}
    asked(store, "bluesky", "not-asked", "2026-10-27T03:00:00Z")
    assert seen(store, "bluesky") == {} and set(seen(store, "import").values()) <= {"files"}
