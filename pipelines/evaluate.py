"""Measure the live model on posts that it has not learned from: a labelled file, or the audit sample that people coded.

A post may be drawn for the audit after the model learned from it. Until the model is trained again it is left out, and so is one
that says the same: how many, stands beside the figures."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from db.coding import everywhere_in, everywhere_read
from db.folder import DataFolder
from db.labels import Key, Labels
from db.learned import Learned, learned_by, learned_in
from db.models import forget_audit, keep_overall, keep_quality
from db.opening_labels import refuse_lost_labels
from db.watching import days_in
from pipelines.learning_files import bare_sentence, doubled_sentence, left_out_sentence, posts_of_files
from pipelines.running import Run
from tracker.counting import week_of
from tracker.problems import UsageProblem
from tracker.records import Campaign, Example
from tracker.settling import lines_that_count
from tracker.telling import count
from tracker.themes import Evaluation, ThemeModel, evaluate_model, load_model, speed
from tracker.themes.gold import is_foreign, posts_to_measure

ENOUGH = 50
"""Coded posts of the audit sample from which its figures take the place of those by cross-validation; fewer do where those rest
on still fewer posts."""
ALIKE = 1.5
"""How many times as likely as another a post may have been drawn and read for the two to be said to stand for as many."""
DRAWN_AND_CODED = "posts drawn at random for the audit and coded by people"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What was measured, of which model. strange: the campaign's themes that are newer than the model; left_out: how many posts
    were not measured on, since the model learned from them, None where it is not known from which it learned; remembered: it
    learned from every post of the file, so that they are measured on nevertheless; aside: what is said of posts that are left
    out for their language, since they are to stay forgotten, or as lines that stand there twice, with a space before it;
    docs_per_second: how fast the model reads on one core, None where it was not timed."""

    model: str
    measured: Evaluation
    strange: tuple[str, ...] = ()
    left_out: int | None = None
    remembered: bool = False
    aside: str = ""
    docs_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Unseen:
    """Labelled posts that a model did not learn from, and how many others were left out; None: it is not known which."""

    examples: Sequence[Example]
    left_out: int | None

    def in_words(self) -> str:
        """What became of those that it learned from, to stand behind which posts were measured on."""
        if self.left_out is None:
            return "; from which of them the model may have learned before was not kept when it was made"
        if not self.left_out:
            return "; the model never learns from them"
        one = "other is left out, since the model learned from it, or from the same words, before it was drawn"
        several = "others are left out, since the model learned from them, or from the same words, before they were drawn"
        return f"; {count(self.left_out, one, several)}"

    def mark(self, fingerprint: Callable[[bytes], str]) -> str:
        """A hash of them: another as soon as some are drawn, coded or taken back, drawn with another probability, or learned
        from; "" where there are none. fingerprint: a keyed hash, since words of posts are in it."""
        if not self.examples:
            return ""
        told = [[asdict(one) for one in self.examples], self.left_out]
        return fingerprint(json.dumps(told, sort_keys=True).encode())


def unseen(campaign: Campaign, examples: Sequence[Example], *learned: Learned | None) -> Unseen:
    """Those of these posts that none of some models learned from. learned: what each learned from, None where it is not known."""
    known = [one for one in learned if one is not None]
    left = [example for example in examples if not any(one.knows(example) for one in known)]
    out = len(posts_to_measure(campaign, examples)) - len(posts_to_measure(campaign, left))
    return Unseen(left, out if len(known) == len(learned) else None)


def evaluate(campaign: Campaign, folder: DataFolder, labels: Path | None = None) -> Evaluated:
    """Measure the model under DATA/model on `labels`, else on the audit sample. Writes nothing.

    Raises UsageProblem where there is no model, or nothing to measure on; UnusableModel; and what posts_of_files raises."""
    model = load_model(folder.model)
    learned = learned_in(folder, model.card.name)
    aside = ""
    if labels is not None:
        file = posts_of_files(campaign, folder, [labels])
        examples: Sequence[Example] = lines_that_count(file.posts)
        sample, where = "file", f"{labels.name}, a file given by hand"
        said = filter(None, (bare_sentence(file.bare), doubled_sentence(file.doubled), left_out_sentence(file.left_out)))
        aside = "".join(f" {sentence}" for sentence in said)
    else:
        examples, sample, where = audit_posts(folder), "audit", DRAWN_AND_CODED
    if foreign := _foreign(campaign, examples):
        aside += f" {foreign}, as `lang` says or else the program."
    new = unseen(campaign, examples, learned)
    remembered = labels is not None and bool(new.left_out) and not posts_to_measure(campaign, new.examples)
    measured_on = examples if remembered else new.examples
    everywhere = everywhere_in(folder, model.card.name) if labels is None else None
    where += _once_each(measured_on) if labels is None else ""
    measured = evaluate_model(model, campaign, measured_on, sample=sample, measured_on=where, everywhere=everywhere)
    if not measured.n and new.left_out:
        raise _nothing_new(new.left_out)
    if not measured.n:
        raise UsageProblem(
            f"There is no labelled post to measure on in {labels.name}.{aside}"
            if labels
            else _nothing_told(len({(example.platform, example.native_id) for example in examples})),
            safe="Nothing was changed.",
            next_step="Give a file: debate-tracker evaluate --labels FILE, or code posts of the audit sample in the pages.",
        )
    known = model.known_themes()
    strange = tuple(theme.slug for theme in campaign.themes if theme.slug not in known)
    left_out = 0 if remembered else new.left_out
    pace = speed(model, [post.text for post in posts_to_measure(campaign, measured_on)])
    return Evaluated(model.card.name, measured, strange, left_out, remembered, aside, pace)


