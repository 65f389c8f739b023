"""Posts as rows of Parquet: the columns, and how records become rows and rows records. Needs the extra `bulk` (pyarrow).

Two shapes. A sighting is a post as one part of one file shows it; times are text. A post is what `bulk` keeps: the sightings
merged, read by the model and compared with others; its times are UTC, and its platform and day are told by the folder it lies in.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from db.keeping import Kept
from tracker.records import Author, Counts, Post, Reading, Wording

TEXT = pa.string()
NUMBER = pa.int64()
TAG = pa.struct([("tag", TEXT), ("spelled", TEXT)])
COUNTED = pa.struct(
    [("seen_at", TEXT), ("likes", NUMBER), ("reposts", NUMBER), ("replies", NUMBER), ("quotes", NUMBER), ("views", NUMBER)]
)
MATCHED = pa.struct([("rule", TEXT), ("value", TEXT)])
ORIGIN = pa.struct([("file", TEXT), ("line", NUMBER)])
ORIGINAL = pa.struct([("platform", TEXT), ("native_id", TEXT), ("certain", pa.bool_())])
FOUND = pa.struct([("theme", TEXT), ("score", pa.float64()), ("decided_by", TEXT), ("words", TEXT)])

SIGHTING = pa.schema(
    [
        ("h", pa.uint64()),
        *((name, TEXT) for name in ("platform", "native_id", "url", "author_id", "author_handle", "author_name")),
        ("author_opted_out", pa.bool_()),
        *((name, TEXT) for name in ("text", "lang", "created_at", "edited_at", "seen_at", "kind")),
        *((name, TEXT) for name in ("reply_to", "conversation_id", "quote_of", "repost_of")),
        ("truncated", pa.bool_()),
        ("detail", pa.int8()),
        ("hashtags", pa.list_(TAG)),
        ("links", pa.list_(TEXT)),
        ("mentions", pa.list_(TEXT)),
        ("counts", pa.list_(COUNTED)),
        ("matches", pa.list_(MATCHED)),
        ("origins", pa.list_(ORIGIN)),
    ]
)
READ = pa.schema(
    [
        ("day", TEXT),
        ("is_own", pa.bool_()),
        ("wording", TEXT),
        ("words", pa.int32()),
        ("originals", pa.list_(ORIGINAL)),
        ("model", TEXT),
        ("outcome", TEXT),
        ("relevant", pa.bool_()),
        ("lang_detected", TEXT),
        ("lang_score", pa.float64()),
        ("top_score", pa.float64()),
        ("asks", pa.bool_()),
        ("themes", pa.list_(FOUND)),
        ("questions", pa.list_(FOUND)),
    ]
)
DECIDED = ("model", "outcome", "relevant", "lang_detected", "lang_score", "top_score", "asks", "themes", "questions")
"""What a model makes of a post."""
POST = pa.schema([*SIGHTING, *READ])
TIMES = ("created_at", "edited_at", "seen_at")
WRITTEN = "%Y-%m-%dT%H:%M:%SZ"
AUTHORS = pa.schema(
    [
        *((name, TEXT) for name in ("platform", "native_id", "handle", "handle_at", "name", "name_at")),
        ("is_own", pa.bool_()),
        ("opted_out", pa.bool_()),
    ]
)
"""What is known of each author: the latest handle and the latest name, each with its time ('' where there is none)."""


@dataclass(slots=True)
class Sighting:
    """A post as it was seen once or more, with what the store would keep beside it."""

    post: Post
    counts: tuple[Counts, ...]
    matches: tuple[tuple[str, str], ...]
    origins: tuple[tuple[str, int], ...]


def key_hash(platform: str, native_id: str) -> int:
    """A post's number of 64 bits, by which posts are brought together."""
    return int.from_bytes(blake2b(f"{platform}|{native_id}".encode(), digest_size=8).digest(), "little")


def seen(kept: Kept) -> Sighting:
    """What a page gives, as a sighting."""
    origins = tuple((one.file, one.line) for one in kept.origins)
    return Sighting(kept.post, kept.counts, tuple((one.rule, one.value) for one in kept.matches), origins)


