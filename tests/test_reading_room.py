"""The quote desk, public-role accounts, feeds, tables to take away, method, tutorial, and a file from the browser."""

import io
import re
import sqlite3
import xml.etree.ElementTree as ET
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.models import keep_overall
from pipelines.inbox import import_inbox
from pipelines.running import running
from tests.coding_client import Coder
from tests.pages_client import Pages, words
from tests.pages_store import CAMPAIGN, MEASURED, NOW, build_store
from tests.test_house import REPOSITORY
from tests.test_import_files import zip_of
from tracker.campaign import read_campaign
from tracker.records import Overall

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return build_store(tmp_path_factory.mktemp("room") / "data", posts=40)


# ---- quotes ----------------------------------------------------------------------------------------------------------


def test_words_may_be_used_only_with_a_dated_consent_and_its_link(pages: Pages) -> None:
    ann = Coder(pages, "Ann")
    assert "Hello @writer0, we work on" in ann.open("/quotes/1")
    ann.send("/quotes/1", text="Our council ended the outsourcing of the bins", consent="yes")
    assert ann.status == 422 and "An answer needs its day" in words(ann.page)
    ann.send("/quotes/1", text="Our council loves outsourcing", consent="", consent_at="", consent_link="")
    assert ann.status == 422 and "just as they are" in words(ann.page)
    agreed = {"consent": "yes", "consent_at": "2026-11-08", "consent_link": "https://example.social/yes"}
    for name, what in (("asked_at", "on which they were asked"), ("consent_at", "of their answer")):
        ann.open("/quotes/1")
        ann.send("/quotes/1", **{**agreed, name: "2126-11-08"})
        assert ann.status == 422 and f"The day {what} is yet to come." in words(ann.page)
    ann.send("/quotes/1", text="Our council ended the outsourcing of the bins", **agreed)
    assert "may be quoted" in words(ann.page) and "agreed on 8 November 2026" in words(ann.page)
    assert "The public copy has it so after the next night, or at once after debate-tracker publish ." in words(ann.page)


def test_a_paraphrase_that_a_search_would_find_is_refused(pages: Pages) -> None:
    ann = Coder(pages, "Ann")
    ann.open("/quotes/2")
    ann.send("/quotes/2", paraphrase="They say that we write the plan together, and mean it", text="")
    assert ann.status == 422 and "5 words in a row" in words(ann.page)
    ann.send("/quotes/2", paraphrase="Planning as equals is what counts for them", text="")
    assert "our own words only" in words(ann.page)


def test_a_fault_in_a_quote_does_not_let_it_overwrite_what_a_colleague_kept_meanwhile(pages: Pages) -> None:
    ann, ben = Coder(pages, "Ann"), Coder(pages, "Ben")
    for one in (ann, ben):
        one.open("/quotes/4")
    ben.send("/quotes/4", asked_at="2026-11-07", paraphrase="Ben says it so")
    ann.send("/quotes/4", consent="yes", consent_link="https://example.social/yes")
    assert ann.status == 422 and "An answer needs its day" in words(ann.page)
    ann.send("/quotes/4", consent_at="2026-11-08")
    assert ann.status == 409 and "What they wrote stands beside yours" in words(ann.page)
    said = words(ann.page)
    assert "Kept now: 2026-11-07" in said and "Kept now: Ben says it so" in said and "Kept now: nothing" in said
    ann.send("/quotes/4", asked_at="2026-11-07", paraphrase="Ben says it so")
    assert "agreed on 8 November 2026" in words(ann.page)


# ---- accounts --------------------------------------------------------------------------------------------------------


def test_an_account_with_a_public_role_is_noted_and_taken_off(pages: Pages) -> None:
    ann = Coder(pages, "Ann")
    assert "No account has been noted yet." in ann.open("/accounts")
    note = ("csrftoken", ann.form("/accounts").fields[0][1])
    ann.post("/accounts", [note, ("platform", "x"), ("handle", "@WRITER1"), ("role", "press"), ("office", "<i>The Post</i>")])
    assert "Press" in words(ann.page) and "Co-production means" in words(ann.page) and "<i>The" not in ann.page
    ann.post("/accounts", [note, ("platform", "x"), ("handle", "a b"), ("role", "party")])
    assert ann.status == 422
    ann.send("/accounts")
    assert "No account has been noted yet." in ann.open("/accounts")