def _foreign(campaign: Campaign, examples: Sequence[Example]) -> str:
    """What is said of labelled posts that are left out for their language; "" where none is."""
    foreign = sum(one.themes is not None and is_foreign(campaign, one) for one in examples)
    one, several = "post is left out, since it is", "posts are left out, since they are"
    return f"{count(foreign, one, several)} in none of the campaign's languages" if foreign else ""


def _nothing_told(coded: int) -> str:
    told = count(coded, "post of the audit sample is", "posts of the audit sample are")
    why = "people could not tell of any of them, or stand half and half"
    return f"{told} coded, but {why}." if coded else "No post of the audit sample is coded yet."


def _nothing_new(left_out: int) -> UsageProblem:
    told = count(left_out, "post of the audit sample is", "posts of the audit sample are")
    return UsageProblem(
        f"{told} coded, and the model learned from all of them before they were drawn.",
        why="What a model learned from does not tell how it does on other posts.",
        safe="Nothing was changed.",
        next_step="Train it again: it then leaves them out, and is measured on them. Or code more posts of the sample.",
    )


def unseen_audit(run: Run, model: ThemeModel) -> Unseen:
    """The coded posts of the audit sample that this model did not learn from, as things stand."""
    return unseen(run.campaign, audit_posts(run.folder), learned_by(run.store, run.forgotten.digest, model.card.name))


def measure_live(run: Run, model: ThemeModel, new: Unseen) -> None:
    """Record how the live model does on `new` posts of the audit sample, where they are enough; where they are so no more, since
    verdicts were taken back, what its card says stands again. What it gave to the posts that it has read and nobody labelled
    tells how much of the debate each theme is."""
    measured = _measured(run, model, new) if new.examples else None
    enough = min(ENOUGH, max(1, model.card.labelled))

    def write(connection: sqlite3.Connection) -> None:
        if measured is None or measured.n < enough:
            forget_audit(connection, model.card)
        else:
            keep_quality(connection, model.card.name, measured.quality)
            keep_overall(connection, model.card.name, measured.overall)

    run.store.transaction(write)


def _measured(run: Run, model: ThemeModel, new: Unseen) -> Evaluation:
    foreign = _foreign(run.campaign, new.examples)
    where = DRAWN_AND_CODED + new.in_words() + _once_each(new.examples) + (f"; {foreign}" if foreign else "")
    everywhere = everywhere_read(run.store, model.card.name)
    return evaluate_model(model, run.campaign, new.examples, sample="audit", measured_on=where, everywhere=everywhere)


def _once_each(examples: Sequence[Example]) -> str:
    """That the figures are of the posts as they were read, where these stand for different numbers of posts; else ""."""
    rates = {one.probability for one in examples if one.probability is not None}
    alike = not rates or max(rates) < ALIKE * min(rates)
    return "" if alike else "; each counts once, though some weeks were drawn from, or read, more fully than others"


def audit_posts(folder: DataFolder) -> Sequence[Example]:
    """The coded posts of the audit sample, one a coder. Of posts that came in a file as drawn, the week is that of their day
    here, as in `weekly_shares`."""
    refuse_lost_labels(folder)
    if not folder.labels.exists():
        return ()
    with closing(Labels(folder, readonly=True)) as coded:
        examples = coded.audit_examples()
    days = days_in(folder, sorted({_key(one) for one in examples if one.week is None}))
    return [replace(one, week=week_of(days[_key(one)])) if _key(one) in days else one for one in examples]


def _key(example: Example) -> Key:
    return example.platform or "", example.native_id or ""
