"""Named reads for the public pages: plain dicts, ready to be shown. Each takes a connection to the public copy."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from db.reading import Row, monday_of, quality, rows_of
from tracker.records import INDICATIVE_BELOW, QUESTION
from tracker.telling import day

LISTS = ("hashtags", "phrases", "links", "languages", "asked_again", "errata")
DICTS = ("model", "snapshot")
WORST_FIRST = ("missing", "partly", "whole", "files")
TAKEN = ("kind", "subject", "level", "first_week", "last_week", "weeks", "subjects", "posts", "people", "model", "told_at")
"""The columns of a number that are taken away in a table. More come behind, so that tables of before stay readable."""
NO_AGREEMENT: Mapping[str, Row] = {}


def _read(db: sqlite3.Connection, name: str, **asked: object) -> list[Row]:
    return rows_of(db, "reading_public.sql", name, **asked)


def about(db: sqlite3.Connection) -> Row:
    """What the copy says of itself: state, release, published_at, who answers for it, the rules; LISTS as
    lists, DICTS as dicts."""
    known: dict[str, Any] = {row["name"]: row["value"] for row in _read(db, "about")}
    known |= {name: json.loads(known.get(name) or "[]") for name in LISTS}
    return known | {name: json.loads(known.get(name) or "{}") for name in DICTS}


def state(db: sqlite3.Connection) -> Row:
    """By what one state of the copy is told from each other: its release, when it was published, and how many rows it shows, of
    which some may be taken out after that."""
    (rows,), known = _read(db, "rows_shown"), about(db)
    return {"release": known.get("release"), "published_at": known.get("published_at", ""), **rows}


def home(db: sqlite3.Connection) -> Row:
    """The first page: posts by period, themes, questions, links, quotes."""
    return {
        "periods": periods(db),
        "dimensions": dimensions(db),
        "questions": questions(db),
        "links": links(db),
        "quotes": _read(db, "quotes"),
        "own_posts": _read(db, "own_posts")[:3],
    }


# ---- periods ---------------------------------------------------------------------------------------------------------


def spans(weeks: Sequence[str]) -> list[tuple[date, date]]:
    """Weeks in order as stretches without a gap: first Monday, last Sunday."""
    found: list[tuple[date, date]] = []
    for monday in map(monday_of, weeks):
        if found and found[-1][1] + timedelta(days=1) == monday:
            found[-1] = (found[-1][0], monday + timedelta(days=6))
        else:
            found.append((monday, monday + timedelta(days=6)))
    return found


def periods(db: sqlite3.Connection) -> list[Row]:
    """Every period of which all posts are told, newest first: posts, platforms (or all) with posts and people, what was asked,
    reposts where they are told for the same weeks, and `bar`, 0-100, for drawing posts a week."""
    asked = _coverage(db)
    reposts = {cell["weeks"]: cell for cell in _read(db, "cells", kind="reposts")}
    found: dict[str, Row] = {}
    for cell in _read(db, "cells", kind="posts"):
        weeks = json.loads(cell["weeks"])
        period = found.setdefault(cell["weeks"], {"weeks": weeks, "spans": spans(weeks), "parts": [], "posts": 0})
        period["parts"].append({"platform": cell["subject"], "posts": cell["posts"], "people": cell["people"]})
        period["posts"] += cell["posts"]
        period["coverage"] = _seen(asked, weeks)
        period["reposts"] = reposts.get(cell["weeks"])
    rows = sorted(found.values(), key=lambda period: period["weeks"], reverse=True)
    most = max((row["posts"] / len(row["weeks"]) for row in rows), default=1)
    return [{**row, "bar": round(100 * row["posts"] / len(row["weeks"]) / most, 1)} for row in rows]


def _coverage(db: sqlite3.Connection) -> dict[str, dict[str, str]]:
    """Week -> source -> what was seen of it."""
    found: dict[str, dict[str, str]] = {}
    for row in _read(db, "coverage"):
        found.setdefault(row["week"], {})[row["source"]] = row["status"]
    return found


def _seen(asked: dict[str, dict[str, str]], weeks: Sequence[str]) -> list[Row]:
    """What was seen of some weeks together: of each source the worst that is known of any of them."""
    sources = sorted({source for week in weeks for source in asked.get(week, {})})
    said = {source: {asked.get(week, {}).get(source) for week in weeks} for source in sources}
    return [{"source": source, "status": next(w for w in WORST_FIRST if w in said[source])} for source in sources]


# ---- themes and questions --------------------------------------------------------------------------------------------


def _errors(db: sqlite3.Connection) -> dict[tuple[str, str], Row | None]:
    """(model, theme) -> how well it is found."""
    return {(row["model"], row["theme"]): quality(row) for row in _read(db, "theme_error")}


def _agreement(db: sqlite3.Connection) -> dict[str, Row]:
    """Theme -> how well coders agree on it, where any of its numbers was counted by hand."""
    return {row["theme"]: row for row in _read(db, "agreement")} if _read(db, "says_agreement") else {}


def _by_hand(cell: Row) -> bool:
    """Whether people had read every post behind a number."""
    return cell.get("counted_by") is not None


def _numbers(cells: Sequence[Row], errors: dict[tuple[str, str], Row | None], name: str) -> list[Row]:
    """The numbers of one theme or question, newest first, each with the error of the model that found them, or by hand."""
    found = []
    for cell in reversed(cells):
        weeks = json.loads(cell["weeks"])
        sure = {"quality": errors.get((cell["model"], name)), "by_hand": _by_hand(cell)}
        found.append({**cell, "weeks": weeks, "spans": spans(weeks), **sure})
    return found


def _all_themes(db: sqlite3.Connection) -> list[Row]:
    """Themes with their own numbers, and with those of a group in which they are told together with others."""
    errors, agreed, themes = _errors(db), _agreement(db), _read(db, "themes")
    names = {theme["slug"]: f"{theme['name']} ({until})" if (until := _until(theme)) else theme["name"] for theme in themes}
    alone: dict[str, list[Row]] = {}
    for cell in _read(db, "cells", kind="theme"):
        alone.setdefault(cell["subject"], []).append(cell)
    joined: dict[str, list[Row]] = {}
    for cell in _read(db, "cells", kind="group"):
        weeks, members = json.loads(cell["weeks"]), json.loads(cell["subjects"])
        row = {**cell, "weeks": weeks, "spans": spans(weeks)}
        row["members"] = [{"name": names.get(slug, slug), "spans": _only(cell, slug)} for slug in members]
        row["sure"] = _range_of([errors.get((cell["model"], slug)) for slug in members])
        row["by_hand"], row["alphas"] = _by_hand(cell), _alphas_of([agreed.get(slug) for slug in members])
        for slug in members:
            joined.setdefault(slug, []).append(row)
    return [
        {
            **theme,
            "until": _until(theme),
            "numbers": _numbers(alone.get(theme["slug"], []), errors, theme["slug"]),
            "joined": list(reversed(joined.get(theme["slug"], []))),
            "posts": sum(cell["posts"] for cell in alone.get(theme["slug"], [])),
            "sure": _sure_of(db, errors, alone.get(theme["slug"]) or joined.get(theme["slug"], []), theme["slug"], agreed),
        }
        for theme in themes
    ]


def _only(cell: Row, slug: str) -> list[tuple[date, date]]:
    """The days in which one theme is counted in a number of several, where that is not all of them: in the other weeks it was
    told by itself."""
    weeks = [week for subject, week in json.loads(cell["pairs"]) if subject == slug]
    return spans(weeks) if len(weeks) < len(json.loads(cell["weeks"])) else []


def _until(theme: Row) -> str:
    """`looked for until 8 November 2026` of a theme that is no longer looked for; else ''."""
    retired = theme.get("retired_at")
    return f"looked for until {day(retired[:10])}" if retired else ""


def _range_of(qualities: Sequence[Row | None]) -> Row | None:
    """The lowest and highest precision and recall of several themes as they are shown, and whether some of it is indicative only;
    None where one was not measured."""
    if any(known is None or known["precision"] is None or known["recall"] is None for known in qualities):
        return None
    shares = {name: [known[name] for known in qualities if known] for name in ("precision", "recall")}
    return {"few": _some_few(qualities), **{name: _lowest_and_highest(known) for name, known in shares.items()}}


def _some_few(qualities: Sequence[Row | None]) -> bool:
    """Whether some of these were measured on too few posts to be more than indicative."""
    return any(known["support"] is not None and known["support"] < INDICATIVE_BELOW for known in qualities if known)


def _alphas_of(agreed: Sequence[Row | None]) -> list[str]:
    """The lowest and highest alpha of several themes, as they are shown; [] where one has none."""
    known = [each["alpha"] for each in agreed if each and each["alpha"] is not None]
    return _lowest_and_highest(known) if len(known) == len(agreed) else []


def _lowest_and_highest(shares: Sequence[float]) -> list[str]:
    """The lowest and the highest of some shares, as they are shown; one where they are alike."""
    return sorted({f"{each:.2f}" for each in (min(shares), max(shares))}) if shares else []


def _sure_of(
    db: sqlite3.Connection,
    errors: dict[tuple[str, str], Row | None],
    cells: Sequence[Row],
    name: str,
    agreed: Mapping[str, Row] = NO_AGREEMENT,
) -> Row:
    """How sure the sum of these numbers is: as _sure_of_program says of those that a program counted; by_hand, told: how many
    people counted, and how many there are; agreement: how well they agree; whole: they counted all."""
    by_program = [cell for cell in cells if not _by_hand(cell)]
    by_hand = len(cells) - len(by_program)
    hand = {"by_hand": by_hand, "told": len(cells), "whole": by_hand > 0 and not by_program, "agreement": agreed.get(name)}
    if hand["whole"]:
        return {**hand, "quality": None, "several": None, "measured_on": []}
    return {**hand, **_sure_of_program(db, errors, by_program, name)}


def _sure_of_program(db: sqlite3.Connection, errors: dict[tuple[str, str], Row | None], cells: Sequence[Row], name: str) -> Row:
    """quality: of the model that counted all of these numbers; where there is no number, of the model in use. several: the lowest
    and highest of the models that counted them, where those are more than one and any was measured; few: one of them on fewer
    than 20 posts. unmeasured, periods: how many numbers a model counted that was not, and how many there are. measured_on: on
    which posts they were."""
    models = [cell["model"] for cell in cells] or [about(db)["model"].get("name")]
    found = [errors.get((model, name)) for model in models]
    known = [each for each in found if each]
    sure: Row = {"quality": found[0], "several": None, "measured_on": sorted({each["measured_on"] for each in known})}
    if len(set(models)) == 1:
        return sure
    shares = {part: [each[part] for each in known if each[part] is not None] for part in ("precision", "recall")}
    return {
        **sure,
        "quality": None,
        "several": {part: _lowest_and_highest(shares[part]) for part in shares} if known else None,
        "few": _some_few(known),
        "unmeasured": sum(each is None or None in (each["precision"], each["recall"]) for each in found),
        "periods": len(found),
    }


def dimensions(db: sqlite3.Connection) -> list[Row]:
    """Themes by dimension: those told by themselves, most posts first; the groups in which others are told together, each once.
    all: every one in the campaign's order. measured_on: on which posts their errors were measured."""
    found: dict[str, list[Row]] = {}
    for theme in _all_themes(db):
        found.setdefault(theme["dimension"], []).append(theme)
    return [
        {
            "name": name,
            "all": themes,
            "themes": sorted((t for t in themes if t["numbers"]), key=lambda theme: -theme["posts"]),
            "together": list({(row["subject"], tuple(row["weeks"])): row for t in themes for row in t["joined"]}.values()),
            "measured_on": sorted({words for theme in themes for words in theme["sure"]["measured_on"]}),
        }
        for name, themes in found.items()
    ]


