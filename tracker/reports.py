"""What a run and its files report, as it is stored, printed and shown."""

import re
from dataclasses import dataclass

from tracker.problems import Problem


def sentences(text: str) -> list[str]:
    """The sentences of a text that a program wrote, so that what was said before can be left out."""
    return re.split(r"(?<=[.!?]) (?=[A-Z])", text) if text else []


@dataclass(frozen=True, slots=True)
class FileReport:
    """What one file gave. rejected: (reason, how many, first line numbers). withheld: (reason, how many). lost: what every file
    of its format lacks, and this one, in sentences. held: what became of the file, where it holds something of the forgotten.
    given: what it is called now, where its content is known under the other name `file`."""

    file: str
    format: str
    rows: int = 0
    new: int = 0
    known: int = 0
    updated: int = 0
    outside: int = 0
    forgotten: int = 0
    rejected: tuple[tuple[str, int, tuple[int, ...]], ...] = ()
    withheld: tuple[tuple[str, int], ...] = ()
    truncated: str = ""
    first_post: str | None = None
    last_post: str | None = None
    lost: str = ""
    held: str = ""
    given: str = ""

    @property
    def called(self) -> str:
        """The name that whoever handed it over knows it by, and the one by which it is known."""
        return f"{self.given} (the same content as {self.file})" if self.given else self.file

    @property
    def rejected_rows(self) -> int:
        """How many rows were refused."""
        return sum(count for _, count, _ in self.rejected)

    @property
    def withheld_rows(self) -> int:
        """How many rows were left out on purpose."""
        return sum(count for _, count in self.withheld)


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step of a run: ok, partial, failed or interrupted, with a sentence; `exit_code` is what it asks the run to end with."""

    name: str
    status: str
    note: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run, as the pages and the terminal show it."""

    run_id: int
    started_at: str
    finished_at: str
    steps: tuple[StepReport, ...] = ()
    files: tuple[FileReport, ...] = ()
    problems: tuple[Problem, ...] = ()
