"""A campaign that collects from all four sources in one run, and what must hold of its store whatever happened."""

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests import bluesky_desk, collecting_desk, invented
from tests.desk import Desk
from tests.fake_bluesky import FakeBluesky
from tests.fake_platform.talking import Platform, platform
from tests.fake_platform.x import TOKEN
from tests.warm import Ended

CREDENTIALS = {**bluesky_desk.CREDENTIALS, "X_BEARER_TOKEN": TOKEN}
SOURCES = """
[sources.mastodon]
servers = ["{platform}"]
[sources.bluesky]
host = "{bluesky}"
how = "{how}"
jetstream = "{stream}"
appview = "{bluesky}"
[sources.x]
base = "{platform}"
max_cost_run = 40.0
max_cost_month = 40000.0
[sources.feeds]
urls = ["{platform}/feed"]
[network]
allow_hosts = ["127.0.0.1", "{host}"]
"""


@dataclass
class FourSources:
    """What people write on the four platforms of a trial."""

    platform: Platform
    bluesky: FakeBluesky
    rider: str
    feed_texts: int = 0

    def publish(self, count: int) -> None:
        """So many posts on each of them, made in the last minutes."""
        now = time.time()
        self.platform.publish(count, every=2)
        self.platform.tell("x", call="fill", count=count, every=2)
        self.bluesky.do("crowd", did=self.rider, text="late again #SaveOurBuses", count=count, came=now - 60, every=0.1)
        words = {"count": count, "every": 1, "text": "The last bus was cut #SaveOurBuses", "now": datetime.now(UTC).isoformat()}
        self.platform.tell("feed", path="/feed", call="fill", **words)
        self.feed_texts += count

    def change(self, chance: random.Random) -> None:
        """Edit a post and delete another, where the platform tells of it."""
        posts = [uri for uri, post in self.bluesky.truth()["posts"].items() if post["shown"]]
        edited, deleted = chance.sample(posts, 2)
        self.bluesky.do("rewrite", uri=edited, text=f"rewritten at {time.time()} #SaveOurBuses")
        self.bluesky.do("delete", uri=deleted)

    def truth(self) -> dict[str, str]:
        """The posts of the platforms that say what is true, by id, with their texts."""
        x: dict[str, str] = self.platform.tell("x", call="truth")
        return collecting_desk.published(self.platform) | x | bluesky_desk.true(self.bluesky)

    def charged(self) -> float:
        """US dollars that X has charged so far, to all desks."""
        return float(self.platform.tell("x", call="account")["charged"])

    def desk(self, root: Path, how: str) -> Desk:
        """A campaign that follows #SaveOurBuses on all of them."""
        (root / "files").mkdir(parents=True, exist_ok=True)
        places = {"platform": self.platform.base, "host": self.platform.host}
        places |= {"bluesky": self.bluesky.http, "stream": self.bluesky.stream}
        text = invented.CAMPAIGN + SOURCES.format(how=how, **places)
        return Desk(invented.campaign_folder(root, text), root / "data", root / "files")


@contextmanager
def four_sources() -> Iterator[FourSources]:
    """The platforms at work until the block ends."""
    with platform() as running, FakeBluesky() as bluesky:
        bluesky.do("join", name="collector")
        running.tell("x", call="set", runs=True)
        running.tell("feed", path="/feed", call="open", kind="atom", shows=500)
        yield FourSources(running, bluesky, bluesky.do("join", name="rider"))


def broken(desk: Desk, truth: FourSources, ended: Ended, charged: float = 0.0) -> list[str]:
    """Which of the invariants do not hold after a run that was let be: I1, I5, I6 and those of `unsound`. charged: US
    dollars that X had charged before this desk asked it for anything."""
    found = [f"I6: exit code {ended.code}: {ended.err}"] if ended.code else []
    wanted, there = truth.truth(), collecting_desk.stored(desk)
    feeds = {key for (key,) in desk.query("select native_id from posts where platform not in ('mastodon', 'bluesky', 'x')")}
    there = {key: text for key, text in there.items() if key not in feeds}
    if lost := wanted.keys() - there.keys():
        found.append(f"I1: {len(lost)} lost, such as {min(lost)}")
    if extra := there.keys() - wanted.keys():
        found.append(f"I1: {len(extra)} that are not true, such as {min(extra)}")
    if changed := [key for key in wanted.keys() & there.keys() if wanted[key] != there[key]]:
        found.append(f"I1: {len(changed)} with another text, such as {changed[0]}")
    if len(feeds) != truth.feed_texts:
        found.append(f"I1: {len(feeds)} of {truth.feed_texts} entries of the feed")
    if desk.query("select * from runs where finished_at is null and status <> 'interrupted'"):
        found.append("I5: a run without an end")
    found += [f"I5: coverage: {row}" for row in collecting_desk.coverage(desk) if row["status"] not in ("ok", "empty")]
    paid, owed = desk.value("select coalesce(sum(usd), 0) from spend"), truth.charged() - charged
    if paid < owed - 1e-9:
        found.append(f"the ledger holds {paid} of {owed} that X charged")
    return found + unsound(desk)


def unsound(desk: Desk) -> list[str]:
    """Which of them do not hold at any time, also just after a kill: I2, I3, I4, I8."""
    found = collecting_desk.sound(desk) + bluesky_desk.unsound(desk)
    stored = {int(key) for (key,) in desk.query("select native_id from posts where platform = 'x'")}
    for (cursor,) in desk.query("select cursor from cursors where source = 'x' and query like '#%'"):
        place: dict[str, Any] = json.loads(cursor)
        if place.get("newest") and int(place["newest"]) > max(stored, default=0):
            found.append("I3: the place of X is ahead of what is stored")
    for path in desk.data.rglob("*"):
        if path.is_file() and TOKEN.encode() in path.read_bytes():
            found.append(f"I8: a secret in {path.name}")
    return found
