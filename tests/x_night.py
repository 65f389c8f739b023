"""Nights of collecting from an X that holds the truth, over a loopback connection: tweepy, the seam and the ledger together."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from db.folder import DataFolder
from db.runs import begin_run
from db.spending import Ledger
from db.store import Store
from tests.fake_platform.x import TOKEN, FakeX
from tests.loopback import Loopback, serving
from tracker.records import Campaign, Found, Post
from tracker.source_settings import Sources, XSettings
from tracker.sources import x
from tracker.sources.asking import Asking, Page
from tracker.sources.web import Web

START = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)


@dataclass
class Served:
    """A loopback X, and what goes wrong with the next requests."""

    fake: FakeX
    loopback: Loopback

    @property
    def base(self) -> str:
        return self.loopback.base


@pytest.fixture
def served() -> Iterator[Served]:
    fake = FakeX(now=START)
    with serving(fake.answer) as loopback:
        yield Served(fake, loopback)


@dataclass
class Night:
    """What one run of the source gave, kept as the pipeline does: a page and its cursor together."""

    served: Served
    store: Store
    cap_run: float = 5.0
    cap_month: float = 50.0
    archive: bool = False
    hashtags: tuple[str, ...] = ("buses",)
    deadline: float = 60.0
    cursor: str | None = None
    pages: list[Page] = field(default_factory=list)
    kept: dict[str, Post] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    waited: float = 0.0

    def asking(self) -> Asking:
        settings = XSettings(self.served.base, self.archive, self.cap_run, self.cap_month)
        allowed = (urlsplit(self.served.base).netloc,)
        campaign = replace(Campaign("f", "buses", hashtags=self.hashtags), sources=Sources(x=settings, allow_hosts=allowed))

        def clock() -> str:
            return self.served.fake.now.strftime("%Y-%m-%dT%H:%M:%SZ")

        def seconds() -> float:
            return self.served.fake.now.timestamp()

        def sleep(length: float) -> None:
            self.waited += length
            self.served.fake.now += timedelta(seconds=length)

        run = begin_run(self.store, "collect", now=clock(), version="1")
        ledger = Ledger(self.store, run, "x", cap_run=self.cap_run, cap_month=self.cap_month, clock=clock)
        web = Web(allow_hosts=allowed, sleep=sleep, clock=seconds, deadline=self.deadline)
        return Asking(web, campaign, {x.TOKEN: TOKEN}, clock, self.cursor, spending=ledger)

    def collect(self, *, pages: int | None = None, **changes: Any) -> list[Page]:
        """One run, killed after so many pages."""
        asking = replace(self.asking(), **changes)
        (ask,) = x.asks(asking.campaign)
        got: list[Page] = []
        for page in x.pages(ask, asking):
            self.keep(page)
            got.append(page)
            if len(got) == pages:
                break
        return got

    def keep(self, page: Page) -> None:
        for row in page.rows:
            assert isinstance(row, Found)
            self.kept[row.post.native_id] = row.post
            self.seen.append(row.post.native_id)
        self.pages.append(page)
        self.cursor = page.cursor or self.cursor


@pytest.fixture
def night(served: Served, tmp_path: Path) -> Night:
    return Night(served, Store.open(DataFolder(tmp_path / "data").create()))


def publish(fake: FakeX, count: int, *, every: timedelta = timedelta(minutes=7), text: str = "Post {} on #buses") -> list[str]:
    """Posts up to now, oldest first."""
    return [fake.publish(text.format(n), fake.now - every * (count - n) - timedelta(minutes=1), n % 5) for n in range(count)]


def truth(fake: FakeX) -> set[str]:
    return {post["history"][0] for post in fake.shown()}
