"""The readers of exports: held against invented files and the rows that they must give, and against damage of every kind."""

import gzip
import json
import re
import zipfile
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest

from tests.exported import INPUTS, jsonl, kinds, rows_of, written, zipped
from tracker.exports import FORMATS, by_slug, recognise
from tracker.exports.opening import open_export
from tracker.problems import TruncatedFile, UnknownFormat, UsageProblem
from tracker.records import Author, Counts, Found, Lacking, Post, Rejected, Row, Truncated, Withheld


def expected_post(said: dict[str, Any]) -> dict[str, Any]:
    """What an answer says of a post, with the values that it leaves to `Post`."""
    defaults: dict[str, Any] = {f.name: f.default if f.default is not MISSING else None for f in fields(Post)} | {
        "counts": Counts()
    }
    post = defaults | {name: value for name, value in said.items() if name not in ("line", "free")}
    if post["author"]:
        said_of_author = {name: tuple(value) if isinstance(value, list) else value for name, value in post["author"].items()}
        post["author"] = Author(**({"platform": post["platform"], "handle": None} | said_of_author))
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
        case Lacking(reason, line):
            return {"lacking": reason, "line": line}
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
        for kind in ("rejected", "withheld", "lacking"):
            if kind in said:
                assert said[kind] in got.pop(kind, "(another kind of row)")
                assert got == {"line": said["line"]}
        if "truncated" in said and set(said) == {"truncated"}:
            assert got == said
        elif "platform" in said:
            wanted = expected_post(said) | {"line": said["line"]}
            assert got == {name: value for name, value in wanted.items() if name not in free}


# ---- opening ---------------------------------------------------------------------------------------------------------


TWEETS_JS = b'window.YTD.tweets.part0 = [{"tweet": {"id_str": "2096871087928247273", "full_text": "mine"}}]'
MANIFEST_JS = b'window.__THAR_CONFIG = {"userInfo": {"accountId": "7", "userName": "ann_eg", "displayName": "Ann"}}'


