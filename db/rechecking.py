"""Posts that are stored, against what their platform shows today: which are to be asked for again, which have been hidden for so
long that they count as gone, and whose words are to be erased (docs/operating.md, What people delete).

The answers themselves are written with the page that brought them (asked.py).
"""

import sqlite3
from collections.abc import Sequence

from db.asked import ASKED_FOR
from db.labels import Labels
from db.learned import Digest
from db.leaving import delete_silent_authors, empty_posts
from db.raw import RawStore
from db.store import Store
from tracker.records import Post

AT_ONCE = 500
"""Posts whose words are erased in one transaction."""
GIVEN_UP = "not shown for"
"""How the evidence begins where a hidden post counts as gone by its time alone; such a one is asked for still, each month."""


def due_posts(store: Store, platform: str, *, now: str, run_began: str, limit: int) -> list[Post]:
    """The posts of a platform that are to be asked for again: those first that are hidden or gone and may come back, then those
    that nobody looked at, or tried to, for longest. How often: after a day, a week, a month, then every month, by the post's age;
    each day while it is not shown."""
    rows = store.rows(DUE, _asked(platform, now, run_began) | {"limit": limit})
    return [
        Post(
            platform=str(row["platform"]),
            native_id=str(row["native_id"]),
            text="",
            created_at=str(row["created_at"]),
            url=str(row["url"]) if row["url"] is not None else None,
        )
        for row in rows
    ]


def due_count(store: Store, platform: str, *, now: str) -> int:
    """How many posts of a platform are to be asked for again."""
    rows = store.rows(f"select count(*) as value from ({DUE_POSTS})", _asked(platform, now, "9999"))
    return int(str(rows[0]["value"]))


def _asked(platform: str, now: str, run_began: str) -> dict[str, object]:
    return {"platform": platform, "now": now, "run_began": run_began, "given_up": f"{GIVEN_UP}%"}


def note_tried(store: Store, posts: Sequence[Post], *, now: str) -> None:
    """These are to be asked for now: where no answer comes, the others that are due come before them the next time."""
    rows = [(now, post.platform, post.native_id) for post in posts]
    store.transaction(lambda db: db.executemany(TRIED, rows))


def note_asked(store: Store, posts: Sequence[Post], *, now: str) -> None:
    """These were asked for, whatever the answer said of each."""
    rows = [(now, post.platform, post.native_id) for post in posts]
    store.transaction(lambda db: db.executemany(ASKED_FOR, rows))


def platforms_stored(store: Store) -> dict[str, int]:
    """How many posts that people may see there are of each platform."""
    rows = store.rows("select platform, count(*) as posts from posts where status = 'live' group by platform order by platform")
    return {str(row["platform"]): int(str(row["posts"])) for row in rows}


def newest_change(store: Store) -> int:
    """The number of the last entry of post_status_history; 0 where there is none."""
    return int(str(store.rows("select coalesce(max(id), 0) as value from post_status_history")[0]["value"]))


def changes_after(store: Store, entry: int) -> dict[str, int]:
    """How many posts came to each status after an entry of post_status_history."""
    rows = store.rows("select status, count(*) as posts from post_status_history where id > ? group by status", [entry])
    return {str(row["status"]): int(str(row["posts"])) for row in rows}


def give_up_hidden(store: Store, *, hidden_before: str, days: int, now: str) -> int:
    """Posts that were hidden before a time (UTC), so many days ago, and stayed so count as gone; gives how many."""
    evidence = f"{GIVEN_UP} {days} days"
    counted: list[int] = []

    def write(db: sqlite3.Connection) -> None:
        found = db.execute(LONG_HIDDEN, [hidden_before]).fetchall()
        db.executemany("update posts set status = 'gone' where id = ?", found)
        db.executemany(
            "insert into post_status_history(post_id, status, seen_at, evidence) values (?, 'gone', ?, ?)",
            [(post_id, now, evidence) for (post_id,) in found],
        )
        counted.append(len(found))

    store.transaction(write)
    return counted[-1]


def gone_since(store: Store, *, gone_before: str) -> list[tuple[str, str]]:
    """(the platform's id, the address or '') of each post whose words `erase_gone` would erase."""
    rows = store.rows(TO_ERASE, {"before": gone_before, "most": -1})
    return [(str(row["native_id"]), str(row["url"] or "")) for row in rows]


