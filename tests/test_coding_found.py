"""What was found, by the relevance codes, and the table of validation with what it corrects."""

import asyncio
import csv
import io
import sqlite3
import time
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from datasette import hookimpl
from datasette.plugins import pm

from datasette_config.plugins.pages import READ_MS
from db.folder import DataFolder
from db.labels import Labels
from db.statements import statements
from tests.coded_pages import data as data
from tests.coded_pages import pages as pages
from tests.coding_client import Coder
from tests.pages_client import Pages, main_words, words
from tests.pages_store import NOW
from tracker.codings import Coding
from tracker.retrieval import overlap, share_of


def test_the_validation_table_corrects_the_program_s_count_by_itself(data: DataFolder, pages: Pages) -> None:
    """The program misses a fifth of the posts on outsourcing and takes some others for it. By the file alone: of each week what
    the program gives, plus what it errs by on the posts that were read."""
    with sqlite3.connect(data.tracker) as db:
        frame = "select id, platform, native_id, text from posts where is_own = 0 and status = 'live' and kind <> 'repost'"
        frame += " and text <> ''"
        found = db.execute(frame).fetchall()
        posts = {(platform, native_id): row_id for row_id, platform, native_id, _ in found}
        texts = {(platform, native_id): text for _, platform, native_id, text in found}
        db.executemany("insert into sample_scores values (?, ?, 'm1', 0.25)", [(n, t) for n in posts.values() for t in FOUR])
        given = {row_id for (row_id,) in db.execute("select post_id from post_themes where theme = 'outsourcing'")}
    about = {n for n in posts.values() if (n in given and n % 7) or n % 5 == 0}
    true, machine = len(about), len(given & set(posts.values()))
    ann = Coder(pages, "=Ann")
    for rate in ("5", "1000"):
        ann.open("/coding/lead")
        ann.send("/coding/lead", audit_per_week=rate)
        ann.open("/coding/post")
        labels = Labels(data)
        for key, probability in labels.audit_rates().items():
            themes = ("outsourcing",) if posts[key] in about else ()
            said = Coding(*key, texts[key], "=Ann", NOW, True, themes, queue="audit", probability=probability)
            labels.add(said)
        ann.open("/coding/validation.csv")
        rows = list(csv.DictReader(io.StringIO(ann.page)))
        assert {row["theme"] for row in rows} == {*FOUR, "question q0", "asks us", "not this debate"}
        rows = [row for row in rows if row["theme"] in FOUR]
        assert {row["coder"] for row in rows} == {"'=Ann"}
        assert {row["machine_score"] for row in rows} == {"0.25"}
        estimate = corrected([row for row in rows if row["theme"] == "outsourcing"])
        assert abs(estimate - true) < abs(machine - true)
    assert estimate == pytest.approx(true) and len({row["native_id"] for row in rows}) == len(posts)


FOUR = ("outsourcing", "in-house", "co-production", "health")


def corrected(rows: list[dict[str, str]]) -> float:
    """How many posts carry the theme: in each stratum the program's count, plus the mean of what it errs by, for all posts."""
    strata = {row["stratum"]: (int(row["stratum_population"]), int(row["stratum_machine"])) for row in rows}
    errs: dict[str, list[int]] = {}
    for row in rows:
        errs.setdefault(row["stratum"], []).append(int(row["label"]) - int(row["machine"]))
    return sum(machine + population * sum(errs[week]) / len(errs[week]) for week, (population, machine) in strata.items())


def test_a_post_that_was_not_drawn_or_is_not_here_stands_in_the_table_without_probability(data: DataFolder, pages: Pages) -> None:
    ann = Coder(pages, "Ann")
    ann.open("/coding/post?queue=theme:health")
    ann.code("yes", "health")
    gone = Coding("x", "no-longer-here", None, "Ann", NOW, cannot_tell=True, queue="audit", probability=0.5)
    Labels(data).add(gone)
    ann.open("/coding/validation.csv")
    rows = {(row["native_id"] == gone.native_id, row["theme"]): row for row in csv.DictReader(io.StringIO(ann.page))}
    not_drawn, absent = rows[False, "health"], rows[True, "health"]
    assert (not_drawn["queue"], not_drawn["probability"], not_drawn["stratum"]) == ("theme:health", "", "")
    assert (not_drawn["label"], not_drawn["machine_score"]) == ("1", "") and not_drawn["machine"] in ("0", "1")
    assert (absent["probability"], absent["machine"], absent["label"]) == ("", "", ""), "as docs/coding.md says of it"


