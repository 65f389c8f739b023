"""What was asked of the public APIs: cursors, coverage, gaps, and how complete each thread is.

A page's posts, its cursor, its coverage row and what it says of deleted posts are one transaction: a run that is killed asks
for a page again, it never takes a page for kept that is not.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from db.keeping import Kept
from db.store import Store
from tracker.records import Counts, Post
from tracker.times import later

Window = tuple[str | None, str | None]
Gap = tuple[str, str, str]
"""(from, to, why)"""
Vanished = tuple[str, str, str, str | None, str | None]
"""(platform, status, evidence, native id of a post, native id of an author)"""


READ_AGAIN = timedelta(hours=1)
"""So much of an earlier window at least must be read again before a question can be said to have read it again."""


@dataclass(slots=True)
class Asked:
    """One thing asked of one server in one run: its row in `coverage`, which is made with the first page."""

    store: Store
    run_id: int
    source: str
    server: str
    query: str
    asked_at: str
    row: int | None = None
    gaps: list[Gap] = field(default_factory=list)
    """Those that this run found."""

    def cursor(self) -> str | None:
        """Where the last page that was kept ended."""
        rows = self.store.rows("select cursor from cursors where source = ? and server = ? and query = ?", self._key())
        return str(rows[0]["cursor"]) if rows else None

    def keep(
        self,
        kept: Sequence[Kept] = (),
        refused: Sequence[tuple[str, int, str, str]] = (),
        *,
        status: str,
        got: int | None,
        now: str,
        cursor: str | None = None,
        window: Window = (None, None),
        expected: int | None = None,
        note: str = "",
        gaps: Sequence[Gap] = (),
        vanished: Sequence[Vanished] = (),
    ) -> None:
        """Keep a page with all that belongs to it."""
        found: list[Gap] = []
        entered: list[int] = []

        def write(db: sqlite3.Connection) -> None:
            _seen_again(db, kept, now, self.server)
            _vanish(db, vanished, now)
            if cursor is not None:
                db.execute(KEEP_CURSOR, [*self._key(), cursor, now])
            entered.append(self._cover(db, [*window, status, got, expected, note or None]))
            for start, end, why in gaps:
                row = [*self._key(), start, end, why, self.run_id, now]
                if db.execute(KEEP_GAP, row).rowcount:
                    found.append((start, end, why))

        self.store.keep(kept, self.run_id, refused=refused, also=write)
        self.row = entered[-1]
        self.gaps += found

    def _cover(self, db: sqlite3.Connection, told: list[object]) -> int:
        if self.row is not None:
            db.execute(CHANGE_COVERAGE, [*told, self.row])
            return self.row
        made = db.execute(KEEP_COVERAGE, [*told, self.run_id, self.source, self.server, self.query or None, self.asked_at])
        return made.lastrowid or 0

    def _key(self) -> list[object]:
        return [self.source, self.server, self.query]


def got_before(store: Store, asked: Asked, window: Window, *, since: str) -> list[int]:
    """How much each earlier run since then got of an ask that it finished, the newest first; without those that asked for a time
    more than twice as long as `window`: half an hour gives less than a night, and is no silence."""
    rows = store.rows(GOT_BEFORE, [asked.source, asked.server, asked.query, since, asked.run_id, window[1], window[0]])
    return [int(str(row["got"])) for row in rows]


def given_before(store: Store, asked: Asked, window: Window) -> int:
    """How many posts earlier runs were given by a question for a hashtag, of the time that it read again (a window without a
    length: all there is was asked for, and nothing came). 0 where it read on from where it had ended, is about something else,
    or the window is not known."""
    start, end = window
    if start is None or end is None or not asked.query.startswith("#"):
        return 0
    place = f"{asked.source} {asked.server}".strip()
    start = start if start < end else ""
    overlap = later(start, READ_AGAIN) if start else ""
    key = [asked.source, asked.server, asked.query, asked.run_id, overlap]
    values = [asked.source, start, end, asked.run_id, place, asked.query.removeprefix("#"), *key]
    return int(str(store.rows(GIVEN_BEFORE, values)[0]["value"]))


def latest_coverage(store: Store) -> list[dict[str, object]]:
    """The last row of each ask, and when it last went well."""
    return store.rows(LATEST)


def last_asking_run(store: Store) -> tuple[int, str] | None:
    """The last run that asked a source (its number), and when it asked (UTC); None where none did."""
    rows = store.rows("select run_id, max(asked_at) as at from coverage where source <> 'import' and status <> 'not-asked'")
    rows = [row for row in rows if row["at"] is not None]
    return (int(str(rows[0]["run_id"])), str(rows[0]["at"])) if rows else None


def kept_gaps(store: Store) -> list[dict[str, object]]:
    """Times that no later run can fill by itself, the newest first."""
    return store.rows("select source, server, query, gap_from, gap_to, why, found_at from gaps order by id desc")


def unread_times(store: Store) -> list[dict[str, object]]:
    """Times between the first and the last that an ask was read to its end which none of its windows covers: computed from the
    coverage, so that a gap shows even where no source told of it. Those that a source did tell of are kept gaps already.

    A window without a length says that all there is was asked for, and nothing came (`given_before`): there is no gap before it,
    nor between it and the next, which asks for all there is again."""
    found: list[dict[str, object]] = []
    told = kept_gaps(store)
    reached: dict[tuple[str, str, str], tuple[str, bool]] = {}
    for row in store.rows(WINDOWS):
        key = (str(row["source"]), str(row["server"]), str(row["query"]))
        start, end = str(row["window_from"]), str(row["window_to"])
        all_there_is = start == end
        before, held_nothing = reached.get(key, (start, all_there_is))
        if start > before and not (all_there_is or held_nothing):
            names = dict(zip(("source", "server", "query"), key, strict=True))
            gap: dict[str, object] = {
                **names,
                "gap_from": before,
                "gap_to": start,
                "why": "no answer covers this time",
                "found_at": None,
            }
            if not any(_holds(one, gap) for one in told):
                found.append(gap)
        reached[key] = max((before, held_nothing), (end, all_there_is))
    return found


def _holds(told: Mapping[str, object], gap: Mapping[str, object]) -> bool:
    """Whether a gap that is told of holds another of the same ask."""
    same = all(told[name] == gap[name] for name in ("source", "server", "query"))
    return same and str(told["gap_from"]) <= str(gap["gap_from"]) and str(gap["gap_to"]) <= str(told["gap_to"])


def followed_posts(store: Store, platform: str, *, since: str, limit: int) -> list[Post]:
    """Posts of a platform whose threads may have grown: the campaign's own, and those with more replies than are stored."""
    return [_short(row) for row in store.rows(THREADS, [platform, since, since, limit])]


