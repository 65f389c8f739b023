"""Read export files into the store: recognise, read, filter, match, decide, keep; one transaction a page of rows.

A post can belong because it answers a post that stands later in the file, or in another file. So, once all files are read, a
file that held posts waiting for another one is read again if that other one has since been kept. Reading twice changes nothing
else.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from db.runs import begin_import, end_import, name_for
from pipelines.paging import Rules, Tally, read_page
from pipelines.running import Run
from tracker.exports import ExportFormat, by_slug, recognise
from tracker.exports.opening import Opened, export_files, open_export
from tracker.matching import Matcher
from tracker.problems import Interrupted, Problem, StorageProblem, TruncatedFile, UsageProblem, from_os_error
from tracker.records import FileReport, Row

ROWS_A_PAGE = 1000
MOST_READINGS = 5
"""How often one file is read at most, for conversations that reach back and forth between files."""


@dataclass(slots=True)
class Imported:
    """What came of one file that was handed over: a reading of each export in it, and what went wrong."""

    path: Path
    readings: "list[_Reading]" = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    """An export that has been read in this run: how it opens, what it is called in the store, what it gave."""

    opened: Opened
    format: ExportFormat
    name: str
    import_id: int
    tally: Tally
    report: FileReport
    readings: int = 1


def import_exports(run: Run, paths: Sequence[Path], *, format_slug: str | None = None) -> list[Imported]:
    """Import every export in `paths` (files, archives, folders). A file that cannot be read is a problem of the run; the
    others are still read. Returns what came of each file; the run holds a report an export."""
    rules = Rules(run.campaign, Matcher(run.campaign), run.forgotten)
    results: list[Imported] = []
    for path, where in list(every_file(paths)):
        result = Imported(path)
        results.append(result)
        with problems_of(path, result.problems):
            digest, size = fingerprint(path)
            for opened in open_export(path):
                chosen = by_slug(format_slug) if format_slug else recognise(opened.head)
                inside = opened.name.removeprefix(path.name)
                content = hashlib.sha256(f"{digest}{inside}".encode()).hexdigest() if inside else digest
                name = name_for(run.store, where + opened.name, content)
                import_id = begin_import(
                    run.store, run.id, file=name, sha256=content, size=size, format_name=chosen.name, now=run.clock()
                )
                tally = Tally()
                read_into(run, opened, chosen, rules, tally, file=name)
                reading = _Reading(opened, chosen, name, import_id, tally, tally.report(name, chosen.name))
                end_import(run.store, import_id, reading.report)
                result.readings.append(reading)
                run.say(f"{name}: {chosen.name}, {tally.rows} rows, {tally.new} new")
    readings = [reading for result in results for reading in result.readings]
    _read_waiting_again(run, rules, readings)
    for result in results:
        result.problems += [cut_short(reading.report) for reading in result.readings if reading.report.truncated]
        run.problems += result.problems
    run.files += [reading.report for reading in readings]
    return results


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
    """Read exports again whose rows hang on a post that was kept after they were read, until nothing more is found."""
    again = readings
    while again := [reading for reading in again if reading.readings < MOST_READINGS and _has_reason_now(run, reading)]:
        for reading in again:
            tally = Tally()
            read_into(run, reading.opened, reading.format, rules, tally, file=reading.name)
            reading.readings += 1
            newly = reading.tally.outside - tally.outside
            known = reading.tally.known + newly - tally.new - max(tally.updated - reading.tally.updated, 0)
            reading.tally = replace(
                tally, new=reading.tally.new + tally.new, known=known, updated=max(tally.updated, reading.tally.updated)
            )
            reading.report = reading.tally.report(reading.name, reading.format.name)
            end_import(run.store, reading.import_id, reading.report)


def _has_reason_now(run: Run, reading: _Reading) -> bool:
    return bool(reading.tally.waiting) and bool(run.store.stored(reading.tally.waiting))


def every_file(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """The files to read, in order, each with the folders that its name is shown with: a folder stands for what is in it."""
    for path in paths:
        if not path.exists():
            raise UsageProblem(f"There is no file {path}.", next_step="Look at the name; a folder can be given too.")
        if not path.is_dir():
            yield path, ""
            continue
        for file in export_files(path):
            yield file, f"{(path.name / file.relative_to(path).parent).as_posix()}/"


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
