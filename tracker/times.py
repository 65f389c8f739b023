"""Times as the store writes them: `2026-10-20T08:00:00Z`, UTC, whole seconds; and what time it is."""

from datetime import UTC, datetime, timedelta


def written(moment: datetime) -> str:
    """A moment, in whatever zone, as the store writes it. By isoformat, since strftime writes the year 1, which posts do say, as
    `1`."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def system_clock() -> str:
    """The time now."""
    return written(datetime.now(UTC))


def later(time: str, length: timedelta) -> str:
    """The time so much later, or earlier where `length` is negative."""
    return written(datetime.fromisoformat(time) + length)