def test_what_is_not_of_this_debate_is_no_part_of_what_an_account_wrote(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=30)
    ann = Coder(Pages(data), "Ann")
    ann.open("/accounts")
    note = ("csrftoken", ann.form("/accounts").fields[0][1])
    ann.post("/accounts", [note, ("platform", "x"), ("handle", "writer1"), ("role", "press")])
    theirs = "from posts join authors on authors.id = author_id where handle = 'writer1' and authors.platform = 'x'"
    with closing(sqlite3.connect(data.tracker)) as db, db:
        posts, newest = db.execute(f"select count(*), max(posts.created_at) {theirs}").fetchone()
        (number, text) = db.execute(f"select posts.id, text {theirs} and posts.created_at = ?", [newest]).fetchone()
        assert f"{posts} posts" in words(ann.open("/accounts")) and text in words(ann.page)
        verdict = "insert or replace into post_verdicts(post_id, relevant, coders, adjudicated, via) values (?, 0, 1, 0, 'read')"
        db.execute(verdict, [number])
    said = words(ann.open("/accounts"))
    assert f"{posts - 1} post, from" in said and text not in said
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("insert into authors(platform, native_id, handle) values ('x', 'another id', 'Writer1')")
        db.execute("update posts set author_id = last_insert_rowid() where native_id = '30001'")
    said = words(ann.open("/accounts"))
    assert f"{posts} posts, from" in said and "Read our paper" in said, "what another source has under another id is theirs, too"


def test_what_was_typed_of_an_account_comes_back_with_what_is_wrong(pages: Pages) -> None:
    ann = Coder(pages, "Ann")
    ann.open("/accounts")
    note = ("csrftoken", ann.form("/accounts").fields[0][1])
    typed = [("platform", "mastodon"), ("handle", "The Post"), ("role", "council"), ("office", "Leader of “A & B” council")]
    ann.post("/accounts", [note, *typed])
    assert ann.status == 422 and "write the handle as it stands there" in words(ann.page)
    assert dict(ann.form("/accounts").fields) | dict(typed[1::2]) == dict(ann.form("/accounts").fields)
    for chosen in ("mastodon", "council"):
        assert f'<option value="{chosen}" selected>' in ann.page
    ann.post("/accounts", [note, *dict(typed, handle="@post").items()])
    assert ann.status == 422 and "has its server, such as @name@example.social" in words(ann.page), "it stood there with nothing"


# ---- away ------------------------------------------------------------------------------------------------------------


def test_a_table_goes_with_its_coverage_and_without_formulas(data: DataFolder, pages: Pages) -> None:
    with sqlite3.connect(data.tracker) as writing:
        writing.execute("update posts set text = '=HYPERLINK(\"http://evil.example\")' where id = 3")
    got = pages.get("/take/posts.zip?platform=x")
    folder = zipfile.ZipFile(io.BytesIO(got.content))
    table = folder.read("posts.csv").decode("utf-8-sig")
    assert "'=HYPERLINK" in table and '\n"=' not in table and ",=" not in table
    note = folder.read("COVERAGE.txt").decode()
    assert "mastodon" in note and "Outsourcing: precision 0.81 (0.70 to 0.89)" in note and "No post from 2026-10-10" in note
    book = zipfile.ZipFile(io.BytesIO(pages.get("/take/posts.xlsx").content))
    sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 2 and not any("<f>" in sheet for sheet in sheets)
    assert pages.get("/take/theme/outsourcing.xlsx").status_code == 200
    assert pages.get("/take/theme/none.zip").status_code == 404


