"""What steps of `bulk` tell each other over the disk, as JSON: what a part gave, what a range holds, what is still to be done."""

from dataclasses import asdict, dataclass, field
from typing import Any

from tracker import problems
from tracker.problems import IncompleteRun, Problem
from tracker.reports import FileReport
from tracker.stumps import Stump

Document = dict[str, Any]


@dataclass(slots=True)
class Gave:
    """What a part gave: the report, refused rows (file, line, reason, hash), how many posts it wrote, cut reposts whose original
    was not known when it was first read, why it could not be read on, and with what it was read."""

    report: FileReport
    refused: list[tuple[str, int, str, str]]
    posts: int
    first_stumps: list[Stump]
    problem: Problem | None = None
    beside: str = ""

    def document(self) -> Document:
        """As it is kept."""
        problem = self.problem and [type(self.problem).__name__, *_said(self.problem)]
        return {**_plain(self, "refused", "posts", "first_stumps", "beside"), "report": asdict(self.report), "problem": problem}

    @classmethod
    def of(cls, told: Document) -> "Gave":
        """From what was kept."""
        refused = [(file, line, reason, digest) for file, line, reason, digest in told["refused"]]
        stumps = [Stump(*one) for one in told["first_stumps"]]
        problem = _problem(*told["problem"]) if told["problem"] else None
        return cls(report_of(told["report"]), refused, told["posts"], stumps, problem, told["beside"])


@dataclass(slots=True)
class Merged:
    """What a range holds: how many posts, of which (platform, day), and of each file how many were new and how many known."""

    posts: int = 0
    days: list[tuple[str, str]] = field(default_factory=list)
    new: dict[str, int] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)

    def document(self) -> Document:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def of(cls, told: Document) -> "Merged":
        """From what was kept."""
        return cls(told["posts"], [(platform, day) for platform, day in told["days"]], told["new"], told["known"])


@dataclass(slots=True)
class Journal:
    """What is still to be done once all is merged: the days to write, the ranges that they come from, the parts that tell of
    authors, the files (name, SHA-256, bytes, format) with their reports, and refused rows (file, line, reason, hash)."""

    days: list[tuple[str, str]]
    ranges: list[int]
    parts: list[str]
    files: list[tuple[str, str, int, str, FileReport]]
    refused: list[tuple[str, int, str, str]]
    read_with: str = ""
    merged: int = 0

    def document(self) -> Document:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def of(cls, told: Document) -> "Journal":
        """From what was kept."""
        files = [(name, content, size, form, report_of(report)) for name, content, size, form, report in told["files"]]
        days = [(platform, day) for platform, day in told["days"]]
        refused = [(file, line, reason, digest) for file, line, reason, digest in told["refused"]]
        return cls(days, told["ranges"], told["parts"], files, refused, told["read_with"], told["merged"])


def report_of(told: Document) -> FileReport:
    """A report of a file from its document."""
    rejected = tuple((reason, count, tuple(lines)) for reason, count, lines in told["rejected"])
    withheld = tuple((reason, count) for reason, count in told["withheld"])
    return FileReport(**{**told, "rejected": rejected, "withheld": withheld})


def _plain(one: object, *names: str) -> Document:
    return {name: getattr(one, name) for name in names}


def _said(problem: Problem) -> tuple[str, str, str, str]:
    return problem.what, problem.why, problem.safe, problem.next_step


def _problem(kind: str, what: str, why: str, safe: str, next_step: str) -> Problem:
    known = getattr(problems, kind, IncompleteRun)
    made: Problem = known(what, why=why, safe=safe, next_step=next_step)
    return made
