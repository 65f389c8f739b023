"""Counting what changed: every sum of the store is brought up to date from the posts that changed since it was last counted.

Triggers enter each such post in `posts_to_count`, with what it was counted as. What those posts come to now, less what they came
to before, is added to the sums: so a night costs what it changed, however much is stored. Where distinct people or messages are
counted, `counted_members` and `counted_sharers` say whether somebody stands behind a number by another post, too.

What the sums are is said in summaries.sql and figures.sql, by which `bulk` counts; a trial holds that both come to the same.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from db.figures import COUNTED, MOST, OF_MANY_KEYS, OF_PEOPLE, are_counted
from db.statements import statements
from tracker.counting import days_of, week_of
from tracker.public_text import public_address, public_link

COUNTING = "counting"
"""The setting that says that the sums are kept up by what changes (the triggers of posts_to_count look at it)."""
AT_ONCE = 20_000
ALL = 1_000_000_000
OF_POSTS = (
    *("posts", "post_readings", "post_verdicts", "same_message", "post_themes", "settled_themes", "post_questions"),
    *("post_links", "post_hashtags"),
)
SEEN = ("see_posts", "see_read", "see_sharing", "see_public")
SUMMED = (
    *("add_posts", "change_members", "who_may_change", "keep_members", "drop_members", "add_members"),
    *("sum_days", "drop_days", "sum_weeks", "drop_weeks", "sum_totals", "drop_totals", "sum_read", "drop_read"),
    *("change_sharers", "who_may_share", "keep_sharers", "drop_sharers", "sum_sharing", "drop_sharing"),
    *("drop_public_seen", "keep_subjects", "change_marks", "keep_marks", "drop_marks", "sum_marks", "drop_counts"),
    *("drop_subjects", "note_public_changes"),
    *("sum_link_people", "sum_theme_people", "sum_figures", "drop_figures", "clear_links", "clear_hashtags"),
    *("clear_asking", "show_asking", "batch_is_counted", "forget_posts_before", "forget_lists_before"),
)
SUMS = ("daily_counts", "weekly_counts", "weekly_totals", "weekly_read", "weekly_links", "weekly_hashtags")
KEPT = (
    *("counted_members", "counted_sharers", "weekly_shared", "counters", "before_posts", "before_lists", "posts_to_count"),
    *("public_marks", "public_counts", "public_subjects", "public_changes"),
)
OWN_LINKS = "counted_own_links"
"""The setting that says which addresses the public links were counted with as the campaign's own."""


def is_kept_up(db: sqlite3.Connection) -> bool:
    """Whether the sums only need what changed; else all is to be counted."""
    return db.execute("select 1 from settings where name = ?", [COUNTING]).fetchone() is not None


def is_up_to_date(db: sqlite3.Connection) -> bool:
    """Whether every sum is that of the posts as they are."""
    return is_kept_up(db) and _own_links_are_known(db) and db.execute(_sql("count_waiting")).fetchone() == (0,)


def count_anew(db: sqlite3.Connection) -> None:
    """Have everything counted from nothing by the next `count_changes`; weeks that lost posts to retention stay as they are."""
    for table in SUMS:
        if table == "daily_counts":
            days = [day for (day,) in db.execute("select distinct day from daily_counts")]
            frozen = {week for (week,) in db.execute("select week from frozen_weeks")}
            db.executemany("delete from daily_counts where day = ?", [(day,) for day in days if week_of(day) not in frozen])
        else:
            db.execute(f"delete from {table} where week not in (select week from frozen_weeks)")
    drop_kept(db)
    db.execute(_sql("wait_all"))
    db.execute("insert or replace into settings(name, value) values (?, '1')", [COUNTING])


def drop_kept(db: sqlite3.Connection) -> None:
    """Let go of what the sums were made from, where all is to be counted from nothing."""
    for table in KEPT:
        db.execute(f"delete from {table}")


