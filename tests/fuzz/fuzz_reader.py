"""One fuzzing process: python -m tests.fuzz.fuzz_reader FORMAT [libFuzzer's options] CORPUS.

FORMAT is a format's slug, `table:NAME` for one of tests/fuzz/tables.py, or `any`: then the bytes are a file of unknown kind,
which is opened (packed or not), recognised and read. Whatever the bytes, only rows and Problems may come out, and every post
must be one that a store can hold and the rules can be asked about; anything else is a crash, with which libFuzzer ends.
"""

import io
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["tracker"]):
    from tests.fuzz.tables import TABLES
    from tracker.exports import by_slug
    from tracker.exports import recognise as recognised
    from tracker.exports.mapped import formats_with
    from tracker.exports.opening import open_export
    from tracker.matching import Matcher
    from tracker.messages import wording_of
    from tracker.problems import Problem
    from tracker.records import Campaign, Found, Row
    from tracker.stumps import stump_of

MOST_ROWS = 5_000
FORMATS = formats_with(TABLES)
MATCHER = Matcher(Campaign(".", "fuzz", hashtags=("buses",), links=("https://news.example/1",), phrases=("bring them back",)))


def take(rows: Iterable[Row]) -> None:
    """Hold every row against what is done with it later."""
    for number, row in enumerate(rows):
        if number > MOST_ROWS:
            return
        if isinstance(row, Found):
            post = row.post
            repr(post).encode("utf-8")
            post.text.encode("utf-8")
            assert "\0" not in post.text and post.native_id and post.created_at.endswith("Z")
            MATCHER.reasons(post)
            stump_of(post)
            wording_of(post.platform, post.native_id, post.url, post.text, truncated=post.truncated, links=post.links)


def one_format(slug: str) -> Callable[[bytes], None]:
    """Read the bytes as a file of one format."""
    chosen = by_slug(slug, FORMATS)

    def test(data: bytes) -> None:
        take(chosen.read(io.BufferedReader(io.BytesIO(data)), lambda name: None))

    return test


def any_file(data: bytes) -> None:
    """Open, recognise and read the bytes as a file that somebody handed over."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        for opened in open_export(path, FORMATS):
            with opened.open() as stream:
                take(recognised(opened.head, FORMATS).read(stream, opened.sibling))


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
