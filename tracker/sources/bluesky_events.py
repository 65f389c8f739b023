"""What the stream of all of Bluesky says, event by event, and what a stretch of it comes to. Pure.

Jetstream sends JSON, an event a message: `commit` (a record was created, updated or deleted), `account` (an account is active, or
why it is not) and `identity` (a handle may have changed; nothing is made of it here). Each has `time_us`, microseconds since 1970
at the server, which is also what it can be asked to begin from. It sends each event at least once, so one may come again.
https://github.com/bluesky-social/jetstream
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from tracker.platforms.bluesky import COLLECTION, DID
from tracker.platforms.shapes import inner, some_text
from tracker.sources.asking import Gone
from tracker.times import written

HIDDEN = {
    "deactivated": "its author deactivated the account",
    "suspended": "Bluesky suspended the account",
    "takendown": "Bluesky took the account down",
    "desynchronized": "the account's server and the network do not agree; its posts are not shown",
    "throttled": "the account is throttled; its posts are not shown",
}
"""States of an account from which it may come back, and what they mean; https://atproto.com/specs/account"""
DELETED_ACCOUNT = "its author deleted the account"
DELETED_POST = "its author deleted the post"
ACTIVE = "the account is active"


@dataclass(frozen=True, slots=True)
class Written:
    """A post was made or rewritten. raw: the message as it came."""

    did: str
    rkey: str
    record: dict[str, Any]
    at: str
    rewritten: bool
    raw: bytes

    @property
    def address(self) -> str:
        """The id of the post."""
        return f"at://{self.did}/{COLLECTION}/{self.rkey}"


@dataclass(slots=True)
class Stretch:
    """What a stretch of the stream comes to: of several events of one post, or one account, the last one counts. latest: events
    that say they are later than this are not believed, else the next run would begin in the future."""

    latest: int = 2**53
    written: dict[str, Written] = field(default_factory=dict)
    posts_gone: dict[str, Gone] = field(default_factory=dict)
    accounts: dict[str, Gone] = field(default_factory=dict)
    events: int = 0
    unreadable: int = 0
    first_us: int | None = None
    last_us: int | None = None

    def take(self, message: str | bytes) -> Written | None:
        """Take one message in; gives the post that it says was written, for the caller to keep (`keep`) or let go."""
        event = _json_object(message)
        time_us = event.get("time_us")
        if type(time_us) is not int or not 0 < time_us <= self.latest:
            self.unreadable += 1
            return None
        self.events += 1
        self.first_us = time_us if self.first_us is None else self.first_us
        self.last_us = time_us if self.last_us is None else max(self.last_us, time_us)
        did = some_text(event.get("did"))
        if did is None or not DID.fullmatch(did):
            self.unreadable += 1
            return None
        if event.get("kind") == "commit":
            return self._commit(did, inner(event.get("commit")), time_us, message)
        if event.get("kind") == "account":
            self._account(did, inner(event.get("account")))
        return None

    def keep(self, post: Written) -> None:
        """The post that was just taken in is of concern."""
        self.written[post.address] = post

    def _commit(self, did: str, commit: Mapping[str, Any], time_us: int, message: str | bytes) -> Written | None:
        rkey = some_text(commit.get("rkey"))
        if commit.get("collection") != COLLECTION or rkey is None:
            return None
        address = f"at://{did}/{COLLECTION}/{rkey}"
        if commit.get("operation") == "delete":
            self.written.pop(address, None)
            self.posts_gone[address] = Gone("bluesky", "gone", DELETED_POST, native_id=address)
            return None
        record = commit.get("record")
        if not isinstance(record, dict):
            self.unreadable += 1
            return None
        self.posts_gone.pop(address, None)
        self.written.pop(address, None)
        rewritten = commit.get("operation") == "update"
        raw = message.encode() if isinstance(message, str) else message
        return Written(did, rkey, record, moment_of_us(time_us), rewritten, raw)

    def _account(self, did: str, account: Mapping[str, Any]) -> None:
        status = some_text(account.get("status"))
        if account.get("active") is True:
            self.accounts[did] = Gone("bluesky", "live", ACTIVE, author_id=did)
        elif status == "deleted":
            self.accounts[did] = Gone("bluesky", "gone", DELETED_ACCOUNT, author_id=did)
        elif account.get("active") is False:
            evidence = HIDDEN.get(status or "", f"the account is not active ({status or 'no reason is given'})")
            self.accounts[did] = Gone("bluesky", "hidden", evidence, author_id=did)


def moment_of_us(time_us: int) -> str:
    """Microseconds since 1970 as the store writes a time."""
    return written(datetime.fromtimestamp(time_us // 1_000_000, UTC))


def us_of_moment(moment: str) -> int:
    """A time as the store writes it, in microseconds since 1970."""
    return int(datetime.fromisoformat(moment).timestamp()) * 1_000_000


def _json_object(message: str | bytes) -> dict[str, Any]:
    try:
        return inner(orjson.loads(message))
    except orjson.JSONDecodeError:
        return {}


def words_of(record: Mapping[str, Any]) -> str:
    """Everything in a record that may tell of the campaign: its text, tags, and the links of its facets and of what it embeds."""
    found = [record.get("text"), *_listed(record.get("tags"))]
    for facet in _listed(record.get("facets")):
        for feature in _listed(inner(facet).get("features")):
            found += [inner(feature).get("tag"), inner(feature).get("uri")]
    embed = inner(record.get("embed"))
    for part in (embed, inner(embed.get("media"))):
        found.append(inner(part.get("external")).get("uri"))
    return "\n".join(one for one in found if isinstance(one, str))


def refers_to(record: Mapping[str, Any]) -> set[str]:
    """The posts that a record answers or quotes."""
    reply, embed = inner(record.get("reply")), inner(record.get("embed"))
    quoted = inner(embed.get("record"))
    named = [inner(reply.get("parent")).get("uri"), inner(reply.get("root")).get("uri")]
    named += [quoted.get("uri"), inner(quoted.get("record")).get("uri")]
    return {uri for uri in named if isinstance(uri, str)}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
