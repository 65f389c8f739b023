"""X through tweepy.Client, whose requests go through the one seam to the network, and through the ledger.

tweepy 4.17 knows X's addresses and parameters, and they stay its affair. Its own way of sending is not used (`Client.request`
is overridden): it sends without a time limit, sleeps for as long as X says, knows one host only, and writes the bearer token into
the log. Here the deadline and the waits are the seam's, [sources.x] `base` says which host answers, and tweepy never has the
token.

Each try of a paid call is entered in the ledger before it is sent, those that the seam repeats after a fault too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import requests
import tweepy

from tracker.platforms.shapes import inner
from tracker.problems import BadAnswer, BudgetStop, CredentialsRefused, Refused, Unreachable
from tracker.source_settings import XPrices
from tracker.sources.asking import Spending
from tracker.sources.connections import Watch
from tracker.sources.web import Answer, Guard, Web, never_sent, problem_of, said_by
from tracker.sources.x_fields import OLD, Wanted, fewer, named_parameters
from tracker.sources.x_reading import cost_of, gone_of, is_an_answer
from tracker.sources.x_window import earlier_of

ORIGIN = "https://api.twitter.com"
"""What tweepy writes into its code."""
ANSWERED = frozenset({400, 402, 403, 404, 429})
"""Refusals whose reason decides what to do."""
TRIED_WITH_FEWER_FIELDS = 8
FEWEST = 10
"""Posts that a page of X's search has room for at least."""


class BoundsRefused(Exception):
    """X refused what was asked (status 400) for its bounds or its query; `named`: the parameters that it names."""

    def __init__(self, named: set[str], said: str) -> None:
        super().__init__(said)
        self.named = named
        self.said = said


@dataclass(slots=True)
class Call:
    """A paid call that is being made: what the ledger is told, and its entry."""

    what: str
    units: int
    most: float
    entry: int | None = None


class PaidGuard(Guard):
    """The seam's adapter for X: enters each try before it is sent, and does not wait where a cap of X's own is reached."""

    def charge(self, spending: Spending, call: Call | None) -> None:
        """Let the tries that follow be of this call."""
        self.spending = spending
        self.call = call

    def once(self, request: requests.PreparedRequest, watch: Watch, options: dict[str, Any]) -> requests.Response:
        """One try, entered at the most that it can cost. What was not sent, or answered without data, cost nothing."""
        call = self.call
        if call is None:
            raise ValueError("X is asked without saying what that costs")
        call.entry = self.spending.before(call.what, call.units, call.most)
        try:
            response = super().once(request, watch, options)
        except (Unreachable, BadAnswer) as problem:
            if never_sent(problem.__cause__):
                self.spending.settle(call.entry, 0, 0.0)
            raise
        if response.status_code != 200:
            self.spending.settle(call.entry, 0, 0.0)
        return response

    def hopeless(self, response: requests.Response) -> bool:
        """Whether a 429 means that the account's month is used up, not its quarter of an hour."""
        return b"usage-capped" in response.content or b"UsageCapExceeded" in response.content


class _Client(tweepy.Client):  # type: ignore[misc]
    """tweepy's client, sending through our seam. What its methods return is the seam's Answer."""

    def __init__(self, web: Web, authorization: Mapping[str, str]) -> None:
        super().__init__(return_type=requests.Response)
        self.session.close()
        self._web = web
        self._authorization = authorization
        self.extra: Mapping[str, str] = {}

    def request(self, method: str, route: str, params: Any = None, json: Any = None, user_auth: bool = False) -> Answer:
        """Called by each of tweepy's methods with the route and the parameters that it made."""
        if method != "GET":
            raise ValueError(f"X is only read, not {method}")
        sent = {**(params or {}), **self.extra}
        return self._web.get(ORIGIN + route, params=sent, headers=self._authorization, expect=ANSWERED)


