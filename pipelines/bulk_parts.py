"""What `bulk` reads: the parts of the files that were handed over, and what each part gives. A part is read by whichever process
has time; it writes what belongs to the debate beside the other parts, whole or not at all, and reading it again gives the same.

A post can belong because it hangs on one in another part, and a cut repost can be told by one in another part. So each part notes
what its outside posts hang on, as numbers, and is read again with what is known by then (`Beside`). Nothing of posts that do
not belong is written.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import chain
from pathlib import Path

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.keeping import Known
from db.post_files import Authors, Work
from db.post_rows import Sighting, key_hash, seen
from pipelines.bulk_telling import Gave
from pipelines.paging import LINES_SHOWN, Handle, Key, Rules, Tally, read_page
from pipelines.reading_apart import BYTES_A_PAGE, ROWS_A_PAGE, few_collections, in_pages
from pipelines.reading_exports import (
    Export,
    Imported,
    Reading,
    every_file,
    exports_in,
    fingerprint,
    refuse_company_alone,
    shown_name,
)
from tracker.exports import ExportFormat, by_slug
from tracker.exports.cutting import Cut, can_be_cut, cuts_of, rows_of_cut
from tracker.exports.mapped import formats_with
from tracker.exports.opening import open_export
from tracker.matching import Matcher
from tracker.problems import Problem, StorageProblem, from_os_error, os_errors
from tracker.records import Campaign, Found, Post, Row
from tracker.reports import FileReport, sentences

PART_BYTES = 64 * 1024 * 1024
MOST_OF_ONE_PART = 1_000_000
"""So many posts of a part are remembered while it is read, for those that answer them further down."""
REFUSED_TOLD = 1000
"""So many refused rows of a part are entered one by one; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an export: its number (the content and the place in it), the file it lies in, what it is called within, under
    which name it is known, its format, and where it was cut; None where the export is one part."""

    id: str
    path: Path
    opened: str
    file: str
    slug: str
    cut: Cut | None = None


@dataclass(slots=True)
class Source:
    """An export that was handed over: its name, SHA-256, size in bytes and format, and its parts."""

    name: str
    content: str
    size: int
    format: ExportFormat
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Setting:
    """What every process needs to know: the campaign, where the posts are kept, and other folders whose tombstones hold too."""

    campaign: Campaign
    folder: DataFolder
    heeding: tuple[DataFolder, ...] = ()


def rules_of(setting: Setting) -> str:
    """Tells whether parts are read by the same campaign, without the same people."""
    digest = sha256(repr(replace(setting.campaign, folder="")).encode())
    for folder in (setting.folder, *setting.heeding):
        with closing(Forgotten(folder)) as forgotten:
            digest.update(forgotten.fingerprint_of_all().encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known from elsewhere: numbers of posts that belong, and what some handles wrote (native id, text)."""

    posts: frozenset[int] = frozenset()
    written: tuple[tuple[Handle, tuple[tuple[str, str], ...]], ...] = ()

    def sign(self) -> str:
        """Tells whether a part was read with the same."""
        return sha256(json.dumps([sorted(self.posts), self.written]).encode()).hexdigest()[:16]


Named = Callable[[str, Export], str]
"""(the name as it was handed over, the export) -> the name by which its content is known."""


# ---- what there is to read ---------------------------------------------------------------------------------------------------


def sources_in(
    paths: Sequence[Path], campaign: Campaign, named: Named, *, format_slug: str | None, part_bytes: int
) -> tuple[list[Source], list[Imported]]:
    """The exports in `paths`, cut into parts where their format allows it; and what could not be taken, by file. named: gives the
    name by which an export is known. Raises as read_exports does."""
    formats = formats_with(campaign.tables)
    wanted = by_slug(format_slug, formats) if format_slug else None
    sources: list[Source] = []
    results = []
    for path, where in list(every_file(paths)):
        result = Imported(path, shown_name(where))
        results.append(result)
        cuts: list[Cut] = []

        def look(file: Path, cuts: list[Cut] = cuts) -> tuple[str, int]:
            if file.stat().st_size <= part_bytes:
                return fingerprint(file)
            digest, found = cuts_of(file, part_bytes)
            cuts.extend(found)
            return digest, file.stat().st_size

        for one in exports_in(result, where, wanted, formats, look):
            name = named(shown_name(where + one.opened.name), one)
            source = Source(name, one.content, one.size, one.format)
            result.readings.append(Reading(one.opened, one.format, name, one.size))
            apart = len(cuts) > 1 and one.opened.name == path.name and can_be_cut(path, one.opened.head, one.format)
            places: Iterable[Cut | None] = cuts if apart else [None]
            source.parts = [
                Part(f"{one.content[:32]}-{_place(cut)}", path.resolve(), one.opened.name, name, one.format.slug, cut)
                for cut in places
            ]
            sources.append(source)
    refuse_company_alone(results, formats)
    return sources, results


def refuse_missing(paths: Sequence[Path]) -> None:
    """Raise UsageProblem where one of the paths is not there, before anything is begun."""
    for _ in every_file(paths):
        pass


def _place(cut: Cut | None) -> str:
    return "whole" if cut is None else f"{cut.begin}-{cut.end}"


# ---- reading one part --------------------------------------------------------------------------------------------------------


