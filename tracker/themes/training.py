"""From a campaign, its labelled posts and a pool of unlabelled ones to a measured model."""

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from tracker.records import Campaign, Example, ModelCard, Overall, Quality
from tracker.telling import count
from tracker.themes.baseline import taught_textcat
from tracker.themes.deciding import Decision, Settings, is_theme, probabilities
from tracker.themes.fitting import Matrix, log_loss
from tracker.themes.gold import Gold, folds_of, lessons_of
from tracker.themes.learning import (
    Ground,
    ground_of,
    labels_for,
    learnable,
    truth_of,
)
from tracker.themes.measuring import Evidence, choose, decisions, found_marks, guessed_thresholds
from tracker.themes.model import ThemeModel
from tracker.themes.naming import inputs_of, name_of, pool_hash
from tracker.themes.notes import notes
from tracker.themes.odds import Odds
from tracker.themes.pipeline import blank_pipeline
from tracker.themes.reckoning import Measured, overall_of, qualities_of
from tracker.themes.scorer import Weights
from tracker.themes.teaching import asked
from tracker.themes.wording import makings, readable, same_text

FOLDS = 4
COMPARED = 2
"""Folds on which two ways to learn are compared; the better one learns the rest."""
POOL_AT_MOST = 20_000
"""More unlabelled posts add time and no more."""
STEPS = 3

Progress = Callable[[str, int, int | None], None]


def train_model(
    campaign: Campaign, labelled: Sequence[Example], *, now: str, pool: Sequence[str] = (), progress: Progress | None = None
) -> ThemeModel:
    """Learn the campaign's themes. labelled: examples.jsonl, coded posts and labelled files together, of which those drawn for
    the audit are left out; pool: texts of posts without labels; now: UTC, for the card.

    Every threshold is chosen, and the quality measured, by 4-fold cross-validation: each post is scored by a model that has not
    seen its labels, and judged by thresholds chosen without it. The same inputs give the same model: BLAS has one thread,
    since with more the last bits of sums, a teacher's too, depend on how many cores there are."""
    with threadpool_limits(limits=1):
        return _trained(campaign, labelled, now, pool, progress)


def _trained(
    campaign: Campaign, labelled: Sequence[Example], now: str, pool: Sequence[str], progress: Progress | None
) -> ThemeModel:
    learned_from = lessons_of(campaign, labelled)
    posts, lessons = learned_from.posts, learned_from.of_themes
    others = pool_texts(pool, posts)
    labels = labels_for(campaign, posts)
    nlp = blank_pipeline(campaign)
    taught = bool(learned_from.given and labels)
    steps = _Steps(progress, STEPS + FOLDS * taught)
    texts = [post.text for post in (*posts, *lessons)]
    directions = asked(texts, others, steps.more) if taught else None
    ground, hits, passed_over = ground_of(campaign, nlp, labels, texts, others, steps.next, directions)
    truth, known = truth_of([*posts, *lessons], labels)
    taught_by = learnable(truth, known * ~passed_over[:, None])
    folds = np.array(folds_of(posts, FOLDS), dtype=np.int64)
    scores, by_telling = _unseen_scores(ground, truth, taught_by, folds, steps if taught else None)
    count = len(posts)
    invented = np.array([post.invented for post in posts], dtype=bool)
    evidence = Evidence(ground.labels, truth[:count] > 0, known[:count] > 0, scores, hits[:count], passed_over[:count], invented)
    has_phrases = frozenset(theme.slug for theme in campaign.themes if theme.phrases)
    known_labels = frozenset(label for label, column in zip(labels, taught_by.T, strict=True) if column.any())
    judge = partial(
        _judged, ground=ground, dimensions=_dimensions(campaign, labels), has_phrases=has_phrases, learned=known_labels
    )
    odds, settings = judge(evidence if taught else evidence.rows(np.zeros(len(posts), dtype=bool)))
    steps.next("learning from labelled posts")
    learned = ground.corrected(truth, taught_by, np.arange(len(truth)), by_telling) if taught else None
    weights = ground.weights(learned)
    weights.odds = odds
    parts: dict[str, Any] = {name: nlp.get_pipe(name) for name in ("theme_scorer", "theme_decide")}
    if settings.thresholds or taught:
        parts["theme_scorer"].set_weights(weights)
    parts["theme_decide"].set_settings(settings)
    quality, overall = _quality(evidence, folds if taught else None, posts, settings, judge)
    pooled, inputs = pool_hash(others), inputs_of(campaign, labelled)
    card = ModelCard(
        name=name_of(inputs) + (f"-{pooled[:6]}" if others else ""),
        trained_at=now,
        labelled=len(posts),
        invented=sum(post.invented for post in posts),
        notes=" ".join(notes(campaign, labelled, posts, settings, quality, len(others), directions is not None, by_telling)),
        quality=quality,
        overall=overall,
        pool=len(others),
        inputs=(*inputs.items(), ("pool", pooled if others else "")),
        arrays=hash_of(weights, settings),
        themeless=sum(not post.themes for post in posts),
    )
    slugs = sorted(theme.slug for theme in campaign.themes)
    del ground, learned, evidence, scores, truth, known, taught_by  # textcat needs the room
    textcat = taught_textcat(campaign, posts, slugs, lambda _: None) if taught and slugs else None
    return ThemeModel(nlp, card, campaign.languages, textcat)


