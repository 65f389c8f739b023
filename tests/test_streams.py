"""Commands whose output or errors nobody takes: closed before they began (`>&- 2>&-`), or a reader that went (`| head`)."""

import shlex
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pipelines.command_line import common
from pipelines.settings import Settings
from tests import invented
from tests.conftest import REPOSITORY
from tests.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk.at(tmp_path)
    assert desk.run("import", invented.twarc2_file(desk.files / "a.jsonl", range(3))).code == 0
    return desk


def in_a_shell(desk: Desk, command: str, behind: str) -> subprocess.CompletedProcess[str]:
    program = shlex.join([sys.executable, str(REPOSITORY / "cli.py"), "--campaign", str(desk.campaign), "--data", str(desk.data)])
    line = f"set -o pipefail; {program} {command} {behind}"
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=REPOSITORY, timeout=120, check=False)


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", ["nightly", "status", "briefing"])
def test_a_command_ends_well_where_its_streams_are_closed(desk: Desk, command: str, closed: str) -> None:
    assert in_a_shell(desk, command, closed).returncode == 0
    assert desk.value("pragma integrity_check") == "ok"


def test_a_command_that_fails_says_so_by_its_code_where_its_streams_are_closed(desk: Desk) -> None:
    assert in_a_shell(desk, "briefing --week 1999-W77", ">&- 2>&-").returncode == 2
    assert "has fewer than 12 characters" in in_a_shell(desk, "account add ann", "<&-").stderr


def test_a_reader_that_goes_is_no_bug(desk: Desk) -> None:
    """141 is what a shell says of any program whose reader has gone."""
    ended = in_a_shell(desk, "status --json", "| true")
    assert (ended.returncode, ended.stderr) == (141, "")
    assert in_a_shell(desk, "nightly -v", "2>&1 | true").returncode == 141
    assert desk.value("select exit_code from runs order by id desc limit 1") == 0


def test_a_connection_that_breaks_is_no_reader_that_went() -> None:
    @click.command
    @common
    def speak(settings: Settings) -> None:
        ours, theirs = socket.socketpair()
        with ours:
            theirs.close()
            ours.sendall(b"is anybody there?")

    with pytest.raises(RuntimeError, match="broke"):
        speak.main([], standalone_mode=False)
