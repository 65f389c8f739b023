"""X collected as cron does: the command as a process of its own, against a platform in another that can go wrong.

`make test` kills a few collections, `make faults` as many as DEBATE_TRACKER_KILLS says, at moments drawn from
DEBATE_TRACKER_SEED.
"""

import json
import os
import random
import shutil
import subprocess
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import collecting_desk
from tests.collecting_desk import server as server
from tests.collecting_desk import stored
from tests.conftest import Figure
from tests.desk import Desk
from tests.fake_platform.talking import Platform
from tests.fake_platform.x import TOKEN
from tests.warm import Warm
from tests.x_desk import at, collect, desk_of, environment, x

KILLS = int(os.environ.get("DEBATE_TRACKER_KILLS", "4"))
SEED = int(os.environ.get("DEBATE_TRACKER_SEED", "1"))
FORTY_DAYS_AGO = (datetime.now(UTC) - timedelta(days=40)).replace(microsecond=0)


def coverage(desk: Desk, query: str = "%") -> list[tuple[Any, ...]]:
    asked = "select status, got, expected, window_from, window_to, coalesce(note, '') from coverage"
    return desk.query(f"{asked} where run_id = (select max(id) from runs) and query like '{query}' order by id")


def watermark(desk: Desk) -> dict[str, Any]:
    found = desk.query("select cursor from cursors where source = 'x' and query like '#%'")
    place: dict[str, Any] = json.loads(found[0][0]) if found else {}
    return place


def spent(desk: Desk) -> float:
    return float(desk.value("select coalesce(sum(usd), 0) from spend"))


def charged(server: Platform) -> float:
    return float(x(server, "account")["charged"])


# ---- X: what is collected --------------------------------------------------------------------------------------------


def test_x_is_collected_and_paid_as_the_ledger_says(server: Platform, tmp_path: Path) -> None:
    desk = desk_of(tmp_path, server)
    x(server, "fill", count=230, every=600)
    ended = collect(desk)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert stored(desk) == x(server, "truth")
    ((status, got, expected, *_),) = coverage(desk, "#saveourbuses")
    assert (status, got, expected) == ("ok", 230, 230)
    assert spent(desk) == pytest.approx(charged(server))
    told = desk.run("status")
    assert f"spent on x in {datetime.now(UTC):%Y-%m} (UTC): ${spent(desk):.3f}" in told.out
    dry = desk.run("collect", "--dry-run", env=environment())
    assert "#saveourbuses" in dry.out and f"${spent(desk):.3f} of $50.00 are spent" in dry.out and dry.code == 0
    x(server, "fill", count=3, every=1)
    assert collect(desk).code == 0
    assert stored(desk) == x(server, "truth")


def test_the_token_is_nowhere_but_in_the_request(server: Platform, tmp_path: Path) -> None:
    desk = desk_of(tmp_path, server)
    x(server, "fill", count=12, every=600)
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "X_BEARER_TOKEN").write_text(f"{TOKEN}\n")
    hidden = {name: value for name, value in os.environ.items() if name != "X_BEARER_TOKEN"}
    log = tmp_path / "log.jsonl"
    first = desk.run("collect", "-v", "--log-json", log, env={**hidden, "CREDENTIALS_DIRECTORY": str(folder)})
    assert first.code == 0, first.err
    x(server, "set", known_token=False)
    refused = desk.run("collect", "-v", "--log-json", log, env={**hidden, "CREDENTIALS_DIRECTORY": str(folder)})
    assert refused.code == 5
    assert len(stored(desk)) == 12
    assert server.asked("/2/")[0]["headers"]["authorization"] == f"Bearer {TOKEN}"
    said = first.out + first.err + refused.out + refused.err + log.read_text()
    assert len(said) > 100 and TOKEN not in said
    for path in desk.data.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path


