"""Files as people hand them over: odd names, pipes, wrong formats, wrong encodings, many that are no export at all."""

import io
import json
import os
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from db.folder import DataFolder
from pipelines.import_exports import import_exports
from pipelines.inbox import import_inbox
from pipelines.paging import NothingStored, Rules, Tally, read_page
from pipelines.preview import preview
from pipelines.reading_exports import PASSED_OVER
from pipelines.running import running
from tests import invented
from tests.desk import Desk
from tests.test_tables import book, xml_row
from tracker.campaign import read_campaign
from tracker.exports import by_slug
from tracker.exports.opening import export_files
from tracker.matching import Matcher
from tracker.records import Campaign, Lacking
from tracker.reports import FileReport


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
    Path(os.fsdecode(bytes(desk.files) + b"/no-export-\xff.csv")).write_text("Dear all", encoding="utf-8")
    ended = desk.run("import", desk.files, "--json")
    assert ended.code == 2 and "Traceback" not in ended.err
    assert ended.err.startswith("files/no-export-\ufffd.csv is no export")
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


def test_what_lies_in_a_folder_beside_exports_is_passed_over_and_named(campaign: Campaign, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "pictures").mkdir(parents=True)
    invented.twarc2_file(folder / "a.jsonl", range(3))
    company = {
        "README.md": b"# Buses, trams, fares\n\nFetched on Monday.\n",
        "PROVENANCE.txt": b"Fetched by Ann, on Monday, with twarc2\n",
        "notes.txt": b"Dear all,\nthe file is from Monday.\n",
        "pictures/bus.jpg": b"\xff\xd8\xff\xe0 a picture",
        "Your archive.html": b"<!doctype html><title>x</title>",
    }
    for name, content in company.items():
        (folder / name).write_bytes(content)
    trial = preview(campaign, DataFolder(tmp_path / "data"), [folder])
    reports, problems = imported(campaign, tmp_path / "data", [folder])
    assert problems == [] and trial.files == reports
    passed = {report.file.removeprefix("folder/") for report in reports if report.format == PASSED_OVER}
    assert passed == set(company) and sum(report.new for report in reports) == 3


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("README.json", b'{"made": "on Monday"}'),
        ("likes.txt", b"id;name;date\n1;ann;2026\n2;ben;2026\n"),
        ("table.csv", b"Dear all"),
        ("LICENSE", b"PK\x03\x04 cut"),
    ],
)
def test_what_could_hold_posts_is_never_passed_over(campaign: Campaign, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / "folder").mkdir()
    invented.twarc2_file(tmp_path / "folder" / "a.jsonl", range(3))
    (tmp_path / "folder" / name).write_bytes(content)
    reports, [problem] = imported(campaign, tmp_path / "data", [tmp_path / "folder"])
    assert problem.startswith(f"folder/{name}") and [report.new for report in reports] == [3]


def test_a_folder_without_any_export_is_refused(campaign: Campaign, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "README.md").write_text("# Buses", encoding="utf-8")
    reports, [problem] = imported(campaign, tmp_path / "data", [tmp_path / "folder"])
    assert reports == [] and problem.startswith("folder/README.md is no export")


