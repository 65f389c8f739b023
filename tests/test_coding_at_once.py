"""Several people code at the same time: a post that is open with somebody counts as being read, and nobody is stopped by it."""

import threading
import time
from collections.abc import Callable

import pytest

from db.folder import DataFolder
from db.labels import Labels
from tests.bench.coders_at_once import readings
from tests.coded_pages import data as data
from tests.coded_pages import pages as pages
from tests.coding_client import Coder
from tests.pages_client import Pages
from tracker.offering import OPEN_SECONDS, OpenPosts

KEYS = [("x", str(number)) for number in range(4)]
NOBODY: Callable[[tuple[str, str]], frozenset[str]] = lambda _: frozenset()  # noqa: E731


def at_the_sample(pages: Pages, *names: str, queue: str = "audit") -> list[Coder]:
    coders = [Coder(pages, name) for name in names]
    for coder in coders:
        coder.open(f"/coding/post?queue={queue}")
    return coders


def test_a_third_is_not_offered_what_two_have_open(pages: Pages) -> None:
    ann, ben, cat = at_the_sample(pages, "Ann", "Ben", "Cat")
    first, other = ann.shown, cat.shown
    assert ben.shown == first != other
    ann.code("yes")
    assert ann.shown == other, "which Cat alone has open"
    ben.open("/coding/post?queue=audit")
    assert ben.shown == first, "one's own open post is no reading of somebody else"
    ben.code("yes")
    assert ben.shown not in (first, other)
    cat.open("/coding/post?queue=audit")
    assert cat.shown == other


def test_what_is_skipped_is_for_others_at_once_and_a_post_that_is_shown_again_is_open(data: DataFolder, pages: Pages) -> None:
    ann, ben = at_the_sample(pages, "Ann", "Ben")
    first = ann.shown
    ann.send("/coding/post", skip="1")
    (cat,) = at_the_sample(pages, "Cat")
    assert cat.shown == first == ben.shown
    cat.send("/coding/post", skip="1")
    ann.send("/coding/undo")
    assert ann.shown == first
    (dee,) = at_the_sample(pages, "Dee")
    assert dee.shown != first


def test_a_queue_that_one_person_reads_gives_two_people_two_posts(pages: Pages) -> None:
    ann, ben = at_the_sample(pages, "Ann", "Ben", queue="theme:outsourcing")
    assert ann.shown != ben.shown


def test_everyone_is_offered_the_first_post_of_a_pilot(pages: Pages) -> None:
    lea = Coder(pages, "Lea")
    lea.open("/coding/lead")
    lea.send("/coding/lead", round="pilot")
    coders = at_the_sample(pages, "Ann", "Ben", "Cat", "Dee", queue="pilot")
    assert len({coder.shown for coder in coders}) == 1


def test_where_nothing_else_waits_an_open_post_is_offered_all_the_same(data: DataFolder, pages: Pages) -> None:
    lea = Coder(pages, "Lea")
    lea.open("/coding/lead")
    lea.send("/coding/lead", coders_each="1", audit_per_week="1")
    (ann,) = at_the_sample(pages, "Ann")
    (ben,) = at_the_sample(pages, "Ben")
    left_open = ann.shown
    read = []
    while "What is this post about?" in ben.page:
        read.append(ben.shown)
        ben.code("yes")
    assert len(read) > 3 and read[-1] == left_open and len(read) == len(set(read))
    ann.code("no")
    assert "Kept." in ann.page and len(Labels(data).standing()) == len(read) + 1


def test_a_tab_that_was_left_open_counts_for_ten_minutes() -> None:
    posts = OpenPosts()
    assert posts.offer("Ann", KEYS, NOBODY, 1, 0.0) == KEYS[0] == posts.offer("ANN", KEYS, NOBODY, 1, 1.0)
    assert posts.offer("Ben", KEYS, NOBODY, 1, OPEN_SECONDS) == KEYS[1]
    assert posts.offer("Cat", KEYS, NOBODY, 1, 1.0 + OPEN_SECONDS) == KEYS[0]
    assert posts.offer("Dee", [], NOBODY, 1, 0.0) is None
    assert posts.offer("Eve", KEYS, lambda key: {"ann"} if key == KEYS[2] else frozenset(), 1, 602.0) == KEYS[3]


def test_who_has_a_post_open_and_saved_it_is_one_reader() -> None:
    posts = OpenPosts()
    posts.offer("Ann", KEYS, NOBODY, 2, 0.0)
    assert posts.offer("Ben", KEYS, lambda key: {"ann"} if key == KEYS[0] else frozenset(), 2, 1.0) == KEYS[0]


def test_people_who_open_the_sample_in_the_same_moment_are_not_all_given_one_post() -> None:
    posts, given, begin = OpenPosts(), [], threading.Barrier(8)

    def ask(number: int) -> None:
        begin.wait()
        given.append(posts.offer(f"Coder {number}", KEYS, NOBODY, 2, time.monotonic()))

    people = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(str(key) for key in given) == sorted(str(key) for key in (*KEYS, *KEYS))


@pytest.mark.parametrize("coders", [3, 4])
def test_a_sample_takes_hardly_more_readings_than_it_needs(coders: int) -> None:
    needed, were = readings(coders, seed=1, posts=30)
    assert needed > 40 and needed <= were <= needed + coders