def count_changes(db: sqlite3.Connection, progress: Callable[[int, int], None] | None = None) -> int:
    """Bring every sum up to date; gives of how many posts. The caller holds the transaction. progress: (posts done, of how many),
    after each batch; what it raises ends the counting."""
    own = _own_links(db)
    if not is_kept_up(db) or not _own_links_are_known(db):
        count_anew(db)
        db.execute("insert or replace into settings(name, value) values (?, ?)", [OWN_LINKS, json.dumps(own)])
    known = lru_cache(maxsize=100_000)(lambda url: public_link(url, own))
    db.create_function("public_link", 1, lambda url: known(url) if url else None, deterministic=True)
    [(waiting,)] = db.execute(_sql("count_waiting"))
    done = 0
    with _tables(db):
        while db.execute(_sql("next_batch"), {"most": AT_ONCE}).rowcount:
            _count_batch(db)
            done += AT_ONCE
            if progress is not None:
                progress(min(done, waiting), waiting)
            _empty(db)
    if waiting or not are_counted(db):
        _show_figures(db)
    db.execute("delete from days_to_count")
    return int(waiting)


def _own_links(db: sqlite3.Connection) -> list[str]:
    """The campaign's own addresses, which are counted whole."""
    told = dict(db.execute("select name, value from settings where name in ('links', 'paper_url')").fetchall())
    links = [*json.loads(told.get("links", "[]")), told.get("paper_url", "")]
    return [address for link in links if (address := public_address(link))]


def _own_links_are_known(db: sqlite3.Connection) -> bool:
    told = db.execute("select value from settings where name = ?", [OWN_LINKS]).fetchone()
    return told is not None and told[0] == json.dumps(_own_links(db))


def _sql(name: str) -> str:
    return statements("counting.sql")[name]


@contextmanager
def _tables(db: sqlite3.Connection) -> Iterator[None]:
    """The temporary tables, some of which hide those of the store: gone again afterwards, since all others mean the store."""
    made = [name for name in statements("counting.sql") if name.startswith("make_")]
    for name in made:
        db.execute(_sql(name))
    try:
        yield
    finally:
        if db.in_transaction:
            for name in made:
                db.execute(f"drop table if exists temp.{name.removeprefix('make_')}")


def _empty(db: sqlite3.Connection) -> None:
    for name in statements("counting.sql"):
        if name.startswith("make_"):
            db.execute(f"delete from temp.{name.removeprefix('make_')}")


def _count_batch(db: sqlite3.Connection) -> None:
    """Add to the sums what the posts of a batch come to, and take away what they came to."""
    for (day,) in db.execute(_sql("days_of_batch")).fetchall():
        first, last = days_of(week_of(day))
        db.execute(_sql("days_of_week"), {"day": day, "week": week_of(day), "first": first, "last": last})
    for image, sign in (("before", -1), ("now", 1)):
        for table in OF_POSTS:
            db.execute(f"delete from temp.{table}")
            db.execute(_sql(f"{image}_{table}"))
        if db.execute("select 1 from temp.posts limit 1").fetchone():
            _see(db, sign)
    for name in SUMMED:
        db.execute(_sql(name))
    for (week,) in db.execute(_sql("weeks_to_show")).fetchall():
        db.execute(_sql("show_links"), {"week": week})
        db.execute(_sql("show_hashtags"), {"week": week})


def _see(db: sqlite3.Connection, sign: int) -> None:
    """What the posts that lie in the temporary tables come to."""
    for name in SEEN:
        db.execute(_sql(name), {"sign": sign})
    for name, sql in statements("figures.sql").items():
        if name not in OF_PEOPLE:
            told = f"insert into figure_changes select :name, key, :sign * value from ({sql.rstrip(';')})"
            db.execute(told, {"name": name, "sign": sign})


def _show_figures(db: sqlite3.Connection) -> None:
    db.execute("delete from figures")
    for name in statements("figures.sql"):
        # SQLite takes the index of those with many keys only where a statement says the condition of that index, word for word
        show = "show_of_many_keys" if name in OF_MANY_KEYS else "show_figures"
        db.execute(_sql(show), {"name": name, "most": MOST.get(name, ALL)})
    db.execute("insert into figures(name, key, value) values (?, '', 1)", [COUNTED])
