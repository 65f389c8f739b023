"""Writing posts: what the store knows of a batch, and the statements that keep it. Called by Store inside one transaction.

The rows of each table come from one fixed set of columns, never from a platform's dictionary (a batch of unlike keys would
write NULL over what is known). Post ids are given out here, so that every table takes its rows with executemany.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from db.authors import keep_authors
from db.inserting import insert_rows
from db.wordings import keep_originals, keep_wordings
from tracker.records import Author, Counts, Match, Post, Wording

POST_COLUMNS = (
    "platform, native_id, text, created_at, url, lang, edited_at, kind, reply_to, conversation_id, quote_of, repost_of, "
    "truncated, detail, seen_at"
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a post was seen: source `import` or a public API; file and line for an import."""

    source: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds of one post: its id, its local day, and the post without hashtags, links, mentions, counts."""

    id: int
    day: str
    post: Post


@dataclass(slots=True)
class Kept:
    """A post to keep: what the store shall hold, in which local day it falls, why it belongs, where it was seen and with
    which counts. `known` is the row that exists, `write` whether it is to be written. See tracker.deciding.Decision for the
    two flags on the text. `sightings`: the post as each of its rows showed it, with whether its author is the campaign's own;
    what they say of authors is kept. Empty: `post` is all that was seen. `wording`: what of this post is compared with
    others, where that was read already."""

    post: Post
    day: str
    is_own: bool
    matches: tuple[Match, ...]
    origins: tuple[Origin, ...]
    counts: tuple[Counts, ...]
    write: bool
    text_is_new: bool
    same_text: bool
    known: Known | None = None
    sightings: tuple[tuple[Post, bool], ...] = ()
    wording: Wording | None = None

    def after(self, earlier: "Kept") -> "Kept":
        """This, with what an earlier row of the same page said of the same post."""
        return replace(
            self,
            matches=(*earlier.matches, *self.matches),
            origins=(*earlier.origins, *self.origins),
            counts=(*earlier.counts, *self.counts),
            write=earlier.write or self.write,
            text_is_new=earlier.text_is_new or self.text_is_new,
            same_text=earlier.same_text or self.same_text,
            sightings=(*earlier.sightings, *self.sightings),
        )


@dataclass(slots=True)
class _Rows:
    """The rows of one batch, a list a table."""

    new: list[tuple[object, ...]] = field(default_factory=list)
    changed: list[tuple[object, ...]] = field(default_factory=list)
    reread: list[tuple[int]] = field(default_factory=list)
    emptied: list[tuple[int]] = field(default_factory=list)
    hashtags: list[tuple[int, str, str]] = field(default_factory=list)
    links: list[tuple[int, str]] = field(default_factory=list)
    mentions: list[tuple[int, str]] = field(default_factory=list)
    counts: list[tuple[object, ...]] = field(default_factory=list)
    origins: list[tuple[object, ...]] = field(default_factory=list)
    matches: list[tuple[int, str, str]] = field(default_factory=list)
    rematched: list[tuple[int]] = field(default_factory=list)
    days: set[tuple[str]] = field(default_factory=set)
    days_from_files: set[tuple[str]] = field(default_factory=set)
    to_group: list[tuple[int, bool]] = field(default_factory=list)
    wordings: list[tuple[int, Wording]] = field(default_factory=list)


def known_posts(db: sqlite3.Connection, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """The posts of `keys` ((platform, native_id)) that the store holds."""
    rows = db.execute(
        f"""
        select posts.id, posts.day, {", ".join("posts." + name for name in POST_COLUMNS.split(", "))},
               authors.native_id, authors.handle, authors.display_name, authors.opted_out
        from json_each(?) as asked
        join posts on posts.platform = asked.value ->> 0 and posts.native_id = asked.value ->> 1
        left join authors on authors.id = posts.author_id
        """,
        [json.dumps(list(keys))],
    )
    found = {}
    for id_, day, platform, native_id, text, created_at, url, lang, edited_at, kind, *rest in rows:
        reply_to, conversation_id, quote_of, repost_of, truncated, detail, seen_at, *author = rest
        found[platform, native_id] = Known(
            id_,
            day,
            Post(
                platform=platform,
                native_id=native_id,
                text=text,
                created_at=created_at,
                url=url,
                author=Author(platform, *author) if author[0] is not None else None,
                lang=lang,
                edited_at=edited_at,
                kind=kind,
                reply_to=reply_to,
                conversation_id=conversation_id,
                quote_of=quote_of,
                repost_of=repost_of,
                truncated=bool(truncated),
                detail=detail,
                seen_at=seen_at,
            ),
        )
    return found


def stored_keys(db: sqlite3.Connection, keys: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of `keys` the store holds."""
    rows = db.execute(
        """
        select posts.platform, posts.native_id from json_each(?) as asked
        join posts on posts.platform = asked.value ->> 0 and posts.native_id = asked.value ->> 1
        """,
        [json.dumps(list(keys))],
    )
    return {(platform, native_id) for platform, native_id in rows}


