"""The floor of importing: plain sqlite3 and json into the same tables, full-text index and compressed raw items, nothing else.

No recognition, no checks, no filter, no matching rule, no merging, no report: what no import into this store can be faster
than in plain Python. python -m tests.bench.import_floor FILE FOLDER"""

import json
import sqlite3
import sys
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).resolve().parents[2] / "db" / "schema"


def opened(path: Path, pattern: str) -> sqlite3.Connection:
    """A new store with the product's own schema and settings."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    db.execute("pragma secure_delete = on")
    for file in sorted(SCHEMA.glob(pattern)):
        db.executescript(file.read_text(encoding="utf-8"))
    return db


def posts(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each post of the file with its author."""
    with path.open("rb") as lines:
        for line in lines:
            page = json.loads(line)
            users = {user["id"]: user for user in page["includes"]["users"]}
            for tweet in page["data"]:
                yield tweet, users[tweet["author_id"]]


def main(path: Path, folder: Path) -> None:
    """Write the whole file, 1,000 posts a transaction."""
    folder.mkdir()
    tracker, raw = opened(folder / "tracker.db", "tracker_*.sql"), opened(folder / "raw.db", "raw_*.sql")
    tracker.execute("insert into runs(command, started_at, status, version) values ('floor', '', 'ok', '')")
    authors: dict[str, int] = {}
    rows, post_id, line = posts(path), 0, 0
    while page := list(islice(rows, 1000)):
        into: dict[str, list[tuple[Any, ...]]] = {name: [] for name in INSERTS}
        answers = []
        for tweet, user in page:
            post_id += 1
            line += 1
            if user["id"] not in authors:
                authors[user["id"]] = len(authors) + 1
                into["authors"].append((authors[user["id"]], "x", user["id"], user["username"], user["name"]))
            add(into, tweet, post_id, authors[user["id"]], user["username"], line)
            body = json.dumps({"data": tweet, "users": [user]}).encode()
            answers.append(("x", tweet["id"], "floor", "", zlib.compress(body, 1)))
        raw.execute("begin immediate")
        raw.executemany("insert into answers(platform, native_id, source, kept_at, body) values (?, ?, ?, ?, ?)", answers)
        raw.execute("commit")
        tracker.execute("begin immediate")
        for name, statement in INSERTS.items():
            tracker.executemany(statement, into[name])
        tracker.execute("commit")


def add(into: dict[str, list[tuple[Any, ...]]], tweet: dict[str, Any], post_id: int, author: int, handle: str, line: int) -> None:
    """The rows of one post."""
    references = {ref["type"]: ref["id"] for ref in tweet.get("referenced_tweets", ())}
    counts, entities, created = tweet["public_metrics"], tweet["entities"], tweet["created_at"][:19] + "Z"
    into["posts"].append(
        (
            post_id,
            "x",
            tweet["id"],
            f"https://x.com/{handle}/status/{tweet['id']}",
            author,
            tweet["text"],
            tweet["lang"],
            created,
            created[:10],
            references.get("replied_to"),
            tweet["conversation_id"],
            "reply" if "replied_to" in references else "original",
        )
    )
    into["hashtags"] += [(post_id, tag["tag"].lower(), tag["tag"]) for tag in entities["hashtags"]]
    into["links"] += [(post_id, url["expanded_url"]) for url in entities["urls"]]
    into["mentions"] += [(post_id, mention["username"]) for mention in entities.get("mentions", ())]
    numbers = ("like_count", "retweet_count", "reply_count", "quote_count", "impression_count")
    into["counts"].append((post_id, created, *(counts[name] for name in numbers)))
    into["origins"].append((post_id, "import", "floor", line))
    into["matches"].append((post_id, "hashtag", "saveourbuses"))


INSERTS = {
    "authors": "insert into authors(id, platform, native_id, handle, display_name) values (?, ?, ?, ?, ?)",
    "posts": """
        insert into posts(
            id, platform, native_id, url, author_id, text, lang, created_at, day, reply_to, conversation_id, kind, first_seen_run
        ) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
    """,
    "hashtags": "insert into post_hashtags values (?, ?, ?)",
    "links": "insert into post_links values (?, ?)",
    "mentions": "insert into post_mentions values (?, ?)",
    "counts": "insert into post_counts values (?, ?, ?, ?, ?, ?, ?)",
    "origins": "insert into post_origins(post_id, source, file, line, run_id) values (?, ?, ?, ?, 1)",
    "matches": "insert into post_matches values (?, ?, ?)",
}

if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
