"""The readers of exports: held against invented files and the rows that they must give, and against damage of every kind."""

import json
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest

from tracker.exports import recognise
from tracker.exports.opening import open_export
from tracker.records import Author, Counts, Found, Post, Rejected, Row, Truncated, Withheld

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


def expected_post(said: dict[str, Any]) -> dict[str, Any]:
    """What an answer says of a post, with the values that it leaves to `Post`."""
    defaults = {f.name: f.default if f.default is not MISSING else None for f in fields(Post)} | {"counts": Counts()}
    post = defaults | {name: value for name, value in said.items() if name not in ("line", "free")}
    if post["author"]:
        post["author"] = Author(**({"platform": post["platform"], "handle": None} | post["author"]))
    if "counts" in said:
        post["counts"] = Counts(**said["counts"])
    for name in ("hashtags", "links", "mentions"):
        post[name] = tuple(tuple(one) if isinstance(one, list) else one for one in post[name])
    return post


def shown(row: Row, free: list[str]) -> dict[str, Any]:
    """A row as an answer would say it."""
    match row:
        case Found(post, _, line):
            said = {f.name: getattr(post, f.name) for f in fields(Post)}
            return {name: value for name, value in said.items() if name not in free} | {"line": line}
        case Rejected(reason, line):
            return {"rejected": reason, "line": line}
        case Withheld(reason, line):
            return {"withheld": reason, "line": line}
        case Truncated():
            return {"truncated": True}


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_gives_the_rows_that_its_answer_says(path: Path) -> None:
    answer = json.loads(path.with_name(f"{path.name.split('.')[0]}.expected.json").read_text("utf-8"))
    rows = rows_of(path)
    assert {slug.replace("-", "_") for slug, _ in rows} <= {path.parent.name}
    assert len(rows) == len(answer)
    for (_, row), said in zip(rows, answer, strict=True):
        free = said.get("free", [])
        got = shown(row, free)
        for kind in ("rejected", "withheld"):
            if kind in said:
                assert said[kind] in got.pop(kind, "(another kind of row)")
                assert got == {"line": said["line"]}
        if "truncated" in said and set(said) == {"truncated"}:
            assert got == said
        elif "platform" in said:
            wanted = expected_post(said) | {"line": said["line"]}
            assert got == {name: value for name, value in wanted.items() if name not in free}
