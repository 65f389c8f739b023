"""One run: the lock, the open stores, the diary of its steps, and a stop that lets the page in hand be finished."""

import logging
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from filelock import FileLock, Timeout

from db.campaigns import note_campaign
from db.folder import DataFolder
from db.forgotten import Forgotten
from db.health import refuse_damaged
from db.opening_labels import refuse_lost_labels
from db.raw import RawStore
from db.runs import begin_run, begin_step, end_run, end_step, ended_since
from db.store import POSTS_IN, Store
from pipelines.placing import finish_restore
from pipelines.unfinished import finish_forgetting
from pipelines.upgrading import back_up_before_upgrade
from tracker.counting import local_day
from tracker.problems import (
    AlreadyRunning,
    Interrupted,
    Problem,
    StorageProblem,
    TimeOver,
    UsageProblem,
    os_errors,
    worst_exit_code,
)
from tracker.records import Campaign
from tracker.reports import FileReport, RunReport, StepReport
from tracker.times import later, system_clock

LOG = logging.getLogger("debate_tracker")

OF_BULK = ("bulk", "forget")
"""Commands that may write in a folder that `bulk` made."""

Clock = Callable[[], str]
"""The time now, as the store keeps it (`2026-10-20T08:00:00Z`)."""

Progress = Callable[[str, int, int | None], None]
"""(what is being done, how far, of how many if that is known) -> nothing."""


def quiet(what: str, done: int, total: int | None) -> None:
    """The progress of a run that nobody watches."""


class Stop:
    """Asked between two pages whether the run was told to end, or has no time left (seconds). A second Ctrl-C or SIGTERM ends it
    at once."""

    def __init__(self, time_given: float | None = None) -> None:
        self._signal: int | None = None
        self._end = None if time_given is None else time.monotonic() + time_given

    def listen(self) -> None:
        """Take SIGINT and SIGTERM from here on."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._signal is not None:
            raise Interrupted(number, at_once=True)
        self._signal = number

    def check(self) -> None:
        """Raise Interrupted if the run was told to end, or its time is over."""
        if self._signal is not None:
            raise Interrupted(self._signal)
        if self._end is not None and time.monotonic() > self._end:
            raise TimeOver()


@dataclass(slots=True)
class Run:
    """A run that is under way. `store`, `raw` and `forgotten` are open; `steps` and `files` grow as it goes."""

    id: int
    campaign: Campaign
    folder: DataFolder
    store: Store
    raw: RawStore
    forgotten: Forgotten
    clock: Clock
    stop: Stop
    progress: Progress
    started_at: str
    steps: list[StepReport] = field(default_factory=list)
    files: list[FileReport] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """A step that may fail without stopping the others. What is put into the yielded list becomes its note.

        A Problem is written down and held in `problems`. A full or broken disk stops the run, since no later step can work;
        so do a stop that was asked for and a bug."""
        step_id = begin_step(self.store, self.id, name, now=self.clock())
        notes: list[str] = []
        before = len(self.problems)
        try:
            with os_errors():
                yield notes
        except Problem as problem:
            status = "interrupted" if isinstance(problem, Interrupted) else "failed"
            self._close(step_id, StepReport(name, status, problem.what, problem.exit_code))
            if isinstance(problem, (Interrupted, StorageProblem)):
                raise
            self.problems.append(problem)
        else:
            found = self.problems[before:]
            code = worst_exit_code(problem.exit_code for problem in found)
            note = "; ".join([*notes, *(problem.what for problem in found)])
            self._close(step_id, StepReport(name, "partial" if found else "ok", note, code))

    def say(self, message: str) -> None:
        """Log a sentence of this run. Never what a post says, never a person's name."""
        LOG.info(message, extra={"run": self.id})

    def _close(self, step_id: int, report: StepReport) -> None:
        report = replace(report, note=self.forgotten.without_files(report.note))
        self.steps.append(report)
        self.say(f"{report.name}: {report.status}" + (f" ({report.note})" if report.note else ""))
        end_step(self.store, step_id, report, now=self.clock())

    def exit_code(self) -> int:
        """What the run ends with as things stand."""
        return worst_exit_code(problem.exit_code for problem in self.problems)

    def report(self) -> RunReport:
        """The run as it is shown."""
        return RunReport(self.id, self.started_at, self.clock(), tuple(self.steps), tuple(self.files), tuple(self.problems))


@contextmanager
def held_lock(folder: DataFolder) -> Iterator[None]:
    """Hold DATA/lock, or raise AlreadyRunning. The system frees it when this process ends, however it ends."""
    lock = FileLock(folder.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise AlreadyRunning(
            f"Another run is at work on {folder.root}.",
            why=f"It holds {folder.lock}.",
            safe="Nothing was changed by this one.",
            next_step="Wait until it has ended, then try again; `debate-tracker status` shows how it went.",
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def running(
    command: str,
    campaign: Campaign,
    folder: DataFolder,
    *,
    clock: Clock = system_clock,
    stop: Stop | None = None,
    progress: Progress = quiet,
    held: bool = False,
) -> Iterator[Run]:
    """Do the work of `command` under the lock, with its diary entry opened and closed whatever happens. held: the caller holds
    the lock already, since it made room for the run under it."""
    with ExitStack() as opened:
        if not held:
            folder.create()
            opened.enter_context(held_lock(folder))
        finish_restore(folder)
        finish_forgetting(folder, now=clock())
        refuse_lost_labels(folder)
        back_up_before_upgrade(folder, campaign, now=clock())
        store = Store.open(folder)
        opened.callback(store.close)
        refuse_damaged(folder, lately=ended_since(store, later(clock(), -timedelta(days=1))))
        raw = RawStore(folder)
        opened.callback(raw.close)
        forgotten = Forgotten(folder)
        opened.callback(forgotten.close)
        _refuse_counts_alone(store, command)
        started_at = clock()
        note_campaign(store, campaign, now=started_at, local_day=local_day)
        run_id = begin_run(store, command, now=started_at, version=version("debate-tracker"))
        run = Run(run_id, campaign, folder, store, raw, forgotten, clock, stop or Stop(), progress, started_at)
        run.say(f"{command} begins")
        try:
            with os_errors():
                yield run
        except Problem as problem:
            _end(run, "interrupted" if isinstance(problem, Interrupted) else "failed", problem.exit_code, problem.what)
            raise
        except BaseException:
            _end(run, "failed", 1, "stopped by a bug")
            raise
        code = run.exit_code()
        _end(run, "partial" if code else "ok", code, "; ".join(problem.what for problem in run.problems))


def _refuse_counts_alone(store: Store, command: str) -> None:
    """Raise UsageProblem where a command that writes posts, or needs them, is given a folder that `bulk` made."""
    if command not in OF_BULK and store.settings().get(POSTS_IN):
        raise counts_alone(store.path.parent, command)


def counts_alone(root: Path, command: str) -> UsageProblem:
    """Why a command that needs posts cannot be given a folder that `bulk` made."""
    return UsageProblem(
        f"{root} was made by `bulk`: its posts lie in Parquet files, and `{command}` works on a store of posts.",
        safe="Nothing was changed.",
        next_step="Run `bulk` with the same --to to add to it, or give --data the campaign's own folder (docs/bulk.md).",
    )


def _end(run: Run, status: str, exit_code: int, note: str) -> None:
    """Close the diary entry. A store that has no room for this line has said so already; the next run marks it interrupted."""
    try:
        end_run(run.store, run.id, now=run.clock(), status=status, exit_code=exit_code, note=run.forgotten.without_files(note))
    except StorageProblem as problem:
        if exit_code == 0:
            raise
        run.problems.append(problem)
