"""Rules on what was seen and what was not: which counts are too small to be true. Pure."""

from collections.abc import Sequence
from statistics import median

ENOUGH_RUNS = 5
"""So many earlier answers are needed before a smaller one is a surprise."""
ENOUGH_POSTS = 5
"""A usual answer below this may well be empty one night."""
SMALL_PART = 0.2


def surprise(got: int, before: Sequence[int], expected: int | None, *, again: int = 0) -> str:
    """Why `got` is too little to be believed without a look; "" where it is not.

    before: what earlier runs got of the same. expected: what the source itself says there is. again: how many posts earlier runs
    were given of the very days that this one read again."""
    if got == 0 and expected:
        return f"the source itself counts {expected:,}, and gave none"
    if again >= ENOUGH_POSTS and got < SMALL_PART * again:
        return f"{f'only {got:,}' if got else 'none'} came, where {again:,} posts of the same days were given before"
    if len(before) < ENOUGH_RUNS or median(before) < ENOUGH_POSTS:
        return ""
    usual = f"{median(before):,.0f} is usual"
    if got == 0:
        return f"nothing came, where {usual}"
    return f"only {got:,} came, where {usual}" if got < SMALL_PART * median(before) else ""
