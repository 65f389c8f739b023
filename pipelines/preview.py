"""What an import would do, without doing it (`import --dry-run`). Nothing is written anywhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.keeping import Known
from db.runs import name_for
from db.store import Store
from pipelines.paging import Handle, Key, Looking, NothingStored, Page, Rules
from pipelines.reading_exports import Reading, read_exports
from pipelines.running import Progress, quiet
from tracker.exports import ExportFormat
from tracker.matching import Matcher
from tracker.problems import Problem, TruncatedFile, UsageProblem
from tracker.records import Campaign, Found, Lacking, Post, TableMapping
from tracker.reports import FileReport

FIRST_ROWS = 3


@dataclass(frozen=True, slots=True)
class TablePreview:
    """How a table of the campaign's own is understood: what its columns are, and what its first rows become, each with its line
    (a post, or the reason why it is none)."""

    file: str
    mapping: TableMapping
    first_rows: tuple[tuple[int, Post | str], ...]


@dataclass(slots=True)
class Preview:
    """What each file would give, how the campaign's own tables are understood, and what could not be read."""

    files: list[FileReport] = field(default_factory=list)
    tables: list[TablePreview] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _AsIfKept:
    """The store as it would be after the pages seen so far."""

    looking: Looking
    show: Progress
    kept: dict[Key, Known] = field(default_factory=dict)
    written: dict[Handle, dict[str, str]] = field(default_factory=dict)

    def known(self, keys: Iterable[Key]) -> dict[Key, Known]:
        """What would be stored of these posts."""
        asked = list(keys)
        return self.looking.known(asked) | {key: self.kept[key] for key in asked if key in self.kept}

    def stored(self, keys: Iterable[Key]) -> set[Key]:
        """Which of these posts would be stored."""
        asked = list(keys)
        return self.looking.stored(asked) | (self.kept.keys() & set(asked))

    def written_by(self, handles: Iterable[Handle]) -> dict[Handle, list[tuple[str, str]]]:
        """What would be stored of these handles, reposts left out."""
        asked = set(handles)
        written = self.looking.written_by(asked)
        for handle in asked & self.written.keys():
            written[handle] = [*written.get(handle, ()), *self.written[handle].items()]
        return written

    def begin(self, name: str, content: str, size: int, chosen: ExportFormat) -> str:
        """The name by which an import would know the file."""
        return name_for(self.looking, name, content) if isinstance(self.looking, Store) else name

    def keep(self, page: Page, format_slug: str) -> None:
        """Remember what would be kept."""
        for item in page.kept:
            self.kept[item.post.key] = Known(0, item.day, item.post)
            author = item.post.author
            if author and author.handle and item.post.kind != "repost":
                texts = self.written.setdefault((author.platform, author.handle.lower()), {})
                texts[item.post.native_id] = item.post.text

    def progress(self, name: str, rows: int) -> None:
        """Show how far it is."""
        self.show(name, rows, None)

    def finish(self, report: FileReport) -> None:
        """Nothing is entered anywhere."""


def preview(
    campaign: Campaign,
    folder: DataFolder,
    paths: Sequence[Path],
    *,
    format_slug: str | None = None,
    progress: Progress = quiet,
) -> Preview:
    """Read every export in `paths` as an import would, against the store as it stands, and say what would come of it."""
    forgotten = Forgotten(folder) if folder.forgotten.exists() or folder.key.exists() else None
    rules = Rules(campaign, Matcher(campaign), forgotten)
    looking = Store.open(folder, readonly=True) if folder.exists() else NothingStored()
    results = read_exports(paths, rules, _AsIfKept(looking, progress), format_slug=format_slug)
    readings = [reading for result in results for reading in result.readings]
    tables = [
        TablePreview(reading.name, reading.format.mapping, _first_rows(reading, forgotten))
        for reading in readings
        if reading.format.mapping
    ]
    problems = [problem for result in results for problem in result.problems]
    return Preview([report for result in results for report in result.reports()], tables, problems)


def _first_rows(reading: Reading, forgotten: Forgotten | None) -> tuple[tuple[int, Post | str], ...]:
    try:
        with reading.opened.open() as stream:
            read = reading.format.read(stream, reading.opened.sibling)
            rows = list(islice((row for row in read if not isinstance(row, Lacking)), FIRST_ROWS))
    except (UsageProblem, TruncatedFile):
        return ()  # told already, as the file's problem
    return tuple((row.line, _shown(row.post, forgotten) if isinstance(row, Found) else row.reason) for row in rows)


def _shown(post: Post, forgotten: Forgotten | None) -> Post | str:
    return (forgotten.filtered(post) if forgotten else post) or "its author asked to be forgotten"
