"""Exports that are damaged: what of them is whole is read, and the rest is a row or a problem in words."""

import bz2
import gzip
import json
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
import xlsxwriter
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.exported import INPUTS, jsonl, kinds, rows_of, tweet, written, zipped
from tracker.exports import FORMATS, by_slug, recognise
from tracker.exports.head import Head
from tracker.exports.lines import numbered_lines
from tracker.exports.opening import open_export
from tracker.problems import Problem, TruncatedFile, UnknownFormat, UsageProblem
from tracker.records import Found, Row, Truncated


def as_zstd_does(content: bytes) -> bytes:
    return zstd.compress(content, options={zstd.CompressionParameter.checksum_flag: 1})


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
    for opened in open_export(path):
        opened.open().close()
    content[len(content) // 2 : len(content) // 2 + 40] = random.randbytes(40)
    path.write_bytes(content)
    with pytest.raises(TruncatedFile, match="cannot be read as it was packed") as problem:
        for opened in open_export(path):
            opened.open()
    assert problem.value.safe == "Nothing of it was stored." and "Fetch or copy it again" in problem.value.next_step


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
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


OF_ANOTHER_KIND: tuple[object, ...] = ({}, [[]])


def places(value: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """(the names on the way to it, what holds it, its key there) of every value in a document."""
    for key, held in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        on_the_way = (*names, key) if isinstance(key, str) else names
        yield on_the_way, value, key
        yield from places(held, on_the_way)


@pytest.mark.parametrize(
    "path", [path for path in INPUTS if "json" in path.suffix], ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_a_value_of_another_kind_than_expected_costs_its_row_at_most(path: Path) -> None:
    (opened,) = open_export(path)
    chosen = recognise(opened.head)
    documents = []
    for text in [path.read_bytes()] if path.suffix == ".json" else path.read_bytes().splitlines():
        with suppress(ValueError):
            documents.append(json.loads(text))
    for document in documents:
        for holder, key in {names: (holder, key) for names, holder, key in places(document)}.values():
            was = holder[key]
            for other in OF_ANOTHER_KIND:
                holder[key] = other
                with suppress(UsageProblem):  # the list of posts itself is none
                    list(chosen.read(BytesIO(json.dumps(document).encode()), opened.sibling))
            holder[key] = was


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
