"""Forgetting in a folder that `bulk` made: every post in Parquet is looked at, and files that hold something are written anew.

What others wrote stays, without the names in it; what the program found in it stays too, without the places of the words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from db.folder import DataFolder
from db.forgetting import Found, Key, apart_from, namesakes
from db.forgotten import Forgotten
from db.post_files import Work, day_files, write_table
from db.post_rows import AUTHORS, sightings_of
from db.store import Store
from pipelines.bulk_counting import count_weeks
from pipelines.bulk_merging import as_sightings
from tracker.messages import NOTHING_COMPARED, read_wording
from tracker.persons import names_of
from tracker.records import Post
from tracker.traces import OF_A_TEXT


@dataclass(frozen=True, slots=True)
class SweptPosts:
    """What was taken out of the Parquet files: posts and authors that were deleted, posts of others that named someone."""

    posts: int = 0
    redacted: int = 0
    authors: int = 0


def find_in_posts(folder: DataFolder, found: Found) -> None:
    """Add to what is to be forgotten what the Parquet files know of it: accounts, and all their posts."""
    known = _authors(folder)
    stored = {(row["platform"], name) for row in known for name in (row["native_id"], (row["handle"] or "").casefold())}
    for _ in range(2):  # an id may be known by a handle, and another handle by that id
        for row in known:
            handle = (row["handle"] or "").casefold()
            key = (row["platform"], row["native_id"])
            if key in found.authors or (row["platform"], handle) in found.handles:
                found.authors.add(key)
                found.handles.update({(row["platform"], handle)} if handle else ())
                found.names |= names_of(handle, row["name"])
    for platform, _, path in day_files(folder):
        columns = ["native_id", "url", "author_id", "author_handle", "text"]
        for row in pq.read_table(path, columns=columns, partitioning=None).to_pylist():
            by = {(platform, row["author_id"]), (platform, (row["author_handle"] or "").casefold())}
            if by & (found.authors | found.handles) or (platform, row["native_id"]) in found.posts or row["url"] in found.urls:
                stored |= {(platform, row["native_id"]), ("", row["native_id"]), ("", row["url"])}
                found.known_as((platform, row["native_id"]), row["url"])
                found.texts.add(row["text"])
                found.urls.update({row["url"]} if row["url"] else ())
    found.namesakes |= namesakes(found, _accounts_with_posts(folder))
    found.texts -= _written_by_others(folder, found)
    called = {wish: wish.value.casefold() if wish.kind == "handle" else wish.value for wish in found.unknown}
    found.unknown = {
        wish for wish, name in called.items() if ("" if wish.kind == "address" else wish.platform, name) not in stored
    }


def _accounts_with_posts(folder: DataFolder) -> Iterator[tuple[Key, str, Sequence[object]]]:
    """Who wrote each post: (platform, id), handle, addresses."""
    for platform, _, path in day_files(folder):
        table = pq.read_table(path, columns=["native_id", "url", "author_id", "author_handle"], partitioning=None)
        for row in table.to_pylist():
            addresses = row["author_id"], row["native_id"], row["url"]
            yield (platform, row["author_id"]), row["author_handle"] or "", addresses


def _written_by_others(folder: DataFolder, found: Found) -> set[str]:
    """Texts whose beginning others wrote too, as a text to copy or within another: such a one tells nobody."""
    begun = {text[:OF_A_TEXT] for text in found.texts if text}
    if not begun:
        return set()
    any_of_them, apart, shared = "|".join(map(re.escape, sorted(begun))), apart_from(found), set[str]()
    for platform, _, path in day_files(folder):
        table = pq.read_table(path, columns=["native_id", "text", "reply_to", "quote_of", "repost_of"], partitioning=None)
        for row in table.filter(pc.match_substring_regex(table["text"], any_of_them)).to_pylist():
            if apart({**row, "platform": platform}):
                shared.update(begin for begin in begun - shared if begin in row["text"])
    return {text for text in found.texts if text[:OF_A_TEXT] in shared}


def sweep_posts(folder: DataFolder, forgotten: Forgotten) -> SweptPosts:
    """Delete and redact what is to stay forgotten; of a day of which nothing is left an empty file stays, by which it is counted
    again. What a run that was ended in the middle has left goes too: the next one reads those files again."""
    work = Work(folder)
    work.end()
    posts = redacted = 0
    for platform, _, path in day_files(folder):
        gone, changed = _looked_at(platform, path, forgotten)
        if gone or changed:
            table = pq.read_table(path, partitioning=None)
            rows = [
                _redacted(row, changed[n], platform, forgotten) if n in changed else row
                for n, row in enumerate(table.to_pylist())
                if n not in gone
            ]
            write_table(path, pa.Table.from_pylist(rows, schema=table.schema))
            posts, redacted = posts + len(gone), redacted + len(changed)
    authors = _authors(folder)
    left = [row for row in authors if not forgotten.names_author(row["platform"], row["native_id"], row["handle"])]
    if len(left) < len(authors):
        write_table(work.authors, pa.Table.from_pylist(left, schema=AUTHORS))
    return SweptPosts(posts, redacted, len(authors) - len(left))


def count_again(folder: DataFolder, store: Store) -> None:
    """Count all of it again, without them."""
    days = [day for _, day, _ in day_files(folder)]
    if days:
        count_weeks(store, folder, days, whole=True)


def residue_in_posts(folder: DataFolder, forgotten: Forgotten, found: Found) -> Iterator[str]:
    """Where the Parquet files still hold something of them."""
    traces = found.traces()
    for platform, _, path in day_files(folder):
        gone, changed = _looked_at(platform, path, forgotten)
        texts = pq.read_table(path, columns=["text", "url"], partitioning=None).to_pylist()
        named = [n for n, row in enumerate(texts) if traces.in_text(row["text"]) or traces.in_text(row["url"] or "")]
        if gone or changed or named:
            yield f"{path.relative_to(folder.root).as_posix()}, row {min([*gone, *changed, *named]) + 1}"
    for row in _authors(folder):
        if forgotten.names_author(row["platform"], row["native_id"], row["handle"]):
            yield "bulk/authors.parquet"


def _looked_at(platform: str, path: Any, forgotten: Forgotten) -> tuple[set[int], dict[int, Post]]:
    """The rows of a file that are to go, and what is to be left of others."""
    gone: set[int] = set()
    changed: dict[int, Post] = {}
    for number, sighting in enumerate(sightings_of(as_sightings(platform, path))):
        kept = forgotten.filtered(sighting.post)
        if kept is None:
            gone.add(number)
        elif kept != sighting.post or any(forgotten.refers_to(platform, value) for _, value in sighting.matches):
            changed[number] = kept
    return gone, changed


def _redacted(row: dict[str, Any], kept: Post, platform: str, forgotten: Forgotten) -> dict[str, Any]:
    wording = NOTHING_COMPARED if kept.kind == "repost" else read_wording(kept)
    originals = [
        {"platform": one.platform, "native_id": one.native_id, "certain": one.certain}
        for one in wording.originals
        if not forgotten.names_post(one.platform, one.native_id)
    ]
    reasons = {
        (one["rule"], "" if forgotten.refers_to(platform, one["value"]) else one["value"]): None for one in row["matches"] or ()
    }
    matches = [{"rule": rule, "value": value} for rule, value in reasons]
    places = {name: [{**hit, "words": "[]"} for hit in row[name] or ()] for name in ("themes", "questions")}
    said = {name: getattr(kept, name) for name in ("text", "reply_to", "quote_of", "conversation_id")}
    lists = {"links": list(kept.links), "mentions": list(kept.mentions), "matches": matches}
    return {**row, **said, **lists, **places, "wording": wording.digest, "words": wording.words, "originals": originals}


def _authors(folder: DataFolder) -> list[dict[str, Any]]:
    path = Work(folder).authors
    found: list[dict[str, Any]] = pq.read_table(path, partitioning=None).to_pylist() if path.is_file() else []
    return found
