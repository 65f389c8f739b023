"""What people coded as a table, beside what the program says of the same posts: for estimates that are corrected elsewhere."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from db.coding import for_validation
from db.folder import DataFolder
from db.labels import Labels
from db.validating import with_all_it_counted, with_all_it_said
from pipelines.labelling import refuse_uncoded, write_out
from pipelines.running import Run, Stop, running
from pipelines.watching import score_what_people_read
from tracker.codings import asked_in
from tracker.counting import days_of, week_of
from tracker.problems import UnusableModel, UsageProblem
from tracker.records import Campaign
from tracker.settling import asked_now, in_names_of_now, names_now
from tracker.spreadsheets import harmless_table
from tracker.telling import count
from tracker.themes import load_model
from tracker.validation import as_csv, validation_rows


def validate(campaign: Campaign, folder: DataFolder, path: Path, *, stop: Stop) -> str:
    """`write_validation` as a run of its own. Raises UsageProblem where nobody has coded, and then makes no store."""
    refuse_uncoded(folder)
    with running("labels", campaign, folder, stop=stop) as run:
        return write_validation(run, path)


def write_validation(run: Run, path: Path) -> str:
    """Write the table (tracker/validation.py) to `path`, the model's scores of newly drawn posts among it; gives what was done.
    Raises StorageProblem where the file cannot be written."""
    without = ""
    try:
        score_what_people_read(run, load_model(run.folder.model))
    except (UsageProblem, UnusableModel) as problem:
        without = f" Without scores of newly coded posts: {problem.what}"
    rows = _rows(run)
    write_out(path, harmless_table(as_csv(rows)))
    told = f"{count(len(rows), 'row', 'rows')} written to {path}, one a post, theme (or question, and so on) and person."
    return f"{told} They are personal data.{without}"


def _rows(run: Run) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    run.store.transaction(lambda db: rows.extend(validation_of(run.campaign, run.folder, db)))
    return rows


def validation_of(campaign: Campaign, folder: DataFolder, db: sqlite3.Connection) -> list[dict[str, Any]]:
    """The rows of the table, as the store (db) and labels.db stand; [] where nobody has coded."""
    if not folder.labels.is_file():
        return []
    names = names_now({theme.slug: theme.renamed_from for theme in campaign.themes})
    themes, questions = [theme.slug for theme in campaign.themes], [question.slug for question in campaign.questions]
    with closing(Labels(folder, readonly=True)) as labels:
        codings = in_names_of_now(labels.standing(), names)
        asked = asked_now(asked_in(labels.codebooks()), names)
        codings, drawn, strata, machine = for_validation(db, labels, codings, week_of, days_of)
    counted, said = with_all_it_counted(db, strata, days_of, questions), with_all_it_said(db, machine, questions)
    return list(validation_rows(codings, drawn, counted, said, themes, questions, asked))
