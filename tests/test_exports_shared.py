"""Real files beside the repository: what each holds, counted another way, against what its reader gives."""

import base64
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.exported import rows_of
from tracker.exports import recognise
from tracker.exports.opening import open_export
from tracker.platforms import mastodon, x, x_legacy
from tracker.platforms.refusals import PrivatePost
from tracker.problems import UnknownFormat
from tracker.records import Found, Withheld

pytestmark = pytest.mark.shared


def test_an_outbox_gives_every_item_but_the_75_that_were_not_for_everyone(shared: Path) -> None:
    path = shared / "data/exports/mastodon_outbox_dealingwith/outbox.json"
    items = json.loads(path.read_bytes())["orderedItems"]
    rows = [row for _, row in rows_of(path)]
    withheld = [row for row in rows if isinstance(row, Withheld)]
    found = {row.post.native_id: row.post for row in rows if isinstance(row, Found)}
    assert (len(items), len(rows), len(withheld)) == (1586, 1586, 75)
    public = "https://www.w3.org/ns/activitystreams#Public"
    open_to_all = [item for item in items if public in item["to"] or public in item["cc"]]
    assert set(found) == {item["id"] if item["type"] == "Announce" else item["object"]["id"] for item in open_to_all}
    assert Counter(post.kind == "repost" for post in found.values()) == Counter(
        item["type"] == "Announce" for item in open_to_all
    )
    for item in open_to_all:
        if item["type"] == "Create" and item["object"]["tag"]:
            named = {tag["name"].casefold() for tag in item["object"]["tag"] if tag["type"] == "Hashtag"}
            assert {f"#{tag}" for tag, _ in found[item["object"]["id"]].hashtags} == named


