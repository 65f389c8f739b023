"""A night every day at one time of one zone, without cron: made up when it was missed, and never ended by a night that fails.

Each night is a process of its own, so whatever happens to it, this loop goes on. When the clock is moved (a laptop that slept, a
wrong clock set right, both changes of daylight saving time) a due time that was passed over is made up once.
"""

import signal
import subprocess
import sys
import time as seconds
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

import schedule

from db.folder import DataFolder
from db.runs import last_begun
from db.store import Store
from tracker.problems import Interrupted

PROGRAM = Path(__file__).resolve().parents[1] / "cli.py"
LOOK_EVERY = 20
BUSY = 11
TRY_AGAIN = timedelta(minutes=10)
PATIENCE = 300
"""Seconds that a night may take to finish the page in hand once it was told to stop."""

Work = Callable[[str], int]
"""(nightly or refresh) -> its exit code."""
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """When: the time of day and its zone; every: how often to refresh between two nights, None for never."""

    at: time
    zone: ZoneInfo
    every: timedelta | None = None

    def latest_due(self, now: datetime) -> datetime:
        """The last moment (UTC) at or before `now` at which a night was due: one a day of the zone. A time that a day does not
        have (the clocks go forward) is as much later as the clocks jump; one that it has twice is the first."""
        return max(due for due in self._dues(now) if due <= now)

    def next_due(self, now: datetime) -> datetime:
        """The first moment (UTC) after `now` at which a night is due."""
        return min(due for due in self._dues(now) if due > now)

    def _dues(self, now: datetime) -> list[datetime]:
        today = now.astimezone(self.zone).date()
        days = (today + timedelta(days=shift) for shift in (-2, -1, 0, 1, 2))
        return [datetime.combine(day, self.at, self.zone).astimezone(UTC) for day in days]

    def sentence(self, now: datetime) -> str:
        """When the next night is, in the zone and in UTC."""
        due = self.next_due(now)
        return f"The next night is on {due.astimezone(self.zone):%A %d %B at %H:%M} {self.zone.key} ({due:%H:%M} UTC)."


@dataclass(slots=True)
class Watch:
    """Looks at the clock, and does what is due. seen: up to when every due night was begun or given up."""

    plan: Plan
    clock: Callable[[], datetime]
    work: Work
    tell: Tell
    seen: datetime
    not_before: datetime | None = field(default=None)

    def look(self) -> None:
        """Begin the night if one came due since the last look, however long ago that was."""
        now = self.clock()
        if now < self.seen:  # the clock was put back: what is due from here on is done again, and finds little that is new
            self.seen, self.not_before = now, None
        if self.plan.latest_due(now) <= self.seen or (self.not_before and now < self.not_before):
            return
        code = self.work("nightly")
        if code == BUSY:
            self.not_before = now + TRY_AGAIN
            self.tell(f"The night could not begin; it is tried again in {TRY_AGAIN.seconds // 60} minutes.")
            return
        self.seen, self.not_before = now, None
        ended = "ended well" if code == 0 else f"ended with code {code}; the next one goes on from there"
        self.tell(f"The night {ended}. {self.plan.sentence(self.clock())}")

    def refresh(self) -> None:
        """Do the light part, between two nights."""
        code = self.work("refresh")
        if code not in (0, BUSY):
            self.tell(f"Refreshing ended with code {code}.")


def keep_watch(plan: Plan, folder: DataFolder, options: Sequence[str], *, deadline: str, tell: Tell) -> None:
    """Run nights as `plan` says until SIGINT or SIGTERM, which the night at work gets too; then raises Interrupted.

    options: what a night's command line gets beside its name. A night that the store says was missed is made up at once."""
    nights = _Nights(options, deadline, tell)
    watch = Watch(plan, _now, nights.work, tell, seen=_up_to(folder, _now()))
    if plan.latest_due(_now()) > watch.seen:
        tell("The last night was missed; it is made up now.")
    else:
        tell(plan.sentence(_now()))
    nights.listen()
    scheduler = _from_now_on(watch)
    while not nights.told:
        scheduler.run_pending()
        idle = scheduler.idle_seconds or 0.0
        if idle > LOOK_EVERY:  # the local clock was put back, and `schedule` would wait until it is as late again
            scheduler = _from_now_on(watch)
        seconds.sleep(min(1.0, max(0.1, idle)))
    raise Interrupted(nights.told)


def _from_now_on(watch: Watch) -> schedule.Scheduler:
    """Look at once, and again and again."""
    watch.look()
    scheduler = schedule.Scheduler()
    scheduler.every(LOOK_EVERY).seconds.do(watch.look)
    if watch.plan.every:
        scheduler.every(int(watch.plan.every.total_seconds())).seconds.do(watch.refresh)
    return scheduler


def _up_to(folder: DataFolder, now: datetime) -> datetime:
    """When the store says that the last night began; now, where there was none or it says a time to come."""
    if not folder.exists():
        return now
    store = Store.open(folder, readonly=True)
    try:
        begun = last_begun(store, "nightly")
    finally:
        store.close()
    return min(now, datetime.fromisoformat(begun)) if begun else now


def _now() -> datetime:
    return datetime.now(UTC)


class _Nights:
    """Commands of this program as processes of their own, which are told to stop when this one is."""

    def __init__(self, options: Sequence[str], deadline: str, tell: Tell) -> None:
        self.told = 0
        self._options = tuple(options)
        self._deadline = deadline
        self._tell = tell
        self._process: subprocess.Popen[bytes] | None = None

    def listen(self) -> None:
        """Take SIGINT and SIGTERM from here on."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.told = number
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def work(self, command: str) -> int:
        """Run a command to its end; its exit code, or minus the signal that ended it."""
        if self.told:
            return 0
        argv = [sys.executable, str(PROGRAM), command, "--deadline", self._deadline, *self._options]
        try:
            self._process = subprocess.Popen(argv, start_new_session=True)  # noqa: S603 (our own program)
        except OSError as error:
            self._tell(f"The {command} could not be begun: {error}.")
            return BUSY
        waited = 0
        while True:
            try:
                return self._process.wait(1)
            except subprocess.TimeoutExpired:
                waited += 1 if self.told else 0
            if waited == PATIENCE:
                self._process.kill()
