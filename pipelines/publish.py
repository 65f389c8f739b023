"""Make the public copy and hand it over; put a notice in its place; take something out of it.

What is about to be told is written down in the store first, then the copy is made and looked over, then handed over while it is
being read; then its digest is kept, by which the next may begin from it. A kill at any moment leaves the copy of before or the
new one, and the next `publish` does it all again with the same numbers.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.public_copy import (
    Contents,
    build,
    drop_damaged,
    hand_over,
    in_log,
    shown_cells,
    shown_links,
    shown_own_posts,
    shown_quotes,
    take_out,
)
from db.public_growth import Known, digest_of, hand_over_growth, keep_known, stands
from db.publishing import cell_of, counted_copy, keep_cells, looking, note, own_posts, quotes, take_over
from db.reading import Row
from db.store import Store
from db.unsaid import unsaid, unsaid_name
from pipelines.building import put_in_place
from pipelines.demo_mark import held_clock
from pipelines.public_contents import Prepared, prepare, words_of
from pipelines.public_making import Making, base_of, begin, finish
from pipelines.upgrading import refuse_older
from tracker.problems import IncompleteRun, Problem, UsageProblem
from tracker.public_text import without_names
from tracker.records import Campaign
from tracker.telling import count, per_cent
from tracker.told import GROUP, LINK, POSTS, QUESTION, THEME, WEEK, Cell

if TYPE_CHECKING:
    from pipelines.running import Run

KEPT = 7
STAMP = "%Y-%m-%dT%H%M%SZ"
LOCK_SECONDS = 60
ACTOR = "local"
DAMAGED = "The copy that was served before was damaged and has been deleted; its numbers are kept."


@dataclass(frozen=True, slots=True)
class Published:
    """What a public copy shows, or would. numbers: how many, told: which they are; handed_over: whether the world sees it;
    was_damaged: the one before could not be read any more."""

    prepared: Prepared
    numbers: int
    told: Callable[[], list[Cell]]
    governed: bool
    handed_over: bool
    was_damaged: bool = False

    def text(self) -> str:
        """For the person who publishes."""
        made, told = self.prepared, self.told()
        volume = [cell for cell in told if cell.kind == POSTS]
        posts = sum(cell.posts for cell in volume)
        alone = {cell.weeks for cell in volume if cell.level == WEEK}
        joined = {week for cell in volume for week in cell.weeks} - {week for weeks in alone for week in weeks}
        share = f" ({per_cent(posts / made.posts)})" if made.posts else ""
        whole = f"of {count(made.posts, 'post')} by others{share}"
        if posts > made.posts:
            whole = f"posts by others, more than the {made.posts:,} that are counted now: what was told does not change"
        rules = made.contents.about
        alone_and_joined = f"{count(len(alone), 'is', 'are')} shown alone and {len(joined)} joined with others"
        people, days = (int(rules[name]) for name in ("smallest_cell", "settle_days"))
        enough = (
            f"{count(people, 'person stands', 'people stand')} behind a number and {count(days, 'day has', 'days have')} passed "
            "since the week"
        )
        lines = [
            f"The public copy {'shows' if self.handed_over else 'can show'} {posts:,} {whole}.",
            f"Of {count(len(made.weeks), 'week')} with posts, {alone_and_joined}. The rest waits until {enough}.",
        ]
        if alone and posts < made.posts:
            lines.append("What comes in after its week was published is too late for its number, and stays out.")
        if made.asked_not_to:
            lines.append(f"{count(made.asked_not_to, 'post')} of accounts that ask not to be shown or searched are in no number.")
        subjects = {
            kind: {of for cell in told if cell.kind == kind for of, _ in cell.pairs} for kind in (THEME, GROUP, QUESTION, LINK)
        }
        lines.append(
            f"Themes: {len(subjects[THEME])} of {len(made.contents.themes)} by themselves, "
            f"{len(subjects[GROUP])} joined with others of their group."
        )
        lines.append(
            f"Answered questions: {len(subjects[QUESTION])} of {len(made.contents.questions)}. "
            f"Links: {len(subjects[LINK])}. Own posts: {len(made.contents.own_posts)}. "
            f"Quotes: {len(made.contents.quotes)}."
        )
        if not self.governed:
            lines.append("The privacy page is not complete: fill in all of [governance] in campaign.toml before others see it.")
        if self.was_damaged:
            lines.append(DAMAGED)
        elif self.handed_over:
            lines.append("`debate-tracker serve --public` shows it; a copy that is being served has changed already.")
        return "\n".join(lines)

    def sentence(self) -> str:
        """For the diary of the night."""
        new, ours = self.prepared.new, self.prepared.contents.own_posts
        return f"{count(self.numbers, 'number')}, {len(new):,} of them new, {count(len(ours), 'own post')}"


def look_at(campaign: Campaign, folder: DataFolder, *, now: str) -> Published:
    """What `publish` would do: the copy is built elsewhere and looked over, and thrown away. Takes no lock, writes nothing."""
    _refuse_nothing(folder)
    refuse_older(folder, then="ask again")
    invented = held_clock(folder)
    with tempfile.TemporaryDirectory() as scratch:
        counted = counted_copy(folder, Path(scratch) / "tracker.db")
        prepared = prepare(campaign, folder, now=invented or now, invented=invented is not None, counted=counted)
        finish(Making(Path(scratch) / "candidate.db", "", prepared), campaign, folder)
    cells = [cell for cell, _, _ in prepared.contents.cells]
    return Published(prepared, len(cells), lambda: cells, _governed(campaign, folder), handed_over=False)


def publish(run: "Run", *, by_hand: bool) -> Published:
    """Make the public copy and hand it over. by_hand: someone asked for it, so that a notice that stands in its place goes.

    Raises IncompleteRun where the copy does not pass; what is served then stays as it is."""
    folder, campaign, now = run.folder, run.campaign, run.clock()
    run.store.count()
    path = _cleared(folder)
    rules, base = base_of(campaign, folder, path, now=now)
    with alone(folder):
        damaged = base is None and drop_damaged(folder.public)
    making = begin(campaign, folder, path, rules, base, now=now, invented=held_clock(folder) is not None)
    prepared = making.prepared
    take_over(run.store, prepared.taken_over)
    keep_cells(run.store, prepared.new, prepared.decided, model=prepared.model, now=now, by_people=prepared.by_people)
    try:
        finish(making, campaign, folder)
    except Problem:
        path.unlink(missing_ok=True)  # a disk that is full gets its room back
        raise
    known = Known(digest_of(path), rules, making.base.known.built if making.base else now, prepared.chain)
    made = Published(
        prepared, making.numbers(), lambda: _shown(folder), _governed(campaign, folder), handed_over=True, was_damaged=damaged
    )
    with alone(folder):
        if folder.unpublished.exists() and not by_hand:
            path.unlink()
            return replace(made, handed_over=False)
        _hand_over(making, folder.public)
        folder.unpublished.unlink(missing_ok=True)
        _keep(path, folder, now=now)
    keep_known(run.store, known)
    note(
        run.store,
        action="publish",
        subject=prepared.contents.about["release"],
        count=made.numbers,
        words=made.sentence(),
        actor=ACTOR if by_hand else "nightly",
        now=run.clock(),
    )
    return made


def _cleared(folder: DataFolder) -> Path:
    """Where a copy is made; what is left there of one whose maker was killed goes."""
    folder.published.mkdir(parents=True, exist_ok=True)
    _drop_unfinished(folder)
    return folder.published / "being-made"


def _drop_unfinished(folder: DataFolder) -> None:
    for left in folder.published.glob("being-made*"):
        left.unlink()


def _hand_over(making: Making, served: Path) -> bool:
    """Hand over what is other, if the served copy stands as it did when this one was begun from it; else all of it."""
    if making.base and making.growth and stands(served) == making.base.stands:
        return hand_over_growth(making.growth, served)
    return hand_over(making.path, served)


def _shown(folder: DataFolder) -> list[Cell]:
    return [cell_of(row) for row in shown_cells(folder.public)]


def publish_nightly(run: "Run") -> str:
    """The night's part: publishes where the campaign wants it, someone answers for it, and nobody took the copy back."""
    if not run.campaign.publish_nightly:
        return "not wanted: publish.nightly is false"
    if not _governed(run.campaign, run.folder):
        return f"not published: [governance] lacks {', '.join(run.campaign.governance.missing())}"
    made = publish(run, by_hand=False)
    if not made.handed_over:
        return "not published: it was taken back; `debate-tracker publish` puts it up again"
    return made.sentence()


