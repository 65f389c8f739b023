"""Files that were dropped into the inbox are kept no longer than what they hold: not beyond the retention, not with posts that
were taken back, not with people who asked to be forgotten."""

import os
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.store import Store
from pipelines.backup import make_backup
from pipelines.inbox import import_inbox
from pipelines.prune import prune
from pipelines.running import running
from tests import invented
from tests.coding_client import Coder
from tests.desk import Desk
from tests.pages_client import Pages
from tests.pages_store import CAMPAIGN, build_store
from tests.warm import Warm
from tracker.campaign import read_campaign

READ_AT = "2026-11-02T02:00:00Z"
CUT = '{"data": [{"id": "1", "te'


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A night read two files and a folder, made years before they were dropped, and could not read a fourth."""
    made = Desk.at(tmp_path)
    inbox = DataFolder(made.data).create().inbox
    (inbox / "more").mkdir()
    for name, numbers in (("a.jsonl", range(10)), ("b.jsonl", range(10, 20)), ("more/c.jsonl", range(20, 25))):
        invented.twarc2_file(inbox / name, numbers)
    (inbox / "cut.jsonl").write_text(invented.page([invented.tweet(30)]) + "\n" + CUT, encoding="utf-8")
    for path in inbox.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    night(made, READ_AT)
    assert files(made) == ["done/a.jsonl", "done/b.jsonl", "done/more/c.jsonl", "failed/cut.jsonl", "failed/cut.jsonl.why.txt"]
    return made


def night(desk: Desk, now: str) -> str:
    with running("nightly", read_campaign(desk.campaign), DataFolder(desk.data), clock=lambda: now) as run:
        return import_inbox(run)


def pruned(desk: Desk, *, days: float) -> str:
    """What a prune says so many days after the files were read, where another night had the same day."""
    now = (datetime.fromisoformat(READ_AT) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    night(desk, now)
    with running("prune", read_campaign(desk.campaign), DataFolder(desk.data), clock=lambda: now) as run:
        return prune(run).sentence()


def files(desk: Desk) -> list[str]:
    inbox = desk.data / "inbox"
    return sorted(path.relative_to(inbox).as_posix() for path in inbox.rglob("*") if path.is_file())


def taken_back(desk: Desk, number: int) -> None:
    with closing(sqlite3.connect(desk.data / "tracker.db")) as db, db:
        (post,) = db.execute("select id from posts where native_id = ?", [invented.x_id(number)]).fetchone()
        db.execute("update posts set status = 'gone' where id = ?", [post])
        db.execute(
            "insert into post_status_history(post_id, status, seen_at, evidence) values (?, 'gone', ?, 'said so')",
            [post, READ_AT],
        )


# ---- retention -------------------------------------------------------------------------------------------------------


def test_files_go_when_the_items_in_them_do(desk: Desk) -> None:
    before = files(desk)
    assert "inbox" not in pruned(desk, days=29) and files(desk) == before
    assert "4 files deleted from inbox/done and failed: kept long enough" in pruned(desk, days=31)
    assert files(desk) == [] and [path.name for path in (desk.data / "inbox" / "done").iterdir()] == []
    assert desk.value("select count(*) from posts") == 26
    assert desk.telling("Number 3: the fares") == ["tracker.db: Number 3: the fares"], "a post is kept for longer than its item"


def test_the_shorter_promise_holds(desk: Desk) -> None:
    campaign = desk.campaign / "campaign.toml"
    campaign.write_text(f"{campaign.read_text()}\n[retention]\nposts_days = 5\nraw_days = 30\n")
    pruned(desk, days=6)
    assert files(desk) == [] and desk.value("select count(*) from posts") == 0


def test_what_is_told_tonight_can_be_read_tomorrow(desk: Desk) -> None:
    campaign = desk.campaign / "campaign.toml"
    campaign.write_text(f"{campaign.read_text()}\n[retention]\nraw_days = 0\n")
    assert "26 raw items" in pruned(desk, days=0.01) and len(files(desk)) == 5
    pruned(desk, days=1.01)
    assert files(desk) == []


def test_a_link_that_leads_nowhere_is_told_each_night(desk: Desk) -> None:
    link = desk.data / "inbox" / "posts.csv"
    link.symlink_to(desk.data / "moved-away.csv")
    for _ in range(2):
        with running("nightly", read_campaign(desk.campaign), DataFolder(desk.data), clock=lambda: READ_AT) as run:
            assert import_inbox(run) == "the inbox was empty"
        assert [(problem.exit_code, problem.what) for problem in run.problems] == [
            (3, "posts.csv in the inbox is a link, and what it leads to is not there.")
        ]
    assert link.is_symlink()


# ---- what was taken back ---------------------------------------------------------------------------------------------


def test_a_file_with_a_post_that_was_taken_back_goes_with_its_words(desk: Desk) -> None:
    taken_back(desk, 13)
    assert desk.telling("Number 13: the fares")
    assert "inbox" not in pruned(desk, days=0.5), "its words wait for another night, and so does the file"
    said = pruned(desk, days=1)
    assert "words of 1 post erased" in said and "1 file deleted there that held posts gone from their platform" in said
    assert "done/b.jsonl" not in files(desk) and {"done/a.jsonl", "done/more/c.jsonl", "failed/cut.jsonl"} <= set(files(desk))
    assert desk.telling("Number 13: the fares", invented.x_id(13)) == [f"tracker.db: {invented.x_id(13)}"], (
        "that there was one stays"
    )


def test_one_that_is_brought_again_goes_again(desk: Desk) -> None:
    taken_back(desk, 13)
    pruned(desk, days=1)
    invented.twarc2_file(desk.data / "inbox" / "again.jsonl", range(13, 14))
    assert "1 file deleted there" in pruned(desk, days=2)
    assert desk.telling("Number 13: the fares") == [] and "done/again.jsonl" not in files(desk)


# ---- who asked to be forgotten ---------------------------------------------------------------------------------------


def brought_later() -> str:
    """One post of theirs, one that names them, and one of somebody else."""
    named = invented.tweet(46, "@Rider1003 is right #SaveOurBuses", author_id="2001")
    return invented.page([invented.tweet(40), invented.tweet(45), named])


def test_a_file_that_holds_them_is_not_kept_after_it_was_read(desk: Desk, program: Warm) -> None:
    assert program.run(desk, "forget", "--handle", "x:rider1003").code == 0
    inbox = desk.data / "inbox"
    with_them, without = brought_later(), invented.page([invented.tweet(41)])
    for name, content in (("hers.jsonl", with_them), ("rest.jsonl", without), ("ends.jsonl", f"{with_them}\n{CUT}")):
        (inbox / name).write_text(content, encoding="utf-8")
        os.utime(inbox / name, (1_700_000_000, 1_700_000_000))
    said = night(desk, "2026-11-05T02:00:00Z")
    assert said == "3 files; 2 files deleted, with something of who asked to be forgotten"
    assert {"done/hers.jsonl", "failed/ends.jsonl"}.isdisjoint(files(desk)) and "done/rest.jsonl" in files(desk)
    assert "deleted from the inbox after reading" in (inbox / "failed" / "ends.jsonl.why.txt").read_text()
    assert desk.value(f"select count(*) from posts where native_id = '{invented.x_id(40)}'") == 1
    assert desk.telling("rider1003", "Rider1003") == []


def test_names_of_files_that_say_who_it_was_stand_nowhere(desk: Desk, program: Warm) -> None:
    """Not in what was imported and where from, and not in the diary of a run that could not read one."""
    inbox = desk.data / "inbox"

    def dropped() -> None:
        (inbox / "of @Rider1003.tags.csv").write_text("nonsense", encoding="utf-8")
        (inbox / "of Rider1003.jsonl").write_text(invented.page([invented.tweet(47)]), encoding="utf-8")

    dropped()
    assert program.run(desk, "nightly").code == 2 and desk.telling("Rider1003.")
    assert program.run(desk, "forget", "--handle", "x:rider1003").code == 0
    assert desk.telling("Rider1003") == []
    dropped()
    ended = program.run(desk, "nightly")
    assert ended.code == 2 and "no export that can be read" in ended.err, ended
    assert desk.telling("Rider1003") == []
    assert desk.value(f"select count(*) from posts where native_id = '{invented.x_id(47)}'") == 1


def test_import_says_so_and_leaves_what_lies_elsewhere(desk: Desk, program: Warm) -> None:
    assert program.run(desk, "forget", "--handle", "x:rider1003").code == 0
    for folder in (desk.data / "inbox", desk.files):
        (folder / "hers.jsonl").write_text(brought_later(), encoding="utf-8")
    ended = program.run(desk, "import", desk.data / "inbox" / "hers.jsonl", "--json")
    assert ended.code == 0 and '"held": "deleted from the inbox after reading' in ended.out, ended
    assert not (desk.data / "inbox" / "hers.jsonl").exists() and desk.telling("rider1003", "Rider1003") == []
    ended = program.run(desk, "import", desk.files / "hers.jsonl", "--json")
    assert ended.code == 0 and "it lies outside the inbox, so delete it yourself" in ended.out, ended
    assert (desk.files / "hers.jsonl").exists() and desk.telling("rider1003", "Rider1003") == []


def test_a_file_that_was_added_in_the_browser_is_not_kept_either(tmp_path: Path) -> None:
    campaign = tmp_path / "campaign"
    campaign.mkdir()
    (campaign / "campaign.toml").write_text('name = "invented"\nhashtags = ["inventeddebate"]\n', encoding="utf-8")
    data = build_store(tmp_path / "data", posts=5)
    with running("forget", read_campaign(campaign), data) as run:
        run.forgotten.tombstones([("handle", "x", "invented_ann")], now=READ_AT, reason="asked")
    pages = Pages(data, campaign=replace(CAMPAIGN, folder=str(campaign)))
    ann = Coder(pages, "Ann")
    ann.open("/add")
    table = "id_str,from_user,text,created_at,time,status_url\n"
    for number, name in enumerate(("invented_ann", "invented_ben")):
        table += f"211941706341036271{number},{name},Bins again #inventeddebate,Sun Nov 08 13:09:39 +0000 2026,"
        table += f"08/11/2026 13:09:39,https://twitter.com/{name}/statuses/211941706341036271{number}\n"
    sent = {"csrftoken": ann.form("/add").fields[0][1]}
    ann.page = pages.post("/add", data=sent, files={"file": ("bins.csv", table.encode())}, cookies=ann.cookies).text
    ann.send("/add/import")
    assert "1 post is new here" in ann.page and "The file was deleted from the inbox after reading" in ann.page, ann.page
    assert [
        path for path in data.root.rglob("*") if path.is_file() and b"statuses/2119417063410362710" in path.read_bytes()
    ] == []


# ---- what may lie there ----------------------------------------------------------------------------------------------


def test_a_name_of_any_length_finds_its_place_and_its_note(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    inbox = DataFolder(desk.data).create().inbox
    named_long = ("y" * 251, "ü" * 125)
    for name in named_long:
        (inbox / f"{name}.csv").write_text("a,b,c\n1,2,3\n", encoding="utf-8")
    for _ in range(2):
        invented.twarc2_file(inbox / f"{named_long[0]}.nd", range(3))
        night(desk, READ_AT)
    names = [f"{name[0]} {name.rpartition('.')[2] if 'why' in name else name[-8:].strip('yü')}" for name in files(desk)]
    assert files(desk)[0].startswith("done/") and all(file.startswith("failed/") for file in files(desk)[2:])
    assert sorted(names) == ["d  (2).nd", "d .nd", *("f .csv", "f .csv", "f txt", "f txt")]


def test_a_pipe_in_the_inbox_is_let_be(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    inbox = DataFolder(desk.data).create().inbox
    os.mkfifo(inbox / "pipe")
    invented.twarc2_file(inbox / "a.jsonl", range(3))
    late = threading.Timer(10, lambda: os.open(inbox / "pipe", os.O_WRONLY | os.O_NONBLOCK))  # else it is waited for without end
    late.start()
    assert night(desk, READ_AT) == "1 file"
    late.cancel()
    assert files(desk) == ["done/a.jsonl"]


def test_a_file_that_is_put_there_cut_or_taken_away_meanwhile_ends_no_backup(tmp_path: Path) -> None:
    folder, ended = DataFolder(tmp_path).create(), threading.Event()
    Store.open(folder).close()
    moving = folder.inbox / "posts.csv"

    def disturb() -> None:
        while not ended.is_set():
            with moving.open("ab") as stream:
                for _ in range(5):
                    stream.write(b"a,b\n" * 10_000)
            moving.unlink()

    beside = threading.Thread(target=disturb)
    beside.start()
    try:
        made = [make_backup(folder, "small", "", now=READ_AT, forgotten=None) for _ in range(4)]
    finally:
        ended.set()
        beside.join()
    assert {backup.files for backup in made} <= {1, 2}, "the store, and the file where it was there"
