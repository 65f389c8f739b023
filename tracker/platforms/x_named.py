"""What tables of posts of X share that other people's collectors made: texts with short addresses beside them, texts that are
cut, times of servers that do not say their zone. Pure."""

import re
from collections.abc import Iterable
from datetime import datetime
from itertools import zip_longest

from tracker.platforms.local_times import has_clock, local_times, moment_in
from tracker.platforms.refusals import NotAPost
from tracker.platforms.text import find_hashtags, find_links, find_mentions, moment_of
from tracker.platforms.x_cells import A_DAY
from tracker.platforms.x_parts import EARLIEST, SHORT_ADDRESS, Addresses, snowflake_time

REPEATED = re.compile(r"RT @(\w{1,20}):? ", re.ASCII)
CUT_END = re.compile(r"(?<!\S)\S*(?:…|\.\.\.)\s*$")
CUT_BEFORE_LINK = re.compile(r"…\s+https?://t\.co/\w*$", re.ASCII)
"""How the streams of X's first API ended a text of which they gave only the beginning."""
ONE_OF_A_LIST = re.compile(r"\s?;\s")


def time_by_id(native_id: str, *cells: str) -> str:
    """When the post was written, UTC: the time inside its id, which no cell may contradict by more than a day, since the zones of
    the servers that wrote them are not known; for ids without one, the first cell that says its zone. Raises NotAPost."""
    inside = snowflake_time(native_id)
    if inside is None:
        return moment_of(next(filter(None, map(_said, cells)), None), earliest=EARLIEST)
    made = datetime.fromisoformat(inside.removesuffix("Z"))
    for cell in cells:
        said = _said(cell)
        meant = [datetime.fromisoformat(said.removesuffix("Z"))] if said else local_times(cell)
        most = A_DAY if has_clock(cell) or said else 2 * A_DAY
        if meant and all(abs(moment - made) > most for moment in meant):
            raise NotAPost("its time is more than a day from the time inside its id, so one of the two is wrong")
    return moment_of(inside, earliest=EARLIEST)


def _said(cell: str) -> str | None:
    try:
        return moment_in(cell)
    except (ValueError, OverflowError):
        return None


def lists_in_step(*cells: str) -> Iterable[tuple[str, ...]]:
    """Cells that hold lists of the same length with `; ` between their items, empty ones too: what stands at the same place."""
    return zip_longest(
        *([part.strip() for part in ONE_OF_A_LIST.split(f"{cell} ")] if cell else [] for cell in cells), fillvalue=""
    )


def with_addresses(native_id: str, *, short: str, expanded: str, followed: str) -> Addresses:
    """The short addresses of a post and what they stand for, from cells that list them in step."""
    addresses = Addresses(native_id)
    addresses.add(
        {"url": one or None, "expanded_url": target or None, "unwound_url": end or None}
        for one, target, end in lists_in_step(short, expanded, followed)
        if one or target or end
    )
    return addresses


def tags_in(text: str, *, cut: bool, listed: Iterable[str] = ()) -> list[str]:
    """The hashtags of a text, but for one that was cut off at its end, then those that are listed beside it."""
    return [*find_hashtags(CUT_END.sub("", text) if cut else text), *listed]


def mentions_in(text: str, *, cut: bool) -> tuple[str, ...]:
    """The handles that a text names, but for one that was cut off at its end."""
    return find_mentions(CUT_END.sub("", text) if cut else text)


def links_in(text: str, *, cut: bool) -> tuple[str, ...]:
    """The addresses that a text spells out: none that was cut off at its end, and no short one, which hides where it leads."""
    found = find_links(CUT_END.sub("", text) if cut else text)
    return tuple(dict.fromkeys(link for link in found if not SHORT_ADDRESS.fullmatch(link)))
