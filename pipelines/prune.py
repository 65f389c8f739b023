"""Keep nothing for longer than the campaign said, counted from when it was first collected or read."""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.labels import Labels
from db.pruning import compact, prune_posts
from pipelines.running import Run
from tracker.counting import week_of

COMPACT_DAYS = 7
COMPACTED = "compacted_at"


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many posts and raw items were deleted; held: why no posts were, in words."""

    posts: int
    items: int
    held: str = ""

    def sentence(self) -> str:
        """For the diary of the run."""
        told = f"{self.posts:,} posts and {self.items:,} raw items were older than the campaign keeps them"
        return f"{told}; {self.held}" if self.held else told


def prune(run: Run) -> Pruned:
    """Let go of what is too old. While a study hold lasts, posts stay. Once a week the file is freed of what was deleted."""
    now = datetime.fromisoformat(run.clock())
    items = run.raw.prune(stored_before=_utc(now - timedelta(days=run.campaign.raw_days)))
    holds = [hold for hold in run.campaign.study_holds if hold.end >= run.clock()[:10]]
    if holds:
        longest = max(holds, key=lambda hold: hold.end)
        return Pruned(0, items, f'posts are kept until {longest.end} for "{longest.reason}"')
    before = _utc(now - timedelta(days=run.campaign.posts_days))
    if run.folder.labels.is_file():
        with closing(Labels(run.folder)) as labels:
            posts = _prune_posts(run, labels, before)
    else:
        posts = _prune_posts(run, None, before)
    _compact_weekly(run, now, posts)
    return Pruned(posts, items)


def _prune_posts(run: Run, labels: Labels | None, before: str) -> int:
    return prune_posts(run.store, labels, first_seen_before=before, week_of=week_of, now=run.clock())


def _compact_weekly(run: Run, now: datetime, posts: int) -> None:
    """Compacting reads and writes the whole store, so it is not done every night; deleted pages are overwritten at once anyhow,
    and only the full-text index keeps words of deleted posts for these days."""
    settings = run.store.settings()
    waiting = settings.get("compaction_waits") == "1" or posts > 0
    last = settings.get(COMPACTED, "")
    if not waiting:
        return
    if last and now - datetime.fromisoformat(last) < timedelta(days=COMPACT_DAYS):
        run.store.remember("compaction_waits", "1")
        return
    compact(run.folder)
    run.store.remember(COMPACTED, _utc(now))
    run.store.remember("compaction_waits", "0")


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
