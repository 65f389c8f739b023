"""Build the theme model from the campaign's phrases and examples and from what people coded, and make it the live one."""

import json
from collections.abc import Sequence
from pathlib import Path

from db.folder import DataFolder
from db.labels import Labels
from db.store import Store
from pipelines.running import Run
from tracker.labelled import read_examples
from tracker.records import Campaign, Example, ModelCard
from tracker.themes import train_model

LABEL_FILES = "model_label_files"
"""The setting that names the files of labelled posts that the live model learned from, beside the campaign's own."""


def train(run: Run, *, labels: Sequence[Path] = (), pool: Path | None = None) -> ModelCard:
    """Train, keep the model under DATA/model, record it with its measured quality; `classify` then reads every post again.

    labels: more files of labelled posts. pool: unlabelled posts; this version looks whether it can be read and learns
    nothing from it. Raises CampaignProblem, UsageProblem, StorageProblem, PermissionProblem or, between two rounds of
    learning, Interrupted; the old model is then live still."""
    labelled = labelled_posts(run.campaign, run.folder, labels)
    if pool is not None:
        read_examples(pool, run.campaign, labels=False)

    def one_more_round(what: str, done: int, total: int | None) -> None:
        run.stop.check()
        run.progress(what, done, total)

    run.stop.check()
    model = train_model(run.campaign, labelled, now=run.clock(), progress=one_more_round)
    run.stop.check()
    # Before the model is moved in: a kill between the two may then never cost labels that were given by hand.
    run.store.remember(LABEL_FILES, json.dumps([path.name for path in labels]))
    model.save(run.folder.model)
    run.store.keep_model(model.card)
    return model.card


def files_by_hand(store: Store) -> str:
    """The names of the label files that the live model learned from beside the campaign's own, with commas; "" for none."""
    return ", ".join(json.loads(store.settings().get(LABEL_FILES, "[]")))


def labelled_posts(campaign: Campaign, folder: DataFolder, labels: Sequence[Path] = ()) -> list[Example]:
    """All that there is to learn from: examples.jsonl, the files of `labels`, and what people coded in labels.db."""
    files = [Path(campaign.folder) / "examples.jsonl", *labels]
    from_files = [example for path in files for example in read_examples(path, campaign)]
    if not folder.labels.exists():
        return from_files
    coded = Labels(folder, readonly=True)
    try:
        return from_files + coded.coded_examples()
    finally:
        coded.close()
