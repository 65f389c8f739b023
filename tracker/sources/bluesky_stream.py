"""All of Bluesky as it happens, by Jetstream: from where the last run stopped until now, filtered here.

The server sends every post, deletion and change of an account; nothing is asked for by its words, so nobody learns what is
followed, and no search leaves anything out. Of what does not concern the campaign nothing is kept. Deletions carry no text: all
of them are handed on, and those of posts that are stored count.

A run begins OVERLAP before the last event that was kept (servers do not agree on the time of an event to the second, and each is
sent at least once), and ends when it has caught up with its own beginning, or when its time is used up; then the next goes on
there. A server goes back for some 36 hours only, and begins without a word where its memory does: where the first event lies far
behind what was asked for, the time between is a gap.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from websockets.sync.client import ClientConnection

from tracker.matching import Matcher, plain_link, plain_words, references
from tracker.platforms.bluesky import COLLECTION, read_record
from tracker.platforms.refusals import NotAPost
from tracker.problems import CredentialsRefused, SourceProblem
from tracker.records import Found, Rejected, Row
from tracker.sources.asking import Asking, Page
from tracker.sources.bluesky_answers import unknown_fields
from tracker.sources.bluesky_events import Stretch, Written, moment_of_us, refers_to, us_of_moment, words_of
from tracker.sources.bluesky_socket import Broken, listening, make_sure, next_message
from tracker.sources.bluesky_threads import accounts, did_of
from tracker.sources.bluesky_xrpc import Server

SECOND = 1_000_000
"""Microseconds, as all times of the stream are."""
OVERLAP = 60 * SECOND
LOOKBACK = 36 * 3600 * SECOND
"""How far back the servers go: https://github.com/bluesky-social/jetstream, docs, 5.1."""
FUTURE = 2 * 24 * 3600 * SECOND
"""No server's clock is as far ahead of ours."""
SILENCE = 15 * 60 * SECOND
"""All of Bluesky is never silent for as long."""
QUIET = 5.0
"""Seconds without an event after which a server that answers has nothing more to send."""
BUDGET = 3600.0
"""Seconds of one run."""
EVENTS_OF_A_PAGE = 20_000
POSTS_OF_A_PAGE = 200
SECONDS_OF_A_PAGE = 20.0
TRIES = 5
"""Connections in a row that bring nothing new."""
PACE_SECONDS = 30.0
PACE = 1.5
"""A stream that is being caught up with runs faster than time; else it is caught up with, whatever a clock says."""


@dataclass(slots=True)
class Concern:
    """What of the stream concerns the campaign. own: the DIDs of its accounts. talk: the posts of this run that belong, so that
    answers to them are seen too."""

    matcher: Matcher
    needles: tuple[str, ...]
    own: frozenset[str]
    talk: set[str] = field(default_factory=set)

    def may_be(self, post: Written) -> bool:
        """Whether a post is worth a closer look: cheap, and never wrong when it says no."""
        if post.rewritten or post.did in self.own:
            return True
        if self.talk and not self.talk.isdisjoint(refers_to(post.record)):
            return True
        words = plain_words(words_of(post.record))
        return any(needle in words for needle in self.needles)


def stream(asking: Asking, server: Server, address: str) -> Iterator[Page]:
    """The stream from the cursor until now, in pages."""
    yield from Listening(asking, server, address).pages()


