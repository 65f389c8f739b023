"""Forgetting someone whom others answered: what they wrote stays, and no column of any table says any more whom they answered."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from db.folder import DataFolder
from db.labels import Labels
from pipelines.prune import prune
from pipelines.running import running
from tests import invented
from tests.desk import Desk
from tests.warm import Warm
from tracker.campaign import read_campaign
from tracker.codings import Coding

ANN, BEN = f"did:plc:{'a' * 24}", f"did:plc:{'b' * 24}"
HERS, NOT_HERE = f"at://{ANN}/app.bsky.feed.post/3m5abcdefgh22", f"at://{ANN}/app.bsky.feed.post/3m5abcdefgz22"
TOLD = ("ann.hills.example", ANN, "Ann Hills", "3m5abcdefgh22", "3m5abcdefgz22", "@ann/1001", "ann/statuses", invented.x_id(3))
WISHES = ("bluesky:ann.hills.example", "mastodon:ann@hills.example", "x:rider1003")
TEXT = """
select tables.name, columns.name from pragma_table_list as tables join pragma_table_info(tables.name) as columns
where tables.schema = 'main' and tables.type = 'table' and upper(columns.type) in ('TEXT', '') and tables.name not like 'sqlite_%'
"""


def bluesky(did: str, handle: str, key: str, text: str, answers: str = "", quotes: str = "") -> dict[str, Any]:
    record: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-10-18T10:00:00Z", "langs": ["en"]}
    if answers:
        to = {"uri": answers, "cid": "x"}
        record["reply"] = {"root": to, "parent": to}
    if quotes:
        record["embed"] = {"$type": "app.bsky.embed.record", "record": {"uri": quotes, "cid": "x"}}
    author: dict[str, Any] = {"did": did, "handle": handle, "displayName": "Ann Hills" if did == ANN else "Ben", "labels": []}
    counts = {"replyCount": 0, "repostCount": 0, "likeCount": 1, "quoteCount": 0}
    made = {"uri": f"at://{did}/app.bsky.feed.post/{key}", "cid": "x", "author": author, "record": record, "labels": []}
    return made | counts | {"indexedAt": "2026-10-18T10:00:05Z"}


def toot(number: int, name: str, words: str, answers: int | None = None) -> dict[str, Any]:
    account = {"id": str(number % 10), "acct": f"{name}@hills.example", "username": name, "display_name": f"{name} of the hills"}
    account["url"] = f"https://hills.example/@{name}"
    named = {"uri": f"https://hills.example/users/{name}/statuses/{number}", "url": f"https://hills.example/@{name}/{number}"}
    made = {"id": str(number), **named, "created_at": "2026-10-18T10:00:00.000Z", "visibility": "public", "language": "en"}
    tags = [{"name": "saveourbuses", "url": "u"}] if "#" in words else []
    more = {"tags": tags, "mentions": [], "media_attachments": [], "reblog": None, "in_reply_to_id": answers and str(answers)}
    return {**made, "content": f"<p>{words}</p>", "account": account, "spoiler_text": "", **more}


def answered(number: int, **changes: Any) -> dict[str, Any]:
    theirs = invented.x_id(3)
    to = {"referenced_tweets": [{"type": "replied_to", "id": theirs}], "conversation_id": theirs}
    return invented.tweet(number, f"So say I, number {number}", author_id="2002", entities={}, **to, **changes)


@pytest.fixture
def desk(tmp_path: Path, program: Warm) -> Desk:
    """Ann's posts on three platforms, and what others answered her without the hashtag; a night was worked over them."""
    made = Desk.at(tmp_path)
    inbox = DataFolder(made.data).create().inbox
    posts = [
        bluesky(ANN, "ann.hills.example", "3m5abcdefgh22", "The root of it #SaveOurBuses"),
        bluesky(BEN, "ben.example.org", "3m5abcdefgi22", "I do agree", HERS),
        bluesky(BEN, "ben.example.org", "3m5abcdefgj22", "And this, too", "", HERS),
        bluesky(BEN, "ben.example.org", "3m5abcdefgk22", "To one that is not here #SaveOurBuses", NOT_HERE),
    ]
    (inbox / "bluesky.json").write_text(json.dumps({"posts": posts}), encoding="utf-8")
    toots = [toot(1001, "ann", "From the hills #SaveOurBuses"), toot(2002, "leo", "@ann agrees #SaveOurBuses", 1001)]
    (inbox / "mastodon.json").write_text(json.dumps(toots), encoding="utf-8")
    tweets = [*(invented.tweet(number) for number in range(12)), answered(51), answered(52)]
    (inbox / "x.jsonl").write_text(invented.page(tweets), encoding="utf-8")
    ended = program.run(made, "nightly")
    assert ended.code == 0, ended
    return made


