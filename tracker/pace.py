"""How often one may ask, how long one waits after wrong passwords, and how long an answer may be kept. Pure; times are given."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

A_SECOND, AT_ONCE = 10.0, 120.0
"""Requests of one address: so many a second in the long run, and so many in one go."""
ADDRESSES_KEPT = 20_000
NIGHT = timedelta(hours=24)
LONGEST_KEPT = 3600
SHORTEST_KEPT = 60
"""Seconds that caches may keep a page: until the next night, but not so long that a copy that is taken back stays for a day."""
FREE = {"address": 5, "account": 20}
"""Wrong passwords in a row, from one address or for one account, before each further one has to wait."""
LONGEST_WAIT = 900.0
KEPT = 10_000


class Pace:
    """How often each address may ask: a bucket that fills steadily (tokens, when it was last looked at)."""

    def __init__(self, a_second: float, at_once: float) -> None:
        self._a_second, self._at_once = a_second, at_once
        self._buckets: dict[str, tuple[float, float]] = {}

    def seconds_to_wait(self, address: str, now: float) -> float:
        """0 where the address may ask now; this is then counted."""
        tokens, before = self._buckets.pop(address, (self._at_once, now))
        tokens = min(self._at_once, tokens + (now - before) * self._a_second)
        wait = max(0.0, (1 - tokens) / self._a_second)
        self._buckets[address] = (tokens if wait else tokens - 1, now)
        while len(self._buckets) > ADDRESSES_KEPT:
            del self._buckets[next(iter(self._buckets))]
        return wait


class Throttle:
    """How long someone has to wait after wrong passwords: a second, two, four, up to a quarter of an hour."""

    def __init__(self) -> None:
        self._wrong: dict[tuple[str, str], tuple[int, float]] = {}

    def seconds_to_wait(self, keys: dict[str, str], now: float) -> float:
        """The longest wait of an address and an account; 0 where the next password is looked at."""
        return max(self._wait(kind, key, now) for kind, key in keys.items())

    def _wait(self, kind: str, key: str, now: float) -> float:
        wrong, last = self._wrong.get((kind, key), (0, now))
        if wrong < FREE[kind]:
            return 0.0
        return max(0.0, last + min(LONGEST_WAIT, 2.0 ** (wrong - FREE[kind])) - now)

    def note(self, keys: dict[str, str], now: float, *, right: bool) -> None:
        """Count a wrong password; a right one forgets them."""
        for entry in keys.items():
            wrong, _ = self._wrong.pop(entry, (0, now))
            if not right:
                self._wrong[entry] = (wrong + 1, now)
        while len(self._wrong) > KEPT:
            del self._wrong[next(iter(self._wrong))]


def asker(scope: dict[str, Any]) -> str:
    """Whose pace it is: the address, of IPv6 the network of 64 bits. The server takes it from a proxy on this machine."""
    address = (scope.get("client") or ("unknown",))[0]
    try:
        known = ip_address(address)
    except ValueError:
        return str(address)
    return str(ip_network((known, 64), strict=False)) if known.version == 6 else str(known)


def seconds_kept(published_at: str, now: datetime) -> int:
    """How long caches may keep a page of a copy of that time (UTC)."""
    try:
        due = datetime.fromisoformat(published_at.removesuffix("Z")).replace(tzinfo=UTC) + NIGHT
    except ValueError:
        return SHORTEST_KEPT
    return int(min(LONGEST_KEPT, max(SHORTEST_KEPT, (due - now).total_seconds())))
