"""Forgetting: whom a letter means, that nothing of theirs is left anywhere, and that they do not come back."""

import gzip
import json
import os
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.labels import Labels
from pipelines.forget import forget, wishes_of
from pipelines.running import running
from tests import invented
from tests.desk import Desk
from tests.warm import Warm
from tracker.campaign import read_campaign
from tracker.codings import Coding
from tracker.problems import IncompleteRun, UsageProblem
from tracker.records import Post
from tracker.traces import Traces
from tracker.wishes import Wish, wish_for_handle, wish_for_id, wishes_for_address

X = "1847900000000000001"
STAYS = (None, '["fares"]', "he is right", None)


# ---- whom a letter means ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "wish"),
    [
        ("https://x.com/ann", Wish("handle", "x", "ann")),
        ("https://mobile.twitter.com/Ann/", Wish("handle", "x", "Ann")),
        (f"https://twitter.com/ann/status/{X}?s=20", Wish("post", "x", X)),
        (f"https://twitter.com/i/web/status/{X}", Wish("post", "x", X)),
        ("https://bsky.app/profile/ann.example.org", Wish("handle", "bluesky", "ann.example.org")),
        ("https://bsky.app/profile/did:plc:abc", Wish("author", "bluesky", "did:plc:abc")),
        ("https://bsky.app/profile/did:plc:abc/post/3k", Wish("post", "bluesky", "at://did:plc:abc/app.bsky.feed.post/3k")),
        ("at://did:plc:abc/app.bsky.feed.post/3k", Wish("post", "bluesky", "at://did:plc:abc/app.bsky.feed.post/3k")),
        ("https://example.social/@ann", Wish("handle", "mastodon", "ann@example.social")),
        ("https://example.social/@ann/1234", Wish("address", "", "https://example.social/@ann/1234")),
        ("https://example.social/@ann@far.example", Wish("handle", "mastodon", "ann@far.example")),
        ("https://example.social/users/ann", Wish("handle", "mastodon", "ann@example.social")),
        ("https://example.social/users/ann/statuses/1", Wish("address", "", "https://example.social/users/ann/statuses/1")),
        ("https://www.reddit.com/user/ann/", Wish("handle", "reddit", "ann")),
        ("https://old.reddit.com/r/buses/comments/1abcd2/late_again/", Wish("post", "reddit", "t3_1abcd2")),
        ("https://www.reddit.com/r/buses/comments/1abcd2/late_again/k9zz1/?context=3", Wish("post", "reddit", "t1_k9zz1")),
        ("https://redd.it/1abcd2", Wish("post", "reddit", "t3_1abcd2")),
        (
            "https://blog.example.org/2026/10/a-post#comment-4",
            Wish("address", "", "https://blog.example.org/2026/10/a-post#comment-4"),
        ),
    ],
)
def test_an_address_is_a_person_or_a_post(address: str, wish: Wish) -> None:
    assert wishes_for_address(address) == (wish,)


@pytest.mark.parametrize("text", ["ann", "tiktok:ann", "x:", ""])
def test_a_handle_without_its_platform_is_refused(text: str) -> None:
    for reads in (wish_for_handle, wish_for_id):
        with pytest.raises(UsageProblem, match="platform"):
            reads(text)


