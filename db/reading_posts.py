"""Named reads for the list of posts (search, filters, pages) and for the page of one post."""

import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from db.reading import Row, cards, monday_of, rows_of
from tracker.records import KINDS, PLATFORMS

PAGE = 25
COUNTED = 10_000
"""Posts are counted up to here; beyond, a page says "more than"."""
TERMS = 30
"""Search words used; the index refuses very long expressions."""
MARK = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\.(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which posts to list. themes: dimension -> slug; all of them must be on a post. week: ISO. ours: None for all posts,
    else only our own or only other people's. older, newer: a page's mark, from `marks` of the page beside it."""

    words: str = ""
    themes: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""
    kind: str = ""
    week: str = ""
    ours: bool | None = None
    older: str = ""
    newer: str = ""


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
    """A page of posts, newest first: posts, count (up to COUNTED), `more` beyond it, marks of the pages beside (or None)."""
    conditions, asked = _conditions(wanted)
    where = " and ".join(conditions)
    counted = db.execute(f"select count(*) from (select 1 from posts where {where} limit :most)", asked).fetchone()[0]
    ids, older, newer = _page(db, where, asked, wanted)
    return {
        "posts": cards(db, ids),
        "count": min(counted, COUNTED),
        "more": counted > COUNTED,
        "older": older,
        "newer": newer,
        "search_capped": _search_capped(db, asked),
    }


def _conditions(wanted: Wanted) -> tuple[list[str], dict[str, Any]]:
    conditions = ["posts.status = 'live'"]
    asked: dict[str, Any] = {"most": COUNTED + 1}
    expression = search_expression(wanted.words)
    if expression:
        conditions.append("posts.id in (select value from json_each('[]') union all " + HITS + ")")
        asked |= {"expression": expression, "hits": COUNTED}
    elif wanted.words.strip():
        conditions.append("0")
    for place, slug in enumerate(wanted.themes.values()):
        conditions.append(f"exists (select 1 from post_themes where post_id = posts.id and theme = :theme{place})")
        asked[f"theme{place}"] = slug
    for column, value in (("platform", wanted.platform), ("kind", wanted.kind), ("is_own", wanted.ours)):
        if value not in ("", None):
            conditions.append(f"posts.{column} = :{column}")
            asked[column] = value
    if wanted.week:
        monday = monday_of(wanted.week)
        conditions.append("posts.day between :first and :last")
        asked |= {"first": monday.isoformat(), "last": monday.fromordinal(monday.toordinal() + 6).isoformat()}
    return conditions, asked