def test_what_share_belongs_and_the_overlap(data: DataFolder, pages: Pages) -> None:
    ann = Coder(pages, "Ann")
    assert "Not known yet" in ann.open("/coding/found")
    ann.open("/coding/lead")
    ann.send("/coding/lead", audit_per_week="1000")  # every post is drawn, so each counts alike, whichever is offered first
    ann.open("/coding/post")
    for number in range(10):
        ann.code("no" if number < 2 else "yes")
    page = ann.open("/coding/found")
    assert "about 8 in 10 (80 %" in page and "8 of 10 posts read" in page
    with sqlite3.connect(data.tracker) as db:
        db.execute("insert into post_matches select id, 'link', 'l' from posts where is_own = 0 and id % 3 = 0")
    assert "One of the nets caught nothing that the other did not" in ann.open("/coding/found")
    with sqlite3.connect(data.tracker) as db:
        db.execute("delete from post_matches where rule = 'hashtag' and post_id % 2 = 0")
    assert "Read it as “at most”" in ann.open("/coding/found")


def test_what_the_program_takes_for_something_else_is_in_neither_net_unless_people_say_otherwise(
    data: DataFolder, pages: Pages
) -> None:
    ann = Coder(pages, "Ann")
    with sqlite3.connect(data.tracker) as db:
        others = "select id from posts where is_own = 0 and status = 'live' and kind <> 'repost'"
        posts = [row_id for (row_id,) in db.execute(f"{others} order by id")]
        db.execute("delete from post_matches")
        nets = [("link", posts[:10]), ("hashtag", posts[5:20])]
        db.executemany("insert into post_matches values (?, ?, 'v')", [(row_id, net) for net, some in nets for row_id in some])
        db.execute("update post_readings set relevant = 1")
    page = ann.open("/coding/found")
    assert "15 posts carry the hashtag, 10 posts share a link, 5 do both" in page
    assert "about 28 posts that do one or the other (22 to 65), and about 7 in 10 of them are here (71 %; 31 to 91 %)." in page
    with sqlite3.connect(data.tracker) as db:
        db.executemany("update post_readings set relevant = 0 where post_id = ?", [(row_id,) for row_id in posts[16:20]])
        db.execute(
            "insert into post_verdicts(post_id, relevant, coders, adjudicated, via) values (?, 1, 2, 0, 'read')", [posts[16]]
        )
    assert "12 posts carry the hashtag, 10 posts share a link, 5 do both" in ann.open("/coding/found")


def test_posts_that_were_brought_in_as_drawn_count_among_those_that_were_read_at_random(data: DataFolder, pages: Pages) -> None:
    """Two that belong, each of them drawn as one of two, and one that does not, drawn as one of eight: 4 of 12."""
    said = Coding("x", "10001", None, "Ann", NOW, True, queue="audit", probability=0.5, origin="labels.jsonl")
    other = replace(said, native_id="10003", relevant=False, probability=0.125)
    in_pilot = replace(said, native_id="10004", round="pilot")
    not_drawn = replace(said, native_id="10005", queue="other", probability=None)
    given = [said, replace(said, native_id="10002"), other, in_pilot, not_drawn]
    assert Labels(data).bring_in(given, {}, now=NOW) == (5, 0, 0)
    page = Coder(pages, "Ann").open("/coding/found")
    assert "(33 %" in page and "2 of 3 posts read" in page


def test_the_overlap_is_chapman_s() -> None:
    """200 by the one net, 150 by the other, 50 by both: 201 x 151 / 51 - 1 = 594.1."""
    found = overlap(200, 150, 50)
    assert found is not None
    assert found.all == pytest.approx(594.118, abs=0.001)
    assert found.found == pytest.approx(300 / 594.118, abs=0.001)
    assert found.low < found.all < found.high and found.found_low < found.found < found.found_high
    assert overlap(10, 10, 0) is None


@pytest.mark.parametrize(("posts", "first", "second"), [(200, 0.2, 0.1), (1000, 0.05, 0.05), (1000, 0.5, 0.3)])
def test_the_interval_of_the_overlap_holds_all_posts_also_where_few_are_in_both_nets(
    posts: int, first: float, second: float
) -> None:
    chance = np.random.default_rng(3)
    drawn = [(chance.random(posts) < first, chance.random(posts) < second) for _ in range(400)]
    found = [overlap(int(one.sum()), int(other.sum()), int((one & other).sum())) for one, other in drawn]
    told = [its for its in found if its is not None]
    assert sum(its.low <= posts <= its.high for its in told) / len(told) >= 0.93, "it was 82 % and 74 % of the first two"


