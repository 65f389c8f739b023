"""The second and third part of `bulk`: what the parts gave is merged, read by the model and put into the folders of its days.

Posts are shared out by their numbers, so that all sightings of one come together; each range is merged by the same rule as in the
store (tracker.deciding), read and written by whichever process has time. Doing any of it twice gives the same.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from db.post_files import Work, day_file, day_files, read_range, write_table
from db.post_rows import SIGHTING, Sighting, posts_table, sightings_of, sightings_table, with_text, with_times
from pipelines.bulk_parts import Setting
from pipelines.bulk_telling import Merged
from tracker.counting import local_day
from tracker.deciding import merge
from tracker.matching import Matcher
from tracker.messages import NOTHING_COMPARED, wording_of
from tracker.problems import os_errors
from tracker.records import Counts, Wording
from tracker.themes import ThemeModel, load_model

Numbers = np.ndarray[Any, np.dtype[np.uint64]]


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
        kept = read_range(touched_file(work), each.begin, each.end)
        fresh = [read_range(work.sighting_file(part), each.begin, each.end) for part in parts]
        merged = Merged()
        table = _merged(kept, pa.concat_tables([SIGHTING.empty_table(), *fresh]), merged)
        posts = _read(table, setting, _model(setting.folder.model, model))
        merged.posts = posts.num_rows
        merged.days = sorted(set(zip(posts["platform"].to_pylist(), posts["day"].to_pylist(), strict=True)))
        order = [("platform", "ascending"), ("day", "ascending"), ("created_at", "ascending"), ("native_id", "ascending")]
        write_table(work.merged_file(each.number), posts.sort_by(order))
        work.tell(f"merged-{each.number:05d}", merged.document())
    return merged


def _merged(kept: pa.Table, fresh: pa.Table, merged: Merged) -> pa.Table:
    """One row a post. What stands once is taken as it is."""
    table = pa.concat_tables([kept, fresh])
    numbers = table["h"].to_numpy()
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


def _read(table: pa.Table, setting: Setting, model: ThemeModel) -> pa.Table:
    """The posts with all that is found out of each by itself."""
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
        readings=list(model.read(told["text"])),
        model=model.card.name,
    )


@lru_cache(maxsize=1)
def _model(folder: Path, name: str) -> ThemeModel:
    """The model of this name, kept for as long as the process reads with it."""
    return load_model(folder)


# ---- what is kept already ----------------------------------------------------------------------------------------------------


def touched_file(work: Work) -> Path:
    """Where the kept posts lie that are merged anew."""
    return work.run / "touched.parquet"


def take_touched(setting: Setting, numbers: Numbers, *, all_of_them: bool) -> set[tuple[str, str]]:
    """Write the kept posts that have one of these numbers (in order), to be merged with what is new; returns their
    (platform, day)."""
    work = Work(setting.folder)
    days: set[tuple[str, str]] = set()
    tables = [SIGHTING.empty_table()]
    for platform, day, path in day_files(setting.folder):
        there = pq.read_table(path, columns=["h"], partitioning=None)["h"].to_numpy()
        wanted = np.ones(len(there), dtype=bool) if all_of_them else np.isin(there, numbers, kind="sort")
        if wanted.any():
            days.add((platform, day))
            tables.append(as_sightings(platform, path).filter(pa.array(wanted)))
    write_table(touched_file(work), pa.concat_tables(tables).sort_by("h"))
    return days


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
        wanted = [("day", ">=", first), ("day", "<=", last)]
        files = [work.merged_file(number) for number in ranges]
        merged = pa.concat_tables([pq.read_table(path, filters=wanted, partitioning=None) for path in files]) if files else None
        touched = pq.read_table(touched_file(work), columns=["h"], partitioning=None)["h"].to_numpy()
        total = 0
        for platform, day in days:
            total += _lay_out_day(setting, platform, day, merged, touched)
    return total


def _lay_out_day(setting: Setting, platform: str, day: str, merged: pa.Table, touched: Numbers) -> int:
    path = day_file(setting.folder, platform, day)
    here = merged.filter(pc.and_(pc.equal(merged["platform"], platform), pc.equal(merged["day"], day)))
    rows = with_times(here).drop_columns(["platform", "day"])
    if path.is_file():
        before = pq.read_table(path, partitioning=None)
        gone = np.union1d(touched, here["h"].to_numpy())
        rows = pa.concat_tables([before.filter(pa.array(~np.isin(before["h"].to_numpy(), gone))), rows])
    if rows.num_rows:
        write_table(path, rows.sort_by([("created_at", "ascending"), ("native_id", "ascending")]))
    else:
        path.unlink(missing_ok=True)
    return int(rows.num_rows)
