"""A campaign that collects from a fake X, in a process of its own."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.collecting_desk import desk_asking
from tests.desk import Desk
from tests.fake_platform.talking import Platform
from tests.fake_platform.x import TOKEN
from tests.warm import Ended

CAMPAIGN = """
[sources.x]
base = "{base}"
{more}
[network]
allow_hosts = ["{host}"]
"""


def desk_of(root: Path, server: Platform, more: str = "") -> Desk:
    return desk_asking(root, CAMPAIGN.format(base=server.base, host=server.host, more=more))


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "X_BEARER_TOKEN": TOKEN, **more}


def collect(desk: Desk, *words: object, **more: str) -> Ended:
    return desk.run("collect", *words, env=environment(**more))


def x(server: Platform, call: str, **words: Any) -> Any:
    return server.tell("x", call=call, **words)


def at(server: Platform, moment: datetime) -> None:
    """Set X's clock."""
    x(server, "set", now=moment.isoformat())
