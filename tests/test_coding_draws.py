"""Drawing: once, whoever opens a queue in the same moment, and at a rate that only a lead changes."""

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing

import pytest

from db.folder import DataFolder
from db.labels import Labels
from tests.coded_pages import data as data
from tests.coded_pages import pages as pages
from tests.coding_client import Coder
from tests.pages_client import Pages
from tests.pages_store import NOW
from tracker.drawing import drawn

WEEK = "2026-W44"
LATE = (
    "insert into posts(platform, native_id, text, kind, created_at, day, first_seen_run)"
    " values ('x', ?, 'late outsourcing', 'original', '2026-10-28T08:00:00Z', '2026-10-28', 1)"
)


def lead_sets(pages: Pages, **settings: str) -> Coder:
    lea = Coder(pages, "Lea")
    lea.open("/coding/lead")
    lea.send("/coding/lead", **settings)
    return lea


def changed(data: DataFolder, statement: str, rows: Sequence[Sequence[object]]) -> None:
    with closing(sqlite3.connect(data.tracker)) as db, db:
        db.executemany(statement, rows)


def sampled(data: DataFolder, queue: str = "audit") -> set[str]:
    with closing(Labels(data)) as labels:
        return {str(row["native_id"]) for row in labels.sample(queue)}


def draws_of(data: DataFolder) -> list[tuple[str, float, int]]:
    with closing(Labels(data)) as labels:
        return [(draw["week"], draw["rate"], draw["drawn"]) for draw in labels.draws()]


@pytest.mark.parametrize("begun", [False, True], ids=["without a seed", "with a seed"])
@pytest.mark.parametrize(("queue", "round_name"), [("pilot", "pilot"), ("audit", "main")])
def test_two_who_open_a_queue_in_the_same_moment_draw_once(
    data: DataFolder, pages: Pages, queue: str, round_name: str, begun: bool
) -> None:
    """While another writer holds labels.db, both see that nothing was drawn (or begun) yet, and wait to keep what they drew."""
    lead_sets(pages, round=round_name, pilot_size="5", audit_per_week="2")
    if begun:
        Labels(data).begin_rule("seed", f"invented {NOW[:10]}", who="Lea", now=NOW)
    coders = [Coder(Pages(data, demo_now=NOW), name) for name in ("Ann", "Ben")]
    people = [threading.Thread(target=coder.open, args=(f"/coding/post?queue={queue}",)) for coder in coders]
    with closing(sqlite3.connect(data.labels, isolation_level=None)) as held:
        held.execute("begin immediate")
        for person in people:
            person.start()
        people[0].join(3)
        assert all(person.is_alive() for person in people), "both wait"
        held.execute("rollback")
    for person in people:
        person.join()
    assert all("What is this post about?" in coder.page for coder in coders)
    weeks = [week for week, _, _ in draws_of(data)]
    assert weeks and len(weeks) == len(set(weeks)) and all(new for _, _, new in draws_of(data))
    assert [row["value"] for row in Labels(data).rule_history() if row["name"] == "seed"] == [Labels(data).rules()["seed"]]
    if queue == "pilot":
        assert len(sampled(data, "pilot")) == 5


def test_a_pilot_that_was_drawn_meanwhile_is_not_drawn_again(data: DataFolder) -> None:
    draw = {"drawn_at": NOW, "drawn_by": "Ann", "queue": "pilot", "seed": "s", "week": "pilot", "rate": 0.1, "population": 40}
    with closing(Labels(data)) as labels:
        labels.keep_draw(draw, [(("x", str(number)), number / 100) for number in range(4)])
        later = {**draw, "drawn_by": "Ben", "rate": 0.2, "population": 50}
        labels.keep_draw(later, [(("x", str(number)), number / 100) for number in range(4, 8)])
        assert len(labels.sample("pilot")) == 4 and len(labels.draws()) == 1
        labels.keep_draw({**later, "week": "pilot 2"}, [(("x", "9"), 0.1)])
        assert len(labels.sample("pilot")) == 5


def test_a_draw_that_adds_nothing_is_not_noted(data: DataFolder) -> None:
    draw = {"drawn_at": NOW, "drawn_by": "Ann", "queue": "audit", "seed": "s", "week": WEEK, "rate": 0.1, "population": 40}
    with closing(Labels(data)) as labels:
        labels.keep_draw(draw, [(("x", "1"), 0.05)])
        labels.keep_draw({**draw, "population": 39}, [(("x", "1"), 0.05)])
        assert len(labels.draws()) == 1
        labels.keep_draw({**draw, "population": 39}, [(("x", "2"), 0.06)])
        labels.keep_draw({**draw, "population": 41}, [])
        labels.keep_draw({**draw, "rate": 0.2, "population": 39}, [])
        assert [one["drawn"] for one in labels.draws()] == [1, 1, 0, 0]
        assert [one["rate"] for one in labels.sample("audit")] == [0.2, 0.2]


