"""Collecting as it is run: the command as a process of its own, against a fake platform in another."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db.folder import DataFolder
from db.forgotten import Forgotten
from tests.collecting_desk import CANARY, collect, collecting_desk, coverage, holds, published, sound, stored
from tests.collecting_desk import server as server
from tests.fake_platform.talking import Platform, platform


def test_what_is_published_is_collected_once_and_then_only_what_is_new(server: Platform, tmp_path: Path) -> None:
    desk = collecting_desk(tmp_path, server)
    server.publish(95)
    ended = collect(desk)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert holds(desk, published(server)) == []
    (row,) = [row for row in coverage(desk) if row["query"] == "#saveourbuses"]
    assert (row["status"], row["got"], row["server"]) == ("ok", 95, server.host)
    server.publish(3)
    server.tell("forget_asked")
    assert collect(desk).code == 0
    assert holds(desk, published(server)) == []
    assert len(server.asked("/timelines/tag/")) == 2


def test_a_quiet_hashtag_is_empty_and_not_an_error(server: Platform, tmp_path: Path) -> None:
    desk = collecting_desk(tmp_path, server)
    assert collect(desk).code == 0
    (row,) = coverage(desk)
    assert (row["status"], row["got"]) == ("empty", 0)
    assert stored(desk) == {}


def ago(**length: float) -> str:
    return (datetime.now(UTC) - timedelta(**length)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_post_that_arrives_late_is_found_behind_the_cursor(server: Platform, tmp_path: Path) -> None:
    desk = collecting_desk(tmp_path, server)
    server.publish(60, start=ago(days=20), every=28000)
    late = server.publish(2, start=ago(hours=30), every=60, arrived=(datetime.now(UTC) + timedelta(days=9)).isoformat())
    assert collect(desk).code == 0
    assert len(stored(desk)) == 60
    server.tell("change", numbers=late, arrived=ago(minutes=1))
    assert collect(desk).code == 0
    assert holds(desk, published(server)) == []


def test_several_servers_give_one_post_once_and_one_that_is_down_is_a_row(server: Platform, tmp_path: Path) -> None:
    with platform() as other:
        desk = collecting_desk(tmp_path, server, other)
        server.publish(10)
        other.publish(10)
        other.tell("change", numbers=[1, 2, 3], home=server.base, author="rider1")
        server.tell("change", numbers=[1, 2, 3], author="rider1")
        assert collect(desk).code == 0
        assert holds(desk, published(server, other)) == []
        assert len(stored(desk)) == 17
    server.publish(4)
    ended = collect(desk)
    assert ended.code == 3
    assert [line.split()[0] for line in ended.err.splitlines()] == [other.host, "Why:", "Safe:", "Next:"]
    assert len(stored(desk)) == 21
    assert {row["server"]: row["status"] for row in coverage(desk)} == {server.host: "ok", other.host: "unreachable"}


def test_edits_deletions_and_counts_are_carried_over(server: Platform, tmp_path: Path) -> None:
    desk = collecting_desk(tmp_path, server)
    numbers = server.publish(12, start=ago(days=6), every=3600)
    assert collect(desk).code == 0
    server.tell("change", numbers=numbers[:1], text="Number 1 thought again #SaveOurBuses", edited=ago(hours=1), likes=40)
    server.tell("change", numbers=numbers[1:3], deleted=True)
    ended = collect(desk, clock="86400")
    assert ended.code == 0, ended
    assert holds(desk, published(server)) == []
    evidence = desk.query("select evidence, count(*) from post_status_history where status = 'gone' group by 1")
    assert evidence == [(f"{server.host}, where it was posted, answers with 404", 2)]
    counts = "from post_counts join posts on posts.id = post_id where text like '%thought again%' order by post_counts.seen_at"
    assert desk.query(f"select likes {counts}") == [(1,), (40,)]
    server.tell("change", numbers=numbers[1:2], deleted=False)
    assert collect(desk, "--since", ago(days=7)).code == 0
    assert holds(desk, published(server)) == []
    history = desk.query(
        "select post_status_history.status from post_status_history join posts on posts.id = post_id where posts.status = 'live'"
    )
    assert [status for (status,) in history] == ["gone", "live"]


def test_replies_to_the_campaigns_posts_are_followed(server: Platform, tmp_path: Path) -> None:
    desk = collecting_desk(tmp_path, server)
    first, second = server.publish(2, start=ago(days=2), every=60)
    server.tell("change", numbers=[first], author="buspeople")
    toml = desk.campaign / "campaign.toml"
    toml.write_text(toml.read_text().replace('"x:buspeople"', f'"mastodon:buspeople@{server.host}"'))
    answers = server.publish(3, start=ago(days=1), every=60, text="No hashtag here", reply_to=first)
    server.publish(1, text="An answer to an answer", reply_to=answers[0])
    server.publish(1, text="For friends only", reply_to=answers[0], visibility="private")
    server.publish(1, text="Quietly", reply_to=second, visibility="unlisted")
    assert collect(desk).code == 0
    texts = sorted(text for (text,) in desk.query("select text from posts where reply_to is not null"))
    assert texts == ["An answer to an answer", "No hashtag here", "No hashtag here", "No hashtag here"]
    assert desk.query("select rule from post_matches where rule = 'conversation' limit 1") == [("conversation",)]
    assert desk.query("select is_own from posts where text like 'Number 1:%'") == [(1,)]
    got = desk.query("select threads.got, expected, complete from threads join posts on posts.id = post_id where is_own = 1")
    assert got == [(4, 3, 1)]
    assert sound(desk) == []


def test_feeds_that_are_closed_are_said_to_be_and_not_taken_for_silence(server: Platform, tmp_path: Path) -> None:
    desk = collecting_desk(tmp_path, server)
    server.publish(5)
    server.tell("settings", feeds={"local": "disabled", "remote": "disabled"})
    assert collect(desk).code == 0
    assert coverage(desk)[0]["status"] == "disabled"
    server.tell("settings", feeds={"local": "authenticated", "remote": "authenticated"})
    ended = collect(desk)
    assert ended.code == 5
    assert "logged in" in ended.err
    assert coverage(desk)[0]["status"] == "refused"
    server.tell("settings", feeds={"local": "public", "remote": "authenticated"})
    assert collect(desk).code == 0
    row = coverage(desk)[0]
    assert (row["status"], row["got"]) == ("partial", 5)
    assert "only to people who are logged in" in row["note"]


@pytest.mark.parametrize("place", ["/api/v1/tags/", "/instance"])
def test_a_fault_where_a_server_tells_of_itself_keeps_no_post_away(server: Platform, tmp_path: Path, place: str) -> None:
    desk = collecting_desk(tmp_path, server)
    server.publish(5)
    server.fault("refuse", status=500, body="", count=-1, path=place)
    assert collect(desk).code == 0
    assert [(row["status"], row["got"]) for row in coverage(desk)] == [("ok", 5)]


def test_names_that_no_store_can_hold_are_told_as_far_as_they_can_be(server: Platform, tmp_path: Path) -> None:
    desk = collecting_desk(tmp_path, server)
    server.publish(5)
    server.fault("odd", change={"kind": "add", "field": "new\ud83d", "value": 1}, path="/timelines/", count=-1)
    assert collect(desk).code == 0
    assert [(row["status"], row["got"]) for row in coverage(desk)] == [("ok", 5)]
    assert "does not know: new\ufffd (in 5)" in coverage(desk)[0]["note"]


def test_a_token_is_used_where_one_is_wanted_and_shown_nowhere(server: Platform, tmp_path: Path) -> None:
    desk = collecting_desk(tmp_path, server)
    server.publish(5)
    server.tell("settings", login=CANARY)
    ended = collect(desk)
    assert ended.code == 5
    server.fault("refuse", status=400, body={"error": "Invalid Bearer token"}, path="/timelines/")
    assert collect(desk, MASTODON_TOKEN="wrong-token-77").code == 5, "said by another number, as Takahe does"
    assert "MASTODON_TOKEN_127_0_0_1" in ended.err
    ended = desk.run("collect", "-v", "--log-json", desk.data / "log.jsonl", env={"PATH": "/usr/bin", "MASTODON_TOKEN": CANARY})
    assert ended.code == 0, ended
    assert holds(desk, published(server)) == []
    assert CANARY not in ended.err + ended.out
    server.tell("settings", login="another")
    server.tell("forget_asked")
    ended = desk.run("collect", "-v", env={"PATH": "/usr/bin", "MASTODON_TOKEN": CANARY})
    assert ended.code == 5
    assert CANARY not in ended.err
    assert len([request for request in server.asked() if request["headers"].get("authorization")]) <= 2
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / f"MASTODON_TOKEN_127_0_0_1_{server.port}").write_text("another\n")
    assert desk.run("collect", env={"PATH": "/usr/bin", "CREDENTIALS_DIRECTORY": str(folder)}).code == 0


def test_nothing_is_asked_on_the_open_internet_without_governance(tmp_path: Path) -> None:
    desk = collecting_desk(tmp_path)
    toml = desk.campaign / "campaign.toml"
    toml.write_text(toml.read_text().replace("servers = []", 'servers = ["social.example"]'))
    ended = collect(desk)
    assert ended.code == 2
    assert "[governance]: controller, contact, lawful_basis, condition, dpia_date not filled in" in ended.err
    assert desk.query("select source, server, query, status from coverage") == [
        ("mastodon", "social.example", "#saveourbuses", "not-asked")
    ]


def test_a_dry_run_says_what_would_be_asked_and_writes_nothing(server: Platform, tmp_path: Path) -> None:
    desk = collecting_desk(tmp_path, server)
    ended = desk.run("collect", "--dry-run")
    assert ended.code == 0
    assert f"mastodon: asks {server.base} for #saveourbuses. Cost: free." in ended.out
    assert not desk.data.exists()
    assert server.asked() == []
    assert f"asks {server.base} for #saveourbuses" in desk.run("check").out
    ended = desk.run("collect", "--source", "x")
    assert ended.code == 2
    assert "x is not a source of this campaign" in ended.err
    planned = desk.run("collect", "--dry-run", "--since", "2026-10-02", "--max-cost", 0.5).out
    assert "Only posts from 2026-10-02T00:00:00Z (UTC)" in planned and "stop before $0.50" in planned
    for cost in ("nan", "inf", "-1"):
        ended = desk.run("collect", "--dry-run", "--max-cost", cost)
        assert ended.code == 2 and "write US dollars from 0 to 1000000" in ended.err, cost
    assert server.asked() == []


def test_a_window_by_hand_is_read_again_and_moves_no_cursor(server: Platform, tmp_path: Path) -> None:
    desk = collecting_desk(tmp_path, server)
    server.publish(100, start="2026-10-01T00:00:00+00:00", every=3600)
    ended = collect(desk, "--since", "2026-10-02", "--until", "2026-10-03T12:00")
    assert ended.code == 0
    times = [time for (time,) in desk.query("select created_at from posts order by 1")]
    assert (len(times), times[0], times[-1]) == (37, "2026-10-02T00:00:00Z", "2026-10-03T12:00:00Z")
    assert desk.query("select * from cursors") == []
    asked = len(server.asked())
    for word in ("0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "0900-01-01", "yesterday"):
        ended = desk.run("collect", "--since", word)
        assert ended.code == 2 and "write a day such as 2026-10-05" in ended.err, word
    for words in (("--since", "2026-10-03", "--until", "2026-10-02"), ("--since", "2026-10-03", "--until", "2026-10-03")):
        for more in ((), ("--dry-run",)):
            none = desk.run("collect", *words, *more)
            assert none.code == 2 and "There is no time from 2026-10-03T00:00:00Z" in none.err
    assert len(server.asked()) == asked
    assert collect(desk).code == 0
    assert holds(desk, published(server)) == []


def test_who_asked_to_be_forgotten_and_what_is_private_is_not_written_anywhere(server: Platform, tmp_path: Path) -> None:
    desk = collecting_desk(tmp_path, server)
    server.publish(6)
    server.publish(1, author="goneperson", text="Never seen #SaveOurBuses")
    server.publish(1, text="For friends #SaveOurBuses", visibility="private")
    forgotten = Forgotten(DataFolder(desk.data).create())
    forgotten.tombstones([("handle", "mastodon", f"goneperson@{server.host}")], now="2026-10-01T00:00:00Z", reason="asked")
    forgotten.close()
    assert collect(desk).code == 0
    assert len(stored(desk)) == 6
    for path in desk.data.rglob("*"):
        if path.is_file():
            assert b"goneperson" not in path.read_bytes(), path
            assert b"For friends" not in path.read_bytes(), path


def test_a_source_that_falls_silent_is_not_taken_for_a_debate_that_ended(server: Platform, tmp_path: Path) -> None:
    desk = collecting_desk(tmp_path, server)
    for day in range(5, 0, -1):
        server.publish(8, start=ago(days=day), every=60)
    assert collect(desk).code == 0
    server.tell("change", numbers=list(range(1, 41)), visibility="private")
    ended = collect(desk)
    assert ended.code == 3
    assert "none came, where 40 posts of the same days were given before" in ended.err
    assert "none came" in coverage(desk)[0]["note"]
