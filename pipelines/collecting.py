"""One thing asked of one server: each page is filtered, matched and kept with its cursor and its coverage row, then the next one
is asked for. What goes wrong becomes the row's status and a problem of the run; the other asks go on.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from traceback import extract_tb
from urllib.parse import urlsplit

from db.asked import Asked, given_before, got_before
from db.spending import Ledger
from db.store import Store
from pipelines.credentials import Credentials
from pipelines.paging import Rules, Tally, read_page
from pipelines.running import Run
from tracker.coverage import surprise
from tracker.problems import (
    BudgetStop,
    CredentialsRefused,
    FellSilent,
    Gap,
    PartFailedByABug,
    Problem,
    RateLimited,
    ServerFault,
    SourceProblem,
    Unreachable,
    from_os_error,
)
from tracker.records import Post
from tracker.sources.asking import Ask, Asking, Page
from tracker.sources.web import Web
from tracker.telling import count
from tracker.times import later

LOG = logging.getLogger("debate_tracker")
PROGRAM = Path(__file__).resolve().parents[1]

CLOSING = (Unreachable, RateLimited, CredentialsRefused, BudgetStop)
"""After one of these a server is not asked again in the same run; a fault at one place (`ServerFault`) says nothing of others."""
UNANSWERED = 3
"""Asks, or threads, in a row without an answer after which no more are asked for: it is the server then, and not the place."""
DAYS_COMPARED = 28
NOT_BEFORE = "not_before"
"""The setting of the store that holds when each server may be asked again."""
CLOCK_OFF = "clock_off"
"""The setting of the store that holds how far our clock was from a server's, when a server last said what time it has."""


