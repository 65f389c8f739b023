"""Each theme's share of what people read at random, by week, and which week stands out."""

import pytest

from tracker.codings import Asked, Settled
from tracker.drifting import DEBATE, chance_of, weekly_shares

THEMES = frozenset({"bells", "gates"})


def post(number: int, *themes: str, relevant: bool | None = True, undecided: tuple[str, ...] = ()) -> Settled:
    half, asked = Asked(frozenset(undecided)), Asked(THEMES)
    return Settled("x", str(number), relevant, frozenset(themes), frozenset(), half, asked, None, 2, False, False)


def test_two_shares_by_chance_as_in_the_book() -> None:
    assert chance_of(3, 4, 1, 4) == pytest.approx(0.4857, abs=0.0001)  # Fisher's tea (The Design of Experiments, 1935)
    assert chance_of(0, 10, 0, 10) == 1.0
    assert chance_of(10, 10, 0, 10) == pytest.approx(2 / 184756)


def test_a_share_is_of_what_belongs_and_leaves_out_what_people_are_divided_on() -> None:
    read = [("2026-W40", 0.5, post(n, "bells")) for n in range(3)]
    read += [("2026-W40", 0.5, post(9, relevant=False)), ("2026-W40", 0.5, post(10, undecided=("bells",)))]
    rows = {row.theme: row for row in weekly_shares(read, sorted(THEMES))}
    assert (rows[DEBATE].given, rows[DEBATE].posts) == (4, 5)
    assert (rows["bells"].given, rows["bells"].posts, rows["bells"].share) == (3, 3, 1.0)
    assert rows["bells"].low < 0.5 and (rows["gates"].given, rows["gates"].posts) == (0, 4)
    uneven = weekly_shares([("2026-W40", 0.1, post(1, "bells")), ("2026-W40", 1.0, post(2))], ["bells"])
    assert uneven[1].share == pytest.approx(10 / 11)


def test_a_week_of_which_every_post_was_read_is_known_and_not_drawn_from() -> None:
    read = [("2026-W40", 1.0, post(n, *(("bells",) if n < 6 else ()), relevant=n < 10)) for n in range(12)]

    def ranges(whole: dict[str, float]) -> list[tuple[float, float, float]]:
        return [(row.low, row.share, row.high) for row in weekly_shares(read, ["bells"], whole)]

    assert ranges({"2026-W40": 12}) == [(10 / 12, 10 / 12, 10 / 12), (0.6, 0.6, 0.6)]
    for waiting in ({"2026-W40": 16.0}, {}):
        assert all(low < share < high for low, share, high in ranges(waiting))


def test_a_week_that_stands_out_is_called_out_in_words_and_a_few_posts_are_not() -> None:
    def week(name: str, bells: int, of: int) -> list[tuple[str, float, Settled]]:
        return [(name, 0.2, post(n, *(("bells",) if n < bells else ()))) for n in range(of)]

    calm = week("2026-W40", 2, 20) + week("2026-W41", 3, 20)
    loud = {(row.week, row.theme): row.alarm for row in weekly_shares(calm + week("2026-W42", 12, 20), sorted(THEMES))}
    assert (
        loud["2026-W42", "bells"]
        == "12 of 20 posts that people read at random (60 %, 39 % to 78 %), in the weeks before 5 of 40 (12 %)"
    )
    assert [alarm for key, alarm in loud.items() if key != ("2026-W42", "bells")] == [""] * 8
    assert not any(row.alarm for row in weekly_shares(calm + week("2026-W42", 9, 9), sorted(THEMES)))
