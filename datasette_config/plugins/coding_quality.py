"""Pages that say how far people's reading can be trusted, and how well posts are found."""

import asyncio
import sqlite3
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from datasette import Response, hookimpl

from datasette_config.plugins import coding_desk as desk
from db.coding import Touched, found_by, readers_wanted, rules_of
from db.labels import Key, Labels
from db.news import News, Number, news_of
from db.reading import Row
from tracker.agreement import FEW, INDICATIVE
from tracker.codebook import Codebook
from tracker.codings import AUDIT, PILOT, Coding, is_pilot
from tracker.comparing import by_post, compare, could_tell, pairs
from tracker.retrieval import Share, overlap, share_of
from tracker.settling import settle

RULES = ("hashtag", "link", "phrase", "conversation", "everything")
_COUNTED: WeakKeyDictionary[News, tuple[Number | None, Row]] = WeakKeyDictionary()
"""Of each store, what its news said when its posts were last counted by how they were found, and the counts."""
_COUNTING: WeakValueDictionary[News, asyncio.Lock] = WeakValueDictionary()
"""Whose turn it is to count them, of each store; gone as soon as nobody waits."""


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The two pages."""
    return [(r"^/coding/agreement$", agreement_room), (r"^/coding/found$", found_room)]


@desk.answering
async def agreement_room(datasette: Any, request: Any) -> Response:
    """How well coders agree: on relevance, each theme, each question, and two by two."""
    wanted = request.args.get("round") or ""

    def view(db: sqlite3.Connection, labels: Labels) -> Row:
        book = desk.codebook(db)
        codings, asked = desk.said(labels, book)
        blind = yet_to_read(datasette, request, labels)
        left_out = len(blind & {one.key for one in codings})
        codings = [one for one in codings if one.key not in blind]
        rounds = sorted({one.round for one in codings if one.role == "coder"})
        chosen = wanted if wanted in rounds else ""
        posts = by_post([one for one in codings if not chosen or one.round == chosen])
        names, questions = book.theme_names, {question["slug"]: question["text"] for question in book.questions}
        called = {"theme": names, "question": questions}  # a question may have the slug of a theme
        compared = compare(posts, asked, list(names), list(questions))
        return {
            "left_out": left_out,
            "rounds": rounds,
            "chosen": chosen,
            "pilots": any(is_pilot(one.round) for post in posts for one in post),
            "posts": len(posts),
            "told": could_tell(posts),
            "rows": [{"what": one.what, "of": one.of, "label": called.get(one.what, {}).get(one.name, "")} for one in compared],
            "pairs": pairs(posts, asked, list(names)),
            "few": FEW,
            "indicative": INDICATIVE,
        }

    return await desk.page(datasette, request, "coding_agreement.html", await desk.look(datasette, view))


@desk.answering
async def found_room(datasette: Any, request: Any) -> Response:
    """What share of the posts that came in belongs to the debate, and a hint of how much was missed."""
    desk.folder_to_write(datasette)
    counts = await _how_found(datasette)

    def view(db: sqlite3.Connection, labels: Labels) -> Row:
        chances, blind = labels.chances_read(), yet_to_read(datasette, request, labels)
        left_out = len(blind & chances.keys())
        chances = {key: chance for key, chance in chances.items() if key not in blind}
        read, known = _read(labels, desk.codebook(db), chances), rules_of(db, chances)
        by_rule = {rule: {key: chance for key, chance in chances.items() if rule in known.get(key, ())} for rule in RULES}
        return {
            "whole": _share(read, chances),
            "open": len(chances) - len(read),
            "left_out": left_out,
            "by_rule": [(rule, share) for rule, some in by_rule.items() if (share := _share(read, some)) is not None],
            "counts": counts,
            "overlap": overlap(counts["by_tag"], counts["by_link"], counts["by_both"]),
        }

    return await desk.page(datasette, request, "coding_found.html", await desk.look(datasette, view))


async def _how_found(datasette: Any) -> Row:
    """How many posts were found by what (db/coding.py, `found_by`). Each post is looked at, so without the time limit of a page:
    of a million that takes some seconds, once until the store changes, and once for all who ask meanwhile."""
    store = datasette.get_database("tracker")
    news = news_of(Path(store.path))
    turn = _COUNTING.setdefault(news, asyncio.Lock())
    async with turn:
        number = news.number()
        before, counts = _COUNTED.get(news, (None, {}))
        if number is None or before != number:
            counts = await store.execute_fn(found_by)
            _COUNTED[news] = (number, counts)
    return counts


def yet_to_read(datasette: Any, request: Any, labels: Labels) -> set[Key]:
    """The posts of the random sample, or of the pilot that is on, that whoever asks may yet be offered, so that they should read
    them blind: of the first few that others have read, these pages would tell what was said. None for who leads."""
    coder = desk.who(datasette, request)
    if desk.may_lead(request) or coder is None:
        return set()
    rules = desk.rules(labels)
    touched, queue = Touched(labels, coder, rules["round"]), PILOT if is_pilot(rules["round"]) else AUDIT
    rows = [row for row in labels.sample(queue) if queue == AUDIT or row["week"] == rules["round"]]
    drawn = {(row["platform"], row["native_id"]) for row in rows}
    most = readers_wanted(queue, int(rules["coders_each"]))
    return {key for key in drawn if not touched.mine(key, queue) and len(touched.readers(key, queue)) < most}


def _share(settled: Mapping[Key, bool], chances: Mapping[Key, float]) -> Share | None:
    """What share of the posts that these were drawn from is part of the debate, by those of them on which people settled that."""
    judged = [(settled[key], chance) for key, chance in chances.items() if key in settled]
    return share_of(judged, sum(1 / chance for chance in chances.values()))


def _read(labels: Labels, book: Codebook, drawn: Container[Key]) -> dict[Key, bool]:
    """Of the coded posts of the random sample, those that were brought in as drawn among them: whether each is part of the
    debate, where people settled that."""
    posts: dict[Key, list[Coding]] = {}
    codings, asked = desk.said(labels, book)
    for coding in codings:
        if coding.key in drawn:
            posts.setdefault(coding.key, []).append(coding)
    settled = {key: settle(post, asked, book.asked).relevant for key, post in posts.items()}
    return {key: relevant for key, relevant in settled.items() if relevant is not None}
