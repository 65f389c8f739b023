"""Measure the live model on posts that it has not learned from: a labelled file, or the audit sample that people coded."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from db.coding import machine_everywhere
from db.folder import DataFolder
from db.labels import Labels
from db.models import keep_overall, keep_quality
from pipelines.running import Run
from tracker.labelled import read_examples
from tracker.problems import UsageProblem
from tracker.records import Campaign, Example
from tracker.themes import Evaluation, ThemeModel, evaluate_model, load_model

ENOUGH = 50
"""Coded posts of the audit sample from which its figures take the place of those by cross-validation; fewer do where those rest
on still fewer posts."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What was measured, of which model. strange: the campaign's themes that are newer than the model."""

    model: str
    measured: Evaluation
    strange: tuple[str, ...] = ()


def evaluate(campaign: Campaign, folder: DataFolder, labels: Path | None = None) -> Evaluated:
    """Measure the model under DATA/model on `labels`, else on the audit sample. Writes nothing.

    Raises UsageProblem where there is no model, or nothing to measure on; UnusableModel; CampaignProblem for a bad line."""
    model = load_model(folder.model)
    if labels is not None:
        examples: Sequence[Example] = read_examples(labels, campaign)
        sample = "file"
        where = f"{labels.name}, a file given by hand"
    else:
        examples, sample = audit_posts(campaign, folder), "audit"
        where = "posts drawn at random for the audit and coded by people"
    measured = evaluate_model(model, campaign, examples, sample=sample, measured_on=where)
    if not measured.n:
        raise UsageProblem(
            f"There is no labelled post to measure on in {labels.name}."
            if labels
            else "No post of the audit sample is coded yet.",
            safe="Nothing was changed.",
            next_step="Give a file: debate-tracker evaluate --labels FILE, or code posts of the audit sample in the pages.",
        )
    known = model.known_themes()
    return Evaluated(model.card.name, measured, tuple(theme.slug for theme in campaign.themes if theme.slug not in known))


def measure_live(run: Run, model: ThemeModel) -> None:
    """Record how the live model does on the audit sample, where enough of it is coded; nothing is learned from it. What it
    gave to all posts that it has read tells how much of the debate each theme is."""
    examples = audit_posts(run.campaign, run.folder)
    if not examples:
        return
    where = "posts drawn at random for the audit and coded by people; the model never learns from them"
    everywhere = machine_everywhere(run.store, model.card.name)
    measured = evaluate_model(model, run.campaign, examples, sample="audit", measured_on=where, everywhere=everywhere)
    if measured.n < min(ENOUGH, max(1, model.card.labelled)):
        return

    def write(connection: sqlite3.Connection) -> None:
        keep_quality(connection, model.card.name, measured.quality)
        keep_overall(connection, model.card.name, measured.overall)

    run.store.transaction(write)


def audit_posts(campaign: Campaign, folder: DataFolder) -> Sequence[Example]:
    """The coded posts of the audit sample, one a coder."""
    if not folder.labels.exists():
        return ()
    coded = Labels(folder, readonly=True)
    try:
        return coded.audit_examples()
    finally:
        coded.close()
