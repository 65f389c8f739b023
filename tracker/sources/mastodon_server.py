"""One server that speaks Mastodon's API: what it lets be read, with which token, and its answers as lists and objects."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit
from weakref import WeakKeyDictionary

from tracker.platforms.shapes import inner, some_text
from tracker.problems import BadAnswer, CredentialsRefused, Refused, ServerFault
from tracker.sources.asking import Asking
from tracker.sources.connections import bad_answer
from tracker.sources.mastodon_answers import Uris, uses_after
from tracker.sources.web import Answer, Web, problem_of

CREDENTIAL = "MASTODON_TOKEN"
NO_SUCH_PLACE = frozenset({400, 404, 405, 406, 410, 422, 501})
LOGIN_WANTED = re.compile(r"authenticated user|identity_token_required|login|log in|access token|bearer token", re.IGNORECASE)
PUBLIC, DISABLED = "public", "disabled"


@dataclass(frozen=True, slots=True)
class Access:
    """Whose posts a server's hashtag timelines show: public, authenticated or disabled, for its own posts and those of others."""

    local: str = PUBLIC
    remote: str = PUBLIC


@dataclass(slots=True)
class Server:
    """A server in one run. `uris`: what its own ids stand for, as far as it was seen."""

    web: Web
    base: str
    token: str = field(default="", repr=False)
    uris: Uris = field(default_factory=dict)
    _access: Access | None = None

    @property
    def host(self) -> str:
        """The server as people read it."""
        return urlsplit(self.base).netloc

    def access(self) -> Access:
        """What the server says of its hashtag timelines (since 4.5); public where it is silent."""
        if self._access is None:
            said = self._object_or_nothing("/api/v2/instance") or self._object_or_nothing("/api/v1/instance")
            feeds = inner(inner(inner(said.get("configuration")).get("timelines_access")).get("hashtag_feeds"))
            self._access = Access(some_text(feeds.get("local")) or PUBLIC, some_text(feeds.get("remote")) or PUBLIC)
        return self._access

    def tag_uses(self, tag: str, after: str | None, *, now: str) -> int | None:
        """How many posts with a tag the server counts on the days after this moment's; None where it does not say."""
        said = self._object_or_nothing(f"/api/v1/tags/{quote(tag, safe='')}")
        return uses_after(said, after, now=now) if after else None

    def statuses(self, path: str, params: Mapping[str, Any]) -> tuple[list[Any], Answer]:
        """A list of statuses, with the whole answer. Raises SourceProblem, CredentialsRefused."""
        answer = self.get(path, params)
        said = answer.json()
        if not isinstance(said, list):
            raise bad_answer(self.host, "it is no list of posts")
        return said, answer

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, expect: Collection[int] = ()) -> Answer:
        """Ask for a path of the API. A refusal that is about being logged in is one of credentials, whatever its number."""
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        answer = self.web.get(self.base + path, params=params, headers=headers, expect={*expect, 400, 401, 403, 422})
        if answer.status in expect or answer.status < 400:
            return answer
        if answer.status == 401 or LOGIN_WANTED.search(answer.body[:500].decode("utf-8", "replace")):
            raise self.wants_login(answer)
        raise problem_of(answer)

    def wants_login(self, answer: Answer | None = None) -> CredentialsRefused:
        """The server shows this only to those who are logged in."""
        name = own_token_name(self.base)
        what = "does not take the token that it was given" if self.token else "shows this only to people who are logged in"
        return CredentialsRefused(
            f"{self.host} {what}.",
            why=problem_of(answer).why if answer else "It says so in what it tells of itself.",
            safe="What was stored before is still there; the coverage says that it was refused, not that nothing was there.",
            next_step="Make an app token with the scope read:statuses in an account there (Preferences, Development), and give "
            f"it as {name}.",
        )

    def _object_or_nothing(self, path: str) -> dict[str, Any]:
        """What the server says of itself; nothing where it does not: older servers and other programs lack these places, or have
        faults there."""
        try:
            answer = self.get(path, expect=NO_SUCH_PLACE)
            return inner(answer.json()) if answer.status == 200 else {}
        except (BadAnswer, Refused, CredentialsRefused, ServerFault):
            return {}


_SERVERS: WeakKeyDictionary[Web, dict[str, Server]] = WeakKeyDictionary()


def server_at(base: str, asking: Asking) -> Server:
    """The server, known from before in the same run."""
    of_run = _SERVERS.setdefault(asking.web, {})
    if base not in of_run:
        of_run[base] = Server(asking.web, base, token_for(base, asking))
    return of_run[base]


def token_for(base: str, asking: Asking) -> str:
    """The token for a server: its own, else MASTODON_TOKEN where it is the only server, since a token of one server is not shown
    to another; else none."""
    own = asking.credentials.get(own_token_name(base))
    if own:
        return own
    settings = asking.campaign.sources.mastodon
    alone = settings is not None and len(settings.servers) == 1
    return asking.credentials.get(CREDENTIAL, "") if alone else ""


def own_token_name(base: str) -> str:
    """The name of a server's own token: MASTODON_TOKEN_MASTODON_SOCIAL for mastodon.social."""
    return f"{CREDENTIAL}_{re.sub(r'[^A-Z0-9]', '_', urlsplit(base).netloc.upper())}"
