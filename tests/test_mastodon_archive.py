"""A Mastodon account's whole archive, zip or tar.gz: only the outbox is read. Everything here is invented."""

import io
import json
import tarfile
from contextlib import suppress
from pathlib import Path

import pytest

from tests.exported import kinds, rows_of, zipped
from tracker.exports.opening import export_files, open_export
from tracker.problems import Problem, TruncatedFile, UsageProblem
from tracker.records import Author, Found

ME = "https://example.social/users/kit"
EVERYONE = "https://www.w3.org/ns/activitystreams#Public"


def activity(number: int, to: str = EVERYONE) -> dict[str, object]:
    note = {
        "id": f"{ME}/statuses/{number}",
        "type": "Note",
        "published": "2026-09-07T08:00:00Z",
        "attributedTo": ME,
        "to": [to],
        "cc": [],
        "content": f"<p>post {number}</p>",
        "tag": [],
    }
    return {"id": f"{ME}/statuses/{number}/activity", "type": "Create", "actor": ME, "to": [to], "cc": [], "object": note}


def members() -> dict[str, bytes]:
    outbox = {"id": "outbox.json", "type": "OrderedCollection", "orderedItems": [activity(1), activity(2, f"{ME}/followers")]}
    return {
        "actor.json": json.dumps({"id": ME, "preferredUsername": "kitty", "name": "Kit", "summary": "<p>#nobot</p>"}).encode(),
        "likes.json": json.dumps({"type": "OrderedCollection", "orderedItems": ["https://example.social/1"]}).encode(),
        "media_attachments/a.json": json.dumps({"id": "outbox.json", "orderedItems": [activity(9)]}).encode(),
        "outbox.json": json.dumps(outbox).encode(),
    }


def tarred(path: Path, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in members().items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tar"])
def test_an_archive_gives_the_outbox_alone(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path = zipped(path, members()) if name.endswith("zip") else tarred(path, "w:gz" if name.endswith("gz") else "w")
    assert kinds(path) == "FW"
    ((slug, first), _) = rows_of(path)
    assert slug == "mastodon-outbox" and isinstance(first, Found) and first.post.native_id == f"{ME}/statuses/1"
    assert first.post.author == Author("mastodon", ME, "kitty@example.social", "Kit", opted_out=True)


def test_an_unpacked_archive_gives_the_outbox_alone(tmp_path: Path) -> None:
    for name, content in (members() | {"bookmarks.json": b"{}", "avatar.png": b"png"}).items():
        (tmp_path / "archive" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "archive" / name).write_bytes(content)
    assert [opened.name for opened in open_export(tmp_path)] == [f"{tmp_path.name}/archive/outbox.json"]
    (tmp_path / "archive" / "other.jsonl").write_bytes(b"{}")
    assert [file.name for file in export_files(tmp_path)] == ["other.jsonl", "outbox.json"]
    (tmp_path / "archive" / "other.jsonl").unlink()
    ((_, first), _) = rows_of(tmp_path)
    assert isinstance(first, Found) and first.post.author and first.post.author.display_name == "Kit"


def test_the_profile_of_somebody_else_names_nobody(tmp_path: Path) -> None:
    strange = members() | {"actor.json": json.dumps({"id": "https://example.social/users/eve", "name": "Eve"}).encode()}
    ((_, first), _) = rows_of(zipped(tmp_path / "a.zip", strange))
    assert isinstance(first, Found) and first.post.author == Author("mastodon", ME, "kit@example.social")
    broken = members() | {"actor.json": b"\xff{"}
    ((_, first), _) = rows_of(zipped(tmp_path / "b.zip", broken))
    assert isinstance(first, Found) and first.post.author == Author("mastodon", ME, "kit@example.social")


def test_an_archive_that_is_cut_or_another_is_a_problem_in_words(tmp_path: Path) -> None:
    whole = tarred(tmp_path / "a.tar", "w").read_bytes()
    cut = tmp_path / "cut.tar"
    cut.write_bytes(whole[:1400])
    with pytest.raises((TruncatedFile, UsageProblem), match=r"cut\.tar is a tar archive"):
        rows_of(cut)
    other = tmp_path / "other.tar"
    with tarfile.open(other, "w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    with pytest.raises(UsageProblem, match=r"no outbox\.json"):
        rows_of(other)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_an_archive_that_is_cut_anywhere_gives_rows_or_a_problem(tmp_path: Path, mode: str) -> None:
    whole = tarred(tmp_path / "a.tar", mode).read_bytes()
    cut = tmp_path / "cut.tar"
    for end in range(0, len(whole), 53):
        cut.write_bytes(whole[:end])
        with suppress(Problem):
            assert kinds(cut) in ("", "T", "FT", "FW", "FWT")
