"""Invented campaigns and exports for tests: small, varied by their arguments, in the real formats."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

X_EPOCH_MS = 1288834974657
START = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)

CAMPAIGN = """\
name = "buses"
timezone = "Europe/London"
hashtags = ["SaveOurBuses"]
languages = ["en"]
[own]
accounts = ["x:buspeople"]
"""
FARES = """\
name = "Fares"
meaning = "What a journey costs the people who make it."
phrases = ["fares", "ticket price", "cost of a ticket"]
"""
DRIVERS = """\
name = "Drivers"
meaning = "Those who drive: their pay, hours and safety."
phrases = ["bus drivers", "driver shortage"]
"""


def campaign_folder(root: Path, text: str = CAMPAIGN, **themes: str) -> Path:
    """A campaign folder with two themes, or with those given as slug=TOML (underscores become hyphens)."""
    folder = root / "campaign"
    (folder / "themes").mkdir(parents=True)
    (folder / "campaign.toml").write_text(text, encoding="utf-8")
    for slug, toml in (themes or {"fares": FARES, "drivers": DRIVERS}).items():
        (folder / "themes" / f"{slug.replace('_', '-')}.toml").write_text(toml, encoding="utf-8")
    return folder


def moment(number: int) -> datetime:
    """The time of the numbered post: one every 37 minutes."""
    return START + timedelta(minutes=37 * number)


def x_id(number: int) -> str:
    """An id that says the time of the numbered post, as X's do."""
    milliseconds = int(moment(number).timestamp() * 1000)
    return str(((milliseconds - X_EPOCH_MS) << 22) | number)


def tweet(number: int, text: str = "", **changes: Any) -> dict[str, Any]:
    """An invented post as X's API v2 shows it."""
    words = text or f"Number {number}: the fares went up again #SaveOurBuses"
    start = words.find("#SaveOurBuses")
    tags = [{"start": start, "end": start + 13, "tag": "SaveOurBuses"}] if start >= 0 else []
    return {
        "id": x_id(number),
        "text": words,
        "author_id": str(1000 + number % 7),
        "created_at": moment(number).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "lang": "en",
        "conversation_id": x_id(number),
        "edit_history_tweet_ids": [x_id(number)],
        "public_metrics": {"retweet_count": 0, "reply_count": 0, "like_count": number, "quote_count": 0},
        "entities": {"hashtags": tags},
        **changes,
    }


def page(tweets: list[dict[str, Any]], **more: Any) -> str:
    """One line of twarc2's JSON: a page with its authors."""
    users = sorted({t["author_id"] for t in tweets})
    return json.dumps(
        {
            "data": tweets,
            "includes": {"users": [{"id": u, "username": f"rider{u}", "name": f"Rider {u}"} for u in users], **more},
            "meta": {"result_count": len(tweets)},
            "__twarc": {"url": "https://api.example.org/2/tweets/search/all", "retrieved_at": "2026-11-01T00:00:00+00:00"},
        }
    )


def twarc2_file(path: Path, numbers: range, *, size: int = 10, **changes: Any) -> Path:
    """A file of pages with the numbered posts."""
    tweets = [tweet(number, **changes) for number in numbers]
    pages = [page(tweets[start : start + size]) for start in range(0, len(tweets), size)]
    path.write_text("\n".join(pages) + "\n", encoding="utf-8")
    return path