@pytest.mark.parametrize("packed", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-16-be with its mark"])
def test_a_file_is_read_whatever_it_is_packed_and_encoded_in(tmp_path: Path, packed: Any, encoding: str) -> None:
    text = jsonl(3).decode()
    content = (b"\xfe\xff" if "mark" in encoding else b"") + text.encode(encoding.partition(" ")[0])
    rows = rows_of(written(tmp_path, "a.csv", packed(content)))
    assert [row.post.text for _, row in rows if isinstance(row, Found)] == ["post 0 ✊", "post 1 ✊", "post 2 ✊"]


def test_what_follows_a_gzip_is_passed_over(tmp_path: Path) -> None:
    assert kinds(written(tmp_path, "a.gz", gzip.compress(jsonl(2)) + b"garbage")) == "FF"
    assert kinds(written(tmp_path, "b.gz", gzip.compress(jsonl(2)) + gzip.compress(jsonl(1)))) == "FFF"


def test_a_file_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", compresslevel=9) as stream:
        stream.write(jsonl(1))
        for _ in range(101):
            stream.write(b" " * (1024 * 1024))
    (opened,) = open_export(path)
    with pytest.raises(UsageProblem, match="unpacks to more than"):
        opened.open()


def test_of_an_x_archive_only_posts_and_owner_are_opened(tmp_path: Path) -> None:
    private = b'window.YTD.x.part0 = [{"tweet": {"id_str": "2096871087928247999", "full_text": "secret"}}]'
    members = {"data/tweets.js": TWEETS_JS, "data/manifest.js": MANIFEST_JS}
    secrets = ("account.js", "direct-messages.js", "deleted-tweets.js", "tweet-headers.js", "like.js", "notes.jsonl")
    path = zipped(tmp_path / "x.zip", members | {f"data/{name}": private + jsonl(1) for name in secrets})
    spoiled = path.read_bytes()
    with zipfile.ZipFile(path) as archive:  # a secret whose bytes are spoiled cannot be opened without an error
        for info in archive.infolist():
            if info.filename.rpartition("/")[2] in secrets:
                at = info.header_offset
                spoiled = spoiled[:at] + b"XX" + spoiled[at + 2 :]
    path.write_bytes(spoiled)
    opened = list(open_export(path))
    assert [one.name for one in opened] == ["x.zip/data/tweets.js"]
    ((_, row),) = rows_of(path)
    assert isinstance(row, Found) and row.post.author == Author("x", "7", "ann_eg", "Ann")
    assert opened[0].sibling("account.js") is None


def test_an_unpacked_x_archive_is_as_private_as_a_packed_one(tmp_path: Path) -> None:
    data = tmp_path / "archive" / "data"
    data.mkdir(parents=True)
    for name, content in (("tweets.js", TWEETS_JS), ("manifest.js", MANIFEST_JS), ("direct-messages.js", b"secret")):
        (data / name).write_bytes(content)
    assert [one.name for one in open_export(tmp_path / "archive")] == ["archive/data/tweets.js"]
    ((_, row),) = rows_of(tmp_path / "archive")
    assert isinstance(row, Found) and row.post.url == "https://x.com/ann_eg/status/2096871087928247273"


def test_a_zip_gives_what_is_known_in_it_in_order(tmp_path: Path) -> None:
    members = {"tweets-part10.js": TWEETS_JS, "tweets-part2.js": TWEETS_JS, "tweets.js": TWEETS_JS}
    names = [one.name for one in open_export(zipped(tmp_path / "a.zip", members))]
    assert names == ["a.zip/tweets.js", "a.zip/tweets-part2.js", "a.zip/tweets-part10.js"]
    others = {"b/two.jsonl.gz": gzip.compress(jsonl(2)), "one.jsonl": jsonl(1), "read.txt": b"hello", "__MACOSX/one.jsonl": b"x"}
    assert [one.name for one in open_export(zipped(tmp_path / "b.zip", others))] == ["b.zip/b/two.jsonl.gz", "b.zip/one.jsonl"]
    assert kinds(tmp_path / "b.zip") == "FFF"


def test_a_zip_that_is_cut_or_holds_nothing_known_is_told_apart(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "a.zip", {"one.jsonl": jsonl(9)}).read_bytes()
    with pytest.raises(TruncatedFile, match="cut short"):
        list(open_export(written(tmp_path, "cut.zip", whole[: len(whole) // 2])))
    with pytest.raises(UsageProblem, match="packed once more"):
        list(open_export(written(tmp_path, "a.zip.gz", gzip.compress(whole))))
    with zipfile.ZipFile(tmp_path / "stored.zip", "w") as archive:
        archive.writestr("posts.csv", "time,created_at,from_user_name,from_user_lang,text,source,location,lat,lng\n1\n")
    (opened,) = open_export(tmp_path / "stored.zip")
    with pytest.raises(UnknownFormat, match="nothing in it that is known"):
        recognise(opened.head)
    (opened,) = open_export(zipped(tmp_path / "strange.zip", {"read.txt": b"hello"}))
    with pytest.raises(UnknownFormat, match="nothing in it that is known"):
        recognise(opened.head)


def test_every_format_has_its_row_in_the_documents() -> None:
    told = (Path(__file__).parents[1] / "docs/imports.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \(`([a-z0-9][\w-]*)`\) \|(?:[^|]+\|){4}$", told, re.MULTILINE)
    assert sorted(rows) == sorted(one.slug for one in FORMATS)


def test_a_format_is_asked_for_by_its_slug() -> None:
    assert [by_slug(one.slug) for one in FORMATS] == list(FORMATS)
    with pytest.raises(UsageProblem, match="no format 'tweets'") as problem:
        by_slug("tweets")
    slugs = problem.value.next_step.removeprefix("Use one of: ").partition(";")[0].split(", ")
    assert slugs == [one.slug for one in FORMATS if one.slug != "empty"]


ALSO = {"4cat_json": {"twarc2", "bluesky-json"}}
"""What takes a file too, but is asked after the format that knows more of it."""


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_format_takes_a_file_of_another(path: Path) -> None:
    for opened in open_export(path):
        takers = {one.slug for one in FORMATS if one.recognise(opened.head)}
        assert takers - ALSO.get(path.parent.name, set()) == {recognise(opened.head).slug}


def test_each_format_says_what_is_lost_in_it() -> None:
    for one in FORMATS:
        assert one.slug == "empty" or (len(one.lost) > 40 and one.lost.endswith(".")), one.slug
