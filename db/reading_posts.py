"""Named reads for the list of posts (search, filters, pages) and for the page of one post."""

import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from db.figures import figures
from db.reading import Row, cards, monday_of, rows_of, week_of
from db.statements import statements
from tracker.records import KINDS, PLATFORMS

PAGE = 25
COUNTED = 10_000
"""Posts are counted up to here; beyond, a page says "more than"."""
TERMS = 30
"""Search words used; the index refuses very long expressions."""
RARE = 20_000
"""What so few posts have is looked up and sorted; what more have is met soon enough on the way through the newest posts."""
FACETS = ("platform", "kind", "ours", "week", "language")
"""In the order in which a search reads them."""
MARK = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\.(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which posts to list. themes: dimension -> slug; all of them must be on a post. week: ISO. ours: None for all posts,
    else only our own or only other people's. seen:
    only what came in after the post of that number. older, newer: a page's mark, from `marks` of the page beside it."""

    words: str = ""
    themes: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""
    kind: str = ""
    language: str = ""
    week: str = ""
    ours: bool | None = None
    older: str = ""
    newer: str = ""
    seen: int = 0


def search_expression(typed: str) -> str | None:
    """What was typed as an FTS5 expression that is always valid: "phrases" stay together, word* finds beginnings, every
    word must occur. None if nothing searchable was typed (https://www.sqlite.org/fts5.html#full_text_query_syntax)."""
    readable = typed.encode("utf-8", "ignore").decode("utf-8").replace("\0", " ")
    terms = []
    for phrase, word in re.findall(r'"([^"]*)"|([^\s"]+)', readable):
        plain = (phrase or word).rstrip("*") if word else phrase
        if any(character.isalnum() for character in plain):
            terms.append(f'"{plain}"' + (" *" if word.endswith("*") else ""))
    return " ".join(terms[:TERMS]) or None


def find_posts(db: sqlite3.Connection, wanted: Wanted) -> Row:
    """A page of posts, newest first: posts, count (up to COUNTED), `more` beyond it, how many messages they are (a repost is
    that of its original; None where there are more), marks of the pages beside (or None)."""
    conditions, asked = _conditions(db, wanted)
    where = " and ".join(conditions)
    if "capped" in asked:
        return _searched(db, where, asked, wanted)
    counted = 0 if _is_narrow(wanted) else _how_many(db, where, asked)
    every = f"{statements('reading_posts.sql')['with_message']} where {where} limit :most"
    found = [] if counted > COUNTED else [tuple(row) for row in db.execute(every, asked)]
    counted = max(counted, len(found))
    if counted > COUNTED:
        ids, older, newer = _page(db, where, asked, wanted)
    else:
        ids, older, newer = _marked(*_beside(sorted(row[:2] for row in found), wanted), wanted)
    return {
        "posts": cards(db, ids),
        "count": min(counted, COUNTED),
        "more": counted > COUNTED,
        "messages": None if counted > COUNTED else len({row[2] for row in found}),
        "older": older,
        "newer": newer,
        "search_capped": False,
        "facets": {},
    }


def _searched(db: sqlite3.Connection, where: str, asked: dict[str, Any], wanted: Wanted) -> Row:
    """The same for a search, which goes through its hits once for the page, the numbers and the facets."""
    found = db.execute(f"{statements('search_facets.sql')['gone_through']} and {where}", asked).fetchall()
    ids, older, newer = _marked(*_beside(sorted((row[0], row[1]) for row in found), wanted), wanted)
    return {
        "posts": cards(db, ids),
        "count": len(found),
        "more": False,
        "messages": len({row[-1] for row in found}),
        "older": older,
        "newer": newer,
        "search_capped": asked["capped"],
        "facets": _facets(found) if found else {},
    }


def ids_of(db: sqlite3.Connection, wanted: Wanted, limit: int) -> list[int]:
    """The newest posts that are asked for, up to `limit`."""
    conditions, asked = _conditions(db, wanted)
    where = " and ".join(conditions)
    hit = "posts.id in (select id from hits) and " if "capped" in asked else ""
    found = db.execute(
        f"select posts.id from posts where {hit}{where} order by posts.created_at desc, posts.id desc limit :limit",
        asked | {"limit": limit},
    )
    return [row[0] for row in found]


def _is_narrow(wanted: Wanted) -> bool:
    """Whether few posts are likely asked for, so that they are looked up at once; else they are counted before that."""
    return bool(wanted.themes or wanted.week or wanted.language or wanted.seen)


def _how_many(db: sqlite3.Connection, where: str, asked: Mapping[str, Any]) -> int:
    """How many posts, up to one more than COUNTED."""
    return int(db.execute(f"select count(*) from (select 1 from posts where {where} limit :most)", asked).fetchone()[0])


def _facets(found: list[tuple[Any, ...]]) -> dict[str, dict[str, int]]:
    """How the hits divide: by platform, kind, ours, week, language and theme -> value -> posts."""
    platforms, kinds, ours, days, languages, themes = (Counter(column) for column in list(zip(*found, strict=True))[2:8])
    weeks: Counter[str] = Counter()
    for day, posts in days.items():
        weeks[week_of(day)] += posts
    given: Counter[str] = Counter()
    for several, posts in themes.items():
        given.update(dict.fromkeys((several or "").split(","), posts))
    given.pop("", None)
    columns = (platforms, kinds, ours, weeks, languages, given)
    return {name: dict(column) for name, column in zip((*FACETS, "theme"), columns, strict=True)}


def _look_up(db: sqlite3.Connection, expression: str) -> bool:
    """Put the hits of a search, those that were stored last, into `hits`; gives whether there are more than that."""
    search = statements("search_facets.sql")
    db.execute(search["make_room"])
    db.execute(search["empty"])
    db.execute(search["look"], {"expression": expression, "hits": COUNTED + 1})
    capped = bool(db.execute("select count(*) > :hits from hits", {"hits": COUNTED}).fetchone()[0])
    if capped:
        db.execute("delete from hits where id = (select min(id) from hits)")
    return capped


def _with_theme(db: sqlite3.Connection, place: int, slug: str, wanted: Wanted) -> str:
    """The condition that a post has a theme, the shortest way: through the posts of the theme, of the week, or as they come."""
    given = f"select post_id from post_themes where theme = :theme{place}"
    of_theme = _counted(db, "theme_posts", theme=slug)
    if wanted.week and _counted(db, "week_posts", week=wanted.week) < of_theme:
        # Kept apart, so that only the posts that have it are looked up themselves.
        walked = f"exists ({given} and post_id = one.id)"
        return f"posts.id in (select one.id from posts as one where one.day between :first and :last and {walked})"
    return f"posts.id in ({given})" if of_theme <= RARE else f"exists ({given} and post_id = posts.id)"


def _counted(db: sqlite3.Connection, name: str, **asked: object) -> int:
    return int(rows_of(db, "reading_posts.sql", name, **asked)[0]["posts"])


def _conditions(db: sqlite3.Connection, wanted: Wanted) -> tuple[list[str], dict[str, Any]]:
    """The conditions and their values; where something was searched for, its hits lie in `hits` then, and `capped` is there."""
    conditions = ["posts.status = 'live'"]
    asked: dict[str, Any] = {"most": COUNTED + 1}
    expression = search_expression(wanted.words)
    if expression:
        asked["capped"] = _look_up(db, expression)
    elif wanted.words.strip():
        conditions.append("0")
    week = monday_of(wanted.week) if wanted.week else None
    if week:
        asked |= {"first": week.isoformat(), "last": week.fromordinal(week.toordinal() + 6).isoformat()}
        conditions.append("posts.day between :first and :last")
    for place, slug in enumerate(wanted.themes.values()):
        conditions.append(_with_theme(db, place, slug, wanted))
        asked[f"theme{place}"] = slug
    if wanted.language:
        spoken = "select post_id from post_readings where lang_detected = :language"
        rare = figures(db, "languages").get(wanted.language, 0) <= RARE
        conditions.append(f"posts.id in ({spoken})" if rare else f"exists ({spoken} and post_id = posts.id)")
        asked["language"] = wanted.language
    for column, value in (("platform", wanted.platform), ("kind", wanted.kind), ("is_own", wanted.ours)):
        if value not in ("", None):
            conditions.append(f"posts.{column} = :{column}")
            asked[column] = value
    if wanted.seen:
        conditions.append("posts.id > :seen")
        asked["seen"] = wanted.seen
    return conditions, asked


Edge = tuple[str, int]
"""Where a post stands in the list: created_at, id."""


def _edge(wanted: Wanted) -> tuple[Edge | None, str]:
    """The mark that is asked for, if any, and in which order its page lies from there (asc: newer posts)."""
    older, newer = MARK.fullmatch(wanted.older), MARK.fullmatch(wanted.newer)
    mark = older or newer
    return (mark[1], int(mark[2])) if mark else None, "asc" if newer and not older else "desc"


def _page(db: sqlite3.Connection, where: str, asked: dict[str, Any], wanted: Wanted) -> tuple[list[int], str | None, str | None]:
    """The ids of one page and the marks of the older and the newer page; a mark is `created_at.id` of the post at the edge."""
    edge, order = _edge(wanted)
    beside = f"and (posts.created_at, posts.id) {'>' if order == 'asc' else '<'} (:at, :id)" if edge else ""
    rows = db.execute(
        f"""
        select posts.created_at, posts.id from posts where {where} {beside}
        order by posts.created_at {order}, posts.id {order} limit {PAGE + 1}
        """,
        asked | (dict(zip(("at", "id"), edge, strict=True)) if edge else {}),
    ).fetchall()
    return _marked(rows[:PAGE], len(rows) > PAGE, order, wanted)


def _beside(found: list[Edge], wanted: Wanted) -> tuple[list[Edge], bool, str]:
    """The page of what was found (oldest first) that is asked for, from its edge on, and whether there is more."""
    edge, order = _edge(wanted)
    if order == "asc":
        rows = [row for row in found if edge is None or row > edge]
    else:
        rows = [row for row in reversed(found) if edge is None or row < edge]
    return rows[:PAGE], len(rows) > PAGE, order


def _marked(page: list[Edge], further: bool, order: str, wanted: Wanted) -> tuple[list[int], str | None, str | None]:
    """A page, newest first, and its marks. page: as it lies from the edge on; further: there is more behind it."""
    page = page[::-1] if order == "asc" else page
    marks = [f"{at}.{post_id}" for at, post_id in (page[-1], page[0])] if page else [None, None]
    has_older, has_newer = (True, further) if order == "asc" else (further, bool(MARK.fullmatch(wanted.older)))
    return [row[1] for row in page], marks[0] if has_older else None, marks[1] if has_newer else None


def choices(db: sqlite3.Connection) -> Row:
    """What the filters offer: platforms and kinds that occur, weeks with posts (newest first), themes by dimension."""
    seen = {row["platform"] for row in rows_of(db, "reading_posts.sql", "platforms")}
    themes: dict[str, list[Row]] = {}
    for row in rows_of(db, "reading_posts.sql", "themes"):
        themes.setdefault(row["dimension"], []).append(row)
    return {
        "platforms": [name for name in PLATFORMS if name in seen],
        "kinds": list(KINDS),
        "languages": [key for key, posts in sorted(figures(db, "languages").items(), key=lambda one: -one[1]) if key],
        "weeks": [row["week"] for row in rows_of(db, "reading_posts.sql", "weeks")],
        "themes": themes,
    }


def post_page(db: sqlite3.Connection, post_id: int) -> Row | None:
    """Everything about one post: text, author, themes, why it belongs, where it was seen, counts, links, what it refers to
    and what refers to it. None if there is no such post."""
    found = _about(db, "post", post_id)
    if not found:
        return None
    post = found[0]
    card = cards(db, [post_id])[0]
    return {
        **post,
        "themes": card["themes"],
        "spans": [span for theme in card["themes"] for span in theme["words"]],
        **{
            name: _about(db, name, post_id)
            for name in ("matches", "origins", "counts", "hashtags", "links", "mentions", "copies", "copies_by_platform")
        },
        "refers_to": _refers_to(db, post),
        "referred_by": rows_of(db, "reading_posts.sql", "referred_by", platform=post["platform"], native_id=post["native_id"]),
    }


def _about(db: sqlite3.Connection, name: str, post_id: int) -> list[Row]:
    return rows_of(db, "reading_posts.sql", name, post_id=post_id)


def _refers_to(db: sqlite3.Connection, post: Row) -> list[Row]:
    """The posts that this one answers, quotes or passes on: how, native_id, and our id where that post is here."""
    targets = [(how, post[how]) for how in ("reply_to", "quote_of", "repost_of") if post[how]]
    found = []
    for how, native_id in targets:
        here = rows_of(db, "reading_posts.sql", "target", platform=post["platform"], native_id=native_id)
        found.append({"how": how, "native_id": native_id, "id": here[0]["id"] if here else None})
    return found
