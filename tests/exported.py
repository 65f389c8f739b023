"""Files of posts for the tests of exports, invented ones with their answers and others written in a test, and what they give."""

import json
import zipfile
from pathlib import Path

from tracker.exports import recognise
from tracker.exports.opening import open_export
from tracker.records import Row

ANSWERS = Path(__file__).parent / "answers"
INPUTS = sorted(ANSWERS.glob("*/*.input.*"))


def rows_of(path: Path) -> list[tuple[str, Row]]:
    """Every row of a file or archive, with the slug of its format."""
    rows: list[tuple[str, Row]] = []
    for opened in open_export(path):
        chosen = recognise(opened.head)
        with opened.open() as stream:
            rows += [(chosen.slug, row) for row in chosen.read(stream, opened.sibling)]
    return rows


def kinds(path: Path) -> str:
    """F for found, R rejected, W withheld, T truncated, a letter a row."""
    return "".join(type(row).__name__[0] for _, row in rows_of(path))


def tweet(number: int, **more: object) -> dict[str, object]:
    return {"id": str(2096871087928247273 + number), "text": f"post {number} ✊", "author_id": "7"} | more


def jsonl(count: int) -> bytes:
    return b"".join(json.dumps({"data": [tweet(n)]}, ensure_ascii=False).encode() + b"\n" for n in range(count))


def written(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path
