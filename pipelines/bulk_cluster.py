"""The processes that do the work of `bulk`: those of a Dask cluster, on this machine or wherever one is (https://distributed.dask.org).

On this machine they listen on 127.0.0.1 alone and to nobody without the certificate that is made for this run: whoever may give a
Dask scheduler work may do whatever its user may, and others can have accounts on this machine. Nothing is shown on a dashboard.
"""

import logging
import os
import socket
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import dask
from distributed import Client, Future, LocalCluster
from distributed.comm.addressing import parse_address, parse_host_port
from distributed.comm.core import CommClosedError
from distributed.scheduler import KilledWorker

from pipelines.bulk_joining import refuse_unfit
from tracker.problems import IncompleteRun, UsageProblem

Result = TypeVar("Result")
RETRIES = 3
LOST_AT_MOST = 5
"""So often a piece of work may take its process with it before it is given up."""
MEMORY = "1500MB"
HERE = "127.0.0.1"
WAIT_SECONDS = 20
LOOK_SECONDS = 10
ALONE_SECONDS = 300
"""It is looked so often whether anybody still works; so long nobody may, before a run is ended."""
QUIET: dict[str, Any] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.nanny.http.routes": [],
    "distributed.scheduler.allowed-failures": LOST_AT_MOST,
    # A process that is not heard of for minutes is not given up: this machine was asleep. One that ended is seen to at once.
    "distributed.scheduler.worker-ttl": None,
    "distributed.comm.retry.count": 2,
    "distributed.logging": {"distributed": "error", "distributed.nanny": "critical", "tornado.application": "critical"},
}


class Crew:
    """The processes of a cluster; `alone`: so many seconds it may have none that works."""

    def __init__(self, client: Client, alone: float) -> None:
        self._client = client
        self._alone = alone

    def each(
        self, work: Callable[..., Result], pieces: Sequence[tuple[Any, ...]], *, check: Callable[[], None]
    ) -> Iterator[tuple[int, Result]]:
        """(place, result) of each piece of work, as they end. `check` is asked now and then whether to stop. What a lost process
        had in hand is done by another. Raises IncompleteRun where a piece is lost again and again, and where nobody works."""
        futures = {self._client.submit(work, *piece, retries=RETRIES, pure=False): n for n, piece in enumerate(pieces)}
        ended: SimpleQueue[Future[Result]] = SimpleQueue()
        for future in futures:
            future.add_done_callback(ended.put)
        try:
            for _ in pieces:
                future = self._next(ended, check)
                yield futures[future], future.result()
                future.release()
        except KilledWorker as error:
            raise IncompleteRun(
                "A piece of work took its process with it again and again.",
                why=f"Most often memory is short: a process of the local cluster may take {MEMORY}. Dask says: {error}",
                safe="What was done before is kept.",
                next_step="Run the same command again, with fewer --workers or where there is more memory.",
            ) from error
        except (CancelledError, CommClosedError) as error:
            raise IncompleteRun(
                "The Dask cluster went away while it was at work.",
                why=_reason(error).replace("\n", " "),
                safe="What was done before is kept.",
                next_step="Start the cluster again and run the same command; it goes on where this one stopped.",
            ) from error
        finally:
            with suppress(CommClosedError):  # a cluster that is gone has nothing left to give up
                self._client.cancel(list(futures), force=True)

    def _next(self, ended: SimpleQueue[Future[Result]], check: Callable[[], None]) -> Future[Result]:
        """The piece that ends next. Raises IncompleteRun where for too long nobody was there to do any."""
        heard = time.monotonic()
        while True:
            check()
            try:
                return ended.get(timeout=min(LOOK_SECONDS, self._alone))
            except Empty:
                if self._client.nthreads():
                    heard = time.monotonic()
            if time.monotonic() - heard >= self._alone:
                raise IncompleteRun(
                    "The Dask cluster has no process that works any more.",
                    why=f"Its scheduler answers, but for {self._alone:g} seconds no worker was there.",
                    safe="What was done before is kept.",
                    next_step="Start workers again and run the same command; it goes on where this one stopped.",
                )


@contextmanager
def crew(
    scheduler: str | None,
    workers: int | None,
    root: Path,
    paths: Sequence[Path] = (),
    *,
    wait: float = WAIT_SECONDS,
    alone: float = ALONE_SECONDS,
) -> Iterator[Crew]:
    """The processes of the cluster at an address, or of one that is begun here, for posts that are to lie in `root` and are read
    from `paths` (all of them whole); `wait`: so many seconds one at an address has to answer; `alone`: so many it may have none
    that works. Raises UsageProblem where no cluster answers, or one that cannot do it."""
    with dask.config.set(QUIET):
        if scheduler is not None:
            with _client(scheduler, wait) as client:
                _wait_for_workers(client, scheduler, wait)
                refuse_unfit(client, scheduler, root, paths)
                yield Crew(client, alone)
            return
        with (
            LocalCluster(
                n_workers=len(os.sched_getaffinity(0)) if workers is None else workers,
                threads_per_worker=1,
                processes=True,
                host=HERE,
                dashboard_address=f"{HERE}:0",
                worker_dashboard_address=f"{HERE}:0",
                memory_limit=MEMORY,
                local_directory=str(root / "bulk" / "dask"),
                security=True,
                silence_logs="ERROR",
            ) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):
            yield Crew(client, alone)


class _Joining(Client):
    """A client that lets go at once where nobody answers; Dask's own then waits for an end that cannot come."""

    def start(self, **options: Any) -> None:
        """Connect."""
        try:
            super().start(**options)
        except BaseException:
            self.status = "closed"
            self._loop_runner.stop()
            raise


def _client(scheduler: str, wait: float) -> Client:
    for name in [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in ("distributed", "tornado")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what goes wrong is said once, by us
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of other versions, which refuse_unfit tells of
            _refuse_others(scheduler, wait)
            return _Joining(scheduler, timeout=wait, set_as_default=False)
    except (OSError, ValueError, TypeError, TimeoutError) as error:
        raise UsageProblem(
            f"No Dask cluster answers at {scheduler}.",
            why=_reason(error),
            safe="Nothing was read.",
            next_step="Look whether it runs and whether the address is whole (tcp://host:8786; tls:// needs the "
            "certificates in Dask's own settings), or leave --scheduler out to use this machine.",
        ) from error


def _refuse_others(scheduler: str, wait: float) -> None:
    """Raise OSError where what listens there is something else: Dask speaks first, most others wait to be spoken to, for ever."""
    protocol, place = parse_address(scheduler)
    if protocol == "tcp":
        with socket.create_connection(parse_host_port(place), timeout=wait) as there:
            try:
                there.recv(1)
            except TimeoutError as error:
                raise OSError("Something listens there that does not speak as Dask does") from error


def _reason(error: BaseException) -> str:
    while error.__cause__ is not None and not isinstance(error.__cause__, TimeoutError):
        error = error.__cause__
    return f"{str(error) or type(error).__name__}".rstrip(".") + "."


def _wait_for_workers(client: Client, scheduler: str, wait: float) -> None:
    try:
        client.wait_for_workers(1, timeout=wait)
    except TimeoutError as error:
        raise UsageProblem(
            f"The Dask cluster at {scheduler} has no process that works.",
            why=f"A scheduler answers, and within {wait:g} seconds no worker was there.",
            safe="Nothing was read.",
            next_step=f"Start some (`dask worker {scheduler} --nthreads 1`), or leave --scheduler out to use this machine.",
        ) from error
