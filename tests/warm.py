"""The program, read once and forked for each run, so that a trial of many hundred runs need not start Python anew each time.

From there on a fork is the command itself: a process of its own with its own files, its own end, and no thread but one. With a
tracer it waits until strace holds it, so that calls are counted from the command's first.
"""

import importlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.conftest import REPOSITORY, needed
from tests.desk import Desk, Ended

SOURCES = ("mastodon", "bluesky", "x", "feeds")
COLLECTING = ("pipelines.collect", "pipelines.spending", "pipelines.showing", *(f"tracker.sources.{name}" for name in SOURCES))
"""What a collection reads of the program on its way."""
READING = ("pipelines.nightly", "spacy.lang.en", "spacy.pipeline", "spacy_legacy", "spacy_loggers")
"""What a night reads beside that."""
PATIENCE = 300
Nth = tuple[str, int]
"""A system call: its name, and the how-manieth of that name."""


class Warm:
    """The waiting process. One run at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._desk: Desk | None = None
        self._pid = 0

    def begin(self, desk: Desk, *words: object, tracer: Sequence[str] = (), **environment: str) -> None:
        """Begin a command. tracer: strace with its options, without the program."""
        assert self._process.stdin is not None
        asked = {"argv": desk.argv(*words)[1:], "tracer": list(tracer), "environment": environment, "files": str(desk.files)}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        self._desk, self._pid = desk, int(self._line())

    def ended(self, within: float = PATIENCE) -> Ended | None:
        """How the command ended; None where it has not within so many seconds."""
        assert self._process.stdout is not None and self._desk is not None
        if not select.select([self._process.stdout], [], [], max(0.0, within))[0]:
            return None
        code, self._pid = int(self._line()), 0
        return Ended(code, *((self._desk.files / f"{name}-{self._process.pid}").read_text() for name in ("out", "err")))

    def run(self, desk: Desk, *words: object, tracer: Sequence[str] = (), **environment: str) -> Ended:
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

    def calls(self, desk: Desk, calls: str, *, command: str = "collect", **environment: str) -> list[Nth]:
        """Each of these system calls that a run makes."""
        log = desk.files / "calls.txt"
        ended = self.run(desk, command, tracer=(*strace(), f"trace={calls}", "-o", str(log)), **environment)
        assert ended.code in (0, 2), ended  # 2: a file that is no export
        found = [match[1] for line in log.read_text().splitlines() if (match := re.match(r"\d+ +(\w+)\(", line))]
        return [(name, found[: place + 1].count(name)) for place, name in enumerate(found)]

    def injected(self, desk: Desk, call: str, what: str, when: object, *, command: str = "collect", **environment: str) -> Ended:
        """A run in which this system call does something else."""
        tracer = (*strace(), f"trace={call}", "-e", f"inject={call}:{what}:when={when}", "-o", os.devnull)
        return self.run(desk, command, tracer=tracer, **environment)

    def close(self) -> None:
        """End it, and what it still runs."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        self._process.communicate(timeout=30)

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


@contextmanager
def warm(*modules: str) -> Iterator[Warm]:
    """A waiting process that has read these modules, and ends with the block."""
    argv = [sys.executable, "-m", "tests.warm", "cli", *modules]
    process = subprocess.Popen(argv, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    waiting = Warm(process)
    try:
        yield waiting
    finally:
        waiting.close()


def become(asked: dict[str, Any], name: str) -> None:
    """Be the command that is asked for, from its first call to its end."""
    files = Path(asked["files"])
    for number, stream in ((1, "out"), (2, "err")):
        os.dup2(os.open(files / f"{stream}-{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(asked["environment"])
    if asked["tracer"]:
        _be_held(asked["tracer"])
    sys.argv = asked["argv"]
    import cli

    cli.main()


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


def main() -> None:
    """Read the program, then fork for each line that comes: its process id is told, and how it ended."""
    for name in sys.argv[1:]:
        importlib.import_module(name)
    while line := sys.stdin.readline():
        pid = os.fork()
        if pid == 0:
            become(json.loads(line), str(os.getppid()))
            return
        os.write(1, f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(1, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)  # nothing is left to be tidied up


if __name__ == "__main__":
    main()
