"""Recheck: what becomes of known posts on their platform reaches the store; nothing is erased at the first word; what comes back
comes back; a kill costs nothing."""

import os
import random
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.labels import Labels
from pipelines.collect import collect
from pipelines.import_exports import import_exports
from pipelines.prune import COMPACTED, prune
from pipelines.recheck import recheck
from pipelines.running import Run, running
from tests import invented
from tests.collecting_desk import collecting_desk
from tests.conftest import Figure
from tests.desk import Desk
from tests.fake_platform.talking import Platform, platform
from tests.warm import Warm
from tracker.campaign import read_campaign
from tracker.codings import Coding

NOW = datetime.now(UTC).replace(microsecond=0)
DAYS_OLD = 60


@pytest.fixture(scope="module")
def server() -> Iterator[Platform]:
    with platform() as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path, server: Platform) -> Desk:
    """Fourteen posts, two of each of seven people, collected sixty days ago when they were a day old."""
    server.tell("reset")
    server.publish(14, start=(NOW - timedelta(days=DAYS_OLD + 1)).isoformat(), every=600)
    made = collecting_desk(tmp_path, server)
    with at(made, days=-DAYS_OLD) as run:
        collect(run)
    assert statuses(made) == {"live": 14}
    return made


def at(desk: Desk, *, days: float) -> AbstractContextManager[Run]:
    """A run whose clock stands so many days from now."""
    moment = (NOW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return running("recheck", read_campaign(desk.campaign), DataFolder(desk.data), clock=lambda: moment)


def rechecked(desk: Desk, *, days: float) -> str:
    with at(desk, days=days) as run:
        told = recheck(run).sentence()
        assert run.problems == []
    return told


def pruned(desk: Desk, *, days: float) -> str:
    with at(desk, days=days) as run:
        return prune(run).sentence()


def statuses(desk: Desk) -> dict[str, int]:
    return dict(desk.query("select status, count(*) from posts group by 1"))


def test_what_was_deleted_is_gone_at_once_and_its_words_a_day_later(desk: Desk, server: Platform) -> None:
    assert "14 known posts" in rechecked(desk, days=-DAYS_OLD / 2)
    assert "0 known posts" in rechecked(desk, days=-DAYS_OLD / 2 + 1), "a month apart is often enough for what is shown"
    server.tell("change", numbers=[1, 2], deleted=True)
    uri = str(desk.query("select native_id from posts where text like 'Number 1:%'")[0][0])
    labels = Labels(DataFolder(desk.data))
    labels.add(Coding("mastodon", uri, "Number 1", "sue", "2026-11-01T00:00:00Z", relevant=True, themes=("fares",), note="hm"))
    labels.close()
    assert "2 gone" in rechecked(desk, days=0)
    assert statuses(desk) == {"gone": 2, "live": 12}
    assert "0 posts" in pruned(desk, days=0)
    assert desk.value("select count(*) from posts where status = 'gone' and text <> ''") == 2
    assert "2 known posts" in rechecked(desk, days=1), "what is gone is asked for once more before its words go"
    assert "words of 2 posts erased" in pruned(desk, days=1)
    assert desk.query("select distinct text, url, author_id from posts where status = 'gone'") == [("", None, None)]
    assert desk.value("select count(*) from posts_fts where posts_fts match '\"number 1\"'") == 0
    assert desk.query(f"select 1 from answers where native_id = '{uri}'", "raw.db") == []
    assert desk.query("select themes, text, note from codings", "labels.db") == [('["fares"]', None, None)]
    for word in (b"Number 1:", b"Number 2:"):
        assert not any(word in path.read_bytes() for path in desk.data.glob("*.db*")), "not in a free page, an index or a log"
    desk.is_sound()
    assert "0 known posts" in rechecked(desk, days=2), "what its author deleted is not asked for for ever"


def test_erased_words_leave_the_index_the_same_night_though_it_was_compacted_this_week(desk: Desk, server: Platform) -> None:
    edited = (NOW - timedelta(days=3)).isoformat()
    server.tell("change", numbers=[1], text="Zyxwort: the fares #SaveOurBuses", edited=edited)
    rechecked(desk, days=0)
    assert desk.value("select count(*) from posts_fts where posts_fts match 'zyxwort'") == 1
    server.tell("change", numbers=[1], deleted=True)
    assert "1 gone" in rechecked(desk, days=31)
    with at(desk, days=31) as run:
        run.store.remember(COMPACTED, run.clock())
    rechecked(desk, days=32)
    assert "words of 1 post erased" in pruned(desk, days=32)
    for word in (b"Zyxwort", b"zyxwort"):
        assert not any(word in path.read_bytes() for path in desk.data.glob("*.db*"))
    desk.is_sound()


def test_what_is_hidden_is_given_up_after_a_month_and_comes_back_whole(desk: Desk, server: Platform) -> None:
    server.tell("settings", suspended=["rider1"])
    assert "2 hidden" in rechecked(desk, days=0)
    assert "account" in desk.value("select evidence from post_status_history limit 1")
    for day in (10, 29):
        rechecked(desk, days=day)
    assert statuses(desk) == {"hidden": 2, "live": 12}
    assert "2 gone" in rechecked(desk, days=31)
    assert "words of 2 posts" in pruned(desk, days=32)
    server.tell("settings")
    assert "2 shown again" in rechecked(desk, days=65)
    assert statuses(desk) == {"live": 14}
    assert desk.value("select count(*) from posts where text like 'Number %' and author_id is not null") == 14
    history = [
        status
        for (status,) in desk.query(
            "select status from post_status_history where post_id = (select min(post_id) from post_status_history) order by id"
        )
    ]
    assert history == ["hidden", "gone", "live"]


def test_a_source_that_gives_no_post_by_its_id_is_refused_where_it_is_named(desk: Desk) -> None:
    campaign = desk.campaign / "campaign.toml"
    campaign.write_text(campaign.read_text() + '\n[sources.feeds]\nurls = ["https://blog.example/feed"]\n')
    ended = desk.run("recheck", "--source", "feeds")
    assert ended.code == 2 and "feeds cannot be asked what became of a post." in ended.err, ended


def test_edits_and_a_wish_not_to_be_indexed_are_carried_over(desk: Desk, server: Platform) -> None:
    later = (NOW - timedelta(days=3)).isoformat()
    server.tell("change", numbers=[3], text="Number 3: the fares fell #SaveOurBuses", edited=later)
    account = {"id": "rider4", "username": "rider4", "acct": "rider4", "url": f"{server.base}/@rider4", "note": "<p>#nobot</p>"}
    server.tell("change", numbers=[4], more={"account": account})
    rechecked(desk, days=0)
    assert desk.value("select count(*) from posts where text like '%fell%'") == 1
    assert desk.query("select handle from authors where opted_out") == [(f"rider4@{server.host}",)]


def test_a_server_that_does_not_answer_hides_nobody(desk: Desk, server: Platform) -> None:
    server.fault("refuse", status=403, count=-1)
    with at(desk, days=0) as run:
        told = recheck(run).sentence()
        assert [problem.exit_code for problem in run.problems] == [3]
    server.tell("heal")
    assert "1 sources could not" in told
    assert "14 more are due" in told
    assert statuses(desk) == {"live": 14}
    assert "14 known posts" in rechecked(desk, days=0.1)


def test_an_old_export_does_not_bring_back_what_was_erased(desk: Desk, server: Platform) -> None:
    with at(desk, days=0) as run:
        import_exports(run, [invented.twarc2_file(desk.files / "old.jsonl", range(5))])
        run.store.transaction(lambda db: db.execute("update posts set status = 'gone' where platform = 'x'"))
        run.store.transaction(
            lambda db: db.execute(
                "insert into post_status_history(post_id, status, seen_at, evidence) select id, 'gone', ?, 'X' "
                "from posts where platform = 'x'",
                [(NOW - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")],
            )
        )
    assert "of 5 posts" in pruned(desk, days=0)
    with at(desk, days=0) as run:
        import_exports(run, [invented.twarc2_file(desk.files / "again.jsonl", range(6))])
    assert "of 5 posts" in pruned(desk, days=0)
    assert desk.value("select count(*) from posts where platform = 'x' and text <> ''") == 1
    with at(desk, days=0) as run:
        assert ("x", 1) in recheck(run).not_possible, "the campaign does not ask X"


@pytest.mark.faults
def test_t1_a_recheck_that_is_killed_goes_on_where_it_stopped(
    desk: Desk, server: Platform, program: Warm, figure: Figure
) -> None:
    server.tell("change", numbers=list(range(1, 9)), deleted=True)
    moments = random.Random(11)
    server.fault("slow", seconds=0.2, count=-1)
    killed = 0
    for _ in range(int(os.environ.get("DEBATE_TRACKER_KILLS", "16")) // 4):
        program.begin(desk, "recheck")
        killed += program.killed(moments.uniform(0.05, 2.5))
    server.tell("heal")
    ended = desk.run("recheck")
    assert ended.code == 0, ended
    assert killed > 0
    assert statuses(desk) == {"gone": 8, "live": 6}
    assert desk.value("select count(*) from post_status_history") == 8
    desk.is_sound()
    figure("T1 kill -9 at any moment, recheck", killed, [], "")
