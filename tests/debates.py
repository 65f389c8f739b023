"""An invented debate in several files that tries what can go wrong between them, and what a store says of a debate in numbers."""

import csv
import json
import sqlite3
from pathlib import Path
from typing import Any

from tests import invented

ZONES = ("Europe/London", "Pacific/Auckland", "America/Los_Angeles")
COUNTED = (
    "daily_counts",
    "weekly_counts",
    "weekly_totals",
    "weekly_read",
    "weekly_links",
    "weekly_hashtags",
    "figures",
)
LONG = "Bring the evening buses back to every village in the valley, and pay the bus drivers for it #SaveOurBuses"
CUT = f"RT @ned: #SaveOurBuses {LONG[:60]}…"
"""What a table has of a repost of LONG: the theme stands behind the cut."""
TAGS = ["id_str", "from_user", "text", "created_at", "from_user_id_str", "status_url"]


APART = 9
"""So many places of the invented posts lie between two of these, so that they fill more than a week."""


def tweet(number: int, text: str = "", **changes: Any) -> dict[str, Any]:
    """The numbered post of this debate."""
    return invented.tweet(APART * number, text or f"Number {number}: the fares went up again #SaveOurBuses", **changes)


def pid(number: int) -> str:
    """Its id."""
    return invented.x_id(APART * number)


def campaign(root: Path, zone: str = "Europe/London") -> Path:
    """A campaign with own accounts, a question, links and phrases."""
    text = invented.CAMPAIGN.replace("Europe/London", zone)
    text = text.replace('languages = ["en"]', 'languages = ["en"]\nlinks = ["https://paper.example/buses"]')
    return invented.campaign_folder(root, text.replace('"x:buspeople"', '"x:buspeople", "mastodon:us@home.example"'))


def numbers(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What a store says in numbers."""
    with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as db:
        return {table: sorted(db.execute(f"select * from {table}"), key=repr) for table in COUNTED}


def write_debate(folder: Path) -> list[Path]:
    """Files of it: duplicates, edits, reposts, replies over files, cut reposts, copies, own accounts, another language, private
    posts."""
    folder.mkdir(parents=True)
    first = [tweet(n) for n in range(40)]
    first += [tweet(60 + n, LONG) for n in range(6)]
    first.append(
        tweet(70, "Mae prisiau bysiau wedi codi eto ac mae pawb yn y dyffryn yn poeni am y gaeaf #SaveOurBuses", lang="cy")
    )
    first.append(tweet(71, "We hold a meeting on fares on Friday, who will come? #SaveOurBuses", author_id="900"))
    first.append(tweet(72, "@buspeople what will the fares be after the summer? #SaveOurBuses", entities=mention(0, "buspeople")))
    first.append(tweet(73, "Off topic by itself, about trams", referenced_tweets=[{"type": "replied_to", "id": pid(90)}]))
    first.append(tweet(74, "Read this https://t.co/a", entities=link("https://paper.example/buses?utm_source=x")))
    first.append(tweet(75, "Yes, and what of Sundays?", referenced_tweets=[{"type": "replied_to", "id": pid(71)}]))
    first.append(tweet(76, "https://t.co/a", entities=link("https://paper.example/buses")))
    first.append(tweet(77, CUT, referenced_tweets=[{"type": "retweeted", "id": pid(97)}]))
    _pages(folder / "a-search.jsonl", first)

    second = [tweet(n, f"Number {n}, edited since: bus drivers want pay #SaveOurBuses") for n in range(30, 38)]
    for one in second:
        one["edit_history_tweet_ids"] = [one["id"]]
    second += [tweet(n) for n in range(20, 30)]
    second.append(tweet(90, "An answer to an answer", referenced_tweets=[{"type": "replied_to", "id": pid(91)}]))
    second.append(tweet(91, "What about the drivers, says the bus drivers' union #SaveOurBuses"))
    for n in range(92, 97):
        second.append(
            tweet(n, f"RT @rider1001: {first[1]['text']}", referenced_tweets=[{"type": "retweeted", "id": first[1]["id"]}])
        )
    second.append(tweet(97, f"#SaveOurBuses {LONG}"))
    second.append(tweet(99, CUT, referenced_tweets=[{"type": "retweeted", "id": pid(60)}]))
    second.append(tweet(98, "Nothing to do with any of it"))
    _pages(folder / "b-search.jsonl", second, retrieved="2026-11-03T00:00:00+00:00")

    with (folder / "c-tags.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(TAGS)
        when = "Mon Oct 05 13:33:00 +0000 2026"
        rows.writerow([pid(9), "rider1002", first[9]["text"], when, "1002", ""])
        rows.writerow([pid(110), "newcomer", "The fares, again! #SaveOurBuses", when, "4711", ""])
        rows.writerow([pid(113), "Rider1002", "The fares, said with a handle alone #SaveOurBuses", when, "", ""])
        rows.writerow([pid(111), "ned", f"RT @rider1004: {LONG[:70]}…", when, "77", ""])
        rows.writerow([pid(112), "ned", f"RT @rider1000: {first[35]['text'][:30]}…", when, "77", ""])
    statuses = [status(n, f"Number {n}, seen from the hills: fares") for n in range(12)]
    statuses.append(status(20, LONG.removesuffix(" #SaveOurBuses"), hours=25))
    statuses.append(status(21, "For followers", visibility="private"))
    statuses.append(status(22, "We answer here", account="us@home.example"))
    statuses.append(status(23, "Forgotten words on fares", account="gone@hills.example"))
    statuses.append(status(24, "Ask @gone@hills.example about the fares"))
    (folder / "d-statuses.json").write_text(json.dumps(statuses), encoding="utf-8")
    return sorted(folder.iterdir())


def mention(at: int, name: str) -> dict[str, Any]:
    """Entities with one mention."""
    tag = {"start": 0, "end": 13, "tag": "SaveOurBuses"}
    return {"mentions": [{"start": at, "end": at + len(name) + 1, "username": name, "id": "900"}], "hashtags": [tag]}


def link(target: str) -> dict[str, Any]:
    """Entities with one link."""
    return {"urls": [{"start": 10, "end": 24, "url": "https://t.co/a", "expanded_url": target, "unwound_url": target}]}


def _pages(path: Path, tweets: list[dict[str, Any]], retrieved: str = "2026-11-01T00:00:00+00:00") -> None:
    lines = []
    for start in range(0, len(tweets), 10):
        line = json.loads(invented.page(tweets[start : start + 10]))
        line["__twarc"]["retrieved_at"] = retrieved
        for user in line["includes"]["users"]:
            user["username"] = "buspeople" if user["id"] == "900" else user["username"]
        lines.append(json.dumps(line))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def status(number: int, words: str, *, account: str = "", hours: float = 0, visibility: str = "public") -> dict[str, Any]:
    """A post as Mastodon's API shows it."""
    handle = account or f"walker{number % 5}@hills.example"
    name, _, host = handle.partition("@")
    at = invented.moment(APART * number + int(hours)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    uri = f"https://{host}/users/{name}/statuses/{9000 + number}"
    return {
        "id": str(9000 + number),
        "created_at": at,
        "in_reply_to_id": None,
        "visibility": visibility,
        "language": "en",
        "uri": uri,
        "url": uri,
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": number,
        "content": f'<p>{words} <a href="https://{host}/tags/saveourbuses" class="hashtag">#<span>SaveOurBuses</span></a></p>',
        "account": {
            "id": str(number % 5),
            "username": name,
            "acct": handle,
            "url": f"https://{host}/@{name}",
            "display_name": name,
        },
        "tags": [{"name": "saveourbuses"}],
        "mentions": [],
    }