def _keep(candidate: Path, folder: DataFolder, *, now: str) -> None:
    """Give the copy that was handed over its place among the last seven."""
    put_in_place(candidate, folder.published / f"{datetime.fromisoformat(now).strftime(STAMP)}.db")
    for path in sorted(folder.published.glob("*Z.db"))[:-KEPT]:
        path.unlink()


# ---- taking back -----------------------------------------------------------------------------------------------------


def unpublish(campaign: Campaign, folder: DataFolder, *, now: str, reason: str) -> str:
    """Put a notice in the place of the public copy, at once: a night that is at work is not waited for, and leaves it. reason:
    what readers are told beside it; names are taken out."""
    _refuse_nothing(folder)
    folder.create()
    with alone(folder), tempfile.TemporaryDirectory() as scratch:
        folder.unpublished.write_text(json.dumps({"at": now}) + "\n", encoding="utf-8")
        candidate = Path(scratch) / "notice.db"
        told = {**words_of(campaign), "state": "withdrawn", "published_at": now, "release": "none"}
        build(candidate, Contents(about={**told, "notice": without_names(reason, [campaign.governance.contact])}))
        damaged = drop_damaged(folder.public)
        hand_over(candidate, folder.public)
    with closing(Store.open(folder)) as store:
        note(store, action="unpublish", subject="public.db", count=0, words="a notice is in its place", actor=ACTOR, now=now)
    lines = [
        "A notice is in the place of the public copy. Pages that readers have open may stay for up to an hour.",
        "The nights leave it so until `debate-tracker publish` is given.",
    ]
    return "\n".join([*lines, DAMAGED] if damaged else lines)


