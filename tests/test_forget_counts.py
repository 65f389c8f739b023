"""How many posts a letter is about: each counts once, however many platforms its address could be an id of."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from db.folder import DataFolder
from db.forgetting import Found, find
from pipelines.forget import forget, look_for, wishes_of
from pipelines.import_exports import import_exports
from pipelines.running import Run, running
from tests import invented
from tracker.campaign import read_campaign
from tracker.problems import StorageProblem

ADDRESS, SEEN_AT = "https://forum.example/p/104", "https://hills.example/@ann/7"
UNKNOWN, UNKNOWN_ID = "https://forum.example/p/999", "x:1847900000000000001"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A post whose address is its id, and one that has another."""
    with running("forget", read_campaign(invented.campaign_folder(tmp_path)), DataFolder(tmp_path / "data")) as run:
        for platform, native_id, url in (("forum", ADDRESS, ADDRESS), ("mastodon", "7", SEEN_AT)):
            run.store._db.execute(
                "insert into posts(platform, native_id, url, text, kind, created_at, day, first_seen_run)"
                " values (?, ?, ?, 'Fares', 'original', '2026-10-05T08:00:00Z', '2026-10-05', ?)",
                [platform, native_id, url, run.id],
            )
        yield run


@pytest.mark.parametrize("named", [ADDRESS, SEEN_AT, UNKNOWN, UNKNOWN_ID])
def test_an_address_is_one_post_and_so_is_an_id_of_nothing_that_is_stored(run: Run, named: str) -> None:
    wishes = wishes_of([], *(([], [named]) if named == UNKNOWN_ID else ([named], [])))
    tried = look_for(run.folder, wishes).text()
    assert tried.startswith("What was named: 0 accounts and 1 post.")
    told = forget(run, wishes).text()
    assert told.startswith("What was named: 0 accounts and 1 post.")
    assert ("Deleted: 1 post," in told) == (named not in (UNKNOWN, UNKNOWN_ID))
    assert run.store.rows("select count, note from audit") == [{"count": 1, "note": "0 accounts, 1 post"}]


def test_what_sums_were_made_from_goes_where_all_is_to_be_counted_anew(tmp_path: Path) -> None:
    """So it is after an upgrade that changes how is counted, until the next night."""
    address = {"start": 0, "end": 14, "url": "https://t.co/a", "expanded_url": "https://petition.example/?by=rider1003"}
    link: dict[str, Any] = {"urls": [address]}
    link["hashtags"] = [{"start": 26, "end": 39, "tag": "SaveOurBuses"}]
    shared = invented.tweet(3, "https://t.co/a is to be signed #SaveOurBuses", author_id="1003", entities=link)
    (tmp_path / "one.jsonl").write_text(invented.page([shared, invented.tweet(4)]) + "\n", encoding="utf-8")
    with running("forget", read_campaign(invented.campaign_folder(tmp_path)), DataFolder(tmp_path / "data")) as run:
        import_exports(run, [tmp_path / "one.jsonl"])
        run.store.count()
        assert run.store.rows("select 1 from counters where key like '%rider1003%'")
        run.store._db.execute("delete from settings where name = 'counting'")
        told = forget(run, wishes_of(["x:rider1003"], [], [])).text()
        assert "Deleted: 1 post," in told and not run.store.rows("select 1 from counters where key like '%rider1003%'")
        run.store.count()
        assert run.store.rows("select sum(posts) as posts from weekly_totals where theme is null") == [{"posts": 1}]


def test_several_are_counted_each_and_so_after_a_kill(run: Run) -> None:
    found = find(run.store, wishes_of([], [ADDRESS, SEEN_AT, UNKNOWN], [f"forum:{ADDRESS}"]))
    assert found.how_many_posts() == 3
    again, by = Found.from_json(found.as_json("sue"))
    assert (again, by) == (found, "sue")
    assert {("forum", UNKNOWN), ("blog", UNKNOWN), ("mastodon", UNKNOWN)} <= found.posts, "all stay forgotten, whichever it was"


def test_each_that_is_stored_nowhere_is_named(run: Run) -> None:
    """A misspelt name among right ones would else pass as done."""
    run.store._db.execute("insert into authors(platform, native_id, handle) values ('x', '77', 'Ann')")
    wishes = wishes_of(["x:ann", "x:anm"], [SEEN_AT, UNKNOWN], ["x:77", "x:78"])
    said = [f"Nothing is stored under {name}." for name in (UNKNOWN, "x:78", "x:anm")]
    tried = look_for(run.folder, wishes)
    ended = forget(run, wishes)
    for told in (tried, ended):
        assert told.unknown == (UNKNOWN, "x:78", "x:anm") == told.document()["unknown"]
        assert [line.partition(" If ")[0] for line in told.text().splitlines() if line.startswith("Nothing is stored")] == said


def test_posts_of_an_account_that_is_called_otherwise_by_now_are_named_and_no_store_is_to_be_deleted(run: Run) -> None:
    run.store._db.execute("insert into authors(platform, native_id, handle) values ('x', '77', 'ann_now')")
    run.store._db.execute(
        "update posts set platform = 'x', author_id = 1, url = 'https://x.com/ann/status/7' where native_id = '7'"
    )
    with pytest.raises(StorageProblem, match="Something of who is to be forgotten is left") as left:
        forget(run, wishes_of(["x:ann"], [], []))
    assert left.value.why == "The second look found it here: tracker.db, posts.url, x 7."
    assert "but never a store" in left.value.next_step
    assert forget(run, wishes_of(["x:ann", "x:ann_now"], [], [])).swept.posts == 1
