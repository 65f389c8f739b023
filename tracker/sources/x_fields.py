"""Which fields of posts and authors X is asked for, and what to leave out when it refuses some. Pure.

X renamed its fields between June and August 2026 (`tweet.fields` became `post.fields`, `note_tweet` became `note_post`, and so
on) without saying since when; its own two specifications contradict each other, so the old names, which tweepy knows, are asked
for first, and what X answers to that decides. Answers are read in both spellings (tracker/platforms/x.py).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tracker.platforms.shapes import inner, objects

Fields = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The parameters that ask for fields. beside: how many posts an answer may hold beside each one that was asked for (what it
    refers to, its earlier versions): they are paid too. said: what was left out, for the reader of `coverage`."""

    fields: Fields
    beside: int
    said: str = ""

    def parameters(self) -> dict[str, str]:
        """As they are sent."""
        return {name: ",".join(values) for name, values in self.fields if values}

    def authors(self) -> bool:
        """Whether the answer brings the authors of its posts along."""
        return any("author_id" in values for name, values in self.fields if name == "expansions")


OLD_FIELDS = (
    "author_id",
    "conversation_id",
    "created_at",
    "edit_history_tweet_ids",
    "entities",
    "lang",
    "note_tweet",
    "public_metrics",
    "referenced_tweets",
)
OLD = Wanted(
    (
        ("tweet.fields", OLD_FIELDS),
        ("user.fields", ("name", "protected", "username")),
        ("expansions", ("author_id", "referenced_tweets.id")),
    ),
    beside=2,
)
NEW = Wanted(
    (
        ("post.fields", ("conversation_id", "created_at", "entities", "lang", "note_post", "public_metrics")),
        ("user.fields", ("name", "protected", "username")),
        ("expansions", ("author_id", "edit_history_post_ids", "referenced_posts")),
    ),
    beside=7,
    said="asked with X's newer names of fields, since it refused the older ones",
)
KNOWN = Wanted(
    (("tweet.fields", OLD_FIELDS),),
    beside=0,
)
"""Of posts that are known: their authors are too, and need not be paid again."""
BARE = Wanted(
    (), beside=0, said="asked without any choice of fields, since X refused those: authors, counts and hashtags are missing"
)
NEWER_NAMES = ("post.fields", "note_post", "referenced_posts", "edit_history_post_ids")
LISTED = re.compile(r"\[([^\[\]]*)\]")
NOT_ABOUT_FIELDS = frozenset(
    {
        "query",
        "start_time",
        "end_time",
        "since_id",
        "until_id",
        "next_token",
        "pagination_token",
        "max_results",
        "ids",
        "granularity",
    }
)


def named_parameters(problem: Mapping[str, Any]) -> set[str]:
    """The parameters that a refusal (status 400) names, in either of X's shapes of it."""
    named = {key for error in _errors(problem) for key in inner(error.get("parameters"))}
    named |= {str(error["parameter"]) for error in _errors(problem) if error.get("parameter")}
    text = _text(problem)
    return named or {name for name in NOT_ABOUT_FIELDS if re.search(rf"[`'\"\[]{name}[`'\"\]]", text)}


def fewer(wanted: Wanted, problem: Mapping[str, Any]) -> Wanted | None:
    """What to ask for instead of `wanted`, which X refused; None where the refusal is about something else, or nothing is left.

    Values that X names are left out; a name of a parameter that it does not know is asked for in the newer spelling; where it
    does not say what is wrong, the newer spelling is tried, then none."""
    named = named_parameters(problem)
    ours = {name for name, _ in wanted.fields}
    if not wanted.fields or (named and not named & ours):
        return None
    newer = any(name in _text(problem) for name in NEWER_NAMES)
    if wanted.fields[0][0] == "tweet.fields" and (newer or not named):
        return NEW
    left = wanted
    for name in sorted(named & ours):
        left = _without(left, name, problem)
    if "tweet.fields" in ours and "tweet.fields" not in dict(left.fields):
        return NEW
    return BARE if left.fields == wanted.fields or not left.fields else left


def _without(wanted: Wanted, name: str, problem: Mapping[str, Any]) -> Wanted:
    """`wanted` without the values of the parameter `name` that X refuses, or without all of it where it does not say which."""
    values = dict(wanted.fields)[name]
    refused, allowed = _refused(name, problem)
    known = set(values) & allowed
    gone = set(values) - known if known else set(values) & refused or set(values)
    kept = tuple(value for value in values if value not in gone)
    fields = tuple((key, kept if key == name else rest) for key, rest in wanted.fields)
    said = f"X refused {', '.join(sorted(gone))} of {name}, which {'are' if len(gone) > 1 else 'is'} missing"
    return replace(
        wanted, fields=tuple(pair for pair in fields if pair[1]), said="; ".join(part for part in (wanted.said, said) if part)
    )


def _refused(name: str, problem: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """(values that a refusal names as wrong, values that it lists as right) for one parameter."""
    refused: set[str] = set()
    allowed: set[str] = set()
    for error in _errors(problem):
        if name not in inner(error.get("parameters")) and error.get("parameter") != name:
            continue
        wrong, _, right = str(error.get("message") or error.get("detail") or "").partition(" is not one of ")
        refused |= {value for listed in LISTED.findall(wrong) for value in _split(listed)} | set(
            _split(str(error.get("value", "")))
        )
        allowed |= {value for listed in LISTED.findall(right) for value in _split(listed)}
        refused |= {value for listed in inner(error.get("parameters")).values() for value in _flat(listed)}
    return refused, allowed


def _flat(listed: object) -> Iterator[str]:
    for item in listed if isinstance(listed, list) else [listed]:
        yield from _split(str(item))


def _split(listed: str) -> list[str]:
    return [value.strip().strip("'\"`") for value in listed.split(",") if value.strip()]


def _errors(problem: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [problem, *objects(problem.get("errors"))]


def _text(problem: Mapping[str, Any]) -> str:
    return " ".join(
        str(error.get(key))
        for error in _errors(problem)
        for key in ("message", "detail", "parameters", "value")
        if error.get(key)
    )
