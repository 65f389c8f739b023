"""Files as people hand them over: odd names, pipes, wrong formats, wrong encodings, many that are no export at all."""

import json
import os
from pathlib import Path

import pytest

from db.folder import DataFolder
from pipelines.import_exports import import_exports
from pipelines.paging import NothingStored, Rules, Tally, read_page
from pipelines.preview import preview
from pipelines.running import running
from tests import invented
from tests.desk import Desk
from tests.test_commands import desk
from tracker.campaign import read_campaign
from tracker.exports import by_slug
from tracker.matching import Matcher
from tracker.records import Campaign, Lacking
from tracker.reports import FileReport

__all__ = ["desk"]


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return read_campaign(invented.campaign_folder(tmp_path))


def imported(campaign: Campaign, data: Path, files: list[Path]) -> tuple[list[FileReport], list[str]]:
    """What an import of these files says of them."""
    with running("import", campaign, DataFolder(data)) as run:
        import_exports(run, files)
    return run.files, [str(problem) for problem in run.problems]


def test_a_trial_says_what_the_import_says_also_of_posts_that_wait_for_a_later_file(campaign: Campaign, tmp_path: Path) -> None:
    answer = invented.tweet(5, "No hashtag here", referenced_tweets=[{"type": "replied_to", "id": invented.x_id(1)}])
    first = tmp_path / "1-answers.jsonl"
    first.write_text(invented.page([answer]) + "\n", encoding="utf-8")
    files = [first, invented.twarc2_file(tmp_path / "2-asked.jsonl", range(1, 3))]
    trial = preview(campaign, DataFolder(tmp_path / "data"), files)
    reports, problems = imported(campaign, tmp_path / "data", files)
    assert (trial.files, [str(problem) for problem in trial.problems]) == (reports, problems)
    assert [(report.new, report.outside) for report in reports] == [(1, 0), (2, 0)]
    again = preview(campaign, DataFolder(tmp_path / "data"), files)
    assert (again.files, again.problems) == (imported(campaign, tmp_path / "data", files)[0], [])


def test_a_file_that_must_be_given_up_is_named_and_what_came_before_is_kept_and_told(campaign: Campaign, tmp_path: Path) -> None:
    status = {
        "uri": "https://toot.example/1",
        "content": "<p>caf\u00e9 #SaveOurBuses</p>",
        "visibility": "public",
        "created_at": "2026-10-20T08:00:00.000Z",
        "account": {"url": "https://toot.example/@ann", "acct": "ann"},
        "tags": [{"name": "saveourbuses"}],
    }
    statuses = [{**status, "uri": f"https://toot.example/{number}"} for number in range(3)]
    text = json.dumps(statuses, ensure_ascii=False, indent=1).encode()
    (tmp_path / "folder").mkdir()
    spoilt = tmp_path / "folder" / "statuses.json"
    spoilt.write_bytes(text[: text.rindex("é".encode())] + b"\xe9" + text[text.rindex("é".encode()) + 2 :])
    after = invented.twarc2_file(tmp_path / "folder" / "zz.jsonl", range(2))
    reports, [problem] = imported(campaign, tmp_path / "data", [spoilt.parent])
    assert [(report.file, report.new) for report in reports] == [("folder/statuses.json", 2), (f"folder/{after.name}", 2)]
    assert problem.startswith("folder/statuses.json: The file is not UTF-8 text") and "not UTF-8" in reports[0].truncated


def test_a_name_that_is_no_text_or_breaks_a_line_is_shown_with_marks_in_its_place(desk: Desk) -> None:
    for name in (b"two\nlines.jsonl", b"latin-\xe9.jsonl"):
        path = Path(os.fsdecode(bytes(desk.files) + b"/" + name))
        invented.twarc2_file(path, range(len(name)))
    Path(os.fsdecode(bytes(desk.files) + b"/no-export-\xff.txt")).write_text("Dear all", encoding="utf-8")
    ended = desk.run("import", desk.files, "--json")
    assert ended.code == 2 and "Traceback" not in ended.err
    assert ended.err.startswith("files/no-export-\ufffd.txt is no export")
    names = {report["file"] for report in json.loads(ended.out)["files"]}
    assert names == {"files/two\ufffdlines.jsonl", "files/latin-\ufffd.jsonl"}


def test_what_a_file_lacks_is_told_once_and_stored_with_its_import(desk: Desk) -> None:
    files = [invented.twarc2_file(desk.files / name, range(number)) for number, name in enumerate(("a.jsonl", "b.jsonl"), 2)]
    trial = json.loads(desk.run("import", *files, "--dry-run", "--json").out)["files"]
    told = desk.run("import", *files, "--dry-run").out
    desk.run("import", *files)
    stored = desk.value("select lost from imports where file = 'b.jsonl'")
    assert [report["lost"] for report in trial] == [stored, stored] and stored == by_slug("twarc2").lost
    assert told.count(f"what it lacks: {stored}") == 1


def test_what_one_file_in_particular_lacks_stands_behind_what_all_of_its_format_do(campaign: Campaign) -> None:
    tally = Tally()
    for line in (1, 2):
        read_page([Lacking("It is a sample.", line)], Rules(campaign, Matcher(campaign), None), NothingStored(), tally, file="a")
    report = tally.report("a", "Some table", "It has no counts.")
    assert (report.lost, report.rows) == ("It has no counts. It is a sample.", 0)


def test_a_pipe_is_not_waited_for(desk: Desk) -> None:
    os.mkfifo(desk.files / "pipe")
    ended = desk.run("import", desk.files / "pipe")
    assert ended.code == 2 and "is a pipe or a device" in ended.err and "`-`" in ended.err


@pytest.mark.parametrize("wanted", ["tags", "x-archive", "mastodon-outbox", "mastodon-statuses"])
def test_a_file_is_not_read_as_what_it_is_not(desk: Desk, wanted: str) -> None:
    ended = desk.run("import", invented.twarc2_file(desk.files / "a.jsonl", range(3)), "--format", wanted)
    assert ended.code == 2 and "but it is twarc2" in ended.err and "--format twarc2" in ended.err
    assert desk.value("select count(*) from imports") == 0


def test_many_files_that_are_no_export_share_one_piece_of_advice(desk: Desk) -> None:
    for number in range(5):
        (desk.files / f"letter-{number}.txt").write_text("Dear all", encoding="utf-8")
    ended = desk.run("import", desk.files)
    assert ended.code == 2
    assert (ended.err.count("is no export"), ended.err.count("Known formats")) == (5, 1)
