"""How well the debate is found: what share of the posts that came in belongs to it, and a hint of how much was missed. Pure.

The hint is capture-recapture: links and hashtags are two nets. Of the posts that the link catches, the share that also carries
the hashtag says how much of the debate the hashtag catches. That holds only if the two nets are independent. People who share the
link and use the hashtag are often the same, and then more is missed than the hint says: it is the most that was found, not the
least.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval; hits of the n posts that were read."""

    share: float
    low: float
    high: float
    hits: int
    n: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """Posts by the first net, by the second, by both; all there may be (Chapman 1951), with its 95 % interval; and the share of
    that which the two nets found together."""

    first: int
    second: int
    both: int
    all: float
    low: float
    high: float
    found: float
    found_low: float
    found_high: float


def share_of(read: Sequence[tuple[bool, float]], whole: float = math.inf) -> Share | None:
    """The share of yes among posts that were drawn at random, each (yes, the probability with which it was drawn), in the whole
    that they were drawn from (Hajek 1971: each counts by 1 / probability). The interval is Wilson's (1927) on the number of posts
    that an equal draw would have needed (Kish 1965), and for a whole of so many posts (finite population, Cochran 1977, 2.6):
    where all of them were read, the share is theirs. None of nothing."""
    if not read:
        return None
    weights = [1 / probability for _, probability in read]
    share = sum(weight for (yes, _), weight in zip(read, weights, strict=True) if yes) / sum(weights)
    hits, n = sum(yes for yes, _ in read), sum(weights) ** 2 / sum(weight * weight for weight in weights)
    if n >= whole:
        return Share(share, share, share, hits, len(read))
    n /= 1 - n / whole
    zz = Z95 * Z95
    middle = (share + zz / (2 * n)) / (1 + zz / n)
    half = Z95 * math.sqrt(share * (1 - share) / n + zz / (4 * n * n)) / (1 + zz / n)
    return Share(share, max(0.0, middle - half), min(1.0, middle + half), hits, len(read))


def overlap(first: int, second: int, both: int) -> Overlap | None:
    """What two nets say of all that there is; None where they share no post, or where one of them caught nothing that the
    other did not: then nothing can be said, and the variance would be 0.

    all = (first + 1)(second + 1) / (both + 1) - 1. Its interval is that of the odds (Sadinle 2009,
    doi:10.1080/03610910903168595), with half a post more of each kind: few that both caught make it lopsided, and one that goes
    as far down as up ends too low. Never fewer than were seen.
    """
    if both in (0, first, second):
        return None
    seen = first + second - both
    everything = (first + 1) * (second + 1) / (both + 1) - 1
    in_both, in_first, in_second = both + 0.5, first - both + 0.5, second - both + 0.5
    missed = in_first * in_second / in_both
    far = math.exp(Z95 * math.sqrt(1 / in_both + 1 / in_first + 1 / in_second + 1 / missed))
    everything, low, high = (max(seen, value) for value in (everything, seen - 0.5 + missed / far, seen - 0.5 + missed * far))
    return Overlap(first, second, both, everything, low, high, seen / everything, seen / high, seen / low)