def test_feeds_are_sound_xml_whatever_a_post_holds(pages: Pages) -> None:
    root = ET.fromstring(pages.get("/atom/theme/outsourcing").content)
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 10 and any("<script>" in (entry.findtext(f"{ATOM}content") or "") for entry in entries)
    assert ET.fromstring(pages.get("/atom/asked").content).findtext(f"{ATOM}title") == "Asked of us"
    assert pages.get("/atom/theme/none").status_code == 404


# ---- method ----------------------------------------------------------------------------------------------------------


def test_the_way_from_kept_to_themed_adds_up(pages: Pages, db: sqlite3.Connection) -> None:
    said = words(pages.text("/method"))
    kept, live, themed = (
        db.execute(sql).fetchone()[0]
        for sql in (
            "select count(*) from posts",
            "select count(*) from posts where status = 'live' and is_own = 0",
            "select count(*) from posts join post_readings on post_id = posts.id where is_own = 0 and outcome = 'themed'",
        )
    )
    assert f"kept {kept} 0" in said and f"by other people {live} 2" in said
    assert re.search(rf"given at least one theme {themed} \d+ about none of the themes", said)
    assert "2026-10" in said and "0.0 %" in said


def test_a_file_that_is_read_again_is_one_file_that_brought_what_it_brought(tmp_path: Path) -> None:
    pages = Pages(data := build_store(tmp_path / "data", posts=40))
    gave = re.search(r"1 file with (\d+) rows: (\d+) new posts, (\d+) here already", words(pages.text("/method")))
    assert gave is not None
    rows, new, known = map(int, gave.groups())
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute(
            "insert into imports(run_id, file, sha256, bytes, format, imported_at, rows, new, known, status)"
            " select run_id, file, sha256, bytes, format, imported_at, rows, 0, new + known, status from imports"
        )
    again = Pages(data)
    assert f"1 file with {rows} rows: {new} new posts, {known} here already" in words(again.text("/method"))
    assert f'data-label="New">{new}<' in again.text("/missing")


def test_what_all_rows_have_in_common_is_said_once_above_them(tmp_path: Path) -> None:
    data = build_store(tmp_path / "data", posts=40)
    pages = Pages(data)
    with closing(sqlite3.connect(data.tracker)) as db, db:
        rows = [("model", "audit", "all"), ("phrases", "audit", "all"), ("model", "audit", "later"), ("model", "file", "all")]
        overall = [Overall(*row, n=100, measured_on="drawn at random" if row[1] == "audit" else "a file") for row in rows]
        keep_overall(db, "m1", overall)
    page = pages.text("/method")
    measures, by_theme = page.split("How well all themes together are found")[1].split("<h3>Themes</h3>")
    measured = ["100 posts: drawn at random", "100 posts, the later part: drawn at random", "100 posts: a file"]
    assert re.findall("Measured on ([^<]*)", measures) == measured
    assert measures.count("The earlier and the later part are cut between two weeks in which posts were written") == 1
    assert by_theme.count(MEASURED) == 1 and f"Measured on {MEASURED}.</p>" in by_theme
    assert page.count("How well coders agree has not been measured") == 1 and "Coders" not in by_theme
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("update theme_quality set measured_on = 'other posts' where theme = 'in-house'")
        db.execute("insert into coder_agreement values ('theme', 'in-house', 0.7, null, null, null, null, 40, 9, '')")
    by_theme = words(pages.text("/method").split("<h3>Themes</h3>")[1])
    assert f"Measured on {MEASURED}, where no other posts are named." in by_theme and by_theme.count(MEASURED) == 1
    assert re.search(r"In-house [^<]* n = 120, measured on other posts Coders' agreement: alpha 0.70, on 40 posts", by_theme)
    assert by_theme.count("measured on other posts") == 1 and "not measured not measured Public services" in by_theme


def test_dictionary_and_tutorial_are_pages(pages: Pages) -> None:
    assert "public_roles" in pages.text("/dictionary") and "tracker.db" in pages.text("/dictionary")
    page = pages.text("/tutorial")
    assert page.count("<h1>") == 1 and "<pre" in page and "&lt;" not in words(page)