def posts_written_by(db: sqlite3.Connection, handles: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """The posts (native id, text), reposts left out, of each (platform, handle in lower case)."""
    rows = db.execute(
        """
        select asked.value ->> 0, asked.value ->> 1, posts.native_id, posts.text from json_each(?) as asked
        join authors on authors.platform = asked.value ->> 0 and authors.handle = asked.value ->> 1 collate nocase
        join posts on posts.author_id = authors.id
        where posts.kind <> 'repost'
        """,
        [json.dumps(list(handles))],
    )
    written: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for platform, handle, native_id, text in rows:
        written.setdefault((platform, handle), []).append((native_id, text))
    return written


def keep_posts(db: sqlite3.Connection, kept: Sequence[Kept], run_id: int) -> None:
    """Write a batch, each (platform, native_id) at most once in it. The caller holds the transaction."""
    author_ids = keep_authors(db, [seen for item in kept for seen in item.sightings or ((item.post, item.is_own),)])
    next_id = db.execute("select coalesce(max(id), 0) + 1 from posts").fetchone()[0]
    rows = _Rows()
    for item in kept:
        post_id = item.known.id if item.known else None
        author_id = author_ids.get((item.post.platform, item.post.author.native_id)) if item.post.author else None
        if post_id is None:
            post_id, next_id = next_id, next_id + 1
            rows.new.append((post_id, *_post_row(item, author_id), run_id))
        elif item.write:
            rows.changed.append((*_post_row(item, author_id), post_id))
        _add_details(rows, item, post_id, run_id)
    _write(db, rows)


def _post_row(item: Kept, author_id: int | None) -> tuple[object, ...]:
    post = item.post
    return (
        post.platform,
        post.native_id,
        post.url,
        author_id,
        post.text,
        post.lang,
        post.created_at,
        item.day,
        post.edited_at,
        post.reply_to,
        post.conversation_id,
        post.quote_of,
        post.repost_of,
        post.kind,
        item.is_own,
        post.truncated,
        post.detail,
        post.seen_at,
    )


def _add_details(rows: _Rows, item: Kept, post_id: int, run_id: int) -> None:
    post = item.post
    if item.text_is_new and item.known is not None:
        rows.emptied.append((post_id,))
        if item.known.post.text != post.text:
            rows.reread.append((post_id,))
    if item.known is not None and post.truncated and item.known.post.repost_of != post.repost_of:
        rows.reread.append((post_id,))  # it is decided as that original
    if item.text_is_new or item.same_text:
        rows.hashtags += [(post_id, tag, spelled) for tag, spelled in post.hashtags]
        rows.links += [(post_id, link) for link in post.links]
        rows.mentions += [(post_id, handle) for handle in post.mentions]
    for counts in item.counts:
        numbers = (counts.likes, counts.reposts, counts.replies, counts.quotes, counts.views)
        rows.counts.append((post_id, counts.seen_at or "", *numbers))
    rows.origins += [(post_id, run_id, origin.source, origin.file, origin.line) for origin in item.origins]
    if any(origin.source == "import" for origin in item.origins):
        rows.days_from_files.add((item.day,))
    rows.matches += [(post_id, match.rule, match.value) for match in item.matches]
    rules = {match.rule for match in item.matches}
    if rules and (item.known is not None or "conversation" in rules):
        rows.rematched.append((post_id,))
    if item.known is None or item.write:
        rows.days.add((item.day,))
        if item.known is not None:
            rows.days.add((item.known.day,))
    if item.known is None and item.wording is not None and len(item.sightings) <= 1:
        rows.to_group.append((post_id, True))
        rows.wordings.append((post_id, item.wording))
    elif item.known is None or item.write or (item.same_text and post.links):
        rows.to_group.append((post_id, False))


def _write(db: sqlite3.Connection, rows: _Rows) -> None:
    insert_rows(db, INSERT_POSTS, rows.new)
    db.executemany(UPDATE_POST, rows.changed)
    for table in ("post_hashtags", "post_links", "post_mentions"):
        db.executemany(f"delete from {table} where post_id = ?", rows.emptied)
    drop_readings(db, rows.reread)
    insert_rows(db, "insert or ignore into post_hashtags", rows.hashtags)
    insert_rows(db, "insert or ignore into post_links", rows.links)
    insert_rows(db, "insert or ignore into post_mentions", rows.mentions)
    insert_rows(db, KEEP_COUNTS, rows.counts, otherwise=OTHER_COUNTS)
    insert_rows(db, "insert or ignore into post_origins(post_id, run_id, source, file, line)", rows.origins)
    insert_rows(db, "insert or ignore into post_matches", rows.matches)
    db.executemany(DROP_UNNAMED, [(post_id,) for post_id, rule, _ in rows.matches if rule == "conversation"])
    db.executemany(DROP_CONVERSATION, rows.rematched)
    insert_rows(db, "insert or ignore into days_to_count", list(rows.days))
    insert_rows(db, "insert or ignore into days_from_files", list(rows.days_from_files))
    insert_rows(db, "insert into posts_to_group(post_id, compared)", rows.to_group, otherwise=COMPARED_AGAIN)
    keep_wordings(db, rows.wordings)
    keep_originals(db, rows.wordings)


def drop_readings(db: sqlite3.Connection, posts: Sequence[tuple[int]]) -> None:
    """What the program read in the words of posts goes, since these are others now, or erased; what people said of them stays."""
    db.executemany("delete from post_readings where post_id = ?", posts)
    for table in ("post_themes", "post_questions"):
        db.executemany(f"delete from {table} where post_id = ? and decided_by <> 'person'", posts)


INSERT_POSTS = """
insert into posts(
    id, platform, native_id, url, author_id, text, lang, created_at, day, edited_at, reply_to, conversation_id, quote_of,
    repost_of, kind, is_own, truncated, detail, seen_at, first_seen_run
)
"""
UPDATE_POST = """
update posts set
    platform = ?, native_id = ?, url = ?, author_id = coalesce(?, author_id), text = ?, lang = ?, created_at = ?, day = ?,
    edited_at = ?, reply_to = ?, conversation_id = ?, quote_of = ?, repost_of = ?, kind = ?, is_own = ?, truncated = ?,
    detail = ?, seen_at = ?
where id = ?
"""
DROP_CONVERSATION = """
delete from post_matches
where post_id = ? and rule = 'conversation'
    and exists (select 1 from post_matches as other where other.post_id = post_matches.post_id and other.rule <> 'conversation')
"""
"""The conversation is a reason only where there is no other, whichever file told which."""
DROP_UNNAMED = "delete from post_matches where post_id = ? and rule = 'conversation' and value = ''"
"""Its words had been erased, and with them which conversation it was; they are shown again."""
COMPARED_AGAIN = "on conflict (post_id) do update set compared = min(compared, excluded.compared)"
KEEP_COUNTS = "insert into post_counts(post_id, seen_at, likes, reposts, replies, quotes, views)"
OTHER_COUNTS = """
on conflict (post_id, seen_at) do update set
    likes = max(coalesce(likes, excluded.likes), coalesce(excluded.likes, likes)),
    reposts = max(coalesce(reposts, excluded.reposts), coalesce(excluded.reposts, reposts)),
    replies = max(coalesce(replies, excluded.replies), coalesce(excluded.replies, replies)),
    quotes = max(coalesce(quotes, excluded.quotes), coalesce(excluded.quotes, quotes)),
    views = max(coalesce(views, excluded.views), coalesce(excluded.views, views))
"""
