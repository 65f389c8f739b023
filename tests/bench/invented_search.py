"""A large invented search in twarc2's JSON lines, the same at every run: python -m tests.bench.invented_search POSTS FILE."""

import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2026, 1, 1, tzinfo=UTC)
X_EPOCH_MS = 1288834974657
VOCABULARY = (
    "the buses fares went up again and nobody asks riders why trams councils outsourcing staff pay care schools housing market "
    "choice public service power people local drivers depot winter evening route cut timetable meeting budget vote co-op"
)
A_PAGE = 100


def post_id(number: int, when: datetime) -> str:
    """An id that says its time, as X's do."""
    return str(((int(when.timestamp() * 1000) - X_EPOCH_MS) << 22) | (number & 0x3FFFFF))


def post(number: int, dice: random.Random) -> dict[str, Any]:
    """One invented post with a hashtag and a link, some with a mention, one in ten an answer."""
    when = START + timedelta(seconds=20 * number)
    link = f"https://t.co/{number:010d}"
    text = f"{' '.join(dice.choices(VOCABULARY.split(), k=dice.randint(8, 34)))} #SaveOurBuses {link}"
    native_id = post_id(number, when)
    entities: dict[str, Any] = {
        "hashtags": [{"start": 1, "end": 14, "tag": "SaveOurBuses"}],
        "urls": [{"url": link, "expanded_url": f"https://news.example/{number % 900}", "display_url": "news.example"}],
    }
    if number % 3 == 0:
        entities["mentions"] = [{"start": 0, "end": 9, "username": f"rider{dice.randrange(20_000)}"}]
    made: dict[str, Any] = {
        "id": native_id,
        "text": text,
        "author_id": str(10_000 + dice.randrange(40_000)),
        "created_at": when.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "lang": "en",
        "conversation_id": native_id,
        "edit_history_tweet_ids": [native_id],
        "possibly_sensitive": False,
        "reply_settings": "everyone",
        "public_metrics": {
            "retweet_count": dice.randrange(9),
            "reply_count": dice.randrange(5),
            "like_count": dice.randrange(40),
            "quote_count": dice.randrange(3),
            "impression_count": dice.randrange(9000),
        },
        "entities": entities,
    }
    if number % 10 == 9:
        answered = post_id(number - 7, START + timedelta(seconds=20 * (number - 7)))
        made |= {"referenced_tweets": [{"type": "replied_to", "id": answered}], "conversation_id": answered}
    return made


def pages(posts: int) -> Iterator[str]:
    """The lines of the file."""
    dice = random.Random(20260101)
    for first in range(0, posts, A_PAGE):
        data = [post(number, dice) for number in range(first, min(posts, first + A_PAGE))]
        authors = dict.fromkeys(made["author_id"] for made in data)
        users = [{"id": a, "username": f"rider{a}", "name": f"Rider {a}", "verified": False} for a in authors]
        tail = {
            "meta": {"result_count": len(data)},
            "__twarc": {"version": "2.14.0", "retrieved_at": "2026-11-01T00:00:00+00:00"},
        }
        yield json.dumps({"data": data, "includes": {"users": users}, **tail}) + "\n"


def write(posts: int, path: Path) -> None:
    """Write the file."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(pages(posts))


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
