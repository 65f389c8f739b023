"""Where collecting from X goes on: the window that is being read, newest posts first, and how far all before it is known. Pure.

X gives the newest posts first. Were the newest post of the first page remembered as "all before it is read", a run that is
killed on page three would lose the rest for ever. So the place moves only when a window is complete; until then the cursor holds
the window and the token of its next page, kept in one transaction with each page's posts.

`since_id` is set a little before the newest post that is known where that had just been written, since X's index may take posts
in late; what is read twice is not kept twice. X's clock (its answers' `Date`) is believed where ours is ahead of it.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from tracker.platforms.shapes import inner, some_text, whole_count
from tracker.platforms.x_parts import FIRST_SNOWFLAKE, SNOWFLAKE_EPOCH_MS, reference, snowflake_time
from tracker.sources.patience import date_of
from tracker.times import later, written

INDEX_LAG = timedelta(seconds=30)
"""By default X ends a search half a minute ago (x-api/posts/search)."""
OVERLAP = timedelta(minutes=2)
RECENT = timedelta(days=7)
"""How far back recent search reaches. An older `since_id` or `start_time` is answered with 400."""
GAP = "X searches the last seven days only, and nothing was asked for longer than that; the full archive (full_archive) has it"


def at(time: str) -> datetime:
    """A time of the store as a moment."""
    return datetime.fromisoformat(time)


def id_at(moment: datetime) -> int:
    """The id that X would make at a moment, without its last part."""
    return max(int(moment.timestamp() * 1000) - SNOWFLAKE_EPOCH_MS, 0) << 22


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time that is being read. `begins`: from when it reaches (UTC; None: as far as X goes). since_id, start_time,
    end_time, until_id, next_token: as they are sent. asked_at: when its first page was asked for, by X's clock. newest, oldest:
    ids of what was read. expected: what X's counts say; got: posts read. resumed: begun by an earlier run, and not yet gone on
    with in this one."""

    begins: str | None = None
    since_id: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    until_id: str | None = None
    next_token: str | None = None
    asked_at: str | None = None
    newest: str | None = None
    oldest: str | None = None
    expected: int | None = None
    got: int = 0
    resumed: bool = False

    def bounds(self) -> dict[str, str]:
        """The parameters that say from when to when, as they are sent."""
        told = {
            "since_id": self.since_id,
            "start_time": self.start_time,
            "end_time": self.end_time,
            "until_id": self.until_id,
        }
        return {name: value for name, value in told.items() if value}

    def read(self, ids: list[str], token: str | None, now: str) -> "Window":
        """The window after a page with these ids."""
        numbers = [int(native_id) for native_id in (*ids, self.newest, self.oldest) if native_id]
        return replace(
            self,
            next_token=token,
            asked_at=self.asked_at or now,
            newest=str(max(numbers)) if numbers else None,
            oldest=str(min(numbers)) if numbers else None,
            got=self.got + len(ids),
            resumed=False,
        )

    def reaches_back_to(self) -> str | None:
        """From when on everything of this window has been read so far."""
        return snowflake_time(self.oldest) if self.oldest else self.asked_at


