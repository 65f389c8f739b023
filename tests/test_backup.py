"""Backups: whole, few, readable by whom they are for; and putting one back, killed at any moment, loses no store."""

import io
import os
import random
import shutil
import signal
import subprocess
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from db import migrations
from db.folder import DataFolder
from db.forgotten import Forgotten
from db.store import Store
from pipelines.archive import Manifest, extract, pack, unpacked
from pipelines.backup import DAILY, MONTHLY, WEEKLY, kept_backups
from pipelines.restore import try_backup
from pipelines.trying import trial_folder
from tests import invented
from tests.conftest import needed
from tests.desk import Desk
from tracker.problems import Problem

KILLS = int(os.environ.get("DEBATE_TRACKER_KILLS", "3"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A data folder with a few posts."""
    made = Desk.at(tmp_path)
    imported(made, range(40))
    return made


def imported(desk: Desk, numbers: range) -> None:
    assert desk.run("import", invented.twarc2_file(desk.files / f"{numbers.start}.jsonl", numbers)).code == 0


def backed_up(desk: Desk) -> Path:
    ended = desk.run("backup")
    assert ended.code == 0, ended
    (name,) = [word for word in ended.out.replace(",", " ").split() if ".tar.zst" in word]
    return Path(name)


def posts(desk: Desk) -> int:
    return int(desk.value("select count(*) from posts"))


def test_a_backup_is_put_back_as_it_was(desk: Desk) -> None:
    (desk.data / "inbox" / "waiting.csv").write_text("not yet read")
    before, path = desk.contents(), backed_up(desk)
    imported(desk, range(40, 60))
    (desk.data / "inbox" / "waiting.csv").unlink()
    ended = desk.run("restore", path)
    assert ended.code == 0, ended
    assert "0 differences" in ended.out
    after = desk.contents()
    assert after["inbox"] == before["inbox"]
    assert after == before
    desk.is_sound()
    (aside,) = (desk.data / "backups").glob("replaced-*")
    assert Desk(desk.campaign, aside, desk.files).value("select count(*) from posts") == 60
    assert not (desk.data / "restoring").exists()


def test_a_file_that_took_the_place_of_a_folder_of_the_inbox_stays(desk: Desk) -> None:
    folder = desk.data / "inbox" / "failed" / "export"
    folder.mkdir()
    (folder / "a.csv").write_text("a,b")
    path = backed_up(desk)
    shutil.rmtree(folder)
    folder.write_text("a file by now")
    ended = desk.run("restore", path)
    assert ended.code == 0 and folder.read_text() == "a file by now", ended
    assert not (desk.data / "restoring").exists()


def test_the_drill_changes_nothing(desk: Desk) -> None:
    path = backed_up(desk)
    before = {file: file.read_bytes() for file in desk.data.rglob("*") if file.is_file()}
    ended = desk.run("restore", path, "--check")
    assert (ended.code, ended.err) == (0, "")
    assert "tracker.db" in ended.out
    assert "0 differences" in ended.out
    assert {file: file.read_bytes() for file in desk.data.rglob("*") if file.is_file()} == before


def test_a_backup_is_for_its_owner_alone_and_holds_no_tombstones(desk: Desk) -> None:
    path = backed_up(desk)
    assert path.stat().st_mode & 0o077 == 0
    with unpacked(path, None, desk.files) as tar:
        assert not {"forgotten.db", "key"} & {member.name for member in tar}


def test_a_backup_for_a_recipient_is_read_only_with_the_identity(desk: Desk) -> None:
    mine, other = desk.seal_backups(), pyrage.x25519.Identity.generate()
    path, before = backed_up(desk), desk.contents()
    assert path.name.endswith(".age")
    assert b"SaveOurBuses" not in path.read_bytes()
    refused = desk.run("restore", path)
    assert refused.code == 5
    assert "--identity" in refused.err
    for name, identity in (("mine", mine), ("other", other)):
        (desk.files / name).write_text(f"# a key\n{identity}\n")
    assert desk.run("restore", path, "--identity", desk.files / "other").code == 5
    assert desk.run("restore", path, "--check", "--identity", desk.files / "mine").code == 0
    (desk.files / "none").write_text("a key of another kind\n")
    no_key = desk.run("restore", path, "--check", "--identity", desk.files / "none")
    assert (no_key.code, "no identity of age" in no_key.err) == (5, True)
    imported(desk, range(40, 60))
    assert desk.run("restore", path, "--identity", desk.files / "mine").code == 0
    assert desk.contents() == before
    whole = path.read_bytes()
    for at in range(0, len(whole), len(whole) // 12):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        assert is_refused(path, desk.files / "mine"), at
    for cut in (60, 190, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        assert is_refused(path, desk.files / "mine"), cut
    cut_off = desk.run("restore", path, "--check", "--identity", desk.files / "mine")
    assert (cut_off.code, "Traceback" in cut_off.err, "is damaged" in cut_off.err) == (6, False, True)
    path.write_bytes(whole[:40] + (b"B" if whole[40:41] == b"A" else b"A") + whole[41:])  # still base64, of another key
    not_mine = desk.run("restore", path, "--check", "--identity", desk.files / "mine")
    assert (not_mine.code, "or its first lines are damaged" in not_mine.err) == (5, True)


def test_a_restore_for_which_there_is_no_room_leaves_nothing_of_what_it_unpacked(desk: Desk) -> None:
    path, before = backed_up(desk), desk.contents()
    limit = needed("prlimit", "no restore is tried on a full disk")
    full = desk.start("restore", path, before=(limit, f"--fsize={(desk.data / 'tracker.db').stat().st_size // 2}"))
    assert (full.code, "Free some space" in full.err) == (6, True)
    assert not DataFolder(desk.data).restoring.exists() and desk.contents() == before
    assert desk.run("restore", path).code == 0


def test_what_a_killed_drill_left_goes_and_one_that_goes_on_is_let_be(tmp_path: Path) -> None:
    def aged(path: Path) -> Path:
        os.utime(path, (1, 1))
        return path

    left = tmp_path / ".trying-left"
    (left / "unpacked").mkdir(parents=True)
    aged(left)
    with trial_folder(tmp_path) as first:
        assert not left.exists()
        aged(first)
        with trial_folder(tmp_path) as second:
            assert first.is_dir()
            assert second.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_recipient_that_is_none_is_told_of_with_its_line(desk: Desk) -> None:
    campaign = desk.campaign / "campaign.toml"
    campaign.write_text(f'{campaign.read_text()}\n[backup]\nrecipient = "me@example.org"\n')
    ended = desk.run("backup")
    assert ended.code == 2
    assert "backup.recipient" in ended.err


def is_refused(path: Path, identity: Path | None = None) -> bool:
    try:
        return bool(try_backup(path, identity_file=identity).differences)
    except Problem:
        return True


def test_a_damaged_backup_is_told_of_wherever_it_is_damaged(desk: Desk) -> None:
    path, before = backed_up(desk), desk.contents()
    whole = path.read_bytes()
    for at in range(3, len(whole), len(whole) // 25):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        assert is_refused(path), at
    for cut in (0, 10, len(whole) // 2, *range(len(whole) - 12, len(whole))):
        path.write_bytes(whole[:cut])
        assert is_refused(path), cut
    ended = desk.run("restore", path)
    assert ended.code in (2, 6), ended
    assert "Traceback" not in ended.err
    folder = desk.run("restore", path.parent)
    assert folder.code == 2 and "is a folder, no backup" in folder.err
    assert desk.contents() == before
    desk.is_sound()


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "inbox/../../evil"])
def test_no_member_is_written_outside(tmp_path: Path, name: str) -> None:
    path, target = tmp_path / "b.tar.zst", tmp_path / "target"
    content = tmp_path / "content"
    content.write_text("x")
    manifest = Manifest("1", "buses", "2026-11-01T00:00:00Z", 0, files={name: (1, "0" * 64)})
    pack(path, {name: content}, manifest)
    assert try_backup(path).differences
    with unpacked(path, None, tmp_path) as tar:
        tar.next()
        extract(tar, manifest, target)
    assert not target.exists() or not list(target.rglob("*"))
    assert not (tmp_path / "evil").exists()


def test_a_link_in_a_backup_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "b.tar.zst"
    with zstd.ZstdFile(path, "w") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        told = tarfile.TarInfo("manifest.json")
        text = (
            b'{"layout": 1, "program": "1", "campaign": "x", "made_at": "", "tombstones": 0, "rows": {}, "files": {"l": [0, ""]}}'
        )
        told.size = len(text)
        tar.addfile(told, io.BytesIO(text))
        link = tarfile.TarInfo("l")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    assert try_backup(path).differences == ("l is not in the list", "l is missing")


@settings(max_examples=60)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_a_backup_or_refused_in_words(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "b.tar.zst"
    path.write_bytes(content)
    with pytest.raises(Problem):
        try_backup(path)


def test_who_asked_to_be_forgotten_since_does_not_come_back(desk: Desk) -> None:
    path = backed_up(desk)
    forgotten = Forgotten(DataFolder(desk.data))
    forgotten.tombstones([("author", "x", "1003")], now="2026-11-02T00:00:00Z", reason="asked")
    forgotten.tombstones([("handle", "x", "rider1003")], now="2026-11-02T00:00:00Z", reason="asked")
    forgotten.close()
    theirs = int(desk.value("select count(*) from posts join authors on authors.id = author_id where authors.native_id = '1003'"))
    text = str(desk.value("select text from posts join authors on authors.id = author_id where authors.native_id = '1003'"))
    ended = desk.run("restore", path)
    assert ended.code == 0, ended
    assert posts(desk) == 40 - theirs
    assert "asked to be forgotten" in ended.out
    shutil.rmtree(next((desk.data / "backups").glob("replaced-*")))
    left = b"".join((desk.data / name).read_bytes() for name in ("tracker.db", "raw.db"))
    assert text.encode() not in left
    assert b"rider1003" not in left
    desk.is_sound()


def test_a_lost_list_of_the_forgotten_stops_a_restore_until_it_is_said(desk: Desk) -> None:
    folder = DataFolder(desk.data)
    forgotten = Forgotten(folder)
    forgotten.tombstones([("author", "x", "9")], now="2026-11-02T00:00:00Z", reason="asked")
    forgotten.close()
    path = backed_up(desk)
    for name in ("forgotten.db", "key"):
        (desk.data / name).unlink()
    before = desk.contents()
    refused = desk.run("restore", path)
    assert refused.code == 2
    assert "--forgotten-lost" in refused.err
    assert desk.contents() == before and not folder.restoring.exists(), "what was unpacked holds who asked to be forgotten"
    assert desk.run("restore", path, "--forgotten-lost").code == 0


def test_a_restore_that_is_killed_leaves_the_old_stores_or_the_new(desk: Desk) -> None:
    path = backed_up(desk)
    imported(desk, range(40, 60))
    moments = random.Random(7)
    calm = Desk(desk.campaign, desk.data.with_name("calm"), desk.files)
    shutil.copytree(desk.data, calm.data)
    began = datetime.now(UTC)
    assert calm.run("restore", path).code == 0
    took = (datetime.now(UTC) - began).total_seconds()
    seen = set()
    for number in range(KILLS):
        night = Desk(desk.campaign, desk.data.with_name(f"killed-{number}"), desk.files)
        shutil.copytree(desk.data, night.data)
        process = subprocess.Popen(night.argv("restore", path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(moments.uniform(took * 0.3, took))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert night.run("import", desk.files / "0.jsonl").code == 0
        night.is_sound()
        assert posts(night) in (40, 60)
        seen.add(posts(night))
        assert night.run("restore", path).code == 0
        assert night.contents() == calm.contents()
        shutil.rmtree(night.data)
    print(f"\n{KILLS} restores killed, found afterwards: {sorted(seen)} posts")


@pytest.mark.parametrize("calls", ["rename,renameat2,unlink,unlinkat,rmdir"])
@pytest.mark.faults
def test_a_restore_killed_at_each_rename_leaves_the_old_stores_or_the_new(desk: Desk, calls: str) -> None:
    tracer = needed("strace", "restores are not killed at each rename")
    path = backed_up(desk)
    imported(desk, range(40, 60))
    killed = 0
    for number in range(1, 200):
        night = Desk(desk.campaign, desk.data.with_name(f"killed-{number}"), desk.files)
        shutil.copytree(desk.data, night.data)
        before = (tracer, "-f", "-qq", "-o", "/dev/null", "-e", f"inject={calls}:signal=SIGKILL:when={number}")
        ended = night.start("restore", path, before=before)
        assert night.run("import", desk.files / "0.jsonl").code == 0
        night.is_sound()
        assert posts(night) in (40, 60)
        shutil.rmtree(night.data)
        if ended.code == 0:
            break
        killed += 1
    assert killed > 10
    print(f"\n{killed} restores killed, one at each rename and unlink: no store lost")


# ---- upgrades --------------------------------------------------------------------------------------------------------


def as_of_before(desk: Desk) -> None:
    """The store as the first version left it."""
    path = desk.data / "tracker.db"
    path.unlink()
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    old = Database(path)
    migrations.tracker.apply(old, stop_before="m002_named_at")
    old.execute("insert into runs(id, command, started_at, status, version) values (1, 'import', '', 'ok', '0')")
    old.conn.commit()
    old.close()


def test_a_store_is_backed_up_before_its_schema_changes(desk: Desk) -> None:
    as_of_before(desk)
    imported(desk, range(40))
    (path,) = (desk.data / "backups").glob("*-before-upgrade.tar.zst")
    assert try_backup(path).rows["tracker.db"] == (1, 1)
    assert posts(desk) == 40
    imported(desk, range(40, 50))
    assert len(list((desk.data / "backups").iterdir())) == 1


def test_a_store_of_a_newer_program_is_refused_in_words(desk: Desk) -> None:
    store = Store.open(DataFolder(desk.data))
    store.transaction(
        lambda db: db.execute(
            "insert into _sqlite_migrations(migration_set, name, applied_at) values ('tracker', 'm999_later', '2027-01-01')"
        )
    )
    store.close()
    before = (desk.data / "tracker.db").read_bytes()
    for words in (("backup",), ("nightly",), ("status",)):
        ended = desk.run(*words)
        assert ended.code == 6, ended
        assert "newer version" in ended.err
    assert (desk.data / "tracker.db").read_bytes() == before


# ---- which are kept --------------------------------------------------------------------------------------------------


def test_of_a_year_of_nights_seven_days_four_weeks_and_three_months_are_kept() -> None:
    start = datetime(2026, 1, 1, 2, tzinfo=UTC)
    made: dict[Path, datetime] = {}
    for night in range(365):
        made[Path(f"{night}")] = start + timedelta(days=night)
        made = {path: made[path] for path in kept_backups(made)}
    ages = sorted((datetime(2026, 12, 31, 2, tzinfo=UTC) - at).days for at in made.values())
    assert ages[:7] == [0, 1, 2, 3, 4, 5, 6]
    assert len(ages) <= DAILY + WEEKLY + MONTHLY
    assert ages[-1] >= 60  # the newest of October is its last day; December and November have later ones
    assert any(15 <= age <= 28 for age in ages)


@given(days=st.lists(st.integers(0, 400), unique=True, min_size=1, max_size=60))
def test_the_newest_backup_is_always_kept(days: list[int]) -> None:
    made = {Path(str(day)): datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in days}
    kept = kept_backups(made)
    assert Path(str(max(days))) in kept
    assert len(kept) <= DAILY + WEEKLY + MONTHLY
