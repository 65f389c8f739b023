"""Nights without cron: when they are due, that missed ones are made up, that nothing ends the loop but a signal."""

import signal
import subprocess
import sys
import time as seconds
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.folder import DataFolder
from db.runs import begin_run, end_run
from db.store import Store
from pipelines.running import Stop
from pipelines.scheduling import BUSY, Plan, Watch
from tests.conftest import REPOSITORY
from tests.desk import Desk
from tracker.problems import TimeOver

LONDON = ZoneInfo("Europe/London")
ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "due"),
    [
        (time(2, 15), "2026-11-25T02:15"),
        (time(23, 30), "2026-11-24T23:30"),
    ],
)
def test_a_night_is_due_at_its_local_time(local: time, due: str) -> None:
    plan = Plan(local, LONDON)
    assert plan.latest_due(at("2026-11-25T12:00")) == at(due)
    assert plan.next_due(at("2026-11-25T12:00")) == at(due) + timedelta(days=1)
    assert plan.latest_due(at(due)) == at(due)


def test_a_time_that_the_spring_night_does_not_have_comes_an_hour_later() -> None:
    plan = Plan(time(1, 30), LONDON)
    assert plan.latest_due(at("2026-03-29T12:00")) == at("2026-03-29T01:30")  # 02:30 in summer time
    assert plan.next_due(at("2026-03-29T12:00")) == at("2026-03-30T00:30")


def test_a_time_that_the_autumn_night_has_twice_is_the_first() -> None:
    plan = Plan(time(1, 30), LONDON)
    assert plan.latest_due(at("2026-10-25T12:00")) == at("2026-10-25T00:30")
    assert plan.next_due(at("2026-10-25T00:30")) == at("2026-10-26T01:30")


@given(
    zone=st.sampled_from(ZONES),
    local=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    start=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
def test_each_day_of_a_year_has_one_night(zone: str, local: time, start: date) -> None:
    plan = Plan(local, ZoneInfo(zone))
    now = datetime.combine(start, time(), UTC)
    for _ in range(40):
        due = plan.next_due(now)
        assert timedelta(0) < due - now <= timedelta(hours=49)
        assert plan.latest_due(due) == due
        assert plan.latest_due(due - timedelta(seconds=1)) < due
        now = due


@dataclass
class Bench:
    """A watch whose clock is set by hand and whose nights are written down."""

    now: datetime
    codes: list[int] = field(default_factory=list)
    done: list[tuple[str, datetime]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def watch(self, plan: Plan, seen: datetime) -> Watch:
        return Watch(plan, lambda: self.now, self.work, self.told.append, seen)

    def work(self, command: str) -> int:
        self.done.append((command, self.now))
        return self.codes.pop(0) if self.codes else 0


PLAN = Plan(time(2, 15), LONDON)


def days(bench: Bench, watch: Watch, count: int) -> None:
    for _ in range(count * 24 * 6):
        watch.look()
        bench.now += timedelta(minutes=10)


def test_one_night_a_day_through_a_year_with_both_changes_of_the_clock() -> None:
    bench = Bench(at("2026-01-01T12:00"))
    days(bench, bench.watch(PLAN, bench.now), 365)
    assert len(bench.done) == 365
    assert {moment.astimezone(LONDON).hour for _, moment in bench.done} == {2}


def test_a_night_that_was_missed_is_made_up_once() -> None:
    bench = Bench(at("2026-11-25T09:00"))
    watch = bench.watch(PLAN, seen=at("2026-11-21T02:15"))
    watch.look()
    watch.look()
    assert bench.done == [("nightly", bench.now)]
    assert "Thursday 26 November at 02:15 Europe/London (02:15 UTC)" in bench.told[-1]


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 6, -9, 143])
def test_a_night_that_fails_does_not_end_the_loop_nor_is_it_tried_again_at_once(code: int) -> None:
    bench = Bench(at("2026-11-24T12:00"), codes=[code])
    days(bench, bench.watch(PLAN, bench.now), 3)
    assert len(bench.done) == 3
    assert f"code {code}" in bench.told[0]


