"""`check`: what it says of a campaign and its data, sound and unsound; and that it changes nothing."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.asked import Asked
from db.folder import DataFolder
from db.health import health
from db.runs import begin_run, end_run
from db.store import Store
from pipelines.check import LEVELS, check
from tests.check_folder import CAMPAIGN, NOW, said, write
from tests.check_folder import data as data
from tests.check_folder import folder as folder
from tests.conftest import REPOSITORY
from tests.rights import AS_A_USER
from tests.warm import started


def test_a_sound_campaign_without_data_ends_with_0(folder: Path, tmp_path: Path) -> None:
    report = check(folder, tmp_path / "none", now=NOW)
    assert report.exit_code == 0
    assert "better-buses follows 1 hashtag, 0 links and 1 phrase; people see days in UTC." in said(report, "ok")
    notes = said(report, "note")
    assert "There are no themes" in notes
    assert "may be learned from." in notes and "alone" not in notes
    assert "no labelled posts" in notes
    assert "[governance] lacks controller, contact, lawful_basis, condition and dpia_date" in notes
    assert f"There is no data at {tmp_path / 'none'} yet" in notes
    assert {line.level for line in report.lines} <= set(LEVELS)
    assert not (tmp_path / "none").exists()


def test_a_theme_in_a_folder_of_its_own_is_told_of(folder: Path, tmp_path: Path) -> None:
    """Who sorts themes into folders would miss them without a word."""
    write(folder, "themes/money/fares.toml", 'name = "Fares"\nphrases = ["fares"]\n')
    write(folder, "themes/.git/x.toml", "")
    told = said(check(folder, tmp_path / "none", now=NOW), "warning")
    assert f"{folder}/themes/money/fares.toml is not read: theme files lie in {folder}/themes itself. Move it there" in told
    assert "x.toml" not in told


def test_options_that_go_together_are_said_to(folder: Path, tmp_path: Path) -> None:
    """Papers that are wanted, and not written, must not pass in silence."""
    for words, said_so in (
        (("--to", str(tmp_path / "papers")), "--to goes with --governance"),
        (("--governance", "--handover"), "--governance or --handover, not both"),
    ):
        ended = started("check", *words, "--campaign", str(folder), "--data", str(tmp_path / "none"))
        assert ended.code == 2 and said_so in ended.err, ended
    assert not (tmp_path / "papers").exists()


def test_a_phrase_that_its_own_theme_switches_off_is_told_of(folder: Path, tmp_path: Path) -> None:
    phrases = 'phrases = ["Fare-dodger", "late fare dodger", "fare"]\nnot_when = ["fare dodger", "dodgers"]\n'
    write(folder, "themes/fares.toml", f'name = "Fares"\nmeaning = "m"\n{phrases}')
    told = said(check(folder, tmp_path / "none", now=NOW), "warning")
    assert 'Theme fares: 3 phrases, 0 labelled posts. Its phrases "Fare-dodger" and "late fare dodger" can never be found' in told


def test_a_campaign_that_follows_nothing_keeps_everything(folder: Path, tmp_path: Path) -> None:
    write(folder, "campaign.toml", 'name = "all"\n')
    assert "every post that is imported is kept" in said(check(folder, tmp_path / "none", now=NOW), "note")


def test_themes_are_weighed(folder: Path, tmp_path: Path) -> None:
    write(folder, "themes/fares.toml", 'name = "Fares"\nmeaning = "m"\nphrases = ["day ticket", "late bus"]\n')
    write(folder, "themes/delays.toml", 'name = "Delays"\nmeaning = "m"\nphrases = ["Late-bus"]\n[examples]\nyes = ["Late!"]\n')
    write(folder, "themes/stops.toml", 'name = "Stops"\nmeaning = "m"\n')
    write(folder, "themes/drivers.toml", 'name = "Drivers"\nphrases = ["bus driver"]\n')
    write(folder, "themes/seats.toml.txt", 'name = "Seats"\n')
    rows = [f'{{"text": "post {n}", "themes": ["fares", "drivers"], "origin": "invented"}}\n' for n in range(10)]
    rows += ['{"text": "Dear", "themes": ["fares"]}\n', '{"text": "dear", "themes": []}\n']
    write(folder, "examples.jsonl", "".join(rows))
    report = check(folder, tmp_path / "none", now=NOW)
    assert report.exit_code == 0
    assert "Theme fares: 2 phrases, 11 labelled posts." in said(report, "ok")
    assert "12 labelled posts in examples.jsonl, 10 of them invented." in said(report, "ok")
    notes, warnings = said(report, "note"), said(report, "warning")
    assert "Theme delays: 1 phrase, 1 labelled post. Fewer than 10" in notes
    assert "Theme drivers: 1 phrase, 10 labelled posts. It has no meaning, so it is known by phrases and labels alone" in notes
    assert 'The phrase "late bus" stands in delays and fares' in notes
    assert "Theme stops: 0 phrases, 0 labelled posts. It will not be found before 5 labelled posts carry it" in warnings
    assert "lines 11 and 12 hold the same text with different labels" in warnings
    assert "seats.toml.txt is not read" in warnings


def test_sources_holds_and_dates_are_weighed(folder: Path, tmp_path: Path) -> None:
    more = """
