"""Standard input as a file, so that it can be recognised, read twice and known again."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def named_paths(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """The paths, with `-` replaced by a file `standard-input` that holds what came in; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="debate-tracker-") as folder:
        spooled = Path(folder) / "standard-input"
        if Path("-") in paths:
            with spooled.open("wb") as stream:
                shutil.copyfileobj(sys.stdin.buffer, stream)
        yield [spooled if path == Path("-") else path for path in paths]
