"""From when to when Bluesky's search is asked. It gives at most the 10,000 newest posts of a question, so a window that holds
more is asked on from where it broke off, in halves, and those in halves again. Pure.

What counts is the time that Bluesky sorts by: the earlier of when a post says that it was made and when a server first saw it.
A post whose author's clock is slow, or that came in late, therefore lies in a window that was read already: what was read is
read again for LAG_DAYS, and once in DEEP_EVERY_DAYS for DEEP_DAYS. Posts that say they are older than Bluesky (imported, 1970)
lie in a window of their own, which is asked each time.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tracker.platforms.bluesky import BEGAN
from tracker.times import later, written

LAG_DAYS = 3
DEEP_DAYS = 35
DEEP_EVERY_DAYS = 7
EARLIEST = "1970-01-01T00:00:00Z"
FORMAT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Window:
    """Posts from `since` (None: from the beginning of time) until before `until`."""

    since: str | None
    until: str

    def halves(self) -> "tuple[Window, Window] | None":
        """The earlier and the later half, cut at a whole second; None for a window of a second."""
        begin, end = _moment(self.since or EARLIEST), _moment(self.until)
        middle = begin + timedelta(seconds=int((end - begin).total_seconds()) // 2)
        if not begin < middle < end:
            return None
        cut = written(middle)
        return Window(self.since, cut), Window(cut, self.until)

    def rest(self, oldest: str) -> "Window | None":
        """What of the window is left when its posts were read, the newest first, down to a time; None where that is all of it."""
        if oldest >= self.until:
            return None
        until = later(oldest, timedelta(seconds=1))
        return Window(self.since, until) if (self.since or "") < until < self.until else None

    def holds(self, moment: str) -> bool:
        """Whether a time (UTC, whole seconds) lies in the window; the second in which it ends counts as in it."""
        return (self.since or "") <= moment <= self.until


class Newest:
    """How far down a window was read, where its posts came the newest first. Servers sort by the earlier of the two times of a
    post, by its author's, or by their own; the one that holds for all that came is taken."""

    def __init__(self) -> None:
        self._oldest: dict[int, str | None] = {0: None, 1: None, 2: None}

    def saw(self, moments: tuple[str, ...]) -> None:
        """Take note of the times of the next post."""
        if len(moments) != 2:
            return
        for key, moment in enumerate((min(moments), *moments)):
            if key in self._oldest:
                before = self._oldest[key]
                if before is not None and moment > before:
                    del self._oldest[key]
                else:
                    self._oldest[key] = moment

    def oldest(self) -> str | None:
        """The time down to which all was read; None where there is no order in it."""
        return next(iter(self._oldest.values()), None)


@dataclass(frozen=True, slots=True)
class Reached:
    """How far one question was read. to: everything before it was; deep: when it was last read far back."""

    to: str
    deep: str

    def text(self) -> str:
        """As a cursor."""
        return json.dumps({"to": self.to, "deep": self.deep})


def reached(cursor: str | None) -> Reached | None:
    """What a stored cursor says; None for none, or one that cannot be read: then all is read anew."""
    if cursor is None:
        return None
    try:
        said = json.loads(cursor)
        to, deep = said["to"], said["deep"]
        _moment(to), _moment(deep)
    except (ValueError, TypeError, KeyError):
        return None
    return Reached(to, deep)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked in a run, the earliest first. moves: whether its end is how far the question was read (a window that was
    asked for by hand says nothing of what lies before or behind it). deep: what the next cursor holds of that."""

    windows: tuple[Window, ...]
    moves: bool
    deep: str


def plan(before: Reached | None, *, now: str, since: str | None = None, until: str | None = None) -> Plan:
    """The windows of a run that ends at `now` (the server's clock, where it says so: with a clock that is fast, a cursor would
    come to lie in the future, and what is posted until then be passed over)."""
    end = min(until, now) if until else now
    if since is not None or until is not None:
        return Plan((Window(since, end),) if (since or "") < end else (), moves=False, deep=now)
    old = Window(None, BEGAN)
    if before is None:
        return Plan((old, Window(BEGAN, now)), moves=True, deep=now)
    to = min(before.to, now)
    is_deep = before.deep > now or back(now, DEEP_EVERY_DAYS) >= before.deep
    begin = max(BEGAN, back(to, DEEP_DAYS if is_deep else LAG_DAYS))
    return Plan((old, Window(begin, now)), moves=True, deep=now if is_deep else before.deep)


def back(moment: str, days: int) -> str:
    """The time so many days before."""
    return later(moment, -timedelta(days=days))


def _moment(value: str) -> datetime:
    return datetime.strptime(value, FORMAT).replace(tzinfo=UTC)
