"""Asked of us: what stands there, what staff write about it, and that nobody overwrites anybody."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.labels import Labels
from tests.coding_client import Coder
from tests.pages_client import Pages, words
from tests.pages_store import build_store


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return build_store(tmp_path_factory.mktemp("asked") / "data", posts=30)


@pytest.fixture(autouse=True)
def unanswered(data: DataFolder) -> None:
    """Nobody has written anything of a question yet."""
    with closing(Labels(data)), closing(sqlite3.connect(data.labels)) as db, db:
        db.execute("delete from answers")


@pytest.fixture(scope="module")
def question(data: DataFolder) -> int:
    """The post that names and answers us with a question; one of ours answers it."""
    with sqlite3.connect(data.tracker) as db:
        number = int(db.execute("select id from posts where native_id = '30004'").fetchone()[0])
        db.execute("insert into asking_posts values (?, '2026-W45', 'answers us')", [number])
        db.execute(
            """
            insert into posts(platform, native_id, url, text, created_at, day, reply_to, kind, is_own, first_seen_run)
            values ('x', '30009', 'https://example.social/answer', 'Next week', '2026-11-04T15:00:00Z', '2026-11-04', '30004',
                'reply', 1, 1)
            """
        )
    return number


def test_a_question_goes_from_new_to_answered_with_the_reply_that_was_found(
    data: DataFolder, pages: Pages, question: int
) -> None:
    ann = Coder(pages, "Ann")
    said = words(ann.open("/asked"))
    assert "Those that came in last stand first." in said
    assert said.index("How well the program tells them has not been measured yet") < said.index("when will you publish")
    assert "when will you publish the costs?" in said and "Open (1)" in said and "We replied on 4 November 2026, 15:00" in said
    ann.send(f"/asked/{question}")
    assert "Kept." in words(ann.page) and "No open question that we know of." in words(ann.page)
    answered = words(ann.open("/asked?show=answered"))
    assert "answered with a link" in answered and 'href="https://example.social/answer"' in ann.page
    assert "by Ann : answered with a link" in words(ann.open(f"/asked/{question}"))


def test_nobody_overwrites_what_a_colleague_wrote_meanwhile(data: DataFolder, pages: Pages, question: int) -> None:
    ann, ben = Coder(pages, "Ann"), Coder(pages, "Ben")
    ann.open(f"/asked/{question}")
    ann.send(f"/asked/{question}", state="answering")
    ben.open(f"/asked/{question}")
    with sqlite3.connect(data.labels) as db:
        db.execute("update answers set changed_at = '2026-11-05T00:00:00Z'")
    ben.send(f"/asked/{question}", state="legal", note="Ask the solicitor first")
    assert ben.status == 409 and "Someone else changed this" in words(ben.page) and "Ask the solicitor first" in ben.page
    ben.send(f"/asked/{question}", state="legal")
    assert ben.status == 200 and "needs legal advice" in words(ben.page)


def test_what_a_colleague_wrote_stands_beside_ones_own_and_is_not_overwritten_after_another_fault(
    data: DataFolder, pages: Pages
) -> None:
    ann, ben = Coder(pages, "Ann"), Coder(pages, "Ben")
    for one in (ann, ben):
        one.open("/asked/5")
    link = "https://example.social/ours"
    ben.send("/asked/5", state="answering", owner="Ben & co", note="Ring <first>", link=link)
    ann.send("/asked/5", state="answered", owner="Ann", note="")
    assert ann.status == 422 and "Give the link" in words(ann.page)
    ann.send("/asked/5", link="https://example.social/hers")
    assert ann.status == 409 and "What they wrote stands beside yours" in words(ann.page)
    for theirs in ("being answered", "Ben & co", "Ring <first>", link):
        assert f"Kept now: {theirs}" in words(ann.page), theirs
    assert dict(ann.form("/asked/5").fields)["owner"] == "Ann"
    ann.send("/asked/5")
    assert ann.status == 200 and "Kept." in words(ann.page)
    assert "Kept now" not in ann.open("/asked/5")


def test_any_post_can_be_named_a_question_and_an_answer_needs_its_link(pages: Pages, question: int) -> None:
    ann = Coder(pages, "Ann")
    ann.open("/post/3")
    assert '<a href="/asked/3">Is this a question to us?</a>' in ann.page
    ann.open("/asked/3")
    ann.send("/asked/3", state="answered", link="javascript:alert(1)")
    assert ann.status == 422 and "must be a web address" in words(ann.page)
    ann.send("/asked/3", state="answered", link="")
    assert ann.status == 422 and "Give the link" in words(ann.page)
    ann.send("/asked/3", state="press", owner="<b>Press</b> desk", link="")
    assert "a person named it a question" in words(ann.page) and "<b>Press</b>" not in ann.page


def test_a_form_from_elsewhere_and_a_post_that_is_not_here_change_nothing(data: DataFolder, pages: Pages, question: int) -> None:
    ann = Coder(pages, "Ann")
    ann.open("/asked/3")
    ann.post("/asked/3", [("state", "ignore")])
    assert ann.status == 403, "no token"
    ann.open("/asked/999999")
    assert ann.status == 404
    assert Pages(data, may_code=False).get("/asked").status_code == 404


@pytest.mark.parametrize("path", ["/asked?before=x&show=%00", "/asked?before=99999999999999999999", "/asked?before=²"])
def test_whatever_is_typed_is_a_page(pages: Pages, path: str) -> None:
    assert pages.get(path).status_code == 200


@pytest.fixture
def many(tmp_path: Path) -> tuple[DataFolder, int]:
    """A debate in which 6,000 posts ask us something, and the first of them."""
    data = build_store(tmp_path / "data", posts=30)
    with closing(sqlite3.connect(data.tracker)) as db, db:
        columns = "platform, native_id, text, created_at, day, kind, first_seen_run"
        asked = f"insert into posts({columns}) values ('x', ?, 'Why?', '2026-11-05T12:00:00Z', '2026-11-05', 'reply', 1)"
        db.executemany(asked, [[str(50_000 + place)] for place in range(6000)])
        db.execute("insert into asking_posts select id, '2026-W45', 'names us' from posts where text = 'Why?'")
        return data, int(db.execute("select min(post_id) from asking_posts").fetchone()[0])


def test_what_was_answered_is_found_behind_thousands_of_open_questions(many: tuple[DataFolder, int]) -> None:
    data, first = many
    ann = Coder(Pages(data), "Ann")
    ann.open(f"/asked/{first}")
    ann.send(f"/asked/{first}", state="answered", link="https://example.social/ours")
    said = words(ann.open("/asked?show=answered"))
    assert "Answered (1)" in said and "Open (5,999)" in said and f'href="/asked/{first}"' in ann.page


def test_open_questions_are_found_behind_thousands_that_are_done(many: tuple[DataFolder, int]) -> None:
    data, first = many
    ann = Coder(Pages(data), "Ann")
    ann.open("/asked")
    with closing(sqlite3.connect(data.labels)) as db, db:
        columns = "platform, native_id, state, owner, note, link, changed_at, changed_by"
        done = f"insert into answers({columns}) values ('x', ?, 'no question', '', '', '', '2026-11-06T12:00:00Z', 'Ann')"
        db.executemany(done, [[str(50_000 + place)] for place in range(1, 6000)])
    assert "Open (1)" in words(ann.open("/asked")) and f'href="/asked/{first}"' in ann.page
