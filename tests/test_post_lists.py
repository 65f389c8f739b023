"""The list of posts is what its filters say, page after page, by whichever way its posts are looked for and whatever happened."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from datasette_config.plugins.pages import filters_of
from db import reading_posts
from db.reading import Row, campaign_settings
from db.reading_posts import USUAL, Limits, Wanted, find_posts, ids_of
from tests.pages_store import build_store
from tests.test_counting import Debate
from tracker.counting import local_day, moments_of, week_of
from tracker.theme_files import FILTERS

LISTS, CHANGES = 12, 8
SEED = 20261127
ALL = """
select posts.*, lang_detected, coalesce(post_verdicts.relevant, 1) as debate,
    (select group_concat(theme) from post_themes where post_id = posts.id) as themes, coalesce(
    mine.message_id, that.message_id, -original.id, posts.platform || posts.repost_of, -posts.id
) as message
from posts left join post_readings on post_readings.post_id = posts.id
left join post_verdicts on post_verdicts.post_id = posts.id
left join same_message as mine on mine.post_id = posts.id
left join posts as original on original.platform = posts.platform and original.native_id = posts.repost_of
left join same_message as that on that.post_id = original.id
where posts.status = 'live' order by posts.created_at desc, posts.id desc
"""


@pytest.fixture
def debate(tmp_path: Path) -> Iterator[Debate]:
    with closing(Debate(build_store(tmp_path / "data", posts=120), SEED)) as made:
        yield made


def test_no_dimension_can_be_called_as_what_else_is_asked_of_a_list() -> None:
    """One that was called language had the choice of languages do nothing."""
    offered: Row = {"themes": {}, "platforms": [], "kinds": [], "languages": [], "weeks": []}
    asked = {entry["name"] for entry in filters_of(offered, {}, labels=True)}
    assert asked | {"q", "seen", "older", "newer"} == FILTERS


def anything(chance: random.Random, last: int) -> Wanted:
    """A list that somebody may ask for; most ask for little."""

    def maybe(*values: str) -> str:
        return chance.choice((*values, *[""] * len(values) * 2))

    themes = {"theme": maybe("outsourcing", "in-house", "in-our-hands"), "service": maybe("health")}
    return Wanted(
        themes={dimension: slug for dimension, slug in themes.items() if slug},
        platform=maybe("x", "mastodon"),
        kind=maybe("original", "reply", "repost", "quote"),
        language=maybe("en", "cy"),
        week=maybe("2026-W40", "2026-W44", "2026-W45"),
        ours=chance.choice((None, None, None, None, False, True)),
        debate=chance.choice((True, True, True, False)),
        seen=chance.choice((0, 0, 0, last // 2, last - 3)),
    )


def expected(db: sqlite3.Connection, wanted: Wanted, zone: str) -> list[sqlite3.Row]:
    """The same, with each post asked by itself."""
    db.row_factory = sqlite3.Row
    rows = db.execute(ALL).fetchall()
    db.row_factory = None
    asked = {"platform": wanted.platform, "kind": wanted.kind, "lang_detected": wanted.language}
    return [
        row
        for row in rows
        if all(row[column] == value for column, value in asked.items() if value)
        and set(wanted.themes.values()) <= set((row["themes"] or "").split(","))
        and wanted.week in ("", week_of(local_day(row["created_at"], zone)))
        and wanted.ours in (None, bool(row["is_own"]))
        and wanted.debate is bool(row["debate"])
        and row["id"] > wanted.seen
    ]


def pages(db: sqlite3.Connection, wanted: Wanted, limits: Limits) -> Iterator[tuple[list[int], dict[str, object]]]:
    """Each page of the list, the newest first."""
    older = ""
    while older is not None:
        page = find_posts(db, Wanted(**{name: getattr(wanted, name) for name in Wanted.__slots__} | {"older": older}), limits)
        yield [post["id"] for post in page["posts"]], page
        older = page["older"]


@pytest.mark.parametrize("limits", [USUAL, Limits(30), Limits(30, 0), Limits(0, 5)])
def test_a_list_is_what_its_filters_say(debate: Debate, limits: Limits) -> None:
    chance, ways, seen = random.Random(SEED), set(), 0
    for night in range(CHANGES):
        for change in debate.chance.sample(debate.happens(), 4):
            change()
        if night % 3:
            debate.store.count()
        [(last,)] = debate.db.execute("select max(id) from posts")
        for _ in range(LISTS):
            wanted = anything(chance, last)
            ways.add(reading_posts._way(debate.db, wanted, limits))
            rows = expected(debate.db, wanted, campaign_settings(debate.db)["timezone"])
            messages = len({row["message"] for row in rows}) if len(rows) <= limits.counted else None
            told = (min(len(rows), limits.counted), len(rows) > limits.counted, messages)
            shown = []
            for ids, page in pages(debate.db, wanted, limits):
                shown += ids
                assert (page["count"], page["more"], page["messages"]) == told, wanted
            assert shown == [row["id"] for row in rows], wanted
            assert ids_of(debate.db, wanted, 7, limits) == shown[:7]
            seen += len(shown)
    assert ways >= {"time", "theme"} and seen > CHANGES * LISTS
    assert limits != USUAL or ways == {"time", "theme", "language", "seen", "elsewhere"}


@pytest.mark.parametrize(
    ("week", "zone", "begin", "end"),
    [
        ("2026-W45", "Europe/London", "2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z"),
        ("2026-W13", "Europe/London", "2026-03-23T00:00:00Z", "2026-03-29T23:00:00Z"),
        ("2026-W45", "Pacific/Auckland", "2026-11-01T11:00:00Z", "2026-11-08T11:00:00Z"),
        ("2018-W44", "America/Sao_Paulo", "2018-10-29T03:00:00Z", "2018-11-05T02:00:00Z"),  # the hour from midnight was left out
        ("9999-W52", "Europe/London", "9999-12-27T00:00:00Z", "9999-12-31T24"),
        ("0001-W01", "Europe/London", "0001-01-01T00:01:15Z", "0001-01-08T00:01:15Z"),
        ("0001-W01", "Asia/Tokyo", "", "0001-01-07T14:41:01Z"),  # it held every post there was
    ],
)
def test_a_week_lies_between_two_moments(week: str, zone: str, begin: str, end: str) -> None:
    assert moments_of(week, zone) == (begin, end)
