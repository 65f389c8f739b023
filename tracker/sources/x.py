"""X: recent search, or the full archive, by its API v2. x.md says what it gives and what it asks.

Each query is counted first (a cheap call that says how many posts there are), then read page by page, newest first. The place
where the next run goes on moves only when a window is complete (x_window.py); no call is made that the ledger has no room for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tracker.problems import BadAnswer, BudgetStop, CredentialsRefused, Refused
from tracker.records import Campaign, Post, Row
from tracker.source_settings import PRICES_AS_OF, XSettings
from tracker.sources.asking import Ask, Asking, Page
from tracker.sources.x_client import FEWEST, BoundsRefused, XClient, ids_refused, query_refused
from tracker.sources.x_fields import KNOWN
from tracker.sources.x_known import unknown_fields
from tracker.sources.x_purse import Purse
from tracker.sources.x_query import ARCHIVE_LENGTH, RECENT_LENGTH, conversation, queries
from tracker.sources.x_reading import (
    gone_of,
    ids_of,
    is_an_answer,
    latest_versions,
    next_token,
    protected_of,
    rows_of,
    told_of,
    total,
)
from tracker.sources.x_window import OVERLAP, RECENT, Place, Window, by_hand, retreat, too_old
from tracker.times import later

NAME = "X"
SLUG = "x"
TOKEN = "X_BEARER_TOKEN"  # noqa: S105  the name of the variable
MOST = 100
"""Posts on a page of recent search, and posts that may be asked for by their ids at once."""
LONGEST_ID = 19
"""Digits of an id that X takes; it refuses all that were asked for together with a longer one."""
EMPTY_PAGES = 50
ARCHIVE_PAUSE = 1.0
"""Seconds between calls to the full archive, which takes one a second."""
ARCHIVE_START = 30
"""Days that the full archive goes back where nobody says from when (X's own default)."""
NO_REPOSTS = "X's search holds no reposts since 2026-05-04"

Gaps = list[tuple[str, str, str]]


def asks(campaign: Campaign) -> tuple[Ask, ...]:
    """The queries that X would be asked."""
    settings = campaign.sources.x
    if settings is None:
        return ()
    longest = ARCHIVE_LENGTH if settings.full_archive else RECENT_LENGTH
    return tuple(Ask(SLUG, settings.base, query, "search", query) for query in queries(campaign, longest))


def missing(campaign: Campaign, credentials: Mapping[str, str]) -> tuple[str, ...]:
    """What X would refuse for want of credentials."""
    return (
        ()
        if credentials.get(TOKEN)
        else (f"there is no {TOKEN}, so X will not be asked, and each night will end with exit code 5.",)
    )


def cost(campaign: Campaign) -> str:
    """What a run costs, in a sentence for `check` and `collect --dry-run`; "" where X is not asked."""
    settings = campaign.sources.x
    if settings is None:
        return ""
    prices, counted = settings.prices, len(asks(campaign))
    least = counted * settings.price_of_counting()
    queries_told = "1 query" if counted == 1 else f"{counted} queries"
    return (
        f"${least:.3f} a run for counting {queries_told}, then ${prices.post + prices.user:.3f} to ${prices.most(1):.3f} for "
        f"each post with its author (prices of {PRICES_AS_OF}). A run stops before ${settings.max_cost_run:.2f}, a month (UTC) "
        f"before ${settings.max_cost_month:.2f}."
    )


def pages(ask: Ask, asking: Asking) -> Iterator[Page]:
    """A query, page by page: first what an earlier run left unfinished, then what is new. Where that run read most of it, the
    number of the rest says nothing beside whole nights."""
    search = _Search(ask.value, asking)
    if asking.since or asking.until:
        window = by_hand(asking.since, asking.until, search.client.now)
        if window is None:
            yield Page(complete=True, status="empty", note="the time that was asked for is still to come")
        else:
            yield from search.read(window, last=True)
        return
    search.place = Place.from_cursor(asking.cursor)
    resumed = search.place.window is not None
    if search.place.window is not None:
        yield from search.read(search.place.window, last=False)
    window = search.place.next_window(search.client.now, archive=search.archive)
    for page in search.read(window, last=True):
        yield replace(page, status=page.status or "ok") if resumed and page.complete else page


def thread(post: Post, asking: Asking) -> Iterator[Page]:
    """The posts of the thread that `post` stands in, as far back as X searches; from `post.seen_at` on, where that is known: when
    the thread was last read. How many replies the post is said to have is `expected`."""
    search = _Search(conversation(post.conversation_id or post.native_id), asking, purse="threads")
    earliest = later(search.client.now, -RECENT)
    begins = post.seen_at or post.created_at
    too_early = not search.archive and begins < earliest
    since = None if too_early or (begins == post.created_at and not search.archive) else later(begins, -OVERLAP)
    window = Window(begins=None if too_early else begins, start_time=since, expected=post.counts.replies)
    told = "X searches the last seven days of a thread only" if too_early else ""
    try:
        for page in search.read(window, last=True, counted=False):
            note = "; ".join(filter(None, (page.note, told)))
            yield replace(page, note=note, status="partial" if too_early else page.status)
    except BudgetStop as stop:
        yield Page(status=stop.status, note=stop.what)


def refresh(posts: Sequence[Post], asking: Asking) -> Iterator[Page]:
    """Posts as X shows them now, up to 100 at once: counts, edits, what is deleted or hidden. Those first that come first, as far
    as the money for it goes; their authors are known and not asked for. Of those that X gives in an earlier version the latest is
    asked for too."""
    search = _Search("", asking, purse="known posts")
    search.client.wanted = KNOWN
    named = dict.fromkeys(post.native_id for post in posts)
    left = [native_id for native_id in named if len(native_id) <= LONGEST_ID]
    asked, odd = len(left), len(named) - len(left)
    note = f"not asked for, since X cannot have made their ids: {odd}" if odd else ""
    if not left:
        yield Page(complete=True, expected=0, note=note)
    try:
        while left:
            asking.stop()
            answer, looked_at = search.client.lookup(left[:MOST])
            left, later = left[looked_at:], list(dict.fromkeys(latest_versions(answer)))[:MOST]
            yield search.seen_again(answer, complete=not (left or later), expected=asked, note=note)
            if later:
                newer, _ = search.client.lookup(later)
                yield search.seen_again(newer, complete=not left, expected=asked, note=note)
    except BoundsRefused as refused:
        raise ids_refused(refused.said) from None
    except BudgetStop as stop:
        yield Page(status=stop.status, expected=asked, note=f"{asked - len(left)} of {asked} posts were looked at. {stop.what}")


class _Search:
    """One query in one run. `place`: the cursor as it moves; None where a window asked for by hand moves none."""

    def __init__(self, query: str, asking: Asking, *, purse: str = "") -> None:
        settings = _settings(asking.campaign)
        token = asking.credentials.get(TOKEN, "")
        if not token:
            raise no_token()
        if asking.spending is None:
            raise ValueError("X is not asked without a ledger")
        self.query = query
        self.asking = asking
        self.archive = settings.full_archive
        spending = Purse(asking.spending, purse) if purse else asking.spending
        self.client = XClient(asking.web, settings.base, token, settings.prices, spending, asking.clock)
        self.place: Place | None = None
        self._begins: str | None = None
        self._expected: int | None = 0
        self._notes: list[str] = []

    def read(self, window: Window, *, last: bool, counted: bool = True) -> Iterator[Page]:
        """A window to its end. last: nothing comes after it in this run. counted: ask X how many posts it holds first."""
        gaps: Gaps = []
        if not window.resumed and counted:
            window = self._counted(window, gaps)
        self._expect(window)
        empty = 0
        tokens: set[str] = set()
        while True:
            self.asking.stop()
            answer, window = self._page(window, gaps)
            tokens = {*tokens, window.next_token} if window.next_token else set()  # of this walk: a page refused begins another
            token = next_token(answer) if answer is not None else None
            ids = ids_of(answer or {})
            empty = 0 if ids else empty + 1
            if token is not None and (token in tokens or empty > EMPTY_PAGES):
                raise without_end()
            window = self._begun(window, gaps).read(ids, token, self.client.now)
            yield self._told(window, answer or {}, gaps, last=last)
            gaps = []
            if token is None:
                return

    def seen_again(self, answer: dict[str, Any], *, complete: bool, expected: int, note: str) -> Page:
        """Posts that were asked for by their ids."""
        gone = (*gone_of(answer), *protected_of(answer))
        if not is_an_answer(answer) and not gone:
            raise errors_only(answer)
        return Page(
            rows=self.rows(answer, self.client.now),
            complete=complete,
            expected=expected,
            note="; ".join(filter(None, (told_of(answer), note))),
            gone=gone,
            unknown_fields=unknown_fields(answer),
        )

    def rows(self, answer: dict[str, Any], seen_at: str) -> tuple[Row, ...]:
        """The rows of an answer, asked for with the fields that X takes."""
        entities = any("entities" in values for _, values in self.client.wanted.fields)
        return rows_of(answer, seen_at, entities=entities)

    def _page(self, window: Window, gaps: Gaps) -> tuple[dict[str, Any] | None, Window]:
        """The next page of a window; None where X has nothing of it any more."""
        if self.archive:
            self.asking.web.patience.wait(ARCHIVE_PAUSE, "X")
        answer, window = self._retreating(window, self._search, gaps)
        if answer is not None and not is_an_answer(answer):
            raise errors_only(answer)
        return answer, window

    def _search(self, window: Window) -> dict[str, Any]:
        missing = MOST if window.expected is None else max(window.expected - window.got, FEWEST)
        posts = min(missing, MOST)
        return self.client.search(self.query, window.bounds(), archive=self.archive, posts=posts, token=window.next_token)

    def _counted(self, window: Window, gaps: Gaps) -> Window:
        """The window with how many posts X says that it holds; as it is where X does not let this app count. (A token that is no
        good is refused again by the search, without being sent.)"""
        if self.archive and not window.bounds():
            start = later(self.client.now, -ARCHIVE_START * RECENT / 7)
            window = replace(window, begins=start, start_time=start)
        try:
            answer, window = self._retreating(window, self._count, gaps)
        except (Refused, CredentialsRefused) as problem:
            self._notes.append(f"X did not say how many there are ({problem.why or problem.what})")
            return window
        return replace(window, expected=total(answer) if answer else None)

    def _count(self, window: Window) -> dict[str, Any]:
        """The answer of the counts endpoint. That of the full archive comes in pages of 31 days, which are joined."""
        answer = self.client.count(self.query, window.bounds(), archive=self.archive)
        buckets, token = list(answer.get("data") or []), next_token(answer)
        while self.archive and token:
            self.asking.web.patience.wait(ARCHIVE_PAUSE, "X")
            more = self.client.count(self.query, window.bounds(), archive=True, token=token)
            buckets += more.get("data") or []
            token = next_token(more) if next_token(more) != token else None
        return answer if not self.archive else {"data": buckets}

    def _retreating(
        self, window: Window, ask: Callable[[Window], dict[str, Any]], gaps: Gaps
    ) -> tuple[dict[str, Any] | None, Window]:
        """Ask within bounds that X takes; what had to be given up is added to `gaps`."""
        for _ in range(5):
            try:
                return ask(window), window
            except BoundsRefused as refused:
                named = refused.named or set(window.bounds()) | ({"next_token"} if window.next_token else set())
                step = retreat(window, named, self.client.now)
                if step is None:
                    raise query_refused(self.query, refused.said) from None
                further, gap = step
                gaps += [gap] if gap else []
                if further is None:
                    return None, replace(window, next_token=None)
                window = further
        raise query_refused(self.query, "It refuses the times that it is asked about.")

    def _begun(self, window: Window, gaps: Gaps) -> Window:
        """The window with its beginning, once X has answered; recent search may have left out what lies too far back.

        It is judged by the first answer of a run, since the seven days go on while pages are read. Where nothing had been read
        before, X gives what it has, and nothing is missing from what was read."""
        earliest = later(self.client.now, -RECENT)
        owed = self.place is None or self.place.seen_to is not None
        if window.begins is None or not (owed or self.archive):
            return replace(window, begins=max(window.begins or "", earliest))
        first = window.asked_at is None or window.resumed
        lost = too_old(window, self.client.now) if first and not self.archive else None
        if lost is None:
            return window
        gaps.append(lost)
        return replace(window, begins=earliest)

    def _expect(self, window: Window) -> None:
        """Add what this run may expect of a window; unknown stays unknown."""
        if window.expected is None or self._expected is None:
            self._expected = None
        else:
            self._expected += max(window.expected - window.got, 0)

    def _told(self, window: Window, answer: dict[str, Any], gaps: Gaps, *, last: bool) -> Page:
        """The page as the caller keeps it, with the place to go on from."""
        ended = window.next_token is None
        if self.place is not None:
            self.place = self.place.after(window) if ended else replace(self.place, window=window)
        if ended:
            self._begins = min(filter(None, (self._begins, window.begins)), default=None)
        fewer = self.client.wanted.said
        notes = [*self._notes, told_of(answer), fewer, NO_REPOSTS if ended and last else ""]
        return Page(
            rows=self.rows(answer, self.client.now),
            cursor=self.place.cursor() if self.place else None,
            window=(self._begins if ended else window.reaches_back_to(), window.end_time or window.asked_at),
            complete=ended and last,
            status="partial" if ended and last and fewer and "entities" not in str(self.client.wanted.fields) else "",
            expected=self._expected,
            note="; ".join(filter(None, notes)),
            gone=gone_of(answer),
            gaps=tuple(gaps),
            unknown_fields=unknown_fields(answer),
        )


def _settings(campaign: Campaign) -> XSettings:
    if campaign.sources.x is None:
        raise ValueError("the campaign does not list X")
    return campaign.sources.x


def no_token() -> CredentialsRefused:
    """No bearer token was given."""
    return CredentialsRefused(
        "X was not asked: there is no X_BEARER_TOKEN.",
        safe="Nothing was asked and nothing paid.",
        next_step="Put the app's bearer token from X's developer console into the environment, or into a file X_BEARER_TOKEN in "
        "$CREDENTIALS_DIRECTORY; or take [sources.x] out of campaign.toml.",
    )


def errors_only(answer: dict[str, Any]) -> BadAnswer:
    """Status 200, but neither posts nor that there are none."""
    return BadAnswer(
        "X answered without saying what it found.",
        why=told_of(answer) or "The answer has neither posts nor a number of results.",
        safe="What was fetched before is kept, with the place where to go on.",
        next_step="Nothing: the next run asks again.",
    )


def without_end() -> BadAnswer:
    """Pages that lead to no end."""
    return BadAnswer(
        "X's pages lead to no end.",
        why="It gives the same place to go on again and again, or page after page without posts.",
        safe="What was fetched before is kept, with the place where to go on.",
        next_step="Nothing: the next run asks again.",
    )
