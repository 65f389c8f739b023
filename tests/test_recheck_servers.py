"""Known posts of several servers, or several threads, of which one gets no answer: what became of the others is found all the
same."""

from datetime import timedelta
from pathlib import Path

from db.asked import followed_posts
from pipelines.collect import collect
from pipelines.following_up import POSTS_A_RUN
from pipelines.recheck import POSTS_A_NIGHT, recheck
from tests.collecting_desk import collecting_desk, stored
from tests.collecting_desk import server as server
from tests.desk import Desk
from tests.fake_platform.talking import Platform, platform
from tests.test_recheck import NOW, at


def ago(*, days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def collected(root: Path, *servers: Platform) -> Desk:
    """A campaign that has read three posts of each server, forty days ago."""
    for one in servers:
        one.publish(3, start=ago(days=41))
    desk = collecting_desk(root, *servers)
    with at(desk, days=-40) as run:
        collect(run)
    return desk


def test_a_server_that_is_down_keeps_no_other_from_being_asked_what_was_deleted(server: Platform, tmp_path: Path) -> None:
    with platform() as down:
        desk = collected(tmp_path, down, server)
        server.tell("change", numbers=[1], deleted=True)
        down.fault("refuse", status=500, count=-1)
        with at(desk, days=0) as run:
            told = recheck(run).sentence()
            assert [problem.exit_code for problem in run.problems] == [3], "the one that is down is told of"
    assert "1 gone" in told
    assert "3 more are due" in told, "those of the server that is down"
    deleted = [(uri,) for uri, post in server.truth().items() if post["deleted"]]
    assert desk.query("select native_id from posts where status = 'gone'") == deleted


def test_a_server_that_is_down_for_long_takes_no_place_that_posts_of_others_wait_for(server: Platform, tmp_path: Path) -> None:
    with platform() as down:
        desk = collecting_desk(tmp_path, down, server)
        for days in (45, 42):
            down.publish(POSTS_A_NIGHT * 4 // 5, start=ago(days=days))
            server.publish(3, start=ago(days=days))
            with at(desk, days=-days + 2) as run:
                collect(run)
        assert len(stored(desk)) > POSTS_A_NIGHT + 3
        down.fault("refuse", status=500, count=-1)
        server.tell("change", numbers=[4], deleted=True)
        told = []
        for night in (0, 1):
            with at(desk, days=night) as run:
                told.append(recheck(run).sentence())
    assert "gone" not in told[0] and "1 gone" in told[1]


def test_a_server_that_is_down_takes_no_place_of_recent_posts_of_others_either(server: Platform, tmp_path: Path) -> None:
    with platform() as down:
        desk = collecting_desk(tmp_path, down, server)
        server.publish(3, start=ago(days=3))
        down.publish(POSTS_A_RUN, start=ago(days=2), every=60)
        with at(desk, days=-1.5) as run:
            collect(run)
        assert len(stored(desk)) == POSTS_A_RUN + 3
        down.fault("refuse", status=403, count=-1)
        server.tell("change", numbers=[1], deleted=True)
        gone = []
        for days in (-1.2, -0.9):
            with at(desk, days=days) as run:
                collect(run)
            gone.append(desk.value("select count(*) from posts where status = 'gone'"))
    assert gone == [0, 1], "in the first run all places were taken by newer posts"


def test_posts_of_a_server_that_is_not_listed_any_more_are_not_said_to_have_been_asked_for(
    server: Platform, tmp_path: Path
) -> None:
    with platform() as left_out:
        desk = collected(tmp_path, left_out, server)
        listed = desk.campaign / "campaign.toml"
        listed.write_text(listed.read_text().replace(f'servers = ["{left_out.base}", ', "servers = ["))
        with at(desk, days=0) as run:
            told = recheck(run).sentence()
            assert run.problems == []
        assert told == "3 known posts asked for again"
        assert left_out.asked("/api/v1/statuses") == []
    ((note,),) = desk.query("select note from coverage where query = 'known posts'")
    assert note == "3 more were not seen on a server that the campaign lists, so they were not asked for"


def test_a_thread_without_an_answer_keeps_no_other_from_being_read(server: Platform, tmp_path: Path) -> None:
    server.publish(2, start=ago(days=2))
    for number in (1, 2):
        server.publish(1, start=ago(days=1), reply_to=number, text=f"I agree with number {number}")
    desk = collecting_desk(tmp_path, server)
    newest = next(uri.rpartition("/")[2] for uri, post in server.truth().items() if post["text"].startswith("Number 2:"))
    server.fault("refuse", status=500, path=f"/statuses/{newest}/context", count=-1)
    with at(desk, days=0) as run:
        collect(run)
    assert "I agree with number 1" in stored(desk).values()
    assert "I agree with number 2" not in stored(desk).values()
    ((status, note),) = desk.query("select status, note from coverage where query = 'threads'")
    assert (status, note) == ("partial", "2 threads, 1 of them not known to be whole")


def test_after_some_threads_without_an_answer_the_server_is_let_be_and_the_next_run_begins_with_others(
    server: Platform, tmp_path: Path
) -> None:
    server.publish(5, start=ago(days=2))
    for number in range(1, 6):
        server.publish(1, start=ago(days=1), reply_to=number, text=f"I agree with number {number}")
    desk = collecting_desk(tmp_path, server)
    server.fault("refuse", status=500, path="/context", count=-1)
    with at(desk, days=0) as run:
        collect(run)
        assert [problem.exit_code for problem in run.problems] == [3]
    asked = {request["path"] for request in server.asked("/context")}
    assert len(asked) == 3
    server.tell("heal")
    server.tell("forget_asked")
    with at(desk, days=0.01) as run:
        collect(run)
    assert not asked & {request["path"] for request in server.asked("/context")[:2]}
    assert sum("I agree" in text for text in stored(desk).values()) == 5


def test_many_posts_of_our_own_keep_the_threads_of_others_from_being_read_only_in_part(server: Platform, tmp_path: Path) -> None:
    server.publish(60, start=ago(days=5), every=3600)
    desk = collecting_desk(tmp_path, server)
    with at(desk, days=0) as run:
        collect(run)
        ours = "update posts set is_own = (select count(*) from posts as other where other.id <= posts.id) <= 50"
        run.store.transaction(lambda db: db.execute(ours))
        run.store.transaction(lambda db: db.execute("update post_counts set replies = 3"))
        asked = followed_posts(run.store, "mastodon", since=ago(days=30), limit=40)
        own = {uri for (uri,) in run.store.each_row("select native_id from posts where is_own")}
    assert [post.native_id in own for post in asked].count(True) == 30
    assert len(asked) == 40
