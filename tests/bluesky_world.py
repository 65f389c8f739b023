"""An invented Bluesky: who posted what and what became of it, and what its servers would answer. No network here.

`World` is the truth that a test compares with; `answer` speaks XRPC from it, with the habits and the faults of the real servers,
as `faults` names them (`World.fault`).
"""

import base64
import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

COLLECTION = "app.bsky.feed.post"
LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
ADDRESS = re.compile(r"at://did:[a-z]+:[\w.:%-]*[\w.-]/[a-z.]+/[\w.~:-]{1,512}", re.ASCII | re.IGNORECASE)
"""What the lexicon calls an at-uri; a request with one that is none is refused whole. https://atproto.com/specs/at-uri-scheme"""
PASSWORD, TOKEN_SECONDS = "canary-app-password-77c1", 7200
Reply = tuple[int, Any]
"""(status, the body as JSON; a str is sent as HTML)"""


@dataclass
class Account:
    did: str
    handle: str
    labels: list[str] = field(default_factory=list)
    state: str = "active"
    blocks_us: bool = False


@dataclass
class Told:
    """A post. indexed: when it came in, in seconds since 1970."""

    uri: str
    did: str
    record: dict[str, Any]
    indexed: float
    gone: bool = False
    likes: int = 0
    sorted_at: str = ""
    first_text: str = ""
    replies: list[str] = field(default_factory=list)


