"""A store of any size with an invented debate of a year, for measuring pages: written straight into the tables, then counted as a
night counts. Words, accounts and links repeat as they do in a real debate: few very often, most hardly ever."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from db.folder import DataFolder
from db.store import Store
from tests.pages_store import build_store

COMMON = """
council outsourcing hospital staff power service public budget plan people street library bus care school rent pay vote
"""
WORDS = COMMON.split()
RARE = 20_000
THEMES = ("outsourcing", "in-house", "co-production", "health")
LAST = datetime(2026, 11, 8, 20, tzinfo=UTC)
AT_A_TIME = 20_000

Post = tuple[int, str, str, str | None, int, str, str, str, str, str | None, str | None, str, int]


def grow(folder: Path, posts: int) -> DataFolder:
    """DATA in `folder` with about this many posts; what is there already is used again."""
    data = DataFolder(folder)
    if (folder / "grown").exists():
        return data
    build_store(folder, posts=60)
    with sqlite3.connect(data.tracker) as db:
        db.execute("pragma synchronous = off")
        first = int(db.execute("select max(id) from posts").fetchone()[0]) + 1
        people = max(50, posts // 6)
        base = int(db.execute("select max(id) from authors").fetchone()[0]) + 1
        db.executemany(
            "insert into authors(id, platform, native_id, handle, display_name) values (?, 'x', ?, ?, ?)",
            ((base + place, f"g{place}", f"grown{place}", f"Grown {place}") for place in range(people)),
        )
        for batch in batches(first, posts, base, people):
            write(db, batch)
        db.execute("insert or ignore into days_to_count select distinct day from posts")
    store = Store.open(data)
    store.count()
    store.close()
    with sqlite3.connect(data.tracker) as db:
        db.execute("analyze")
    (folder / "grown").touch()
    return data


def batches(first: int, posts: int, base: int, people: int) -> Iterator[list[Post]]:
    """The posts, oldest first. The same arguments give the same posts."""
    chance = random.Random(posts)
    batch: list[Post] = []
    for place in range(posts):
        at = LAST - timedelta(seconds=(posts - place) * 365 * 86400 // posts)
        number = first + place
        kind = chance.choices(("original", "reply", "repost", "quote"), (50, 20, 25, 5))[0]
        words = [WORDS[min(int(chance.expovariate(0.25)), len(WORDS) - 1)] for _ in range(12)]
        words.append(f"rare{chance.randrange(RARE)}")
        target = str(900_000_000 + max(first, number - 1 - int(chance.expovariate(0.01)))) if kind != "original" else None
        batch.append(
            (
                *(number, "mastodon" if place % 4 == 0 else "x", str(900_000_000 + number), f"https://example.social/g/{number}"),
                base + min(int(chance.paretovariate(1.1)) - 1 if place % 3 else chance.randrange(people), people - 1),
                *(" ".join(words), "en", at.strftime("%Y-%m-%dT%H:%M:%SZ"), at.date().isoformat()),
                *(target if kind == "reply" else None, target if kind == "repost" else None, kind, 1),
            )
        )
        if len(batch) == AT_A_TIME:
            yield batch
            batch = []
    if batch:
        yield batch


def write(db: sqlite3.Connection, batch: list[Post]) -> None:
    """Posts with what belongs to each."""
    chance = random.Random(batch[0][0])
    db.executemany(
        "insert into posts(id, platform, native_id, url, author_id, text, lang, created_at, day, reply_to, repost_of, kind,"
        " first_seen_run) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        batch,
    )
    ids = [row[0] for row in batch]
    db.executemany("insert into post_hashtags values (?, 'inventeddebate', 'InventedDebate')", ((one,) for one in ids))
    shared = [(one, f"https://example.org/{min(int(chance.paretovariate(0.7)), 5000)}") for one in ids if one % 5 == 0]
    db.executemany("insert into post_links values (?, ?)", shared)
    db.executemany("insert into post_mentions values (?, 'ourhouse')", ((one,) for one in ids if one % 100 == 0))
    db.executemany("insert into post_origins values (?, 'import', 'grown.csv', ?, 1)", ((one, one) for one in ids))
    db.executemany("insert into post_matches values (?, 'hashtag', 'inventeddebate')", ((one,) for one in ids))
    db.executemany(
        "insert into post_readings(post_id, model, outcome, relevant, lang_detected, asks) values (?, 'm1', ?, 1, ?, ?)",
        ((one, "themed" if one % 3 else "none", "en" if one % 50 else "cy", int(one % 10 == 0)) for one in ids),
    )
    themed = [(one, THEMES[one % 4 if one % 97 else 3]) for one in ids if one % 3]
    db.executemany("insert into post_themes(post_id, theme, score, decided_by) values (?, ?, 0.9, 'rule')", themed)