def test_t13_a_week_away_loses_nothing_and_thirty_days_are_a_gap_told_once(server: Platform, tmp_path: Path) -> None:
    desk = desk_of(tmp_path, server)
    at(server, FORTY_DAYS_AGO)
    x(server, "fill", count=20, every=600)
    assert collect(desk).code == 0
    at(server, FORTY_DAYS_AGO + timedelta(days=6, hours=20))
    x(server, "fill", count=120, every=4800)
    assert collect(desk).code == 0
    assert stored(desk) == x(server, "truth")
    back = FORTY_DAYS_AGO + timedelta(days=37)
    at(server, back)
    x(server, "fill", count=15, every=600)
    ended = collect(desk)
    assert ended.code == 4 and "may be missing" in ended.err
    assert stored(desk) == x(server, "truth")
    ((start, end),) = desk.query("select gap_from, gap_to from gaps where source = 'x'")
    assert start == (FORTY_DAYS_AGO + timedelta(days=6, hours=20) - timedelta(seconds=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert end == (back - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
    again = collect(desk)
    assert (again.code, again.err) == (0, "")
    assert desk.value("select count(*) from gaps") == 1


@pytest.mark.parametrize("spelling", ["new", "refusing"])
def test_fields_that_x_does_not_know_any_more_cost_a_note_and_no_post(server: Platform, tmp_path: Path, spelling: str) -> None:
    desk = desk_of(tmp_path, server)
    x(server, "set", **({"spelling": "new"} if spelling == "new" else {"refused": ["note_tweet", "lang"]}))
    x(server, "fill", count=30, every=600)
    ended = collect(desk)
    assert (ended.code, ended.err) == (0, "")
    assert stored(desk) == x(server, "truth")
    note = coverage(desk, "#saveourbuses")[0][-1]
    assert "newer names" in note if spelling == "new" else "note_tweet" in note and "lang" in note


def test_t12_edits_and_deletions_are_seen_when_posts_are_looked_at_again(server: Platform, tmp_path: Path) -> None:
    desk = desk_of(tmp_path, server)
    at(server, datetime.now(UTC) - timedelta(days=2))
    ids = x(server, "fill", count=20, every=600)
    assert collect(desk).code == 0
    at(server, datetime.now(UTC))
    x(server, "edit", native_id=ids[3], text="Mended #SaveOurBuses", at=(datetime.now(UTC) - timedelta(hours=2)).isoformat())
    x(server, "hide", native_id=ids[4], how="deleted")
    x(server, "hide", native_id=ids[5], how="suspended")
    old = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert desk.value(f"select count(*) from posts where seen_at < '{old}'") == 20
    assert collect(desk).code == 0
    assert stored(desk) == x(server, "truth")
    states: dict[str, str] = dict(desk.query("select native_id, status from posts where status <> 'live'"))
    assert states == {ids[4]: "gone", ids[5]: "hidden"}


@pytest.mark.parametrize("clock", ["864000", pytest.param("-7200", marks=pytest.mark.faults)])
def test_t10_a_clock_that_is_wrong_loses_nothing_and_invents_no_gap(server: Platform, tmp_path: Path, clock: str) -> None:
    desk = desk_of(tmp_path, server)
    x(server, "set", runs=True)
    x(server, "fill", count=25, every=600)
    for wrong in (clock, "", clock, ""):
        ended = collecting_desk.collect(desk, clock=wrong, X_BEARER_TOKEN=TOKEN)
        assert (ended.code, ended.err) == (0, "")
        assert stored(desk) == x(server, "truth")
        x(server, "fill", count=3, every=2)
    assert desk.value("select count(*) from gaps") == 0


def test_a_thread_is_followed_and_then_only_what_is_new_of_it(server: Platform, tmp_path: Path) -> None:
    desk = desk_of(tmp_path, server)

    def moment(minutes: int) -> str:
        return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()

    metrics = {"retweet_count": 0, "reply_count": 5, "like_count": 1, "quote_count": 0}
    root = x(server, "publish", text="Ask us anything #SaveOurBuses", at=moment(90), public_metrics=metrics)
    for n in range(5):
        x(server, "publish", text=f"Answer {n}", at=moment(80 - n), author=n, conversation_id=root)
    at(server, datetime.now(UTC))
    assert collect(desk).code == 0
    assert len(stored(desk)) == 6
    assert desk.value("select count(*) from post_matches where rule = 'conversation'") == 5
    ((expected, got, complete),) = desk.query("select expected, got, complete from threads")
    assert (expected, got, complete) == (5, 5, 1)
    x(server, "publish", text="A late answer", at=moment(1), conversation_id=root)
    at(server, datetime.now(UTC))
    assert collect(desk).code == 0
    assert len(stored(desk)) == 7
    asked = [params for _, params in x(server, "account")["asked"] if params.get("query") == f"conversation_id:{root}"]
    assert ["start_time" in params for params in asked] == [False, True]
    paid = desk.query("select units from spend where what = 'threads: recent search' order by id")
    assert paid == [(6,), (1,)], "what was read of the thread is not paid again"


# ---- X: killed -------------------------------------------------------------------------------------------------------


def test_t1_collections_of_x_killed_at_any_moment_never_run_ahead(
    server: Platform, tmp_path: Path, program: Warm, figure: Figure
) -> None:
    """Newest first: the place may move only when the whole window is stored."""
    moments, killed, violations = random.Random(SEED), Counter[str](), list[str]()
    server.fault("slow", seconds=0.05, count=-1, path="/search/")
    number = 0
    while killed.total() < KILLS:
        number += 1
        desk = desk_of(tmp_path / str(number), server, more="max_cost_run = 40.0\nmax_cost_month = 900.0")
        x(server, "set", posts={}, hidden={}, charged=0.0)
        x(server, "fill", count=330, every=120)
        for _ in range(4):
            server.tell("forget_asked")
            program.begin(desk, "collect", X_BEARER_TOKEN=TOKEN)
            while program.ended(0.005) is None and not server.asked("/search/"):
                pass
            if program.killed(moments.uniform(0.0, 0.5)):
                killed[f"after {len(server.asked('/search/'))} pages"] += 1
                violations += ahead(desk, x(server, "truth"))
        ended = program.run(desk, "collect", X_BEARER_TOKEN=TOKEN)
        violations += [f"exit code {ended.code}: {ended.err}"] if ended.code else []
        violations += [] if stored(desk) == x(server, "truth") else ["lost or doubled"]
        violations += [] if desk.value("select count(*) = count(distinct native_id) from posts") else ["doubled"]
        violations += [] if desk.query("pragma integrity_check") == [("ok",)] else ["broken"]
        violations += [] if spent(desk) >= charged(server) - 1e-9 else ["more was charged than the ledger holds"]
        shutil.rmtree(tmp_path / str(number))
    figure("T1 kill -9 at any moment, X in pages", killed.total(), violations, f"seed {SEED}: {dict(sorted(killed.items()))}")


def ahead(desk: Desk, truth: dict[str, str]) -> list[str]:
    """Whether the place that is stored says more than what is stored."""
    if not (desk.data / "tracker.db").is_file() or not desk.query("select 1 from sqlite_master where name = 'cursors'"):
        return []
    place, there = watermark(desk), stored(desk)
    violations = []
    missing = [int(native_id) for native_id in truth.keys() - there.keys()]
    if place.get("newest") and any(native_id <= int(place["newest"]) for native_id in missing):
        violations.append("the place is ahead of what is stored")
    window = place.get("window", {})
    if window and any(int(window["oldest"]) <= native_id <= int(window["newest"]) for native_id in missing):
        violations.append("the window is ahead of what is stored")
    return violations


# ---- X: money --------------------------------------------------------------------------------------------------------


def test_caps_stop_a_run_and_the_next_goes_on(server: Platform, tmp_path: Path) -> None:
    desk = desk_of(tmp_path, server, more="max_cost_run = 0.8\nmax_cost_month = 1.6")
    x(server, "fill", count=500, every=600)
    ended = collect(desk, "--max-cost", 0.5)
    assert ended.code == 3 and "The cap `--max-cost` holds" in ended.err
    assert charged(server) <= 0.5 and spent(desk) == pytest.approx(charged(server))
    assert coverage(desk, "#saveourbuses")[0][0] == "budget-stop"
    for _ in range(4):
        before, month = charged(server), collect(desk)
        assert month.code == 3 and charged(server) - before <= 0.8
        if "max_cost_month" in month.err:
            break
    assert "max_cost_month" in month.err
    assert charged(server) <= 1.6 and spent(desk) <= 1.6
    asked = len(server.asked("/2/"))
    assert collect(desk).code == 3 and len(server.asked("/2/")) == asked, "nothing is asked without money"
    assert "nothing more is asked of X this month" in desk.run("check", env=environment()).out
    assert stored(desk).items() <= x(server, "truth").items() and 100 < len(stored(desk)) < 500


def test_a_run_killed_before_its_answer_came_has_spent_the_most(server: Platform, tmp_path: Path) -> None:
    desk = desk_of(tmp_path, server)
    x(server, "fill", count=40, every=600)
    server.fault("slow", seconds=5, count=1, path="/search/")
    process = subprocess.Popen(desk.argv("collect"), stderr=subprocess.DEVNULL, env=environment())
    while not server.asked("/search/"):
        time.sleep(0.02)
    time.sleep(0.2)
    process.kill()
    process.wait()
    assert desk.query("select what, usd, most_usd, settled_at from spend order by id desc limit 1") == [
        ("recent search", 1.0, 1.0, None)
    ]
    assert "of which $1.000 at most: no answer came" in desk.run("status").out
    assert collect(desk).code == 0
    assert spent(desk) >= charged(server)


# ---- X: faults -------------------------------------------------------------------------------------------------------

CREDITS = {"title": "CreditsDepleted", "detail": "The account has no credits.", "type": "about:blank"}
CAPPED = {"title": "UsageCapExceeded", "type": "https://api.twitter.com/2/problems/usage-capped", "detail": "Usage cap exceeded"}
FAULTS: list[tuple[str, dict[str, Any], int]] = [
    ("cut", {"count": 1}, 0),
    ("gzip-cut", {"count": 1}, 0),
    ("lie", {"count": 1}, 3),
    ("reset", {"count": 1}, 0),
    ("away", {"count": 2}, 0),
    ("html", {"count": 9}, 3),
    ("refuse", {"status": 503, "body": {}, "count": 1}, 0),
    ("refuse", {"status": 401, "body": {"title": "Unauthorized"}, "count": 9}, 5),
    ("refuse", {"status": 402, "body": CREDITS, "count": 9}, 3),
    ("throttle", {"status": 429, "body": CAPPED, "count": 9}, 3),
    ("throttle", {"headers": {"Retry-After": "1"}, "count": 1}, 0),
    ("throttle", {"headers": {"x-rate-limit-reset": str(int(time.time()) + 90000)}, "count": 9}, 3),
    ("odd", {"change": {"kind": "whole", "value": {"errors": [{"title": "over capacity"}]}}, "count": 9}, 3),
    ("odd", {"change": {"kind": "whole", "value": []}, "count": 9}, 3),
]
TRIED_ALWAYS = (0, 7, 9, 12)
"""A break, a refusal, X's own cap, an answer that says nothing; `make faults` tries all of them."""


@pytest.mark.parametrize(
    ("word", "words", "code"),
    [pytest.param(*fault, marks=[] if n in TRIED_ALWAYS else pytest.mark.faults) for n, fault in enumerate(FAULTS)],
    ids=lambda value: str(value)[:40],
)
def test_t7_t8_t9_whatever_x_does_the_next_run_puts_it_right(
    server: Platform, tmp_path: Path, word: str, words: dict[str, Any], code: int
) -> None:
    desk = desk_of(tmp_path, server)
    x(server, "fill", count=130, every=600)
    server.fault(word, path="/search/recent", after=1, **words)
    ended = collect(desk)
    assert ended.code == code, ended.err
    assert "Traceback" not in ended.err
    if code:
        assert all(f"\n{part}: " in ended.err for part in ("Why", "Safe", "Next"))
        assert len(stored(desk)) == 100, "the page before is kept"
        assert len(server.asked("/search/recent")) <= 5
        assert coverage(desk, "#saveourbuses")[0][0] in ("partial", "refused", "budget-stop", "rate-limited")
    server.tell("heal")
    if words.get("headers", {}).get("x-rate-limit-reset"):
        assert collect(desk).code == 3, "what X asked to be left alone for is remembered"
        return
    assert collect(desk).code == 0
    assert stored(desk) == x(server, "truth")
    assert spent(desk) >= charged(server) - 1e-9
