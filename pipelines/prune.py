"""Keep nothing for longer than the campaign said, counted from when it was first collected or read, nor the words of what its
author deleted: in the stores, nor in the files that they came in."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from db.labels import Labels
from db.pruning import compact, merge_index, prune_posts
from db.rechecking import erase_gone, gone_since
from db.runs import last_of
from pipelines.collecting import clock_off
from pipelines.leftovers import delete_older, delete_with
from pipelines.running import Run
from tracker.counting import local_day, week_of
from tracker.telling import count
from tracker.times import written
from tracker.traces import TracesOfPosts

COMPACT_DAYS = 7
LONGEST_GAP = timedelta(days=31)
"""Where the run before lies further back, this machine may have slept, or its clock may be wrong: what is deleted for its age
waits for the next run."""
FAST = timedelta(days=1)
"""A clock that is ahead of a server's by more deletes nothing."""
ERASE_AFTER = timedelta(hours=20)
"""What is gone keeps its words until another night has found it gone too: a server that had lost its mind for an hour takes
nothing along. X wants them gone within a day of being asked (developer policy, Content compliance)."""
LONGEST_RUN = timedelta(days=1)
"""A run takes in posts that are this much younger than its beginning, by which they are old."""
COMPACTED = "compacted_at"
DELETING = ("nightly", "prune")
"""The commands that let go of what is too old."""


@dataclass(frozen=True, slots=True)
class Files:
    """How many files went from inbox/done and inbox/failed. old: were there for long enough. holding: held posts whose words are
    erased from the stores."""

    old: int = 0
    holding: int = 0

    def sentences(self) -> Iterator[str]:
        """For the diary of the run."""
        if self.old:
            yield f"{count(self.old, 'file', 'files')} deleted from inbox/done and failed: kept long enough"
        if self.holding:
            yield f"{count(self.holding, 'file', 'files')} deleted there that held posts gone from their platform"


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many posts and raw items were deleted, and of how many posts the words, since their platform does not show them any
    more; held: why no posts were, in words; doubt: why nothing was. files: of inbox/done and inbox/failed."""

    posts: int
    items: int
    held: str = ""
    erased: int = 0
    doubt: str = ""
    files: Files = Files()

    def sentence(self) -> str:
        """For the diary of the run."""
        if self.doubt:
            return self.doubt
        old = f"{count(self.posts, 'post', 'posts')} and {count(self.items, 'raw item', 'raw items')}"
        told = f"{old} were older than the campaign keeps them"
        erased = f"the words of {count(self.erased, 'post', 'posts')} erased: gone from their platform" if self.erased else ""
        return "; ".join(filter(None, (told, self.held, erased, *self.files.sentences())))


def prune(run: Run) -> Pruned:
    """Let go of what is too old, and of the words of what is gone from its platform. While a study hold lasts, other posts stay.
    Once a week the file is freed of what was deleted."""
    with ExitStack() as opened:
        labels = opened.enter_context(closing(Labels(run.folder))) if run.folder.labels.is_file() else None
        return _prune(run, labels, datetime.fromisoformat(run.clock()))


def _prune(run: Run, labels: Labels | None, now: datetime) -> Pruned:
    if doubt := _doubt(run, now):
        return Pruned(0, 0, doubt=doubt)
    items = run.raw.prune(stored_before=written(now - timedelta(days=run.campaign.raw_days)))
    before = written(now - ERASE_AFTER)
    files = _delete_files(run, gone_since(run.store, gone_before=before), now)
    erased = erase_gone(run.store, run.raw, labels, run.forgotten.digest, gone_before=before, now=run.clock())
    holds = [hold for hold in run.campaign.study_holds if hold.end >= run.clock()[:10]]
    if holds:
        longest = max(holds, key=lambda hold: hold.end)
        if erased:
            run.store.count()
        _compact_weekly(run, now, erased)
        return Pruned(0, items, f'posts are kept until {longest.end} for "{longest.reason}"', erased, files=files)
    too_old = now - timedelta(days=run.campaign.posts_days)
    run.store.count()  # the counts of weeks that lose posts stay as they are then
    posts = prune_posts(
        run.store,
        labels,
        run.forgotten.digest,
        first_seen_before=written(too_old),
        newest_week=week_of(local_day(written(too_old + LONGEST_RUN), run.campaign.timezone)),
        week_of=week_of,
        now=run.clock(),
    )
    if posts or erased:
        run.store.count()  # what the posts were counted as is kept until then
    _compact_weekly(run, now, posts + erased)
    return Pruned(posts, items, erased=erased, files=files)


def _delete_files(run: Run, gone: Sequence[tuple[str, str]], now: datetime) -> Files:
    """Files in inbox/done and inbox/failed are what platforms answered, word for word, and hold posts: they are kept for the
    shorter of the two, and for a day at least, so that who dropped one sees what became of it. Those with posts whose words are
    about to be erased go at once (before the words: a kill between leaves no such file), and only for them are files read. gone:
    ids and addresses."""
    days = max(1, min(run.campaign.raw_days, run.campaign.posts_days))
    old = delete_older(run.folder, (now - timedelta(days=days)).timestamp())
    holding = delete_with(TracesOfPosts(chain.from_iterable(gone)), run.folder.done, run.folder.failed) if gone else []
    return Files(old, len(holding))


def _doubt(run: Run, now: datetime) -> str:
    """Why it may not be as late as this machine's clock says, in words: by a clock that is years ahead all would be too old."""
    off = clock_off(run.store)
    if off and off.at >= run.started_at and off.seconds > FAST.total_seconds():
        ahead = f"this machine's clock is {count(off.seconds // 86_400, 'day', 'days')} ahead of that of {off.host}"
        return f"nothing is deleted for its age, since {ahead}: set it (`timedatectl`)"
    before = last_of(run.store, DELETING, before_run=run.id)
    if before is None or now - datetime.fromisoformat(before) <= LONGEST_GAP:
        return ""
    gap = count((now - datetime.fromisoformat(before)).days, "day", "days")
    waits = f"nothing is deleted for its age this time, {gap} after the run of {before}, since the clock might be wrong"
    return f"{waits}: the next run will, or `debate-tracker prune` now if it is {run.clock()[:10]}"


def _compact_weekly(run: Run, now: datetime, posts: int) -> None:
    """Compacting reads and writes the whole store, so it is not done every night. Deleted pages are overwritten at once anyhow,
    and the full-text index, which keeps words of deleted posts until its parts are merged, is merged the same night."""
    settings = run.store.settings()
    waiting = settings.get("compaction_waits") == "1" or posts > 0
    last = settings.get(COMPACTED, "")
    if not waiting:
        return
    if last and abs(now - datetime.fromisoformat(last)) < timedelta(days=COMPACT_DAYS):
        if posts:
            merge_index(run.store)
        run.store.remember("compaction_waits", "1")
        return
    compact(run.folder)
    run.store.remember(COMPACTED, written(now))
    run.store.remember("compaction_waits", "0")
