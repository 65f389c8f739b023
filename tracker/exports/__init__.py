"""The export formats that are read, one file each. A new one is a new file and a line in FORMATS.

Each has NAME (for people), SLUG (for commands), LOST (what every such file lacks, in a sentence, which is stored with each import
and shown on the page "What is missing"), `recognise(head)`, which looks at the content alone, and `read(stream, sibling)`, which
gives the rows; a table also has COLUMNS, by which it is told. `sibling(name)` opens a file that lies beside, or gives None. What
one file alone lacks is a row `Lacking`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import BinaryIO

from tracker.exports import (
    bluesky_car,
    bluesky_json,
    brandwatch,
    communalytic,
    discourse_json,
    dmi_tcat,
    empty,
    extension_csv,
    feed_file,
    fourcat,
    fourcat_json,
    mastodon_outbox,
    mastodon_statuses,
    meltwater,
    ning,
    reddit_dump,
    sfm,
    tags,
    twarc2,
    twarc_csv,
    twitter_v1,
    wordpress_csv,
    wordpress_wxr,
    x_archive,
    zeeschuimer,
)
from tracker.exports.columns import Columns
from tracker.exports.head import Head
from tracker.exports.strangers import begins_packed, looks_like, never_read
from tracker.exports.tables import MOST_ABOVE, SHEET, headers
from tracker.exports.unpacking import cut_short
from tracker.problems import UnknownFormat, UsageProblem
from tracker.records import Row, TableMapping, Truncated

Sibling = Callable[[str], BinaryIO | None]


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One format: what it is called, how it is recognised and read, and what is lost in every file of it; for a campaign's own
    table, what its columns are."""

    name: str
    slug: str
    recognise: Callable[[Head], bool]
    rows: Callable[[BinaryIO, Sibling], Iterator[Row]]
    lost: str = ""
    mapping: TableMapping | None = None
    columns: tuple[Columns, ...] = ()

    def read(self, stream: BinaryIO, sibling: Sibling) -> Iterator[Row]:
        """The rows of a file. Where it ends in the middle, or its packing is damaged, the last one is Truncated.

        Raises UsageProblem for what cannot be read at all; the rows before that were given."""
        line = 0
        for row in self.rows(stream, sibling):
            line = row.line
            if isinstance(row, Truncated):
                yield Truncated(cut_short(stream) or row.reason, line)
                return
            yield row
        if reason := cut_short(stream):
            yield Truncated(reason, line)


def _format(module: ModuleType) -> ExportFormat:
    columns = getattr(module, "COLUMNS", ())
    return ExportFormat(module.NAME, module.SLUG, module.recognise, module.read, module.LOST, columns=columns)


FORMATS = tuple(
    map(
        _format,
        (
            empty,
            zeeschuimer,
            fourcat_json,
            twarc2,
            twitter_v1,
            twarc_csv,
            tags,
            extension_csv,
            dmi_tcat,
            sfm,
            fourcat,
            brandwatch,
            meltwater,
            communalytic,
            x_archive,
            mastodon_outbox,
            mastodon_statuses,
            bluesky_json,
            bluesky_car,
            reddit_dump,
            feed_file,
            wordpress_wxr,
            wordpress_csv,
            discourse_json,
            ning,
        ),
    )
)


def known(head: Head, formats: Sequence[ExportFormat] = FORMATS) -> ExportFormat | None:
    """The format of a file that begins so, or None."""
    return next((one for one in formats if one.recognise(head)), None)


def recognise(head: Head, formats: Sequence[ExportFormat] = FORMATS) -> ExportFormat:
    """The format of a file that begins so. Raises UnknownFormat, which says what it looks like instead."""
    found = known(head, formats)
    if found is None:
        raise UnknownFormat(
            f"{head.name} is no export that can be read: it {meant_as(head, formats) or looks_like(head)}.",
            safe="Nothing of it was stored.",
            next_step="Import the other files of the archive; keep this one where only those who need it can open it."
            if never_read(head)
            else f"Known formats: {_names(formats)}. docs/imports.md says how to get each, and how another table is read.",
        )
    return found


def meant_as(head: Head, formats: Sequence[ExportFormat]) -> str:
    """Of a file that was meant to be of a known format, in which line it begins, or of a table which columns are missing; '' for
    any other file."""
    if begins_packed(head.data) or (head.keys and not head.text.startswith(SHEET)) or head.text.lstrip().startswith("<"):
        return ""
    if below := _below_others(head, formats):
        return below
    columns = [one for each in formats for one in each.columns]
    near = {one.seen(names): (one, names) for names in headers(head.table) for one in columns if one.nearly(names)}
    if not near:
        return ""
    one, names = near[max(near)]
    lacking = ", ".join(one.missing(names))
    return f"looks like a table of {one.format}, but has no column {lacking}"


def _below_others(head: Head, formats: Sequence[ExportFormat]) -> str:
    """Of a file whose first line is a title or the like, in which line its columns stand, or its posts begin."""
    others = [one for one in formats if one.slug != empty.SLUG]
    for at, line in enumerate(head.table.splitlines(keepends=True)[1 : MOST_ABOVE + 1], 2):
        if found := known(Head.of(head.name, line.encode()), others):
            what = "the columns" if found.columns else "the beginning"
            return f"has {what} of {found.name} in line {at}, not in the first; delete what stands above and import it again"
    return ""


def by_slug(slug: str, formats: Sequence[ExportFormat] = FORMATS) -> ExportFormat:
    """The format that is asked for by its short name. Raises UsageProblem with the names that there are."""
    for one in formats:
        if one.slug == slug:
            return one
    slugs = ", ".join(one.slug for one in formats if one.slug != empty.SLUG)
    raise UsageProblem(f"There is no format {slug!r}.", next_step=f"Use one of: {slugs}; or leave --format out.")


def _names(formats: Sequence[ExportFormat]) -> str:
    return "; ".join(one.name for one in formats if one.slug != empty.SLUG)
