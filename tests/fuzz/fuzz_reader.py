"""One fuzzing process: python -m tests.fuzz.fuzz_reader FORMAT [libFuzzer's options] CORPUS.

FORMAT is a format's slug, or `any`: then the bytes are a file of unknown kind, which is opened (packed or not), recognised and
read. Whatever the bytes, only rows and Problems may come out; anything else is a crash, with which libFuzzer ends.
"""

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["tracker"]):
    from tracker.exports import by_slug, recognise
    from tracker.exports.opening import open_export
    from tracker.problems import Problem

MOST_ROWS = 5_000


def one_format(slug: str) -> Callable[[bytes], None]:
    """Read the bytes as a file of one format."""
    chosen = by_slug(slug)

    def test(data: bytes) -> None:
        for number, _ in enumerate(chosen.read(io.BufferedReader(io.BytesIO(data)), lambda name: None)):
            if number > MOST_ROWS:
                return

    return test


def any_file(data: bytes) -> None:
    """Open, recognise and read the bytes as a file that somebody handed over."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        for opened in open_export(path):
            with opened.open() as stream:
                for number, _ in enumerate(recognise(opened.head).read(stream, opened.sibling)):
                    if number > MOST_ROWS:
                        break


def main() -> None:
    """Fuzz until libFuzzer's time is over."""
    slug = sys.argv.pop(1)
    read = any_file if slug == "any" else one_format(slug)

    def test(data: bytes) -> None:
        try:
            read(data)
        except Problem:
            return

    atheris.Setup(sys.argv, test)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
