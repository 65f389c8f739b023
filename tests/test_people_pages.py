"""What people settled, on the pages that show counts: by hand, left out, answers and questions to us."""

import csv
import io
import re
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace

import pytest

from db.folder import DataFolder
from db.labels import Labels
from db.store import Store
from pipelines.briefing import briefing
from pipelines.export import Wanted, export
from pipelines.running import Stop, quiet, running
from pipelines.summarise import summarise
from pipelines.verdicts import carry_verdicts
from tests.coded_pages import data as data
from tests.pages_client import Pages, words
from tests.pages_store import CAMPAIGN, MEASURED, NOW
from tracker.codings import Coding, bare_book, book_version

REPOST = ("x", "40001", 0)
"""The repost of that week, whose original is of another; people have to read it for the week to be counted by hand."""
BY_SUE = Coding("x", "", None, "Sue", "2026-11-08T10:00:00Z", relevant=True)


def settle(data: DataFolder, *codings: Coding) -> Pages:
    labels = Labels(data)
    for coding in codings:
        labels.add(coding)
    labels.close()
    with running("classify", CAMPAIGN, data) as run:
        carry_verdicts(run)
        summarise(run)
    return Pages(data, demo_now=NOW)


def of_week(data: DataFolder, first: str, last: str) -> list[tuple[str, str, int]]:
    store = Store.open(data)
    rows = store.rows(
        "select platform, native_id, id from posts"
        " where day between ? and ? and is_own = 0 and kind <> 'repost' and status = 'live' and text <> ''",
        [first, last],
    )
    store.close()
    return [(str(row["platform"]), str(row["native_id"]), int(str(row["id"]))) for row in rows]


def test_a_week_read_by_people_shows_their_agreement_in_place_of_the_program_s_error(data: DataFolder) -> None:
    week = of_week(data, "2026-11-02", "2026-11-08")
    codings = [replace(BY_SUE, platform=p, native_id=n, themes=("outsourcing",)) for p, n, _ in (*week, REPOST)]
    pages = settle(data, *codings, *(replace(one, coder="Ann") for one in codings[:3]))
    home = pages.text("/")
    row = home[home.index('<th scope="row"><a href="/theme/outsourcing"') :].split("</tr>")[0]
    assert "counted by hand" in row and "Two people have read 3 posts and never disagreed" in row
    sentence = "People read every post; on 3 posts that two have read they never disagreed."
    assert sentence in row and sentence in briefing(CAMPAIGN, data, "2026-W45", "md", now=NOW)
    assert "Counted by hand, most people wrote about" in home and "As far as the program can tell, most" not in home
    assert "The week before: " in row and "precision 0.81" in row  # that one is still the program's
    assert '<span class="tag">by hand</span>' in pages.text("/theme/outsourcing")


def test_weeks_that_are_taken_away_say_who_counted_them_and_the_note_how_well(data: DataFolder) -> None:
    every = [
        replace(BY_SUE, platform=p, native_id=n, themes=("outsourcing",)) for p, n, _ in of_week(data, "2026-09-07", "2026-11-08")
    ]
    week = {(p, n) for p, n, _ in of_week(data, "2026-11-02", "2026-11-08")}
    of_the_week = [one for one in every if (one.platform, one.native_id) in week]
    every.append(replace(BY_SUE, platform=REPOST[0], native_id=REPOST[1], themes=("outsourcing",)))
    pages = settle(data, *of_the_week, every[-1], *(replace(one, coder="Ann") for one in of_the_week[:3]))
    weeks, note = taken(pages, "/take/theme/outsourcing.zip")
    assert [(row["week"], row["counted_by"]) for row in weeks][-2:] == [("2026-W44", "program"), ("2026-W45", "people")]
    theirs = "people read every post; on 3 posts that two have read they never disagreed."
    for lines in (note, taken(pages, "/take/posts.zip")[1], exported(data)):
        (told,) = (line for line in lines if line.startswith("Outsourcing: precision 0.81 (0.70 to 0.89)"))
        assert told.endswith(f"{MEASURED}. 1 week was counted by hand: {theirs}")
        assert "Co-production: how well it is found has not been measured" in " ".join(lines)
    book = zipfile.ZipFile(io.BytesIO(pages.get("/take/theme/outsourcing.xlsx").content))
    assert {"counted_by", "people", "program"} <= set(
        re.findall(r"<t[^>]*>([^<]*)</t>", book.read("xl/sharedStrings.xml").decode())
    )
    whole = settle(data, *every)
    weeks, note = taken(whole, "/take/theme/outsourcing.zip")
    assert {row["counted_by"] for row in weeks} == {"people"}
    assert f"Outsourcing: counted by hand: {theirs}" in note and "precision 0.81" not in " ".join(note)


