"""Exports of blogs and forums: what must never be read of them, and what is odd in them. Everything here is invented."""

import json
import sqlite3
import zipfile
from pathlib import Path

import pytest

from tests.desk import Desk
from tests.exported import ANSWERS, kinds, rows_of, written
from tracker.exports import recognise
from tracker.exports.head import Head
from tracker.exports.ning_seams import mended
from tracker.exports.opening import open_export
from tracker.packing import plain
from tracker.platforms.discourse import Topic, read_post
from tracker.platforms.wordpress import wordpress_text
from tracker.problems import UnknownFormat, UsageProblem
from tracker.records import Found, Lacking, Rejected, Truncated

NEVER = ("secret", "192.0.2.")
MEMBERS = (
    b'([{"contributorName":"0abc","fullName":"A secret","email":"secret@mail.example","birthdate":"1970-01-01"}{"email":"x@y"}])'
)
DISCUSSIONS = (
    b'([{"id":"7:Topic:1","contributorName":"0abc","title":"t","description":"d #SaveOurBuses",'
    b'"createdDate":"2015-01-01T00:00:00Z"}])'
)


def everything_stored(folder: Path) -> str:
    """All that the stores of a data folder say, packed items unpacked."""
    said = []
    for path in sorted(folder.glob("*.db")):
        with sqlite3.connect(path) as db:
            for (table,) in db.execute("select name from sqlite_master where type = 'table' and sql not like 'create virtual%'"):
                for row in db.execute(f'select * from "{table}"'):
                    packed = path.name == "raw.db"
                    said += [str(plain(cell) if isinstance(cell, bytes) and packed else cell) for cell in row]
    return "\n".join(said)


@pytest.mark.parametrize("name", ["wordpress/site.input.xml", "wordpress_csv/comments.input.csv", "ning/blogs.input.json"])
def test_no_address_of_a_person_is_read(name: str) -> None:
    path = ANSWERS / name
    assert "secret" in path.read_text("utf-8")
    found = [row for _, row in rows_of(path) if isinstance(row, Found)]
    assert found and not any(word in f"{row.post} {row.raw!r}" for row in found for word in NEVER)


def test_no_address_of_a_person_is_stored_anywhere(desk: Desk) -> None:
    for name in ("wordpress/site.input.xml", "wordpress_csv/comments.input.csv", "ning/blogs.input.json"):
        path = ANSWERS / name
        text = path.read_text("utf-8").replace("futurewelfare", "SaveOurBuses").replace("FutureWelfare", "SaveOurBuses")
        (desk.files / path.name).write_text(text, encoding="utf-8")
        desk.run("import", desk.files / path.name)
    stored = everything_stored(desk.data)
    assert "SaveOurBuses" in stored and not any(word in stored for word in NEVER)


@pytest.mark.parametrize("more", [[], ["--format", "ning"]])
def test_a_list_of_members_leaves_nothing_behind(desk: Desk, more: list[str]) -> None:
    path = written(desk.files, "ning-members-local.json", MEMBERS)
    ended = desk.run("import", path, *more)
    assert ended.code == 2 and "never read or stored" in ended.err and "secret" not in ended.err
    stored = everything_stored(desk.data) if desk.data.is_dir() else ""
    assert "secret" not in stored and desk.value("select count(*) from imports") == 0
    assert desk.value("select count(*) from rejected") == 0


def test_of_a_whole_ning_archive_the_members_are_passed_over(tmp_path: Path, desk: Desk) -> None:
    path = desk.files / "ning.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ning-members-local.json", MEMBERS)
        archive.writestr("ning-discussions-local.json", DISCUSSIONS)
    assert [opened.name for opened in open_export(path)] == ["ning.zip/ning-discussions-local.json"]
    assert kinds(path) == "F"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(desk.files / "ning")
    for given in (path, desk.files / "ning"):
        ended = desk.run("import", given, "--json")
        assert ended.code == 0 and "ning-members-local.json" in ended.out and "secret" not in ended.out


