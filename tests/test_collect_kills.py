"""Faults T1, T2 and T6: collections from all four sources, killed at any moment and at each write, and two of them at once.

`make test` kills a few, `make faults` as many as DEBATE_TRACKER_KILLS says, at moments drawn from DEBATE_TRACKER_SEED. What is
killed is a fork of the command (tests/warm.py); of two at once each is the command itself.
"""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.collecting_desk import collect, collecting_desk, holds, published
from tests.conftest import Figure
from tests.desk import Desk, in_the_next_second
from tests.fake_platform.talking import platform
from tests.four_sources import CREDENTIALS, FourSources, broken, four_sources, unsound
from tests.warm import Warm

KILLS = int(os.environ.get("DEBATE_TRACKER_KILLS", "6"))
SEED = int(os.environ.get("DEBATE_TRACKER_SEED", "1"))
A_FOLDER = 4
"""How many runs on one data folder are killed, one after the other."""
PARTS_OF_T1 = 4
PARTS = 6
"""Into so many tests each trial of T1 and T2 is cut, so that several processes share it."""
CALLS = "pwrite64,write,rename,renameat2,unlink,unlinkat,mkdir,ftruncate,fsync,fdatasync"


@pytest.fixture
def four() -> Iterator[FourSources]:
    with four_sources() as running:
        yield running


def converges(program: Warm, desk: Desk, four: FourSources, charged: float) -> list[str]:
    """What is broken after a run that is let be."""
    in_the_next_second()
    return broken(desk, four, program.run(desk, "collect", **CREDENTIALS), charged)


def unsound_after_kill(desk: Desk) -> list[str]:
    """What is broken just after a kill, seen in a copy: SQLite mends a file when it is opened, and the next run shall do that."""
    copy = desk.beside("copy")
    shutil.rmtree(copy.data, ignore_errors=True)
    if not (desk.data / "tracker.db").is_file() or not (desk.data / "raw.db").is_file():
        return []
    shutil.copytree(desk.data, copy.data)
    made = {}
    for store in ("tracker.db", "raw.db"):
        with closing(sqlite3.connect(copy.data / store)) as db:
            made[store] = {name for (name,) in db.execute("select name from sqlite_master")}
    return unsound(copy) if "spend" in made["tracker.db"] and "answers" in made["raw.db"] else []


# ---- T1: at any moment ---------------------------------------------------------------------------------------------------


def where(desk: Desk) -> str:
    """What the last run was asking when it was killed."""
    if not (desk.data / "tracker.db").is_file() or not desk.query("select 1 from sqlite_master where name = 'run_steps'"):
        return "no store yet"
    asked = "select source from coverage where run_id = (select max(id) from runs) order by id desc limit 1"
    return str(found[0][0]) if (found := desk.query(asked)) else "nothing kept yet"


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.faults) for part in range(1, PARTS_OF_T1))])
def test_t1_collections_killed_at_any_moment_lose_and_double_nothing(
    tmp_path: Path, program: Warm, four: FourSources, part: int, figure: Figure
) -> None:
    moments, killed, violations, begun = random.Random(f"{SEED} {part}"), Counter[str](), list[str](), 0
    kills = KILLS // PARTS_OF_T1 if KILLS >= 200 else KILLS
    desk = four.desk(tmp_path, "search")
    four.publish(45)
    four.platform.tell("x", call="set", short_by=4)
    four.platform.fault("slow", seconds=0.03, count=-1)
    began = time.monotonic()
    assert program.run(desk.beside("calm"), "collect", **CREDENTIALS).code == 0
    took = time.monotonic() - began
    while killed.total() < kills:
        begun += 1
        assert begun <= 3 * kills, "most collections end before they can be killed"
        one, charged = desk.beside(begun), four.charged()
        for _ in range(min(A_FOLDER, kills - killed.total())):
            program.begin(one, "collect", **CREDENTIALS)
            if program.killed(moments.uniform(0, took)):
                killed[where(one)] += 1
            violations += unsound_after_kill(one)
        violations += converges(program, one, four, charged)
        shutil.rmtree(one.data)
    figure("T1 kill -9 at any moment, four sources", killed.total(), violations, f"seed {SEED}: {dict(killed.most_common())}")