@dataclass(frozen=True, slots=True)
class Place:
    """The cursor of a query. seen_to: everything up to then has been read (UTC). newest: the newest post that is known."""

    seen_to: str | None = None
    newest: str | None = None
    window: Window | None = None

    @classmethod
    def from_cursor(cls, cursor: str | None) -> "Place":
        """The place that a cursor tells of; from the beginning where it is of no kind that this version knows."""
        try:
            told = inner(json.loads(cursor)) if cursor else {}
        except ValueError:
            told = {}
        began = inner(told.get("window"))
        names = ("begins", "since_id", "start_time", "end_time", "until_id", "next_token", "asked_at", "newest", "oldest")
        texts = {name: some_text(began.get(name)) for name in names}
        window = Window(
            **texts, expected=whole_count(began.get("expected")), got=whole_count(began.get("got")) or 0, resumed=True
        )
        return cls(some_text(told.get("seen_to")), reference(told.get("newest")), window if began else None)

    def cursor(self) -> str:
        """As it is stored."""
        told = {"seen_to": self.seen_to, "newest": self.newest}
        if self.window is None:
            return json.dumps(told)
        began = {name: value for name, value in asdict(self.window).items() if value and name != "resumed"}
        return json.dumps(told | {"window": began})

    def next_window(self, now: str, *, archive: bool = False) -> Window:
        """The window from where the last one ended, or as far back as X goes without being told (recent search: seven days)."""
        if self.seen_to is None:
            return Window()
        first = snowflake_time(self.newest) if self.newest else None
        fresh = first is not None and (archive or at(first) - OVERLAP > at(now) - RECENT)
        if self.newest and fresh:
            settled = first is not None and at(first) <= at(self.seen_to) - OVERLAP
            return Window(begins=self.seen_to, since_id=self.newest if settled else _a_little_before(self.newest))
        return Window(begins=self.seen_to, start_time=later(self.seen_to, -OVERLAP))

    def after(self, window: Window) -> "Place":
        """The place once a window is complete."""
        seen_to = later(window.asked_at, -INDEX_LAG) if window.asked_at else self.seen_to
        newest = max((native_id for native_id in (self.newest, window.newest) if native_id), key=int, default=None)
        return Place(max(filter(None, (self.seen_to, seen_to)), default=None), newest)


def by_hand(since: str | None, until: str | None, now: str) -> Window | None:
    """A window that a person asked for, which moves no place; None where it is still to come. X takes no end that is later than
    its own."""
    latest = later(now, -INDEX_LAG)
    if since and since >= latest:
        return None
    return Window(begins=since, start_time=since, end_time=until if until and until < latest else None)


def retreat(window: Window, refused: set[str], now: str) -> tuple[Window | None, tuple[str, str, str] | None] | None:
    """What to do when X refuses a window's bounds (status 400), and the gap that this leaves.

    None: the refusal is about something else. (None, gap): nothing is left to ask for. A token that has become useless is
    replaced by `until_id`; a bound that lies too far back is left out, and X then gives what it has."""
    bounds = {"since_id", "start_time", "until_id", "next_token", "pagination_token"}
    if not refused & bounds:
        return None
    if window.next_token:
        since = window.since_id or (str(id_at(at(window.start_time))) if window.start_time else None)
        go_on = replace(window, next_token=None, since_id=since, start_time=None, end_time=None, until_id=window.oldest)
        return (go_on, None) if window.oldest else (replace(window, next_token=None), None)
    earliest = later(now, -RECENT)
    lost = (window.begins, earliest, GAP) if window.begins and window.begins < earliest else None
    if window.since_id and not window.until_id and window.begins and not lost:
        return replace(window, since_id=None, start_time=later(window.begins, -OVERLAP)), None
    if window.since_id or window.start_time:
        return replace(window, since_id=None, start_time=None, begins=max(window.begins or earliest, earliest)), lost
    reached = window.reaches_back_to()
    if window.until_id and window.begins and reached and window.begins < reached:
        return None, (window.begins, reached, GAP)
    return (None, None) if window.until_id else None


def too_old(window: Window, now: str) -> tuple[str, str, str] | None:
    """The gap before a window that begins further back than recent search reaches, where X answers it all the same."""
    earliest = later(now, -RECENT)
    return (window.begins, earliest, GAP) if window.begins and window.begins < earliest else None


def earlier_of(own: str, date_header: str | None) -> str:
    """The time now: ours, or the server's where ours is ahead of it."""
    theirs = date_of(date_header)
    return min(own, written(theirs)) if theirs else own


def _a_little_before(native_id: str) -> str:
    number = int(native_id)
    if number < FIRST_SNOWFLAKE << 10:
        return native_id
    return str(max(number - (int(OVERLAP.total_seconds() * 1000) << 22), 1))
