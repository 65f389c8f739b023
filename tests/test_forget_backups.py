"""Forgetting in backups: what lay in the inbox when they were made, too, and what a restore would bring back of it."""

import gzip
import lzma
import shutil
import zipfile
from pathlib import Path
from random import Random

import pytest

from db.folder import DataFolder
from tests import invented
from tests.desk import Desk
from tests.exported import zipped
from tests.rights import AS_A_USER
from tests.warm import Warm

HERS = "id,user,words\n7,rider1003,the fares went up\n"
OTHERS = "id,user,words\n8,rider1005,the fares went down\n"
WAITING = "theirs_7.csv.part: rider1003"
"""What waits in the inbox is filtered when it is imported."""
NOWHERE = "id,user,words\n9,nowhere_else,the fares stayed\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Some posts, a file that waits in the inbox, and files there that could not be read."""
    made = Desk.at(tmp_path)
    assert made.run("import", invented.twarc2_file(made.files / "a.jsonl", range(14))).code == 0
    folder = DataFolder(made.data)
    for name, content in (("theirs_7.csv", HERS), ("others.csv", OTHERS), ("nowhere.csv", NOWHERE)):
        (folder.failed / name).write_text(content)
        (folder.failed / f"{name}.why.txt").write_text(f"{name} could not be read.\n")
    (folder.inbox / "theirs_7.csv.part").write_text(HERS)
    return made


def names_in(desk: Desk, backup: Path) -> list[str]:
    """What a backup holds of the inbox."""
    apart = Desk(desk.campaign, desk.files / "apart", desk.files)
    shutil.copytree(desk.data, apart.data)
    shutil.rmtree(apart.data / "inbox")
    assert apart.run("restore", backup).code == 0
    found = sorted(path.relative_to(apart.data).as_posix() for path in (apart.data / "inbox").rglob("*") if path.is_file())
    shutil.rmtree(apart.data)
    return found


def test_files_of_theirs_leave_the_backups_and_do_not_come_back(desk: Desk, program: Warm) -> None:
    assert program.run(desk, "backup").code == 0
    (backup,) = (desk.data / "backups").iterdir()
    (desk.data / "inbox" / "theirs_7.csv.part").unlink()
    killed = desk.data / "backups" / "being-made"
    killed.mkdir()
    for store in ("tracker.db", "raw.db"):
        shutil.copy(desk.data / store, killed)
    assert desk.telling("rider1003")
    ended = program.run(desk, "forget", "--handle", "x:rider1003")
    assert ended.code == 0 and "Taken out of 1 backup." in ended.out, ended
    assert desk.telling("rider1003", "theirs_7.csv") == [] and not killed.exists()
    kept = [f"inbox/failed/{name}" for name in ("nowhere.csv", "nowhere.csv.why.txt", "others.csv", "others.csv.why.txt")]
    assert names_in(desk, backup) == kept, "what holds nothing of them stays"
    assert program.run(desk, "restore", backup).code == 0
    assert program.run(desk, "backup").code == 0
    assert desk.telling("rider1003", "theirs_7.csv") == []


def test_a_backup_whose_stores_know_nothing_of_them_is_written_anew_too(desk: Desk, program: Warm) -> None:
    assert program.run(desk, "backup").code == 0
    ended = program.run(desk, "forget", "--handle", "x:nowhere_else")
    assert ended.code == 0 and "Taken out of 1 backup." in ended.out, ended
    assert desk.telling("nowhere_else") == []
    again = program.run(desk, "forget", "--handle", "x:nowhere_else")
    assert again.code == 0 and "backup." not in again.out, again


def test_what_an_earlier_forget_left_in_a_backup_goes_with_the_next(desk: Desk, program: Warm) -> None:
    assert program.run(desk, "forget", "--handle", "x:rider1003").code == 0
    left = desk.data / "inbox" / "failed" / "by_id.csv"
    left.write_text(f"id,words\n{invented.x_id(3)},the fares went up\n")
    assert program.run(desk, "backup").code == 0
    assert program.run(desk, "forget", "--handle", "x:rider1003").code == 0
    assert desk.telling(invented.x_id(3)) == [] and not left.exists()


def test_a_restore_leaves_out_what_holds_them_and_says_so(desk: Desk, program: Warm) -> None:
    (desk.files / "key").write_text(desk.seal_backups())
    assert program.run(desk, "backup").code == 0
    (sealed,) = (desk.data / "backups").glob("*.age")
    shutil.rmtree(desk.data / "inbox")
    assert program.run(desk, "forget", "--handle", "x:rider1003").code == 0
    ended = program.run(desk, "restore", sealed, "--identity", desk.files / "key")
    assert ended.code == 0, ended
    said = "Left out, since it holds something of who asked to be forgotten: "
    assert [line for line in ended.out.splitlines() if line.startswith(said)] == [
        f"{said}inbox/failed/theirs_7.csv",
        f"{said}inbox/theirs_7.csv.part",
    ]
    assert desk.telling("rider1003", "theirs_7.csv") == []
    assert (desk.data / "inbox" / "failed" / "others.csv").read_text() == OTHERS