[sources.x]
[sources.bluesky]
[governance]
controller = "a"
dpia_date = 2026-12-01
[[study_hold]]
reason = "An old study"
end = 2026-11-09
[[study_hold]]
reason = "A study that goes on"
end = 2026-11-10
"""
    write(folder, "campaign.toml", CAMPAIGN + more)
    report = check(folder, tmp_path / "none", now=NOW)
    notes = said(report, "note")
    assert "[governance] lacks contact, lawful_basis and condition" in notes
    assert 'The study hold "An old study" ended on 2026-11-09' in notes
    assert "goes on" not in notes
    warnings = said(report, "warning")
    assert "2026-12-01, which is still to come" in warnings
    assert "x: https://api.x.com is not asked until [governance] has contact, lawful_basis, condition" in warnings
    assert "exit code 2" in warnings
    assert report.exit_code == 0


def test_mistakes_in_the_campaign_end_with_2_and_the_data_are_still_looked_at(folder: Path, data: DataFolder) -> None:
    write(folder, "campaign.toml", 'nam = "x"\ntimezone = "Mars"\n')
    report = check(folder, data.root, now=NOW)
    problems = said(report, "problem").split("\n")
    assert report.exit_code == 2
    assert [row.split(": ")[0] for row in problems] == [f"{folder}/campaign.toml:{line}" for line in (1, 1, 2)]
    assert "Did you mean name?" in problems[1]
    assert f"{data.tracker} is whole" in said(report, "ok")


def test_mistakes_in_the_examples_end_with_2(folder: Path, tmp_path: Path) -> None:
    write(folder, "examples.jsonl", "".join('{"text": "a", "themes": ["none"]}\n' for _ in range(25)))
    report = check(folder, tmp_path / "none", now=NOW)
    assert report.exit_code == 2
    assert f'{folder}/examples.jsonl:1: themes: "none" is no theme' in said(report, "problem")
    assert "And 5 more" in said(report, "problem")


def test_sound_data_are_said_to_be_whole(folder: Path, data: DataFolder) -> None:
    write(data.inbox, "tweets.jsonl", "{}\n")
    (data.inbox / "a-folder").mkdir()
    write(data.inbox, ".hidden", "")
    write(data.failed, "broken.csv", "x")
    write(data.failed, "broken.csv.why.txt", "why")
    report = check(folder, data.root, now=NOW)
    assert report.exit_code == 0
    assert f"{data.tracker} is whole" in said(report, "ok")
    assert f"{data.forgotten} is whole" in said(report, "ok")
    assert "Waiting in the inbox for the next `nightly`: a-folder and tweets.jsonl." in said(report, "note")
    assert f"Could not be imported: broken.csv. The notes in {data.failed} say why." in said(report, "warning")


def test_looking_changes_nothing(folder: Path, data: DataFolder) -> None:
    before = {path: path.read_bytes() for path in sorted(data.root.rglob("*.db"))}
    check(folder, data.root, now=NOW)
    assert {path: path.read_bytes() for path in sorted(data.root.rglob("*.db"))} == before


def test_a_damaged_store_ends_with_6(folder: Path, data: DataFolder) -> None:
    content = bytearray(data.tracker.read_bytes())
    content[4096 * 2 : 4096 * 8] = b"\xaa" * (4096 * 6)
    data.tracker.write_bytes(content)
    report = check(folder, data.root, now=NOW)
    assert report.exit_code == 6
    assert f"{data.tracker} is damaged" in said(report, "problem")


def test_what_is_no_store_ends_with_6(folder: Path, data: DataFolder) -> None:
    data.forgotten.write_bytes(b"not a database at all" * 500)
    report = check(folder, data.root, now=NOW)
    assert report.exit_code == 6
    assert f"{data.forgotten} is damaged, or is not a store" in said(report, "problem")
    assert f"{data.tracker} is whole" in said(report, "ok")


def test_a_newer_store_ends_with_6(folder: Path, data: DataFolder) -> None:
    with sqlite3.connect(data.tracker) as connection:
        connection.execute(
            "insert into _sqlite_migrations(migration_set, name, applied_at) values ('tracker', 't999_future', '2030-01-01')"
        )
    connection.close()
    report = check(folder, data.root, now=NOW)
    assert report.exit_code == 6
    assert "made by a newer version" in said(report, "problem")


def test_a_store_that_lacks_steps_is_brought_up_to_date_by_the_next_run(folder: Path, data: DataFolder) -> None:
    with sqlite3.connect(data.raw) as connection:
        connection.execute("pragma user_version = 1")  # a file that SQLite made, and none of our tables in it
    connection.close()
    assert {store.path: store.steps_to_do > 0 for store in health(data)}[data.raw]
    assert f"{data.raw} was made by an earlier version" in said(check(folder, data.root, now=NOW), "note")


def test_a_key_that_is_missing_where_someone_asked_to_be_forgotten_ends_with_6(folder: Path, data: DataFolder) -> None:
    data.key.unlink()
    report = check(folder, data.root, now=NOW)
    assert report.exit_code == 6
    assert f"The key {data.key} is missing." in said(report, "problem")


@pytest.mark.parametrize("cut", ["tracker", "forgotten"])
def test_a_store_that_was_cut_to_nothing_is_damaged_and_not_new(folder: Path, data: DataFolder, cut: str) -> None:
    path = getattr(data, cut)
    path.write_bytes(b"")
    report = check(folder, data.root, now=NOW)
    assert report.exit_code == 6
    assert f"{path} is damaged: it is empty." in said(report, "problem")


@pytest.mark.parametrize("content", [b"", b"abcd", b"not hex at all", b"\xff\xfe"])
def test_a_damaged_key_ends_with_6(folder: Path, data: DataFolder, content: bytes) -> None:
    data.key.write_bytes(content)
    report = check(folder, data.root, now=NOW)
    assert report.exit_code == 6
    assert f"The key {data.key} is damaged." in said(report, "problem")


def test_a_key_without_the_list_that_it_belongs_to_ends_with_6(folder: Path, data: DataFolder) -> None:
    data.forgotten.unlink()
    report = check(folder, data.root, now=NOW)
    assert report.exit_code == 6
    assert "forgotten.db is missing, and its key is still there" in said(report, "problem")


def test_a_data_folder_open_to_others_is_a_warning(folder: Path, data: DataFolder) -> None:
    data.root.chmod(0o755)
    assert f"chmod 700 '{data.root}'" in said(check(folder, data.root, now=NOW), "warning")


def test_data_that_may_not_be_read_end_with_5(folder: Path, data: DataFolder) -> None:
    data.root.chmod(0)
    ended = started("check", "--campaign", folder, "--data", data.root, before=AS_A_USER)
    data.root.chmod(0o700)
    assert ended.code == 5 and ended.out.startswith("ok       The campaign better-buses follows"), ended
    assert f"{data.root} may not be written by this user" in ended.out


def test_free_space_is_said_and_too_little_is_a_warning(folder: Path, data: DataFolder) -> None:
    assert "are free for data." in said(check(folder, data.root, now=NOW), "ok")
    with (data.root / "spare.db").open("wb") as stream:
        stream.truncate(shutil.disk_usage(data.root).free)  # a hole: it has the size and takes no space
    assert "make twice its size free" in said(check(folder, data.root, now=NOW), "warning")


def test_the_report_reads_as_lines_and_sums_up(folder: Path, tmp_path: Path) -> None:
    text = check(folder, tmp_path / "none", now=NOW).text()
    assert text.startswith("ok       The campaign better-buses follows")
    assert text.endswith("\n\n0 problems, 0 warnings and 6 notes.")


def test_the_campaign_of_this_repository_has_no_problem(tmp_path: Path) -> None:
    report = check(REPOSITORY / "campaigns" / "futurewelfare", tmp_path / "none", now=NOW)
    assert report.exit_code == 0
    assert said(report, "warning") == ""


# ---- tonight -----------------------------------------------------------------------------------------------------------


def test_a_backup_that_has_no_room_is_a_problem_before_the_night(
    folder: Path, data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(10**9, 10**9, 300_000))
    report = check(folder, data.root, now=NOW)
    assert report.exit_code == 6
    assert "Tonight's backup will fail: it needs about" in said(report, "problem")
    assert "for SQLite's temporary files" in said(report, "warning")


def test_a_clock_that_went_back_is_a_problem_and_one_that_a_server_contradicts_a_warning(folder: Path, data: DataFolder) -> None:
    store = Store.open(data)
    run = begin_run(store, "nightly", now="2026-11-20T02:15:00Z", version="1")
    end_run(store, run, now="2026-11-20T02:16:00Z", status="ok", exit_code=0, note="")
    store.remember("clock_off", '{"host": "one.example", "seconds": 864000, "at": "2026-11-20T02:15:00Z"}')
    store.close()
    report = check(folder, data.root, now=NOW)
    assert report.exit_code == 4
    assert "the store has a run of 2026-11-20T02:16:00Z: the clock is wrong now, or was then." in said(report, "problem")
    assert "this machine's clock was 10 days ahead of that of one.example" in said(report, "warning")
    right = check(folder, data.root, now="2026-11-21T02:15:00Z")
    assert right.exit_code == 0


def test_data_of_another_campaign_are_told_of(folder: Path, data: DataFolder) -> None:
    with closing(Store.open(data)) as store:
        store.remember("campaign_name", "better-buses")
    assert "were last run for" not in str(check(folder, data.root, now=NOW))
    with closing(Store.open(data)) as store:
        store.remember("campaign_name", "open-stacks")
    warned = said(check(folder, data.root, now=NOW), "warning")
    assert 'were last run for the campaign "open-stacks"; this folder is of "better-buses"' in warned


def test_a_source_that_refused_is_told_of_before_the_night(folder: Path, data: DataFolder) -> None:
    write(folder, "campaign.toml", CAMPAIGN + "[sources.mastodon]\nservers = ['one.example']\n")
    store = Store.open(data)
    run = begin_run(store, "nightly", now="2026-11-09T02:15:00Z", version="1")
    for source, server, status in (
        ("mastodon", "one.example", "refused"),
        ("mastodon", "two.example", "unreachable"),
        ("x", "x.example", "refused"),
    ):
        Asked(store, run, source, server, "#betterbuses", "2026-11-09T02:15:00Z").keep(status=status, got=None, now=NOW)
    store.close()
    told = said(check(folder, data.root, now=NOW), "warning")
    assert "last asked, on 2026-11-09T02:15:00Z, no good answer came from mastodon at one.example (refused)" in told
    assert "x.example" not in told and "two.example" not in told, "the campaign does not ask them any more"
    store = Store.open(data)
    Asked(store, run, "mastodon", "one.example", "#buses", "2026-11-09T02:15:00Z").keep(status="ok", got=3, now=NOW)
    store.close()
    assert "mastodon at one.example (refused, 1 of 2 questions)" in said(check(folder, data.root, now=NOW), "warning")


def test_a_key_in_the_address_of_a_feed_is_warned_of_and_not_repeated(folder: Path, tmp_path: Path) -> None:
    """Pages, exports and alerts name what is asked; `check` itself is what cron may mail."""
    feeds = 'urls = ["https://blog.example/feed?tag=bus", "https://forum.example/bus.rss?api_key=5f3a9c0d"]'
    network = '[network]\nallow_hosts = ["blog.example", "forum.example"]\n'
    write(folder, "campaign.toml", f"{CAMPAIGN}[sources.feeds]\n{feeds}\n{network}")
    report = check(folder, tmp_path / "none", now=NOW)
    assert "asks https://blog.example for https://blog.example/feed?tag=bus." in said(report, "ok")
    warned = said(report, "warning")
    assert "an address at https://forum.example holds what looks like a key" in warned and "blog.example" not in warned
    assert "5f3a9c0d" not in report.text()
