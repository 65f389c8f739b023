"""Read export files: recognise, read, filter, match, decide. What is done with each page is the caller's: kept, or only counted.

A post can belong because it answers a post that stands later in the file, or in another file. So, once all files are read, a
file that held posts waiting for another one is read again if that other one has since been kept. Reading twice changes nothing
else.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from pipelines.paging import Looking, Page, Rules, Tally, found_now, read_page
from pipelines.reading_apart import ToRead, pages_of
from tracker.exports import ExportFormat, by_slug, known, meant_as, recognise
from tracker.exports.company import is_company, is_of_ning
from tracker.exports.empty import SLUG as EMPTY
from tracker.exports.head import Head
from tracker.exports.mapped import formats_with
from tracker.exports.opening import WORKBOOK, Opened, export_files, open_export
from tracker.exports.strangers import never_read
from tracker.problems import IncompleteRun, Interrupted, Problem, StorageProblem, TruncatedFile, UsageProblem, from_os_error
from tracker.reports import FileReport

PASSED_OVER = "no export, passed over"
SHORT_HEAD = 512
"""So many bytes of what is passed over are held: a folder may have thousands of pictures in it."""
GONE = (errno.ENOENT, errno.ENOTDIR, errno.ESTALE)
MOST_READINGS = 5
"""How often one file is read at most, for conversations that reach back and forth between files."""


@dataclass(slots=True)
class Reading:
    """One export that is read: how it opens, what it is called, the size (bytes) of the file it is in, what it gave so far.
    `failed`: why it was given up; `given`: what it is called now, where its content is known under another name."""

    opened: Opened
    format: ExportFormat
    name: str
    size: int
    tally: Tally = field(default_factory=Tally)
    readings: int = 1
    failed: str = ""
    given: str = ""

    def report(self) -> FileReport:
        """What the export gave, as it is shown."""
        report = replace(self.tally.report(self.name, self.format.name, self.format.lost), given=self.given)
        return replace(report, truncated=self.failed) if self.failed else report


@dataclass(slots=True)
class Imported:
    """What came of one file that was handed over: a reading of each export in it, and what went wrong. where: the folders that it
    is shown with, of which the first was handed over. passed_over: what lies beside exports and is none. deleted: the file is,
    for what it held of the forgotten."""

    path: Path
    where: str = ""
    readings: list[Reading] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    passed_over: list[Head] = field(default_factory=list)
    deleted: bool = False

    def reports(self) -> list[FileReport]:
        """What each export gave, and what was no export."""
        beside = (FileReport(f"{self.where}{shown_name(head.name)}", PASSED_OVER) for head in self.passed_over)
        return [*(reading.report() for reading in self.readings), *beside]


Look = Callable[[Path], tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Export:
    """An export as it was found: how it opens, its format, the SHA-256 of its content, the size (bytes) of the file it is in."""

    opened: Opened
    format: ExportFormat
    content: str
    size: int


class Keeping(Looking, Protocol):
    """What is done with what is read."""

    def begin(self, name: str, content: str, size: int, chosen: ExportFormat) -> str:
        """Take note of an export (its SHA-256 and size in bytes); give the name it goes by."""

    def keep(self, page: Page, format_slug: str) -> None:
        """Take what a page gives."""

    def progress(self, name: str, rows: int) -> None:
        """Hear how far the reading is, after each page."""

    def finish(self, report: FileReport) -> None:
        """Hear what the export gave; told again when it was read again."""


def read_exports(paths: Sequence[Path], rules: Rules, keeping: Keeping, *, format_slug: str | None) -> list[Imported]:
    """Read every export in `paths` (files, archives, folders). A file that cannot be read is a problem noted; the others are
    still read. Raises UsageProblem, before anything is read, for a path that is not there or a format that does not exist."""
    formats = formats_with(rules.campaign.tables)
    wanted = by_slug(format_slug, formats) if format_slug else None
    results = []
    for path, where in list(every_file(paths)):
        result = Imported(path, shown_name(where))
        results.append(result)
        for one in exports_in(result, where, wanted, formats):
            with problems_of(shown_name(where + one.opened.name), result.problems):
                given = shown_name(where + one.opened.name)
                given = rules.forgotten.name_of_file(given) if rules.forgotten else given
                name = keeping.begin(given, one.content, one.size, one.format)
                other = "" if name.startswith(given) else given
                result.readings.append(Reading(one.opened, one.format, name, one.size, given=other))
                _read(result.readings[-1], rules, keeping)
    _read_waiting_again([reading for result in results for reading in result.readings], rules, keeping)
    refuse_company_alone(results, formats)
    for result in results:
        result.problems += [cut_short(r.report()) for r in result.readings if r.tally.truncated and not r.failed]
    return results


def exports_in(
    result: Imported, where: str, wanted: ExportFormat | None, formats: Sequence[ExportFormat], look: "Look | None" = None
) -> Iterator[Export]:
    """The exports in the file of `result`, which lies in the folders `where`; what cannot be read is noted there. look: gives the
    SHA-256 and the size of a file."""
    path = result.path
    with problems_of(shown_name(where + path.name), result.problems):
        digest, size = (look or fingerprint)(path)
        for opened in open_export(path, formats, strangers=True):
            among = opened.beside or (where and not wanted and not known(opened.head, formats))
            if among and _is_passed_over(opened, formats):
                result.passed_over.append(Head.of(opened.head.name, opened.head.data[:SHORT_HEAD]))
                continue
            chosen = None
            with problems_of(shown_name(where + opened.name), result.problems):
                chosen = choose(opened.head, None if opened.beside else wanted, formats)
            if chosen is not None:
                inside = opened.name.removeprefix(path.name)
                content = hashlib.sha256(f"{digest}{inside}".encode(errors="surrogateescape")).hexdigest() if inside else digest
                yield Export(opened, chosen, content, size)


def _is_passed_over(opened: Opened, formats: Sequence[ExportFormat]) -> bool:
    """Whether what lies beside exports is named and let be: it holds no data, or is a sheet that was not meant to hold posts."""
    if opened.beside == WORKBOOK:
        return not meant_as(opened.head, formats)
    return is_company(opened.head) or is_of_ning(opened.head)


def refuse_company_alone(results: Sequence[Imported], formats: Sequence[ExportFormat]) -> None:
    """What a folder holds beside its exports is no problem where there are exports in it; else that is what was handed over. (Of
    an archive nothing is passed over unless there are.)"""
    with_exports = {result.where.partition("/")[0] for result in results if result.readings}
    for result in results:
        if result.passed_over and result.where and result.where.partition("/")[0] not in with_exports:
            for head in result.passed_over:
                with problems_of(f"{result.where}{shown_name(head.name)}", result.problems):
                    recognise(head, formats)
            result.passed_over = []


def _read(reading: Reading, rules: Rules, keeping: Keeping) -> None:
    """Read an export; where it has to be given up, what it gave until then is told too."""
    try:
        _read_into(reading, rules, keeping, reading.tally)
    except StorageProblem:
        raise
    except Problem as problem:
        reading.failed = problem.what
        keeping.finish(reading.report())
        raise
    keeping.finish(reading.report())


def _read_into(reading: Reading, rules: Rules, keeping: Keeping, tally: Tally) -> None:
    for rows in pages_of(ToRead(reading.opened, reading.format.slug, rules.campaign.tables, reading.size)):
        keeping.keep(read_page(rows, rules, keeping, tally, file=reading.name), reading.format.slug)
        keeping.progress(reading.name, tally.rows)


def _read_waiting_again(again: list[Reading], rules: Rules, keeping: Keeping) -> None:
    """Read exports again whose rows hang on a post that was kept after they were read, until nothing more is found."""
    while again := [reading for reading in again if _has_reason_now(reading, keeping)]:
        for reading in again:
            before, tally = reading.tally, Tally()
            _read_into(reading, rules, keeping, tally)
            newly = before.outside - tally.outside
            stays = before.known + newly - tally.new - max(tally.updated - before.updated, 0)
            reading.tally = replace(tally, new=before.new + tally.new, known=stays, updated=max(tally.updated, before.updated))
            reading.readings += 1
            keeping.finish(reading.report())


def _has_reason_now(reading: Reading, keeping: Keeping) -> bool:
    if reading.readings == MOST_READINGS or reading.failed:
        return False
    waiting, stumps = reading.tally.waiting, reading.tally.stumps
    return bool(waiting and keeping.stored(waiting)) or bool(stumps and found_now(stumps, keeping))


def choose(head: Head, wanted: ExportFormat | None, formats: Sequence[ExportFormat]) -> ExportFormat:
    """How a file that begins so is read: as it is recognised, or as `wanted` where nothing says that it is something else."""
    if wanted is None or never_read(head):
        return recognise(head, formats)
    found = known(head, formats)
    if found is None or wanted.recognise(head):
        return wanted
    if found.slug == EMPTY:
        return found
    raise UsageProblem(
        f"{shown_name(head.name)} was to be read as {wanted.name}, but it is {found.name}.",
        safe="Nothing of it was stored.",
        next_step=f"Leave --format out, or give --format {found.slug}.",
    )


def every_file(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """The files to read, in order, each with the folders that its name is shown with: a folder stands for what is in it, and
    for each folder in it that may not be looked into."""
    for path in paths:
        if not path.exists():
            raise UsageProblem(
                f"There is no file {shown_name(str(path))}.", next_step="Look at the name; a folder can be given too."
            )
        if path.is_dir():
            closed: list[Path] = []
            for _ in os.walk(path, onerror=lambda error, found=closed: found.append(Path(str(error.filename)))):  # type: ignore[misc]
                pass
            for file in [*export_files(path), *closed]:
                yield file, f"{(path.name / file.relative_to(path).parent).as_posix()}/"
        elif stat.S_ISREG(path.stat().st_mode):
            yield path, ""
        else:
            raise UsageProblem(
                f"{shown_name(str(path))} is a pipe or a device, not a file.",
                safe="Nothing was read.",
                next_step="To read what a program writes, give `-` and let it write to standard input.",
            )


def shown_name(name: str) -> str:
    """A file's name as it can be shown and stored: what is no text, or would break a line, is a U+FFFD."""
    return "".join(character if character.isprintable() else "\ufffd" for character in name)


