"""What is true in the invented world: who posted what, when, and what became of it. No network here."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)


@dataclass
class Status:
    """A post. number: its place in the order of the world. arrived: when this server heard of it; its id says when it was posted.
    seen_from: since when it is there."""

    number: int
    text: str
    posted: datetime
    arrived: datetime
    author: str = "rider"
    home: str = ""
    visibility: str = "public"
    reply_to: int | None = None
    edited: datetime | None = None
    deleted: bool = False
    likes: int = 0
    more: dict[str, object] = field(default_factory=dict)

    @property
    def own_id(self) -> str:
        """As Mastodon makes them: milliseconds in the upper bits."""
        return str((int(self.posted.timestamp() * 1000) << 16) | (self.number & 0xFFFF))


@dataclass
class World:
    """The posts by number; `now` None is the true time."""

    statuses: dict[int, Status] = field(default_factory=dict)

    def publish(self, count: int, *, every: int = 2220, start: str = "", **changes: object) -> list[int]:
        """Publish so many posts, one every `every` seconds from `start` on (else after the last one)."""
        if start:
            first = datetime.fromisoformat(start)
        else:
            first = max((s.posted for s in self.statuses.values()), default=START) + timedelta(seconds=every)
        number = max(self.statuses, default=0)
        made = []
        for step in range(count):
            number += 1
            posted = first + timedelta(seconds=every * step)
            text = f"Number {number}: the fares went up again #SaveOurBuses"
            self.statuses[number] = Status(number, text, posted, posted, author=f"rider{number % 7}", likes=number % 5)
            self.change([number], **changes)
            made.append(number)
        return made

    def change(self, numbers: list[int], **changes: object) -> None:
        """Change posts; times are given as ISO 8601."""
        for number in numbers:
            for name, value in changes.items():
                moment = datetime.fromisoformat(str(value)) if name in ("posted", "arrived", "edited") and value else value
                setattr(self.statuses[number], name, moment)

    def tagged(self, tag: str) -> list[Status]:
        """The public posts with a tag that are there, the oldest id first."""
        found = [
            status
            for status in self.statuses.values()
            if not status.deleted and status.visibility == "public" and f"#{tag.lower()}" in status.text.lower()
        ]
        return sorted(found, key=lambda status: (len(status.own_id), status.own_id))
