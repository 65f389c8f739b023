"""Real answers beside the repository, through the reading of the sources; and what X is asked, against X's own specifications."""

import base64
import gzip
import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.x_night import Night, night, served
from tracker.problems import BadAnswer
from tracker.records import Found, Post, Rejected, Withheld
from tracker.source_settings import XPrices
from tracker.sources import feeds, x
from tracker.sources.feeds import Look
from tracker.sources.web import Answer
from tracker.sources.x_known import unknown_fields
from tracker.sources.x_reading import cost_of, gone_of, ids_of, is_an_answer, next_token, rows_of, told_of, total

pytestmark = pytest.mark.shared
__all__ = ["night", "served"]
NOW = "2026-11-25T02:00:00Z"
SPECIFICATIONS = {"old": "openapi_2026-06-03.json", "new": "openapi_2026-08-22_v2.167.json"}


def recorded(shared: Path) -> list[tuple[str, dict[str, Any]]]:
    """(name, answer) of each recorded exchange with X's API v2, and of pages that twarc2 wrote."""
    answers = []
    for path in sorted((shared / "data/payloads/tweepy_cassettes").glob("*.yaml")):
        for exchange in yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]:
            body = exchange["response"]["body"]["string"]
            raw = body if isinstance(body, bytes) else base64.b64decode(body) if isinstance(body, str) else b""
            answers.append((path.stem, json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)))
    for path in sorted((shared / "data/exports/twarc_csv_v2_dev").glob("*.jsonl")):
        answers += [(path.stem, json.loads(line)) for line in path.read_bytes().splitlines() if line.strip()]
    return answers


def test_every_recorded_answer_of_x_is_read_and_none_is_fatal(shared: Path) -> None:
    kinds: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for name, answer in recorded(shared):
        listed = answer.get("data")
        items = listed if isinstance(listed, list) else [listed] if listed else []
        rows = rows_of(answer, NOW)
        assert len(rows) == len(items) and isinstance(is_an_answer(answer), bool)
        kinds.update(type(row).__name__ for row in rows)
        unknown.update(unknown_fields(answer))
        assert cost_of(answer, XPrices())[0] == len(items)
        assert isinstance(told_of(answer), str) and all(gone.evidence for gone in gone_of(answer))
        tweets = [item for item in items if isinstance(item, dict) and "text" in item and "username" not in item]
        if "tweet" in name and tweets and "count" not in name:
            assert [row.post.native_id for row in rows if isinstance(row, Found)] == [
                (tweet.get("edit_history_tweet_ids") or [tweet["id"]])[0] for tweet in tweets
            ]
            assert set(ids_of(answer)) == {tweet["id"] for tweet in tweets}
        if "count" in name:
            assert total(answer) == sum(bucket["tweet_count"] for bucket in items)
        assert next_token(answer) == (answer.get("meta") or {}).get("next_token")
    assert kinds["Found"] > 100 and kinds["Withheld"] == 0
    print(f"{sum(kinds.values())} items: {dict(kinds)}; fields of no specification: {dict(unknown)}")


def test_answers_of_other_shapes_are_refused_row_by_row_and_none_is_fatal(shared: Path) -> None:
    """Tweets of X's first API and of Gnip, as items of an answer of the second: odd, but no reason to fall over."""
    items: list[Any] = []
    for path in sorted((shared / "data/payloads/xdev_tweet_parser").glob("*.json")):
        items += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    for path in sorted((shared / "data/payloads/tweepy_cassettes").glob("*.json")):
        for exchange in json.loads(path.read_bytes())["interactions"]:
            body = json.loads(exchange["response"]["body"]["string"])
            items += body if isinstance(body, list) else body.get("statuses", [body])
    answer = {"data": items, "meta": {"result_count": len(items)}}
    rows = rows_of(answer, NOW)
    assert len(rows) == len(items) > 100 and cost_of(answer, XPrices())[0] == len(items)
    assert all(row.reason for row in rows if isinstance(row, Rejected | Withheld))
    print(f"{len(items)} items of other shapes: {dict(Counter(type(row).__name__ for row in rows))}")


@pytest.mark.parametrize("spelling", ["old", "new"])
def test_every_request_is_one_that_xs_own_specification_knows(shared: Path, night: Night, spelling: str) -> None:
    fake = night.served.fake
    fake.spelling = spelling
    for number in range(120):
        fake.publish(f"Number {number} on #buses", fake.now - timedelta(minutes=5 * number + 2), number % 3)
    night.collect(pages=1)
    night.collect()
    night.archive = True
    night.cursor = None
    night.collect()
    night.collect(since="2026-10-01T00:00:00Z", until="2026-10-10T00:00:00Z")
    posts: list[Post] = list(night.kept.values())
    list(x.refresh(posts, night.asking()))
    list(x.thread(posts[0], night.asking()))
    specification = json.loads((shared / "data/payloads/x_openapi" / SPECIFICATIONS[spelling]).read_bytes())
    taken = 0
    for path, params in fake.asked:
        told = [_resolved(one, specification) for one in specification["paths"][path]["get"]["parameters"]]
        known = {one["name"]: one["schema"] for one in told}
        if "tweet.fields" in params and spelling == "new":
            continue  # asked in the older names first, refused, and asked again
        taken += 1
        for name, value in params.items():
            assert name in known, f"{name} is no parameter of {path} in {SPECIFICATIONS[spelling]}"
            _holds(known[name], value, specification)
    assert taken >= 8


def _resolved(told: dict[str, Any], specification: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in told:
        return told
    place: Any = specification
    for step in told["$ref"].removeprefix("#/").split("/"):
        place = place[step]
    return dict(place)


def _holds(schema: dict[str, Any], value: str, specification: dict[str, Any]) -> None:
    schema = _resolved(schema, specification)
    if schema.get("type") == "array":
        listed = value.split(",")
        items = _resolved(schema["items"], specification)
        assert schema.get("minItems", 0) <= len(listed) <= schema.get("maxItems", len(listed))
        assert all(one in items["enum"] for one in listed) if "enum" in items else True
    elif schema.get("type") == "integer":
        assert schema.get("minimum", 0) <= int(value) <= schema.get("maximum", int(value))
    else:
        assert len(value) <= schema.get("maxLength", len(value))
        assert value in schema.get("enum", [value])


def test_every_feed_of_feedparsers_own_trials_is_a_page_or_a_problem_in_words(shared: Path) -> None:
    folder = shared / "data/payloads/feeds_feedparser"
    paths = [path for path in sorted(folder.iterdir()) if path.suffix in (".xml", ".json")]
    told: Counter[str] = Counter()
    for path in paths:
        answer = Answer(200, {"content-type": "application/xml"}, path.read_bytes(), "https://site.example/feed")
        try:
            page = feeds._page(feeds._read(answer, answer.address), answer, Look(), NOW, "")
        except BadAnswer as problem:
            told["no feed"] += 1
            assert problem.why and "site.example" in str(problem)
            continue
        assert page.complete
        for row in page.rows:
            told[type(row).__name__] += 1
            if isinstance(row, Found):
                assert "<script" not in row.post.text and "onclick" not in row.post.text
            assert isinstance(row, Found | Rejected | Withheld)
    assert len(paths) > 35 and told["no feed"] < len(paths) / 2
    print(f"{len(paths)} feeds: {dict(told)}")
