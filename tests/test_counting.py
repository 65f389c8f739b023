"""Sums that are kept up by what changes are those that one gets by counting everything from nothing, whatever changed."""

import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from db.campaigns import note_campaign
from db.counting import count_anew
from db.figures import figure
from db.folder import DataFolder
from db.publishing import keep_cells
from db.statements import statements
from db.store import Store
from pipelines.public_contents import prepare
from tests.pages_store import CAMPAIGN, NOW, build_store
from tracker.counting import days_of, local_day, week_of
from tracker.problems import TimeOver
from tracker.public_text import public_link

COUNTED = (
    *("daily_counts", "weekly_counts", "weekly_totals", "weekly_read", "weekly_links", "weekly_hashtags", "asking_posts"),
    "figures",
)
CHANGES = 40
NIGHTS = 50
SEED = 20261126


def sums(db: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """What the store says in numbers."""
    return {table: sorted(db.execute(f"select * from {table}"), key=repr) for table in COUNTED}


def from_nothing(db: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """The same, counted by summaries.sql and figures.sql as they stand, without what is kept for keeping sums up."""
    db.execute("begin")
    for table in COUNTED:
        db.execute(f"delete from {table}")
    for week in {week_of(day) for (day,) in db.execute("select distinct day from posts")}:
        first, last = days_of(week)
        for sql in statements("summaries.sql").values():
            db.execute(sql, {"week": week, "first": first, "last": last})
    for name in statements("figures.sql"):
        db.execute(f"insert into figures select ?, key, value from ({figure(name)})", [name])
    db.execute("insert into figures values ('counted', '', 1)")
    found = sums(db)
    db.execute("rollback")
    return found


MAY_BE_TOLD = """
with told as (
    select posts.id, week_of(day) as week, platform, author_id, kind from posts
    where status = 'live' and is_own = 0
        and not exists (select 1 from post_verdicts where post_id = posts.id and relevant = 0)
        and not exists (select 1 from authors where authors.id = posts.author_id and opted_out = 1)
), marks as (
    select case kind when 'repost' then 'reposts' else 'posts' end as kind, 'all' as subject, week, id, author_id from told
    union all select 'platform', platform, week, id, author_id from told where kind <> 'repost'
    union all select 'theme', theme, week, id, author_id from told join post_themes on post_id = id where kind <> 'repost'
    union all select 'question', question, week, id, author_id from told join post_questions on post_id = id
        where kind <> 'repost'
    union all select 'link', address_of(url), week, id, author_id from told join post_links on post_id = id
        where kind <> 'repost' and address_of(url) is not null
)
select kind, subject, week, count(distinct id), count(distinct author_id) from marks group by 1, 2, 3
"""


KEPT_UP = """
select kind, subject, week, posts, people from public_counts join public_subjects on public_subjects.id = subject_id
where kind <> 'page'
"""


def public_numbers(db: sqlite3.Connection) -> tuple[set[tuple[object, ...]], set[tuple[object, ...]]]:
    """(what stands behind the numbers that the public may see, as it is kept up; the same counted from nothing)."""
    db.create_function("week_of", 1, week_of)
    db.create_function("address_of", 1, lambda url: public_link(url, ("https://example.org/paper",)))
    return set(db.execute(KEPT_UP)), set(db.execute(MAY_BE_TOLD))


class Debate:
    """A store to which anything may happen that happens to a debate."""

    def __init__(self, folder: DataFolder, seed: int) -> None:
        self.folder = folder
        self.store = Store.open(folder)
        self.db = sqlite3.connect(folder.tracker, isolation_level=None)
        self.db.execute("pragma foreign_keys = on")
        self.chance = random.Random(seed)
        self.next_id = 1_000_000

    def close(self) -> None:
        self.db.close()
        self.store.close()

    def some(self, table: str = "posts", column: str = "id") -> list[object]:
        rows = [value for (value,) in self.db.execute(f"select distinct {column} from {table} order by 1")]
        return self.chance.sample(rows, min(len(rows), self.chance.randint(1, 6)))

    def each(self, sql: str, *rest: object) -> None:
        for post in self.some():
            self.db.execute(sql, [*rest, post])

    def new_posts(self) -> None:
        one_of = self.chance.choice
        for _ in range(self.chance.randint(1, 8)):
            self.next_id += 1
            kind = one_of(("original", "reply", "repost", "quote"))
            target = one_of(("10001", "10002", "30001", str(self.next_id - 1), str(self.next_id + 1)))
            day = f"2026-{one_of(('09', '10', '11'))}-{self.chance.randint(1, 28):02}"
            post = {
                "platform": one_of(("x", "mastodon")),
                "native_id": str(self.next_id),
                "author_id": one_of([*self.some("authors"), None]),
                "text": one_of(("", "words?")),
                "lang": one_of(("en", "cy", None)),
                "created_at": f"{day}T12:00:00Z",
                "day": day,
                "reply_to": target if kind == "reply" else None,
                "repost_of": target if kind == "repost" else None,
                "kind": kind,
                "is_own": int(self.chance.random() < 0.2),
                "truncated": self.chance.randint(0, 1),
                "first_seen_run": 1,
            }
            names = ", ".join(post)
            cursor = self.db.execute(f"insert into posts({names}) values ({', '.join('?' * len(post))})", list(post.values()))
            self.belongings(cursor.lastrowid)

    def belongings(self, post: object) -> None:
        for tag in self.chance.sample(("one", "two", "three"), 2):
            self.db.execute("insert or ignore into post_hashtags values (?, ?, ?)", [post, tag, tag])
        if self.chance.random() < 0.5:
            link = f"https://example.org/{self.chance.randint(1, 4)}"
            self.db.execute("insert or ignore into post_links values (?, ?)", [post, link])
        if self.chance.random() < 0.3:
            self.db.execute("insert or ignore into post_mentions values (?, 'ourhouse')", [post])

    def change_belongings(self) -> None:
        for post in self.some():
            table = self.chance.choice(("post_hashtags", "post_links", "post_mentions"))
            self.db.execute(f"delete from {table} where post_id = ?", [post])
            self.belongings(post)
        self.db.execute(
            "update post_links set url = url || '/moved' where post_id = ? and url not like '%moved'", [self.some()[0]]
        )

    def edits(self) -> None:
        self.each("update posts set text = ? where id = ?", self.chance.choice(("", "words", "other words?")))
        self.each("update posts set lang = ?, truncated = 1 - truncated where id = ?", self.chance.choice(("en", "cy", None)))
        self.each("update posts set author_id = ? where id = ?", self.chance.choice([*self.some("authors"), None]))

    def moved(self) -> None:
        self.each("update posts set day = ? where id = ?", f"2026-10-{self.chance.randint(1, 28):02}")

    def vanished(self) -> None:
        self.each("update posts set status = ? where id = ?", self.chance.choice(("live", "hidden", "gone")))

    def deleted(self) -> None:
        self.each("delete from posts where id = ?")

    def deleted_and_its_number_given_again(self) -> None:
        self.db.execute("delete from posts where id = (select max(id) from posts)")
        self.new_posts()

    def forgotten(self) -> None:
        author = self.some("authors")[0]
        self.db.execute("delete from posts where author_id = ?", [author])
        self.db.execute("delete from authors where id = ?", [author])

    def read_again(self) -> None:
        for post in self.some():
            outcome = self.chance.choice(("themed", "none", "unsure", "other-language", "empty"))
            asks = self.chance.randint(0, 1)
            self.db.execute("delete from post_themes where post_id = ? and decided_by <> 'person'", [post])
            self.db.execute(
                "insert or replace into post_readings(post_id, model, outcome, lang_detected, asks) values (?, 'm2', ?, ?, ?)",
                [post, outcome, self.chance.choice(("en", "cy", None)), asks],
            )
            for theme in self.chance.sample(("outsourcing", "in-house", "health"), 2 if outcome == "themed" else 0):
                self.db.execute("insert or ignore into post_themes values (?, ?, 0.9, 'model', '[]')", [post, theme])
            self.db.execute("insert or ignore into post_questions values (?, 'q0', 1, 'model', '[]')", [post])

    def another_model(self) -> None:
        self.db.execute("delete from post_readings")
        self.read_again()

    def a_theme_has_another_name(self) -> None:
        self.db.execute("update or ignore post_themes set theme = 'in-our-hands' where theme = 'in-house'")

    def judged(self) -> None:
        for post in self.some():
            self.db.execute("delete from post_verdicts where post_id = ?", [post])
            self.db.execute("delete from settled_themes where post_id = ?", [post])
            if self.chance.random() < 0.8:
                whole, given = self.chance.randint(0, 1), self.chance.randint(0, 1)
                about = [post, self.chance.choice((0, 1, None)), self.chance.choice((0, 1, None)), whole]
                self.db.execute("insert into post_verdicts values (?, ?, ?, 1, 0, 'read', ?)", about)
                self.db.execute("insert or ignore into settled_themes values (?, 'health', ?)", [post, given])
                self.db.execute("delete from post_themes where post_id = ? and (theme = 'health' or ?)", [post, whole])
                if given:
                    self.db.execute("insert into post_themes values (?, 'health', 1, 'person', '[]')", [post])
        for post in self.some("post_verdicts", "post_id"):  # a theme came, or went
            self.db.execute("update post_verdicts set whole = 1 - whole where post_id = ?", [post])

    def one_message(self) -> None:
        posts = self.some()
        for post in posts:
            self.db.execute("insert or replace into same_message(message_id, post_id) values (?, ?)", [posts[0], post])
        self.db.execute("delete from same_message where post_id = ?", [self.some("same_message", "post_id")[0]])

    def we_are_others(self) -> None:
        accounts = json.dumps(self.chance.sample(("x:ourhouse", "x:writer3", "mastodon:ourhouse"), 2))
        self.db.execute("insert or replace into settings values ('own_accounts', ?)", [accounts])
        self.db.execute("update posts set is_own = 1 - is_own where author_id = ?", self.some("authors")[:1])

    def asked_not_to_be_shown(self) -> None:
        self.db.execute("update authors set opted_out = not coalesce(opted_out, 0) where id = ?", self.some("authors")[:1])

    def another_zone(self) -> None:
        zone = self.chance.choice(("Pacific/Auckland", "Europe/London"))
        note_campaign(self.store, replace(CAMPAIGN, timezone=zone), now=NOW, local_day=local_day)

    def happens(self) -> list[Callable[[], None]]:
        return [
            *(self.new_posts, self.change_belongings, self.edits, self.moved, self.vanished, self.deleted, self.read_again),
            *(self.deleted_and_its_number_given_again, self.forgotten, self.another_model, self.a_theme_has_another_name),
            *(self.judged, self.one_message, self.we_are_others, self.another_zone),
            self.asked_not_to_be_shown,
        ]


@pytest.fixture
def debate(tmp_path: Path) -> Iterator[Debate]:
    with closing(Debate(build_store(tmp_path / "data", posts=120), SEED)) as made:
        yield made


def test_sums_of_what_changed_are_those_of_everything(debate: Debate) -> None:
    happened: set[str] = set()
    for _ in range(CHANGES):
        for change in debate.chance.sample(debate.happens(), 3):
            change()
            happened.add(change.__name__)
        debate.store.count()
        kept = sums(debate.db)
        assert kept == from_nothing(debate.db)
        told, counted = public_numbers(debate.db)
        assert told == counted != set()
        assert debate.db.execute("select count(*) from posts_to_count").fetchone() == (0,)
    assert len(happened) == len(debate.happens()) and all(kept.values())


def test_counting_that_is_cut_off_changes_nothing_and_the_next_finishes_it(debate: Debate) -> None:
    debate.store.count()
    before = sums(debate.db)
    debate.new_posts()
    debate.deleted()
    waiting = debate.db.execute("select * from posts_to_count").fetchall()

    def cut_off(done: int, posts: int) -> None:
        raise TimeOver

    with pytest.raises(TimeOver):
        debate.store.count(cut_off)
    assert sums(debate.db) == before and debate.db.execute("select * from posts_to_count").fetchall() == waiting
    debate.store.count()
    assert sums(debate.db) == from_nothing(debate.db) != before
    debate.store.transaction(count_anew)
    debate.store.count()
    assert sums(debate.db) == from_nothing(debate.db)


def test_what_may_be_told_is_decided_only_where_something_changed_and_comes_to_the_same(debate: Debate) -> None:
    """After each change the numbers that may be told are decided once from the month on in which something is other, once from
    the first; both are the same, and what was decided is written down before the next change."""
    campaign = replace(CAMPAIGN, smallest_cell=2, settle_days=3)
    told = 0
    for night in range(NIGHTS):
        for change in debate.chance.sample(debate.happens(), 2 if night % 3 else 0):
            change()
        debate.store.count()
        now = f"2026-{10 + night // 28}-{1 + night % 28:02}T03:00:00Z"
        where_changed = prepare(campaign, debate.folder, now=now, invented=False)
        decided = debate.db.execute("select value from settings where name = 'public_numbers_decided'").fetchone()
        debate.db.execute("delete from settings where name = 'public_numbers_decided'")
        everywhere = prepare(campaign, debate.folder, now=now, invented=False)
        if decided:
            debate.db.execute("insert into settings values ('public_numbers_decided', ?)", decided)
        assert where_changed.new == everywhere.new
        keep_cells(debate.store, where_changed.new, where_changed.decided, model=None, now=now)
        told += len(where_changed.new)
    assert told > NIGHTS