def recent_posts(store: Store, platform: str, *, since: str, seen_before: str, limit: int) -> list[Post]:
    """Recent posts of a platform that were not seen since `seen_before`, those first that nobody saw, or tried, for longest."""
    return [_short(row) for row in store.rows(RECENT, [platform, since, seen_before, limit])]


def keep_thread(
    store: Store,
    run_id: int,
    post: Post,
    *,
    now: str,
    expected: int | None,
    got: int,
    complete: bool,
    note: str,
    read_to: str | None,
) -> None:
    """Say how complete a thread is. read_to: up to when it was read to its end in this run; None: it was not."""
    row = [now, run_id, expected, got, complete, note or None, read_to, post.platform, post.native_id]
    store.transaction(lambda db: db.execute(KEEP_THREAD, row))


def replies_stored(store: Store, post: Post) -> int:
    """How many posts of a post's thread are stored, itself apart."""
    rows = store.rows(REPLIES, [post.platform, post.native_id, post.native_id, post.native_id])
    return int(str(rows[0]["value"]))


def _short(row: dict[str, object]) -> Post:
    def text(name: str) -> str | None:
        return None if row[name] is None else str(row[name])

    replies = row["replies"]
    return Post(
        platform=str(row["platform"]),
        native_id=str(row["native_id"]),
        text="",
        created_at=str(row["created_at"]),
        url=text("url"),
        conversation_id=text("conversation_id"),
        seen_at=text("read_to"),
        counts=Counts(replies=int(str(replies)) if replies is not None else None),
    )


def _seen_again(db: sqlite3.Connection, kept: Sequence[Kept], now: str, server: str) -> None:
    """A post that is given is shown: what was hidden or gone is live again."""
    ids = json.dumps([item.known.id for item in kept if item.known is not None])
    _set_status(db, "live", f"{server} gives it again", now, "select value from json_each(?)", [ids])
    db.execute(WHOLE_AGAIN, [ids])


def _vanish(db: sqlite3.Connection, vanished: Sequence[Vanished], now: str) -> None:
    for platform, status, evidence, post, author in vanished:
        if post is not None:
            which, values = "select id from posts where platform = ? and native_id = ?", [platform, post]
            if status == "hidden":  # what its author deleted does not become less gone because the account left too
                which += " and status = 'live'"
            db.execute(ASKED_FOR, [now, platform, post])
        else:
            which = "select posts.id from posts join authors on authors.id = posts.author_id"
            which, values = f"{which} where authors.platform = ? and authors.native_id = ?", [platform, author or ""]
            if status != "gone":  # a post that its author deleted stays so, whatever becomes of the account
                which += f" and posts.status = '{'hidden' if status == 'live' else 'live'}'"
        _set_status(db, status, evidence, now, which, values)


def _set_status(db: sqlite3.Connection, status: str, evidence: str, now: str, which: str, values: list[str]) -> None:
    changed = db.execute(f"select id, day from posts where id in ({which}) and status <> ?", [*values, status]).fetchall()
    db.executemany("update posts set status = ? where id = ?", [(status, post_id) for post_id, _ in changed])
    db.executemany(
        "insert into post_status_history(post_id, status, seen_at, evidence) values (?, ?, ?, ?)",
        [(post_id, status, now, evidence) for post_id, _ in changed],
    )
    db.executemany("insert or ignore into days_to_count values (?)", [(day,) for _, day in changed])


