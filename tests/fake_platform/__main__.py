"""Runs the fake platform: prints its port as a JSON line, then obeys a JSON command a line on standard input until it ends."""

import json
import socket
import sys
import threading
from datetime import UTC, datetime
from typing import Any

from tests.fake_platform.feeds import FakeFeeds
from tests.fake_platform.mastodon import Mastodon
from tests.fake_platform.server import Server
from tests.fake_platform.world import World
from tests.fake_platform.x import FakeX


def obey(command: dict[str, Any], world: World, server: Server, mastodon: Mastodon, x: FakeX, feeds: FakeFeeds) -> Any:
    """Carry out one command; gives what is to be told."""
    match command.pop("do"):
        case "x":
            return x.do(**command)
        case "feed":
            return feeds.do(**command)
        case "publish":
            return world.publish(**command)
        case "change":
            world.change(**command)
        case "fault":
            server.faults.append({"count": 1, **command})
        case "reset":
            world.statuses.clear()
            server.faults.clear()
            mastodon.settings = {}
        case "heal":
            server.faults.clear()
        case "settings":
            mastodon.settings = command
        case "asked":
            return list(server.asked)
        case "forget_asked":
            server.asked.clear()
        case "truth":
            return {
                mastodon.uri(status): {"text": status.text, "deleted": status.deleted, "visibility": status.visibility}
                for status in world.statuses.values()
            }
    return None


def main() -> None:
    """Serve until standard input ends."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    listening = socket.create_server(("127.0.0.1", port), reuse_port=False)
    world = World()
    mastodon = Mastodon(world, f"http://127.0.0.1:{listening.getsockname()[1]}")
    x, feeds = FakeX(datetime.now(UTC)), FakeFeeds()
    server = Server([mastodon, x, feeds], listening)
    threading.Thread(target=server.serve, daemon=True).start()
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    for line in sys.stdin:
        with server.lock:
            told = obey(json.loads(line), world, server, mastodon, x, feeds)
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