@pytest.mark.parametrize("text", ["the one about buses", "https://[x.com/ann", "https://"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageProblem, match="no address"):
        wishes_for_address(text)


def test_traces_are_words_not_parts_of_them() -> None:
    traces = Traces(handles=["ann"], ids=["42", X], urls=["https://example.org/a"], texts=["x" * 30, "short"])
    assert traces.in_name("posts of @ann.csv") and not traces.in_name("posts of anna.csv")
    there = (
        "so says @ann!",
        '{"user": "Ann"}',
        "https://x.com/ann/status/1",
        f"id {X},",
        '"42"',
        "https://example.org/a",
        "x" * 30,
    )
    others = (
        "@ann@example.org",
        "@ann.example.org",
        "@anna said",
        "ann",
        "annual",
        "42 buses",
        f"1{X}",
        "https://example.org/abc",
        "short",
    )
    assert [text for text in there if not traces.in_text(text)] == []
    assert [text for text in others if traces.in_text(text)] == []
    assert not Traces().in_text("anything")
    beside_another = Traces(handles=["ann"], namesakes=[("hills.example", "ann")])
    for text in ("https://hills.example/@Ann/1", "https://hills.example/users/ann/statuses/1", "https://hills.example/@ann"):
        assert traces.in_text(text) and not beside_another.in_text(text), text
    for text in (
        "https://x.com/ann",
        "https://on.hills.example/@ann",
        "https://nohills.example/@ann",
        "https://hills.example/@ann, says @ann",
    ):
        assert beside_another.in_text(text), text


# ---- what is filtered ------------------------------------------------------------------------------------------------


def test_mentions_and_addresses_of_the_forgotten_are_taken_out_of_others_posts(tmp_path: Path) -> None:
    forgotten = Forgotten(DataFolder(tmp_path / "data").create())
    named = [("handle", "x", "ann"), ("author", "x", "1000"), ("post", "x", X), ("handle", "mastodon", "bea@example.social")]
    forgotten.tombstones(named, now="2026-11-01T00:00:00Z", reason="asked")
    links = (f"https://x.com/Ann/status/{X}", "https://example.social/@bea", "https://example.org/annual")
    text = f"@ANN and @anna: see {links[0]} {links[1]} {links[2]}"
    post = Post("x", "7", text, "2026-10-01T00:00:00Z", mentions=("Ann", "anna"), links=links)
    kept = forgotten.filtered(post)
    assert kept is not None
    assert kept.text == f"[removed] and @anna: see [link removed] [link removed] {links[2]}"
    assert kept.mentions == ("anna",)
    assert kept.links == (links[2],)
    said = 'He calls himself "Ann": @ann.Really, @ann@example.org, @bea@example.social, https://x.com/ann?s=20'
    other = forgotten.filtered(Post("x", "8", said, "2026-10-01T00:00:00Z"))
    assert other is not None
    assert other.text == 'He calls himself "[removed]": [removed].Really, @ann@example.org, [removed], [link removed]'
    assert not forgotten.allows_raw("x", json.dumps({"text": "hello @Ann"}).encode())
    assert not forgotten.allows_raw("x", json.dumps({"in_reply_to": int(X)}).encode())
    assert forgotten.allows_raw("x", json.dumps({"text": "hello @anna, annual"}).encode())


# ---- the whole of it -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def a_night(tmp_path_factory: pytest.TempPathFactory, program: Warm) -> Desk:
    """A night's work: posts, some of which name rider1003 or answer them; a backup, and files in the inbox."""
    made = Desk.at(tmp_path_factory.mktemp("night"))
    fill(made)
    assert program.run(made, "nightly").code == 0
    return made


@pytest.fixture
def desk(a_night: Desk, tmp_path: Path) -> Desk:
    """The same night's work, to do with as one likes."""
    for part in (a_night.campaign, a_night.data, a_night.files):
        shutil.copytree(part, tmp_path / part.name)
    return Desk(tmp_path / a_night.campaign.name, tmp_path / a_night.data.name, tmp_path / a_night.files.name)


def fill(desk: Desk) -> None:
    theirs = invented.x_id(3)
    tweets = [invented.tweet(number) for number in range(40)]
    tweets.append(invented.tweet(50, "@rider1003 is right about fares #SaveOurBuses", author_id="2001"))
    tweets.append(invented.tweet(52, 'He says "rider1003" and https://x.com/rider1003?s=20 #SaveOurBuses', author_id="2004"))
    tweets.append(
        invented.tweet(
            51,
            "Answering a question #SaveOurBuses",
            author_id="2002",
            referenced_tweets=[{"type": "replied_to", "id": theirs}],
            conversation_id=theirs,
        )
    )
    inbox = DataFolder(desk.data).create().inbox
    with gzip.open(inbox / "all.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(invented.page(tweets))
    (inbox / "others.jsonl").write_text(invented.page([invented.tweet(60, author_id="2003")]), encoding="utf-8")
    old = (1_700_000_000, 1_700_000_000)
    for path in inbox.iterdir():
        if path.is_file():
            os.utime(path, old)


def code_one_of_theirs(desk: Desk) -> None:
    labels = Labels(DataFolder(desk.data))
    row = desk.query(f"select text from posts where native_id = '{invented.x_id(3)}'")
    labels.add(Coding("x", invented.x_id(3), str(row[0][0]), "sue", "2026-11-01T00:00:00Z", relevant=True, themes=("fares",)))
    about = Coding(
        "x", invented.x_id(50), "@rider1003 is right", "sue", "2026-11-01T00:00:00Z", themes=("fares",), note="cf @rider1003"
    )
    labels.add(about)
    labels.add(
        replace(about, native_id=invented.x_id(50), coder="dee", text="he is right", note="Rider 1003 began it, not rider1004")
    )
    labels.close()


def hand_out(desk: Desk) -> None:
    """Exports with and without them, and a snapshot that a researcher holds."""
    for name, text in (("all.csv", "7,@rider1003 is right"), ("of @rider1003.csv", "7,x"), ("rest.csv", "8,buses")):
        (desk.data / "exports").mkdir(exist_ok=True)
        (desk.data / "exports" / name).write_text(text)
    db = sqlite3.connect(desk.data / "tracker.db")
    db.execute("insert into registered_copies(made_at, kind, file, holder) values ('2026-11-01', 'snapshot', 's1.zip', 'Uni')")
    db.execute("update post_origins set file = 'of rider1003.jsonl' where post_id = 1")
    db.commit()
    db.close()


def traces(desk: Desk) -> list[str]:
    """Where the bytes of DATA, unpacked, still say who it was."""
    theirs = {invented.x_id(number) for number in range(3, 40, 7)}
    needles = [b"rider1003", *(name.encode() for name in theirs), *(f"Number {n}: the fares".encode() for n in range(3, 40, 7))]
    return [
        f"{path.name}: {needle.decode()}" for path, content in desk.unpacked_files() for needle in needles if needle in content
    ]


def test_who_wrote_nothing_but_a_forgotten_post_is_kept_no_longer_either(desk: Desk, program: Warm) -> None:
    accounts = "select native_id from authors where native_id in ('1004', '2001') order by native_id"
    assert desk.query(accounts) == [("1004",), ("2001",)]
    ended = program.run(desk, "forget", "--id", f"x:{invented.x_id(50)}", "--id", f"x:{invented.x_id(4)}")
    assert ended.code == 0 and "Deleted: 2 posts, 1 account," in ended.out, ended
    assert desk.query(accounts) == [("1004",)], "of whom other posts are here"


def test_holders_of_copies_are_told_of_reposts_too_since_they_hold_the_same_words(tmp_path: Path, program: Warm) -> None:
    desk, theirs = Desk.at(tmp_path), invented.x_id(3)
    words = "RT @rider1003: Fares are far too high #SaveOurBuses"
    of_it = invented.tweet(70, words, author_id="2005", referenced_tweets=[{"type": "retweeted", "id": theirs}])
    (desk.files / "a.jsonl").write_text(invented.page([*map(invented.tweet, range(10)), of_it]), encoding="utf-8")
    assert program.run(desk, "import", desk.files / "a.jsonl").code == 0
    assert program.run(desk, "export", desk.files / "out", "--holder", "Uni").code == 0
    assert f'"{invented.x_id(70)}"' in (desk.files / "out" / "posts.csv").read_text()
    told = desk.files / "list.csv"
    assert program.run(desk, "forget", "--handle", "x:rider1003", "--withdrawals", told).code == 0
    gone = {line.rsplit(",", 1)[1] for line in told.read_text().splitlines() if line.startswith("x,post,")}
    assert gone == {theirs, invented.x_id(70)}
    assert desk.value(f"select count(*) from posts where native_id in ('{theirs}', '{invented.x_id(70)}')") == 0


def test_a_person_leaves_every_store_file_and_backup_and_does_not_come_back(desk: Desk, program: Warm) -> None:
    code_one_of_theirs(desk)
    with closing(sqlite3.connect(desk.data / "tracker.db")) as db, db:
        db.execute("insert into emerging_talk values ('link', 'https://x.com/rider1003', 5, 0, 4, '[]', 0)")
    hand_out(desk)
    assert program.run(desk, "backup").code == 0
    assert traces(desk)
    tried = program.run(desk, "forget", "--handle", "x:Rider1003", "--dry-run")
    assert tried.code == 0
    assert "Nothing was changed" in tried.out
    assert traces(desk)
    untold = program.run(desk, "forget", "--handle", "x:Rider1003")
    assert untold.code == 2 and "held by Uni" in untold.err
    assert traces(desk)
    full = program.run(desk, "forget", "--handle", "x:Rider1003", "--withdrawals", "/dev/full")
    assert full.code == 6 and "could not be written to /dev/full" in full.err and "Nothing was forgotten yet" in full.err, full
    inside = program.run(desk, "forget", "--handle", "x:Rider1003", "--withdrawals", desk.data / "list.csv")
    assert inside.code == 2
    (desk.files / "letter").write_text("# of November\nx:Rider1003\n")
    (desk.files / "list.csv").write_text("an older one, which everybody may read\n")
    (desk.files / "list.csv").chmod(0o644)
    words = ("--from", desk.files / "letter", "--withdrawals", desk.files / "list.csv", "--by", "sue")
    ended = program.run(desk, "forget", *words)
    assert ended.code == 0, ended
    assert traces(desk) == []
    assert f"x,post,{invented.x_id(3)}" in (desk.files / "list.csv").read_text()
    assert (desk.files / "list.csv").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (desk.data / "exports").iterdir()] == ["rest.csv"]
    assert "6 posts" in desk.value("select note from registered_copies")
    assert not (desk.data / "forgetting").exists()
    assert "all.jsonl.gz" in ended.out
    assert "6 posts" in ended.out
    assert sorted(path.name for path in (desk.data / "inbox" / "done").iterdir()) == ["others.jsonl"]
    assert desk.value("select text from posts where native_id = '" + invented.x_id(50) + "'") == (
        "[removed] is right about fares #SaveOurBuses"
    )
    assert desk.query(f"select reply_to, conversation_id from posts where native_id = '{invented.x_id(51)}'") == [(None, None)]
    codings = desk.query("select native_id, relevant, themes, text, note from codings order by id", "labels.db")
    assert [row[1:] for row in codings] == [(1, '["fares"]', None, None), (None, '["fares"]', None, None), STAYS]
    assert codings[0][0].startswith("forgotten:") and codings[1][0] == codings[2][0] == invented.x_id(50)
    assert desk.query("select action, actor, count from audit") == [("forget", "sue", 6)]
    desk.is_sound()
    fill(desk)
    assert program.run(desk, "nightly").code == 0
    backup = sorted((desk.data / "backups").iterdir())[-1]
    assert program.run(desk, "restore", backup).code == 0
    assert desk.value("select count(*) from authors where native_id = '1003'") == 0
    assert desk.value("select count(*) from posts where text like '%rider1003%'") == 0
    assert desk.value("select count(*) from posts") == 38


def test_one_post_leaves_and_its_author_stays(desk: Desk, program: Warm) -> None:
    gone, before = invented.x_id(3), desk.value("select count(*) from posts")
    ended = program.run(desk, "forget", "--url", f"https://x.com/rider1003/status/{gone}")
    assert ended.code == 0, ended
    assert desk.value("select count(*) from posts") == before - 1
    assert desk.value("select count(*) from authors where native_id = '1003'") == 1
    assert desk.value(f"select count(*) from posts where native_id = '{gone}'") == 0


def test_who_is_not_there_yet_is_not_taken_in_later(desk: Desk, program: Warm) -> None:
    ended = program.run(desk, "forget", "--id", "x:2009", "--handle", "bluesky:zoe.example.org")
    assert ended.code == 0, ended
    before = desk.value("select count(*) from posts")
    new = [invented.tweet(70, author_id="2009"), invented.tweet(71, author_id="2010")]
    (desk.files / "new.jsonl").write_text(invented.page(new), encoding="utf-8")
    assert program.run(desk, "import", desk.files / "new.jsonl").code == 0
    assert desk.value("select count(*) from posts") == before + 1


def test_naming_nobody_is_refused(desk: Desk, program: Warm) -> None:
    for words in ((), ("--dry-run",), ("--handle", "ann"), ("--url", "ann")):
        ended = program.run(desk, "forget", *words)
        assert ended.code == 2, ended
        assert "Next: " in ended.err


def test_an_open_page_is_said_to_be_in_the_way(desk: Desk, program: Warm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.sweeping.WAIT_MS", 50)
    reader = sqlite3.connect(f"file:{desk.data / 'tracker.db'}?mode=ro", uri=True, isolation_level=None)
    reader.execute("begin")
    assert reader.execute("select count(*) from posts").fetchone()[0] > 0
    opened = running("forget", read_campaign(desk.campaign), DataFolder(desk.data))
    with opened as run, pytest.raises(IncompleteRun) as refused:
        forget(run, wishes_of(["x:rider1003"], [], []))
    reader.close()
    assert refused.value.exit_code == 3 and "Stop `serve`" in refused.value.next_step
    assert program.run(desk, "prune").code == 0
    assert traces(desk) == []


def test_an_encrypted_backup_is_named_and_restores_without_them(desk: Desk, program: Warm) -> None:
    (desk.files / "key").write_text(desk.seal_backups())
    assert program.run(desk, "backup").code == 0
    ended = program.run(desk, "forget", "--handle", "x:rider1003")
    assert ended.code == 0, ended
    (sealed,) = (desk.data / "backups").glob("*.age")
    assert f"{sealed.name} is encrypted" in ended.out
    assert program.run(desk, "restore", sealed, "--identity", desk.files / "key").code == 0
    assert desk.value("select count(*) from authors where native_id = '1003'") == 0


def test_a_forget_that_is_killed_is_ended_by_the_next_command(desk: Desk, program: Warm) -> None:
    """Many more of these: `make faults` (test_forget_many.py)."""
    program.begin(desk, "forget", "--handle", "x:rider1003")
    end = time.monotonic() + 20
    unswept = "select count(*) from tombstones where swept_at is null"
    while desk.query(unswept, "forgotten.db") == [(0,)] and time.monotonic() < end:
        time.sleep(0.001)
    assert program.killed(0), "it ended before it could be killed"
    assert desk.query(unswept, "forgotten.db") != [(0,)]
    assert program.run(desk, "prune").code == 0
    assert traces(desk) == []
    desk.is_sound()
    assert program.run(desk, "forget", "--handle", "x:rider1003").code == 0