def test_every_query_of_the_tutorial_runs(db: sqlite3.Connection) -> None:
    text = Path(REPOSITORY / "docs" / "tutorial.md").read_text(encoding="utf-8")
    queries = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    assert len(queries) >= 7
    for query in queries:
        assert db.execute(query).description, query


# ---- a file from the browser -----------------------------------------------------------------------------------------


def test_a_file_is_looked_at_first_and_kept_only_when_said(tmp_path: Path) -> None:
    campaign = tmp_path / "campaign"
    campaign.mkdir()
    (campaign / "campaign.toml").write_text('name = "invented"\nhashtags = ["inventeddebate"]\n', encoding="utf-8")
    data = build_store(tmp_path / "data", posts=5)
    pages = Pages(data, campaign=replace(CAMPAIGN, folder=str(campaign)))
    ann = Coder(pages, "Ann")
    ann.open("/add")
    table = "id_str,from_user,text,created_at,time,status_url\n"
    table += "2119417063410362715,invented_ann,Bins again #inventeddebate,Sun Nov 08 13:09:39 +0000 2026,08/11/2026 13:09:39,"
    table += "https://twitter.com/invented_ann/statuses/2119417063410362715\n"
    token = ann.form("/add").fields[0][1]
    sent = {"csrftoken": token}
    answer = pages.post("/add", data=sent, files={"file": ("../evil.csv", table.encode())}, cookies=ann.cookies)
    said = words(answer.text)
    assert answer.status_code == 200 and "TAGS" in said and "1 row" in said and "1 post would be new here" in said
    assert not [path for path in data.inbox.iterdir() if path.is_file()]
    ann.page = answer.text
    ann.send("/add/import")
    assert "Imported" in words(ann.page) and "1 post is new here" in words(ann.page)
    ann.page = answer.text
    ann.send("/add/import")  # the page was loaded again: it said that the file is gone, and to send it once more
    assert ann.status == 410 and "it is imported or being imported: What is missing lists it then" in words(ann.page)
    assert (
        [path.name for path in data.inbox.rglob("*") if path.is_file()] == ["_evil.csv"] == [p.name for p in data.done.iterdir()]
    )
    with running("nightly", read_campaign(campaign), data, clock=lambda: NOW) as night:
        assert import_inbox(night) == "the inbox was empty"
    bad = pages.post("/add", data=sent, files={"file": ("x.csv", b"\x00\x01nonsense")}, cookies=ann.cookies)
    assert bad.status_code == 422 and "Nothing was kept" in words(bad.text)
    named = pages.post("/add", data=sent, files={"file": ("公" * 200 + ".csv", table.encode())}, cookies=ann.cookies)
    assert named.status_code == 200 and "TAGS" in words(named.text), (
        "Windows and macOS let a name have more bytes than Linux does"
    )
    other = table.splitlines()[1].replace("#inventeddebate", "today").replace("2119417063410362715", "2119417063410362716")
    mixed = pages.post("/add", data=sent, files={"file": ("mixed.csv", f"{table}{other}\n".encode())}, cookies=ann.cookies)
    assert "1 row carries nothing that this campaign follows, and is not kept: add the file again once" in words(mixed.text)
    both = zip_of({"a.csv": table.encode(), "b.csv": b"id;name;date\n1;ann;2026\n"})
    ann.page = pages.post("/add", data=sent, files={"file": ("both.zip", both)}, cookies=ann.cookies).text
    ann.send("/add/import")
    assert "Imported, but not all of it both.zip/a.csv : TAGS" in words(ann.page)
    assert "both.zip/b.csv is no export that can be read" in words(ann.page)
    assert (data.done / "both.zip").exists(), "else the next night would fail by it, though nobody can do better"
    headers = {"sec-fetch-site": "cross-site"}
    assert pages.post("/add", data=sent, files={"file": ("x.csv", b"a")}, headers=headers).status_code == 403