def erase_gone(store: Store, raw: RawStore, labels: Labels | None, digest: Digest, *, gone_before: str, now: str) -> int:
    """Erase the words of posts that are gone since before a time (UTC): text, links, mentions, who wrote it, what was read from
    it, that a model learned from it, the item as it came, and the text that coders saw. That there was a post, when and on which
    platform, stays, so that it is whole again if it is shown again. A part at a time; what is killed goes on. digest: as
    `Forgotten.digest`. Gives how many."""
    erased = 0
    while rows := store.rows(TO_ERASE, {"before": gone_before, "most": AT_ONCE}):
        keys = [(str(row["platform"]), str(row["native_id"])) for row in rows]
        if labels is not None:
            labels.empty_texts(keys)
            labels.drop_quotes(keys)
        raw.drop(keys)
        store.transaction(lambda db, rows=rows: _erase(db, digest, rows, now))  # type: ignore[misc]
        erased += len(rows)
    return erased


def _erase(db: sqlite3.Connection, digest: Digest, rows: list[dict[str, object]], now: str) -> None:
    empty_posts(db, digest, [int(str(row["id"])) for row in rows])
    db.executemany(
        "insert into rechecks(post_id, asked_at, erased_at) values (?, ?, ?) on conflict (post_id) do update set erased_at = "
        "excluded.erased_at",
        [(row["id"], now, now) for row in rows],
    )
    delete_silent_authors(db)


DUE_POSTS = """
select looked.* from (
    select posts.id, posts.platform, posts.native_id, posts.url, posts.created_at, posts.status,
        rechecks.erased_at, rechecks.tried_at,
        max(coalesce(posts.seen_at, runs.started_at), coalesce(rechecks.asked_at, '')) as last_look
    from posts join runs on runs.id = posts.first_seen_run left join rechecks on rechecks.post_id = posts.id
    where posts.platform = :platform
) as looked
where last_look < :run_began and (
    (status = 'hidden' and last_look <= strftime('%Y-%m-%dT%H:%M:%SZ', :now, '-20 hours'))
    or (status = 'gone' and erased_at is null and last_look <= strftime('%Y-%m-%dT%H:%M:%SZ', :now, '-20 hours'))
    or (
        (status = 'live' or (status = 'gone' and coalesce((
            select evidence like :given_up from post_status_history where post_id = looked.id order by id desc limit 1
        ), 0)))
        and (
            last_look <= strftime('%Y-%m-%dT%H:%M:%SZ', :now, '-30 days')
            or (last_look < strftime('%Y-%m-%dT%H:%M:%SZ', created_at, '+1 day')
                and :now >= strftime('%Y-%m-%dT%H:%M:%SZ', created_at, '+1 day'))
            or (last_look < strftime('%Y-%m-%dT%H:%M:%SZ', created_at, '+7 days')
                and :now >= strftime('%Y-%m-%dT%H:%M:%SZ', created_at, '+7 days'))
            or (last_look < strftime('%Y-%m-%dT%H:%M:%SZ', created_at, '+30 days')
                and :now >= strftime('%Y-%m-%dT%H:%M:%SZ', created_at, '+30 days'))
        )
    )
)
"""
DUE = f"select * from ({DUE_POSTS}) order by status = 'live', max(last_look, coalesce(tried_at, '')), id limit :limit"
TRIED = """
insert into rechecks(post_id, asked_at, tried_at) select id, '', ? from posts where platform = ? and native_id = ?
on conflict (post_id) do update set tried_at = excluded.tried_at
"""
LONG_HIDDEN = """
select posts.id from posts where posts.status = 'hidden'
    and (select max(seen_at) from post_status_history where post_id = posts.id and status = 'hidden') < ?
    and (select status from post_status_history where post_id = posts.id order by id desc limit 1) = 'hidden'
"""
TO_ERASE = """
select posts.id, posts.platform, posts.native_id, posts.url from posts left join rechecks on rechecks.post_id = posts.id
where posts.status = 'gone' and (rechecks.erased_at is null or posts.text <> '')
    and (select max(seen_at) from post_status_history where post_id = posts.id) < :before
order by posts.id limit :most
"""
