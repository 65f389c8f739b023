"""What verdicts were asked about that came from files without a codebook, or with the name of one that is not here, as
earlier versions of this program took them: the themes that the campaign had on their day, and such questions of the paper as any
of the same file answers. What was born later would else be taken for something that they all denied."""

from collections.abc import Iterable, Mapping
from typing import Any

from db import migrations
from db.folder import DataFolder
from db.opening import open_database, storage_errors
from db.statements import statements
from tracker.codings import bare_book
from tracker.problems import Problem

Row = Mapping[str, Any]
Came = tuple[str, str]
"""From which file a verdict came, and its moment."""


def books_of_before(folder: DataFolder, verdicts: Iterable[Row]) -> dict[Came, str]:
    """The codebook of each of these verdicts (origin, coded_at, and themes and questions as lists): what the campaign had at that
    moment, or at first, where the verdict is older than the store; and what any of the same file gives, since its coders then
    knew it. None is known where there is no store."""
    lives = _lives(folder)
    begun = min((str(life["born"]) for life in lives), default="")
    given: dict[str, set[str]] = {}
    answered: dict[str, set[str]] = {}
    came: set[Came] = set()
    for one in verdicts:
        given.setdefault(one["origin"], set()).update(one["themes"])
        answered.setdefault(one["origin"], set()).update(one["questions"])
        came.add((one["origin"], one["coded_at"]))
    if not lives:
        return {}
    return {(origin, at): bare_book(given[origin] | _at(max(at, begun), lives), answered[origin]) for origin, at in came}


def _at(moment: str, lives: Iterable[Row]) -> set[str]:
    """The themes that the campaign had then, as they were called then."""
    return {one["slug"] for one in lives if one["born"] <= moment and not (one["retired_at"] and one["retired_at"] <= moment)}


def _lives(folder: DataFolder) -> list[Row]:
    """When each theme came and went (slug, born, retired_at); [] where there is no store that can be read: labels outlive it."""
    if not folder.tracker.is_file():
        return []
    try:
        db = open_database(folder.tracker, migrations.tracker, readonly=True)
        try:
            with storage_errors(folder.tracker):
                return list(db.query(statements("labels.sql")["theme_lives"]))
        finally:
            db.close()
    except Problem:
        return []
