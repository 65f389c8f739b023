"""Run for years: nights under a clock that jumps, a week under `schedule` in which each day goes wrong otherwise, upgrades and
restores killed at any moment. `make years` runs them; DEBATE_TRACKER_SEED says at which moments."""

import os
import random
import resource
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from filelock import FileLock
from sqlite_utils import Database

from db import migrations
from db.folder import DataFolder
from db.opening import open_database
from pipelines.alerting import watched_over
from pipelines.nightly import nightly
from pipelines.running import running
from pipelines.scheduling import Plan, Watch
from tests import invented
from tests.collecting_desk import collecting_desk, holds, published, stored
from tests.collecting_desk import server as server
from tests.conftest import Figure
from tests.desk import Desk, in_the_next_second
from tests.fake_platform.talking import Platform
from tests.mail_server import MailServer, mail_server
from tests.test_alerts import SECRET, Outside, outside
from tests.warm import Warm
from tracker.campaign import read_campaign
from tracker.problems import Problem

pytestmark = pytest.mark.faults
KILLS = int(os.environ.get("DEBATE_TRACKER_KILLS", "30"))
SEED = int(os.environ.get("DEBATE_TRACKER_SEED", "1"))
LONDON = ZoneInfo("Europe/London")
STAMP = "%Y-%m-%dT%H:%M:%SZ"


def night(desk: Desk, now: datetime, *, killed_after: float = 0) -> int:
    """A night as the command does it, by a clock that says `now` at first and goes on from there; its exit code. killed_after:
    seconds after which this whole process is ended without a word."""
    off = now - datetime.now(UTC)

    def clock() -> str:
        return (datetime.now(UTC) + off).strftime(STAMP)

    in_the_next_second()
    signal.setitimer(signal.ITIMER_REAL, killed_after)  # nobody takes its signal
    folder = DataFolder(desk.data)
    try:
        with watched_over(desk.campaign, folder, whole=True, clock=clock) as watched:
            with running("nightly", read_campaign(desk.campaign), folder, clock=clock) as run:
                watched.run = run
                nightly(run)
            sys.exit(run.exit_code())
    except Problem as problem:
        return problem.exit_code
    except SystemExit as left:
        return int(left.code or 0)


def without_themes(desk: Desk) -> Desk:
    """A night that has no model to make is over sooner; what it collects is the same."""
    shutil.rmtree(desk.campaign / "themes")
    return desk


# ---- the clock ---------------------------------------------------------------------------------------------------------


def clocks() -> list[timedelta]:
    """How wrong the clock is in each of twenty nights: three right ones, a day back, right again, ten days ahead and back, then
    nights around both changes of British clocks (before, in the hour that is left out or comes twice, after), right at last."""
    now = datetime.now(UTC)

    def moments(*local: datetime) -> list[timedelta]:
        return [moment.astimezone(UTC) - now for moment in local]

    year = now.year + 1
    spring = max(day for day in (datetime(year, 3, d) for d in range(25, 32)) if day.weekday() == 6)
    autumn = max(day for day in (datetime(year, 10, d) for d in range(25, 32)) if day.weekday() == 6)
    one_day = timedelta(days=1)
    late, early = spring.replace(hour=1, minute=30, tzinfo=LONDON), spring.replace(minute=30, tzinfo=LONDON)
    twice = autumn.replace(hour=1, minute=30, tzinfo=LONDON)
    changes = [
        *moments(late - one_day, early, late, late + one_day),
        *moments(twice, twice.replace(fold=1), twice.replace(hour=2), twice + one_day),
    ]
    right, back, ahead = timedelta(), timedelta(days=-1), timedelta(days=10)
    return [right, right, right, back, back, right, ahead, ahead, right, *changes, right, right, right]


def test_twenty_nights_under_a_clock_that_jumps_hold_the_same_posts(server: Platform, tmp_path: Path, figure: Figure) -> None:
    for name in ("calm", "jumping"):
        (tmp_path / name).mkdir()
    calm = without_themes(collecting_desk(tmp_path / "calm", server))
    jumping = without_themes(collecting_desk(tmp_path / "jumping", server))
    wrong = clocks()
    assert len(wrong) == 20
    broken: list[str] = []
    start = datetime.now(UTC) - timedelta(days=2)
    for number, clock in enumerate(wrong):
        server.publish(5, start=(start + timedelta(hours=2 * number)).strftime(STAMP), every=600)
        for desk, off in ((calm, timedelta()), (jumping, clock)):
            code = night(desk, datetime.now(UTC) + off)
            if code not in (0, 3, 4):
                broken.append(f"night {number + 1}, clock {off}: code {code}")
    broken += [f"true clock: {one}" for one in holds(calm, published(server))]
    broken += [f"jumping clock: {one}" for one in holds(jumping, published(server))]
    if stored(calm) != stored(jumping):
        broken.append("the two stores do not hold the same posts")
    figure("20 nights under a clock that jumps", 20, broken, f"{len(stored(jumping))} posts in both")