class XClient:
    """Asks X. `now`: the time of the last answer, by X's clock where ours is ahead. `wanted`: the fields that X takes."""

    def __init__(self, web: Web, base: str, token: str, prices: XPrices, spending: Spending, clock: Callable[[], str]) -> None:
        self._guard = PaidGuard(web.hosts, web.patience, web.user_agent)
        web.stands_for(ORIGIN, base, self._guard)
        self._client = _Client(web, {"Authorization": f"Bearer {token}"})
        self._prices = prices
        self._spending = spending
        self._clock = clock
        self.now = clock()
        self.wanted: Wanted = OLD

    def count(self, query: str, bounds: Mapping[str, str], *, archive: bool, token: str | None = None) -> dict[str, Any]:
        """How many posts there are, a bucket a day. One paid request."""
        price = self._prices.counts_archive if archive else self._prices.counts
        method = self._client.get_all_tweets_count if archive else self._client.get_recent_tweets_count
        call = Call("counts of the full archive" if archive else "counts of recent posts", 1, price)
        more = {"next_token": token} if token and archive else {}
        self._client.extra = {}
        answer = self._sent(call, lambda: method(query, granularity="day", **bounds, **more))
        if answer.status != 200:
            raise refusal(answer, _problem(answer))
        self._settle(call, 1, price)
        return inner(answer.json())

    def search(
        self, query: str, bounds: Mapping[str, str], *, archive: bool, posts: int, token: str | None = None
    ) -> dict[str, Any]:
        """A page of up to so many posts, newest first; of fewer (10 at least) where the caps leave room for fewer. Each post and
        author that it holds is paid."""
        method = self._client.search_all_tweets if archive else self._client.search_recent_tweets
        what = "full archive search" if archive else "recent search"
        more = {"next_token": token} if token else {}
        answer, _ = self._posts(what, posts, FEWEST, lambda size: method(query, max_results=size, **bounds, **more))
        return answer

    def lookup(self, ids: Sequence[str]) -> tuple[dict[str, Any], int]:
        """(posts by their ids, how many of `ids` were asked for): fewer than all where the caps leave room for fewer."""
        return self._posts("posts by id", len(ids), 1, lambda size: self._client.get_tweets(ids=list(ids[:size])))

    def _most(self, posts: int) -> float:
        return self._prices.most(posts, beside=self.wanted.beside, authors=self.wanted.authors())

    def _posts(self, what: str, posts: int, fewest: int, send: Callable[[int], Any]) -> tuple[dict[str, Any], int]:
        """(the answer, how many posts were asked for). Asks with fewer fields until X takes them.

        Raises BoundsRefused, or a problem in words."""
        first = self.wanted
        for _ in range(TRIED_WITH_FEWER_FIELDS):
            price = self._most(1)
            affordable = int((self._spending.left() + 1e-9) / price) if price else posts
            size = max(min(posts, affordable), fewest)
            call = Call(what, size, self._most(size))
            self._client.extra = self.wanted.parameters()
            answer = self._sent(call, partial(send, size))
            if answer.status == 200:
                told = inner(answer.json())
                if is_an_answer(told) or gone_of(told):  # what is not understood stands at its most
                    self._settle(call, *cost_of(told, self._prices))
                return told, size
            less = fewer(self.wanted, _problem(answer)) if answer.status == 400 else None
            if less is None:
                break
            self.wanted = less
        self.wanted = first
        raise refusal(answer, _problem(answer))

    def _sent(self, call: Call, send: Callable[[], Any]) -> Answer:
        """Make a call, each try of it entered in the ledger."""
        self._guard.charge(self._spending, call)
        answer: Answer = send()
        self._guard.charge(self._spending, None)
        self.now = earlier_of(self._clock(), answer.headers.get("date"))
        return answer

    def _settle(self, call: Call, units: int, usd: float) -> None:
        if call.entry is not None:
            self._spending.settle(call.entry, units, usd)


def refusal(answer: Answer, problem: Mapping[str, Any]) -> Exception:
    """An answer that is no success, as what it means for a run."""
    said = said_by(answer)
    kind = str(problem.get("type", "")).rsplit("/", 1)[-1]
    if answer.status == 400:
        return BoundsRefused(named_parameters(problem), said)
    if answer.status == 402 or kind == "usage-capped" or problem.get("title") == "UsageCapExceeded" or "credits" in said.lower():
        return BudgetStop(
            "X gives nothing more: the account's credits or its cap at X are used up.",
            why=f"It answered with status {answer.status}. {said}".strip(),
            safe="What was fetched before is kept, with the place where to go on.",
            next_step="Buy credits or raise the spending limit in X's developer console; the next run goes on from there.",
        )
    if answer.status == 403 and kind in ("client-forbidden", "unsupported-authentication", "oauth1-permissions"):
        return CredentialsRefused(
            "X does not let this app read posts.",
            why=f"It answered with status 403. {said}".strip(),
            safe="What was fetched before is kept.",
            next_step="In X's developer console, look whether the app belongs to a project with pay-per-use access, "
            "and whether X_BEARER_TOKEN is the bearer token of that app.",
        )
    return problem_of(answer)


def query_refused(query: str, said: str) -> Refused:
    """A query that X does not take."""
    return Refused(
        f"X does not take the query {query}.",
        why=said or "It answered with status 400 and does not say why.",
        safe="What was fetched before is kept; the other queries are asked.",
        next_step="Look at the hashtags, links and phrases in campaign.toml for signs that X may read as an operator.",
    )


def ids_refused(said: str) -> Refused:
    """Ids of posts that X does not take."""
    return Refused(
        "X does not take these ids of posts.",
        why=said or "It answered with status 400 and does not say why.",
        safe="What was fetched before is kept.",
        next_step="Nothing: the next run asks again. If it stays so, X has changed what it takes: update Debate Tracker.",
    )


def _problem(answer: Answer) -> dict[str, Any]:
    try:
        return inner(answer.json())
    except BadAnswer:
        return {}
