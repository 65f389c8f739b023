"""What a source is asked, what it answers, and what it is given to ask with. Pure: no network here, no store.

A source is a module with

    NAME, SLUG                      for people; for commands and the store's `source` column
    asks(campaign) -> tuple[Ask]    everything that it would be asked for this campaign, without asking
    pages(ask, asking) -> Iterator[Page]        one ask, page by page, from `asking.cursor` on

and, where its API has them,

    thread(post, asking) -> Iterator[Page]      the replies to one post of the campaign
    refresh(posts, asking) -> Iterator[Page]    posts seen before, as they are now: counts, edits, what is gone
    missing(campaign, credentials) -> tuple[str, ...]   what would be refused tonight for want of credentials, in sentences
    cost(campaign) -> str                       what asking costs, in a sentence; free without it

(posts for `thread` and `refresh` carry ids, address, time, the last known counts, not their text; `seen_at` of a post for
`thread` is when its thread was last read to its end).

The caller keeps each page with its cursor and its coverage row in one transaction, then asks for the next page: whatever stops
a run, a page may be asked again, but none is lost. A source never decides what belongs to the debate, nor what is new.
It raises a SourceProblem where it cannot go on; what it gave before stays.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tracker.problems import SourceProblem
from tracker.records import Campaign, Post, Row
from tracker.sources.web import Web


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing asked of one server: one cursor, one row of `coverage` a run. `query` as people read it (`#futurewelfare`);
    `server` is a whole address, or a host that is asked by https. `kind` is hashtag, link, phrase, search (several of these at
    once), account, feed or stream; `value` is what goes to the server."""

    source: str
    server: str
    query: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A post, or (native_id None) every post of an account, is no longer shown by its platform, or is shown again.

    status: live, hidden (may come back: suspended, deactivated, made private) or gone (its author deleted it). evidence: what
    the platform said, in words."""

    platform: str
    status: str
    evidence: str
    native_id: str | None = None
    author_id: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of answers. `rows` as the readers of exports give them (`line` counts from 1 in this page).

    cursor: what to go on from once this page is kept (any text; JSON by custom), None leaves the old one. window: from and to of
    what has been seen of this ask in this run, UTC, None where that is not known. complete: the last page of the ask, with
    everything that the source has. status: of `coverage`, where the last page is less than that (capped, partial, disabled), or
    `ok` where its number is not to be held against other runs. expected: how many the source itself says there are. gaps: (from,
    to, why) that no later run can fill by itself.
    unknown_fields: names that this version does not know, one for each item that has one.
    """

    rows: tuple[Row, ...] = ()
    cursor: str | None = None
    window: tuple[str | None, str | None] = (None, None)
    complete: bool = False
    status: str = ""
    expected: int | None = None
    note: str = ""
    gone: tuple[Gone, ...] = ()
    gaps: tuple[tuple[str, str, str], ...] = ()
    unknown_fields: tuple[str, ...] = ()


class Spending(Protocol):
    """The ledger of paid calls. Nothing paid is asked before it is entered."""

    def before(self, what: str, units: int, usd: float) -> int:
        """Enter a call at the most that it can cost, committed before this returns; gives the entry's number.
        Raises BudgetStop where it would pass the cap of the run or of the month; nothing is entered then."""

    def settle(self, entry: int, units: int, usd: float) -> None:
        """Enter what the call came to."""

    def left(self) -> float:
        """US dollars that may still be spent in this run."""

    def spent_on(self, what: str) -> float:
        """US dollars that this run has spent on calls whose `what` begins so."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What a source is given: the seam to the network, the campaign, credentials by name, the clock (UTC, as the store writes
    it), the cursor that is stored for this ask, a window that was asked for by hand, and the ledger."""

    web: Web
    campaign: Campaign
    credentials: Mapping[str, str]
    clock: Callable[[], str]
    cursor: str | None = None
    since: str | None = None
    until: str | None = None
    spending: Spending | None = None
    answers: Callable[[Post], tuple[tuple[str, bytes], ...]] = field(default=lambda post: ())
    """What is kept of a post as it came: (server, item). A server's own ids stand there."""
    stop: Callable[[], None] = field(default=lambda: None)
    """Raises Interrupted where the run was told to end; called between requests and while waiting."""


__all__ = ["Ask", "Asking", "Gone", "Page", "SourceProblem", "Spending"]