def taken(pages: Pages, path: str) -> tuple[list[dict[str, str]], list[str]]:
    """The rows and the lines of the note of a zip that is taken away."""
    with zipfile.ZipFile(io.BytesIO(pages.get(path).content)) as folder:
        (table,) = (name for name in folder.namelist() if name.endswith(".csv"))
        rows = list(csv.DictReader(io.StringIO(folder.read(table).decode("utf-8-sig"))))
        return rows, folder.read("COVERAGE.txt").decode().splitlines()


def exported(data: DataFolder) -> list[str]:
    """What COVERAGE.md of an export says, line by line."""
    made = export(CAMPAIGN, data, Wanted(data.root / "away"), now=NOW, stop=Stop(), progress=quiet)
    return (made.target / "COVERAGE.md").read_text("utf-8").replace("- ", "").splitlines()


def test_lists_of_posts_have_those_that_are_counted_and_the_others_where_they_are_asked_for(data: DataFolder) -> None:
    week = of_week(data, "2026-11-02", "2026-11-08")
    pages = settle(data, *(replace(BY_SUE, platform=p, native_id=n, relevant=False) for p, n, _ in week[:5]))
    home, method, spike = (pages.text(address) for address in ("/", "/method", "/spike"))
    counted = number_in(r"have written (\d+) posts", home) + number_in(r"and made (\d+) repost", home)
    assert number_in(r"(\d+) posts match", listed(pages, "ours=no")) == counted
    assert f"of this debate {counted} 5 found by people not to be part of it" in words(method)
    kinds = re.search(r"Other people's (\d+) (\d+) (\d+) (\d+)", words(method))
    assert kinds and sum(map(int, kinds.groups())) == counted
    assert number_in(r"(\d+) about none of the themes", method) == outcomes(data)["none"]
    assert number_in(r"People read (\d+) posts that only look like", home) == 5
    assert 'href="/posts?debate=no&amp;ours=no"' in home
    assert number_in(r"(\d+) posts match", listed(pages, "debate=no&ours=no")) == 5
    row = home[home.index('<a href="/posts?week=2026-W45&amp;ours=no">') :].split("</tr>")[0]
    posts, reposts = re.findall(r'class="figure"[^>]*>(\d+)', row)[1:3]
    assert number_in(r"(\d+) posts match", listed(pages, "week=2026-W45&ours=no")) == int(posts) + int(reposts)
    for day, number in re.findall(r'<a href="/spike\?day=([\d-]+)">[^<]+</a>: (\d+)', spike):
        hours = re.findall(r'data-label="(?:Posts|Reposts)">(\d+)', pages.text(f"/spike?day={day}"))
        assert sum(map(int, hours)) == int(number), day


def outcomes(data: DataFolder) -> dict[str, int]:
    """What became of the posts of the debate, each asked by itself."""
    with closing(Store.open(data)) as store:
        rows = store.rows(
            "select outcome, count(*) as posts from posts join post_readings on post_id = posts.id where is_own = 0 and"
            " posts.id not in (select post_id from post_verdicts where relevant = 0) group by 1"
        )
    return {str(row["outcome"]): int(str(row["posts"])) for row in rows}


