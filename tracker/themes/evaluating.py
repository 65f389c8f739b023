"""Measuring a model on labelled posts that it has not learned from."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from tracker.records import QUESTION, Campaign, Everywhere, Example, Overall, Quality
from tracker.sameness import makings
from tracker.themes.baseline import textcat_marks
from tracker.themes.deciding import Settings, is_theme
from tracker.themes.fitting import Matrix
from tracker.themes.gold import Gold, posts_to_measure
from tracker.themes.learning import truth_of
from tracker.themes.measuring import found_marks
from tracker.themes.model import ThemeModel
from tracker.themes.reckoning import Measured, doubts, macro_f1, occurring, overall_of, qualities_of, resampled_macro_f1
from tracker.themes.rules import hit_counts
from tracker.themes.sheet import CODE_POINTS, batches

TIMED, TIMED_AT_ONCE = 3000, 300
"""Posts on which reading is timed, fewer where they are long, so many at a time; those of a small sample several times."""
ABSTAIN = 0.2
CUT_FROM = 40
"""Posts from which a sample is also measured in two parts, an earlier and a later one: cut between two of the weeks in which they
were written, or, where fewer have one that is known, of the days on which they were coded. No week is cut, so they are no halves;
posts of which it is not known are in neither."""
NOT_WORSE_BY = 0.02
UNSEEN_AT_LEAST = 50
"""Unseen labelled posts from which two models are compared."""
SURE = 0.95


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured of a model. abstaining: macro-F1 of the 80 % of posts that are least in doubt, and of all; None of so few
    posts that none of them is a fifth."""

    quality: tuple[Quality, ...]
    overall: tuple[Overall, ...]
    n: int
    unsure: float
    abstaining: tuple[float, float] | None
    threshold_policy: str


def evaluate_model(
    model: ThemeModel,
    campaign: Campaign,
    examples: Sequence[Example],
    *,
    sample: str,
    measured_on: str,
    everywhere: Everywhere | None = None,
) -> Evaluation:
    """Measure on `examples`; those without labels, undecided, or in other languages are left out, and each drawn post counts
    once, of others each text. everywhere: what an audit sample speaks of, for shares of all posts."""
    posts = posts_to_measure(campaign, examples)
    measured, tops = measure(model, campaign, posts, sample, measured_on)
    if everywhere is not None:
        messages = [everywhere.messages.get(post.key, -1 - row) for row, post in enumerate(posts)]
        measured = replace(measured, messages=np.array(messages, dtype=np.int64))
    overall = list(overall_of(measured))
    weeks = [post.week for post in posts]
    times = np.array(weeks if sum(map(bool, weeks)) >= CUT_FROM else [post.day for post in posts], dtype=str)
    known = times != ""
    cuts = np.unique(times[known])[1:]
    if known.sum() >= CUT_FROM and len(cuts):
        later = times >= min(cuts, key=lambda cut: abs((times[known] >= cut).mean() - 0.5))
        overall += [*overall_of(measured.rows(known & ~later), part="earlier"), *overall_of(measured.rows(later), part="later")]
    return Evaluation(
        quality=qualities_of(measured, everywhere),
        overall=tuple(overall),
        n=len(posts),
        unsure=float(measured.unsure.mean()) if posts else 0.0,
        abstaining=_abstaining(measured, tops),
        threshold_policy=threshold_policy(settings_of(model), model.card.labelled),
    )


def settings_of(model: ThemeModel) -> Settings:
    """What a model decides by."""
    part: Any = model.nlp.get_pipe("theme_decide")
    settings: Settings = part.settings
    return settings


def threshold_policy(settings: Settings, labelled: int) -> str:
    """How the thresholds were chosen, in words."""
    if not settings.phrases_decide:
        return (
            f"a threshold a theme, chosen by cross-validation on {labelled:,} labelled posts, shrunk towards a shared one that "
            "is averaged with what the unlabelled posts suggest, and half-way to the one at which most may be expected of their "
            "probabilities; none on the posts measured here"
        )
    if settings.thresholds:
        return "one threshold for all themes, guessed from unlabelled posts; a phrase's hit always counts"
    return "a phrase's hit decides"


