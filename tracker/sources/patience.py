"""How long to wait for a server, and when to give it up: what it says of its limits, in each dialect that platforms speak.

`Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3). X writes `x-rate-limit-reset` as seconds since 1970, Bluesky
`ratelimit-reset` so too, Mastodon `X-RateLimit-Reset` as ISO 8601, and the IETF's draft as seconds from now. Where the server
gives its own time (`Date`), a moment is compared with that: by a wrong clock of ours we would wait for hours, or not at all.
"""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tracker.problems import RateLimited

LONGEST_WAIT = 900.0
"""Seconds: X's own window. A longer wait is for the next run."""
LONGEST_KEPT = 86_400.0
"""Seconds: no limit that is known is longer than a day. After that a server is asked again, whatever it said once: a header in
other units, or a clock of ours that was years ahead, would close it for ever."""
UNSAID_WAIT = 60.0
"""Seconds after a 429 that does not say how long."""
WHY, SAFE = "It gives a program only so many answers in a while.", "What it gave until then is stored."
NEXT = "Nothing: the next run goes on from there."
TRIES = 4
FIRST_PAUSE = 1.0
MARGIN = 0.5
SECONDS_FROM_NOW = 10_000_000
"""A smaller number is a stretch of time, a larger one a moment since 1970."""
MILLISECONDS = 100_000_000_000
REMAINING = ("x-rate-limit-remaining", "x-ratelimit-remaining", "ratelimit-remaining")
RESET = ("x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset")


def told_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the server asks to wait, None where it does not say; never less than 0. `now` is seconds since 1970."""
    now = _servers_time(headers, now)
    asked = headers.get("retry-after", "").strip()
    waits = [_from_number_or_date(asked, now)] if asked else []
    waits += [_from_number_or_date(headers[name].strip(), now) for name in RESET if name in headers]
    known = [wait for wait in waits if wait is not None]
    return max(known[0], 0.0) if known else None


def used_up(headers: Mapping[str, str]) -> bool:
    """Whether the server says that the next request would be one too many."""
    return any(headers.get(name, "").strip() == "0" for name in REMAINING)


def date_of(said: str | None) -> datetime | None:
    """The moment that a `Date` names, in UTC, which it always is (RFC 9110, 6.6.1); None where it names none."""
    try:
        moment = parsedate_to_datetime(said or "")
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _servers_time(headers: Mapping[str, str], now: float) -> float:
    said = date_of(headers.get("date"))
    return said.timestamp() if said else now


def _from_number_or_date(said: str, now: float) -> float | None:
    try:
        number = float(said)
    except ValueError:
        return _from_date(said, now)
    if not math.isfinite(number):
        return None
    if abs(number) < SECONDS_FROM_NOW:
        return number
    return (number / 1000 if number > MILLISECONDS else number) - now


def _from_date(said: str, now: float) -> float | None:
    moment = date_of(said)
    if moment is None:
        try:
            moment = datetime.fromisoformat(said)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.timestamp() - now


@dataclass(slots=True)
class Patience:
    """Waits for servers in one run. budget: seconds that a run waits in all. not_before: host -> moment (seconds since 1970)
    before which it asked not to be asked again; a run hands it on to the next. stop: raises where the run was told to end.
    clock_off: the server whose clock is nearest to ours of those that said the time, and how many seconds ours is ahead of it."""

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    stop: Callable[[], None] = lambda: None
    budget: float = 7200.0
    not_before: dict[str, float] = field(default_factory=dict)
    chance: random.Random = field(default_factory=random.Random)
    waited: float = 0.0
    clock_off: tuple[str, float] | None = None

    def before_asking(self, host: str) -> None:
        """Wait until the host may be asked. Raises RateLimited where that is too long."""
        wait = self.not_before.get(host, 0.0) - self.clock()
        if 0 < wait <= LONGEST_KEPT + MARGIN:
            self.wait(wait, host)
        self.not_before.pop(host, None)

    def heard(self, host: str, headers: Mapping[str, str]) -> None:
        """Take note of an answer that was given: what time the server has (of several clocks the nearest is believed, since one
        may be wrong), and whether it says that this was the last answer for now."""
        now = self.clock()
        theirs = _servers_time(headers, math.nan)
        if not math.isnan(theirs) and (self.clock_off is None or abs(now - theirs) < abs(self.clock_off[1])):
            self.clock_off = (host, now - theirs)
        if used_up(headers):
            wait = told_wait(headers, self.clock())
            if wait is not None and wait > 0:
                self._leave_alone(host, wait + MARGIN)

    def after_too_many(self, host: str, headers: Mapping[str, str], *, last: bool) -> None:
        """Wait as long as the server asks after a 429 or 503. Raises RateLimited where that is too long, or was the last try."""
        told = told_wait(headers, self.clock())
        wait = UNSAID_WAIT if told is None else max(told, FIRST_PAUSE) + MARGIN
        self._leave_alone(host, wait)
        if last:
            raise RateLimited(
                f"{host} asked to wait {TRIES} times in a row, and gave no answer.", why=WHY, safe=SAFE, next_step=NEXT
            )
        self.wait(wait, host)

    def _leave_alone(self, host: str, seconds: float) -> None:
        self.not_before[host] = self.clock() + min(seconds, LONGEST_KEPT + MARGIN)

    def pause(self, tries: int) -> float:
        """Seconds before the next try after a failure: longer each time, and by chance, so that many programs spread."""
        return FIRST_PAUSE * 2.0 ** (tries - 1) * self.chance.uniform(0.5, 1.5)

    def reaches(self, seconds: float) -> bool:
        """Whether a run may wait that long."""
        return seconds <= LONGEST_WAIT and self.waited + seconds <= self.budget

    def wait(self, seconds: float, host: str) -> None:
        """Sleep, hearing a stop. Raises RateLimited where it is longer than a run waits."""
        if not self.reaches(seconds):
            raise too_long(host, seconds)
        self.waited += seconds
        while seconds > 0:
            self.stop()
            step = min(seconds, 1.0)
            self.sleep(step)
            seconds -= step
        self.stop()


def too_long(host: str, seconds: float) -> RateLimited:
    """A wait that is left to the next run."""
    return RateLimited(
        f"{host} asks to wait for {_in_words(seconds)}.",
        why=f"{WHY} This run does not wait that long.",
        safe=SAFE,
        next_step=NEXT,
    )


def _in_words(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"
