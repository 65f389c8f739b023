"""Build the theme model from phrases and examples, from what people coded and from posts without labels, and make it the live one
unless it is worse than the one before."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from db.folder import DataFolder
from db.labels import Labels
from db.learned import keep_learned, learned_by, learned_from
from db.models import keep
from db.reading_texts import pool_of
from db.store import Store
from pipelines.evaluate import audit_posts, measure_live, unseen, unseen_audit
from pipelines.learning_files import EXAMPLES, bare_sentence, doubled_sentence, left_out_sentence, posts_of_files
from pipelines.running import Run
from tracker.problems import Interrupted, TimeOver, UnusableModel, UsageProblem
from tracker.records import Campaign, Example, ModelCard
from tracker.sameness import marks_of
from tracker.settling import lines_that_count
from tracker.telling import count
from tracker.themes import Comparison, ThemeModel, compare, load_model, model_name, train_model
from tracker.themes.evaluating import NOT_WORSE_BY, UNSEEN_AT_LEAST
from tracker.themes.gold import lessons_of

BY_HAND = "models_made_by_hand"
"""The setting that says of models, by their names, from which files they learned beside the campaign's own (`ByHand`)."""
REFUSED = "model_refused"
"""The setting that names the newest model that was made and not put in place."""
MODELS_KEPT = 10


