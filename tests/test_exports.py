"""The readers of exports: held against invented files and the rows that they must give, and against damage of every kind."""

import bz2
import gzip
import json
import re
import tarfile
import zipfile
from contextlib import suppress
from dataclasses import MISSING, fields
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
import xlsxwriter
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker.exports import FORMATS, by_slug, recognise
from tracker.exports.head import Head
from tracker.exports.lines import numbered_lines
from tracker.exports.opening import open_export
from tracker.problems import Problem, TruncatedFile, UnknownFormat, UsageProblem
from tracker.records import Author, Counts, Found, Lacking, Post, Rejected, Row, Truncated, Withheld

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


def tweet(number: int, **more: object) -> dict[str, object]:
    return {"id": str(2096871087928247273 + number), "text": f"post {number} ✊", "author_id": "7"} | more


def jsonl(count: int) -> bytes:
    return b"".join(json.dumps({"data": [tweet(n)]}, ensure_ascii=False).encode() + b"\n" for n in range(count))


def written(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def kinds(path: Path) -> str:
    """F for found, R rejected, W withheld, T truncated, a letter a row."""
    return "".join(type(row).__name__[0] for _, row in rows_of(path))


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def as_zstd_does(content: bytes) -> bytes:
    return zstd.compress(content, options={zstd.CompressionParameter.checksum_flag: 1})


TWEETS_JS = b'window.YTD.tweets.part0 = [{"tweet": {"id_str": "2096871087928247273", "full_text": "mine"}}]'
MANIFEST_JS = b'window.__THAR_CONFIG = {"userInfo": {"accountId": "7", "userName": "ann_eg", "displayName": "Ann"}}'


@pytest.mark.parametrize("packed", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-16-be with its mark"])
def test_a_file_is_read_whatever_it_is_packed_and_encoded_in(tmp_path: Path, packed: Any, encoding: str) -> None:
    text = jsonl(3).decode()
    content = (b"\xfe\xff" if "mark" in encoding else b"") + text.encode(encoding.partition(" ")[0])
    rows = rows_of(written(tmp_path, "a.csv", packed(content)))
    assert [row.post.text for _, row in rows if isinstance(row, Found)] == ["post 0 ✊", "post 1 ✊", "post 2 ✊"]


def test_a_gzip_that_is_cut_keeps_its_whole_rows_and_says_so(tmp_path: Path) -> None:
    random = Random(7)
    many = b"".join(jsonl(1).replace(b"post 0", str(random.random()).encode()) for _ in range(6_000))
    packed = gzip.compress(many)
    rows = [row for _, row in rows_of(written(tmp_path, "a.gz", packed[: len(packed) // 2]))]
    assert isinstance(rows[-1], Truncated) and "cut short" in rows[-1].reason
    assert len(rows) > 1_500 and all(isinstance(row, Found) for row in rows[:-1])


def test_a_gzip_with_a_wrong_checksum_gives_no_row_since_any_may_be_wrong(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(jsonl(50)))
    packed[-6] ^= 0xFF
    with pytest.raises(TruncatedFile, match=r"^a\.gz cannot be read as it was packed"):
        rows_of(written(tmp_path, "a.gz", bytes(packed)))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, as_zstd_does, "zip", "xlsx", "tar"])
def test_a_packed_file_that_is_damaged_in_the_middle_gives_no_row(tmp_path: Path, pack: Any) -> None:
    path = tmp_path / "a.packed"
    random = Random(1)
    many = "\n".join(json.dumps({"data": [tweet(n, text=f"word {random.random()}")]}) for n in range(1, 3000)).encode()
    if pack == "zip":
        zipped(path, {"a.jsonl": many})
    elif pack == "xlsx":
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            for at in range(3000):
                sheet.write_row(at, 0, [at, random.random()])
    elif pack == "tar":
        with tarfile.open(path, "w:gz") as archive:
            told = tarfile.TarInfo("outbox.json")
            told.size = len(many)
            archive.addfile(told, BytesIO(many))
    else:
        path.write_bytes(pack(many))
    content = bytearray(path.read_bytes())
    assert rows_or_problem(path) or pack in ("xlsx", "tar")
    content[len(content) // 2 : len(content) // 2 + 40] = random.randbytes(40)
    path.write_bytes(content)
    with pytest.raises(TruncatedFile, match="cannot be read as it was packed") as problem:
        for opened in open_export(path):
            opened.open()
    assert problem.value.safe == "Nothing of it was stored." and "Fetch or copy it again" in problem.value.next_step


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
    (opened,) = open_export(zipped(tmp_path / "strange.zip", {"read.txt": b"hello"}))
    with pytest.raises(UnknownFormat, match="nothing in it that is known"):
        recognise(opened.head)


# ---- damage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "letters"),
    [
        (jsonl(2) + b'{"data": [{"id": "1", "te', "FFT"),
        (jsonl(1) + b"not json\n\n" + jsonl(1), "FRF"),
        (jsonl(1) + b'{"data": ["caf\xe9"]}\n' + jsonl(1), "FRF"),
        (jsonl(1) + b'{"data": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}\n" + jsonl(1), "FRF"),
        (jsonl(1) + b'{"data": [{"id": ' + b"9" * 5000 + b', "text": "a"}]}\n' + jsonl(1), "FRF"),
        (jsonl(1) + b'{"data": [{"id": NaN, "text": "a"}, {}]}\n', "FR"),
        (jsonl(1) + b'{"data": 5}\n{"data": [5, null]}\n[]\n5\n', "FRRRR"),
        (b'[{"id": "2096871087928247273", "text": "a", "author_id": "7"}, {"id": 1e5, "text": "b"}, nul, {"id": "1"', "FRRT"),
        (b'[\n {"id": "2096871087928247273",\n "text": "a", "author_id": "7"},\n {"id": ' + b"9" * 5000 + b"},\n 7]", "FRR"),
        (b'{\n "data": {"id": "2096871087928247273",\n "text": "a"}\n}\n{\n "data": []\n}\n', "F"),
        (b'{"meta": {"result_count": 0, "next_token": "abc"}}', ""),
        (b'{"errors": [{"detail": "gone"}], "meta": {"result_count": 0}}\n', ""),
        (b" \n\n", ""),
    ],
)
def test_damage_to_json_costs_the_damaged_rows(tmp_path: Path, content: bytes, letters: str) -> None:
    assert kinds(written(tmp_path, "a", content)) == letters


def test_a_document_that_is_not_utf8_says_where_and_keeps_what_was_before(tmp_path: Path) -> None:
    first = b'[\n{"id": "2096871087928247273", "text": "a", "author_id": "7"},\n'
    (opened,) = open_export(written(tmp_path, "a.json", first + b'{"id": "1", "text": "caf\xe9"}]'))
    rows = []
    with opened.open() as stream, pytest.raises(UsageProblem, match=f"position {len(first) + 24}"):
        for row in recognise(opened.head).read(stream, opened.sibling):
            rows.append(row)
    assert [type(row) for row in rows] == [Found]


def test_a_line_without_end_is_passed_over_without_being_held() -> None:
    stream = BytesIO(b"one\n" + b"x" * 1000 + b"\nthree\n" + b"y" * 1000)
    assert list(numbered_lines(stream, limit=100)) == [(1, b"one\n"), (2, None), (3, b"three\n"), (4, None)]


HEADER = b"id_str,from_user,text,created_at,status_url\r\n"


def sheet_row(number: int, text: bytes) -> bytes:
    return b"%d,ann,%s,Mon Sep 07 08:00:00 +0000 2026,\r\n" % (2096871087928247273 + number, text)


@pytest.mark.parametrize(
    ("content", "letters"),
    [
        (sheet_row(1, b'"never closed') + sheet_row(2, b"b") + sheet_row(3, b"c"), "RFF"),
        (sheet_row(1, b'"two\r\nlines, and ""more"""') + HEADER + b"\r\n" + sheet_row(2, b"b"), "FF"),
        (sheet_row(1, b"caf\xc3\xa9") + sheet_row(2, b"caf\xe9") + sheet_row(3, b"a\0b"), "FRF"),
        (sheet_row(1, b"a") + sheet_row(2, b'"cut in the mid')[:40], "FT"),
        (sheet_row(1, b"a") + b"2096871087928247275,ann", "FT"),
        (sheet_row(1, b"a") + sheet_row(2, b"whole").rstrip(), "FF"),
        (sheet_row(1, b"a,b") + sheet_row(2, b"a").replace(b",", b"\t"), "RF"),
        ((sheet_row(1, b"a") + sheet_row(2, b"b")).replace(b"\r\n", b"\r"), "FF"),
        (sheet_row(1, b"x" * 1_100_000) + sheet_row(2, b"b"), "RF"),
        (b"", ""),
    ],
)
def test_damage_to_a_table_costs_the_damaged_rows(tmp_path: Path, content: bytes, letters: str) -> None:
    header = HEADER.replace(b"\r\n", b"\r") if b"\n" not in content and content else HEADER
    assert kinds(written(tmp_path, "a.csv", header + content)) == letters


def test_a_table_that_is_asked_to_be_tags_but_is_not_is_refused(tmp_path: Path) -> None:
    (opened,) = open_export(written(tmp_path, "a.csv", b"id,text\n1,a\n"))
    with opened.open() as stream, pytest.raises(UsageProblem, match="columns of TAGS"):
        list(by_slug("tags").read(stream, opened.sibling))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"data": [{"start": "a", "end": "b", "tweet_count": 5}], "meta": {"total_tweet_count": 5}}', "twarc2 counts"),
        (b'{"data": [{"id": "1", "name": "A", "username": "a"}]}', "twarc2 users"),
        (b'\n{"id": "1", "action": "delete", "created_at": "2019", "reason": "protected"}', "compliance"),
        (b"id,created_at,text\n1,2,3\n", "begins with id, created_at, text"),
        (b"window.YTD.direct_messages.part0 = [ {} ]", "'direct_messages' of an X archive"),
        (b"<!DOCTYPE html><html><body>Please sign in", "web page"),
        (b"<html><TABLE><tr><td>id_str</td></tr></table></html>", "web page with a table; open it in a spreadsheet program"),
        (b"PK\x03\x04\x14\0\0\0Index/Document.iwa", "Numbers, Pages or Keynote; in Numbers choose File, Export To"),
        (b"PK\x03\x04\x14\0\0\0xl/workbook.bin", "save it as .xlsx"),
        (b"PK\x03\x04\x14\0\0\0word/document.xml", "document of Word"),
        (b"Rar!\x1a\x07\x01\0", "RAR archive"),
        (b'{"url": "https://docs.example/1", "doc_id": "1", "email": "a@b.example"}', "only a link to a document of Google"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:x"/>', "Excel of 2003"),
        (b'Reading ...\n{"data": [{"id": "1", "text": "a"}]}\n', "beginning of twarc2 JSON lines in line 2"),
        (b'<?xml version="1.0"?><opml version="2.0"><body/></opml>', "list of feeds"),
        (b'<?xml version="1.0"?><disqus/>', "export of Disqus"),
        (b'<?xml version="1.0"?><note/>', "begins with note"),
        (b"<!-- nothing more -->", "nothing in it"),
        (b'{"topic_list": {"topics": [{"id": 1}]}}', "list of topics of a Discourse forum"),
        (b'{"items": [{"id": "1"}], "home_page_url": "https://a.example"}', "JSON Feed, but has no version"),
        (b'[{"contributorName": "a", "createdDate": "2015", "title": "b"}]', "Ning archive, but has no description"),
        (b'{"created_utc": 1, "body": "x", "id": "a"}', "posts of Reddit, but has no author"),
        (b'{"content": "x", "account": {"id": "1"}}', "Mastodon, but has no visibility"),
        (b"\xfd7zXZ\0\0", "xz"),
        (b'{"source_platform": "tiktok.com", "data": {"id": "1"}}', "Zeeschuimer capture of tiktok.com"),
        (b'{"nav_index": "1:2", "item_id": "1", "source_platform": "twitter.com"}', "its lines hold no data"),
        (b"id,thread_id,author,body,timestamp,stars\n1,1,a,b,2,5\n", "4CAT, but neither of X nor of Bluesky"),
        (b"id,created_at,from_user_name,from_user_id,lat,lng\n1,2,3,4,5,6\n", "DMI-TCAT, but has no column text"),
        (b"time,created_at,from_user_name,from_user_lang,text,source,location,lat,lng\n", "DMI-TCAT, but has no column id"),
        (b'"ID_STR"\tFrom_User\tuser_lang\tentities_str\ttext\n', "TAGS, but has no column created_at or status_url"),
        (b"Dear all, please find attached", "neither JSON nor a table"),
        (bytes(range(256)) * 20, "not a text file"),
    ],
)
def test_a_file_of_no_known_format_is_told_what_it_looks_like(content: bytes, said: str) -> None:
    with pytest.raises(UnknownFormat, match=said) as problem:
        recognise(Head.of("file", content))
    assert "TAGS CSV" in problem.value.next_step and "docs/imports.md" in problem.value.next_step


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


def rows_or_problem(path: Path) -> list[Row]:
    """What a damaged file gives; whatever is raised but a Problem fails the test."""
    rows: list[Row] = []
    try:
        for opened in open_export(path):
            for chosen in {one.slug: one for one in (recognise(opened.head), *FORMATS)}.values():
                with suppress(Problem), opened.open() as stream:
                    for row in chosen.read(stream, opened.sibling):
                        rows.append(row)
    except Problem:
        pass
    return rows


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}/{path.name}")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_done_to_a_file_there_come_rows_or_a_problem(tmp_path: Path, path: Path, data: st.DataObject) -> None:
    content = bytearray(path.read_bytes())
    at = st.integers(0, len(content))
    del content[data.draw(at) :]
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(at)
        content[start : start + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=12) | st.sampled_from(SPANNERS))
    if data.draw(st.booleans()):
        content = bytearray(gzip.compress(content))
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(0, 255))
    for row in rows_or_problem(written(tmp_path, "a", bytes(content))):
        if isinstance(row, Found):
            json.loads(row.raw)
            repr(row.post).encode("utf-8")
            assert row.post.created_at[10::9] == "TZ"
        else:
            assert row.reason


