"""The rooms of the house: each page reads its view from db in one short look at the store and hands it to a template."""

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from datasette import Response, hookimpl
from datasette.utils import sqlite_timelimit

from datasette_config.plugins.accounts import sees_labels, tells_labels
from datasette_config.plugins.trends import counts_chart, trend
from db.accounts import LABELS
from db.blind import blind
from db.coding import definitions
from db.dictionary import HIDDEN, store_words
from db.lookups import read_lookups
from db.reading import (
    Row,
    as_of_now,
    campaign_settings,
    model,
    newer_than_read,
    outcomes,
    retired_theme,
    theme_page,
    themes_by_dimension,
    thinned_weeks,
    totals,
)
from db.reading_missing import missing_page
from db.reading_model import overall, phrases, shares, weeks_in_sample
from db.reading_people import agreement, by_hand, people_on, weeks_by_hand
from db.reading_posts import Wanted, choices, find_posts, post_page
from db.reading_threads import conversation
from db.searching import searched
from tracker.times import system_clock

SHORT_TALK = 30
"""Posts of a conversation shown on the page of one of them; the rest has a page of its own."""
READ_MS = 5_000
"""A page that would take longer says so instead of keeping its reader and everyone behind waiting."""
SINGLE_POSTS = ("posts", "post", "conversation", "shared", "asked", "asked_post", "spike", "quotes", "quote", "add")
"""Pages about posts, which lie elsewhere where `bulk` read them; so do those of coding."""
OURS = {"yes": True, "no": False}
SEEN = re.compile(r"[0-9]{1,18}")
LONGEST_SEARCH = 500
LOOKUPS = Path(__file__).resolve().parents[1] / "lookups"


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """Our pages; they come before Datasette's own."""
    return [
        (r"^/posts$", posts_room),
        (r"^/post/(?P<post_id>\d{1,18})$", post_room),
        (r"^/themes$", themes_room),
        (r"^/theme/(?P<slug>[^/]+)$", theme_room),
        (r"^/missing$", missing_room),
        (r"^/data$", data_room),
    ]


async def themes_room(datasette: Any, request: Any) -> Response:
    """All themes with their meaning, sums and measured error."""

    def view(db: sqlite3.Connection) -> Row:
        return {
            "dimensions": themes_by_dimension(db),
            "model": model(db),
            "by_hand": by_hand(db, None),
            "agreement": agreement(db),
        }

    return await show_room(datasette, request, "themes.html", view)


def by_name_of_before(db: sqlite3.Connection) -> dict[str, Row]:
    """The themes that were called otherwise, by each name that they had: links to them stand in what people wrote and sent."""
    return {old: theme for theme in definitions(db)[0] for old in theme.get("renamed_from", ())}


def named_now(db: sqlite3.Connection, slug: str) -> str:
    """What a theme is called now; itself where it has not been renamed."""
    renamed = by_name_of_before(db)
    return str(renamed[slug]["slug"]) if slug in renamed else slug


def no_theme(retired: Row | None) -> Response:
    """What stands in the place of a feed or a file of a theme: that there is none (404), or is none any more (410)."""
    if retired is None:
        return Response.text("There is no such theme.", status=404)
    page = f"/theme/{quote(retired['slug'], safe='')}"
    return Response.text(f"“{retired['name']}” is no longer looked for. What stands of it: {page}", status=410)


async def theme_room(datasette: Any, request: Any) -> Response:
    """One theme; by a name that it had before, on to that of now. One that is no longer looked for says so (410)."""
    slug = request.url_vars["slug"]
    known = await look_at_store(datasette, request, lambda db: {"now": named_now(db, slug), "retired": retired_theme(db, slug)})
    if known["now"] != slug:
        return Response.redirect(f"/theme/{quote(known['now'], safe='')}")
    if known["retired"]:
        return await show_page(datasette, request, "retired.html", known, status=410)

    def view(db: sqlite3.Connection) -> Row | None:
        now = now_of(datasette)
        found = theme_page(db, slug, now)
        drawn = trend(db, found["weeks"], now) if found else {}
        people = {"by_hand": slug in by_hand(db, None), "weeks_by_hand": weeks_by_hand(db, slug)}
        measured = {"agreement": agreement(db).get(slug), "shares": shares(db, slug), "phrases": phrases(db, slug)}
        # Posts on which people were not asked about it measure nothing of it.
        unasked = {"unasked": True, "n": None, "measured_on": None} if newer_than_read(db, slug) else {}
        return found and {**found, **people, **measured, **drawn, **unasked, "sampled": weeks_in_sample(db, slug)}

    return await show_found(datasette, request, "theme.html", "theme", view, f"There is no theme called “{slug}”.")


async def post_room(datasette: Any, request: Any) -> Response:
    """One post."""
    number = int(request.url_vars["post_id"])

    def view(db: sqlite3.Connection) -> Row | None:
        found = post_page(db, number)
        if found is None:
            return None
        told = {"conversation": conversation(db, number, SHORT_TALK), "chart": counts_chart(found["counts"])}
        return {**found, **told, **people_on(db, number)}

    return await show_found(datasette, request, "post.html", "post", view, f"There is no post number {number}.")