def named_now(db: sqlite3.Connection, slug: str) -> str:
    """What a theme is called now; itself where it has not been renamed."""
    return next((theme["slug"] for theme in _read(db, "themes") if slug in json.loads(theme.get("renamed_from") or "[]")), slug)


def theme(db: sqlite3.Connection, slug: str) -> Row | None:
    """One theme with all its numbers; None if there is no such theme."""
    found = next((theme for theme in _all_themes(db) if theme["slug"] == slug), None)
    asked = _coverage(db)
    return found and {**found, "numbers": [{**row, "coverage": _seen(asked, row["weeks"])} for row in found["numbers"]]}


def questions(db: sqlite3.Connection) -> list[Row]:
    """The paper's questions, each with the posts that answer it, so far as they are told."""
    errors = _errors(db)
    cells: dict[str, list[Row]] = {}
    for cell in _read(db, "cells", kind="question"):
        cells.setdefault(cell["subject"], []).append(cell)
    return [
        {
            **question,
            "numbers": _numbers(cells.get(question["slug"], []), errors, QUESTION + question["slug"]),
            "posts": sum(cell["posts"] for cell in cells.get(question["slug"], [])),
            "sure": _sure_of(db, errors, cells.get(question["slug"], []), QUESTION + question["slug"]),
        }
        for question in _read(db, "questions")
    ]


