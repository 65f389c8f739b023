"""Runs of `bulk` in this process or with workers, and the invented debate that a store and a folder hold alike."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from db.folder import DataFolder
from pipelines.bulk import POSTS_AT_ONCE, bulk
from pipelines.bulk_cluster import Crew
from pipelines.import_exports import import_exports
from pipelines.messages import group_messages
from pipelines.nightly import read_themes
from pipelines.running import Run, running
from tests import debates
from tracker.campaign import read_campaign

PART_BYTES = 6000
GONE = ("handle", "mastodon", "gone@hills.example")


class Here(Crew):
    """The work, piece after piece in this process; `most`: so many pieces, and then the run is ended."""

    def __init__(self, most: int = 10_000) -> None:
        self.done, self._most = 0, most

    def each(
        self, work: Callable[..., Any], pieces: Sequence[tuple[Any, ...]], *, check: Callable[[], None]
    ) -> Iterator[tuple[int, Any]]:
        """Each in its turn, the last first: the order must not matter."""
        for place, piece in reversed(list(enumerate(pieces))):
            if self.done == self._most:
                raise Ended
            self.done += 1
            yield place, work(*piece)


class Ended(Exception):
    """The run is ended in the middle."""


def stored(campaign: Path, data: Path, *imports: list[Path]) -> dict[str, list[tuple[Any, ...]]]:
    """What the store says in numbers once the files are imported and read."""
    for files in imports:
        with running("import", read_campaign(campaign), DataFolder(data)) as run:
            run.forgotten.tombstones([GONE], now=run.clock(), reason="asked")
            import_exports(run, files)
            group_messages(run)
            read_themes(run)
            assert run.problems == []
    return debates.numbers(data / "tracker.db")


def bulked(
    campaign: Path,
    to: Path,
    live: Path,
    files: list[Path],
    hands: Crew | None = None,
    *,
    posts_at_once: int = POSTS_AT_ONCE,
    **more: Any,
) -> Run:
    """A run of `bulk`."""
    with running("bulk", read_campaign(campaign), DataFolder(to), **more) as run, run.step("bulk") as notes:
        made = bulk(run, files, hands or Here(), live=DataFolder(live), part_bytes=PART_BYTES, posts_at_once=posts_at_once)
        notes.append(made.sentence())
    return run


@pytest.fixture(scope="module")
def debate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path], Path]:
    """(campaign, files, DATA of the store) of the invented debate."""
    root = tmp_path_factory.mktemp("debate")
    campaign, files = debates.campaign(root), debates.write_debate(root / "files")
    stored(campaign, root / "data", files)
    return campaign, files, root / "data"


@pytest.fixture(scope="module")
def there(debate: tuple[Path, list[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """(a folder that `bulk` made of the invented debate, the run)."""
    folder = tmp_path_factory.mktemp("there") / "to"
    return folder, bulked(debate[0], folder, debate[2], debate[1])


def workers_of(parent: int) -> list[int]:
    """The processes that a process began, with theirs, that spawn has made."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            above = int(path.read_text().rpartition(")")[2].split()[1])
            command = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if above == parent and b"spawn_main" in command:
            found.append(int(path.parent.name))
    return found
