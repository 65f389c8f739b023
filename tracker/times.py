"""Times as the store writes them: `2026-10-20T08:00:00Z`, UTC, whole seconds. Pure."""

from datetime import UTC, datetime, timedelta


def written(moment: datetime) -> str:
    """A moment, in whatever zone, as the store writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def later(time: str, length: timedelta) -> str:
    """The time so much later, or earlier where `length` is negative."""
    return written(datetime.fromisoformat(time) + length)