# ---- the rest --------------------------------------------------------------------------------------------------------


def links(db: sqlite3.Connection) -> list[Row]:
    """Addresses that many people shared, most posts first."""
    found: dict[str, Row] = {}
    for cell in _read(db, "cells", kind="link"):
        link = found.setdefault(cell["subject"], {"url": cell["subject"], "posts": 0, "people": 0})
        link["posts"] += cell["posts"]
        link["people"] = max(link["people"], cell["people"])
    return sorted(found.values(), key=lambda link: -link["posts"])


def own_posts(db: sqlite3.Connection) -> list[Row]:
    """The campaign's own posts, newest first."""
    return _read(db, "own_posts")


def numbers(db: sqlite3.Connection) -> list[Row]:
    """Every number, with the error of the model that found it or that people counted it, as a table."""
    errors = _errors(db)
    told = []
    for cell in _read(db, "numbers"):
        name = QUESTION + cell["subject"] if cell["kind"] == "question" else cell["subject"]
        sure = errors.get((cell["model"], name)) or {}
        parts = ("precision", "precision_low", "precision_high", "recall", "recall_low", "recall_high", "support")
        row = {column: cell[column] for column in TAKEN}
        told.append({**row, **{part: sure.get(part) for part in parts}, "counted_by": cell.get("counted_by")})
    return told
