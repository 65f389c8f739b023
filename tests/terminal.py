"""A person at a terminal: the program in a process of its own on a pty, answered question by question."""

import os
import pty
import select
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.warm import Ended

PATIENCE = 60
CTRL_C = b"\x03"


class Terminal:
    """The program with these words, on a terminal of its own."""

    def __init__(self, *words: object, cwd: Path) -> None:
        argv = [sys.executable, str(REPOSITORY / "cli.py"), *map(str, words)]
        self._pid, self._mine = pty.fork()
        if self._pid == 0:
            os.chdir(cwd)
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # as at a terminal, also where the tests run in the background
            os.execv(argv[0], argv)
        self._said = ""

    def until(self, words: str) -> str:
        """What was said since the last answer, once these words stand at its end."""
        deadline = time.monotonic() + PATIENCE
        while not self._said.rstrip().endswith(words):
            assert time.monotonic() < deadline and self._listen(), f"{words!r} was not said, but: {self._said!r}"
        said, self._said = self._said, ""
        return said

    def type(self, line: str) -> None:
        """Answer with a line."""
        os.write(self._mine, f"{line}\n".encode())

    def interrupt(self) -> Ended:
        """Press Ctrl-C, and again while nothing comes of it: Python loses one that comes just before it waits for a key."""
        for moment in range(4 * PATIENCE):
            if os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break
            if moment % 20 == 0:
                os.write(self._mine, CTRL_C)
            time.sleep(0.25)
        return self.end()

    def end(self) -> Ended:
        """How it ended, and all that was said since the last answer."""
        while self._listen():
            pass
        os.close(self._mine)
        _, status = os.waitpid(self._pid, 0)
        return Ended(os.waitstatus_to_exitcode(status), self._said.replace("\r\n", "\n"), "")

    def kill(self) -> None:
        """End it without a word."""
        os.kill(self._pid, signal.SIGKILL)
        self.end()

    def _listen(self) -> bool:
        """Whether there was more."""
        try:
            assert select.select([self._mine], [], [], PATIENCE)[0], f"nothing more was said after {self._said!r}"
            more = os.read(self._mine, 4096)
        except OSError:  # nobody is at the other end any more
            return False
        self._said += more.decode(errors="replace")
        return bool(more)


def answered(terminal: Terminal, answers: Sequence[tuple[str, str]]) -> list[str]:
    """Answer each question, told by the words at its end; gives what was said before each answer."""
    told = []
    for question, answer in answers:
        told.append(terminal.until(question))
        terminal.type(answer)
    return told