# ---- a week under schedule ---------------------------------------------------------------------------------------------


@dataclass
class Week:
    """A simulated week: its clock, what became of each night, what the loop said."""

    desk: Desk
    now: datetime
    faults: dict[int, str]
    server: Platform
    codes: list[tuple[str, int]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def work(self, command: str) -> int:
        """A night as `schedule` begins it, with what goes wrong on that day."""
        fault = self.faults.get(self.now.day, "")
        if fault == "killed":
            process = os.fork()
            if process == 0:
                os._exit(night(self.desk, self.now, killed_after=0.5))
            code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        elif fault == "busy":
            del self.faults[self.now.day]
            with FileLock(DataFolder(self.desk.data).lock):
                code = night(self.desk, self.now)
        elif fault == "server down":
            self.server.fault("refuse", status=403, body={"error": "closed"}, count=-1)
            code = night(self.desk, self.now)
            self.server.tell("heal")
        elif fault == "disk full":
            with no_room():
                code = night(self.desk, self.now)
        else:
            code = night(self.desk, self.now)
        self.codes.append((f"{self.now:%a}", code))
        return code


@contextmanager
def no_room() -> Iterator[None]:
    """Let this process write no file beyond 300 kB, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    taken = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, taken)


def alerted(desk: Desk, place: Outside, mail: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the campaign a switch and mail."""
    path = desk.campaign / "campaign.toml"
    toml = path.read_text().replace("allow_hosts = [", 'allow_hosts = ["localhost", ')
    mails = f'[alerts]\nmail_to = ["ops@example.org"]\nmail_from = "t@example.org"\nmail_server = "{mail.address}"\n'
    path.write_text(toml + mails)
    monkeypatch.setenv("DEBATE_TRACKER_PING_URL", f"{place.base}/{SECRET}")


def test_a_week_under_schedule_in_which_each_night_goes_wrong_otherwise(
    server: Platform, tmp_path: Path, figure: Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = without_themes(collecting_desk(tmp_path, server))
    monday = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=8)
    names = {1: "server down", 2: "killed", 3: "busy", 4: "off", 6: "disk full"}
    days = {number: (monday + timedelta(days=number)).day for number in names}
    faults = {days[number]: name for number, name in names.items()}
    week = Week(desk, monday, faults, server)
    watch = Watch(Plan(time_of_day(2, 15), ZoneInfo("UTC")), lambda: week.now, week.work, week.told.append, monday)
    with outside() as place, mail_server() as mail:
        alerted(desk, place, mail, monkeypatch)
        while week.now < monday + timedelta(days=8):  # the week, and the night after it
            if week.now.hour == 0 and week.now.minute == 0:
                server.publish(6, start=(week.now - timedelta(hours=3)).strftime(STAMP), every=600)
            off = faults.get(week.now.day) == "off"  # the machine is off all day, and makes its night up when it wakes
            if not off:
                watch.look()
            week.now += timedelta(minutes=10)
    broken = holds(desk, published(server))
    codes = [code for _, code in week.codes]
    wanted = [0, 3, -signal.SIGALRM, 11, 0, 0, 0, 6, 0]
    if codes != wanted:
        broken.append(f"the nights ended with {codes}, not {wanted}")
    subjects = [str(message["Subject"]) for message in mail.mails]
    if len(subjects) != 2 or any("did not do all" not in subject for subject in subjects):
        broken.append(f"mails: {subjects}")
    pings = place.pinged()
    heard = [word for word in pings if word != "start"]  # the killed night tells no end: that is what the switch is for
    if heard != [str(code) for code in wanted if code >= 0] or pings.count("start") < len(heard):
        broken.append(f"pings: {pings}")
    there, true = len(stored(desk)), len(published(server))
    remark = f"{there} posts of {true}; codes {codes}; {len(subjects)} mails; the switch heard {len(pings)} pings"
    figure("a week under schedule with faults", len(codes), broken, remark)


# ---- upgrades and restores ---------------------------------------------------------------------------------------------


def store_of_before(data: Path, posts: int) -> None:
    """A store as the first version made it, with posts in it."""
    DataFolder(data).create()
    old = Database(data / "tracker.db")
    migrations.tracker.apply(old, stop_before="m002_named_at")
    old.execute("insert into runs(id, command, started_at, status, version) values (1, 'import', '2026-01-01', 'ok', '0')")
    names = "platform, native_id, text, created_at, day, kind, first_seen_run"
    row = f"insert into posts({names}) values ('x', ?, ?, ?, ?, 'original', 1)"
    moments = [invented.moment(number).strftime(STAMP) for number in range(posts)]
    old.conn.executemany(
        row, [(str(10_000 + number), f"Number {number}: the fares", at, at[:10]) for number, at in enumerate(moments)]
    )
    old.conn.commit()
    old.close()


def steps_left(data: Path) -> int:
    db = open_database(data / "tracker.db", migrations.tracker, readonly=True)
    try:
        return len(migrations.tracker.pending(db))
    finally:
        db.close()


def killed_at(program: Warm, desk: Desk, after: float, *words: object) -> bool:
    """Run a command and kill it after so many seconds; whether it was still at work."""
    program.begin(desk, *words)
    return program.killed(after)


def whole(desk: Desk) -> list[str]:
    """What is wrong with the stores that are there."""
    broken = []
    for name in ("tracker.db", "raw.db", "forgotten.db"):
        if (desk.data / name).is_file() and desk.query("pragma integrity_check", name) != [("ok",)]:
            broken.append(f"{name} is not whole")
    return broken


def test_upgrades_killed_at_any_moment_lose_no_store(tmp_path: Path, program: Warm, figure: Figure) -> None:
    desk = Desk.at(tmp_path)
    store_of_before(desk.data, 400)
    calm = Desk(desk.campaign, tmp_path / "calm", desk.files)
    shutil.copytree(desk.data, calm.data)
    began = time.monotonic()
    assert program.run(calm, "backup").code == 0
    took = time.monotonic() - began
    moments, broken, killed, between = random.Random(SEED), [], 0, 0
    for number in range(KILLS):
        night = Desk(desk.campaign, tmp_path / f"killed-{number}", desk.files)
        shutil.copytree(desk.data, night.data)
        killed += killed_at(program, night, moments.uniform(0, took), "backup")
        between += 0 < steps_left(night.data) < steps_left(desk.data)
        broken += [f"{number}: {one}" for one in whole(night)]
        if night.value("select count(*) from posts") != 400:
            broken.append(f"{number}: posts were lost")
        ended = program.run(night, "backup")
        if ended.code or steps_left(night.data) or night.contents() != calm.contents():
            broken.append(f"{number}: the next run did not end the upgrade ({ended.code})")
        if not list((night.data / "backups").glob("*-before-upgrade*")):
            broken.append(f"{number}: no backup of before")
        shutil.rmtree(night.data)
    figure("upgrades killed", KILLS, broken, f"{killed} were at work, {between} between two steps of the schema")


def test_restores_killed_at_any_moment_lose_no_store(tmp_path: Path, program: Warm, figure: Figure) -> None:
    desk = Desk.at(tmp_path)
    assert desk.run("import", invented.twarc2_file(desk.files / "0.jsonl", range(400))).code == 0
    assert desk.run("backup").code == 0
    (backup,) = (desk.data / "backups").glob("*.tar.zst")
    assert desk.run("import", invented.twarc2_file(desk.files / "1.jsonl", range(400, 600))).code == 0
    calm = Desk(desk.campaign, tmp_path / "calm", desk.files)
    shutil.copytree(desk.data, calm.data)
    began = time.monotonic()
    assert program.run(calm, "restore", backup).code == 0
    took = time.monotonic() - began
    moments, broken, killed = random.Random(SEED), [], 0
    found: dict[int, int] = {}
    for number in range(KILLS):
        night = Desk(desk.campaign, tmp_path / f"killed-{number}", desk.files)
        shutil.copytree(desk.data, night.data)
        killed += killed_at(program, night, moments.uniform(0, took), "restore", backup)
        again = program.run(night, "prune")
        broken += [f"{number}: {one}" for one in whole(night)]
        posts = int(night.value("select count(*) from posts"))
        found[posts] = found.get(posts, 0) + 1
        if again.code or posts not in (400, 600):
            broken.append(f"{number}: {posts} posts after a kill, code {again.code}")
        if program.run(night, "restore", backup).code or night.contents() != calm.contents():
            broken.append(f"{number}: it cannot be restored again")
        shutil.rmtree(night.data)
    figure("restores killed", KILLS, broken, f"{killed} were at work; found afterwards: {found}")


@pytest.fixture(autouse=True)
def _of_this_trial_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings gets into a trial."""
    for name in ("DEBATE_TRACKER_ALERT_WEBHOOK_URL", "DEBATE_TRACKER_PING_URL", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