def measure(
    model: ThemeModel, campaign: Campaign, posts: Sequence[Gold], sample: str, measured_on: str
) -> tuple[Measured, NDArray[np.float64]]:
    """What the model, phrases alone and textcat find on `posts`, and each post's best probability."""
    scorer: Any = model.nlp.get_pipe("theme_scorer")
    slugs = sorted(theme.slug for theme in campaign.themes)
    labels = (*slugs, *(label for label in scorer.weights.labels if not is_theme(label)))
    place = {label: column for column, label in enumerate(labels)}
    truth, known = truth_of(posts, labels)
    likely: Matrix = np.zeros(truth.shape)
    ruled = np.zeros(truth.shape, dtype=bool)
    decided, tops = [], []
    texts = [post.text for post in posts]
    for row, doc in enumerate(model.evidence(texts)):
        for label, probability in doc.cats.items():
            if label in place:
                likely[row, place[label]] = probability
        for slug in hit_counts(doc):
            if slug in place:
                ruled[row, place[slug]] = True
        decision = doc._.decision
        kept = tuple(hit for hit in decision.hits if hit[0] in place)
        decided.append(replace(decision, hits=kept, questions=tuple(q for q in decision.questions if QUESTION + q[0] in place)))
        tops.append(decision.top_score if decision.top_score is not None else 0.0)
    found = {"model": found_marks(labels, decided), "phrases": ruled}
    textcat = model.textcat()
    if textcat is not None:
        marks = np.zeros(truth.shape, dtype=bool)
        marks[:, : len(slugs)] = textcat_marks(textcat, texts, slugs)
        found["textcat"] = marks
    unsure = np.array([decision.outcome == "unsure" for decision in decided], dtype=bool)
    honest = likely if not settings_of(model).phrases_decide else None
    weights = [post.weight for post in posts if post.weight is not None]
    weight = np.array(weights, dtype=np.float64) if len(weights) == len(posts) else None
    copies = np.array(makings([post.text for post in posts]), dtype=np.int64)
    measured = Measured(labels, truth > 0, known > 0, found, honest, unsure, sample, measured_on, weight, copies)
    return measured, np.array(tops, dtype=np.float64)


def _abstaining(measured: Measured, tops: NDArray[np.float64]) -> tuple[float, float] | None:
    """Macro-F1 without the fifth of posts that had best be left to people, and with all: those whose leaving out promises most
    (`doubts`), or, where scores are no probabilities, those whose best theme is least likely."""
    themes = np.array([is_theme(label) for label in measured.labels], dtype=bool)
    left = int(ABSTAIN * len(tops))
    if not left or not themes.any():
        return None
    known = measured.known[:, themes]
    found, truth = measured.found["model"][:, themes] & known, measured.truth[:, themes] & known
    doubtful = -tops if measured.likely is None else doubts(measured.likely[:, themes], found)
    kept = np.sort(np.argsort(-doubtful, kind="stable")[left:])
    counted = occurring(found, truth)
    return macro_f1(found[kept], truth[kept], counted), macro_f1(found, truth, counted)


def speed(model: ThemeModel, texts: Sequence[str]) -> float | None:
    """Posts a second through the whole pipeline on one core: language, phrases, scores, decisions and words. The median of the
    parts that are timed: what else a machine does slows some of them. None without a text."""
    if not texts:
        return None
    parts = list(batches(next(batches(cycle(texts), TIMED, CODE_POINTS)), TIMED_AT_ONCE, CODE_POINTS))
    with threadpool_limits(limits=1):
        _seconds(model, parts[0])
        return float(np.median([len(part) / _seconds(model, part) for part in parts]))


def _seconds(model: ThemeModel, texts: Sequence[str]) -> float:
    began = time.process_time()
    for _ in model.evidence(texts):
        pass
    return time.process_time() - began


@dataclass(frozen=True, slots=True)
class Comparison:
    """A new model beside the one before, on posts that neither learned from. before, after: their macro-F1 over the
    themes that these posts carry. worse_by: by how much the new one's may be lower, at worst (95 % of paired bootstrap samples
    are better than that)."""

    before: float
    after: float
    worse_by: float
    n: int

    @property
    def holds(self) -> bool:
        """Whether the new model is not worse by more than NOT_WORSE_BY."""
        return self.worse_by <= NOT_WORSE_BY


def compare(before: ThemeModel, after: ThemeModel, campaign: Campaign, examples: Sequence[Example]) -> Comparison | None:
    """A paired bootstrap over unseen posts (Efron and Tibshirani, 1993): the same posts are drawn for both models, which know the
    same themes. Both are averaged over the themes that these posts carry: with those that either gave, one wrong hit of a theme
    that no post carries would be an F1 of 0 for that model alone. None: fewer than UNSEEN_AT_LEAST posts that say different
    things, too few to tell, or none that carries a theme."""
    posts = posts_to_measure(campaign, examples)
    if len(set(makings([post.text for post in posts]))) < UNSEEN_AT_LEAST:
        return None
    found = [measure(model, campaign, posts, "audit", "")[0] for model in (before, after)]
    slugs = [theme.slug for theme in campaign.themes]
    columns = [[one.labels.index(slug) for slug in slugs] for one in found]
    known = found[1].known[:, columns[1]]
    truth = found[1].truth[:, columns[1]] & known
    carried = truth.any(axis=0)
    if not carried.any():
        return None
    truth = truth[:, carried]
    marks = [(one.found["model"][:, its] & known)[:, carried] for one, its in zip(found, columns, strict=True)]
    gains = resampled_macro_f1(marks[1], truth, found[1].texts) - resampled_macro_f1(marks[0], truth, found[1].texts)
    f1 = [macro_f1(mark, truth) for mark in marks]
    return Comparison(f1[0], f1[1], max(0.0, -float(np.quantile(gains, 1 - SURE))), len(posts))
