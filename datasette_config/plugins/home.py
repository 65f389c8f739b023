"""Home: what is new since you last looked, this week against the one before, and how far each number can be trusted."""

import hashlib
import re
import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any

from datasette import Response, hookimpl

from datasette_config.plugins.pages import look_at_store, now_of, show_page
from db.reading import Row, campaign_settings, home, weeks_since
from db.reading_home import asks_readers, links_of, mark, news, own_by_theme, sights, unread_tongues
from db.reading_missing import freshness
from db.reading_model import watch
from db.reading_people import agreement, by_hand, left_out
from tracker.sentences import all_that_was_said, is_told, week_sentence, whole_change, with_changes

SAME_VISIT_SECONDS = 30 * 60
LOOKED = re.compile(r"(\d{1,12})\.(\d{1,18})\.(\d{1,18})-(\d{1,12})\.(\d{1,18})\.(\d{1,18})")
LINKS_SHOWN, MOST_NAMED = 5, 3
AT_ONCE = 4
"""Themes of a dimension that are shown at once; those behind them are unfolded. A clear change is always shown."""


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The page."""
    return [(r"^/$", home_room)]


async def home_room(datasette: Any, request: Any) -> Response:
    """What is said, and how far it can be trusted."""
    now = now_of(datasette)
    sent = request.cookies

    def view(db: sqlite3.Connection) -> Row:
        seen = home(db, now)
        fresh = freshness(db)
        looked = since_last_look(mark(db), sent, now)
        new = news(db, looked["post"], looked["status"]) if looked["at"] else None
        told = {
            **seen,
            "lead": all_that_was_said(seen["totals"], seen["span"]),
            "asks_readers": asks_readers(db),
            "fresh": fresh,
            "looked": looked,
            "news": new,
            "agreement": agreement(db),
            "left_out": left_out(db),
        }
        return {**told, "watch": watch(db), **_weeks(db, told, now)}

    context = await look_at_store(datasette, request, view)
    response = await show_page(datasette, request, "home.html", context)
    looked = context["looked"]
    response.set_cookie(looked["cookie"], looked["keep"], max_age=400 * 86400, httponly=True, samesite="lax")
    response.headers["cache-control"] = "no-store"
    return response


def since_last_look(here: Row, cookies: Any, now: str) -> Row:
    """Up to where this browser had seen the store: at (seconds since 1970, None on the first visit), post, status; and the cookie
    that keeps it. Pages opened within half an hour of each other are one visit, so that a reload does not empty the box.

    The cookie is named after the store, since all servers on one machine share their cookies whatever their port."""
    store = hashlib.sha256(here["began"].encode()).hexdigest()[:12]
    name, seconds = f"looked-{store}", int(datetime.fromisoformat(now).timestamp())
    current = (seconds, here["post"], here["status"])
    known = LOOKED.fullmatch(cookies.get(name) or "")
    if known is None:
        return {"at": None, "post": 0, "status": 0, "cookie": name, "keep": _kept(current, current)}
    numbers = [int(number) for number in known.groups()]
    since, last = numbers[:3], numbers[3:]
    if not 0 <= seconds - last[0] < SAME_VISIT_SECONDS:
        since = last
    return {"at": since[0], "post": since[1], "status": since[2], "cookie": name, "keep": _kept(since, current)}


def _kept(*marks: Any) -> str:
    return "-".join(".".join(str(number) for number in one) for one in marks)


def _weeks(db: sqlite3.Connection, told: Row, now: str) -> Row:
    """What compares the two weeks: how each was looked at, each theme's change and sentence, our own posts, links; the weeks
    since that are silent."""
    compared, settings = told["compared"], campaign_settings(db)
    zone = settings["timezone"]
    if compared is None:
        return {"by_hand": {}, "seen": {}, "ours": {}, "links": [], "silent": [], "most": [], "most_by_hand": False}
    hands = {key: by_hand(db, compared[key]) for key in ("week", "before")}
    since = weeks_since(compared)
    how = sights(db, [compared["before"], compared["week"], *since], zone, now)
    seen = {key: how[compared[key]] for key in ("week", "before")}
    silent = [{"week": week, **how[week]} for week in since]
    hashtags = " ".join(f"#{tag}" for tag in settings["hashtags"])
    unasked = told["fresh"]["sources"]
    with_changes(told["dimensions"], compared, hands, agreement(db), seen, unasked)
    ours = own_by_theme(db, compared["week"])
    most = most_written_about(told["dimensions"])
    if told["model"] and all(one["looked"] and one["missed"] < 1 for one in seen.values()):
        put_silent_apart(told["dimensions"], ours)
    for part in told["dimensions"] if told["model"] else ():
        put_fewer_apart(part)
    everything = {"slug": "", "quality": None, "now": told["this_week"], "before": told["week_before"]}
    whole = whole_change(told["this_week"], told["week_before"], seen)
    return {
        "by_hand": hands,
        "seen": seen,
        "silent": silent,
        "ours": ours,
        "unread_tongues": unread_tongues(db, [compared["before"], compared["week"]]),
        "most": most,
        "most_by_hand": all(theme["slug"] in hands["week"] for part in most for theme in part["themes"]),
        "links": links_of(db, compared["week"], LINKS_SHOWN),
        "whole": whole,
        "whole_sentence": week_sentence(everything, compared, whole, hashtags, unasked),
    }


def most_written_about(dimensions: list[Row]) -> list[Row]:
    """Of each dimension (name) the themes that most people wrote about that week, the most first, to be named with their
    error; how many stands below."""
    most = []
    for part in dimensions:
        written = [theme for group in part["groups"] for theme in group["themes"] if theme["now"]["people"]]
        if written:
            themes = sorted(written, key=lambda theme: -theme["now"]["people"])[:MOST_NAMED]
            most.append({"name": part["name"], "themes": themes})
    return most


def put_silent_apart(dimensions: list[Row], ours: Row) -> None:
    """Move the themes that nobody spoke of in either week out of the groups, into `silent`, so that the tables stay short."""
    for part in dimensions:
        part["silent"] = []
        for group in part["groups"]:
            for theme in group["themes"]:
                if not (is_told(theme["now"]) or is_told(theme["before"]) or theme["slug"] in ours):
                    part["silent"].append(theme)
            group["themes"] = [theme for theme in group["themes"] if theme not in part["silent"]]
        part["groups"] = [group for group in part["groups"] if group["themes"]]


def put_fewer_apart(part: Row) -> None:
    """Move the themes of which fewer people wrote out of a dimension's groups, into `further`, unless their change is clear. One
    alone is not worth unfolding."""
    themes = [theme for group in part["groups"] for theme in group["themes"]]
    most = sorted(themes, key=lambda theme: (-theme["now"]["people"], -theme["before"]["people"]))[:AT_ONCE]
    shown = [theme for theme in themes if theme in most or theme["change"].way in ("up", "down")]
    part["further_themes"] = len(themes) - len(shown)
    part["further"] = []
    if part["further_themes"] > 1:
        every = part["groups"]
        part["groups"] = _groups_of(every, lambda theme: theme in shown)
        part["further"] = _groups_of(every, lambda theme: theme not in shown)


def _groups_of(groups: list[Row], wanted: Callable[[Row], bool]) -> list[Row]:
    kept = [{**group, "themes": [theme for theme in group["themes"] if wanted(theme)]} for group in groups]
    return [group for group in kept if group["themes"]]
