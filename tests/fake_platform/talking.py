"""How a test starts the fake platform in its own process and speaks with it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from tests.conftest import REPOSITORY


class Platform:
    """A fake platform at work. `host` is what a campaign's allow_hosts names, `base` its address."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self._process = process
        self.port = port
        self.host = f"127.0.0.1:{port}"
        self.base = f"http://{self.host}"

    def tell(self, do: str, **words: Any) -> Any:
        """Give a command; gives what it answers."""
        into, out = _pipes(self._process)
        into.write(json.dumps({"do": do, **words}) + "\n")
        into.flush()
        return json.loads(out.readline())

    def publish(self, count: int, **words: Any) -> list[int]:
        """Publish posts; gives their numbers."""
        numbers: list[int] = self.tell("publish", count=count, **words)
        return numbers

    def fault(self, word: str, **words: Any) -> None:
        """Misbehave from now on, `count` times."""
        self.tell("fault", fault=word, **words)

    def truth(self) -> dict[str, dict[str, Any]]:
        """Every post by its uri."""
        found: dict[str, dict[str, Any]] = self.tell("truth")
        return found

    def asked(self, part: str = "") -> list[dict[str, Any]]:
        """The requests whose path holds `part`."""
        return [request for request in self.tell("asked") if part in request["path"]]

    def stop(self) -> None:
        """End its process."""
        into, _ = _pipes(self._process)
        into.close()
        self._process.wait(10)


def _pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


@contextmanager
def platform(port: int = 0) -> Iterator[Platform]:
    """A fake platform that runs until the block ends."""
    argv = [sys.executable, "-m", "tests.fake_platform", str(port)]
    process = subprocess.Popen(argv, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    _, out = _pipes(process)
    try:
        yield Platform(process, json.loads(out.readline())["port"])
    finally:
        process.terminate()
        process.wait(10)
