"""What an import would do, without doing it (`import --dry-run`). Nothing is written anywhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.keeping import Known
from db.store import Store
from pipelines.import_exports import cut_short, every_file, pages_of, problems_of
from pipelines.paging import Key, Looking, NothingStored, Rules, Tally, read_page
from pipelines.running import Progress, quiet
from tracker.exports import by_slug, recognise
from tracker.exports.opening import open_export
from tracker.matching import Matcher
from tracker.problems import Problem
from tracker.records import Campaign, FileReport


@dataclass(slots=True)
class Preview:
    """What each file would give, and what could not be read."""

    files: list[FileReport] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _AsIfKept:
    """The store as it would be after the pages seen so far."""

    looking: Looking
    kept: dict[Key, Known] = field(default_factory=dict)

    def known(self, keys: Iterable[Key]) -> dict[Key, Known]:
        """What would be stored of these posts."""
        asked = list(keys)
        return self.looking.known(asked) | {key: self.kept[key] for key in asked if key in self.kept}

    def stored(self, keys: Iterable[Key]) -> set[Key]:
        """Which of these posts would be stored."""
        asked = list(keys)
        return self.looking.stored(asked) | (self.kept.keys() & set(asked))


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
    looking = _AsIfKept(Store.open(folder, readonly=True) if folder.exists() else NothingStored())
    seen = Preview()
    for path, where in every_file(paths):
        with problems_of(path, seen.problems):
            for opened in open_export(path):
                chosen = by_slug(format_slug) if format_slug else recognise(opened.head)
                tally = Tally()
                for rows in pages_of(opened, chosen):
                    page = read_page(rows, rules, looking, tally, file=where + opened.name)
                    looking.kept |= {item.post.key: Known(0, item.day, item.post) for item in page.kept}
                    progress(where + opened.name, tally.rows, None)
                seen.files.append(tally.report(where + opened.name, chosen.name))
    seen.problems += [cut_short(report) for report in seen.files if report.truncated]
    return seen
