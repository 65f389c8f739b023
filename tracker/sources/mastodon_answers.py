"""What a server of Mastodon answers, as rows: statuses read by the one rule for them, the answered post by its `uri`. Pure."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from tracker.platforms.mastodon import read_post
from tracker.platforms.refusals import NotAPost, PrivatePost
from tracker.platforms.shapes import inner, objects, some_text, whole_count
from tracker.records import Found, Rejected, Row, Withheld

UNLISTED = "unlisted post: its author asked that it does not stand in public timelines"
STATUS = (
    "account application bookmarked card content created_at edited_at emojis favourited favourites_count filtered id",
    "in_reply_to_account_id in_reply_to_id language media_attachments mentions muted pinned poll quote quote_approval",
    "quotes_count reblog reblogged reblogs_count replies_count sensitive spoiler_text tags text uri url visibility",
)
KNOWN_FIELDS = frozenset(" ".join(STATUS).split())
HISTORY = timedelta(days=6)
Uris = dict[str, str]
"""A server's own id of a status -> its uri, the same everywhere."""


def read_statuses(statuses: Iterable[object], uris: Uris, *, seen_at: str) -> tuple[Row, ...]:
    """The rows of an answer. `uris` is what is known of this server's ids, and learns from the answer."""
    items = list(statuses)
    for status in objects(items):
        learn(status, uris)
    return tuple(_row(status, line, uris, seen_at) for line, status in enumerate(items, 1))


def learn(status: Mapping[str, Any], uris: Uris) -> None:
    """Take note of which uri a server's own id stands for."""
    own_id, uri = some_text(status.get("id")), some_text(status.get("uri"))
    if own_id and uri:
        uris[own_id] = uri


def _row(status: object, line: int, uris: Uris, seen_at: str) -> Row:
    raw = json.dumps(status, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    if not isinstance(status, dict):
        return Rejected("the item is no JSON object", line, raw)
    if status.get("visibility") == "unlisted":
        return Withheld(UNLISTED, line)
    answered = status.get("in_reply_to_id")
    known = uris.get(answered) if isinstance(answered, str) else None
    try:
        post = read_post(
            {**status, "in_reply_to_id": known, "in_reply_to_account_id": None} if known else status, seen_at=seen_at
        )
    except NotAPost as error:
        return Rejected(str(error), line, raw)
    except PrivatePost as error:
        return Withheld(str(error), line)
    return Found(post, raw, line)


def unknown_fields(statuses: Iterable[object]) -> tuple[str, ...]:
    """Fields of statuses that this version does not know, for each status that has one."""
    return tuple(str(name)[:60] for status in objects(list(statuses)) for name in status if name not in KNOWN_FIELDS)


def ids_of(statuses: Iterable[object]) -> list[str]:
    """The server's own ids, in the order of the answer."""
    return [own_id for status in objects(list(statuses)) if (own_id := some_text(status.get("id")))]


def newest(ids: Iterable[str]) -> str | None:
    """The id that stands for the latest moment: ids are opaque, but those of one server grow, first in length."""
    return max(ids, key=lambda own_id: (len(own_id), own_id), default=None)


def oldest(ids: Iterable[str]) -> str | None:
    """The id that stands for the earliest moment."""
    return min(ids, key=lambda own_id: (len(own_id), own_id), default=None)


def link_to(headers: Mapping[str, str], relation: str, parameter: str) -> str | None:
    """What the `Link` header says of the page before (`prev`, min_id) or after (`next`, max_id); only the id is taken from it."""
    for part in headers.get("link", "").split(","):
        address, _, rest = part.strip().partition(">")
        if f'rel="{relation}"' in rest.replace("'", '"') and address.startswith("<"):
            found = parse_qs(address.partition("#")[0].partition("?")[2]).get(parameter)
            return found[0] if found else None
    return None


def uses_after(tag: object, moment: str, *, now: str) -> int | None:
    """How many posts with a tag the server counts on the days (UTC) after that of `moment`. None where it does not count, or
    its seven days do not reach that far back."""
    days = [(whole_count(entry.get("day")), whole_count(entry.get("uses"))) for entry in objects(inner(tag).get("history"))]
    counted = [(at, uses) for at, uses in days if at is not None and uses is not None]
    begin = datetime.fromisoformat(moment[:10]).replace(tzinfo=UTC) + timedelta(days=1)
    if not counted or datetime.fromisoformat(now) - begin > HISTORY:
        return None
    return sum(uses for at, uses in counted if at >= begin.timestamp()) or None
