"""What the pages tell of phrases and of rising talk says of no post what people found, to whoever may yet have to read it."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

from db.folder import DataFolder
from db.labels import Labels
from pipelines.running import Run
from pipelines.verdicts import carry_verdicts
from pipelines.watching import watch
from tests.coded_run import SUE, code
from tests.coded_run import run as run
from tests.signed_pages import PASSWORDS
from tests.signed_pages import data as data
from tests.signed_pages import staff as staff
from tests.test_accounts import Staff
from tracker.themes import load_model

DRAW = {"drawn_at": "t", "drawn_by": "Lea", "queue": "audit", "seed": "s", "week": "2026-W41", "rate": 0.5, "population": 4}


def told(run: Run) -> tuple[int, int]:
    """Of how many posts with the phrase “drivers” people said something, as the pages tell; and how many are right."""
    carry_verdicts(run)
    watch(run, load_model(run.folder.model))
    sql = "select coded, correct from phrase_figures where theme = 'drivers' and posts > 0"
    (found,) = run.store._db.execute(sql).fetchall()
    return int(found[0]), int(found[1])


def test_a_phrase_is_right_or_wrong_by_posts_that_nobody_has_yet_to_read_blind(run: Run) -> None:
    labels = Labels(run.folder)
    labels.keep_draw(DRAW, [(("x", "2"), 0.1)])
    assert told(run) == (0, 0)
    code(run, replace(SUE, native_id="2", queue="audit"))
    assert told(run) == (0, 0), "Ann is yet to read the one post with that phrase"
    labels.set_rule("coders_each", "1", who="Lea", now="t")
    assert told(run) == (1, 1)
    labels.set_rule("coders_each", "2", who="Lea", now="t")
    code(run, replace(SUE, native_id="2", queue="audit", coder="Ann"))
    assert told(run) == (1, 1)


def test_of_few_posts_with_a_phrase_a_plain_account_is_not_told_what_people_found(data: DataFolder, staff: Staff) -> None:
    with closing(sqlite3.connect(data.tracker)) as db, db:
        for phrase, coded in (("a rare word", 4), ("a common word", 5)):
            db.execute("insert into phrase_figures values ('health', ?, 7, ?, 1, '[]', 0)", [phrase, coded])
        ((read,), (unread,)) = db.execute("select id from posts where status = 'live' order by id limit 2").fetchall()
        verdict = "insert into post_verdicts(post_id, relevant, coders, adjudicated, via, whole) values (?, 1, 2, 0, 'read', 1)"
        db.execute(verdict, [read])
        db.execute("insert into emerging_talk values ('phrase', 'night trams', 6, 0, 4, ?, 0)", [json.dumps([read, unread])])
    shown = {}
    for who in ("ann", "lea"):
        staff.cookies.clear()
        staff.sign_in(who, PASSWORDS[who])
        shown[who] = (staff.ask("/theme/health").text, staff.ask("/").text)
    assert "1 of 4" in shown["lea"][0] and "1 of 4" not in shown["ann"][0]
    assert all("1 of 5" in page for page, _ in shown.values())
    assert f'<a href="/post/{read}">one<' in shown["lea"][1] and f'<a href="/post/{unread}">another<' in shown["lea"][1]
    assert f'<a href="/post/{read}">one<' not in shown["ann"][1] and f'<a href="/post/{unread}">one<' in shown["ann"][1]
