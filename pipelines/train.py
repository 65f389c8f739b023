"""Build the theme model from the campaign's phrases and examples and from what people coded, and make it the live one."""

import json
from collections.abc import Sequence
from pathlib import Path

from db.labels import Labels
from pipelines.running import Run
from tracker.labelled import read_examples
from tracker.records import Example, ModelCard
from tracker.themes import train_model

LABEL_FILES = "model_label_files"
"""The setting that names the files of labelled posts that the live model learned from, beside the campaign's own."""


def train(run: Run, *, labels: Sequence[Path] = (), pool: Path | None = None) -> ModelCard:
    """Train, keep the model under DATA/model, record it with its measured quality; `classify` then reads every post again.

    labels: more files of labelled posts. pool: unlabelled posts; this version looks whether it can be read and learns
    nothing from it. Raises CampaignProblem, UsageProblem, StorageProblem or PermissionProblem; the old model is then live
    still."""
    labelled = labelled_posts(run, labels)
    if pool is not None:
        read_examples(pool, run.campaign, labels=False)
    run.stop.check()
    model = train_model(run.campaign, labelled, now=run.clock(), progress=run.progress)
    run.stop.check()
    model.save(run.folder.model)
    run.store.keep_model(model.card)
    run.store.remember(LABEL_FILES, json.dumps([path.name for path in labels]))
    return model.card


def labelled_posts(run: Run, labels: Sequence[Path] = ()) -> list[Example]:
    """All that there is to learn from: examples.jsonl, the files of `labels`, and what people coded in labels.db."""
    files = [Path(run.campaign.folder) / "examples.jsonl", *labels]
    from_files = [example for path in files for example in read_examples(path, run.campaign)]
    if not run.folder.labels.exists():
        return from_files
    coded = Labels(run.folder)
    try:
        return from_files + coded.coded_examples()
    finally:
        coded.close()