def test_posts_that_go_do_not_change_the_rate_of_their_week(data: DataFolder, pages: Pages) -> None:
    lea = lead_sets(pages, audit_per_week="4")
    lea.open("/coding/post")
    before, draws, rates = sampled(data), draws_of(data), Labels(data).drawn_weeks("audit")
    gone = [[number] for number in range(1, 90, 4)]
    for number in gone:
        changed(data, "update posts set status = 'gone' where id = ?", [number])
        changed(data, "insert into runs(command, status, started_at, version) values ('recheck', 'ok', 't', '0')", [[]])
        lea.open("/coding")
    assert (sampled(data), draws_of(data), Labels(data).drawn_weeks("audit")) == (before, draws, rates)


def test_a_lead_who_wants_more_posts_a_week_gets_more_also_where_some_are_gone(data: DataFolder, pages: Pages) -> None:
    lea = lead_sets(pages, audit_per_week="4")
    lea.open("/coding/post")
    before = Labels(data).drawn_weeks("audit")
    changed(data, "update posts set status = 'gone' where id % 4 = ?", [[1]])
    lead_sets(pages, audit_per_week="6")
    after = Labels(data).drawn_weeks("audit")
    for week, row in before.items():
        assert after[week]["rate"] == max(row["rate"], min(1.0, 6 / row["population"])), week
    lead_sets(pages, audit_per_week="2")
    assert Labels(data).drawn_weeks("audit") == after


def test_late_posts_are_drawn_at_their_week_s_rate_also_where_as_many_are_gone(data: DataFolder, pages: Pages) -> None:
    lea = lead_sets(pages, audit_per_week="6")
    lea.open("/coding/post")
    before, rate = sampled(data), Labels(data).drawn_weeks("audit")[WEEK]["rate"]
    changed(data, "update posts set status = 'gone' where day = ?", [["2026-10-28"], ["2026-10-29"]])
    lea.open("/coding")
    with closing(sqlite3.connect(data.tracker)) as db:
        ((gone,),) = db.execute("select count(*) from posts where day in ('2026-10-28', '2026-10-29')").fetchall()
    changed(data, LATE, [[str(number)] for number in range(90_000, 90_000 + gone)])
    lea.open("/coding")
    seed = Labels(data).rules()["seed"]
    expected = {str(n) for n in range(90_000, 90_000 + gone) if drawn(seed, [("x", str(n))], rate)}
    assert sampled(data) - before == expected and 0 < len(expected) < gone + 1
    assert Labels(data).drawn_weeks("audit")[WEEK]["rate"] == rate


NOT_READ_FOR_THEMES = "insert or replace into post_readings(post_id, model, outcome) values (?, 'm1', ?)"


def passed_over(data: DataFolder, every: int) -> None:
    """Have the program take posts for another language or empty; one of `every` is left."""
    with closing(sqlite3.connect(data.tracker)) as db:
        posts = [number for (number,) in db.execute("select id from posts where is_own = 0 and text <> '' and kind <> 'repost'")]
    outcomes = ("other-language", "empty")
    changed(data, NOT_READ_FOR_THEMES, [[number, outcomes[number % 2]] for number in posts if number % every])


def test_a_pilot_has_as_many_posts_as_it_should_though_many_cannot_be_offered(data: DataFolder, pages: Pages) -> None:
    passed_over(data, every=3)
    lead_sets(pages, round="pilot")
    for name in ("Ann", "Ben"):
        coder = Coder(pages, name)
        coder.open("/coding/post?queue=pilot")
        for left in range(20, 0, -1):
            assert "What is this post about?" in coder.page, left
            coder.code("no")
        assert "What is this post about?" not in coder.page
        assert "This pilot has" not in coder.open("/coding")


def test_a_pilot_of_which_there_are_too_few_posts_has_all_and_says_so(data: DataFolder, pages: Pages) -> None:
    passed_over(data, every=12)
    lead_sets(pages, round="pilot")
    ann = Coder(pages, "Ann")
    ann.open("/coding/post?queue=pilot")
    few = len(sampled(data, "pilot"))
    assert 0 < few < 20
    assert f"This pilot has {few} posts and not 20" in ann.open("/coding")
    assert [(row["rate"], row["population"]) for row in Labels(data).drawn_weeks("pilot").values()] == [(1, few)]
