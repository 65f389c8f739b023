"""Who answers for the data: what is missing is said, law that no longer stands is told, papers are filled, the audit grows."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.forgotten import Forgotten
from db.store import Store
from pipelines.governance import PAPERS, look_over, write_papers
from tests import invented
from tests.desk import Desk, little_room
from tracker.problems import UsageProblem

NOW = "2026-11-01T00:00:00Z"
SAID = """
[governance]
controller = "The Buses Trust"
contact = "privacy@buses.example"
lawful_basis = "legitimate interests"
condition = "{condition}"
dpia_date = "2026-03-01"
"""
IN_FORCE = "research: UK GDPR Art. 9(2)(j) and 84B"


def campaign(root: Path, condition: str = IN_FORCE) -> Path:
    return invented.campaign_folder(root, invented.CAMPAIGN + SAID.format(condition=condition))


def test_every_paper_is_filled_and_cites_the_law_in_force(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "data").create()
    Store.open(data).close()
    forgotten = Forgotten(data)
    forgotten.tombstones([("handle", "x", "ann")], now=NOW, reason="asked")
    forgotten.close()
    found = look_over(campaign(tmp_path), data, now=NOW)
    assert found.report.exit_code == 0
    names = {"dpia", "legitimate-interests", "privacy-notice", "ethics-answers", "data-management-plan", "sharing-agreement"}
    assert set(found.papers) == {f"{name}.md" for name in names}
    for name, text in found.papers.items():
        assert "{{" not in text and "not said" not in text, name
        assert "The Buses Trust" in text and "privacy@buses.example" in text, name
        assert not re.search(r"Article 89|section 19", text), name
        assert "84B" in text, name
    assert "1 mark so far" in found.papers["dpia.md"] and "0 posts by 0 accounts" in found.papers["dpia.md"]
    assert "ann" not in re.findall(r"\w+", " ".join(found.papers.values()))


def test_a_debate_of_thousands_of_posts_has_its_papers_too(tmp_path: Path) -> None:
    data = tmp_path / "data"
    desk = Desk(campaign(tmp_path), data, tmp_path)
    assert desk.run("import", invented.twarc2_file(tmp_path / "posts.jsonl", range(1200), size=100)).code == 0
    ended = desk.run("check", "--governance")
    assert ended.code == 0, ended.err
    assert "1,200 posts by" in ended.out


def test_papers_say_what_becomes_of_deleted_posts_in_this_campaign(tmp_path: Path) -> None:
    """Who reads files alone hears of no deletion, and did not get posts from "no source"; who asks platforms does, of theirs."""
    data = DataFolder(tmp_path / "data")
    alone = look_over(campaign(tmp_path / "files"), data, now=NOW).papers
    assert "get it from you but from files that platforms and research tools give out." in alone["privacy-notice.md"].replace(
        "\n", " "
    )
    assert "write to privacy@buses.example and we delete it" in alone["privacy-notice.md"]
    for name in ("privacy-notice.md", "dpia.md", "ethics-answers.md"):
        assert "no source" not in alone[name].replace("| Asked of | no source", "") and "next night" not in alone[name]
        assert "each night asks" not in alone[name] and "hidden at once" not in alone[name]
    sources = '[sources.mastodon]\nservers = ["social.example"]\n[sources.feeds]\nurls = ["https://example.org/feed"]\n'
    folder = invented.campaign_folder(tmp_path / "asks", invented.CAMPAIGN + SAID.format(condition=IN_FORCE) + sources)
    asks = look_over(folder, data, now=NOW).papers
    assert "from Mastodon, feeds and files that platforms" in asks["privacy-notice.md"].replace("\n", " ")
    assert "If you delete your post on Mastodon" in asks["privacy-notice.md"] and "posted elsewhere" in asks["privacy-notice.md"]
    assert "each night asks Mastodon" in asks["dpia.md"] and "hidden at once" in asks["ethics-answers.md"]


def test_what_is_not_said_is_a_problem_and_stands_in_the_papers(tmp_path: Path) -> None:
    folder = invented.campaign_folder(tmp_path)
    found = look_over(folder, DataFolder(tmp_path / "none"), now=NOW)
    assert found.report.exit_code == 2
    assert "[governance] controller is empty" in found.text()
    assert "**not said**" in found.papers["dpia.md"]
    assert not (tmp_path / "none").exists(), "checking makes nothing"


@pytest.mark.parametrize("condition", ["research, UK GDPR article 89", "Art. 89(1)", "section 19 DPA 2018"])
def test_law_that_no_longer_stands_is_told(tmp_path: Path, condition: str) -> None:
    report = look_over(campaign(tmp_path, condition), DataFolder(tmp_path / "none"), now=NOW).report
    assert "no longer stands" in report.text() and "84B" in report.text() and "Where the EU's GDPR holds" in report.text()


def test_papers_that_were_edited_are_never_written_over(tmp_path: Path) -> None:
    papers = {"dpia.md": "as it was filled\n"}
    (first,) = write_papers(papers, tmp_path / "out")
    assert write_papers(papers, tmp_path / "out") == [first]
    first.write_text("decided by people\n")
    (beside,) = write_papers(papers, tmp_path / "out")
    assert (beside.name, first.read_text(), beside.read_text()) == ("dpia.new.md", "decided by people\n", "as it was filled\n")


def test_papers_that_cannot_be_written_are_told_by_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    with pytest.raises(UsageProblem, match="could not be written"):
        write_papers({"dpia.md": "filled\n"}, tmp_path / "a file")
    desk = Desk(campaign(tmp_path), tmp_path / "data", tmp_path)
    ended = desk.start("check", "--governance", "--to", tmp_path / "out", before=little_room(100))
    assert ended.code == 6 and "The papers could not be written" in ended.err, ended


def test_the_accounts_of_a_paper_are_those_that_status_tells(tmp_path: Path) -> None:
    desk = Desk(campaign(tmp_path), tmp_path / "data", tmp_path)
    assert desk.run("import", invented.twarc2_file(tmp_path / "posts.jsonl", range(20))).code == 0
    with closing(sqlite3.connect(desk.data / "tracker.db")) as db, db:
        db.execute("update authors set is_own = 1 where id = (select min(id) from authors)")
    told = desk.run("status").out.splitlines()[0].split(",")[0]
    assert told.replace("author", "account") in desk.run("check", "--governance").out


def test_each_paper_leaves_decisions_to_people() -> None:
    for path in PAPERS.glob("*.md"):
        assert "**To decide" in path.read_text(encoding="utf-8"), path.name


def test_the_audit_only_grows(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "data").create()
    store = Store.open(data)
    store.transaction(lambda db: db.execute("insert into audit(at, actor, action, subject) values ('t', 'sue', 'forget', 'abc')"))
    store.close()
    db = sqlite3.connect(data.tracker)
    for statement in ("delete from audit", "update audit set actor = 'bob'", "delete from audit where id = 1"):
        with pytest.raises(sqlite3.IntegrityError, match="only grows"):
            db.execute(statement)
    assert db.execute("select actor from audit").fetchall() == [("sue",)]