def withdraw(folder: DataFolder, forgotten: Forgotten) -> int:
    """Take out of the public copy, and of those kept, own posts that are no longer there, quotes that may no longer be shown, and
    links to who is forgotten or that too few are left to have shared: after a forget or a recheck. A copy that is damaged is
    deleted, and so is one whose maker was killed. Gives how many rows. Raises IncompleteRun, once all are done, where a file is
    read so much that its log stays; the next empties it. The caller holds DATA/lock."""
    _drop_unfinished(folder)
    copies = [path for path in (folder.public, *sorted(folder.published.glob("*.db"))) if path.is_file()]
    if not copies or not folder.exists():
        return 0
    with looking(folder) as db:
        posts = {_own(row) for row in own_posts(db)}
        may = {(quote.text, int(quote.paraphrased)) for quote in quotes(folder, db)}
        gone = unsaid(db)
    taken, read = 0, list[str]()
    with alone(folder):
        for path in copies:
            if drop_damaged(path):
                continue
            old_posts = [row["id"] for row in shown_own_posts(path) if _own(row) not in posts]
            old_quotes = [row["id"] for row in shown_quotes(path) if (row["text"], row["paraphrased"]) not in may]
            old_links = [row["id"] for row in shown_links(path) if _is_unsaid(row, gone, forgotten)]
            if not (old_posts or old_quotes or old_links or in_log(path)):
                continue
            taken += len(old_posts) + len(old_quotes) + len(old_links)
            if not take_out(path, own_posts=old_posts, quotes=old_quotes, links=old_links):
                read.append(path.name)
    if read:
        raise IncompleteRun(
            f"{' and '.join(read)} is read so much that what was taken out of it may still be in its log.",
            safe="Nobody sees it any more.",
            next_step="Stop `serve --public` for a moment, then run the same command again; the next night tries it too.",
        )
    return taken


def _is_unsaid(row: Row, gone: set[tuple[str, tuple[str, ...]]], forgotten: Forgotten) -> bool:
    """Whether a link is not to be shown any more: it leads to who is forgotten, or too few who shared it are left."""
    address, weeks = str(row["subject"]), tuple(json.loads(row["weeks"]))
    return forgotten.leads_to(address) or (unsaid_name(forgotten, address), weeks) in gone


def _own(row: Row) -> tuple[str, str | None, str, str]:
    """By what an own post is known in a public copy, which has no ids."""
    return (row["platform"], row["url"], row["created_at"], row["text"])


# ---- all of them -----------------------------------------------------------------------------------------------------


@contextmanager
def alone(folder: DataFolder) -> Iterator[None]:
    """Hold what lets only one at a time change the public copy. Held for moments and apart from DATA/lock, so that a copy
    can be taken back while a night is at work."""
    lock = FileLock(folder.root / "publishing.lock")
    try:
        lock.acquire(timeout=LOCK_SECONDS)
    except Timeout as error:
        raise IncompleteRun(
            "Another program has been changing the public copy for a minute.",
            safe="Nothing was changed by this one.",
            next_step="Run the same command again.",
        ) from error
    try:
        yield
    finally:
        lock.release()


def _governed(campaign: Campaign, folder: DataFolder) -> bool:
    """Whether someone answers for what is published. A demo holds no real person."""
    return not campaign.governance.missing() or held_clock(folder) is not None


def _refuse_nothing(folder: DataFolder) -> None:
    folder.refuse_lost()
    if not folder.exists():
        raise UsageProblem(
            f"There is nothing to publish: {folder.root} holds no store.",
            next_step="Run `debate-tracker demo` to see an invented debate, or `debate-tracker import FILE` first.",
        )
