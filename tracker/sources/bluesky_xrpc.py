"""How a server of Bluesky is asked: XRPC over https, its errors by name, and a session that ends and is begun anew.

A session is opened with a handle and an app password. What it gives is a token for some two hours and one to renew it with; both
are kept in memory only, and in no log. Bluesky lets an account open 30 sessions in five minutes and 300 a day, so one serves a
whole run.
"""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from tracker.platforms.shapes import inner, some_text
from tracker.problems import BadAnswer, CredentialsRefused, Refused
from tracker.redacting import REDACTOR
from tracker.sources.patience import date_of
from tracker.sources.web import Answer, Web, problem_of
from tracker.times import written

HANDLE, PASSWORD = "BLUESKY_HANDLE", "BLUESKY_APP_PASSWORD"
EARLY = 120.0
"""Seconds before its end at which a token is renewed."""
ENDED = frozenset({"ExpiredToken", "InvalidToken"})
NAMED = frozenset({400, 401, 404})
"""Answers whose body names an error."""
NO_ACCOUNT = "Bluesky's search answers only those who are logged in."


class Told(Refused):
    """A refusal with a name (`NotFound`, `InvalidRequest`), which the caller may know what to do with."""

    def __init__(self, problem: Refused | CredentialsRefused, name: str, message: str) -> None:
        super().__init__(problem.what, why=problem.why, safe=problem.safe, next_step=problem.next_step)
        self.name = name
        self.message = message


class ServersClock:
    """The time at a server, as its answers say it, and as it went on since by the clock that never jumps."""

    def __init__(self) -> None:
        self._heard: tuple[datetime, float] | None = None

    def hear(self, answer: Answer) -> None:
        """Take note of an answer's `Date`."""
        said = date_of(answer.headers.get("date"))
        if said is not None:
            self._heard = (said, time.monotonic())

    def now(self) -> str | None:
        """UTC; None while no answer said it."""
        if self._heard is None:
            return None
        said, heard = self._heard
        return written(said + timedelta(seconds=time.monotonic() - heard))


@dataclass(slots=True)
class Session:
    """The tokens of an account on its server. ends: when the first ends, by the clock that never jumps; None: it does not say."""

    web: Web
    base: str
    handle: str
    password: str = field(repr=False)
    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    ends: float | None = None
    clock: ServersClock = field(default_factory=ServersClock)

    def headers(self) -> dict[str, str]:
        """What a request is sent with; the session is opened or renewed first where it must be."""
        if not self.access:
            self._open()
        elif self.ends is not None and time.monotonic() > self.ends - EARLY:
            self.renew()
        return {"Authorization": f"Bearer {self.access}"}

    def renew(self) -> None:
        """Go on with the second token, or, where that has ended too, open a session anew. Raises CredentialsRefused."""
        address = f"{self.base}/xrpc/com.atproto.server.refreshSession"
        try:
            answer = self.web.post(address, headers={"Authorization": f"Bearer {self.refresh}"}, expect=NAMED)
        except CredentialsRefused:
            self._open()
            return
        if answer.status in NAMED:
            self._open()
        else:
            self._take(answer)

    def _open(self) -> None:
        address = f"{self.base}/xrpc/com.atproto.server.createSession"
        answer = self.web.post(address, json={"identifier": self.handle, "password": self.password}, expect=NAMED)
        if answer.status in NAMED:
            raise _not_let_in(answer)
        self._take(answer)

    def _take(self, answer: Answer) -> None:
        said = inner(answer.json())
        access, refresh = some_text(said.get("accessJwt")), some_text(said.get("refreshJwt"))
        if access is None or refresh is None:
            raise BadAnswer(
                "Bluesky opened a session, but gave no tokens.",
                safe="Nothing was asked with it; what was stored before is still there.",
                next_step="Look whether `host` in campaign.toml, [sources.bluesky], is the server that the account lives on.",
            )
        REDACTOR.hide(access, refresh)
        self.clock.hear(answer)
        self.access, self.refresh = access, refresh
        lasts = lifetime(access)
        self.ends = None if lasts is None else time.monotonic() + lasts


