"""labels.db that another program holds for longer than is waited, or for which there is no room: who saves in the browser is told
so in plain words, and loses nothing."""

import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.labels import Labels
from tests.coding_client import Coder
from tests.pages_client import Pages, words
from tests.pages_store import NOW
from tests.signed_pages import data as data
from tests.signed_pages import lead_settling
from tests.signed_pages import pages as pages
from tracker.problems import FullDisk

SMALL = 40 << 20
"""Bytes of a small disk."""
FULL = "The disk of the machine that keeps what people write here is full, so nothing can be kept just now."
HELD = "What people write here is in use by another program, so nothing can be kept just now."


@pytest.mark.faults
def test_who_saves_while_labels_are_held_is_told_so_in_plain_words_and_finds_the_form_filled_in(
    data: DataFolder, pages: Pages
) -> None:
    lea = lead_settling(pages)
    ann, ben, lou = (Coder(Pages(data, demo_now=NOW), name) for name in ("Ann", "Ben", "Lou"))
    for coder in (ann, ben):
        coder.open("/coding/post?queue=audit")
    lou.open("/coding/lead")
    before = len(Labels(data).standing())
    hers: dict[str, str | list[str]] = {"answer": "yes", "theme": ["health"], "note": "hers"}
    saving = [
        threading.Thread(target=ann.code, args=("yes", "health"), kwargs={"note": "half a thought"}),
        threading.Thread(target=ben.send, args=("/coding/undo",)),
        threading.Thread(target=lea.send, args=("/coding/settle",), kwargs=hers),
        threading.Thread(target=lou.send, args=("/coding/lead",), kwargs={"round": "main 2"}),
    ]
    with closing(sqlite3.connect(data.labels, isolation_level=None)) as holder:
        holder.execute("begin immediate")
        for one in saving:
            one.start()
        for one in saving:
            one.join()
        holder.execute("rollback")
    assert len(Labels(data).standing()) == before
    for coder in (ann, ben, lea, lou):
        assert coder.status == 503 and HELD in words(coder.page) and "again in a minute" in coder.page
        for telling in (str(data.root), "command", "SQLite"):
            assert telling not in coder.page.split("<main")[1].split("<footer")[0], telling
    for coder, note, action in ((ann, "half a thought", "/coding/post"), (lea, "hers", "/coding/settle")):
        assert "Not kept yet." in coder.page and ("note", note) in coder.form(action).fields
        assert ("theme", "health") in coder.form(action).fields
        coder.send(action)
    assert {one.note for one in Labels(data).standing()} >= {"half a thought", "hers"}


@pytest.fixture
def small_disk(tmp_path: Path, data: DataFolder) -> Iterator[DataFolder]:
    """The same data on a small disk of their own, which only root can mount."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", disk], check=True)
    try:
        yield DataFolder(shutil.copytree(data.root, disk / "data"))
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.mark.faults
def test_who_saves_on_a_full_disk_is_told_so_in_plain_words_and_finds_the_form_filled_in(
    data: DataFolder, small_disk: DataFolder
) -> None:
    pages = Pages(small_disk, demo_now=NOW)
    ann, lou = (Coder(pages, name) for name in ("Ann", "Lou"))
    ann.open("/coding/post?queue=audit")
    lou.open("/coding/lead")
    before = len(Labels(small_disk).standing())
    unopened = DataFolder(shutil.copytree(data.root, small_disk.root.parent / "unopened"))
    ballast = small_disk.root.parent / "ballast"
    with ballast.open("wb") as stream:
        free = os.statvfs(small_disk.root)
        stream.write(bytes(free.f_bavail * free.f_bsize))
    with pytest.raises(FullDisk):
        Labels(unopened)  # what SQLite maps beside it has no room
    ann.code("yes", "health", note="half a thought " * 100)
    lou.send("/coding/lead", round="main 2")
    for coder in (ann, lou):
        assert coder.status == 503 and FULL in words(coder.page) and "has made room" in coder.page
        assert str(small_disk.root) not in coder.page and "command" not in coder.page.split("<main")[1].split("<footer")[0]
    assert "Not kept yet." in ann.page and ("theme", "health") in ann.form("/coding/post").fields
    ballast.unlink()
    ann.send("/coding/post")
    assert len(Labels(small_disk).standing()) == before + 1