class World:
    """All that was ever posted. `shift` moves its clock."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.posts: dict[str, Told] = {}
        self.events: list[dict[str, Any]] = []
        self.shift = 0.0
        self.faults: dict[str, Any] = {"cap": 10_000}
        self.sessions: dict[str, float] = {}
        self.refreshes: set[str] = set()
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.told_us = 0
        """What the stream last told of somebody else; nothing comes before it any more."""
        self._made = 0

    def now(self) -> float:
        return time.time() + self.shift

    def fault(self, **faults: Any) -> None:
        self.faults |= faults

    # ---- what people do ----------------------------------------------------------------------------------------------

    def join(self, name: str, labels: tuple[str, ...] = ()) -> str:
        did = f"did:plc:{name}{'x' * 8}"
        self.accounts[did] = Account(did, f"{name}.example", list(labels))
        long_ago = self.now() - 30 * 86400
        said = {"did": did, "seq": len(self.events)}
        self._event(did, kind="identity", came=long_ago, identity=said | {"handle": f"{name}.example"})
        self._event(did, kind="account", came=long_ago, account=said | {"active": True})
        return did

    def post(self, did: str, text: str, *, made: float | str | None = None, came: float | None = None, **more: Any) -> str:
        """A new post. made: what its author's clock says, seconds since 1970 or whatever text. came: when it really came in."""
        came = self.now() if came is None else came
        said = made if isinstance(made, str) else iso(came if made is None else made)
        record = {"$type": COLLECTION, "text": text, "createdAt": said, "langs": ["en"]} | more
        if "facets" not in more and (facets := facets_of(text)):
            record["facets"] = facets
        uri = f"at://{did}/{COLLECTION}/{self._key(came)}"
        self.posts[uri] = Told(uri, did, record, came, sorted_at=sort_time(record, came), first_text=text)
        parent = record.get("reply", {}).get("parent", {}).get("uri")
        if parent in self.posts:
            self.posts[parent].replies.append(uri)
        self._commit(uri, "create", record, came)
        return uri

    def reply(self, did: str, parent: str, text: str, **more: Any) -> str:
        root = self.posts[parent].record.get("reply", {}).get("root", {"uri": parent, "cid": "bafyroot"})
        return self.post(did, text, reply={"root": root, "parent": {"uri": parent, "cid": "bafyparent"}}, **more)

    def rewrite(self, uri: str, text: str) -> None:
        told = self.posts[uri]
        told.record = {"$type": COLLECTION, "text": text, "createdAt": told.record["createdAt"], "facets": facets_of(text)}
        self._commit(uri, "update", told.record)

    def delete(self, uri: str) -> None:
        self.posts[uri].gone = True
        self._commit(uri, "delete", None)

    def state(self, did: str, state: str) -> None:
        """active, deactivated, suspended, takendown or deleted."""
        self.accounts[did].state = state
        said = {"active": state == "active", "did": did, "seq": len(self.events)}
        self._event(did, kind="account", account=said | ({} if state == "active" else {"status": state}))

    def rename(self, did: str, handle: str) -> None:
        self.accounts[did].handle = handle
        self._event(did, kind="identity", identity={"did": did, "handle": handle, "seq": len(self.events)})

    def shown(self, uri: str) -> bool:
        told = self.posts[uri]
        return not told.gone and self.accounts[told.did].state == "active"

    def _key(self, came: float) -> str:
        self._made += 1
        number = int(came * 1_000_000) << 10 | self._made % 1024
        return "".join(LETTERS[number >> shift & 31] for shift in range(60, -1, -5))

    def _commit(self, uri: str, operation: str, record: dict[str, Any] | None, came: float | None = None) -> None:
        did, _, key = uri.removeprefix("at://").split("/")
        commit: dict[str, Any] = {"rev": "3l", "operation": operation, "collection": COLLECTION, "rkey": key}
        if record is not None:
            commit |= {"record": record, "cid": f"bafy{self._made}"}
        self._event(did, kind="commit", commit=commit, came=came)

    def _event(self, did: str, *, came: float | None = None, **said: Any) -> None:
        last = max(self.told_us, self.events[-1]["time_us"] if self.events else 0)
        self.events.append({"did": did, "time_us": max(int((came or self.now()) * 1_000_000), last + 1), **said})

    # ---- what its servers answer ---------------------------------------------------------------------------------------

    def answer(self, method: str, params: dict[str, list[str]], body: Any = None, bearer: str = "") -> Reply:
        """One request: the name of the method, its parameters, what is sent along, and the token that came with it."""
        self.asked.append((method, params))
        if self.faults.get("slow"):
            time.sleep(self.faults["slow"])
        if method.startswith("com.atproto.server."):
            return self._session(method.rpartition(".")[2], body, bearer)
        if self.faults.get("html"):
            return 403, "<html><body><h1>Forbidden</h1></body></html>"
        if method.startswith("app.bsky.feed.searchPosts") or bearer:
            refusal = self._refusal(bearer)
            if refusal:
                return refusal
        short = method.rpartition(".")[2]
        found = getattr(self, f"_{short}", None)
        return found(params) if found else (501, {"error": "MethodNotImplemented", "message": method})

    def _session(self, what: str, body: Any, bearer: str) -> Reply:
        if what == "createSession":
            handles = {account.handle for account in self.accounts.values()}
            if body.get("identifier") not in handles or body.get("password") != PASSWORD:
                return 401, {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}
        elif what == "refreshSession":
            if bearer not in self.refreshes:
                return 400, {"error": "ExpiredToken", "message": "Token has been revoked"}
            self.refreshes.discard(bearer)
        else:
            return 501, {"error": "MethodNotImplemented", "message": what}
        made, number = int(self.now()), len(self.sessions)
        access, refresh = (jwt(f"{kind}{number}", made, made + TOKEN_SECONDS) for kind in ("access", "refresh"))
        self.sessions[access] = self.now() + TOKEN_SECONDS
        self.refreshes.add(refresh)
        return 200, {"accessJwt": access, "refreshJwt": refresh, "handle": "collector.example", "did": "did:plc:collector"}

    def _refusal(self, bearer: str) -> Reply | None:
        if not bearer:
            return 401, {"error": "AuthMissing", "message": "Authentication Required"}
        if bearer not in self.sessions:
            return 400, {"error": "InvalidToken", "message": "Token could not be verified"}
        self.faults["expire_after"] = self.faults.get("expire_after", 10**9) - 1
        if self.faults["expire_after"] == 0 or self.now() > self.sessions[bearer]:
            del self.sessions[bearer]
            if self.faults.get("forget_refresh"):
                self.refreshes.clear()
            return 400, {"error": "ExpiredToken", "message": "Token has expired"}
        return None

    def _searchPosts(self, params: dict[str, list[str]]) -> Reply:
        q, limit = params.get("q", [""])[0], int(params.get("limit", ["25"])[0])
        if not q or limit > 100:
            return 400, {"error": "InvalidRequest", "message": "Error: Invalid parameters"}
        since, until = params.get("since", [""])[0], params.get("until", ["9999"])[0]
        if any("T" not in said for said in (since, until) if said not in ("", "9999")):
            return 400, {"error": "BadRequest", "message": "invalid Datetime"}
        place, cap = int(params.get("cursor", ["0"])[0]), self.faults["cap"]
        if place > cap or (self.faults.get("refuses_deep") and place >= cap):
            return 400, {"error": "BadRequest", "message": "invalid value for 'cursor' (can't paginate so deep)"}
        ignores = self.faults.get("ignores", ())
        found = [
            told
            for told in self.posts.values()
            if ("times" in ignores or since <= told.sorted_at < until)
            and ("q" in ignores or asked_for(told.record, q, params.get("url", [""])[0]))
        ]
        found.sort(key=lambda told: (told.sorted_at, told.uri), reverse=True)
        page = found[place : place + limit]
        if self.faults.get("repeats"):
            page = found[:limit]
        drops = self.faults.get("drops", 0)
        shown = [told for n, told in enumerate(page) if self.shown(told.uri) and not (drops and n % drops == 1)]
        answer: dict[str, Any] = {"posts": [self.view(told) for told in shown]}
        if len(page) == limit and (place + limit < cap or self.faults.get("refuses_deep")):
            answer["cursor"] = str(place + limit)
        if self.faults.get("new_fields"):
            answer = {**answer, "trace": {"ms": 4}, "posts": [{**post, "novelty": {"x": [1]}} for post in answer["posts"]]}
        if self.faults.get("bad_items"):
            answer["posts"][1:1] = [None, {"uri": 7}, {"uri": "at://did:plc:a/app.bsky.feed.post/b", "record": {"text": 5}}]
        return 200, answer

    def _getPosts(self, params: dict[str, list[str]]) -> Reply:
        if not all(map(ADDRESS.fullmatch, params["uris"])):
            return 400, {"error": "InvalidRequest", "message": "Error: uris must be a valid at-uri"}
        return 200, {"posts": [self.view(self.posts[uri]) for uri in params["uris"] if self._seen(uri)]}

    def _seen(self, uri: str) -> bool:
        return uri in self.posts and self.shown(uri) and not self.accounts[self.posts[uri].did].blocks_us

    def _getPostThread(self, params: dict[str, list[str]]) -> Reply:
        uri = params["uri"][0]
        if uri not in self.posts or not self.shown(uri):
            return 400, {"error": "NotFound", "message": f"Post not found: {uri}"}
        return 200, {"thread": self._node(uri, int(params.get("depth", ["6"])[0]))}

    def _node(self, uri: str, depth: int) -> dict[str, Any]:
        kind = "app.bsky.feed.defs#threadViewPost"
        if not self.shown(uri):
            return {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri, "notFound": True}
        most = self.faults.get("replies_of_a_part", 10**9)
        replies = [self._node(one, depth - 1) for one in self.posts[uri].replies[:most]] if depth else []
        return {"$type": kind, "post": self.view(self.posts[uri]), "replies": replies}

    def _getProfiles(self, params: dict[str, list[str]]) -> Reply:
        there = [self.accounts[did] for did in params["actors"] if did in self.accounts and self.accounts[did].state == "active"]
        return 200, {"profiles": [self._author(account) for account in there]}

    def _getAuthorFeed(self, params: dict[str, list[str]]) -> Reply:
        account = self._named(params["actor"][0])
        if account is None:
            return 400, {"error": "InvalidRequest", "message": "Profile not found"}
        place, limit = int(params.get("cursor", ["0"])[0]), int(params.get("limit", ["50"])[0])
        mine = [told for told in reversed(self.posts.values()) if told.did == account.did and self.shown(told.uri)]
        feed = {"feed": [{"post": self.view(told)} for told in mine[place : place + limit]]}
        return 200, feed | ({"cursor": str(place + limit)} if place + limit < len(mine) else {})

    def _resolveHandle(self, params: dict[str, list[str]]) -> Reply:
        account = self._named(params["handle"][0])
        return (
            (200, {"did": account.did}) if account else (400, {"error": "InvalidRequest", "message": "Unable to resolve handle"})
        )

    def _named(self, name: str) -> Account | None:
        return next((account for account in self.accounts.values() if name in (account.handle, account.did)), None)

    def _author(self, account: Account) -> dict[str, Any]:
        labels = [{"src": account.did, "uri": account.did, "val": label} for label in account.labels]
        viewer = {"muted": False, "blockedBy": account.blocks_us}
        name = account.handle.partition(".")[0].title()
        return {"did": account.did, "handle": account.handle, "displayName": name, "labels": labels, "viewer": viewer}

    def view(self, told: Told) -> dict[str, Any]:
        """A post as the API shows it."""
        counts = {"replyCount": len(told.replies), "repostCount": 0, "likeCount": told.likes, "quoteCount": 0}
        author = self._author(self.accounts[told.did])
        return {"uri": told.uri, "cid": "bafy", "author": author, "record": told.record, "indexedAt": iso(told.indexed)} | counts


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(seconds * 1000) % 1000:03}Z"


