"""Days and weeks as people see them: in the campaign's own time zone. The store keeps UTC."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


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


def week_of(day: str) -> str:
    """The ISO week (`2026-W43`, Monday to Sunday) of a date."""
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year:04d}-W{week:02d}"


def days_of(week: str) -> tuple[str, str]:
    """The Monday and the Sunday of an ISO week, as dates."""
    monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    return monday.isoformat(), (monday + timedelta(days=6)).isoformat()
