"""labels.db that another program holds for longer than is waited: who saves in the browser is told so in plain words, and loses
nothing."""

import sqlite3
import threading
from contextlib import closing

import pytest

from db.folder import DataFolder
from db.labels import Labels
from tests.coding_client import Coder
from tests.pages_client import Pages, words
from tests.pages_store import NOW
from tests.signed_pages import data as data
from tests.signed_pages import lead_settling
from tests.signed_pages import pages as pages

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
