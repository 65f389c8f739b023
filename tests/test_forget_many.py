"""Fifty people with posts on three platforms, forgotten at once: nothing of them in any store, file, backup or public copy; and a
forget that is killed anywhere is ended by the next command. Figures: `make faults`."""

import json
import os
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.labels import Labels
from pipelines.backup import back_up
from pipelines.import_exports import import_exports
from pipelines.publish import publish
from pipelines.running import running
from tests import invented
from tests.conftest import Figure
from tests.desk import Desk
from tests.warm import Warm
from tracker.campaign import read_campaign
from tracker.codings import Coding

pytestmark = pytest.mark.faults
PEOPLE = 50
KILLS = int(os.environ.get("DEBATE_TRACKER_KILLS", "50"))
OTHERS = 150
TABLE = """
[[import.table]]
name = "{name}"
platform = "{name}"
[import.table.columns]
id = "{name}_id"
author = "who"
text = "said"
created_at = "at"
url = "where"
"""


def handle(platform: str, number: int) -> str:
    return {
        "x": f"quiet{number:03d}",
        "bluesky": f"quiet{number:03d}.example.org",
        "mastodon": f"calm{number:03d}@example.social",
    }[platform]


def words(platform: str, number: int) -> str:
    return f"Zebra{number:03d} of {platform} says the fares went up again #SaveOurBuses"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """150 posts of the fifty, and as many of others, some of which name them; coded, backed up, published, in the inbox."""
    root = tmp_path_factory.mktemp("many")
    (root / "files").mkdir()
    campaign = invented.campaign_folder(root, invented.CAMPAIGN + TABLE.format(name="bluesky") + TABLE.format(name="mastodon"))
    desk = Desk(campaign, root / "data", root / "files")
    files = [_tweets(desk), *(_table(desk, platform) for platform in ("bluesky", "mastodon"))]
    folder = DataFolder(desk.data).create()
    with running("import", read_campaign(campaign), folder) as run:
        import_exports(run, files)
        for path in files:
            shutil.copy(path, folder.done / path.name)
        labels = Labels(folder)
        for number in range(0, PEOPLE, 5):
            labels.add(Coding("x", invented.x_id(number), words("x", number), "sue", "2026-11-01T00:00:00Z", themes=("fares",)))
        labels.close()
        publish(run, by_hand=True)
        back_up(run)
    assert desk.value("select count(*) from posts") == 3 * PEOPLE + OTHERS
    (desk.files / "letter").write_text("".join(f"{line}\n" for line in _letter()), encoding="utf-8")
    return desk


def _letter() -> Iterator[str]:
    for number in range(PEOPLE):
        yield f"x:{handle('x', number)}"
        yield f"https://bsky.app/profile/{handle('bluesky', number)}"
        yield f"mastodon:@{handle('mastodon', number)}"


def _tweets(desk: Desk) -> Path:
    tweets = [invented.tweet(number, words("x", number), author_id=f"70{number:03d}") for number in range(PEOPLE)]
    for number in range(OTHERS):
        one = number % PEOPLE
        text = (
            f"@{handle('x', one)} is right #SaveOurBuses",
            f"See https://x.com/{handle('x', one)} and @{handle('mastodon', one)} #SaveOurBuses",
            "Buses for all #SaveOurBuses",
        )[number % 3]
        more = {"referenced_tweets": [{"type": "replied_to", "id": invented.x_id(one)}]} if number % 7 == 0 else {}
        tweets.append(invented.tweet(1000 + number, text, author_id=f"80{number:03d}", **more))
    page = json.loads(invented.page(tweets))
    for user in page["includes"]["users"]:
        if user["id"].startswith("70"):
            user["username"] = handle("x", int(user["id"][2:]))
    path = desk.files / "x.jsonl"
    path.write_text(json.dumps(page) + "\n", encoding="utf-8")
    return path


