"""The night, killed at any moment: the next one ends as if nothing had happened.

`make test` kills a few nights; `make faults` kills more (a quarter of DEBATE_TRACKER_KILLS), which learn from examples on the
way, and as many at a write or a rename. DEBATE_TRACKER_SEED says at which moments. Collections are killed in
test_collect_kills.py.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from db.folder import DataFolder
from pipelines.running import Run, running
from pipelines.train import train
from tests import invented
from tests.conftest import Figure
from tests.desk import Desk
from tests.stopping import StopAfter
from tests.theme_campaigns import labelled
from tests.warm import Warm
from tracker.campaign import read_campaign
from tracker.problems import Interrupted
from tracker.themes import load_model

LONG = "DEBATE_TRACKER_KILLS" in os.environ
KILLS = int(os.environ["DEBATE_TRACKER_KILLS"]) // 4 if LONG else 3
SEED = int(os.environ.get("DEBATE_TRACKER_SEED", "1"))
POSTS = 1200 if LONG else 400
"""In each of the two files that a night finds."""
A_FOLDER = 4
"""How many nights of one data folder are killed, one after the other."""


def with_examples(desk: Desk) -> None:
    """Forty-six labelled posts: enough for the model to learn, and so to be killed while it does."""
    rows = [{"text": post.text, "themes": ["fares"] if "waiting" in (post.themes or ()) else []} for post in labelled()[::2]]
    lines = [json.dumps(row | {"origin": "invented"}) + "\n" for row in rows]
    (desk.campaign / "examples.jsonl").write_text("".join(lines), encoding="utf-8")


def fill_inbox(desk: Desk, posts: int = 1200) -> None:
    """Two files that share posts, one with a row that is refused, and one that is no export; all of them dropped an hour ago."""
    inbox = DataFolder(desk.data).create().inbox
    first = invented.twarc2_file(inbox / "a.jsonl", range(posts))
    first.write_text(first.read_text() + '{"data": [{"id": "no number", "text": "?"}]}\n')
    invented.twarc2_file(inbox / "b.jsonl", range(posts // 2, posts + posts // 2))
    (inbox / "minutes.txt").write_text("Dear all, here are the minutes")
    for path in inbox.iterdir():
        os.utime(path, (time.time() - 3600,) * 2)


def undisturbed(desk: Desk, program: Warm | None = None, posts: int = 1200) -> tuple[Desk, float]:
    """A night that nothing happened to, and how many seconds it took. program: run it in a fork."""
    calm = desk.beside("calm")
    fill_inbox(calm, posts)
    began = time.monotonic()
    ended = program.run(calm, "nightly") if program else calm.run("nightly")
    took = time.monotonic() - began
    assert (ended.code, ended.out) == (2, ""), ended
    assert "minutes.txt" in ended.err
    calm.is_sound()
    return calm, took


def ends_as(desk: Desk, calm: Desk, program: Warm | None = None) -> None:
    """A night that is let be ends as the undisturbed one did. program: run it in a fork."""
    ended = program.run(desk, "nightly") if program else desk.run("nightly")
    assert ended.code in (0, 2), ended  # 2: the file that is no export was still in the inbox
    assert ended.out == ""
    desk.is_sound()
    assert desk.contents() == calm.contents()
    assert sorted(path.name for path in (desk.data / "inbox").iterdir()) == ["done", "failed"]


def under_way(desk: Desk) -> str:
    """The step in which a night was killed."""
    if not (desk.data / "tracker.db").is_file() or not desk.query("select 1 from sqlite_master where name = 'run_steps'"):
        return "before the store"
    steps = desk.query("select name from run_steps where status = 'running' order by id")
    if not steps:
        return "between steps"
    step = str(steps[-1][0])
    if step == "themes":
        return "reading posts" if desk.query("select 1 from models where live = 1") else "training"
    return step


def test_t1_nights_killed_at_any_moment_lose_and_double_nothing(desk: Desk, program: Warm, figure: Figure) -> None:
    moments, killed, begun = random.Random(SEED), Counter[str](), 0
    if LONG:
        with_examples(desk)
    calm, took = undisturbed(desk, program, POSTS)
    while killed.total() < KILLS:
        begun += 1
        assert begun <= 3 * KILLS, "most nights end before they can be killed"
        night = desk.beside(begun)
        fill_inbox(night, POSTS)
        for _ in range(min(A_FOLDER, KILLS - killed.total())):
            program.begin(night, "nightly")
            if program.killed(moments.uniform(0, took)):
                killed[under_way(night)] += 1
        ends_as(night, calm, program)
        shutil.rmtree(night.data)
    figure("T1 kill -9 at any moment, nights with files", killed.total(), [], f"seed {SEED}: {dict(killed.most_common())}")


CALLS = "pwrite64,write,rename,renameat2,unlink,unlinkat,mkdir,ftruncate,fsync,fdatasync"
PARTS = 4


@pytest.mark.faults
@pytest.mark.parametrize("part", range(PARTS))
def test_t2_nights_killed_at_a_write_lose_and_double_nothing(desk: Desk, program: Warm, figure: Figure, part: int) -> None:
    calm, _ = undisturbed(desk, program, posts=30)
    counted = desk.beside("counted")
    fill_inbox(counted, posts=30)
    nth = program.calls(counted, CALLS, command="nightly")
    chosen = nth[:: max(1, len(nth) // KILLS)][part::PARTS]
    killed: Counter[str] = Counter()
    for place, (call, number) in enumerate(chosen):
        night = desk.beside(place)
        fill_inbox(night, posts=30)
        ended = program.injected(night, call, "signal=SIGKILL", number, command="nightly")
        assert ended.code in (-signal.SIGKILL, 0, 2), ended  # another run may make a few calls fewer
        killed[call] += ended.code == -signal.SIGKILL
        ends_as(night, calm, program)
        shutil.rmtree(night.data)
    figure(f"T2 kill -9 at writes of a night ({len(nth)} in all)", killed.total(), [], f"{dict(killed.most_common())}")


@pytest.mark.faults
def test_t6_of_two_nights_at_once_exactly_one_works(desk: Desk, program: Warm, figure: Figure) -> None:
    calm, _ = undisturbed(desk, program)
    codes: Counter[tuple[int, ...]] = Counter()
    for pair in range(8):
        night = desk.beside(pair)
        fill_inbox(night)
        both = [subprocess.Popen(night.argv("nightly"), stderr=subprocess.PIPE, text=True) for _ in range(2)]
        said = [process.communicate(timeout=120)[1] for process in both]
        codes[tuple(sorted(process.returncode for process in both))] += 1
        assert sum("Another run is at work" in err for err in said) == 1
        assert night.value("select count(*) from runs") == 1
        ends_as(night, calm, program)
        shutil.rmtree(night.data)
    figure("T6 two nights at once", 8, [f"{codes}"] if set(codes) != {(2, 11)} else [], f"ended with {dict(codes)}")


def test_t6_a_night_beside_one_at_work_ends_at_once_and_changes_nothing(desk: Desk) -> None:
    fill_inbox(desk, POSTS)
    first = subprocess.Popen(desk.argv("nightly"), stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while under_way(desk) == "before the store" and time.monotonic() < deadline:
        time.sleep(0.01)
    first.send_signal(signal.SIGSTOP)  # it holds the lock for as long as the second needs
    try:
        second = desk.run("nightly")
    finally:
        first.send_signal(signal.SIGCONT)
    assert (second.code, second.out) == (11, "")
    assert "Another run is at work" in second.err
    assert first.wait(120) == 2
    assert desk.value("select count(*) from runs") == 1


def test_a_second_signal_stops_at_once_and_undoes_the_page_in_hand(desk: Desk) -> None:
    folder = DataFolder(desk.data)
    with pytest.raises(Interrupted) as caught, running("import", read_campaign(desk.campaign), folder) as run:
        run.stop.listen()
        signal.raise_signal(signal.SIGINT)
        run.store.remember("before", "kept")

        def second(db: sqlite3.Connection) -> None:
            db.execute("insert into settings values ('page in hand', 'undone')")
            signal.raise_signal(signal.SIGTERM)

        run.store.transaction(second)
    assert caught.value.exit_code == 143
    assert desk.query("select name from settings where name in ('before', 'page in hand')") == [("before",)]
    assert desk.query("select status, exit_code from runs") == [("interrupted", 143)]


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    """A stop that listens takes the signals of the whole process; give them back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_training_stops_between_two_rounds_and_the_old_model_lives(desk: Desk) -> None:
    rounds: list[tuple[int, int | None]] = []
    folder = DataFolder(desk.data)

    def work(run: Run) -> None:
        run.progress = lambda what, done, total: rounds.append((done, total))
        run.stop = StopAfter(3, signal=15)
        train(run)

    with running("train", read_campaign(desk.campaign), folder) as run:
        old = train(run).card
    with_examples(desk)
    with pytest.raises(Interrupted, match="from the beginning"), running("train", read_campaign(desk.campaign), folder) as run:
        work(run)
    assert [done for done, _ in rounds] == [1, 2]
    assert load_model(folder.model).card == old
    assert desk.query("select name from models where live = 1") == [(old.name,)]
    assert desk.query("select status, exit_code from runs order by id desc limit 1") == [("interrupted", 143)]