def number_in(pattern: str, page: str) -> int:
    found = re.search(pattern, words(page))
    assert found is not None, pattern
    return int(found[1])


def listed(pages: Pages, asked: str) -> str:
    """What a list of posts says of its length, without the form above it."""
    return pages.text(f"/posts?{asked}").split('<p role="status">')[1]


@pytest.mark.parametrize("asked", [("outsourcing",), ("outsourcing", "health")])
def test_a_theme_that_is_newer_than_what_people_read_says_that_nobody_was_asked(data: DataFolder, asked: tuple[str, ...]) -> None:
    with sqlite3.connect(data.tracker) as db:
        db.execute("update theme_versions set changed_at = '2027-01-01T00:00:00Z' where theme = 'health'")
        sample = "posts drawn at random for the audit and coded by people"
        measured = "insert or replace into theme_quality(model, theme, n, support, measured_on)"
        db.execute(f"{measured} select name, 'health', 9, 0, ? from models where live", [sample])
    book = bare_book(asked)
    with closing(Labels(data)) as labels:
        labels.keep_codebook(book_version(book), book, now=NOW)
    week = of_week(data, "2026-11-02", "2026-11-08")
    told = [replace(BY_SUE, platform=p, native_id=n, codebook=book_version(book)) for p, n, _ in week]
    pages = settle(data, replace(told[0], relevant=False), *told[1:])  # the first settles every theme, and asks about none
    page = pages.text("/theme/health")
    assert ("People have not been asked about this theme yet" in page) is ("health" not in asked)
    assert (sample in page) is ("health" in asked)
    assert "have not been asked" not in pages.text("/theme/outsourcing")


def test_a_number_of_a_theme_s_posts_never_stands_without_its_error(data: DataFolder) -> None:
    pages = Pages(data, demo_now=NOW)
    assert "Outsourcing: about 8 in 10 right" in pages.text("/posts?theme=outsourcing") and "in 10 right" not in pages.text(
        "/posts"
    )
    assert "Co-production: not measured" in pages.text("/posts?theme=co-production")
    options = dict(re.findall(r'<option value="([\w-]+)"[^>]*>[^<(]* \(\d+; ([^)]*)\)', pages.text("/posts?q=outsourcing")))
    assert options["outsourcing"] == "about 8 in 10 right" and set(options) <= {
        "outsourcing",
        "in-house",
        "co-production",
        "health",
    }
    week = of_week(data, "2026-11-02", "2026-11-08")
    codings = [replace(BY_SUE, platform=p, native_id=n, themes=("outsourcing",)) for p, n, _ in (*week, REPOST)]
    rows = settle(data, *codings).get("/tracker/posts-by-theme-and-week.json?_shape=array").json()
    assert "Outsourcing: <strong>counted by hand</strong>" in pages.text("/posts?theme=outsourcing&week=2026-W45")
    of = {(row["week"], row["theme"]): row for row in rows}
    assert (of["2026-W45", "Outsourcing"]["counted"], of["2026-W45", "Outsourcing"]["precision"]) == ("by hand", None)
    assert (of["2026-W44", "Outsourcing"]["counted"], of["2026-W44", "Outsourcing"]["precision"]) == ("by the program", 0.81)
    few = {(theme, row["labelled_posts_with_theme"], row["indicative_only"]) for (_, theme), row in of.items()}
    assert few >= {("Outsourcing", None, None), ("Outsourcing", 30, 0), ("In-house", 10, 1)}


def test_without_people_the_pages_say_what_they_said(data: DataFolder) -> None:
    home = Pages(data, demo_now=NOW).text("/")
    assert "counted by hand" not in home and "only look like this debate" not in home