def read_part(setting: Setting, part: Part, beside: Beside) -> Gave:
    """Read a part and write what of it belongs; where that was done with the same beside it, only tell what came of it. What
    cannot be read on is told in what comes back. Raises StorageProblem where it cannot be written."""
    os.umask(0o077)
    work = Work(setting.folder)
    told = work.told(part.id)
    before = Gave.of(told) if told is not None else None
    if before is not None and before.beside == beside.sign():
        return before
    with ExitStack() as opened, few_collections(), os_errors():
        forgotten = [Forgotten(folder) for folder in (setting.folder, *setting.heeding)]
        for each in forgotten:
            opened.callback(each.close)
        reading = _Reading(setting, part, beside, forgotten)
        work.keep_sightings(part.id, reading.tables())
        work.keep_authors(part.id, reading.authors)
        if not work.waiting_file(part.id).is_file():
            work.keep_waiting(part.id, (key_hash(*key) for key in reading.tally.waiting))
        gave = reading.gave()
        if before is not None:
            gave.first_stumps = before.first_stumps
        work.tell(part.id, gave.document())
    return gave


class _Reading:
    """One part that is read. `authors` and `tally` grow as it goes."""

    def __init__(self, setting: Setting, part: Part, beside: Beside, forgotten: Sequence[Forgotten]) -> None:
        self._part, self._beside = part, beside
        self._formats = formats_with(setting.campaign.tables)
        self._format = by_slug(part.slug, self._formats)
        self._rules = Rules(setting.campaign, Matcher(setting.campaign), forgotten[0])
        self._others = forgotten[1:]
        self._written = dict(beside.written)
        self._mine: set[int] = set()
        self._refused: list[tuple[str, int, str, str]] = []
        self._posts = 0
        self._problem: Problem | None = None
        self.authors = Authors()
        self.tally = Tally()

    def known(self, keys: Iterable[Key]) -> dict[Key, Known]:
        """What is stored: no part knows of another's posts; they are merged later."""
        return {}

    def stored(self, keys: Iterable[Key]) -> set[Key]:
        """Which of these are known to belong: from elsewhere, or from further up in this part."""
        return {key for key in keys if (number := key_hash(*key)) in self._beside.posts or number in self._mine}

    def written_by(self, handles: Iterable[Handle]) -> dict[Handle, list[tuple[str, str]]]:
        """What these handles wrote elsewhere."""
        return {handle: list(self._written[handle]) for handle in handles if handle in self._written}

    def tables(self) -> Iterator[list[Sighting]]:
        """What belongs, a page at a time."""
        try:
            for rows in in_pages(self._rows(), ROWS_A_PAGE, BYTES_A_PAGE):
                page = read_page(self._heeded(rows), self._rules, self, self.tally, file=self._part.file)
                self._refused += page.refused[: REFUSED_TOLD - len(self._refused)]
                self._posts += len(page.kept)
                for kept in page.kept:
                    self.authors.saw(kept.sightings)
                if len(self._mine) < MOST_OF_ONE_PART:
                    self._mine.update(key_hash(*kept.post.key) for kept in page.kept)
                yield [seen(kept) for kept in page.kept]
        except StorageProblem:
            raise
        except Problem as problem:
            self._problem = problem
        except OSError as error:
            told = from_os_error(error)
            if told is None or isinstance(told, StorageProblem):
                raise
            self._problem = told

    def _rows(self) -> Iterator[Row]:
        part = self._part
        if part.cut is not None:
            yield from rows_of_cut(part.path, part.cut, self._format)
            return
        opened = next(one for one in open_export(part.path, self._formats) if one.name == part.opened)
        with opened.open() as stream:
            yield from self._format.read(stream, opened.sibling)

    def _heeded(self, rows: Sequence[Row]) -> list[Row]:
        """The rows without what other folders say is to stay forgotten."""
        left: list[Row] = []
        for row in rows:
            heeded = self._heeded_post(row) if isinstance(row, Found) and self._others else row
            if heeded is None:
                self.tally.rows += 1
                self.tally.forgotten += 1
            else:
                left.append(heeded)
        return left

    def _heeded_post(self, row: Found) -> Found | None:
        post: Post | None = row.post
        for other in self._others:
            post = other.filtered(post) if post is not None else None
        return None if post is None else row if post is row.post else replace(row, post=post, wording=None)

    def gave(self) -> Gave:
        """What came of it."""
        report = self.tally.report(self._part.file, self._format.name, self._format.lost)
        if self._problem is not None:
            report = replace(report, truncated=self._problem.what)
        stumps = sorted(self.tally.stumps)
        return Gave(report, self._refused, self._posts, stumps, self._problem, self._beside.sign())


def one_report(reports: Sequence[FileReport]) -> FileReport:
    """The report of a file whose parts gave these."""
    rejected: dict[str, tuple[int, tuple[int, ...]]] = {}
    withheld: Counter[str] = Counter()
    for report in reports:
        for reason, count, lines in report.rejected:
            before, shown = rejected.get(reason, (0, ()))
            rejected[reason] = (before + count, (*shown, *lines)[:LINES_SHOWN])
        withheld.update(dict(report.withheld))
    sums = {name: sum(getattr(one, name) for one in reports) for name in ("rows", "outside", "forgotten")}
    said = dict.fromkeys(chain.from_iterable(sentences(one.lost) for one in reports))
    return FileReport(
        file=reports[0].file,
        format=reports[0].format,
        **sums,
        rejected=tuple((reason, *rest) for reason, rest in sorted(rejected.items(), key=lambda one: -one[1][0])),
        withheld=tuple(withheld.most_common()),
        truncated=next((one.truncated for one in reports if one.truncated), ""),
        first_post=min((one.first_post for one in reports if one.first_post), default=None),
        last_post=max((one.last_post for one in reports if one.last_post), default=None),
        lost=" ".join(said),
    )