def sightings_table(seen: Sequence[Sighting]) -> pa.Table:
    """Sightings as rows."""
    posts = [one.post for one in seen]
    authors = [post.author for post in posts]
    values: dict[str, list[Any]] = {
        "h": [key_hash(*post.key) for post in posts],
        "author_id": [author and author.native_id for author in authors],
        "author_handle": [author and author.handle for author in authors],
        "author_name": [author and author.display_name for author in authors],
        "author_opted_out": [author and author.opted_out for author in authors],
        "counts": [[(c.seen_at or "", c.likes, c.reposts, c.replies, c.quotes, c.views) for c in one.counts] for one in seen],
        "matches": [one.matches for one in seen],
        "origins": [one.origins for one in seen],
    }
    for name in SIGHTING.names:
        if name not in values:
            values[name] = [getattr(post, name) for post in posts]
    return pa.table([pa.array(values[field.name], type=field.type) for field in SIGHTING], schema=SIGHTING)


def sightings_of(table: pa.Table) -> list[Sighting]:
    """The sightings of some rows."""
    found = []
    for row in table.select(SIGHTING.names).to_pylist():
        author_id = row["author_id"]
        author = (
            None
            if author_id is None
            else Author(row["platform"], author_id, row["author_handle"], row["author_name"], row["author_opted_out"])
        )
        plain = ("platform", "native_id", "text", "created_at", "url", "lang", "edited_at", "kind", "reply_to", "conversation_id")
        post = Post(
            **{name: row[name] for name in (*plain, "quote_of", "repost_of", "truncated", "detail", "seen_at")},
            author=author,
            hashtags=tuple((tag["tag"], tag["spelled"]) for tag in row["hashtags"] or ()),
            links=tuple(row["links"] or ()),
            mentions=tuple(row["mentions"] or ()),
        )
        counts = tuple(Counts(**{**one, "seen_at": one["seen_at"] or None}) for one in row["counts"] or ())
        matches = tuple((one["rule"], one["value"]) for one in row["matches"] or ())
        found.append(Sighting(post, counts, matches, tuple((one["file"], one["line"]) for one in row["origins"] or ())))
    return found


def posts_table(
    sightings: pa.Table,
    *,
    days: Sequence[str],
    own: Sequence[bool],
    wordings: Sequence[Wording],
    readings: Sequence[Reading],
    model: str,
) -> pa.Table:
    """Posts as rows: sightings, one a post, with what was found out about each."""
    hits = [[(hit.theme, hit.score, hit.decided_by, _spans(hit.words)) for hit in one.hits] for one in readings]
    answers = [[(hit.theme, hit.score, hit.decided_by, _spans(hit.words)) for hit in one.questions] for one in readings]
    values: dict[str, Sequence[Any]] = {
        "day": days,
        "is_own": own,
        "wording": [one.digest for one in wordings],
        "words": [one.words for one in wordings],
        "originals": [[(one.platform, one.native_id, one.certain) for one in each.originals] for each in wordings],
        "model": [model] * len(readings),
        "themes": hits,
        "questions": answers,
    }
    for name in READ.names:
        if name not in values:
            values[name] = [getattr(one, name) for one in readings]
    read = [pa.array(values[field.name], type=field.type) for field in READ]
    return pa.table([*sightings.select(SIGHTING.names).columns, *read], schema=POST)


def _spans(words: Iterable[tuple[int, int]]) -> str:
    return json.dumps(list(words), separators=(",", ":"))


def with_times(table: pa.Table) -> pa.Table:
    """Rows whose times, which were text, are times (UTC)."""
    for name in TIMES:
        place = table.schema.get_field_index(name)
        told = pc.strptime(table.column(name), format=WRITTEN, unit="s")
        table = table.set_column(place, name, told.cast(pa.timestamp("ms")).cast(pa.timestamp("ms", "UTC")))
    return table


def with_text(table: pa.Table) -> pa.Table:
    """The same back: times as text."""
    for name in TIMES:
        place = table.schema.get_field_index(name)
        plain = table.column(name).cast(pa.timestamp("ms")).cast(pa.timestamp("s"))
        table = table.set_column(place, name, pc.strftime(plain, format=WRITTEN).cast(TEXT))
    return table
