"""A `bulk` that is ended, killed or loses a worker: nothing is done twice, and nothing lost."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from db.folder import DataFolder
from db.post_files import day_files
from pipelines.bulk_cluster import crew
from pipelines.running import Run, Stop, running
from tests import debates
from tests.bulk_run import Ended, Here, bulked, workers_of
from tests.bulk_run import debate as debate
from tests.bulk_run import there as there
from tests.conftest import REPOSITORY, Figure
from tracker.campaign import read_campaign


def test_a_run_that_is_ended_anywhere_is_taken_up(debate: tuple[Path, list[Path], Path], tmp_path: Path) -> None:
    campaign, files, data = debate
    attempts = 0
    while True:
        hands = Here(most=7)
        attempts += 1
        try:
            bulked(campaign, tmp_path / "to", data, files, hands)
            break
        except Ended:
            assert hands.done == 7
    assert attempts > 2 and debates.numbers(tmp_path / "to" / "tracker.db") == debates.numbers(data / "tracker.db")
    assert not (tmp_path / "to" / "bulk" / "run").exists()


@pytest.mark.parametrize(("most", "was_merged"), [(7, False), (15, True)])
def test_who_is_forgotten_between_two_runs_is_not_in_what_the_second_takes_up(
    debate: tuple[Path, list[Path], Path], there: tuple[Path, Run], tmp_path: Path, most: int, was_merged: bool
) -> None:
    """They asked in the campaign's own data folder, and what the first run read of them lies in its own."""
    campaign, files, _ = debate
    data, folder = tmp_path / "data", tmp_path / "to"
    shutil.copytree(debate[2], data)
    with suppress(Ended):
        bulked(campaign, folder, data, files, Here(most=most))
    assert (folder / "bulk" / "run" / "told" / "journal").exists() == was_merged
    with running("forget", read_campaign(campaign), DataFolder(data)) as run:
        run.forgotten.tombstones([("handle", "x", "rider1002")], now=run.clock(), reason="asked")
    bulked(campaign, folder, data, files)
    bulked(campaign, tmp_path / "new", data, files)
    assert writers(there[0]) - writers(folder) == {"rider1002", "Rider1002"} and writers(folder) == writers(tmp_path / "new")
    assert debates.numbers(folder / "tracker.db") == debates.numbers(tmp_path / "new" / "tracker.db")


def writers(folder: Path) -> set[str]:
    """The handles of those whose posts are kept."""
    files = [path for _, _, path in day_files(DataFolder(folder))]
    return {handle for path in files for handle in pq.read_table(path, partitioning=None)["author_handle"].to_pylist()}


@pytest.mark.faults
def test_killed_at_any_moment_it_is_taken_up(debate: tuple[Path, list[Path], Path], tmp_path: Path, figure: Figure) -> None:
    campaign, files, data = debate
    folder, broken, kills = tmp_path / "to", [], 0
    command = [sys.executable, str(REPOSITORY / "cli.py"), "--campaign", str(campaign), "--data", str(data)]
    command += ["bulk", *map(str, files), "--to", str(folder), "--workers", "1"]
    for trial in range(10):
        shutil.rmtree(folder, ignore_errors=True)
        begun = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.DEVNULL)
        time.sleep(4 + trial * 0.8)
        kills += begun.poll() is None
        for pid in workers_of(begun.pid):
            with suppress(ProcessLookupError):  # a worker may end by itself meanwhile
                os.kill(pid, signal.SIGKILL)
        begun.kill()
        begun.wait()
        bulked(campaign, folder, data, files)
        if debates.numbers(folder / "tracker.db") != debates.numbers(data / "tracker.db"):
            broken.append(f"trial {trial}")
    figure("kill -9 of bulk", kills, broken, "taken up by the next run, the same numbers")


class KillsOne(Stop):
    """A stop that ends a worker, without a word, the first time it is asked."""

    killed = 0

    def check(self) -> None:
        """Kill one of those that this process began."""
        if not self.killed:
            [self.killed, *_] = workers_of(os.getpid())
            os.kill(self.killed, signal.SIGKILL)


def listening(of: Sequence[int]) -> set[str]:
    """The addresses (as /proc writes them) on which these processes listen."""
    sockets = set()
    for pid in of:
        for path in Path(f"/proc/{pid}/fd").iterdir():
            try:
                sockets.add(path.readlink().name)
            except OSError:
                continue
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A" and f"socket:[{cells[9]}]" in sockets:
                found.add(cells[1].partition(":")[0])
    return found


@pytest.mark.faults
def test_a_lost_worker_costs_a_retry_and_all_listen_here_alone(debate: tuple[Path, list[Path], Path], tmp_path: Path) -> None:
    campaign, files, data = debate
    stop = KillsOne()
    with crew(None, 2, tmp_path / "to") as hands:
        assert listening([os.getpid(), *workers_of(os.getpid())]) <= {"0100007F"}
        bulked(campaign, tmp_path / "to", data, files, hands, stop=stop)
    assert stop.killed
    assert debates.numbers(tmp_path / "to" / "tracker.db") == debates.numbers(data / "tracker.db")
