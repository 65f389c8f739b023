"""Named reads for the list of posts (search, filters, pages) and for the page of one post."""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from db.counting import is_kept_up
from db.cut_reposts import read_as
from db.figures import figures
from db.reading import Row, campaign_settings, cards, rows_of
from db.searching import look_up, searched
from db.statements import statements
from tracker.counting import moments_of, week_of
from tracker.records import KINDS, PLATFORMS

PAGE = 25
LOOKED_UP = 3
"""How many posts are gone through in the order in which they are stored while one is looked up."""
FACETS = ("platform", "kind", "ours", "week", "language")
"""In the order in which a search reads them."""
OF_THE_DEBATE = "not exists (select 1 from post_verdicts where post_id = posts.id and relevant = 0)"
ELSEWHERE = "posts.id in (select post_id from post_verdicts where relevant = 0)"
MARK = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\.(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which posts to list. themes: dimension -> slug; all of them must be on a post. week: ISO. ours: None for all posts,
    else only our own or only other people's. debate: False for those that people found not to be of this debate, which no other
    list has, as no count has them. seen: only what came in after the post of that number. older, newer: a page's mark, from
    `marks` of the page beside it."""

    words: str = ""
    themes: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""
    kind: str = ""
    language: str = ""
    week: str = ""
    ours: bool | None = None
    debate: bool = True
    older: str = ""
    newer: str = ""
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """counted: posts are counted up to here; beyond, a page says "more than". rare: what so few posts have is looked up and
    sorted; what more have is met soon enough on the way through the newest posts."""

    counted: int = 10_000
    rare: int = 50_000


USUAL = Limits()


@dataclass(frozen=True, slots=True)
class Listed:
    """Where the posts of a list stand and what is asked of them, as parts of a statement that calls them `posts`. by_time: they
    are met newest first, else looked up and sorted. capped: whether a search has more hits than are looked through, which lie in
    `hits`; None where nothing is searched for."""

    stand: str
    where: str
    asked: dict[str, Any]
    by_time: bool
    capped: bool | None


def find_posts(db: sqlite3.Connection, wanted: Wanted, limits: Limits = USUAL) -> Row:
    """A page of posts, newest first: posts, count (up to a limit), `more` beyond it, how many messages they are (a repost is
    that of its original; None where there are more), marks of the pages beside (or None)."""
    listed = _listed(db, wanted, limits)
    if listed.capped is not None:
        return _searched(db, listed, wanted)
    ids, older, newer = _page(db, listed, wanted)
    is_all = not (older or newer or wanted.older or wanted.newer)
    if not is_all and _are_many(db, wanted, limits.counted):
        count, messages = limits.counted + 1, None
    else:
        count, messages = _how_many(db, _these(ids) if is_all else listed, limits.counted)
    return {
        "posts": cards(db, ids),
        "count": min(count, limits.counted),
        "more": count > limits.counted,
        "messages": messages,
        "older": older,
        "newer": newer,
        "search_capped": False,
        "facets": {},
    }


def _searched(db: sqlite3.Connection, listed: Listed, wanted: Wanted) -> Row:
    """The same for a search, which goes through its hits once for the page, the numbers and the facets."""
    found = db.execute(f"{statements('search_facets.sql')['gone_through']} where {listed.where}", listed.asked).fetchall()
    ids, older, newer = _marked(*_beside(sorted(((row[0], row[1]) for row in found), reverse=True), wanted), wanted)
    return {
        "posts": cards(db, ids),
        "count": len(found),
        "more": False,
        "messages": len({row[-1] for row in found}),
        "older": older,
        "newer": newer,
        "search_capped": listed.capped,
        "facets": _facets(found) if found else {},
    }


def ids_of(db: sqlite3.Connection, wanted: Wanted, limit: int, limits: Limits = USUAL) -> list[int]:
    """The newest posts that are asked for, up to `limit`."""
    listed = _listed(db, wanted, limits)
    found = f"select posts.id, posts.created_at from {listed.stand} where {listed.where} {_newest_first(listed)} limit :limit"
    return [row[0] for row in db.execute(found, listed.asked | {"limit": limit})]


def _how_many(db: sqlite3.Connection, listed: Listed, counted: int) -> tuple[int, int | None]:
    """How many posts, up to one more than `counted`, and how many messages they are; None where there are more."""
    stand, where, order = listed.stand, listed.where, _newest_first(listed)
    found = f"select posts.id, posts.kind, posts.created_at from {stand} where {where} {order} limit :most"
    sums = statements("reading_posts.sql")["sums"].format(found=found)
    return db.execute(sums, listed.asked | {"most": counted + 1}).fetchone()  # type: ignore[no-any-return]


def _these(ids: list[int]) -> Listed:
    asked = {"ids": json.dumps(ids)}
    return Listed("posts", "posts.id in (select value from json_each(:ids))", asked, by_time=False, capped=None)


def _are_many(db: sqlite3.Connection, wanted: Wanted, counted: int) -> bool:
    """Whether the sums that a night keeps say that there are more than `counted`, whatever changed since: then nobody counts."""
    if wanted.seen or not wanted.debate or len(wanted.themes) > 1 or not is_kept_up(db):
        return False
    others = _counted(db, "counted_otherwise")
    if not wanted.language:
        theme = next(iter(wanted.themes.values()), None)
        asked = {"theme": theme, "week": wanted.week, "platform": wanted.platform, "kind": wanted.kind, "ours": wanted.ours}
        return _counted(db, "kept_sum", **asked) - others > counted
    if wanted.themes or wanted.week or wanted.platform or wanted.kind or wanted.ours is not None:
        return False
    away = sum(posts for status, posts in figures(db, "statuses").items() if status != "live") + _counted(db, "elsewhere")
    return figures(db, "languages").get(wanted.language, 0) - away - others > counted


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


def _counted(db: sqlite3.Connection, name: str, **asked: object) -> int:
    return int(rows_of(db, "reading_posts.sql", name, **asked)[0]["posts"])


def _listed(db: sqlite3.Connection, wanted: Wanted, limits: Limits) -> Listed:
    """Where to look for what is wanted; where something was searched for, its hits lie in `hits` then."""
    conditions, asked = ["posts.status = 'live'", OF_THE_DEBATE if wanted.debate else ELSEWHERE], dict[str, Any]()
    words = searched(wanted.words)
    capped = look_up(db, words, limits.counted) if words else None
    if words:
        conditions.append("posts.id in (select id from hits)")
    elif wanted.words.strip():
        conditions.append("0")
    way = "hits" if words else _way(db, wanted, limits)
    common = None if wanted.week or way not in ("theme", "language") else _in_common(db, wanted, limits.counted)
    by_time = way in ("time", "theme") and common is None
    by = "" if by_time else "+"  # (an index that SQLite shall not use: https://sqlite.org/optoverview.html#uplus)
    if wanted.week:
        asked["begin"], asked["end"] = moments_of(wanted.week, campaign_settings(db)["timezone"])
        conditions.append(f"{by}posts.created_at >= :begin and {by}posts.created_at < :end")
    if common is None:
        conditions += _of_themes_and_language(db, wanted, way, asked)
    else:
        conditions.append("posts.id in (select value from json_each(:common))")
        asked["common"] = json.dumps(common)
    for column, value in (("platform", wanted.platform), ("kind", wanted.kind)):
        if value:
            conditions.append(f"{by}posts.{column} = :{column}")
            asked[column] = value
    if wanted.ours is not None:
        conditions.append(f"posts.is_own = {int(wanted.ours)}")
    if wanted.seen:
        conditions.append(f"{'' if way == 'seen' else '+'}posts.id > :seen")
        asked["seen"] = wanted.seen
    return Listed(THEMED if way == "theme" and common is None else "posts", " and ".join(conditions), asked, by_time, capped)


def _of_themes_and_language(db: sqlite3.Connection, wanted: Wanted, way: str, asked: dict[str, Any]) -> list[str]:
    """The conditions on what each post was found to be about and in which language; their values are put into `asked`."""
    conditions = []
    given = sorted(wanted.themes.values(), key=lambda slug: _counted(db, "counted_posts", theme=slug, week=wanted.week))
    for place, slug in enumerate(given):
        asked[f"theme{place}"] = slug
        if place or way != "theme":
            conditions.append(f"exists (select 1 from post_themes where post_id = posts.id and theme = :theme{place})")
    if wanted.language:
        asked["language"] = wanted.language
        spoken = "select post_id from post_readings where lang_detected = :language"
        conditions.append(f"posts.id in ({spoken})" if way == "language" else f"exists ({spoken} and post_id = posts.id)")
    return conditions


def _in_common(db: sqlite3.Connection, wanted: Wanted, counted: int) -> list[int] | None:
    """The posts that have several themes, or a theme and a language, from two indexes that are gone through side by side
    (https://sqlite.org/src/file/src/select.c, multiSelectOrderBy). None where one thing is asked, or where they are many, which
    are met soon enough."""
    asked = [*wanted.themes.values(), *([wanted.language] if wanted.language else [])]
    if len(asked) < 2:
        return None
    parts = ["select post_id from post_themes where theme = ?"] * len(wanted.themes)
    parts += ["select post_id from post_readings where lang_detected = ?"] if wanted.language else []
    found = db.execute(f"{' intersect '.join(parts)} order by 1 limit {counted + 1}", asked).fetchall()
    return None if len(found) > counted else [row[0] for row in found]


THEMED = """
(select post_id as id, created_at, platform, kind, is_own, 'live' as status from themed_posts where theme = :theme0) as posts
"""


def _way(db: sqlite3.Connection, wanted: Wanted, limits: Limits) -> str:
    """How to come to the posts: what few have is looked up and sorted (`elsewhere`: not of this debate; `seen`, `language`); else
    the posts of the rarest `theme` are gone through, or all posts by `time`, newest first."""
    if not wanted.debate:
        return "elsewhere"
    if wanted.ours:
        return "time"
    if wanted.seen and _counted(db, "last_post") - wanted.seen <= limits.counted:
        return "seen"
    if wanted.language:
        spoken = figures(db, "languages").get(wanted.language, 0)
        pools = [_counted(db, "counted_posts", theme=slug, week=wanted.week) for slug in (*wanted.themes.values(), None)]
        others = wanted.themes or wanted.platform or wanted.kind
        if spoken <= (limits.rare if others else limits.counted) and LOOKED_UP * spoken < min(pools):
            return "language"
    return "theme" if wanted.themes else "time"


Edge = tuple[str, int]
"""Where a post stands in the list: created_at, id."""


def _edge(wanted: Wanted) -> tuple[Edge | None, str]:
    """The mark that is asked for, if any, and in which order its page lies from there (asc: newer posts)."""
    older, newer = MARK.fullmatch(wanted.older), MARK.fullmatch(wanted.newer)
    mark = older or newer
    return (mark[1], int(mark[2])) if mark else None, "asc" if newer and not older else "desc"


def _newest_first(listed: Listed, order: str = "desc") -> str:
    return f"order by {'' if listed.by_time else '+'}posts.created_at {order}, posts.id {order}"


def _page(db: sqlite3.Connection, listed: Listed, wanted: Wanted) -> tuple[list[int], str | None, str | None]:
    """The ids of one page and the marks of the older and the newer page; a mark is `created_at.id` of the post at the edge."""
    edge, order = _edge(wanted)
    beside = f"and (posts.created_at, posts.id) {'>' if order == 'asc' else '<'} (:at, :id)" if edge else ""
    rows = db.execute(
        f"""
        select posts.created_at, posts.id from {listed.stand} where {listed.where} {beside}
        {_newest_first(listed, order)} limit {PAGE + 1}
        """,
        listed.asked | (dict(zip(("at", "id"), edge, strict=True)) if edge else {}),
    ).fetchall()
    return _marked(rows[:PAGE], len(rows) > PAGE, order, wanted)


def _beside(found: list[Edge], wanted: Wanted) -> tuple[list[Edge], bool, str]:
    """The page of what was found (newest first) that is asked for, from its edge on, and whether there is more."""
    edge, order = _edge(wanted)
    if order == "asc":
        rows = [row for row in reversed(found) if edge is None or row > edge]
    else:
        rows = [row for row in found if edge is None or row < edge]
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
        "read_as": read_as(db, post_id),
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
