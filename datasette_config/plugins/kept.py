"""Pages that look the same to everyone are made once and kept until the store changes: drawing one takes longer than reading.

Nothing old is shown: before a kept page is given, the store is asked whether anything was written since (db/news.py). A browser
that asks for a page anew (Shift and Reload) gets it made anew.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasette import Request, hookimpl

from datasette_config.plugins.accounts import actor_from_request
from db.news import News, Number, news_of

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Key = tuple[object, ...]

ROOMS = re.compile(
    "/(posts|themes|missing|data|method|dictionary|tutorial|sources|questions|hashtags|link|spike|codebook)"
    r"|/(theme|post|conversation|hashtag|sources|tracker)/(?!audit$)[^/]+"
)
"""Pages that are made of the store alone, and not of what staff keep beside it, of files, or of what this browser has seen."""
SECONDS = 60
"""The time of day is in some of them: how much of the week was looked at until now."""
MOST_OF_ONE, MOST_OF_ALL = 1_000_000, 32_000_000
"""Bytes."""
TOKEN, FORM = "ds_csrftoken", b'name="csrftoken"'
"""The cookie that a browser's token stands in, and what a page with a form to send holds beside it."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer as it was given. varies: it holds the token of one browser, and is for that one only."""

    until: float
    headers: Headers
    body: bytes
    varies: bool


@dataclass(slots=True)
class Shelf:
    """The pages that are kept of one store as it is now, those that were asked for last at the end."""

    news: News
    pages: OrderedDict[Key, Page] = field(default_factory=OrderedDict)
    held: int = 0
    _of: Number | None = None

    def number(self) -> Number | None:
        """What the store's news say; once they say something new, nothing of what was is held any longer."""
        number = self.news.number()
        if number is not None and number != self._of:
            self.pages.clear()
            self.held, self._of = 0, number
        return number

    def find(self, key: Key, token: str, now: float) -> Page | None:
        """The page, if it is there and not too old."""
        page = self.pages.get(key)
        if page is not None and page.varies:
            key = (*key, token)
            page = self.pages.get(key)
        if page is None or page.until < now:
            return None
        self.pages.move_to_end(key)
        return page

    def keep(self, key: Key, token: str, page: Page, *, of: Number) -> None:
        """Keep a page of the store as it was then, unless it changed since; let go of those that nobody has asked for longest."""
        if of != self._of:
            return
        for place in (key, (*key, token)) if page.varies else (key,):
            self._let_go(place)
            self.pages[place] = page
            self.held += len(page.body)
        while self.held > MOST_OF_ALL:
            self._let_go(next(iter(self.pages)))

    def _let_go(self, key: Key) -> None:
        page = self.pages.pop(key, None)
        self.held -= len(page.body) if page else 0


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[Application], Application]:
    """Give what is kept; keep what is made."""
    shelf = Shelf(news_of(Path(datasette.get_database("tracker").path)))

    def wrap(application: Application) -> Application:
        async def kept(scope: dict[str, Any], receive: Any, send: Any) -> None:
            request = Request(scope, receive)
            number = shelf.number() if is_of_the_store(scope) else None
            who = actor_from_request(datasette, request) if number is not None else None
            if number is None or who is None:
                await application(scope, receive, send)
                return
            key = (scope["path"], request.query_string, request.host, request.scheme, tuple(sorted(who.items())))
            token = request.cookies.get(TOKEN, "")
            anew = "no-cache" in request.headers.get("cache-control", "")
            page = None if anew else shelf.find(key, token, time.monotonic())
            if page is None:
                await application(scope, receive, _noting(send, shelf, key, token, number))
            else:
                await send({"type": "http.response.start", "status": 200, "headers": page.headers})
                await send({"type": "http.response.body", "body": page.body})

        return kept

    return wrap


def is_of_the_store(scope: dict[str, Any]) -> bool:
    """Whether somebody asks for a page that is made of the store alone."""
    return scope["type"] == "http" and scope["method"] == "GET" and bool(ROOMS.fullmatch(scope["path"]))


def _noting(send: Any, shelf: Shelf, key: Key, token: str, number: Number) -> Callable[[dict[str, Any]], Awaitable[None]]:
    """Send on what is sent; keep it once it is whole, if it is a page for others, too."""
    headers: Headers = []
    body: list[bytes] = []

    async def noting(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and is_for_others(message["status"], message["headers"]):
            headers.extend(message["headers"])
        elif message["type"] == "http.response.body" and headers:
            body.append(message.get("body", b""))
            if not message.get("more_body") and sum(map(len, body)) <= MOST_OF_ONE:
                whole = b"".join(body)
                shelf.keep(key, token, Page(time.monotonic() + SECONDS, headers, whole, FORM in whole), of=number)
        await send(message)

    return noting


def is_for_others(status: int, headers: Headers) -> bool:
    """Whether an answer is a page that may be given again: not an error, and nothing that sets a cookie."""
    told = {name.lower(): value for name, value in headers}
    return status == 200 and told.get(b"content-type", b"").startswith(b"text/html") and b"set-cookie" not in told
