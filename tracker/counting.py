"""Days and weeks as people see them: in the campaign's own time zone. The store keeps UTC."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tracker.times import written


def local_day(moment: str, timezone: str) -> str:
    """The date (YYYY-MM-DD) of a UTC moment (`2026-10-20T23:30:00Z`) in `timezone`."""
    return _day_of_minute(moment[:16], timezone)


@lru_cache(maxsize=65536)
def _day_of_minute(minute: str, timezone: str) -> str:
    try:
        return datetime.fromisoformat(f"{minute}:00+00:00").astimezone(_zone(timezone)).date().isoformat()
    except OverflowError:
        return minute[:10]


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def week_of(day: str | date) -> str:
    """The ISO week (`2026-W43`, Monday to Sunday) of a date."""
    year, week, _ = (date.fromisoformat(day) if isinstance(day, str) else day).isocalendar()
    return f"{year:04d}-W{week:02d}"


def days_of(week: str) -> tuple[str, str]:
    """The Monday and the Sunday of an ISO week, as dates."""
    monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    return monday.isoformat(), (monday + timedelta(days=6)).isoformat()


def moments_of(week: str, timezone: str) -> tuple[str, str]:
    """When an ISO week begins and when the next one does in `timezone`, in UTC: what lies between falls on the week's days. At
    either end of what a date can say, a moment before or after all others."""
    begin = datetime.combine(date.fromisocalendar(int(week[:4]), int(week[6:]), 1), time(), _zone(timezone))
    return _utc(begin, 0, ""), _utc(begin, 7, "9999-12-31T24")


def _utc(begin: datetime, days: int, beyond: str) -> str:
    try:
        return written(begin + timedelta(days=days))
    except OverflowError:
        return beyond
