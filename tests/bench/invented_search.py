"""A large invented search in twarc2's JSON lines, the same at every run: python -m tests.bench.invented_search POSTS FILE.

Each post has all that twarc2 asks for (it asks for every field and expansion there is): annotations, edit controls, links with
their titles, and in `includes` whole users and the posts that are answered. A post takes about 3 KB, as real ones do.
"""

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
SEEN = "2026-11-01T00:00:00+00:00"


def post_id(number: int, when: datetime) -> str:
    """An id that says its time, as X's do."""
    return str(((int(when.timestamp() * 1000) - X_EPOCH_MS) << 22) | (number & 0x3FFFFF))


def post(number: int, dice: random.Random) -> dict[str, Any]:
    """One invented post with a hashtag and a link, some with a mention, one in ten an answer."""
    when = START + timedelta(seconds=20 * number)
    link = f"https://t.co/{number:010d}"
    text = f"{' '.join(dice.choices(VOCABULARY.split(), k=dice.randint(8, 34)))} #SaveOurBuses {link}"
    native_id = post_id(number, when)
    target = f"https://news.example/{number % 900}"
    at = text.index("#")
    entities: dict[str, Any] = {
        "annotations": [{"start": 4, "end": 9, "probability": 0.71, "type": "Place", "normalized_text": "depot"}],
        "hashtags": [{"start": at, "end": at + 13, "tag": "SaveOurBuses"}],
        "urls": [
            {
                "start": at + 14,
                "end": len(text),
                "url": link,
                "expanded_url": target,
                "display_url": target.removeprefix("https://"),
                "status": 200,
                "title": f"Council papers, number {number % 900}: what the cut to evening buses would mean",
                "description": "The council publishes what it heard in the consultation, and what it will do about it.",
                "unwound_url": target,
                "images": [
                    {"url": f"https://pictures.example/{number % 900}?name=orig", "width": 1200, "height": 630},
                    {"url": f"https://pictures.example/{number % 900}?name=150x150", "width": 150, "height": 150},
                ],
            }
        ],
    }
    if number % 3 == 0:
        named = dice.randrange(20_000)
        entities["mentions"] = [{"start": 0, "end": 9, "username": f"rider{named}", "id": str(10_000 + named)}]
    made: dict[str, Any] = {
        "id": native_id,
        "text": text,
        "author_id": str(10_000 + dice.randrange(40_000)),
        "created_at": when.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "lang": "en",
        "conversation_id": native_id,
        "edit_history_tweet_ids": [native_id],
        "edit_controls": {
            "edits_remaining": 5,
            "is_edit_eligible": number % 10 != 9,
            "editable_until": (when + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        },
        "context_annotations": [
            {
                "domain": {"id": domain, "name": name, "description": f"{name} as the platform sorts what is talked of"},
                "entity": {"id": f"8476{domain}{number % 7}", "name": f"{name} {number % 7}"},
            }
            for domain, name in (("30", "Entities [Entity Service]"), ("66", "Interests and Hobbies"), ("131", "Unified Topic"))
        ],
        "possibly_sensitive": False,
        "reply_settings": "everyone",
        "public_metrics": {
            "retweet_count": dice.randrange(9),
            "reply_count": dice.randrange(5),
            "like_count": dice.randrange(40),
            "quote_count": dice.randrange(3),
            "impression_count": dice.randrange(9000),
            "bookmark_count": dice.randrange(2),
        },
        "entities": entities,
    }
    if number % 10 == 9:
        answered = post_id(number - 7, START + timedelta(seconds=20 * (number - 7)))
        made |= {"referenced_tweets": [{"type": "replied_to", "id": answered}], "conversation_id": answered}
    return made


def user(author_id: str) -> dict[str, Any]:
    """Who wrote it, whole."""
    return {
        "id": author_id,
        "username": f"rider{author_id}",
        "name": f"Rider {author_id}",
        "created_at": "2011-04-05T06:07:08.000Z",
        "description": "Rides the evening bus, reads the council papers. My own view. https://t.co/ofrider",
        "entities": {
            "description": {"urls": [{"start": 60, "end": 83, "url": "https://t.co/ofrider", "display_url": "rider.example"}]}
        },
        "location": "Exampleton",
        "profile_image_url": f"https://pictures.example/{author_id}_normal.jpg",
        "protected": False,
        "public_metrics": {"followers_count": 321, "following_count": 123, "tweet_count": 4567, "listed_count": 8},
        "url": "",
        "verified": False,
        "verified_type": "none",
    }


def pages(posts: int, begin: int = 0) -> Iterator[str]:
    """The lines of the file, from the post `begin` on."""
    dice = random.Random(20260101 + begin)
    for first in range(begin, posts, A_PAGE):
        data = [post(number, dice) for number in range(first, min(posts, first + A_PAGE))]
        by_id = {made["id"]: made for made in data}
        answered = [ref["id"] for made in data for ref in made.get("referenced_tweets", ())]
        includes = {
            "users": [user(author) for author in dict.fromkeys(made["author_id"] for made in data)],
            "tweets": [by_id[native_id] for native_id in answered if native_id in by_id],
        }
        tail = {
            "meta": {"result_count": len(data)},
            "__twarc": {"url": "https://api.x.com/2/tweets/search/all", "version": "2.14.0", "retrieved_at": SEEN},
        }
        yield json.dumps({"data": data, "includes": includes, **tail}) + "\n"


def write(posts: int, path: Path) -> None:
    """Write the file."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(pages(posts))


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