@pytest.mark.parametrize(("first", "second"), [(2400, 30), (30, 2400), (10, 10)])
def test_a_net_within_the_other_says_nothing_of_what_both_missed(first: int, second: int) -> None:
    assert overlap(first, second, min(first, second)) is None, "it would be all that was seen, with an interval of no width"


def test_a_share_of_unequal_draws_counts_each_by_its_weight() -> None:
    found = share_of([(True, 0.1), (False, 1.0)])
    assert found is not None and found.share == pytest.approx(10 / 11)
    alike = share_of([(True, 0.5)] * 8 + [(False, 0.5)] * 2)
    assert alike is not None
    assert (alike.share, alike.low, alike.high) == pytest.approx((0.8, 0.4902, 0.9433), abs=0.0001)
    assert share_of([]) is None


def test_a_share_of_few_posts_is_as_sure_as_it_is_of_how_many() -> None:
    read = [(number < 12, 1.0) for number in range(20)]
    every, half, some = share_of(read, 20), share_of(read, 40), share_of(read)
    assert every is not None and half is not None and some is not None
    assert (every.share, every.low, every.high, every.hits, every.n) == (0.6, 0.6, 0.6, 12, 20), "all of them were read"
    assert (half.low, half.high) == pytest.approx((0.4460, 0.7365), abs=0.001)  # Wilson's of 24 of 40
    assert (some.low, some.high) == pytest.approx((0.3866, 0.7812), abs=0.001)


def test_posts_of_which_people_could_not_tell_were_read_all_the_same(data: DataFolder, pages: Pages) -> None:
    ann, ben = Coder(pages, "Ann"), Coder(pages, "Ben")
    assert "no post of the random sample has been read" in pages.text("/coding/found")
    for coder, answer in ((ann, "yes"), (ben, "no")):
        coder.open("/coding/post")
        coder.code(answer)
    page = words(pages.text("/coding/found"))
    assert "people have not settled it of any post of the random sample that they read" in page
    assert "Not counted here: 1 post that was read, of which nobody could tell, or coders stand half and half" in page
    ann.code("cannot")
    ann.code("yes")
    page = words(pages.text("/coding/found"))
    assert "1 of 1 post read" in page and "Not counted here: 2 posts that were read" in page


def test_by_which_rule_a_post_came_is_looked_up_once_a_rule(data: DataFolder) -> None:
    with closing(sqlite3.connect(data.tracker)) as db:
        plan = [step for *_, step in db.execute("explain query plan " + statements("coding.sql")["found_by"])]
    assert sum("SEARCH post_matches" in step for step in plan) == 2, plan


async def of_two_at_once(pages: Pages) -> list[str]:
    """What the page says to two who ask at the same moment."""
    await pages.datasette.invoke_startup()
    asked = await asyncio.gather(*(pages.datasette.client.get("/coding/found") for _ in range(2)))
    return [main_words(answer.text) for answer in asked]


class Tarrying:
    """A plugin of Datasette's that gives SQL a function which takes longer than a page may, once."""

    def __init__(self) -> None:
        self.__name__, self.asked = "tarrying", 0

    @hookimpl  # type: ignore[untyped-decorator]
    def prepare_connection(self, conn: sqlite3.Connection) -> None:
        conn.create_function("tarried", 0, self.tarried)

    def tarried(self) -> int:
        self.asked += 1
        if self.asked == 1:
            time.sleep(READ_MS / 1000 + 0.1)
        return 1


def test_how_posts_were_found_is_counted_once_until_the_store_changes_and_may_take_long(data: DataFolder) -> None:
    with closing(sqlite3.connect(data.tracker)) as db:
        db.executescript(
            "alter table post_matches rename to matches; create view post_matches as select * from matches where tarried()"
        )
    pm.register(slow := Tarrying())
    try:
        pages = Pages(data, demo_now=NOW)
        first = main_words(pages.text("/coding/found"))
        asked = slow.asked
        with closing(sqlite3.connect(data.tracker)) as db, db:
            db.execute("update matches set value = value || '.'")
        both = asyncio.run(of_two_at_once(pages))
        assert both == [first, first] and slow.asked == 2 * asked, "counted for both at once"
        asked = slow.asked
        assert main_words(pages.text("/coding/found")) == first and slow.asked == asked > 1
        with closing(sqlite3.connect(data.tracker)) as db, db:
            db.execute("delete from matches where post_id % 2 = 0")
        assert main_words(pages.text("/coding/found")) != first and slow.asked > asked
    finally:
        pm.unregister(slow)
