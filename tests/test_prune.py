"""Retention: what is too old goes with all that belongs to it; counts and verdicts stay; a study hold keeps posts."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.labels import Labels
from db.public_copy import shown_cells
from db.raw import RawStore
from db.store import Store
from pipelines.classify import classify
from pipelines.collecting import CLOCK_OFF, ClockOff
from pipelines.import_exports import import_exports
from pipelines.live_model import live_model
from pipelines.prune import prune
from pipelines.publish import publish
from pipelines.running import running
from pipelines.summarise import summarise
from tests import invented
from tests.desk import Desk
from tests.pages_client import Pages, words
from tests.test_small_debates import GOVERNED
from tracker.campaign import read_campaign
from tracker.codings import Coding

FIRST, LATER, LAST = "2026-11-02T02:00:00Z", "2026-12-10T02:00:00Z", "2027-11-03T02:00:00Z"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk.at(tmp_path)
    took_in(made, FIRST, range(20))
    took_in(made, LATER, range(20, 25))
    return made


def took_in(desk: Desk, now: str, numbers: range) -> None:
    path = invented.twarc2_file(desk.files / f"{numbers.start}.jsonl", numbers)
    with running("import", read_campaign(desk.campaign), DataFolder(desk.data), clock=lambda: now) as run:
        import_exports(run, [path])
        classify(run, live_model(run))
        summarise(run)


def pruned(desk: Desk, now: str, *, clock_was_right: bool = True) -> str:
    """What a prune says; clock_was_right: another run said the same day before."""
    if clock_was_right:
        with running("nightly", read_campaign(desk.campaign), DataFolder(desk.data), clock=lambda: now):
            pass
    with running("prune", read_campaign(desk.campaign), DataFolder(desk.data), clock=lambda: now) as run:
        return prune(run).sentence()


def test_posts_go_a_year_after_they_were_first_collected_and_their_counts_stay(desk: Desk) -> None:
    counts = desk.query("select * from weekly_totals order by 1, 2, 3")
    labels = Labels(DataFolder(desk.data))
    labels.add(Coding("x", invented.x_id(1), "Number 1", "sue", FIRST, relevant=True, themes=("fares",), note="by rider1001"))
    labels.close()
    assert "0 posts" in pruned(desk, "2027-11-01T02:00:00Z")
    assert "20 posts" in pruned(desk, LAST)
    assert desk.value("select count(*) from posts") == 5
    assert desk.value("select count(*) from post_origins") == 5
    assert desk.value("select count(*) from authors") == 5
    assert desk.query("select * from weekly_totals order by 1, 2, 3") == counts
    assert desk.query("select relevant, text, note from codings", "labels.db") == [(1, None, None)]
    desk.is_sound()
    pages = Pages(DataFolder(desk.data), demo_now=LAST, campaign=read_campaign(desk.campaign))
    left = "The oldest are no longer kept; who wrote the others: 5 people."
    for path, said in (
        ("/", f"People have written 25 posts, on 5 October 2026. {left}"),
        ("/theme/fares", f"25 posts in all. {left}"),
        ("/spike", "This day had 25 posts and reposts. Old ones are no longer kept; still here: 5 people, 5 posts."),
        ("/posts?week=2026-W41", "Old posts of that week are no longer kept: it had more than are listed here."),
    ):
        assert said in words(pages.text(path)), "what is left was told as all who wrote what is counted"


def test_a_week_that_lost_posts_is_not_counted_again(desk: Desk) -> None:
    pruned(desk, LAST)
    before = desk.query("select * from weekly_totals order by 1, 2, 3")
    took_in(desk, LAST, range(19, 21))
    assert desk.query("select * from weekly_totals order by 1, 2, 3") == before
    assert desk.query("select * from days_to_count") == []


def test_posts_that_wait_to_be_counted_are_counted_before_their_week_loses_others(desk: Desk) -> None:
    with running("import", read_campaign(desk.campaign), DataFolder(desk.data), clock=lambda: LAST) as run:
        import_exports(run, [invented.twarc2_file(desk.files / "late.jsonl", range(25, 30))])
    assert "20 posts" in pruned(desk, LAST)
    assert desk.value("select sum(posts) from weekly_totals where theme is null") == 30


def test_a_post_that_says_a_day_to_come_takes_no_count_from_that_week(desk: Desk) -> None:
    with running("import", read_campaign(desk.campaign), DataFolder(desk.data), clock=lambda: LATER) as run:
        wrong = f"update posts set day = '{LAST[:10]}', created_at = '{LAST}' where native_id = '{invented.x_id(1)}'"
        run.store.transaction(lambda db: db.execute(wrong))
        summarise(run)
    assert "20 posts" in pruned(desk, LAST)
    this_week = (datetime.fromisoformat(LAST) - invented.START) // timedelta(minutes=37)
    took_in(desk, "2027-11-04T02:00:00Z", range(this_week, this_week + 10))
    counts = desk.query("select week, posts from weekly_totals where theme is null order by week")
    assert counts == [("2026-W41", 24), ("2027-W44", 10)], "of that week nothing was counted any more"


def test_a_week_that_lost_posts_before_it_was_told_is_told_no_more(tmp_path: Path) -> None:
    """Of its two posts one is left, which would be told as all that there were."""
    desk = Desk.at(tmp_path)
    campaign = desk.campaign / "campaign.toml"
    rules = GOVERNED.replace("smallest_cell = 2", "smallest_cell = 3")
    campaign.write_text(f"{campaign.read_text()}{rules}[retention]\nposts_days = 30\n")
    for day, several in (("2026-10-05", 1), ("2026-10-08", 1), ("2026-10-12", 2), ("2026-10-26", 2)):
        first = (datetime.fromisoformat(f"{day}T09:00:00Z") - invented.START) // timedelta(minutes=37)
        took_in(desk, f"{day}T20:00:00Z", range(first, first + several))
    assert "1 post and" in pruned(desk, "2026-11-05T02:00:00Z")
    with running("publish", read_campaign(desk.campaign), DataFolder(desk.data), clock=lambda: "2026-11-05T02:00:00Z") as run:
        publish(run, by_hand=True)
    assert desk.query("select week, posts from weekly_totals where theme = 'fares' order by 1")[0] == ("2026-W41", 2)
    told = {(row["kind"], row["pairs"]): row["posts"] for row in shown_cells(DataFolder(desk.data).public)}
    assert told == {(kind, json.dumps([[of, "2026-W42"], [of, "2026-W44"]], separators=(",", ":"))): 4 for kind, of in TELLS}


TELLS = (("posts", "all"), ("theme", "fares"))


def test_what_was_pruned_is_in_no_byte_of_the_store(desk: Desk) -> None:
    pruned(desk, LAST)
    left = b"".join(path.read_bytes() for path in (desk.data / "tracker.db", desk.data / "tracker.db-wal") if path.exists())
    assert b"Number 3: the fares" not in left
    assert b"Number 22: the fares" in left


def test_raw_items_go_after_thirty_days(desk: Desk) -> None:
    assert "20 raw items" in pruned(desk, LATER)
    raw = RawStore(DataFolder(desk.data))
    assert raw.read("x", invented.x_id(3)) == []
    assert raw.read("x", invented.x_id(22)) != []
    raw.close()
    assert desk.value("select count(*) from posts") == 25


def test_a_study_hold_keeps_posts_until_it_ends(desk: Desk) -> None:
    campaign = desk.campaign / "campaign.toml"
    campaign.write_text(campaign.read_text() + '\n[[study_hold]]\nreason = "Thesis"\nend = "2027-12-31"\n')
    assert 'until 2027-12-31 for "Thesis"' in pruned(desk, LAST)
    assert desk.value("select count(*) from posts") == 25
    assert "25 posts" in pruned(desk, "2028-01-01T02:00:00Z")


def test_by_a_clock_that_is_years_ahead_nothing_is_deleted_until_a_second_run_says_the_same(desk: Desk) -> None:
    pruned(desk, LATER)
    told = pruned(desk, LAST, clock_was_right=False)
    assert f"328 days after the run of {LATER}" in told and "`debate-tracker prune` now if it is 2027-11-03" in told
    assert desk.value("select count(*) from posts") == 25
    assert "0 posts and 0 raw items" in pruned(desk, "2026-12-11T02:00:00Z", clock_was_right=False), "right again"
    assert "nothing is deleted" in pruned(desk, LAST, clock_was_right=False), "and wrong again"
    assert "20 posts and 5 raw items" in pruned(desk, LAST, clock_was_right=False)
    desk.is_sound()


def test_a_server_that_says_it_is_earlier_is_believed(desk: Desk) -> None:
    with running("nightly", read_campaign(desk.campaign), DataFolder(desk.data), clock=lambda: LAST) as run:
        run.store.remember(CLOCK_OFF, json.dumps(asdict(ClockOff("social.example", 86_400 * 328, LAST))))
        told = prune(run).sentence()
    assert "328 days ahead of that of social.example: set it" in told
    assert desk.value("select count(*) from posts") == 25


def test_our_own_posts_stay(desk: Desk) -> None:
    store = Store.open(DataFolder(desk.data))
    store.transaction(lambda db: db.execute("update posts set is_own = 1 where native_id = ?", [invented.x_id(3)]))
    store.close()
    assert "19 posts" in pruned(desk, LAST)


def test_the_command_says_nothing_where_nobody_watches(desk: Desk) -> None:
    ended = desk.run("prune")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
