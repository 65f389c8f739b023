"""What every test may use: where the real files lie, and how a test that needs them is skipped loudly or made to fail."""

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from db.folder import DataFolder
    from tests.desk import Desk
    from tests.pages_client import Pages
    from tests.warm import Warm

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
"""How long an example takes says how busy the machine is, not whether the test is good."""

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real files beside the repository. Absent: a loud skip, or a failure where it is required."""
    if not SHARED.is_dir():
        if os.environ.get("DEBATE_TRACKER_REQUIRE_SHARED") == "1":
            pytest.fail(f"DEBATE_TRACKER_REQUIRE_SHARED=1, but {SHARED} is not there")
        pytest.skip(f"real files are not there ({SHARED}); set DEBATE_TRACKER_REQUIRE_SHARED=1 to make this fail")
    return SHARED


def needed(tool: str, for_what: str) -> str:
    """Where a program lies that a trial needs. Absent: a loud skip, or a failure where everything is required."""
    found = shutil.which(tool)
    if found is None:
        (pytest.fail if os.environ.get("DEBATE_TRACKER_REQUIRE_SHARED") == "1" else pytest.skip)(
            f"{tool} is not installed: {for_what}"
        )
    return found


@pytest.fixture(scope="module")
def site(data: "DataFolder") -> Iterator[str]:
    """The address of a server on the store that a module calls `data`."""
    from tests.serving import served

    with served(data) as address:
        yield address


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Making a data folder closes the umask of the whole process (077); each test begins with the usual one again."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def program() -> "Warm":
    """The program, read once and forked for each run."""
    from tests.warm import shared

    return shared()


@pytest.fixture
def folder(tmp_path: Path) -> "DataFolder":
    """An empty DATA."""
    from db.folder import DataFolder

    return DataFolder(tmp_path / "data").create()


@pytest.fixture
def desk(tmp_path: Path) -> "Desk":
    """An invented campaign with no data yet, for commands."""
    from tests.desk import Desk

    return Desk.at(tmp_path)


@pytest.fixture(scope="module")
def pages(data: "DataFolder") -> "Pages":
    """The staff pages on the store that a file's own fixture `data` builds."""
    from tests.pages_client import Pages

    return Pages(data)


@pytest.fixture(scope="module")
def db(data: "DataFolder") -> Iterator[sqlite3.Connection]:
    """That store, to be read with plain SQL."""
    connection = sqlite3.connect(f"{data.tracker.as_uri()}?mode=ro", uri=True)
    yield connection
    connection.close()


# ---- figures of trials -------------------------------------------------------------------------------------------------------

Figure = Callable[[str, int, Sequence[str], str], None]
"""(what was done to the program, how often, what broke, a remark) -> nothing; fails where something broke."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--figures`: end with a table of the faults that were tried, how often, and how many violations there were."""
    parser.addoption("--figures", action="store_true", help="end with a table of faults, runs and violations")


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Tell how many trials of a fault a test made, for the table at the end of `make faults`."""

    def told(fault: str, runs: int, violations: Sequence[str], remark: str = "") -> None:
        record_property("figure", [fault, runs, len(violations), remark])
        print(f"\n{fault}: {runs} runs, {len(violations)} violations; {remark}")
        assert list(violations) == []

    return told


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table of figures. A test that tells none is one trial of the fault in its name (`test_t9_...`)."""
    if not config.getoption("--figures"):
        return
    table: dict[str, list[int]] = {}
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, []):
            told = [value for name, value in report.user_properties if name == "figure"]
            for fault, runs, violations, _ in told or [(_fault_of(report.nodeid), 1, int(outcome != "passed"), "")]:
                row = table.setdefault(str(fault), [0, 0])
                row[0] += runs
                row[1] += max(violations, int(outcome != "passed"))
    width = max(map(len, table), default=0)
    terminalreporter.section("faults, runs, violations")
    for fault, (runs, violations) in sorted(table.items(), key=lambda row: _in_order(row[0])):
        terminalreporter.write_line(f"{fault:{width}} {runs:6} {violations:4}")


def _fault_of(nodeid: str) -> str:
    name = nodeid.rpartition("::")[2].partition("[")[0]
    found = re.match(r"test_((?:t\d+_)+)(.*)", name)
    return f"{found[1].replace('_', ' ').upper()}{found[2].replace('_', ' ')}" if found else "beside them, no fault"


def _in_order(fault: str) -> tuple[int, str]:
    found = re.match(r"T(\d+)", fault)
    return (int(found[1]) if found else 99, fault)
