"""The commands as cron and people run them: real processes, exit codes, and messages that say what to do."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests import invented, warm
from tests.conftest import REPOSITORY
from tests.desk import Desk
from tests.rights import AS_A_USER


def test_import_keeps_posts_and_says_so_to_programs(desk: Desk) -> None:
    ended = desk.run("import", invented.twarc2_file(desk.files / "a.jsonl", range(25)), "--json")
    assert (ended.code, ended.err) == (0, "")
    report = json.loads(ended.out)
    assert [(f["file"], f["rows"], f["new"]) for f in report["files"]] == [("a.jsonl", 25, 25)]
    assert desk.value("select count(*) from posts") == 25
    assert desk.value("select sum(posts) from weekly_totals where theme is null") == 25


def test_import_is_silent_where_nobody_watches(desk: Desk) -> None:
    ended = desk.run("import", invented.twarc2_file(desk.files / "a.jsonl", range(3)))
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def dump(desk: Desk) -> dict[str, list[tuple[object, ...]]]:
    """All that the store says of the debate."""
    tables = (
        "posts",
        "authors",
        "post_hashtags",
        "post_links",
        "post_origins",
        "post_matches",
        "post_counts",
        "rejected",
        "coverage",
    )
    return {table: desk.query(f"select * from {table} order by 1, 2") for table in tables}


def test_the_same_file_twice_changes_nothing_even_under_another_name(desk: Desk) -> None:
    first = invented.twarc2_file(desk.files / "a.jsonl", range(25))
    first.write_text(first.read_text() + '{"data": [{"id": "no number", "text": "?"}]}\n')
    assert desk.run("import", first).code == 0
    before = dump(desk)
    assert len(before["rejected"]) == 1
    renamed = first.rename(desk.files / "b.jsonl")
    ended = desk.run("import", renamed, "--json")
    assert json.loads(ended.out)["files"][0]["new"] == 0
    assert dump(desk) == before


def test_two_files_with_the_same_post_give_one_row_and_two_origins(desk: Desk) -> None:
    desk.run("import", invented.twarc2_file(desk.files / "a.jsonl", range(10)))
    desk.run("import", invented.twarc2_file(desk.files / "b.jsonl", range(5, 15)))
    assert desk.value("select count(*) from posts") == 15
    assert desk.value("select count(*) from post_origins") == 20


def test_an_answer_belongs_though_it_stands_before_what_it_answers(desk: Desk) -> None:
    answer = invented.tweet(
        2,
        "I could not agree more",
        conversation_id=invented.x_id(1),
        referenced_tweets=[{"type": "replied_to", "id": invented.x_id(1)}],
    )
    (desk.files / "1-answers.jsonl").write_text(invented.page([answer]) + "\n")
    (desk.files / "2-posts.jsonl").write_text(invented.page([invented.tweet(1), invented.tweet(3, "on trams")]) + "\n")
    ended = desk.run("import", desk.files, "--json")
    assert [(f["new"], f["outside"]) for f in json.loads(ended.out)["files"]] == [(1, 0), (1, 1)]
    assert desk.query("select rule, value from post_matches join posts on id = post_id where text like 'I could%'") == [
        ("conversation", invented.x_id(1))
    ]


def test_a_file_with_rows_outside_says_when_to_import_it_again_and_that_finds_them(desk: Desk) -> None:
    reference = {"conversation_id": invented.x_id(1), "referenced_tweets": [{"type": "replied_to", "id": invented.x_id(1)}]}
    (desk.files / "answer.jsonl").write_text(invented.page([invented.tweet(2, "I could not agree more", **reference)]) + "\n")
    (desk.files / "post.jsonl").write_text(invented.page([invented.tweet(1)]) + "\n")
    first = desk.run("import", "-v", desk.files / "answer.jsonl")
    assert "1 outside the campaign" in first.out and "import their file again once another brings what they answer" in first.out
    assert "import their file again" not in desk.run("import", "-v", desk.files / "post.jsonl").out
    assert desk.value("select count(*) from posts") == 1
    assert "1 new" in desk.run("import", "-v", desk.files / "answer.jsonl").out
    assert desk.value("select count(*) from posts") == 2


def test_dry_run_tells_the_same_and_writes_nothing(desk: Desk) -> None:
    path = invented.twarc2_file(desk.files / "a.jsonl", range(25))
    planned = desk.run("import", "--dry-run", "--json", path)
    assert not desk.data.exists()
    done = desk.run("import", "--json", path)
    assert json.loads(planned.out) == json.loads(done.out)
    again = desk.run("import", "--dry-run", path)
    assert "25 known already" in again.out


def test_a_file_that_ends_in_the_middle_keeps_its_whole_rows(desk: Desk) -> None:
    path = invented.twarc2_file(desk.files / "a.jsonl", range(30))
    path.write_bytes(path.read_bytes()[:-700])
    ended = desk.run("import", path)
    assert ended.code == 4
    assert "a.jsonl ends in the middle" in ended.err
    assert "Next: Fetch the file again" in ended.err
    assert desk.value("select count(*) from posts") == 20
    assert desk.run("status").code == 4
    assert desk.run("import", invented.twarc2_file(path, range(30))).code == 0
    assert desk.value("select count(*) from posts") == 30


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notes.txt", b"Dear all, minutes of the meeting", "notes.txt"),
        ("no-header.csv", b'"1847900000000000001","hello"\n', "no-header.csv"),
    ],
)
def test_a_file_of_no_known_format_is_named_and_the_others_are_read(desk: Desk, name: str, content: bytes, said: str) -> None:
    (desk.files / name).write_bytes(content)
    invented.twarc2_file(desk.files / "z.jsonl", range(3))
    ended = desk.run("import", desk.files)
    assert ended.code == 2
    assert said in ended.err
    assert "Next: " in ended.err
    assert "Traceback" not in ended.err
    assert desk.value("select count(*) from posts") == 3


def test_a_file_that_is_not_there_is_said_before_anything_is_done(desk: Desk) -> None:
    ended = desk.run("import", desk.files / "nowhere.csv")
    assert ended.code == 2
    assert "nowhere.csv" in ended.err


def test_no_campaign_is_said_in_words(desk: Desk, tmp_path: Path) -> None:
    ended = Desk(tmp_path / "elsewhere", desk.data, desk.files).run("nightly")
    assert ended.code == 2
    assert "no campaign at" in ended.err


@pytest.mark.parametrize("words", ["status", "copies", "account list", "account remove lena", "account add lena"])
def test_no_campaign_is_no_empty_one_either(tmp_path: Path, words: str) -> None:
    command = [sys.executable, str(REPOSITORY / "cli.py"), *words.split(), "--campaign", str(tmp_path / "misspelt")]
    ended = subprocess.run(command, input="correct horse battery\n", capture_output=True, text=True, check=False)
    assert ended.returncode == 2 and "There is no campaign at" in ended.stderr, ended
    assert not (tmp_path / "misspelt").exists()


def test_a_theme_file_that_cannot_be_read_is_named_with_its_line(desk: Desk) -> None:
    (desk.campaign / "themes" / "fares.toml").write_text('name = "Fares"\nphrases = ["fare"\nmeaning = "x"\n')
    ended = desk.run("nightly")
    assert ended.code == 2
    assert "fares.toml:" in ended.err
    assert not (desk.data / "tracker.db").exists()


def test_standard_input_is_a_file_too(desk: Desk) -> None:
    text = invented.twarc2_file(desk.files / "a.jsonl", range(4)).read_text()
    ended = desk.start("import", "-", "--json", input=text)
    assert ended.code == 0
    assert json.loads(ended.out)["files"][0]["new"] == 4


@pytest.mark.parametrize("command", ["check", "nightly", "status"])
def test_a_folder_that_was_deleted_under_the_command_is_told(desk: Desk, command: str) -> None:
    (gone := desk.files / "gone").mkdir()
    argv = ["sh", "-c", 'cd "$0" && rmdir "$0" && exec "$@"', str(gone), *desk.argv(command)]
    told = subprocess.run(argv, capture_output=True, text=True)
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("The folder in which this was started is no longer there.\n")


def test_options_stand_before_or_after_the_command(desk: Desk) -> None:
    path = invented.twarc2_file(desk.files / "a.jsonl", range(2))
    argv = [sys.executable, str(REPOSITORY / "cli.py"), "-v", "--campaign", str(desk.campaign), "import", str(path)]
    done = subprocess.run(argv, capture_output=True, text=True, env={**os.environ, "DEBATE_TRACKER_DATA": str(desk.data)})
    assert done.returncode == 0
    assert "2 new" in done.stdout
    assert desk.value("select count(*) from posts") == 2


# ---- the night -------------------------------------------------------------------------------------------------------


def test_a_night_reads_the_inbox_finds_themes_and_says_nothing(desk: Desk) -> None:
    (desk.data / "inbox").mkdir(parents=True)
    invented.twarc2_file(desk.data / "inbox" / "a.jsonl", range(25))
    (desk.data / "inbox" / "junk.txt").write_text("no export")
    (desk.data / "inbox" / "coming.jsonl.part").write_text("{")
    ended = desk.run("nightly")
    assert (ended.code, ended.out) == (2, "")
    assert "junk.txt" in ended.err
    assert desk.value("select count(*) from post_themes where theme = 'fares'") == 25
    assert desk.value("select posts from weekly_totals where theme = 'fares'") == 25
    assert desk.value("select count(*) from posts left join post_readings on post_id = id where outcome is null") == 0
    assert sorted(p.name for p in (desk.data / "inbox").iterdir()) == ["coming.jsonl.part", "done", "failed"]
    assert [p.name for p in (desk.data / "inbox" / "done").iterdir()] == ["a.jsonl"]
    assert "Next: " in (desk.data / "inbox" / "failed" / "junk.txt.why.txt").read_text()
    assert desk.query("select name, status from run_steps order by id")[-11:] == [
        ("collect", "ok"),
        ("import", "partial"),
        ("recheck", "ok"),
        ("messages", "ok"),
        ("themes", "ok"),
        ("verdicts", "ok"),
        ("count", "ok"),
        ("watch", "ok"),
        ("prune", "ok"),
        ("publish", "ok"),
        ("backup", "ok"),
    ]
    second = desk.run("nightly")
    assert (second.code, second.out, second.err) == (0, "", "")


def test_a_file_that_is_being_written_is_left_for_the_next_night(desk: Desk) -> None:
    (desk.data / "inbox").mkdir(parents=True)
    path = invented.twarc2_file(desk.data / "inbox" / "a.jsonl", range(5))
    with path.open("ab"):
        assert desk.run("nightly").code == 0
        assert path.exists()
    assert desk.run("nightly").code == 0
    assert not path.exists()
    assert desk.value("select count(*) from posts") == 5


def test_a_source_that_is_not_asked_is_a_row_and_not_a_silence(desk: Desk) -> None:
    toml = desk.campaign / "campaign.toml"
    toml.write_text(toml.read_text() + '[sources.mastodon]\nservers = ["social.example"]\n')
    ended = desk.run("nightly")
    assert ended.code == 2
    assert "mastodon was not asked" in ended.err
    assert desk.query("select source, status from coverage") == [("mastodon", "not-asked")]


# ---- status ----------------------------------------------------------------------------------------------------------


def test_status_says_how_things_stand(desk: Desk) -> None:
    assert desk.run("status").code == 2
    mistyped = warm.ran("status", "--campaign", desk.campaign / "s")
    assert mistyped.code == 2 and "There is no campaign at" in mistyped.err
    desk.run("import", invented.twarc2_file(desk.files / "a.jsonl", range(12)))
    ended = desk.run("status", "--json", "--max-age", "1h")
    found = json.loads(ended.out)
    assert (ended.code, found["posts"], found["unread"], found["model"]) == (0, 12, 12, None)
    with sqlite3.connect(desk.data / "tracker.db") as db:
        db.execute("update runs set finished_at = '2026-01-01T00:00:00Z'")
    late = desk.run("status", "--max-age", "26h")
    assert (late.code, "No good run within 26 hours." in late.err) == (3, True)
    for age in ("0h", "9999999999999d", "soon", "-1h"):
        wrong = desk.run("status", "--max-age", age)
        assert wrong.code == 2 and "write a number from 1 to 9999 and m, h or d, such as 26h" in wrong.err, age


def test_a_log_that_cannot_be_written_is_told_once_and_stops_nothing(desk: Desk) -> None:
    ended = desk.run("import", invented.twarc2_file(desk.files / "a.jsonl", range(3)), "--log-json", "/dev/full")
    assert (ended.code, desk.value("select count(*) from posts")) == (0, 3)
    assert ended.err == "The log /dev/full cannot be written (No space left on device); the run goes on without it.\n"
    nowhere = desk.run("status", "--log-json", desk.files / "a.jsonl" / "log")
    assert nowhere.code == 2 and "cannot be written" in nowhere.err
    (desk.files / "log").touch(mode=0o000)
    locked = desk.start("status", "--log-json", desk.files / "log", before=AS_A_USER)
    assert locked.code == 5 and "cannot be written" in locked.err


def test_the_log_names_runs_and_no_content(desk: Desk, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    desk.run("import", invented.twarc2_file(desk.files / "a.jsonl", range(3)), "--log-json", log)
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert {entry["run"] for entry in entries} == {1}
    assert any("a.jsonl" in entry["message"] for entry in entries)
    assert "fares went up" not in log.read_text()
