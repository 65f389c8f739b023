"""`bulk`: the recipe for archives past a few million posts. Files are read in parts by many processes, posts are merged by the
store's own rule, read by the same model, kept as Parquet by platform and day, and counted by the same statements into tracker.db.

Each step writes what it did, whole or not at all, and looks first whether it is done. So a run that is killed is taken up by the
next, and a second run does only what is new.
"""

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from db.bulk_sums import count_posts
from db.folder import DataFolder
from db.post_files import Work, day_files, keep_views
from db.post_rows import key_hash, sightings_of
from db.post_shelves import BITS, Numbers, as_numbers, is_among, numbers_in, read_all
from db.runs import begin_import, end_import, name_for, read_to_end
from db.store import POSTS_IN
from pipelines.bulk_cluster import Crew
from pipelines.bulk_counting import count_weeks, decided_otherwise
from pipelines.bulk_merging import Range, as_sightings, decide_as_originals, lay_out, merge_range, take_touched
from pipelines.bulk_parts import PART_BYTES, Beside, Part, Setting, Source, one_report, read_part, rules_of, sources_in
from pipelines.bulk_telling import Gave, Journal
from pipelines.live_model import live_model
from pipelines.paging import Handle
from pipelines.reading_exports import MOST_READINGS, Export, cut_short
from pipelines.running import Run
from tracker.deciding import version
from tracker.problems import UnusableModel, UsageProblem
from tracker.records import Post
from tracker.stumps import original_of
from tracker.telling import count
from tracker.themes import card_of

PARQUET = "parquet"
READ_WITH = "bulk_read_with"
RANGES, SMALLEST_RANGE, LARGEST_RANGE = 48, 2_500, 50_000
"""Posts are shared out in about RANGES ranges: each looks into every part, so that many would cost more than they give, and few
would leave processes without work. A larger range would not fit into the memory of one."""
DAYS_AT_ONCE, POSTS_AT_ONCE = 7, 50_000
"""At most so many days of a platform are put together at once, and so many posts if a day has not more: all is held in memory."""
Texts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Bulked:
    """What a run came to: files and parts that were read, posts merged and read, posts that are kept in all, weeks counted."""

    files: int = 0
    parts: int = 0
    merged: int = 0
    posts: int = 0
    weeks: int = 0

    def sentence(self) -> str:
        """As the run's diary has it."""
        if not self.merged and not self.files:
            return f"nothing new; {count(self.posts, 'post is', 'posts are')} kept"
        return (
            f"{count(self.files, 'file', 'files')} read in {count(self.parts, 'part', 'parts')}, "
            f"{count(self.merged, 'post', 'posts')} merged and read; {count(self.posts, 'post is', 'posts are')} kept, "
            f"{count(self.weeks, 'week', 'weeks')} counted"
        )


def bulk(
    run: Run,
    paths: Sequence[Path],
    crew: Crew,
    *,
    live: DataFolder,
    format_slug: str | None = None,
    part_bytes: int = PART_BYTES,
    posts_at_once: int = POSTS_AT_ONCE,
) -> Bulked:
    """Read all of `paths` into the folder of `run`. live: the campaign's own data, whose model reads and whose tombstones hold
    too."""
    refuse_posts(run)
    run.store.remember(POSTS_IN, PARQUET)
    heeding = tuple(one for one in (live,) if one.forgotten.exists() and one.root.resolve() != run.folder.root.resolve())
    setting = Setting(run.campaign, run.folder, heeding)
    work = _begun(run, setting)
    left = work.told("journal")
    if left is not None:
        run.say("the last run was ended in the middle; what it had merged is put in place first")
        _finish(run, crew, work, Journal.of(left), posts_at_once, whole=True)
        work = _begun(run, setting)
    model = _model(run, live)
    read_with = json.dumps([model, run.campaign.timezone, sorted(run.campaign.own_accounts)])
    sources, results = sources_in(paths, run.campaign, _named(run), format_slug=format_slug, part_bytes=part_bytes)
    fresh, gave = _read_parts(run, crew, setting, sources)
    for result in results:
        run.problems += result.problems
    other = run.store.settings().get(READ_WITH) not in (None, read_with)
    if not gave and not other:
        work.end()
        return Bulked(posts=count_posts(run.folder))
    journal = _merge(run, crew, setting, fresh, gave, model, whole=other)
    journal.read_with = read_with
    work.tell("journal", journal.document())
    weeks = _finish(run, crew, work, journal, posts_at_once, whole=other)
    return Bulked(len(journal.files), len(gave), journal.merged, count_posts(run.folder), weeks)


