"""The program, read once and forked for each run, so that trials of many hundred runs need not start Python anew each time.

From there on a fork is the command itself: a process of its own with its own files, environment and end, and no thread but one.
With a tracer it waits until strace holds it, so that calls are counted from the command's first. Each process of pytest has one
that has read the whole program.
"""

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.conftest import REPOSITORY, needed
from tests.shifted import seconds, shift

if TYPE_CHECKING:
    from tests.desk import Desk

SOURCES = ("mastodon", "bluesky", "x", "feeds")
COLLECTING = ("pipelines.collect", "pipelines.spending", "pipelines.showing", *(f"tracker.sources.{name}" for name in SOURCES))
"""What a collection reads of the program on its way."""
READING = ("pipelines.nightly", "spacy.lang.en", "spacy.pipeline", "spacy_legacy", "spacy_loggers")
"""What a night reads beside that."""
READ_BY_FEW = ("pipelines.bulk", "pipelines.serve")
"""How the names of modules begin that few runs need (Dask, Datasette), so that those read them by themselves."""
PATIENCE = 300
PAUSE = 0.05
"""Seconds before a fork asks a server with a fault again, in place of a whole one: nobody is there who has to come to himself.
test_web_patience.py looks at the pauses themselves."""
Nth = tuple[str, int]
"""A system call: its name, and the how-manieth of that name."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


class Warm:
    """The waiting process. One run at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._told = tempfile.TemporaryDirectory(prefix="warm-")
        self._pid = 0

    def is_busy(self) -> bool:
        """Whether it has a run under way."""
        return self._pid != 0

    def begin(self, desk: "Desk", *words: object, tracer: Sequence[str] = (), **environment: str) -> None:
        """Begin a command. tracer: strace with its options, without the program."""
        self.begin_in(os.environ | environment, desk.argv(*words)[1:], tracer=tracer)

    def begin_in(
        self, environment: Mapping[str, str], argv: Sequence[str], *, tracer: Sequence[str] = (), clock: str = ""
    ) -> None:
        """Begin it with this environment and no other; what a trial has left running is killed. argv: of cli.py. clock: by how
        much it is wrong, as tests/shifted.py has it."""
        assert self._process.stdin is not None
        self.stop()
        os.umask(mask := os.umask(0o022))
        place = {"umask": mask, "cwd": str(Path.cwd()), "told": self._told.name}
        asked = {"argv": list(argv), "tracer": list(tracer), "clock": clock, "environment": dict(environment), **place}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        self._pid = int(self._line())

    def ended(self, within: float = PATIENCE) -> Ended | None:
        """How the command ended; None where it has not within so many seconds."""
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], max(0.0, within))[0]:
            return None
        code, self._pid = int(self._line()), 0
        return Ended(code, *((Path(self._told.name) / name).read_text() for name in ("out", "err")))

    def run(self, desk: "Desk", *words: object, tracer: Sequence[str] = (), **environment: str) -> Ended:
        """Run a command to its end."""
        self.begin(desk, *words, tracer=tracer, **environment)
        ended = self.ended()
        assert ended is not None, f"{words} did not end within {PATIENCE} seconds"
        return ended

    def killed(self, after: float) -> bool:
        """Kill the command after so many seconds, without a word; False where it had ended by then."""
        if self.ended(after) is not None:
            return False
        os.kill(self._pid, signal.SIGKILL)
        ended = self.ended()
        return ended is not None and ended.code == -signal.SIGKILL

    def calls(self, desk: "Desk", calls: str, *, command: str = "collect", **environment: str) -> list[Nth]:
        """Each of these system calls that a run makes."""
        log = desk.files / "calls.txt"
        ended = self.run(desk, command, tracer=(*strace(), f"trace={calls}", "-o", str(log)), **environment)
        assert ended.code in (0, 2), ended  # 2: a file that is no export
        found = [match[1] for line in log.read_text().splitlines() if (match := re.match(r"\d+ +(\w+)\(", line))]
        return [(name, found[: place + 1].count(name)) for place, name in enumerate(found)]

    def injected(
        self, desk: "Desk", call: str, what: str, when: object, *, command: str = "collect", **environment: str
    ) -> Ended:
        """A run in which this system call does something else."""
        tracer = (*strace(), f"trace={call}", "-e", f"inject={call}:{what}:when={when}", "-o", os.devnull)
        return self.run(desk, command, tracer=tracer, **environment)

    def stop(self) -> None:
        """Kill what it still runs."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self.ended()

    def _line(self) -> str:
        """One line, read a byte at a time: what is buffered would hide from select."""
        assert self._process.stdout is not None
        line = b""
        while not line.endswith(b"\n"):
            piece = os.read(self._process.stdout.fileno(), 1)
            assert piece, "the waiting process is gone"
            line += piece
        return line.decode()


def strace() -> tuple[str, ...]:
    """The tracer, up to what it shall trace."""
    return (needed("strace", "nothing goes wrong at each call to the system"), "-f", "-qq", "-e")


@functools.cache
def shared() -> Warm:
    """The waiting process of this process of pytest, which has read all of the program. It ends when its input does."""
    import pipelines

    names = (f"pipelines.{module.name}" for module in pkgutil.iter_modules(pipelines.__path__))
    modules = (*COLLECTING, *READING, *(name for name in names if not name.startswith(READ_BY_FEW)))
    argv = [sys.executable, "-m", "tests.warm", "cli", *modules]
    return Warm(subprocess.Popen(argv, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))


def ran(*words: object, env: Mapping[str, str] | None = None, clock: str = "") -> Ended:
    """Run the program with these words to its end. env: all of its environment; clock: by how much its clock is wrong."""
    environment, argv = os.environ if env is None else env, [str(REPOSITORY / "cli.py"), *map(str, words)]
    waiting = shared()
    if waiting.is_busy():
        assert not clock, "only a fork's clock can be moved, and one is at work"
        return started(*words, env=environment)
    waiting.begin_in(environment, argv, clock=clock)
    ended = waiting.ended()
    assert ended is not None, f"{words} did not end within {PATIENCE} seconds"
    return ended


def started(*words: object, before: Sequence[str] = (), program: Path = REPOSITORY / "cli.py", **more: Any) -> Ended:
    """The same, but as cron does: Python starts for it. before: the program that runs it, such as a tracer, with its options.
    program: of another copy of this one."""
    argv = [*before, sys.executable, str(program), *map(str, words)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE, **more)
    return Ended(done.returncode, done.stdout, done.stderr)


def become(asked: dict[str, Any]) -> None:
    """Be the command that is asked for, from its first call to its end."""
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(Path(asked["told"]) / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.umask(asked["umask"])
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    if asked["clock"]:
        shift(asked["clock"])
    if asked["tracer"]:
        _be_held(asked["tracer"])
    sys.argv = asked["argv"]
    import cli

    cli.main()


def to_its_end(asked: dict[str, Any]) -> int:
    """Be the command, and end as Python does, but for freeing what a fork shares with the waiting process, which takes longer
    than most commands. Gives the exit code."""
    code: object = 0
    try:
        become(asked)
    except SystemExit as leaving:
        code = leaving.code or 0
    except BaseException:  # noqa: BLE001 - whatever ended it, Python says so and ends with 1
        sys.excepthook(*sys.exc_info())
        code = 1
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    gc.collect()
    if not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return code


def _be_held(tracer: list[str]) -> None:
    me = os.getpid()
    if os.fork() == 0:
        if os.fork() == 0:  # whose parent is gone: the command has no child that it does not know
            os.execvp(tracer[0], [*tracer, "-p", str(me)])
        os._exit(0)
    os.wait()
    deadline = time.monotonic() + 30
    while "TracerPid:\t0\n" in Path("/proc/self/status").read_text():
        if time.monotonic() > deadline:
            raise SystemExit("no tracer came")
        time.sleep(0.001)


def rehearse() -> None:
    """Work out beforehand what each run would work out anew: the stores' schemas, spaCy's patterns, the table of languages."""
    from db.folder import DataFolder
    from db.forgotten import Forgotten
    from db.labels import Labels
    from db.raw import RawStore
    from db.store import Store
    from tracker.campaign import read_campaign
    from tracker.themes.pipeline import blank_pipeline

    blank_pipeline(read_campaign(REPOSITORY / "campaigns" / "futurewelfare"))
    with tempfile.TemporaryDirectory() as place:
        for store in (Store, RawStore, Forgotten, Labels):
            store(DataFolder(Path(place))).close()


def main() -> None:
    """Read the program, then fork for each line that comes: its process id is told, and how it ended."""
    time.time = seconds
    for name in sys.argv[1:]:
        importlib.import_module(name)
    from tracker.sources import patience

    patience.FIRST_PAUSE = PAUSE
    rehearse()
    gc.collect()
    gc.freeze()  # what a fork only reads need not be copied for it
    while line := sys.stdin.readline():
        pid = os.fork()
        if pid == 0:
            os._exit(to_its_end(json.loads(line)))
        os.write(1, f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(1, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)  # nothing is left to be tidied up


if __name__ == "__main__":
    main()
