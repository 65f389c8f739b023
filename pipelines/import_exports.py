"""Read export files into the store: recognise, read, filter, match, decide, keep; one transaction a page of rows.

A post can belong because it answers a post that stands later in the file, or in another file. So, once all files are read, a
file that held posts waiting for another one is read again if that other one has since been kept. Reading twice changes nothing
else.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from db.runs import begin_import, end_import, name_for
from pipelines.paging import Rules, Tally, read_page
from pipelines.running import Run
from tracker.exports import ExportFormat, by_slug, recognise
from tracker.exports.opening import Opened, open_export
from tracker.matching import Matcher
from tracker.problems import Interrupted, Problem, StorageProblem, TruncatedFile, UsageProblem, from_os_error
from tracker.records import FileReport, Row

ROWS_A_PAGE = 1000
MOST_READINGS = 5
"""How often one file is read at most, for conversations that reach back and forth between files."""


@dataclass(slots=True)
class _Reading:
    """A file that has been read in this run: how it opens, what it is called in the store, what it gave."""

    opened: Opened
    format: ExportFormat
    name: str
    import_id: int
    tally: Tally
    report: FileReport
    readings: int = 1


def import_exports(run: Run, paths: Sequence[Path], *, format_slug: str | None = None) -> list[FileReport]:
    """Import every export in `paths` (files, archives, folders). A file that cannot be read is a problem of the run; the
    others are still read. Returns a report a file."""
    rules = Rules(run.campaign, Matcher(run.campaign), run.forgotten)
    readings: list[_Reading] = []
    for path in every_file(paths):
        with problems_of(path, run.problems):
            digest, size = fingerprint(path)
            for opened in open_export(path):
                chosen = by_slug(format_slug) if format_slug else recognise(opened.head)
                inside = opened.name.removeprefix(path.name)
                content = hashlib.sha256(f"{digest}{inside}".encode()).hexdigest() if inside else digest
                name = name_for(run.store, opened.name, content)
                import_id = begin_import(
                    run.store, run.id, file=name, sha256=content, size=size, format_name=chosen.name, now=run.clock()
                )
                tally = Tally()
                read_into(run, opened, chosen, rules, tally, file=name)
                reading = _Reading(opened, chosen, name, import_id, tally, tally.report(name, chosen.name))
                end_import(run.store, import_id, reading.report)
                readings.append(reading)
                run.say(f"{name}: {chosen.name}, {tally.rows} rows, {tally.new} new")
    _read_waiting_again(run, rules, readings)
    reports = [reading.report for reading in readings]
    run.files += reports
    run.problems += [cut_short(report) for report in reports if report.truncated]
    return reports


def read_into(run: Run, opened: Opened, chosen: ExportFormat, rules: Rules, tally: Tally, *, file: str) -> None:
    """Read one export page by page into the store: raw items first, then the posts, their origins and the refused rows."""
    source = f"import:{chosen.slug}"
    for rows in pages_of(opened, chosen):
        run.stop.check()
        page = read_page(rows, rules, run.store, tally, file=file)
        if page.raws:
            run.raw.keep(page.raws, source=source, now=run.clock())
        if page.kept or page.refused:
            run.store.keep(page.kept, run.id, refused=page.refused)
        run.progress(file, tally.rows, None)


def pages_of(opened: Opened, chosen: ExportFormat) -> Iterator[list[Row]]:
    """The rows of an export, a page at a time."""
    with opened.open() as stream:
        rows = chosen.read(stream, opened.sibling)
        while page := list(islice(rows, ROWS_A_PAGE)):
            yield page


def _read_waiting_again(run: Run, rules: Rules, readings: list[_Reading]) -> None:
    """Read files again whose posts hang on a post that was kept after they were read, until nothing more is found."""
    pending = list(readings)
    while pending:
        again = [
            reading
            for reading in pending
            if reading.readings < MOST_READINGS and reading.tally.waiting and run.store.stored(reading.tally.waiting)
        ]
        for reading in again:
            tally = Tally()
            read_into(run, reading.opened, reading.format, rules, tally, file=reading.name)
            reading.readings += 1
            reading.tally = replace(
                tally, new=reading.tally.new + tally.new, known=reading.report.known, updated=reading.report.updated
            )
            found = reading.report.outside - tally.outside
            reading.report = reading.tally.report(reading.name, reading.format.name)
            end_import(run.store, reading.import_id, reading.report)
            if not found:
                reading.tally.waiting.clear()
        pending = again


def every_file(paths: Sequence[Path]) -> Iterator[Path]:
    """The files to read, in order: a folder stands for every file in and below it that is not hidden."""
    for path in paths:
        if not path.exists():
            raise UsageProblem(f"There is no file {path}.", next_step="Look at the name; a folder can be given too.")
        if path.is_dir():
            yield from sorted(f for f in path.rglob("*") if f.is_file() and not any(p.startswith(".") for p in f.parts))
        else:
            yield path


def fingerprint(path: Path) -> tuple[str, int]:
    """The SHA-256 (hex) and the size in bytes of a file: by these, not by its name, a file is known again."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


@contextmanager
def problems_of(path: Path, problems: list[Problem]) -> Iterator[None]:
    """A file that cannot be read is a problem noted, with its name; the files after it are still read."""
    try:
        yield
    except (Interrupted, StorageProblem):
        raise
    except Problem as problem:
        problems.append(problem)
    except OSError as error:
        told = from_os_error(error)
        if told is None or isinstance(told, StorageProblem):
            raise
        problems.append(told)


def cut_short(report: FileReport) -> TruncatedFile:
    """What to say of a file that ends in the middle."""
    kept = report.new + report.known + report.updated
    return TruncatedFile(
        f"{report.file} ends in the middle.",
        why=report.truncated,
        safe=f"The {kept} posts of its whole rows are kept.",
        next_step="Fetch the file again and import it; what is already there will not be doubled.",
    )
