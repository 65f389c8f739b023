"""The pages as `serve` shows them, in a process of their own; and the invented campaign as a folder for their commands."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db.folder import DataFolder
from tests import invented
from tests.conftest import REPOSITORY
from tests.pages_store import THEMES

STARTER = """
import sys
from dataclasses import replace
from pathlib import Path
from db.folder import DataFolder
from pipelines.serve import serve, serve_public
from tests.pages_store import CAMPAIGN
which, data, folder, port = sys.argv[1:]
show = {"staff": serve, "public": serve_public}[which]
campaign = replace(CAMPAIGN, folder=folder or CAMPAIGN.folder)
sys.exit(show(campaign, DataFolder(Path(data)), host="127.0.0.1", port=int(port), port_given=True))
"""
FOLLOWED = """\
name = "invented"
timezone = "Europe/London"
hashtags = ["inventeddebate"]
languages = ["en"]
[own]
accounts = ["x:ourhouse"]
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(data: DataFolder, *, campaign: Path | None = None, public: bool = False) -> Iterator[str]:
    """The address of a server on the store, or on its public copy. campaign: the folder for the commands that the pages run."""
    which = "public" if public else "staff"
    command = [sys.executable, "-c", STARTER, which, str(data.root), str(campaign or ""), str(free_port())]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found is not None, "the server did not say where it is"
        try:
            yield found[0]
        finally:
            server.send_signal(signal.SIGTERM)


def campaign_on_disk(root: Path, text: str = FOLLOWED) -> Path:
    """The invented campaign of the pages' store as a folder."""
    themes = {
        theme.slug.replace("-", "_"): f'name = "{theme.name}"\nmeaning = "{theme.meaning}"\nphrases = {[*theme.phrases]}\n'
        f'group = "{theme.group}"\ndimension = "{theme.dimension}"\n'
        for theme in THEMES
    }
    return invented.campaign_folder(root, text, **themes)