def lifetime(token: str) -> float | None:
    """Seconds from when a token was made to when it ends, as its middle part says; None where it does not."""
    try:
        middle = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        return float(said["exp"]) - float(said["iat"])
    except (IndexError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


@dataclass(slots=True)
class Server:
    """A server that is asked, with a session or, for what is open to all, without."""

    web: Web
    base: str
    session: Session | None = None
    clock: ServersClock = field(default_factory=ServersClock)

    def query(self, method: str, params: Mapping[str, Any]) -> Any:
        """The answer to a query, as JSON. Raises Told where the server refuses it by a name, and what `Web.get` raises."""
        address = f"{self.base}/xrpc/{method}"
        for again in (False, True):
            headers = self.session.headers() if self.session else {}
            answer = self.web.get(address, params=params, headers=headers, expect=NAMED)
            self.clock.hear(answer)
            if answer.status not in NAMED:
                return answer.json()
            name, message = error_of(answer)
            if self.session is None or again or name not in ENDED:
                break
            self.session.renew()
        problem = problem_of(answer)
        if isinstance(problem, CredentialsRefused):
            raise problem
        assert isinstance(problem, Refused)  # noqa: S101 NAMED holds nothing that is a fault of the server
        raise Told(problem, name, message)

    def now(self, ours: str) -> str:
        """The earlier of our time and the server's: what was posted after the earlier one may not have been seen yet. A session
        is opened where there is none, so that the server has said its time."""
        if self.session is not None:
            self.session.headers()
        return min(ours, self.clock.now() or ours)


SESSIONS: WeakKeyDictionary[Web, dict[tuple[str, str], Session]] = WeakKeyDictionary()
"""The open sessions of each run, which end with its way to the network."""


def logged_in(web: Web, base: str, credentials: Mapping[str, str]) -> Server:
    """The account's own server, with the session of this run. Raises CredentialsRefused where there are no credentials."""
    if lacking := lacking_of(credentials):
        raise CredentialsRefused(
            f"Bluesky was not asked, since there is no {lacking}.",
            why=NO_ACCOUNT,
            safe="Nothing was sent; what was stored before is still there.",
            next_step="Make an app password in Bluesky (Settings, Privacy and security) and set both, or write "
            'how = "jetstream" into campaign.toml, [sources.bluesky], which needs no account.',
        )
    handle = credentials[HANDLE].lstrip("@")
    mine = SESSIONS.setdefault(web, {})
    session = mine.setdefault((base, handle), Session(web, base, handle, credentials[PASSWORD]))
    return Server(web, base, session, session.clock)


def lacking_of(credentials: Mapping[str, str]) -> str:
    """The names of the credentials that are not there; empty where all are."""
    return " and no ".join(name for name in (HANDLE, PASSWORD) if not credentials.get(name))


def error_of(answer: Answer) -> tuple[str, str]:
    """The name and the message of an error; empty where the body has none."""
    try:
        said = inner(answer.json())
    except BadAnswer:
        return "", ""
    return some_text(said.get("error")) or "", some_text(said.get("message")) or ""


def _not_let_in(answer: Answer) -> CredentialsRefused:
    name, message = error_of(answer)
    if name == "AuthFactorTokenRequired":
        why = "It wants a code that it sends by e-mail, which it does for the account's own password, never for an app password."
    elif name == "AccountTakedown":
        why = "Bluesky has taken the account down."
    else:
        why = f"It says: {REDACTOR.clean(message or name)[:200] or f'status {answer.status}'}."
    return CredentialsRefused(
        "Bluesky does not let this account in.",
        why=why,
        safe="Nothing was asked; what was stored before is still there.",
        next_step=f"Look at {HANDLE} and {PASSWORD} (an app password, not the account's own), and whether `host` in "
        "campaign.toml, [sources.bluesky], is the server that the account lives on.",
    )