class Listening:
    """One run at the stream."""

    def __init__(self, asking: Asking, server: Server, address: str) -> None:
        self.asking, self.server, self.address = asking, server, address.rstrip("/")
        self.by_hand = asking.since is not None or asking.until is not None
        self.started = us_of_moment(asking.clock())
        self.until = min(self.started, us_of_moment(asking.until)) if asking.until else self.started
        self.last = self._before()
        self.begin: int | None = None
        self.notes: dict[str, None] = {}
        self.profiles: dict[str, dict[str, Any]] = {}
        self.gaps: list[tuple[str, str, str]] = []
        self.deadline = time.monotonic() + BUDGET
        self.concern = self._concern()
        self.caught_up = False

    def _before(self) -> int | None:
        """The last event that was kept, or that a window by hand begins behind."""
        if self.asking.since is not None:
            return us_of_moment(self.asking.since)
        cursor = self.asking.cursor
        if self.by_hand or cursor is None or not (cursor.isascii() and cursor.isdigit()):
            return None
        return int(cursor) if int(cursor) <= self.started + FUTURE else None

    def _concern(self) -> Concern:
        campaign = self.asking.campaign
        needles = [plain_words(tag) for tag in campaign.hashtags]
        needles += [plain_words(phrase).strip() for phrase in campaign.phrases]
        needles += [plain_words(plain_link(link).partition("/")[0]) for link in campaign.links]
        handles = [account.partition(":")[2] for account in campaign.own_accounts if account.startswith("bluesky:")]
        own: set[str] = set()
        for handle in handles:
            try:
                did = did_of(handle, self.server)
            except (SourceProblem, CredentialsRefused) as problem:
                self._tell(f"the campaign's own accounts could not be looked up ({problem.what})")
                break
            own |= {did} if did else set()
        return Concern(Matcher(campaign), tuple(filter(None, needles)), frozenset(own))

    def pages(self) -> Iterator[Page]:
        """Connect, and again where a connection breaks; each time from the last event on. Raises what cannot be got over."""
        tries = 0
        while not self.caught_up and time.monotonic() < self.deadline:
            before = self.last
            try:
                yield from self._connection()
            except Broken as problem:
                tries = tries + 1 if self.last == before else 1
                if tries >= TRIES:
                    raise
                self._tell(f"the connection broke and was made again ({problem.why})")
                self.asking.web.patience.wait(self.asking.web.patience.pause(tries), "Bluesky's stream")
        yield self._end()

    def _connection(self) -> Iterator[Page]:
        """What one connection brings, in pages; ends when the run has caught up."""
        start = self.started - LOOKBACK if self.last is None else self.last - OVERLAP
        asked = urlencode({"wantedCollections": COLLECTION, "cursor": start})
        with listening(self.asking.web, f"{self.address}/subscribe?{asked}") as connection:
            pace, heard = Pace(), False
            while not self.caught_up and time.monotonic() < self.deadline:
                stretch, broken = Stretch(latest=self.started + FUTURE), None
                try:
                    self._fill(stretch, connection, pace)
                except Broken as problem:
                    broken = problem
                if stretch.first_us is not None and not heard:
                    heard = True
                    self._look_for_a_gap(stretch.first_us)
                if stretch.last_us is not None:
                    yield self._page(stretch, stretch.last_us)
                if broken:
                    raise broken

    def _fill(self, stretch: Stretch, connection: ClientConnection, pace: "Pace") -> None:
        """Take in what comes until there is enough for a page, nothing more, or all until now."""
        began = quiet_since = time.monotonic()
        while stretch.events < EVENTS_OF_A_PAGE and len(stretch.written) < POSTS_OF_A_PAGE:
            message = next_message(connection, 1.0)
            now = time.monotonic()
            if message is None:
                self.asking.stop()
                if now - quiet_since >= QUIET:
                    make_sure(connection)
                    self.caught_up = True
                    return
            else:
                quiet_since = now
                post = stretch.take(message)
                if post is not None and self.concern.may_be(post) and self._belongs(post):
                    stretch.keep(post)
            if stretch.last_us is not None and (stretch.last_us >= self.until or pace.is_live(now, stretch.last_us)):
                self.caught_up = True
                return
            if now - began >= SECONDS_OF_A_PAGE or now >= self.deadline:
                self.asking.stop()
                return

    def _look_for_a_gap(self, first: int) -> None:
        """Where the server's memory begins after the last event that was kept, what lies between is lost."""
        if self.last is not None and first - self.last > SILENCE:
            why = 'Bluesky\'s stream does not go back as far; a search (how = "search") still finds what was not deleted since'
            self.gaps.append((moment_of_us(self.last), moment_of_us(first), why))
            self.begin = first

    def _page(self, stretch: Stretch, last: int) -> Page:
        """What a stretch comes to. Whatever else it held is forgotten here."""
        if self.begin is None:
            self.begin = stretch.first_us if self.last is None else self.last
        self.last = max(last, self.last or 0)
        if stretch.unreadable:
            self._tell("some events could not be read, and were passed over")
        gaps, self.gaps = tuple(self.gaps), []
        return Page(
            rows=tuple(self._rows(stretch)),
            cursor=None if self.by_hand else str(self.last),
            window=self._window(),
            gone=(*stretch.posts_gone.values(), *stretch.accounts.values()),
            gaps=gaps,
            unknown_fields=unknown_fields({"record": post.record} for post in stretch.written.values()),
        )

    def _rows(self, stretch: Stretch) -> Iterator[Row]:
        """The posts of a stretch, with who wrote them."""
        self._look_up({post.did for post in stretch.written.values()})
        for line, post in enumerate(stretch.written.values(), start=1):
            yield self._row(post, line)

    def _belongs(self, post: Written) -> bool:
        """Whether a post belongs, or answers one of this run that does. One that was rewritten is handed on in any case: it may
        be stored, and not show any more why."""
        row, talk = self._row(post, 1), self.concern.talk
        if post.rewritten or not isinstance(row, Found):
            return True
        by_itself = post.did in self.concern.own or bool(self.concern.matcher.reasons(row.post))
        if by_itself or not talk.isdisjoint(references(row.post)):
            talk.add(post.address)
            return True
        return False

    def _row(self, post: Written, line: int) -> Row:
        profile = self.profiles.get(post.did)
        try:
            said = read_record(post.did, post.rkey, post.record, profile=profile, indexed_at=post.at, seen_at=post.at)
        except NotAPost as reason:
            return Rejected(str(reason), line, post.raw)
        return Found(said, post.raw, line)

    def _look_up(self, dids: set[str]) -> None:
        """Who wrote them: handles, and the labels by which people ask not to be shown to strangers. The stream has only DIDs."""
        wanted = dids - self.profiles.keys()
        try:
            self.profiles |= accounts(wanted, self.server) if wanted else {}
        except (SourceProblem, CredentialsRefused) as problem:
            self._tell(f"handles and labels of accounts could not be looked up ({problem.what})")

    def _end(self) -> Page:
        behind = self.last is None or self.until - self.last > SILENCE
        if not self.caught_up:
            self._tell("the time of this run was used up; the next one goes on from there")
        elif behind and self.last is not None:
            self._tell("the server has nothing newer, though all of Bluesky is never silent for as long")
        return Page(
            cursor=None if self.by_hand or self.last is None else str(self.last),
            window=self._window(),
            complete=True,
            status="partial" if behind or not self.caught_up else "",
            note="; ".join(self.notes),
        )

    def _window(self) -> tuple[str | None, str | None]:
        return (None if self.begin is None else moment_of_us(self.begin), None if self.last is None else moment_of_us(self.last))

    def _tell(self, note: str) -> None:
        self.notes[note] = None


class Pace:
    """Whether the stream runs faster than time, as it does while what was missed is sent, or just as fast."""

    def __init__(self) -> None:
        self._mark: tuple[float, int] | None = None

    def is_live(self, now: float, time_us: int) -> bool:
        """Looked at once in PACE_SECONDS."""
        if self._mark is None:
            self._mark = (now, time_us)
        seconds, passed = now - self._mark[0], (time_us - self._mark[1]) / SECOND
        if seconds < PACE_SECONDS:
            return False
        self._mark = (now, time_us)
        return passed <= seconds * PACE
