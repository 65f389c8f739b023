"""Long trials of the public copy: killed while it is made and handed over, and made of real files of many kinds."""

import os
import random
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.public_copy import about, shown_cells, shown_own_posts
from pipelines.import_exports import import_exports
from pipelines.publish import publish
from pipelines.running import running
from tests.conftest import Figure
from tests.desk import Desk
from tests.pages_store import build_store
from tests.warm import Warm
from tracker.records import Campaign

KILLS = int(os.environ.get("DEBATE_TRACKER_KILLS", "50"))
SEED = 20261125
NOW = "2026-11-25T03:00:00Z"
WORD = re.compile(r"\w+")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An invented debate of which a copy is published."""
    (tmp_path / "campaign").mkdir()
    (tmp_path / "files").mkdir()
    settings = 'name = "invented"\ntimezone = "Europe/London"\n[own]\naccounts = ["x:ourhouse"]\n[publish]\nsmallest_cell = 3\n'
    (tmp_path / "campaign" / "campaign.toml").write_text(settings, encoding="utf-8")
    build_store(tmp_path / "data", posts=150)
    return Desk(tmp_path / "campaign", tmp_path / "data", tmp_path / "files")


@pytest.mark.faults
def test_a_publish_that_is_killed_leaves_a_whole_copy_and_the_next_finishes_it(desk: Desk, program: Warm, figure: Figure) -> None:
    """In turn one that is built new, since a post of ours was edited, and one that begins from the served copy, since a post of
    ours was added."""
    folder, moments, killed, rounds = DataFolder(desk.data), random.Random(SEED), 0, 0
    assert (
        program.run(desk, "publish").code == 0
    )  # the first one counts and tells all, and takes longer than those that are killed
    began = time.monotonic()
    assert program.run(desk, "publish").code == 0
    took, numbers, left = time.monotonic() - began, shown_cells(folder.public), 0
    while killed < KILLS:
        rounds += 1
        assert rounds <= 3 * KILLS, "most end before they can be killed"
        before, text = about(folder.public), f"Our post, as it was changed the {rounds}th time"
        with closing(sqlite3.connect(folder.tracker)) as db, db:
            db.execute(EDITED if rounds % 2 else ADDED, {"text": text, "id": f"8{rounds:04}"})
        program.begin(desk, "publish")
        killed += program.killed(moments.uniform(0, took))
        left += (folder.published / "being-made").exists()
        with closing(sqlite3.connect(folder.public)) as db:
            assert db.execute("pragma integrity_check").fetchone() == ("ok",)
        shown = {post["text"] for post in shown_own_posts(folder.public)}
        assert (about(folder.public)["release"] == before["release"]) is (text not in shown), (
            "a copy of before, or the whole new one"
        )
        assert shown_cells(folder.public)[: len(numbers)] == numbers
        ended = program.run(desk, "publish")
        assert ended.code == 0, ended.err
        assert text in {post["text"] for post in shown_own_posts(folder.public)}
        names = sorted(path.name for path in folder.published.iterdir())
        assert len(names) <= 7 and all(name.endswith("Z.db") for name in names)
        assert desk.query("select * from runs where status = 'running'") == []
    figure("kill -9 during publish, each finished by the next", killed, [], f"seed {SEED}, {left} while the copy was being made")


EDITED = "update posts set text = :text where native_id = '30001'"
ADDED = """
insert into posts(platform, native_id, author_id, text, created_at, day, kind, is_own, first_seen_run)
select 'x', :id, author_id, :text, '2026-11-20T12:00:00Z', '2026-11-20', 'original', 1, 1 from posts where native_id = '30001'
"""


@pytest.mark.faults
@pytest.mark.shared
@pytest.mark.parametrize("smallest", [10, 1])
def test_copies_of_real_files_hold_no_handle_and_no_words_of_anyone(shared: Path, tmp_path: Path, smallest: int) -> None:
    """Searched by the bytes, and with other rules than the program's own last look. With a smallest cell of one far more is
    published than ever is: what protects people's names and words then are the other rules alone."""
    folder = DataFolder(tmp_path / "data")
    campaign = replace(Campaign(str(tmp_path), "everything"), smallest_cell=smallest)
    with running("import", campaign, folder) as run:
        import_exports(run, [shared / "data" / part for part in ("exports", "nasty", "payloads")])
        run.problems.clear()
    with running("publish", campaign, folder, clock=lambda: NOW) as run:
        publish(run, by_hand=True)
    held = folder.public.read_bytes().decode("utf-8", "replace").casefold()
    with closing(sqlite3.connect(folder.tracker)) as db:
        people = {handle.casefold() for (handle,) in db.execute(HANDLES) if handle}
        dids = {native_id for (native_id,) in db.execute("select native_id from authors where native_id like 'did:%'")}
        texts = [text for (text,) in db.execute("select text from posts")]
    assert len(texts) > 1000 and len(people) > 100 and len(shown_cells(folder.public)) > 20
    named = {f"@{handle}" for handle in people} | {f"{site}/{handle}" for handle in people for site in ("x.com", "twitter.com")}
    named |= {handle for handle in people if "@" in handle} | {f"/profile/{handle}" for handle in people} | dids
    assert [name for name in named if name in held] == []
    runs = {run for text in texts for run in eight(text)}
    told = {run for text in strings(folder.public) for run in eight(text)}
    assert len(runs) > 10_000 and told & runs == set()


HANDLES = "select handle from authors union select handle from post_mentions"


def eight(text: str) -> set[tuple[str, ...]]:
    words = WORD.findall(text.casefold())
    return {tuple(words[place : place + 8]) for place in range(len(words) - 7)}


def strings(path: Path) -> Iterator[str]:
    with closing(sqlite3.connect(path)) as db:
        tables = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            for row in db.execute(f"select * from {table}"):
                yield from (value for value in row if isinstance(value, str))