async def missing_room(datasette: Any, request: Any) -> Response:
    """What came in, and what did not."""
    return await show_room(datasette, request, "missing.html", lambda db: {"fresh": missing_page(db), "totals": totals(db)})


async def data_room(datasette: Any, request: Any) -> Response:
    """For researchers: tables, ready-made questions, how themes are decided. Only what its reader may open."""
    closed: set[str] = set() if sees_labels(datasette, request) else LABELS
    tables = [table for table in store_words("tracker").tables if table.name not in {*HIDDEN, *closed}]
    found = await asyncio.to_thread(read_lookups, LOOKUPS)
    lookups = [lookup for lookup in found if not closed or not tells_labels(lookup.sql)]

    def view(db: sqlite3.Connection) -> Row:
        return {"tables": tables, "lookups": lookups, "model": model(db), "outcomes": outcomes(db), "overall": overall(db)}

    return await show_room(datasette, request, "data.html", view)


async def posts_room(datasette: Any, request: Any) -> Response:
    """Posts to read, search and filter."""
    typed = {name: request.args.get(name) for name in request.args}

    def view(db: sqlite3.Connection) -> Row:
        filters, wanted, notices = asked_for(db, typed, labels=sees_labels(datasette, request))
        page = find_posts(db, wanted)
        _with_numbers(filters, page["facets"])
        for entry in filters if page["facets"] else ():
            if entry["of"] == "dimension":
                slugs = [option[0] for option in entry["options"]]
                entry["sure"] = {theme["slug"]: theme for theme in sure_of(db, slugs, wanted.week or None)}
        chosen = {entry["name"]: entry["value"] for entry in filters if entry["value"]}
        chosen |= {"seen": str(wanted.seen)} if wanted.seen else {}
        asked = {**({"q": wanted.words} if wanted.words else {}), **chosen}
        return {
            **page,
            "sure_of": sure_of(db, wanted.themes.values(), wanted.week or None),
            "filters": filters,
            "words": wanted.words,
            "seen": wanted.seen,
            "narrowed": bool(asked),
            "asked": urlencode(asked),
            "notices": notices,
            "older_link": page["older"] and "/posts?" + urlencode({**asked, "older": page["older"]}),
            "newer_link": page["newer"] and "/posts?" + urlencode({**asked, "newer": page["newer"]}),
        }

    return await show_room(datasette, request, "posts.html", view)


def sure_of(db: sqlite3.Connection, slugs: Iterable[str], week: str | None) -> list[Row]:
    """Of some themes in an ISO week (None: of all time): name, quality, whether that is counted by hand, and how well coders
    agree; to stand beside a number of their posts."""
    hand, agreed, wanted = by_hand(db, week), agreement(db), set(slugs)
    themes = (
        [theme for part in themes_by_dimension(db) for group in part["groups"] for theme in group["themes"]] if wanted else []
    )
    found = [theme for theme in themes if theme["slug"] in wanted]
    return [{**theme, "by_hand": theme["slug"] in hand, "agreement": agreed.get(theme["slug"])} for theme in found]


def asked_for(db: sqlite3.Connection, typed: dict[str, str], *, labels: bool) -> tuple[list[Row], Wanted, list[str]]:
    """What the address of a list asks for, themes by a name that they had before, too: the filters as the form shows them, which
    posts those are, and what was left out. labels: whether who asks may see what people decided about a post."""
    renamed = by_name_of_before(db)
    now = {name: renamed[old]["slug"] for name, old in typed.items() if old in renamed and renamed[old]["dimension"] == name}
    filters = filters_of(choices(db), {**typed, **now}, labels=labels)
    wanted, notices = wanted_of(filters, typed)
    thinned = ["Old posts of that week are no longer kept: it had more than are listed here."]
    return filters, wanted, notices + (thinned if wanted.week in thinned_weeks(db) else [])


def filters_of(offered: Row, typed: dict[str, str], *, labels: bool) -> list[Row]:
    """The filters as the form shows them: name, label, options ((value, text, how to word it)) and the value in force. labels:
    whether who asks may see what people decided about a post."""
    filters = [
        {"name": dimension, "of": "dimension", "options": [(theme["slug"], theme["name"]) for theme in themes]}
        for dimension, themes in offered["themes"].items()
    ]
    filters += [
        {"name": "platform", "of": "platform", "options": [(name, "") for name in offered["platforms"]]},
        {"name": "kind", "of": "kind", "options": [(name, "") for name in offered["kinds"]]},
        {"name": "language", "of": "language", "options": [(name, "") for name in offered["languages"]]},
        {"name": "week", "of": "week", "options": [(name, "") for name in offered["weeks"]]},
        {"name": "ours", "of": "ours", "options": [("no", "other people"), ("yes", "us")]},
        {"name": "debate", "of": "debate", "options": [("no", "found not to be part of it")] if labels else []},
    ]
    for entry in filters:
        value = typed.get(entry["name"], "")
        entry["value"] = value if value in {option[0] for option in entry["options"]} else ""
        entry["unknown"] = value if value and not entry["value"] else ""
    return filters