@dataclass(frozen=True, slots=True)
class ByHand:
    """The names of the files of labelled posts that a model learned from beside the campaign's own, and the model that would have
    been made at the same time without them: while it is what would be made now, nothing changed. Both empty: no such file."""

    files: tuple[str, ...] = ()
    without: str = ""

    def names(self) -> str:
        """The files, with commas."""
        return ", ".join(self.files)


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of training. compared: the new model beside the old one; refused: why the old one stays, "" where it does not;
    left_out: what of the files was not learned from, and why, "" where nothing was left out; uncompared: why it took
    the place of another one without being compared with it, "" where it did not."""

    card: ModelCard
    compared: Comparison | None = None
    refused: str = ""
    left_out: str = ""
    uncompared: str = ""

    def not_placed(self) -> str:
        """That the old model stays, why, and what to do."""
        told = f"The new model is NOT put in place, and the one before stays: {self.refused}."
        return f"{told} Look at what changed in themes and labels and train again; or run the same command with --anyway."


def train(run: Run, *, labels: Sequence[Path] = (), pool: Path | None = None, anyway: bool = False) -> Trained:
    """Train, keep the model under DATA/models and DATA/model, record it with its measured quality; `classify` then reads every
    post again.

    labels: more files of labelled posts. pool: a file of posts without labels, instead of the store's own. anyway: put the new
    model in place even where it is worse on the audit sample.
    Raises CampaignProblem, UsageProblem, StorageProblem, PermissionProblem or, between two steps of learning, Interrupted;
    the old model is then live still."""
    files = posts_of_files(run.campaign, run.folder, _files(run.campaign, labels))
    unlabelled = posts_of_files(run.campaign, run.folder, [pool] if pool else [], labels=False)
    labelled = _beside_coded(run.folder, files.posts)
    texts = [example.text for example in unlabelled.posts] if pool else pool_of(run.store)
    out = left_out_sentence({**files.left_out, **unlabelled.left_out})
    left_out = " ".join(filter(None, (bare_sentence(files.bare), doubled_sentence(files.doubled), out)))
    if left_out:
        run.say(left_out)

    def one_more_step(what: str, done: int, total: int | None) -> None:
        run.stop.check()
        run.progress(what, done, total)

    try:
        run.stop.check()
        model = train_model(run.campaign, labelled, now=run.clock(), pool=texts, progress=one_more_step)
        run.stop.check()
    except TimeOver:
        raise  # the night goes on where it stopped
    except Interrupted as stopped:
        stopped.safe = "Nothing of the new model is kept; the one that was in place still is."
        stopped.next_step = "Run the same command again; the model is then made from the beginning."
        raise
    _keep_beside(run.folder, model)
    taught = lessons_of(run.campaign, labelled).given
    compared, uncompared = (None, "") if anyway else _compared(run, model, taught)
    if uncompared:
        run.say(uncompared)
    if compared is not None and not compared.holds:
        return replace(_refused(run, model, compared), left_out=left_out)
    # All this is kept before the model is moved in: what goes by its name is true of whichever is in place after a kill.
    _remember_files(run, model.card.name, labels)
    keep_learned(run.store, run.forgotten.digest, model.card.name, taught)
    run.store.remember(REFUSED, "")
    model.save(run.folder.model)
    run.store.keep_model(model.card)
    measure_live(run, model, unseen_audit(run, model))
    return Trained(model.card, compared, left_out=left_out, uncompared=uncompared)


def _refused(run: Run, model: ThemeModel, compared: Comparison) -> Trained:
    why = (
        f"on {compared.n:,} posts of the audit sample, which neither has seen, its macro-F1, over the themes that they carry, is "
        f"{compared.after:.2f} and that of the model in place {compared.before:.2f}; it may be worse by up to "
        f"{compared.worse_by:.3f}, and {NOT_WORSE_BY:.3f} is allowed"
    )
    run.store.transaction(lambda connection: keep(connection, model.card, live=False, refused=why))
    run.store.remember(REFUSED, model.card.name)
    run.say(f"the model {model.card.name} was made and not put in place: {why}")
    return Trained(model.card, compared, why)


def _compared(run: Run, model: ThemeModel, taught: Sequence[Example]) -> tuple[Comparison | None, str]:
    """The new model beside the live one on those posts of the audit sample that neither learned from; None where there is no live
    model or too little to tell, or where the live one is of other themes: then it cannot count this debate, however good it is.
    And why it takes the place of another uncompared, in words. taught: what the new one learned from."""
    try:
        before = load_model(run.folder.model)
    except (UsageProblem, UnusableModel):
        return None, ""
    if before.card.name == model.card.name:
        return None, ""
    learned = count(before.card.labelled, "labelled post")
    takes = f"It takes the place of {before.card.name} ({learned}) without being compared with it"
    kept = "The model before is kept under models/ in the data folder."
    if before.known_themes() != model.known_themes():
        return None, f"{takes}, which was made for other themes. {kept}"
    digest = run.forgotten.digest
    seen = (learned_by(run.store, digest, before.card.name), learned_from(taught, digest))
    found = compare(before, model, run.campaign, unseen(run.campaign, audit_posts(run.folder), *seen).examples)
    few = f"fewer than {UNSEEN_AT_LEAST} coded posts of the audit sample are new to both, or none carries a theme"
    return found, "" if found else f"{takes}, since {few}. {kept}"


def _keep_beside(folder: DataFolder, model: ThemeModel) -> None:
    """Keep the model under DATA/models by its name; the oldest go when there are more than MODELS_KEPT."""
    place = folder.models
    model.save(place / model.card.name)
    kept = sorted((path for path in place.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in kept[MODELS_KEPT:]:
        shutil.rmtree(old)


def _remember_files(run: Run, model: str, labels: Sequence[Path]) -> None:
    """Remember which files a model learned from that is about to be put in place; what is remembered of the last ones stays."""
    known = json.loads(run.store.settings().get(BY_HAND, "{}"))
    known.pop(model, None)
    without = model_name(run.campaign, labelled_posts(run.campaign, run.folder)) if labels else ""
    if labels and not model.startswith(without):  # else all that the files held was left out
        known[model] = [[path.name for path in labels], without]
    run.store.remember(BY_HAND, json.dumps(dict(list(known.items())[-MODELS_KEPT:])))


def made_by_hand(store: Store, model: str) -> ByHand:
    """What the model of this name learned from that was given by hand."""
    files, without = json.loads(store.settings().get(BY_HAND, "{}")).get(model, ((), ""))
    return ByHand(tuple(files), without)


def labelled_posts(campaign: Campaign, folder: DataFolder, labels: Sequence[Path] = ()) -> list[Example]:
    """All that there is to learn from: examples.jsonl, the files of `labels`, and what people coded in labels.db, without what is
    to stay forgotten. What the model is measured on is left out, wherever it comes from: a post that was drawn for the audit,
    where it is said which it is, and one that says the same, or nearly, as a post that was coded for it."""
    return _beside_coded(folder, posts_of_files(campaign, folder, _files(campaign, labels)).posts)


def _files(campaign: Campaign, labels: Sequence[Path]) -> list[Path]:
    return [Path(campaign.folder) / EXAMPLES, *labels]


def _beside_coded(folder: DataFolder, of_files: Sequence[Example]) -> list[Example]:
    """What counts of labelled posts of files and of what people coded, without what the model is measured on."""
    labelled = list(of_files)
    if not folder.labels.exists():
        return lines_that_count(labelled)
    coded = Labels(folder, readonly=True)
    try:
        drawn = coded.kept_for_audit()
        audit = {mark for example in coded.audit_examples() for mark in marks_of(example.text)[0]}
        labelled += coded.coded_examples()
    finally:
        coded.close()
    learned = [one for one in labelled if (one.platform, one.native_id) not in drawn and not audit & marks_of(one.text)[1]]
    return lines_that_count(learned)
