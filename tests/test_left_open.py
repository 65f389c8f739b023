"""The way from what was kept to what has a theme: each post on it is what people said of it, where they settled it."""

import csv
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from db import migrations
from db.figures import figure, figures
from db.folder import DataFolder
from db.labels import Labels
from db.store import Store
from pipelines.export import Wanted, export
from pipelines.running import Stop, quiet, running
from pipelines.summarise import summarise
from pipelines.verdicts import carry_verdicts
from tests.pages_client import Pages, words
from tests.pages_store import CAMPAIGN, NOW, build_store
from tracker.codings import Coding, bare_book, book_version
from tracker.records import Reading, Theme

OPEN = {"x": ["10010", "10022", "10034", "10046", "10058"], "mastodon": ["10003", "10015", "10027"]}
"""Posts of a question about a meeting: of these the program is not sure."""
SUE = Coding("x", "10010", None, "Sue", "2026-11-08T10:00:00Z", relevant=True)
LEFT, GIVEN = "left open, because the program was not sure", "given at least one theme"


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    made = build_store(tmp_path / "data")
    with closing(Store.open(made)) as store:
        keys = [(platform, post) for platform, posts in OPEN.items() for post in posts]
        ids = [
            number for key in keys for number in numbers(made, "select id from posts where (platform, native_id) = (?, ?)", key)
        ]
        store.keep_readings("m1", [(post, Reading("unsure", (), True, "en", 0.99, 0.4)) for post in ids])
        assert len(ids) == len(keys)
    return made


def numbers(data: DataFolder, sql: str, asked: tuple[object, ...] = ()) -> list[int]:
    with closing(sqlite3.connect(data.tracker)) as db:
        return [number for (number,) in db.execute(sql, asked)]


def settle(data: DataFolder, *codings: Coding, more: tuple[Theme, ...] = ()) -> None:
    with closing(Labels(data)) as labels:
        for coding in codings:
            labels.add(coding)
    counted_by_night(data, more)


def counted_by_night(data: DataFolder, more: tuple[Theme, ...] = ()) -> None:
    with running("classify", replace(CAMPAIGN, themes=(*CAMPAIGN.themes, *more)), data) as run:
        carry_verdicts(run)
        summarise(run)


def outcomes(data: DataFolder) -> dict[str, int]:
    """What became of the posts, as it is kept up; and it is what one gets by counting everything."""
    with closing(sqlite3.connect(data.tracker)) as db:
        kept = dict(db.execute("select key, value from figures where name = 'outcomes'").fetchall())
        assert kept == dict(db.execute(figure("outcomes")).fetchall())
        carried = (
            "select count(distinct post_id) from post_themes join posts on id = post_id where is_own = 0 and status = 'live'"
        )
        others = " and post_id not in (select post_id from post_verdicts where relevant = 0)"
        assert db.execute(carried + others).fetchone() == (kept["themed"],)
    return kept


def test_a_post_whose_themes_people_settled_is_not_left_open_and_carries_what_they_gave(data: DataFolder) -> None:
    counted_by_night(data)
    before = outcomes(data)
    assert (before["unsure"], before["empty"]) == (8, 1)
    asked_of_one = bare_book(["health"])
    with closing(Labels(data)) as labels:
        labels.keep_codebook(book_version(asked_of_one), asked_of_one, now=NOW)
    settle(
        data,
        replace(SUE, themes=("health",)),
        replace(SUE, native_id="10022"),
        replace(SUE, native_id="10034", themes=("health",)),
        replace(SUE, native_id="10034", coder="Ann"),  # half and half: the lead has yet to speak
        replace(SUE, native_id="10046", codebook=book_version(asked_of_one)),  # of the others nobody was asked
        replace(SUE, native_id="10058", codebook=book_version(asked_of_one), themes=("health",)),
        replace(SUE, platform="mastodon", native_id="10003", relevant=False),
        replace(SUE, platform="mastodon", native_id="10015", relevant=None, cannot_tell=True),
        replace(SUE, native_id="10004"),  # the program had given it a theme
        replace(SUE, native_id="30003", themes=("in-house",)),  # without words that the program could read
    )
    settled = {"themed": before["themed"] + 3 - 1, "none": before["none"] + 2, "unsure": 8 - 4}
    assert outcomes(data) == settled
    pages = Pages(data, demo_now=NOW)
    method, told = words(pages.text("/method")), words(pages.text("/data"))
    assert f"decided {settled['themed'] + settled['none']} 4 {LEFT}" in method
    assert f"{GIVEN} {settled['themed']} {settled['none']} about none of the themes" in method
    assert f"{settled['themed']} posts {GIVEN}" in told and f"4 posts {LEFT}" in told
    none = "People gave this post no theme."
    for post, said in (("10022", none), ("10004", none), ("10034", f"This post was {LEFT}.")):
        [number] = numbers(data, "select id from posts where native_id = ?", (post,))
        assert f"Themes, and why {said}" in words(pages.text(f"/post/{number}"))
    made = export(CAMPAIGN, data, Wanted(data.root / "away"), now=NOW, stop=Stop(), progress=quiet)
    with (made.target / "flow.csv").open(encoding="utf-8-sig", newline="") as file:
        (last,) = (row for row in csv.DictReader(file) if row["what"] == GIVEN)
    assert (int(last["posts"]), int(last["lost"])) == (settled["themed"], settled["none"])


