"""Recheck: ask the platforms what became of posts that are stored, and carry it over: what was deleted, made private, suspended
or edited, and who asked not to be collected.

What is not shown is hidden at once, from the pages and (own posts, quotes) from the public copy; what stayed so for HIDDEN_DAYS
counts as gone; what comes back is shown again. Words of what is gone are erased by `prune` (docs/operating.md, What people
delete). Each page of answers is kept with a note of what was asked, so that a recheck that is killed goes on where it stopped.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from db.rechecking import (
    changes_after,
    due_count,
    due_posts,
    give_up_hidden,
    newest_change,
    note_asked,
    note_tried,
    platforms_stored,
)
from pipelines.collecting import Collecting, over_the_network
from pipelines.credentials import Credentials
from pipelines.messages import group_messages
from pipelines.paging import Rules
from pipelines.planning import chosen, may_be_asked
from pipelines.publish import withdraw
from pipelines.running import Run
from pipelines.summarise import summarise
from tracker.matching import Matcher
from tracker.problems import UsageProblem
from tracker.records import Campaign
from tracker.sources import Source, source_named
from tracker.sources.asking import Page
from tracker.times import later

POSTS_A_NIGHT = 2000
"""Of one source. At AT_ONCE posts a request that is a hundred requests."""
HIDDEN_DAYS = 30
QUERY = "known posts"


@dataclass(slots=True)
class Rechecked:
    """What a recheck came to. asked: posts that were asked for. left: those that are due and were not. not_possible: how many
    posts there are of each platform that this campaign cannot ask again."""

    asked: int = 0
    hidden: int = 0
    gone: int = 0
    back: int = 0
    left: int = 0
    failed: int = 0
    not_possible: tuple[tuple[str, int], ...] = ()

    def sentence(self) -> str:
        """For the diary of the run and for people."""
        parts = [f"{self.asked:,} known posts asked for again"]
        parts += [f"{n:,} {what}" for n, what in ((self.hidden, "hidden"), (self.gone, "gone"), (self.back, "shown again")) if n]
        if self.left:
            parts.append(f"{self.left:,} more are due and wait for the next night")
        if self.failed:
            parts.append(f"{self.failed} sources could not be asked to the end")
        parts += [f"{n:,} of {platform} cannot be asked for by this campaign" for platform, n in self.not_possible]
        return "; ".join(parts)


def recheck(run: Run, names: Sequence[str] = ()) -> Rechecked:
    """Ask for the posts that are due, at most so many of each source; give up what stayed hidden. Problems are the run's."""
    done = Rechecked()
    sources = _askable(run.campaign, names)
    before = newest_change(run.store)
    with over_the_network(run) as web:
        rules = Rules(run.campaign, Matcher(run.campaign), run.forgotten)
        collecting = Collecting(run, web, rules, Credentials())
        for source in sources:
            _recheck_source(collecting, source, done)
        done.failed = collecting.failed
    now = run.clock()
    give_up_hidden(run.store, hidden_before=later(now, -timedelta(days=HIDDEN_DAYS)), days=HIDDEN_DAYS, now=now)
    withdraw(run.folder, run.forgotten)
    changes = changes_after(run.store, before)
    done.hidden, done.gone, done.back = (changes.get(status, 0) for status in ("hidden", "gone", "live"))
    can_ask = {source.SLUG for source in sources}
    if not names:
        stored = platforms_stored(run.store)
        done.not_possible = tuple((platform, n) for platform, n in stored.items() if platform not in can_ask)
    return done


def recheck_and_count(run: Run, names: Sequence[str]) -> None:
    """Recheck, then count the days that changed: a whole `recheck` run."""
    _refuse_unaskable(chosen(run.campaign, names) if names else ())
    with run.step("recheck") as notes:
        notes.append(recheck(run, names).sentence())
    with run.step("messages"):
        group_messages(run)
    with run.step("count"):
        summarise(run)


def _refuse_unaskable(names: Sequence[str]) -> None:
    """Raise UsageProblem for a source that was named and gives no post by its id."""
    for name in names:
        if not hasattr(source_named(name), "refresh"):
            raise UsageProblem(
                f"{name} cannot be asked what became of a post.",
                safe="Nothing was asked.",
                next_step="Give --source mastodon, bluesky or x, or leave it out.",
            )


def _askable(campaign: Campaign, names: Sequence[str]) -> list[Source]:
    """The sources of the campaign that know posts by their ids, and that it may ask."""
    found = [source_named(name) for name in chosen(campaign, names)]
    return [
        source
        for source in found
        if source is not None and hasattr(source, "refresh") and any(may_be_asked(campaign, ask) for ask in source.asks(campaign))
    ]


def _recheck_source(collecting: Collecting, source: Source, done: Rechecked) -> None:
    run = collecting.run
    posts = due_posts(run.store, source.SLUG, now=run.clock(), run_began=run.started_at, limit=POSTS_A_NIGHT)
    if not posts:
        return
    note_tried(run.store, posts, now=run.clock())
    refresh = source.refresh  # type: ignore[attr-defined]
    asked = collecting.asked(source.SLUG, "", QUERY)
    last = collecting.take(_as_asked(refresh(posts, collecting.asking(source.SLUG))), asked)
    if last.complete:
        note_asked(run.store, posts, now=run.clock())
        done.asked += len(posts) if last.expected is None else last.expected
    done.left += due_count(run.store, source.SLUG, now=run.clock())


def _as_asked(pages: Iterable[Page]) -> Iterator[Page]:
    """The pages of an ask whose numbers say nothing about other nights: how many posts are due differs each time."""
    for page in pages:
        yield replace(page, status=page.status or "ok") if page.complete else page
