"""One question to Bluesky's search, walked from its earliest window to its latest, page by page. The network is handed in.

What the search does that a walk has to live with:

- a page is filtered after the index has answered, so it may be short, or empty, and is not the last one: that is the one
  without a cursor;
- a cursor is a place in a list, which ends at the 10,000th post: whether by a cursor that is missing or by a refusal;
- what is posted or deleted meanwhile moves the list, so posts come twice;
- a server may leave any part of a question out of account. So the times of what comes back are looked at, and whether it is about
  the campaign.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

from tracker.matching import Matcher
from tracker.sources.asking import Page
from tracker.sources.bluesky_answers import Hits
from tracker.sources.bluesky_windows import EARLIEST, Newest, Plan, Reached, Window

DEEPEST = 10_000
"""Posts that one question gives at most."""
PAGE = 100
REPEATS = 3
"""Pages in a row that hold nothing but what came before; after as many the server is not asked on."""
MOST_PAGES = 500
MOST_WINDOWS = 2_000
"""Windows of one run; what is left is the next run's."""

Ask = Callable[[Window, str | None], Hits | None]
"""(window, cursor) -> a page, None where the server says that it does not go as deep as this cursor."""


@dataclass(slots=True)
class Walk:
    """A walk in progress. exact: whatever is found must be about the campaign (a search for words may find more than was meant).
    whole: all windows so far were read to their ends, so that the cursor may move."""

    ask: Ask
    plan: Plan
    matcher: Matcher
    reached: Reached | None
    exact: bool = True
    whole: bool = True
    unheeded: bool = False
    status: str = ""
    hits: int = 0
    strangers: int = 0
    expected: int | None = None
    notes: dict[str, None] = field(default_factory=dict)
    gaps: list[tuple[str, str, str]] = field(default_factory=list)
    upto: str | None = None

    def pages(self) -> Iterator[Page]:
        """Every page with posts; at the end of a window the cursor; at the end of all how it went."""
        waiting: list[Window | str] = list(reversed(self.plan.windows))
        asked = 0
        while waiting:
            window = waiting.pop()
            if isinstance(window, str):
                yield from self._done(window)
                continue
            asked += 1
            if asked > MOST_WINDOWS:
                self._too_many(window)
                break
            newest = Newest()
            ended = yield from self._read(window, newest)
            if self.unheeded:
                yield from self._end_unheeded(ended)
                return
            parts = _parts(window, newest.oldest()) if ended == "capped" else ()
            if parts:
                waiting += [window.until, *reversed(parts)]
                continue
            self._note(window, ended)
            yield from self._done(window.until)
        yield self._last()

    def _done(self, until: str) -> Iterator[Page]:
        """Everything before `until` was read, if all was until here."""
        if self.whole:
            self.upto = until
            yield Page(cursor=self._cursor(), window=self._span())

    def _read(self, window: Window, newest: Newest) -> Generator[Page, None, str]:
        """The pages of one window; returns how it ended: end, capped, repeats."""
        seen: set[str] = set()
        cursors: set[str] = set()
        cursor: str | None = None
        stale = outside = asked = 0
        while True:
            hits = self.ask(window, cursor)
            if hits is None:
                return "capped"
            asked += 1
            new = [address for address in hits.addresses if address not in seen]
            seen.update(hits.addresses)
            stale = 0 if new or not hits.addresses else stale + 1
            outside += sum(not any(map(window.holds, moments)) for moments in hits.moments if moments)
            self.unheeded = self.unheeded or outside * 2 > len(seen) > 0
            for moments in hits.moments:
                newest.saw(moments)
            self._count(hits, asked)
            if hits.rows:
                yield Page(rows=hits.rows, window=self._span(), unknown_fields=hits.unknown)
            if hits.cursor is None:
                return "capped" if asked * PAGE >= DEEPEST or len(seen) >= DEEPEST else "end"
            if hits.cursor in cursors or stale >= REPEATS or asked >= MOST_PAGES:
                return "repeats"
            cursors.add(hits.cursor)
            cursor = hits.cursor

    def _count(self, hits: Hits, asked: int) -> None:
        for post in hits.posts():
            self.hits += 1
            self.strangers += self.exact and not self.matcher.reasons(post)
        if asked == 1 and hits.total is not None and hits.total <= DEEPEST:
            self.expected = (self.expected or 0) + hits.total

    def _note(self, window: Window, ended: str) -> None:
        """Write down what a window did not give."""
        span = f"{window.since or 'the beginning'} to {window.until}"
        if ended == "repeats":
            self.whole, self.status = False, self.status or "partial"
            self.notes[
                f"the server gave the same pages again, so {span} was not read to its end; the next run reads it again"
            ] = None
        elif ended == "capped":
            self.status = "capped"
            why = f"Bluesky's search gives at most {DEEPEST:,} posts, and this window of a second holds more"
            self.gaps.append((window.since or EARLIEST, window.until, why))

    def _too_many(self, window: Window) -> None:
        self.whole, self.status = False, self.status or "partial"
        self._tell(f"there was too much for one run; the next one goes on from {window.since or 'the beginning'}")

    def _tell(self, note: str) -> None:
        self.notes[note] = None

    def _end_unheeded(self, ended: str) -> Iterator[Page]:
        """The server gives whatever it has, whenever that is from: it was read once, and there is nothing to slice. It may leave
        out posts too (without an index: tags in other capitals), so the cursor stays."""
        self._tell(
            "the server does not keep to the times that it is asked for; what it gave was read once, and more may be there"
        )
        self.expected, self.whole, self.status = None, False, "capped" if ended == "capped" else "partial"
        yield self._last()

    def _last(self) -> Page:
        if self.strangers:
            self._tell(
                f"{self.strangers} of {self.hits} posts that the server gave are not what it was asked for, and were left out"
            )
            if self.strangers * 2 > self.hits:
                self.status = self.status or "partial"
        return Page(
            cursor=self._cursor(),
            window=self._span(),
            complete=True,
            status=self.status,
            expected=self.expected,
            note="; ".join(self.notes),
            gaps=tuple(self.gaps),
        )

    def _cursor(self) -> str | None:
        """How far the question was read in one piece. Behind what was reached before it never falls; that a read far back is done
        is said only once all of it is."""
        if not (self.plan.moves and self.whole and self.upto):
            return None
        end = self.plan.windows[-1].until
        before = self.reached
        if self.upto == end:
            return Reached(end, self.plan.deep).text()
        if before is None:
            return Reached(self.upto, self.plan.deep).text()
        return Reached(max(self.upto, min(before.to, end)), before.deep).text()

    def _span(self) -> tuple[str | None, str | None]:
        """From when to when the question was read in one piece, without what says that it is older than Bluesky."""
        if not self.plan.windows:
            return None, None
        begin = self.plan.windows[-1].since
        return begin, self.upto if self.upto and self.upto > (begin or "") else None


def _parts(window: Window, oldest: str | None) -> tuple[Window, ...]:
    """What is left of a window that holds more than the search gives, the earlier first: what lies before the oldest post that it
    gave, in halves; all of it where its posts came in no order."""
    left = window.rest(oldest) if oldest else None
    if left is None:
        return window.halves() or ()
    return left.halves() or (left,)
