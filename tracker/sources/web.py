"""The one seam to the network: every request of every source goes through here.

What it holds to: only addresses that may be asked (addresses.py), over connections that end at a deadline (connections.py), with
bounded patience (patience.py), by an honest name, and no secret in any log. `Web.session` is a requests.Session that keeps all of
this, for libraries that bring their own way of asking.
"""

import json as json_text
import random
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from os import environ
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.exceptions import RequestException, TooManyRedirects
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError

from tracker.platforms.text import sound_text
from tracker.problems import BadAnswer, CredentialsRefused, Refused, ServerFault, Unreachable
from tracker.redacting import REDACTOR
from tracker.sources.addresses import DEFAULT_PORTS, Hosts, is_this_machine, no_web_address
from tracker.sources.connections import DEADLINE, LARGEST, Gate, Watch, bad_answer, read_whole, refused_redirect
from tracker.sources.patience import TRIES, Patience

MOST_REDIRECTS = 3
TOO_MANY = 429
FAULT_OF_THE_SERVER = frozenset({500, 502, 503, 504, *range(520, 531)})
FOR_GOOD = frozenset({301, 308})
REPEATED = frozenset({"GET", "HEAD"})
HALVES = re.compile(rb"\\u[dD][89a-fA-F]")
SAFE = "What was stored before is still there."


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. `headers` are found whatever their capitals; `address` is where it came from in the end;
    `moved_to` is that address where the server said that it has moved there for good (every step of the way: 301, 308)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    address: str
    moved_to: str = ""

    def json(self) -> Any:
        """The body as JSON, with U+FFFD for halves of surrogate pairs, which no store can hold. Raises BadAnswer for a web page,
        for text that breaks off, for what is no JSON."""
        host = urlsplit(self.address).netloc
        begins = self.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if begins.startswith((b"<!doctype", b"<html")):
            raise bad_answer(host, "it is a web page (a login or error page?), not data")
        try:
            said = json_text.loads(self.body)
            return json_text.loads(sound_text(json_text.dumps(said, ensure_ascii=False))) if HALVES.search(self.body) else said
        except RecursionError as error:
            raise bad_answer(host, "its lists stand in lists too deeply") from error
        except ValueError as error:
            raise bad_answer(host, "it is no JSON, or breaks off" if self.body else "it is empty") from error


