"""Build the theme model from phrases and examples, from what people coded and from posts without labels, and make it the live one
unless it is worse than the one before."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from db.folder import DataFolder
from db.labels import Labels
from db.learned import keep_learned, learned_by, learned_from
from db.models import keep
from db.reading_texts import pool_of
from db.store import Store
from pipelines.evaluate import audit_posts, measure_live, unseen, unseen_audit
from pipelines.running import Run
from tracker.labelled import read_examples
from tracker.problems import UnusableModel, UsageProblem
from tracker.records import Campaign, Example, ModelCard
from tracker.themes import Comparison, ThemeModel, compare, load_model, model_name, train_model
from tracker.themes.gold import lessons_of
from tracker.themes.wording import same_words

LABEL_FILES = "model_label_files"
"""The setting that names the files of labelled posts that the live model learned from, beside the campaign's own."""
WITHOUT_FILES = "model_without_label_files"
"""The setting that names the model that would have been made at the same time without those files: while it is what would be made
now, nothing changed."""
REFUSED = "model_refused"
"""The setting that names the newest model that was made and not put in place."""
MODELS_KEPT = 10


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of training. compared: the new model beside the old one; refused: why the old one stays, "" where it does not."""

    card: ModelCard
    compared: Comparison | None = None
    refused: str = ""


def train(run: Run, *, labels: Sequence[Path] = (), pool: Path | None = None, anyway: bool = False) -> Trained:
    """Train, keep the model under DATA/models and DATA/model, record it with its measured quality; `classify` then reads every
    post again.

    labels: more files of labelled posts. pool: a file of posts without labels, instead of the store's own. anyway: put the new
    model in place even where it is worse on the audit sample.
    Raises CampaignProblem, UsageProblem, StorageProblem, PermissionProblem or, between two steps of learning, Interrupted;
    the old model is then live still."""
    labelled = labelled_posts(run.campaign, run.folder, labels)
    if pool is not None:
        texts = [example.text for example in read_examples(pool, run.campaign, labels=False)]
    else:
        texts = pool_of(run.store)

    def one_more_step(what: str, done: int, total: int | None) -> None:
        run.stop.check()
        run.progress(what, done, total)

    run.stop.check()
    model = train_model(run.campaign, labelled, now=run.clock(), pool=texts, progress=one_more_step)
    run.stop.check()
    _keep_beside(run.folder, model)
    taught = lessons_of(run.campaign, labelled).given
    compared = None if anyway else _compared(run, model, taught)
    if compared is not None and not compared.holds:
        return _refused(run, model, compared)
    # Before the model is moved in: a kill between the two may then never cost labels that were given by hand.
    run.store.remember(LABEL_FILES, json.dumps([path.name for path in labels]))
    run.store.remember(WITHOUT_FILES, model_name(run.campaign, labelled_posts(run.campaign, run.folder)) if labels else "")
    run.store.remember(REFUSED, "")
    keep_learned(run.store, run.forgotten.digest, model.card.name, taught)
    model.save(run.folder.model)
    run.store.keep_model(model.card)
    measure_live(run, model, unseen_audit(run, model))
    return Trained(model.card, compared)


def _refused(run: Run, model: ThemeModel, compared: Comparison) -> Trained:
    why = (
        f"on {compared.n:,} posts of the audit sample, which neither has seen, its macro-F1 is {compared.after:.2f} and that of "
        f"the model in place {compared.before:.2f}; it may be worse by up to {compared.worse_by:.2f}, and 0.02 is allowed"
    )
    run.store.transaction(lambda connection: keep(connection, model.card, live=False, refused=why))
    run.store.remember(REFUSED, model.card.name)
    run.say(f"the model {model.card.name} was made and not put in place: {why}")
    return Trained(model.card, compared, why)


def _compared(run: Run, model: ThemeModel, taught: Sequence[Example]) -> Comparison | None:
    """The new model beside the live one on those posts of the audit sample that neither learned from; None where there is no live
    model or too little to tell. taught: what the new one learned from."""
    try:
        before = load_model(run.folder.model)
    except (UsageProblem, UnusableModel):
        return None
    if before.card.name == model.card.name:
        return None
    digest = run.forgotten.digest
    learned = (learned_by(run.store, digest, before.card.name), learned_from(taught, digest))
    return compare(before, model, run.campaign, unseen(run.campaign, audit_posts(run.campaign, run.folder), *learned).examples)


def _keep_beside(folder: DataFolder, model: ThemeModel) -> None:
    """Keep the model under DATA/models by its name; the oldest go when there are more than MODELS_KEPT."""
    place = folder.models
    model.save(place / model.card.name)
    kept = sorted((path for path in place.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in kept[MODELS_KEPT:]:
        shutil.rmtree(old)


def files_by_hand(store: Store) -> str:
    """The names of the label files that the live model learned from beside the campaign's own, with commas; "" for none."""
    return ", ".join(json.loads(store.settings().get(LABEL_FILES, "[]")))


def labelled_posts(campaign: Campaign, folder: DataFolder, labels: Sequence[Path] = ()) -> list[Example]:
    """All that there is to learn from: examples.jsonl, the files of `labels`, and what people coded in labels.db. A post of a
    file that was drawn for the audit is left out where the file says which it is, and one that says the same, or nearly, as a
    post that was coded for it: the model is measured on them."""
    files = [Path(campaign.folder) / "examples.jsonl", *labels]
    from_files = [example for path in files for example in read_examples(path, campaign)]
    if not folder.labels.exists():
        return from_files
    coded = Labels(folder, readonly=True)
    try:
        drawn = coded.kept_for_audit()
        audit = {same_words(example.text) for example in coded.audit_examples()} - {""}
        left = [one for one in from_files if (one.platform, one.native_id) not in drawn and same_words(one.text) not in audit]
        return left + coded.coded_examples()
    finally:
        coded.close()