def test_a_cut_backup_and_a_damaged_store_that_a_restore_put_aside_are_named_and_what_to_do(desk: Desk, program: Warm) -> None:
    cut, aside = (desk.data / "backups" / name for name in ("2026-11-25T020000Z.tar.zst", "replaced-2026-11-26T020000Z"))
    aside.mkdir(parents=True)
    (aside / "tracker.db").write_bytes((desk.data / "tracker.db").read_bytes()[:8192])
    cut.touch()
    for path, delete in ((cut, Path.unlink), (aside, shutil.rmtree)):
        ended = program.run(desk, "forget", "--handle", "x:rider1003")
        assert ended.code == 6 and f"Next: Delete {path}, then run the same command again." in ended.err, ended
        delete(path)
    assert program.run(desk, "forget", "--handle", "x:rider1003").code == 0


def test_what_of_an_old_store_may_not_be_deleted_is_told_and_goes_with_the_next(desk: Desk, program: Warm) -> None:
    model = desk.data / "backups" / "replaced-20261005T080000Z" / "model"
    model.mkdir(parents=True)
    (model / "card.json").write_text("{}")
    model.chmod(0o500)
    ended = desk.start("forget", "--handle", "x:rider1003", before=AS_A_USER)
    assert ended.code == 5 and str(model) in ended.err, ended
    model.chmod(0o700)
    assert program.run(desk, "forget", "--handle", "x:rider1003").code == 0
    assert not model.exists()


def test_a_list_that_cannot_be_read_is_told_and_nothing_is_forgotten(desk: Desk) -> None:
    letter = desk.files / "letter"
    assert desk.run("forget", "--from", letter).code == 2
    letter.write_bytes("# Jos\u00e9\nx:rider1003\n".encode("cp1252"))
    other = desk.run("forget", "--from", letter)
    assert other.code == 2 and f"{letter}:1: text: this line is not UTF-8 text." in other.err
    letter.chmod(0)
    closed = desk.start("forget", "--from", letter, before=AS_A_USER)
    assert closed.code == 5 and f"{letter} may not be read by this user." in closed.err
    assert desk.value("select count(*) from authors where handle = 'rider1003'") == 1


def test_a_backup_under_another_name_is_written_anew_too(desk: Desk, program: Warm) -> None:
    assert program.run(desk, "backup").code == 0
    (backup,) = (desk.data / "backups").iterdir()
    backup.rename(backup.with_name("before the vote.tar.zst"))
    ended = program.run(desk, "forget", "--handle", "x:rider1003")
    assert ended.code == 0 and "Taken out of 1 backup." in ended.out, ended
    assert desk.telling("rider1003") == [WAITING]


@pytest.mark.parametrize("name", ["backups/by hand.db", "old/by hand.db.gz", "by hand.zip", "backups/one.tar.zst.old"])
def test_copies_made_by_hand_are_found_packed_or_not_and_named(desk: Desk, program: Warm, name: str) -> None:
    assert program.run(desk, "backup").code == 0
    copy, store = desk.data / name, desk.data / "tracker.db"
    copy.parent.mkdir(exist_ok=True)
    match copy.suffix:
        case ".gz":
            copy.write_bytes(gzip.compress(store.read_bytes()))
        case ".zip":
            with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(store, "tracker.db")
        case ".old":
            shutil.copyfile(next((desk.data / "backups").iterdir()), copy)
        case _:
            shutil.copyfile(store, copy)
    ended = program.run(desk, "forget", "--handle", "x:rider1003")
    assert ended.code == 6 and f"found it here: {name}." in ended.err, ended
    copy.unlink()
    assert program.run(desk, "forget", "--handle", "x:rider1003").code == 0
    assert desk.telling("rider1003") == [WAITING]


@pytest.mark.parametrize(("name", "found"), [("hers.csv.gz", True), ("hers.zip", False)])
def test_a_damaged_packed_file_is_deleted_where_something_of_theirs_comes_out_and_else_told(
    desk: Desk, name: str, found: bool
) -> None:
    random = Random(1)
    lines = HERS + "".join(f"{number},ann,{random.random()}\n" for number in range(5000))
    packed = desk.data / "inbox" / "failed" / name
    if packed.suffix == ".gz":
        packed.write_bytes(gzip.compress(lines.encode()))
    else:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("hers.csv", lines)
    content = bytearray(packed.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 40] = random.randbytes(40)
    packed.write_bytes(content)
    ended = desk.run("forget", "--handle", "x:rider1003")
    told = f"Could not be looked into (locked, damaged, or packed in another way): inbox/failed/{name}."
    assert ended.code == 0 and (packed.exists(), told in ended.out) == (not found, not found), ended


def test_files_that_are_packed_in_a_way_that_is_not_opened_are_told(desk: Desk) -> None:
    failed = desk.data / "inbox" / "failed"
    (failed / "a.csv.xz").write_bytes(lzma.compress(HERS.encode() * 99))
    (failed / "b.zip.gz").write_bytes(gzip.compress(zipped(failed / "b.zip", {"hers.csv": HERS.encode()}).read_bytes()))
    (failed / "b.zip").unlink()
    (failed / "c.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + HERS.encode("utf-16"))
    (failed / "d.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    ended = desk.run("forget", "--handle", "x:rider1003")
    told = [line for line in ended.out.splitlines() if line.startswith("Could not be looked into")]
    assert ended.code == 0 and [line.partition("inbox/failed/")[2].split()[0] for line in told] == [
        *("a.csv.xz.", "b.zip.gz.", "c.xls.")
    ]
