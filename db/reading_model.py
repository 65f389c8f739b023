"""Named reads of how well the live model does: overall, theme by theme, phrase by phrase, and whether the debate moves away."""

import json
import sqlite3
from collections.abc import Sequence

from db.reading import Row, rows_of
from tracker.records import CORRECTED_FROM, DRIFT_WEEKS, DRIFT_WORDS

WEEKS_WATCHED = 8
WEEKS_SAMPLED = 26
RISING_SHOWN = 12


def _read(db: sqlite3.Connection, name: str, **asked: object) -> list[Row]:
    return rows_of(db, "reading_model.sql", name, **asked)


def overall(db: sqlite3.Connection) -> list[Row]:
    """How the live model, its phrases alone and spaCy's own classifier find all themes together; the best sample first."""
    return _read(db, "overall")


ERRORS = ("precision", "precision_low", "precision_high", "recall", "recall_low", "recall_high", "measured_on")
"""What stands beside each count of a theme that is taken away."""


def errors_of_themes(db: sqlite3.Connection) -> dict[str, Row]:
    """How well the live model finds each theme (ERRORS), by its slug; measured_on says so where it was not measured."""
    return {row["slug"]: {name: row[name] for name in ERRORS} for row in _read(db, "errors")}


def shares(db: sqlite3.Connection, theme: str) -> Row | None:
    """Of the sample that the theme was measured on: the share that the model gives it, that people gave it, and what follows for
    all posts; F1 beside that of phrases alone and of spaCy's own classifier. needed: so many posts that are about it (support),
    and that are not (others), have to be coded for the last; enough: whether they are. None where nothing was measured."""
    found = _read(db, "shares", theme=theme)
    if not found:
        return None
    about, others = found[0]["support"] or 0, (found[0]["n"] or 0) - (found[0]["support"] or 0)
    lacks = {"needed": CORRECTED_FROM, "others": others, "enough": min(about, others) >= CORRECTED_FROM}
    return {**found[0], **lacks}


def phrases(db: sqlite3.Connection, theme: str) -> list[Row]:
    """The theme's phrases with the posts that hold them, how many of the coded ones are right, and the themes whose phrases they
    stand with, as (name, share)."""
    names = {row["slug"]: row["name"] for row in _read(db, "theme_names")}
    rows = rows_of(db, "watching.sql", "phrases_of_theme", theme=theme)
    for row in rows:
        row["fires_with"] = [(names.get(slug, slug), share) for slug, share in json.loads(row["fires_with"])]
    return rows


def weeks_in_sample(db: sqlite3.Connection, theme: str) -> list[Row]:
    """How much of the debate the theme is by what people read at random, newest week first: week, posts, given, share, low, high,
    alarm."""
    return rows_of(db, "watching.sql", "sample_weeks", theme=theme)[:WEEKS_SAMPLED]


def watch(db: sqlite3.Connection) -> Row:
    """Whether the debate moves away from what the model learned: drift by week, newest first, with the alarms of the newest two;
    earlier: the newest week before those that has one, None: none has; held: how many of these weeks could be held against enough
    (`needed`) before them; sampled: what people's reading of the random sample says of the newest two weeks that they read; what
    rises among posts that no theme covers, each with example posts; which phrases mislead, with their themes. looked: whether a
    night has looked at all this, at posts if there are any: without weeks it then knows no words that those of a week could be
    new beside."""
    every = rows_of(db, "watching.sql", "drift")
    weeks = every[::-1][:WEEKS_WATCHED]
    rising = rows_of(db, "watching.sql", "emerging")[:RISING_SHOWN]
    for row in rising:
        row["examples"] = json.loads(row["examples"])
    return {
        "weeks": weeks,
        "held": sum(_held_against_others(every)[-WEEKS_WATCHED:]),
        "needed": DRIFT_WEEKS,
        "sampled": rows_of(db, "watching.sql", "sample_alarms"),
        "alarms": [week for week in weeks[:2] if week["alarm"]],
        "earlier": next((week for week in weeks[2:] if week["alarm"]), None),
        "rising": rising,
        "misleading": rows_of(db, "watching.sql", "misleading"),
        **rows_of(db, "watching.sql", "looked")[0],
    }


def _held_against_others(weeks: Sequence[Row]) -> list[bool]:
    """Of each week, the oldest first, whether there were words enough in it and weeks enough before for it to stand out."""
    held, usual = [], 0
    for week in weeks:
        held.append(week["unseen"] is not None and usual >= DRIFT_WEEKS)
        usual += week["words"] >= DRIFT_WORDS and not week["alarm"]
    return held
