"""The seam to the network under a clock of the test's own."""

import random
from dataclasses import dataclass, field

from tests.raw_server import RawServer, answer
from tracker.sources.web import Web

OK = answer(b'{"fine": true}')
NOW = 1_790_000_000.0


@dataclass
class Clockwork:
    """A clock that only goes on by sleeping."""

    now: float = NOW
    slept: float = 0.0
    sleeps: list[float] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.slept += seconds
        self.now += seconds


def web_for(server: RawServer, clock: Clockwork | None = None, *, budget: float = 7200.0, deadline: float = 60.0) -> Web:
    clock = clock or Clockwork()
    return Web(
        contact="privacy@campaign.example",
        allow_hosts=[server.host],
        clock=clock.time,
        sleep=clock.sleep,
        chance=random.Random(1),
        budget=budget,
        deadline=deadline,
    )