def conversations(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.query(
        "select platform, value from post_matches join posts on id = post_id where rule = 'conversation' order by 1, 2"
    )


def told_in_columns(desk: Desk) -> Iterator[str]:
    """Every cell of every text column of every table of every store that still says who it was."""
    for store in ("tracker.db", "labels.db", "raw.db", "forgotten.db", "public.db"):
        if not (desk.data / store).is_file():
            continue
        columns = desk.query(TEXT, store)
        assert columns or store == "public.db"
        for table, column in columns:
            for (value,) in desk.query(f'select "{column}" from "{table}" where typeof("{column}") = \'text\'', store):
                yield from (f"{store}, {table}.{column}: {value}" for told in TOLD if told.casefold() in value.casefold())


def told_in_bytes(desk: Desk) -> list[str]:
    return [f"{path.name}: {told}" for path, content in desk.unpacked_files() for told in TOLD if told.encode() in content]


def test_who_was_answered_is_forgotten_at_once(desk: Desk, program: Warm) -> None:
    assert len(conversations(desk)) == 4 and list(told_in_columns(desk)) and told_in_bytes(desk)
    posts = desk.value("select count(*) from posts")
    ended = program.run(desk, "forget", *(word for wish in WISHES for word in ("--handle", wish)))
    assert ended.code == 0, ended
    assert list(told_in_columns(desk)) == []
    assert told_in_bytes(desk) == []
    assert conversations(desk) == [("bluesky", ""), ("bluesky", ""), ("x", ""), ("x", "")]
    assert desk.value("select count(*) from posts") == posts - 4, "what others answered stays"
    assert desk.value("select count(*) from posts where platform <> 'mastodon' and coalesce(reply_to, quote_of) is not null") == 0
    desk.is_sound()


def test_what_an_earlier_forget_left_is_taken_out_by_the_next(desk: Desk, program: Warm) -> None:
    words = ("forget", *(word for wish in WISHES for word in ("--handle", wish)))
    assert program.run(desk, *words).code == 0
    with closing(sqlite3.connect(desk.data / "tracker.db")) as db, db:
        left = {"bluesky": HERS, "x": invented.x_id(3)}
        for platform, value in left.items():
            db.execute(
                "update post_matches set value = ? where rule = 'conversation' and post_id in "
                "(select min(posts.id) from posts join post_matches on post_id = posts.id "
                "where platform = ? and rule = 'conversation')",
                [value, platform],
            )
    assert program.run(desk, "backup").code == 0
    assert told_in_bytes(desk)
    ended = program.run(desk, *words)
    assert ended.code == 0, ended
    assert list(told_in_columns(desk)) == [] and told_in_bytes(desk) == []


def test_somebody_else_of_the_same_name_elsewhere_stays_and_is_nothing_that_was_left(desk: Desk, program: Warm) -> None:
    path = desk.data / "inbox" / "alike.json"
    path.write_text(json.dumps([toot(3003, "rider1003", "I am another #SaveOurBuses")]), encoding="utf-8")
    assert program.run(desk, "nightly").code == 0
    mine = "https://hills.example/users/rider1003/statuses/3003"
    with closing(Labels(DataFolder(desk.data))) as labels:
        labels.add(Coding("mastodon", mine, "I am another #SaveOurBuses", "Sue", "2026-11-01T00:00:00Z", relevant=True))
    ended = program.run(desk, "forget", "--handle", "x:rider1003")
    assert ended.code == 0, ended
    assert desk.query("select native_id, url from posts where native_id like '%3003'") == [
        (mine, "https://hills.example/@rider1003/3003")
    ]
    assert desk.query("select native_id from codings", "labels.db") == [(mine,)]
    assert desk.query("select handle from authors where handle like 'rider1003%'") == [("rider1003@hills.example",)]
    assert not [content for _, content in desk.unpacked_files() if invented.x_id(3).encode() in content]


def test_what_is_gone_does_not_say_whom_it_answered(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.data / "tracker.db")) as db, db:
        gone = "select id from posts where platform = 'bluesky' and text = 'I do agree'"
        db.execute(
            f"insert into post_status_history(post_id, status, seen_at, evidence) {gone.replace('id', 'id, ?, ?, ?', 1)}",
            ["gone", "2026-11-01T00:00:00Z", "it said so"],
        )
        db.execute(f"update posts set status = 'gone' where id = ({gone})")
    with running("prune", read_campaign(desk.campaign), DataFolder(desk.data)) as run:
        assert prune(run).erased == 1
    assert [value for platform, value in conversations(desk) if platform == "bluesky"] == ["", HERS]