class Web:
    """Asks servers. allow_hosts, governed: as Hosts has them. clock: seconds since 1970. budget: seconds to wait in all.
    deadline: seconds for all tries of one request (told waits apart).

    Not for several threads at once."""

    def __init__(
        self,
        *,
        contact: str = "",
        allow_hosts: Iterable[str] = (),
        governed: bool = True,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        stop: Callable[[], None] = lambda: None,
        budget: float = 7200.0,
        not_before: dict[str, float] | None = None,
        chance: random.Random | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        self.deadline = deadline
        self.user_agent = name_of_this_program(contact)
        self.hosts = Hosts(allow_hosts, governed=governed)
        self.patience = Patience(clock, sleep, stop, budget, not_before or {}, chance or random.Random())  # noqa: S311
        self.session: requests.Session = Session()
        self.guard = Guard(self.hosts, self.patience, self.user_agent)
        self.session.mount("https://", self.guard)
        self.session.mount("http://", self.guard)

    def get(
        self,
        address: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        limit: int = LARGEST,
        expect: Collection[int] = (),
    ) -> Answer:
        """Ask for an address. limit: bytes of the unpacked answer.

        An answer of 200 to 299, or with a status in `expect`, is given. Raises Unreachable, RateLimited, Refused, BadAnswer,
        CredentialsRefused."""
        return self._ask("GET", address, Watch(self.deadline, limit), expect, params=params, headers=headers)

    def post(
        self,
        address: str,
        *,
        json: Any = None,
        data: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        limit: int = LARGEST,
        expect: Collection[int] = (),
    ) -> Answer:
        """Send to an address. Like `get`; once the request may have arrived, it is not sent again."""
        watch = Watch(self.deadline, limit, can_repeat=False)
        return self._ask("POST", address, watch, expect, json=json, data=data, params=params, headers=headers)

    def stands_for(self, origin: str, base: str, guard: "Guard | None" = None) -> None:
        """Let `base` answer what a library asks of `origin` (`https://api.twitter.com`), which it has no setting for."""
        guard = guard or Guard(self.hosts, self.patience, self.user_agent)
        guard.instead = (origin.rstrip("/"), base.rstrip("/"))
        self.session.mount(origin.rstrip("/") + "/", guard)

    def _ask(self, method: str, address: str, watch: Watch, expect: Collection[int], **parts: Any) -> Answer:
        host = urlsplit(address).netloc
        try:
            response = self.session.request(method, address, timeout=watch, **parts)  # type: ignore[arg-type]
        except RequestException as error:
            if urlsplit(address).scheme not in DEFAULT_PORTS:
                raise no_web_address() from error
            raise bad_answer(host, f"the request could not be made ({type(error).__name__})") from error
        for_good = bool(response.history) and all(step.status_code in FOR_GOOD for step in response.history)
        moved_to = response.url if for_good else ""
        answer = Answer(response.status_code, response.headers, response.content, response.url, moved_to)
        if 200 <= answer.status < 300 or answer.status in expect:
            return answer
        raise problem_of(answer)


class Session(requests.Session):
    """requests' session: no cookies, no credentials but those that are given, few redirects, one deadline for all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.max_redirects = MOST_REDIRECTS
        self.auth = _as_given
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers["Accept-Encoding"] = "gzip, deflate"

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send, with one watch for the request and what it is redirected to."""
        asked = options.get("timeout")
        if not isinstance(asked, Watch):
            seconds = float(asked) if isinstance(asked, int | float) else DEADLINE
            options["timeout"] = Watch(seconds, can_repeat=request.method in REPEATED)
        return super().send(request, **options)

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """requests' own, and the certificates that SSL_CERT_FILE names, as other programs read it."""
        settings = super().merge_environment_settings(url, proxies, stream, verify, cert)
        if settings["verify"] is True and self.trust_env:
            settings["verify"] = environ.get("SSL_CERT_FILE") or True
        return settings

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Leave credentials behind where a redirect leads to another host."""
        there, here = prepared_request.url or "", response.request.url or ""
        if urlsplit(there)[:2] != urlsplit(here)[:2]:
            prepared_request.headers.pop("Authorization", None)

    def get_redirect_target(self, response: requests.Response) -> str | None:
        """As requests has it. Raises Refused where that is no address at all (`http://[`, or bytes that are no text)."""
        try:
            target: str | None = super().get_redirect_target(response)
            urlsplit(target or "")
        except ValueError as error:
            raise refused_redirect(urlsplit(response.url).netloc, "what it names is no web address") from error
        return target

    def resolve_redirects(self, response: requests.Response, request: Any, **options: Any) -> Iterator[Any]:  # type: ignore[override]
        """Follow up to three redirects, none that would carry a body to another host."""
        try:
            yield from super().resolve_redirects(response, request, **options)
        except TooManyRedirects as error:
            host = urlsplit(request.url).netloc
            raise refused_redirect(host, f"it was sent on more than {MOST_REDIRECTS} times") from error

    def rebuild_method(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """As requests has it; what is sent along stays with the host that it was meant for."""
        super().rebuild_method(prepared_request, response)
        there, here = urlsplit(prepared_request.url or ""), urlsplit(response.url)
        if response.request.body and response.status_code in (307, 308) and there.netloc != here.netloc:
            raise refused_redirect(here.hostname or "", "what is sent along would go to another host")


class Guard(Gate):
    """The adapter that every request passes: may the host be asked, is it time, and if not, try again or say so in words."""

    def __init__(self, hosts: Hosts, patience: Patience, user_agent: str) -> None:
        super().__init__(hosts)
        self.patience = patience
        self.user_agent = user_agent
        self.instead: tuple[str, str] | None = None
        self.turned_away: set[tuple[str, str]] = set()

    def hopeless(self, response: requests.Response) -> bool:
        """Whether a 429 is of a kind that waiting does not help (a platform's own; none here)."""
        return False

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Ask until there is an answer. Raises a SourceProblem, or CredentialsRefused where the same were refused before."""
        watch = timeout if isinstance(timeout, Watch) else Watch(can_repeat=request.method in REPEATED)
        options = {"verify": verify, "cert": cert, "proxies": proxies}
        self._prepare(request, options)
        host = urlsplit(request.url or "").netloc
        given = (host, str(request.headers.get("Authorization", "")))
        if given in self.turned_away:
            raise credentials_refused(host)
        response = self._until_answered(request, watch, host, options)
        if response.status_code == 401 and given[1]:
            self.turned_away.add(given)
        self.patience.heard(host, response.headers)
        return response

    def _prepare(self, request: requests.PreparedRequest, options: dict[str, Any]) -> None:
        if self.instead and (request.url or "").startswith(self.instead[0] + "/"):
            request.url = self.instead[1] + (request.url or "").removeprefix(self.instead[0])
        named = self.hosts.named(request.url or "")
        request.headers["User-Agent"] = self.user_agent
        if named.allowed and is_this_machine(named.host):
            options["proxies"] = {}

    def _until_answered(
        self, request: requests.PreparedRequest, watch: Watch, host: str, options: dict[str, Any]
    ) -> requests.Response:
        tries = 0
        while True:
            tries += 1
            self.patience.before_asking(host)
            try:
                response = self.once(request, watch, options)
            except (Unreachable, BadAnswer) as problem:
                if tries == TRIES or watch.rang or not (watch.can_repeat or never_sent(problem.__cause__)):
                    raise
                self._pause(tries, watch, problem)
                continue
            too_many = response.status_code == TOO_MANY or (response.status_code == 503 and "Retry-After" in response.headers)
            if too_many and not self.hopeless(response):
                self.patience.after_too_many(host, response.headers, last=tries == TRIES)
            elif response.status_code in FAULT_OF_THE_SERVER:
                fault = server_fault(host, response.status_code)
                if tries == TRIES or not watch.can_repeat:
                    raise fault
                self._pause(tries, watch, fault)
            else:
                return response

    def _pause(self, tries: int, watch: Watch, problem: Exception) -> None:
        pause = self.patience.pause(tries)
        if pause >= watch.left() or not self.patience.reaches(pause):
            raise problem
        self.patience.wait(pause, "the server")
        watch.spent += pause

    def once(self, request: requests.PreparedRequest, watch: Watch, options: dict[str, Any]) -> requests.Response:
        """One try: the whole answer, read within what is left of the time."""
        host = urlsplit(request.url or "").netloc
        self.watch = watch
        try:
            with watch:
                left = max(watch.left(), 0.1)
                response = super().send(request, stream=True, timeout=(left, left), **options)
                try:
                    response._content = read_whole(response, watch.limit, host)
                finally:
                    response.close()
                response._content_consumed = True  # type: ignore[attr-defined]
        except (RequestException, HTTPError, OSError) as error:
            raise _in_words(error, watch, host) from error
        finally:
            self.watch = None
        if watch.rang:
            raise unreachable(host, f"it did not finish its answer within {watch.seconds:.0f} seconds")
        return response


def name_of_this_program(contact: str) -> str:
    """The User-Agent: which program asks, and whom to write to about it."""
    shown = (
        "".join(character for character in contact if character.isascii() and character.isprintable())
        .replace("(", "")
        .replace(")", "")
    )
    return f"debate-tracker/{version('debate-tracker')}" + (f" ({shown.strip()})" if shown.strip() else "")


def problem_of(answer: Answer) -> Refused | CredentialsRefused | Unreachable:
    """An answer that is no success, in words. What the server itself says is told, shortened and without secrets."""
    host = urlsplit(answer.address).netloc
    if answer.status == 401:
        return credentials_refused(host, said_by(answer))
    said = said_by(answer)
    if answer.status == 403:
        why = "It answered that this may not be asked (status 403)."
    else:
        why = f"It answered with status {answer.status}."
    return Refused(
        f"{host} says no.",
        why=f"{why} {said}".strip(),
        safe=SAFE,
        next_step="Look whether the server's rules allow it, and whether the credentials are of the right kind.",
    )


def said_by(answer: Answer) -> str:
    """What the server says of its refusal, one line of up to 200 characters; "" where that is a web page or nothing."""
    try:
        told = answer.json()
    except BadAnswer:
        return ""
    parts = told if isinstance(told, dict) else {}
    words = [parts.get(name) for name in ("error", "message", "error_description", "title", "detail")]
    text = ": ".join(dict.fromkeys(word for word in words if isinstance(word, str) and word))
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]
    return f"It says: {REDACTOR.clean(text)}." if text else ""


def credentials_refused(host: str, said: str = "") -> CredentialsRefused:
    """A server that wants credentials, or others."""
    return CredentialsRefused(
        f"{host} wants credentials, or does not take those that it was given.",
        why=f"It answered with status 401. {said}".strip(),
        safe=SAFE,
        next_step="Look at the credentials in the environment or in the credentials folder; `check` says which are missing.",
    )


def server_fault(host: str, status: int) -> ServerFault:
    """A server that says that it is at fault itself."""
    return ServerFault(
        f"{host} has a fault, and did not give what it was asked for.",
        why=f"It answered with status {status}.",
        safe=SAFE,
        next_step="Nothing: the next run asks again. If it stays so, whoever runs that server must look.",
    )


def unreachable(host: str, why: str) -> Unreachable:
    """A server that gave no answer."""
    return Unreachable(
        f"{host} could not be reached.",
        why=f"{why[:1].upper()}{why[1:]}.",
        safe=SAFE,
        next_step="Nothing: the next run asks again. If it stays so, look at the address and at this machine's network.",
    )


def _in_words(error: Exception, watch: Watch, host: str) -> Unreachable | BadAnswer:
    if watch.rang:
        return unreachable(host, f"it did not finish its answer within {watch.seconds:.0f} seconds")
    if isinstance(error, requests.exceptions.SSLError | SSLError):
        return unreachable(host, "its certificate or its encryption is not sound")
    if isinstance(error, requests.exceptions.ProxyError):
        return unreachable(host, "the proxy that the environment names did not let it through")
    if isinstance(error, requests.exceptions.Timeout | TimeoutError):
        return unreachable(host, "it gave no answer in time")
    if isinstance(error, HTTPError) and not isinstance(error, OSError):
        return bad_answer(host, "it ends in the middle")
    return unreachable(host, "the connection could not be made, or broke")


def never_sent(error: BaseException | None) -> bool:
    """Whether a request failed before anything of it left this machine."""
    reason = getattr(error.args[0], "reason", None) if isinstance(error, RequestException) and error.args else None
    return isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, NewConnectionError)


def _as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Credentials are those that the source set; what ~/.netrc says of a host is not sent."""
    return request