def _with_numbers(filters: list[Row], facets: dict[str, dict[str, int]]) -> None:
    """Put beside each choice how many of the hits it would leave, and leave out those with none."""
    if not facets:
        return
    for entry in filters:
        if entry["of"] == "debate":
            continue
        numbers = facets["theme" if entry["of"] == "dimension" else entry["name"]]
        entry["numbers"] = numbers
        entry["options"] = [option for option in entry["options"] if numbers.get(option[0]) or option[0] == entry["value"]]


def wanted_of(filters: list[Row], typed: dict[str, str]) -> tuple[Wanted, list[str]]:
    """What the form asks for, and what of it was left out because it means nothing here."""
    value = {entry["name"]: entry["value"] for entry in filters}
    themes = {entry["name"]: entry["value"] for entry in filters if entry["of"] == "dimension" and entry["value"]}
    wanted = Wanted(
        words=typed.get("q", "")[:LONGEST_SEARCH].strip(),
        themes=themes,
        platform=value["platform"],
        kind=value["kind"],
        language=value["language"],
        week=value["week"],
        ours=OURS.get(value["ours"]),
        debate=not value["debate"],
        older=typed.get("older", ""),
        newer=typed.get("newer", ""),
        seen=int(seen) if SEEN.fullmatch(seen := typed.get("seen", "")) else 0,
    )
    unknown = [
        f"There is no {entry['name']} “{entry['unknown']}” here, so that was left out." for entry in filters if entry["unknown"]
    ]
    cut = ["Only the first 500 characters were searched for."] if len(typed.get("q", "")) > LONGEST_SEARCH else []
    signs = ["Words, numbers and emoji can be searched for, and there is none here."]
    return wanted, unknown + cut + (signs if wanted.words and not searched(wanted.words) else [])


async def show_found(
    datasette: Any, request: Any, template: str, name: str, read: Callable[[sqlite3.Connection], Row | None], absent: str
) -> Response:
    """A page about one thing, or a page that says that it is not there (404)."""
    context = await look_at_store(datasette, request, lambda db: {name: read(db)})
    if context[name] is None:
        return await show_page(datasette, request, "absent.html", {**context, "absent": absent}, status=404)
    return await show_page(datasette, request, template, context)


async def show_room(datasette: Any, request: Any, template: str, read: Callable[[sqlite3.Connection], Row]) -> Response:
    """The page that `template` makes of what is read; a page that says so where that takes too long."""
    try:
        context = await look_at_store(datasette, request, read)
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        absent = "That took too long. Try fewer or rarer words."
        context = {**await look_at_store(datasette, request, lambda db: {}), "absent": absent}
        return await show_page(datasette, request, "absent.html", context, status=503)
    return await show_page(datasette, request, template, context)


async def look_at_store(datasette: Any, request: Any, read: Callable[[sqlite3.Connection], Row]) -> Row:
    """Read the view of a page, a feed or a file from the store, as whoever asks may see it: without what people decided of a
    post, for those who may not know (docs/coding.md, Why blind). All as of one moment, whatever is being written meanwhile."""
    return await look_at_all(datasette, read if sees_labels(datasette, request) else blind(read))


async def look_at_all(datasette: Any, read: Callable[[sqlite3.Connection], Row]) -> Row:
    """The same, with all that people decided: for coding itself, whose pages give of a post nothing but its words."""

    def look(db: sqlite3.Connection) -> Row:
        with sqlite_timelimit(db, READ_MS):
            return as_of_now(db, lambda db: {"campaign": campaign_settings(db), **read(db)})

    view: Row = await datasette.get_database("tracker").execute_fn(look)
    return view


def now_of(datasette: Any) -> str:
    """The time now (UTC); in a demo, where its clock stands."""
    return told(datasette)["demo_now"] or system_clock()


def told(datasette: Any) -> dict[str, str | None]:
    """What `serve` tells the pages: demo_now, when the clock of a demo stands (UTC); inbox, the folder for new files;
    command, how a command of this campaign begins."""
    told: dict[str, str] = datasette.plugin_config("pages") or {}
    return {name: told.get(name) for name in ("demo_now", "inbox", "command")}


async def show_page(datasette: Any, request: Any, template: str, context: Row, status: int = 200) -> Response:
    """The page that `template` makes of `context`; where posts lie elsewhere, one that says so instead of those about posts."""
    name = template.removesuffix(".html")
    if context["campaign"]["posts_in"] and (name in SINGLE_POSTS or name.startswith("coding")):
        template = "elsewhere.html"
    context = {**context, **told(datasette)}
    return Response.html(await datasette.render_template(template, context, request=request), status=status)