@pytest.mark.parametrize(
    ("broken", "meant"),
    [
        ('{"a":[{"b":1}{"b":2}]}', {"a": [{"b": 1}, {"b": 2}]}),
        ('{"a":[{"b":1}]{"b":2}],"c":3}', {"a": [{"b": 1}, {"b": 2}], "c": 3}),
        ('{"a":[{"b":1}[{"b":2}]],"c":3}', {"a": [{"b": 1}, {"b": 2}], "c": 3}),
        ('{"a":[]{"b":2}],"c":3}', {"a": [{"b": 2}], "c": 3}),
        ('{"a":[{"b":1},],"c":3,}', {"a": [{"b": 1}], "c": 3}),
        ('{"a":[{"b":1}}', {"a": [{"b": 1}]}),
        ('{"a":1 "b":"}{ ]{ \\" }"}', {"a": 1, "b": '}{ ]{ " }'}),
        ('{"a":[1 2],,"b":null}]]) {"next": 1}', {"a": [1, 2], "b": None}),
    ],
)
def test_seams_are_mended_and_strings_left_alone(broken: str, meant: object) -> None:
    found = mended(broken, 0)
    assert found and json.loads(found[0]) == meant
    assert all(mended(broken[:end], 0) is None for end in range(1, len(found[0]) // 2))


def test_a_ning_archive_in_small_pieces_of_one_large_file(tmp_path: Path) -> None:
    one = DISCUSSIONS[2:-2].replace(b'"d #Save', b'"' + b"long " * 20_000 + b"#Save")
    many = b"([" + b"".join(one.replace(b":1", b":%d" % number) for number in range(1, 41)) + b"]])"
    assert kinds(written(tmp_path, "ning.json", many)) == "F" * 40
    assert kinds(written(tmp_path, "cut.json", many[: len(many) * 3 // 10])) == "F" * 12 + "T"


def test_what_lies_beside_discussions_is_told_apart() -> None:
    for more, said in (("groupPrivacy", "groups"), ("startDate", "events"), ("photoUrl", "photos")):
        content = DISCUSSIONS.replace(b'"title"', f'"{more}":"x","title"'.encode())
        with pytest.raises(UnknownFormat, match=said):
            recognise(Head.of("a", content))


def test_a_table_of_comments_that_does_not_say_which_were_approved_is_refused() -> None:
    with pytest.raises(UnknownFormat, match="no column comment_approved"):
        recognise(Head.of("a", b"comment_ID,comment_post_ID,comment_author,comment_content,comment_date_gmt\n1,2,a,b,c\n"))


def test_an_export_that_is_damaged_in_the_middle_keeps_what_came_before(tmp_path: Path) -> None:
    whole = (ANSWERS / "wordpress/site.input.xml").read_bytes()
    at = whole.index(b"<wp:comment_id>13")
    row = rows_of(written(tmp_path, "a.xml", whole[:at] + b"</item>" + whole[at:]))[-1][1]
    assert isinstance(row, Truncated) and "damaged" in row.reason
    odd = whole.replace(b"And when?", b"And\x0b when\x01?")
    assert kinds(written(tmp_path, "b.xml", odd)) == kinds(ANSWERS / "wordpress/site.input.xml")
    with pytest.raises(UsageProblem, match="document type"):
        rows_of(written(tmp_path, "c.xml", whole.replace(b"<rss", b'<!DOCTYPE rss [<!ENTITY a "b">]><rss', 1)))


def test_a_text_without_paragraphs_gets_them() -> None:
    assert wordpress_text("one\ntwo\r\n\r\nthree <b>four</b>")[0] == "one\ntwo\n\nthree four"
    assert wordpress_text("<p>one</p>\n<p>two</p>")[0] == "one\n\ntwo"


def test_a_text_without_end_is_refused_without_being_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.exports.wordpress_wxr.LONGEST", 1000)
    whole = (ANSWERS / "wordpress/site.input.xml").read_bytes().replace(b"I said so too.", b"x" * 2000)
    row = rows_of(written(tmp_path, "a.xml", whole))[2][1]
    assert isinstance(row, Rejected) and "longer than" in row.reason


def test_a_time_without_a_zone_is_told_once(tmp_path: Path) -> None:
    content = DISCUSSIONS.replace(b"T00:00:00Z", b" 10:00:00")
    rows = [row for _, row in rows_of(written(tmp_path, "a.json", content[:-2] + content[2:]))]
    assert [type(row) for row in rows] == [Found, Lacking, Found]


def test_an_edited_post_that_does_not_say_when_is_read() -> None:
    post = {"post_number": 1, "topic_id": 2, "created_at": "2026-09-07T08:00:00Z", "cooked": "<p>x</p>", "version": 3}
    assert read_post(post, Topic()).edited_at is None
    assert read_post(post | {"updated_at": "2026-09-07T09:00:00Z"}, Topic()).edited_at == "2026-09-07T09:00:00Z"


def test_a_link_in_a_forum_that_is_none_is_left_out() -> None:
    cooked = '<p>x <a href="//[y">here</a> <a href="/there">there</a></p>'
    post = {"post_number": 1, "topic_id": 2, "created_at": "2026-09-07T08:00:00Z", "cooked": cooked}
    assert read_post(post, Topic(host="forum.example")).links == ("https://forum.example/there",)


def test_what_staff_can_fetch_of_a_forum_is_not_kept(tmp_path: Path) -> None:
    post = {"post_number": 1, "topic_id": 2, "created_at": "2026-09-07T08:00:00Z", "cooked": "<p>x</p>", "username": "ann"}
    more = {"email": "secret@mail.example", "user": {"ip_address": "192.0.2.9"}}
    page = {"post_stream": {"posts": [post | more], "stream": [1]}, "id": 2, "title": "t"}
    for content in (page, post | more):
        ((_, row),) = rows_of(written(tmp_path, "a.json", json.dumps(content).encode()))
        assert isinstance(row, Found) and not any(word in f"{row.post} {row.raw!r}" for word in NEVER)