def fingerprint(path: Path) -> tuple[str, int]:
    """The SHA-256 (hex) and the size in bytes of a file: by these, not by its name, a file is known again."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


@contextmanager
def problems_of(name: str, problems: list[Problem]) -> Iterator[None]:
    """A file that cannot be read is a problem noted, with its name; the files after it are still read."""
    try:
        yield
    except (Interrupted, StorageProblem):
        raise
    except Problem as problem:
        problems.append(_named(problem, name))
    except OSError as error:
        told = from_os_error(error) or _went_away(error)
        if told is None or isinstance(told, StorageProblem):
            raise
        problems.append(_named(told, name))


def _went_away(error: OSError) -> Problem | None:
    """What to say of a file that was there when the reading began, as those of a shared folder or a network drive may be."""
    if error.errno not in GONE or not error.filename or Path(error.filename).exists():
        return None
    return IncompleteRun(
        "It went away before it was read.",
        why="Another program moved, renamed or deleted it, or the drive on which it lies was taken off.",
        safe="The other files are read.",
        next_step="Import it again from where it lies now.",
    )


def _named(problem: Problem, name: str) -> Problem:
    """The problem, beginning with the name of the file as the reader knows it."""
    what = shown_name(problem.what)
    base = name.rpartition("/")[2]
    if what.startswith(base):
        problem.what = name + what.removeprefix(base)
    else:
        problem.what = what if name in what else f"{name}: {what}"
    problem.why = shown_name(problem.why)
    return problem


def cut_short(report: FileReport) -> TruncatedFile:
    """What to say of a file that cannot be read to its end."""
    kept = report.new + report.known + report.updated
    posts = "1 post" if kept == 1 else f"{kept:,} posts"
    return TruncatedFile(
        f"{report.file} {'is damaged' if 'damaged' in report.truncated else 'ends in the middle'}.",
        why=f"{report.truncated[:1].upper()}{report.truncated[1:]}.",
        safe=f"The whole rows before that are used: {posts} of the campaign.",
        next_step="Fetch the file again and import it; what is already there will not be doubled.",
    )
