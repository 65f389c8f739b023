"""What the public copy holds: numbers that may be told, the campaign's own words, quotes, what was asked. Writes nothing."""

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.public_copy import Contents, about, shown_cells
from db.public_growth import Base
from db.publishing import (
    CountedBy,
    Counting,
    Decided,
    agreement,
    cell_of,
    counted_by,
    counted_by_people,
    decided_before,
    looking,
    own_handles,
    own_posts,
    quotes,
    read,
    theme_error,
    told_cells,
)
from db.reading import Row, thinned_weeks
from db.snapshots import errata, newest_snapshot
from db.unsaid import as_told, unsaid, unsaid_name
from pipelines.public_coverage import coverage
from tracker.counting import days_of, local_day, week_of
from tracker.problems import StorageProblem
from tracker.public_text import public_address
from tracker.records import Campaign
from tracker.suppression import Teller, month_of
from tracker.telling import count
from tracker.told import GROUP, LINK, POSTS, QUESTION, THEME, Cell, Pair


@dataclass(frozen=True, slots=True)
class Told:
    """A number that is or was told, who counted it, and when it was first told."""

    cell: Cell
    by: CountedBy
    told_at: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A public copy as it may be made now. new: what it tells for the first time. posts, weeks: all that there are of others.
    chain: the digest of all numbers. asked_not_to: posts of accounts that asked not to be shown, which are in no number. decided:
    by what that was decided. by_people: those of the new ones that people counted."""

    contents: Contents
    new: tuple[Cell, ...]
    taken_over: tuple[Row, ...]
    model: str | None
    own_handles: tuple[str, ...]
    posts: int
    weeks: tuple[str, ...]
    chain: str
    asked_not_to: int = 0
    decided: Decided | None = None
    by_people: frozenset[Cell] = frozenset()


def prepare(
    campaign: Campaign, folder: DataFolder, *, now: str, invented: bool, counted: Path | None = None, base: Base | None = None
) -> Prepared:
    """Find what may be told, and gather the rest. invented: a demo, whose pages say so. counted: a copy of the store with
    its sums up to date, where those of the store are not. base: what the copy begins from; its cells are then left out."""
    with looking(folder, counted) as db, _forgotten(folder) as forgotten:
        counting = Counting(db)
        model = (read(db, "live_model") or [{"name": None}])[0]["name"]
        known, taken_over = _told_behind(db, base) if base else _told_before(folder, db, campaign, forgotten)
        thinned = thinned_weeks(db)  # what is left of their posts would be told as all that there were
        whole = [week for week in counting.weeks if week not in thinned]
        settled = settled_weeks(whole, local_day(now, campaign.timezone), campaign.settle_days)
        decided = decided_with(campaign, settled) if settled else None
        before, changed = (None, ()) if taken_over else decided_before(db)
        since = first_to_decide(before, decided, settled, changed) if decided else None
        new: list[Cell] = []
        if since is not None:
            told_then = None if base else [one.cell for one in known]
            new = _tell(campaign, db, counting, forgotten, told_then, settled, since)
        by_people = counted_by_people(db, new)
        told = [*known, *(Told(cell, counted_by(cell, model, by_people), now) for cell in new)]
        shown = [one for one in told if one.cell.people >= campaign.smallest_cell and not _is_somebodys(one.cell, forgotten)]
        weeks = {week for one in shown if one.cell.kind == POSTS for week in one.cell.weeks}
        renamed = renamed_themes(campaign)
        contents = Contents(
            about={},
            themes=_themes(campaign, db, renamed),
            questions=read(db, "questions"),
            theme_error=theme_error(db, renamed),
            cells=[(one.cell, one.by, one.told_at) for one in shown],
            agreement=agreement(db, by_people, renamed),
            coverage=list(coverage(db, weeks | (base.weeks if base else set()), campaign.timezone)),
            own_posts=own_posts(db),
            quotes=quotes(folder, db),
        )
        chain = chained(base.known.chain if base else "", contents)
        contents = replace(contents, about=_about(db, campaign, contents, base, chain, now=now, invented=invented))
        handles = tuple(own_handles(db))
        left_out = int(read(db, "opted_out")[0]["posts"])
        return Prepared(
            contents,
            tuple(new),
            taken_over,
            model,
            handles,
            counting.all_posts(),
            tuple(counting.weeks),
            chain,
            left_out,
            decided,
            by_people,
        )


def settled_weeks(weeks: Sequence[str], today: str, settle_days: int) -> list[str]:
    """Those of these ISO weeks whose Sunday lies more than `settle_days` before today (a local date)."""
    latest = (date.fromisoformat(today) - timedelta(days=settle_days)).isoformat()
    return [week for week in weeks if days_of(week)[1] < latest]


def _tell(
    campaign: Campaign,
    db: sqlite3.Connection,
    counting: Counting,
    forgotten: Forgotten | None,
    told: Sequence[Cell] | None,
    settled: Sequence[str],
    since: str,
) -> list[Cell]:
    """What may be told from the month `since` on. told: what was told before, where that was read already. While none of these
    months is over each of their weeks stands for itself: then nothing of other weeks has to be read."""
    opened, smallest = open_month(settled), campaign.smallest_cell
    first = next(week for week in settled if month_of(week) >= since)
    some_are_over = since < opened
    if told is None:
        renamed = renamed_themes(campaign)
        told = [_renamed(cell, renamed) for cell, _ in told_cells(db, "" if some_are_over else first)]
    links = counting.links(smallest) if some_are_over else counting.links_of_weeks(smallest, first)
    teller = Teller(smallest, counting.counters(), [*told, *as_told(db, forgotten, links)], settled, opened, since)
    teller.tell_volume()
    teller.tell_themes(groups_of(campaign))
    teller.tell_subjects(QUESTION, [question.slug for question in campaign.questions])
    teller.tell_subjects(LINK, links)
    return teller.new


def open_month(settled: Sequence[str]) -> str:
    """The month of the week after the last one that is settled: those before it are over."""
    monday = date.fromisoformat(days_of(settled[-1])[0])
    return month_of(week_of((monday + timedelta(days=7)).isoformat()))


def decided_with(campaign: Campaign, settled: Sequence[str]) -> Decided:
    """By what it is decided what may be told: the campaign's rules, and how far the weeks are settled."""
    renamed = sorted((theme.slug, theme.renamed_from) for theme in campaign.themes if theme.renamed_from)
    questions = [question.slug for question in campaign.questions]
    rules = [version("debate-tracker"), campaign.smallest_cell, groups_of(campaign), renamed, questions]
    return Decided(json.dumps(rules, ensure_ascii=False), settled[-1], open_month(settled))


