"""Import export files into the store, one transaction a page of rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from db.keeping import Known
from db.runs import begin_import, end_import, name_for
from pipelines.leftovers import Tombstones, delete_with
from pipelines.paging import Handle, Key, Page, Rules
from pipelines.reading_apart import few_collections
from pipelines.reading_exports import Imported, read_exports, shown_name
from pipelines.running import Run
from tracker.exports import ExportFormat
from tracker.matching import Matcher
from tracker.reports import FileReport
from tracker.telling import count

DELETED = "deleted from the inbox after reading: it holds something of who asked to be forgotten"
NOT_READ = "could not be read"
NOT_OURS = "the file still holds them: it lies outside the inbox, so delete it yourself"


@dataclass(slots=True)
class _IntoStore:
    """Keeps what is read: raw items first, then the posts, their origins and the refused rows."""

    run: Run
    imports: dict[str, int] = field(default_factory=dict)

    def known(self, keys: Iterable[Key]) -> dict[Key, Known]:
        """What is stored of these posts."""
        return self.run.store.known(keys)

    def stored(self, keys: Iterable[Key]) -> set[Key]:
        """Which of these posts are stored."""
        return self.run.store.stored(keys)

    def written_by(self, handles: Iterable[Handle]) -> dict[Handle, list[tuple[str, str]]]:
        """The stored posts of these handles that are no reposts."""
        return self.run.store.written_by(handles)

    def begin(self, name: str, content: str, size: int, chosen: ExportFormat) -> str:
        """Enter a file that is about to be read, under the name by which its content is known."""
        run = self.run
        name = name_for(run.store, name, content)
        self.imports[name] = begin_import(
            run.store,
            run.id,
            file=name,
            sha256=content,
            size=size,
            format_name=chosen.name,
            lost=chosen.lost,
            now=run.clock(),
        )
        return name

    def keep(self, page: Page, format_slug: str) -> None:
        """Write a page, unless the run was told to stop."""
        run = self.run
        run.stop.check()
        if page.raws:
            run.raw.keep(page.raws, source=f"import:{format_slug}", now=run.clock())
        if page.kept or page.refused:
            run.store.keep(page.kept, run.id, refused=page.refused)

    def progress(self, name: str, rows: int) -> None:
        """Show how far it is."""
        self.run.progress(name, rows, None)

    def finish(self, report: FileReport) -> None:
        """Enter what a file gave."""
        end_import(self.run.store, self.imports[report.file], report)
        self.run.say(f"{report.called}: {report.format}, {count(report.rows, 'row')}, {report.new} new")


def import_exports(run: Run, paths: Sequence[Path], *, format_slug: str | None = None) -> list[Imported]:
    """Import every export in `paths` (files, archives, folders). A file that cannot be read is a problem of the run; the
    others are still read. Returns what came of each file; the run holds a report an export."""
    rules = Rules(run.campaign, Matcher(run.campaign), run.forgotten)
    with few_collections():
        results = read_exports(paths, rules, _IntoStore(run), format_slug=format_slug)
    for result in results:
        run.problems += result.problems
        run.files += _told(run, result)
    return results


def _told(run: Run, result: Imported) -> list[FileReport]:
    """What a file gave. One of the inbox that holds something of who asked to be forgotten, whether or not it could be read, is
    deleted (one of another place is not ours), and that is said."""
    reports = result.reports()
    held = ""
    if run.folder.inbox.resolve() in result.path.resolve().parents:
        if run.forgotten.count() and delete_with(Tombstones(run.forgotten), result.path):
            held, result.deleted = DELETED, True
    elif any(report.forgotten for report in reports):
        held = NOT_OURS
    first, *others = reports or [FileReport(shown_name(result.path.name), NOT_READ)]
    return [replace(first, held=held), *others] if held else reports