class _Steps:
    """Tells how far training is."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._begun = 0

    def next(self, what: str) -> None:
        """A step begins."""
        self._begun += 1
        self.more(what)

    def more(self, what: str) -> None:
        """A part of a step begins."""
        if self._progress is not None:
            self._progress(what, max(self._begun, 1), self._total)


def pool_texts(pool: Sequence[str], posts: Sequence[Gold]) -> list[str]:
    """The unlabelled texts to learn from: each once, those that are labelled left out, at most POOL_AT_MOST, chosen and put in
    order by a hash of what they say, so that they do not depend on their order."""
    labelled = {same_text(post.text) for post in posts}
    by_key: dict[str, str] = {}
    for text in pool:
        key = same_text(text)
        if key and key not in labelled:
            by_key[key] = min(text, by_key.get(key, text))
    keys = sorted(by_key, key=lambda key: hashlib.sha1(key.encode(errors="surrogatepass"), usedforsecurity=False).digest())
    return [readable(by_key[key]) for key in keys[:POOL_AT_MOST]]


def hash_of(weights: Weights, settings: Settings) -> str:
    """The sha256 of all that a model learned and decides by, numbers rounded to a millionth (and -0 to 0): arrays, which
    labels and words they are of, odds, and settings."""
    about = [weights.labels, list(weights.vocabulary.columns), weights.odds.as_json(), settings.as_json()]
    digest = hashlib.sha256(json.dumps(_rounded(about), sort_keys=True).encode(errors="surrogatepass"))
    for name, array in sorted(weights.arrays().items()):
        digest.update(name.encode() + (np.round(array.astype(np.float64), 6) + 0.0).astype(np.float32).tobytes())
    return digest.hexdigest()


def _rounded(value: Any) -> Any:
    """JSON values with their numbers rounded to a millionth."""
    if isinstance(value, dict):
        return {name: _rounded(its) for name, its in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(its) for its in value]
    return round(value, 6) + 0.0 if isinstance(value, float) else value


def _unseen_scores(
    ground: Ground, truth: Matrix, known: Matrix, folds: NDArray[np.int64], steps: _Steps | None
) -> tuple[Matrix, bool]:
    """The scores that models give labelled posts that they have not seen, and whether they trust telling words with more: as it
    loses less on the first COMPARED folds. Without `steps`, the scores of the prior alone."""
    first, lessons = np.arange(len(folds)), np.arange(len(folds), len(truth))
    scores = {by_telling: ground.scores(None, first) for by_telling in (False, True)}
    lost = dict.fromkeys(scores, 0.0)
    for fold in range(FOLDS if steps else 0):
        if steps:
            steps.next("testing what is learned")
        held, seen = np.flatnonzero(folds == fold), np.concatenate([np.flatnonzero(folds != fold), lessons])
        for by_telling, its in scores.items():
            its[held] = ground.scores(ground.corrected(truth, known, seen, by_telling), held)
            lost[by_telling] += float((log_loss(its[held], truth[held]) * known[held]).sum())
        if fold == COMPARED - 1:
            scores = {best: scores[best] for best in [min(scores, key=lost.__getitem__)]}
    best = min(scores, key=lost.__getitem__)
    return scores[best], best


def _dimensions(campaign: Campaign, labels: Sequence[str]) -> list[list[int]]:
    """The columns of each dimension's themes."""
    found: dict[str, list[int]] = {}
    for theme in campaign.themes:
        found.setdefault(theme.dimension, []).append(labels.index(theme.slug))
    return [sorted(columns) for _, columns in sorted(found.items())]