def _begun(run: Run, setting: Setting) -> Work:
    """What was done so far. What an ended run did goes where the campaign is another since or somebody else is to stay forgotten:
    it may hold them. Where some of it was put in place already, all is counted anew."""
    work, rules = Work(setting.folder), rules_of(setting)
    if work.rules() != rules:
        if work.told("journal") is not None:
            run.store.remember(READ_WITH, "")
        work.end()
    return work.create(rules)


def refuse_posts(run: Run) -> None:
    """Raise UsageProblem where the folder is that of an ordinary store."""
    if run.store.settings().get(POSTS_IN) != PARQUET and run.store.holds_posts():
        raise UsageProblem(
            f"{run.folder.root} holds a store with posts in it.",
            why="`bulk` keeps posts as Parquet files, and would count them into the same tables.",
            safe="Nothing was changed.",
            next_step="Give --to another folder; the files that were imported here can be given to it again.",
        )


def _model(run: Run, live: DataFolder) -> str:
    """Have the campaign's live model in the folder, or one that is made from the campaign alone; returns its name."""
    try:
        given = card_of(live.model)
    except (UsageProblem, UnusableModel):
        return live_model(run).card.name
    try:
        there = card_of(run.folder.model).name
    except (UsageProblem, UnusableModel):
        there = ""
    if there != given.name:
        _copy(live.model, run.folder.model)
    run.store.keep_model_if_new(given)
    return given.name


def _copy(model: Path, to: Path) -> None:
    """Copy a model as it lies there; those who load it look whether it is whole."""
    fresh = to.with_name(".model-new-copy")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(model, fresh)
    for path in filter(Path.is_file, fresh.rglob("*")):
        with path.open("rb") as copied:
            os.fsync(copied.fileno())
    shutil.rmtree(to, ignore_errors=True)
    fresh.rename(to)


def _named(run: Run) -> Callable[[str, Export], str]:
    taken: dict[str, str] = {}

    def named(name: str, export: Export) -> str:
        known = name_for(run.store, name, export.content)
        number = 1
        while taken.setdefault(known, export.content) != export.content:
            number += 1
            known = f"{name} ({number})"
        return known

    return named


# ---- reading -----------------------------------------------------------------------------------------------------------------


def _read_parts(run: Run, crew: Crew, setting: Setting, sources: Sequence[Source]) -> tuple[list[Source], dict[str, Gave]]:
    """Read what is new, and again what hangs on a post that was found since; (the files of which something was read, what each of
    their parts gave)."""
    work = Work(setting.folder)
    done = read_to_end(run.store, [source.content for source in sources])
    every = {part.id: part for source in {one.content: one for one in sources}.values() for part in source.parts}
    new = {part.id for source in sources if source.content not in done for part in source.parts}
    work.drop_parts([*every, "plan", *(f"merged-{n:05d}" for n in range(len(list(work.merged.iterdir()))))])
    gave = {part: Gave.of(told) for part in every if (told := work.told(part)) is not None}
    again: dict[str, Beside] = {part: Beside() for part in every if part in new and part not in gave}
    readings: Counter[str] = Counter()
    while again:
        pieces = [(setting, every[part], beside) for part, beside in again.items()]
        for done_so_far, (place, came) in enumerate(crew.each(read_part, pieces, check=run.stop.check), start=1):
            gave[pieces[place][1].id] = came
            run.progress("reading parts", done_so_far, len(pieces))
        readings.update(again.keys())
        again = {part: beside for part, beside in _known_now(setting, every, gave).items() if readings[part] < MOST_READINGS}
    return [source for source in sources if any(part.id in gave for part in source.parts)], gave