ASKED_FOR = """
insert into rechecks(post_id, asked_at) select id, ? from posts where platform = ? and native_id = ?
on conflict (post_id) do update set asked_at = excluded.asked_at
"""
"""With the answer, so that a run that is killed does not ask again for what it has heard already."""
WHOLE_AGAIN = """
update rechecks set erased_at = null where erased_at is not null and post_id in (select value from json_each(?))
"""
KEEP_CURSOR = """
insert into cursors(source, server, query, cursor, updated_at) values (?, ?, ?, ?, ?)
on conflict (source, server, query) do update set cursor = excluded.cursor, updated_at = excluded.updated_at
"""
KEEP_COVERAGE = """
insert into coverage(window_from, window_to, status, got, expected, note, run_id, source, server, query, asked_at)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
CHANGE_COVERAGE = """
update coverage set window_from = coalesce(?, window_from), window_to = coalesce(?, window_to), status = ?, got = ?,
    expected = coalesce(?, expected), note = ?
where id = ?
"""
KEEP_GAP = """
insert or ignore into gaps(source, server, query, gap_from, gap_to, why, found_run, found_at) values (?, ?, ?, ?, ?, ?, ?, ?)
"""
GOT_BEFORE = """
select got from coverage
where source = ? and server = ? and query is ? and asked_at >= ? and run_id <> ? and status in ('ok', 'empty') and got is not null
    and coalesce(julianday(window_to) - julianday(window_from) <= 2 * nullif(julianday(?) - julianday(?), 0), 1)
order by id desc
"""
GIVEN_BEFORE = """
select count(*) as value from posts
where platform = ? and status = 'live' and created_at >= ? and created_at < ? and first_seen_run < ?
    and exists (select 1 from post_origins where post_origins.post_id = posts.id and file = ?)
    and exists (select 1 from post_matches where post_matches.post_id = posts.id and rule = 'hashtag' and value = ?)
    and exists (
        select 1 from coverage
        where source = ? and server = ? and query = ? and run_id < ? and status in ('ok', 'empty') and window_to >= ?
    )
"""
LATEST = """
select coverage.source, coverage.server, coverage.query, coverage.asked_at, coverage.status, coverage.got, coverage.expected,
    coverage.window_from, coverage.window_to, coverage.note, good.last_good
from coverage
join (
    select max(id) as id, max(asked_at) filter (where status in ('ok', 'empty')) as last_good
    from coverage where source <> 'import' group by source, server, query
) as good on good.id = coverage.id
order by coverage.source, coverage.server, coverage.query
"""
WINDOWS = """
select source, coalesce(server, '') as server, coalesce(query, '') as query, window_from, window_to from coverage
where status in ('ok', 'empty') and source <> 'import' and window_from is not null and window_to is not null
    and coalesce(note, '') not like 'asked by hand%'
order by source, server, query, window_from
"""
LAST_REPLIES = """
(select replies from post_counts where post_counts.post_id = posts.id and replies is not null order by seen_at desc limit 1)
"""
STORED_REPLIES = """
(select count(*) from posts as answer where answer.platform = posts.platform and answer.reply_to = posts.native_id)
"""
THREADS = f"""
select posts.platform, posts.native_id, posts.url, posts.conversation_id, posts.created_at, threads.read_to,
    {LAST_REPLIES} as replies
from posts left join threads on threads.post_id = posts.id
where posts.platform = ? and posts.status = 'live' and posts.kind <> 'repost' and (
    (posts.is_own and posts.created_at >= ?)
    or (posts.created_at >= ? and {LAST_REPLIES} > {STORED_REPLIES})
)
order by
    iif(posts.is_own, 1, 3) * row_number() over (
        partition by posts.is_own order by threads.asked_at is not null, threads.asked_at, posts.created_at desc
    ),
    posts.is_own desc
limit ?
"""
"""Of ours three for each one of others, where there are as many, and of both those first that were not read for longest."""
RECENT = f"""
select posts.platform, posts.native_id, posts.url, posts.conversation_id, posts.created_at, null as read_to,
    {LAST_REPLIES} as replies
from posts left join rechecks on rechecks.post_id = posts.id
where posts.platform = ? and posts.created_at >= ? and coalesce(posts.seen_at, '') < ? and posts.status <> 'gone'
order by max(coalesce(posts.seen_at, ''), coalesce(rechecks.tried_at, '')), posts.created_at desc
limit ?
"""
KEEP_THREAD = """
insert into threads(post_id, asked_at, run_id, expected, got, complete, note, read_to)
select id, ?, ?, ?, ?, ?, ?, ? from posts where platform = ? and native_id = ?
on conflict (post_id) do update set asked_at = excluded.asked_at, run_id = excluded.run_id, expected = excluded.expected,
    got = excluded.got, complete = excluded.complete, note = excluded.note,
    read_to = coalesce(excluded.read_to, threads.read_to)
"""
REPLIES = """
with recursive thread(native_id) as (
    select native_id from posts where platform = ?1 and (reply_to = ?2 or conversation_id = ?3) and native_id <> ?4
    union
    select posts.native_id from posts join thread on posts.reply_to = thread.native_id
    where posts.platform = ?1 and posts.native_id <> ?4
)
select count(*) as value from thread
"""