SPANNERS = [b"\0", b"\xff", b'"', b"[", b"{", b"}", b"]", b"\\ud800", b"\\u0000", b"1e999", b"-1", b"null", b"\r", b"\n", b",,"]


@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_a_known_format_or_told_what_they_look_like(content: bytes) -> None:
    with suppress(UnknownFormat):
        recognise(Head.of("a", content))


@pytest.mark.parametrize("offset", [b"\xf0\xff\xff\xff", b"\x01\0\0\0", b"\xff\xff\xff\x7f"])
def test_an_archive_that_points_to_nowhere_is_a_problem(tmp_path: Path, offset: bytes) -> None:
    whole = bytearray(zipped(tmp_path / "a.zip", {"one.jsonl": jsonl(1)}).read_bytes())
    at = whole.index(b"PK\x01\x02") + 42
    whole[at : at + 4] = offset
    with pytest.raises(UsageProblem, match=r"one\.jsonl in b\.zip cannot be unpacked"):
        list(open_export(written(tmp_path, "b.zip", bytes(whole))))


def test_lists_that_were_joined_are_read_to_the_end(tmp_path: Path) -> None:
    account = {"id": "1", "acct": "ann", "url": "https://a.example/@ann"}
    status = {"uri": "https://a.example/1", "created_at": "2026-10-01T08:00:00Z", "visibility": "public", "account": account}
    more = {**status, "uri": "https://a.example/2", "content": "<p>two</p>", "tags": []}
    first = json.dumps([{**status, "content": "<p>one</p>", "tags": []}], indent=1)
    path = tmp_path / "joined.json"
    path.write_text(first + json.dumps([more], indent=1), encoding="utf-8")
    assert kinds(path) == "FF"
    path.write_text(first + "{}", encoding="utf-8")
    assert kinds(path) == "FR"
