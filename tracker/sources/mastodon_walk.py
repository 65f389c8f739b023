"""Walks through a timeline: forward from where it was read to, with a look back over the last days; or backward, by hand.

Forward is by `min_id`, which gives the posts just after an id; `since_id` would give the newest and leave a hole. A post of
another server takes its id from its own time and arrives behind the cursor, so each run begins again some days before. Ids are
opaque: where such a day begins is remembered as the walk passes it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tracker.platforms.mastodon import EARLIEST
from tracker.platforms.refusals import NotAPost
from tracker.platforms.shapes import objects
from tracker.platforms.text import moment_of, moment_or_none, utc
from tracker.records import Found, Row
from tracker.sources.asking import Page
from tracker.sources.connections import bad_answer
from tracker.sources.mastodon_answers import ids_of, link_to, newest, oldest, read_statuses, unknown_fields
from tracker.sources.mastodon_server import Server
from tracker.times import later

PAGE = 40
BEGINNING = "0"
HOURS_BETWEEN_MARKS = 6
MOST_MARKS = 400


@dataclass(slots=True)
class Place:
    """How far a timeline was read: to the id `at`; `marks` are (time, id) of places passed, by time."""

    at: str = BEGINNING
    marks: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def from_cursor(cls, cursor: str | None) -> "Place":
        """The place that a cursor stands for; the beginning where it is none of ours."""
        try:
            said = json.loads(cursor or "")
            marks = [(utc(time), str(own_id)) for time, own_id in said["marks"]]
            return cls(str(said["at"]), sorted(marks))
        except (ValueError, TypeError, KeyError):
            return cls()

    def cursor(self) -> str:
        """The place as it is stored."""
        return json.dumps({"at": self.at, "marks": self.marks}, separators=(",", ":"))

    def back_to(self, moment: str) -> tuple[str, str | None]:
        """(id, time) of the last mark that lies before a moment; the beginning where there is none."""
        before = [(own_id, time) for time, own_id in self.marks if time <= moment]
        return before[-1] if before else (BEGINNING, None)

    def reached(self, own_id: str, time: str | None, now: str) -> None:
        """Go on to an id, whose post is from this time. A time that is still to come says nothing about a place."""
        if _order(own_id) > _order(self.at):
            self.at = own_id
        if time is None or time > now:
            return
        last = self.marks[-1][0] if self.marks else ""
        if not last or time >= later(last, timedelta(hours=HOURS_BETWEEN_MARKS)):
            self.marks.append((time, own_id))
            del self.marks[:-MOST_MARKS]


def forward(
    server: Server, path: str, params: dict[str, Any], place: Place, *, lag_days: int, now: str, stop: Callable[[], None]
) -> Iterator[Page]:
    """The pages after `place`, from `lag_days` before it on; the last one is empty and complete."""
    start, since = place.back_to(later(now, -timedelta(days=lag_days)))
    at, first = start, since
    while True:
        stop()
        statuses, answer = server.statuses(path, {**params, "min_id": at, "limit": PAGE})
        following = newest([*ids_of(statuses), *filter(None, [link_to(answer.headers, "prev", "min_id")])])
        if not statuses and (following is None or _order(following) <= _order(at)):
            yield Page(cursor=place.cursor(), window=(first or now, now), complete=True)
            return
        if following is None or _order(following) <= _order(at):
            raise bad_answer(server.host, "it gives the same posts again when it is asked for the next ones")
        rows = read_statuses(statuses, server.uris, seen_at=now)
        first = first or _earliest(rows)
        place.reached(following, _time_of(statuses, following), now)
        at = following
        yield Page(rows, place.cursor(), (first, None), unknown_fields=unknown_fields(statuses))


def backward(
    server: Server, path: str, params: dict[str, Any], *, since: str | None, until: str | None, now: str, stop: Callable[[], None]
) -> Iterator[Page]:
    """The pages from the newest back to `since`, without those after `until`. A window asked for by hand moves no cursor. A page
    without posts that names one before it is not the last."""
    at: str | None = None
    while True:
        stop()
        statuses, answer = server.statuses(path, {**params, "limit": PAGE, **({"max_id": at} if at else {})})
        following = oldest([*ids_of(statuses), *filter(None, [link_to(answer.headers, "next", "max_id")])])
        times = [time for status in objects(statuses) if (time := moment_or_none(status.get("created_at")))]
        past = since is not None and bool(times) and max(times) < since
        rows = tuple(row for row in read_statuses(statuses, server.uris, seen_at=now) if _within(row, since, until))
        again = at is not None and following is not None and _order(following) >= _order(at)
        if again and statuses and set(ids_of(statuses)) != {at}:
            raise bad_answer(server.host, "it gives the same posts again when it is asked for the ones before")
        if following is None or past or again:
            yield Page(rows, window=(since, until or now), complete=True, unknown_fields=unknown_fields(statuses))
            return
        at = following
        yield Page(rows, window=(None, until or now), unknown_fields=unknown_fields(statuses))


def _within(row: Row, since: str | None, until: str | None) -> bool:
    if not isinstance(row, Found):
        return True
    return (since is None or row.post.created_at >= since) and (until is None or row.post.created_at <= until)


def _earliest(rows: tuple[Row, ...]) -> str | None:
    return min((row.post.created_at for row in rows if isinstance(row, Found)), default=None)


def _time_of(statuses: list[Any], own_id: str) -> str | None:
    """When the status with this id was posted, as the store writes it; None where it says none that can be right."""
    for status in objects(statuses):
        if status.get("id") == own_id:
            try:
                return moment_of(status.get("created_at"), earliest=EARLIEST)
            except NotAPost:
                return None
    return None


def _order(own_id: str) -> tuple[int, str]:
    """Ids of one server grow, first in length."""
    return (len(own_id), own_id)
