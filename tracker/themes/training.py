"""From a campaign, its labelled posts and a pool of unlabelled ones to a measured model."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from tracker.records import Campaign, Example, ModelCard, Overall, Quality
from tracker.telling import count
from tracker.themes.baseline import taught_textcat
from tracker.themes.deciding import NOT_THIS_DEBATE, Decision, Settings, is_theme, probabilities
from tracker.themes.fitting import Matrix
from tracker.themes.gold import DRAWN_FOR_AUDIT, TAUGHT_FROM, Gold, disagreed, folds_of, lessons_of
from tracker.themes.learning import (
    JUDGED_FROM,
    LEARNED_FROM,
    Ground,
    ground_of,
    labels_for,
    learnable,
    truth_of,
)
from tracker.themes.measuring import Evidence, choose, decisions, found_marks, guessed_threshold
from tracker.themes.model import ThemeModel
from tracker.themes.naming import inputs_of, model_name, pool_hash
from tracker.themes.odds import Odds
from tracker.themes.pipeline import blank_pipeline
from tracker.themes.reckoning import Measured, overall_of, qualities_of
from tracker.themes.scorer import Weights
from tracker.themes.static import vectors_missing
from tracker.themes.teaching import asked, teacher_hash
from tracker.themes.wording import readable, same_text

FOLDS = 4
THEMELESS_FROM = 0.05
"""More labelled posts without a theme are asked for below this share and below LEARNED_FROM of them: of what is found by hashtags
far more is about none."""
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
    seen its labels, and judged by thresholds chosen without it. The same inputs give the same model: all is done on one thread,
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
    scores = _unseen_scores(ground, truth, taught_by, folds, steps if taught else None)
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
    learned = ground.corrected(truth, taught_by, np.arange(len(truth))) if taught else None
    weights = ground.weights(learned)
    weights.odds = odds
    parts: dict[str, Any] = {name: nlp.get_pipe(name) for name in ("theme_scorer", "theme_decide")}
    if settings.thresholds or taught:
        parts["theme_scorer"].set_weights(weights)
    parts["theme_decide"].set_settings(settings)
    quality, overall = _quality(evidence, folds if taught else None, posts, settings, judge)
    pooled = pool_hash(others)
    card = ModelCard(
        name=model_name(campaign, labelled) + (f"-{pooled[:6]}" if others else ""),
        trained_at=now,
        labelled=len(posts),
        invented=sum(post.invented for post in posts),
        notes=" ".join(_notes(campaign, labelled, posts, settings, quality, len(others), directions is not None)),
        quality=quality,
        overall=overall,
        pool=len(others),
        inputs=(*inputs_of(campaign, labelled).items(), ("pool", pooled if others else "")),
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


def _unseen_scores(ground: Ground, truth: Matrix, known: Matrix, folds: NDArray[np.int64], steps: _Steps | None) -> Matrix:
    """The scores that models give labelled posts that they have not seen; without `steps`, those of the prior alone."""
    first, lessons = np.arange(len(folds)), np.arange(len(folds), len(truth))
    scores = ground.scores(None, first)
    for fold in range(FOLDS if steps else 0):
        if steps:
            steps.next("testing what is learned")
        held = np.flatnonzero(folds == fold)
        learned = ground.corrected(truth, known, np.concatenate([np.flatnonzero(folds != fold), lessons]))
        scores[held] = ground.scores(learned, held)
    return scores


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
    guessed = guessed_threshold(guesses[:, themes], ground.guess_hits[:, themes])
    return odds, choose(evidence.judged(odds), guessed, has_phrases, learned)


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
    measured = Measured(evidence.labels, evidence.truth, evidence.known, found, likely, unsure, sample, measured_on)
    return qualities_of(measured), overall_of(measured)


def few_themeless(labelled: int, themeless: int) -> str:
    """What is said where so few of the labelled posts carry no theme that the model takes this for usual; "" elsewhere."""
    if labelled < TAUGHT_FROM or themeless >= max(LEARNED_FROM, THEMELESS_FROM * labelled):
        return ""
    are = f"{themeless:,} are" if themeless > 1 else "1 is" if themeless else "none is"
    return (
        f"Of the {labelled:,} labelled posts {are} without a theme, so posts about none are given one too readily: code also "
        "posts without a theme, which the queues at /coding offer among others (the random sample measures and does not teach)."
    )


def _measured_on(posts: Sequence[Gold], learned: bool) -> str:
    """Which posts the quality was measured on, in words that say what it is worth."""
    if not posts:
        return "not measured: no labelled posts"
    invented = sum(post.invented for post in posts)
    coded = len(posts) - invented
    kinds = [f"{invented:,} invented examples"] * bool(invented) + [f"{coded:,} posts coded by people"] * bool(coded)
    how = f"{FOLDS}-fold cross-validation" if learned else "nothing was learned from labels"
    worth = ": says how the model does on posts like those, not on real ones" if invented > coded else ""
    return f"{' and '.join(kinds)}, {how}{worth}"


def _notes(
    campaign: Campaign,
    labelled: Sequence[Example],
    posts: Sequence[Gold],
    settings: Settings,
    quality: Sequence[Quality],
    pool: int,
    guessed: bool,
) -> Iterator[str]:
    """What a reader of the model's card should know, a sentence each."""
    missing, english = vectors_missing(), "en" in campaign.languages
    if not campaign.themes:
        yield "The campaign has no themes, so no post is given one."
    elif not posts:
        yield "Rules only: there is no labelled post, so themes are found by their phrases, and nothing is measured."
    elif len(posts) < TAUGHT_FROM:
        few = count(len(posts), "labelled post is", "labelled posts are")
        yield f"Rules only: {few} too few to learn from ({TAUGHT_FROM} are needed)."
    else:
        view = "Phrases and meanings" if english and not missing else "Phrases"
        yield f"{view}, corrected by {count(len(posts), 'labelled post', 'labelled posts')}."
    if few := few_themeless(len(posts), sum(not post.themes for post in posts)):
        yield few
    if pool:
        yield f"{count(pool, 'post', 'posts')} without labels taught which words stand beside each theme's phrases."
    if guessed:
        yield "A transformer that learned from the labelled posts guessed the labels of others, and the scorer learned from both."
    elif pool and len(posts) >= TAUGHT_FROM:
        absent = "the optional teacher is not installed, which `make teacher` does"
        why = "its weights are not those that were tried" if teacher_hash() else absent
        yield f"No transformer guessed the labels of posts without ({why}): nothing is lost but about 0.005 of macro-F1."
    if missing:
        yield f"Without static word vectors ({missing}): how near a post is to a theme's meaning is not looked at."
    elif not english:
        yield "The static word vectors are of English: how near a post is to a theme's meaning is not looked at."
    audit = sum(example.queue == DRAWN_FOR_AUDIT for example in labelled)
    if audit:
        yield f"{audit:,} codings of posts drawn for the audit were left out of learning."
    learned = [example for example in labelled if example.queue != DRAWN_FOR_AUDIT]
    if wordless := sum(example.themes is not None and not same_text(example.text) for example in learned):
        yield f"Labelled posts without words, which teach nothing: {wordless:,}."
    if differ := disagreed(learned):
        told = "of each the themes were learned that at least half of those who labelled it gave"
        yield f"Posts labelled in more than one way: {differ:,}; {told}."
    silent = [theme.name for theme in campaign.themes if not theme.phrases and theme.slug not in settings.thresholds]
    if silent:
        yield f"Never found, for want of phrases and labelled posts: {', '.join(silent)}."
    vague = [theme.name for theme in campaign.themes if not theme.meaning]
    if vague:
        yield f"Without a meaning, so known by phrases and labels alone: {', '.join(vague)}."
    relevance = next((one for one in quality if one.theme == NOT_THIS_DEBATE), None)
    if settings.not_debate is None or relevance is None:
        yield f"Whether a post is of this debate is not judged: that needs {JUDGED_FROM} labelled posts of each kind."
    elif relevance.precision is not None and relevance.recall is not None:
        yield (
            f"Posts judged not of this debate carry no theme; of those so judged {relevance.precision:.0%} were labelled so, "
            f"of those labelled so {relevance.recall:.0%} were found ({relevance.measured_on})."
        )
