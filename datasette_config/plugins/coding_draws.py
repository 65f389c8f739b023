"""Drawing the random sample and the pilots, when someone codes or leads: no run writes to labels.db."""

import sqlite3
from contextlib import closing
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from datasette_config.plugins import coding_desk as desk
from datasette_config.plugins.pages import now_of
from db.coding import frame, frame_days, mark, readable
from db.labels import Labels
from db.reading import campaign_settings
from tracker.codings import AUDIT, PILOT, is_pilot
from tracker.counting import days_of
from tracker.drawing import drawn, rate_for, weeks_over
from tracker.times import system_clock

State = tuple[str, ...]
By = dict[str, str]
"""When and by whom posts are drawn, and with which seed: drawn_at, drawn_by, seed."""
Marks = dict[str, tuple[int, int]]
_LOOKED: dict[str, tuple[State, Marks]] = {}
"""Of each labels.db, what its sample was last drawn from, and a mark of each week's posts (how many, and the sum of their
numbers): a store without news is not gone through again, nor a week without."""


async def draw_what_is_due(datasette: Any, coder: str, *, begin: str = "") -> None:
    """Draw from the weeks that are over and new, or have other posts than when last looked at, or a higher rate by now; and each
    pilot once. Nothing is drawn before someone opens the queue (`begin`), so that a lead can set the rate first.

    Without the time limit of a page: the first look at a large store takes some seconds, once after each start."""
    folder = desk.folder_of(datasette)
    if folder is None:
        return

    def draw(db: sqlite3.Connection) -> None:
        with closing(desk.open_labels(folder)) as labels:
            queues = {begin} | ({AUDIT} if labels.drawn_weeks(AUDIT) else set())
            if queues & {AUDIT, PILOT}:
                _draw_due(db, labels, coder, str(folder.labels), queues, now_of(datasette))

    await datasette.get_database("tracker").execute_fn(draw)


def _draw_due(db: sqlite3.Connection, labels: Labels, coder: str, name: str, queues: set[str], now: str) -> None:
    known = desk.rules(labels)
    today = datetime.fromisoformat(now).astimezone(ZoneInfo(campaign_settings(db)["timezone"])).date().isoformat()
    state = (mark(db), today, known["audit_per_week"], known["pilot_size"], known["round"], *sorted(queues))
    before, marks = _LOOKED.get(name, ((), {}))
    if before == state:
        return
    fresh = f"{campaign_settings(db)['campaign_name']} {now[:10]}"
    seed = known.get("seed") or labels.begin_rule("seed", fresh, who=coder, now=system_clock())
    days, by = frame_days(db), {"drawn_at": system_clock(), "drawn_by": coder}
    if AUDIT in queues:
        marks = _draw_sample(db, labels, {**by, "seed": seed}, days, today, int(known["audit_per_week"]), marks)
    if PILOT in queues and is_pilot(known["round"]) and days and not labels.begun(PILOT, known["round"]):
        _draw_pilot(db, labels, {**by, "seed": f"{seed} pilot"}, days, known["round"], int(known["pilot_size"]))
    _LOOKED[name] = (state, marks)


def _draw_sample(
    db: sqlite3.Connection,
    labels: Labels,
    by: By,
    days: dict[str, tuple[int, int]],
    today: str,
    wanted: int,
    looked_at: Marks,
) -> Marks:
    """Draw from each week that is over. Its rate is that of the first draw, and rises only where a lead wants more posts a week:
    posts that are deleted or forgotten later do not make a week's other posts likelier to be drawn. All weeks are drawn from at
    one moment, by which they are known as read equally far (`Labels.chances_read`). Returns the weeks' marks."""
    populations, sums = (weeks_over({day: both[part] for day, both in days.items()}, today) for part in (0, 1))
    before, marks = labels.drawn_weeks(AUDIT), {week: (population, sums[week]) for week, population in populations.items()}
    for week, population in populations.items():
        last = before.get(week, {"rate": 0.0, "population": 0})
        rate = rate_for(max(population, last["population"]), wanted, last["rate"])
        if rate > last["rate"] or looked_at.get(week) != marks[week]:
            posts = drawn(by["seed"], frame(db, *days_of(week)), rate)
            labels.keep_draw({**by, "queue": AUDIT, "week": week, "rate": rate, "population": population}, posts)
    return marks


def _draw_pilot(
    db: sqlite3.Connection, labels: Labels, by: By, days: dict[str, tuple[int, int]], round_name: str, size: int
) -> None:
    """Draw just so many posts that can be offered and that nobody has read yet; where they are fewer all of them, which the
    draw's rate of 1 then tells."""
    read = {(row["platform"], row["native_id"]) for row in labels.sample(PILOT)} | {one.key for one in labels.touched()}
    fresh = drawn(by["seed"], (key for key in frame(db, min(days), max(days)) if key not in read), 1.0)
    places = dict(fresh)
    offered = [(key, places[key]) for key in islice(readable(db, places), size)]
    if offered:
        population = len(fresh) if len(offered) == size else len(offered)
        rate = rate_for(population, size)
        labels.keep_draw({**by, "queue": PILOT, "week": round_name, "rate": rate, "population": population}, offered)