def _known_now(setting: Setting, every: dict[str, Part], gave: dict[str, Gave]) -> dict[str, Beside]:
    """The parts that hang on something that is known by now and was not when they were read, with what that is."""
    work = Work(setting.folder)
    belonging = _numbers(setting, gave)
    written = _written(setting, gave)
    found = {}
    for part in every:
        path = work.waiting_file(part)
        waiting = as_numbers(pq.read_table(path, partitioning=None)["h"]) if path.is_file() else np.array([], dtype=np.uint64)
        hits = {int(number) for number in waiting[is_among(waiting, belonging)]}
        told: dict[Handle, Texts] = {}
        for stump in gave[part].first_stumps if part in gave else []:
            texts = written.get((stump.platform, stump.handle), ())
            original = original_of(stump, texts)
            if original is not None:
                told[stump.platform, stump.handle] = tuple(texts)
                hits.add(key_hash(stump.platform, original))
        beside = Beside(frozenset(hits), tuple(sorted(told.items())))
        if (part in gave and gave[part].beside != beside.sign()) or (part not in gave and hits):
            found[part] = beside
    return found


def _numbers(setting: Setting, gave: Iterable[str]) -> Numbers:
    """The numbers of all posts that belong, in order."""
    work = Work(setting.folder)
    kept = [as_numbers(pq.read_table(path, columns=["h"], partitioning=None)["h"]) for _, _, path in day_files(setting.folder)]
    return np.unique(np.concatenate([_new_numbers(work, gave), *kept]))


def _written(setting: Setting, gave: dict[str, Gave]) -> dict[Handle, Texts]:
    """What those wrote whom cut reposts repeat: (native id, text), reposts left out; of each post the version that will stand."""
    wanted = {(stump.platform, stump.handle) for one in gave.values() for stump in one.first_stumps}
    if not wanted:
        return {}
    work = Work(setting.folder)
    handles = pa.array(sorted({handle for _, handle in wanted}))
    fresh = (read_all(work.sighting_file(part)) for part in gave)
    kept = (as_sightings(platform, path) for platform, _, path in day_files(setting.folder))
    written: dict[Handle, dict[str, Post]] = {}
    for table in chain(fresh, kept):
        near = pc.is_in(pc.utf8_lower(table["author_handle"]), value_set=handles)
        for sighting in sightings_of(table.filter(pc.and_(near, pc.not_equal(table["kind"], "repost")))):
            post = sighting.post
            by = (post.platform, post.author.handle.lower()) if post.author and post.author.handle else ("", "")
            if by in wanted:
                before = written.setdefault(by, {}).get(post.native_id)
                written[by][post.native_id] = post if before is None or version(post) > version(before) else before
    return {by: tuple(sorted((key, post.text) for key, post in posts.items())) for by, posts in written.items()}


# ---- merging and reading -----------------------------------------------------------------------------------------------------


def _merge(
    run: Run, crew: Crew, setting: Setting, sources: Sequence[Source], gave: dict[str, Gave], model: str, *, whole: bool
) -> Journal:
    """Merge what the parts gave with what is kept, and read it."""
    work = Work(setting.folder)
    order = [part.id for source in sources for part in source.parts if part.id in gave]
    order = list(dict.fromkeys(order))
    kept, touched = take_touched(setting, _new_numbers(work, order), all_of_them=whole)
    ranges = _ranges(sum(gave[part].posts for part in order) + kept)
    plan = [order, [gave[part].beside for part in order], len(ranges), kept, whole, model]
    if work.told("plan") != plan:
        for path in work.merged.iterdir():
            path.unlink()
        work.drop_parts(order)
        work.tell("plan", plan)
    pieces = [(setting, each, order, model) for each in ranges]
    days: set[tuple[str, str]] = set(touched)
    new: Counter[str] = Counter()
    known: Counter[str] = Counter()
    merged = 0
    for done, (_, came) in enumerate(crew.each(merge_range, pieces, check=run.stop.check), start=1):
        days.update(came.days)
        new.update(came.new)
        known.update(came.known)
        merged += came.posts
        run.progress("merging and reading", done, len(pieces))
    files = []
    for source in sources:
        parts = [gave[part.id] for part in source.parts if part.id in gave]
        report = replace(one_report([one.report for one in parts]), new=new[source.name], known=known[source.name])
        files.append((source.name, source.content, source.size, source.format.name, report))
        for one in parts:
            if one.problem is not None:
                run.problems.append(one.problem)
    refused = [row for part in order for row in gave[part].refused]
    return Journal(sorted(days), [each.number for each in ranges], order, files, refused, merged=merged)