@dataclass(slots=True)
class Collecting:
    """What the asks of one run share. since, until: a window asked for by hand (UTC), which moves no cursor. max_cost: US dollars
    for this run. new, known, asks, failed: what came of it. faults: how many asks in a row ended with a fault of the server.
    closed: servers that are not asked again in this run, and why."""

    run: Run
    web: Web
    rules: Rules
    credentials: Credentials
    since: str | None = None
    until: str | None = None
    max_cost: float | None = None
    new: int = 0
    known: int = 0
    asks: int = 0
    failed: int = 0
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    closed: dict[tuple[str, str], Problem] = field(default_factory=dict)

    def by_hand(self) -> bool:
        """Whether a window was asked for by hand."""
        return self.since is not None or self.until is not None

    def asked(self, source: str, server: str, query: str) -> Asked:
        """The place in the store for what comes of an ask."""
        return Asked(self.run.store, self.run.id, source, place_of(server), query, self.run.clock())

    def asking(self, source: str, cursor: str | None = None) -> Asking:
        """What a source is given to ask with."""
        return Asking(
            web=self.web,
            campaign=self.run.campaign,
            credentials=self.credentials,
            clock=self.run.clock,
            cursor=cursor,
            since=self.since,
            until=self.until,
            spending=self._ledger(source),
            answers=self._answers,
            stop=self.run.stop.check,
        )

    def take(self, pages: Iterable[Page], asked: Asked) -> Page:
        """Take the pages of an ask until it ends, well or not; gives the last one. What goes wrong is a row, not an exit."""
        tally, last, heard = Tally(), Page(), Heard({"asked by hand": None} if self.by_hand() else {})
        self.asks += 1
        try:
            for last in pages:
                heard.hear(last)
                self._keep(last, asked, tally, heard)
            if not last.complete:
                asked.keep(status=last.status or "partial", got=got(tally), now=self.run.clock(), note=heard.note(tally))
            self.faults[asked.source, asked.server] = 0
        except Problem as problem:
            if not isinstance(problem, (SourceProblem, CredentialsRefused)):
                raise
            self.failed += 1
            note = " ".join(part for part in (problem.what, problem.why) if part)
            known = got(tally) if asked.row is not None else None
            asked.keep(status=problem.status, got=known, now=self.run.clock(), note=note)
            self.run.problems.append(problem)
            if isinstance(problem, CLOSING) and not (isinstance(problem, ServerFault) and self._only_there(asked)):
                self.closed[asked.source, asked.server] = problem
        except Exception as error:  # noqa: BLE001  a row, not an exit (law 4)
            self.failed_by_a_bug(asked, error, got(tally), heard.note(tally))
        finally:
            place = " ".join(part for part in (asked.source, asked.server, asked.query) if part)
            self.run.say(f"{place}: {count(tally.rows, 'post')} read, {got(tally)} of the debate, {tally.new} new")
            self.new += tally.new
            self.known += tally.known + tally.updated
        return last

    def _only_there(self, asked: Asked) -> bool:
        """Whether a fault of the server may be one at the place that was asked."""
        self.faults[asked.source, asked.server] += 1
        return self.faults[asked.source, asked.server] < UNANSWERED

    def failed_by_a_bug(self, asked: Asked, error: Exception, kept: int | None = None, note: str = "") -> None:
        """What nobody foresaw ends one ask, not the run: it is a row and a problem (exit code 1), with its traceback in the log.
        What the system says of disk and permission is raised again. kept: posts kept of the ask before."""
        if isinstance(error, OSError) and from_os_error(error) is not None:
            raise error
        place = " ".join(part for part in (asked.source, asked.server, asked.query) if part)
        LOG.error("%s failed by a bug", place, exc_info=error, extra={"run": self.run.id})
        self.failed += 1
        what = f"failed by a bug ({type(error).__name__} {_where(error)})"
        asked.keep(
            status="partial",
            got=kept if asked.row is not None else None,
            now=self.run.clock(),
            note="; ".join(filter(None, (what, note))),
        )
        self.run.problems.append(
            PartFailedByABug(
                f"{place} {what}.",
                why="The program met something that nobody foresaw; the log has the traceback.",
                safe="What was read of it before is kept, and all other sources were asked.",
                next_step="Send the traceback to who looks after the program. The next run asks again; until it is mended, an "
                "export of that platform in the inbox takes its place.",
            )
        )

    def _keep(self, page: Page, asked: Asked, tally: Tally, heard: "Heard") -> None:
        """Write a page, then hear whether the run was told to end."""
        run, place = self.run, f"{asked.source} {asked.server}".strip()
        read = read_page(page.rows, self.rules, run.store, tally, file=place, source=asked.source)
        if read.raws:
            run.raw.keep(read.raws, source=f"{asked.source}:{asked.server}", now=run.clock())
        odd = self._odd(page, asked, tally)
        before = len(asked.gaps)
        asked.keep(
            read.kept,
            read.refused,
            status=_status(page, tally),
            got=got(tally),
            now=run.clock(),
            cursor=None if self.by_hand() else page.cursor,
            window=page.window,
            expected=page.expected,
            note="; ".join(filter(None, (odd, heard.note(tally)))),
            gaps=page.gaps,
            vanished=[(gone.platform, gone.status, gone.evidence, gone.native_id, gone.author_id) for gone in page.gone],
        )
        run.problems += [_missed(asked, start, end, why) for start, end, why in asked.gaps[before:]]
        if odd:
            run.problems.append(_look(asked, odd))
        run.progress(f"{place} {asked.query}", tally.rows, None)
        run.stop.check()

    def _odd(self, page: Page, asked: Asked, tally: Tally) -> str:
        """Why what came of an ask is too little to be believed without a look. What known posts are asked for again, of no one
        server, says nothing about other nights: how many they are differs each time."""
        if not page.complete or page.status or self.by_hand() or not asked.server:
            return ""
        since = later(self.run.clock(), -timedelta(days=DAYS_COMPARED))
        before = got_before(self.run.store, asked, page.window, since=since)
        expected = None if tally.rows else page.expected  # what was given and belongs to other debates is no silence
        return surprise(got(tally), before, expected, again=given_before(self.run.store, asked, page.window))

    def _ledger(self, source: str) -> Ledger | None:
        """The ledger of a source that costs money."""
        settings = self.run.campaign.sources.x
        if source != "x" or settings is None:
            return None
        run, by_hand = self.run, self.max_cost is not None and self.max_cost < settings.max_cost_run
        cap = self.max_cost if by_hand and self.max_cost is not None else settings.max_cost_run
        return Ledger(run.store, run.id, source, cap_run=cap, cap_month=settings.max_cost_month, clock=run.clock, by_hand=by_hand)

    def _answers(self, post: Post) -> tuple[tuple[str, bytes], ...]:
        kept = self.run.raw.read_by_source(post.platform, post.native_id)
        return tuple((source.partition(":")[2], body) for source, body in kept)


