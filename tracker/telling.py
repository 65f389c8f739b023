"""Numbers, times, weeks and errors as people read them. British English, the campaign's zone. Pure."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tracker.times import written

MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)

COVERAGE = {
    "ok": "answered",
    "empty": "answered: nothing there",
    "partial": "answered in part",
    "capped": "cut off by its own limit",
    "rate-limited": "asked us to slow down",
    "refused": "refused to answer",
    "disabled": "has this search switched off",
    "unreachable": "could not be reached",
    "budget-stop": "not asked further: the budget was spent",
    "not-asked": "not asked",
}
"""How a source answered, by coverage.status."""


def number(value: int) -> str:
    """12345 as 12,345."""
    return f"{value:,}"


def count(value: int, one: str, many: str = "") -> str:
    """1 post, 2 posts, 1,200 posts. many: where it is not `one` with an s."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """a, b and c; a and b; a."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def per_cent(share: float) -> str:
    """0.463 as `46 %`, as pages have it everywhere."""
    return f"{100 * share:.0f} %"


def day(value: str | date) -> str:
    """2026-11-08 as 8 November 2026."""
    known = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{known.day} {MONTHS[known.month - 1]} {known.year}"


def days(first: str | date, last: str | date) -> str:
    """2 to 8 November 2026; 30 October to 5 November 2026; 8 November 2026 where both are one day."""
    begin = date.fromisoformat(first) if isinstance(first, str) else first
    end = date.fromisoformat(last) if isinstance(last, str) else last
    if begin == end:
        return day(end)
    if begin.year != end.year:
        return f"{day(begin)} to {day(end)}"
    return f"{begin.day}{'' if begin.month == end.month else ' ' + MONTHS[begin.month - 1]} to {day(end)}"


def week(value: str) -> str:
    """2026-W45 as 2 to 8 November 2026, Monday to Sunday."""
    year, _, place = value.partition("-W")
    monday = date.fromisocalendar(int(year), int(place), 1)
    return days(monday, monday + timedelta(days=6))


def moment(value: str, zone: str) -> str:
    """A UTC moment as 8 November 2026, 14:05 in `zone`."""
    local = datetime.fromisoformat(value.removesuffix("Z")).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    return f"{day(local.date())}, {local:%H:%M}"


def clock(seconds: int, zone: str) -> str:
    """Seconds since 1970 as 8 November 2026, 14:05 in `zone`."""
    return moment(written(datetime.fromtimestamp(seconds, UTC)), zone)


def in_ten(share: float) -> str:
    """0.81 as `about 8 in 10`."""
    tenths = round(share * 10)
    return {0: "hardly any", 10: "nearly all"}.get(tenths, f"about {tenths} in 10")


def of_ten(share: float) -> str:
    """0.81 as `about 8`, to follow `of 10`."""
    return in_ten(share).removesuffix(" in 10")


def checked_in_vain(posts: int) -> str:
    """`12 posts were checked; none is about this theme, and the program gave it to none`: why its error is not known."""
    return f"{count(posts, 'post was', 'posts were')} checked; none is about this theme, and the program gave it to none"


def measured(quality: dict[str, Any], name: str) -> str:
    """`precision 0.81, 0.70 to 0.89` from a measured quality; `name` is precision or recall."""
    low, high = quality[f"{name}_low"], quality[f"{name}_high"]
    between = f", {low:.2f} to {high:.2f}" if low is not None and high is not None else ""
    return f"{name} {quality[name]:.2f}{between}"


def read_by_people(agreed: dict[str, Any] | None) -> str:
    """What stands in place of the program's error where a number was counted by hand: `people read every post; …`. agreed: how
    well coders agree on the theme; None where no two have read a post."""
    if agreed is None:
        return "people read every post; only one person each, so how well coders agree is not known."
    on = f"{count(agreed['units'], 'post', 'posts')} that two have read"
    if agreed["alpha"] is None:
        return f"people read every post; on {on} they never disagreed."
    between = "" if agreed["alpha_low"] is None else f", {agreed['alpha_low']:.2f} to {agreed['alpha_high']:.2f}"
    alike = "" if agreed["percent"] is None else f", {per_cent(agreed['percent'])} of verdicts alike"
    return f"people read every post; coders' agreement: alpha {agreed['alpha']:.2f}{between}{alike}, on {on}."
