"""One run at a time, and runs that are stopped, killed, or have no room or no right: nothing is lost, and the next goes on."""

import fcntl
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import invented
from tests.desk import Desk, little_room
from tests.rights import AS_A_USER

POSTS = 5_000
"""Of a file that takes a second: several pages, so that a run can be ended between two."""


def test_a_second_run_at_the_same_time_ends_with_eleven(desk: Desk) -> None:
    desk.data.mkdir()
    with (desk.data / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = desk.run("nightly")
        assert ended.code == 11
        assert "Another run is at work" in ended.err
    assert desk.run("nightly").code == 0


@pytest.fixture
def long_file(desk: Desk) -> Iterator[Path]:
    yield invented.twarc2_file(desk.files / "long.jsonl", range(POSTS), size=100)


def _when(desk: Desk, ready: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        assert process.poll() is None, "the run ended before it could be stopped"
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _some_posts(desk: Desk) -> bool:
    try:
        return int(str(desk.value("select count(*) from posts"))) > 0
    except sqlite3.OperationalError:
        return False


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_run_told_to_stop_finishes_the_page_and_the_next_goes_on(desk: Desk, long_file: Path, number: int, code: int) -> None:
    process = subprocess.Popen(desk.argv("import", long_file), stderr=subprocess.PIPE, text=True)
    _when(desk, lambda: _some_posts(desk), process)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Stopped as asked" in err
    assert int(str(desk.value("select count(*) from posts"))) % 1000 == 0
    assert desk.value("select status from runs order by id desc") == "interrupted"
    assert desk.run("import", long_file).code == 0
    assert desk.value("select count(*) from posts") == POSTS


def test_a_killed_run_frees_the_lock_and_loses_and_doubles_nothing(desk: Desk, long_file: Path) -> None:
    for _ in range(5):
        process = subprocess.Popen(desk.argv("import", long_file), stderr=subprocess.DEVNULL)
        while process.poll() is None and not (desk.data / "tracker.db").exists():
            time.sleep(0.01)
        deadline = time.monotonic() + 0.3
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
        process.wait()
        assert (desk.data / "tracker.db").exists()
    ended = desk.run("import", long_file)
    assert (ended.code, ended.err) == (0, "")
    assert desk.value("select count(*) from posts") == POSTS
    assert desk.value("select count(*) from post_origins") == POSTS
    assert desk.value("pragma integrity_check") == "ok"
    assert desk.query("select status from runs where status = 'running'") == []


@pytest.mark.parametrize("words", [("import", ""), ("--campaign", "", "status"), ("export", ""), ("restore", "")])
def test_an_empty_name_is_not_the_current_folder(desk: Desk, words: tuple[str, ...]) -> None:
    ended = desk.run(*words)
    assert ended.code == 2 and "It names nothing" in ended.err


def test_a_full_disk_ends_with_six_and_the_next_run_converges(desk: Desk, long_file: Path, tmp_path: Path) -> None:
    ended = desk.start("import", long_file, before=little_room(3_000_000))
    assert ended.code == 6
    assert "Next: " in ended.err
    assert "Traceback" not in ended.err
    assert desk.value("pragma integrity_check") == "ok"
    assert desk.run("import", long_file).code == 0
    assert desk.run("status").code == 0
    assert desk.value("select count(*) from posts") == POSTS


def test_a_file_that_may_not_be_read_keeps_no_other_out(desk: Desk) -> None:
    secret, other = desk.files / "a.jsonl", invented.twarc2_file(desk.files / "b.jsonl", range(12))
    secret.write_text("{}")
    secret.chmod(0)
    ended = desk.start("import", secret, other, before=AS_A_USER)
    assert ended.code == 5 and str(secret) in ended.err, ended
    assert desk.value("select count(*) from posts") == 12
    for words in (("train", "--labels"), ("labels", "--bring-in"), ("restore",)):
        refused = desk.start(*words, secret, before=AS_A_USER)
        assert refused.code == 5 and str(secret) in refused.err and "Next: " in refused.err, refused


def test_a_folder_of_another_user_is_told_as_that(desk: Desk) -> None:
    """In the inbox it cannot be put away, and keeps no other there. DATA is there, so it need not be made; what lies in it is not
    known."""
    inbox = desk.data / "inbox"
    (inbox / "closed").mkdir(parents=True)
    for name, numbers in (("closed/a.jsonl", range(6)), ("last.jsonl", range(6, 12))):
        invented.twarc2_file(inbox / name, numbers)
    (inbox / "closed").chmod(0o500)
    (desk.files / "elsewhere").mkdir()
    before = invented.twarc2_file(desk.files / "elsewhere" / "b.jsonl", range(12)).stat().st_mtime_ns
    (inbox / "linked").symlink_to(desk.files / "elsewhere")
    ended = desk.start("nightly", before=AS_A_USER)
    assert ended.code == 5 and f"{inbox / 'closed'} could not be moved out of the inbox." in ended.err, ended
    assert (inbox / "done" / "last.jsonl").exists() and desk.value("select count(*) from posts") == 12
    assert (inbox / "done" / "linked" / "b.jsonl").stat().st_mtime_ns == before, "what a link leads to is nobody's to touch"
    (desk.data / "alerts.json").write_text("{}")
    desk.data.chmod(0)
    night = desk.start("nightly", before=AS_A_USER)
    assert night.code == 5 and f"{desk.data} cannot be written" in night.err and "be made" not in night.err, night
    told = desk.start("alerts", before=AS_A_USER)
    desk.data.chmod(0o700)
    assert "No alert stands" not in told.out and "Which alerts stand is not known" in told.out, told
