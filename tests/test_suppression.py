"""Which numbers the public may see: nobody can subtract one from another and be left with few people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.counting import week_of
from tracker.suppression import Teller, month_of
from tracker.told import ALL, GROUP, LINK, MONTH, PERIOD, POSTS, QUESTION, REPOSTS, THEME, WEEK, Cell, Counted, Counters, Pair

SMALLEST = 3
FIRST = date(2026, 8, 31)
WEEKS = [week_of((FIRST + timedelta(days=7 * place)).isoformat()) for place in range(11)]
GROUPS = {"one": ["a", "b"], "other": ["c"]}
THEMES = ("a", "b", "c")
SETS = [frozenset(chosen) for size in range(4) for chosen in combinations(THEMES, size)]
ATOMS = list(product(WEEKS, ("x", "mastodon"), SETS))
"""What a post can be, as far as any number tells: its week, its platform, its themes."""


@dataclass(frozen=True)
class Posted:
    week: str
    author: int
    platform: str = "x"
    themes: frozenset[str] = frozenset()


def counted(posts: Sequence[Posted]) -> Counted:
    return Counted(len(posts), len({(post.platform, post.author) for post in posts}))


def matches(post: Posted, kind: str, pairs: Sequence[Pair]) -> bool:
    if kind == POSTS:
        return any(week == post.week and subject in (ALL, post.platform) for subject, week in pairs)
    return kind != REPOSTS and any(week == post.week and subject in post.themes for subject, week in pairs)


def counters(posts: Sequence[Posted]) -> Counters:
    def platforms(weeks: Sequence[str]) -> Mapping[str, Counted]:
        there = sorted({post.platform for post in posts if post.week in weeks})
        return {name: counted([p for p in posts if p.week in weeks and p.platform == name]) for name in there}

    def rest(kind: str, pairs: Sequence[Pair], weeks: Sequence[str]) -> Counted:
        return counted([post for post in posts if post.week in weeks and not matches(post, kind, pairs)])

    return Counters(lambda kind, pairs: counted([p for p in posts if matches(p, kind, pairs)]), platforms, rest)


def release(posts: Sequence[Posted], told: Sequence[Cell], settled: int) -> list[Cell]:
    """What is told once the first `settled` weeks are settled, after what was told before."""
    weeks = [week for week in WEEKS[:settled] if any(post.week == week for post in posts)]
    open_month = month_of(week_of((FIRST + timedelta(days=7 * settled)).isoformat()))
    teller = Teller(SMALLEST, counters(posts), told, weeks, open_month)
    teller.tell_volume()
    teller.tell_themes(GROUPS)
    return [*told, *teller.new]


def vector(cell: Cell) -> np.ndarray:
    kind = THEME if cell.kind == GROUP else cell.kind
    return np.array(
        [matches(Posted(week, 0, platform, themes), kind, cell.pairs) for week, platform, themes in ATOMS], dtype=np.int8
    )


def attack(cells: Sequence[Cell], posts: Sequence[Posted]) -> list[tuple[Counted, str]]:
    """Every set of posts whose number follows from up to three of the numbers (and sums of all posts over any number's weeks) by
    adding and subtracting, and behind which there are posts, but fewer people than the smallest cell."""
    known: dict[str, Any] = {f"{cell.kind} {cell.pairs}": vector(cell) for cell in cells}
    volume = [(cell.weeks, vector(cell)) for cell in cells if cell.kind == POSTS]
    for cell in cells:
        inside = [v for weeks, v in volume if set(weeks) <= set(cell.weeks)]
        if len(inside) > 1:
            known[f"all of {cell.weeks}"] = np.sum(inside, axis=0, dtype=np.int8)
    people = np.array([[(post.week, post.platform, post.themes) == atom for post in posts] for atom in ATOMS])
    rows, names = np.array(list(known.values())), list(known)
    left: Any
    found = []
    for size in (1, 2, 3):
        chosen = np.array(list(combinations(range(len(rows)), size)))
        for signs in product((1, -1), repeat=size - 1) if len(chosen) else ():
            left = np.sum([sign * rows[chosen[:, place]] for place, sign in enumerate((1, *signs))], axis=0)
            left = np.where(left.max(axis=1, keepdims=True) > 0, left, -left)
            for at in np.flatnonzero((left.min(axis=1) >= 0) & (left.max(axis=1) <= 1)):
                there = people[left[at] == 1].any(axis=0)
                behind = counted([post for post, among in zip(posts, there, strict=True) if among])
                if behind.posts and behind.people < SMALLEST:
                    found.append((behind, f"{[names[n] for n in chosen[at]]} {signs}"))
    return found


posted = st.builds(
    Posted,
    st.sampled_from(WEEKS[:3] + WEEKS[4:7]),
    st.integers(0, 7),
    st.sampled_from(("x", "x", "x", "mastodon")),
    st.sampled_from([frozenset(), frozenset("a"), frozenset("a"), *SETS]),
)


@settings(max_examples=30)
@given(st.lists(posted, min_size=20, max_size=90), st.lists(st.integers(1, len(WEEKS)), min_size=1, max_size=3).map(sorted))
def test_no_difference_of_numbers_or_releases_leaves_few_people(posts: list[Posted], nights: list[int]) -> None:
    told: list[Cell] = []
    for settled in nights:
        before, told = told, release(posts, told, settled)
        assert told[: len(before)] == before, "what was told stays as it was"
    assert all(cell.people >= SMALLEST for cell in told)
    assert attack(told, posts) == []


@settings(max_examples=25)
@given(st.lists(st.lists(posted, max_size=40), min_size=2, max_size=4))
def test_posts_that_come_late_change_no_number_and_tell_nothing_twice(nights: list[list[Posted]]) -> None:
    told: list[Cell] = []
    posts: list[Posted] = []
    for place, came in enumerate(nights):
        posts += came
        told = release(posts, told, 5 + 2 * place)
        for kind in (POSTS, THEME):
            pairs = [
                (ALL if kind == POSTS and subject in ("x", "mastodon") else subject, week, cell.subject if kind == POSTS else "")
                for cell in told
                if cell.kind in (kind, GROUP if kind == THEME else kind)
                for subject, week in cell.pairs
            ]
            assert len(pairs) == len(set(pairs)), "a week of something is told once"


def many(week: str, authors: range, themes: str = "", platform: str = "x") -> list[Posted]:
    return [Posted(week, author, platform, frozenset(themes)) for author in authors]


def test_the_attack_finds_what_a_careless_table_gives_away() -> None:
    posts = [*many(WEEKS[0], range(4), "a"), *many(WEEKS[0], range(4, 5))]
    careless = [
        Cell(POSTS, ALL, WEEK, ((ALL, WEEKS[0]),), 5, 5),
        Cell(THEME, "a", WEEK, (("a", WEEKS[0]),), 4, 4),
    ]
    assert attack(careless, posts)
    assert [cell.kind for cell in release(posts, [], 1)] == [POSTS], "one person did not speak of it, so the theme waits"


def test_a_week_is_shown_by_platform_only_where_each_has_enough_people() -> None:
    few = [*many(WEEKS[0], range(5)), *many(WEEKS[0], range(2), platform="mastodon")]
    enough = [*few, *many(WEEKS[0], range(2, 4), platform="mastodon")]
    assert [(cell.subject, cell.people) for cell in release(few, [], 1)] == [(ALL, 7)]
    assert [(cell.subject, cell.people) for cell in release(enough, [], 1)] == [("mastodon", 4), ("x", 5)]


def test_small_weeks_are_joined_by_month_then_by_all_that_waits() -> None:
    posts = [*many(WEEKS[0], range(2)), *many(WEEKS[1], range(2, 4)), *many(WEEKS[2], range(5)), *many(WEEKS[6], range(1))]
    posts += [*many(WEEKS[9], range(2, 5))]
    assert [month_of(week) for week in WEEKS[:5]] == ["2026-09", "2026-09", "2026-09", "2026-09", "2026-10"]
    cells = release(posts, [], 11)
    assert [(cell.level, cell.weeks) for cell in cells] == [
        (WEEK, (WEEKS[2],)),
        (MONTH, (WEEKS[0], WEEKS[1])),
        (WEEK, (WEEKS[9],)),
    ], "the one post of the seventh week waits for others"


def test_themes_that_stay_small_are_shown_with_others_of_their_group() -> None:
    others = [*many(WEEKS[0], range(20, 30)), *many(WEEKS[5], range(20, 30))]
    posts = [*others, *many(WEEKS[0], range(2), "a"), *many(WEEKS[5], range(2, 4), "b"), *many(WEEKS[5], range(5, 7), "c")]
    cells = [cell for cell in release(posts, [], 10) if cell.kind in (THEME, GROUP)]
    assert [(cell.kind, cell.subject, cell.level, cell.posts) for cell in cells] == [(GROUP, "one", PERIOD, 4)]
    assert {subject for subject, _ in cells[0].pairs} == {"a", "b"}


@pytest.mark.parametrize("kind", [QUESTION, LINK])
def test_questions_and_links_wait_in_the_same_way(kind: str) -> None:
    posts = [*many(WEEKS[0], range(10)), *many(WEEKS[0], range(20, 24), "a")]
    teller = Teller(SMALLEST, counters(posts), [], WEEKS[:1], month_of(WEEKS[1]))
    teller.tell_volume()
    teller.tell_subjects(kind, ["a", "b"])
    assert [(cell.kind, cell.subject, cell.people) for cell in teller.new if cell.kind == kind] == [(kind, "a", 4)]
