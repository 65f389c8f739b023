"""A post whose author has put quite other words in its place after people coded it: what they said does not count any more, it is
offered again, and the pages say so."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from db.folder import DataFolder
from db.labels import Labels
from pipelines.running import Run
from pipelines.verdicts import carry_verdicts
from tests.coded_pages import data as data
from tests.coded_pages import pages as pages
from tests.coded_run import SUE, code, themes
from tests.coded_run import run as run
from tests.coding_client import Coder, their_id
from tests.pages_client import Pages, main_words

ANEW = "A swan sits on the river bank below the mill, and nobody has seen it leave"
LINE = "{} after {} been coded; what was said of the old words is kept and does not count."
ONE, TWO = LINE.format("1 post was edited", "it had"), LINE.format("2 posts were edited", "they had")


def edit(data: DataFolder, native_id: str, text: str = ANEW) -> None:
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.execute("update posts set text = ? where native_id = ?", [text, native_id])


def read_all(coder: Coder, *said: str) -> None:
    coder.open("/coding/post?queue=audit")
    while "What is this post about?" in coder.page:
        coder.code("yes", *said)


@pytest.fixture
def ann(pages: Pages) -> Coder:
    """Ann, who has read all of a small random sample, as Sue has."""
    ann = Coder(pages, "Ann")
    ann.open("/coding/lead")
    ann.send("/coding/lead", audit_per_week="1")
    for coder in (ann, Coder(pages, "Sue")):
        read_all(coder, "health")
    return ann


def drawn(data: DataFolder) -> list[dict[str, object]]:
    with closing(Labels(data)) as labels:
        return labels.sample("audit")


def waiting(coder: Coder) -> str:
    found = re.search(r'Random sample(?:</a>)?</th>.*?data-label="Waiting for you">([^<]+)<', coder.open("/coding"), re.S)
    assert found
    return found[1]


def test_a_drawn_post_that_was_edited_since_is_read_again_by_as_many_and_blind(
    data: DataFolder, pages: Pages, ann: Coder
) -> None:
    before, first = drawn(data), str(drawn(data)[0]["native_id"])
    ben = Coder(pages, "Ben")
    assert (waiting(ann), waiting(ben)) == ("0", "0")
    edit(data, first)
    assert (waiting(ann), waiting(ben)) == ("1", "1")
    for coder, left in ((ann, "1"), (ben, "0")):
        coder.open("/coding/post?queue=audit")
        assert their_id(data, coder.shown) == first and ANEW in coder.page
        assert "checked" not in coder.page.split('<form method="post" action="/coding/post"')[1].split("</form>")[0]
        assert "had said of it" not in coder.page
        coder.code("no")
        assert "Nothing is left for you here" in coder.page and waiting(Coder(pages, "Sue")) == left
    kept = [one for one in Labels(data).of_now() if one.native_id == first]
    assert [(one.coder, one.relevant, one.probability) for one in kept] == [
        (name, False, before[0]["rate"]) for name in ("Ann", "Ben")
    ]
    assert drawn(data) == before
    with closing(sqlite3.connect(data.labels)) as db:
        old = "select count(*) from codings where native_id = ? and text <> ? and relevant"
        assert db.execute(old, [first, ANEW]).fetchone() == (2,), "what was said of the old words is kept"


def test_a_word_more_opens_nothing_again(data: DataFolder, ann: Coder) -> None:
    first = drawn(data)[0]
    with closing(sqlite3.connect(data.tracker)) as db:
        ((text,),) = db.execute("select text from posts where native_id = ?", [first["native_id"]]).fetchall()
    edit(data, str(first["native_id"]), f"{text} again")
    assert waiting(ann) == "0" and "edited after" not in ann.open("/coding/lead")


def test_the_pages_count_it_as_open_and_the_lead_is_told(data: DataFolder, ann: Coder) -> None:
    def progress() -> tuple[list[str], list[str], int]:
        room, lead = (
            re.findall(r'class="figure"[^>]*>([\d,]+)<', page.split("<bdi>Ann</bdi></th>")[1].split("</tr>")[0])
            for page in (ann.open("/coding"), ann.open("/coding/lead"))
        )
        return room, lead, sum(map(int, re.findall(r'data-label="By two or more">(\d+)<', ann.page)))

    count = len(drawn(data))
    assert count > 2 and progress() == ([str(count), "0", str(count), "0"], [str(count)], count)
    assert "edited after" not in ann.page and f"{2 * count} verdicts stand" in ann.page
    for number, line in ((1, ONE), (2, TWO)):
        edit(data, str(drawn(data)[number]["native_id"]), f"{ANEW} {number}")
        left = str(count - number)
        assert progress() == ([left, "0", left, "0"], [left], count - number)
        assert line in main_words(ann.page) and f"{2 * count} verdicts stand" in ann.page


def test_agreement_what_was_found_and_what_is_measured_are_of_the_words_of_now(data: DataFolder, ann: Coder) -> None:
    count = len(drawn(data))
    with closing(Labels(data)) as labels:
        assert len({draw["drawn_at"] for draw in labels.draws()}) == 1, "weeks that are drawn from together are read equally far"
        before = labels.chances_read()
        edit(data, str(drawn(data)[0]["native_id"]))
        assert len(labels.audit_examples()) == 2 * count - 2
        assert labels.chances_read() == pytest.approx(
            {key: chance * (count - 1) / count for key, chance in before.items() if key[1] != drawn(data)[0]["native_id"]}
        ), "it is offered and not read yet"
    assert f"{count - 1} of {count - 1} posts read" in ann.open("/coding/found")
    assert f"{count - 1} posts" in main_words(ann.open("/coding/agreement"))


def test_a_dispute_and_a_lead_s_word_go_with_the_words_that_they_were_of(data: DataFolder, pages: Pages) -> None:
    for name, theme in (("Ann", "outsourcing"), ("Sue", "health")):
        coder = Coder(pages, name)
        coder.open("/coding/post?queue=audit")
        number = their_id(data, coder.shown)
        coder.code("yes", theme)
    lea = Coder(pages, "Lea")
    lea.open("/coding/settle")
    form = lea.page
    edit(data, number)
    lea.send("/coding/settle", answer="yes")
    assert "has put quite other words in that post’s place" in lea.page and "Nothing is left to settle" in lea.page
    assert [one.role for one in Labels(data).standing()] == ["coder", "coder"]
    edit(data, number, next(one.text or "" for one in Labels(data).standing()))
    lea.page = form
    lea.send("/coding/settle", answer="yes")
    assert "Settled." in lea.page
    edit(data, number)
    assert Labels(data).of_now() == [] and len(Labels(data).standing()) == 3
    for name, answer in (("Ann", "yes"), ("Sue", "no")):
        coder = Coder(pages, name)
        coder.open("/coding/post?queue=audit")
        assert their_id(data, coder.shown) == number
        coder.code(answer)
    lea.open("/coding/settle")
    assert "1 post waits" in lea.page and ANEW in lea.page
    assert '<td data-label="Themes">Health' not in lea.page and lea.page.count('<tr><th scope="row">') == 2
    lea.send("/coding/settle", answer="no")
    assert [(one.coder, one.relevant) for one in Labels(data).of_now() if one.role == "lead"] == [("Lea", False)]


def test_a_lead_who_takes_back_a_word_on_old_words_is_not_shown_another_post_as_if_it_were_that(
    data: DataFolder, pages: Pages
) -> None:
    for name, theme in (("Ann", "outsourcing"), ("Sue", "health")):
        coder = Coder(pages, name)
        coder.open("/coding/post?queue=audit")
        number = their_id(data, coder.shown)
        coder.code("yes", theme)
        coder.code("yes", theme)
    lea = Coder(pages, "Lea")
    lea.open("/coding/settle")
    lea.send("/coding/settle")
    edit(data, number)
    lea.send("/coding/settle/undo")
    assert "Taken back." in lea.page and "Here is the post again" not in lea.page and "What is this post about?" in lea.page


def test_nothing_that_was_said_of_old_words_is_in_the_counts(run: Run) -> None:
    """Nor in what is measured, nor in how well coders agree."""
    drawn = replace(SUE, queue="audit", probability=1.0)
    code(run, *(replace(drawn, coder=name) for name in ("Sue", "Ann")))
    carry_verdicts(run)
    units = "select units from coder_agreement where what = 'theme' and name = 'drivers'"
    assert ("1", "drivers", "person") in themes(run) and run.store._db.execute(units).fetchone() == (1,)
    run.store._db.execute("update posts set text = ? where native_id = '1'", [ANEW])
    code(run, replace(drawn, coder="Ann", text=ANEW, themes=("fares",)))
    assert "1 post was written anew since" in carry_verdicts(run)
    assert [row for row in themes(run) if row[2] == "person" and row[0] == "1"] == [("1", "fares", "person")]
    assert run.store._db.execute(units).fetchone() == (0,)


def test_what_a_post_answers_is_said_also_where_it_came_without_words(data: DataFolder, pages: Pages) -> None:
    """It said “this post:”, and below it nothing."""
    sue = Coder(pages, "Sue")
    sue.open("/coding/post")
    key = their_id(data, sue.shown)
    with sqlite3.connect(data.tracker) as db:
        [platform] = db.execute("select platform from posts where native_id = ?", [key]).fetchone()
        db.execute("update posts set platform = ?, text = '' where native_id = '30001'", [platform])
        db.execute("update posts set reply_to = '30001', quote_of = '0' where native_id = ?", [key])
    page = main_words(sue.open("/coding/post"))
    assert "It answers a post of ours of which no text came." in page and "It quotes a post that we do not have." in page
    assert "<blockquote" not in sue.page
