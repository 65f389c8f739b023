"""Full disks, damaged stores and models, held locks and folders that may not be written: one clear message, nothing deleted, and
the next night, on sound ground, ends as if nothing had happened."""

import os
import random
import shutil
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.forgotten import Forgotten
from tests import invented
from tests.collecting_desk import collecting_desk
from tests.conftest import Figure
from tests.desk import Desk, little_room
from tests.fake_platform.talking import platform
from tests.rights import AS_A_USER
from tests.test_faults import ends_as, fill_inbox, undisturbed
from tests.warm import Ended, Warm
from tracker.problems import StorageProblem


@pytest.fixture(scope="module")
def good_night(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A data folder after a good night, with one more file in the inbox."""
    desk = Desk.at(tmp_path_factory.mktemp("good"))
    inbox = DataFolder(desk.data).create().inbox
    invented.twarc2_file(inbox / "a.jsonl", range(50))
    assert desk.run("nightly").code == 0
    b = invented.twarc2_file(inbox / "b.jsonl", range(50, 80))
    os.utime(b, (time.time() - 3600,) * 2)
    return desk


@pytest.fixture
def settled(good_night: Desk, desk: Desk) -> Desk:
    """A copy of the good night's campaign and data."""
    shutil.copytree(good_night.data, desk.data)
    return desk


def told_once(ended: Ended, code: int, *words: str) -> None:
    """One message of what, why, what is safe and what to do; nothing on stdout and no traceback."""
    assert (ended.code, ended.out) == (code, ""), ended
    assert all(word in ended.err for word in words), ended.err
    assert ended.err.count("Next: ") == 1, ended.err
    assert "Traceback" not in ended.err


# ---- the disk --------------------------------------------------------------------------------------------------------


EMPTY = 500_000
"""Bytes that a store without posts takes at least: where there is less room, it matters little how many posts wait."""


@pytest.mark.parametrize(
    "size", [5_000, 300_000, *(pytest.param(kb * 1000, marks=pytest.mark.faults) for kb in (0, 20, 60, 1000))]
)
def test_t3_a_disk_with_too_little_room_ends_with_six_and_the_next_night_converges(desk: Desk, size: int) -> None:
    posts = 1200 if size > EMPTY else 300
    calm, _ = undisturbed(desk, posts=posts)
    fill_inbox(desk, posts)
    told_once(desk.start("nightly", before=little_room(size)), 6, "Why: ", "Safe: ")
    ends_as(desk, calm)


def test_t3_a_model_that_cannot_be_kept_for_want_of_room_leaves_the_old_one(settled: Desk) -> None:
    (settled.data / "inbox" / "b.jsonl").unlink()
    old = (settled.data / "model" / "card.json").read_bytes()
    (settled.campaign / "themes" / "rain.toml").write_text('name = "Rain"\nmeaning = "Wet."\nphrases = ["rain"]\n')
    written = [path.stat().st_size for path in settled.data.rglob("*") if path.is_file() and "model" in path.parts]
    ended = settled.start("train", before=little_room(max(written) - 1))
    told_once(ended, 6, "Safe: ")
    assert (settled.data / "model" / "card.json").read_bytes() == old
    assert settled.run("nightly").code == 0
    assert (settled.data / "model" / "card.json").read_bytes() != old


@pytest.mark.faults
def test_t3_a_disk_that_fills_at_any_moment_ends_with_six_and_the_next_night_converges(desk: Desk) -> None:
    """A small disk of its own, filled up to less and less room, so that it runs out in every step."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk; the limits on file sizes stand in for it")
    calm, _ = undisturbed(desk, posts=300)
    used = sum(path.stat().st_size for path in calm.data.rglob("*") if path.is_file())
    disk = Desk(desk.campaign, desk.files / "disk" / "data", desk.files)
    codes: Counter[int] = Counter()
    for room in range(0, 2 * used, used // 6):
        disk.data.parent.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", disk.data.parent], check=True)
        try:
            fill_inbox(disk, posts=300)
            ballast = disk.data.parent / "ballast"
            free = os.statvfs(ballast.parent)
            with ballast.open("wb") as stream:
                stream.write(bytes(free.f_bavail * free.f_bsize - room))
            ended = disk.run("nightly")
            codes[ended.code] += 1
            if ended.code != 2:
                told_once(ended, 6, "Safe: ")
            ballast.unlink()
            ends_as(disk, calm)
        finally:
            subprocess.run(["umount", disk.data.parent], check=True)
            disk.data.parent.rmdir()
    print(f"\n{codes.total()} nights on a disk with little room ended with {dict(codes)}")
    assert codes[6] >= 5


# ---- what another program holds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", ["tracker.db", "raw.db"])
def test_t5_a_store_that_is_held_for_a_moment_is_waited_for(settled: Desk, store: str) -> None:
    holder = sqlite3.connect(settled.data / store, isolation_level=None, check_same_thread=False)
    holder.execute("begin immediate")
    release = threading.Timer(2.5, holder.rollback)
    release.start()
    ended = settled.run("nightly")
    release.join()
    holder.close()
    assert (ended.code, ended.err) == (0, "")
    assert settled.value("select count(*) from posts") == 80


@pytest.mark.faults
def test_t5_a_store_that_is_held_for_too_long_ends_with_six(settled: Desk) -> None:
    holder = sqlite3.connect(settled.data / "raw.db", isolation_level=None)
    holder.execute("begin immediate")
    told_once(settled.run("nightly"), 6, "Another program holds", "raw.db")
    holder.close()
    assert settled.run("nightly").code == 0
    assert settled.value("select count(*) from posts") == 80


# ---- damage ----------------------------------------------------------------------------------------------------------


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(0, min(len(content), 4096), 7):
        content[place] ^= 0xFF
    path.write_bytes(content)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 // 4096 * 4096])


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _something_else(path: Path) -> None:
    path.write_bytes(b"This is the shopping list of somebody else. " * 400)


@pytest.mark.parametrize(
    ("store", "harm"),
    [
        ("tracker.db", _cut),
        ("raw.db", _flipped),
        ("forgotten.db", _emptied),
        *(
            pytest.param(store, harm, marks=pytest.mark.faults)
            for store in ("tracker.db", "raw.db", "forgotten.db")
            for harm in (_flipped, _cut, _emptied, _something_else)
        ),
    ],
)
def test_t11_a_damaged_store_ends_with_six_and_is_left_as_it_is(settled: Desk, store: str, harm: Callable[[Path], None]) -> None:
    path = settled.data / store
    sound = path.read_bytes()
    for suffix in ("-wal", "-shm"):
        path.with_name(store + suffix).unlink(missing_ok=True)
    harm(path)
    damaged = path.read_bytes()
    told_once(settled.run("nightly"), 6, store)
    assert path.read_bytes() == damaged
    checked = settled.run("check")
    assert checked.code == 6, checked
    assert [line for line in checked.out.splitlines() if line.startswith("problem") and store in line], checked.out
    if store == "tracker.db":
        told_once(settled.run("status"), 6, store)
    for left in settled.data.glob(f"{store}-*"):
        left.unlink()
    path.write_bytes(sound)
    assert settled.run("nightly").code == 0
    assert settled.value("select count(*) from posts") == 80


@pytest.mark.parametrize("setting", [b"unicode61", b"diacritics", b"most_usd", b"answers_us"])
def test_t11_a_letter_of_the_schema_that_changed_is_damage_found_before_a_write(settled: Desk, setting: bytes) -> None:
    with sqlite3.connect(settled.data / "tracker.db") as db:
        db.execute("pragma wal_checkpoint(truncate)")
    path = settled.data / "tracker.db"
    content = path.read_bytes()
    assert content.count(setting) == 1
    path.write_bytes(content.replace(setting, setting[:-1] + b"_"))
    damaged = path.read_bytes()
    told_once(settled.run("nightly"), 6, "tracker.db is damaged")
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("text", [b"2026-", b"tabletomb"])
def test_t11_text_in_a_store_that_is_no_text_is_damage(tmp_path: Path, text: bytes) -> None:
    """SQLite keeps what it is given, so Python alone sees it: in a row, or in the name of a table."""
    folder = DataFolder(tmp_path / "data").create()
    Forgotten(folder).close()
    content = folder.forgotten.read_bytes()
    folder.forgotten.write_bytes(content.replace(text, text[:-1] + b"\xa5"))
    with pytest.raises(StorageProblem, match="is damaged"):
        Forgotten(folder)


@pytest.mark.faults
def test_t11_a_byte_that_flips_is_found_before_anything_is_written_or_harms_nothing(
    tmp_path: Path, program: Warm, figure: Figure
) -> None:
    """What a flipped byte does inside of a text no store can know; whatever SQLite can see ends the run before it writes."""
    chance, codes, violations = random.Random(11), Counter[int](), list[str]()
    flips = int(os.environ.get("DEBATE_TRACKER_KILLS", "20"))
    with platform() as server:
        desk = collecting_desk(tmp_path, server)
        server.publish(120)
        assert program.run(desk, "collect").code == 0
        server.publish(3)
        for number in range(flips):
            one = Desk(desk.campaign, desk.data.with_name("flipped"), desk.files)
            shutil.copytree(desk.data, one.data)
            name = ("tracker.db", "tracker.db", "raw.db", "forgotten.db")[number % 4]
            content = bytearray((one.data / name).read_bytes())
            place = chance.randrange(len(content))
            content[place] ^= chance.randrange(1, 256)
            (one.data / name).write_bytes(content)
            ended = program.run(one, "collect")
            codes[ended.code] += 1
            said = f"byte {place} of {name}: exit code {ended.code}: {ended.err[-600:]}"
            if ended.code == 6:
                told = all(part in ended.err for part in ("Why: ", "Safe: ", "Next: ")) and "Traceback" not in ended.err
                violations += [] if told and name in ended.err and (one.data / name).read_bytes() == content else [said]
            elif ended.code != 0 or one.query("pragma integrity_check", name) != [("ok",)]:
                violations.append(said)
            shutil.rmtree(one.data)
    figure("T11 a byte of a store flipped", flips, violations, f"exit codes {dict(codes)}")


@pytest.mark.parametrize("harm", [_flipped, _emptied, _something_else])
def test_t11_a_damaged_key_ends_with_six(settled: Desk, harm: Callable[[Path], None]) -> None:
    harm(settled.data / "key")
    told_once(settled.run("nightly"), 6, f"The key {settled.data / 'key'} is damaged.")


@pytest.mark.parametrize("harmed", ["card.json", "tokenizer"])
def test_t11_a_damaged_model_does_not_end_the_night(settled: Desk, harmed: str) -> None:
    before = settled.query("select outcome from models join post_readings on model = name")
    _flipped(settled.data / "model" / harmed)
    checked = settled.run("check")
    assert "The theme model" in checked.out
    assert "is damaged" in checked.out
    ended = settled.run("nightly")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    after = settled.query("select outcome from models join post_readings on model = name")
    assert (len(before), len(after), set(before)) == (50, 80, set(after))


def test_t11_a_damaged_model_that_learned_from_files_by_hand_is_said_once(settled: Desk) -> None:
    by_hand = settled.files / "coded.jsonl"
    by_hand.write_text('{"text": "the driver was late", "themes": ["drivers"]}\n')
    assert settled.run("train", "--labels", by_hand).code == 0
    (settled.data / "model" / "card.json").unlink()
    told_once(settled.run("nightly"), 4, "made again without coded.jsonl")
    ended = settled.run("nightly")
    assert (ended.code, ended.err) == (0, "")


def test_check_says_whether_the_model_was_made_from_the_campaign_as_it_stands(settled: Desk) -> None:
    assert "was made from the campaign as it stands." in settled.run("check").out
    (settled.campaign / "themes" / "rain.toml").write_text('name = "Rain"\nmeaning = "Wet."\nphrases = ["rain"]\n')
    ended = settled.run("check")
    assert ended.code == 0
    assert "changed: `nightly` makes it again." in ended.out
    by_hand = settled.files / "coded.jsonl"
    by_hand.write_text('{"text": "the driver was late", "themes": ["drivers"]}\n')
    assert settled.run("train", "--labels", by_hand).code == 0
    assert "also learned from coded.jsonl" in settled.run("check").out


# ---- rights ----------------------------------------------------------------------------------------------------------


def test_a_data_folder_that_may_not_be_written_ends_with_five(settled: Desk) -> None:
    settled.data.chmod(0o500)
    told_once(settled.start("nightly", before=AS_A_USER), 5, str(settled.data))
    settled.data.chmod(0o700)
    assert settled.run("nightly").code == 0
    assert settled.value("select count(*) from posts") == 80


def test_pages_that_may_not_be_set_up_there_end_with_five(settled: Desk) -> None:
    (settled.data / "datasette").mkdir(mode=0o500)
    ended = settled.start("serve", before=AS_A_USER)
    told_once(ended, 5, "The settings of the pages could not be written")


def test_a_night_whose_output_is_closed_ends_well(settled: Desk) -> None:
    ended = settled.start("nightly", before=("sh", "-c", 'exec "$@" >&-', "sh"))
    assert (ended.code, ended.err) == (0, "")


def test_check_says_that_the_model_may_not_be_read(settled: Desk) -> None:
    (settled.data / "model").chmod(0)
    ended = settled.start("check", before=AS_A_USER)
    (settled.data / "model").chmod(0o700)
    told = [line.split()[0] for line in ended.out.splitlines() if f"{settled.data}/model" in line]
    assert (ended.code, told) == (5, ["problem"]), ended
    assert settled.run("check").code == 0


def test_a_file_that_may_not_be_read_does_not_keep_the_others_out(settled: Desk) -> None:
    secret = settled.data / "inbox" / "a-secret.jsonl"
    secret.write_text("{}")
    secret.chmod(0)
    ended = settled.start("nightly", before=AS_A_USER)
    assert ended.code == 5
    assert "a-secret.jsonl" in ended.err
    assert settled.value("select count(*) from posts") == 80