def _new_numbers(work: Work, parts: Iterable[str]) -> Numbers:
    found = [numbers_in(work.sighting_file(part)) for part in parts]
    return np.unique(np.concatenate([np.array([], dtype=np.uint64), *found]))


def _ranges(posts: int) -> list[Range]:
    """All numbers, in ranges of about as many posts each; their number is a power of two, as that of shelves is."""
    of_one = min(max(posts // RANGES, SMALLEST_RANGE), LARGEST_RANGE)
    many = 1 << max(0, -(-posts // of_one) - 1).bit_length()
    edges = [BITS * n // many for n in range(many + 1)]
    return [Range(n, edges[n], edges[n + 1]) for n in range(many)]


# ---- putting in place and counting -------------------------------------------------------------------------------------------


def days_at_once(posts: int, days: int, posts_at_once: int) -> int:
    """How many of these days a process puts together at once; each time all ranges are opened."""
    return max(1, min(DAYS_AT_ONCE, posts_at_once * days // max(1, posts)))


def _decide_as_originals(crew: Crew, setting: Setting, work: Work, check: Callable[[], None]) -> list[tuple[str, str]]:
    """Decide cut reposts as their originals, now that both are in place; gives the (platform, day) of those that changed. These
    are kept first, since after a kill they would no longer be found."""
    found = decided_otherwise(setting.folder, work.followed_file()) if next(day_files(setting.folder), None) else []
    before = [(platform, day) for platform, day in work.told("followed") or []]
    work.tell("followed", [*before, *found])
    pieces = [(setting, found[n : n + DAYS_AT_ONCE]) for n in range(0, len(found), DAYS_AT_ONCE)]
    for _ in crew.each(decide_as_originals, pieces, check=check):
        pass
    return [*before, *found]


def _finish(run: Run, crew: Crew, work: Work, journal: Journal, posts_at_once: int, *, whole: bool) -> int:
    """Put what is merged into the folders of its days, and count the weeks that changed; returns how many those are. Doing it
    twice, or again after a kill, gives the same."""
    setting = Setting(run.campaign, run.folder)
    by_time = sorted(journal.days, key=lambda one: (one[1], one[0]))
    many = days_at_once(journal.merged, len(by_time), posts_at_once)
    together = [by_time[n : n + many] for n in range(0, len(by_time), many)]
    pieces = [(setting, days, journal.ranges) for days in together]
    for done, _ in enumerate(crew.each(lay_out, pieces, check=run.stop.check), start=1):
        run.progress("writing the days", done, len(pieces))
    told = [work.author_file(part) for part in journal.parts]
    days = [day for _, day in (*journal.days, *_decide_as_originals(crew, setting, work, run.stop.check))]
    check, progress = run.stop.check, run.progress
    weeks = 0
    if days:  # else no post of it belongs to the debate
        weeks = count_weeks(run.store, run.folder, days, told=told, whole=whole, check=check, progress=progress)
    run.store.remember(READ_WITH, journal.read_with)
    for name, content, size, format_name, report in journal.files:
        entered = begin_import(
            run.store, run.id, file=name, sha256=content, size=size, format_name=format_name, lost=report.lost, now=run.clock()
        )
        end_import(run.store, entered, report)
        run.files.append(report)
        if report.truncated and report.truncated not in {problem.what for problem in run.problems}:
            run.problems.append(cut_short(report))
    run.store.keep([], run.id, refused=journal.refused)
    keep_views(run.folder)
    work.end()
    return weeks
