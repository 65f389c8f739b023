"""A public copy that begins from the one that is served holds what one that is built new holds, and begins from nothing else."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import pipelines.public_making
import pipelines.publish
from db.folder import DataFolder
from db.forgotten import Forgotten
from db.public_copy import about, shown_cells, shown_own_posts
from db.public_growth import digest_of, known_copy
from pipelines.public_making import begin, finish
from pipelines.publish import publish, unpublish
from pipelines.running import running
from tests.pages_store import CAMPAIGN, GOVERNED, build_store
from tests.test_counting import Debate
from tests.test_publish import quote
from tracker.problems import IncompleteRun
from tracker.records import Campaign

SMALL = replace(CAMPAIGN, smallest_cell=2, governance=GOVERNED, own_accounts=("x:ourhouse",))
FIRST = "2026-10-20T03:00:00Z"
NIGHTS = 14
SECRET = "wordsthatstandnowhereelse"


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    """A store of which a copy was made in October; there are numbers that may be told since."""
    made = build_store(tmp_path / "data", posts=120)
    publishing(made, now=FIRST)
    return made


def publishing(data: DataFolder, campaign: Campaign = SMALL, *, now: str) -> None:
    with running("publish", campaign, data, clock=lambda: now) as run:
        publish(run, by_hand=True)


def night(number: int) -> str:
    return f"2026-10-{20 + number:02}T03:00:00Z" if number < 12 else f"2026-11-{number - 11:02}T03:00:00Z"


def store(data: DataFolder, sql: str, *asked: object, file: str = "tracker.db") -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data.root / file)) as db, db:
        return db.execute(sql, asked).fetchall()


def grew(data: DataFolder, before: str) -> bool:
    """Whether the served copy began from the one of before: then it was built new when that was."""
    with closing(sqlite3.connect(data.tracker)) as db:
        known = known_copy(db)
    return known is not None and known.built == before


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that a copy holds, but for when it was made."""
    with closing(sqlite3.connect(path)) as db:
        names = [
            name for (name,) in db.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite%'")
        ]
        found = {name: sorted(db.execute(f"select * from {name}").fetchall(), key=repr) for name in names}
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
    return found


def own_post(data: DataFolder, number: int, text: str, day: str = "2026-11-20") -> None:
    store(
        data,
        "insert into posts(platform, native_id, author_id, text, created_at, day, kind, is_own, first_seen_run)"
        " select 'x', ?, author_id, ?, ?, ?, 'original', 1, 1 from posts where native_id = '30001'",
        *(f"7{number:04}", text, f"{day}T12:00:00Z", day),
    )


def test_what_begins_from_the_copy_of_before_holds_what_is_built_new(data: DataFolder, tmp_path: Path) -> None:
    """Whatever happens to the debate between two nights."""
    debate, grown = Debate(data, 7), 0
    for number in range(1, NIGHTS):
        for change in debate.chance.sample(debate.happens(), 2):
            change()
        if number % 3 == 0:
            own_post(data, number, f"Our post of night {number}, with @somebody", night(number)[:10])
        with closing(sqlite3.connect(data.tracker)) as db:
            known = known_copy(db)
        publishing(data, now=night(number))
        grown += known is not None and grew(data, known.built)
        path = tmp_path / "new.db"
        path.unlink(missing_ok=True)
        making = begin(SMALL, data, path, "", None, now=night(number), invented=False)
        assert making.prepared.new == ()
        finish(making, SMALL, data)
        assert rows(path) == rows(data.public) == rows(sorted(data.published.glob("*Z.db"))[-1])
        assert about(path)["release"] == about(data.public)["release"]
    debate.close()
    assert 3 <= grown < NIGHTS - 1, "some begin from the copy of before, and once a week one is built new"


def test_the_served_copy_and_the_one_that_is_kept_are_the_same_to_the_byte(data: DataFolder) -> None:
    for number in range(1, 6):
        own_post(data, number, f"Our post number {number}. " * 40)
        publishing(data, now=night(number))
        kept = sorted(data.published.glob("*Z.db"))[-1]
        assert grew(data, FIRST) and digest_of(data.public) == digest_of(kept)
    assert len(shown_own_posts(data.public)) == 7
    assert len({cell["told_at"] for cell in shown_cells(data.public)}) > 1


def touched(data: DataFolder) -> None:
    with closing(sqlite3.connect(data.public)) as db, db:
        db.execute("update cells set told_at = ? where id = 2", [SECRET])


def added_to(data: DataFolder) -> None:
    with closing(sqlite3.connect(data.public)) as db, db:
        db.execute("insert into quotes(text, paraphrased) values (?, 0)", [f"As @writer3 wrote: {SECRET}"])


def hidden_in(data: DataFolder) -> None:
    with closing(sqlite3.connect(data.public)) as db, db:
        db.execute(f"create table more as select '{SECRET}' as text")


def another_byte(data: DataFolder) -> None:
    held = bytearray(data.public.read_bytes())
    place = held.index(b"Europe/London")
    held[place : place + 6] = SECRET[:6].encode()
    data.public.write_bytes(held)


