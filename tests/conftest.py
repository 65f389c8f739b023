"""What every test may use: where the real files lie, and how a test that needs them is skipped loudly or made to fail."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

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


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Making a data folder closes the umask of the whole process (077); each test begins with the usual one again."""
    before = os.umask(0o022)
    yield
    os.umask(before)