def test_posts_that_are_not_this_debate_are_left_out_and_the_pages_say_so(data: DataFolder) -> None:
    (platform, native_id, number), *_ = of_week(data, "2026-11-02", "2026-11-08")
    pages = settle(data, replace(BY_SUE, platform=platform, native_id=native_id, relevant=False))
    assert "People read 1 post that only looks like this debate; it is left out" in words(pages.text("/"))
    post = pages.text(f"/post/{number}")
    assert "1 person has read this post" in post and "not part of this debate" in post


def test_answers_to_the_paper_s_questions_and_questions_to_us(data: DataFolder) -> None:
    (platform, native_id, number), *_ = of_week(data, "2026-11-02", "2026-11-08")
    empty = Pages(data, demo_now=NOW)
    assert "0 posts were found by people to answer this" in empty.text("/questions")
    assert "The program does not look for answers to it yet" in empty.text("/questions")
    assert "No open question that we know of" in empty.text("/asked")
    pages = settle(data, replace(BY_SUE, platform=platform, native_id=native_id, questions=("q0",), asks_us=True))
    page = pages.text("/questions")
    assert "1 post was found by people to answer this" in page and page.count(f'href="/post/{number}"') == 1
    assert f'href="/asked/{number}"' in pages.text("/asked") and "somebody read it and said so" in pages.text("/asked")
    post = pages.text(f"/post/{number}")
    assert "What do you think?" in post and "a question put to us" in post


def test_a_question_that_the_program_looks_for_and_could_not_be_measured_on_says_that(data: DataFolder) -> None:
    with closing(Store.open(data)) as store:
        row = "insert into theme_quality(model, theme, n, support, measured_on) values ('m1', 'question q0', 0, 0, 'no')"
        store.transaction(lambda db: db.execute(row))
    page = Pages(data, demo_now=NOW).text("/questions")
    assert "has not been measured yet: take its share as a rough guide" in page and "does not look for answers" not in page


def test_a_measure_of_which_half_is_missing_is_told_in_a_whole_sentence(data: DataFolder) -> None:
    with closing(Store.open(data)) as store:
        row = "insert into theme_quality(model, theme, recall, recall_low, recall_high, n, support, measured_on)"
        store.transaction(lambda db: db.execute(f"{row} values ('m1', 'asks us', 0, 0, 0.79, 209, 1, 'a sample')"))
    said = words(Pages(data, demo_now=NOW).text("/asked"))
    assert "How well the program tells them: indicative only right: not measured ; hardly any found (recall 0.00" in said


def test_what_was_measured_on_few_posts_is_marked_as_indicative_only(data: DataFolder) -> None:
    home = Pages(data, demo_now=NOW).text("/")
    marked = {
        slug: "indicative only" in home[home.index(f'<th scope="row"><a href="/theme/{slug}"') :].split("</tr>")[0]
        for slug in ("outsourcing", "in-house", "co-production")
    }
    assert marked == {"outsourcing": False, "in-house": True, "co-production": False}  # 30 and 10 carry it; not measured
    assert "fewer than 20 of the posts" in Pages(data, demo_now=NOW).text("/theme/in-house")


def test_a_question_to_our_account_that_nobody_has_read_is_the_program_s(data: DataFolder) -> None:
    store = Store.open(data)
    (asking,) = store.rows("select id from posts where native_id = '30004'")
    store.transaction(lambda db: db.execute("update post_readings set asks = 1 where post_id in (?, 1)", [asking["id"]]))
    store.transaction(lambda db: db.execute("insert into days_to_count select distinct day from posts"))
    store.close()
    page = settle(data).text("/asked")
    assert f'href="/asked/{asking["id"]}"' in page and 'href="/asked/1"' not in page  # post 1 asks, but not us
    settled = settle(data, replace(BY_SUE, platform="x", native_id="30004", asks_us=False))
    assert "No open question that we know of" in settled.text("/asked")
