"""Which posts are drawn at random to be read by people. Pure: the same seed and the same posts give the same sample.

Each post has a number of its own between 0 and 1, made from the seed and its id, and is drawn where that number is below its
week's rate (permanent random numbers: Ohlsson 1995, "Coordination of samples using permanent random numbers"). So a post that
arrives later is drawn with the same probability as the others of its week, without drawing those again, and a rate that is
raised only adds posts: nothing that was drawn is ever dropped, and each drawn post's probability is its week's rate.
"""

import hashlib
from collections.abc import Iterable, Mapping

from tracker.counting import days_of, week_of

Key = tuple[str, str]


def place_of(seed: str, key: Key) -> float:
    """The post's own number, from 0 up to 1."""
    digest = hashlib.sha256("\0".join((seed, *key)).encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def rate_for(population: int, wanted: int, before: float = 0.0) -> float:
    """The rate at which `wanted` posts of `population` are expected; never below the rate of before, never above 1."""
    return max(before, min(1.0, wanted / population)) if population else before


def drawn(seed: str, keys: Iterable[Key], rate: float) -> list[tuple[Key, float]]:
    """The posts that are drawn, each with its number, lowest first."""
    placed = [(key, place_of(seed, key)) for key in keys]
    return sorted(((key, place) for key, place in placed if place < rate), key=lambda one: one[1])


def weeks_over(days: Mapping[str, int], today: str) -> dict[str, int]:
    """How many posts each ISO week has that is over on `today`. days: posts by local date."""
    weeks: dict[str, int] = {}
    for day, posts in sorted(days.items()):
        week = week_of(day)
        if days_of(week)[1] < today:
            weeks[week] = weeks.get(week, 0) + posts
    return weeks