def entered(desk: Desk) -> float:
    """US dollars that the ledger holds."""
    return float(desk.value("select coalesce(sum(usd), 0) from spend")) if (desk.data / "tracker.db").is_file() else 0.0


# ---- T2: at each write -----------------------------------------------------------------------------------------------------


def kill_at_each(program: Warm, desk: Desk, four: FourSources, before: Path | None, part: int, figure: Figure, name: str) -> None:
    """Kill a run at each call that writes, a part of them; before: the data that it begins with."""

    def fresh(number: object) -> Desk:
        one = desk.beside(number)
        if before is not None:
            shutil.copytree(before, one.data)
        return one

    nth = program.calls(fresh("counted"), CALLS, **CREDENTIALS)
    chosen = nth[part::PARTS] if KILLS >= 200 else nth[part :: max(1, PARTS * len(nth) // KILLS)]
    killed, violations = Counter[str](), list[str]()
    for place, (call, number) in enumerate(chosen):
        one = fresh(place)
        charged = four.charged() - entered(one)
        ended = program.injected(one, call, "signal=SIGKILL", number, **CREDENTIALS)
        assert ended.code in (-signal.SIGKILL, 0), ended  # another run may make a few calls fewer
        killed[call] += ended.code != 0
        violations += [f"{call} {number}: {said}" for said in unsound_after_kill(one)]
        violations += [f"{call} {number}: {said}" for said in converges(program, one, four, charged)]
        shutil.rmtree(one.data)
    figure(name, killed.total(), violations, f"of {len(chosen)} calls that write: {dict(killed.most_common())}")


@pytest.mark.faults
@pytest.mark.parametrize("part", range(PARTS))
def test_t2_first_runs_killed_at_each_write_lose_and_double_nothing(
    tmp_path: Path, program: Warm, four: FourSources, part: int, figure: Figure
) -> None:
    four.publish(3)
    desk = four.desk(tmp_path, "search")
    kill_at_each(program, desk, four, None, part, figure, "T2 kill -9 at each write of a first run, four sources")


@pytest.mark.faults
@pytest.mark.parametrize("part", range(PARTS))
def test_t2_later_runs_killed_at_each_write_lose_and_double_nothing(
    tmp_path: Path, program: Warm, four: FourSources, part: int, figure: Figure
) -> None:
    desk = four.desk(tmp_path, "jetstream")
    four.publish(4)
    assert program.run(desk, "collect", **CREDENTIALS).code == 0
    four.publish(2)
    four.change(random.Random(SEED))
    kill_at_each(program, desk, four, desk.data, part, figure, "T2 kill -9 at each write of a later run, four sources")


# ---- T6: two at once -------------------------------------------------------------------------------------------------------


def test_t6_of_two_collections_at_once_one_collects_and_the_other_ends_with_11(tmp_path: Path, figure: Figure) -> None:
    moments, codes, violations = random.Random(SEED), Counter[tuple[int, ...]](), list[str]()
    pairs = max(2, min(KILLS // 4, 50))
    with platform() as server:
        desk = collecting_desk(tmp_path, server)
        server.publish(90)
        assert collect(desk.beside("calm")).code == 0
        alone = len(server.asked())
        for pair in range(pairs):
            one = desk.beside(pair)
            server.tell("forget_asked")
            server.fault("slow", seconds=2 if KILLS < 200 else 6, count=1)  # so long that the two overlap on a busy machine
            first = subprocess.Popen(one.argv("collect"), stderr=subprocess.PIPE, text=True)
            time.sleep(moments.choice([0.0, 0.0, moments.uniform(0, 0.5)]))
            second = subprocess.Popen(one.argv("collect"), stderr=subprocess.PIPE, text=True)
            said = [process.communicate(timeout=120)[1] for process in (first, second)]
            codes[tuple(sorted((first.returncode, second.returncode)))] += 1
            if sum("Another run is at work" in err for err in said) != 1:
                violations.append(f"what was said: {said}")
            if len(server.asked()) != alone:
                violations.append(f"{len(server.asked())} requests in place of {alone}")
            violations += holds(one, published(server))
            shutil.rmtree(one.data)
    violations += [f"{count} pairs ended with {ended}" for ended, count in codes.items() if ended != (0, 11)]
    figure("T6 two collections at once", pairs, violations, f"ended with {dict(codes)}")