def sort_time(record: dict[str, Any], came: float) -> str:
    """The time that the index sorts by: the author's, but no later than when the post came in."""
    try:
        made = iso(datetime.fromisoformat(str(record["createdAt"])).timestamp())
    except (ValueError, OverflowError):
        return iso(came)
    return min(made, iso(came))


def facets_of(text: str) -> list[dict[str, Any]]:
    """The hashtags of a text, marked by their bytes."""
    found: list[dict[str, Any]] = []
    place = 0
    for word in text.split(" "):
        start, place = place, place + len(word.encode()) + 1
        if word.startswith("#") and len(word) > 1:
            feature = {"$type": "app.bsky.richtext.facet#tag", "tag": word[1:]}
            found.append({"index": {"byteStart": start, "byteEnd": start + len(word.encode())}, "features": [feature]})
    return found


def asked_for(record: dict[str, Any], q: str, url: str) -> bool:
    """Whether the index would find the record: `#tag`, `"a phrase"`, or `*` with a link."""
    if q == "*":
        return url in json.dumps(record)
    if q.startswith("#"):
        tags = [feature.get("tag") for facet in record.get("facets", ()) for feature in facet["features"]]
        return q[1:].casefold() in {str(tag).casefold() for tag in (*tags, *record.get("tags", ()))}
    return q.strip('"').casefold() in str(record["text"]).casefold()


def jwt(name: str, made: int, ends: int) -> str:
    """A token that looks like one."""

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return ".".join((part({"alg": "none"}), part({"sub": name, "iat": made, "exp": ends}), f"signature-of-{name}"))
