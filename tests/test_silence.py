"""What is taken for a source that fell silent, and what is not: a look soon after another, the rest of a
night that was cut off, and known posts that are gone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests import collecting_desk
from tests.collecting_desk import coverage, stored
from tests.collecting_desk import server as server
from tests.desk import Desk
from tests.fake_platform.talking import Platform
from tests.fake_platform.x import TOKEN
from tests.warm import Ended
from tests.x_desk import at, desk_of, x
from tracker.coverage import SMALL_PART

NIGHTS, A_NIGHT = 6, 60


def collect(desk: Desk, server: Platform, moment: datetime, *words: object) -> Ended:
    """Collect at a moment, by our clock and X's."""
    at(server, moment)
    clock = f"{(moment - datetime.now(UTC)).total_seconds():.0f}"
    return collecting_desk.collect(desk, *words, clock=clock, X_BEARER_TOKEN=TOKEN)


def nights(desk: Desk, server: Platform) -> datetime:
    """Some nights as usual; gives the moment of the next one, whose posts are there too."""
    moment = datetime.now(UTC) - timedelta(days=NIGHTS + 3)
    for night in range(NIGHTS + 1):
        assert not night or collect(desk, server, moment).code == 0
        moment += timedelta(days=1)
        at(server, moment - timedelta(hours=2))
        x(server, "fill", count=A_NIGHT, every=60)
    return moment


def test_a_look_soon_after_another_is_not_held_against_whole_nights(server: Platform, tmp_path: Path) -> None:
    desk = desk_of(tmp_path, server)
    moment = nights(desk, server)
    assert collect(desk, server, moment).code == 0
    soon = collect(desk, server, moment + timedelta(minutes=30))
    assert (soon.code, soon.err) == (0, ""), "half an hour without a post is no silence"
    assert coverage(desk)[0]["status"] == "empty"
    silent = collect(desk, server, moment + timedelta(days=1))
    assert silent.code == 3 and f"nothing came, where {A_NIGHT} is usual" in silent.err


def test_the_rest_of_what_an_earlier_run_had_begun_is_not_held_against_whole_nights(server: Platform, tmp_path: Path) -> None:
    desk = desk_of(tmp_path, server)
    moment = nights(desk, server)
    assert collect(desk, server, moment, "--max-cost", 0.62).code == 3
    left = (NIGHTS + 1) * A_NIGHT - len(stored(desk))
    assert 0 < left < A_NIGHT * SMALL_PART
    rest = collect(desk, server, moment + timedelta(minutes=30))
    assert (rest.code, rest.err) == (0, "")
    assert stored(desk) == x(server, "truth")


def test_known_posts_that_are_gone_are_no_silence(server: Platform, tmp_path: Path) -> None:
    desk, began = desk_of(tmp_path, server), datetime.now(UTC) - timedelta(days=3)
    at(server, began - timedelta(hours=2))
    (only,) = x(server, "fill", count=1, every=600)
    assert collect(desk, server, began).code == 0
    x(server, "hide", native_id=only, how="deleted")
    ended = collect(desk, server, began + timedelta(days=2))
    assert (ended.code, ended.err) == (0, "")
    assert desk.query("select status from posts") == [("gone",)]