@pytest.mark.parametrize("name", ["cashtags", "geo_tweets", "media_tweet", "mentions_tweet", "two_tweets"])
def test_real_twarc2_pages_give_each_tweet_of_data(shared: Path, name: str) -> None:
    path = shared / f"data/exports/twarc_csv_v2_dev/{name}.jsonl"
    pages = [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
    tweets = [tweet for page in pages for tweet in page["data"]]
    posts = [row.post for _, row in rows_of(path) if isinstance(row, Found)]
    assert [post.native_id for post in posts] == [tweet["id"] for tweet in tweets]
    assert all(post.author and post.author.handle and post.seen_at and "&amp;" not in post.text for post in posts)


@pytest.mark.parametrize("name", ["counts", "lists", "tweets_compliance", "users_compliance"])
def test_what_twarc2_writes_beside_posts_is_told_apart(shared: Path, name: str) -> None:
    (opened,) = open_export(shared / f"data/exports/twarc_csv_v2_dev/{name}.jsonl")
    with pytest.raises(UnknownFormat, match=r"twarc2 .*not posts"):
        recognise(opened.head)


def test_an_empty_answer_is_no_error(shared: Path) -> None:
    assert rows_of(shared / "data/exports/twarc_csv_v2_dev/empty.json") == []


def test_the_header_of_tags_is_known(shared: Path) -> None:
    assert rows_of(shared / "data/exports/export_headers/tags_v6_header.csv") == []


@pytest.mark.parametrize(
    ("name", "slug"), [("dmi-tcat_fullExport", "dmi-tcat"), ("meltwater_twitter", "meltwater"), ("tags_v6", "tags")]
)
def test_real_headers_are_known(shared: Path, name: str, slug: str) -> None:
    (opened,) = open_export(shared / f"data/exports/export_headers/{name}_header.csv")
    assert recognise(opened.head).slug == slug


def test_the_envelope_of_zeeschuimer_gives_a_post(shared: Path) -> None:
    ((slug, row),) = rows_of(shared / "data/exports/export_headers/zeeschuimer_envelope.ndjson")
    assert slug == "zeeschuimer" and isinstance(row, Found)
    assert (row.post.native_id, row.post.text, row.post.created_at) == ("42", "café", "2026-10-20T08:00:00Z")
    assert row.post.seen_at == "2025-02-21T01:06:40Z"


def bodies(path: Path) -> Iterator[Any]:
    """The JSON bodies of a recorded exchange, which may be packed."""
    for exchange in yaml.safe_load(path.read_bytes())["interactions"]:
        body = exchange["response"]["body"].get("string", "")
        if isinstance(body, str) and body[:1] not in ("{", "["):
            body = base64.b64decode(body)
        if isinstance(body, bytes) and body.startswith(b"\x1f\x8b"):
            body = gzip.decompress(body)
        if body:
            yield json.loads(body)


def test_recorded_answers_of_x_are_posts(shared: Path) -> None:
    kinds_found: Counter[str] = Counter()
    for path in sorted((shared / "data/payloads/tweepy_cassettes").glob("*.yaml")):
        for body in bodies(path):
            tweets = body["data"] if isinstance(body["data"], list) else [body["data"]]
            includes = x.Includes(body.get("includes"))
            kinds_found.update(x.read_post(tweet, includes).platform for tweet in tweets if "text" in tweet)
    assert kinds_found == {"x": 335}


def test_recorded_answers_of_the_first_api_of_x_are_posts(shared: Path) -> None:
    found: Counter[str] = Counter()
    for path in sorted((shared / "data/payloads/tweepy_cassettes").glob("*.json")):
        for body in bodies(path):
            tweets = body if isinstance(body, list) else body.get("statuses", [body])
            found.update(x_legacy.read_legacy_post(tweet).kind for tweet in tweets if "text" in tweet)
    assert found == {"original": 27, "reply": 22, "repost": 10}


PARSED = {
    "additional_field": {"original": 1},
    "examples": {"original": 11, "quote": 7, "reply": 4, "repost": 3},
    "missing_field": {"original": 1},
    "missing_quotetweet_field": {"quote": 1},
    "missing_user": {"original": 1},
}


@pytest.mark.parametrize("name", PARSED)
def test_real_lines_of_the_first_api_of_x_are_posts(shared: Path, name: str) -> None:
    path = shared / f"data/payloads/xdev_tweet_parser/original_format_{name}.json"
    tweets = [json.loads(line) for line in path.read_bytes().splitlines()]
    rows = rows_of(path)
    posts = [row.post for slug, row in rows if isinstance(row, Found) and slug == "twitter-v1"]
    assert [post.native_id for post in posts] == [tweet["id_str"] for tweet in tweets] and len(rows) == len(tweets)
    assert Counter(post.kind for post in posts) == PARSED[name]
    for post, tweet in zip(posts, tweets, strict=True):
        shown = tweet.get("retweeted_status", tweet)
        whole = shown.get("extended_tweet", shown)
        assert {tag for tag, _ in post.hashtags} == {tag["text"].casefold() for tag in whole["entities"]["hashtags"]}
        assert post.repost_of == (shown["id_str"] if shown is not tweet else None)
        assert not post.truncated


def test_a_stream_of_the_first_api_says_which_of_its_texts_are_cut(shared: Path) -> None:
    path = shared / "data/payloads/xdev_tweet_parser/public_api_sample.json"
    tweets = [json.loads(line) for line in path.read_bytes().splitlines()]
    posts = [row.post for _, row in rows_of(path) if isinstance(row, Found)]
    cut = [tweet["id_str"] for tweet in tweets if tweet.get("retweeted_status", tweet)["truncated"]]
    assert [post.native_id for post in posts if post.truncated] == cut and len(posts) == len(tweets) == 20 and len(cut) == 6


def test_activity_streams_are_told_apart(shared: Path) -> None:
    (opened,) = open_export(shared / "data/payloads/xdev_tweet_parser/activity_streams_examples.json")
    with pytest.raises(UnknownFormat, match="Activity Streams"):
        recognise(opened.head)


def test_recorded_answers_of_the_first_api_are_a_format(shared: Path, tmp_path: Path) -> None:
    found: Counter[str] = Counter()
    for path in sorted((shared / "data/payloads/tweepy_cassettes").glob("*.json")):
        for number, body in enumerate(bodies(path)):
            file = tmp_path / f"{path.stem}-{number}.json"
            file.write_text(json.dumps(body), encoding="utf-8")
            (opened,) = open_export(file)
            if any("screen_name" in one for one in (body if isinstance(body, list) else [body])):
                with pytest.raises(UnknownFormat):
                    recognise(opened.head)
            else:
                found.update(f"{slug} {row.post.kind}" for slug, row in rows_of(file) if isinstance(row, Found))
    assert found == {"twitter-v1 original": 27, "twitter-v1 reply": 22, "twitter-v1 repost": 10}


def statuses(value: Any) -> Iterator[dict[str, Any]]:
    """Every status in an answer, wherever it lies."""
    if isinstance(value, dict):
        if {"content", "account", "visibility"} <= value.keys():
            yield value
        else:
            for inner in value.values():
                yield from statuses(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from statuses(inner)


def test_recorded_answers_of_mastodon_are_posts_or_private(shared: Path) -> None:
    found: Counter[str] = Counter()
    for path in sorted((shared / "data/payloads/mastodonpy_cassettes").glob("*.yaml")):
        for body in bodies(path):
            for status in statuses(body):
                try:
                    post = mastodon.read_post(status)
                except PrivatePost:
                    found["private"] += 1
                    assert status["visibility"] in ("private", "direct")
                    continue
                found[post.kind] += 1
                assert {tag for tag, _ in post.hashtags} == {tag["name"].casefold() for tag in status["tags"]}
    assert found == {"original": 267, "private": 12, "reply": 5, "quote": 1}