def first_to_decide(before: Decided | None, now: Decided, settled: Sequence[str], changed: Collection[str]) -> str | None:
    """The first month in which something may be told that could not when it was decided last, since a number of a week changed, a
    week is settled or a month is over; None where there is none. What is told in a month hangs on it and on those before it."""
    if before is None or before.rules != now.rules:
        return month_of(settled[0])
    other = [
        month_of(week)
        for week in settled
        if week in changed or week > before.settled or before.open_month <= month_of(week) < now.open_month
    ]
    return min(other, default=None)


def groups_of(campaign: Campaign) -> dict[str, list[str]]:
    """Themes by what their small counts are joined in: their group; those without one, their dimension."""
    groups: dict[str, list[str]] = {}
    for theme in campaign.themes:
        groups.setdefault(theme.group or theme.dimension, []).append(theme.slug)
    return groups


def _told(cell: Cell, row: Row) -> Told:
    return Told(cell, CountedBy(row["model"], row["counted_by"]), row["told_at"])


def renamed_themes(campaign: Campaign) -> dict[str, str]:
    """The names that themes had before -> those that they have."""
    return {old: theme.slug for theme in campaign.themes for old in theme.renamed_from}


def _themes(campaign: Campaign, db: sqlite3.Connection, renamed: dict[str, str]) -> list[Row]:
    """The themes by their present names, each with those that it had before; also those that are retired, of which something was
    told."""
    before = {theme.slug: json.dumps(theme.renamed_from) for theme in campaign.themes}
    return [
        {**theme, "renamed_from": before.get(theme["slug"], "[]")} for theme in read(db, "themes") if theme["slug"] not in renamed
    ]


def _told_behind(db: sqlite3.Connection, base: Base) -> tuple[list[Told], tuple[Row, ...]]:
    """What the store knows to have been told, or to be told, that the copy to begin from does not show yet. What that shows, the
    store knows: it was made from it."""
    rows = read(db, "told_behind", told=base.known.told)
    return [_told(cell_of(row), row) for row in rows], ()


def _told_before(
    folder: DataFolder, db: sqlite3.Connection, campaign: Campaign, forgotten: Forgotten | None
) -> tuple[list[Told], tuple[Row, ...]]:
    """What the store and the served copy know to have been told, by the themes' present names; and what only the copy knows.
    Raises StorageProblem where that is another campaign's."""
    renamed = renamed_themes(campaign)
    rows, only_shown = _told_where(folder, db, campaign, forgotten)
    if problem := _of_another(folder, campaign, only_shown):
        raise problem
    return [_told(_renamed(cell_of(row), renamed), row) for row in (*rows, *only_shown)], only_shown


def _told_where(
    folder: DataFolder, db: sqlite3.Connection, campaign: Campaign, forgotten: Forgotten | None
) -> tuple[list[Row], tuple[Row, ...]]:
    """The numbers that the store knows to have been told, and those that only the served copy knows."""
    renamed = renamed_themes(campaign)
    rows = [row for _, row in told_cells(db)]
    known = {_named_now(row, renamed) for row in rows}
    gone = {name for name, _ in unsaid(db)}
    only_shown = tuple(
        row
        for row in shown_cells(folder.public)
        if _named_now(row, renamed) not in known and not (forgotten and unsaid_name(forgotten, row["subject"]) in gone)
    )
    return rows, only_shown