def test_of_a_mastodon_archive_that_is_unpacked_only_the_posts_are_looked_at(campaign: Campaign, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    (folder / "media_attachments").mkdir(parents=True)
    (folder / "outbox.json").write_text('{"type": "OrderedCollection", "orderedItems": []}', encoding="utf-8")
    (folder / "actor.json").write_text('{"type": "Person", "preferredUsername": "ann"}', encoding="utf-8")
    (folder / "likes.json").write_text(
        '{"type": "OrderedCollection", "orderedItems": ["https://toot.example/1"]}', encoding="utf-8"
    )
    (folder / "media_attachments" / "x.json").write_text("{}", encoding="utf-8")
    assert [path.name for path in export_files(folder)] == ["outbox.json"]


def test_of_an_x_archive_that_is_unpacked_no_script_is_looked_at(tmp_path: Path) -> None:
    for name in ("data/tweets.js", "data/manifest.js", "data/direct-messages.js", "assets/js/app.js", "elsewhere.jsonl"):
        (tmp_path / "archive" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "archive" / name).write_text("x", encoding="utf-8")
    assert [path.name for path in export_files(tmp_path / "archive")] == ["tweets.js", "elsewhere.jsonl"]


def test_archives_and_spreadsheets_in_an_archive_are_read_but_no_deeper(campaign: Campaign, tmp_path: Path) -> None:
    posts = invented.twarc2_file(tmp_path / "a.jsonl", range(3)).read_bytes()
    archive = b'window.YTD.tweets.part0 = [{"tweet": {"id_str": "1264255250585849857", "full_text": "#SaveOurBuses", '
    archive += b'"created_at": "Sat May 23 18:01:55 +0000 2020", "entities": {"hashtags": [{"text": "SaveOurBuses"}]}}}]'
    members = {
        "a.zip": zip_of({"x.jsonl": posts}),
        "b.zip": zip_of({"data/tweets.js": archive, "data/direct-messages.js": b"window.YTD.direct_messages.part0 = []"}),
        "c.zip": zip_of({"deeper.zip": zip_of({"x.jsonl": posts})}),
        "d.zip": zip_of({"x.jsonl": posts})[:120],
        "e.jsonl": posts,
    }
    (tmp_path / "all.zip").write_bytes(zip_of(members))
    reports, [deeper, problem] = imported(campaign, tmp_path / "data", [tmp_path / "all.zip"])
    assert [(report.file, report.new, report.known) for report in reports] == [
        ("all.zip/a.zip/x.jsonl", 3, 0),
        ("all.zip/b.zip/data/tweets.js", 1, 0),
        ("all.zip/e.jsonl", 0, 3),
    ]
    assert deeper.startswith("all.zip/c.zip is no export that can be read: it is a zip archive with nothing in it that is known")
    assert problem.startswith("all.zip/d.zip is a zip archive that is cut short or damaged")


def test_what_lies_in_an_archive_beside_exports_is_told_as_in_a_folder(campaign: Campaign, tmp_path: Path) -> None:
    posts, other = (invented.twarc2_file(tmp_path / "a.jsonl", numbers).read_bytes() for numbers in (range(3), range(3, 5)))
    inner = {"README.txt": b"Dear all,\nfrom Monday.\n", "posts.jsonl": posts, "table.csv": b"id;name;date\n1;ann;2026\n"}
    members = {
        "../up.jsonl": other,
        "in.zip": zip_of(inner),
        "none.zip": zip_of({"x.zip": zip_of(inner)}),
        "bus.jpg": b"\xff\xd8\xff\xe0",
    }
    (tmp_path / "all.zip").write_bytes(zip_of(members))
    trial = preview(campaign, DataFolder(tmp_path / "data"), [tmp_path / "all.zip"])
    reports, problems = imported(campaign, tmp_path / "data", [tmp_path / "all.zip"])
    assert trial.files == reports and list(map(str, trial.problems)) == problems
    assert [(report.file, report.new) for report in reports if report.format != PASSED_OVER] == [
        ("all.zip/../up.jsonl", 2),
        ("all.zip/in.zip/posts.jsonl", 3),
    ]
    passed = [report.file for report in reports if report.format == PASSED_OVER]
    assert passed == ["all.zip/in.zip/README.txt", "all.zip/bus.jpg"]
    assert [problem.partition(" is no export")[0] for problem in problems] == ["all.zip/in.zip/table.csv", "all.zip/none.zip"]


def test_a_sheet_beside_known_ones_is_named_and_one_that_was_meant_to_hold_posts_refused(
    campaign: Campaign, tmp_path: Path
) -> None:
    names = ("id_str", "from_user", "text", "created_at")
    post = ("2096871087928247273", "ann", "#SaveOurBuses", "Mon Sep 07 08:00:00 +0000 2026")
    sheets = (
        xml_row("Read me"),
        xml_row(*names) + xml_row(*post),
        xml_row("Posts of June") + xml_row("") + xml_row(*names) + xml_row(*post),
        xml_row("id_str", "user", "status_url", "text", "created_at", "from_user_id_str"),
    )
    path = book(tmp_path / "a.xlsx", *sheets)
    reports, problems = imported(campaign, tmp_path / "data", [path])
    assert [(report.file, report.format) for report in reports] == [("a.xlsx/S1", "TAGS CSV"), ("a.xlsx/S0", PASSED_OVER)]
    assert [problem.partition("it ")[2].partition(" Safe")[0] for problem in problems] == [
        "has the columns of TAGS CSV in line 3, not in the first; delete what stands above and import it again.",
        "looks like a table of TAGS, but has no column from_user.",
    ]


def test_memory_does_not_grow_with_what_is_passed_over(campaign: Campaign, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for number in range(200):
        (tmp_path / "folder" / f"{number}.jpg").write_bytes(b"\xff\xd8\xff" + b"\xff" * 65536)
    invented.twarc2_file(tmp_path / "folder" / "a.jsonl", range(3))
    tracemalloc.start()
    reports, problems = imported(campaign, tmp_path / "data", [tmp_path / "folder"])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(reports), problems) == (201, []) and most < 20 * 1024**2


@pytest.mark.parametrize("place", ["files", "data/inbox"])
def test_a_file_that_goes_away_keeps_no_other_out(desk: Desk, place: str) -> None:
    folder = desk.files.parent / place
    folder.mkdir(parents=True, exist_ok=True)
    first, second, third = (
        invented.twarc2_file(folder / f"{name}.jsonl", numbers)
        for name, numbers in (("a", range(3)), ("b", range(3, 6)), ("c", range(6, 9)))
    )

    def taken(name: str, rows: int, expected: object) -> None:
        second.unlink(missing_ok=True)

    with running("nightly", read_campaign(desk.campaign), DataFolder(desk.data), progress=taken) as run:
        if place == "files":
            import_exports(run, [first, second, third])
        else:
            import_inbox(run)
    (problem,) = run.problems
    assert problem.exit_code == 3 and str(problem).startswith("b.jsonl: It went away before it was read.")
    assert desk.value("select count(*) from posts") == 6
    assert [path.name for path in (desk.data / "inbox" / "failed").iterdir()] == []


def test_a_copy_under_another_name_is_told_by_the_name_that_it_has_now(desk: Desk) -> None:
    one = invented.twarc2_file(desk.files / "june.jsonl", range(3))
    (desk.files / "my copy.jsonl").write_bytes(one.read_bytes())
    assert desk.run("import", one).code == 0
    for words in ((), ("--dry-run",)):
        (report,) = json.loads(desk.run("import", desk.files / "my copy.jsonl", "--json", *words).out)["files"]
        assert (report["file"], report["given"], report["known"]) == ("june.jsonl", "my copy.jsonl", 3)
    said = desk.run("import", desk.files / "my copy.jsonl", "-v").out
    assert "my copy.jsonl (the same content as june.jsonl): twarc2 JSON lines" in said
    assert desk.query("select distinct file from imports") == [("june.jsonl",)]


def zip_of(members: dict[str, bytes]) -> bytes:
    """A zip archive in memory."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def test_a_time_that_cannot_be_that_of_the_id_is_told(campaign: Campaign, tmp_path: Path) -> None:
    odd = [
        invented.tweet(1, "#SaveOurBuses"),
        invented.tweet(2, "#SaveOurBuses", created_at="2009-01-01T00:00:00.000Z"),
        invented.tweet(3, "#SaveOurBuses", created_at="2031-01-01T00:00:00.000Z"),
    ]
    (tmp_path / "a.jsonl").write_text(invented.page(odd) + "\n", encoding="utf-8")
    [report], problems = imported(campaign, tmp_path / "data", [tmp_path / "a.jsonl"])
    assert (report.new, problems) == (3, [])
    assert "Of 2 posts of X the time is more than a day from the one inside the id" in report.lost


def test_files_with_byte_order_marks_that_were_joined_are_read_whole(campaign: Campaign, tmp_path: Path) -> None:
    one, other = (b"\xef\xbb\xbf" + invented.page([invented.tweet(n, "#SaveOurBuses")]).encode() + b"\n" for n in (1, 2))
    (tmp_path / "a.jsonl").write_bytes(one + other)
    [report], _ = imported(campaign, tmp_path / "data", [tmp_path / "a.jsonl"])
    assert (report.rows, report.new) == (2, 2)
