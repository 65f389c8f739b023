"""`serve`: Datasette as a child process, on the staff store or on the public copy."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

import click

from db.folder import DataFolder
from db.health import public_problem
from db.public_copy import is_there
from pipelines.accounts import SigningIn, how_people_sign_in, secret_of
from pipelines.demo_mark import held_clock
from pipelines.first_run import begin
from pipelines.serving_config import DATASETTE_CONFIG, PUBLIC, STAFF, Pages, write_config, write_public_config
from pipelines.upgrading import refuse_older
from tracker.problems import IncompleteRun, UsageProblem
from tracker.records import Campaign
from tracker.times import system_clock

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PORTS_TRIED = 50
SECONDS_TO_ANSWER = 60
SECONDS_TO_STOP = 10


class _Stopped(BaseException):
    """The user or the system asked this program to end; carries the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen. given: the user chose this port, so no other is taken."""

    host: str
    port: int
    given: bool


def serve(
    campaign: Campaign,
    data: DataFolder,
    *,
    host: str,
    port: int,
    port_given: bool,
) -> int:
    """Show the store of `data` in a browser until stopped; the exit code is 130 or 143, by the signal that stopped it.

    `port_given`: the user chose this port, so no other is taken.
    Raises UsageProblem (host not loopback and no accounts, port busy, a store of an earlier version), StorageProblem,
    PermissionProblem, or IncompleteRun when the pages stop by themselves.
    """
    signing_in = how_people_sign_in(data)
    refuse_open_host(host, signing_in)
    if host not in LOOPBACK:
        signing_in = replace(signing_in, header="")  # whoever reaches the address could say that they are anyone
    if not data.exists():
        begin(campaign, data, now=system_clock())
        click.echo(f"A new store was made in {data.root}; its first page says how to begin.")
    refuse_older(data, then="run `debate-tracker serve` again")
    metadata = write_config(campaign, data, demo_now=held_clock(data), signing_in=signing_in)
    os.environ["DATASETTE_SECRET"] = secret_of(data)
    return _show(Place(host, port, port_given), data.tracker, metadata, STAFF, "The debate is at")


def serve_public(campaign: Campaign, data: DataFolder, *, host: str, port: int, port_given: bool) -> int:
    """Show the public copy until stopped, as `serve` does. Raises UsageProblem where nothing was published, or nobody answers for
    what others are to see, StorageProblem where the copy is damaged."""
    missing = campaign.governance.missing()
    if host not in LOOPBACK and missing and held_clock(data) is None:
        raise UsageProblem(
            f"The public copy cannot be served on {host} yet.",
            why=f"Its privacy page must say who answers for it, and [governance] in campaign.toml lacks {', '.join(missing)}.",
            safe="Nothing was started.",
            next_step="Fill these in and run `debate-tracker publish`; or leave --host out to look at it on this machine.",
        )
    if problem := public_problem(data):
        raise problem
    if not is_there(data.public):
        raise UsageProblem(
            f"Nothing has been published yet: there is no {data.public}.",
            next_step="Run `debate-tracker publish` first.",
        )
    return _show(Place(host, port, port_given), data.public, write_public_config(data), PUBLIC, "The public copy is at")


def _show(place: Place, store: Path, metadata: Path, pages: Pages, words: str) -> int:
    chosen = free_port(place.host, place.port, port_given=place.given)
    log = metadata.with_name(pages.log)
    with _signals_raise():
        child = _start(datasette_command(store, metadata, pages, place.host, chosen), log)
        try:
            _wait_until_it_answers(child, place.host, chosen, log)
            click.echo(f"{words} {address(place.host, chosen)} (Ctrl-C stops it).")
            child.wait()
        except _Stopped as stopped:
            return 128 + stopped.number
        finally:
            _stop(child)
    raise _stopped_by_itself(child, log)


def refuse_open_host(host: str, signing_in: SigningIn) -> None:
    """Raise UsageProblem unless `host` is this machine, or there are accounts: the store holds people's posts."""
    if host not in LOOPBACK and not signing_in.accounts:
        raise UsageProblem(
            f"The staff pages cannot be served on {host}.",
            why="They hold personal data, and without accounts anyone who reaches the address could read them.",
            safe="Nothing was started.",
            next_step="Leave --host out (127.0.0.1), or make accounts first: debate-tracker account add NAME --lead",
        )


def free_port(host: str, port: int, *, port_given: bool) -> int:
    """`port` if it is free, else the next free one; a port that the user chose is never replaced (UsageProblem)."""
    tried = range(port, port + (1 if port_given else PORTS_TRIED))
    for candidate in tried:
        if candidate <= 65535 and _is_free(host, candidate):
            return candidate
    raise UsageProblem(
        f"Port {port} on {host} is taken by another program."
        if port_given
        else f"No port between {tried[0]} and {tried[-1]} is free on {host}.",
        safe="Nothing was started.",
        next_step="Stop that program, or give another number with --port.",
    )


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError):
            return False
    return True


def address(host: str, port: int) -> str:
    """The address to type into a browser."""
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def datasette_command(store: Path, metadata: Path, pages: Pages, host: str, port: int) -> list[str]:
    """The command line of the child: this Python, Datasette, the one store that may be shown."""
    settings = [word for name, value in pages.settings.items() for word in ("--setting", name, value)]
    return [
        *(sys.executable, "-m", "datasette", "serve", str(store.resolve())),
        *("--host", host, "--port", str(port), "--metadata", str(metadata.resolve())),
        *("--plugins-dir", str(pages.folder / "plugins"), "--template-dir", str(pages.folder / "templates")),
        *("--static", f"static:{DATASETTE_CONFIG / 'static'}", *settings),
    ]


def _start(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Start the child in a session of its own, so that Ctrl-C reaches it only through us. Visits are not logged."""
    environment = {**os.environ, "PYTHONPATH": str(DATASETTE_CONFIG.parent), "PYTHONUNBUFFERED": "1"}
    with log.open("wb") as errors:
        return subprocess.Popen(  # noqa: S603 (our own interpreter, our own arguments)
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=environment,
            start_new_session=True,
        )


def _wait_until_it_answers(child: subprocess.Popen[bytes], host: str, port: int, log: Path) -> None:
    end = time.monotonic() + SECONDS_TO_ANSWER
    while time.monotonic() < end:
        if child.poll() is not None:
            raise _stopped_by_itself(child, log)
        if _answers(host, port):
            return
        time.sleep(0.1)
    raise IncompleteRun(
        f"The pages did not answer within {SECONDS_TO_ANSWER} seconds.",
        safe="The store was not touched.",
        next_step=f"Look into {log}, then serve again.",
    )


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/static/site.css")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _stop(child: subprocess.Popen[bytes]) -> None:
    """End the child, gently and then not."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _stopped_by_itself(child: subprocess.Popen[bytes], log: Path) -> IncompleteRun:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return IncompleteRun(
        f"The pages stopped by themselves (code {child.returncode}).",
        why=lines[-1] if lines else "Datasette left no word.",
        safe="The store was not touched.",
        next_step=f"Look into {log} for the whole story, then serve again.",
    )


@contextmanager
def _signals_raise() -> Iterator[None]:
    """Ctrl-C and SIGTERM raise _Stopped, once, inside this block; what they did before comes back after it."""

    def stop(number: int, _frame: FrameType | None) -> None:
        for other in before:
            signal.signal(other, signal.SIG_IGN)
        raise _Stopped(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
