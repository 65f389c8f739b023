"""Times are kept in UTC whatever zone the machine stands in; days are the campaign's, also where the clocks change."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests import invented
from tests.desk import Desk
from tracker.counting import local_day

TIMES = {"started_at", "finished_at", "imported_at", "asked_at", "trained_at", "changed_at", "created_at"}


def test_a_machine_in_kathmandu_keeps_utc(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    (desk.data / "inbox").mkdir(parents=True)
    invented.twarc2_file(desk.data / "inbox" / "a.jsonl", range(3))
    log = desk.files / "log.jsonl"
    began = datetime.now(UTC).replace(microsecond=0)
    assert desk.start("nightly", "--log-json", log, env={**os.environ, "TZ": "Asia/Kathmandu"}).code == 0
    ended = datetime.now(UTC)
    for table in ("runs", "run_steps", "imports", "coverage", "models", "followed", "posts"):
        columns = {name for (name,) in desk.query(f"select name from pragma_table_info('{table}')")} & TIMES
        for column in columns:
            for (value,) in desk.query(f"select {column} from {table}"):
                assert value.endswith("Z")
                assert table == "posts" or began <= datetime.fromisoformat(value) <= ended, (table, column)
    assert all(began <= datetime.fromisoformat(json.loads(line)["at"]) <= ended for line in log.read_text().splitlines())


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-03-28T23:30:00Z", "Europe/London", "2026-03-28"),  # winter time still
        ("2026-03-29T00:59:59Z", "Europe/London", "2026-03-29"),
        ("2026-03-29T22:59:59Z", "Europe/London", "2026-03-29"),
        ("2026-03-29T23:30:00Z", "Europe/London", "2026-03-30"),  # half past midnight of the first summer night
        ("2026-10-24T23:30:00Z", "Europe/London", "2026-10-25"),
        ("2026-10-25T23:30:00Z", "Europe/London", "2026-10-25"),  # the day of 25 hours
        ("2026-10-26T00:00:00Z", "Europe/London", "2026-10-26"),
        ("2026-10-25T18:14:59Z", "Asia/Kathmandu", "2026-10-25"),
        ("2026-10-25T18:15:00Z", "Asia/Kathmandu", "2026-10-26"),
    ],
)
def test_a_moment_falls_into_the_day_that_people_there_have(moment: str, zone: str, day: str) -> None:
    assert local_day(moment, zone) == day


def test_posts_around_the_change_of_clocks_are_counted_in_their_days_and_weeks(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    moments = [datetime(2026, 3, 29, 23, 30, tzinfo=UTC), datetime(2026, 10, 25, 23, 30, tzinfo=UTC)]
    posts = [
        invented.tweet(
            number, created_at=at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), id=x_id_of(at), edit_history_tweet_ids=[x_id_of(at)]
        )
        for number, at in enumerate([*moments, *(at - timedelta(hours=1) for at in moments)])
    ]
    (desk.files / "a.jsonl").write_text(invented.page(posts) + "\n")
    assert desk.run("import", desk.files / "a.jsonl").code == 0
    days = desk.query("select created_at, day from posts order by created_at")
    assert days == [
        ("2026-03-29T22:30:00Z", "2026-03-29"),
        ("2026-03-29T23:30:00Z", "2026-03-30"),
        ("2026-10-25T22:30:00Z", "2026-10-25"),
        ("2026-10-25T23:30:00Z", "2026-10-25"),
    ]
    weeks = desk.query("select week, posts from weekly_totals where theme is null order by week")
    assert weeks == [("2026-W13", 1), ("2026-W14", 1), ("2026-W43", 2)]


def x_id_of(at: datetime) -> str:
    """An id that says this moment, as X's do."""
    return str((int(at.timestamp() * 1000) - invented.X_EPOCH_MS) << 22)