def test_a_night_beside_another_run_is_tried_again_after_ten_minutes() -> None:
    bench = Bench(at("2026-11-25T02:15"), codes=[BUSY])
    watch = bench.watch(PLAN, seen=at("2026-11-24T02:15"))
    for _ in range(12):
        watch.look()
        bench.now += timedelta(minutes=1)
    assert [moment for _, moment in bench.done] == [at("2026-11-25T02:15"), at("2026-11-25T02:25")]


def test_a_clock_that_is_put_back_a_day_or_ahead_ten_does_not_keep_nights_away() -> None:
    bench = Bench(at("2026-11-24T12:00"))
    watch = bench.watch(PLAN, bench.now)
    days(bench, watch, 2)
    bench.now -= timedelta(days=1)
    days(bench, watch, 2)
    bench.now += timedelta(days=10)
    days(bench, watch, 2)
    bench.now -= timedelta(days=10)
    before = len(bench.done)
    days(bench, watch, 3)
    assert len(bench.done) - before == 3
    assert before == 2 + 2 + 3  # the ten days that were leapt over are made up once


def test_the_deadline_of_a_run_ends_it_after_the_page_in_hand() -> None:
    Stop(60).check()
    stop = Stop(0)
    seconds.sleep(0.01)
    with pytest.raises(TimeOver) as told:
        stop.check()
    assert told.value.exit_code == 3
    assert "--deadline" in " ".join(told.value.lines())


# ---- the command -----------------------------------------------------------------------------------------------------


@contextmanager
def begun(argv: list[str]) -> Iterator["subprocess.Popen[str]"]:
    """A process of `schedule`, with what it tells; one that a trial leaves behind is killed."""
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("words", [("--at", "25:00"), ("--at", "2 am"), ("--at", "02:15", "--tz", "Nowhere/Else"), ()])
def test_what_is_no_time_or_zone_is_refused(desk: Desk, words: tuple[str, ...]) -> None:
    ended = desk.run("schedule", *words)
    assert ended.code == 2
    assert "Traceback" not in ended.err


def after_a_night_in_january(desk: Desk) -> None:
    store = Store.open(DataFolder(desk.data).create())
    run = begin_run(store, "nightly", now="2026-01-01T02:15:00Z", version="1")
    end_run(store, run, now="2026-01-01T02:16:00Z", status="ok", exit_code=0, note="")
    store.close()


def test_a_missed_night_is_made_up_and_a_signal_ends_the_loop(desk: Desk) -> None:
    after_a_night_in_january(desk)
    with begun(desk.argv("schedule", "--at", "02:15")) as process:
        assert process.stdout is not None
        told = [process.stdout.readline(), process.stdout.readline()]
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert process.returncode == 143
    assert "missed" in told[0]
    assert "ended well" in told[1]
    assert "Europe/London" in told[1]
    assert desk.query("select status from runs where command = 'nightly' order by id desc limit 1") == [("ok",)]
    desk.is_sound()


@pytest.mark.faults
def test_a_clock_that_is_put_back_two_hours_delays_no_night(desk: Desk) -> None:
    steps_after, now = 15, datetime.now(UTC)
    back = (datetime.combine(now, time(2, 14, 40), UTC) - now).total_seconds() - steps_after
    shifted = [sys.executable, "-m", "tests.shifted", f"{back + 7200}:{back}:{steps_after}"]
    argv = [*shifted, *desk.argv("schedule", "--at", "02:15", "--tz", "UTC")[1:]]
    told: list[str] = []
    with begun(argv) as process:
        assert process.stdout is not None
        assert "next night is on" in process.stdout.readline()
        reader = Thread(target=lambda: told.append(process.stdout.readline()), daemon=True)  # type: ignore[union-attr]
        reader.start()
        reader.join(120)
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert told and "The night ended well" in told[0]


def test_a_night_at_work_is_told_to_stop_too(desk: Desk) -> None:
    after_a_night_in_january(desk)
    with begun(desk.argv("schedule", "--at", "02:15")) as process:
        assert process.stdout is not None
        assert "missed" in process.stdout.readline()
        seconds.sleep(0.5)
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert process.returncode == 130
    assert desk.run("import", desk.campaign / "campaign.toml").code == 2  # the lock is free: it is refused as no export
    desk.is_sound()