def in_its_log(data: DataFolder) -> None:
    """Somebody wrote to it and has it open still."""
    data.public.with_name("public.db-wal").write_bytes(b"\0" * 32)


def taken_back(data: DataFolder) -> None:
    unpublish(SMALL, data, now=FIRST, reason=SECRET)


def another_campaign_made_it(data: DataFolder) -> None:
    store(data, "update settings set value = json_set(value, '$.rules', 'others') where name = 'public_copy'")


def somebody_asked_to_be_forgotten(data: DataFolder) -> None:
    with closing(Forgotten(data)) as forgotten:
        forgotten.tombstones([("handle", "x", "somebodyelse")], now=FIRST, reason="asked")
        forgotten.mark_swept(now=FIRST)


def said_otherwise(data: DataFolder) -> None:
    store(data, "update published_cells set forgotten = forgotten + 1 where id = 1")


def an_own_post_was_deleted(data: DataFolder) -> None:
    store(data, "update posts set status = 'gone' where native_id = '30002'")


@pytest.mark.parametrize(
    "happens",
    [
        *(touched, added_to, hidden_in, another_byte, in_its_log, taken_back, another_campaign_made_it),
        *(somebody_asked_to_be_forgotten, said_otherwise, an_own_post_was_deleted),
    ],
)
def test_a_copy_that_is_not_what_was_handed_over_is_not_begun_from(
    data: DataFolder, happens: Callable[[DataFolder], None]
) -> None:
    happens(data)
    publishing(data, now=night(1))
    assert grew(data, night(1)), "it was built new"
    for path in (data.public, sorted(data.published.glob("*Z.db"))[-1]):
        assert SECRET.encode() not in path.read_bytes() and SECRET[:6].encode() not in path.read_bytes()
    assert (len(shown_own_posts(data.public)) == 1) is (happens is an_own_post_was_deleted)
    publishing(data, now=night(2))
    assert grew(data, night(1)), "the next begins from that"


def test_what_is_written_into_it_is_looked_over(data: DataFolder) -> None:
    before = data.public.read_bytes()
    quote(data, "10002", paraphrase="They say our council ended the OUTSOURCING of the bins and they, well.")
    with pytest.raises(IncompleteRun) as refused:
        publishing(data, now=night(1))
    assert "quotes.text holds words of somebody else's post" in refused.value.why
    assert data.public.read_bytes() == before and not (data.published / "being-made").exists()
    store(data, "update quotes set paraphrase = 'Ask @writer3.'", file="labels.db")
    with pytest.raises(IncompleteRun, match="last look"):
        publishing(data, replace(SMALL, paper_title="See https://example.social/@writer3"), now=night(1))
    store(data, "delete from quotes", file="labels.db")
    publishing(data, now=night(2))
    assert grew(data, FIRST)


def test_words_that_go_leave_no_byte_in_the_copy_that_is_made_without_them(data: DataFolder) -> None:
    own_post(data, 1, f"Our post says {SECRET}")
    publishing(data, now=night(1))
    assert grew(data, FIRST) and SECRET.encode() in data.public.read_bytes()
    store(data, "update posts set text = 'It says something else.' where native_id = '70001'")
    publishing(data, now=night(2))
    assert SECRET.encode() not in data.public.read_bytes()
    assert SECRET.encode() not in sorted(data.published.glob("*Z.db"))[-1].read_bytes()
    assert not (log := data.public.with_name("public.db-wal")).exists() or log.stat().st_size == 0


def test_a_copy_that_was_taken_back_meanwhile_is_put_up_whole(data: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """`unpublish` does not wait for a `publish` that is at work."""

    def taken_back_first(*asked: object) -> None:
        finish(*asked)  # type: ignore[arg-type]
        unpublish(SMALL, data, now=night(1), reason=SECRET)

    monkeypatch.setattr(pipelines.publish, "finish", taken_back_first)
    before = len(shown_cells(data.public))
    publishing(data, now=night(1))
    assert len(shown_cells(data.public)) >= before > 0 and about(data.public)["state"] == "published"
    assert SECRET.encode() not in data.public.read_bytes()


def test_what_was_kept_but_not_shown_yet_is_shown_by_the_next(data: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed once the numbers are written down, and once they are handed over."""

    def killed(*asked: object) -> None:
        raise KeyboardInterrupt

    for place, name in enumerate(("finish", "keep_known"), start=1):
        now = f"2026-11-{place}0T03:00:00Z"
        told = len(shown_cells(data.public))
        monkeypatch.setattr(pipelines.publish, name, killed)
        with pytest.raises(KeyboardInterrupt):
            publishing(data, now=now)
        monkeypatch.undo()
        publishing(data, now=now)
        kept = store(data, "select count(*) from published_cells")[0][0]
        assert len(shown_cells(data.public)) == kept
        assert told < len(shown_cells(data.public))
        assert json.loads(about(data.public)["model"])
