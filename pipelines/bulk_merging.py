"""The second and third part of `bulk`: what the parts gave is merged, read by the model and put into the folders of its days.

Posts are shared out by their numbers, so that all sightings of one come together; each range is merged by the same rule as in the
store (tracker.deciding), read and written by whichever process has time. Doing any of it twice gives the same.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from db.post_files import Work, day_file, day_files, replace_file, write_table
from db.post_rows import DECIDED, SIGHTING, Sighting, posts_table, sightings_of, sightings_table, with_text, with_times
from db.post_shelves import Numbers, as_numbers, is_among, numbers_in, read_by_number, read_days, write_by_day, write_by_number
from pipelines.bulk_parts import Setting
from pipelines.bulk_telling import Merged
from tracker.counting import local_day
from tracker.deciding import merge
from tracker.matching import Matcher
from tracker.messages import NOTHING_COMPARED, wording_of
from tracker.problems import os_errors
from tracker.records import Counts, Reading, Wording
from tracker.themes import ThemeModel, load_model

POSTS_AT_ONCE = 10_000
"""So many posts of a range are objects of Python at once, while they are read."""
REMEMBERED = 50_000
"""So many texts that were reposted are remembered with their reading, about 1 KB each."""


@dataclass(frozen=True, slots=True)
class Range:
    """Posts whose numbers lie from `begin` up to `end`."""

    number: int
    begin: int
    end: int


# ---- merging and reading -----------------------------------------------------------------------------------------------------


def merge_range(setting: Setting, each: Range, parts: Sequence[str], model: str) -> Merged:
    """Merge what the parts gave of a range with what is kept of it, read it, and write it."""
    os.umask(0o077)
    work = Work(setting.folder)
    known = work.told(f"merged-{each.number:05d}")
    if known is not None:
        return Merged.of(known)
    with os_errors():
        kept = read_by_number(work.touched_file(), each.begin, each.end)
        fresh = [read_by_number(work.sighting_file(part), each.begin, each.end) for part in parts]
        merged = Merged()
        table = _merged(kept, pa.concat_tables([SIGHTING.empty_table(), *fresh]), merged)
        posts = _read(table, setting, _reader(setting.folder.model, model))
        merged.posts = posts.num_rows
        merged.days = sorted(set(zip(posts["platform"].to_pylist(), posts["day"].to_pylist(), strict=True)))
        order = [("day", "ascending"), ("platform", "ascending"), ("created_at", "ascending"), ("native_id", "ascending")]
        replace_file(work.merged_file(each.number), lambda fresh: write_by_day(fresh, posts.sort_by(order)))
        work.tell(f"merged-{each.number:05d}", merged.document())
    return merged


def _merged(kept: pa.Table, fresh: pa.Table, merged: Merged) -> pa.Table:
    """One row a post. What stands once is taken as it is."""
    table = pa.concat_tables([kept, fresh])
    numbers = as_numbers(table["h"])
    _, place, often = np.unique(numbers, return_inverse=True, return_counts=True)
    several = often[place] > 1
    alone = ~several
    is_old = np.arange(table.num_rows) < kept.num_rows
    for origins in table.filter(pa.array(alone & ~is_old))["origins"].to_pylist():
        _count(((one["file"], one["line"]) for one in origins), merged, of_old=False)
    together: dict[tuple[str, str], Sighting] = {}
    for one, old in zip(sightings_of(table.filter(pa.array(several))), is_old[several].tolist(), strict=True):
        before = together.get(one.post.key)
        if not old:
            _count(one.origins, merged, of_old=before is not None)
        together[one.post.key] = one if before is None else _one(before, one)
    return pa.concat_tables([table.filter(pa.array(alone)), sightings_table(list(together.values()))])


def _count(origins: Iterable[tuple[str, int]], merged: Merged, *, of_old: bool) -> None:
    for file, _ in origins:
        counted = merged.known if of_old else merged.new
        counted[file] = counted.get(file, 0) + 1
        of_old = True


def _one(one: Sighting, other: Sighting) -> Sighting:
    """One post from two sightings, with what both say beside it."""
    matches = tuple(dict.fromkeys((*one.matches, *other.matches)))
    if any(rule != "conversation" for rule, _ in matches):
        matches = tuple(match for match in matches if match[0] != "conversation")
    return Sighting(
        merge(one.post, other.post),
        _counts((*one.counts, *other.counts)),
        matches,
        tuple(dict.fromkeys((*one.origins, *other.origins))),
    )


def _counts(all_of_them: Iterable[Counts]) -> tuple[Counts, ...]:
    """One a moment, each number the greatest that was seen then."""
    known: dict[str, Counts] = {}
    for counts in all_of_them:
        at = counts.seen_at or ""
        before = known.get(at)
        known[at] = counts if before is None else _greatest(before, counts)
    return tuple(known[at] for at in sorted(known))


def _greatest(one: Counts, other: Counts) -> Counts:
    names = ("likes", "reposts", "replies", "quotes", "views")
    pairs = {name: [n for n in (getattr(one, name), getattr(other, name)) if n is not None] for name in names}
    return Counts(one.seen_at, **{name: max(numbers, default=None) for name, numbers in pairs.items()})


def _read(table: pa.Table, setting: Setting, reader: "_Reader") -> pa.Table:
    """The posts with all that is found out of each by itself."""
    slices = [table.slice(first, POSTS_AT_ONCE) for first in range(0, max(1, table.num_rows), POSTS_AT_ONCE)]
    return pa.concat_tables([_read_some(some, setting, reader) for some in slices])


def _read_some(table: pa.Table, setting: Setting, reader: "_Reader") -> pa.Table:
    columns = ("platform", "native_id", "url", "text", "truncated", "links", "kind", "created_at", "author_handle")
    told = {name: table[name].to_pylist() for name in columns}
    matcher, zone = Matcher(setting.campaign), setting.campaign.timezone
    wordings: list[Wording] = [
        NOTHING_COMPARED
        if kind == "repost"
        else wording_of(platform, native_id, url, text, truncated=truncated, links=sorted(set(links)))
        for platform, native_id, url, text, truncated, links, kind in zip(*(told[name] for name in columns[:7]), strict=True)
    ]
    return posts_table(
        table,
        days=[local_day(at, zone) for at in told["created_at"]],
        own=[matcher.is_ours(platform, handle) for platform, handle in zip(told["platform"], told["author_handle"], strict=True)],
        wordings=wordings,
        readings=reader.read(told["text"], told["kind"]),
        model=reader.model.card.name,
    )


class _Reader:
    """The model, and what it made of texts that are reposted: most posts of a debate repeat what others wrote."""

    def __init__(self, model: ThemeModel) -> None:
        self.model = model
        self._known: dict[str, Reading] = {}

    def read(self, texts: Sequence[str], kinds: Sequence[str]) -> list[Reading]:
        """What the model makes of each text; it is asked once for those that are the same."""
        asked = [text for text in dict.fromkeys(texts) if text not in self._known]
        fresh = dict(zip(asked, self.model.read(asked), strict=True))
        found = [self._known[text] if text in self._known else fresh[text] for text in texts]
        if len(self._known) > REMEMBERED:
            self._known.clear()
        self._known.update((text, one) for text, kind, one in zip(texts, kinds, found, strict=True) if kind == "repost")
        return found


@lru_cache(maxsize=1)
def _reader(folder: Path, name: str) -> _Reader:
    """The model of this name, kept for as long as the process reads with it."""
    return _Reader(load_model(folder))


# ---- what is kept already ----------------------------------------------------------------------------------------------------


def take_touched(setting: Setting, numbers: Numbers, *, all_of_them: bool) -> tuple[int, set[tuple[str, str]]]:
    """Write the kept posts that have one of these numbers (in order), to be merged with what is new; returns how many those are,
    and their (platform, day)."""
    work = Work(setting.folder)
    days: set[tuple[str, str]] = set()
    kept = 0

    def touched() -> Iterator[pa.Table]:
        nonlocal kept
        for platform, day, path in day_files(setting.folder):
            there = as_numbers(pq.read_table(path, columns=["h"], partitioning=None)["h"])
            wanted = np.ones(len(there), dtype=bool) if all_of_them else is_among(there, numbers)
            if wanted.any():
                days.add((platform, day))
                kept += int(wanted.sum())
                yield as_sightings(platform, path).filter(pa.array(wanted))

    replace_file(work.touched_file(), lambda fresh: write_by_number(fresh, SIGHTING, touched()))
    return kept, days


def as_sightings(platform: str, path: Path) -> pa.Table:
    """The posts of a platform and a day as they would be seen again."""
    table = with_text(pq.read_table(path, partitioning=None))
    table = table.append_column("platform", pa.array([platform] * table.num_rows, type=pa.string()))
    return table.select(SIGHTING.names).cast(SIGHTING)


# ---- into the folders of the days --------------------------------------------------------------------------------------------


def lay_out(setting: Setting, days: Sequence[tuple[str, str]], ranges: Sequence[int]) -> int:
    """Write the posts of some (platform, day) into their folders: what is merged, and what was there and is not touched. Returns
    how many posts these are."""
    os.umask(0o077)
    work = Work(setting.folder)
    first, last = min(day for _, day in days), max(day for _, day in days)
    with os_errors():
        merged = None
        if ranges:
            merged = pa.concat_tables([read_days(work.merged_file(number), first, last) for number in ranges]).combine_chunks()
        touched = np.unique(numbers_in(work.touched_file()))
        total = 0
        for platform, day in days:
            total += _lay_out_day(setting, platform, day, merged, touched)
    return total


def decide_as_originals(setting: Setting, days: Sequence[tuple[str, str]]) -> None:
    """Give the cut reposts of some (platform, day) what is decided of their originals, as pipelines/classify.py does."""
    os.umask(0o077)
    path = Work(setting.folder).followed_file()
    with os_errors():
        for platform, day in days:
            decided = pq.read_table(path, filters=[("platform", "=", platform), ("day", "=", day)]).sort_by("h")
            posts = pq.read_table(day_file(setting.folder, platform, day), partitioning=None)
            numbers, there = as_numbers(decided["h"]), as_numbers(posts["h"])
            place = np.searchsorted(numbers, there)
            place = np.where(is_among(there, numbers), posts.num_rows + place, np.arange(posts.num_rows))
            for name in DECIDED:
                column = posts.schema.get_field_index(name)
                both = pa.chunked_array([*posts[name].chunks, *decided[name].cast(posts.schema.field(name).type).chunks])
                posts = posts.set_column(column, posts.schema.field(name), both.take(pa.array(place)))
            write_table(day_file(setting.folder, platform, day), posts)


def _lay_out_day(setting: Setting, platform: str, day: str, merged: pa.Table, touched: Numbers) -> int:
    path = day_file(setting.folder, platform, day)
    here = merged.filter(pc.and_(pc.equal(merged["platform"], platform), pc.equal(merged["day"], day)))
    rows = with_times(here).drop_columns(["platform", "day"])
    if path.is_file():
        before = pq.read_table(path, partitioning=None)
        there = as_numbers(before["h"])
        gone = is_among(there, touched) | is_among(there, np.sort(as_numbers(here["h"])))
        rows = pa.concat_tables([before.filter(pa.array(~gone)), rows])
    if rows.num_rows:
        write_table(path, rows.sort_by([("created_at", "ascending"), ("native_id", "ascending")]))
    else:
        path.unlink(missing_ok=True)
    return int(rows.num_rows)
