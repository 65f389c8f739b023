"""A data folder after a good night, for files of trials that take something from it."""

import pytest

from db.folder import DataFolder
from tests import invented
from tests.desk import Desk


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A data folder after a good night with a file of 20 posts, in which nobody had coded."""
    desk = Desk.at(tmp_path_factory.mktemp("night"))
    invented.twarc2_file(DataFolder(desk.data).create().inbox / "a.jsonl", range(20))
    assert desk.run("nightly").code == 0
    return desk