def _judged(
    evidence: Evidence,
    ground: Ground,
    dimensions: Sequence[Sequence[int]],
    has_phrases: frozenset[str],
    learned: frozenset[str],
) -> tuple[Odds, Settings]:
    """How scores become probabilities, and what is decided by, from posts scored by models that had not seen them."""
    odds = evidence.odds(dimensions) if len(evidence.truth) else Odds()
    guesses = odds.of(ground.guesses)
    themes = [column for column, label in enumerate(ground.labels) if label in has_phrases]
    silent = odds.of(ground.silent[None])[0, themes]
    guessed = guessed_thresholds(guesses[:, themes], ground.guess_hits[:, themes], silent)
    by_label = dict(zip((ground.labels[column] for column in themes), guessed, strict=False))  # nothing where nothing is guessed
    return odds, choose(evidence.judged(odds), by_label, has_phrases, learned)


def _quality(
    evidence: Evidence,
    folds: NDArray[np.int64] | None,
    posts: Sequence[Gold],
    settings: Settings,
    judge: Callable[[Evidence], tuple[Odds, Settings]],
) -> tuple[tuple[Quality, ...], tuple[Overall, ...]]:
    """The quality of each label and of all together. Each fold is decided by thresholds that were chosen on the others."""
    measured_on = _measured_on(posts, folds is not None)
    if not posts:
        return tuple(Quality(theme=label, measured_on=measured_on) for label in evidence.labels if is_theme(label)), ()
    decided: list[Decision] = []
    likely = None
    if folds is None:
        decided = decisions(evidence, settings)
    else:
        by_row: dict[int, Decision] = {}
        likely = np.zeros(evidence.scores.shape)
        for fold in sorted(set(folds.tolist())):
            odds, own = judge(evidence.rows(folds != fold))
            held = evidence.rows(folds == fold).judged(odds)
            by_row |= dict(zip(np.flatnonzero(folds == fold).tolist(), decisions(held, own), strict=True))
            likely[folds == fold] = probabilities(held.scores)
        decided = [by_row[row] for row in range(len(posts))]
    sample = "invented" if all(post.invented for post in posts) else "labelled"
    found = {"model": found_marks(evidence.labels, decided), "phrases": evidence.hits > 0}
    unsure = np.array([decision.outcome == "unsure" for decision in decided], dtype=bool)
    copies = np.array(makings([post.text for post in posts]), dtype=np.int64)
    its = evidence.labels, evidence.truth, evidence.known, found, likely, unsure, sample, measured_on
    measured = Measured(*its, texts=copies)
    return qualities_of(measured), overall_of(measured)


def _measured_on(posts: Sequence[Gold], learned: bool) -> str:
    """Which posts the quality was measured on, in words that say what it is worth."""
    if not posts:
        return "not measured: no labelled posts"
    invented = sum(post.invented for post in posts)
    coded = len(posts) - invented
    kinds = [count(invented, "invented example", "invented examples")] * bool(invented)
    kinds += [count(coded, "post coded by people", "posts coded by people")] * bool(coded)
    how = f"{FOLDS}-fold cross-validation" if learned else "nothing was learned from labels"
    worth = ": says how the model does on posts like those, not on real ones" if invented > coded else ""
    return f"{' and '.join(kinds)}, {how}{worth}"