def copy_of_another(folder: DataFolder, campaign: Campaign) -> StorageProblem | None:
    """What is wrong where the public copy is another campaign's; None where it is not."""
    with looking(folder) as db, _forgotten(folder) as forgotten:
        return _of_another(folder, campaign, _told_where(folder, db, campaign, forgotten)[1])


def _of_another(folder: DataFolder, campaign: Campaign, only_shown: Sequence[Row]) -> StorageProblem | None:
    whose = about(folder.public).get("campaign_name", campaign.name)
    if not only_shown or whose == campaign.name:
        return None
    return StorageProblem(
        f"{folder.public} is the public copy of another campaign, {whose}.",
        why=f"It shows {count(len(only_shown), 'number')} of which this store knows nothing.",
        safe="Nothing was written to it, and nothing of it is told as this campaign's.",
        next_step="Move it to where it belongs, then run `debate-tracker publish`. If this campaign was called so until lately, "
        "call it so in campaign.toml for one `publish`.",
    )


def _named_now(row: Row, renamed: dict[str, str]) -> tuple[str, str, tuple[Pair, ...]]:
    """What a number counts, by the themes' present names."""
    cell = _renamed(cell_of(row), renamed)
    return cell.kind, cell.subject, cell.pairs


def _renamed(cell: Cell, renamed: dict[str, str]) -> Cell:
    if cell.kind not in (THEME, GROUP) or not renamed:
        return cell
    pairs = tuple(sorted((renamed.get(subject, subject), week) for subject, week in cell.pairs))
    return replace(cell, subject=renamed.get(cell.subject, cell.subject) if cell.kind == THEME else cell.subject, pairs=pairs)


@contextmanager
def _forgotten(folder: DataFolder) -> Iterator[Forgotten | None]:
    """Who asked to be forgotten; None where nobody ever did."""
    if not folder.forgotten.is_file():
        yield None
        return
    with closing(Forgotten(folder)) as forgotten:
        yield forgotten


def _is_somebodys(cell: Cell, forgotten: Forgotten | None) -> bool:
    """Whether a link is not shown: it leads to who is forgotten, or to what by now is known to be somebody's."""
    if cell.kind != LINK:
        return False
    return public_address(cell.subject) is None or (forgotten is not None and forgotten.leads_to(cell.subject))


def _about(
    db: sqlite3.Connection, campaign: Campaign, contents: Contents, base: Base | None, chain: str, *, now: str, invented: bool
) -> dict[str, str]:
    posts = (base.posts if base else 0) + sum(cell.posts for cell, _, _ in contents.cells if cell.kind == POSTS)
    told = {
        **words_of(campaign),
        "state": "published",
        "published_at": now,
        "invented": "1" if invented else "",
        "posts": str(posts),
        "hashtags": json.dumps(campaign.hashtags, ensure_ascii=False),
        "phrases": json.dumps(campaign.phrases, ensure_ascii=False),
        "links": json.dumps(campaign.links, ensure_ascii=False),
        "languages": json.dumps(campaign.languages),
        "smallest_cell": str(campaign.smallest_cell),
        "settle_days": str(campaign.settle_days),
        "posts_days": str(campaign.posts_days),
        "raw_days": str(campaign.raw_days),
        "program": version("debate-tracker"),
        "model": json.dumps((read(db, "live_model") or [{}])[0], ensure_ascii=False),
        "licence": campaign.licence,
        "errata": json.dumps(errata(db), ensure_ascii=False),
        "snapshot": json.dumps(newest_snapshot(db), ensure_ascii=False),
    }
    return {**told, "release": _release(contents, told, chain)}


def words_of(campaign: Campaign) -> dict[str, str]:
    """Who publishes this and what about: what even a copy that was taken back says."""
    return {
        "campaign_name": campaign.name,
        "timezone": campaign.timezone,
        "paper_title": campaign.paper_title,
        "paper_url": campaign.paper_url,
        "asked_again": json.dumps(campaign.sources.asked_again()),
        **asdict(campaign.governance),
    }


def chained(chain: str, contents: Contents) -> str:
    """The digest of all numbers in their order, from that of those before these."""
    for cell, by, _ in contents.cells:
        numbers = (cell.kind, cell.subject, cell.level, cell.pairs, cell.posts, cell.people)
        said = json.dumps((chain, *numbers, by.people), ensure_ascii=False)
        chain = hashlib.sha256(said.encode()).hexdigest()
    return chain


def _release(contents: Contents, about: dict[str, str], chain: str) -> str:
    """A short name for what this copy holds: the same for the same contents, whenever and from whatever it is made."""
    lasting = {name: value for name, value in about.items() if name not in ("published_at", "snapshot")}
    kept: list[object] = [
        lasting,
        list(contents.themes),
        list(contents.questions),
        list(contents.theme_error),
        list(contents.agreement),
        list(contents.coverage),
    ]
    kept += [chain, list(contents.own_posts), [asdict(q) for q in contents.quotes]]
    return hashlib.sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]