def test_a_theme_that_is_new_leaves_what_the_program_was_not_sure_of_open_again_until_people_were_asked(data: DataFolder) -> None:
    books = [bare_book([theme.slug for theme in CAMPAIGN.themes] + more) for more in ([], ["meetings"])]
    with closing(Labels(data)) as labels:
        for book in books:
            labels.keep_codebook(book_version(book), book, now=NOW)
    settle(data, replace(SUE, codebook=book_version(books[0])))
    assert outcomes(data)["unsure"] == 7
    more = (Theme("meetings", "Meetings", "Where people meet.", ("meeting",)),)
    counted_by_night(data, more)
    assert outcomes(data)["unsure"] == 8
    settle(data, replace(SUE, coder="Ann", round="main 2", codebook=book_version(books[1])), more=more)
    assert outcomes(data)["unsure"] == 7
    with closing(Labels(data)) as labels:
        assert labels.undo("Ann", now=NOW) and labels.undo("Sue", now=NOW)
    counted_by_night(data, more)
    assert outcomes(data)["unsure"] == 8 and numbers(data, "select count(*) from post_verdicts") == [0]


def test_a_store_of_before_knows_which_posts_people_settled_and_is_counted_anew(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "old").create()
    old = Database(folder.tracker)
    migrations.tracker.apply(old, stop_before="m039_whole_verdicts")
    old.execute("insert into runs(id, command, started_at, status, version) values (1, 'import', '', 'ok', '0')")
    for slug, retired in (("fares", None), ("drivers", None), ("trams", NOW)):
        old.execute("insert into themes values (?, '', '', '', 'theme', 1, ?)", [slug, retired])
    for post, settled in enumerate(({}, {"fares": 0}, {"fares": 0, "drivers": 0}, {"fares": 1, "drivers": 0}), start=1):
        old.execute(
            "insert into posts(id, platform, native_id, text, kind, created_at, day, first_seen_run)"
            " values (?, 'x', ?, 'fares', 'original', ?, '2026-11-05', 1)",
            [post, str(post), NOW],
        )
        old.execute("insert into post_readings(post_id, model, outcome) values (?, 'm1', 'unsure')", [post])
        old.execute("insert into post_verdicts values (?, 1, null, 1, 0, 'read')", [post])
        for theme, given in settled.items():
            old.execute("insert into settled_themes values (?, ?, ?)", [post, theme, given])
            if given:
                old.execute("insert into post_themes values (?, ?, 1, 'person', '[]')", [post, theme])
    old.execute("insert into figures values ('outcomes', 'unsure', 4), ('counted', '', 1)")
    old.conn.commit()
    old.close()
    with closing(Store.open(folder)) as store:
        assert [row["whole"] for row in store.rows("select whole from post_verdicts order by post_id")] == [0, 0, 1, 1]
        assert figures(store._db.conn, "outcomes") == {"themed": 1, "none": 1, "unsure": 2}, "until the next night"
        store.count()
    assert outcomes(folder) == {"themed": 1, "none": 1, "unsure": 2}
