"""What the store knows of models: from what each was made, how well it does, which is live, which was refused."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict

from db.statements import statements
from tracker.records import ASKS, ModelCard, Overall, Quality


def keep(connection: sqlite3.Connection, card: ModelCard, *, live: bool, refused: str | None = None) -> None:
    """Record a model with its measured quality. live: it takes the place of the live one, and with it how well questions put to
    us are told: no model has a say in that, so it is measured on what was read before, and is true until posts are read again.
    refused: why it does not."""
    asking: tuple[str, ...] = ()
    if live:
        asking = tuple(name for (name,) in connection.execute(ASKING_OF_LIVE, [ASKS]))
        connection.execute("update models set live = 0 where live = 1")
    connection.execute(
        KEEP_MODEL,
        {
            "name": card.name,
            "trained_at": card.trained_at,
            "live": live,
            "labelled": card.labelled,
            "invented": card.invented,
            "notes": card.notes,
            "pool": card.pool,
            "inputs": json.dumps(dict(card.inputs)),
            "arrays": card.arrays,
            "refused": refused,
        },
    )
    kept = ASKS if card.name in asking else ""
    connection.execute("delete from theme_quality where model = ? and theme <> ?", [card.name, kept])
    connection.execute("delete from model_quality where model = ?", [card.name])
    connection.executemany(
        "update theme_quality set model = ? where model = ? and theme = ?", [(card.name, name, ASKS) for name in asking]
    )
    keep_quality(connection, card.name, card.quality)
    keep_overall(connection, card.name, card.overall)


def keep_quality(connection: sqlite3.Connection, model: str, quality: Sequence[Quality]) -> None:
    """Record the measured quality of some themes, in place of what was recorded of them, beside how well coders agree."""
    connection.executemany(KEEP_QUALITY, [{"model": model, **asdict(one)} for one in quality])
    connection.execute(statements("verdicts.sql")["note_alpha"])


def keep_overall(connection: sqlite3.Connection, model: str, overall: Sequence[Overall]) -> None:
    """Record how all themes together are found, in place of what was recorded on the same sample."""
    samples = sorted({one.sample for one in overall})
    connection.executemany("delete from model_quality where model = ? and sample = ?", [(model, sample) for sample in samples])
    connection.executemany(KEEP_OVERALL, [{"model": model, **asdict(one)} for one in overall])


def forget_audit(connection: sqlite3.Connection, card: ModelCard) -> None:
    """Let go of what was measured of a model on the audit sample, which is too small by now: what its card says stands again."""
    connection.execute("delete from model_quality where model = ? and sample = 'audit'", [card.name])
    its = [card.name, ASKS]
    if connection.execute("delete from theme_quality where model = ? and sample = 'audit' and theme <> ?", its).rowcount:
        keep_quality(connection, card.name, card.quality)


ASKING_OF_LIVE = """
select model from theme_quality join models on models.name = theme_quality.model where models.live = 1 and theme = ?
"""
KEEP_MODEL = """
insert into models(name, trained_at, live, labelled, invented, notes, pool, inputs, arrays, refused)
values (:name, :trained_at, :live, :labelled, :invented, :notes, :pool, :inputs, :arrays, :refused)
on conflict (name) do update set live = excluded.live, trained_at = excluded.trained_at, labelled = excluded.labelled,
    invented = excluded.invented, notes = excluded.notes, pool = excluded.pool, inputs = excluded.inputs,
    arrays = excluded.arrays, refused = excluded.refused
"""
NOT_PLACED = """
select models.name, models.trained_at, models.refused as why,
    (select min(earlier.trained_at) from models as earlier
        where earlier.refused is not null and earlier.trained_at >= placed.trained_at) as since
from models join models as placed on placed.live = 1
where models.refused is not null and models.live = 0 and models.trained_at >= placed.trained_at
order by models.trained_at desc, models.rowid desc limit 1
"""
KEEP_QUALITY = """
insert or replace into theme_quality(
    model, theme, precision, precision_low, precision_high, recall, recall_low, recall_high, f1, f1_low, f1_high, n, support,
    measured_on, sample, ece, phrases_f1, textcat_f1, share_found, share_coded, share_coded_low, share_coded_high,
    share_corrected, share_corrected_low, share_corrected_high
) values (
    :model, :theme, :precision, :precision_low, :precision_high, :recall, :recall_low, :recall_high, :f1, :f1_low, :f1_high,
    :n, :support, :measured_on, :sample, :ece, :phrases_f1, :textcat_f1, :share_found, :share_coded, :share_coded_low,
    :share_coded_high, :share_corrected, :share_corrected_low, :share_corrected_high
)
"""
KEEP_OVERALL = """
insert into model_quality(
    model, method, sample, part, macro_f1, macro_low, macro_high, micro_f1, ece, unsure, n, measured_on, themes, looked_for
) values (
    :model, :method, :sample, :part, :macro_f1, :macro_low, :macro_high, :micro_f1, :ece, :unsure, :n, :measured_on, :themes,
    :looked_for
)
"""