def _where(error: Exception) -> str:
    """The line of the program that a bug is in. What the error says may be a post's own words; the log has it."""
    frames = [frame for frame in extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(PROGRAM)]
    frame = [frame for frame in frames if "site-packages" not in frame.filename][-1]
    return f"in {Path(frame.filename).relative_to(PROGRAM).as_posix()}, line {frame.lineno}"


@contextmanager
def over_the_network(run: Run) -> Iterator[Web]:
    """The seam to the network, for one step of a run; when a server may be asked again is remembered for the next one."""
    not_before: dict[str, float] = json.loads(run.store.settings().get(NOT_BEFORE, "{}"))
    campaign = run.campaign
    web = Web(
        contact=campaign.governance.contact,
        allow_hosts=campaign.sources.allow_hosts,
        governed=not campaign.governance.missing(),
        stop=run.stop.check,
        not_before=dict(not_before),
    )
    try:
        yield web
    finally:
        if web.patience.not_before != not_before:
            run.store.remember(NOT_BEFORE, json.dumps(web.patience.not_before))
        if web.patience.clock_off is not None:
            host, seconds = web.patience.clock_off
            run.store.remember(CLOCK_OFF, json.dumps(asdict(ClockOff(host, round(seconds), run.clock()))))


@dataclass(frozen=True, slots=True)
class ClockOff:
    """How many seconds this machine's clock was ahead of that of a server, when it last answered (UTC, by this machine's)."""

    host: str
    seconds: int
    at: str


def clock_off(store: Store) -> ClockOff | None:
    """What servers said last of this machine's clock."""
    said = store.settings().get(CLOCK_OFF)
    return ClockOff(**json.loads(said)) if said else None


def place_of(server: str) -> str:
    """A server as people read it: its host, with the port where it is unusual."""
    return urlsplit(server).netloc if "://" in server else server


def got(tally: Tally) -> int:
    """How many posts of the debate an ask gave."""
    return tally.new + tally.known + tally.updated


def _status(page: Page, tally: Tally) -> str:
    if not page.complete:
        return page.status or "partial"
    return page.status or ("ok" if got(tally) else "empty")


@dataclass(slots=True)
class Heard:
    """What the pages of an ask said beside their posts, each once."""

    notes: dict[str, None] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)

    def hear(self, page: Page) -> None:
        """Take note of a page."""
        if page.note:
            self.notes[page.note] = None
        self.unknown.update(page.unknown_fields)

    def note(self, tally: Tally) -> str:
        """What a reader of the coverage should know beside the numbers."""
        outside = [f"{tally.outside} were of other debates"] if tally.outside else []
        withheld = [f"{count} left out: {reason}" for reason, count in tally.withheld.items()]
        rejected = [f"{count} refused: {reason}" for reason, count in tally.rejected.items()]
        counted = ", ".join(f"{name} (in {count:,})" for name, count in sorted(self.unknown.items()))
        unknown = [f"fields that this version does not know: {counted}"] if counted else []
        return "; ".join([*self.notes, *outside, *withheld, *rejected, *unknown])


def _missed(asked: Asked, start: str, end: str, why: str) -> Gap:
    return Gap(
        f"{asked.source}: posts from {start} to {end} may be missing ({asked.query}).",
        why=f"{why[:1].upper()}{why[1:]}.",
        safe="What was stored before is still there, and what came after is collected.",
        next_step="An export of that time fills it: put it into the inbox. `status` keeps this gap until then.",
    )


def _look(asked: Asked, odd: str) -> FellSilent:
    return FellSilent(
        f"{asked.source} {asked.server}, {asked.query}: {odd}.",
        place=(asked.source, asked.server, asked.query),
        odd=odd,
        why="A source that falls silent looks like a debate that ended.",
        safe="What it gave is stored, and the coverage says so.",
        next_step="Look at the hashtag on the platform itself. If it is quiet there too, nothing needs to be done.",
    )


def not_again(problem: Problem, ask: Ask) -> str:
    """Why an ask was left out, for its coverage row."""
    return f"not asked: {ask.query} would go to a server that was given up in this run. {problem.what}"