def _table(desk: Desk, platform: str) -> Path:
    path = desk.files / f"{platform}.csv"
    lines = [f"{platform}_id,who,said,at,where"]
    for number in range(PEOPLE):
        who = handle(platform, number)
        native = (
            f"at://did:plc:q{number:03d}/app.bsky.feed.post/3k{number:03d}"
            if platform == "bluesky"
            else f"https://example.social/users/calm{number:03d}/statuses/9{number:03d}"
        )
        where = (
            f"https://bsky.app/profile/{who}/post/3k{number:03d}"
            if platform == "bluesky"
            else f"https://example.social/@calm{number:03d}/9{number:03d}"
        )
        lines.append(f'{native},{who},"{words(platform, number)}",2026-10-05T08:{number:02d}:00Z,{where}')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def residue(desk: Desk) -> list[str]:
    """Where the bytes of DATA, unpacked, still say who any of them was."""
    needles = [b"quiet", b"calm", b"Zebra", b"zebra", *(invented.x_id(number).encode() for number in range(PEOPLE))]
    found = [
        f"{path.relative_to(desk.data)}: {needle.decode()}"
        for path, content in desk.unpacked_files()
        for needle in needles
        if needle in content
    ]
    terms = desk.query("select count(*) from posts where id in (select rowid from posts_fts where posts_fts match 'zebra*')")
    return found + [f"the index: {n} posts" for (n,) in terms if n]


def copy_of(desk: Desk, name: str) -> Desk:
    made = Desk(desk.campaign, desk.data.with_name(name), desk.files)
    shutil.copytree(desk.data, made.data)
    return made


def test_fifty_people_on_three_platforms_leave_nothing(filled: Desk, program: Warm, figure: Figure) -> None:
    desk = copy_of(filled, "fifty")
    assert len(residue(desk)) > 100
    began = time.monotonic()
    ended = program.run(desk, "forget", "--from", desk.files / "letter", "--json")
    assert ended.code == 0, ended
    took = time.monotonic() - began
    told = json.loads(ended.out)
    assert told["posts"] == 3 * PEOPLE and told["swept"]["posts"] == 3 * PEOPLE
    left = residue(desk)
    assert left == []
    assert desk.value("select count(*) from posts") == OTHERS
    desk.is_sound()
    again = program.run(desk, "import", *sorted(desk.files.glob("*.jsonl")), *sorted(desk.files.glob("*.csv")))
    assert again.code == 0, again
    assert residue(desk) == [] and desk.value("select count(*) from posts") == OTHERS
    figure(f"{PEOPLE} people on 3 platforms forgotten", 3 * PEOPLE, left, f"in {took:.1f} s; nothing of theirs came in again")


def test_a_forget_killed_anywhere_is_ended_by_the_next_command(filled: Desk, program: Warm, figure: Figure) -> None:
    moments, killed, begun, rounds = random.Random(8), 0, 0, 0
    whole = copy_of(filled, "whole")
    began = time.monotonic()
    assert program.run(whole, "forget", "--from", whole.files / "letter").code == 0
    took, left = time.monotonic() - began, list[str]()
    while killed < KILLS:
        rounds += 1
        assert rounds <= 3 * KILLS, "most end before they can be killed"
        desk = copy_of(filled, "killed")
        program.begin(desk, "forget", "--from", desk.files / "letter")
        killed += program.killed(moments.uniform(0, took))
        had_begun = desk.query("select count(*) from tombstones", "forgotten.db")[0][0] > 0
        assert program.run(desk, "prune").code == 0
        if had_begun:
            begun += 1
            left += [f"kill {killed}: {place}" for place in residue(desk)]
            assert desk.query("select count(*) from tombstones where swept_at is null", "forgotten.db") == [(0,)]
        else:
            assert desk.value("select count(*) from posts") == 3 * PEOPLE + OTHERS
        desk.is_sound()
        shutil.rmtree(desk.data)
    assert left == []
    figure(
        "a forget killed, ended by the next command",
        killed,
        left,
        f"{begun} of {rounds} had begun; the others had changed nothing",
    )
